//! `deconflict inbox export`, `import`, `type-in` and `forget`: from desk to desk while there is no host.

use std::path::PathBuf;

use clap::Args;
use deconflict_core::{MessageId, PartyId, Say, Statement};
use deconflict_desk::VoiceState;
use deconflict_record::Hash;
use deconflict_words::{Reader, draft_lines, minutes, printable, short};
use serde_json::json;

use super::beside::{Beside, Naming};
use super::voice::{gaps, voice_json, voice_name, voice_notes, voice_what};
use crate::ask::confirm;
use crate::desk_client::{DeskArgs, DeskSession, FilingResult, FilingState, now};
use crate::options::{Answer, preferred_language};
use crate::outcome::{Failure, NONE, print, print_json, remark};
use crate::text::shown;

pub(super) const EXPORT_HELP: &str = "\
Examples:
  deconflict inbox export for-south.json 4be1c0ff
  deconflict inbox export for-north.json 4be1c0ff 9a01d2c3

Of each message goes what this desk signed about it and does not stand in the record yet: the message, or the answer
and the read-back. The other desk takes it in with `deconflict inbox import`. Who gets the file reads what it says.";

pub(super) const IMPORT_HELP: &str = "\
Example:
  deconflict inbox import from-north.json

Each must be signed by a key that this desk knows. It is shown in the inbox, and can be read back and answered; none of
it counts before it stands in the record. Whichever desk reaches the host first sends it, and it stands there once.";

pub(super) const TYPE_IN_HELP: &str = "\
Examples:
  deconflict inbox type-in --from north \"W4 R /EFW8T1YZ46 20400606T1200Z WEST COMMANDER 5XQZ /FNV7F4XBG7 8K2M\"
  deconflict inbox type-in --from south A R /FNV7F4XBG7 WILCO 20400606T1100Z 7T2P

Capitals and gaps do not matter. Check letters refuse a slip. Nobody signed what is typed in: it is kept apart, is no
receipt, and is compared with what stands in the record later.";

pub(super) const FORGET_HELP: &str = "\
Examples:
  deconflict inbox forget FNV7F4XBG7
  deconflict inbox forget FNV7F4XBG7#2

For what was read out wrongly, twice in other words, or is over. What was noted to it goes with it; what stands in the
record stays.";

