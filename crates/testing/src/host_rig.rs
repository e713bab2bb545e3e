//! A host in the thread of the test: the real [`Space`] over a store in a folder of its own.

use std::path::PathBuf;
use std::time::Duration;

use deconflict_api::FilingAnswer;
use deconflict_core::{Charter, Role, Say, Time};
use deconflict_host::{Failure, Space, SpaceError, Timing, VerifiedStatement};
use deconflict_record::{SignedStatement, SigningKey};
use deconflict_store::{Options, Store};
use tempfile::TempDir;

use crate::clock::{TestClock, seeded};
use crate::{SPACE, START, Signing, at, duty, enrolment, founding, log_key, root};

/// A host without threads and sockets, and the statements that are said to it. It can be killed, and
/// started from what its store holds.
#[derive(Debug)]
pub struct HostRig {
    /// Where its store lies.
    pub folder: TempDir,
    /// How the store is opened.
    pub options: Options,
    /// When heads are signed.
    pub timing: Timing,
    /// What time it is for the host.
    pub clock: TestClock,
    /// What was signed past any desk.
    pub signing: Signing,
    /// The seed of its next start's randomness.
    pub seed: u64,
    /// By how many seconds its clock jumped, while no time passed.
    pub leap_s: i64,
    space: Option<Space>,
}

impl HostRig {
    /// A space of this charter, in which every party has an operator `duty`.
    pub fn new(charter: Charter) -> HostRig {
        HostRig::with(charter, Options::default(), Timing::default())
    }

    /// The same, set up otherwise.
    pub fn with(charter: Charter, options: Options, timing: Timing) -> HostRig {
        let mut rig = HostRig {
            folder: tempfile::tempdir().unwrap(),
            options,
            timing,
            clock: TestClock::new(at(START)),
            signing: Signing::new(SPACE),
            seed: 0,
            leap_s: 0,
            space: None,
        };
        let names: Vec<String> = charter.parties.iter().map(|m| m.id.to_string()).collect();
        let roots: Vec<SigningKey> = names.iter().map(|name| root(name, 0)).collect();
        let signers: Vec<&SigningKey> = roots.iter().collect();
        let statement = rig.signing.noted(&names[0], &signers, &founding(charter));
        let store = Store::create_with(&rig.path(), &rig.options).unwrap();
        let (envelope, entropy) = (statement.envelope().encode(), rig.entropy());
        let now = rig.clock.now();
        let space = Space::found(store, &envelope, log_key(), entropy, timing, now).unwrap();
        rig.space = Some(space);
        for name in &names {
            rig.say(name, &[&root(name, 0)], &enrolment(name, "duty", Role::Person));
        }
        rig
    }

    /// Where its store is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("record.sqlite")
    }

    fn entropy(&mut self) -> deconflict_host::Entropy {
        self.seed += 1;
        seeded(self.seed)
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        self.space.is_some()
    }

    /// What runs.
    ///
    /// # Panics
    /// When nothing does.
    pub fn space(&mut self) -> &mut Space {
        self.space.as_mut().expect("the test has started the host")
    }

    /// It is gone, without a last word.
    pub fn kill(&mut self) {
        self.space = None;
    }

    /// Starts it from what its store holds. Nothing is signed before its witnesses have spoken.
    ///
    /// # Errors
    /// When the store does not let it.
    pub fn start(&mut self) -> Result<(), SpaceError> {
        let store = Store::open_with(&self.path(), &self.options)?;
        let entropy = self.entropy();
        self.space = Some(Space::open(store, SPACE, log_key(), entropy, self.timing)?);
        Ok(())
    }

    /// Takes the bytes of envelopes in, together: each is answered once all are durable.
    pub fn file(&mut self, envelopes: &[Vec<u8>]) -> Vec<Result<FilingAnswer, Failure>> {
        let now = self.keep_time();
        let space = self.space();
        let roster = space.published().roster();
        let read: Vec<_> =
            envelopes.iter().map(|bytes| VerifiedStatement::new(bytes, SPACE, &roster)).collect();
        let good: Vec<_> = read.iter().filter_map(|read| read.as_ref().ok()).cloned().collect();
        let mut answers = space.file(now, &good).into_iter();
        let answer = |read: Result<VerifiedStatement, Failure>| match read {
            Ok(_) => answers.next().expect("there is an answer to each statement"),
            Err(failure) => Err(failure),
        };
        read.into_iter().map(answer).collect()
    }

    /// Takes a statement in, which must be logged.
    ///
    /// # Panics
    /// When it is not.
    pub fn take(&mut self, statement: &SignedStatement) -> FilingAnswer {
        let mut answers = self.file(&[statement.envelope().encode()]);
        answers.remove(0).unwrap_or_else(|failure| panic!("{}", failure.problem.detail))
    }

    /// A party says something past any desk, and it is logged.
    ///
    /// # Panics
    /// When it is not.
    pub fn say(&mut self, party: &str, signers: &[&SigningKey], say: &Say) -> FilingAnswer {
        let statement = self.signing.noted(party, signers, say);
        self.take(&statement)
    }

    /// What the operator `duty` of a party says must be accepted.
    ///
    /// # Panics
    /// When it is not.
    pub fn accepted(&mut self, party: &str, say: &Say) -> FilingAnswer {
        let answer = self.say(party, &[&duty(party)], say);
        assert!(answer.refusal.is_none(), "{party}: {:?}", answer.refusal);
        answer
    }

    /// What time it is, whatever was done to its clock.
    pub fn true_now(&self) -> Time {
        self.clock.now().after_seconds(self.leap_s.saturating_neg())
    }

    /// Its clock is set on, or back, and no time passes.
    pub fn jump(&mut self, seconds: i64) {
        self.leap_s += seconds;
        self.clock.pass(seconds);
    }

    /// Does whatever is due: findings, and a head.
    pub fn turn(&mut self) {
        let now = self.keep_time();
        self.space().turn(now);
    }

    /// What time it is for the host, which holds that against a stopwatch as its writer does before each turn.
    pub fn keep_time(&mut self) -> Time {
        let (now, passed) = (self.clock.now(), self.true_now().seconds());
        let stopwatch = Duration::from_secs(u64::try_from(passed).unwrap_or(0));
        if self.is_up() {
            self.space().keep_time(now, stopwatch);
        }
        now
    }

    /// Lets time pass, and does what is due then.
    pub fn pass(&mut self, seconds: i64) {
        self.clock.pass(seconds);
        self.turn();
    }
}
