//! What a desk serves to its page: one picture, and what changes in it.
//!
//! The members are those of the page's own types (`web/src/lib/view.ts`). Times are RFC 3339 in UTC. A text is rendered by the
//! desk in the language that the page asks for. Whatever the party may not see is not in here: a page withholds nothing by
//! itself.

mod asked;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

pub use asked::*;

/// An instant, RFC 3339 with `Z`.
pub type PageMoment = String;
/// A text in the reader's language.
pub type PageText = String;

/// All that a page shows, at one instant.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageView {
    /// The number of this picture: a change has the next one.
    pub seq: u64,
    /// The time by the host's clock, as far as the desk knows it.
    pub now: PageMoment,
    /// Whether what is shown is meant.
    pub mode: PageMode,
    /// The space.
    pub space: PageSpace,
    /// Who reads.
    pub me: PageReader,
    /// What each party is called, in the reader's language. What others wrote, as it is.
    pub parties: BTreeMap<String, String>,
    /// How it stands with the host and the record.
    pub host: PageHost,
    /// How it stands with the line.
    pub line: PageLine,
    /// Sources of positions. None yet.
    pub feeds: Vec<PageFeed>,
    /// What was signed here and does not stand in the record yet.
    pub queue: Vec<PageQueueItem>,
    /// What somebody is to act on: what is the reader's first, each with its clock.
    pub alarms: Vec<PageAlarm>,
    /// Messages and what came of them.
    pub dialogues: Vec<PageDialogue>,
    /// What was declared.
    pub declarations: Vec<PageDeclaration>,
    /// Overlaps that the host found.
    pub conflicts: Vec<PageConflict>,
    /// Objects that near a zone. None yet.
    pub encounters: Vec<PageEncounter>,
    /// Who is told to be near a zone. None yet.
    pub presence: Vec<PageMention>,
    /// What was reported of what happened. None yet.
    pub reports: Vec<PageMention>,
}

/// Something that a desk tells of by its name.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageMention {
    /// Its name.
    pub id: String,
}

/// Whether what is shown is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum PageMode {
    /// It is.
    Real,
    /// It belongs to an exercise.
    Exercise,
    /// It tries the line.
    Test,
}

/// The space.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageSpace {
    /// What it is called.
    pub name: PageText,
    /// The step of the sharing grid, metres.
    pub grid_m: f64,
}

/// Who reads.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageReader {
    /// The party.
    pub party: String,
    /// What it is called.
    pub name: PageText,
    /// The post of the key with which this desk signs.
    pub post: String,
    /// The language of the texts.
    pub lang: String,
    /// Kilometres or nautical miles.
    pub units: String,
    /// By how many minutes local time is ahead of UTC.
    pub utc_offset_min: i32,
    /// Whether nothing is signed before the key is unlocked anew.
    pub locked: bool,
    /// What may be done from here: `answer` where this desk signs.
    pub rights: Vec<String>,
}

/// How it stands with the host and its record.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageHost {
    /// The state.
    pub state: PageHostState,
    /// Entries of the last verified head.
    pub size: u64,
    /// Its root, in groups of four hexadecimal digits.
    pub head: String,
    /// When all of it had been read.
    pub read_at: PageMoment,
    /// Who has countersigned it, as far as the desk has seen.
    pub witnesses: Vec<PageWitness>,
    /// How many witnesses there are.
    pub of: usize,
}

/// How it stands with a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PageHostState {
    /// Its head is verified, and new.
    Agreed,
    /// It answers that it cannot now, or waits for somebody.
    Stalled,
    /// It cannot be reached.
    Away,
    /// It contradicts itself: the desk has the evidence.
    Caught,
}

/// A witness that countersigned a head.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageWitness {
    /// The party whose desk it is, or what an outside witness is called.
    pub party: String,
    /// When.
    pub at: PageMoment,
}

/// How it stands with the line to the host.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageLine {
    /// `up` or `cut`.
    pub state: PageLineState,
    /// Since when.
    pub since: PageMoment,
    /// When a line test was last answered.
    pub last_test: Option<PageMoment>,
    /// How many tests in a row were missed.
    pub missed: u64,
    /// Whom to call, and how.
    pub voice: Vec<PageNumber>,
}

/// Whether a line is up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PageLineState {
    /// It is.
    Up,
    /// It is not.
    Cut,
}

/// How a party is called by voice.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageNumber {
    /// The party.
    pub party: String,
    /// Its number, as it gave it.
    pub number: String,
}

/// A source of positions.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageFeed {
    /// Its name.
    pub id: String,
}

/// Something that near a zone.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageEncounter {
    /// The object.
    pub track: String,
    /// The zone.
    pub zone: String,
}

