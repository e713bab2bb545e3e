//! `deconflict answer`: an answer that a message's code allows.

use clap::Args;
use deconflict_core::{Actor, Dialogue, MessageId, Refusal, Role, Say, Time};
use deconflict_record::{Hash, KeyId};
use deconflict_vocabulary::{Answer, AnswerId};
use deconflict_words::{answer_lines, printable, short};

use super::codes;
use super::inbox::dialogue_named;
use super::say::{read, text_language};
use super::values::missing;
use crate::desk_client::{DeskSession, SigningArgs, now};
use crate::options::{preferred_language, words};
use crate::outcome::Failure;

const HELP: &str = "\
Examples:
  deconflict answer 4be1c0ff WILCO by=+20min
  deconflict answer 4be1c0ff STANDBY answer_by=+10min
  deconflict answer 4be1c0ff UNABLE reason=too-little-time
  deconflict answer 4be1c0ff not-ours
  deconflict answer 4be1c0ff

Without an answer it says which ones the message allows. An answer is a person's to give, and is shown with all of
what it answers before it is signed. STANDBY holds a message open once, and never beyond what is asked. That one has
read a message is no answer: `deconflict inbox read-back ID` says that.

Exit status: 0 taken in; 1 refused or not taken; 2 failure; 3 the host was caught.";

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
    #[command(flatten)]
    signing: SigningArgs,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(of: &Respond) -> Result<u8, Failure> {
    let mut at = of.signing.open()?;
    let lang = preferred_language(of.signing.lang.as_deref());
    let (id, dialogue) = dialogue_named(&at, &of.message)?;
    let answer = typed(&at, (id, dialogue), of, &lang)?;
    can_be_given(&at, (id, dialogue), &answer)?;
    let shown = answer_lines(&at.reader(&lang), id, dialogue, &answer);
    let say = Say::Answer { message: id, answer: Box::new(answer) };
    of.signing.sign(&mut at, "the answer", &shown, &say)
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
    let language = text_language(None, &at.reader(lang))?;
    let given = read(at, (row.id, row.parameters), &of.parameters, language)?;
    let lacks = missing(row.parameters, &given);
    if !lacks.is_empty() {
        let mut lines = vec![format!("{}: give {}", row.id, lacks.join(", "))];
        lines.extend(codes::answer_lines(answer));
        return Err(lines.into());
    }
    Ok(Answer { answer, parameters: given })
}

/// Whether an answer can be given now: what the host would refuse would stand in the record, without effect. Which key
/// signs, and what it is for, the host looks at.
fn can_be_given(
    at: &DeskSession,
    (id, dialogue): (MessageId, &Dialogue),
    answer: &Answer,
) -> Result<(), Failure> {
    let key: KeyId = KeyId(Hash([0; 32]));
    let actor = Actor { party: at.party(), key, role: Role::Person, signed: true };
    let now = Time::from_seconds(now().seconds().cast_signed());
    dialogue.clone().answer(answer, &actor, now).map_err(|fault| {
        let why = words().refusal(&Refusal::Channel { fault });
        Failure::from(format!("message {}: {}: nothing was signed", short(id), printable(&why)))
    })
}
