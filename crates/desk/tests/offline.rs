//! Folders that are carried away are checked with nothing but themselves.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::folder::{check, files, rewrite, sum_anew};
use common::*;
use deconflict_core::{DeclarationId, Ending, Refusal, Say, Sharing, What};
use deconflict_desk::Desk;
use deconflict_faults::Chance;
use deconflict_proof::{Trust, verify};
use deconflict_record::{Hash, KeyUse, Policy, Vkey};

/// A desk that knows an operation which began, ended, and a conflict with a hidden one; and a promise.
fn desk(folder: &Path) -> (Desk, DeclarationId) {
    let host = host();
    let mut north = Post::new(&folder.join("desk"), &host, "north");
    north.sync(1).unwrap();
    let filed = north.say(&operation(33.5, Sharing::Open), 2);
    let declaration = DeclarationId(Hash::from_hex(&filed.statement).unwrap());
    host.borrow_mut().say("south", &[&duty("south")], &operation(33.5, Sharing::ConflictOnly));
    north.sync(3).unwrap();
    north.say(&Say::End { declaration, how: Ending::Ended }, 4);
    // Refused: it has ended.
    north.say(&Say::End { declaration, how: Ending::Ended }, 5);
    north.sync(6).unwrap();
    host.borrow_mut().forgets = true;
    north.say(&operation(50.0, Sharing::Open), 7);
    north.sync(8).unwrap();
    (north.desk, declaration)
}

#[test]
fn a_whole_record_is_proven_and_the_report_says_by_whom_and_until_when() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, _) = desk(folder.path());
    let dir = folder.path().join("out");
    desk.export(&dir).unwrap();
    let mut steps = 0;
    let report = verify(&dir, &Trust::default(), &mut |_, _| steps += 1);
    assert_eq!(report.faults, [""; 0]);
    assert!(steps > 0 && report.quorum);
    assert_eq!(report.head, Some(desk.head()));
    assert_eq!(report.statements[&party("north")], (3, 1));
    assert_eq!(report.promised.len(), 1);
    let text = report.to_string();
    for said in
        ["`north.example` countersigned it at 2026-11-22T12:00:06Z", "1 refused", "founded by"]
    {
        assert!(text.contains(said), "{text}");
    }
    for word in ["clear", "safe"] {
        assert!(!text.contains(word), "{text}");
    }
    let trust =
        Trust { founding: report.founding, log: Some(report.log.clone()), ..Trust::default() };
    assert!(verify(&dir, &trust, &mut |_, _| {}).is_sound());
    let other = Trust { founding: Some(deconflict_record::leaf_hash(b"")), ..trust.clone() };
    assert!(!verify(&dir, &other, &mut |_, _| {}).is_sound());
    let other = Trust { log: Some("x".into()), ..trust.clone() };
    assert!(!verify(&dir, &other, &mut |_, _| {}).is_sound());
    // The reader asks for a witness that the charter does not name.
    let stranger = Vkey::new("stranger", KeyUse::Witness, witness("stranger").verifying_key());
    let policy = Policy::at_least(1, &log_vkey(), &[stranger.unwrap()]).unwrap();
    let other = Trust { policy: Some(policy), ..trust.clone() };
    let faults = verify(&dir, &other, &mut |_, _| {}).faults;
    assert!(faults[0].contains("the policy that you gave"), "{faults:?}");
    let trust = Trust { policy: Some(desk.policy().unwrap()), ..trust };
    assert!(verify(&dir, &trust, &mut |_, _| {}).is_sound());
    assert!(desk.export(&dir).unwrap_err().to_string().contains("not empty"));
}

#[test]
fn one_declaration_is_proven_without_showing_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, declaration) = desk(folder.path());
    let dir = folder.path().join("out");
    desk.prove_declaration(&dir, declaration).unwrap();
    let report = check(&dir);
    assert_eq!(report.faults, [""; 0]);
    let shown = || report.shown.iter().map(|(_, entry)| &entry.what);
    assert!(shown().any(|what| matches!(what, What::Accepted(_))), "{report}");
    assert!(shown().any(|what| matches!(what, What::Refused(_, Refusal::Ended {}))), "{report}");
    let told = report.told_by(&deconflict_words::Language::default());
    assert!(
        told.contains("accepted, taken in at ") && told.contains("refused: it has ended"),
        "{told}"
    );
    assert!(report.quorum);
    assert!(desk.prove(&folder.path().join("none"), &BTreeSet::from([99])).is_err());
}

