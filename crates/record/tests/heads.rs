//! Witnesses, policies, proofs and evidence, from a host that is honest and from one that is not.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

mod support;

use deconflict_record::{
    AddCheckpoint, Checkpoint, CosignRefusal, Cosigner, EMPTY_ROOT, Evidence, Hash, KeyUse,
    NotAccepted, NotProven, Policy, ProofError, ProofRefused, Proven, SignedCheckpoint, TlogProof,
    Vkey, commit, smallest_quorum,
};
use proptest::prelude::*;
use support::{Log, at, key, log_key, witness_key};

fn witness(last: Option<SignedCheckpoint>) -> Cosigner {
    Cosigner::new("desk1.example", log_key(), last).unwrap()
}

fn request(old_size: u64, proof: Vec<Hash>, checkpoint: SignedCheckpoint) -> AddCheckpoint {
    AddCheckpoint { old_size, proof, checkpoint }
}

/// Honest up to 5 entries, then rewritten from entry 3 on.
fn logs() -> (Log, Log) {
    let mut forked = Log::of(3, "entry");
    (3..20).for_each(|i| forked.push(format!("rewritten {i}").as_bytes()));
    (Log::of(20, "entry"), forked)
}

fn cosigned(head: SignedCheckpoint, witnesses: &[u8]) -> SignedCheckpoint {
    witnesses.iter().fold(head, |head, number| {
        let name = format!("desk{number}.example");
        let mut witness = Cosigner::new(&name, log_key(), None).unwrap();
        let request = request(0, vec![], head.clone());
        let pending = witness.judge(&request).unwrap();
        let line = pending.persisted(&key(*number), at(100 + u64::from(*number))).line();
        head.collect(&line, &[&witness_key(*number)]).unwrap()
    })
}

#[test]
fn a_witness_follows_an_honest_log() {
    let (log, _) = logs();
    let mut witness = witness(None);
    assert_eq!((witness.head().size, witness.head().root), (0, EMPTY_ROOT));
    for (old, new) in [(0, 0), (0, 5), (5, 5), (5, 8), (8, 20)] {
        let request = request(old, log.consistency(old, new), log.signed(new));
        let read = AddCheckpoint::parse(request.encode().as_bytes()).unwrap();
        let pending = witness.judge(&read).unwrap();
        assert_eq!(pending.checkpoint(), &log.signed(new));
        let line = pending.persisted(&key(1), at(50)).line();
        let seen = log.signed(new).collect(&line, &[&witness_key(1)]).unwrap();
        assert_eq!(seen.cosignatures(&[&witness_key(1)]).unwrap()[0].time_s, 50);
        assert_eq!(witness.head().size, new);
    }
}

#[test]
fn a_witness_answers_every_other_request_as_the_specification_says() {
    let (log, forked) = logs();
    let mut other_root = log.head(5);
    other_root.root = Hash([1; 32]);
    let stranger = Checkpoint { origin: "elsewhere.example".into(), ..log.head(8) };
    for (status, request) in [
        (404, request(5, log.consistency(5, 8), stranger.sign(&key(0)).unwrap())),
        (403, request(5, log.consistency(5, 8), log.head(8).sign(&key(9)).unwrap())),
        (400, request(9, vec![], log.signed(8))),
        (409, request(4, log.consistency(4, 8), log.signed(8))),
        (409, request(0, vec![], log.signed(3))),
        (422, request(5, vec![], log.signed(8))),
        (422, request(5, log.consistency(5, 9), log.signed(8))),
        (422, request(5, vec![EMPTY_ROOT], log.signed(5))),
        (422, request(5, forked.consistency(5, 8), forked.signed(8))),
        (422, request(5, vec![], forked.signed(5))),
        (422, request(5, vec![], other_root.sign(&key(0)).unwrap())),
    ] {
        let mut witness = witness(Some(log.signed(5)));
        let refusal = witness.judge(&request).unwrap_err();
        assert_eq!(refusal.status(), status, "{refusal}");
        assert_eq!(witness.head().size, 5);
        if let CosignRefusal::WrongOldSize { known } = refusal {
            assert_eq!(known, 5);
        }
    }
}

