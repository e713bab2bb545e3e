//! What stands beside the record: messages that came or went as files, and what was read out and typed in.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use deconflict_core::{Dialogue, MessageId, Say, Time, What};
use deconflict_desk::{
    BesideRecord, Fate, MessageBeside, NoteState, StatementBeside, VoiceStanding, VoiceState,
    voice_states,
};
use deconflict_record::Hash;
use deconflict_vocabulary::{Answer, Effect, Message, Phrase, Term};
use deconflict_words::{Reader, dialogue_json, minutes, printable, short, waits_for};
use serde_json::{Value, json};

use super::list::{Row, Rows};
use super::references::message_named;
use super::voice::{voice_json, voice_name, voice_notes, voice_row, voice_waits};
use crate::desk_client::DeskSession;
use crate::options::words;

/// What a desk has beside the record.
pub(crate) struct Beside {
    pub(crate) record: BesideRecord,
    pub(super) voice: Vec<VoiceState>,
}

/// What a text names.
pub(super) enum Naming<'a> {
    /// A message that was signed.
    Signed(MessageId),
    /// A text that was read out.
    Voice(&'a VoiceState),
}

impl Beside {
    pub(crate) fn at(at: &DeskSession) -> Beside {
        let (view, own, status) = (at.view(), at.party(), at.status());
        let now = at.reader("").now;
        let record = BesideRecord::of(view, own, &status.queue, now);
        let originals = OnceCell::new();
        let original = |id: MessageId| originals.get_or_init(|| originals_of(at)).get(&id).cloned();
        let voice = voice_states(&status.voice_texts, &record, view, own, original);
        Beside { record, voice }
    }

