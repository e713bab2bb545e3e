//! A party's own agent: what it is made of, and what it says when asked.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use deconflict_api::HostWait;
use deconflict_core::Ledger;
use deconflict_proof::{Charge, Exhibit, Notice, Offence, write_durable};
use deconflict_record::{Hash, Head, SignedCheckpoint, UtcSecond};
use deconflict_store::{Options, StoreError};

use crate::caught::CaughtHost;
use crate::copy::RecordCopy;
use crate::countersigned::LastCountersigned;
use crate::error::DeskError;
use crate::intake::PartialCause;
use crate::outbox::Outbox;
use crate::private_dir::make_private;
use crate::randomness::Randomness;
use crate::settings::Settings;

const STORE_FILE: &str = "desk.sqlite";

/// A party's desk for one space.
///
/// It keeps the commitments of the whole record, the contents that its party was given, the view that
/// follows from them, and what its party filed and has not seen in the record yet. Whatever it answers
/// with is durable; killed at any instant, it goes on from where it was.
///
/// The one thing that it may answer before it is durable is when it last read ([`Desk::read_at`]): a desk that
/// reads on and finds nothing new writes nothing. The time goes to the disk with the next change, at once where
/// a promise is overdue by it, and when the desk is dropped, if what stands there is more than a minute older.
#[derive(Debug)]
pub struct Desk {
    pub(crate) dir: PathBuf,
    pub(crate) settings: Settings,
    /// The verified copy of the record. Its own methods alone change it.
    pub(crate) copy: RecordCopy,
    /// What waits, as it is on the disk: [`Desk::change_outbox`] and the intake alone change it.
    pub(crate) outbox: Outbox,
    /// What stands in the record as it was signed before it waited under its last name, as this process read it: that
    /// name first, and the one that stands.
    pub(crate) renamed: VecDeque<(Hash, Hash)>,
    /// What waits for a message that does not stand in the record yet, as the last sending found: what is said later with
    /// the same key goes before it.
    pub(crate) put_off: BTreeSet<Hash>,
    /// What has been read of a cause that takes several pages, if this process read it.
    pub(crate) partial: Option<PartialCause>,
    /// To which asking of the host, and how far, all that this desk has was given back.
    pub(crate) given_back: Option<(String, u64)>,
    /// For whom the host waits that was started anew, as it said last to this process.
    pub(crate) host_waits: Option<HostWait>,
    /// By how many seconds this desk's clock is ahead of the host's, below 0 behind it, where that is more than
    /// [`CLOCKS_APART_S`], as this process found last.
    pub(crate) clock_ahead_s: Option<i64>,
    /// Where it is kept what the witness's key countersigned last.
    pub(crate) countersigned: Option<LastCountersigned>,
    pub(crate) randomness: Randomness,
}

impl Desk {
    /// A new desk in a folder that is empty or does not exist.
    ///
    /// # Errors
    /// When there is a desk already, or the log's key is not of this space.
    pub fn create(dir: &Path, settings: &Settings) -> Result<Desk, DeskError> {
        Desk::create_with(dir, settings, &Options::default())
    }

    /// [`Desk::create`], with options of the store.
    ///
    /// # Errors
    /// As [`Desk::create`].
    pub fn create_with(
        dir: &Path,
        settings: &Settings,
        options: &Options,
    ) -> Result<Desk, DeskError> {
        if settings.log.name() != settings.space {
            return Err(DeskError::Refused(format!(
                "the key of the record's heads is named `{}`, the space `{}`: they must be the same",
                settings.log.name(),
                settings.space
            )));
        }
        make_private(dir).map_err(|error| DeskError::file(dir, error))?;
        let made = RecordCopy::create(&dir.join(STORE_FILE), settings, options)?;
        Ok(Desk::of(dir, made))
    }

    /// The desk in a folder, as it was when it was last durable.
    ///
    /// # Errors
    /// When there is none, another process holds it, or its store is damaged.
    pub fn open(dir: &Path) -> Result<Desk, DeskError> {
        Desk::open_with(dir, &Options::default())
    }

    /// [`Desk::open`], with options of the store.
    ///
    /// # Errors
    /// As [`Desk::open`].
    pub fn open_with(dir: &Path, options: &Options) -> Result<Desk, DeskError> {
        let opened = RecordCopy::open(&dir.join(STORE_FILE), options);
        let opened = opened.map_err(|error| match error {
            DeskError::Store(StoreError::OtherStore { file, is, .. }) => DeskError::file(
                &file,
                format!(
                    "has the form of {is}, and not that of a desk's copy, as desks had before the first \
                     release: begin a new desk in another folder"
                ),
            ),
            error => error,
        })?;
        let desk = Desk::of(dir, opened);
        // Where the disk fails again, the desk still opens, refuses and says why.
        let _ = desk.write_again();
        Ok(desk)
    }

