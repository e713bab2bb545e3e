//! Whose desk it is, and how that is kept.

use deconflict_core::PartyId;
use deconflict_record::{Hash, Vkey};
use serde::{Deserialize, Serialize};

use crate::error::DeskError;

/// Whose desk it is, and what it trusts from the start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The space: the origin of its record.
    pub space: String,
    /// The party.
    pub party: PartyId,
    /// The verifier key with which the record's heads began, compared with other parties out of band.
    /// Where the record moved since, the record itself tells the later ones.
    pub log: Vkey,
    /// The hash of the statement that founded the space, if the party knows it: it should, since its
    /// root signed it.
    pub founding: Option<Hash>,
    /// In which name the desk countersigns; `None`: it does not.
    pub witness: Option<String>,
}

/// The same, as it stands in the store.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSettings {
    v: u32,
    space: String,
    party: PartyId,
    log: String,
    founding: Option<Hash>,
    witness: Option<String>,
}

impl Settings {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, DeskError> {
        let stored = StoredSettings {
            v: 1,
            space: self.space.clone(),
            party: self.party.clone(),
            log: self.log.to_string(),
            founding: self.founding,
            witness: self.witness.clone(),
        };
        serde_json::to_vec(&stored)
            .map_err(|error| DeskError::damaged(format!("the settings: {error}")))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Settings, DeskError> {
        let fault = |fault: String| DeskError::damaged(format!("the settings: {fault}"));
        let stored: StoredSettings =
            serde_json::from_slice(bytes).map_err(|error| fault(error.to_string()))?;
        if stored.v != 1 {
            return Err(fault(format!("version {}, and this release reads version 1", stored.v)));
        }
        Ok(Settings {
            space: stored.space,
            party: stored.party,
            log: Vkey::parse(&stored.log)?,
            founding: stored.founding,
            witness: stored.witness,
        })
    }
}
