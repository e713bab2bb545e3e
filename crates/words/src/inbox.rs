//! Which dialogues a party is shown, and in which order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use deconflict_core::{Declaration, DeclarationId, Dialogue, Ledger, MessageId, PartyId, Time};
use deconflict_vocabulary::{Addressees, Precedence, Term, Traffic};

use crate::dialogue::{is_open, is_promised, is_refused, next_due, waits_for};

/// Where a dialogue stands in what a party is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Section {
    /// The party's answer is waited for.
    Awaiting,
    /// A place is being hit, and its owner has not said that it no longer is, whatever was answered.
    Incident,
    /// A movement of the party is about to begin, and nobody has said that units were told of it.
    Untold,
    /// The party sent it, and the answer was no, or none: it is the party's to act. It stands here for a day, or until the
    /// party takes the message back.
    Refusal,
    /// An overlap that nobody has taken on or settled, and of which the party has said that it read.
    Unsettled,
    /// The party promised something that is still to be done, or to be told.
    Promised,
    /// It went to the party, asks for no answer, and was on no screen of it.
    Unread,
    /// The party sent it, and something is open.
    Sent,
    /// The watch desk reads it, and something is open.
    Watched,
    /// It is over.
    Over,
}

impl Section {
    /// All of them, in their order, each with its heading and its word for scripts.
    pub const ALL: [(Section, Term, &'static str); 10] = [
        (Section::Awaiting, Term::SectionAwaiting, "awaiting"),
        (Section::Incident, Term::SectionIncidents, "incidents"),
        (Section::Untold, Term::SectionUntold, "untold"),
        (Section::Refusal, Term::SectionRefused, "refused"),
        (Section::Unsettled, Term::SectionUnsettled, "unsettled"),
        (Section::Promised, Term::SectionPromised, "promised"),
        (Section::Unread, Term::SectionUnread, "unread"),
        (Section::Sent, Term::SectionSent, "sent"),
        (Section::Watched, Term::SectionWatched, "watched"),
        (Section::Over, Term::SectionOver, "over"),
    ];
}

impl Section {
    /// Its word for scripts.
    pub fn word(self) -> &'static str {
        let found = Section::ALL.iter().find(|(section, ..)| *section == self);
        found.map_or("", |(_, _, word)| word)
    }
}

/// A dialogue and where it stands.
pub struct InboxPlace<'a> {
    /// In which section.
    pub section: Section,
    /// The message.
    pub id: MessageId,
    /// What it says, and what came of it.
    pub dialogue: &'a Dialogue,
    /// When what falls due next is due, in nanoseconds.
    pub due_ns: i64,
    /// Whether it stands in one row with others of its sender, and is silent.
    pub grouped: bool,
}

/// How many open FLASH messages of one sender stand by themselves; further ones are grouped and silent.
pub const MOST_FLASH: usize = 3;

/// Those of a party's open FLASH messages that are grouped: of one sender and one kind of traffic all beyond the first
/// [`MOST_FLASH`] that came.
///
/// They are counted for each sender by itself: whoever floods a desk hides messages of its own alone, and no exercise hides
/// what is meant. What says that somebody is being hit, or is about that, is never grouped and does not count; nor does what
/// goes to the owner of what it speaks of, since that is about the reader's own.
fn grouped(view: &Ledger, party: &PartyId, places: &[InboxPlace<'_>]) -> BTreeSet<MessageId> {
    // By the entry that each began with, the first first.
    type Arrival<'a> = (Option<&'a u64>, MessageId);
    let mut open: BTreeMap<(&PartyId, Traffic), Vec<Arrival<'_>>> = BTreeMap::new();
    for place in places {
        let InboxPlace { section, id, dialogue, .. } = place;
        let row = dialogue.code().row();
        let is_flash = *section == Section::Awaiting
            && dialogue.precedence == Precedence::Flash
            && dialogue.sender != *party;
        let is_never_grouped = row.is_never_grouped()
            || row.addressees == Addressees::Owner
            || view.is_of_incident(*id);
        if is_flash && !is_never_grouped {
            let first = dialogue.entries.first();
            open.entry((&dialogue.sender, dialogue.traffic)).or_default().push((first, *id));
        }
    }
    let further = open.into_values().flat_map(|mut all| {
        all.sort_unstable();
        all.into_iter().skip(MOST_FLASH)
    });
    further.map(|(_, id)| id).collect()
}

