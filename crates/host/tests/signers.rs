//! Host and desks judge signers by one rule: whatever a host takes in, every desk takes in, and so does whoever
//! verifies offline. The statements here are signed as no command line would sign them.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use deconflict_core::*;
use deconflict_desk::{Desk, DeskError, Keys, Settings, SyncReport};
use deconflict_proof::{Trust, verify};
use deconflict_record::{SigningKey, leaf_hash};
use deconflict_testing::*;

const PARTIES: [&str; 4] = ["host", "north", "south", "aid"];

fn next_root(name: &str, generation: u8) -> deconflict_record::Hash {
    leaf_hash(&root(name, generation + 1).verifying_key().id().0.0)
}

fn rotation(name: &str, generation: u8) -> Say {
    Say::RotateRoot {
        root: root(name, generation + 1).verifying_key(),
        next_root: next_root(name, generation + 1),
    }
}

fn joining(name: &str, generation: u8) -> Say {
    let mut member = member(name);
    member.root = root(name, generation).verifying_key();
    member.next_root = next_root(name, generation);
    Say::Join { member }
}

fn new_desk(dir: &Path, name: &str) -> Desk {
    let (space, party) = (SPACE.into(), party(name));
    Desk::create(dir, &Settings { space, party, log: log(), founding: None, witness: None })
        .unwrap()
}

/// Reads on in a session of the party's root, which every party has.
fn sync(desk: &mut Desk, host: &SharedHost, session: &SigningKey) -> Result<SyncReport, DeskError> {
    let now = host.borrow().clock.utc();
    desk.sync(&mut HostLine::new(host), &Keys { session, witness: None }, now)
}

#[test]
fn a_replaced_root_or_a_revoked_key_that_signs_along_harms_nobody_and_consents_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let host = Rc::new(RefCell::new(HostRig::new(charter(&PARTIES))));
    let mut north = new_desk(&folder.path().join("north"), "north");
    sync(&mut north, &host, &root("north", 0)).unwrap();
    {
        let mut rig = host.borrow_mut();
        let revoke =
            Say::Revoke { operator_key: duty("aid").verifying_key().id(), reason: "lost".into() };
        rig.say("aid", &[&root("aid", 0)], &revoke);
        rig.say("south", &[&root("south", 0), &root("south", 1)], &rotation("south", 0));
        let present = ["host", "north", "aid"].map(|name| root(name, 0));
        let [of_host, of_north, of_aid] = &present;
        let (new, newcomer) = (root("south", 1), root("east", 0));
        let join = joining("east", 0);
        // The old root alone does not consent for its party.
        let old = root("south", 0);
        let signers = [of_north, of_host, of_aid, &old, &newcomer];
        let refused = rig.say("north", &signers, &join);
        assert!(matches!(refused.refusal, Some(Refusal::Consent { .. })), "{refused:?}");
        let signers = [of_north, of_host, of_aid, &new, &newcomer, &old, &duty("aid")];
        let joined = rig.say("north", &signers, &join);
        assert_eq!(joined.refusal, None);
        rig.pass(1);
    }
    sync(&mut north, &host, &root("north", 0)).unwrap();
    assert!(north.view().parties.contains_key(&party("east")));
    let mut east = new_desk(&folder.path().join("east"), "east");
    sync(&mut east, &host, &root("east", 0)).unwrap();
    assert_eq!(east.view().parties, north.view().parties);
}

#[test]
fn a_key_that_was_revoked_is_no_author_also_where_both_come_in_one_append() {
    let host = Rc::new(RefCell::new(HostRig::new(charter(&PARTIES))));
    let mut rig = host.borrow_mut();
    let revoke =
        Say::Revoke { operator_key: duty("north").verifying_key().id(), reason: "lost".into() };
    let plan = declare(operation_at(33.5, 38.6), Sharing::Open);
    let revoke = rig.signing.noted("north", &[&root("north", 0)], &revoke);
    let plan = rig.signing.next("north", &[&duty("north")], &plan);
    let batch = [revoke, plan].map(|statement| statement.envelope().encode());
    let answers = rig.file(&batch);
    assert!(answers[0].is_ok());
    let Err(failure) = &answers[1] else { panic!("{answers:?}") };
    assert_eq!(failure.problem.status, 401);
}

/// A history of keys: who has which root, and which keys there are or were.
struct History {
    dice: Dice,
    /// Of each party, the generation of its root.
    roots: BTreeMap<&'static str, u8>,
    /// The names of posts that were enrolled, of each party.
    posts: Vec<(&'static str, String)>,
    titles: usize,
}

impl History {
    fn new(seed: u64) -> History {
        History {
            dice: Dice(seed),
            roots: PARTIES.map(|name| (name, 0)).into(),
            posts: PARTIES.map(|name| (name, "duty".to_owned())).to_vec(),
            titles: 0,
        }
    }

    /// Any key that has to do with this record, and some that have not.
    fn any_key(&mut self) -> SigningKey {
        let name = *self.dice.pick(&PARTIES).unwrap();
        match self.dice.below(8) {
            0..=3 => root(name, self.dice.below(usize::from(self.roots[name]) + 2) as u8),
            4..=6 => {
                let (name, post) = self.dice.pick(&self.posts).unwrap().clone();
                operator(name, &post)
            }
            _ => key("a stranger's"),
        }
    }

