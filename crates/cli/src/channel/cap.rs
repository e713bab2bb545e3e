//! `deconflict inbox cap`: a hazard, a zone's status or a pause as an alert that other systems read (OASIS CAP 1.2).

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use deconflict_core::{
    Declaration, DeclarationId, Dialogue, Ledger, MessageId, MessageRemark, PassedOn, Time, Version,
};
use deconflict_formats::{
    CapAlert, CapArea, CapCategory, CapInfo, CapMessageType, CapReference, CapStatus, CapUrgency,
};
use deconflict_record::Hash;
use deconflict_vocabulary::{
    Attribute, Effect, Message, ObjectRef, ParameterName, Rendering, Term, Traffic, Translations,
    Value,
};
use deconflict_words::{Reader, bounded, rendered, rfc3339, short};

use super::references::message_named;
use crate::desk_client::{DeskArgs, DeskSession};
use crate::outcome::{Failure, NONE, print};
use crate::output::write_whole;

/// The codes that are written as alerts: they say of a place and a time what everybody there has to know.
const WRITTEN_CODES: [(&str, CapCategory); 3] =
    [("O6", CapCategory::Safety), ("Z4", CapCategory::Security), ("H1", CapCategory::Rescue)];
/// What begins within this is expected soon (CAP 1.2, section 3.2.2, `urgency`), in seconds.
const SOON_S: i64 = 3_600;
/// The longest headline in characters, of those that carry it furthest (CAP 1.2, section 3.2.2, `headline`).
const MOST_HEADLINE_CHARS: usize = 160;

pub(super) const HELP: &str = "\
Examples:
  deconflict inbox cap 4be1c0ff --out hazard.xml
  deconflict inbox cap 10cb9a3d

A correction (D6) of such a message is an update, its cancellation (D7) a cancel; both refer to what came before. An alert
never says that a danger is small, unlikely or over, and it is Restricted: for the parties, not for the public.

Exit status: 0 written; 2 the message is of another code, has no place that this desk knows, or was changed since.";

#[derive(Args, Clone, Debug)]
pub(super) struct CapArgs {
    /// The message, or the correction or cancellation of one: its name, or the first digits of it
    id: String,
    /// The file to write; else standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    desk: DeskArgs,
}

/// Writes the alert and returns the exit status.
pub(super) fn run(args: &CapArgs) -> Result<u8, Failure> {
    let mut at = args.desk.open()?;
    at.refresh()?;
    let id = message_named(at.view(), &args.id)?;
    let issue = Issue::of(at.view(), id)?;
    let alert = alert(&at, &issue)?;
    let bytes = alert.to_xml().map_err(|fault| {
        format!("message {}: cannot be written as an alert: {fault}", short(id))
    })?;
    match &args.out {
        Some(file) => write_whole(file, &bytes)?,
        None => print(|out| out.write_all(&bytes))?,
    }
    Ok(NONE)
}

/// What is issued: a message, or what its sender did to it since.
struct Issue<'a> {
    message_type: CapMessageType,
    category: CapCategory,
    /// The message that says so, and its name.
    id: MessageId,
    said: &'a Dialogue,
    /// The message that it is about, as it stands now.
    about: &'a Dialogue,
    /// It and its changes before this one, oldest first.
    earlier: Vec<(MessageId, &'a Dialogue)>,
}

