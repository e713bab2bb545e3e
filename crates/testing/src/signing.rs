//! Statements signed with real keys.

use std::collections::HashMap;

use deconflict_api::say_json;
use deconflict_core::{Role, Say};
use deconflict_record::{
    Hash, Head, Header, KeyId, SignedStatement, SigningKey, StatementId, leaf_hash,
};

use crate::keys::{operator, provers};

/// Where a statement stands in the chain of its author's key: its number, and the one before it.
pub type Link = (u64, Option<Hash>);

/// Any statement at all, signed by all of these, the first its author. The same words at the same place of
/// a chain make the same statement.
pub fn sign(
    space: &str,
    party: &str,
    signers: &[&SigningKey],
    (seq, prev): Link,
    seen: Option<Head>,
    say: &Say,
) -> SignedStatement {
    let json = say_json(say).unwrap();
    let author = signers[0].verifying_key().id();
    let mut id = [0; 16];
    id.copy_from_slice(&leaf_hash(format!("{author} {seq} {json}").as_bytes()).0[..16]);
    let header = Header {
        space: space.into(),
        party: party.into(),
        key: author,
        seq,
        prev,
        seen,
        valid_until: None,
        clock_ahead_s: None,
        id: StatementId(id),
    };
    sealed(SignedStatement::sign(header, &json, signers[0]).unwrap(), &signers[1..], say)
}

/// The statement signed by these as well, and by the keys that it brings.
fn sealed(first: SignedStatement, others: &[&SigningKey], say: &Say) -> SignedStatement {
    let signed = |signed: SignedStatement, key: &SigningKey| {
        let id = key.verifying_key().id();
        if signed.envelope().claimed_signers().any(|signer| signer == id) {
            return signed;
        }
        SignedStatement::of(signed.envelope().clone().and_signed(key).unwrap()).unwrap()
    };
    let first = others.iter().fold(first, |first, key| signed(first, key));
    provers(say).iter().fold(first, signed)
}

/// What the keys of a test have signed in a space, so that each statement follows the one before it.
#[derive(Clone, Debug)]
pub struct Signing {
    space: String,
    chains: HashMap<KeyId, Link>,
    /// How many were signed: two with the same words are two statements.
    count: u128,
}

impl Signing {
    /// Nothing was signed yet in this space.
    pub fn new(space: &str) -> Signing {
        Signing { space: space.into(), chains: HashMap::new(), count: 0 }
    }

    /// Where the next statement of a key stands.
    pub fn link(&self, key: &SigningKey) -> Link {
        let (seq, prev) = self.chains.get(&key.verifying_key().id()).copied().unwrap_or_default();
        (seq + 1, prev)
    }

    /// The next statement of the first signer, signed by all. Until it is [`Signing::note`]d, the one after
    /// it has the same place.
    pub fn next(&mut self, party: &str, signers: &[&SigningKey], say: &Say) -> SignedStatement {
        let header = self.header(party, signers[0]);
        let json = say_json(say).unwrap();
        sealed(SignedStatement::sign(header, &json, signers[0]).unwrap(), &signers[1..], say)
    }

    /// The header of a key's next statement.
    pub fn header(&mut self, party: &str, author: &SigningKey) -> Header {
        self.count += 1;
        let (seq, prev) = self.link(author);
        Header {
            space: self.space.clone(),
            party: party.into(),
            key: author.verifying_key().id(),
            seq,
            prev,
            seen: None,
            valid_until: None,
            clock_ahead_s: None,
            id: StatementId(self.count.to_be_bytes()),
        }
    }

    /// The statement was taken in: it is the last of its key.
    pub fn note(&mut self, statement: &SignedStatement) {
        let header = statement.claimed_header();
        self.chains.insert(header.key, (header.seq, Some(statement.hash())));
    }

    /// The next statement of the first signer, which is surely taken in.
    pub fn noted(&mut self, party: &str, signers: &[&SigningKey], say: &Say) -> SignedStatement {
        let statement = self.next(party, signers, say);
        self.note(&statement);
        statement
    }
}

/// Enrols the key of this post of a party.
pub fn enrolment(party: &str, post: &str, role: Role) -> Say {
    Say::Enrol {
        operator: post.parse().unwrap(),
        post: post.into(),
        operator_key: operator(party, post).verifying_key(),
        role,
    }
}
