//! `deconflict inbox sheet`: a page to read a message or an answer out from, and to read it back.

use std::path::PathBuf;

use clap::Args;
use deconflict_core::{AnswerEntry, Dialogue, MessageId, MessageRemark, PartyId, PassedOn, Time};
use deconflict_sheet::{ReadBackSheet, SheetLanguage, SheetText, html, pdf};
use deconflict_vocabulary::{
    Direction, Moment, NamedTextForm, ObjectRef, Rendering, Term, TextForm, Traffic, Translations,
    spelled,
};
use deconflict_words::{Reader, bounded, printable, rendered, short};

use super::beside::{Beside, Naming};
use crate::desk_client::DeskArgs;
use crate::options::preferred_language;
use crate::outcome::{Failure, NONE};
use crate::output::write_whole;

pub(super) const HELP: &str = "\
Examples:
  deconflict inbox sheet 4be1c0ff --pdf sheet.pdf --lang ru
  deconflict inbox sheet 4be1c0ff --pdf sheet.pdf --lang ar
  deconflict inbox sheet 4be1c0ff --html sheet.html --lang zh
  deconflict inbox sheet 4be1c0ff --pdf answer.pdf --answer south

A PDF has Latin, Greek, Cyrillic and Arabic letters. The page of HTML is for every language: it holds all that it shows and
asks the network for nothing; open it in a browser and print it, or save it as PDF there.";

#[derive(Args, Clone, Debug)]
pub(super) struct SheetArgs {
    /// The message: its name, or the first digits of it
    id: String,
    /// The PDF to write, in Latin, Greek, Cyrillic and Arabic letters
    #[arg(long, value_name = "FILE", required_unless_present = "html")]
    pdf: Option<PathBuf>,
    /// The page of HTML to write, in every language: any browser prints it or saves it as PDF
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// A sheet of the last answer that this party gave
    #[arg(long, value_name = "PARTY")]
    answer: Option<String>,
    /// The language of who reads it, such as fr or ar; English stands beside it; else that of LANG
    #[arg(long, value_name = "TAG")]
    lang: Option<String>,
    #[command(flatten)]
    desk: DeskArgs,
}

/// Writes the sheet and returns the exit status.
pub(super) fn run(args: &SheetArgs) -> Result<u8, Failure> {
    let mut at = args.desk.open()?;
    at.refresh()?;
    let beside = Beside::at(&at);
    let Naming::Signed(id) = beside.named(&args.id)? else {
        return Err(format!(
            "`{}`: it was read out, and nobody signed it: `deconflict inbox text` says what was noted to it",
            printable(&args.id)
        )
        .into());
    };
    let dialogue = beside.dialogue(id)?;
    let lang = preferred_language(args.lang.as_deref());
    let given = args.answer.as_deref().map(|party| answer_of(id, dialogue, party)).transpose()?;
    let readers = (beside.reader(&at, &lang), beside.reader(&at, "en"));
    let mut sheet = sheet(&readers, (id, dialogue, given))?;
    let standing = beside.lines(&readers.1, id).into_iter().filter(|line| !line.is_empty());
    let standing = standing.map(|line| ("NOTE".to_owned(), line.trim().to_owned()));
    sheet.facts.extend(standing);
    if let Some(file) = &args.pdf {
        let bytes =
            pdf(&sheet).map_err(|fault| format!("message {}: {fault}: --html FILE", short(id)))?;
        write_whole(file, &bytes)?;
    }
    if let Some(file) = &args.html {
        write_whole(file, html(&sheet).as_bytes())?;
    }
    Ok(NONE)
}

/// The last answer of a party.
fn answer_of<'d>(
    id: MessageId,
    dialogue: &'d Dialogue,
    party: &str,
) -> Result<(&'d PartyId, &'d AnswerEntry), String> {
    let known = dialogue.exchanges.iter().find(|(known, _)| known.as_str() == party);
    let Some((party, exchange)) = known else {
        let all: Vec<&str> = dialogue.exchanges.keys().map(PartyId::as_str).collect();
        return Err(format!(
            "message {}: --answer `{}`: it did not go to that party: it went to {}",
            short(id),
            printable(party),
            all.join(", ")
        ));
    };
    let given = exchange.answers.last().ok_or_else(|| {
        format!("message {}: --answer {party}: this desk has no answer of that party", short(id))
    })?;
    Ok((party, given))
}

type Subject<'d> = (MessageId, &'d Dialogue, Option<(&'d PartyId, &'d AnswerEntry)>);

