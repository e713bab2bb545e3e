//! `deconflict say`: a code of the vocabulary with its parameters, to whom it goes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use deconflict_core::{ChannelFault, Dialogue, MessageId, MessageRemark, PartyId, Sending, Time};
use deconflict_desk::PartyEntry;
use deconflict_record::Hash;
use deconflict_vocabulary::{
    CodeId, Effect, LanguageTag, LimitTable, Message, ParameterName, Parameters, Prose, Traffic,
    Value, is_of_bounded_length, stripped,
};
use deconflict_words::{Reader, dialogue_json, draft_lines, printable, remark_line};
use serde_json::json;

use super::addressees::{proposed, spoken_of};
use super::behalf::{BehalfArgs, Speaker};
use super::faults::unsigned;
use super::references::evidence_named;
use super::sealed::sealed;
use super::unseen;
use super::values::{Scope, missing, parameters, times_from_now};
use super::without_host::hint;
use super::{codes, wait};
use crate::ask::confirm;
use crate::desk_client::{DeskSession, FilingResult, FilingState, SigningArgs, seconds};
use crate::input::bytes_of;
use crate::options::{Answer, preferred_language, words};
use crate::outcome::{Failure, NONE, print_json, remark};
use crate::text::shown;

const HELP: &str = "\
Examples:
  deconflict say --list
  deconflict say W4 --help-code
  deconflict say W4 --to south zone=\"Deconfliction zone\" by=+3h exit_sector=west authority=commander
  deconflict say P3 movement=\"Convoy 7\" time=now status=departed
  deconflict say D7 message=4be1c0ff --yes
  deconflict say W4 --to south zone=fa534aeb by=+90min exit_sector=west authority=duty --wait=20min
  deconflict say P3 movement=\"Convoy 7\" time=now status=departed --for aid --means \"telephone, 07:10\"

What is about to be said is shown as readers will have it, with to whom it goes, how urgent it is and by when
it is to be answered. What is counted from now is shown as the instant that is signed: a deadline (by, until) is rounded
up to the whole minute, and what is said in seconds is not rounded.
Nobody chooses how urgent a message is: its code and the time that is left say so.
A code without an answer permits nothing: silence is NO ANSWER.
The host reads a remark, unless it is sealed (--sealed), which takes that each party it is for has declared recipients
(`deconflict seal-key`). Codes and parameters are never sealed: the host keeps their rules.
With a host that is gone the message is kept, and `deconflict inbox export` hands it to the other desk as a file;
`deconflict inbox text` prints it to be read out.
With --for the watch desk enters what a party told it by voice or mail, with --attest a gateway passes on what its party
said elsewhere. Readers see which; the party's own key overrides it. Some codes only its own operator signs.

Exit status: 0 taken in (with --wait: all have answered); 1 not taken, or with --wait somebody answered by a
refusal (UNABLE, NEGATIVE); 2 failure; 3 the host was caught; 4 with --wait: somebody has not answered; 5 kept, not
sent: it does not stand in the record yet.";

/// Say a code of the channel's vocabulary to other parties
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(crate) struct SayCode {
    /// The code, such as W4
    #[arg(value_name = "CODE")]
    code: Option<String>,
    /// Its parameters, such as by=+30min
    #[arg(value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// List all codes
    #[arg(long)]
    list: bool,
    /// Say what the code asks for, who sends it to whom and how it is answered
    #[arg(long)]
    help_code: bool,
    /// To whom; if nobody is named, whom the code names
    #[arg(long, value_name = "PARTY", value_delimiter = ',')]
    to: Vec<PartyId>,
    /// Words beside the message, which change nothing of what it says. Other users of this machine may see them among its
    /// processes: --remark-file keeps them from that
    #[arg(long, value_name = "TEXT", group = "words_beside")]
    remark: Option<String>,
    /// The same from a file; - reads standard input, and needs --yes
    #[arg(long, value_name = "FILE", group = "words_beside")]
    remark_file: Option<PathBuf>,
    /// Seal the remark: only operators and the archive of this party and of those it goes to read it, not the host
    #[arg(long, requires = "words_beside")]
    sealed: bool,
    /// The language of the remark and of texts; else that of --lang or LANG
    #[arg(long, value_name = "TAG")]
    remark_lang: Option<String>,
    /// Whether it is meant; else as the message that it speaks of, and real
    #[arg(long, value_enum)]
    traffic: Option<TrafficKind>,
    /// Wait until everybody has answered or not in time, or for so long: 90s, 30min, 2h
    #[arg(
        long, value_name = "TIME", num_args = 0..=1, require_equals = true, value_parser = seconds,
        conflicts_with = "on_behalf"
    )]
    wait: Option<Option<u64>>,
    #[command(flatten)]
    behalf: BehalfArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

