//! A message and what came of it in words. What the vocabulary says is said in the reader's own language.

use deconflict_core::{Dialogue, ExitObstacle, Lapse, MessageId, MessageRemark, PartyId, Time};
use deconflict_vocabulary::{
    Answer, Direction, Moment, ObjectRef, Precedence, Prose, Rendering, Term, Traffic, Value,
};

use super::conflict::cells;
use super::exchange::{exchange_rows, stands};
use super::figures::clock_apart;
use super::reader::long;
use super::shelf::shelved;
use crate::dialogue::{is_told, is_undelivered, next_due};
use crate::escape::{bounded, fitting, rendered};
use crate::reader::{Reader, aligned, at, short};

pub(super) type Rows = Vec<(&'static str, String)>;

pub(super) fn traffic(traffic: Traffic) -> &'static str {
    match traffic {
        Traffic::Real => "REAL",
        Traffic::Exercise => "EXERCISE",
        Traffic::Test => "TEST",
    }
}

pub(super) fn precedence(precedence: Precedence) -> &'static str {
    match precedence {
        Precedence::Flash => "FLASH",
        Precedence::Immediate => "IMMEDIATE",
        Precedence::Priority => "PRIORITY",
        Precedence::Routine => "ROUTINE",
    }
}

/// What falls due, as a thing that is waited for.
pub(super) fn due(lapse: Lapse) -> &'static str {
    match lapse {
        Lapse::NotDelivered => "delivery",
        Lapse::EveryDesk | Lapse::AlternatePath => "read-back",
        Lapse::NextLevel => "next level",
        Lapse::Reminder | Lapse::NextLineTest => "reminder",
        Lapse::NoAnswer | Lapse::NotReceived => "answer",
        Lapse::UndertakingOverdue => "what was promised",
        Lapse::NoReply => "the group's reply",
    }
}

/// What fell due, and what that means.
pub(super) fn lapsed(lapse: Lapse) -> &'static str {
    match lapse {
        Lapse::NotDelivered => "NOT DELIVERED, no desk of theirs has it",
        Lapse::EveryDesk => "read back by nobody, so every desk of theirs is to show it",
        Lapse::AlternatePath => "read back by nobody, so it is to go by their alternate path",
        Lapse::NextLevel => "not answered, so it goes to the next level",
        Lapse::Reminder => "not answered, they are reminded",
        Lapse::NextLineTest => "not answered, it is spoken of in the next line test",
        Lapse::NoAnswer => "NO ANSWER. This permits nothing",
        Lapse::NotReceived => "NOT RECEIVED, read back by nobody. That is no refusal",
        Lapse::UndertakingOverdue => "what they promised is OVERDUE",
        Lapse::NoReply => "the group's reply is missing, so it goes to the next level",
    }
}

/// `in 12 min`, or `now` where it has come.
fn until(reader: &Reader<'_>, time: Time) -> String {
    let ns = time.0.nanos().saturating_sub(reader.now.0.nanos());
    const MINUTE_NS: i64 = 60 * 1_000_000_000;
    match ns {
        ns if ns <= -MINUTE_NS => match -(ns / MINUTE_NS) {
            past if past < 120 => format!("{past} min ago"),
            past => format!("{} h {} min ago", past / 60, past % 60),
        },
        // Clocks of two machines are never the same to the second.
        ns if ns < 1_000_000_000 => "now".to_owned(),
        // Whole ones: nobody counts tenths of a minute.
        ns if ns < 2 * MINUTE_NS => format!("in {} s", ns / 1_000_000_000),
        ns if ns < 120 * MINUTE_NS => format!("in {} min", ns / MINUTE_NS),
        ns if ns < 1_440 * MINUTE_NS => {
            format!("in {} h {} min", ns / (60 * MINUTE_NS), ns / MINUTE_NS % 60)
        }
        ns => format!("in {}", long(ns)),
    }
}

/// An instant in UTC and local time, as messages say it.
pub(super) fn clock(reader: &Reader<'_>, time: Time) -> String {
    match Moment::from_seconds(time.seconds()) {
        Some(moment) => {
            let local_min = (reader.local_min)(moment.seconds());
            rendered(&reader.tongue().time(moment, local_min))
        }
        None => at(time),
    }
}

/// The same with how long that is from now.
pub(super) fn clock_and_span(reader: &Reader<'_>, time: Time) -> String {
    format!("{}, {}", clock(reader, time), until(reader, time))
}

