//! Which dialogues a party is shown, and in which order.

use std::cmp::Reverse;

use deconflict_core::{Dialogue, Ledger, MessageId, PartyId, Time};
use deconflict_words::{is_open, is_promised, next_due, waits_for};

/// Where a dialogue stands in what a party is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Section {
    /// The party's answer is waited for.
    Awaiting,
    /// The party promised something that is still to be done.
    Promised,
    /// It went to the party, asks for no answer, and was on no screen of it.
    Unread,
    /// The party sent it, and something is open.
    Sent,
    /// The watch desk reads it, and something is open.
    Watched,
    /// It is over.
    Over,
}

impl Section {
    /// All of them, in their order, each with its heading and its word for scripts.
    pub(super) const ALL: [(Section, &'static str, &'static str); 6] = [
        (Section::Awaiting, "These wait for your answer", "awaiting"),
        (Section::Promised, "You promised these", "promised"),
        (Section::Unread, "New, no answer is asked for", "unread"),
        (Section::Sent, "You sent these", "sent"),
        (Section::Watched, "Not answered between others", "watched"),
        (Section::Over, "Over", "over"),
    ];
}

/// A dialogue and where it stands.
pub(super) struct Place<'a> {
    pub(super) section: Section,
    pub(super) id: MessageId,
    pub(super) dialogue: &'a Dialogue,
}

fn section(dialogue: &Dialogue, party: &PartyId, now: Time) -> Section {
    let own = dialogue.exchanges.get(party);
    if waits_for(dialogue, party, now) {
        Section::Awaiting
    } else if is_promised(dialogue, party) {
        Section::Promised
    } else if own.is_some_and(|own| own.displayed.is_none() && own.answers.is_empty())
        && dialogue.cancelled.is_none()
    {
        Section::Unread
    } else if own.is_none() && is_open(dialogue, now) {
        if dialogue.sender == *party { Section::Sent } else { Section::Watched }
    } else {
        Section::Over
    }
}

/// What concerns a party: what waits for it first, each section by how urgent it is, then by what falls due next. What
/// is over only with `all`, the latest first.
pub(super) fn ordered<'a>(
    view: &'a Ledger,
    party: &PartyId,
    now: Time,
    all: bool,
) -> Vec<Place<'a>> {
    let mut places: Vec<_> = view
        .dialogues
        .iter()
        .map(|(id, dialogue)| Place { section: section(dialogue, party, now), id: *id, dialogue })
        .filter(|place| all || place.section != Section::Over)
        .collect();
    places.sort_by_cached_key(|place| {
        let Place { section, id, dialogue } = place;
        let due = match dialogue.exchanges.contains_key(party) {
            true => next_due(dialogue, party),
            false => dialogue.exchanges.keys().filter_map(|to| next_due(dialogue, to)).min(),
        };
        let due = due.map_or(i64::MAX, |(at, _)| at.0.nanos());
        match section {
            Section::Over => (*section, Reverse(None), -dialogue.since.0.nanos(), *id),
            _ => (*section, Reverse(Some(dialogue.precedence)), due, *id),
        }
    });
    places
}