    /// Its reader: what is beside the record is shown with it.
    pub(super) fn reader<'a>(&'a self, at: &'a DeskSession, lang: &'a str) -> Reader<'a> {
        Reader { view: &self.record.ledger, ..at.reader(lang) }
    }

    /// The message that a text names: one that was signed before one that was read out.
    ///
    /// # Errors
    /// Why it names none, or several.
    pub(super) fn named(&self, text: &str) -> Result<Naming<'_>, String> {
        if !text.contains('#') {
            match message_named(&self.record.ledger, text) {
                Ok(id) => return Ok(Naming::Signed(id)),
                // What is over the record's own names may be one that was read out.
                Err(why) if !self.voice.iter().any(|state| is_called(state, text)) => {
                    return Err(why);
                }
                Err(_) => {}
            }
        }
        self.voice_named(text).map(Naming::Voice)
    }

    /// A message that was signed, in the record or beside it.
    ///
    /// # Errors
    /// Where its author's statement would be no message now.
    pub(crate) fn dialogue(&self, id: MessageId) -> Result<&Dialogue, String> {
        let known = self.record.ledger.dialogues.get(&id);
        known.map(|known| &**known).ok_or_else(|| format!("message {}: it is not here", short(id)))
    }

    /// The text that was read out and that a text names.
    ///
    /// # Errors
    /// Why it names none, or several.
    pub(super) fn voice_named(&self, text: &str) -> Result<&VoiceState, String> {
        let (name, number) = match text.split_once('#') {
            Some((name, number)) => (name, number.parse::<u64>().ok()),
            None => (text, None),
        };
        let fits = |state: &&VoiceState| {
            let named = name.is_empty() || state.name.to_string() == name.to_ascii_uppercase();
            named && number.is_none_or(|number| number == state.text.number)
        };
        let asks = !name.is_empty() || number.is_some();
        let all: Vec<&VoiceState> = self.voice.iter().filter(|_| asks).filter(fits).collect();
        match all[..] {
            [one] => Ok(one),
            [] => Err(format!(
                "`{}`: no text of that name was typed in: `deconflict inbox --all` shows those that were",
                printable(text)
            )),
            [one, other, ..] => Err(format!(
                "`{}`: several texts were read out under it, {} and {}: call, find out which one is meant, and forget \
                 the other with `deconflict inbox forget`",
                printable(text),
                voice_name(one),
                voice_name(other)
            )),
        }
    }

    /// The sections of the inbox, those without rows left out.
    pub(super) fn sections(&self, at: &DeskSession, lang: &str, all: bool) -> Vec<Rows> {
        let reader = self.reader(at, lang);
        let by_file = |(id, beside): &(&MessageId, &MessageBeside)| {
            let is_told = beside.is_by_file() || beside.message.is_some();
            let dialogue = self.record.ledger.dialogues.get(*id);
            (is_told || stands_anew(beside)).then(|| self.file_row(&reader, **id, beside, dialogue))
        };
        let rows: Vec<_> = self.record.messages.iter().filter_map(|of| by_file(&of)).collect();
        let voice = self.voice.iter().filter(|state| all || !state.is_over());
        let voice: Vec<_> = voice.map(|state| voice_row(at, &reader, state)).collect();
        let sections = [
            (reader.word(Term::SectionNotInRecord), rows),
            (reader.word(Term::SectionReadOut), voice),
        ];
        sections.into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
    }

    fn file_row(
        &self,
        reader: &Reader<'_>,
        id: MessageId,
        beside: &MessageBeside,
        dialogue: Option<&deconflict_core::Joint<Dialogue>>,
    ) -> Row {
        let said = beside.said.iter().filter(|one| !matches!(one.say, Say::Receive { .. }));
        let notes: Vec<String> = beside
            .message
            .iter()
            .chain(said)
            .map(|one| reader.cell(in_short(reader, one)))
            .collect();
        match dialogue {
            Some(dialogue) => {
                let mut row = Row::of(reader, id, dialogue);
                row.cells[4] = [vec![row.cells[4].clone()], notes].concat().join("\n");
                row
            }
            None => {
                let code = match beside.message.as_ref().map(|one| &one.say) {
                    Some(Say::Send { message, .. }) => reader.cell(reader.code_name(message.code)),
                    _ => String::new(),
                };
                let none = String::new;
                Row {
                    cells: [short(id), code, none(), none(), notes.join("\n"), none()],
                    says: none(),
                    of: None,
                }
            }
        }
    }

    /// What beside the record waits for the party, by its names.
    pub(super) fn waiting(&self, at: &DeskSession) -> Vec<String> {
        let now = at.reader("").now;
        let waiting = |id: &MessageId| {
            let dialogue = self.record.ledger.dialogues.get(id);
            dialogue.is_some_and(|dialogue| waits_for(dialogue, at.party(), now))
        };
        let by_file = self.record.messages.iter().filter(|(id, beside)| {
            let message = beside.message.as_ref().filter(|one| one.may_stand());
            message.is_some_and(|one| !one.ours) && waiting(id) || stands_anew(beside)
        });
        let voice = self.voice.iter().filter(|state| voice_waits(at, state));
        by_file.map(|(id, _)| id.to_string()).chain(voice.map(voice_name)).collect()
    }

    /// The same for scripts: `by_file` and `read_out`.
    pub(super) fn json(
        &self,
        at: &DeskSession,
        lang: &str,
        all: bool,
    ) -> [(&'static str, Value); 2] {
        let reader = self.reader(at, lang);
        let by_file = self.record.messages.iter().filter_map(|(id, beside)| {
            let is_told = beside.is_by_file() || beside.message.is_some() || stands_anew(beside);
            is_told.then(|| self.file_json(&reader, *id, beside))
        });
        let voice = self.voice.iter().filter(|state| all || !state.is_over());
        [
            ("by_file", by_file.collect()),
            ("read_out", voice.map(|state| voice_json(at, &reader, state)).collect()),
        ]
    }

    /// One message for scripts, with what of it does not stand in the record.
    pub(super) fn file_json(
        &self,
        reader: &Reader<'_>,
        id: MessageId,
        beside: &MessageBeside,
    ) -> Value {
        let dialogue = self.record.ledger.dialogues.get(&id);
        let mut told = match dialogue {
            Some(dialogue) => dialogue_json(reader, id, dialogue),
            None => json!({ "message": id }),
        };
        let one = |one: &StatementBeside| {
            let (fate, _) = fate(&one.fate);
            json!({
                "statement": one.statement, "party": one.party, "key": one.key, "say": one.say,
                "ours": one.ours, "by_file": one.by_file, "fate": fate, "key_revoked": one.revoked,
                "stands_as": one.stands_as, "fault": one.fault,
            })
        };
        told["not_in_record"] = json!({
            "message": beside.message.as_ref().map(one),
            "said": beside.said.iter().map(one).collect::<Vec<_>>(),
        });
        told
    }

    /// What of a message does not stand in the record, in lines; none where all does.
    pub(super) fn lines(&self, reader: &Reader<'_>, id: MessageId) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(beside) = self.record.messages.get(&id) {
            let all: Vec<_> = beside.message.iter().chain(&beside.said).collect();
            if !all.is_empty() {
                lines.extend([String::new(), "NOT IN THE RECORD YET:".to_owned()]);
                lines.extend(all.into_iter().map(|one| format!("  {}", at_length(reader, one))));
            }
        }
        for state in self.voice.iter().filter(|state| {
            matches!(state.standing, VoiceStanding::AsSigned { message, .. }
                | VoiceStanding::Otherwise { message, .. } if message == id)
        }) {
            lines.push(String::new());
            lines.push(format!("READ OUT by {} before: {}", state.text.from, state.text.text));
            lines.extend(voice_notes(reader, state).into_iter().map(|note| format!("  {note}")));
        }
        lines
    }

    /// What would change a message and does not stand, as whoever signs something to it must know: the words that they
    /// sign to are those shown.
    pub(super) fn changes(&self, id: MessageId) -> Vec<String> {
        let loud = |(one, effect): (&StatementBeside, Effect)| {
            let word = match effect {
                Effect::Corrects => "A CORRECTION",
                Effect::Cancels => "A CANCELLATION",
                _ => "THAT IT WILL NOT BE DONE",
            };
            format!(
                "{word} of {} WAITS HERE AND DOES NOT STAND: what is signed now is signed to the message as it is shown, \
                 without it. `deconflict inbox show {}` shows what it says; call {} before you act",
                one.party,
                short(one.statement),
                one.party
            )
        };
        let known = self.record.messages.get(&id);
        let message = known.and_then(|known| known.message.as_ref());
        let not_taken = message.filter(|one| !one.may_stand()).map(|_| {
            "THE HOST DID NOT TAKE THIS MESSAGE, or its time was over: what is said to it counts for nothing before it \
             stands in the record. Call its sender"
                .to_owned()
        });
        let changes = known.into_iter().flat_map(MessageBeside::changes).map(loud);
        changes.chain(not_taken).collect()
    }

    /// Whether something may be signed to a message.
    ///
    /// # Errors
    /// Where it does not stand, and the key that signed it was revoked.
    pub(super) fn may_be_answered(&self, id: MessageId) -> Result<(), String> {
        let known = self.record.messages.get(&id).and_then(|known| known.message.as_ref());
        match known.filter(|one| one.revoked) {
            Some(one) => Err(format!(
                "message {}: the key that signed it for {} was revoked, and it does not stand in the record: it can be \
                 read and nothing more: call {}; nothing was signed",
                short(id),
                one.party,
                one.party
            )),
            None => Ok(()),
        }
    }

    /// Why there is nothing noted to sign.
    pub(super) fn nothing_noted(&self, reader: &Reader<'_>, id: MessageId) -> String {
        let of = |state: &&VoiceState| {
            matches!(state.standing, VoiceStanding::AsSigned { message, .. }
                | VoiceStanding::Otherwise { message, .. } if message == id)
                && state.noted.is_some()
        };
        match self.voice.iter().find(of) {
            Some(state) => format!(
                "message {}: {}: nothing was signed",
                short(id),
                voice_notes(reader, state).join("; ")
            ),
            None => format!(
                "message {}: no answer to it was noted: `deconflict answer {} ANSWER` gives one",
                short(id),
                short(id)
            ),
        }
    }

    /// What this party said about a message under its other name, before that was signed anew.
    pub(super) fn said_before_anew(&self, id: MessageId) -> Vec<(Hash, &Say)> {
        let said = self.record.messages.values().flat_map(|beside| &beside.said);
        said.filter(|one| one.ours && one.stands_as == Some(id.0))
            .map(|one| (one.statement, &one.say))
            .collect()
    }

    /// Whether an answer that was signed under a message's other name was to words that were corrected since, or that
    /// cannot be compared.
    pub(super) fn is_to_other_words(at: &DeskSession, id: MessageId, dialogue: &Dialogue) -> bool {
        originals_of(at).get(&id) != Some(&dialogue.message)
    }

    /// The answer that was noted, or signed under the message's other name, and waits for a signature.
    pub(super) fn noted(&self, id: MessageId) -> Option<(Answer, Option<Hash>)> {
        let of_voice = self.voice.iter().rev().find_map(|state| {
            let of = matches!(state.standing,
                VoiceStanding::AsSigned { message, .. } if message == id);
            let waits = state.noted == Some(NoteState::WaitsForSignature);
            state
                .text
                .noted
                .as_ref()
                .filter(|_| of && waits)
                .map(|note| (note.answer.clone(), None))
        });
        of_voice.or_else(|| {
            let said = self.record.messages.values().flat_map(|beside| &beside.said);
            said.filter(|one| one.ours && one.stands_as == Some(id.0)).find_map(|one| {
                match &one.say {
                    Say::Answer { answer, .. } => Some(((**answer).clone(), Some(one.statement))),
                    _ => None,
                }
            })
        })
    }
}

