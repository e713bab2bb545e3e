//! Who reads what, and what what is hidden is called.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeSet;

use deconflict_core::*;
use deconflict_testing::*;

/// Who somebody is to what the north declares: the first column of the table below.
const ROLES: [&str; 6] = ["north", "named", "pausing", "other", "host", "left"];

/// What the north shares with those named, and who reads each entry: the owner, one named, one named
/// that pauses, another party, the host, one named that left. `x` reads, `-` does not.
const TABLE: [(&str, [&str; 3]); 11] = [
    //                    nobody    named     open
    ("declared", ["x-----", "xxx---", "xxxxx-"]),
    ("amended", ["x-----", "xxx---", "xxxxx-"]),
    ("activated", ["x-----", "xxx---", "xxxxx-"]),
    ("ended", ["x-----", "xxx---", "xxxxx-"]),
    ("refused", ["x-----", "x-----", "x-----"]),
    ("interest set", ["x-----", "x-----", "x-----"]),
    ("interest of one named touched", ["------", "-x----", "-x----"]),
    // With a plan of one other: both sides and the watch desk, whatever is shared.
    ("conflict opened", ["x--xx-", "x--xx-", "x--xx-"]),
    ("risk accepted", ["x--xx-", "x--xx-", "x--xx-"]),
    ("conflict resolved", ["x--xx-", "x--xx-", "x--xx-"]),
    ("key enrolled", ["xxxxx-", "xxxxx-", "xxxxx-"]),
];

#[test]
fn who_reads_what_follows_from_what_is_shared_and_from_nothing_else() {
    let named = || Sharing::Named(["named", "pausing", "left"].map(party).into());
    for (column, sharing) in [Sharing::ConflictOnly, named(), Sharing::Open].into_iter().enumerate()
    {
        let mut w = World::new(charter(&["host", "north", "named", "pausing", "other", "left"]));
        let why = || "because".to_owned();
        w.enrol("named", "lost", Role::Person);
        let lost = operator("named", "lost");
        let operator_key = lost.verifying_key().id();
        let revoke = Say::Revoke { operator_key, reason: why() };
        w.expect_accepted("named", &[&root("named", 0)], revoke);
        w.expect_accepted("pausing", &[&root("pausing", 0)], Say::Suspend { reason: why() });
        w.expect_accepted("left", &[&root("left", 0)], Say::Withdraw { reason: why() });
        let (from, until) = ("2017-05-19T02:00:00Z", "2017-05-19T03:00:00Z");
        let plan = || operation(circle(33.5, 38.6, 60.0, from, until));
        let area = Box::new(circle(33.5, 38.6, 9_000.0, from, until));
        let interest: InterestId = "here".parse().unwrap();
        let kinds: BTreeSet<Kind> = [Kind::Operation].into();
        let set = Say::SetInterest { interest, area, kinds };
        w.accepted("named", set.clone());
        w.accepted("other", declare(plan(), Sharing::ConflictOnly));

        let mut seen: Vec<(&str, String)> = Vec::new();
        let mut readers = |w: &World, row: &'static str, index: Option<usize>| {
            let reads = |name: &&str| {
                let read = w.read.get(&party(name)).into_iter().flatten();
                index.is_some_and(|i| read.into_iter().any(|entry| *entry == i as u64))
            };
            let marks = ROLES.iter().map(|name| if reads(name) { 'x' } else { '-' });
            seen.push((row, marks.collect()));
        };
        let found = |w: &World, from: usize, of: &dyn Fn(&Finding) -> bool| {
            let found = |entry: &Entry| matches!(&entry.what, What::Found(f) if of(f));
            w.log.iter().skip(from).position(found).map(|i| i + from)
        };
        let touched = |f: &Finding| matches!(f, Finding::InterestTouched { .. });
        let opened = |f: &Finding| matches!(f, Finding::ConflictOpened { .. });
        let resolved = |f: &Finding| matches!(f, Finding::ConflictResolved { .. });

        let i = w.log.len();
        let (version, _) = w.accepted("north", declare(plan(), sharing.clone()));
        readers(&w, "declared", Some(i));
        readers(&w, "interest of one named touched", found(&w, i, &touched));
        readers(&w, "conflict opened", found(&w, i, &opened));
        let (conflict, _) = w.conflict();
        let i = w.log.len();
        w.accepted("other", Say::AcceptRisk { conflict, reason: why() });
        readers(&w, "risk accepted", Some(i));
        let i = w.log.len();
        let mut other = plan();
        if let DeclarationContent::Operation(operation) = &mut other {
            operation.contact = Some("+000 other".into());
        }
        let (now, _) = w.accepted("north", amend(version, version, other, sharing));
        readers(&w, "amended", Some(i));
        let i = w.log.len();
        let (id, state) = (DeclarationId(version.0), OperationState::Activated);
        w.accepted("north", Say::SetState { operation: id, version: now, state });
        readers(&w, "activated", Some(i));
        let i = w.log.len();
        w.refused("north", Say::SetState { operation: id, version: now, state });
        readers(&w, "refused", Some(i));
        let i = w.log.len();
        w.accepted("north", set);
        readers(&w, "interest set", Some(i));
        let i = w.log.len();
        w.accepted("north", Say::End { declaration: id, how: Ending::Ended });
        readers(&w, "ended", Some(i));
        readers(&w, "conflict resolved", found(&w, i, &resolved));
        let i = w.log.len();
        w.enrol("other", "second", Role::Person);
        readers(&w, "key enrolled", Some(i));

        let mut expected = TABLE.map(|(row, marks)| (row, marks[column].to_owned())).to_vec();
        expected.sort();
        seen.sort();
        assert_eq!(seen, expected, "column {column}");

        // A stranger's key and a revoked one are told nothing, not even that it was logged.
        let size = w.log.len();
        for (name, key) in [("named", &lost), ("other", &operator("stranger", "duty"))] {
            let statement =
                w.statement(name, &[key], Say::Share { declaration: id, sharing: named() });
            assert_eq!(w.file(statement), Err(Unfit::Key(key.verifying_key().id())));
        }
        assert_eq!(w.log.len(), size);
    }
}

