//! What stands in a party's view, in the reader's language.
//!
//! *Architecture invariant*: pure. Who reads, what they may see, when and in which language is handed in as a
//! [`Reader`]; nothing here reads a clock, a file or the environment. What others wrote is escaped, and
//! nothing here ever says that a place is without people.

mod dialogue;
mod directory;
pub mod english;
mod entry;
mod escape;
mod figures;
pub mod inbox;
mod language;
mod overlap;
mod reader;
mod scripts;
mod standing;
#[cfg(test)]
mod testing;

use deconflict_core::{
    Conflict, ConflictId, Declaration, DeclarationContent, DeclarationId, Dialogue, DutyHandover,
    ExactAnswer, LineReport, MessageId, Overlay, OverlayId, Pairing, PartyId, Sharing, Shelf,
};
use deconflict_vocabulary::{Answer, Prose};

pub use dialogue::{
    is_open, is_past_unsaid, is_promised, is_refused, is_told, is_undelivered, next_due, refuses,
    waits_for,
};
pub use entry::{EntryDigest, EntryView};
pub use escape::{bounded, clipped, fitting, printable, quoted, rendered};
pub use figures::{
    count, distance, limit_metres, limit_reference, minutes, rfc3339, span, trimmed, until_minutes,
};
pub use language::Language;
pub use overlap::{
    OverlapCall, OverlapPlace, next_overlap_rise, overlap_call, overlap_section, overlaps,
};
pub use reader::{Reader, aligned, short};
pub use scripts::{
    coding_json, conflict_json, declaration_json, dialogue_json, exact_json, overlay_json,
    shelves_json,
};
pub use standing::{PartyStand, agreement};

