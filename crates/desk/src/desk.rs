//! A party's own agent: what it keeps, and what it says when asked.

use std::fs;
use std::path::{Path, PathBuf};

use deconflict_core::{Ledger, PartyId, Time};
use deconflict_proof::{
    Chains, Charge, Exhibit, Notice, Offence, Row, SaltedContent, write_durable,
};
use deconflict_record::{Hash, Head, SignedCheckpoint, Tree, UtcSecond, Vkey, opens, root_of};
use deconflict_store::{
    AppendBatch, AppendOutcome, Epoch, MAX_MARK_BYTES, MAX_PART_BYTES, Mark, Opening, Options,
    Store, View,
};
use serde::{Deserialize, Serialize};

use crate::ahead::STEP;
use crate::caught::Caught;
use crate::erase::{Before, erases};
use crate::error::DeskError;
use crate::layout::{self, node, read_mark};
use crate::outbox::Outbox;
use crate::private_dir::make_private;
use crate::randomness::Randomness;

const STORE_FILE: &str = "desk.sqlite";
/// The mark that holds the evidence against the host.
const EXHIBIT: &str = "exhibit";
const MAX_NOTICES: usize = 256;
/// How many given entries are read at a time.
const PAGE: u64 = 1_024;

/// Whose desk it is, and what it trusts from the start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The space: the origin of its record.
    pub space: String,
    /// The party.
    pub party: PartyId,
    /// The verifier key with which the record's heads began, compared with other parties out of band.
    /// Where the record moved since, the record itself tells the later ones.
    pub log: Vkey,
    /// The hash of the statement that founded the space, if the party knows it: it should, since its
    /// root signed it.
    pub founding: Option<Hash>,
    /// In which name the desk countersigns; `None`: it does not.
    pub witness: Option<String>,
}

/// A party's desk for one space.
///
/// It keeps the commitments of the whole record, the contents that its party was given, the view that
/// follows from them, and what its party filed and has not seen in the record yet. Whatever it answers
/// with is durable; killed at any instant, it goes on from where it was.
#[derive(Debug)]
pub struct Desk {
    pub(crate) dir: PathBuf,
    pub(crate) store: Store,
    pub(crate) epoch: Epoch,
    pub(crate) settings: Settings,
    pub(crate) tree: Tree,
    pub(crate) head: Option<SignedCheckpoint>,
    pub(crate) view: Ledger,
    /// The view is being folded on, or was when something failed: what stands above is none.
    pub(crate) view_is_out: bool,
    /// How many entries the party was given.
    pub(crate) given: u64,
    /// How many of them the last kept view covers.
    pub(crate) snapshot: u64,
    /// How many of those given are of a cause that is not kept whole: they count when all of it is.
    pub(crate) unfinished: u64,
    pub(crate) progress: Progress,
    pub(crate) chains: Chains,
    pub(crate) outbox: Outbox,
    pub(crate) caught: Option<Caught>,
    pub(crate) notices: Vec<Notice>,
    /// Snapshots went with what was erased: the next is due.
    pub(crate) erased: bool,
    /// To which asking of the host, and how far, all that this desk has was given back.
    pub(crate) told: Option<(String, u64)>,
    /// How many entries of the record one append takes in.
    pub(crate) step: u64,
    /// The most bytes of a view that is kept.
    pub(crate) longest_view: usize,
    pub(crate) randomness: Randomness,
}