#[test]
fn every_flipped_byte_every_missing_and_every_added_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, declaration) = desk(folder.path());
    let (record, proofs) = (folder.path().join("record"), folder.path().join("proofs"));
    desk.export(&record).unwrap();
    desk.prove_declaration(&proofs, declaration).unwrap();
    let mut random = Chance::new(7);
    for dir in [record, proofs] {
        assert!(check(&dir).is_sound());
        for path in files(&dir) {
            let bytes = fs::read(&path).unwrap();
            for _ in 0..bytes.len().min(24) {
                let mut changed = bytes.clone();
                let at = random.below(bytes.len() as u64) as usize;
                changed[at] ^= 1 << random.below(8);
                fs::write(&path, changed).unwrap();
                assert!(!check(&dir).is_sound(), "{}: byte {at}", path.display());
            }
            fs::remove_file(&path).unwrap();
            assert!(!check(&dir).is_sound(), "without {}", path.display());
            fs::write(&path, bytes).unwrap();
        }
        fs::write(dir.join("more"), "x").unwrap();
        assert!(!check(&dir).is_sound());
        fs::remove_file(dir.join("more")).unwrap();
        assert!(check(&dir).is_sound());
    }
}

#[test]
fn what_was_changed_on_purpose_is_found_though_the_sums_were_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, declaration) = desk(folder.path());
    let (record, proofs) = (folder.path().join("record"), folder.path().join("proofs"));
    desk.export(&record).unwrap();
    desk.prove_declaration(&proofs, declaration).unwrap();
    let mut random = Chance::new(8);
    for dir in [&record, &proofs] {
        for path in files(dir) {
            let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
            let signed = ["tile/", "policy", "checkpoint", "promises"];
            if !signed.iter().any(|start| name.starts_with(start)) {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            for _ in 0..bytes.len().min(24) {
                let mut changed = bytes.clone();
                let at = random.below(bytes.len() as u64) as usize;
                changed[at] ^= 1 << random.below(7);
                fs::write(&path, &changed).unwrap();
                sum_anew(dir);
                let report = check(dir);
                // A witness whose name was changed is an unknown one: it counts no more.
                assert!(!report.is_sound() || !report.quorum, "{name}: byte {at}");
            }
            fs::write(&path, bytes).unwrap();
        }
        sum_anew(dir);
        assert!(check(dir).is_sound());
    }
    let given = record.join("given/000000.jsonl");
    let text = fs::read_to_string(&given).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut swapped = lines.clone();
    swapped.swap(3, 4);
    let without = |at: usize| {
        let kept = lines.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, l)| *l);
        kept.collect::<Vec<_>>()
    };
    for changed in [swapped, without(0), without(2), without(5)] {
        fs::write(&given, changed.join("\n") + "\n").unwrap();
        sum_anew(&record);
        assert!(!check(&record).is_sound(), "{changed:?}");
    }
    for (from, to) in [("\"salt\":\"", "\"salt\":\"0"), ("accepted", "refused"), ("north", "south")]
    {
        fs::write(&given, text.replacen(from, to, 1)).unwrap();
        sum_anew(&record);
        assert!(!check(&record).is_sound(), "{to}");
    }
}

/// Puts each line of the given entries into a file of its own.
fn split(dir: &Path) {
    let given = dir.join("given");
    let text = fs::read_to_string(given.join("000000.jsonl")).unwrap();
    for (nth, line) in text.lines().enumerate() {
        fs::write(given.join(format!("{nth:06}.jsonl")), format!("{line}\n")).unwrap();
    }
    sum_anew(dir);
}

#[test]
fn a_record_in_many_files_is_judged_as_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, _) = desk(folder.path());
    let dir = folder.path().join("out");
    desk.export(&dir).unwrap();
    let whole = check(&dir);
    split(&dir);
    assert_eq!(check(&dir), whole);
    assert!(whole.is_sound() && whole.opened > 8);
    let (one, other) = (dir.join("given/000003.jsonl"), dir.join("given/000004.jsonl"));
    let (first, second) = (fs::read(&one).unwrap(), fs::read(&other).unwrap());
    fs::write(one, second).unwrap();
    fs::write(other, first).unwrap();
    sum_anew(&dir);
    let report = check(&dir);
    assert!(report.faults[0].contains("is not in its place"), "{report}");
}