/// A conflict as a row: its name, its code and how urgent it is, who with whom, when, how long, where it stands, who owns it.
pub fn conflict_row(reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> [String; 7] {
    reader.language.wording().conflict_row(reader, id, conflict)
}

/// A conflict as a row among messages ([`dialogue_row`]): the host tells both sides of an overlap.
pub fn found_row(reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> [String; 6] {
    reader.language.wording().found_row(reader, id, conflict)
}

/// Who with whom a conflict is, in one line of so many columns.
pub fn found_summary(reader: &Reader<'_>, conflict: &Conflict, columns: usize) -> String {
    reader.language.wording().found_summary(reader, conflict, columns)
}

/// A movement of the reader's own that is about to begin, and of which nobody has said that units were told, as a row among
/// messages ([`dialogue_row`]): the message that is missing.
pub fn untold_row(
    reader: &Reader<'_>,
    id: DeclarationId,
    declaration: &Declaration,
) -> [String; 6] {
    reader.language.wording().untold_row(reader, id, declaration)
}

/// What the message that is missing would say, by its parameters, in one line of so many columns, in the reader's own
/// language ([`Reader::tongue`]).
pub fn untold_summary(
    reader: &Reader<'_>,
    id: DeclarationId,
    declaration: &Declaration,
    columns: usize,
) -> String {
    reader.language.wording().untold_summary(reader, id, declaration, columns)
}

/// A conflict in lines.
pub fn conflict_lines(reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> Vec<String> {
    reader.language.wording().conflict_lines(reader, id, conflict)
}

/// A conflict in one line: its name, who with whom, when, where it stands, whom to call.
pub fn conflict_line(reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> String {
    reader.language.wording().conflict_line(reader, id, conflict)
}

/// An overlay as a row: its name, what the reader is told, when, how long, whom to call.
pub fn overlay_row(reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> [String; 5] {
    reader.language.wording().overlay_row(reader, id, overlay)
}

/// An overlay in one line.
pub fn overlay_line(reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> String {
    reader.language.wording().overlay_line(reader, id, overlay)
}

/// An overlay in lines.
pub fn overlay_lines(reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> Vec<String> {
    reader.language.wording().overlay_lines(reader, id, overlay)
}

/// What a draft of the reader's own meets of what its desk holds: what it is, what a zone says, where and when
/// exactly, and whom to call. `pairing` is what the two mean to each other; `None`: nothing that has to be told.
pub fn draft_meets(
    reader: &Reader<'_>,
    draft: &DeclarationContent,
    other: (DeclarationId, &Declaration),
    pairing: Option<Pairing>,
    exact: &ExactAnswer,
) -> String {
    reader.language.wording().draft_meets(reader, draft, other, pairing, exact)
}

/// A declaration as a row: its name, kind, what it is called, whose it is, when, where it stands.
pub fn declaration_row(
    reader: &Reader<'_>,
    id: DeclarationId,
    declaration: &Declaration,
) -> [String; 6] {
    reader.language.wording().declaration_row(reader, id, declaration)
}

/// A declaration in lines.
pub fn declaration_lines(
    reader: &Reader<'_>,
    id: DeclarationId,
    declaration: &Declaration,
) -> Vec<String> {
    reader.language.wording().declaration_lines(reader, id, declaration)
}

/// What is declared, as names and values: what its owner reads before signing, and others afterwards.
pub fn declared_lines(
    reader: &Reader<'_>,
    declared: &DeclarationContent,
) -> Vec<(&'static str, String)> {
    reader.language.wording().declared_lines(reader, declared)
}

/// To whom a declaration is shared.
pub fn share_words(
    reader: &Reader<'_>,
    sharing: &Sharing,
    declared: &DeclarationContent,
) -> String {
    reader.language.wording().share_words(reader, sharing, declared)
}

/// An entry in one line: where, when, who, with which key, what.
pub fn entry_line(reader: &Reader<'_>, entry: &EntryView<'_>) -> String {
    reader.language.wording().entry_line(reader, entry)
}

/// The same without its place in the record and when it was taken in.
pub fn entry_text(reader: &Reader<'_>, entry: &EntryView<'_>) -> String {
    reader.language.wording().entry_text(reader, entry)
}

/// An entry in all detail.
pub fn entry_lines(reader: &Reader<'_>, entry: &EntryView<'_>) -> Vec<String> {
    reader.language.wording().entry_lines(reader, entry)
}

/// A remark in a line, as it was written, with its language; characters that steer a terminal escaped.
pub fn remark_line(language: Language, remark: &Prose) -> String {
    language.wording().remark(remark)
}

/// A dialogue as a row: its name, what is said, from whom to whom, how urgent and whether meant, how it stands with
/// each addressee, and what falls due next.
pub fn dialogue_row(reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> [String; 6] {
    reader.language.wording().dialogue_row(reader, id, dialogue)
}

/// The line to another party as a row: the party, how the line was declared, when it was heard last, what became of the
/// last test, how many were missed, and how to reach the party by voice.
pub fn line_row(reader: &Reader<'_>, other: &PartyId, line: &LineReport) -> [String; 6] {
    reader.language.wording().line_row(reader, other, line)
}

/// The line to another party in all detail, test by test.
pub fn line_lines(reader: &Reader<'_>, other: &PartyId, line: &LineReport) -> Vec<String> {
    reader.language.wording().line_lines(reader, other, line)
}

/// Who holds a post as a row: the party, the post, who, the languages spoken there, from when, and the message that says
/// so.
pub fn duty_row(reader: &Reader<'_>, duty: &DutyHandover) -> [String; 6] {
    reader.language.wording().duty_row(reader, duty)
}

/// What is shelved as a row: the party, by whom, what, and until when.
pub fn shelf_row(reader: &Reader<'_>, party: &PartyId, shelf: &Shelf) -> [String; 4] {
    reader.language.wording().shelf_row(reader, party, shelf)
}

/// Of a message that the reader sent: whom to call that it was not delivered to, and what to read out; a line for each.
pub fn undelivered_lines(reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> Vec<String> {
    reader.language.wording().undelivered_lines(reader, id, dialogue)
}

/// What a message says, by its parameters, in one line of so many columns; empty where it has none. It is in the reader's
/// own language ([`Reader::tongue`]).
pub fn dialogue_summary(reader: &Reader<'_>, dialogue: &Dialogue, columns: usize) -> String {
    reader.language.wording().dialogue_summary(reader, dialogue, columns)
}

/// A message in all detail, with what came of it with each addressee as far as the reader is told. What the vocabulary
/// says is in the reader's own language ([`Reader::tongue`]).
pub fn dialogue_lines(reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> Vec<String> {
    reader.language.wording().dialogue_lines(reader, id, dialogue)
}

/// A message that is not sent yet, as its sender reads it before signing: what it says, to whom, how urgent it is, and by
/// when it is to be answered.
pub fn draft_lines(reader: &Reader<'_>, dialogue: &Dialogue) -> Vec<String> {
    reader.language.wording().draft_lines(reader, dialogue)
}

/// An answer that is not given yet, as its author reads it before signing, with all of what it answers.
pub fn answer_lines(
    reader: &Reader<'_>,
    id: MessageId,
    dialogue: &Dialogue,
    answer: &Answer,
) -> Vec<String> {
    reader.language.wording().answer_lines(reader, id, dialogue, answer)
}