/// How far the record has been read.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    /// All causes below were read.
    pub(crate) next_cause: u64,
    /// When everything under the last head had been read, by the desk's clock.
    pub(crate) read_at: Option<UtcSecond>,
    /// A cosignature that the host has not taken yet: its size and line.
    pub(crate) undelivered: Option<(u64, String)>,
    /// The last entry that was given as it came, and when it was taken in by the host's clock.
    #[serde(default)]
    pub(crate) last: Option<(u64, Time)>,
    /// The most seconds by which an entry was dated later than it was read, as far as people were told.
    #[serde(default)]
    pub(crate) dated_ahead_s: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    v: u32,
    space: String,
    party: PartyId,
    log: String,
    founding: Option<Hash>,
    witness: Option<String>,
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
        let store = Store::create_with(&dir.join(STORE_FILE), options)?;
        let epoch = store.create_space(&settings.space)?;
        let kept = Kept {
            v: 1,
            space: settings.space.clone(),
            party: settings.party.clone(),
            log: settings.log.to_string(),
            founding: settings.founding,
            witness: settings.witness.clone(),
        };
        let batch =
            AppendBatch { marks: vec![layout::mark("desk", &kept)?], ..AppendBatch::default() };
        write(&store, &settings.space, epoch, 0, &batch)?;
        drop(store);
        Desk::open_with(dir, options)
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
        let store = Store::open_with(&dir.join(STORE_FILE), options)?;
        let [head] = &store.spaces()?[..] else {
            return Err(DeskError::Refused(format!(
                "{}: the making of this desk was not finished: delete {STORE_FILE} and make it anew",
                dir.display()
            )));
        };
        let space = head.origin.clone();
        let epoch = store.take(&space)?;
        let view = store.view(&space)?;
        let Some(kept) = read_mark::<Kept>(&view, "desk")? else {
            return Err(DeskError::Refused(format!(
                "{}: the making of this desk was not finished: delete {STORE_FILE} and make it anew",
                dir.display()
            )));
        };
        let settings = Settings {
            space: kept.space,
            party: kept.party,
            log: Vkey::parse(&kept.log)?,
            founding: kept.founding,
            witness: kept.witness,
        };
        let note: Option<String> = read_mark(&view, "head")?;
        let head = note.map(|note| SignedCheckpoint::parse(note.as_bytes())).transpose()?;
        let size = head.as_ref().map_or(0, |head| head.claimed().size);
        let progress: Progress = read_mark(&view, "progress")?.unwrap_or_default();
        let given = view.head().size;
        let whole = whole(&view, given, progress.next_cause)?;
        let (ledger, snapshot) = folded(&view, whole, &settings.party)?;
        let mut desk = Desk {
            tree: tree(&view, size, head.as_ref())?,
            given,
            unfinished: given - whole,
            view: ledger,
            snapshot,
            view_is_out: false,
            progress,
            chains: read_mark(&view, "chains")?.unwrap_or_default(),
            outbox: Outbox::read(&view)?,
            caught: read_mark(&view, "caught")?,
            notices: read_mark(&view, "notices")?.unwrap_or_default(),
            told: None,
            erased: false,
            step: STEP,
            longest_view: MAX_PART_BYTES,
            randomness: Randomness::system(),
            dir: dir.to_path_buf(),
            epoch,
            settings,
            head,
            store: store.clone(),
        };
        // Where the disk fails again, the desk still opens, refuses and says why.
        let _ = desk.write_again();
        // What was verified is the desk's. Where it cannot be carried over now, the next reading begins
        // with it, and says why it cannot.
        let _ = desk.carry_over();
        Ok(desk)
    }

    /// Takes at most so many entries of the record in by one append: 1 to 16,384, of which the greatest is
    /// what a desk begins with. Fewer need less memory.
    pub fn set_step(&mut self, entries: u64) {
        self.step = entries.clamp(1, STEP);
    }

    /// Keeps the view, to start from, while it takes at most so many bytes: up to what the store keeps in
    /// one piece, which is what a desk begins with. A longer one is folded anew at each start.
    pub fn set_longest_view(&mut self, bytes: usize) {
        self.longest_view = bytes.min(MAX_PART_BYTES);
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
        &self.view
    }

    /// The last verified head; before the first, that of the empty record.
    pub fn head(&self) -> Head {
        Head { size: self.tree.size(), root: self.tree.root() }
    }

    /// The last verified head, signed by the host.
    pub fn signed_head(&self) -> Option<&SignedCheckpoint> {
        self.head.as_ref()
    }

    /// That the host was caught, if it was: then the desk goes on with it no more.
    pub fn caught(&self) -> Option<&Caught> {
        self.caught.as_ref()
    }

    /// What people should look into, oldest first; the latest 256.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// When everything under the last head had been read.
    pub fn read_at(&self) -> Option<UtcSecond> {
        self.progress.read_at
    }

    pub(crate) fn not_caught(&self) -> Result<(), DeskError> {
        match &self.caught {
            Some(caught) => Err(DeskError::Caught(Box::new(caught.clone()))),
            None => Ok(()),
        }
    }

    pub(crate) fn records(&self) -> Result<View<'_>, DeskError> {
        Ok(self.store.view(&self.settings.space)?)
    }

    /// The root of the record at a size up to the verified one.
    pub(crate) fn root_at(&self, size: u64) -> Result<Option<Hash>, DeskError> {
        if size > self.tree.size() {
            return Ok(None);
        }
        let view = self.records()?;
        root_of(size, |level, index| node(&view, level, index)).map(Some)
    }

    /// Makes a batch durable, after the entries that there are.
    pub(crate) fn append(&mut self, batch: &AppendBatch) -> Result<(), DeskError> {
        write(&self.store, &self.settings.space, self.epoch, self.given, batch)?;
        self.given += batch.entries.len() as u64;
        Ok(())
    }

    pub(crate) fn notice(&mut self, notice: Notice) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
            let over = self.notices.len().saturating_sub(MAX_NOTICES);
            self.notices.drain(..over);
        }
    }

    /// Keeps that the host was caught: from here on the desk refuses, also where nothing can be written
    /// any more.
    pub(crate) fn catch(&mut self, shows: Charge, offence: Offence, at: UtcSecond) -> DeskError {
        let (space, log) = (self.settings.space.clone(), self.settings.log.to_string());
        let exhibit = Exhibit { v: 1, space, log, at, shows }.encode();
        let caught = Caught { at, offence, evidence: self.free_name(), not_kept: Vec::new() };
        self.caught = Some(caught.clone());
        let mark = layout::mark("caught", &caught).ok();
        // Beside the file, so that it can be written again where the disk failed on it.
        let kept = Mark { name: EXHIBIT.into(), bytes: exhibit };
        let small = (kept.bytes.len() <= MAX_MARK_BYTES).then(|| kept.clone());
        let marks = mark.into_iter().chain(small).collect();
        let in_store = self.append(&AppendBatch { marks, ..AppendBatch::default() });
        let in_file =
            write_durable(&self.dir.join(&caught.evidence), &kept.bytes).map_err(DeskError::from);
        let mut told = caught;
        let failed = [in_store.err(), in_file.err()].into_iter().flatten();
        told.not_kept = failed.map(|error| error.to_string()).collect();
        DeskError::Caught(Box::new(told))
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
        let Some(caught) = &self.caught else { return Ok(()) };
        let path = self.dir.join(&caught.evidence);
        match self.records()?.mark(EXHIBIT)? {
            Some(bytes) if !path.exists() => Ok(write_durable(&path, &bytes)?),
            _ => Ok(()),
        }
    }

    /// Writes an exhibit into the desk's folder, unless there is one of this name; the name.
    pub(crate) fn exhibit(
        &self,
        name: &str,
        shows: Charge,
        at: UtcSecond,
    ) -> Result<String, DeskError> {
        let (space, log) = (self.settings.space.clone(), self.settings.log.to_string());
        let path = self.dir.join(name);
        if !path.exists() {
            let bytes = Exhibit { v: 1, space, log, at, shows }.encode();
            write_durable(&path, &bytes)?;
        }
        Ok(name.to_owned())
    }

    /// The entries that the party was given, in the order in which they are folded.
    pub(crate) fn rows(&self) -> Result<Vec<Row>, DeskError> {
        let view = self.records()?;
        rows(&view, 0, self.given - self.unfinished)
    }
}

