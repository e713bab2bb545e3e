//! A morning at a border, said on the channel: a zone that is notified and disputed, a request to leave that is passed on
//! to a group, a deadline that passes, a second request, a promise and how it is kept.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_testing::*;
use deconflict_vocabulary::*;

/// The space, and what time it is in minutes after the morning's beginning.
struct Morning {
    w: World,
    begun: Time,
}

impl Morning {
    fn at(&self, minutes: i64) -> Value {
        Value::Time(Moment::from_seconds(self.begun.seconds() + 60 * minutes).unwrap())
    }

    /// Time passes until then; what fell due, and how many seconds after the beginning.
    fn until(&mut self, minutes: i64) -> Vec<(Lapse, i64)> {
        let now = self.w.now.seconds_since(self.begun);
        let begun = self.begun;
        let found = self.w.pass(60 * minutes - now);
        let lapses = found.into_iter().filter_map(|finding| match finding {
            Finding::MessageLapse { lapse, due, .. } => Some((lapse, due.seconds_since(begun))),
            _ => None,
        });
        lapses.collect()
    }

    fn send(&mut self, name: &str, code: &str, all: &[(&str, Value)], to: &[&str]) -> MessageId {
        MessageId(self.w.accepted(name, sent(code, all, to)).0.0)
    }

    fn says(&mut self, name: &str, id: &str, message: MessageId, all: &[(&str, Value)]) {
        self.w.accepted(name, answered(id, message, all));
    }

    fn receives(&mut self, name: &str, message: MessageId, receipt: Receipt) {
        self.w.accepted(name, Say::Receive { message, receipt, shown_in: None });
    }

    fn seen(&self, name: &str, message: MessageId) -> Option<Dialogue> {
        self.w.view(name).dialogues.get(&message).map(|dialogue| (**dialogue).clone())
    }

    fn state(&self, name: &str, message: MessageId) -> ExchangeState {
        let dialogue = self.seen(name, message).unwrap();
        dialogue.state_with(&party("south"), self.w.now).unwrap()
    }
}

fn reference(hash: deconflict_record::Hash) -> Value {
    Value::Reference(ObjectRef(hash.0))
}

