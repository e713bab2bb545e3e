//! A conflict in words.

use std::collections::BTreeSet;

use deconflict_core::{
    Certainty, Conflict, ConflictId, DeclarationContent, DeclarationId, Doubt, Extent, GridCell,
    Kind, MAX_CELLS, PartyId, Side,
};
use deconflict_geometry::{Cell, Position};
use deconflict_vocabulary::Term;

use super::coding::shown;
use super::declaration::entries;
use super::dialogue::said;
use super::exact::exact_rows;
use super::figures::times;
use super::shelf::shelved_overlap;
use super::states::{Rows, cell, listed, loud, overlap, overlap_end, precedence, said_of, word};
use crate::escape::{bounded, fitting, quoted, rendered};
use crate::reader::{Reader, at, short};

/// What is printed when there is none: exactly this, and never more.
pub(super) const NO_CONFLICT: &str =
    "No conflict among what was declared. Undeclared people and places are not in it.";

/// What is printed while not all is compared.
pub(super) const STILL_COMPARING: &str =
    "STILL BEING COMPARED: not all that was declared is compared yet. Ask again in a moment.";

/// The most cells that are named one by one.
const MOST_CELLS: usize = 3;

fn state(reader: &Reader<'_>, conflict: &Conflict) -> String {
    word(reader, overlap(conflict.state()))
}

fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::HeightUnknown => "a height that decides is not declared",
        Doubt::HeightReference => "heights of different references are compared",
        Doubt::EdgeResidual => "the boundaries are nearer than they are known",
        Doubt::Numeric => "nearer to the limit than can be computed",
        Doubt::PartTime => "in force for parts of its time only",
        Doubt::SharingGrid => {
            "compared on the sharing grid, since one side may not see the other's"
        }
    }
}

fn certainty(certainty: &Certainty) -> String {
    match certainty {
        Certainty::Overlap => "they overlap".to_owned(),
        Certainty::Possible(why) => {
            format!("possible, which counts as a conflict: {}", doubts(why))
        }
    }
}

/// Why something is possible only.
pub(super) fn doubts(why: &BTreeSet<Doubt>) -> String {
    let words: Vec<&str> = why.iter().copied().map(doubt).collect();
    words.join("; ")
}

fn heights(extent: &Extent) -> String {
    let metres = |m: Option<i32>| m.map_or("no known bound".to_owned(), |m| format!("{m} m AMSL"));
    format!("{} to {}", metres(extent.lower_m), metres(extent.upper_m))
}

/// Where the cells lie on the sharing grid: one by one if they are few, else between which corners.
pub(super) fn cells(reader: &Reader<'_>, all: &[GridCell]) -> String {
    let rules = reader.view.charter.as_ref().map(|charter| &charter.rules);
    let grid = rules.and_then(|rules| rules.sharing_grid().ok());
    let place = |cell: &GridCell| grid?.cell(cell.level, cell.row, cell.column).ok();
    let places: Vec<Cell> = all.iter().filter_map(place).collect();
    let (Some(grid), true) = (grid, places.len() == all.len()) else {
        let names = all.iter().map(|cell| format!("{}/{}", cell.row, cell.column));
        return format!("cells {}", names.collect::<Vec<_>>().join(", "));
    };
    let centers = || places.iter().map(|cell| cell.center());
    if places.len() <= MOST_CELLS {
        let words: Vec<String> = centers().map(|center| format!("around {center}")).collect();
        return format!("{}, {} m each way", words.join(", "), grid.cell_m());
    }
    let first = if places.len() == MAX_CELLS { "the first " } else { "" };
    let corners = [f64::min as fn(f64, f64) -> f64, f64::max].map(|of| {
        let lat = centers().map(|center| center.lat_deg()).reduce(of);
        let lon = centers().map(|center| center.lon_deg()).reduce(of);
        lat.zip(lon).and_then(|(lat, lon)| Position::new(lat, lon).ok())
    });
    match corners {
        // Cells on both sides of the antimeridian have corners that say nothing.
        [Some(low), Some(high)] if high.lon_deg() - low.lon_deg() < 180.0 => format!(
            "{first}{} cells of {} m, from around {low} to around {high}",
            places.len(),
            grid.cell_m()
        ),
        _ => centers().map(|center| format!("around {center}")).collect::<Vec<_>>().join(", "),
    }
}

/// What a side's declaration is called towards this reader.
fn side_words(reader: &Reader<'_>, conflict: &Conflict, nth: usize) -> String {
    let side = &conflict.sides[nth];
    let known = conflict.between[nth].and_then(|id| Some((id, reader.view.declarations.get(&id)?)));
    match known {
        Some((id, declaration)) => format!(
            "{} {} of {} ({})",
            side.kind,
            reader.text(declaration.declared.name()),
            side.party,
            short(id)
        ),
        // What is the reader's own is never called hidden, whatever became of it.
        None if side.party == *reader.party => {
            format!("{} of yours (handle {})", a(side.kind), short(side.handle))
        }
        None => {
            let (kind, handle) = (a(side.kind), short(side.handle));
            format!("{kind} of {} that you may not see (handle {handle})", side.party)
        }
    }
}

