//! Keys, contacts and countdowns in English.

use deconflict_core::{Extent, PartyId, Time};
use deconflict_record::KeyId;

use crate::escape::bounded;
use crate::figures::span;
use crate::reader::Reader;

pub(super) fn key(reader: &Reader<'_>, key: &KeyId) -> String {
    match reader.view.keys.get(key) {
        Some(known) => match &known.operator {
            Some(operator) => format!("{}, key {}", bounded(&operator.post), key.short()),
            None => format!("root key {}", key.short()),
        },
        None => format!("key {}", key.short()),
    }
}

pub(super) fn contact(reader: &Reader<'_>, party: &PartyId) -> String {
    let known = reader.view.parties.get(party).map(|known| &known.member.contact);
    match known.filter(|contact| !contact.is_empty()) {
        Some(contact) => contact.iter().map(|one| bounded(one)).collect::<Vec<_>>().join("; "),
        None => "its duty officer; no contact is on record".to_owned(),
    }
}

pub(super) fn countdown(reader: &Reader<'_>, extent: &Extent) -> String {
    let ns = |time: Time| time.0.nanos().saturating_sub(reader.now.0.nanos());
    match (extent.from, extent.until) {
        (_, Some(until)) if ns(until) < 0 => {
            format!("its time was over {} ago", long(-ns(until)))
        }
        (Some(from), _) if ns(from) > 0 => format!("begins in {}", long(ns(from))),
        (Some(from), _) => format!("began {} ago", long(-ns(from))),
        (None, _) => "is under way".to_owned(),
    }
}

/// A span of time, in days where it is long.
pub(super) fn long(ns: i64) -> String {
    const HOUR_NS: i64 = 3_600 * 1_000_000_000;
    match ns / HOUR_NS {
        hours if hours < 72 => span(ns),
        hours => format!("{} days", hours / 24),
    }
}