#[test]
fn what_is_dropped_before_it_is_persisted_was_never_seen() {
    let (log, _) = logs();
    let mut witness = witness(None);
    drop(witness.judge(&request(0, vec![], log.signed(20))).unwrap());
    assert_eq!(witness.head().size, 0);
    assert!(witness.judge(&request(0, vec![], log.signed(5))).is_ok());
}

#[test]
fn a_witness_takes_up_where_its_store_left_off() {
    let (log, forked) = logs();
    let stored = {
        let mut witness = witness(None);
        let request = request(0, vec![], log.signed(5));
        let pending = witness.judge(&request).unwrap();
        let stored = pending.checkpoint().encode();
        let _ = pending.persisted(&key(1), at(50));
        stored
    };
    let last = SignedCheckpoint::parse(stored.as_bytes()).unwrap();
    let mut restarted = witness(Some(last.clone()));
    assert_eq!(restarted.head().root, log.root_at(5));
    assert!(restarted.judge(&request(5, log.consistency(5, 8), log.signed(8))).is_ok());
    assert!(restarted.judge(&request(5, forked.consistency(5, 8), forked.signed(8))).is_err());
    let elsewhere = Vkey::new("elsewhere", KeyUse::Log, key(0).verifying_key()).unwrap();
    assert!(Cosigner::new("desk1.example", elsewhere, Some(last)).is_err());
    assert!(Cosigner::new("desk 1", log_key(), None).is_err());
    assert!(Cosigner::new("desk1.example", witness_key(2), None).is_err());
}

#[test]
fn two_roots_for_one_size_are_evidence_that_stands_on_its_own() {
    let (log, forked) = logs();
    let mut witness = witness(Some(log.signed(5)));
    let refusal = witness.judge(&request(5, vec![], forked.signed(5))).unwrap_err();
    let CosignRefusal::Fork(evidence) = refusal else { panic!("{refusal}") };
    let evidence = Evidence::parse(&evidence.encode()).unwrap();
    let proven = evidence.check(&[&log_key()]).unwrap();
    assert_eq!(proven, Proven::TwoRoots { one: log.head(5), other: forked.head(5) });
    assert!(proven.to_string().starts_with("host.example/straits signed two histories: at size 5"));
    // A frame-up: the second head is signed by somebody else.
    let framed = forked.head(5).sign(&key(9)).unwrap();
    let framed = Evidence::new(log.signed(5), framed, vec![]);
    assert_eq!(framed.check(&[&log_key()]), Err(NotProven::NotSigned));
    let same = Evidence::new(log.signed(5), log.signed(5), vec![]);
    assert_eq!(same.check(&[&log_key()]), Err(NotProven::Consistent));
}

#[test]
fn a_rewritten_tree_is_proven_from_nodes_of_the_newer_one() {
    let (log, forked) = logs();
    for (old, new) in [(4, 5), (4, 8), (5, 8), (8, 20), (7, 16)] {
        let evidence = Evidence::new(log.signed(old), forked.signed(new), forked.prefix(old, new));
        let evidence = Evidence::parse(&evidence.encode()).unwrap();
        let (older, newer) = (log.head(old), forked.head(new));
        let root_at_older_size = forked.root_at(old);
        assert_eq!(
            evidence.check(&[&witness_key(1), &log_key()]),
            Ok(Proven::Rewritten { older, newer, root_at_older_size })
        );
    }
}

#[test]
fn nobody_can_frame_an_honest_log() {
    let (log, forked) = logs();
    for (old, new) in [(4, 8), (5, 8), (8, 20)] {
        let check =
            |nodes| Evidence::new(log.signed(old), log.signed(new), nodes).check(&[&log_key()]);
        assert_eq!(check(log.prefix(old, new)), Err(NotProven::Consistent));
        assert_eq!(check(forked.prefix(old, new)), Err(NotProven::Nodes(ProofError::Root)));
        assert!(matches!(check(vec![]), Err(NotProven::Nodes(ProofError::Length { .. }))));
        for at in 0..log.prefix(old, new).len() {
            let mut wrong = log.prefix(old, new);
            wrong[at].0[0] ^= 1;
            assert_eq!(check(wrong), Err(NotProven::Nodes(ProofError::Root)));
        }
        let swapped = Evidence::new(log.signed(new), log.signed(old), vec![]);
        assert_eq!(swapped.check(&[&log_key()]), Err(NotProven::NotComparable));
    }
}