/// Where a dialogue stands in what a party is shown.
pub fn section(
    view: &Ledger,
    (id, dialogue): (MessageId, &Dialogue),
    party: &PartyId,
    now: Time,
) -> Section {
    let own = dialogue.exchanges.get(party);
    let mut to = dialogue.exchanges.keys();
    if waits_for(dialogue, party, now) {
        Section::Awaiting
    } else if dialogue.is_incident_open() && dialogue.concerns(party) {
        Section::Incident
    } else if dialogue.sender == *party && to.any(|to| is_refused(view, (id, dialogue), to, now)) {
        Section::Refusal
    } else if is_promised(dialogue, party, now) || dialogue.missing_hop(party).is_some() {
        Section::Promised
    } else if own.is_some_and(|own| own.displayed.is_none() && own.answers.is_empty())
        && !dialogue.is_taken_back()
    {
        Section::Unread
    } else if own.is_none() && is_open(dialogue, now) {
        if dialogue.sender == *party { Section::Sent } else { Section::Watched }
    } else {
        Section::Over
    }
}

/// What concerns a party: what waits for it first, each section by how urgent it is, then by what falls due next. What
/// is over only with `all`, the latest first.
pub fn ordered<'a>(view: &'a Ledger, party: &PartyId, now: Time, all: bool) -> Vec<InboxPlace<'a>> {
    let mut places: Vec<_> = view
        .dialogues
        .iter()
        .map(|(id, dialogue)| {
            let section = section(view, (*id, dialogue), party, now);
            InboxPlace { section, id: *id, dialogue, due_ns: 0, grouped: false }
        })
        .filter(|place| all || place.section != Section::Over)
        .collect();
    for place in &mut places {
        let dialogue = place.dialogue;
        let due = match dialogue.exchanges.contains_key(party) {
            true => next_due(dialogue, party),
            false => dialogue.exchanges.keys().filter_map(|to| next_due(dialogue, to)).min(),
        };
        place.due_ns = due.map_or(i64::MAX, |(at, _)| at.0.nanos());
    }
    places.sort_by_key(|place| {
        let InboxPlace { section, id, dialogue, due_ns, .. } = place;
        match section {
            Section::Over => (*section, Reverse(None), -dialogue.since.0.nanos(), *id),
            _ => (*section, Reverse(Some(dialogue.precedence)), *due_ns, *id),
        }
    });
    let grouped = grouped(view, party, &places);
    for place in &mut places {
        place.grouped = grouped.contains(&place.id);
    }
    places
}

/// A movement of the party, with its name.
pub type UntoldMovement<'a> = (DeclarationId, &'a Declaration);

