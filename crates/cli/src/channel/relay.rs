//! `deconflict relay`: a message passed on to a group without a desk, each step by the code that says it.

use clap::{ArgGroup, Args};
use deconflict_core::{Dialogue, Hop, Ledger, MessageId, PartyId};
use deconflict_record::Hash;
use deconflict_vocabulary::{Effect, ParameterName, Value};
use deconflict_words::{printable, short};

use super::references::message_named;
use super::say::SayCode;
use crate::desk_client::{DeskSession, SigningArgs, seconds};
use crate::outcome::Failure;

const HELP: &str = "\
Examples:
  deconflict relay 4be1c0ff --to-group \"Southern coast\" --to south
  deconflict relay 4be1c0ff --passed --means radio --how verbatim
  deconflict relay 4be1c0ff --reply will-comply --by=+90min
  deconflict relay 4be1c0ff --reply refuses
  deconflict relay 4be1c0ff --unable no-contact

ID is the message that is to be passed on, or the request to do so (Y1). --to-group asks for it (Y1); whoever was asked
answers that with `deconflict answer`, says by --passed that the group has it (Y2), by --reply what the group said (Y3), and
by --unable that it cannot reach it (Y4). That somebody passes it on is never the group's consent.

Exit status: as of `deconflict say`.";

/// Have a message passed on to a group without a desk, and say what became of it
#[derive(Args, Debug)]
#[command(after_help = HELP, group(ArgGroup::new("step").required(true)))]
pub(crate) struct RelayArgs {
    /// The message, or the request to pass it on: its name, or the first digits of it
    #[arg(value_name = "ID")]
    message: String,
    /// Ask that it be passed on to this group (Y1)
    #[arg(long, value_name = "GROUP", group = "step")]
    to_group: Option<String>,
    /// Whom to ask; if nobody is named, whoever says to speak for the group
    #[arg(long, value_name = "PARTY", value_delimiter = ',', requires = "to_group")]
    to: Vec<PartyId>,
    /// Wait until everybody who was asked has answered or not in time, or for so long: 90s, 30min, 2h
    #[arg(
        long, value_name = "TIME", num_args = 0..=1, require_equals = true, value_parser = seconds,
        requires = "to_group"
    )]
    wait: Option<Option<u64>>,
    /// Say that it was passed on (Y2)
    #[arg(long, group = "step", requires_all = ["means", "how"])]
    passed: bool,
    /// By what it was passed on: telephone, satellite-telephone, radio, video, in-person, written
    #[arg(long, value_name = "MEANS", requires = "passed")]
    means: Option<String>,
    /// Word by word or in summary: verbatim, summary
    #[arg(long, value_name = "HOW", requires = "passed")]
    how: Option<String>,
    /// Say what the group replied (Y3): will-comply, refuses, not-reached, denies-presence, denies-we-speak-for-it
    #[arg(long, value_name = "REPLY", group = "step")]
    reply: Option<String>,
    /// By when the group will comply
    #[arg(long, value_name = "TIME", requires = "reply", allow_hyphen_values = true)]
    by: Option<String>,
    /// When it was passed on, or when the group replied; else now
    #[arg(long, value_name = "TIME", conflicts_with_all = ["to_group", "unable"], allow_hyphen_values = true)]
    time: Option<String>,
    /// Say that it cannot be passed on, and why (Y4), such as no-contact
    #[arg(long, value_name = "REASON", group = "step")]
    unable: Option<String>,
    /// Of several groups that it is to be passed on to, which one
    #[arg(long, value_name = "GROUP", conflicts_with = "to_group")]
    group: Option<String>,
    #[command(flatten)]
    signing: SigningArgs,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(of: RelayArgs) -> Result<u8, Failure> {
    let at = of.signing.open()?;
    let (code, parameters) = said(&at, &of)?;
    // The desk is opened anew by what says it.
    drop(at);
    super::say::run(&SayCode::of(code, parameters, of.to, of.wait, of.signing))
}

