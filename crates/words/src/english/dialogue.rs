//! A message and what came of it in words. What the vocabulary says is said in the reader's own language.

use deconflict_core::{Dialogue, ExitObstacle, MessageId, MessageRemark, PartyId};
use deconflict_vocabulary::{
    Answer, AnswerId, Direction, Message, ObjectRef, Phrase, Prose, Rendering, Term, Value,
};

use super::conflict::cells;
use super::exchange::{exchange_rows, stands};
use super::shelf::shelved;
use super::states::{
    Rows, block, cell, clock, clock_and_span, clock_apart, due, listed, loud, on_behalf, phrase,
    precedence, said_of, traffic, until, word,
};
use crate::dialogue::{is_told, is_undelivered, next_due};
use crate::escape::{bounded, fitting, rendered};
use crate::reader::{Reader, short};

/// One line of the vocabulary's, in a block of its language's direction: a terminal lays a line out by its first
/// letter else.
pub(super) fn in_block(shown: &Rendering, text: &str) -> String {
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
    all.chain(shown.unchecked.as_deref()).map(|text| in_block(shown, text)).collect()
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
    let told = rows_of(reader, dialogue);
    let states: Vec<String> = told
        .iter()
        .map(|party| match dialogue.exchanges.len() {
            1 => stands(reader, dialogue, party),
            _ => said_of(reader, party.as_str(), &stands(reader, dialogue, party)),
        })
        .collect();
    let next = told.iter().filter_map(|party| next_due(dialogue, party)).min();
    let next =
        next.map(|(at, lapse)| format!("{} {}", word(reader, due(lapse)), until(reader, at)));
    let states: Vec<String> = states.into_iter().chain(shelved(reader, id)).collect();
    let mut from = vec![dialogue.sender.to_string()];
    from.extend(dialogue.passed_on.map(|how| word(reader, on_behalf(how))));
    from.extend(dialogue.clock_ahead_s.map(|s| clock_apart(reader, s)));
    let urgency = [precedence(reader, dialogue.precedence), traffic(reader, dialogue.traffic)];
    [
        short(id),
        cell(reader, rendered(&reader.tongue().code_name(dialogue.code()))),
        format!("{}\n→ {}", listed(reader, from), reader.parties(dialogue.exchanges.keys())),
        cell(reader, urgency.join("\n")),
        cell(reader, states.join("\n")),
        cell(reader, next.unwrap_or_default()),
    ]
}

/// What a message says, by its parameters, in so many columns.
pub(super) fn summary(reader: &Reader<'_>, dialogue: &Dialogue, columns: usize) -> String {
    message_summary(reader, &dialogue.message, columns)
}

/// The same of what is said alone.
pub(super) fn message_summary(reader: &Reader<'_>, message: &Message, columns: usize) -> String {
    let shown = reader.tongue().message(message, reader);
    match fitting(&parameters(&shown), columns) {
        text if text.is_empty() => text,
        text => in_block(&shown, &text),
    }
}