#[test]
fn what_could_have_been_said_before_the_convoy_was_struck() {
    let mut w = World::new(charter(&PARTIES));
    let speaks = Say::SpeakFor { group: "desert-column".parse().unwrap() };
    w.expect_accepted("south", &[&root("south", 0)], speaks);
    let begun = w.now;
    let mut m = Morning { w, begun };
    let south = party("south");

    // 0 min: a zone, notified and not agreed. Receipt is not recognition, and south disputes it.
    let circle = zone(33.5, 38.6, 55_000.0, &["south"], &["south"]);
    let zone = declare(DeclarationContent::Zone(circle), Sharing::ConflictOnly);
    let (version, _) = m.w.accepted("north", zone);
    let (zone, id) = (reference(version.0), DeclarationId(version.0));
    let notice =
        m.send("north", "Z3", &[("zone", zone.clone()), ("version", zone.clone())], &["south"]);
    m.says("south", "ROGER", notice, &[]);
    let dispute =
        Say::Dispute { zone: id, version, point: "radius".into(), own_text: "30 km".into() };
    m.w.accepted("south", dispute);
    let declared = m.w.view("north").declarations[&id].clone();
    assert!(
        m.w.view("north").unilateral_towards(&declared).contains(&south),
        "ROGER agrees to nothing"
    );

    // 29 min: somebody is there; a request to leave, for a group that south speaks for.
    m.until(29);
    let leave = |m: &Morning, by: i64, authority: &str| {
        vec![
            ("zone", zone.clone()),
            ("by", m.at(by)),
            ("exit_sector", choice("north-east")),
            ("authority", choice(authority)),
        ]
    };
    let asked = leave(&m, 105, "duty");
    let first = m.send("north", "W4", &asked, &["south"]);
    let relay = [("message", reference(first.0)), ("group", Value::name("desert-column"))];
    let relay = m.send("north", "Y1", &relay, &["south"]);
    m.receives("south", first, Receipt::Delivered);
    m.receives("south", first, Receipt::ReadBack);
    assert!(
        m.seen("aid", first).is_none() && m.seen("host", first).is_none(),
        "of two parties alone"
    );
    let until = m.at(37);
    m.says("south", "STANDBY", first, &[("answer_by", until)]);
    assert_eq!(m.state("north", first), ExchangeState::HeldOpen);
    let by = m.at(45);
    m.says("south", "WILCO", relay, &[("by", by)]);

    // 37 min: passed on by radio, and nothing heard of the group.
    m.until(37);
    assert_eq!(m.seen("north", relay).unwrap().missing_hop(&south), Some(Hop::PassOn));
    let passed = |m: &Morning, minutes| {
        vec![
            ("message", reference(first.0)),
            ("group", Value::name("desert-column")),
            ("time", m.at(minutes)),
        ]
    };
    let mut passed_on = passed(&m, 37);
    passed_on.extend([("means", choice("radio")), ("how", choice("summary"))]);
    m.send("south", "Y2", &passed_on, &["north"]);
    for name in ["north", "south"] {
        assert_eq!(m.seen(name, relay).unwrap().missing_hop(&south), Some(Hop::Reply), "{name}");
    }

    // Its time to answer, a third of the 76 minutes until the deadline, is over. That is no consent, and the watch desk
    // reads it from now on.
    let found = m.until(60);
    assert_eq!(found.last(), Some(&(Lapse::NoAnswer, 29 * 60 + 1_520)));
    assert!(found.contains(&(Lapse::NextLevel, 29 * 60 + 1_520)));
    assert_eq!(m.state("north", first), ExchangeState::NoAnswer);
    assert_eq!(m.seen("host", first).unwrap().exchanges, m.seen("north", first).unwrap().exchanges);

    // 62 min: the commander asks again.
    m.until(62);
    let again = leave(&m, 145, "commander");
    let second = m.send("north", "W4", &again, &["south"]);
    assert_eq!([first, second].map(|id| m.w.view("south").nth_request(id)), [Some(1), Some(2)]);
    assert!(!m.seen("south", second).unwrap().is_too_short(&LimitTable::default()));
    assert!(m.seen("aid", second).is_none());

    // 70 min: a warning given by hand, read back, and an answer that promises a time.
    m.until(70);
    let warning = [
        ("who", Value::name("SC-14")),
        ("zone", zone.clone()),
        ("from_sector", choice("west")),
        ("entry_time", m.at(85)),
    ];
    let warning = m.send("south", "W1", &warning, &["north"]);
    assert_eq!(
        m.seen("north", warning).unwrap().precedence,
        Precedence::Flash,
        "under half an hour"
    );
    m.receives("north", warning, Receipt::ReadBack);
    m.says("north", "ROGER", warning, &[]);
    m.receives("south", second, Receipt::ReadBack);
    let by = m.at(140);
    m.says("south", "WILCO", second, &[("by", by)]);
    assert_eq!(m.state("north", second), ExchangeState::Answered);

    // 80 min: the group answers through south.
    m.until(80);
    let mut reply = passed(&m, 80);
    reply.extend([("reply", choice("will-comply")), ("by", m.at(140))]);
    m.send("south", "Y3", &reply, &["north"]);
    assert_eq!(m.seen("north", relay).unwrap().missing_hop(&south), None);

    // 130 min: south says that the zone is left; what it promised is met, and the first request stays unanswered.
    m.until(130);
    m.send("south", "W7", &[("zone", zone), ("time", m.at(130))], &["north"]);
    let promised = m.seen("north", second).unwrap().exchanges[&south].undertaking.unwrap();
    assert_eq!(promised.state, UndertakingState::Met);
    assert_eq!(
        m.until(3_000).iter().filter(|(lapse, _)| *lapse == Lapse::UndertakingOverdue).count(),
        0
    );
    assert_eq!(m.state("north", first), ExchangeState::NoAnswer);

    // Who knew what, and when, stands in entries that both ends were given.
    for name in ["north", "south"] {
        let view = m.w.view(name);
        let told = view.conversation(first);
        assert!(told.contains(&relay), "{name}");
        let entries = told.iter().flat_map(|id| view.dialogues[id].all_entries());
        let given = &m.w.given[&party(name)];
        let mut entries = entries.peekable();
        assert!(entries.peek().is_some() && entries.all(|entry| given.contains(&entry)), "{name}");
    }
}
