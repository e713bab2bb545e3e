//! Incidents: a place is being hit until its owner says that it is not any more.

use deconflict_vocabulary::{CodeId, Effect, Message, ParameterKind, ParameterName, Value};

use super::Dialogue;
use crate::time::Time;

impl Dialogue {
    /// Whether the message takes part in an incident, which ends by its owner's word alone.
    pub fn opens_incident(&self) -> bool {
        self.code().row().effect == Effect::OpensIncident
    }

    /// Whether it takes part in an incident that nobody has ended: neither an answer nor taking it back does.
    pub fn is_incident_open(&self) -> bool {
        self.opens_incident() && self.ended.is_none()
    }

    /// What is being hit, where it is an incident that nobody has ended.
    pub(crate) fn open_place(&self) -> Option<&Value> {
        if self.is_incident_open() { place(&self.message) } else { None }
    }

    /// The owner of the place says that it is no longer being hit, or what the host told is over; whether it was open until
    /// then.
    pub(crate) fn end(&mut self, at: Time) -> bool {
        let open = self.is_incident_open() || (self.is_of_host() && self.ended.is_none());
        if open {
            self.ended = Some(at);
        }
        open
    }
}

/// The place that a message says is being hit, or no longer is.
pub(crate) fn place(message: &Message) -> Option<&Value> {
    let is_about_one =
        matches!(message.code.row().effect, Effect::OpensIncident | Effect::EndsIncident);
    let mut all = message.parameters.iter().filter(|_| is_about_one);
    all.find(|(name, _)| is_place(message.code, **name)).map(|(_, place)| place)
}

/// Whether a parameter of such a code says what is being hit.
pub(super) fn is_place(code: CodeId, name: ParameterName) -> bool {
    code.row().parameter(name.as_str()).is_some_and(|parameter| {
        matches!(parameter.kind, ParameterKind::ProtectedPlace | ParameterKind::Cell)
    })
}
