//! A view to read from.

use deconflict_core::{Ledger, PartyId, Time};
use serde_json::{Value, json};

pub(crate) fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

pub(crate) fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn member(name: &str, seed: u8) -> Value {
    let key = |seed: u8| deconflict_record::SigningKey::from_seed(&[seed; 32]).verifying_key();
    json!({
        "id": name, "name": {"en": format!("The {name}"), "fr": format!("Le {name}")},
        "root": key(seed), "next_root": "00".repeat(32), "contact": [format!("+000 {name}")],
        "speaks_for": [],
    })
}

/// Four parties, a zone of `north` towards which they stand otherwise, and a site.
pub(crate) fn view() -> Ledger {
    let hash = |digit: &str| digit.repeat(64);
    let circle = json!({"shape": {"circle": {"center": {"lat": 33.5, "lon": 38.6}, "radius_m": 55_000.0}},
        "lower": {"at": {"m": 0.0, "above": "AGL"}}, "upper": "unlimited", "from": "2017-05-18T00:00:00Z"});
    let zone = json!({"zone": {"name": {"en": "Garrison", "fr": "Garnison"}, "restriction": "prohibited",
        "text": {"en": "Keep out.\u{1b}[2J"}, "concerns": ["aid", "south"], "binds": ["south"], "binds_groups": [],
        "volumes": [circle], "ring_m": 5_000.0}});
    let declaration = |declared: Value, standings: Value| {
        json!({"owner": "north", "authority": {"signed": {}}, "version": hash("b"),
            "at": "2017-05-18T06:00:00Z", "declared": declared, "past": [{"version": hash("a")}],
            "sharing": {"named": ["host"]}, "condition": {"zone": {"standings": standings}},
            "ended": null, "entries": [7], "handle": null})
    };
    let disputed = json!({"disputed": {"at": "2017-05-18T07:00:00Z", "point": "radius",
        "own_text": "30 km at the most"}});
    let standings = json!({"south": disputed, "aid": {"silent": {}}});
    let parties: serde_json::Map<String, Value> = ["north", "south", "aid", "host", "far"]
        .iter()
        .zip(1u8..)
        .map(|(name, seed)| {
            let joined =
                json!({"state": "joined", "at": "2017-05-18T05:00:00Z", "entry": 0, "reason": ""});
            (
                (*name).to_owned(),
                json!({"member": member(name, seed), "history": [joined], "disputes": {}}),
            )
        })
        .collect();
    let side = |party: &str, kind: &str| json!({"party": party, "kind": kind, "handle": hash("d")});
    let conflict = json!({"sides": [side("south", "operation"), side("north", "movement")],
        "between": [null, hash("a")],
        "extent": {"cells": [{"level": 0, "row": 3722, "column": 14923}],
            "from": "2017-06-06T08:00:00Z", "until": "2017-06-06T09:00:00Z",
            "lower_m": 0, "upper_m": 600, "certainty": {"possible": ["sharing-grid"]}},
        "opened": "2017-06-06T05:00:00Z", "owner": null, "noticed": {}, "contact": null,
        "accepted": [], "contact_overdue": false, "closed": null, "entries": [9]});
    let ledger = json!({"size": 0, "now": null, "charter": null, "parties": parties, "keys": {},
        "declarations": {hash("a"): declaration(zone, standings)}, "handles": {},
        "conflicts": {hash("c"): conflict}, "interests": {}, "probing": {},
        "unsealed": [], "public": []});
    serde_json::from_value(ledger).unwrap()
}