fn a(kind: Kind) -> String {
    match kind {
        Kind::Operation => format!("an {kind}"),
        Kind::Zone | Kind::Site | Kind::Movement => format!("a {kind}"),
    }
}

/// Whom to call about a side.
pub(super) fn call(reader: &Reader<'_>, side: &Side, declaration: Option<DeclarationId>) -> String {
    match declaration.and_then(|id| reader.view.declarations.get(&id)) {
        Some(known) => call_owner(reader, &side.party, &known.declared),
        None => call_party(reader, &side.party),
    }
}

fn call_party(reader: &Reader<'_>, party: &PartyId) -> String {
    format!("{}: {}", reader.party(party), reader.contact(party))
}

/// Whom to call about what a party declared.
pub(super) fn call_owner(
    reader: &Reader<'_>,
    owner: &PartyId,
    declared: &DeclarationContent,
) -> String {
    let contact = match declared {
        DeclarationContent::Operation(operation) => operation.contact.as_deref(),
        DeclarationContent::Movement(movement) => Some(movement.contact.as_str()),
        DeclarationContent::Zone(_) | DeclarationContent::Site(_) => None,
    };
    let party = call_party(reader, owner);
    match contact {
        Some(contact) => format!("{party}; about this {}: {}", declared.kind(), bounded(contact)),
        None => party,
    }
}

/// Which sides are the reader's own; the watch desk has none.
fn own(reader: &Reader<'_>, conflict: &Conflict) -> [bool; 2] {
    [0, 1].map(|nth| conflict.sides[nth].party == *reader.party)
}

