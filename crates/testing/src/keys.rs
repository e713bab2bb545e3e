//! Keys made of their names: the same in every test and on every machine.

use deconflict_record::{KeyUse, SigningKey, Vkey, leaf_hash};

use crate::charter::SPACE;

/// The seed of the key of this name.
pub fn seed(name: &str) -> [u8; 32] {
    leaf_hash(name.as_bytes()).0
}

/// The key of this name.
pub fn key(name: &str) -> SigningKey {
    SigningKey::from_seed(&seed(name))
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
