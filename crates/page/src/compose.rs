//! The picture of what a desk shows.

use deconflict_api::page::{
    PageHost, PageHostState, PageLine, PageLineState, PageMode, PageNumber, PageQueueItem,
    PageReader, PageSpace, PageView, PageWitness,
};
use deconflict_core::Time;
use deconflict_desk::{DeskView, LineState, QueuedStatement};
use deconflict_record::{KeyUse, UtcSecond, Vkey};
use deconflict_vocabulary::Traffic;
use deconflict_words::{Reader, rfc3339};

use crate::alarms::alarms;
use crate::declared::{conflicts, declarations};
use crate::dialogues::dialogues;

/// Of whom a picture speaks beside what its desk shows.
#[derive(Clone, Copy, Debug)]
pub struct PageSubjects<'a> {
    /// The post of the key with which the desk signs.
    pub post: &'a str,
    /// Whether nothing is signed before that key is unlocked anew.
    pub locked: bool,
}

/// All that a page shows, with this number.
pub fn compose(desk: &DeskView, reader: &Reader<'_>, of: PageSubjects<'_>, seq: u64) -> PageView {
    let (status, view) = (&desk.status, reader.view);
    let own = view.parties.get(reader.party);
    let charter = view.charter.as_ref();
    PageView {
        seq,
        now: moment(reader.now),
        mode: mode(desk),
        space: PageSpace {
            name: charter
                .map_or_else(|| status.settings.space.clone(), |known| reader.name(&known.title)),
            grid_m: charter.map_or(0.0, |known| f64::from(known.rules.grid.cell_m)),
        },
        me: PageReader {
            party: reader.party.to_string(),
            name: own
                .map_or_else(|| reader.party.to_string(), |known| reader.name(&known.member.name)),
            post: of.post.to_owned(),
            lang: reader.tongue().translation().tag().to_owned(),
            units: "km".to_owned(),
            utc_offset_min: (reader.local_min)(reader.now.seconds()),
            locked: of.locked,
            rights: vec!["answer".to_owned(), "own".to_owned()],
        },
        parties: view
            .parties
            .iter()
            .map(|(party, known)| (party.to_string(), reader.name(&known.member.name)))
            .collect(),
        host: host(desk, reader),
        line: line(desk, reader),
        feeds: Vec::new(),
        queue: status
            .queue
            .iter()
            .filter(|item| item.ours)
            .map(|item| queued(reader, item))
            .collect(),
        alarms: alarms(reader),
        dialogues: dialogues(reader),
        declarations: declarations(reader),
        conflicts: conflicts(reader),
        encounters: Vec::new(),
        presence: Vec::new(),
        reports: Vec::new(),
    }
}

/// An instant as the page has it.
pub(crate) fn moment(at: Time) -> String {
    rfc3339(at.0)
}

fn second(at: UtcSecond) -> String {
    moment(Time::from(at))
}

/// Whether what is said is meant: an exercise or a test is shown as one where nothing else is there.
fn mode(desk: &DeskView) -> PageMode {
    let all = || desk.ledger.dialogues.values().map(|dialogue| dialogue.traffic);
    match (all().any(|of| of == Traffic::Real), all().any(|of| of == Traffic::Exercise)) {
        (false, true) => PageMode::Exercise,
        (false, false) if all().next().is_some() => PageMode::Test,
        _ => PageMode::Real,
    }
}

fn host(desk: &DeskView, reader: &Reader<'_>) -> PageHost {
    let status = &desk.status;
    let state = match &status.line {
        _ if status.caught.is_some() => PageHostState::Caught,
        LineState::Down { .. } | LineState::Unused => PageHostState::Away,
        LineState::Busy { .. } => PageHostState::Stalled,
        LineState::Up { .. } if status.host_waits.is_some() => PageHostState::Stalled,
        LineState::Up { .. } => PageHostState::Agreed,
    };
    let known = reader.view.charter.as_ref().map(|charter| charter.witnesses.len());
    PageHost {
        state,
        size: status.head.size,
        head: groups(&status.head.root.to_string()),
        read_at: status.read_at.map_or_else(|| moment(reader.now), second),
        witnesses: witnesses(desk, reader),
        of: known.unwrap_or_default(),
    }
}

/// Who has countersigned the last verified head, as far as the desk has seen.
pub(crate) fn witnesses(desk: &DeskView, reader: &Reader<'_>) -> Vec<PageWitness> {
    let known = reader.view.charter.as_ref().map(|charter| charter.witnesses.as_slice());
    let known = known.unwrap_or_default();
    let keys: Vec<Vkey> = known
        .iter()
        .filter_map(|one| Vkey::new(&one.name, KeyUse::Witness, one.key).ok())
        .collect();
    let keys: Vec<&Vkey> = keys.iter().collect();
    let signed = desk.status.signed_head.as_ref().and_then(|head| head.cosignatures(&keys).ok());
    let all = signed.unwrap_or_default().into_iter().map(|by| {
        let party = known.iter().find(|one| one.name == by.witness);
        let party = party.and_then(|one| one.party.as_ref()).map(ToString::to_string);
        let at = Time::from_seconds(i64::try_from(by.time_s).unwrap_or(i64::MAX));
        PageWitness { party: party.unwrap_or(by.witness), at: moment(at) }
    });
    all.collect()
}

/// The first 32 hexadecimal digits of a root, four by four, as they are read out.
fn groups(hex: &str) -> String {
    let digits: Vec<char> = hex.chars().take(32).collect();
    let groups: Vec<String> = digits.chunks(4).map(|four| four.iter().collect()).collect();
    groups.join(" ")
}

fn line(desk: &DeskView, reader: &Reader<'_>) -> PageLine {
    let (state, since) = match &desk.status.line {
        LineState::Up { since, .. } | LineState::Busy { since, .. } => {
            (PageLineState::Up, second(*since))
        }
        LineState::Down { since, .. } => (PageLineState::Cut, second(*since)),
        LineState::Unused => (PageLineState::Cut, moment(reader.now)),
    };
    let others = reader.view.parties.keys().filter(|party| *party != reader.party);
    let voice =
        others.map(|party| PageNumber { party: party.to_string(), number: reader.contact(party) });
    PageLine { state, since, last_test: None, missed: 0, voice: voice.collect() }
}

/// What was signed here and waits, by what it says where a code says it.
fn queued(reader: &Reader<'_>, item: &QueuedStatement) -> PageQueueItem {
    let tongue = reader.tongue();
    let text = match item.said() {
        Some(deconflict_core::Say::Send { message, .. }) => tongue.message(&message, reader).line(),
        Some(deconflict_core::Say::Answer { message, answer }) => {
            let to = reader.view.dialogues.get(&message);
            to.map(|to| tongue.answer(&answer, &to.message, reader).line()).unwrap_or_default()
        }
        _ => String::new(),
    };
    PageQueueItem { statement: item.statement.to_string(), text, signed_at: None }
}
