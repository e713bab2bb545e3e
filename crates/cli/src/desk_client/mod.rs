//! What every command at a desk needs: the desk, the key, the line to the host, and filing something.
//!
//! A [`DeskArgs`] is what the command line says about them, a [`DeskSession`] is the desk: asked of its agent where
//! one runs (`deconflict desk run`), else opened here. Another command that has it open is waited for.

mod args;
mod changes;
mod entry;
mod filing;
mod means;
mod on_demand;
mod session;
mod settings;
mod signing;
mod trouble;
mod when;

pub(crate) use args::{DeskArgs, ReadArgs, SigningArgs};
pub(crate) use changes::Changes;
pub(crate) use entry::entry_view;
pub(crate) use filing::{FilingResult, FilingState, still_until};
pub(crate) use session::DeskSession;
pub(crate) use settings::Settings;
pub(crate) use trouble::failure;
pub(crate) use when::{Validity, clocks_apart, local_min, now, seconds};