impl SayCode {
    /// A code with these parameters to these parties, as if it were typed; to nobody: to whom the code names.
    pub(super) fn of(
        code: &str,
        parameters: Vec<String>,
        to: Vec<PartyId>,
        wait: Option<Option<u64>>,
        signing: SigningArgs,
    ) -> SayCode {
        SayCode {
            code: Some(code.to_owned()),
            parameters,
            list: false,
            help_code: false,
            to,
            remark: None,
            remark_file: None,
            sealed: false,
            remark_lang: None,
            traffic: None,
            wait,
            behalf: BehalfArgs::default(),
            signing,
        }
    }
}

/// Whether a message is meant.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum TrafficKind {
    /// It is meant
    Real,
    /// It belongs to an exercise
    Exercise,
    /// It tries the line
    Test,
}

impl From<TrafficKind> for Traffic {
    fn from(kind: TrafficKind) -> Traffic {
        match kind {
            TrafficKind::Real => Traffic::Real,
            TrafficKind::Exercise => Traffic::Exercise,
            TrafficKind::Test => Traffic::Test,
        }
    }
}

impl SayCode {
    /// The remark as it is signed, if there is one.
    ///
    /// # Errors
    /// When its file cannot be read or is no text, or nothing but blanks is in it.
    fn remark(&self) -> Result<Option<String>, Failure> {
        let from_file = self.remark_file.as_deref().map(|path| {
            let bytes = bytes_of(path)?;
            let text = String::from_utf8(bytes);
            text.map_err(|_| format!("{}: is no text in UTF-8: nothing was signed", shown(path)))
        });
        let text = from_file.transpose()?.or_else(|| self.remark.clone());
        text.map(|text| remark_text(&text)).transpose()
    }
}

/// Runs the command and returns the exit status.
pub(crate) fn run(of: &SayCode) -> Result<u8, Failure> {
    let output = of.signing.output;
    let Some(code) = of.code.as_deref().filter(|_| !of.list) else {
        // A script whose code came out empty is told so, and not that all is well.
        let sends = !of.to.is_empty()
            || of.remark.is_some()
            || of.remark_file.is_some()
            || of.wait.is_some()
            || of.behalf.is_given()
            || of.signing.yes;
        if sends && !of.list {
            return Err("say: which code? `deconflict say --list` lists them: nothing was sent"
                .to_owned()
                .into());
        }
        return codes::list(output);
    };
    let code = codes::named(code)?;
    if of.help_code {
        codes::explain(code, output)?;
        return Ok(NONE);
    }
    if let Some(why) = codes::not_said_here(code.row()) {
        return Err(why.into());
    }
    let (at, filed) = signed(code, of)?;
    let lang = preferred_language(of.signing.lang.as_deref());
    match of.wait {
        None => filed.print("the message", output).map(|_| filed.status_of_said()),
        Some(most) => waited(at, &filed, most.map(Duration::from_secs), (&lang, output)),
    }
}

/// Shows what is to be said, asks, signs and files it: the desk, and what became of it.
///
/// # Errors
/// When it cannot be said, or nobody agrees to sign it.
pub(super) fn signed(code: CodeId, of: &SayCode) -> Result<(DeskSession, FilingResult), Failure> {
    let mut at = of.signing.open()?;
    let lang = preferred_language(of.signing.lang.as_deref());
    let language = text_language(of.remark_lang.as_deref(), &at.reader(&lang))?;
    let speaker = Speaker::of(&at, &of.behalf)?;
    speaker.may_send(code)?;
    let message = message(&at, code, of, language.clone())?;
    let (say, draft, within) = drafted(&at, (of, &speaker), message, language)?;
    let say = deconflict_core::Say::Send {
        message: Box::new(say.message),
        to: say.to.into_iter().collect(),
        traffic: say.traffic,
        remark: say.remark,
    };
    let say = speaker.says(say);
    let valid_until = of.signing.validity.until_of(&say, at.now())?;
    let until = valid_until.map(|until| Time::from_seconds(until.seconds().cast_signed()));
    let clock_ahead_s = at.status().clock_ahead_s;
    let draft = Dialogue { valid_until: until, clock_ahead_s, ..draft };
    let mut shown = draft_lines(&at.reader(&lang), &draft);
    let to = draft.exchanges.keys().cloned().collect();
    shown.extend(unseen::lines(at.view(), &draft.message, &to)?);
    if let Some(within) = &within {
        shown.push(format!(
            "  To be sealed, not read by the host: {}",
            remark_line(words(), within)
        ));
    }
    shown.extend(times_from_now(&of.parameters, &draft.message.parameters));
    shown.extend(speaker.lines(&at.reader(&lang), false));
    confirm(&shown, "Sign and send this?", of.signing.yes)?;
    let filed = at.file(&say, valid_until)?;
    // What is passed on for another goes to the host alone.
    if speaker.signs_itself() {
        hint(&filed, MessageId(filed.statement));
    }
    Ok((at, filed))
}