fn is_called(state: &VoiceState, text: &str) -> bool {
    state.name.to_string() == text.to_ascii_uppercase()
}

fn stands_anew(beside: &MessageBeside) -> bool {
    beside.said.iter().any(|one| one.stands_as.is_some())
}

/// What messages of the record said as they were signed.
fn originals_of(at: &DeskSession) -> BTreeMap<MessageId, Message> {
    let (mut all, mut from) = (BTreeMap::new(), 0);
    while let Ok(entries) = at.access.entries(from) {
        if entries.is_empty() {
            break;
        }
        from += entries.len() as u64;
        for held in entries {
            if let Some(What::Accepted(said)) = held.content.map(|content| content.entry.what)
                && let Say::Send { message, .. } = said.say
            {
                all.insert(MessageId(said.hash), *message);
            }
        }
    }
    all
}

/// What became of a statement: its word for scripts, and in words.
fn fate(fate: &Fate) -> (&'static str, Term) {
    match fate {
        Fate::Waiting { .. } => ("waiting", Term::FateWaiting),
        Fate::Promised { .. } => ("promised", Term::FatePromised),
        Fate::TooLate { .. } => ("too-late", Term::FateTooLate),
        Fate::Refused { .. } => ("refused", Term::FateNotTaken),
    }
}

