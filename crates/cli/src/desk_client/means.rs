//! The line and the keys of a command that has the desk open itself. An agent's own are used where one runs, and
//! nobody is asked for a passphrase then.

use deconflict_desk::{Keys, Line, Reach};
use deconflict_record::SigningKey;

use super::on_demand::{KeyOnDemand, LineOnDemand};
use super::trouble::Trouble;

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
