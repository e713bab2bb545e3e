//! A desk, opened by this process or asked of its agent.

use std::path::Path;
use std::time::Duration;

use deconflict_api::FilingAnswer;
use deconflict_core::{Ledger, PartyId, Say, Time};
use deconflict_desk::{
    DeskAccess, DeskError, DeskStatus, DeskView, HttpLine, Keys, Line as _, LineError, SendReport,
    SyncReport, host_time,
};
use deconflict_record::{Hash, KeyId, SigningKey, UtcSecond};
use deconflict_store::StoreError;
use deconflict_words::{Reader, printable};

use super::args::DeskArgs;
use super::changes::Changes;
use super::filing::{self, FilingResult, FilingState};
use super::means::{Means, SessionKey};
use super::on_demand::{KeyOnDemand, LineOnDemand};
use super::settings::Settings;
use super::trouble::{Trouble, failure};
use super::when::{local_min, now};
use crate::bar::Bar;
use crate::options::words;
use crate::outcome::{Failure, remark};
use crate::passphrase::unlock;
use crate::text::shown;

/// How long another process that has the desk open is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a statement that the host promised is looked for in the record. A head follows an entry
/// within about a second.
const IN_RECORD: Duration = Duration::from_secs(8);

/// How long a host that was just heard by its last witness is given to take in what it kept.
const TAKEN_IN: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];

/// A desk that this process has open or asks, and what it takes to read and to file.
pub(crate) struct DeskSession {
    pub(crate) access: DeskAccess,
    /// What it showed last.
    shown: DeskView,
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
        let (access, shown) = open_patiently(&self.desk, &settings)?;
        // Whatever is shown from here on rests on it.
        for said in &shown.status.overruled {
            remark(&format!("SET ASIDE: {}", printable(&said.to_string())));
        }
        let key =
            |file: &Path, whose| KeyOnDemand::new(file, self.passphrase_file.as_deref(), whose);
        Ok(DeskSession {
            access,
            shown,
            args: self.clone(),
            line: LineOnDemand::new(&settings),
            operator: key(self.key.as_ref().unwrap_or(&settings.key), "the operator's key"),
            witness: settings.witness_key.as_ref().map(|file| key(file, "the witness's key")),
            settings,
        })
    }
}

/// The desk and what it shows: of the agent that runs there, or opened here. A process that has it open and
/// cannot be asked is waited for.
fn open_patiently(dir: &Path, settings: &Settings) -> Result<(DeskAccess, DeskView), Failure> {
    let opened = DeskAccess::open(dir, PATIENCE).and_then(|mut access| {
        if let (DeskAccess::Opened(desk), Some(key)) = (&mut access, &settings.witness_key) {
            desk.keep_countersigned_beside(key);
        }
        let shown = access.view()?;
        Ok((access, shown))
    });
    match opened {
        Err(DeskError::Store(StoreError::Missing { .. })) => Err(format!(
            "{}: no desk is here: name its folder with --desk, or set one up with `deconflict desk init`",
            shown(dir)
        )
        .into()),
        opened => opened.map_err(|error| failure(dir, &error)),
    }
}

impl DeskSession {
    /// What the desk's party may see, and where the desk stands, as it was shown last.
    pub(crate) fn shown(&self) -> &DeskView {
        &self.shown
    }

    /// Where the desk stands.
    pub(crate) fn status(&self) -> &DeskStatus {
        &self.shown.status
    }

    /// What the desk's party may see.
    pub(crate) fn view(&self) -> &Ledger {
        &self.shown.ledger
    }

    /// Whose desk it is.
    pub(crate) fn party(&self) -> &PartyId {
        &self.status().settings.party
    }

    /// What it shows now.
    fn look(&mut self) -> Result<(), Failure> {
        self.shown = self.done(self.access.view())?;
        Ok(())
    }

    /// What time it is at the host, as far as the desk knows how far this machine's clock is from it: what counts from now
    /// is meant so, and deadlines run by it.
    pub(crate) fn now(&self) -> UtcSecond {
        host_time(now(), self.status().clock_ahead_s)
    }

