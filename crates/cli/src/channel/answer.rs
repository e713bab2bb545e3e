//! `deconflict answer`: an answer that a message's code allows.

use clap::Args;
use deconflict_core::{Dialogue, MessageId, Receipt, Say};
use deconflict_desk::{VoiceState, noted_form, voice_id};
use deconflict_record::Hash;
use deconflict_vocabulary::{Answer, AnswerId, NamedTextForm, Parameters, TextForm, spelled};
use deconflict_words::{Reader, answer_lines, printable, short};
use serde_json::json;

use super::behalf::{BehalfArgs, Speaker};
use super::beside::{Beside, Naming};
use super::codes;
use super::overlaps::{how_answered, overlap_named};
use super::say::{read, text_language};
use super::text::Script;
use super::values::{missing, times_from_now};
use super::voice::{gaps, voice_name};
use super::without_host::hint;
use crate::ask::confirm;
use crate::desk_client::{DeskSession, SigningArgs, now};
use crate::options::{Answer as Output, preferred_language};
use crate::outcome::{Failure, KEPT, NONE, print, print_json, remark};

const HELP: &str = "\
Examples:
  deconflict answer 4be1c0ff WILCO by=+20min
  deconflict answer 4be1c0ff STANDBY answer_by=+10min
  deconflict answer 4be1c0ff UNABLE reason=too-little-time
  deconflict answer 4be1c0ff not-ours
  deconflict answer 4be1c0ff
  deconflict answer FNV7F4XBG7 WILCO by=+20min
  deconflict answer FNV7F4XBG7 --noted
  deconflict answer 9a01d2c3 ROGER --for aid --means \"telephone, 07:10\"

Without an answer it says which ones the message allows. An answer is a person's to give, and is shown with all of
what it answers before it is signed. STANDBY holds a message open once, and never beyond what is asked. That one has
read a message is no answer: `deconflict inbox read-back ID` says that.
With --for the watch desk enters the answer that a party told it by voice or mail, with --attest a gateway passes on the one
that its party gave elsewhere: of L and O codes, and ROGER, but to no P or W code. Its own operator's answer takes its place.

Exit status: 0 taken in; 1 refused or not taken, or answered already; 2 failure; 3 the host was caught; 5 kept, not
sent: it does not stand in the record yet, or was only noted.";

