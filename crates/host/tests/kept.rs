//! What is filed while a host that was started anew waits for its witnesses: kept, answered as what it is, and taken in
//! by itself, once.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::net::{Ipv4Addr, SocketAddr};

use common::post::Post;
use common::*;
use deconflict_api::{Content, HostWait, SilentWitness};
use deconflict_core::*;
use deconflict_desk::HttpLine;
use deconflict_faults::{Loss, PowerCut};
use deconflict_host::Config;
use deconflict_record::{SignedStatement, SigningKey};
use deconflict_store::Options;

/// Where statements stand in the record, by what names them.
fn places(rig: &Rig, statements: &[&SignedStatement]) -> Vec<Vec<usize>> {
    let entries = rig.all_entries();
    let said = |entry: &Entry| match &entry.what {
        What::Accepted(said) | What::Refused(said, _) => Some(said.hash),
        What::Found(_) => None,
    };
    let hashes: Vec<_> = entries.iter().map(said).collect();
    let of = |statement: &&SignedStatement| {
        let all = hashes.iter().enumerate();
        all.filter(|(_, hash)| **hash == Some(statement.hash())).map(|(at, _)| at).collect()
    };
    statements.iter().map(of).collect()
}

fn for_operators(rig: &Rig, path: &str) -> String {
    let address = rig.host.as_ref().unwrap().metrics_address().unwrap();
    let page = rig.agent.get(format!("http://{address}{path}")).call().unwrap();
    page.into_body().read_to_string().unwrap()
}

fn kept(rig: &Rig) -> u64 {
    rig.host.as_ref().unwrap().published().kept()
}

