//! English.

mod coding;
mod conflict;
mod declaration;
mod dialogue;
mod entry;
pub(crate) mod exact;
mod exchange;
mod figures;
mod host;
mod line;
mod message;
mod notice;
mod overlay;
mod place;
mod reader;
mod refusal;
mod shelf;
pub(crate) mod states;
mod summary;
mod untold;
mod zone;

use deconflict_api::{HostTrouble, HostWait};
use deconflict_core::{
    CharterError, Conflict, ConflictId, Declaration, DeclarationContent, DeclarationId,
    DeclaredError, DeclaredVolume, Dialogue, DutyHandover, Entry, ExactAnswer, Extent, Ledger,
    LineReport, MessageId, Overlay, OverlayId, Pairing, PartyId, Refusal, Sharing, Shelf,
};
use deconflict_proof::Notice;
use deconflict_record::KeyId;
use deconflict_vocabulary::{Answer, Prose};

use crate::entry::EntryView;
use crate::language::Wording;
use crate::reader::Reader;

pub use figures::{clock_apart, counted, limit, window};
pub use place::place;

/// The words of English.
pub(crate) struct English;

impl Wording for English {
    fn unnamed(&self) -> &'static str {
        "without a name"
    }

    fn nobody(&self) -> &'static str {
        "nobody"
    }

    fn key(&self, reader: &Reader<'_>, key: &KeyId) -> String {
        reader::key(reader, key)
    }

    fn contact(&self, reader: &Reader<'_>, party: &PartyId) -> String {
        reader::contact(reader, party)
    }

    fn countdown(&self, reader: &Reader<'_>, extent: &Extent) -> String {
        states::countdown(reader, extent)
    }

    fn refusal(&self, why: &Refusal) -> String {
        refusal::refusal(why)
    }

    fn charter_fault(&self, fault: &CharterError) -> String {
        refusal::charter_fault(fault)
    }

    fn declared_fault(&self, fault: &DeclaredError) -> String {
        refusal::declared_fault(fault)
    }

    fn notice(&self, notice: &Notice) -> String {
        notice::notice(notice)
    }

    fn host_waits(&self, ledger: &Ledger, waits: &HostWait) -> String {
        host::waits(ledger, waits)
    }

    fn host_trouble(&self, trouble: &HostTrouble) -> String {
        host::trouble(trouble)
    }

    fn summary(&self, entry: &Entry) -> String {
        summary::summary(entry)
    }

    fn no_conflict(&self) -> &'static str {
        conflict::NO_CONFLICT
    }

    fn still_comparing(&self) -> &'static str {
        conflict::STILL_COMPARING
    }

    fn conflict_row(
        &self,
        reader: &Reader<'_>,
        id: ConflictId,
        conflict: &Conflict,
    ) -> [String; 7] {
        conflict::conflict_row(reader, id, conflict)
    }

    fn found_row(&self, reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> [String; 6] {
        conflict::found_row(reader, id, conflict)
    }

    fn found_summary(&self, reader: &Reader<'_>, conflict: &Conflict, columns: usize) -> String {
        conflict::found_summary(reader, conflict, columns)
    }

    fn untold_row(
        &self,
        reader: &Reader<'_>,
        id: DeclarationId,
        declaration: &Declaration,
    ) -> [String; 6] {
        untold::untold_row(reader, id, declaration)
    }

    fn untold_summary(
        &self,
        reader: &Reader<'_>,
        id: DeclarationId,
        declaration: &Declaration,
        columns: usize,
    ) -> String {
        untold::untold_summary(reader, id, declaration, columns)
    }

    fn conflict_lines(
        &self,
        reader: &Reader<'_>,
        id: ConflictId,
        conflict: &Conflict,
    ) -> Vec<String> {
        conflict::conflict_lines(reader, id, conflict)
    }

    fn conflict_line(&self, reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> String {
        conflict::conflict_line(reader, id, conflict)
    }

    fn overlay_row(&self, reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> [String; 5] {
        overlay::overlay_row(reader, id, overlay)
    }

    fn overlay_line(&self, reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> String {
        overlay::overlay_line(reader, id, overlay)
    }

    fn overlay_lines(&self, reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> Vec<String> {
        overlay::overlay_lines(reader, id, overlay)
    }

    fn draft_meets(
        &self,
        reader: &Reader<'_>,
        draft: &DeclarationContent,
        other: (DeclarationId, &Declaration),
        pairing: Option<Pairing>,
        exact: &ExactAnswer,
    ) -> String {
        exact::draft_meets(reader, draft, other, pairing, exact)
    }

    fn volume(&self, volume: &DeclaredVolume) -> String {
        declaration::volume(volume)
    }

    fn share_words(
        &self,
        reader: &Reader<'_>,
        sharing: &Sharing,
        declared: &DeclarationContent,
    ) -> String {
        declaration::share_words(reader, sharing, declared)
    }

    fn declared_lines(
        &self,
        reader: &Reader<'_>,
        declared: &DeclarationContent,
    ) -> Vec<(&'static str, String)> {
        declaration::declared_lines(reader, declared)
    }

    fn declaration_row(
        &self,
        reader: &Reader<'_>,
        id: DeclarationId,
        declaration: &Declaration,
    ) -> [String; 6] {
        declaration::declaration_row(reader, id, declaration)
    }

    fn declaration_lines(
        &self,
        reader: &Reader<'_>,
        id: DeclarationId,
        declaration: &Declaration,
    ) -> Vec<String> {
        declaration::declaration_lines(reader, id, declaration)
    }

    fn remark(&self, prose: &Prose) -> String {
        dialogue::remark(prose)
    }

    fn dialogue_row(&self, reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> [String; 6] {
        dialogue::dialogue_row(reader, id, dialogue)
    }

    fn line_row(&self, reader: &Reader<'_>, other: &PartyId, line: &LineReport) -> [String; 6] {
        line::line_row(reader, other, line)
    }

    fn line_lines(&self, reader: &Reader<'_>, other: &PartyId, line: &LineReport) -> Vec<String> {
        line::line_lines(reader, other, line)
    }

    fn duty_row(&self, reader: &Reader<'_>, duty: &DutyHandover) -> [String; 6] {
        line::duty_row(reader, duty)
    }

    fn shelf_row(&self, reader: &Reader<'_>, party: &PartyId, shelf: &Shelf) -> [String; 4] {
        shelf::shelf_row(reader, party, shelf)
    }

    fn undelivered_lines(
        &self,
        reader: &Reader<'_>,
        id: MessageId,
        dialogue: &Dialogue,
    ) -> Vec<String> {
        dialogue::undelivered(reader, id, dialogue)
    }

    fn dialogue_summary(&self, reader: &Reader<'_>, dialogue: &Dialogue, columns: usize) -> String {
        dialogue::summary(reader, dialogue, columns)
    }

    fn dialogue_lines(
        &self,
        reader: &Reader<'_>,
        id: MessageId,
        dialogue: &Dialogue,
    ) -> Vec<String> {
        dialogue::dialogue_lines(reader, id, dialogue)
    }

    fn draft_lines(&self, reader: &Reader<'_>, dialogue: &Dialogue) -> Vec<String> {
        dialogue::draft_lines(reader, dialogue)
    }

    fn answer_lines(
        &self,
        reader: &Reader<'_>,
        id: MessageId,
        dialogue: &Dialogue,
        answer: &Answer,
    ) -> Vec<String> {
        dialogue::answer_lines(reader, id, dialogue, answer)
    }

    fn entry_line(&self, reader: &Reader<'_>, entry: &EntryView<'_>) -> String {
        entry::entry_line(reader, entry)
    }

    fn entry_text(&self, reader: &Reader<'_>, entry: &EntryView<'_>) -> String {
        entry::entry_text(reader, entry)
    }

    fn entry_lines(&self, reader: &Reader<'_>, entry: &EntryView<'_>) -> Vec<String> {
        entry::entry_lines(reader, entry)
    }
}