impl<'a> Issue<'a> {
    /// What a message issues.
    ///
    /// # Errors
    /// When it is of another code, or something was said of it since: what it said then stands nowhere any more.
    fn of(view: &'a Ledger, id: MessageId) -> Result<Issue<'a>, String> {
        let said: &Dialogue = &view.dialogues[&id];
        let name = format!("message {}", short(id));
        let message_type = match said.code().row().effect {
            Effect::Corrects => CapMessageType::Update,
            Effect::Cancels => CapMessageType::Cancel,
            _ => CapMessageType::Alert,
        };
        let of = match message_type {
            CapMessageType::Alert => id,
            _ => said.spoken_of().unwrap_or(id),
        };
        let about: &Dialogue = view.dialogues.get(&of).ok_or_else(|| {
            format!("{name}: this desk does not have the message that it speaks of")
        })?;
        let code = about.code();
        let category = WRITTEN_CODES.iter().find(|(written, _)| *written == code.as_str());
        let Some((_, category)) = category else {
            let all = WRITTEN_CODES.map(|(written, _)| written).join(", ");
            return Err(format!(
                "{name}: {code} {} is not written as an alert: {all} are, and corrections and cancellations of these; \
                 `deconflict inbox sheet` makes a page of any message",
                code.row().title
            ));
        };
        let changes = changes(view, of, about);
        let own = changes.iter().position(|(change, _)| *change == id);
        if message_type != CapMessageType::Alert && own.is_none() {
            return Err(format!("{name}: it changed nothing, so there is nothing to issue"));
        }
        if let Some((later, change)) = changes[own.map_or(0, |own| own + 1)..].last() {
            return Err(format!(
                "{name}: {} {} was said since, and what was said before it stands nowhere any more: issue that one, \
                 {later}",
                change.code(),
                change.code().row().title,
            ));
        }
        let mut earlier = vec![(of, about)];
        earlier.extend(&changes[..own.unwrap_or(0)]);
        if message_type == CapMessageType::Alert {
            earlier.clear();
        }
        Ok(Issue { message_type, category: *category, id, said, about, earlier })
    }
}

/// The corrections and the cancellation of a message that took effect, in their order.
fn changes<'a>(
    view: &'a Ledger,
    of: MessageId,
    about: &Dialogue,
) -> Vec<(MessageId, &'a Dialogue)> {
    let took_effect = |change: &Dialogue| {
        matches!(change.code().row().effect, Effect::Corrects | Effect::Cancels)
            && change.spoken_of() == Some(of)
            && change.entries.first().is_some_and(|entry| about.entries.contains(entry))
    };
    let all = view.dialogues.iter().map(|(id, dialogue)| (*id, &**dialogue));
    let mut all: Vec<_> = all.filter(|(_, change)| took_effect(change)).collect();
    all.sort_by_key(|(_, change)| change.entries.first().copied());
    all
}

fn alert(at: &DeskSession, issue: &Issue<'_>) -> Result<CapAlert, Failure> {
    let Issue { message_type, id, said, about, .. } = issue;
    let times = entry_times(at)?;
    // When a message was taken in; a correction that opens it anew moves what its dialogue says of that.
    let sent_s = |dialogue: &Dialogue| {
        let entry = dialogue.entries.first().and_then(|entry| times.get(entry));
        entry.copied().unwrap_or(dialogue.since).seconds()
    };
    let space = &at.status().settings.space;
    let sender = format!("{}@{space}", about.sender);
    let reference = |(earlier, dialogue): &(MessageId, &Dialogue)| CapReference {
        sender: sender.clone(),
        identifier: earlier.to_string(),
        sent_s: sent_s(dialogue),
    };
    let place =
        place(at.view(), &about.message).map_err(|why| format!("message {}: {why}", short(id)))?;
    // Whoever has the alert of before would have two of one name that say two things.
    let is_other = place.at > said.since || place.ended.is_some();
    if is_other && *message_type != CapMessageType::Cancel {
        let became = if place.ended.is_some() { "is over" } else { "was changed" };
        return Err(format!(
            "message {}: what it speaks of {became} since it was sent, and nobody keeps where it was: no alert is \
             written of it. A new message says what holds now",
            short(id)
        )
        .into());
    }
    let period = period(&about.message, place);
    let info = |tag: &str| info(&at.reader(tag), issue, (place, period, sent_s(said)));
    let languages = Translations::shipped().all();
    Ok(CapAlert {
        identifier: id.to_string(),
        sender: sender.clone(),
        sent_s: sent_s(said),
        status: match about.traffic {
            Traffic::Real => CapStatus::Actual,
            Traffic::Exercise => CapStatus::Exercise,
            Traffic::Test => CapStatus::Test,
        },
        message_type: *message_type,
        restriction: format!(
            "For the parties to {space}, and for those of their own who have to know it for what they do. It is not for \
             the public."
        ),
        addresses: about.exchanges.keys().map(ToString::to_string).collect(),
        note: note(about, *message_type),
        references: issue.earlier.iter().map(reference).collect(),
        event_code: ("deconflict".to_owned(), about.code().as_str().to_owned()),
        infos: languages.map(|language| info(language.tag())).collect(),
        areas: areas(&at.reader("en"), place)?,
    })
}