#[test]
fn a_statement_that_was_not_signed_so_is_found_though_the_host_signed_the_record() {
    let host = host();
    let folder = tempfile::tempdir().unwrap();
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let link = host.borrow().link(&duty("south"));
    let say = |lat: f64| operation(lat, Sharing::Open);
    let filed = host.borrow_mut().say("south", &[&duty("south")], &say(33.5));
    north.say(&say(50.0), 2);
    north.sync(3).unwrap();
    let signed = |space: &str, party: &str, name: &str, lat: f64| {
        let link = if name == "duty south" { link } else { (1, None) };
        let statement = sign(space, party, &[&key(name)], link, None, &say(lat));
        String::from_utf8(statement.envelope().encode()).unwrap()
    };
    let payload = |envelope: &str| envelope.split('"').nth(7).unwrap().to_owned();
    let (true_one, other) =
        (signed(SPACE, "south", "duty south", 33.5), signed(SPACE, "south", "duty south", 34.5));
    let forged = true_one.replace(&payload(&true_one), &payload(&other));
    for (nth, (envelope, fault)) in [
        (true_one, None),
        (forged, Some("is not its own")),
        (signed(SPACE, "south", "nobody", 33.5), Some("was not enrolled then, and signs")),
        (signed(SPACE, "south", "duty north", 33.5), Some("is of `north` and speaks for `south`")),
        (signed("deconflict.example/other", "south", "duty south", 33.5), Some("replayed")),
    ]
    .into_iter()
    .enumerate()
    {
        let dir = folder.path().join(nth.to_string());
        north.desk.export(&dir).unwrap();
        let content = format!(r#"{{"v":3,"at":"2026-11-22T12:00:01Z","accepted":{envelope}}}"#);
        rewrite(&dir, &mut host.borrow_mut(), filed.index, &content);
        let in_one_file = check(&dir);
        split(&dir);
        assert_eq!(check(&dir), in_one_file);
        match fault {
            None => assert!(in_one_file.is_sound(), "{in_one_file}"),
            Some(fault) => assert!(in_one_file.faults[0].contains(fault), "{in_one_file}"),
        }
    }
}

#[test]
fn a_space_that_continues_an_earlier_one_says_so_to_its_desks_and_to_whoever_verifies() {
    let parties = ["host", "north", "south", "aid"];
    let mut terms = charter(&parties);
    let (root, lost) = (deconflict_record::leaf_hash(b"before"), "the plans of 18 May".to_owned());
    terms.continues = Some(deconflict_core::Continues { size: 77, root, lost });
    let host = std::rc::Rc::new(std::cell::RefCell::new(FakeHost::founded(&parties, terms)));
    let folder = tempfile::tempdir().unwrap();
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let dossier = folder.path().join("dossier");
    north.desk.export(&dossier).unwrap();
    let report = check(&dossier);
    assert!(report.is_sound(), "{report}");
    for text in
        [words(north.desk.notices()), report.told_by(&deconflict_words::Language::default())]
    {
        assert!(text.contains("continues an earlier record from the head of size 77"), "{text}");
        assert!(text.contains("the plans of 18 May"), "{text}");
    }
}

#[test]
fn a_folder_that_leaves_the_founding_statement_out_is_no_proof_to_whoever_names_one() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, _) = desk(folder.path());
    let mut reduced = 0;
    for index in 1..20 {
        let dir = folder.path().join(index.to_string());
        if desk.prove(&dir, &BTreeSet::from([index])).is_err() {
            continue;
        }
        let founding = check(&dir).founding;
        for path in files(&dir.join("proofs")) {
            if path.file_stem().unwrap().to_str() != Some(&index.to_string()) {
                fs::remove_file(path).unwrap();
            }
        }
        let policy = Policy::at_least(0, &log_vkey(), &[]).unwrap().to_string();
        fs::write(dir.join("policy"), policy).unwrap();
        sum_anew(&dir);
        // What the host itself found needs no key that the founding statement brings.
        if check(&dir).is_sound() {
            reduced += 1;
            let trust = Trust { founding, ..Trust::default() };
            let faults = verify(&dir, &trust, &mut |_, _| {}).faults;
            assert!(faults[0].contains("whose hash you gave, is not here"), "{faults:?}");
        }
    }
    assert!(reduced > 0);
}