#[derive(Args, Debug)]
pub(super) struct Export {
    /// The file to write
    file: PathBuf,
    /// The messages: their names, or the first digits of them
    #[arg(required = true, value_name = "ID")]
    messages: Vec<String>,
    /// The desk's folder
    #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
    desk: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct Import {
    /// The file to read
    file: PathBuf,
    /// The desk's folder
    #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
    desk: PathBuf,
    /// How to print what was taken
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

#[derive(Args, Debug)]
pub(super) struct TypeIn {
    /// The text, as it was read out
    #[arg(required = true, value_name = "TEXT")]
    text: Vec<String>,
    /// The party for whom it was read out
    #[arg(long, value_name = "PARTY")]
    from: PartyId,
    /// The language to show it in, such as fr or de-CH; else that of LANG
    #[arg(long, value_name = "TAG")]
    lang: Option<String>,
    /// The desk's folder
    #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
    desk: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

#[derive(Args, Debug)]
pub(super) struct Forget {
    /// The text: the ten characters that name its message, with `#` and a number where there are several
    #[arg(value_name = "ID")]
    text: String,
    /// The desk's folder
    #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
    desk: PathBuf,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) fn export(of: &Export) -> Result<u8, Failure> {
    let mut at = DeskArgs::without_line(&of.desk).open_even_caught()?;
    let beside = Beside::at(&at);
    let mut which: Vec<Hash> = Vec::new();
    for text in &of.messages {
        let Naming::Signed(id) = beside.named(text)? else {
            return Err(format!(
                "`{}`: it was read out, and nobody signed it: there is nothing to hand over",
                printable(text)
            )
            .into());
        };
        let known = beside.record.messages.get(&id);
        let all = known.iter().flat_map(|known| known.message.iter().chain(&known.said));
        let own: Vec<Hash> = all.filter(|one| one.ours).map(|one| one.statement).collect();
        // Where nothing of it waits here, the other desk may lack what the record had last.
        which.extend(if own.is_empty() { vec![id.0] } else { own });
    }
    let mut seen = std::collections::BTreeSet::new();
    which.retain(|one| seen.insert(*one));
    let before = said_before(&at, &which);
    let exported = at.access.export_statements(&of.file, &which, now());
    at.done(exported)?;
    let name = shown(&of.file);
    let noun = if which.len() == 1 { "statement" } else { "statements" };
    print(|out| {
        writeln!(
            out,
            "{name}: {} {noun}; who gets it reads what it says. The other desk takes it with `deconflict inbox import`.",
            which.len()
        )
    })?;
    if before > 0 {
        remark(&format!(
            "{before} that this key signed before waits here and is not in the file: the other desk can read and answer \
             what it gets, and send it once that stands in the record"
        ));
    }
    Ok(NONE)
}

/// How many of what waits here was signed before these, with the same keys.
fn said_before(at: &DeskSession, which: &[Hash]) -> usize {
    let queue = &at.status().queue;
    let before = |nth: usize| {
        queue[nth + 1..]
            .iter()
            .any(|later| which.contains(&later.statement) && later.key() == queue[nth].key())
    };
    let waits = |nth: &usize| queue[*nth].ours && !which.contains(&queue[*nth].statement);
    (0..queue.len()).filter(waits).filter(|nth| before(*nth)).count()
}

pub(super) fn import(of: &Import) -> Result<u8, Failure> {
    let mut at = DeskArgs::without_line(&of.desk).open()?;
    let taken = at.access.import_statements(&of.file, now());
    let taken = at.done(taken)?;
    let lang = preferred_language(None);
    match of.output {
        Answer::Json => {
            let all: Vec<_> = taken
                .iter()
                .map(|s| json!({"statement": s.hash, "party": s.party, "key": s.key, "say": s.say}))
                .collect();
            print_json(&json!({ "statements": all }))
        }
        Answer::Text => print(|out| {
            for statement in &taken {
                let reader = at.reader(&lang);
                let by = reader.key(&statement.key);
                writeln!(
                    out,
                    "{}: {} of {}, signed by {by}; the signature holds by a key of the record",
                    short(statement.hash),
                    what(&reader, statement),
                    statement.party
                )?;
            }
            writeln!(
                out,
                "Kept, and shown by `deconflict inbox`. None of it counts before it stands in the record."
            )
        }),
    }?;
    Ok(NONE)
}

fn what(reader: &Reader<'_>, statement: &Statement) -> String {
    match &statement.say {
        Say::Send { message, traffic: of, .. } => {
            format!("message {}, {}", message.code, reader.line(reader.traffic(*of)))
        }
        Say::Answer { message, answer } => {
            format!("answer {} to message {}", answer.answer, short(message))
        }
        Say::Receive { message, receipt, .. } => {
            let receipt = reader.line(reader.receipt(*receipt));
            format!("receipt {receipt} of message {}", short(message))
        }
        Say::Confirm { message, party } => {
            format!("confirmation of what {party} promised to message {}", short(message))
        }
        other => other.rules().word.to_owned(),
    }
}

pub(super) fn type_in(of: &TypeIn) -> Result<u8, Failure> {
    let mut at = DeskArgs::without_line(&of.desk).open_even_caught()?;
    let all: Vec<&str> = at
        .view()
        .parties
        .keys()
        .filter(|party| *party != at.party())
        .map(PartyId::as_str)
        .collect();
    if !all.contains(&of.from.as_str()) {
        return Err(format!("--from {}: must be one of {}", of.from, all.join(", ")).into());
    }
    let known: Vec<u64> = at.status().voice_texts.iter().map(|text| text.number).collect();
    let text = of.text.join(" ");
    let kept = at.access.type_in(&of.from, &text, now());
    let kept = at.done(kept)?;
    drop(at);
    let at = DeskArgs::without_line(&of.desk).open_even_caught()?;
    let beside = Beside::at(&at);
    let state = beside.voice.iter().find(|state| state.text.number == kept.number);
    let state = state.ok_or_else(|| "what was typed in cannot be read".to_owned())?;
    let lang = preferred_language(of.lang.as_deref());
    let reader = beside.reader(&at, &lang);
    match of.output {
        Answer::Json => print_json(&voice_json(&at, &reader, state)),
        Answer::Text => print(|out| {
            if known.contains(&kept.number) {
                let since = deconflict_core::Time::from_seconds(kept.at.seconds().cast_signed());
                writeln!(out, "Typed in already, at {}: it is kept once.", minutes(since.0))?;
            }
            voice_lines(&at, &reader, state).iter().try_for_each(|line| writeln!(out, "{line}"))
        }),
    }?;
    Ok(NONE)
}

/// A text that was read out, with what it says.
pub(super) fn voice_lines(
    at: &DeskSession,
    reader: &Reader<'_>,
    state: &VoiceState,
) -> Vec<String> {
    let mut lines = vec![format!(
        "read out {}: {}, {}, for {} by the word of whoever typed it in",
        voice_name(state),
        reader.line(voice_what(reader, state)),
        reader.line(reader.traffic(state.form.traffic)),
        state.text.from
    )];
    lines.push(format!("  text        {}", state.text.text));
    if let Some(read) = state.message(at.view(), at.party()) {
        let draft = draft_lines(reader, &read.dialogue);
        lines.extend(draft.into_iter().skip(1));
        lines.extend(
            gaps(reader, &read.left_out, &read.unknown).iter().map(|gap| format!("  {gap}")),
        );
    }
    lines.extend(voice_notes(reader, state).into_iter().map(|note| format!("  {note}")));
    lines.push("  Nobody signed this: it is no receipt, and permits nothing.".to_owned());
    lines
}

pub(super) fn forget(of: &Forget) -> Result<u8, Failure> {
    let mut at = DeskArgs::without_line(&of.desk).open_even_caught()?;
    let beside = Beside::at(&at);
    let state = beside.voice_named(&of.text)?;
    let (number, name) = (state.text.number, voice_name(state));
    let lang = preferred_language(None);
    let what = voice_what(&at.reader(&lang), state);
    confirm(
        &[format!("{name}: {what} for {}: {}", state.text.from, state.text.text)],
        "Forget this?",
        of.yes,
    )?;
    let forgotten = at.access.forget_voice_text(number);
    at.done(forgotten)?;
    print(|out| writeln!(out, "{name}: forgotten; what stands in the record stays"))?;
    Ok(NONE)
}

/// Where a message or what was said about it waits and the line is down: how it goes to the other desk all the same.
pub(super) fn hint(filed: &FilingResult, message: MessageId) {
    if matches!(filed.state, FilingState::Queued { .. }) {
        let id = short(message);
        remark(&format!(
            "kept, not sent (exit status 5): it goes once the line is back. Until then: `deconflict inbox export FILE {id}` hands it to the other desk \
             as a file, `deconflict inbox text {id}` prints it to be read out"
        ));
    }
}
