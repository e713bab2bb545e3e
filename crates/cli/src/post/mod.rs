//! What every command at a desk needs: the desk, the key, the line to the host, and saying something.
//!
//! A [`Post`] is what the command line says about them, an [`AtDesk`] is the opened desk. Another
//! process may have the desk open (`deconflict desk run` takes it every few seconds): it is waited for.

mod said;
mod settings;
mod when;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use deconflict_api::FilingAnswer;
use deconflict_core::{Ledger, PartyId, Say};
use deconflict_desk::{Desk, DeskError, HttpLine, Keys, Line as _, SyncReport};
use deconflict_record::{Hash, SigningKey, UtcSecond};
use deconflict_store::StoreError;

pub(crate) use said::{Became, Said};
pub(crate) use settings::Settings;
pub(crate) use when::{Validity, now};

use crate::bar::Bar;
use crate::passphrase::unlock;
use crate::text::{printable, shown};
use crate::{CAUGHT, Failure, say as remark};

/// How long another process that has the desk open is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a statement that the host promised is looked for in the record. A head follows an entry
/// within about a second.
const IN_RECORD: Duration = Duration::from_secs(8);

/// Which desk, with which key.
#[derive(Args, Clone, Debug)]
pub(crate) struct Post {
    /// The desk's folder
    #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
    pub(crate) desk: PathBuf,
    /// The operator's key file, if not the one that the desk was set up with
    #[arg(long, value_name = "FILE", env = "DECONFLICT_KEY")]
    pub(crate) key: Option<PathBuf>,
    /// A file with the passphrase in its first line; else it is asked for at the terminal
    #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Do not use the line: work with what the desk has, keep what is said to be sent later
    #[arg(long)]
    pub(crate) offline: bool,
}

/// A desk that is open, and what it takes to read and to speak.
pub(crate) struct AtDesk {
    pub(crate) desk: Desk,
    pub(crate) settings: Settings,
    post: Post,
    line: Option<HttpLine>,
    operator: Option<SigningKey>,
    witness: Option<SigningKey>,
}

impl Post {
    /// Opens the desk. One whose host was caught is a failure with status 3.
    pub(crate) fn open(&self) -> Result<AtDesk, Failure> {
        let at = self.open_even_caught()?;
        at.not_caught()?;
        Ok(at)
    }