#[test]
fn a_head_met_elsewhere_is_compared_with_the_last_one() {
    let (log, forked) = logs();
    let witness = witness(Some(log.signed(5)));
    assert!(witness.fork_with(&forked.signed(5)).is_some());
    assert_eq!(witness.fork_with(&log.signed(5)), None);
    assert_eq!(witness.fork_with(&forked.signed(8)), None);
}

#[test]
fn a_policy_accepts_a_head_from_the_quorum_on() {
    let (log, _) = logs();
    let keys = [1, 2, 3, 4].map(witness_key);
    for k in 0..=4 {
        let policy = Policy::at_least(k, &log_key(), &keys).unwrap();
        for n in 0..=4u8 {
            let head = cosigned(log.signed(20), &(1..=n).collect::<Vec<_>>());
            match policy.accept(&head) {
                Ok(accepted) => {
                    assert!(usize::from(n) >= k);
                    assert_eq!(accepted.checkpoint, &log.head(20));
                    assert_eq!(accepted.cosignatures.len(), usize::from(n));
                }
                Err(NotAccepted::Quorum(seen)) => {
                    assert!(usize::from(n) < k);
                    assert_eq!(seen.len(), usize::from(n));
                }
                Err(error) => panic!("{error}"),
            }
        }
        let unknown = log.head(20).sign(&key(9)).unwrap();
        assert_eq!(policy.accept(&unknown), Err(NotAccepted::Log));
    }
    assert!(Policy::at_least(5, &log_key(), &keys).is_err());
    assert!(Policy::at_least(1, &witness_key(1), &keys).is_err());
}

#[test]
fn groups_within_groups_count_as_their_policy_says() {
    let (log, _) = logs();
    let keys: Vec<String> = (1..=6).map(|n| format!("witness w{n} {}\n", witness_key(n))).collect();
    let text = format!(
        "log {}\n{}group x 2 w1 w2 w3\ngroup y any w4 w5\ngroup both all x y\nquorum both\n",
        log_key(),
        keys.concat()
    );
    let policy = Policy::parse(&text).unwrap();
    let accepts = |witnesses: &[u8]| policy.accept(&cosigned(log.signed(9), witnesses)).is_ok();
    assert!(accepts(&[1, 3, 5]) && accepts(&[1, 2, 3, 4, 5, 6]));
    for too_few in [&[1, 2, 3][..], &[1, 4], &[4, 5, 6], &[1, 2, 6], &[]] {
        assert!(!accepts(too_few), "{too_few:?}");
    }
    let one = Policy::parse(&text.replace("quorum both", "quorum w6")).unwrap();
    assert!(one.accept(&cosigned(log.signed(9), &[6])).is_ok());
    assert!(one.accept(&cosigned(log.signed(9), &[1, 2, 3, 4, 5])).is_err());
}

