//! Messages of the channel beside bare statements: what they cost, how soon they are shown, how late what falls due is
//! found.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use deconflict_core::{Lapse, MessageId, Receipt, Say, Sharing, Time};
use deconflict_host::{Config, PublishedState, Server, system_entropy};
use deconflict_record::{MAX_BATCH, SignedStatement};
use deconflict_testing::{Dice, PARTIES, answered, duty, party, sent, some_message};
use deconflict_vocabulary::{CellPlace, CodeId, Moment, Traffic, Value};

use super::rig::{Rig, checked};
use super::statements::envelopes;
use super::streams::{self, FiledItem};
use crate::Scale;
use crate::index::percentile;
use crate::report::{digits, table};

/// A request to pause, which is answered by AFFIRM.
const ASKED: &str = "H1";
/// What an addressee says of a message, the message itself among them.
const OF_ONE: usize = 5;
/// Dialogues that are taken in together.
const TOGETHER: usize = MAX_BATCH / OF_ONE;
/// Dialogues that are open while deadlines pass, and messages whose deadlines pass.
const OPEN: usize = 100_000;
const PASSING: usize = 100;
/// Between one of those and the next.
const APART: Duration = Duration::from_millis(53);
/// By when one of those must be delivered, and how long it is waited for after that.
const DELIVERED_S: i64 = 10;
const PATIENCE: Duration = Duration::from_secs(5);
/// Of so many statements that are timed altogether, one is filed here: they are paced.
const SHARE: usize = 10;

/// What was measured.
pub(super) struct MessageFigures {
    /// Microseconds a statement: of declarations, and of messages with what is said of them.
    taken_us: [f64; 2],
    dialogues: usize,
    /// Between one and the next.
    pace: Duration,
    /// Milliseconds until another desk shows it: declarations, and messages.
    shown_ms: [Vec<f64>; 2],
    open: usize,
    /// How long after each deadline readers found that it had passed.
    late_ms: Vec<f64>,
}

pub(super) fn measure(scale: &Scale) -> MessageFigures {
    eprintln!("messages");
    let (taken_us, dialogues) = taken(scale);
    let (pace, shown_ms) = shown(scale);
    let open = if scale.quick { OPEN / 100 } else { OPEN };
    MessageFigures { taken_us, dialogues, pace, shown_ms, open, late_ms: late(open) }
}

/// A message of the first party to the second, as of now.
fn message(rig: &mut Rig, dice: &mut Dice) -> SignedStatement {
    let code = CodeId::new(ASKED).expect("a code");
    let message = some_message(code, rig.now().seconds(), &[], dice).expect("a message");
    let to = [party(PARTIES[1])].into();
    let say = Say::Send { message: Box::new(message), to, traffic: Traffic::Real, remark: None };
    rig.signed(PARTIES[0], &[&duty(PARTIES[0])], &say)
}

/// So many messages, each with its receipts and its answer.
fn dialogues(rig: &mut Rig, count: usize, dice: &mut Dice) -> Vec<SignedStatement> {
    let by = duty(PARTIES[1]);
    let one = |_| {
        let sent = message(rig, dice);
        let message = MessageId(sent.hash());
        let receipt = |receipt| Say::Receive { message, receipt, shown_in: None };
        let said = [
            receipt(Receipt::Delivered),
            receipt(Receipt::Displayed),
            receipt(Receipt::ReadBack),
            answered("AFFIRM", message, &[]),
        ];
        let said = said.map(|say| rig.signed(PARTIES[1], &[&by], &say));
        [sent].into_iter().chain(said).collect::<Vec<_>>()
    };
    (0..count).flat_map(one).collect()
}

/// Microseconds a statement that a space takes in, of declarations and of dialogues, in turns; and how many dialogues.
fn taken(scale: &Scale) -> ([f64; 2], usize) {
    let (mut rig, mut space) = Rig::new();
    let (mut dice, mut us) = (Dice(5), [Vec::new(), Vec::new()]);
    let turns = (scale.statements / OF_ONE / TOGETHER).max(4);
    // As many before, which do not count.
    for turn in 0..2 * turns {
        let bare = rig.declare(TOGETHER * OF_ONE, &Sharing::Open);
        let whole = dialogues(&mut rig, TOGETHER, &mut dice);
        for (part, us) in [bare, whole].into_iter().zip(&mut us) {
            let (all, roster) = (envelopes(&part), space.published().roster());
            let start = Instant::now();
            rig.file(&mut space, &checked(&all, &roster));
            if turn >= turns {
                us.push(start.elapsed().as_secs_f64() * 1e6 / part.len() as f64);
            }
        }
    }
    let count = turns * TOGETHER;
    (us.map(|us| percentile(us.into_iter(), 0.50)), count)
}

/// Milliseconds until another desk shows what is filed at one, of declarations and of messages; and what lay between one
/// and the next.
fn shown(scale: &Scale) -> (Duration, [Vec<f64>; 2]) {
    let (mut rig, mut space) = Rig::new();
    rig.enrol_lanes(&mut space, 1);
    let mut dice = Dice(6);
    let count = (scale.statements / SHARE).max(64);
    let before = rig.lanes(1, count, &Sharing::Open).swap_remove(0);
    let declared = rig.declare(count * PARTIES.len(), &Sharing::Open);
    // Those of the first party, which alone speaks through a desk; the numbers of its statements are in this order.
    let own = declared.iter().step_by(PARTIES.len()).cloned();
    let messages: Vec<_> = (0..count).map(|_| message(&mut rig, &mut dice)).collect();
    let declared: Vec<FiledItem> = own.map(FiledItem::Declaration).collect();
    let messages: Vec<FiledItem> = messages.into_iter().map(FiledItem::Message).collect();
    let (all, first) = ([declared, messages].concat(), count);
    let (pace, mut ms) = streams::shown_beside_streams(&rig, space, &before, &all);
    let of_messages = ms.split_off(first);
    (pace, [ms, of_messages])
}

