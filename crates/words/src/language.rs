//! The languages that there are words in.

use deconflict_api::{HostTrouble, HostWait};
use deconflict_core::{
    CharterError, Conflict, ConflictId, Declaration, DeclarationContent, DeclarationId,
    DeclaredError, DeclaredVolume, Dialogue, DutyHandover, Entry, ExactAnswer, Extent, Ledger,
    LineReport, MessageId, Overlay, OverlayId, Pairing, PartyId, Refusal, Sharing, Shelf,
};
use deconflict_proof::{Notice, ReportWords};
use deconflict_record::KeyId;
use deconflict_vocabulary::{Answer, Prose};

use crate::entry::EntryView;
use crate::reader::Reader;

/// A language that there are words in.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Language {
    /// English.
    #[default]
    English,
}

impl Language {
    /// The language of a tag such as `de-CH`, and English where there are no words in it.
    pub fn of_tag(_tag: &str) -> Language {
        Language::English
    }

    /// What is printed when there is no conflict: exactly this, and never more.
    pub fn no_conflict(self) -> &'static str {
        self.wording().no_conflict()
    }

    /// What is said while not all that was declared is compared yet: then nobody can say that there is none.
    pub fn still_comparing(self) -> &'static str {
        self.wording().still_comparing()
    }

    /// Where, how high and when a volume is.
    pub fn volume(self, volume: &DeclaredVolume) -> String {
        self.wording().volume(volume)
    }

    /// Why a statement takes no effect.
    pub fn refusal(self, why: &Refusal) -> String {
        self.wording().refusal(why)
    }

    /// Why a charter is none.
    pub fn charter_fault(self, fault: &CharterError) -> String {
        self.wording().charter_fault(fault)
    }

    /// Why what is declared is no declaration.
    pub fn declared_fault(self, fault: &DeclaredError) -> String {
        self.wording().declared_fault(fault)
    }

    /// What people should look into. What others wrote in it is not escaped.
    pub fn notice(self, notice: &Notice) -> String {
        self.wording().notice(notice)
    }

    /// For whom a host that was started anew waits before it takes anything in, and how to reach them.
    pub fn host_waits(self, ledger: &Ledger, waits: &HostWait) -> String {
        self.wording().host_waits(ledger, waits)
    }

    /// What keeps a host from doing all that it should.
    pub fn host_trouble(self, trouble: &HostTrouble) -> String {
        self.wording().host_trouble(trouble)
    }

    pub(crate) fn wording(self) -> &'static dyn Wording {
        match self {
            Language::English => &crate::english::English,
        }
    }
}

impl ReportWords for Language {
    fn entry(&self, entry: &Entry) -> String {
        self.wording().summary(entry)
    }

    fn notice(&self, notice: &Notice) -> String {
        self.wording().notice(notice)
    }
}

/// Every sentence and word that a language must have. The functions of the crate's root say what each is.
pub(crate) trait Wording {
    /// What is called by no name.
    fn unnamed(&self) -> &'static str;
    /// No party at all.
    fn nobody(&self) -> &'static str;
    /// Who acts with a key: the post that people know, or that it is a root.
    fn key(&self, reader: &Reader<'_>, key: &KeyId) -> String;
    /// How to reach a party.
    fn contact(&self, reader: &Reader<'_>, party: &PartyId) -> String;
    /// How long until an extent begins, or since when it is under way or over.
    fn countdown(&self, reader: &Reader<'_>, extent: &Extent) -> String;

    fn refusal(&self, why: &Refusal) -> String;
    fn charter_fault(&self, fault: &CharterError) -> String;
    fn declared_fault(&self, fault: &DeclaredError) -> String;
    fn notice(&self, notice: &Notice) -> String;
    fn host_waits(&self, ledger: &Ledger, waits: &HostWait) -> String;
    fn host_trouble(&self, trouble: &HostTrouble) -> String;
    fn summary(&self, entry: &Entry) -> String;

    fn no_conflict(&self) -> &'static str;
    fn still_comparing(&self) -> &'static str;
    fn conflict_row(&self, reader: &Reader<'_>, id: ConflictId, conflict: &Conflict)
    -> [String; 7];
    fn found_row(&self, reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> [String; 6];
    fn found_summary(&self, reader: &Reader<'_>, conflict: &Conflict, columns: usize) -> String;
    fn untold_row(
        &self,
        reader: &Reader<'_>,
        id: DeclarationId,
        declaration: &Declaration,
    ) -> [String; 6];
    fn untold_summary(
        &self,
        reader: &Reader<'_>,
        id: DeclarationId,
        declaration: &Declaration,
        columns: usize,
    ) -> String;
    fn conflict_lines(
        &self,
        reader: &Reader<'_>,
        id: ConflictId,
        conflict: &Conflict,
    ) -> Vec<String>;

    fn conflict_line(&self, reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> String;
    fn overlay_row(&self, reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> [String; 5];
    fn overlay_line(&self, reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> String;
    fn overlay_lines(&self, reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> Vec<String>;
    fn draft_meets(
        &self,
        reader: &Reader<'_>,
        draft: &DeclarationContent,
        other: (DeclarationId, &Declaration),
        pairing: Option<Pairing>,
        exact: &ExactAnswer,
    ) -> String;

    fn volume(&self, volume: &DeclaredVolume) -> String;
    fn share_words(
        &self,
        reader: &Reader<'_>,
        sharing: &Sharing,
        declared: &DeclarationContent,
    ) -> String;
    fn declared_lines(
        &self,
        reader: &Reader<'_>,
        declared: &DeclarationContent,
    ) -> Vec<(&'static str, String)>;
    fn declaration_row(
        &self,
        reader: &Reader<'_>,
        id: DeclarationId,
        declaration: &Declaration,
    ) -> [String; 6];
    fn declaration_lines(
        &self,
        reader: &Reader<'_>,
        id: DeclarationId,
        declaration: &Declaration,
    ) -> Vec<String>;

    fn remark(&self, prose: &Prose) -> String;
    fn dialogue_row(&self, reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> [String; 6];
    fn line_row(&self, reader: &Reader<'_>, other: &PartyId, line: &LineReport) -> [String; 6];
    fn line_lines(&self, reader: &Reader<'_>, other: &PartyId, line: &LineReport) -> Vec<String>;
    fn duty_row(&self, reader: &Reader<'_>, duty: &DutyHandover) -> [String; 6];
    fn shelf_row(&self, reader: &Reader<'_>, party: &PartyId, shelf: &Shelf) -> [String; 4];
    fn undelivered_lines(
        &self,
        reader: &Reader<'_>,
        id: MessageId,
        dialogue: &Dialogue,
    ) -> Vec<String>;

    fn dialogue_summary(&self, reader: &Reader<'_>, dialogue: &Dialogue, columns: usize) -> String;
    fn dialogue_lines(
        &self,
        reader: &Reader<'_>,
        id: MessageId,
        dialogue: &Dialogue,
    ) -> Vec<String>;
    fn draft_lines(&self, reader: &Reader<'_>, dialogue: &Dialogue) -> Vec<String>;
    fn answer_lines(
        &self,
        reader: &Reader<'_>,
        id: MessageId,
        dialogue: &Dialogue,
        answer: &Answer,
    ) -> Vec<String>;

    fn entry_line(&self, reader: &Reader<'_>, entry: &EntryView<'_>) -> String;
    fn entry_text(&self, reader: &Reader<'_>, entry: &EntryView<'_>) -> String;
    fn entry_lines(&self, reader: &Reader<'_>, entry: &EntryView<'_>) -> Vec<String>;
}