/// One line of the vocabulary's, in a block of its language's direction: a terminal lays a line out by its first
/// letter else.
pub(super) fn block(shown: &Rendering, text: &str) -> String {
    let text = rendered(text);
    match shown.direction {
        Direction::LeftToRight => text,
        Direction::RightToLeft => format!("\u{2067}{text}\u{2069}"),
    }
}

/// A rendering, a line for each sentence; and that nobody checked its language.
pub(super) fn said(shown: &Rendering) -> Vec<String> {
    let head = format!("{} {}", shown.code, shown.head);
    let sentences = shown.parameters.iter().map(|parameter| parameter.sentence.as_str());
    let all = [head.as_str()].into_iter().chain(shown.in_answer_to.as_deref());
    let all = all.chain(sentences).chain(shown.endings.iter().map(String::as_str));
    all.chain(shown.unchecked.as_deref()).map(|text| block(shown, text)).collect()
}

/// The first value under a name, the others under nothing.
pub(super) fn under(rows: &mut Rows, name: &'static str, values: Vec<String>) {
    let mut name = Some(name);
    rows.extend(values.into_iter().map(|value| (name.take().unwrap_or_default(), value)));
}

/// The parameters of a message in one line.
pub(super) fn parameters(shown: &Rendering) -> String {
    let sentences: Vec<&str> =
        shown.parameters.iter().map(|parameter| parameter.sentence.as_str()).collect();
    rendered(&sentences.join(" "))
}

/// The addressees whose part the reader is to see in a row: of others than the reader it says to whom it went.
fn rows_of<'d>(reader: &Reader<'_>, dialogue: &'d Dialogue) -> Vec<&'d PartyId> {
    let all = dialogue.exchanges.keys();
    all.filter(|party| is_told(dialogue, reader.party, party)).collect()
}