    /// Its operator as a reader who prefers a language, now.
    pub(crate) fn reader<'a>(&'a self, lang: &'a str) -> Reader<'a> {
        Reader::new(self.view(), self.party(), lang, Time::from(self.now()))
            .with_local_time(local_min)
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
        match &self.status().caught {
            Some(caught) => Err(failure(self.dir(), &DeskError::Caught(Box::new(caught.clone())))),
            None => Ok(()),
        }
    }

    /// Reads on to the host's latest head, unless the line is down or not to be used: then a remark
    /// says from when the desk's picture is.
    pub(crate) fn refresh(&mut self) -> Result<(), Failure> {
        self.not_caught()?;
        if self.args.offline {
            if self.status().read_at.is_none() {
                remark("the desk has read nothing yet: what it shows is not what was declared");
            }
            return Ok(());
        }
        let synced = self.sync(false)?;
        self.remark_how_old(synced);
        Ok(())
    }

    /// The same in a session of another key of the party, such as its root.
    pub(crate) fn refresh_by(&mut self, key: &SigningKey) -> Result<(), Failure> {
        self.refresh_in(key, false)
    }

    /// The same as the party's witness too: a host that was started anew may wait for it before any operator is
    /// enrolled.
    pub(crate) fn refresh_as_witness(&mut self, key: &SigningKey) -> Result<(), Failure> {
        self.refresh_in(key, true)
    }

    fn refresh_in(&mut self, key: &SigningKey, as_witness: bool) -> Result<(), Failure> {
        self.not_caught()?;
        if self.args.offline {
            return Ok(());
        }
        let DeskSession { access, line, args, witness, .. } = self;
        let witness = witness.as_mut().filter(|_| as_witness);
        let mut means = Means { line, session: SessionKey::Other(key), witness };
        let synced = line_apart(&args.desk, with_bar(access, &mut means));
        self.look()?;
        let synced = synced?;
        self.remark_how_old(synced);
        Ok(())
    }

    fn remark_how_old(&self, synced: Result<SyncReport, LineError>) {
        if let Err(error) = synced {
            let when = match self.status().read_at {
                Some(at) => format!("what follows is what the desk read at {at}"),
                None => "the desk has read nothing yet".to_owned(),
            };
            remark(&printable(&format!("{error}; {when}")));
        }
    }

    /// Reads on, and countersigns if `witness` and the desk has a witness's key. That the line is down
    /// stands apart: it passes.
    pub(crate) fn sync(&mut self, witness: bool) -> Result<Result<SyncReport, LineError>, Failure> {
        let DeskSession { access, line, args, operator, witness: own, .. } = self;
        let witness = own.as_mut().filter(|_| witness);
        let mut means = Means { line, session: SessionKey::Own(operator), witness };
        let synced = line_apart(&args.desk, with_bar(access, &mut means));
        self.look()?;
        synced
    }

    /// Sends what waits in the queue. That the line is down stands apart: it passes.
    pub(crate) fn send(&mut self) -> Result<Result<SendReport, LineError>, Failure> {
        let DeskSession { access, line, args, operator, .. } = self;
        let mut means = Means { line, session: SessionKey::Own(operator), witness: None };
        let sent = line_apart(&args.desk, access.send(None, &mut means, now()));
        self.look()?;
        sent
    }

    /// Signs what the operator says, keeps it durably, sends it and looks for it in the record.
    pub(crate) fn file(
        &mut self,
        say: &Say,
        valid_until: Option<UtcSecond>,
    ) -> Result<FilingResult, Failure> {
        self.not_caught()?;
        let DeskSession { access, shown, args, line, operator, witness, .. } = self;
        let filing = Filing { access, shown, args, line, witness: witness.as_mut() };
        let filed = filing.file(operator.get()?, say, valid_until);
        self.look()?;
        filed
    }

    /// The same with a key that this process holds, decided on what was shown elsewhere than here: the statement says of it that
    /// this was seen, and nothing that came later.
    pub(crate) fn file_as_shown(
        &mut self,
        (shown, key): (&DeskView, &SigningKey),
        say: &Say,
        valid_until: Option<UtcSecond>,
    ) -> Result<FilingResult, Failure> {
        let DeskSession { access, args, line, witness, .. } = self;
        let filing = Filing { access, shown, args, line, witness: witness.as_mut() };
        let filed = filing.file(key, say, valid_until);
        self.look()?;
        filed
    }