fn sheet(
    (own, english): &(Reader<'_>, Reader<'_>),
    subject: Subject<'_>,
) -> Result<ReadBackSheet, Failure> {
    let (id, dialogue, given) = subject;
    let render = |reader: &Reader<'_>| match given {
        Some((_, given)) => reader.tongue().answer(&given.answer, &dialogue.message, reader),
        None => reader.tongue().message(&dialogue.message, reader),
    };
    let translation = own.tongue().translation();
    let (shown, beside) = (render(own), render(english));
    let beside = (translation.tag() != "en").then_some(beside);
    let code = dialogue.code();
    let reference = ObjectRef(id.0.0);
    let (title, form) = match given {
        Some((party, given)) => (
            format!(
                "Read-back sheet: {} of {party} to {code} {}",
                given.answer.answer.as_str(),
                code.row().title
            ),
            TextForm::of_answer(dialogue.traffic, &reference, &given.answer),
        ),
        None => (
            format!("Read-back sheet: {code} {}", code.row().title),
            TextForm::of_message(dialogue.traffic, &dialogue.message),
        ),
    };
    let form = form.map_err(|fault| format!("message {}: {fault}", short(id)))?;
    // An answer says within its text form what it answers.
    let name = given.is_none().then(|| reference.short());
    let named = NamedTextForm { form, name };
    let whole = named.to_string();
    let fields = whole.split(' ').map(str::to_owned).zip(spelled(&whole));
    let texts = Texts { shown: &shown, beside: beside.as_ref() };
    Ok(ReadBackSheet {
        title,
        not_meant: not_meant(own, dialogue.traffic),
        language: SheetLanguage {
            tag: translation.tag().to_owned(),
            name: translation.name().to_owned(),
            right_to_left: translation.direction() == Direction::RightToLeft,
        },
        facts: facts(english, subject),
        head: texts.head(),
        parameters: texts.parameters(),
        endings: texts.endings(own),
        left_out: named.form.left_out().map(|name| english.tongue().label(name)).collect(),
        text_form: fields.collect(),
        rules: vec![
            "Read each line out; the other side reads it back; tick what was read back as it stands here. After a slip, \
             begin the line anew."
                .to_owned(),
            "That it was received or read back is no answer, no consent and no recognition. No answer permits nothing."
                .to_owned(),
        ],
        signers: vec!["Read out by".to_owned(), "Read back by".to_owned()],
    })
}

/// The kind of traffic in the reader's language and in English, where it is not meant.
fn not_meant(own: &Reader<'_>, traffic: Traffic) -> Option<String> {
    let of = |tongue: deconflict_vocabulary::Tongue<'_>| rendered(&tongue.traffic(traffic));
    let (own, english) = (of(own.tongue()), of(Translations::shipped().of_tag("en")));
    match traffic {
        Traffic::Real => None,
        _ if own == english => Some(own),
        _ => Some(format!("{own} · {english}")),
    }
}

/// An instant in UTC and local time, as messages say it.
fn clock(reader: &Reader<'_>, time: Time) -> String {
    match Moment::from_seconds(time.seconds()) {
        Some(moment) => {
            rendered(&reader.tongue().time(moment, (reader.local_min)(moment.seconds())))
        }
        None => deconflict_words::minutes(time.0),
    }
}

/// Who said something, and how it was said on its behalf.
fn whose(by: String, passed_on: Option<PassedOn>) -> String {
    match passed_on {
        None => by,
        Some(PassedOn::Entered) => format!("{by}; ENTERED ON ITS BEHALF, not signed by it"),
        Some(PassedOn::Attested) => {
            format!("{by}; ATTESTED BY ITS GATEWAY, not signed by a person")
        }
    }
}

