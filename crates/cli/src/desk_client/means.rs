//! The line and the keys of a command that has the desk open itself. An agent's own are used where one runs, and
//! nobody is asked for a passphrase then.

use std::path::Path;

use deconflict_desk::{DeskError, Keys, Line, Reach};
use deconflict_record::SigningKey;

use super::on_demand::{KeyOnDemand, LineOnDemand};
use super::session::failure;
use crate::outcome::Failure;

/// The key of a session.
pub(super) enum SessionKey<'a> {
    /// The operator's own.
    Own(&'a mut KeyOnDemand),
    /// Another one of the party, such as its root.
    Other(&'a SigningKey),
}

/// The line and the keys.
pub(super) struct Means<'a> {
    pub(super) line: &'a mut LineOnDemand,
    pub(super) session: SessionKey<'a>,
    /// `None`: heads are not countersigned.
    pub(super) witness: Option<&'a mut KeyOnDemand>,
}

/// Why work at a desk was not done: it could not be begun, or the desk says why.
pub(super) enum Trouble {
    Desk(DeskError),
    Before(Failure),
}

impl From<DeskError> for Trouble {
    fn from(error: DeskError) -> Trouble {
        Trouble::Desk(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Before(failure)
    }
}

impl Trouble {
    pub(super) fn failure(self, dir: &Path) -> Failure {
        match self {
            Trouble::Desk(error) => failure(dir, &error),
            Trouble::Before(failure) => failure,
        }
    }
}

impl Reach for Means<'_> {
    type Error = Trouble;

    fn reach(&mut self) -> Result<(&mut dyn Line, Keys<'_>), Trouble> {
        let session = match &mut self.session {
            SessionKey::Own(key) => key.get()?,
            SessionKey::Other(key) => key,
        };
        let witness = match &mut self.witness {
            Some(key) => Some(key.get()?),
            None => None,
        };
        Ok((self.line.get()?, Keys { session, witness }))
    }
}
