//! What must hold of anything that parties say.

use deconflict_api::{Content, read_statement, say_json};
use deconflict_core::{Decision, Ledger, Outcome, Placement, Role, Say, State, Time, What};
use deconflict_record::{SignedStatement, SigningKey};
use deconflict_testing::{
    SPACE, START, Signing, charter, duty, enrolment, founding, provers, root,
};

const PARTIES: [&str; 3] = ["host", "north", "south"];
/// The most statements of one input.
const MOST: usize = 40;

/// Each line that is something to say is said in a small space, by one party after the other, with its
/// root and with its operator. Whatever it is: it is decided and applied without a panic, an entry's
/// bytes read back, a snapshot is as good as what it was taken of, and the same entries give the same
/// ledger.
///
/// # Panics
/// When one of these does not hold.
pub fn whatever_is_said(bytes: &[u8]) {
    let mut space = Space::new();
    for (turn, line) in bytes.split(|b| *b == b'\n').take(MOST).enumerate() {
        let Ok(text) = str::from_utf8(line) else { continue };
        // As a signed statement takes it: an object without white space around it.
        if text.starts_with('{') && serde_json::from_str::<Say>(text).is_ok() {
            let party = PARTIES[turn % PARTIES.len()];
            for key in [root(party, 0), duty(party)] {
                space.say(party, text, &key);
            }
        }
        space.pass(turn as i64 * 600);
    }
    let mut again = State::default();
    space.entries.iter().for_each(|entry| drop(again.apply(entry)));
    assert!(again.ledger() == space.state.ledger(), "a replay gives another ledger");
    let snapshot = serde_json::to_string(space.state.ledger()).expect("a ledger can be written");
    let read: Ledger = serde_json::from_str(&snapshot).expect("a ledger can be read back");
    assert!(read == *space.state.ledger(), "a snapshot is another ledger");
}

struct Space {
    state: State,
    entries: Vec<deconflict_core::Entry>,
    now: Time,
    signing: Signing,
}

impl Space {
    fn new() -> Space {
        let mut space = Space {
            state: State::default(),
            entries: Vec::new(),
            now: START.parse().expect("a time"),
            signing: Signing::new(SPACE),
        };
        let roots = PARTIES.map(|party| root(party, 0));
        space.begin("host", &founding(charter(&PARTIES)), &roots);
        for party in PARTIES {
            space.begin(party, &enrolment(party, "duty", Role::Person), &[root(party, 0)]);
        }
        assert!(space.state.ledger().keys.len() == 2 * PARTIES.len(), "the space has begun");
        space
    }

    /// Says something with the keys that it brings among its signers.
    fn begin(&mut self, party: &str, say: &Say, signers: &[SigningKey]) {
        let proven = provers(say);
        self.file(party, &json(say), &signers.iter().chain(&proven).collect::<Vec<_>>());
    }

    fn say(&mut self, party: &str, say: &str, key: &SigningKey) {
        self.file(party, say, &[key]);
    }

    fn file(&mut self, party: &str, say: &str, keys: &[&SigningKey]) {
        let header = self.signing.header(party, keys[0]);
        // Too long to be signed: nothing was said.
        let Ok(signed) = SignedStatement::sign(header, say, keys[0]) else { return };
        let mut envelope = signed.envelope().clone();
        for key in &keys[1..] {
            let Ok(more) = envelope.and_signed(key) else { return };
            envelope = more;
        }
        let Ok(signed) = SignedStatement::of(envelope) else { return };
        let Ok(statement) = read_statement(&signed) else { return };
        let Decision { outcome, mut placement } = self.state.decide(&statement, self.now);
        let Outcome::Entries(entries) = outcome else { return };
        self.signing.note(&signed);
        for entry in entries {
            let envelope = match &entry.what {
                What::Found(_) => None,
                _ => Some(signed.envelope().clone()),
            };
            let content = Content { entry, envelope };
            let bytes = content.encode().expect("an entry can be written");
            let read = Content::decode(&bytes).expect("an entry can be read back");
            assert!(read == content, "an entry reads back as another");
            self.apply(content.entry, placement.take());
        }
    }

    fn pass(&mut self, seconds: i64) {
        self.now = self.now.after_seconds(seconds);
        for entry in self.state.tick(self.now, usize::MAX) {
            self.apply(entry, None);
        }
    }

    fn apply(&mut self, entry: deconflict_core::Entry, placement: Option<Placement>) {
        self.state.apply_decided(&entry, placement);
        self.entries.push(entry);
    }
}

fn json(say: &Say) -> String {
    say_json(say).expect("it can be written")
}
