//! Whose signatures count under a statement: one rule, by which hosts take in and everybody else judges.
//!
//! - **The author's key** was enrolled before the statement's place in the record, for the party for which it
//!   speaks, and was not revoked or replaced before it; or the statement brings it.
//! - **Every other signature** consents to something where it is by a root then in force
//!   ([`Ledger::roots_among`]), and to nothing else. A key that was revoked or replaced may sign along: whoever adds
//!   a signature too many harms nobody. Where its key is known, the signature holds.
//!
//! A host takes in no signature that it cannot verify. A desk may be unable to verify one that its host did: who
//! left the space is told of its own statements, and no longer of others' keys. So it passes over those by keys
//! that it does not know, which consent to nothing in its eyes either.
//!
//! A key that once stood in the record stays known: what a host found of the other signatures ahead still holds
//! when the statement's turn comes, whatever others filed meanwhile.

use deconflict_core::{Key, Ledger, PartyId, Statement};
use deconflict_record::{KeyId, VerifyingKey};

use crate::offence::Dishonesty;

/// Keys that a statement brings itself, and whose they are ([`Statement::own_signers`]).
pub type BroughtKeys<'a> = [(&'a PartyId, &'a VerifyingKey)];

/// The keys by which a host verifies all signatures of a statement, wherever it comes to stand.
///
/// # Errors
/// [`Dishonesty::NotEnrolled`] for the first signature by a key that `known` does not have and the statement
/// does not bring.
pub fn keys_of_signers<'a>(
    signers: impl IntoIterator<Item = KeyId>,
    brought: &BroughtKeys<'a>,
    known: impl Fn(&KeyId) -> Option<&'a VerifyingKey>,
) -> Result<Vec<VerifyingKey>, Dishonesty> {
    let key = |id: KeyId| {
        let found = known(&id).or_else(|| brought_key(brought, &id).map(|(_, key)| key));
        found.copied().ok_or(Dishonesty::NotEnrolled { key: id })
    };
    signers.into_iter().map(key).collect()
}

/// The keys by which the signatures of a statement are verified that stands, or is to stand, at this place,
/// after what the ledger has folded; the author's is among them. `author` is the party for which it speaks, and
/// the key of that.
///
/// # Errors
/// [`Dishonesty::NotEnrolled`] where the author's key was not in force there; [`Dishonesty::KeyOfAnother`] where
/// it is another party's.
pub fn signing_keys(
    ledger: &Ledger,
    index: u64,
    (party, author): (&PartyId, &KeyId),
    signers: impl IntoIterator<Item = KeyId>,
    brought: &BroughtKeys<'_>,
) -> Result<Vec<VerifyingKey>, Dishonesty> {
    let before =
        |id: &KeyId| ledger.keys.get(id).map(|key| &**key).filter(|key| key.enrolled < index);
    let in_force = |key: &&Key| key.revoked.is_none_or(|revoked| revoked >= index);
    let of_author = match before(author) {
        Some(key) => Some(key).filter(in_force).map(|key| &key.party),
        None => brought_key(brought, author).map(|(party, _)| party),
    };
    match of_author {
        None => return Err(Dishonesty::NotEnrolled { key: *author }),
        Some(other) if other != party => {
            let (party, speaks_for) = (other.clone(), party.clone());
            return Err(Dishonesty::KeyOfAnother { key: *author, party, speaks_for });
        }
        Some(_) => {}
    }
    let key = |id: KeyId| {
        let known = before(&id).map(|key| &key.key);
        known.or_else(|| brought_key(brought, &id).map(|(_, key)| key)).copied()
    };
    Ok(signers.into_iter().filter_map(key).collect())
}

fn brought_key<'a>(
    brought: &BroughtKeys<'a>,
    id: &KeyId,
) -> Option<(&'a PartyId, &'a VerifyingKey)> {
    brought.iter().find(|(_, key)| key.id() == *id).copied()
}

/// [`signing_keys`] of a statement whose signatures were verified, for whoever is to log it.
///
/// # Errors
/// As [`signing_keys`].
pub fn may_stand_at(ledger: &Ledger, index: u64, statement: &Statement) -> Result<(), Dishonesty> {
    let author = (&statement.party, &statement.key);
    let signers = statement.signed_by.iter().copied();
    signing_keys(ledger, index, author, signers, &statement.own_signers()).map(drop)
}