/// What was signed here and is not in the record yet.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageQueueItem {
    /// The statement's name.
    pub statement: String,
    /// What it says.
    pub text: PageText,
    /// When it was signed, as far as the desk knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<PageMoment>,
}

/// What a clock runs for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageClockKind {
    /// A person is to read it back.
    ReadBack,
    /// It is to be answered.
    Answer,
    /// It is to be passed on.
    Relay,
    /// The sides are to speak with each other, or somebody is to take it on.
    Contact,
    /// What was promised is to be done.
    Undertaking,
    /// Something enters a zone.
    Entry,
    /// Those inside are to leave.
    Vacate,
    /// How a movement goes is to be said.
    Status,
}

/// A clock that runs down.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageClock {
    /// What for.
    pub what: PageClockKind,
    /// Until when.
    pub until: PageMoment,
    /// Since when.
    pub from: PageMoment,
}

/// What may be done about something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageDeed {
    /// Read it back.
    ReadBack,
    /// Answer it.
    Answer,
    /// Call the other side.
    Call,
    /// Take an overlap on.
    TakeOn,
    /// Say what became of passing it on.
    Relay,
    /// Show the words to read out.
    Script,
    /// Take it back.
    Cancel,
    /// Say how a movement goes.
    Status,
}

/// Something that somebody is to act on.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageAlarm {
    /// Its name: of the message, overlap or movement that it is about.
    pub id: String,
    /// The message that it is about.
    pub dialogue: Option<String>,
    /// FLASH, IMMEDIATE, PRIORITY or ROUTINE.
    pub precedence: String,
    /// The code.
    pub code: String,
    /// Whether the reader's party is to act; else it waits for others.
    pub mine: bool,
    /// What falls due next.
    pub clock: Option<PageClock>,
    /// What it says.
    pub text: PageText,
    /// How it stands, and what else is to be known.
    pub facts: Vec<PageText>,
    /// What may be done.
    pub deeds: Vec<PageDeed>,
    /// Further clocks.
    pub also: Vec<PageAlso>,
    /// With which others it stands in one row; null: by itself.
    pub group: Option<String>,
    /// Since when it waits.
    pub since: PageMoment,
    /// Whether it says that somebody is being hit, and so always stands by itself.
    pub never_grouped: bool,
    /// What is selected with it.
    pub subject: Option<PageSubject>,
    /// The sound is shelved until then, by an operator of the party.
    pub shelved_until: Option<PageMoment>,
    /// Whom to call, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
}

/// A further clock.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageAlso {
    /// What for.
    pub what: PageClockKind,
    /// Until when.
    pub until: PageMoment,
}

/// What something is about.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageSubject {
    /// `conflict`, `declaration` or `dialogue`.
    pub kind: String,
    /// Its name.
    pub id: String,
}

/// A message and what came of it with the party that the reader asks about: itself, or whom it asked.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageDialogue {
    /// Its name.
    pub id: String,
    /// The code.
    pub code: String,
    /// Its parameters, each as it is shown.
    pub params: BTreeMap<String, PageText>,
    /// What it says.
    pub text: PageText,
    /// Which request of the same it is, from 1.
    pub repeat: u64,
    /// Who sent it.
    pub from: String,
    /// How it came to be said.
    pub authority: PageAuthority,
    /// At which level it was said, as the vocabulary names it; empty where it does not say so.
    pub level: String,
    /// Until when it stands.
    pub valid_until: Option<PageMoment>,
    /// FLASH, IMMEDIATE, PRIORITY or ROUTINE.
    pub precedence: String,
    /// What was received.
    pub receipts: PageReceipts,
    /// How passing it on goes.
    pub relay: Vec<PageHop>,
    /// Its clocks.
    pub limits: Vec<PageAlso>,
    /// What is to be read back; null: nothing, or that was done.
    pub read_back: Option<PageReadBack>,
    /// The answers that it allows.
    pub answers: Vec<String>,
    /// Those of them that take the key's own proof.
    pub own_proof: Vec<String>,
    /// What happens if nobody acts.
    pub if_nobody_acts: Vec<PageStep>,
    /// What was said to it, the first first.
    pub messages: Vec<PageStep>,
    /// The whole name, as it is held against the record.
    pub hash: String,
}

/// How something came to be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PageAuthority {
    /// The party signed it.
    Signed,
    /// A gateway of the party attested it.
    Attested,
    /// The watch desk entered it.
    Entered,
    /// The host found it.
    Found,
}

/// What was received, and when.
#[derive(Clone, Default, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageReceipts {
    /// A desk has it.
    pub delivered: Option<PageMoment>,
    /// It was on a screen.
    pub displayed: Option<PageMoment>,
    /// A person has read it as it was meant.
    pub read_back: Option<PageMoment>,
    /// It was answered.
    pub answered: Option<PageMoment>,
}

