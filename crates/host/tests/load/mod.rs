//! Clients with real keys who file over HTTP and remember what they were told, and the check that all
//! of it stands.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(unreachable_pub, clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deconflict_api::{
    Challenge, Content, FilingAnswer, FilingOutcome, GivenEntry, GivenPage, Problem, Session,
    session_message,
};
use deconflict_core::*;
use deconflict_faults::Chance;
use deconflict_record::{
    self as record, BatchPlace, Hash, Promise, SignedCheckpoint, SigningKey, Tree,
    entries_of_bundle, leaf_hash, opens,
};
use deconflict_store::{GivenPlace, Store};

use crate::common::*;

/// So little is found at once that most of what meets something follows in parts.
pub const LITTLE: Pace = Pace { findings: 1, work: 4 };

/// What the parties were told, all of it to be kept.
pub struct Told {
    /// Every statement that was sent, whether an answer came or not.
    sent: Mutex<HashMap<Hash, Vec<u8>>>,
    /// The answers.
    filed: Mutex<BTreeMap<Hash, (&'static str, FilingAnswer)>>,
    /// The signed heads that were shown.
    heads: Mutex<Vec<Vec<u8>>>,
    /// What each party was given, from the first entry on.
    given: Mutex<BTreeMap<&'static str, Vec<GivenEntry>>>,
    /// Problems that were answered with, by their kind.
    problems: Mutex<BTreeMap<String, usize>>,
    /// How many statements stood in the record that was checked last with findings that followed later.
    in_parts: AtomicUsize,
}

impl Default for Told {
    /// Of a space that is about to be founded: a killed process may have got so far and no further.
    fn default() -> Told {
        let told = Told {
            sent: Mutex::default(),
            filed: Mutex::default(),
            heads: Mutex::default(),
            given: Mutex::default(),
            problems: Mutex::default(),
            in_parts: AtomicUsize::new(0),
        };
        told.sends(&first_statement());
        told
    }
}

impl Told {
    pub fn filed(&self) -> usize {
        self.filed.lock().unwrap().len()
    }

    pub fn in_parts(&self) -> usize {
        self.in_parts.load(Ordering::SeqCst)
    }

    pub fn heads(&self) -> usize {
        self.heads.lock().unwrap().len()
    }

    pub fn problems(&self, kind: &str) -> usize {
        self.problems.lock().unwrap().get(kind).copied().unwrap_or_default()
    }

    fn problem(&self, kind: String) {
        *self.problems.lock().unwrap().entry(kind).or_default() += 1;
    }

    /// A statement that goes out some other way than by a client.
    pub fn sends(&self, statement: &record::SignedStatement) {
        let envelope = statement.envelope().encode();
        self.sent.lock().unwrap().insert(statement.hash(), envelope);
    }

    fn answered(&self, name: &'static str, statement: Hash, filed: FilingAnswer) {
        assert_eq!(filed.statement, statement.to_string());
        let before = self.filed.lock().unwrap().insert(statement, (name, filed.clone()));
        assert!(before.is_none_or(|before| before.1 == filed), "another answer to {statement}");
    }
}

/// Ends what looks at it when it is dropped, also by a panic: nobody then waits for ever.
pub struct Ends<'a>(pub &'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// The line of one client to a host; where nobody answers, `None`.
pub struct Line {
    agent: ureq::Agent,
    base: String,
    token: Option<String>,
}

impl Line {
    pub fn new(base: &str) -> Line {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .new_agent();
        Line { agent, base: base.to_owned(), token: None }
    }

    /// With a session of this key.
    pub fn of(base: &str, key: &SigningKey) -> Option<Line> {
        let mut line = Line::new(base);
        let id = key.verifying_key().id().to_string();
        let log_id = deconflict_testing::log_key().verifying_key().id().to_string();
        let start = serde_json::json!({ "key": id }).to_string();
        let (200, body) = line.post("/v1/session", start.as_bytes())? else { return None };
        let nonce = serde_json::from_slice::<Challenge>(&body).unwrap().nonce;
        let signature =
            STANDARD.encode(key.sign(&session_message(SPACE, &log_id, "127.0.0.1", &nonce)).0);
        let proof = serde_json::json!({
            "key": id, "nonce": nonce, "log": log_id, "name": "127.0.0.1", "signature": signature,
        });
        let (200, body) = line.post("/v1/session/prove", proof.to_string().as_bytes())? else {
            return None;
        };
        line.token = Some(serde_json::from_slice::<Session>(&body).unwrap().token);
        Some(line)
    }

