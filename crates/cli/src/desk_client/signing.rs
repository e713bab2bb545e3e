//! A desk opened for a command that reads, or that signs.

use std::sync::Once;

use deconflict_core::Say;

use super::args::{ReadArgs, SigningArgs};
use super::session::DeskSession;
use super::when::clocks_apart;
use crate::ask::confirm;
use crate::outcome::{Failure, remark};

impl ReadArgs {
    /// The desk, with its picture as fresh as the line allows.
    pub(crate) fn open(&self) -> Result<DeskSession, Failure> {
        let mut at = self.desk.open()?;
        at.refresh()?;
        Ok(at)
    }
}

impl SigningArgs {
    /// The desk, with its picture as fresh as the line allows. Whoever signs by a clock that is not the host's is told so.
    pub(crate) fn open(&self) -> Result<DeskSession, Failure> {
        let mut at = self.desk.open()?;
        at.refresh()?;
        if let Some(ahead_s) = at.status().clock_ahead_s {
            // A command that opens its desk twice says it once.
            static SAID: Once = Once::new();
            SAID.call_once(|| remark(&clocks_apart(ahead_s)));
        }
        Ok(at)
    }

    /// Shows, asks, signs, and prints what became of it.
    pub(crate) fn sign(
        &self,
        at: &mut DeskSession,
        what: &str,
        shown: &[String],
        say: &Say,
    ) -> Result<u8, Failure> {
        confirm(shown, "Sign this?", self.yes)?;
        at.file(say, self.validity.until_of(say, at.now())?)?.print(what, self.output)
    }
}
