//! How two declarations lie to each other exactly, in words.

use deconflict_core::{
    Certainty, Declaration, DeclarationContent, DeclarationId, ExactAnswer, MeetingVolumes, Pairing,
};

use super::conflict::{call_owner, doubts};
use super::declaration::restriction;
use super::figures::{limit, times};
use super::overlay::unbound;
use crate::reader::{Reader, short};

/// The most pairs of volumes that are named one by one.
const MOST_MEETINGS: usize = 3;

/// The exact answer for two declarations of which a reader sees both; `None`: it does not.
pub(crate) fn exact_between(
    reader: &Reader<'_>,
    between: [Option<DeclarationId>; 2],
) -> Option<ExactAnswer> {
    let declared = |nth: usize| Some(&reader.view.declarations.get(&between[nth]?)?.declared);
    Some(reader.view.exactly(declared(0)?, declared(1)?))
}

/// The rows that stand beside the grid's cells for who sees both.
pub(super) fn exact_rows(
    reader: &Reader<'_>,
    between: [Option<DeclarationId>; 2],
) -> Vec<(&'static str, String)> {
    let Some(exact) = exact_between(reader, between) else { return Vec::new() };
    exact_words(&exact).into_iter().map(|words| ("exactly", words)).collect()
}

/// An exact answer, pair by pair.
pub(super) fn exact_words(exact: &ExactAnswer) -> Vec<String> {
    if exact.meeting.is_empty() {
        let words = "as both are declared they do not meet; on the sharing grid, which is all that the other \
                     side may be told, they do";
        return vec![words.to_owned()];
    }
    let mut words: Vec<String> = exact.meeting.iter().take(MOST_MEETINGS).map(meeting).collect();
    let more = exact.more + exact.meeting.len().saturating_sub(MOST_MEETINGS);
    if more > 0 {
        words.push(format!("and {more} more pairs of their volumes"));
    }
    words
}

fn meeting(one: &MeetingVolumes) -> String {
    let sure = match &one.certainty {
        Certainty::Overlap => "they overlap".to_owned(),
        Certainty::Possible(why) => format!("they may overlap ({})", doubts(why)),
    };
    format!(
        "{sure}: {}; {} to {}; around {}",
        times(one.from, one.until),
        limit(one.lower),
        limit(one.upper),
        one.place
    )
}

/// What a draft of the reader's own meets, before it is signed.
pub(super) fn draft_meets(
    reader: &Reader<'_>,
    draft: &DeclarationContent,
    (id, other): (DeclarationId, &Declaration),
    pairing: Option<Pairing>,
    exact: &ExactAnswer,
) -> String {
    let kind = other.declared.kind();
    let own = other.owner == *reader.party;
    let name =
        format!("{kind} {} of {} ({})", reader.text(other.declared.name()), other.owner, short(id));
    let asks = match (&*other.declared, draft) {
        (DeclarationContent::Zone(zone), _) if pairing == Some(Pairing::Overlay) => format!(
            ", which says: {}; {}",
            restriction(zone.restriction),
            unbound(draft.kind(), true)
        ),
        (_, DeclarationContent::Zone(_)) if pairing == Some(Pairing::Overlay) => {
            format!("; {}", unbound(kind, own))
        }
        _ => String::new(),
    };
    let mut words = exact_words(exact);
    words.insert(0, format!("{name}{asks}"));
    if pairing.is_some() {
        words.push(format!("call {}", call_owner(reader, &other.owner, &other.declared)));
    }
    words.join("; ")
}
