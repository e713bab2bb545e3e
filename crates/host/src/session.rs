//! Who asks: proof that one holds an enrolled key, and the sessions that follow from it.
//!
//! A challenge is not kept: its nonce says when it was given and carries a mark that only this host
//! can make, so that no number of strangers who ask for one can fill the memory or push out others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deconflict_api::{Challenge, Prove, Session, session_message};
use deconflict_core::{PartyId, Time};
use deconflict_record::{Hash, KeyId, Signature, SigningKey, commit};

use crate::clock::Entropy;
use crate::config::ServerLimits;
use crate::names::HostNames;
use crate::problem::Failure;
use crate::published::PublishedState;

/// Seconds in which a challenge must be answered.
const CHALLENGE_S: i64 = 60;
/// Seconds that a session lasts.
const SESSION_S: i64 = 3_600;
/// The most sessions that a party begins within twice [`CHALLENGE_S`].
const MOST_USED: usize = 16_384;
/// Bytes of a nonce's time, of its randomness, and of its mark.
const PARTS: (usize, usize) = (8, 16);

/// Who reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reader {
    pub(crate) party: PartyId,
    token: [u8; 32],
}

/// The sessions of a host, in memory only.
pub(crate) struct Sessions {
    space: String,
    published: Arc<PublishedState>,
    entropy: Entropy,
    limits: ServerLimits,
    names: HostNames,
    secret: [u8; 32],
    /// Verified against where there is no such key, so that it takes as long.
    nobody: SigningKey,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// By token.
    sessions: HashMap<[u8; 32], OpenSession>,
    /// What each party has of it: its share.
    of: HashMap<PartyId, PartySessions>,
    /// What orders sessions.
    count: u64,
}

struct OpenSession {
    key: KeyId,
    until: Time,
}

/// The sessions of a party.
#[derive(Default)]
struct PartySessions {
    /// Their tokens and keys, in the order in which they began, which is that in which they end.
    tokens: BTreeMap<u64, ([u8; 32], KeyId)>,
    /// Nonces that were answered, until they are too old anyway.
    used: BTreeSet<(i64, [u8; 32])>,
}

impl Sessions {
    pub(crate) fn new(
        space: String,
        published: Arc<PublishedState>,
        entropy: Entropy,
        limits: ServerLimits,
        names: HostNames,
    ) -> Result<Sessions, String> {
        let (secret, nobody) = (entropy()?, SigningKey::from_seed(&entropy()?));
        let open = Mutex::new(Open::default());
        Ok(Sessions { space, published, entropy, limits, names, secret, nobody, open })
    }

    /// Something to sign, for any key, known or not.
    pub(crate) fn challenge(&self, key: &str, now: Time) -> Result<Challenge, Failure> {
        let key = KeyId::from_hex(key).map_err(|error| Failure::malformed(error.to_string()))?;
        let random = (self.entropy)().map_err(|_| Failure::full())?;
        let (timed, drawn) = PARTS;
        let mut nonce = [0; 32];
        nonce[..timed].copy_from_slice(&now.seconds().to_be_bytes());
        nonce[timed..drawn].copy_from_slice(&random[..drawn - timed]);
        let mark = self.mark(&nonce, &key);
        nonce[drawn..].copy_from_slice(&mark);
        Ok(Challenge { nonce: Hash(nonce).to_string() })
    }

    /// A session, if the key is enrolled and signed the nonce that was given for it, to begin a session with this
    /// very host: by its key or, where a desk has not read yet that the record moved, a former host's, and by the
    /// name under which it was asked.
    pub(crate) fn prove(&self, proof: &Prove, now: Time) -> Result<Session, Failure> {
        let key = KeyId::from_hex(&proof.key);
        let key = key.map_err(|error| Failure::malformed(error.to_string()))?;
        let nonce = Hash::from_hex(&proof.nonce);
        let nonce = nonce.map_err(|error| Failure::malformed(error.to_string()))?.0;
        let signature = STANDARD.decode(&proof.signature).ok().and_then(|b| b.try_into().ok());
        let signature = signature.map(Signature).ok_or_else(|| {
            Failure::malformed("signature: must be 64 bytes in padded standard base64")
        })?;
        let roster = self.published.roster();
        let good = roster.good(&key);
        let nobody = self.nobody.verifying_key();
        let message = session_message(&self.space, &proof.log, &proof.name, &proof.nonce);
        let signed = good.map_or(nobody, |(key, _)| *key).verify(&message, &signature).is_ok();
        let given = self.given_at(&nonce, &key, now);
        let (true, Some((_, party)), Some(given)) = (signed, good, given) else {
            return Err(Failure::key());
        };
        if !self.is_host_of(&proof.log) || !self.names.has(&proof.name) {
            return Err(Failure::elsewhere(&proof.name));
        }
        let token = (self.entropy)().map_err(|_| Failure::full())?;
        let until = now.after_seconds(SESSION_S);
        self.begin((party, key), token, until, (given, nonce), now)?;
        Ok(Session { token: Hash(token).to_string(), until: until.to_string() })
    }

