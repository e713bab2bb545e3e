//! Keys made of their names: the same in every test and on every machine.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use deconflict_core::Say;
use deconflict_record::{KeyId, KeyUse, SigningKey, VerifyingKey, Vkey, leaf_hash};

use crate::charter::SPACE;

/// The seed of the key of this name.
pub fn seed(name: &str) -> [u8; 32] {
    leaf_hash(name.as_bytes()).0
}

/// Every key that a test has made by its name.
static MADE: Mutex<BTreeMap<KeyId, [u8; 32]>> = Mutex::new(BTreeMap::new());

/// The key of this name.
pub fn key(name: &str) -> SigningKey {
    let key = SigningKey::from_seed(&seed(name));
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.insert(key.verifying_key().id(), seed(name));
    key
}

/// The keys that something brings into the record and that sign it for no other reason than that: those of an
/// operator, of witnesses, and of the host, as far as a test made them by [`key`]. What an attacker would bring is
/// made of a seed, and stays without a proof.
pub fn provers(say: &Say) -> Vec<SigningKey> {
    let brought = match say {
        Say::Enrol { operator_key, .. } => vec![*operator_key],
        Say::MoveHost { host, .. } => vec![host.key],
        Say::AmendCharter { charter } => charter.witnesses.iter().map(|w| w.key).collect(),
        Say::FoundSpace { charter } => {
            charter.witnesses.iter().map(|w| w.key).chain([charter.host.key]).collect()
        }
        _ => Vec::new(),
    };
    let made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let made = |key: VerifyingKey| made.get(&key.id()).map(SigningKey::from_seed);
    brought.into_iter().filter_map(made).collect()
}

/// The root of a party: 0 is the first, 1 the one that it has pledged to come next.
pub fn root(party: &str, generation: u8) -> SigningKey {
    key(&format!("root {party} {generation}"))
}

/// An operator's key of a party.
pub fn operator(party: &str, post: &str) -> SigningKey {
    key(&format!("operator {party} {post}"))
}

/// The key of the operator `duty`, whom every party of a test has.
pub fn duty(party: &str) -> SigningKey {
    operator(party, "duty")
}

/// The key with which a party's desk countersigns heads.
pub fn witness(party: &str) -> SigningKey {
    key(&format!("witness {party}"))
}

/// The host's key, which signs heads and promises.
pub fn log_key() -> SigningKey {
    key("host log")
}

/// The verifier key of the record of [`SPACE`].
pub fn log() -> Vkey {
    Vkey::new(SPACE, KeyUse::Log, log_key().verifying_key()).unwrap()
}