/// A dialogue as a row: its name, what is said, from whom to whom, how urgent and whether meant, how it stands with
/// each addressee, and what falls due next.
pub(super) fn dialogue_row(reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> [String; 6] {
    let row = dialogue.code().row();
    let told = rows_of(reader, dialogue);
    let states: Vec<String> = told
        .iter()
        .map(|party| match dialogue.exchanges.len() {
            1 => stands(reader, dialogue, party),
            _ => format!("{party}: {}", stands(reader, dialogue, party)),
        })
        .collect();
    let next = told.iter().filter_map(|party| next_due(dialogue, party)).min();
    let states: Vec<String> = states.into_iter().chain(shelved(reader, id)).collect();
    let clock = dialogue.clock_ahead_s.map(|ahead_s| {
        format!(" (its clock {})", clock_apart(ahead_s).trim_end_matches(" the host's"))
    });
    let clock = clock.unwrap_or_default();
    [
        short(id),
        format!("{} {}", row.id, row.title),
        format!("{}{clock}\n→ {}", dialogue.sender, reader.parties(dialogue.exchanges.keys())),
        format!("{}\n{}", precedence(dialogue.precedence), traffic(dialogue.traffic)),
        states.join("\n"),
        next.map(|(at, lapse)| format!("{} {}", due(lapse), until(reader, at))).unwrap_or_default(),
    ]
}

/// What a message says, by its parameters, in so many columns.
pub(super) fn summary(reader: &Reader<'_>, dialogue: &Dialogue, columns: usize) -> String {
    let shown = reader.tongue().message(&dialogue.message, reader);
    match fitting(&parameters(&shown), columns) {
        text if text.is_empty() => text,
        text => block(&shown, &text),
    }
}

/// Whom its sender calls where no desk of theirs has it, and what is read out to them.
pub(super) fn undelivered(reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> Vec<String> {
    let mut to: Vec<&PartyId> = dialogue.exchanges.keys().collect();
    let sent = dialogue.sender == *reader.party;
    to.retain(|party| sent && is_undelivered(dialogue, party, reader.now));
    let line = |party: &&PartyId| {
        let (call, id) = (reader.contact(party), short(id));
        format!(
            "NOT DELIVERED to {party}: call {call}, and read out what `deconflict inbox text {id}` prints."
        )
    };
    to.iter().map(line).collect()
}

/// A remark: it is shown as it was written, and changes nothing.
pub(super) fn remark(prose: &Prose) -> String {
    let text = rendered(&format!("“\u{2068}{}\u{2069}”", bounded(&prose.text)));
    format!("{text} ({})", prose.language.as_str())
}

/// What lies in the way of whoever is asked to leave.
fn obstacle(reader: &Reader<'_>, of: &ExitObstacle) -> String {
    match of {
        ExitObstacle::Declaration(id) => match reader.view.declarations.get(id) {
            Some(known) => format!(
                "{} {} of {} ({})",
                known.declared.kind(),
                reader.text(known.declared.name()),
                known.owner,
                short(id)
            ),
            None => short(id),
        },
        ExitObstacle::Hazard(id) => super::message::named(reader, *id),
    }
}

/// What is said, by whom to whom, whether it is meant and how urgent it is.
fn message_rows(reader: &Reader<'_>, dialogue: &Dialogue) -> Rows {
    let tongue = reader.tongue();
    let shown = tongue.message(&dialogue.message, reader);
    let passed_on = if dialogue.passed_on { "; entered on its behalf" } else { "" };
    let to: Vec<String> = dialogue.exchanges.keys().map(|party| reader.party(party)).collect();
    let mut rows = vec![
        ("traffic", rendered(&tongue.traffic(dialogue.traffic))),
        ("precedence", rendered(&tongue.precedence(dialogue.precedence))),
        ("from", format!("{}{passed_on}", reader.party(&dialogue.sender))),
        ("to", to.join("; ")),
    ];
    if let Some(ahead_s) = dialogue.clock_ahead_s {
        let was = clock_apart(ahead_s);
        rows.push((
            "clock",
            format!("signed by one that was {was}: a time in it may be off by as much"),
        ));
    }
    under(&mut rows, "says", said(&shown));
    let in_the_way = reader.view.in_exit_sector(dialogue);
    if !in_the_way.is_empty() {
        let all: Vec<String> = in_the_way.iter().map(|one| obstacle(reader, one)).collect();
        let how = "towards where they are asked to leave lies what was declared";
        rows.push(("BEWARE", format!("{how}: {}", all.join("; "))));
    }
    if let Some(told) = &dialogue.by_cell {
        let names_it =
            dialogue.message.parameters.values().any(|value| matches!(value, Value::Reference(_)));
        let why = match names_it {
            true => "the sender sent it to others, and the addressee may see the place",
            false => "the place itself is not shared with the addressee",
        };
        let how = format!("by the host in the sender's name: {why}");
        rows.push(("told", format!("{how}. It lies in {}", cells(reader, &told.cells))));
    }
    match &dialogue.remark {
        Some(MessageRemark::Open(prose)) => rows.push(("remark", remark(prose))),
        Some(MessageRemark::Sealed(sealed)) => rows.push((
            "remark",
            format!(
                "SEALED, committed to as {}: `deconflict inbox open` opens it with a seal key",
                sealed.commitment
            ),
        )),
        None => {}
    }
    rows
}

/// By when each step is due, where an answer is asked for.
fn limit_rows(reader: &Reader<'_>, dialogue: &Dialogue) -> Rows {
    let mut rows = Rows::new();
    if let Some(until) = dialogue.valid_until {
        let over = if until < reader.now {
            format!(". {}", rendered(&reader.tongue().term(Term::OutOfDate)))
        } else {
            String::new()
        };
        rows.push(("valid until", format!("{}{over}", clock(reader, until))));
    }
    let allowed = dialogue.code().row().attribute.answers();
    if allowed.is_empty() {
        rows.push(("answers", "none is asked for".to_owned()));
        return rows;
    }
    let allowed: Vec<&str> = allowed.iter().map(|answer| answer.as_str()).collect();
    rows.push(("answers", allowed.join(", ")));
    let within = |seconds: u32| dialogue.since.after_seconds(seconds.into());
    rows.push(("read back by", clock_and_span(reader, within(dialogue.limits.read_back_s))));
    rows.push(("answer by", clock_and_span(reader, within(dialogue.limits.answered_s))));
    if let Some(asked) = dialogue.asked_by() {
        rows.push(("asked by", clock_and_span(reader, asked)));
    }
    if reader.is_too_short(dialogue) {
        let how = rendered(&reader.tongue().term(Term::TooShort)).to_uppercase();
        rows.push(("deadline", format!("{how}: nearer than an answer and the way together take")));
    }
    rows
}

/// A message as its sender reads it before signing.
pub(super) fn draft_lines(reader: &Reader<'_>, dialogue: &Dialogue) -> Vec<String> {
    let row = dialogue.code().row();
    let mut rows = message_rows(reader, dialogue);
    rows.extend(limit_rows(reader, dialogue));
    let mut lines = vec![format!("message {} {}", row.id, row.title)];
    lines.extend(aligned(&rows));
    lines
        .push("  Until somebody answers there is no answer. That would permit nothing.".to_owned());
    lines
}

/// An answer as its author reads it before signing, with all of what it answers.
pub(super) fn answer_lines(
    reader: &Reader<'_>,
    id: MessageId,
    dialogue: &Dialogue,
    answer: &Answer,
) -> Vec<String> {
    let tongue = reader.tongue();
    let mut rows = vec![
        ("traffic", rendered(&tongue.traffic(dialogue.traffic))),
        ("to", reader.party(&dialogue.sender)),
    ];
    under(&mut rows, "answer", said(&tongue.answer(answer, &dialogue.message, reader)));
    let name = answer.answer.as_str();
    let mut lines = vec![format!("answer {name} to message {}", short(id))];
    lines.extend(aligned(&rows));
    lines
}

/// What became of the whole message: whoever reads it must know before its text that it is taken back, says something
/// else than it did, or is over.
fn changed_rows(reader: &Reader<'_>, dialogue: &Dialogue) -> Rows {
    let mut rows = Rows::new();
    if let Some(cancelled) = dialogue.cancelled {
        let how = rendered(&reader.tongue().term(Term::Cancelled));
        rows.push(("TAKEN BACK", format!("{how}, {}", clock(reader, cancelled))));
    }
    if let Some(ended) = dialogue.ended {
        let how = "the owner of the place says that it is no longer being hit";
        rows.push(("ENDED", format!("{how}, {}", clock(reader, ended))));
    }
    // Its own entry comes first, and what takes it back or ends it last.
    let last = usize::from(dialogue.cancelled.is_some()) + usize::from(dialogue.ended.is_some());
    if dialogue.entries.len() > 1 + last {
        let how = rendered(&reader.tongue().term(Term::Corrected));
        rows.push(("CORRECTED", format!("{how}: what stands below is what it says since then")));
    }
    rows
}

/// A message and what came of it, in lines.
pub(super) fn dialogue_lines(
    reader: &Reader<'_>,
    id: MessageId,
    dialogue: &Dialogue,
) -> Vec<String> {
    let row = dialogue.code().row();
    let mut rows = changed_rows(reader, dialogue);
    rows.extend([("id", id.to_string()), ("read out", ObjectRef(id.0.0).short().to_string())]);
    rows.extend(message_rows(reader, dialogue));
    rows.push(("since", clock(reader, dialogue.since)));
    let tongue = reader.tongue();
    if let Some(nth) = reader.view.nth_request(id).filter(|nth| *nth > 1) {
        rows.push(("AGAIN", format!("{}: {nth}", rendered(&tongue.term(Term::Repeat)))));
    }
    rows.extend(limit_rows(reader, dialogue));
    if dialogue.is_incident_open() {
        let how = "open until the owner of the place says P7, whatever is answered";
        rows.push(("INCIDENT", how.to_owned()));
    }
    if reader.is_escalated(id, dialogue) {
        let how = rendered(&tongue.term(Term::Escalated));
        rows.push(("ESCALATED", format!("{how}: the watch desk reads it too")));
    }
    for silent in shelved(reader, id) {
        rows.push(("SHELVED", format!("{silent}; nobody else's sound, and no clock, stops")));
    }
    if *reader.party != dialogue.sender {
        let sender = &dialogue.sender;
        rows.push(("call", format!("{}: {}", reader.party(sender), reader.contact(sender))));
    }
    let entries: Vec<String> = dialogue.entries.iter().map(u64::to_string).collect();
    let noun = if entries.len() == 1 { "entry" } else { "entries" };
    rows.push(match entries.is_empty() {
        true => ("told by", "no entry of the record".to_owned()),
        false => ("told by", format!("{noun} {} of the record", entries.join(", "))),
    });
    let mut lines = vec![format!("message {}: {} {}", short(id), row.id, row.title)];
    lines.extend(aligned(&rows));
    for (party, exchange) in &dialogue.exchanges {
        lines.push(String::new());
        lines.push(format!("{}: {}", reader.party(party), stands(reader, dialogue, party)));
        if is_told(dialogue, reader.party, party) {
            lines.extend(aligned(&exchange_rows(reader, dialogue, (party, exchange))));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use deconflict_core::{Actor, Role, Sending};
    use deconflict_record::{Hash, KeyId};
    use deconflict_vocabulary::{LimitTable, ParameterName};
    use serde_json::json;

    use super::*;
    use crate::dialogue::waits_for;
    use crate::dialogue_summary;
    use crate::testing::{party, time, view};

    const SENT: &str = "2017-05-18T10:00:00Z";
    const ID: MessageId = MessageId(Hash([0xab; 32]));

    /// North asks south and aid to leave its zone.
    fn asked() -> Dialogue {
        let message = json!({"code": "W4", "parameters": {
            "zone": {"reference": "a".repeat(64)}, "by": {"time": "2017-05-18T14:00:00Z"},
            "exit_sector": {"choice": "west"}, "authority": {"choice": "duty"}}});
        let sending = Sending {
            message: serde_json::from_value(message).unwrap(),
            traffic: Traffic::Exercise,
            sender: party("north"),
            to: vec![party("south"), party("aid")],
            remark: None,
            valid_until: None,
            spoken_of: None,
        };
        Dialogue::begin(sending, &LimitTable::default(), time(SENT)).unwrap()
    }

    fn answered(dialogue: &mut Dialogue, name: &str, answer: serde_json::Value, at: &str) {
        let party = party(name);
        let key = KeyId(Hash([7; 32]));
        let actor = Actor { party: &party, key, role: Role::Person, signed: true };
        let answer: Answer = serde_json::from_value(answer).unwrap();
        dialogue.answer(&answer, &actor, time(at)).unwrap();
    }

    fn wilco() -> serde_json::Value {
        json!({"answer": "WILCO", "parameters": {"by": {"time": "2017-05-18T13:00:00Z"}}})
    }

    fn lines(dialogue: &Dialogue, name: &str, lang: &str, now: &str) -> String {
        let (view, reader) = (view(), party(name));
        let reader = Reader::new(&view, &reader, lang, time(now)).with_local_time(|_| 180);
        dialogue_lines(&reader, ID, dialogue).join("\n")
    }

    fn row(dialogue: &Dialogue, name: &str, now: &str) -> [String; 6] {
        let (view, reader) = (view(), party(name));
        dialogue_row(&Reader::new(&view, &reader, "en", time(now)), ID, dialogue)
    }

    #[test]
    fn a_silence_is_never_more_than_no_answer_and_a_late_answer_stands_beside_it() {
        let mut dialogue = asked();
        let south = party("south");
        dialogue.lapse(&south, Lapse::NoAnswer, time("2017-05-18T10:30:00Z"));
        let (silent, after) = (&dialogue, "2017-05-18T10:31:00Z");
        assert_eq!(row(silent, "south", after)[4], "south: No answer. This permits nothing.");
        assert!(waits_for(silent, &south, time(after)), "it can still be answered");
        let shown = lines(silent, "north", "en", after);
        assert!(shown.contains("south (The south): No answer. This permits nothing."), "{shown}");
        assert!(shown.contains("traffic       EXERCISE"), "{shown}");
        assert!(shown.contains("local time 2017-05-18 17:00 UTC+03:00), in 3 h 29 min"), "{shown}");
        assert!(shown.contains("call       +000 south"), "{shown}");
        answered(&mut dialogue, "south", wilco(), "2017-05-18T10:40:00Z");
        let shown = lines(&dialogue, "north", "en", "2017-05-18T10:41:00Z");
        for told in [
            "WILCO by 2017-05-18 13:00, late: to be done",
            "LATE: after the deadline, which stands beside it",
            "NO ANSWER. This permits nothing",
            "aid (The aid): past its time, not delivered yet, and no host has said so. No answer. This permits nothing.",
        ] {
            assert!(shown.contains(told), "{told}: {shown}");
        }
        dialogue.exchanges.get_mut(&south).unwrap().answers[0].passed_on = true;
        let shown = lines(&dialogue, "north", "en", "2017-05-18T10:41:00Z");
        assert!(shown.contains("; entered on its behalf"), "{shown}");
    }

    #[test]
    fn an_addressee_is_told_nothing_of_what_came_of_it_with_another() {
        let mut dialogue = asked();
        answered(&mut dialogue, "aid", wilco(), "2017-05-18T10:10:00Z");
        let south = lines(&dialogue, "south", "en", "2017-05-18T10:11:00Z");
        assert!(south.contains("aid (The aid): what came of it with them is not told"), "{south}");
        assert!(!south.contains("WILCO by 2017") && !south.contains("+000 aid"), "{south}");
        assert!(!row(&dialogue, "south", "2017-05-18T10:11:00Z")[4].contains("WILCO"));
        let host = lines(&dialogue, "host", "en", "2017-05-18T10:11:00Z");
        assert!(host.contains("WILCO by 2017-05-18 13:00: to be done"), "{host}");
    }

    #[test]
    fn an_answer_that_lapsed_is_not_shown_as_one_to_the_words_that_came_after_it() {
        let mut dialogue = asked();
        answered(&mut dialogue, "south", wilco(), "2017-05-18T10:10:00Z");
        let by = ParameterName::new("by").unwrap();
        let later = Value::Time(Moment::from_rfc3339("2017-05-18T16:00:00Z").unwrap());
        let at_later = time("2017-05-18T10:20:00Z");
        dialogue.correct(&party("north"), (by, later), &LimitTable::default(), at_later).unwrap();
        dialogue.entries = vec![1, 2];
        let shown = lines(&dialogue, "north", "en", "2017-05-18T10:21:00Z");
        let at = |word: &str| shown.find(word).unwrap_or_else(|| panic!("{word}: {shown}"));
        assert!(at("CORRECTED") < at("says "), "{shown}");
        let mut gone = dialogue.clone();
        gone.cancel(&party("north"), at_later).unwrap();
        let gone = lines(&gone, "south", "en", "2017-05-18T10:22:00Z");
        assert!(gone.lines().nth(1).is_some_and(|line| line.contains("TAKEN BACK")), "{gone}");
        assert!(shown.contains("LAPSED: it answered what the message said before"), "{shown}");
        assert!(!shown.contains("In answer to"), "{shown}");
        assert!(shown.contains("south (The south): open, not delivered yet"), "{shown}");
    }

    #[test]
    fn the_sender_is_told_whom_to_call_of_what_was_not_delivered_and_nobody_else() {
        let mut dialogue = asked();
        dialogue.lapse(&party("south"), Lapse::NotDelivered, time(SENT));
        let told = |dialogue: &Dialogue, name: &str| {
            let (view, reader) = (view(), party(name));
            undelivered(&Reader::new(&view, &reader, "en", time(SENT)), ID, dialogue)
        };
        assert_eq!(
            told(&dialogue, "north"),
            [
                "NOT DELIVERED to south: call +000 south, and read out what `deconflict inbox text abababab` prints."
            ]
        );
        assert!(told(&dialogue, "south").is_empty() && told(&dialogue, "host").is_empty());
        dialogue.exchanges.get_mut(&party("south")).unwrap().delivered = Some(time(SENT));
        assert!(told(&dialogue, "north").is_empty(), "it came late");
    }

    #[test]
    fn what_a_message_asks_for_fits_a_line() {
        let (view, reader) = (view(), party("south"));
        let of = |lang, columns| {
            dialogue_summary(&Reader::new(&view, &reader, lang, time(SENT)), &asked(), columns)
        };
        let whole = of("en", 200);
        assert!(whole.starts_with("Zone: ") && whole.contains("Leave towards: west."), "{whole}");
        assert!(of("en", 20).starts_with("Zone: ") && of("en", 20).chars().count() <= 20);
        let arabic = of("ar", 20);
        let turned = arabic.matches(['\u{2066}', '\u{2067}', '\u{2068}']).count();
        assert_eq!(turned, arabic.matches('\u{2069}').count(), "{arabic:?}");
    }

    #[test]
    fn a_message_stands_in_its_own_direction_and_its_language_is_marked() {
        let shown = lines(&asked(), "south", "ar", SENT);
        let head = shown.lines().find(|line| line.contains("says")).unwrap();
        assert!(
            head.contains("\u{2067}\u{2066}W4\u{2069} ") && head.ends_with('\u{2069}'),
            "{head:?}"
        );
        let unchecked =
            Reader::new(&view(), &party("south"), "ar", time(SENT)).tongue().unchecked();
        assert!(shown.contains(&unchecked), "{shown}");
        // What is called otherwise in the language that the reader prefers is so called.
        assert!(lines(&asked(), "south", "fr", SENT).contains("Garnison"));
    }

    #[test]
    fn what_is_less_than_a_second_away_is_now() {
        let (view, reader) = (view(), party("north"));
        let reader = Reader::new(&view, &reader, "en", time(SENT));
        let told = |millis: i64| until(&reader, time(SENT).after_millis(millis));
        assert_eq!(
            (told(-500), told(999), told(1_000)),
            ("now".into(), "now".into(), "in 1 s".into())
        );
    }
}