    /// The same with another key of the party, such as its root.
    pub(crate) fn file_by(
        &mut self,
        key: &SigningKey,
        say: &Say,
        valid_until: Option<UtcSecond>,
    ) -> Result<FilingResult, Failure> {
        let DeskSession { access, shown, args, line, witness, .. } = self;
        let filing = Filing { access, shown, args, line, witness: witness.as_mut() };
        let filed = filing.file(key, say, valid_until);
        self.look()?;
        filed
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
        let DeskSession { access, line, args, .. } = self;
        let mut means = Means { line, session: SessionKey::Other(session), witness: None };
        filing::look_for(access, &mut means, &mut result, IN_RECORD)
            .map_err(|trouble| trouble.failure(&args.desk))?;
        self.look()?;
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

    /// Waits until there may be more to read: until the agent tells so, or, where this process has the desk
    /// open, so long, while it is closed so that other processes can open it. What was unlocked is kept.
    pub(crate) fn after_a_while(self, pause: Duration) -> Result<DeskSession, Failure> {
        let DeskSession { access, shown, settings, args, line, operator, witness } = self;
        if !told_of_more(&access, shown.status.given) {
            drop(access);
            std::thread::sleep(pause);
        }
        let (access, shown) = open_patiently(&args.desk, &settings)?;
        Ok(DeskSession { access, shown, settings, args, line, operator, witness })
    }

    /// Waits until there may be more to read, and no longer than `most`: until an agent tells so, or, where this process
    /// has the desk open, so long, while it is closed so that other processes can open it. What was unlocked is kept.
    pub(crate) fn after_a_change(
        self,
        changes: &mut Changes,
        most: Duration,
    ) -> Result<DeskSession, Failure> {
        let DeskSession { access, settings, args, line, operator, witness, .. } = self;
        changes.wait(access, most);
        let (access, shown) = open_patiently(&args.desk, &settings)?;
        let mut at = DeskSession { access, shown, settings, args, line, operator, witness };
        at.not_caught()?;
        // An agent has read what it tells of.
        if !at.access.is_agent() {
            at.refresh()?;
        }
        Ok(at)
    }

    /// Signs what the operator's machine has to say, keeps it and sends it, without a word and without waiting for the
    /// record; `false`: nobody is to be asked for the key's passphrase for that.
    ///
    /// # Errors
    /// When the key cannot be unlocked or the disk fails. A line that is down leaves it in the queue.
    pub(crate) fn say_unasked(
        &mut self,
        make: impl FnOnce(&DeskView, &KeyId) -> Vec<Say>,
    ) -> Result<bool, Failure> {
        if !self.operator.is_unasked() {
            return Ok(false);
        }
        let dir = self.args.desk.clone();
        let key = self.operator.get()?;
        let all = make(&self.shown, &key.verifying_key().id());
        for say in &all {
            let filed = self.access.file(self.shown.status.shown_to(), say, key, None);
            filed.map_err(|error| failure(&dir, &error))?;
        }
        if !all.is_empty() {
            // What cannot be sent now waits in the queue, as all that is said does.
            let _ = self.send()?;
        }
        Ok(true)
    }

    /// The operator's key file.
    pub(crate) fn key_path(&self) -> &Path {
        self.args.key.as_ref().unwrap_or(&self.settings.key)
    }

    /// The operator's key, unlocked.
    pub(crate) fn operator(&self) -> Result<SigningKey, Failure> {
        self.other_key(self.key_path(), "the operator's key")
    }

    /// Unlocks a key of the party that is not the desk's own, such as its root.
    pub(crate) fn other_key(&self, path: &Path, whose: &str) -> Result<SigningKey, Failure> {
        unlock(path, self.args.passphrase_file.as_deref(), whose)
    }

    /// The witness's key, unlocked, if the desk has one.
    pub(crate) fn witness(&self) -> Result<Option<SigningKey>, Failure> {
        let file = self.settings.witness_key.as_ref();
        file.map(|file| self.other_key(file, "the witness's key")).transpose()
    }
}

/// Waits until an agent tells that its party was given more than so many entries, or that its host was caught;
/// `false`: none tells.
fn told_of_more(access: &DeskAccess, given: u64) -> bool {
    #[cfg(unix)]
    if let Ok(Some(changes)) = access.follow() {
        use deconflict_desk::DeskChange;
        // One that does not answer any more is asked anew.
        return changes.map_while(Result::ok).any(|change| match change {
            DeskChange::Begins(status) => status.given > given || status.caught.is_some(),
            DeskChange::Given { .. } | DeskChange::Caught(_) => true,
            _ => false,
        });
    }
    let _ = (access, given);
    false
}

/// What filing uses of a session beside the key that signs, which may be the session's own.
struct Filing<'a> {
    access: &'a mut DeskAccess,
    shown: &'a DeskView,
    args: &'a DeskArgs,
    line: &'a mut LineOnDemand,
    witness: Option<&'a mut KeyOnDemand>,
}

