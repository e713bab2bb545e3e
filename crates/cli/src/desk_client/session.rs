//! A desk that is open.

use std::path::Path;
use std::time::{Duration, Instant};

use deconflict_api::FilingAnswer;
use deconflict_core::{Ledger, PartyId, Say, Time};
use deconflict_desk::{
    Desk, DeskError, HttpLine, Keys, Line as _, LineError, SendReport, SyncReport,
};
use deconflict_record::{Hash, SigningKey, UtcSecond};
use deconflict_store::StoreError;
use deconflict_words::{Reader, printable};

use super::args::DeskArgs;
use super::filing::{self, FilingResult, FilingState};
use super::on_demand::{KeyOnDemand, LineOnDemand};
use super::settings::Settings;
use super::when::now;
use crate::bar::Bar;
use crate::outcome::{CAUGHT, Failure, remark};
use crate::passphrase::unlock;
use crate::text::shown;

/// How long another process that has the desk open is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a statement that the host promised is looked for in the record. A head follows an entry
/// within about a second.
const IN_RECORD: Duration = Duration::from_secs(8);

/// A desk that is open, and what it takes to read and to file.
pub(crate) struct DeskSession {
    pub(crate) desk: Desk,
    pub(crate) settings: Settings,
    args: DeskArgs,
    line: LineOnDemand,
    operator: KeyOnDemand,
    /// `None`: the desk countersigns nothing.
    witness: Option<KeyOnDemand>,
}

impl DeskArgs {
    /// Opens the desk. One whose host was caught is a failure with status 3.
    pub(crate) fn open(&self) -> Result<DeskSession, Failure> {
        let at = self.open_even_caught()?;
        at.not_caught()?;
        Ok(at)
    }

    /// Opens the desk, also one whose host was caught: what it holds can still be read and shown.
    pub(crate) fn open_even_caught(&self) -> Result<DeskSession, Failure> {
        let settings = Settings::read(&self.desk)?;
        let desk = open_patiently(&self.desk)?;
        let key =
            |file: &Path, whose| KeyOnDemand::new(file, self.passphrase_file.as_deref(), whose);
        Ok(DeskSession {
            desk,
            args: self.clone(),
            line: LineOnDemand::new(&settings),
            operator: key(self.key.as_ref().unwrap_or(&settings.key), "the operator's key"),
            witness: settings.witness_key.as_ref().map(|file| key(file, "the witness's key")),
            settings,
        })
    }
}

/// Opens a desk, and waits for a process that has it open.
fn open_patiently(dir: &Path) -> Result<Desk, Failure> {
    let begun = Instant::now();
    loop {
        match Desk::open(dir) {
            Err(DeskError::Store(StoreError::Held { .. })) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(DeskError::Store(StoreError::Missing { .. })) => {
                return Err(format!(
                    "{}: no desk is here: name its folder with --desk, or set one up with \
                     `deconflict desk init`",
                    shown(dir)
                )
                .into());
            }
            opened => return opened.map_err(|error| failure(dir, &error)),
        }
    }
}

impl DeskSession {
    /// What the desk's party may see.
    pub(crate) fn view(&self) -> &Ledger {
        self.desk.view()
    }

    /// Whose desk it is.
    pub(crate) fn party(&self) -> &PartyId {
        &self.desk.settings().party
    }

    /// Its operator as a reader who prefers a language, now.
    pub(crate) fn reader<'a>(&'a self, lang: &'a str) -> Reader<'a> {
        // The clock is read as seconds up to the year 9999.
        let now = Time::from_seconds(now().seconds().cast_signed());
        Reader::new(self.view(), self.party(), lang, now)
    }