#[test]
fn what_is_no_policy_is_refused_with_its_line() {
    let [one, two] = [1, 2].map(witness_key);
    let good =
        format!("log {}\nwitness a {one}\nwitness b {two}\ngroup g 2 a b\nquorum g\n", log_key());
    assert!(Policy::parse(&good).is_ok());
    for (from, to, line) in [
        ("quorum g\n", "", ""),
        ("quorum g\n", "quorum g", ""),
        ("quorum g\n", "quorum none\nquorum none\n", "line 6"),
        ("quorum g\n", "quorum h\n", "line 5"),
        ("quorum g\n", "quorum g g\n", "line 5"),
        ("group g", "group none", "line 4"),
        ("group g", "group a", "line 4"),
        ("g 2 a b", "g 3 a b", "line 4"),
        ("g 2 a b", "g 0 a b", "line 4"),
        ("g 2 a b", "g 02 a b", "line 4"),
        ("g 2 a b", "g some a b", "line 4"),
        ("g 2 a b", "g any", "line 4"),
        ("g 2 a b", "g 1 a a", "line 4"),
        ("g 2 a b", "g 1 a g", "line 4"),
        ("g 2 a b", "g all a b\ngroup h any a", "line 5"),
        ("witness b", "witness a", "line 3"),
        ("witness b", "witness none", "line 3"),
        (&two.to_string(), &one.to_string(), "line 3"),
        (&two.to_string(), &log_key().to_string(), "line 3"),
        ("log ", "witness l ", "line 1"),
        ("log ", "LOG ", "line 1"),
        ("log ", "\u{b}log ", "line 1"),
        ("log ", "log\u{a0}", "line 1"),
        ("log ", &format!("log {}\nlog ", log_key()), "line 2"),
    ] {
        let wrong = good.replacen(from, to, 1);
        assert_ne!(wrong, good);
        let error = Policy::parse(&wrong).unwrap_err().to_string();
        assert!(error.contains(line), "{wrong}: {error}");
    }
    assert!(Policy::parse(&good.replace('\n', "\n\n\t # x\n")).is_ok());
    assert!(Policy::parse(&"\n".repeat(1025)).is_err());
}

#[test]
fn any_two_smallest_quorums_share_an_honest_witness() {
    for n in 1..=100usize {
        let cheats = n.saturating_sub(1) / 3;
        let quorum = smallest_quorum(n);
        assert!(2 * quorum > n + cheats, "{n}");
        assert!(quorum <= n - cheats, "{n}: reached without the cheats");
    }
    assert_eq!(smallest_quorum(0), 0);
}

#[test]
fn a_proof_shows_an_entry_offline_and_nothing_else() {
    let salt = [7; 32];
    let commitment = commit(&salt, b"content");
    let mut log = Log::of(12, "entry");
    log.push(&commitment.0);
    (13..20).for_each(|i| log.push(&[i]));
    let policy = Policy::at_least(2, &log_key(), &[1, 2, 3].map(witness_key)).unwrap();
    let proof = TlogProof {
        extra: Some([&salt[..], b"content"].concat()),
        index: 12,
        path: log.inclusion(12, 20),
        checkpoint: cosigned(log.signed(20), &[1, 3]),
    };
    let read = TlogProof::parse(proof.encode().as_bytes()).unwrap();
    let accepted = read.verify(&policy, &commitment.0).unwrap();
    assert_eq!(accepted.cosignatures.len(), 2);
    let other = commit(&salt, b"other");
    assert_eq!(read.verify(&policy, &other.0), Err(ProofRefused::Inclusion(ProofError::Root)));
    let moved = TlogProof { index: 13, ..proof.clone() };
    assert!(moved.verify(&policy, &commitment.0).is_err());
    let unseen = TlogProof { checkpoint: log.signed(20), ..proof };
    let refused = unseen.verify(&policy, &commitment.0).unwrap_err();
    assert_eq!(refused, ProofRefused::Checkpoint(NotAccepted::Quorum(vec![])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever an adversary asks, in whatever order: what a witness countersigned is one history.
    #[test]
    fn a_witness_never_countersigns_two_histories(
        asks in proptest::collection::vec((any::<bool>(), 0..=20u64, 0..=20u64, any::<bool>()), 1..40)
    ) {
        let (log, forked) = logs();
        let mut witness = witness(None);
        let mut seen: Vec<(u64, Hash, bool)> = Vec::new();
        for (fork, old, new, from_head) in asks {
            let side = if fork { &forked } else { &log };
            let old = if from_head { witness.head().size } else { old };
            let proof = side.consistency(old.min(new), new);
            if let Ok(pending) = witness.judge(&request(old, proof, side.signed(new))) {
                let _ = pending.persisted(&key(1), at(50));
                seen.push((new, side.root_at(new), fork));
            }
        }
        prop_assert!(seen.is_sorted_by_key(|(size, ..)| *size));
        let one_history = [&log, &forked]
            .iter()
            .any(|side| seen.iter().all(|(size, root, _)| side.root_at(*size) == *root));
        prop_assert!(one_history);
    }
}