/// The code that says this step, with its parameters as they would be typed.
fn said(at: &DeskSession, of: &RelayArgs) -> Result<(&'static str, Vec<String>), Failure> {
    let named = message_named(at.view(), &of.message)?;
    let time = of.time.as_deref().unwrap_or("now");
    let given = |name: &str, value: &Option<String>| {
        value.iter().map(|value| format!("{name}={value}")).collect::<Vec<_>>()
    };
    if let Some(group) = &of.to_group {
        let (message, _) = asked(at.view(), named).unwrap_or((named, String::new()));
        return Ok(("Y1", vec![format!("message={}", message.0), format!("group={group}")]));
    }
    let (message, group) = request(at, named, of)?;
    let to = vec![format!("message={}", message.0), format!("group={group}")];
    let (code, more) = if of.passed {
        let time = vec![format!("time={time}")];
        ("Y2", [time, given("means", &of.means), given("how", &of.how)].concat())
    } else if of.reply.is_some() {
        let time = vec![format!("time={time}")];
        ("Y3", [given("reply", &of.reply), given("by", &of.by), time].concat())
    } else {
        ("Y4", given("reason", &of.unable))
    };
    Ok((code, [to, more].concat()))
}

/// What a request to pass something on names: the message, and the group.
fn asked(view: &Ledger, id: MessageId) -> Option<(MessageId, String)> {
    let dialogue = view.dialogues.get(&id)?;
    if dialogue.code().row().effect != Effect::AsksRelay {
        return None;
    }
    let of = |name: &str| dialogue.message.parameters.get(&ParameterName::new(name)?);
    match (of("message")?, of("group")?) {
        (Value::Reference(message), Value::Name(group)) => {
            Some((MessageId(Hash(message.0)), group.clone()))
        }
        _ => None,
    }
}

/// The message and the group of the request that this party reports on.
///
/// # Errors
/// When nobody asked this party to pass that message on, or to several groups and none is named.
fn request(
    at: &DeskSession,
    named: MessageId,
    of: &RelayArgs,
) -> Result<(MessageId, String), Failure> {
    let (view, own) = (at.view(), at.party());
    let is_own = |dialogue: &Dialogue| dialogue.exchanges.contains_key(own);
    let requests = view.dialogues.iter().filter(|(_, dialogue)| is_own(dialogue));
    let requests = requests.filter_map(|(id, _)| Some((*id, asked(view, *id)?)));
    let is_meant = |group: &str| of.group.as_ref().is_none_or(|meant| meant == group);
    let mut found: Vec<(MessageId, String)> = requests
        .filter(|(id, (message, group))| (*id == named || *message == named) && is_meant(group))
        .map(|(_, found)| found)
        .collect();
    found.sort();
    found.dedup();
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(format!(
            "message {}: nobody asked {own} to pass it on{}: a request (Y1) asks for that: nothing was signed",
            short(named),
            of.group.iter().map(|group| format!(" to {}", printable(group))).collect::<String>()
        )
        .into()),
        several => {
            let groups: Vec<String> = several.iter().map(|(_, group)| printable(group)).collect();
            Err(format!(
                "message {}: it is to be passed on to several groups: give --group with one of {}: nothing was signed",
                short(named),
                groups.join(", ")
            )
            .into())
        }
    }
}

/// What whoever was asked to pass something on does next, as commands; none where nothing is missing.
pub(super) fn next_steps(id: MessageId, dialogue: &Dialogue, own: &PartyId) -> Vec<String> {
    let id = short(id);
    let unable = format!("`deconflict relay {id} --unable REASON` (Y4) where that cannot be");
    let passed = format!(
        "`deconflict relay {id} --passed --means MEANS --how verbatim` (Y2) once the group has it"
    );
    let steps = match dialogue.missing_hop(own) {
        None => return Vec::new(),
        Some(Hop::Answer) => vec![
            format!("`deconflict answer {id} WILCO by=TIME` that you will pass it on"),
            passed,
            unable,
        ],
        Some(Hop::PassOn) => vec![passed, unable],
        Some(Hop::Reply) => {
            vec![format!("`deconflict relay {id} --reply REPLY` (Y3) with what the group said")]
        }
    };
    let lines = steps.into_iter().map(|step| format!("  {step}"));
    [String::new(), "What comes next:".to_owned()].into_iter().chain(lines).collect()
}
