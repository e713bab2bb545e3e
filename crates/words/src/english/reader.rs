//! Keys and contacts in English.

use deconflict_core::PartyId;
use deconflict_record::KeyId;

use crate::escape::bounded;
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