/// A conflict in one line.
pub(super) fn conflict_line(reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> String {
    let own = own(reader, conflict);
    let others = [0, 1].into_iter().filter(|nth| !own[*nth] || own == [true, true]);
    let calls = others.map(|nth| call(reader, &conflict.sides[nth], conflict.between[nth]));
    format!(
        "{} {}: {} and {}; {}; {}; call {}",
        code(reader, id, conflict).join(" "),
        short(id),
        side_words(reader, conflict, 0),
        side_words(reader, conflict, 1),
        times(conflict.extent.from, conflict.extent.until),
        state(reader, conflict),
        calls.collect::<Vec<_>>().join("; call ")
    )
}

/// The code by which a conflict stands, and how urgent it is while it is open.
fn code(reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> Vec<String> {
    let coding = conflict.coding(id, reader.now);
    let code = coding.map(|coding| coding.code().to_string());
    let open = conflict.closed.is_none();
    let urgency = open.then(|| precedence(reader, conflict.precedence(reader.now)));
    code.into_iter().chain(urgency).collect()
}

/// A conflict as a row among messages, from the host to both sides.
pub(super) fn found_row(reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> [String; 6] {
    let coding = conflict.coding(id, reader.now);
    let what = coding.map(|coding| rendered(&reader.tongue().code_name(coding.code())));
    let [one, other] = &conflict.sides;
    let both = if one.party == other.party { vec![one] } else { vec![one, other] };
    let host = reader.view.host().map(ToString::to_string).unwrap_or_default();
    let is_open = conflict.closed.is_none();
    let urgency = is_open.then(|| precedence(reader, conflict.precedence(reader.now)));
    let overdue = is_overdue(conflict).then(|| loud(reader, Term::OverlapContactOverdue));
    let owned_by =
        |party: &PartyId| said_of(reader, &word(reader, Term::OverlapOwner), party.as_str());
    let owner = conflict.owner.as_ref().map(|(party, _)| owned_by(party));
    let states = [state(reader, conflict)].into_iter().chain(owner).chain(overdue);
    let states: Vec<String> = states.chain(shelved_overlap(reader, id)).collect();
    [
        short(id),
        cell(reader, what.unwrap_or_default()),
        format!("{host}\n→ {}", reader.parties(both.into_iter().map(|side| &side.party))),
        cell(reader, urgency.unwrap_or_default()),
        cell(reader, states.join("\n")),
        cell(reader, countdown(reader, conflict)),
    ]
}

/// Who with whom, in so many columns.
pub(super) fn found_summary(reader: &Reader<'_>, conflict: &Conflict, columns: usize) -> String {
    let [one, other] = [0, 1].map(|nth| side_words(reader, conflict, nth));
    fitting(&format!("{one} × {other}"), columns)
}

/// A conflict as a row: its name, its code and how urgent it is, who with whom, when, how long, where it stands, who owns
/// it.
pub(super) fn conflict_row(
    reader: &Reader<'_>,
    id: ConflictId,
    conflict: &Conflict,
) -> [String; 7] {
    let extent = &conflict.extent;
    let overdue = is_overdue(conflict).then(|| loud(reader, Term::OverlapContactOverdue));
    let states = [state(reader, conflict)].into_iter().chain(overdue).collect::<Vec<_>>();
    let owner = conflict.owner.as_ref().map(|(party, _)| party.to_string());
    [
        short(id),
        cell(reader, code(reader, id, conflict).join("\n")),
        format!("{}\n× {}", side_words(reader, conflict, 0), side_words(reader, conflict, 1)),
        times(extent.from, extent.until),
        cell(reader, countdown(reader, conflict)),
        cell(reader, states.join("; ")),
        owner.unwrap_or_else(|| "nobody".to_owned()),
    ]
}

/// How long until it begins, or since when it is under way or over.
fn countdown(reader: &Reader<'_>, conflict: &Conflict) -> String {
    match conflict.closed {
        Some(_) => word(reader, Term::OverlapOver),
        None => reader.countdown(&conflict.extent),
    }
}

fn is_overdue(conflict: &Conflict) -> bool {
    conflict.contact_overdue && conflict.contact.is_none() && conflict.closed.is_none()
}

/// A conflict in lines.
pub(super) fn conflict_lines(
    reader: &Reader<'_>,
    id: ConflictId,
    conflict: &Conflict,
) -> Vec<String> {
    let extent = &conflict.extent;
    let mut rows = Rows::of(reader);
    rows.push(("id", id.to_string()));
    match conflict.coding(id, reader.now) {
        Some(coding) if conflict.closed.is_none() => {
            rows.under("says", said(&shown(reader, &coding)));
            let urgency = reader.tongue().precedence(conflict.precedence(reader.now));
            rows.push(("precedence", rendered(&urgency)));
        }
        Some(coding) => {
            rows.push(("code", rendered(&reader.tongue().code_name(coding.code()))));
        }
        None => {}
    }
    rows.extend([
        ("state", state(reader, conflict)),
        ("between", side_words(reader, conflict, 0)),
        ("and", side_words(reader, conflict, 1)),
        ("when", times(extent.from, extent.until)),
    ]);
    if conflict.closed.is_none() {
        rows.push(("countdown", reader.countdown(extent)));
    }
    rows.extend([
        ("where", cells(reader, &extent.cells)),
        ("heights", heights(extent)),
        ("certainty", certainty(&extent.certainty)),
    ]);
    rows.extend(exact_rows(reader, conflict.between));
    rows.push(("found", at(conflict.opened)));
    if is_overdue(conflict) {
        let how = "it is about to begin, and the sides have not spoken";
        rows.push((loud(reader, Term::OverlapContactOverdue), how.to_owned()));
    }
    let owner = conflict.owner.as_ref();
    let owner = owner.map(|(party, key)| format!("{}, {}", reader.party(party), reader.key(key)));
    rows.push(("owner", owner.unwrap_or_else(|| "nobody".to_owned())));
    for (party, when) in &conflict.noticed {
        rows.push(("read by", format!("{party} at {}", at(*when))));
    }
    if let Some(contact) = &conflict.contact {
        let words =
            format!("by {}, says {} at {}", quoted(&contact.means), contact.party, at(contact.at));
        rows.push(("contact made", words));
    }
    if !conflict.accepted.is_empty() {
        rows.push(("risk accepted", reader.parties(&conflict.accepted)));
    }
    if let Some((when, how)) = conflict.closed {
        let how = word(reader, overlap_end(how));
        rows.push(("closed", listed(reader, vec![how, at(when)])));
    }
    let own = own(reader, conflict);
    for nth in [0, 1] {
        if !own[nth] || own == [true, true] {
            rows.push(("call", call(reader, &conflict.sides[nth], conflict.between[nth])));
        }
    }
    rows.push(("told by", entries(&conflict.entries)));
    let mut lines = vec![format!("conflict {}", short(id))];
    lines.extend(rows.lines());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{party, time, view};

    fn shown(reader: &str, now: &str) -> String {
        let (view, reader) = (view(), party(reader));
        let reader = Reader::new(&view, &reader, "en", time(now));
        let (id, conflict) = view.conflicts.iter().next().unwrap();
        conflict_lines(&reader, *id, conflict).join("\n")
    }

    #[test]
    fn each_side_reads_what_it_may_when_it_begins_and_whom_to_call() {
        let north = shown("north", "2017-06-06T05:00:00Z");
        for told in [
            "between an operation of south that you may not see (handle dddddddd)",
            "and movement \"Garrison\" of north (aaaaaaaa)",
            "says O4 Overlap found with what you declared. Overlap: SK6CSK6CSK.",
            "Time to start: 180 min.",
            "precedence IMMEDIATE (O)",
            "countdown begins in 3 h",
            "owner nobody",
            "call south (The south): +000 south",
            "certainty possible, which counts as a conflict",
        ] {
            let words: Vec<&str> = north.split_whitespace().collect();
            assert!(words.join(" ").contains(told), "{told}: {north}");
        }
        assert!(!north.contains("+000 north"), "nobody calls himself: {north}");
        let watch = shown("host", "2017-06-06T08:30:00Z");
        assert!(watch.contains("began 30 min ago"), "{watch}");
        assert!(watch.contains("+000 north") && watch.contains("+000 south"), "{watch}");
    }

    #[test]
    fn with_no_conflict_it_says_what_is_not_in_the_answer() {
        for word in ["clear", "free", "safe"] {
            assert!(!NO_CONFLICT.contains(word));
        }
        assert!(NO_CONFLICT.contains("Undeclared people"));
    }
}