/// Movements of a party that are about to begin, and of which nobody has said that units were told: the one that begins first
/// first.
pub fn untold<'a>(view: &'a Ledger, party: &PartyId, now: Time) -> Vec<UntoldMovement<'a>> {
    let mut all = view.units_not_told(party, now);
    all.sort_by_key(|(id, declaration)| (declaration.units_not_told(), *id));
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use deconflict_core::{Actor, Joint, Receipt, Role, Sending, Undertaking, UndertakingState};
    use deconflict_record::{Hash, KeyId};
    use deconflict_vocabulary::{Answer, AnswerId, CodeId, LimitTable, Message, Traffic};

    use super::*;
    use crate::testing::{party, time};

    /// A message at an instant; JSON of its parameters.
    fn dialogue(code: &str, parameters: &str, from: &str, to: &str, at: &str) -> Dialogue {
        let sending = Sending {
            message: Message {
                code: CodeId::new(code).unwrap(),
                parameters: serde_json::from_str(parameters).unwrap(),
            },
            traffic: Traffic::Real,
            sender: party(from),
            to: vec![party(to)],
            remark: None,
            valid_until: None,
            spoken_of: None,
        };
        Dialogue::begin(sending, &LimitTable::default(), time(at)).unwrap()
    }

    #[test]
    fn what_waits_stands_first_the_most_urgent_and_the_soonest_before() {
        let (nine, ten) = ("2026-07-03T09:00:00Z", "2026-07-03T10:00:00Z");
        let since = r#"{"since":{"time":"2026-07-03T08:55:00Z"},"cell":{"cell":{"level":0,"row":1,"column":1}}}"#;
        let test = r#"{"n":{"number":1}}"#;
        let resumed = r#"{"from":{"time":"2026-07-03T09:00:00Z"}}"#;
        let south = party("south");
        let mut cancelled = dialogue("L1", test, "north", "south", ten);
        cancelled.cancel(&party("north"), time(ten)).unwrap();
        let mut promised = dialogue("L4", resumed, "north", "south", nine);
        let key = KeyId(Hash([1; 32]));
        let actor = Actor { party: &south, key, role: Role::Person, passed_on: None };
        let roger = Answer { answer: AnswerId::new("ROGER").unwrap(), parameters: BTreeMap::new() };
        promised.answer(&roger, &actor, time(ten)).unwrap();
        let own = promised.exchanges.get_mut(&south).unwrap();
        let state = UndertakingState::Overdue;
        own.undertaking = Some(Undertaking { by: time(ten), state, confirmed: None });
        let mut answered = dialogue("L1", test, "north", "south", nine);
        answered.answer(&roger, &actor, time(nine)).unwrap();
        answered.receive(Receipt::Displayed, &actor, time(nine)).unwrap();
        let mut silent = dialogue("L1", test, "north", "south", nine);
        let (due, _, lapse) = silent.due().unwrap();
        silent.lapse(&south, lapse, due);
        silent.lapse(&south, deconflict_core::Lapse::NoAnswer, due);

        let mut hit = dialogue("W9", since, "north", "south", ten);
        let not_ours =
            Answer { answer: AnswerId::new("NOT OURS").unwrap(), parameters: BTreeMap::new() };
        hit.answer(&not_ours, &actor, time(ten)).unwrap();

        let all = [
            ("cancelled", cancelled),
            ("answered, and still hit", hit),
            ("promised", promised),
            ("answered", answered),
            ("silent", silent),
            ("line test", dialogue("L1", test, "north", "south", ten)),
            ("flash", dialogue("W9", since, "north", "south", ten)),
            ("later", dialogue("L4", resumed, "north", "south", ten)),
            ("sooner", dialogue("L4", resumed, "north", "south", nine)),
            ("sent", dialogue("L1", test, "south", "north", ten)),
            ("of others", dialogue("L1", test, "north", "aid", ten)),
        ];
        let mut view = Ledger::default();
        let mut names = BTreeMap::new();
        for (nth, (name, dialogue)) in all.into_iter().enumerate() {
            let id = MessageId(Hash([u8::try_from(nth).unwrap(); 32]));
            names.insert(id, name);
            view.dialogues.insert(id, Joint::new(dialogue));
        }
        let told = |all: bool| -> Vec<(Section, &str)> {
            let places = ordered(&view, &south, time("2026-07-03T10:00:01Z"), all);
            places.iter().map(|place| (place.section, names[&place.id])).collect()
        };
        let open = told(false);
        assert_eq!(
            open,
            [
                (Section::Awaiting, "flash"),
                (Section::Awaiting, "sooner"),
                (Section::Awaiting, "later"),
                (Section::Awaiting, "line test"),
                (Section::Awaiting, "silent"),
                (Section::Incident, "answered, and still hit"),
                (Section::Promised, "promised"),
                (Section::Sent, "sent"),
                (Section::Watched, "of others"),
            ]
        );
        let over = told(true);
        assert_eq!(over[..open.len()], open);
        assert_eq!(
            over[open.len()..].iter().map(|one| one.1).collect::<Vec<_>>(),
            ["cancelled", "answered"]
        );
    }

    /// An answer of south to what north sent it.
    fn answered(dialogue: &mut Dialogue, answer: &str, at: &str) {
        let south = party("south");
        let key = KeyId(Hash([1; 32]));
        let actor = Actor { party: &south, key, role: Role::Person, passed_on: None };
        let answer: Answer = serde_json::from_str(answer).unwrap();
        dialogue.answer(&answer, &actor, time(at)).unwrap();
    }

    #[test]
    fn a_no_stands_before_the_sender_for_a_day_or_until_the_message_is_taken_back() {
        let (north, south) = (party("north"), party("south"));
        let (sent, at) = ("2026-07-03T10:00:00Z", "2026-07-03T10:01:00Z");
        let hold = r#"{"who":{"name":"Ahrar"},"until":{"time":"2026-07-03T14:00:00Z"},"authority":{"choice":"duty"}}"#;
        let hold = || dialogue("W5", hold, "north", "south", sent);
        let wilco = r#"{"answer":"WILCO","parameters":{"by":{"time":"2026-07-03T12:00:00Z"}}}"#;
        let unable = r#"{"answer":"UNABLE","parameters":{"reason":{"choice":"terms"}}}"#;
        let (mut complied, mut refused, mut silent, mut broken) = (hold(), hold(), hold(), hold());
        answered(&mut complied, wilco, at);
        answered(&mut refused, unable, at);
        silent.lapse(&south, deconflict_core::Lapse::NotReceived, time(at));
        answered(&mut broken, wilco, at);
        assert!(broken.break_promise(&south));
        let mut withdrawn = refused.clone();
        withdrawn.cancel(&north, time(at)).unwrap();
        let of = |nth: u8| {
            format!(
                r#"{{"message":{{"reference":"{}"}},"group":{{"name":"ahrar"}}}}"#,
                format!("{nth:02x}").repeat(32)
            )
        };
        let mut relay = dialogue("Y1", &of(1), "north", "south", sent);
        relay.exchanges.get_mut(&south).unwrap().relayed.push(deconflict_core::RelayReport {
            message: MessageId(Hash([9; 32])),
            code: CodeId::new("Y4").unwrap(),
            reply: None,
            at: time(at),
        });
        let reason = format!(
            r#"{{"message":{{"reference":"{}"}},"reason":{{"choice":"terms"}}}}"#,
            "04".repeat(32)
        );
        let because = dialogue("D8", &reason, "south", "north", at);
        let mut view = Ledger::default();
        let all = [complied, refused, silent, broken, withdrawn, relay, because];
        for (nth, dialogue) in (1..).zip(all) {
            view.dialogues.insert(MessageId(Hash([nth; 32])), Joint::new(dialogue));
        }
        let told = |now: &str, what: Section| -> Vec<u8> {
            let places = ordered(&view, &north, time(now), false);
            let of = places.iter().filter(|place| place.section == what);
            let mut of: Vec<u8> = of.map(|place| place.id.0.0[0]).collect();
            of.sort_unstable();
            of
        };
        assert_eq!(told("2026-07-03T10:02:00Z", Section::Refusal), [2, 3, 4, 6]);
        assert_eq!(told("2026-07-03T10:02:00Z", Section::Sent), [1]);
        assert!(told("2026-07-04T10:02:00Z", Section::Refusal).is_empty());
    }

    const HIT: &str = r#"{"since":{"time":"2026-07-03T08:55:00Z"},"cell":{"cell":{"level":0,"row":1,"column":1}}}"#;
    const HOLD: &str = r#"{"who":{"name":"Ahrar"},"until":{"time":"2026-07-03T14:00:00Z"},"authority":{"choice":"duty"}}"#;

    /// South's messages, each by its code, sender and traffic; they came one after another.
    fn inbox(all: &[(&str, &str, Traffic)]) -> Ledger {
        let see = format!(
            r#"{{"seen":{{"choices":["off-route"]}},"object":{{"reference":"{}"}}}}"#,
            "aa".repeat(32)
        );
        let mut view = Ledger::default();
        for (nth, (code, from, traffic)) in (1..).zip(all) {
            let parameters = match *code {
                "W9" => HIT,
                "W5" => HOLD,
                _ => see.as_str(),
            };
            let mut one = dialogue(code, parameters, from, "south", "2026-07-03T10:00:00Z");
            one.traffic = *traffic;
            one.entries = vec![nth];
            let mut id = [0; 32];
            // Names have nothing to do with the order in which they came.
            id[0] = u8::try_from(nth * 37 % 251).unwrap();
            view.dialogues.insert(MessageId(Hash(id)), Joint::new(one));
        }
        view
    }

    /// By their entries.
    fn grouped_of(view: &Ledger) -> Vec<u64> {
        let places = ordered(view, &party("south"), time("2026-07-03T10:00:01Z"), false);
        let of = places.iter().filter(|place| place.grouped);
        let mut of: Vec<u64> = of.map(|place| place.dialogue.entries[0]).collect();
        of.sort_unstable();
        of
    }

    #[test]
    fn beyond_three_open_flash_of_one_sender_further_ones_are_grouped_and_what_is_hit_never_is() {
        use Traffic::{Exercise, Real};
        let north = |code| (code, "north", Real);
        let three = [north("W5"), north("W5"), north("W5")];
        assert!(grouped_of(&inbox(&three)).is_empty());
        let flood = [&three[..], &[north("W5"), north("W9"), north("P8"), north("W5")]].concat();
        assert_eq!(grouped_of(&inbox(&flood)), [4, 7], "the later ones, and neither W9 nor P8");
        // What says that somebody is hit takes no place of another message's either.
        let hits = [north("W9"), north("W9"), north("W9"), north("W9"), north("W5")];
        assert!(grouped_of(&inbox(&hits)).is_empty());
        // Nobody hides another one's message, and no exercise hides what is meant.
        let others = [&flood[..], &[("W5", "aid", Real), ("W5", "north", Exercise)]].concat();
        assert_eq!(grouped_of(&inbox(&others)), [4, 7]);
        // Once one of the first three is answered, the next one stands by itself.
        let mut view = inbox(&flood);
        let first = view.dialogues.iter().find(|(_, one)| one.entries == [1]).map(|(id, _)| *id);
        let mut one = Dialogue::clone(&view.dialogues[&first.unwrap()]);
        let unable = r#"{"answer":"UNABLE","parameters":{"reason":{"choice":"terms"}}}"#;
        answered(&mut one, unable, "2026-07-03T10:00:00Z");
        view.dialogues.insert(first.unwrap(), Joint::new(one));
        assert_eq!(grouped_of(&view), [7]);
    }

    #[test]
    fn whoever_sends_whatever_of_each_sender_three_stand_by_themselves_and_the_rest_is_counted() {
        let mut state = 7_u64;
        let mut below = |end: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % end
        };
        for _ in 0..200 {
            let all: Vec<(&str, &str, Traffic)> = (0..below(24))
                .map(|_| {
                    let code = ["W5", "W5", "W9", "P8"][usize::try_from(below(4)).unwrap()];
                    let from = ["north", "aid", "host"][usize::try_from(below(3)).unwrap()];
                    (code, from, if below(3) == 0 { Traffic::Exercise } else { Traffic::Real })
                })
                .collect();
            let view = inbox(&all);
            let grouped = grouped_of(&view);
            for entry in &grouped {
                let (code, ..) = all[usize::try_from(*entry).unwrap() - 1];
                assert_eq!(code, "W5", "{all:?}");
            }
            for from in ["north", "aid", "host"] {
                for traffic in [Traffic::Real, Traffic::Exercise] {
                    let sent = (1..).zip(&all).filter(|(_, one)| **one == ("W5", from, traffic));
                    let sent: Vec<u64> = sent.map(|(entry, _)| entry).collect();
                    let hidden: Vec<u64> =
                        sent.iter().copied().filter(|entry| grouped.contains(entry)).collect();
                    assert_eq!(hidden, sent[sent.len().min(MOST_FLASH)..], "{from} {all:?}");
                }
            }
        }
    }
}