/// Whom its sender calls where no desk of theirs has it, and what is read out to them.
pub(super) fn undelivered(reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> Vec<String> {
    let mut to: Vec<&PartyId> = dialogue.exchanges.keys().collect();
    let sent = dialogue.sender == *reader.party;
    to.retain(|party| sent && is_undelivered(dialogue, party, reader.now));
    let line = |party: &&PartyId| {
        let (call, id) = (reader.contact(party), short(id));
        let call = phrase(reader, Phrase::NotDeliveredCall, &[party.as_str(), &call]);
        format!("{}, and read out what `deconflict inbox text {id}` prints.", block(reader, call))
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

/// Whose message it is.
fn sender(reader: &Reader<'_>, dialogue: &Dialogue) -> String {
    let party = reader.party(&dialogue.sender);
    let party = match dialogue.is_of_host() {
        true => format!("the host, of itself; its party is {party}"),
        false => party,
    };
    let passed_on = dialogue.passed_on.map(|how| word(reader, on_behalf(how)));
    listed(reader, [party].into_iter().chain(passed_on).collect())
}

/// What lies where those who are asked to leave are to go, in a row of its own.
fn in_the_way(reader: &Reader<'_>, dialogue: &Dialogue) -> Option<(String, String)> {
    let all = reader.view.in_exit_sector(dialogue);
    let all: Vec<String> = all.iter().map(|one| obstacle(reader, one)).collect();
    let lies = || said_of(reader, &word(reader, Term::InTheWay), &all.join("; "));
    (!all.is_empty()).then(|| (loud(reader, Term::Beware), lies()))
}

/// What is said, by whom to whom, whether it is meant and how urgent it is.
fn message_rows(reader: &Reader<'_>, dialogue: &Dialogue) -> Rows {
    let tongue = reader.tongue();
    let shown = tongue.message(&dialogue.message, reader);
    let to: Vec<String> = dialogue.exchanges.keys().map(|party| reader.party(party)).collect();
    let mut rows = Rows::of(reader);
    rows.extend([
        ("traffic", traffic(reader, dialogue.traffic)),
        ("precedence", rendered(&tongue.precedence(dialogue.precedence))),
        ("from", sender(reader, dialogue)),
        ("to", to.join("; ")),
    ]);
    if let Some(ahead_s) = dialogue.clock_ahead_s {
        let how = clock_apart(reader, ahead_s);
        rows.push(("clock", format!("{how}: a time in it may be off by as much")));
    }
    rows.under("says", said(&shown));
    rows.extend(in_the_way(reader, dialogue));
    if let Some(due) = dialogue.due {
        let late = if dialogue.is_found_late() { ", found LATE" } else { "" };
        rows.push(("due", format!("{}{late}", clock(reader, due))));
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
    let mut rows = Rows::of(reader);
    if let Some(until) = dialogue.valid_until {
        let over = if until < reader.now {
            format!(". {}", word(reader, Term::OutOfDate))
        } else {
            String::new()
        };
        rows.push(("valid until", format!("{}{over}", clock(reader, until))));
    }
    let allowed = dialogue.code().row().attribute.answers();
    if allowed.is_empty() {
        rows.push(("answers", word(reader, Term::NoneAsked)));
        return rows;
    }
    let name = |answer: &AnswerId| rendered(&reader.tongue().answer_name(*answer));
    rows.push(("answers", listed(reader, allowed.iter().map(name).collect())));
    let within = |seconds: u32| dialogue.since.after_seconds(seconds.into());
    rows.push(("read back by", clock_and_span(reader, within(dialogue.limits.read_back_s))));
    rows.push(("answer by", clock_and_span(reader, within(dialogue.limits.answered_s))));
    if let Some(asked) = dialogue.asked_by() {
        rows.push(("asked by", clock_and_span(reader, asked)));
    }
    if reader.is_too_short(dialogue) {
        let (how, why) = (loud(reader, Term::TooShort), word(reader, Term::NearerThanWay));
        rows.push(("deadline", said_of(reader, &how, &why)));
    }
    rows
}

/// A message's code with what it is called.
fn code_name(reader: &Reader<'_>, dialogue: &Dialogue) -> String {
    block(reader, rendered(&reader.tongue().code_name(dialogue.code())))
}

/// A message as its sender reads it before signing.
pub(super) fn draft_lines(reader: &Reader<'_>, dialogue: &Dialogue) -> Vec<String> {
    let mut rows = message_rows(reader, dialogue);
    rows.append(limit_rows(reader, dialogue));
    let mut lines = vec![format!("message {}", code_name(reader, dialogue))];
    lines.extend(rows.lines());
    let (none, permits) = (word(reader, Term::UntilAnswered), word(reader, Term::PermitsNothing));
    lines.push(format!("  {}", block(reader, format!("{none} {permits}"))));
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
    let mut rows = Rows::of(reader);
    rows.extend([("traffic", traffic(reader, dialogue.traffic)), ("to", sender(reader, dialogue))]);
    rows.under("answer", said(&tongue.answer(answer, &dialogue.message, reader)));
    rows.extend(in_the_way(reader, dialogue));
    let name = answer.answer.as_str();
    let mut lines = vec![format!("answer {name} to message {}", short(id))];
    lines.extend(rows.lines());
    lines
}

/// What became of the whole message: whoever reads it must know before its text that it is taken back, says something
/// else than it did, or is over.
fn changed_rows(reader: &Reader<'_>, dialogue: &Dialogue) -> Rows {
    let mut rows = Rows::of(reader);
    if let Some(cancelled) = dialogue.cancelled {
        let how = vec![word(reader, Term::Cancelled), clock(reader, cancelled)];
        rows.push((loud(reader, Term::TakenBack), listed(reader, how)));
    }
    if let Some(ended) = dialogue.ended {
        let why = match dialogue.opens_incident() {
            true => word(reader, Term::OwnerSaysOver),
            false => word(reader, Term::MovementOver),
        };
        rows.push((loud(reader, Term::Ended), listed(reader, vec![why, clock(reader, ended)])));
    }
    // Its own entry comes first, and what takes it back or ends it last.
    let last = usize::from(dialogue.cancelled.is_some()) + usize::from(dialogue.ended.is_some());
    if dialogue.entries.len() > 1 + last {
        let (how, below) = (word(reader, Term::Corrected), word(reader, Term::StandsBelow));
        rows.push((loud(reader, Term::CorrectedBelow), said_of(reader, &how, &below)));
    }
    rows
}

/// A message and what came of it, in lines.
pub(super) fn dialogue_lines(
    reader: &Reader<'_>,
    id: MessageId,
    dialogue: &Dialogue,
) -> Vec<String> {
    let mut rows = changed_rows(reader, dialogue);
    rows.extend([("id", id.to_string()), ("read out", ObjectRef(id.0.0).short().to_string())]);
    rows.append(message_rows(reader, dialogue));
    rows.push(("since", clock(reader, dialogue.since)));
    if let Some(nth) = reader.view.nth_request(id).filter(|nth| *nth > 1) {
        let nth = said_of(reader, &word(reader, Term::Repeat), &nth.to_string());
        rows.push((loud(reader, Term::Again), nth));
    }
    rows.append(limit_rows(reader, dialogue));
    if dialogue.is_incident_open() {
        rows.push((loud(reader, Term::Incident), word(reader, Term::OpenUntilOwner)));
    }
    if reader.is_escalated(id, dialogue) {
        let how = word(reader, Term::Escalated);
        let how = said_of(reader, &how, &word(reader, Term::WatchDeskReads));
        rows.push((loud(reader, Term::Escalated), how));
    }
    for silent in shelved(reader, id) {
        let others = word(reader, Term::ShelfStopsNoOther);
        rows.push((loud(reader, Term::Shelved), format!("{silent}; {others}")));
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
    let mut lines = vec![format!("message {}: {}", short(id), code_name(reader, dialogue))];
    lines.extend(rows.lines());
    for (party, exchange) in &dialogue.exchanges {
        lines.push(String::new());
        let stands = block(reader, stands(reader, dialogue, party));
        lines.push(format!("{}: {stands}", reader.party(party)));
        if is_told(dialogue, reader.party, party) {
            lines.extend(exchange_rows(reader, dialogue, (party, exchange)).lines());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use deconflict_core::{Actor, Lapse, PassedOn, Role, Sending};
    use deconflict_record::{Hash, KeyId};
    use deconflict_vocabulary::{LimitTable, Moment, ParameterName, Traffic};
    use serde_json::json;

    use super::*;
    use crate::dialogue::{is_promised, waits_for};
    use crate::dialogue_summary;
    use crate::testing::{party, time, view};

    const SENT: &str = "2017-05-18T10:00:00Z";
    const ID: MessageId = MessageId(Hash([0xab; 32]));

    /// North asks south and aid to leave its zone.
    #[test]
    fn what_was_promised_until_a_time_is_over_then_without_anybodys_word() {
        let message = json!({"code": "W5", "parameters": {
            "who": {"name": "Ahrar"}, "until": {"time": "2017-05-18T14:00:00Z"},
            "authority": {"choice": "duty"}}});
        let sending = Sending {
            message: serde_json::from_value(message).unwrap(),
            traffic: Traffic::Real,
            sender: party("north"),
            to: vec![party("south")],
            remark: None,
            valid_until: None,
            spoken_of: None,
        };
        let mut dialogue = Dialogue::begin(sending, &LimitTable::default(), time(SENT)).unwrap();
        answered(&mut dialogue, "south", wilco(), "2017-05-18T10:10:00Z");
        let south = party("south");
        let promised = |now: &str| {
            (is_promised(&dialogue, &south, time(now)), row(&dialogue, "south", now)[4].clone())
        };
        let (holds, state) = promised("2017-05-18T14:00:00Z");
        assert!(holds && state.contains("to be done"), "{state}");
        let (holds, state) = promised("2017-05-18T14:05:00Z");
        assert!(!holds && state.contains("its time was over 5 min ago"), "{state}");
    }

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
        let actor = Actor { party: &party, key, role: Role::Person, passed_on: None };
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
            "aid (The aid): past its time, not delivered yet, no host has said so: No answer. This permits nothing.",
        ] {
            assert!(shown.contains(told), "{told}: {shown}");
        }
        dialogue.exchanges.get_mut(&south).unwrap().answers[0].passed_on = Some(PassedOn::Entered);
        let shown = lines(&dialogue, "north", "en", "2017-05-18T10:41:00Z");
        assert!(shown.contains("; entered on its behalf"), "{shown}");
    }

    #[test]
    fn what_its_sender_did_not_sign_is_marked_in_the_list_and_where_an_answer_is_signed() {
        let mut dialogue = asked();
        let now = "2017-05-18T10:10:00Z";
        let signed = |dialogue: &Dialogue| {
            let (view, reader) = (view(), party("south"));
            let reader = Reader::new(&view, &reader, "en", time(now));
            let answer: Answer = serde_json::from_value(wilco()).unwrap();
            answer_lines(&reader, ID, dialogue, &answer).join("\n")
        };
        let says = |dialogue: &Dialogue, mark: &str| {
            (row(dialogue, "south", now)[2].contains(mark), signed(dialogue).contains(mark))
        };
        let (entered, attested) = ("entered on its behalf", "attested by its gateway");
        assert_eq!(says(&dialogue, entered), (false, false));
        dialogue.passed_on = Some(PassedOn::Entered);
        assert_eq!(says(&dialogue, entered), (true, true), "{}", signed(&dialogue));
        dialogue.passed_on = Some(PassedOn::Attested);
        assert_eq!(
            (says(&dialogue, attested), says(&dialogue, entered)),
            ((true, true), (false, false))
        );
        dialogue.clock_ahead_s = Some(42);
        let from = row(&dialogue, "south", now)[2].clone();
        assert!(from.contains("its clock 42 s ahead\n→ "), "{from}");
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
    fn states_and_receipts_are_in_the_readers_language_and_turn_nothing_beside_them() {
        let mut dialogue = asked();
        answered(&mut dialogue, "south", wilco(), "2017-05-18T10:10:00Z");
        dialogue.lapse(&party("aid"), Lapse::NotDelivered, time("2017-05-18T10:05:00Z"));
        let of = |lang| lines(&dialogue, "north", lang, "2017-05-18T10:12:00Z");
        let russian = of("ru");
        for told in [
            "traffic       УЧЕНИЕ",
            "WILCO (Выполним), не позднее: 2017-05-18 13:00: предстоит выполнить",
            "ДОСТАВЛЕНО",
            "ПОВТОРЕНО",
            "ещё нет",
            "открыто, НЕ ДОСТАВЛЕНО",
            "НЕ ДОСТАВЛЕНО, ни на одном их рабочем месте его нет",
            "через 2 ч 48 мин",
        ] {
            assert!(russian.contains(told), "{told}: {russian}");
        }
        let chinese = of("zh");
        assert!(chinese.contains("2小时48分钟后") && chinese.contains("未送抵"), "{chinese}");
        let arabic = of("ar");
        assert!(arabic.contains("وصلت الرسالة") && arabic.contains("تمرين"), "{arabic}");
        let (view, north) = (view(), party("north"));
        let reader = Reader::new(&view, &north, "ar", time("2017-05-18T10:12:00Z"));
        let row = dialogue_row(&reader, ID, &dialogue);
        for line in arabic.lines().chain(row.iter().flat_map(|cell| cell.lines())) {
            let (mut depth, mut outside) = (0_usize, String::new());
            for c in line.chars() {
                match c {
                    '\u{2066}'..='\u{2068}' => depth += 1,
                    '\u{2069}' => depth -= 1,
                    c if depth == 0 => outside.push(c),
                    _ => {}
                }
            }
            assert_eq!(depth, 0, "{line:?}");
            assert!(!outside.contains(|c| ('\u{600}'..='\u{6ff}').contains(&c)), "{line:?}");
        }
        for lang in ["ru", "ar", "fr", "es", "zh"] {
            let shown = of(lang);
            for english in ["DELIVERED", "READ BACK", "not yet", "to be done", "EXERCISE", "open"] {
                assert!(!shown.contains(english), "{lang}: {english}: {shown}");
            }
        }
    }
}