    /// Whether this is the key of the record's host, or of one before it.
    fn is_host_of(&self, log: &str) -> bool {
        let ledger = self.published.ledger();
        let present = ledger.charter.iter().map(|charter| charter.host.key);
        let mut keys = present.chain(ledger.former.iter().map(|former| former.host.key));
        keys.any(|key| key.id().to_string() == log)
    }

    /// Who reads with this token: the key is looked up anew each time, so that revoking it ends its
    /// sessions at once.
    pub(crate) fn reader(&self, token: &str, now: Time) -> Result<Reader, Failure> {
        let token = Hash::from_hex(token).map_err(|_| Failure::session())?.0;
        let key = {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let held = open.sessions.get(&token).filter(|held| now < held.until);
            held.map(|held| held.key)
        };
        let roster = self.published.roster();
        let party = key.and_then(|key| roster.good(&key).map(|(_, party)| party.clone()));
        party.map(|party| Reader { party, token }).ok_or_else(Failure::session)
    }

    /// Whether a reader's session goes on.
    pub(crate) fn goes_on(&self, reader: &Reader, now: Time) -> bool {
        self.reader(&Hash(reader.token).to_string(), now).is_ok()
    }

    pub(crate) fn count(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).sessions.len()
    }

    fn begin(
        &self,
        (party, key): (&PartyId, KeyId),
        token: [u8; 32],
        until: Time,
        (given, nonce): (i64, [u8; 32]),
        now: Time,
    ) -> Result<(), Failure> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Open { sessions, of, count } = &mut *open;
        let own = of.entry(party.clone()).or_default();
        let old = now.seconds() - 2 * CHALLENGE_S;
        own.used = own.used.split_off(&(old, [0xff; 32]));
        if own.used.len() >= MOST_USED {
            return Err(Failure::too_many(
                "the party has begun very many sessions: use those that it has",
            ));
        }
        if !own.used.insert((given, nonce)) {
            return Err(Failure::key());
        }
        let is_over = |token: &[u8; 32], sessions: &HashMap<[u8; 32], OpenSession>| {
            sessions.get(token).is_none_or(|held| now >= held.until)
        };
        let first = own.tokens.iter().find(|(_, (token, _))| !is_over(token, sessions));
        let first = first.map(|(order, _)| *order);
        let kept = first.map_or_else(BTreeMap::new, |first| own.tokens.split_off(&first));
        for (token, _) in std::mem::replace(&mut own.tokens, kept).values() {
            sessions.remove(token);
        }
        // The oldest of the same key goes, and the oldest of the same party: nobody else's.
        let of_key = own.tokens.values().filter(|(_, of)| *of == key).count();
        if of_key >= self.limits.sessions_of_key.max(1) {
            let oldest = own.tokens.iter().find(|(_, (_, of))| *of == key);
            let oldest = oldest.map(|(order, _)| *order);
            own.end(oldest, sessions);
        }
        if own.tokens.len() >= self.limits.sessions_of_party.max(1) {
            let oldest = own.tokens.first_key_value().map(|(order, _)| *order);
            own.end(oldest, sessions);
        }
        *count += 1;
        own.tokens.insert(*count, (token, key));
        sessions.insert(token, OpenSession { key, until });
        Ok(())
    }

    /// When a nonce was given for a key, if it was, and not too long ago.
    fn given_at(&self, nonce: &[u8; 32], key: &KeyId, now: Time) -> Option<i64> {
        let (timed, drawn) = PARTS;
        let mut seconds = [0; 8];
        seconds.copy_from_slice(&nonce[..timed]);
        let given = i64::from_be_bytes(seconds);
        let recent = (0..=CHALLENGE_S).contains(&now.seconds().saturating_sub(given));
        (self.mark(nonce, key) == nonce[drawn..] && recent).then_some(given)
    }

    /// Half of a hash over the secret, which is drawn anew at each start: not to be made without it,
    /// and not to be lengthened.
    fn mark(&self, nonce: &[u8; 32], key: &KeyId) -> [u8; 16] {
        let (_, drawn) = PARTS;
        let hash = commit(&self.secret, &[&nonce[..drawn], &key.0.0[..]].concat());
        let mut mark = [0; 16];
        mark.copy_from_slice(&hash.0[..16]);
        mark
    }
}

impl PartySessions {
    /// Ends one.
    fn end(&mut self, order: Option<u64>, sessions: &mut HashMap<[u8; 32], OpenSession>) {
        if let Some((token, _)) = order.and_then(|order| self.tokens.remove(&order)) {
            sessions.remove(&token);
        }
    }
}