/// When each entry that the party was given was taken in.
fn entry_times(at: &DeskSession) -> Result<BTreeMap<u64, Time>, Failure> {
    let mut times = BTreeMap::new();
    let mut from = 0;
    loop {
        let entries = at.done(at.access.entries(from))?;
        if entries.is_empty() {
            return Ok(times);
        }
        from += entries.len() as u64;
        let told =
            entries.into_iter().filter_map(|held| Some((held.index, held.content?.entry.at)));
        times.extend(told);
    }
}

/// What is to be known before the alert is read (CAP 1.2, section 3.2.1, `note`).
fn note(about: &Dialogue, message_type: CapMessageType) -> Option<String> {
    let traffic = match about.traffic {
        Traffic::Real => None,
        Traffic::Exercise => Some("EXERCISE. It belongs to an exercise and is not meant."),
        Traffic::Test => Some("TEST. It tries the line and is not meant."),
    };
    let taken_back = "Its sender took the message back. That permits nothing, and does not say that what it told of is over.";
    let taken_back = (message_type == CapMessageType::Cancel).then_some(taken_back);
    let entered = about.passed_on.map(|how| match how {
        PassedOn::Entered => "It was entered on its sender's behalf, which did not sign it.",
        PassedOn::Attested => "Its sender's gateway attested it; no person there signed it.",
    });
    // What is asked for is nothing that anybody may rely on.
    let asks =
        "It is asked for, and holds only as far as those who were asked agree to it in writing.";
    let asks = matches!(about.code().row().attribute, Attribute::AffirmNegative).then_some(asks);
    let all: Vec<&str> = traffic.into_iter().chain(taken_back).chain(entered).chain(asks).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

fn value<'m>(message: &'m Message, name: &str) -> Option<&'m Value> {
    message.parameters.get(&ParameterName::new(name)?)
}

/// The declaration whose volumes a message speaks of.
fn place<'a>(view: &'a Ledger, message: &Message) -> Result<&'a Declaration, String> {
    let mut volumes = message.parameters.values().filter_map(|value| match value {
        Value::Volumes(of) => Some(*of),
        _ => None,
    });
    let found = match (volumes.next(), value(message, "zone")) {
        (Some(version), _) => {
            let mut all = view.declarations.values();
            all.find(|known| known.version == Version(Hash(version.0))).ok_or(version)
        }
        (None, Some(Value::Reference(zone))) => {
            view.declarations.get(&DeclarationId(Hash(zone.0))).ok_or(*zone)
        }
        _ => return Err("it says no place, and an alert needs one".to_owned()),
    };
    found.map(|known| &**known).map_err(|of| {
        format!(
            "where {} is this desk was not told, or it was changed since and nobody keeps where it was: an alert needs \
             a place",
            of.short()
        )
    })
}

/// From when and until when, in seconds since 1970 began.
type Period = (Option<i64>, Option<i64>);

/// The period that a message says, or else that of its volumes: to their last end, and without one if one has none.
fn period(message: &Message, place: &Declaration) -> Period {
    let said = |name| match value(message, name) {
        Some(Value::Time(at)) => Some(at.seconds()),
        _ => None,
    };
    if let Some(from) = said("from") {
        return (Some(from), said("until"));
    }
    let volumes = place.declared.declared_volumes();
    let begins = volumes.iter().map(|volume| volume.from).collect::<Option<Vec<_>>>();
    let ends = volumes.iter().map(|volume| volume.until).collect::<Option<Vec<_>>>();
    let first = begins.and_then(|all| all.into_iter().min());
    let last = ends.and_then(|all| all.into_iter().max());
    // What ends within a second is not over before that is.
    let whole = |last: Time| last.seconds() + i64::from(last > Time::from_seconds(last.seconds()));
    (first.map(Time::seconds), last.map(whole))
}