    pub fn post(&self, path: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let answer = request.header("content-type", "application/json").send(body);
        whole(answer.ok()?)
    }

    pub fn get(&self, path: &str) -> Option<(u16, Vec<u8>)> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        whole(request.call().ok()?)
    }

    /// What the session's party is given from a cause on, and where to go on; `None` where the host
    /// cannot read, or is gone.
    fn given(&self, mut from: u64) -> Option<(Vec<GivenEntry>, u64)> {
        let (mut all, mut within) = (Vec::new(), 0);
        loop {
            let path = format!("/v1/given?from={from}&within={within}&limit=97");
            let (status, body) = self.get(&path)?;
            if status == 503 {
                return None;
            }
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
            let page: GivenPage = serde_json::from_slice(&body).unwrap();
            (from, within) = (page.next, page.within);
            if page.given.is_empty() {
                return Some((all, from));
            }
            all.extend(page.given);
        }
    }
}

/// The status and the body, if they came whole.
fn whole(mut answer: ureq::http::Response<ureq::Body>) -> Option<(u16, Vec<u8>)> {
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec().ok()?;
    Some((status, body))
}

/// Somebody at a party's desk, who files one statement after another and sends each until it is answered.
pub struct Client {
    pub name: &'static str,
    key: SigningKey,
    dice: Chance,
    number: u64,
    prev: Option<Hash>,
    /// Sent perhaps, and not answered.
    pending: Option<record::SignedStatement>,
    /// Its declarations, as they are now, and to whom it shares them.
    own: Vec<(Version, Version, Sharing)>,
}

impl Client {
    pub fn new(name: &'static str, seed: u64) -> Client {
        let (dice, own) = (Chance::new(seed), Vec::new());
        Client { name, key: duty(name), dice, number: 0, prev: None, pending: None, own }
    }