#[test]
fn conflicts_of_two_filings_cannot_be_put_together_by_name_or_order() {
    let mut w = World::unchecked(charter(&["host", "north", "prober"]));
    let (from, until) = ("2017-05-19T02:00:00Z", "2017-05-19T03:00:00Z");
    let plan = || operation(circle(33.5, 38.6, 60.0, from, until));
    for _ in 0..4 {
        w.accepted("north", declare(plan(), Sharing::ConflictOnly));
    }
    let (mut names, mut orders) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..12 {
        let (version, found) = w.accepted("prober", declare(plan(), Sharing::ConflictOnly));
        let mut order = Vec::new();
        for finding in &found {
            if let Finding::ConflictOpened { conflict, sides, .. } = finding {
                assert!(names.insert(sides[1].handle), "a name is never used again");
                order.push(w.state.ledger().conflicts[conflict].between[1].unwrap());
            }
        }
        assert_eq!(order.len(), 4);
        orders.insert(order);
        let end = Say::End { declaration: DeclarationId(version.0), how: Ending::Cancelled };
        let (_, found) = w.accepted("prober", end);
        let resolved = found.iter().filter_map(|finding| match finding {
            Finding::ConflictResolved { conflict, .. } => Some(conflict),
            _ => None,
        });
        assert!(resolved.is_sorted(), "in the order of their own names");
    }
    assert!(orders.len() > 4, "{} orders", orders.len());
}

#[test]
fn who_once_saw_a_declaration_does_not_recognise_its_later_versions() {
    let mut w = World::new(charter(&["host", "north", "south"]));
    let (from, until) = ("2017-05-19T02:00:00Z", "2017-05-19T03:00:00Z");
    let plan = |lon| operation(circle(33.5, lon, 60.0, from, until));
    let south = Sharing::Named([party("south")].into());
    let (v1, _) = w.accepted("north", declare(plan(38.6), south));
    let id = DeclarationId(v1.0);
    w.accepted("north", Say::Share { declaration: id, sharing: Sharing::ConflictOnly });
    let (v2, _) = w.accepted("north", amend(v1, v1, plan(38.9), Sharing::ConflictOnly));
    let i = w.log.len();
    w.accepted("south", declare(plan(38.9), Sharing::ConflictOnly));
    let told = serde_json::to_string(&w.log[i + 1]).unwrap();
    assert!(told.contains("conflict-opened"), "{told}");
    assert!(!told.contains(&v1.to_string()) && !told.contains(&v2.to_string()), "{told}");
    assert_eq!(w.view("south").declarations.len(), 1, "its own");
    // What it is called hangs on the version that south may not see, and not on the name that it knows.
    let (_, conflict) = w.conflict();
    let tagged = |parts: &[&[u8]]| deconflict_record::leaf_hash(&parts.concat());
    for count in 0..8_u64 {
        let guess = tagged(&[b"deconflict handle v1\n", &v1.0.0, &count.to_be_bytes()]);
        assert_ne!(conflict.sides[1].handle, Handle(guess));
    }
    let handles = &w.view("south").handles;
    assert!(handles.values().all(|declaration| *declaration != id), "{handles:?}");
}
