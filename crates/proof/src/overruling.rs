//! A charge against a host that a party set aside: the way out of a false alarm.
//!
//! A desk whose host was caught goes on with it no more. Where the party finds that the desk was wrong, its root
//! says so: from then on the desk reads on, and what it shows tells everybody that it does so by this word alone.
//! A charge that stands on its own ([`crate::Exhibit::stands_alone`]) can never be set aside.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deconflict_core::{Ledger, PartyId};
use deconflict_record::{Hash, KeyId, Signature, SigningKey, UtcSecond};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::offence::{Dishonesty, Offence};

/// The most characters of what a party gives as its reason.
pub const MAX_REASON: usize = 1_200;

/// That a party set a charge against its host aside, by its root. It holds at this party's desk alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overruling {
    /// When, by the desk's clock.
    pub at: UtcSecond,
    /// What the host was charged with.
    pub offence: Offence,
    /// The file in the desk's folder that shows it.
    pub evidence: String,
    /// The SHA-256 of that file.
    pub exhibit: Hash,
    /// Why, in the party's words: at most [`MAX_REASON`] characters.
    pub reason: String,
    /// The root that says so.
    pub root: KeyId,
    /// Its signature over [`Overruling::message`], in base64.
    pub signature: String,
}

impl Overruling {
    /// Sets a charge aside.
    pub fn sign(
        space: &str,
        (at, offence): (UtcSecond, Offence),
        (evidence, exhibit): (&str, &[u8]),
        reason: &str,
        root: &SigningKey,
    ) -> Overruling {
        let mut said = Overruling {
            at,
            offence,
            evidence: evidence.to_owned(),
            exhibit: Hash(Sha256::digest(exhibit).into()),
            reason: reason.to_owned(),
            root: root.verifying_key().id(),
            signature: String::new(),
        };
        said.signature = STANDARD.encode(root.sign(&said.message(space)).0);
        said
    }

    /// What is signed: it can be taken for nothing else, and for no other space.
    pub fn message(&self, space: &str) -> Vec<u8> {
        let Overruling { at, exhibit, reason, .. } = self;
        format!("deconflict overruling v1\n{space}\n{exhibit}\n{at}\n{reason}\n").into_bytes()
    }

    /// Whether a root of this party, which the ledger knows, says so.
    pub fn is_by(&self, space: &str, party: &PartyId, ledger: &Ledger) -> bool {
        let root = ledger.keys.get(&self.root).filter(|key| key.party == *party && key.is_root());
        let signature = STANDARD.decode(&self.signature).ok().and_then(|b| b.try_into().ok());
        match (root, signature.map(Signature)) {
            (Some(root), Some(signature)) => {
                root.key.verify(&self.message(space), &signature).is_ok()
            }
            _ => false,
        }
    }

    /// Whether it is about this entry, and this that is wrong with it.
    pub fn is_of(&self, entry: u64, fault: &Dishonesty) -> bool {
        matches!(&self.offence, Offence::FalseEntry { index, why } if *index == entry && why == fault)
    }
}

/// As it is shown with everything that rests on it.
impl fmt::Display for Overruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "on {} this party, by its root key {}, set aside that the host was caught ({}), and goes on \
             with that host: \"{}\". What was found stands in {} (SHA-256 {})",
            self.at,
            self.root.short(),
            self.offence,
            self.reason.escape_debug(),
            self.evidence,
            self.exhibit
        )
    }
}