/// The language of what is typed freely.
pub(super) fn text_language(
    asked: Option<&str>,
    reader: &Reader<'_>,
) -> Result<LanguageTag, Failure> {
    let tag = |text: &str| LanguageTag::new(&text.to_ascii_lowercase());
    match asked {
        Some(asked) => tag(asked).ok_or_else(|| {
            format!(
                "--remark-lang `{}`: must be a language's tag such as en or zh-hans",
                printable(asked)
            )
            .into()
        }),
        None => tag(reader.lang)
            .or_else(|| tag(reader.tongue().translation().tag()))
            .ok_or_else(|| "give --remark-lang with a language's tag such as en".to_owned().into()),
    }
}

/// The message that was typed.
fn message(
    at: &DeskSession,
    code: CodeId,
    of: &SayCode,
    language: LanguageTag,
) -> Result<Message, Failure> {
    let row = code.row();
    let given = read(at, (row.id, row.parameters), &of.parameters, language)?;
    let lacks = missing(row.parameters, &given);
    if !lacks.is_empty() {
        codes::explain(code, Answer::Text)?;
        return Err(format!("{}: give {}", row.id, lacks.join(", ")).into());
    }
    Message::new(code, given).map_err(|fault| {
        let wanted = row.parameter(fault.parameter.as_str());
        let may = wanted.map(|wanted| super::values::described(wanted.kind)).unwrap_or_default();
        Failure::from(format!("{fault}: it is {may}"))
    })
}