    /// The desk's folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.args.desk
    }

    /// Whether the line is not to be used.
    pub(crate) fn offline(&self) -> bool {
        self.args.offline
    }

    /// That the host was caught, as a failure with status 3.
    pub(crate) fn not_caught(&self) -> Result<(), Failure> {
        match self.desk.caught() {
            Some(caught) => Err(failure(self.dir(), &DeskError::Caught(Box::new(caught.clone())))),
            None => Ok(()),
        }
    }

    /// Reads on to the host's latest head, unless the line is down or not to be used: then a remark
    /// says from when the desk's picture is.
    pub(crate) fn refresh(&mut self) -> Result<(), Failure> {
        self.not_caught()?;
        if self.args.offline {
            return Ok(());
        }
        let synced = self.sync(false)?;
        self.remark_how_old(synced);
        Ok(())
    }

    /// The same in a session of another key of the party, such as its root.
    pub(crate) fn refresh_by(&mut self, key: &SigningKey) -> Result<(), Failure> {
        self.not_caught()?;
        if self.args.offline {
            return Ok(());
        }
        let dir = &self.args.desk;
        let line = self.line.get().map_err(|error| failure(dir, &error))?;
        let keys = Keys { session: key, witness: None };
        let synced = line_apart(dir, with_bar(&mut self.desk, line, &keys))?;
        self.remark_how_old(synced);
        Ok(())
    }

    fn remark_how_old(&self, synced: Result<SyncReport, LineError>) {
        if let Err(error) = synced {
            let when = match self.desk.read_at() {
                Some(at) => format!("what follows is what the desk read at {at}"),
                None => "the desk has read nothing yet".to_owned(),
            };
            remark(&printable(&format!("{error}; {when}")));
        }
    }

    /// Reads on, and countersigns if `witness` and the desk has a witness's key. That the line is down
    /// stands apart: it passes.
    pub(crate) fn sync(&mut self, witness: bool) -> Result<Result<SyncReport, LineError>, Failure> {
        let dir = &self.args.desk;
        let session = self.operator.get()?;
        let witness = match &mut self.witness {
            Some(key) if witness => Some(key.get()?),
            _ => None,
        };
        let line = self.line.get().map_err(|error| failure(dir, &error))?;
        line_apart(dir, with_bar(&mut self.desk, line, &Keys { session, witness }))
    }

    /// Sends what waits in the queue. That the line is down stands apart: it passes.
    pub(crate) fn send(&mut self) -> Result<Result<SendReport, LineError>, Failure> {
        let dir = &self.args.desk;
        let operator = self.operator.get()?;
        let line = self.line.get().map_err(|error| failure(dir, &error))?;
        let keys = Keys { session: operator, witness: None };
        line_apart(dir, self.desk.send(line, &keys, &[operator], now()))
    }

    /// Signs what the operator says, keeps it durably, sends it and looks for it in the record.
    pub(crate) fn file(
        &mut self,
        say: &Say,
        valid_until: Option<UtcSecond>,
    ) -> Result<FilingResult, Failure> {
        self.not_caught()?;
        let DeskSession { desk, args, line, operator, witness, .. } = self;
        Filing { desk, args, line, witness: witness.as_mut() }.file(
            operator.get()?,
            say,
            valid_until,
        )
    }

    /// The same with another key of the party, such as its root.
    pub(crate) fn file_by(
        &mut self,
        key: &SigningKey,
        say: &Say,
        valid_until: Option<UtcSecond>,
    ) -> Result<FilingResult, Failure> {
        let DeskSession { desk, args, line, witness, .. } = self;
        Filing { desk, args, line, witness: witness.as_mut() }.file(key, say, valid_until)
    }

    /// What the host answered to a statement that is not of this desk's queue; it is looked for in the
    /// record in a session of this key.
    pub(crate) fn filed(
        &mut self,
        statement: Hash,
        filed: &FilingAnswer,
        session: &SigningKey,
    ) -> Result<FilingResult, Failure> {
        let mut result = FilingResult { statement, state: filing::filed_as(filed) };
        let dir = &self.args.desk;
        let line = self.line.get().map_err(|error| failure(dir, &error))?;
        let keys = Keys { session, witness: None };
        filing::look_for(&mut self.desk, line, &keys, &mut result, IN_RECORD)
            .map_err(|error| failure(dir, &error))?;
        Ok(result)
    }

    /// The line to the host.
    pub(crate) fn line(&mut self) -> Result<&mut HttpLine, Failure> {
        let dir = &self.args.desk;
        self.line.get().map_err(|error| failure(dir, &error))
    }

    /// A desk's answer, its errors as failures.
    pub(crate) fn done<T>(&self, done: Result<T, DeskError>) -> Result<T, Failure> {
        done.map_err(|error| failure(self.dir(), &error))
    }

    /// Closes the desk for a while, so that other processes can open it, and keeps what was unlocked.
    pub(crate) fn reopened_after(self, pause: Duration) -> Result<DeskSession, Failure> {
        self.reopened(|| std::thread::sleep(pause)).map(|(at, ())| at)
    }

    /// The same, while something else is done.
    pub(crate) fn reopened<T>(
        self,
        meanwhile: impl FnOnce() -> T,
    ) -> Result<(DeskSession, T), Failure> {
        let DeskSession { desk, settings, args, line, operator, witness } = self;
        drop(desk);
        let done = meanwhile();
        let desk = open_patiently(&args.desk)?;
        Ok((DeskSession { desk, settings, args, line, operator, witness }, done))
    }

    /// The operator's key, unlocked.
    pub(crate) fn operator(&self) -> Result<SigningKey, Failure> {
        let path = self.args.key.as_ref().unwrap_or(&self.settings.key);
        self.other_key(path, "the operator's key")
    }

    /// Unlocks a key of the party that is not the desk's own, such as its root.
    pub(crate) fn other_key(&self, path: &Path, whose: &str) -> Result<SigningKey, Failure> {
        unlock(path, self.args.passphrase_file.as_deref(), whose)
    }

    /// Unlocks the keys that the desk was set up with, before anything needs them.
    pub(crate) fn unlock(&mut self) -> Result<(), Failure> {
        self.operator.get()?;
        if let Some(witness) = &mut self.witness {
            witness.get()?;
        }
        Ok(())
    }
}

