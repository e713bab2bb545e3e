//! What those who operate a host are told of its failures, and that readers are told no more than before.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;

use common::*;
use deconflict_core::*;
use deconflict_host::{Config, FailureCause};
use deconflict_store::Options;

fn watched() -> Rig {
    let metrics = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    Rig::with(Config { metrics, ..Config::default() }, Options::default())
}

/// What is served at the operators' own address.
fn for_operators(rig: &Rig, path: &str) -> String {
    let address = rig.host.as_ref().unwrap().metrics_address().unwrap();
    let page = rig.agent.get(format!("http://{address}{path}")).call().unwrap();
    page.into_body().read_to_string().unwrap()
}

fn why_unwritable(rig: &Rig) -> std::sync::Arc<FailureCause> {
    rig.host.as_ref().unwrap().published().last_unwritable().unwrap().cause
}

fn one_more(rig: &mut Rig) -> Reply {
    let say = declare(operation_at(34.5, 38.6), Sharing::Open);
    let statement = rig.statement("north", &[&duty("north")], &say);
    rig.send(&statement)
}

#[test]
fn a_host_whose_record_another_took_over_says_that_to_its_operator_and_not_to_readers() {
    let mut rig = watched();
    let healthy: serde_json::Value = serde_json::from_str(&for_operators(&rig, "/health")).unwrap();
    assert_eq!(healthy["last_unwritable"], serde_json::Value::Null);
    rig.store.as_ref().unwrap().take(SPACE).unwrap();
    let refused = one_more(&mut rig);
    let told = refused.problem();
    assert_eq!((told.status, told.kind.as_str()), (503, "problems/unwritable"));
    assert!(!told.detail.contains("another host"), "{told:?}");
    assert_eq!(rig.get("/health", None).body, br#"{"up":true,"writable":false}"#);
    for _ in 0..3 {
        let cause = why_unwritable(&rig);
        assert!(matches!(*cause, FailureCause::Fenced { .. }), "{cause}");
        assert!(cause.to_string().contains("another host has taken this record over"), "{cause}");
        // Once its state is rebuilt the cause is still the same.
        rig.seconds.fetch_add(2, Ordering::SeqCst);
        assert_eq!(one_more(&mut rig).body, refused.body);
    }
    let health = for_operators(&rig, "/health");
    assert!(health.contains("another host has taken this record over"), "{health}");
    let metrics = for_operators(&rig, "/metrics");
    assert!(
        metrics.contains(r#"deconflict_last_unwritable_seconds{cause="fenced"} 14"#),
        "{metrics}"
    );
}

#[test]
fn of_a_damaged_entry_the_operator_is_told_which_when_it_is_read_and_when_the_state_is_rebuilt() {
    let mut rig = watched();
    let (_, filed) = rig.accepted("north", &declare(operation_at(34.5, 38.6), Sharing::Open));
    rig.pass(2);
    let file = rusqlite::Connection::open(rig.path()).unwrap();
    let damage = "UPDATE entry SET content = CAST('{}' AS BLOB) WHERE idx = ?1";
    assert_eq!(file.execute(damage, [filed.index as i64]).unwrap(), 1);
    let token = rig.token(&duty("south"));
    let refused = rig.get("/v1/given", Some(&token)).problem();
    assert_eq!((refused.status, refused.kind.as_str()), (503, "problems/unreadable"));
    assert!(!refused.detail.contains("entry"), "{refused:?}");
    let fault = format!("entry {}: its content is not the one committed to", filed.index);
    let unreadable = rig.host.as_ref().unwrap().published().last_unreadable().unwrap();
    assert!(unreadable.cause.to_string().contains(&fault), "{}", unreadable.cause);
    assert_eq!(unreadable.cause.word(), "damaged");
    assert!(rig.host.as_ref().unwrap().published().writable(), "nothing was to be written");
    // What cannot be foreseen makes it fold the record anew, and meet the damage.
    rig.panics.store(true, Ordering::SeqCst);
    let first = one_more(&mut rig);
    assert_eq!(first.status, 503);
    let cause = why_unwritable(&rig);
    assert!(cause.to_string().contains("a fault that nobody foresaw"), "{cause}");
    rig.seconds.fetch_add(2, Ordering::SeqCst);
    assert_eq!(one_more(&mut rig).body, first.body);
    let cause = why_unwritable(&rig);
    assert!(cause.to_string().contains(&fault), "{cause}");
    assert!(cause.to_string().contains("keep the file as evidence"), "{cause}");
    let health = for_operators(&rig, "/health");
    assert_eq!(health.matches(&fault).count(), 2, "{health}");
}
