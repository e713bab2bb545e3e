//! What was read out and typed in, in words: it is signed by nobody, and stands in no record.

use deconflict_desk::{NoteState, VoiceStanding, VoiceState, voice_id};
use deconflict_vocabulary::{ParameterName, Phrase, Subject, Term};
use deconflict_words::{Reader, dialogue_json, short, waits_for};
use serde_json::{Value, json};

use super::list::Row;
use crate::desk_client::DeskSession;

/// How a text that was read out is called by whoever types.
pub(super) fn voice_name(state: &VoiceState) -> String {
    format!("{}#{}", state.name, state.text.number)
}

/// What a text that was read out says: its code or answer.
pub(super) fn voice_what(reader: &Reader<'_>, state: &VoiceState) -> String {
    match state.form.subject {
        Subject::Code(code) => reader.code_name(code),
        Subject::Answer(answer) => format!("answer {}", reader.answer_name(answer)),
    }
}

/// Whether a text that was read out waits for the party: an answer, a signature, or a call.
pub(super) fn voice_waits(at: &DeskSession, state: &VoiceState) -> bool {
    let asks = matches!(state.noted, Some(NoteState::WaitsForSignature | NoteState::Corrected));
    if state.is_mismatch() || asks {
        return true;
    }
    let asks = state
        .message(at.view(), at.party())
        .is_some_and(|read| waits_for(&read.dialogue, at.party(), at.reader("").now));
    state.standing == VoiceStanding::Unsigned && state.noted.is_none() && asks
}

/// How a text that was read out stands, in lines.
pub(super) fn voice_notes(reader: &Reader<'_>, state: &VoiceState) -> Vec<String> {
    let mut notes = Vec::new();
    let place = |in_record: bool| {
        reader.word(if in_record { Term::VoiceInRecord } else { Term::VoiceByFile })
    };
    match state.standing {
        VoiceStanding::Unsigned => notes.push(reader.word(Term::VoiceUnsigned)),
        VoiceStanding::AsSigned { message, in_record, corrected } => {
            let where_ = [place(in_record), short(message)];
            let stands = reader.phrase(Phrase::VoiceStands, &where_.each_ref().map(String::as_str));
            notes.push(match corrected {
                true => format!("{stands}; {}", reader.word(Term::VoiceCorrectedSince)),
                false => stands,
            });
        }
        VoiceStanding::Otherwise { message, in_record } => {
            let what = [short(message), place(in_record)];
            let what = what.each_ref().map(String::as_str);
            notes.push(reader.phrase(Phrase::VoiceMismatch, &what));
        }
        VoiceStanding::Ambiguous => notes.push(reader.word(Term::VoiceAmbiguous)),
    }
    for other in &state.contradicted_by {
        notes.push(reader.phrase(Phrase::VoiceContradiction, &[&format!("#{other}")]));
    }
    if let (Some(note), Some(form)) = (state.noted, state.text.noted_form()) {
        let answer = reader.phrase(Phrase::YourAnswer, &[&form.to_string()]);
        let became = reader.phrase(Phrase::SaidOf, &[&answer, &reader.word(noted(note))]);
        notes.push(match note {
            NoteState::WaitsForSignature => format!("{became}: `deconflict answer ID --noted`"),
            _ => became,
        });
    }
    notes.into_iter().map(|note| reader.line(note)).collect()
}

/// What became of an answer that was noted.
fn noted(note: NoteState) -> Term {
    match note {
        NoteState::WaitsForMessage => Term::NoteWaitsForMessage,
        NoteState::WaitsForSignature => Term::NoteWaitsForSignature,
        NoteState::Signed => Term::NoteSigned,
        NoteState::SignedOtherwise => Term::NoteSignedOtherwise,
        NoteState::Over => Term::NoteOver,
        NoteState::Mismatch => Term::NoteMismatch,
        NoteState::Corrected => Term::NoteCorrected,
    }
}

/// What a text form leaves out, and what it names that is not known here, in lines.
pub(super) fn gaps(
    reader: &Reader<'_>,
    left_out: &[ParameterName],
    unknown: &[ParameterName],
) -> Vec<String> {
    let listed = |names: &[ParameterName]| {
        let labels = names.iter().map(|name| reader.tongue().label(*name));
        labels.collect::<Vec<_>>().join(", ")
    };
    let all = [(Phrase::TextLeftOut, left_out), (Phrase::TextNotKnownHere, unknown)];
    let some = all.into_iter().filter(|(_, names)| !names.is_empty());
    some.map(|(how, names)| reader.line(reader.phrase(how, &[&listed(names)]))).collect()
}

/// A text that was read out, as a row.
pub(super) fn voice_row(at: &DeskSession, reader: &Reader<'_>, state: &VoiceState) -> Row {
    let notes = voice_notes(reader, state);
    let id = match state.contradicted_by.is_empty() {
        true => state.name.to_string(),
        false => voice_name(state),
    };
    match state.message(at.view(), at.party()) {
        Some(read) => {
            // It was heard here: what is waited for is that it is read back and answered.
            let mut heard = read.dialogue.clone();
            let own = heard.exchanges.get_mut(at.party());
            own.into_iter().for_each(|own| own.delivered = Some(heard.since));
            let mut row = Row::of(reader, voice_id(state.name), &heard);
            let gaps = gaps(reader, &read.left_out, &read.unknown);
            row.of = None;
            (row.cells[0], row.cells[4]) = (id, reader.cell([notes, gaps].concat().join("\n")));
            if state.standing != VoiceStanding::Unsigned || state.noted.is_some() {
                row.cells[5] = String::new();
            }
            row
        }
        None => {
            let who = format!("{}\n→ {}", state.text.from, at.party());
            let meant = reader.cell(reader.traffic(state.form.traffic));
            let what = reader.cell(voice_what(reader, state));
            let cells = [id, what, who, meant, reader.cell(notes.join("\n")), String::new()];
            Row { cells, says: String::new(), of: None }
        }
    }
}

/// A text that was read out, for scripts.
pub(super) fn voice_json(at: &DeskSession, reader: &Reader<'_>, state: &VoiceState) -> Value {
    let read = state.message(at.view(), at.party());
    let standing = match state.standing {
        VoiceStanding::Unsigned => json!({ "is": "unsigned" }),
        VoiceStanding::AsSigned { message, in_record, corrected } => json!({
            "is": "as-signed", "message": message, "in_record": in_record, "corrected": corrected,
        }),
        VoiceStanding::Otherwise { message, in_record } => {
            json!({ "is": "mismatch", "message": message, "in_record": in_record })
        }
        VoiceStanding::Ambiguous => json!({ "is": "ambiguous" }),
    };
    let note = state.noted.map(|note| match note {
        NoteState::WaitsForMessage => "waits-for-message",
        NoteState::WaitsForSignature => "waits-for-signature",
        NoteState::Signed => "signed",
        NoteState::SignedOtherwise => "signed-otherwise",
        NoteState::Over => "over",
        NoteState::Mismatch => "mismatch",
        NoteState::Corrected => "corrected",
    });
    json!({
        "number": state.text.number, "name": state.name.to_string(), "from": state.text.from,
        "text": state.text.text, "at": state.text.at, "traffic": state.form.traffic,
        "standing": standing, "contradicted_by": state.contradicted_by,
        "noted": state.text.noted_form().map(|form| form.to_string()), "note": note,
        "left_out": read.as_ref().map(|read| &read.left_out),
        "unknown": read.as_ref().map(|read| &read.unknown),
        "dialogue": read.as_ref().map(|read| dialogue_json(reader, voice_id(state.name), &read.dialogue)),
    })
}