fn what(reader: &Reader<'_>, say: &Say) -> String {
    match say {
        Say::Answer { answer, .. } => reader.answer_name(answer.answer),
        Say::Receive { receipt, .. } => reader.receipt(*receipt),
        Say::Confirm { party, .. } => format!("confirmation of the promise of {party}"),
        Say::Send { message, .. } => message.code.to_string(),
        _ => String::new(),
    }
}

/// A statement that waits, for a row.
fn in_short(reader: &Reader<'_>, one: &StatementBeside) -> String {
    let what = what(reader, &one.say);
    let of_party = |what: &str| reader.phrase(Phrase::OfParty, &[what, one.party.as_str()]);
    if let Some(fault) = &one.fault {
        let why = words().refusal(&deconflict_core::Refusal::Channel { fault: fault.clone() });
        return format!("{}: would take no effect: {}", of_party(&what), printable(&why));
    }
    if one.stands_as.is_some() {
        return format!("{what}: the message was signed anew, sign your answer to it");
    }
    let what = match one.would_change() {
        Some(_) => format!("{what} ({})", reader.word(Term::DoesNotStand)),
        None => what,
    };
    let how = match (one.ours, one.by_file) {
        (false, _) if one.revoked => Term::FileRevoked,
        (false, _) => match one.fate {
            Fate::Refused { .. } => Term::FileNotTaken,
            Fate::TooLate { .. } => Term::FileTooLate,
            Fate::Waiting { .. } | Fate::Promised { .. } => Term::FileVerified,
        },
        (true, Some(_)) => Term::FileWent,
        (true, None) => fate(&one.fate).1,
    };
    reader.phrase(Phrase::SaidOf, &[&of_party(&what), &reader.word(how)])
}

/// The same, with when and what became of it.
fn at_length(reader: &Reader<'_>, one: &StatementBeside) -> String {
    let when = |at: deconflict_record::UtcSecond| {
        minutes(Time::from_seconds(at.seconds().cast_signed()).0)
    };
    let at = one.by_file.map(|at| format!(" at {}", when(at))).unwrap_or_default();
    let anew = one.stands_as.map(|anew| {
        format!(
            "; that message stands in the record as {}, signed anew: `deconflict answer {} --noted`",
            short(anew),
            short(anew)
        )
    });
    let became = || format!("; {}", reader.line(reader.word(fate(&one.fate).1)));
    let fate = if one.ours { became() } else { String::new() };
    let (said, signer) = (reader.line(in_short(reader, one)), reader.key(&one.key));
    format!("{said}{at}, signed by {signer}{fate}{}", anew.unwrap_or_default())
}
