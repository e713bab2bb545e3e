//! Nobody brings a key into the record that it does not hold: not for a use of its own, and not to keep it from the
//! one that it has.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_record::{SigningKey, leaf_hash};
use deconflict_testing::*;

fn world() -> World {
    World::new(charter(&["host", "north", "south", "aid"]))
}

fn enrol(key: &SigningKey) -> Say {
    Say::Enrol {
        operator: "x".parse().unwrap(),
        post: "x".into(),
        operator_key: key.verifying_key(),
        role: Role::Person,
    }
}

/// A statement that these keys signed, and no other.
fn signed_by_alone(w: &mut World, name: &str, signers: &[&SigningKey], say: Say) -> Refusal {
    let mut statement = w.statement(name, signers, say);
    statement.signed_by = signers.iter().map(|key| key.verifying_key().id()).collect();
    match &w.file(statement).unwrap()[..] {
        [Entry { what: What::Refused(_, refusal), .. }] => refusal.clone(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_newcomer_whose_root_another_party_names_as_its_operators_joins_all_the_same() {
    let mut w = world();
    let late = root("late", 0);
    let refusal = signed_by_alone(&mut w, "south", &[&root("south", 0)], enrol(&late));
    assert_eq!(refusal, Refusal::KeyUnproven { key: late.verifying_key().id() });
    let roots = PARTIES.map(|name| root(name, 0));
    let signers: Vec<_> = roots.iter().chain([&late]).collect();
    w.expect_accepted("host", &signers, Say::Join { member: member("late") });
    // Once in the space it stays what it is.
    let taken = w.expect_refused("south", &[&root("south", 0), &late], enrol(&late));
    assert_eq!(taken, Refusal::KeyKnown { key: late.verifying_key().id() });
}

#[test]
fn a_party_whose_next_root_another_one_names_rotates_to_it_all_the_same() {
    let mut w = world();
    let next = root("north", 1);
    let key = next.verifying_key().id();
    let refusal = signed_by_alone(&mut w, "south", &[&root("south", 0)], enrol(&next));
    assert_eq!(refusal, Refusal::KeyUnproven { key });
    let mut terms = w.state.ledger().charter.clone().unwrap().into_inner();
    let (name, key_of_next) = ("w".into(), next.verifying_key());
    terms.witnesses.push(Witness { party: None, name, key: key_of_next, url: None });
    let roots = PARTIES.map(|name| root(name, 0));
    let all: Vec<_> = roots.iter().collect();
    let amend = Say::AmendCharter { charter: Box::new(terms) };
    assert_eq!(signed_by_alone(&mut w, "host", &all, amend), Refusal::KeyUnproven { key });
    let host = Host { party: party("south"), key: next.verifying_key() };
    let from = deconflict_record::Head::EMPTY;
    let moved = Say::MoveHost { host, from };
    assert_eq!(signed_by_alone(&mut w, "host", &all, moved), Refusal::KeyUnproven { key });
    let next_root = leaf_hash(&root("north", 2).verifying_key().id().0.0);
    let rotate = Say::RotateRoot { root: next.verifying_key(), next_root };
    w.expect_accepted("north", &[&root("north", 0), &next], rotate);
}

#[test]
fn a_space_is_not_founded_with_keys_of_witnesses_or_a_host_that_did_not_sign() {
    let founded = |without: Option<SigningKey>| {
        let mut w = World::empty();
        let roots = PARTIES.map(|name| root(name, 0));
        let signers: Vec<_> = roots.iter().collect();
        let charter = witnessed(&PARTIES, &["north", "south"], 1);
        let mut statement = w.statement("host", &signers, founding(charter));
        if let Some(key) = without {
            assert!(statement.signed_by.remove(&key.verifying_key().id()));
        }
        w.file(statement).map(drop)
    };
    assert_eq!(founded(None), Ok(()));
    for key in [log_key(), witness("north"), witness("south"), root("aid", 0)] {
        assert_eq!(founded(Some(key)), Err(Unfit::NotFounded));
    }
}

#[test]
fn a_witness_that_was_there_before_need_not_sign_again() {
    let mut w = World::new(witnessed(&PARTIES, &["north"], 1));
    let mut terms = w.state.ledger().charter.clone().unwrap().into_inner();
    terms.rules.contact_before_min = 45;
    let roots = PARTIES.map(|name| root(name, 0));
    let all: Vec<_> = roots.iter().collect();
    let mut statement = w.statement("host", &all, Say::AmendCharter { charter: Box::new(terms) });
    statement.signed_by.remove(&witness("north").verifying_key().id());
    let entries = w.file(statement).unwrap();
    assert!(matches!(entries[0].what, What::Accepted(_)), "{entries:?}");
}

/// A service at an address signs heads and nothing else, so it cannot sign what names it.
#[test]
fn a_neutral_witness_at_an_address_is_named_by_those_who_consent_and_by_no_party_alone() {
    let mut w = World::new(witnessed(&PARTIES, &["north"], 1));
    let neutral = SigningKey::from_seed(&[77; 32]);
    let url = Some("https://witness.example/w1".to_owned());
    let named = |party: Option<PartyId>, url: Option<String>| {
        let mut terms = w.state.ledger().charter.clone().unwrap().into_inner();
        let (name, key) = ("witness.example/w1".to_owned(), neutral.verifying_key());
        terms.witnesses.push(Witness { party, name, key, url });
        Say::AmendCharter { charter: Box::new(terms) }
    };
    let (of_nobody, of_south) = (named(None, url.clone()), named(Some(party("south")), url));
    let without_address = named(None, None);
    let later = [of_south.clone(), without_address.clone()];
    let roots = PARTIES.map(|name| root(name, 0));
    let all: Vec<_> = roots.iter().collect();
    let key = neutral.verifying_key().id();
    for unproven in [of_south, without_address] {
        let refusal = signed_by_alone(&mut w, "host", &all, unproven);
        assert_eq!(refusal, Refusal::KeyUnproven { key });
    }
    let refusal = signed_by_alone(&mut w, "host", &all[..2], of_nobody.clone());
    assert!(matches!(refusal, Refusal::Consent { needed: 4, .. }), "{refusal}");
    let mut statement = w.statement("host", &all, of_nobody);
    statement.signed_by = all.iter().map(|key| key.verifying_key().id()).collect();
    let entries = w.file(statement).unwrap();
    assert!(matches!(entries[0].what, What::Accepted(_)), "{entries:?}");
    // It has proved nothing by that, and becomes nobody's desk.
    for said in later {
        let Say::AmendCharter { mut charter } = said else { unreachable!() };
        charter.witnesses.iter_mut().for_each(|witness| witness.url = None);
        let refusal = signed_by_alone(&mut w, "host", &all, Say::AmendCharter { charter });
        assert_eq!(refusal, Refusal::KeyUnproven { key });
    }
    // From now on its key has that use and no other.
    let taken = w.expect_refused("south", &[&root("south", 0), &neutral], enrol(&neutral));
    assert_eq!(taken, Refusal::KeyKnown { key });
}

#[test]
fn a_burnt_successor_is_replaced_by_the_consent_that_the_charter_names_and_by_nobody_alone() {
    let mut w = world();
    let (old, burnt, other) = (root("north", 0), root("north", 1), root("north", 5));
    let commit = |key: &SigningKey| leaf_hash(&key.verifying_key().id().0.0);
    let replace = Say::ReplaceSuccessor { next_root: commit(&other) };
    let refusal = w.expect_refused("north", &[&old], replace.clone());
    assert!(matches!(refusal, Refusal::Consent { needed: 4, .. }), "{refusal}");
    let others = ["host", "south", "aid"].map(|name| root(name, 0));
    let all: Vec<_> = [&old].into_iter().chain(&others).collect();
    w.expect_accepted("north", &all, replace);
    let rotate = |key: &SigningKey| Say::RotateRoot {
        root: key.verifying_key(),
        next_root: commit(&root("north", 6)),
    };
    assert_eq!(
        w.expect_refused("north", &[&old, &burnt], rotate(&burnt)),
        Refusal::NotCommitted {}
    );
    w.expect_accepted("north", &[&old, &other], rotate(&other));
}