    /// Opens the desk, also one whose host was caught: what it holds can still be read and shown.
    pub(crate) fn open_even_caught(&self) -> Result<AtDesk, Failure> {
        let settings = Settings::read(&self.desk)?;
        let desk = open_patiently(&self.desk)?;
        let post = self.clone();
        Ok(AtDesk { desk, settings, post, line: None, operator: None, witness: None })
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

impl AtDesk {
    /// What the desk's party may see.
    pub(crate) fn view(&self) -> &Ledger {
        self.desk.view()
    }

    /// Whose desk it is.
    pub(crate) fn party(&self) -> &PartyId {
        &self.desk.settings().party
    }

    /// The desk's folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.post.desk
    }

    pub(crate) fn offline(&self) -> bool {
        self.post.offline
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
        if self.post.offline {
            return Ok(());
        }
        let synced = self.sync(false);
        self.as_fresh_as_can_be(synced)
    }

    /// The same in a session of another key of the party, such as its root.
    pub(crate) fn refresh_by(&mut self, key: &SigningKey) -> Result<(), Failure> {
        self.not_caught()?;
        if self.post.offline {
            return Ok(());
        }
        self.connect()?;
        let AtDesk { desk, line: Some(line), .. } = self else { return Ok(()) };
        let synced = with_bar(desk, line, &Keys { session: key, witness: None });
        self.as_fresh_as_can_be(synced)
    }

    fn as_fresh_as_can_be(&self, synced: Result<SyncReport, DeskError>) -> Result<(), Failure> {
        match synced {
            Err(DeskError::Line(error)) => {
                let when = match self.desk.read_at() {
                    Some(at) => format!("what follows is what the desk read at {at}"),
                    None => "the desk has read nothing yet".to_owned(),
                };
                remark(&printable(&format!("{error}; {when}")));
                Ok(())
            }
            done => self.done(done).map(|_| ()),
        }
    }

    /// Reads on, and countersigns if `witness` and the desk has a witness's key.
    pub(crate) fn sync(&mut self, witness: bool) -> Result<SyncReport, DeskError> {
        let refused = |failure: Failure| DeskError::Refused(failure.lines.join("; "));
        self.unlock_operator().map_err(refused)?;
        if witness {
            self.unlock_witness().map_err(refused)?;
        }
        self.connect().map_err(refused)?;
        let AtDesk { desk, line: Some(line), operator: Some(operator), .. } = self else {
            return Err(DeskError::Refused("the desk's key and line were not opened".into()));
        };
        let keys = Keys { session: operator, witness: self.witness.as_ref().filter(|_| witness) };
        with_bar(desk, line, &keys)
    }

    /// Signs what the operator says, keeps it durably, sends it and looks for it in the record.
    pub(crate) fn say(
        &mut self,
        say: &Say,
        valid_until: Option<UtcSecond>,
    ) -> Result<Said, Failure> {
        self.not_caught()?;
        self.unlock_operator()?;
        let Some(key) = self.operator.take() else {
            return Err("the operator's key was not opened".to_owned().into());
        };
        let said = self.say_by(&key, say, valid_until);
        self.operator = Some(key);
        said
    }

    /// The same with another key of the party, such as its root.
    pub(crate) fn say_by(
        &mut self,
        key: &SigningKey,
        say: &Say,
        valid_until: Option<UtcSecond>,
    ) -> Result<Said, Failure> {
        let queued = self.desk.file(say, key, valid_until);
        let queued = self.done(queued)?;
        if self.post.offline {
            let why = "--offline was given".to_owned();
            return Ok(Said { statement: queued.statement, became: Became::Queued { why } });
        }
        let said = self.sent(queued.statement, key)?;
        if matches!(said.became, Became::Queued { .. }) && self.told_as_witness(key)? {
            return self.sent(queued.statement, key);
        }
        Ok(said)
    }

    /// Sends what waits in a session of this key; what became of this statement.
    fn sent(&mut self, statement: Hash, key: &SigningKey) -> Result<Said, Failure> {
        self.connect()?;
        let Some(line) = &mut self.line else {
            return Err("the line was not opened".to_owned().into());
        };
        let keys = Keys { session: key, witness: None };
        let sent = self.desk.send(line, &keys, &[key], now());
        let mut said = said::of(&self.desk, statement, sent)
            .map_err(|error| failure(&self.post.desk, &error))?;
        said::look_for(&mut self.desk, line, &keys, &mut said, IN_RECORD)
            .map_err(|error| failure(&self.post.desk, &error))?;
        Ok(said)
    }

    /// Where the host waits for its witnesses and this desk is one of them, tells it what this desk saw.
    /// Before a party's first operator is enrolled, nothing else at this desk could. Whether it did.
    fn told_as_witness(&mut self, session: &SigningKey) -> Result<bool, Failure> {
        if self.settings.witness_key.is_none() {
            return Ok(false);
        }
        let space = self.desk.settings().space.clone();
        let line = self.line()?;
        let asked = line.session(&space, session).and_then(|()| line.recovery());
        if !asked.is_ok_and(|asked| asked.nonce.is_some()) {
            return Ok(false);
        }
        self.unlock_witness()?;
        let AtDesk { desk, line: Some(line), witness, .. } = self else { return Ok(false) };
        match desk.sync(line, &Keys { session, witness: witness.as_ref() }, now()) {
            // What it had to tell is told; the rest is read the next time.
            Err(DeskError::Line(_)) => Ok(true),
            done => self.done(done).map(|_| true),
        }
    }

    /// What the host answered to a statement that is not of this desk's queue; it is looked for in the
    /// record in a session of this key.
    pub(crate) fn filed(
        &mut self,
        statement: Hash,
        filed: &FilingAnswer,
        session: &SigningKey,
    ) -> Result<Said, Failure> {
        let mut said = Said { statement, became: said::filed_as(filed) };
        self.connect()?;
        let AtDesk { desk, line: Some(line), .. } = self else { return Ok(said) };
        let keys = Keys { session, witness: None };
        let done = said::look_for(desk, line, &keys, &mut said, IN_RECORD);
        self.done(done)?;
        Ok(said)
    }

    /// The line to the host.
    pub(crate) fn line(&mut self) -> Result<&mut HttpLine, Failure> {
        self.connect()?;
        self.line.as_mut().ok_or_else(|| "the line was not opened".to_owned().into())
    }

    /// Sends what waits in the queue.
    pub(crate) fn send(&mut self) -> Result<deconflict_desk::SendReport, DeskError> {
        let refused = |failure: Failure| DeskError::Refused(failure.lines.join("; "));
        self.unlock_operator().map_err(refused)?;
        self.connect().map_err(refused)?;
        let AtDesk { desk, line: Some(line), operator: Some(operator), .. } = self else {
            return Err(DeskError::Refused("the desk's key and line were not opened".into()));
        };
        desk.send(line, &Keys { session: operator, witness: None }, &[operator], now())
    }

    /// A desk's answer, its errors as failures.
    pub(crate) fn done<T>(&self, done: Result<T, DeskError>) -> Result<T, Failure> {
        done.map_err(|error| failure(self.dir(), &error))
    }

    /// Closes the desk for a while, so that other processes can open it, and keeps what was unlocked.
    pub(crate) fn reopened_after(self, pause: Duration) -> Result<AtDesk, Failure> {
        self.reopened(|| std::thread::sleep(pause)).map(|(at, ())| at)
    }

    /// The same, while something else is done.
    pub(crate) fn reopened<T>(self, meanwhile: impl FnOnce() -> T) -> Result<(AtDesk, T), Failure> {
        let AtDesk { desk, settings, post, line, operator, witness } = self;
        drop(desk);
        let done = meanwhile();
        let desk = open_patiently(&post.desk)?;
        Ok((AtDesk { desk, settings, post, line, operator, witness }, done))
    }

    fn connect(&mut self) -> Result<(), Failure> {
        if self.line.is_none() {
            let line = HttpLine::new(&self.settings.url, self.settings.ca.as_deref());
            self.line = Some(self.done(line)?);
        }
        Ok(())
    }

    /// The operator's key, unlocked.
    pub(crate) fn operator(&self) -> Result<SigningKey, Failure> {
        let path = self.post.key.as_ref().unwrap_or(&self.settings.key);
        unlock(path, self.post.passphrase_file.as_deref(), "the operator's key")
    }

    /// Unlocks a key of the party that is not the desk's own, such as its root.
    pub(crate) fn other_key(&self, path: &Path, whose: &str) -> Result<SigningKey, Failure> {
        unlock(path, self.post.passphrase_file.as_deref(), whose)
    }

    pub(crate) fn unlock_operator(&mut self) -> Result<(), Failure> {
        if self.operator.is_none() {
            self.operator = Some(self.operator()?);
        }
        Ok(())
    }

    pub(crate) fn unlock_witness(&mut self) -> Result<(), Failure> {
        if let (None, Some(path)) = (&self.witness, &self.settings.witness_key) {
            let from = self.post.passphrase_file.as_deref();
            self.witness = Some(unlock(path, from, "the witness's key")?);
        }
        Ok(())
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