impl Filing<'_> {
    fn file(
        mut self,
        key: &SigningKey,
        say: &Say,
        valid_until: Option<UtcSecond>,
    ) -> Result<FilingResult, Failure> {
        // What the host would refuse would stand in the record, without effect.
        if let Err(why) = say.fits_clock(self.shown.status.clock_ahead_s) {
            return Err(format!("{}: nothing was signed", words().refusal(&why)).into());
        }
        let dir = &self.args.desk;
        let queued = self.access.file(self.shown.status.shown_to(), say, key, valid_until);
        let queued = queued.map_err(|error| failure(dir, &error))?;
        if self.args.offline {
            let why = "--offline was given".to_owned();
            let state = FilingState::Queued { why };
            return Ok(FilingResult { statement: queued.statement, state });
        }
        let result = self.sent(queued.statement, key)?;
        let waits = matches!(result.state, FilingState::Queued { .. } | FilingState::Kept { .. });
        if !waits || !self.told_as_witness(key)? {
            return Ok(result);
        }
        let mut result = self.sent(queued.statement, key)?;
        // What it kept the host takes in a moment after it was heard.
        for pause in TAKEN_IN {
            if !matches!(result.state, FilingState::Kept { .. }) {
                break;
            }
            std::thread::sleep(pause);
            result = self.sent(queued.statement, key)?;
        }
        Ok(result)
    }

    /// Sends what waits in a session of this key; what became of this statement.
    fn sent(&mut self, statement: Hash, key: &SigningKey) -> Result<FilingResult, Failure> {
        let Filing { access, args, line, .. } = self;
        let mut means = Means { line, session: SessionKey::Other(key), witness: None };
        let sent = access.send(Some(statement), &mut means, now());
        let result = filing::of(access, statement, sent).and_then(|mut result| {
            filing::look_for(access, &mut means, &mut result, IN_RECORD)?;
            Ok(result)
        });
        result.map_err(|trouble| trouble.failure(&args.desk))
    }

    /// Where the host waits for its witnesses and this desk is one of them, tells it what this desk saw.
    /// Before a party's first operator is enrolled, nothing else at this desk could; an agent did by itself.
    /// Whether it did.
    fn told_as_witness(&mut self, session: &SigningKey) -> Result<bool, Failure> {
        let Some(witness) = &mut self.witness else { return Ok(false) };
        let DeskAccess::Opened(desk) = &mut self.access else { return Ok(false) };
        let dir = &self.args.desk;
        let line = self.line.get().map_err(|error| failure(dir, &error))?;
        let space = desk.settings().space.clone();
        let asked = line.session(&space, session).and_then(|()| line.recovery());
        if !asked.is_ok_and(|asked| asked.nonce.is_some()) {
            return Ok(false);
        }
        let keys = Keys { session, witness: Some(witness.get()?) };
        // Where the line goes down, what it had to tell is told; the rest is read the next time.
        line_apart(dir, desk.sync(line, &keys, now()).map_err(Trouble::from)).map(|_| true)
    }
}

/// What became of work over the line, and apart from the failures that the line is down.
fn line_apart<T>(dir: &Path, done: Result<T, Trouble>) -> Result<Result<T, LineError>, Failure> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(Trouble::Desk(DeskError::Line(error))) => Ok(Err(error)),
        Err(trouble) => Err(trouble.failure(dir)),
    }
}

/// Reads on; that a long reading goes on shows on the terminal.
fn with_bar(access: &mut DeskAccess, means: &mut Means<'_>) -> Result<SyncReport, Trouble> {
    let mut bar = Bar::new("reading the record");
    access.sync(means, now(), &mut |done, of| bar.tell(done, of))
}