/// How long after each deadline readers find that it has passed, in milliseconds, while so many dialogues are open.
fn late(open: usize) -> Vec<f64> {
    let (mut rig, mut space) = Rig::new();
    for part in (0..open).collect::<Vec<_>>().chunks(MAX_BATCH) {
        let tests = part.iter().map(|nth| {
            let number = Value::Number(u32::try_from(nth % 1_000 + 1).unwrap_or(1));
            let say = sent("L1", &[("n", number)], &[PARTIES[nth % 2 + 1]]);
            rig.sign(PARTIES[0], &[&duty(PARTIES[0])], &say)
        });
        let tests: Vec<_> = tests.collect();
        rig.take(&mut space, &tests);
    }
    let clock = rig.running_clock();
    let host = Server::start(space, &Config::default(), clock.clone(), system_entropy());
    let host = host.expect("a host");
    let mut line = super::http::Line::to(host.address());
    let mut sent_at = Vec::new();
    for _ in 0..PASSING {
        let since = Moment::from_seconds(clock().seconds()).expect("a time");
        let cell = Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
        let to: Vec<&str> = PARTIES[1..].to_vec();
        let say = sent("W9", &[("cell", cell), ("since", Value::Time(since))], &to);
        let signed = rig.signed(PARTIES[0], &[&duty(PARTIES[0])], &say);
        line.ask("POST", "/v1/statements", None, &signed.envelope().encode());
        sent_at.push(MessageId(signed.hash()));
        thread::sleep(APART);
    }
    let published: Arc<PublishedState> = host.published().clone();
    let late_ms = sent_at.iter().map(|id| late_of(&published, &*clock, *id)).collect();
    host.stop();
    late_ms
}

/// How long after its deadline a message's lapse is in the state that readers have.
fn late_of(published: &PublishedState, clock: &dyn Fn() -> Time, id: MessageId) -> f64 {
    let begun = Instant::now();
    loop {
        let ledger = published.ledger();
        let now = clock();
        let dialogue = ledger.dialogues.get(&id).expect("a message that was taken in");
        let due = dialogue.since.after_seconds(DELIVERED_S);
        let lapsed = |party| {
            dialogue.exchanges.get(party).is_some_and(|one| one.has_lapsed(Lapse::NotDelivered))
        };
        if dialogue.exchanges.keys().all(lapsed) {
            return (now.0.nanos() - due.0.nanos()) as f64 / 1e6;
        }
        assert!(
            begun.elapsed() < PATIENCE + Duration::from_secs(DELIVERED_S.unsigned_abs()),
            "a deadline that is found"
        );
        thread::sleep(Duration::from_millis(1));
    }
}

impl MessageFigures {
    pub(super) fn report(&self) -> String {
        let at = |ms: &[f64], share| percentile(ms.iter().copied(), share);
        let [bare_us, whole_us] = self.taken_us;
        let costs = [
            vec!["a declaration".to_owned(), digits(bare_us), "1".to_owned()],
            vec![
                "a message, its receipts and its answer, each".to_owned(),
                digits(whole_us),
                digits(whole_us / bare_us),
            ],
        ];
        let row = |name: &str, ms: &[f64]| {
            vec![name.to_owned(), digits(at(ms, 0.50)), digits(at(ms, 0.99))]
        };
        let [declared, messages] = &self.shown_ms;
        let shown = [row("a declaration", declared), row("a message", messages)];
        let due = [row("later than its deadline", &self.late_ms)];
        format!(
            "## Messages\n\n{} requests to pause of one party to another, each with DELIVERED, DISPLAYED, READ BACK and \
             AFFIRM, signed beforehand, are taken in {} statements at a time, in turns with as many \
             declarations open to all; on one thread, verified and made durable; the median batch counts. A message \
             with what is said of it costs **{}** times as much as as many declarations.\n\n{}\n\n\
             Filed at one desk and shown by another party's over its stream as above, {} streams held, one every \
             {} ms, which is half the rate at which one key's statements are taken in durably over HTTP beside them, one after \
             the other; first declarations and then messages to that party: a message at the 99th percentile **{}** times \
             as late as a declaration.\n\n{}\n\n\
             While {} line tests wait for their answers, {PASSING} messages are sent of which none is delivered in \
             time: how long after its deadline that is in the state that readers have.\n\n{}",
            self.dialogues,
            TOGETHER * OF_ONE,
            digits(whole_us / bare_us),
            table(&["", "us a statement", "ratio"], costs.into_iter()),
            streams::HELD,
            digits(self.pace.as_secs_f64() * 1e3),
            digits(at(messages, 0.99) / at(declared, 0.99)),
            table(&["", "p50 ms", "p99 ms"], shown.into_iter()),
            self.open,
            table(&["", "p50 ms", "p99 ms"], due.into_iter()),
        )
    }
}
