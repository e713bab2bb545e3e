//! Sounds that are shelved, in words.

use deconflict_core::{ConflictId, MessageId, OperatorId, PartyId, Shelf, Time};
use deconflict_vocabulary::Phrase;

use super::entry::shelf_object;
use super::states::phrase;
use crate::reader::{Reader, at};

/// An instant of today, in UTC: with seconds where it has some.
fn clock(time: Time) -> String {
    let (minutes, seconds) = (time.seconds().div_euclid(60), time.seconds().rem_euclid(60));
    let (hour, minute) = (minutes.div_euclid(60).rem_euclid(24), minutes.rem_euclid(60));
    match seconds {
        0 => format!("{hour:02}:{minute:02} UTC"),
        _ => format!("{hour:02}:{minute:02}:{seconds:02} UTC"),
    }
}

/// Which operators have shelved the sound of a message, and until when, as far as the reader is told.
pub(super) fn shelved(reader: &Reader<'_>, id: MessageId) -> Vec<String> {
    let of = |party: &PartyId| {
        let one = |(operator, until): (OperatorId, Time)| {
            let of_party = || phrase(reader, Phrase::OfParty, &[operator.as_str(), party.as_str()]);
            let who = if party == reader.party { operator.to_string() } else { of_party() };
            phrase(reader, Phrase::ShelvedUntil, &[&clock(until), &who])
        };
        let all = reader.view.shelved(party, id, reader.now);
        all.into_iter().map(one).collect::<Vec<String>>()
    };
    reader.view.shelves.keys().flat_map(of).collect()
}

/// The same of an overlap, for the reader's own party.
pub(super) fn shelved_overlap(reader: &Reader<'_>, id: ConflictId) -> Vec<String> {
    let all = reader.view.shelved_overlap(reader.party, id, reader.now);
    let one = |(operator, until): (OperatorId, Time)| {
        phrase(reader, Phrase::ShelvedUntil, &[&clock(until), operator.as_str()])
    };
    all.into_iter().map(one).collect()
}

/// What is shelved as a row: whose, by whom, what, and until when.
pub(super) fn shelf_row(reader: &Reader<'_>, party: &PartyId, shelf: &Shelf) -> [String; 4] {
    [
        party.to_string(),
        reader.key(&shelf.key),
        shelf_object(reader, shelf.of),
        format!("{} UTC", at(shelf.until)),
    ]
}