fn write(
    store: &Store,
    space: &str,
    epoch: Epoch,
    given: u64,
    batch: &AppendBatch,
) -> Result<(), DeskError> {
    match store.append(space, epoch, given, batch)? {
        AppendOutcome::Durable { .. } => Ok(()),
        AppendOutcome::Conflict { .. } | AppendOutcome::Fenced { .. } => Err(DeskError::Refused(
            "another process writes to this desk: let it, and open the desk anew when it has ended"
                .into(),
        )),
    }
}

/// The tree of the verified size, whose root must be that of the head.
pub(crate) fn tree(
    view: &View<'_>,
    size: u64,
    head: Option<&SignedCheckpoint>,
) -> Result<Tree, DeskError> {
    let (mut edge, mut at) = (Vec::new(), 0);
    for level in (0..62u8).rev().filter(|level| size >> level & 1 == 1) {
        edge.push(node(view, level, at >> level)?);
        at += 1 << level;
    }
    let tree = Tree::from_edge(size, edge);
    let whole = |tree: &Tree| head.is_none_or(|head| head.claimed().root == tree.root());
    tree.filter(whole).ok_or_else(|| DeskError::damaged("its tiles do not lead to its last head"))
}

/// How many of the given entries are of causes that were read whole.
fn whole(view: &View<'_>, given: u64, next_cause: u64) -> Result<u64, DeskError> {
    let mut whole = given;
    while whole > 0 && layout::given(view, whole - 1)?.0 >= next_cause {
        whole -= 1;
    }
    Ok(whole)
}