    /// A statement by some key of a party, with signatures that it needs and some that it does not.
    fn statement(&mut self, rig: &mut HostRig) -> (&'static str, Vec<SigningKey>, Say) {
        let name = *self.dice.pick(&PARTIES).unwrap();
        let generation = self.roots[name];
        let mut signers = vec![root(name, generation)];
        let say = match self.dice.below(9) {
            0 => {
                let post = format!("post-{}", self.posts.len());
                let say = enrolment(name, &post, Role::Person);
                self.posts.push((name, post));
                say
            }
            1 | 2 => {
                let (_, post) = self.dice.pick(&self.posts).unwrap().clone();
                let operator_key = operator(name, &post).verifying_key().id();
                Say::Revoke { operator_key, reason: "lost".into() }
            }
            3 => {
                signers.push(root(name, generation + 1));
                rotation(name, generation)
            }
            4 if name != "host" => Say::Withdraw { reason: "quarrel".into() },
            5 => {
                let mut amended =
                    rig.space().state().ledger().charter.clone().unwrap().into_inner();
                self.titles += 1;
                amended.title = texts(&format!("Title {}", self.titles));
                signers.extend(PARTIES.map(|name| root(name, self.roots[name])));
                Say::AmendCharter { charter: Box::new(amended) }
            }
            6 | 7 => {
                // Back, sponsored by the host, under the root after the present one.
                let back = *self.dice.pick(&PARTIES[1..]).unwrap();
                signers = vec![root("host", self.roots["host"])];
                signers.extend(PARTIES.map(|name| root(name, self.roots[name])));
                signers.push(root(back, self.roots[back] + 1));
                let say = joining(back, self.roots[back] + 1);
                return ("host", self.and_others(signers), say);
            }
            _ => {
                let (of, post) = self.dice.pick(&self.posts).unwrap().clone();
                let say = Say::DropInterest { interest: "none".parse().unwrap() };
                return (of, self.and_others(vec![operator(of, &post)]), say);
            }
        };
        (name, self.and_others(signers), say)
    }

    /// With up to three more signatures, each key once.
    fn and_others(&mut self, mut signers: Vec<SigningKey>) -> Vec<SigningKey> {
        signers.extend((0..self.dice.below(4)).map(|_| self.any_key()).collect::<Vec<_>>());
        if self.dice.one_in(10) {
            signers[0] = self.any_key();
        }
        let mut seen = std::collections::BTreeSet::new();
        signers.retain(|key| seen.insert(key.verifying_key().id()));
        signers
    }

    /// What was taken in may have brought a root.
    fn note(&mut self, rig: &mut HostRig) {
        for (name, generation) in &mut self.roots {
            let present = rig.space().state().ledger().parties[&party(name)].member.root;
            while root(name, *generation).verifying_key() != present {
                *generation += 1;
            }
        }
    }
}

#[test]
fn whatever_a_host_takes_in_every_desk_and_the_offline_verifier_take_in() {
    let (mut taken, mut refused, mut turned_away) = (0, 0, 0);
    for seed in 1..=12 {
        let folder = tempfile::tempdir().unwrap();
        let mut terms = charter(&PARTIES);
        terms.consents.parties = Consent::AtLeast(1 + seed as usize % 3);
        terms.consents.rules = Consent::AtLeast(1);
        let host = Rc::new(RefCell::new(HostRig::new(terms)));
        let mut history = History::new(seed);
        let mut desks: BTreeMap<&str, Desk> =
            PARTIES.map(|name| (name, new_desk(&folder.path().join(name), name))).into();
        for round in 0..8 {
            for _ in 0..10 {
                let mut rig = host.borrow_mut();
                // Two at once: the second is verified before the first is decided.
                let of: Vec<_> = (0..2).map(|_| history.statement(&mut rig)).collect();
                let sign = |(name, signers, say): &(&str, Vec<SigningKey>, Say)| {
                    rig.signing.next(name, &signers.iter().collect::<Vec<_>>(), say)
                };
                let signed: Vec<_> = of.iter().map(sign).collect();
                let bytes: Vec<_> = signed.iter().map(|one| one.envelope().encode()).collect();
                for (statement, answer) in signed.iter().zip(rig.file(&bytes)) {
                    match answer {
                        Ok(answer) => {
                            rig.signing.note(statement);
                            *(if answer.refusal.is_none() { &mut taken } else { &mut refused }) +=
                                1;
                        }
                        Err(failure) => {
                            assert!([401, 409].contains(&failure.problem.status), "{failure}");
                            turned_away += 1;
                        }
                    }
                }
                history.note(&mut rig);
            }
            host.borrow_mut().pass(1);
            for (name, desk) in &mut desks {
                let session = root(name, history.roots[name]);
                let read = sync(desk, &host, &session);
                assert!(read.is_ok(), "seed {seed}, round {round}, {name}: {read:?}");
            }
        }
        for name in PARTIES {
            let session = root(name, history.roots[name]);
            let mut late = new_desk(&folder.path().join(format!("late-{name}")), name);
            let read = sync(&mut late, &host, &session);
            assert!(read.is_ok(), "seed {seed}, a new desk of {name}: {read:?}");
            assert_eq!(late.view().keys, desks[name].view().keys, "seed {seed}, {name}");
            let dossier = folder.path().join(format!("dossier-{name}"));
            late.export(&dossier).unwrap();
            let report = verify(&dossier, &Trust::default(), &mut |_, _| {});
            assert!(report.is_sound(), "seed {seed}, {name}: {report}");
        }
    }
    // The histories did come to all three.
    assert!(taken > 300 && refused > 100 && turned_away > 100, "{taken} {refused} {turned_away}");
}
