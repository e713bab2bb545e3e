//! What must hold of anything that parties say.

use std::collections::BTreeMap;

use deconflict_api::{Content, read_statement};
use deconflict_core::{
    Charter, Consents, Host, Ledger, Member, Outcome, PartyId, Role, RuleSet, Say, State, Time,
    What,
};
use deconflict_record::{self as record, Header, KeyId, SigningKey, StatementId, leaf_hash};

const SPACE: &str = "fuzz.example/space";
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
            for key in [root(party), operator(party)] {
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
    chains: BTreeMap<KeyId, (u64, Option<record::Hash>)>,
}

impl Space {
    fn new() -> Space {
        let mut space = Space {
            state: State::default(),
            entries: Vec::new(),
            now: "2017-05-18T06:00:00Z".parse().expect("a time"),
            chains: BTreeMap::new(),
        };
        let found = Say::FoundSpace { charter: Box::new(charter()) };
        let roots = PARTIES.map(root);
        space.file("host", &json(&found), &roots.iter().collect::<Vec<_>>());
        for party in PARTIES {
            let enrol = Say::Enrol {
                operator: "duty".parse().expect("a name"),
                post: "duty".into(),
                operator_key: operator(party).verifying_key(),
                role: Role::Person,
            };
            space.say(party, &json(&enrol), &root(party));
        }
        assert!(space.state.ledger().keys.len() == 2 * PARTIES.len(), "the space has begun");
        space
    }

    fn say(&mut self, party: &str, say: &str, key: &SigningKey) {
        self.file(party, say, &[key]);
    }

    fn file(&mut self, party: &str, say: &str, keys: &[&SigningKey]) {
        let author = keys[0].verifying_key().id();
        let (seq, prev) = self.chains.get(&author).copied().unwrap_or_default();
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(self.entries.len() as u64).to_be_bytes());
        let header = Header {
            space: SPACE.into(),
            party: party.into(),
            key: author,
            seq: seq + 1,
            prev,
            seen: None,
            valid_until: None,
            id: StatementId(id),
        };
        // Too long to be signed: nothing was said.
        let Ok(signed) = record::SignedStatement::sign(header, say, keys[0]) else { return };
        let mut envelope = signed.envelope().clone();
        for key in &keys[1..] {
            let Ok(more) = envelope.and_signed(key) else { return };
            envelope = more;
        }
        let Ok(signed) = record::SignedStatement::of(envelope) else { return };
        let Ok(statement) = read_statement(&signed) else { return };
        let Outcome::Entries(entries) = self.state.decide(&statement, self.now) else { return };
        self.chains.insert(author, (statement.seq, Some(statement.hash)));
        for entry in entries {
            let envelope = match &entry.what {
                What::Found(_) => None,
                _ => Some(signed.envelope().clone()),
            };
            let content = Content { entry, envelope };
            let bytes = content.encode().expect("an entry can be written");
            let read = Content::decode(&bytes).expect("an entry can be read back");
            assert!(read == content, "an entry reads back as another");
            self.apply(content.entry);
        }
    }

    fn pass(&mut self, seconds: i64) {
        self.now = self.now.after_seconds(seconds);
        for entry in self.state.tick(self.now, usize::MAX) {
            self.apply(entry);
        }
    }

    fn apply(&mut self, entry: deconflict_core::Entry) {
        self.state.apply(&entry);
        self.entries.push(entry);
    }
}

fn json(say: &Say) -> String {
    serde_json::to_string(say).expect("it can be written")
}

fn root(party: &str) -> SigningKey {
    SigningKey::from_seed(&leaf_hash(format!("root {party}").as_bytes()).0)
}

fn operator(party: &str) -> SigningKey {
    SigningKey::from_seed(&leaf_hash(format!("operator {party}").as_bytes()).0)
}

fn charter() -> Charter {
    let member = |name: &str| Member {
        id: name.parse::<PartyId>().expect("a name"),
        name: [("en".to_owned(), name.to_owned())].into(),
        root: root(name).verifying_key(),
        next_root: leaf_hash(b"the next"),
        contact: vec!["+000".into()],
        speaks_for: Default::default(),
    };
    let log = SigningKey::from_seed(&[1; 32]).verifying_key();
    Charter {
        space: SPACE.into(),
        title: [("en".to_owned(), "Fuzz".to_owned())].into(),
        host: Host { party: "host".parse().expect("a name"), key: log },
        parties: PARTIES.map(member).into(),
        witnesses: Vec::new(),
        quorum: 0,
        rules: RuleSet::default(),
        consents: Consents::default(),
        continues: None,
    }
}
