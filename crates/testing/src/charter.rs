//! A space of four parties.

use std::collections::BTreeSet;

use deconflict_core::{
    Charter, Consents, Host, Member, PartyId, RuleSet, Say, Texts, Time, Witness,
};
use deconflict_record::leaf_hash;

use crate::keys::{log_key, root, witness};

/// The space of every test.
pub const SPACE: &str = "deconflict.example/test";
/// When it begins.
pub const START: &str = "2017-05-18T06:00:00Z";
/// Its parties, the first of them the host.
pub const PARTIES: [&str; 4] = ["host", "north", "south", "aid"];

/// The party of this name.
pub fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

/// The time that is written so.
pub fn at(text: &str) -> Time {
    text.parse().unwrap()
}

/// A text in English.
pub fn texts(text: &str) -> Texts {
    [("en".to_owned(), text.to_owned())].into()
}

/// A party under its first root, with the second one pledged.
pub fn member(name: &str) -> Member {
    Member {
        id: party(name),
        name: texts(name),
        root: root(name, 0).verifying_key(),
        next_root: leaf_hash(&root(name, 1).verifying_key().id().0.0),
        contact: vec![format!("+000 {name}")],
        speaks_for: BTreeSet::new(),
    }
}

/// A charter of these parties, the first of them the host, without witnesses.
pub fn charter(parties: &[&str]) -> Charter {
    witnessed(parties, &[], 0)
}

/// The same with the desks of these parties as witnesses, and a quorum of so many.
pub fn witnessed(parties: &[&str], witnesses: &[&str], quorum: usize) -> Charter {
    let witness = |name: &&str| Witness {
        party: Some(party(name)),
        name: witness_name(name),
        key: witness(name).verifying_key(),
        url: None,
    };
    Charter {
        space: SPACE.into(),
        title: texts("Test"),
        host: Host { party: party(parties[0]), key: log_key().verifying_key() },
        parties: parties.iter().map(|name| member(name)).collect(),
        witnesses: witnesses.iter().map(witness).collect(),
        quorum,
        rules: RuleSet::default(),
        consents: Consents::default(),
        continues: None,
    }
}

/// In which name a party's desk countersigns.
pub fn witness_name(party: &str) -> String {
    format!("{party}.example/desk")
}

/// What founds a space of this charter.
pub fn founding(charter: Charter) -> Say {
    Say::FoundSpace { charter: Box::new(charter) }
}