/// How soon it begins. That something ends or is taken back says nothing of that.
fn urgency(issue: &Issue<'_>, onset_s: Option<i64>, sent_s: i64) -> CapUrgency {
    let applies = match value(&issue.about.message, "status") {
        Some(Value::Choice(status)) => status.as_str() == "applied",
        _ => true,
    };
    if issue.message_type == CapMessageType::Cancel || !applies {
        return CapUrgency::Unknown;
    }
    match onset_s {
        Some(onset_s) if onset_s > sent_s.saturating_add(SOON_S) => CapUrgency::Future,
        Some(onset_s) if onset_s > sent_s => CapUrgency::Expected,
        _ => CapUrgency::Immediate,
    }
}

/// All that a rendering says, with that nobody checked its language.
fn line(shown: &Rendering) -> String {
    let unchecked = shown.unchecked.as_deref().unwrap_or_default();
    rendered(format!("{} {unchecked}", shown.line()).trim_end())
}

fn info(
    reader: &Reader<'_>,
    issue: &Issue<'_>,
    (place, (onset_s, expires_s), sent_s): (&Declaration, Period, i64),
) -> CapInfo {
    let (tongue, about) = (reader.tongue(), issue.about);
    let shown = tongue.message(&about.message, reader);
    let event = rendered(shown.head.trim_end_matches(['.', '。']));
    let mut description = vec![line(&shown)];
    let mut head = format!("{} {}", about.code(), rendered(&shown.head));
    if issue.message_type != CapMessageType::Alert {
        let change = tongue.message(&issue.said.message, reader);
        description.insert(0, line(&change));
        head = format!("{} {} ({})", issue.said.code(), rendered(&change.head), head);
    }
    if about.traffic != Traffic::Real {
        let traffic = rendered(&tongue.traffic(about.traffic));
        head = format!("{traffic}: {head}");
        description.insert(0, traffic);
    }
    description.push(rendered(&tongue.term(Term::NotRecognition)));
    let mut parameters = vec![
        ("deconflict:precedence".to_owned(), issue.said.precedence.letter().to_string()),
        ("deconflict:version".to_owned(), ObjectRef(place.version.0.0).short().to_string()),
    ];
    if let Some(until) = issue.said.valid_until {
        parameters.push(("deconflict:valid-until".to_owned(), rfc3339(until.0)));
    }
    match &issue.said.remark {
        Some(MessageRemark::Open(remark)) => {
            parameters.push(("deconflict:remark".to_owned(), bounded(&remark.text)));
            let language = remark.language.as_str().to_owned();
            parameters.push(("deconflict:remark-language".to_owned(), language));
        }
        Some(MessageRemark::Sealed(_)) => {
            parameters.push(("deconflict:remark".to_owned(), "sealed, and left out".to_owned()));
        }
        None => {}
    }
    CapInfo {
        language: tongue.translation().tag().to_owned(),
        category: issue.category,
        event,
        urgency: urgency(issue, onset_s, sent_s),
        onset_s,
        expires_s,
        sender_name: reader.party(&about.sender),
        headline: head.chars().take(MOST_HEADLINE_CHARS).collect(),
        description: description.join("\n"),
        contact: Some(reader.contact(&about.sender)),
        parameters,
    }
}

/// A volume each, with all of it in words: holes, corridors and most heights are nothing that CAP can say.
fn areas(reader: &Reader<'_>, place: &Declaration) -> Result<Vec<CapArea>, String> {
    let name = reader.name(place.declared.name());
    let declared = place.declared.declared_volumes();
    let area = |volume: &deconflict_core::DeclaredVolume| {
        let meant = volume
            .volume()
            .map_err(|fault| format!("{name}: a volume cannot be drawn: {fault}"))?;
        let description = format!("{name}: {}", reader.language.volume(volume));
        Ok(CapArea { description, footprint: meant.footprint, band: meant.band })
    };
    declared.iter().map(area).collect()
}