/// One hop of passing something on.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageHop {
    /// To whom.
    pub hop: String,
    /// `sent`, `reached`, `missing`, `answered`, `refused` or `denies`.
    pub state: String,
    /// Since when.
    pub since: PageMoment,
}

/// What is to be read back.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageReadBack {
    /// Each parameter that is typed again.
    pub fields: Vec<PageField>,
}

/// A parameter that is typed again.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageField {
    /// Its name.
    pub name: String,
    /// How it is typed.
    pub kind: PageFieldKind,
    /// What it may be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<PageChoice>,
}

/// How a parameter is typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PageFieldKind {
    /// Hours and minutes in UTC, with the day where it is another one.
    Time,
    /// A zone, by its name.
    Zone,
    /// One of some.
    Choice,
    /// Words.
    Text,
    /// A number.
    Number,
}

/// One of what a parameter may be.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageChoice {
    /// How it is typed.
    pub value: String,
    /// How it is shown.
    pub label: PageText,
}

/// Something that was said or will fall due.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageStep {
    /// When.
    pub at: PageMoment,
    /// Which sign stands before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// In words.
    pub text: PageText,
}

/// Something declared.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageDeclaration {
    /// Its name.
    pub id: String,
    /// zone, site, operation, movement or hazard.
    pub kind: String,
    /// Who declared it.
    pub owner: String,
    /// Which version, from 1.
    pub version: u64,
    /// Where.
    pub shape: PageShape,
    /// Between which heights; null: not known.
    pub band: Option<PageBand>,
    /// When.
    pub window: PageWindow,
    /// What it is called.
    pub name: PageText,
    /// How it came to be said.
    pub authority: PageAuthority,
    /// How each party stands towards it.
    pub standing: Vec<PageStanding>,
    /// Whether it is a zone that the reader has not agreed to.
    pub unilateral_to_me: bool,
    /// Marks.
    pub tags: Vec<String>,
    /// Who may see it.
    pub holders: Vec<String>,
}

/// Where something is. Degrees, WGS 84, longitude first; metres.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum PageShape {
    /// A circle.
    Circle {
        /// Its centre.
        center: [f64; 2],
        /// Its radius.
        radius_m: f64,
    },
    /// An outline.
    Polygon {
        /// Its vertices, the first not repeated.
        ring: Vec<[f64; 2]>,
    },
    /// A line with a margin.
    Corridor {
        /// Its vertices.
        line: Vec<[f64; 2]>,
        /// The margin to each side.
        half_width_m: f64,
    },
    /// Cells of the sharing grid: west, south, east, north of each.
    Cells {
        /// All of them.
        cells: Vec<[f64; 4]>,
    },
}

/// Heights.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageBand {
    /// The lower one.
    pub from: PageHeight,
    /// The upper one.
    pub to: PageHeight,
}

/// A height.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageHeight {
    /// As it was given; null: not known.
    pub text: Option<String>,
    /// Metres above mean sea level, where it was given so.
    pub m: Option<f64>,
}

/// From when until when.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageWindow {
    /// The begin; what has none is there since it was declared.
    pub from: PageMoment,
    /// The end; null: it has none.
    pub to: Option<PageMoment>,
}

/// How a party stands towards a zone.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageStanding {
    /// The party.
    pub party: String,
    /// `proposed`, `agreed`, `disputed`, `silent`, `notified`, `not_asked` or `withdrew`.
    pub stands: String,
    /// What it disputes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<String>,
}

/// An overlap that the host found.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageConflict {
    /// Its name.
    pub id: String,
    /// `open`, `owned`, `contact`, `resolved`, `accepted` or `expired`.
    pub state: String,
    /// Who has taken it on.
    pub owner: Option<String>,
    /// When it begins.
    pub begins: PageMoment,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<PageMoment>,
    /// Between what: a declaration's name, or what is told of it where the reader may not see it.
    pub sides: Vec<PageSide>,
    /// Where both are: west, south, east, north of each cell.
    pub cells: Vec<[f64; 4]>,
    /// `certain` or `possible`.
    pub certainty: String,
    /// Why it is only possible.
    pub why: Option<PageText>,
    /// Whom to call, and how.
    pub call: String,
}

/// A side of an overlap.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PageSide {
    /// A declaration that the reader may see.
    Declaration(String),
    /// What is told of one that it may not.
    Hidden {
        /// What it is called in this overlap.
        handle: String,
        /// Whose it is.
        party: String,
        /// Of which kind.
        kind: String,
    },
}