pub(crate) fn rows(view: &View<'_>, from: u64, to: u64) -> Result<Vec<Row>, DeskError> {
    let (mut rows, mut nth) = (Vec::new(), from);
    while nth < to {
        for entry in view.entries(nth..to, PAGE as usize)? {
            let (cause, index) = layout::given(view, nth)?;
            let opening =
                entry.opening.map(|Opening { salt, content }| SaltedContent { salt, content });
            rows.push(Row { cause, index, opening });
            nth += 1;
        }
    }
    Ok(rows)
}

/// The view that follows from what is kept, and how much of that the last snapshot spared.
pub(crate) fn folded(
    view: &View<'_>,
    whole: u64,
    party: &PartyId,
) -> Result<(Ledger, u64), DeskError> {
    let kept = view.snapshot(layout::VIEW_FORMAT)?;
    let state = if kept.is_some() { view.snapshot_part(0)? } else { None };
    let read = kept.zip(state).and_then(|(kept, state)| {
        Some((kept.size, serde_json::from_slice::<Ledger>(&state).ok()?))
    });
    let (from, mut ledger) = read.unwrap_or_default();
    let (mut nth, mut of_one_cause, mut last) = (from, Vec::new(), None);
    while nth < whole {
        // A page at a time: all rows of a long record would fill the memory.
        for row in rows(view, nth, whole.min(nth + PAGE))? {
            if last.replace(row.cause).is_some_and(|last| last != row.cause) {
                ledger.project_after(party, &of_one_cause);
                of_one_cause.clear();
            }
            nth += 1;
            let Some(SaltedContent { salt, content }) = &row.opening else { continue };
            if !opens(&layout::commitment(view, row.index)?, salt, content) {
                let what = format!("entry {} does not open its commitment", row.index);
                return Err(DeskError::damaged(what));
            }
            let content = deconflict_api::Content::decode(content)
                .map_err(|error| DeskError::damaged(format!("entry {}: {error}", row.index)))?;
            let before = Before { view, given: nth, rows: &[] };
            if erases(&ledger, (row.index, &content.entry), &before)?.is_ok() {
                ledger.apply(row.index, row.cause, &content.entry);
                of_one_cause.push(content.entry);
            }
        }
    }
    if last.is_some() {
        ledger.project_after(party, &of_one_cause);
    }
    Ok((ledger, from))
}