    /// Files until it is told to stop, or until nobody answers.
    pub fn file(&mut self, base: &str, told: &Told, stop: &AtomicBool) {
        let line = Line::new(base);
        while !stop.load(Ordering::SeqCst) {
            if !self.file_one(&line, told) {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Files what waits for its answer, until the answer is there.
    pub fn settle(&mut self, base: &str, told: &Told) {
        let line = Line::new(base);
        let begun = Instant::now();
        while self.pending.is_some() {
            self.file_one(&line, told);
            assert!(begun.elapsed() < Duration::from_secs(30), "{} gets no answer", self.name);
        }
    }

    /// Whether an answer came.
    fn file_one(&mut self, line: &Line, told: &Told) -> bool {
        let statement = match self.pending.take() {
            Some(pending) => pending,
            None => self.next(),
        };
        told.sends(&statement);
        let answer = line.post("/v1/statements", &statement.envelope().encode());
        match answer {
            Some((200, body)) => {
                let filed: FilingAnswer = serde_json::from_slice(&body).unwrap();
                self.answered(&statement, &filed);
                told.answered(self.name, statement.hash(), filed);
                true
            }
            answer => {
                if let Some((status, body)) = answer {
                    let problem: Problem = serde_json::from_slice(&body).unwrap();
                    assert!([429, 503].contains(&status), "{}: {problem:?}", self.name);
                    told.problem(problem.kind);
                }
                self.pending = Some(statement);
                false
            }
        }
    }

    fn answered(&mut self, statement: &record::SignedStatement, filed: &FilingAnswer) {
        (self.number, self.prev) = (self.number + 1, Some(statement.hash()));
        if filed.outcome == FilingOutcome::Refused {
            return;
        }
        let version = Version(statement.hash());
        match serde_json::from_str(statement.claimed_say()).unwrap() {
            Say::Declare { sharing, .. } => self.own.push((version, version, sharing)),
            Say::Amend { declaration, .. } => {
                self.own.iter_mut().filter(|own| own.0.0 == declaration.0).for_each(|own| {
                    own.1 = version;
                });
            }
            Say::End { declaration, .. } => self.own.retain(|own| own.0.0 != declaration.0),
            other => panic!("{other:?}"),
        }
    }

    fn next(&mut self) -> record::SignedStatement {
        let say = self.say();
        let (seq, prev) = (self.number + 1, self.prev);
        sign(SPACE, self.name, &[&self.key], (seq, prev), None, &say)
    }

    fn say(&mut self) -> Say {
        let lat = 34.5 + self.dice.below(4) as f64 * 0.02;
        let sharing = match self.dice.below(3) {
            0 => Sharing::Open,
            1 => Sharing::Named([party("aid")].into()),
            _ => Sharing::ConflictOnly,
        };
        let one = (!self.own.is_empty()).then(|| self.dice.below(self.own.len() as u64) as usize);
        match (one, self.dice.below(8)) {
            (Some(one), 0 | 1) => {
                let (id, version, sharing) = self.own[one].clone();
                amend(id, version, operation_at(lat, 38.6), sharing)
            }
            (Some(one), 2 | 3) => {
                let declaration = DeclarationId(self.own[one].0.0);
                Say::End { declaration, how: Ending::Cancelled }
            }
            // Of what is not there: refused, and logged all the same.
            (_, 4) => {
                let declaration = DeclarationId(leaf_hash(&self.number.to_be_bytes()));
                Say::End { declaration, how: Ending::Cancelled }
            }
            _ => declare(operation_at(lat, 38.6), sharing),
        }
    }
}

/// The statement that founds the space: the same however often it is made.
pub fn first_statement() -> record::SignedStatement {
    let roots: Vec<SigningKey> = PARTIES.iter().map(|name| root(name, 0)).collect();
    let first = founding(charter());
    let signers: Vec<&SigningKey> = roots.iter().collect();
    sign(SPACE, "host", &signers, (1, None), None, &first)
}

/// Enrols the operator `duty` of every party; done already, it is the same statement again.
pub fn enrol_all(base: &str, told: &Told) {
    let line = Line::new(base);
    for name in PARTIES {
        let say = enrolment(name, "duty", Role::Person);
        // The host's root spoke first when it founded the space.
        let link = if name == "host" { (2, Some(first_statement().hash())) } else { (1, None) };
        let statement = sign(SPACE, name, &[&root(name, 0)], link, None, &say);
        told.sends(&statement);
        let answer = line.post("/v1/statements", &statement.envelope().encode());
        // Killed before: it is filed again next time.
        let Some((200, body)) = answer else { return };
        told.answered(name, statement.hash(), serde_json::from_slice(&body).unwrap());
    }
}

/// Reads as a party does, until it is told to stop: heads, and on from what was given before.
pub fn read(name: &'static str, base: &str, told: &Told, stop: &AtomicBool) {
    let mut line = Line::of(base, &duty(name));
    let mut from = 0;
    let mut read = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let Some(session) = &line else {
            std::thread::sleep(Duration::from_millis(2));
            line = Line::of(base, &duty(name));
            continue;
        };
        if let Some((200, note)) = session.get("/checkpoint") {
            told.heads.lock().unwrap().push(note);
        }
        match session.given(from) {
            Some((given, next)) => {
                read.extend(given);
                from = next;
            }
            None => told.problem("no answer to a reader".into()),
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    grows(told, name, &read);
}

/// What a party was given before begins what it is given now, or the other way round; the longer is kept.
fn grows(told: &Told, name: &'static str, now: &[GivenEntry]) {
    let mut given = told.given.lock().unwrap();
    let before = given.entry(name).or_default();
    let both = before.len().min(now.len());
    assert_eq!(before[..both], now[..both], "{name} is given something else than before");
    if now.len() > both {
        *before = now.to_vec();
    }
}

/// What a host that was started again serves agrees with all that was told before, through the same door.
pub fn check_served(base: &str, told: &Told, dice: &mut Chance) {
    let filed = told.filed.lock().unwrap().clone();
    let last = filed.values().map(|(_, filed)| filed.index).max().unwrap_or_default();
    for name in PARTIES {
        // Whoever was not enrolled when the host was killed has no session yet.
        let Some(line) = Line::of(base, &duty(name)) else { continue };
        let (given, _) = line.given(0).unwrap();
        let told_before = told.given.lock().unwrap().get(name).map_or(0, Vec::len);
        assert!(given.len() >= told_before, "{name} is given less than before");
        grows(told, name, &given);
        for (statement, (_, filed)) in filed.iter().filter(|(_, (of, _))| *of == name) {
            let at = given.iter().find(|one| one.index == filed.index);
            let content = at.and_then(|one| one.content.as_deref()).unwrap_or_default();
            let stands = match Content::decode(content.as_bytes()).map(|content| content.entry.what)
            {
                Ok(What::Accepted(said) | What::Refused(said, _)) => Some(said.hash),
                _ => None,
            };
            assert_eq!(
                stands,
                Some(*statement),
                "acknowledged, and not in the record where promised"
            );
            if dice.one_in(8) {
                let envelope = told.sent.lock().unwrap()[statement].clone();
                let (status, body) = line.post("/v1/statements", &envelope).unwrap();
                let again = serde_json::from_slice(&body);
                assert_eq!((status, again.ok()), (200, Some(filed.clone())), "answered anew");
            }
        }
        if name == "aid" {
            check_heads(&line, told, last);
        }
    }
    check_promises(&filed, told);
}

/// Every head that was shown lies on the way to the present one, whose leaves are served.
fn check_heads(line: &Line, told: &Told, last: u64) {
    let begun = Instant::now();
    let head = loop {
        let (status, note) = line.get("/checkpoint").unwrap();
        assert_eq!(status, 200);
        told.heads.lock().unwrap().push(note.clone());
        let head = SignedCheckpoint::parse(&note).unwrap().verify(&log()).unwrap().head();
        if head.size > last {
            break head;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "no head covers entry {last}");
        std::thread::sleep(Duration::from_millis(10));
    };
    let (mut tree, mut roots) = (Tree::default(), vec![Tree::default().root()]);
    for index in 0..head.size.div_ceil(256) {
        let width = (head.size - index * 256).min(256);
        let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
        let path = format!("/tile/entries/{index:03}{partial}");
        let (status, bundle) = line.get(&path).unwrap();
        assert_eq!(status, 200, "{path}");
        for commitment in entries_of_bundle(&bundle).unwrap() {
            tree.append(leaf_hash(commitment));
            roots.push(tree.root());
        }
    }
    assert_eq!((tree.size(), tree.root()), (head.size, head.root));
    for note in told.heads.lock().unwrap().iter() {
        let shown = SignedCheckpoint::parse(note).unwrap().verify(&log()).unwrap().head();
        let now = roots.get(usize::try_from(shown.size).unwrap());
        assert!(now.is_none_or(|now| *now == shown.root), "the head of {} is forked", shown.size);
        assert!(shown.size <= head.size, "the head of {} was shown, {head:?} is it", shown.size);
    }
}

/// Each promise is the host's, about this statement, and not over before it was kept.
fn check_promises(filed: &BTreeMap<Hash, (&'static str, FilingAnswer)>, told: &Told) {
    for (statement, (_, filed)) in filed {
        let promise = Promise::parse(filed.promise.envelope.as_bytes()).unwrap();
        let path: Vec<Hash> =
            filed.promise.path.iter().map(|hash| Hash::from_hex(hash).unwrap()).collect();
        let slot = u8::try_from(filed.promise.slot).unwrap();
        let place = BatchPlace { slot, path: path.try_into().unwrap() };
        let terms = promise.verify(log().key(), statement, &place).unwrap();
        assert_eq!(terms.space, SPACE);
        assert!(terms.deadline > terms.time);
        assert!(told.sent.lock().unwrap().contains_key(statement));
    }
}

/// What stands in the store is what was told: every acknowledged statement at its index with its
/// outcome, none that nobody sent, and everybody was given what follows from that. How many entries.
pub fn check_kept(store: &Store, told: &Told) -> u64 {
    let Ok(view) = store.view(SPACE) else {
        assert_eq!(told.filed(), 0, "acknowledged, and there is no space");
        return 0;
    };
    let size = view.head().size;
    let mut entries = Vec::new();
    let (sent, filed) = (told.sent.lock().unwrap(), told.filed.lock().unwrap());
    let mut found = BTreeMap::new();
    while (entries.len() as u64) < size {
        for kept in view.entries(entries.len() as u64..size, 1_000).unwrap() {
            let opening = kept.opening.unwrap();
            assert!(opens(&Hash(kept.commitment), &opening.salt, &opening.content));
            let content = Content::decode(&opening.content).unwrap();
            if let What::Accepted(statement) | What::Refused(statement, _) = &content.entry.what {
                let envelope = content.envelope.as_ref().unwrap().encode();
                let known = sent.get(&statement.hash);
                assert_eq!(known, Some(&envelope), "entry {}: nobody sent it", kept.index);
                let refusal = match &content.entry.what {
                    What::Refused(_, refusal) => Some(refusal.clone()),
                    _ => None,
                };
                let twice = found.insert(statement.hash, (kept.index, refusal));
                assert_eq!(twice, None, "{} stands there twice", statement.hash);
            }
            entries.push(content.entry);
        }
    }
    for (statement, (_, filed)) in filed.iter() {
        let told = (filed.index, filed.refusal.clone());
        assert_eq!(found.get(statement), Some(&told), "acknowledged, and not kept: {statement}");
    }
    told.in_parts.store(said_while_comparing(&entries), Ordering::SeqCst);
    let all = replayed(&entries);
    for name in PARTIES {
        let (mut given, mut place) = (Vec::new(), Some(GivenPlace::default()));
        while let Some(from) = place {
            let page = view.given(name, from, 1_000).unwrap();
            place = page.next;
            given.extend(page.rows.into_iter().map(|(given, entry)| GivenEntry {
                cause: given.cause,
                index: given.entry,
                salt: None,
                content: Some(String::from_utf8(entry.opening.unwrap().content).unwrap()),
            }));
        }
        assert_eq!(folded(name, &given), all.project(&party(name)), "{name}");
    }
    size
}

/// That whoever reads up to a head is told whether all is compared, and that nothing is found twice. How many
/// statements were followed by parts.
fn said_while_comparing(entries: &[Entry]) -> usize {
    let (mut state, mut in_parts, mut opened) =
        (State::default(), BTreeSet::new(), BTreeSet::new());
    let mut open = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    for entry in entries {
        match &entry.what {
            What::Found(Finding::Disclosures { comparing, .. }) => {
                assert_eq!(*comparing, state.is_comparing(), "at entry {}", state.ledger().size);
            }
            What::Found(Finding::Comparing { statement, .. }) => {
                in_parts.insert(*statement);
            }
            What::Found(Finding::ConflictOpened { conflict, sides, .. }) => {
                let handles = [sides[0].handle, sides[1].handle];
                assert!(opened.insert(handles), "opened twice, at {}", state.ledger().size);
                let pair = between(state.ledger(), sides);
                assert!(pairs.insert(pair.clone()), "open already: {pair:?}");
                open.insert(*conflict, pair);
            }
            What::Found(
                Finding::ConflictResolved { conflict, .. } | Finding::ConflictExpired { conflict },
            ) => {
                let pair = open.remove(conflict).expect("what ends was open");
                pairs.remove(&pair);
            }
            _ => {}
        }
        state.apply(entry);
    }
    in_parts.len()
}

/// Which declarations the sides of a conflict are.
fn between(ledger: &Ledger, sides: &[Side; 2]) -> BTreeSet<DeclarationId> {
    sides.iter().filter_map(|side| ledger.handles.get(&side.handle).copied()).collect()
}
