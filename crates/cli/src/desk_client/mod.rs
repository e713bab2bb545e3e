//! What every command at a desk needs: the desk, the key, the line to the host, and filing something.
//!
//! A [`DeskArgs`] is what the command line says about them, a [`DeskSession`] is the opened desk. Another
//! process may have the desk open (`deconflict desk run` takes it every few seconds): it is waited for.

mod args;
mod entry;
mod filing;
mod on_demand;
mod session;
mod settings;
mod signing;
mod when;

pub(crate) use args::{DeskArgs, ReadArgs, SigningArgs};
pub(crate) use entry::entry_view;
pub(crate) use filing::FilingResult;
pub(crate) use session::{DeskSession, failure};
pub(crate) use settings::Settings;
pub(crate) use when::{Validity, now};