/// What filing uses of a session beside the key that signs, which may be the session's own.
struct Filing<'a> {
    desk: &'a mut Desk,
    args: &'a DeskArgs,
    line: &'a mut LineOnDemand,
    witness: Option<&'a mut KeyOnDemand>,
}

impl Filing<'_> {
    fn file(
        &mut self,
        key: &SigningKey,
        say: &Say,
        valid_until: Option<UtcSecond>,
    ) -> Result<FilingResult, Failure> {
        let dir = &self.args.desk;
        let queued = self.desk.file(say, key, valid_until).map_err(|error| failure(dir, &error))?;
        if self.args.offline {
            let why = "--offline was given".to_owned();
            let state = FilingState::Queued { why };
            return Ok(FilingResult { statement: queued.statement, state });
        }
        let result = self.sent(queued.statement, key)?;
        if matches!(result.state, FilingState::Queued { .. }) && self.told_as_witness(key)? {
            return self.sent(queued.statement, key);
        }
        Ok(result)
    }

    /// Sends what waits in a session of this key; what became of this statement.
    fn sent(&mut self, statement: Hash, key: &SigningKey) -> Result<FilingResult, Failure> {
        let dir = &self.args.desk;
        let fail = |error: DeskError| failure(dir, &error);
        let line = self.line.get().map_err(fail)?;
        let keys = Keys { session: key, witness: None };
        let sent = self.desk.send(line, &keys, &[key], now());
        let mut result = filing::of(self.desk, statement, sent).map_err(fail)?;
        filing::look_for(self.desk, line, &keys, &mut result, IN_RECORD).map_err(fail)?;
        Ok(result)
    }

    /// Where the host waits for its witnesses and this desk is one of them, tells it what this desk saw.
    /// Before a party's first operator is enrolled, nothing else at this desk could. Whether it did.
    fn told_as_witness(&mut self, session: &SigningKey) -> Result<bool, Failure> {
        let Some(witness) = &mut self.witness else { return Ok(false) };
        let dir = &self.args.desk;
        let line = self.line.get().map_err(|error| failure(dir, &error))?;
        let space = self.desk.settings().space.clone();
        let asked = line.session(&space, session).and_then(|()| line.recovery());
        if !asked.is_ok_and(|asked| asked.nonce.is_some()) {
            return Ok(false);
        }
        let keys = Keys { session, witness: Some(witness.get()?) };
        // Where the line goes down, what it had to tell is told; the rest is read the next time.
        line_apart(dir, self.desk.sync(line, &keys, now())).map(|_| true)
    }
}

/// What became of work over the line, and apart from the failures that the line is down.
fn line_apart<T>(dir: &Path, done: Result<T, DeskError>) -> Result<Result<T, LineError>, Failure> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(DeskError::Line(error)) => Ok(Err(error)),
        Err(error) => Err(failure(dir, &error)),
    }
}

/// Reads on; that a long reading goes on shows on the terminal.
fn with_bar(
    desk: &mut Desk,
    line: &mut HttpLine,
    keys: &Keys<'_>,
) -> Result<SyncReport, DeskError> {
    let mut bar = Bar::new("reading the record");
    desk.sync_telling(line, keys, now(), &mut |done, of| bar.tell(done, of))
}

/// A desk's error as a failure: that the host was caught ends with status 3 and names the evidence.
pub(crate) fn failure(dir: &Path, error: &DeskError) -> Failure {
    let DeskError::Caught(caught) = error else {
        return Failure::from(printable(&error.to_string()));
    };
    let evidence = dir.join(&caught.evidence);
    let evidence = shown(&evidence);
    let lines = vec![
        printable(&caught.to_string()),
        format!("the evidence is {evidence}: check it with `deconflict verify {evidence}`"),
    ];
    Failure { status: CAUGHT, lines }
}