/// The parameters that were typed, read at this desk.
pub(super) fn read(
    at: &DeskSession,
    (of, wanted): (&str, &'static [deconflict_vocabulary::Parameter]),
    typed: &[String],
    language: LanguageTag,
) -> Result<Parameters, Failure> {
    let entry = |index: u64| entry_named(at, index);
    let now_s = at.now().seconds().cast_signed();
    let scope = Scope { view: at.view(), now_s, language, entry: &entry };
    parameters(of, wanted, typed, &scope)
}

/// What an entry of the record is called: its statement, or what the record commits to where the host found it.
fn entry_named(at: &DeskSession, index: u64) -> Option<Hash> {
    let name = |held: PartyEntry| match held.content.map(|content| content.entry.what) {
        Some(deconflict_core::What::Accepted(said) | deconflict_core::What::Refused(said, _)) => {
            said.hash
        }
        _ => held.commitment,
    };
    let mut from = 0;
    loop {
        let entries = at.access.entries(from).ok()?;
        if entries.is_empty() {
            return None;
        }
        from += entries.len() as u64;
        if let Some(found) = entries.into_iter().find(|held| held.index == index) {
            return Some(name(found));
        }
    }
}

/// What is sent, to whom, and what becomes of it if it is taken in now.
fn drafted(
    at: &DeskSession,
    (of, speaker): (&SayCode, &Speaker),
    message: Message,
    language: LanguageTag,
) -> Result<(Sending, Dialogue, Option<Prose>), Failure> {
    let own = &speaker.party;
    let other = spoken_of(at.view(), &message);
    let as_other = other.map(|dialogue| dialogue.traffic);
    speaker.may_say(at, &message, other)?;
    let traffic = of.traffic.map(Traffic::from).or(as_other).unwrap_or(Traffic::Real);
    let to: BTreeSet<PartyId> = match of.to.is_empty() {
        true => proposed(at.view(), own, &message, traffic)?,
        false => of.to.iter().cloned().collect(),
    };
    for party in &to {
        if !at.view().parties.contains_key(party) || party == own {
            let all = at.view().parties.keys().filter(|known| *known != own);
            let all: Vec<&str> = all.map(PartyId::as_str).collect();
            return Err(format!("--to {party}: must be one of {}", all.join(", ")).into());
        }
    }
    // Of some codes the host refuses nothing, so that nobody stands in their way: whoever types is held to it here.
    let rule = at.view().addressees(own, &message, traffic).ok().flatten();
    if let Some(rule) = rule.filter(|rule| rule.all && !rule.parties.is_subset(&to)) {
        let missing: Vec<&str> = rule.parties.difference(&to).map(PartyId::as_str).collect();
        return Err(format!(
            "{}: it goes to {} as well: name them with --to, or leave --to out: nothing was signed",
            message.code,
            missing.join(", ")
        )
        .into());
    }
    let remark = of.remark()?.map(|text| Prose { text, language });
    let now = Time::from(at.now());
    let is_none = |remark: &Prose| !is_of_bounded_length(&remark.text);
    if remark.as_ref().is_some_and(is_none) {
        return Err(unsigned(message.code.as_str(), ChannelFault::Remark {}));
    }
    if of.sealed && !speaker.signs_itself() {
        return Err(format!(
            "--sealed: a sealed remark is never entered or attested for {own}: nobody else could hold it to what it says: \
             nothing was signed"
        )
        .into());
    }
    if let Some((name, _)) = evidence_named(&message).filter(|_| speaker.is_entered()) {
        return Err(format!(
            "{name}: a sealed file is committed to by the desk that sealed it, and no file that this one seals for {own} would              open as {own}'s: leave it out, and say in a remark how the file came: nothing was signed"
        )
        .into());
    }
    let within = remark.clone().filter(|_| of.sealed);
    let remark = match remark {
        Some(prose) if of.sealed => {
            Some(MessageRemark::Sealed(sealed(at, to.iter().cloned(), &prose)?))
        }
        open => open.map(MessageRemark::Open),
    };
    let sending = Sending {
        message,
        traffic,
        sender: own.clone(),
        to: to.into_iter().collect(),
        remark,
        valid_until: None,
        spoken_of: other.map(|dialogue| dialogue.as_spoken_of()),
    };
    let fault = |fault: ChannelFault| unsigned(sending.message.code.as_str(), fault);
    if as_other.is_some_and(|as_other| as_other != traffic) {
        return Err(fault(ChannelFault::OtherTraffic {}));
    }
    if let Some(other) = other {
        takes_effect(other, own, &sending.message, now).map_err(fault)?;
    }
    let begun = Dialogue::begin(sending.clone(), &LimitTable::default(), now).map_err(fault)?;
    begun.can_be_meant(now).map_err(fault)?;
    let draft = Dialogue { passed_on: speaker.passed_on(), ..begun };
    Ok((sending, draft, within))
}

/// A remark as it is signed, without blanks around it.
///
/// # Errors
/// When nothing else is in it.
fn remark_text(typed: &str) -> Result<String, Failure> {
    let text = stripped(typed);
    if text.is_empty() {
        return Err("--remark: there are only blanks in it: write what is to stand beside the message, or leave \
                    --remark out: nothing was signed"
            .to_owned()
            .into());
    }
    Ok(text)
}

/// Whether what a message does to the one that it speaks of can be done: what the host would refuse would stand in the
/// record, without effect.
fn takes_effect(
    other: &Dialogue,
    own: &PartyId,
    message: &Message,
    now: Time,
) -> Result<(), ChannelFault> {
    let mut after = other.clone();
    let given = |name: &str| message.parameters.get(&ParameterName::new(name)?);
    match message.code.row().effect {
        Effect::Cancels => after.cancel(own, now),
        Effect::Corrects => match (given("field"), given("new_value")) {
            (Some(Value::Field(field)), Some(new)) => {
                after.correct(own, (*field, new.clone()), &LimitTable::default(), now).map(drop)
            }
            _ => Ok(()),
        },
        Effect::BreaksPromise if !after.break_promise(own) => Err(ChannelFault::NothingToKeep {}),
        _ => Ok(()),
    }
}

/// Says what became of a message and waits for its answers.
fn waited(
    at: DeskSession,
    filed: &FilingResult,
    most: Option<Duration>,
    (lang, output): (&str, Answer),
) -> Result<u8, Failure> {
    if output == Answer::Text {
        filed.print("the message", output)?;
    }
    let id = MessageId(filed.statement);
    let (status, at) = match &filed.state {
        FilingState::Accepted { .. } => wait::until_answered(at, id, most, (lang, output))?,
        FilingState::Queued { .. } | FilingState::Kept { .. } => {
            remark("nobody was waited for: the message does not stand in the record yet");
            (filed.status_of_said(), at)
        }
        FilingState::Refused { .. } | FilingState::NotTaken { .. } => (filed.status(), at),
    };
    if output == Answer::Json {
        let reader = at.reader(lang);
        let dialogue = at.view().dialogues.get(&id);
        let dialogue = dialogue.map(|dialogue| dialogue_json(&reader, id, dialogue));
        let mut told = serde_json::to_value(filed).map_err(|error| error.to_string())?;
        told["dialogue"] = json!(dialogue);
        print_json(&told)?;
    }
    Ok(status)
}