    fn of(dir: &Path, (copy, settings, outbox): (RecordCopy, Settings, Outbox)) -> Desk {
        Desk {
            dir: dir.to_path_buf(),
            settings,
            copy,
            outbox,
            renamed: VecDeque::new(),
            put_off: BTreeSet::new(),
            partial: None,
            given_back: None,
            host_waits: None,
            clock_ahead_s: None,
            countersigned: None,
            randomness: Randomness::system(),
        }
    }

    /// Has at most so many commitments of a record in memory while it reads on: 256 to 16,384, of which the greatest
    /// is what a desk begins with.
    pub fn set_step(&mut self, entries: u64) {
        self.copy.set_step(entries);
    }

    /// Keeps the view, to start from, while each part of it takes at most so many bytes: up to what the store
    /// keeps in one piece, which is what a desk begins with. Where one is longer, all is folded anew at each start.
    pub fn set_longest_part(&mut self, bytes: usize) {
        self.copy.set_longest_part(bytes);
    }

    /// Draws randomness from here instead of from the system, 32 bytes at a time: for a simulation that is to
    /// go the same way again.
    pub fn draw_from(
        &mut self,
        source: impl Fn() -> Result<[u8; 32], String> + Send + Sync + 'static,
    ) {
        self.randomness = Randomness::of(source);
    }

    /// Whose desk it is, and of which space.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the party may see: the fold of what it was given.
    pub fn view(&self) -> &Ledger {
        self.copy.view()
    }

    /// The last verified head; before the first, that of the empty record.
    pub fn head(&self) -> Head {
        self.copy.head()
    }

    /// The last verified head, signed by the host.
    pub fn signed_head(&self) -> Option<&SignedCheckpoint> {
        self.copy.signed_head()
    }

    /// That the host was caught, if it was: then the desk goes on with it no more.
    pub fn caught(&self) -> Option<&CaughtHost> {
        self.copy.caught()
    }

    /// What people should look into, oldest first; the latest 256.
    pub fn notices(&self) -> &[Notice] {
        self.copy.notices()
    }

    /// For whom the host waits before it signs and takes in, as it said last to this process; `None`: it did not say
    /// that it waits.
    pub fn host_waits(&self) -> Option<&HostWait> {
        self.host_waits.as_ref()
    }

    /// By how many seconds this desk's clock is ahead of the host's, below 0 behind it, as this process found when it
    /// read or filed last; `None`: by no more than five, or it was not compared.
    pub fn clock_ahead_s(&self) -> Option<i64> {
        self.clock_ahead_s
    }

    /// When everything under the last head had been read.
    pub fn read_at(&self) -> Option<UtcSecond> {
        self.copy.progress().read_at
    }

    pub(crate) fn not_caught(&self) -> Result<(), DeskError> {
        match self.copy.caught() {
            Some(caught) => Err(DeskError::Caught(Box::new(caught.clone()))),
            None => Ok(()),
        }
    }

    /// Keeps that the host was caught: from here on the desk refuses, also where nothing can be written
    /// any more.
    pub(crate) fn catch(&mut self, shows: Charge, offence: Offence, at: UtcSecond) -> DeskError {
        let exhibit = self.exhibit_of(shows, at);
        let mut caught =
            CaughtHost { at, offence, evidence: self.free_name(), not_kept: Vec::new() };
        let in_store = self.copy.keep_caught(caught.clone(), &exhibit);
        let in_file =
            write_durable(&self.dir.join(&caught.evidence), &exhibit).map_err(DeskError::from);
        let failed = [in_store.err(), in_file.err()].into_iter().flatten();
        caught.not_kept = failed.map(|error| error.to_string()).collect();
        DeskError::Caught(Box::new(caught))
    }

    fn exhibit_of(&self, shows: Charge, at: UtcSecond) -> Vec<u8> {
        let (space, log) = (self.settings.space.clone(), self.settings.log.to_string());
        Exhibit { v: 1, space, log, at, shows }.encode()
    }

    /// A name that no file in the folder has: others' evidence may have been put there.
    fn free_name(&self) -> String {
        let names = std::iter::once("caught.json".to_owned())
            .chain((2..).map(|nth: u32| format!("caught-{nth}.json")));
        names
            .into_iter()
            .find(|name| fs::symlink_metadata(self.dir.join(name)).is_err())
            .unwrap_or_else(|| "caught.json".into())
    }

    /// Writes the evidence that its file lacks, since the disk failed on it.
    fn write_again(&self) -> Result<(), DeskError> {
        let Some(caught) = self.copy.caught() else { return Ok(()) };
        let path = self.dir.join(&caught.evidence);
        if path.exists() {
            return Ok(());
        }
        match self.copy.records()?.evidence(&caught.evidence)? {
            Some(bytes) => Ok(write_durable(&path, &bytes)?),
            None => Ok(()),
        }
    }

    /// Writes an exhibit into the desk's folder, unless there is one of this name; the name.
    pub(crate) fn exhibit(
        &self,
        name: &str,
        shows: Charge,
        at: UtcSecond,
    ) -> Result<String, DeskError> {
        let path = self.dir.join(name);
        if !path.exists() {
            write_durable(&path, &self.exhibit_of(shows, at))?;
        }
        Ok(name.to_owned())
    }
}