/// Answer a message of the channel
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(crate) struct Respond {
    /// The message: its name, or the first digits of it
    #[arg(value_name = "ID")]
    message: String,
    /// The answer, such as WILCO or not-ours
    #[arg(value_name = "ANSWER")]
    answer: Option<String>,
    /// Its parameters, such as by=+20min
    #[arg(value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// Sign the answer that was noted when the message was read out
    #[arg(long, conflicts_with_all = ["answer", "on_behalf", "attest"])]
    noted: bool,
    #[command(flatten)]
    behalf: BehalfArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(of: &Respond) -> Result<u8, Failure> {
    let mut at = of.signing.open()?;
    let lang = preferred_language(of.signing.lang.as_deref());
    let beside = Beside::at(&at);
    let named = beside.named(&of.message);
    if let (Err(_), Some((found, _))) = (&named, overlap_named(&at, &of.message)) {
        return Err(how_answered(found).into());
    }
    let id = match named? {
        Naming::Signed(id) if of.behalf.is_given() => {
            let to = (id, beside.dialogue(id)?);
            let say = for_another(&at, &beside.reader(&at, &lang), to, of)?;
            return filed(&mut at, id, &say, &[], of);
        }
        Naming::Signed(id) => id,
        Naming::Voice(state) if of.behalf.is_given() => {
            return Err(format!(
                "{}: it was read out, and nobody signed it: nothing is entered or attested to it",
                voice_name(state)
            )
            .into());
        }
        Naming::Voice(state) => {
            let number = state.text.number;
            let noted = to_note(&at, &beside, state, of, &lang)?;
            return note(&mut at, number, &noted, of);
        }
    };
    let dialogue = beside.dialogue(id)?;
    beside.may_be_answered(id)?;
    let noted = beside.noted(id);
    let (answer, instead_of) = match (of.noted, noted) {
        (true, Some((_, Some(_)))) if Beside::is_to_other_words(&at, id, dialogue) => {
            return Err(format!(
                "message {}: NOT SIGNED: the message was corrected since your answer was signed to it: read it, and \
                 answer it as it is now",
                short(id)
            )
            .into());
        }
        (true, Some(noted)) => noted,
        (true, None) => return Err(beside.nothing_noted(&beside.reader(&at, &lang), id).into()),
        (false, noted) => {
            let answer = typed(&at, (id, dialogue), of, &lang)?;
            if let Some((noted, _)) = noted.filter(|(noted, _)| *noted != answer) {
                remark(&format!(
                    "another answer was noted and read back: {}. Call {}: they wait for that one",
                    noted.answer, dialogue.sender
                ));
            }
            (answer, None)
        }
    };
    // What was said to the message under its other name goes with this answer, whichever it is.
    let before: Vec<Hash> = beside.said_before_anew(id).iter().map(|(name, _)| *name).collect();
    if instead_of.is_some() && is_given(&at, dialogue, &answer) {
        forget(&mut at, &before)?;
        print(|out| writeln!(out, "message {}: that answer is given already", short(id)))?;
        return Ok(NONE);
    }
    Speaker::of(&at, &of.behalf)?.may_answer((id, dialogue), &answer, at.reader("").now)?;
    let read_back = instead_of.and_then(|_| read_back_anew(&at, &beside, (id, dialogue)));
    let mut shown = answer_lines(&beside.reader(&at, &lang), id, dialogue, &answer);
    shown.extend(times_from_now(&of.parameters, &answer.parameters));
    shown.extend(beside.lines(&beside.reader(&at, &lang), id));
    shown.extend(beside.changes(id));
    if read_back.is_some() {
        shown.push(
            "  Signed with it: a person has read this message, as you said of it under its other name."
                .to_owned(),
        );
    }
    let say = Say::Answer { message: id, answer: Box::new(answer) };
    confirm(&shown, "Sign this?", of.signing.yes)?;
    if let Some(say) = read_back {
        at.file(&say, of.signing.validity.until_of(&say, at.now())?)?;
    }
    filed(&mut at, id, &say, &before, of)
}

/// Signs an answer and tells what became of it; what it takes the place of is forgotten.
fn filed(
    at: &mut DeskSession,
    id: MessageId,
    say: &Say,
    before: &[Hash],
    of: &Respond,
) -> Result<u8, Failure> {
    let filed = at.file(say, of.signing.validity.until_of(say, at.now())?)?;
    forget(at, before)?;
    // What is passed on for another goes to the host alone.
    if !of.behalf.is_given() {
        hint(&filed, id);
    }
    filed.print("the answer", of.signing.output).map(|_| filed.status_of_said())
}

/// The answer that another one gave by voice or elsewhere, confirmed as it will be read.
fn for_another(
    at: &DeskSession,
    reader: &Reader<'_>,
    (id, dialogue): (MessageId, &Dialogue),
    of: &Respond,
) -> Result<Say, Failure> {
    let speaker = Speaker::of(at, &of.behalf)?;
    if !at.view().dialogues.contains_key(&id) {
        return Err(format!(
            "message {}: it does not stand in the record yet: nothing is entered or attested to it before: nothing was \
             signed",
            short(id)
        )
        .into());
    }
    let answer = typed(at, (id, dialogue), of, reader.lang)?;
    speaker.may_answer((id, dialogue), &answer, reader.now)?;
    let mut shown = answer_lines(reader, id, dialogue, &answer);
    shown.extend(times_from_now(&of.parameters, &answer.parameters));
    shown.extend(speaker.lines(reader, true));
    confirm(&shown, "Sign this?", of.signing.yes)?;
    Ok(speaker.says(Say::Answer { message: id, answer: Box::new(answer) }))
}

/// Whether the party has given this answer, as where this was ended before it could forget what it took the place of.
fn is_given(at: &DeskSession, dialogue: &Dialogue, answer: &Answer) -> bool {
    let given = dialogue.exchanges.get(at.party()).into_iter().flat_map(|own| &own.answers);
    given.into_iter().any(|given| !given.lapsed && given.answer == *answer)
}

/// The read-back that was signed to a message under its other name, to this one.
fn read_back_anew(
    at: &DeskSession,
    beside: &Beside,
    (id, dialogue): (MessageId, &Dialogue),
) -> Option<Say> {
    let own = dialogue.exchanges.get(at.party())?;
    let said = |say: &Say| match say {
        Say::Receive { receipt: Receipt::ReadBack, shown_in, .. } => Some(shown_in.clone()),
        _ => None,
    };
    let shown_in = beside.said_before_anew(id).iter().find_map(|(_, say)| said(say))?;
    let say = Say::Receive { message: id, receipt: Receipt::ReadBack, shown_in };
    own.read_back.is_none().then_some(say)
}

fn forget(at: &mut DeskSession, all: &[Hash]) -> Result<(), Failure> {
    for one in all {
        let dismissed = at.access.dismiss(*one);
        at.done(dismissed)?;
    }
    Ok(())
}

/// What is meant to be answered to what was read out, and how it is read back.
struct NewNote {
    answer: Answer,
    form: TextForm,
    /// What it answers.
    to: String,
    shown: Vec<String>,
}

/// The answer to a text that was read out.
fn to_note(
    at: &DeskSession,
    beside: &Beside,
    state: &VoiceState,
    of: &Respond,
    lang: &str,
) -> Result<NewNote, Failure> {
    let name = voice_name(state);
    if of.noted {
        return Err(format!(
            "{name}: it was read out, and its message is not here as it was signed: there is nothing to sign yet"
        )
        .into());
    }
    if let Some(other) = state.contradicted_by.first() {
        return Err(format!(
            "{name}: #{other} was read out under the same name and says otherwise: call, find out which one is meant, \
             and forget the other with `deconflict inbox forget`"
        )
        .into());
    }
    let Some(read) = state.message(at.view(), at.party()) else {
        return Err(format!("{name}: it is an answer, which is not answered").into());
    };
    let id = voice_id(state.name);
    let answer = typed(at, (id, &read.dialogue), of, lang)?;
    Speaker::of(at, &of.behalf)?.may_answer((id, &read.dialogue), &answer, at.reader("").now)?;
    let form = noted_form(&state.form, state.name, &answer)
        .ok_or_else(|| format!("{name}: this answer has no text form"))?;
    let reader = beside.reader(at, lang);
    let mut shown = answer_lines(&reader, id, &read.dialogue, &answer);
    shown.extend(times_from_now(&of.parameters, &answer.parameters));
    shown.extend(
        gaps(&reader, &read.left_out, &read.unknown).into_iter().map(|gap| format!("  {gap}")),
    );
    shown.push(
        "  Nobody signed what this answers: it is noted and read back, and not signed.".to_owned(),
    );
    Ok(NewNote { answer, form, to: name, shown })
}

/// Keeps an answer to what was read out, and prints how it is read back.
fn note(at: &mut DeskSession, number: u64, new: &NewNote, of: &Respond) -> Result<u8, Failure> {
    confirm(&new.shown, "Note this, to be read back?", of.signing.yes)?;
    let kept = at.access.note_answer(number, &new.answer, now());
    at.done(kept)?;
    let text = new.form.to_string();
    let lang = preferred_language(of.signing.lang.as_deref());
    match of.signing.output {
        Output::Json => print_json(&json!({
            "noted": text, "number": number, "spelled": spelled(&text), "signed": false,
        })),
        Output::Text => {
            let script = Script {
                what: format!("Noted, not signed: answer {} to {}", new.answer.answer, new.to),
                form: NamedTextForm { form: new.form.clone(), name: None },
            };
            let lines = script.lines(&at.reader(&lang), at.party().as_str());
            print(|out| {
                lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
                writeln!(
                    out,
                    "Once the message stands here as it was signed, `deconflict answer {} --noted` signs this.",
                    new.to.split('#').next().unwrap_or_default()
                )
            })
        }
    }?;
    remark("kept, not signed and not sent: nobody has this answer before it is read back");
    Ok(KEPT)
}

/// The answer that was typed.
fn typed(
    at: &DeskSession,
    (id, dialogue): (MessageId, &Dialogue),
    of: &Respond,
    lang: &str,
) -> Result<Answer, Failure> {
    let allowed = dialogue.code().row().attribute.answers();
    let listed: Vec<String> = allowed.iter().copied().map(codes::with_parameters).collect();
    let listed = if listed.is_empty() { "no answer at all".into() } else { listed.join(", ") };
    let of_message = format!("message {} ({})", short(id), dialogue.code());
    let Some(name) = &of.answer else {
        return Err(format!("{of_message} is answered by one of: {listed}").into());
    };
    let plain = name.trim().to_ascii_uppercase().replace(['-', '_'], " ");
    let Some(answer) = AnswerId::new(&plain).filter(|answer| allowed.contains(answer)) else {
        return Err(format!(
            "{of_message} is not answered by `{}`: it must be one of: {listed}",
            printable(name)
        )
        .into());
    };
    let row = answer.row();
    let given = worded(at, answer, &of.parameters, lang)?;
    let lacks = missing(row.parameters, &given);
    if !lacks.is_empty() {
        let mut lines = vec![format!("{}: give {}", row.id, lacks.join(", "))];
        lines.extend(codes::answer_lines(answer));
        return Err(lines.into());
    }
    Ok(Answer { answer, parameters: given })
}

/// What an answer takes, as far as it was typed: each as `NAME=VALUE`.
///
/// # Errors
/// Each that cannot be read: which, what was given, what it may be.
pub(super) fn worded(
    at: &DeskSession,
    answer: AnswerId,
    typed: &[String],
    lang: &str,
) -> Result<Parameters, Failure> {
    let row = answer.row();
    let language = text_language(None, &at.reader(lang))?;
    read(at, (row.id, row.parameters), typed, language)
}