#[test]
fn what_is_filed_meanwhile_is_kept_and_taken_in_once_the_witness_has_spoken() {
    let metrics = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let mut rig = Rig::with(Config { metrics, ..Config::default() }, Options::default());
    let folder = tempfile::tempdir().unwrap();
    let mut north = Post::new(&rig, folder.path(), "north");
    let mut aid = Post::new(&rig, folder.path(), "aid");
    north.sync(&rig).unwrap();
    rig.stop();
    rig.start_asking();
    // Two of one key in their order, and of another one that protects people; all but the last wait for nobody else.
    let say = |rig: &mut Rig, name: &str, declared| {
        let statement =
            rig.statement(name, &[&duty(name)], &declare(declared, Sharing::ConflictOnly));
        rig.chained(&statement);
        statement
    };
    let first = say(&mut rig, "south", operation_at(34.5, 38.6));
    let second = say(&mut rig, "south", operation_at(34.6, 38.6));
    let hospital = say(&mut rig, "host", site(50.0, 10.0));
    let waits = HostWait {
        more: 1,
        silent: vec![SilentWitness { witness: witness_name("north"), party: "north".into() }],
        lacks_entries: false,
    };
    let token = rig.token(&duty("aid"));
    for statement in [&first, &second, &hospital, &first] {
        let envelope = statement.envelope().encode();
        let told = rig.post("/v1/statements", Some(&token), &envelope).problem();
        assert_eq!((told.status, told.kind.as_str()), (503, "problems/kept"));
        assert_eq!(told.waits.as_deref(), Some(&waits));
        // Whoever is no party is not told whose desks are silent.
        let told = rig.send(statement).problem();
        assert_eq!((told.kind.as_str(), told.waits), ("problems/kept", None));
    }
    assert_eq!(kept(&rig), 3, "each once");
    // The next of a key that is another one than the kept one is not the next.
    let another = deconflict_testing::sign(
        SPACE,
        "south",
        &[&duty("south")],
        (second.claimed_header().seq, second.claimed_header().prev),
        None,
        &declare(operation_at(60.0, 10.0), Sharing::Open),
    );
    let told = rig.send(&another).problem();
    assert_eq!((told.status, told.next_seq), (409, Some(second.claimed_header().seq + 1)));
    assert_eq!(told.prev, Some(second.hash().to_string()));
    // Those who operate the host are told who is missing and whom to call, everybody that something is.
    let health = for_operators(&rig, "/health");
    assert!(
        health.contains("of north (call +000 north)") && health.contains(r#""kept":3"#),
        "{health}"
    );
    let metrics = for_operators(&rig, "/metrics");
    for row in ["recovering 1", "witnesses_missing 1", "statements_kept 3", "clock_in_doubt 0"] {
        assert!(metrics.contains(&format!("\ndeconflict_{row}\n")), "{row}: {metrics}");
    }
    let public = String::from_utf8(rig.get("/health", None).body).unwrap();
    assert!(public.contains(r#"{"waits-for-witnesses":{"more":1}}"#), "{public}");
    assert!(!public.contains("north"), "{public}");
    // Started anew meanwhile, it has them still.
    rig.stop();
    rig.start_asking();
    assert_eq!(kept(&rig), 3);
    assert_eq!(places(&rig, &[&first, &second, &hospital]), [[]; 3] as [[usize; 0]; 3]);
    // A desk's own statement is kept in its queue, too, and its people are told.
    aid.follow(&rig);
    aid.desk.file(&declare(operation_at(70.0, 10.0), Sharing::Open), &duty("aid"), None).unwrap();
    let sent = aid.send(&rig).unwrap();
    assert!(sent.filed.is_empty() && sent.kept.len() == 1, "{sent:?}");
    assert_eq!(sent.kept[0].1, waits);
    let queued = aid.desk.queued().next().unwrap().clone();
    assert_eq!(queued.kept, Some(waits.clone()));
    let told = deconflict_words::Language::default()
        .host_waits(&rig.host.as_ref().unwrap().published().ledger(), &waits);
    assert_eq!(told, "it waits for north (call +000 north)");
    assert!(aid.sync(&rig).is_ok());
    assert_eq!(aid.desk.host_waits(), Some(&waits));
    assert_eq!(kept(&rig), 4);
    // The witness speaks.
    north.line = HttpLine::new(&rig.url(""), None).unwrap();
    north.sync(&rig).unwrap();
    rig.wait("what was kept", || kept(&rig) == 0);
    rig.pass(2);
    let all = [&first, &second, &hospital, &queued_statement(&queued.envelope)];
    let found: Vec<usize> = places(&rig, &all)
        .iter()
        .map(|places| {
            assert_eq!(places.len(), 1, "{places:?}");
            places[0]
        })
        .collect();
    assert!(found[2] < found[0] && found[0] < found[1], "{found:?}");
    // Sent again, each is answered as what it is.
    for statement in [&first, &second, &hospital] {
        assert_eq!(rig.send(statement).status, 200);
    }
    aid.send(&rig).unwrap();
    aid.sync(&rig).unwrap();
    assert_eq!((aid.desk.queued().count(), aid.desk.host_waits()), (0, None));
    rig.accepted("south", &declare(operation_at(35.0, 38.6), Sharing::Open));
    let public = rig.get("/health", None).body;
    assert_eq!(public, br#"{"up":true,"writable":true}"#);
}

fn queued_statement(envelope: &str) -> SignedStatement {
    SignedStatement::parse(envelope.as_bytes()).unwrap()
}

/// A host in this thread with a witness, started anew and waiting for it.
fn waiting(options: Options) -> HostRig {
    let terms = witnessed(&["host", "north", "south"], &["north"], 1);
    let mut host = HostRig::with(terms, options, Default::default());
    host.pass(1);
    host.kill();
    host.start().unwrap();
    host
}

fn sign_on(host: &mut HostRig) -> bool {
    let now = host.clock.now();
    host.space().go_on_alone(now).is_ok()
}

/// How often each of these stands in the record.
fn stands(host: &mut HostRig, statements: &[SignedStatement]) -> Vec<usize> {
    let view = host.space().store().view(SPACE).unwrap();
    let entries = view.entries(0..view.head().size, 4_096).unwrap();
    let said = entries.into_iter().filter_map(|entry| {
        match Content::decode(&entry.opening?.content).unwrap().entry.what {
            What::Accepted(said) | What::Refused(said, _) => Some(said.hash),
            What::Found(_) => None,
        }
    });
    let said: Vec<_> = said.collect();
    statements.iter().map(|one| said.iter().filter(|hash| **hash == one.hash()).count()).collect()
}

fn file(host: &mut HostRig, statements: &[SignedStatement]) -> Vec<String> {
    let envelopes: Vec<_> = statements.iter().map(|one| one.envelope().encode()).collect();
    let answers = host.file(&envelopes).into_iter();
    answers.map(|answer| answer.map_or_else(|f| f.problem.kind, |_| "filed".into())).collect()
}

fn several(host: &mut HostRig, party: &str, count: usize) -> Vec<SignedStatement> {
    let say = |nth| declare(operation_at(10.0 + nth as f64 / 10.0, 38.6), Sharing::Open);
    (0..count).map(|nth| host.signing.noted(party, &[&duty(party)], &say(nth))).collect()
}

#[test]
fn a_power_cut_between_keeping_and_taking_in_loses_nothing_and_doubles_nothing() {
    let (mut cuts, mut half) = (0, 0);
    for changes in 0..24 {
        let disk = PowerCut::new();
        let options = Options { vfs: Some(disk.name().to_owned()), ..Options::default() };
        let mut host = waiting(options);
        let statements: Vec<_> =
            ["north", "south"].iter().flat_map(|name| several(&mut host, name, 2)).collect();
        assert_eq!(file(&mut host, &statements), ["problems/kept"; 4]);
        disk.cut_after(changes, Loss::Each { seed: changes });
        if sign_on(&mut host) {
            host.turn();
        }
        host.kill();
        cuts += usize::from(disk.is_dark());
        disk.heal();
        disk.power_on();
        host.start().unwrap();
        let stood: usize = stands(&mut host, &statements).iter().sum();
        assert_eq!(host.space().kept_statements() + stood, 4, "after {changes} changes");
        half += usize::from(stood > 0 && disk.is_dark());
        assert!(sign_on(&mut host));
        host.pass(1);
        assert_eq!(stands(&mut host, &statements), [1; 4], "after {changes} changes");
        assert_eq!(host.space().kept_statements(), 0);
        assert_eq!(file(&mut host, &statements), ["filed"; 4]);
        host.kill();
        disk.cut(Loss::All).unwrap();
    }
    assert!(cuts > 4, "cuts that come too late test nothing: {cuts}, {half}");
}

#[test]
fn one_partys_full_share_leaves_room_for_others_and_for_what_it_must_say() {
    let mut host = waiting(Options::default());
    let many = several(&mut host, "south", 800);
    let answers = file(&mut host, &many);
    let kept = answers.iter().filter(|kind| *kind == "problems/kept").count();
    assert_eq!(kept, 768, "three quarters of its share");
    assert!(answers[768..].iter().all(|kind| kind == "problems/recovering"), "{answers:?}");
    // What protects people, and what others say, finds room.
    let hospital = declare(site(50.0, 10.0), Sharing::Open);
    let link = (many[767].claimed_header().seq + 1, Some(many[767].hash()));
    let site = deconflict_testing::sign(SPACE, "south", &[&duty("south")], link, None, &hospital);
    let other = several(&mut host, "north", 1);
    assert_eq!(file(&mut host, std::slice::from_ref(&site)), ["problems/kept"]);
    assert_eq!(file(&mut host, &other), ["problems/kept"]);
    assert!(sign_on(&mut host));
    host.pass(1);
    assert_eq!(host.space().kept_statements(), 0);
    assert_eq!(stands(&mut host, &[site, other[0].clone(), many[767].clone()]), [1; 3]);
    assert_eq!(stands(&mut host, &many[768..]), [0; 32]);
}

#[test]
fn what_a_key_says_while_more_of_it_waits_waits_behind_that() {
    let mut host = waiting(Options::default());
    let statements = several(&mut host, "south", 3);
    assert_eq!(file(&mut host, &statements[..2]), ["problems/kept"; 2]);
    assert!(sign_on(&mut host));
    // Filing takes in what is kept first, and then this one is the next.
    assert_eq!(file(&mut host, &statements[2..]), ["filed"]);
    assert_eq!(stands(&mut host, &statements), [1; 3]);
    assert_eq!(file(&mut host, &statements), ["filed"; 3]);
}

#[test]
fn a_host_goes_on_when_as_many_witnesses_were_heard_as_share_one_with_every_quorum() {
    // Of three witnesses three make a quorum: whatever they countersigned, each of them has seen.
    let terms = witnessed(&["host", "north", "south", "aid"], &["north", "south", "aid"], 3);
    let roots: Vec<_> = PARTIES.iter().map(|name| root(name, 0)).collect();
    let mut rig = Rig::idle(Config::default(), Options::default());
    let found = Say::FoundSpace { charter: Box::new(terms) };
    let statement = rig.statement("host", &roots.iter().collect::<Vec<_>>(), &found);
    let mut rig = {
        drop(rig);
        Rig::founded(Config::default(), Options::default(), &statement)
    };
    for name in PARTIES {
        rig.enrol(name, "duty", Role::Person);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut north = Post::new(&rig, folder.path(), "north");
    north.sync(&rig).unwrap();
    rig.stop();
    rig.start_asking();
    let closed = rig.host.as_ref().unwrap().published().closed().unwrap();
    assert_eq!((closed.needed, closed.waits.more, closed.waits.silent.len()), (1, 1, 3));
    north.follow(&rig);
    north.sync(&rig).unwrap();
    assert!(rig.host.as_ref().unwrap().published().closed().is_none(), "one is enough");
    rig.accepted("south", &declare(operation_at(34.5, 38.6), Sharing::Open));
}

/// A host that waits, in which `south` has a second operator.
fn with_second(host: &mut HostRig) -> SigningKey {
    assert!(sign_on(host));
    host.say("south", &[&root("south", 0)], &enrolment("south", "second", Role::Person));
    host.pass(1);
    host.kill();
    host.start().unwrap();
    operator("south", "second")
}

#[test]
fn what_a_key_says_after_it_was_revoked_is_not_taken_in_before_the_revocation() {
    let mut host = waiting(Options::default());
    let second = with_second(&mut host);
    let by_root = |say: Say| {
        move |host: &mut HostRig| host.signing.noted("south", &[&root("south", 0)], &say)
    };
    // Behind another one of the root's that can wait, the revocation; then whoever stole the key removes and declares.
    let first = by_root(Say::SpeakFor { group: "militia".parse().unwrap() })(&mut host);
    let operator_key = second.verifying_key().id();
    let revoked = by_root(Say::Revoke { operator_key, reason: "stolen".into() })(&mut host);
    let stolen = declare(site(50.0, 10.0), Sharing::Open);
    let stolen = host.signing.noted("south", &[&second], &stolen);
    let all = [first, revoked, stolen];
    assert_eq!(file(&mut host, &all), ["problems/kept"; 3]);
    assert!(sign_on(&mut host));
    host.pass(1);
    assert_eq!((stands(&mut host, &all), host.space().kept_statements()), (vec![1, 1, 0], 0));
    assert!(host.space().state().ledger().declarations.is_empty());
}

#[test]
fn what_ends_or_takes_back_something_that_waits_is_taken_in_after_it() {
    let mut host = waiting(Options::default());
    assert!(sign_on(&mut host));
    let terms = zone(33.5, 38.6, 9_000.0, &["south"], &["south"]);
    let zone = declare(DeclarationContent::Zone(terms), Sharing::ConflictOnly);
    let zone = host.accepted("north", &zone).statement;
    let zone = deconflict_record::Hash::from_hex(&zone).unwrap();
    let second = with_second(&mut host);
    let (zone, version) = (DeclarationId(zone), Version(zone));
    let agreed = host.signing.noted("south", &[&duty("south")], &Say::Agree { zone, version });
    let plan = declare(operation_at(60.0, 10.0), Sharing::Open);
    let plan = host.signing.noted("south", &[&duty("south")], &plan);
    let taken_back = Say::WithdrawAgreement { zone, version, reason: "it was a mistake".into() };
    let taken_back = host.signing.noted("south", &[&second], &taken_back);
    let declaration = DeclarationId(plan.hash());
    let ended = Say::End { declaration, how: Ending::Cancelled };
    let ended = host.signing.noted("south", &[&second], &ended);
    let site = declare(site(50.0, 10.0), Sharing::Open);
    let site = host.signing.noted("south", &[&duty("south")], &site);
    let left = Say::Withdraw { reason: "quarrel".into() };
    let left = host.signing.noted("south", &[&root("south", 0)], &left);
    let all = [agreed, plan, taken_back, ended, site, left];
    assert_eq!(file(&mut host, &all), ["problems/kept"; 6]);
    assert!(sign_on(&mut host));
    host.pass(1);
    assert_eq!(stands(&mut host, &all), [1; 6]);
    let ledger = host.space().state().ledger().clone();
    assert!(matches!(
        ledger.declarations[&zone].standing(&party("south")),
        Some(Standing::Withdrew { .. })
    ));
    assert!(ledger.declarations[&declaration].ended.is_some());
    let protected = &ledger.declarations[&DeclarationId(all[4].hash())];
    assert!(protected.ended.is_none());
    assert_eq!(ledger.parties[&party("south")].participation_state(), ParticipationState::Withdrew);
}

#[test]
fn what_a_failing_disk_kept_twice_is_taken_in_once_and_let_go() {
    let mut host = waiting(Options::default());
    let statements = several(&mut host, "south", 1);
    let bytes = statements[0].envelope().encode();
    host.kill();
    // The first time the disk had it and said that it failed.
    let store = deconflict_store::Store::open_with(&host.path(), &host.options).unwrap();
    let epoch = store.take(SPACE).unwrap();
    let row = ("south".to_owned(), bytes);
    store.keep(SPACE, epoch, &[row.clone(), row]).unwrap().unwrap();
    drop(store);
    host.start().unwrap();
    assert_eq!(host.space().kept_statements(), 2);
    assert!(sign_on(&mut host));
    host.pass(1);
    assert_eq!((stands(&mut host, &statements), host.space().kept_statements()), (vec![1], 0));
}