fn facts(reader: &Reader<'_>, (id, dialogue, given): Subject<'_>) -> Vec<(String, String)> {
    let tongue = reader.tongue();
    let to: Vec<String> = dialogue.exchanges.keys().map(|party| reader.party(party)).collect();
    let reference = ObjectRef(id.0.0).short().to_string();
    let mut facts = vec![
        ("Message", format!("{reference}: {}", spelled(&reference).join(" "))),
        ("Whole name", id.to_string()),
        ("Traffic", rendered(&tongue.traffic(dialogue.traffic))),
        ("Precedence", rendered(&tongue.precedence(dialogue.precedence))),
        ("From", whose(reader.party(&dialogue.sender), dialogue.passed_on)),
        ("To", to.join("; ")),
        (
            if dialogue.reopened.is_some() { "Corrected" } else { "Sent" },
            clock(reader, dialogue.since),
        ),
    ];
    if let Some((party, given)) = given {
        let of = format!("{}, {}", reader.party(party), reader.key(&given.key));
        facts.push(("Answer of", whose(of, given.passed_on)));
        facts.push(("Answered", clock(reader, given.at)));
        if given.lapsed {
            facts.push((
                "LAPSED",
                "it answered what the message said before it was corrected".to_owned(),
            ));
        }
        if given.late {
            facts.push(("LATE", "it came after the deadline, which stands beside it".to_owned()));
        }
    } else if !dialogue.code().row().attribute.answers().is_empty() {
        let within = |seconds: u32| clock(reader, dialogue.since.after_seconds(seconds.into()));
        let allowed = dialogue.code().row().attribute.answers();
        let allowed: Vec<&str> = allowed.iter().map(|answer| answer.as_str()).collect();
        facts.push(("Read back by", within(dialogue.limits.read_back_s)));
        facts.push(("Answer by", within(dialogue.limits.answered_s)));
        facts.push(("Answers", allowed.join(", ")));
    }
    if let Some(until) = dialogue.valid_until {
        facts.push(("Valid until", clock(reader, until)));
    }
    if let Some(cancelled) = dialogue.cancelled {
        facts.push(("TAKEN BACK", clock(reader, cancelled)));
    }
    match dialogue.remark.as_ref().filter(|_| given.is_none()) {
        Some(MessageRemark::Open(remark)) => {
            let text = rendered(&format!("“\u{2068}{}\u{2069}”", bounded(&remark.text)));
            facts.push(("Remark", format!("{text} ({}). It changes nothing.", remark.language)));
        }
        Some(MessageRemark::Sealed(_)) => {
            let left_out = "sealed, and left out: whom it is for opens it. It changes nothing.";
            facts.push(("Remark", left_out.to_owned()));
        }
        None => {}
    }
    let own_message = dialogue.sender == *reader.party;
    let called: Vec<&PartyId> = match own_message {
        true => dialogue.exchanges.keys().collect(),
        false => vec![&dialogue.sender],
    };
    for party in called {
        facts.push(("Call", format!("{}: {}", reader.party(party), reader.contact(party))));
    }
    let entries: Vec<String> = dialogue.entries.iter().map(u64::to_string).collect();
    if !entries.is_empty() {
        facts.push(("In the record", format!("entry {}", entries.join(", "))));
    }
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What is said in the reader's language, and beside it in English unless it is that.
struct Texts<'a> {
    shown: &'a Rendering,
    beside: Option<&'a Rendering>,
}

impl Texts<'_> {
    fn text(&self, of: impl Fn(&Rendering) -> (String, String)) -> SheetText {
        let (label, text) = of(self.shown);
        SheetText { label, text, english: self.beside.map(of) }
    }

    fn head(&self) -> Vec<SheetText> {
        let mut all =
            vec![self.text(|of| (String::new(), rendered(&format!("{} {}", of.code, of.head))))];
        if self.shown.in_answer_to.is_some() {
            let asked = |of: &Rendering| rendered(of.in_answer_to.as_deref().unwrap_or_default());
            all.push(self.text(|of| (String::new(), asked(of))));
        }
        all
    }

    fn parameters(&self) -> Vec<SheetText> {
        let one = |nth: usize| {
            self.text(|of| {
                // Both are of one message, so they have the same parameters.
                let given = of.parameters.get(nth);
                given
                    .map(|given| (rendered(&given.label), rendered(&given.value)))
                    .unwrap_or_default()
            })
        };
        (0..self.shown.parameters.len()).map(one).collect()
    }

    fn endings(&self, own: &Reader<'_>) -> Vec<SheetText> {
        let one = |nth: usize| {
            self.text(|of| {
                (String::new(), of.endings.get(nth).map(|text| rendered(text)).unwrap_or_default())
            })
        };
        let mut all: Vec<SheetText> = (0..self.shown.endings.len()).map(one).collect();
        let english = Translations::shipped().of_tag("en");
        let standing = |text: String, beside: String| SheetText {
            label: String::new(),
            text: rendered(&text),
            english: self.beside.is_some().then(|| (String::new(), rendered(&beside))),
        };
        let term = Term::NotRecognition;
        all.push(standing(own.tongue().term(term), english.term(term)));
        if self.shown.unchecked.is_some() {
            all.push(standing(own.tongue().unchecked(), english.unchecked()));
        }
        all
    }
}
