//! What is written and what is read: plain data, and the bounds on it.

use crate::error::Fault;

/// The most entries, and as many each of tiles, marks, cosignatures and erasures, in one batch.
pub const MAX_BATCH_ITEMS: usize = 4_096;
/// The most rows of who may read what in one batch: 200 readers of 4,096 entries, and some.
pub const MAX_BATCH_GIVEN: usize = 1024 * 1024;
/// The longest content of an entry, in bytes: what a bundle of C2SP tlog-tiles can hold.
pub const MAX_CONTENT_BYTES: usize = 65_535;
/// The longest tile, in bytes: 256 hashes of 32.
pub const MAX_TILE_BYTES: usize = 256 * 32;
/// The longest signed note, in bytes.
pub const MAX_NOTE_BYTES: usize = 65_535;
/// The longest line of a cosignature, in bytes.
pub const MAX_COSIGNATURE_BYTES: usize = 8_192;
/// The longest part of a snapshot, in bytes.
pub const MAX_PART_BYTES: usize = 256 * 1024 * 1024;
/// The most parts of a snapshot.
pub const MAX_PARTS: usize = 16 * 1024 * 1024;
/// The longest value of a mark, in bytes.
pub const MAX_MARK_BYTES: usize = 1024 * 1024;
/// The longest origin of a space, name of a mark, a witness or a reader, in bytes.
pub const MAX_NAME_BYTES: usize = 255;

/// How often the writing of a space was taken over. Only the holder of the latest may append.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Epoch(pub u64);

/// Where a space stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredHead {
    /// The origin text that names the space.
    pub origin: String,
    /// The epoch that may write.
    pub epoch: Epoch,
    /// How many entries there are: the index of the next.
    pub size: u64,
}

/// What opens a commitment: erased together or not at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opening {
    /// The salt under which the content was committed to.
    pub salt: [u8; 32],
    /// The content, at most [`MAX_CONTENT_BYTES`].
    pub content: Vec<u8>,
}

/// What an entry is found by beside its index: it is the one of this number in a series, such as what one
/// author said. Appended in the order of their numbers, names cost little more than none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Name {
    /// The series.
    pub series: [u8; 32],
    /// The number, up to `i64::MAX`.
    pub number: u64,
}

/// An entry to append; its index is where it lands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewEntry {
    /// The commitment, which stays for ever.
    pub commitment: [u8; 32],
    /// Salt and content; `None` where they were never here, or are erased already.
    pub opening: Option<Opening>,
    /// What else it is found by ([`View::named`](crate::View::named)); no other entry of the space
    /// has it. It stays when the content is erased.
    pub name: Option<Name>,
}

/// An entry as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredEntry {
    /// Its place in the space, from 0.
    pub index: u64,
    /// The commitment.
    pub commitment: [u8; 32],
    /// Salt and content; `None` once erased.
    pub opening: Option<Opening>,
}

/// That a reader may have an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The reader, as the host calls it: the store gives the name no meaning.
    pub reader: String,
    /// The entry by which it may: one of the same batch.
    pub cause: u64,
    /// The entry that it may have: the cause itself, or an earlier one.
    pub entry: u64,
}

/// A place among what a reader was given: before the row at position `within` of those that the entry `cause`
/// gave it, and after all of earlier causes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct GivenPlace {
    /// The entry by which it was given.
    pub cause: u64,
    /// How many of those that it gave lie before.
    pub within: u64,
}

impl From<u64> for GivenPlace {
    /// Before all that an entry gave.
    fn from(cause: u64) -> GivenPlace {
        GivenPlace { cause, within: 0 }
    }
}

/// How much is read at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageBounds {
    /// The most rows, up to [`MAX_BATCH_ITEMS`].
    pub rows: usize,
    /// Bytes of contents after which no more is read: a page has at most [`MAX_CONTENT_BYTES`] more.
    pub bytes: usize,
}

impl From<usize> for PageBounds {
    /// So many rows, however long.
    fn from(rows: usize) -> PageBounds {
        PageBounds { rows, bytes: usize::MAX }
    }
}

/// Some of what a reader was given, in the order in which it is to be taken.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct GivenRows {
    /// What it was given, with the entries.
    pub rows: Vec<(Grant, StoredEntry)>,
    /// Where to read on, which may be within a cause; `None` where there is no more.
    pub next: Option<GivenPlace>,
}

/// A tile to write. One that is kept already is replaced only by bytes that begin with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TileWrite {
    /// The level, 0 for the leaves.
    pub level: u8,
    /// The index within the level.
    pub index: u64,
    /// The bytes, 1 to [`MAX_TILE_BYTES`].
    pub hashes: Vec<u8>,
}

/// A signed head of the record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredCheckpoint {
    /// How many entries it covers.
    pub size: u64,
    /// The signed note, byte for byte, at most [`MAX_NOTE_BYTES`].
    pub note: String,
}

/// A witness's signature under a checkpoint that is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredCosignature {
    /// The size of the checkpoint.
    pub size: u64,
    /// The witness's name.
    pub witness: String,
    /// When it signed, by its own clock: seconds since 1970-01-01T00:00:00Z.
    pub time_s: i64,
    /// The signature line, at most [`MAX_COSIGNATURE_BYTES`].
    pub line: String,
}

/// The state after the first `size` entries, to start from instead of the first entry. It lies in parts, so
/// that of a long one no more is written than has changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// How many entries are folded into it.
    pub size: u64,
    /// The version of its format.
    pub format: u32,
    /// The size of the kept snapshot, of the same format, whose other parts stay; `None`: these parts are
    /// all. If another one is kept, or none, nothing is written.
    pub onto: Option<u64>,
    /// Its parts, or those that changed, each once.
    pub parts: Vec<Part>,
}

/// A part of a snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Which, less than [`MAX_PARTS`].
    pub number: u64,
    /// What it holds, at most [`MAX_PART_BYTES`]. One that holds nothing is not kept.
    pub bytes: Vec<u8>,
}

/// The snapshot that is kept, undamaged as far as can be said before its parts are read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptSnapshot {
    /// How many entries are folded into it.
    pub size: u64,
    /// The numbers of its parts, in their order.
    pub parts: Vec<u64>,
}

/// A named value beside the entries, replaced at each writing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The name, unique within the space.
    pub name: String,
    /// The value, at most [`MAX_MARK_BYTES`].
    pub bytes: Vec<u8>,
}

/// A statement that waits to be taken in: the store gives its bytes no meaning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptStatement {
    /// Its number: later ones have greater ones.
    pub number: u64,
    /// Who said it, as the host calls them.
    pub party: String,
    /// Its bytes, 1 to [`MAX_CONTENT_BYTES`].
    pub bytes: Vec<u8>,
}

/// What is written together: all of it or nothing.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AppendBatch {
    /// Entries, in the order of their indexes.
    pub entries: Vec<NewEntry>,
    /// Tiles that came into being or grew.
    pub tiles: Vec<TileWrite>,
    /// The checkpoint over all that or less. Of one size there is one note, never changed.
    pub checkpoint: Option<StoredCheckpoint>,
    /// Cosignatures. Of each witness and size the first and the latest are kept: the one says
    /// since when the head was known, the other until when it was still the head.
    pub cosignatures: Vec<StoredCosignature>,
    /// A snapshot. The last one of a space is kept.
    pub snapshot: Option<Snapshot>,
    /// Marks.
    pub marks: Vec<Mark>,
    /// Who may have what from now on; of one reader and cause, in the order in which the reader is
    /// to take them.
    pub given: Vec<Grant>,
    /// The numbers of statements that were kept and wait no longer: they go in the same instant in which what came of
    /// them is appended. One that is not there is passed over.
    pub unkept: Vec<u64>,
    /// Indexes of entries whose salt and content go for ever, in the same instant in which the
    /// entry that says so is appended. A snapshot that has such an entry folded into it goes too, unless
    /// this batch has the next one: with it must come each part of the kept one that held something of
    /// that entry, since what parts hold nobody here can tell.
    pub erasures: Vec<u64>,
}

impl AppendBatch {
    /// Refuses what is out of bounds, given the index of the batch's first entry.
    pub(crate) fn check(&self, first_index: u64) -> Result<(), Fault> {
        let counts = [
            ("entries", self.entries.len()),
            ("tiles", self.tiles.len()),
            ("cosignatures", self.cosignatures.len()),
            ("marks", self.marks.len()),
            ("erasures", self.erasures.len()),
            ("statements that were kept", self.unkept.len()),
        ];
        for (what, count) in counts {
            if count > MAX_BATCH_ITEMS {
                return refuse(format!(
                    "{count} {what} in one batch: at most {MAX_BATCH_ITEMS}; write several"
                ));
            }
        }
        let size = first_index + self.entries.len() as u64;
        for (entry, index) in self.entries.iter().zip(first_index..) {
            let length = entry.opening.as_ref().map_or(0, |o| o.content.len());
            check_length(length, 0, MAX_CONTENT_BYTES, || format!("entry {index}: its content"))?;
        }
        for tile in &self.tiles {
            check_length(tile.hashes.len(), 1, MAX_TILE_BYTES, || {
                format!("tile {} of level {}", tile.index, tile.level)
            })?;
            let TileWrite { level, index, hashes } = tile;
            let under_each = 256_u64.checked_pow((*level).into()).unwrap_or(u64::MAX);
            let end = index.saturating_mul(256).saturating_add((hashes.len() / 32) as u64);
            check_covered("a tile", end.saturating_mul(under_each), size)?;
        }
        if let Some(StoredCheckpoint { size: covered, note }) = &self.checkpoint {
            check_covered("checkpoint", *covered, size)?;
            check_length(note.len(), 1, MAX_NOTE_BYTES, || format!("checkpoint {covered}"))?;
        }
        for cosignature in &self.cosignatures {
            check_name("the name of a witness", &cosignature.witness)?;
            check_length(cosignature.line.len(), 1, MAX_COSIGNATURE_BYTES, || {
                format!("the cosignature of `{}`", cosignature.witness.escape_debug())
            })?;
        }
        if let Some(snapshot) = &self.snapshot {
            snapshot.check(size)?;
        }
        for mark in &self.marks {
            check_name("the name of a mark", &mark.name)?;
            check_length(mark.bytes.len(), 0, MAX_MARK_BYTES, || {
                format!("mark `{}`", mark.name.escape_debug())
            })?;
        }
        if self.given.len() > MAX_BATCH_GIVEN {
            return refuse(format!(
                "{} times something is given in one batch: at most {MAX_BATCH_GIVEN}; write several",
                self.given.len()
            ));
        }
        for given in &self.given {
            check_name("the name of a reader", &given.reader)?;
            let Grant { reader, cause, entry } = given;
            if !(first_index..size).contains(cause) || entry > cause {
                return refuse(format!(
                    "entry {entry} given to `{}` by entry {cause}: the cause must be one of this \
                     batch, {first_index} to {size}, and the entry none after it",
                    reader.escape_debug()
                ));
            }
        }
        match self.erasures.iter().find(|&&index| index >= size) {
            Some(index) => refuse(format!("erasure of entry {index}: there are {size} entries")),
            None => Ok(()),
        }
    }
}

impl Snapshot {
    pub(crate) fn check(&self, size: u64) -> Result<(), Fault> {
        check_covered("snapshot", self.size, size)?;
        for Part { number, bytes } in &self.parts {
            if *number >= MAX_PARTS as u64 {
                return refuse(format!(
                    "part {number} of a snapshot: at most {MAX_PARTS} are kept"
                ));
            }
            check_length(bytes.len(), 0, MAX_PART_BYTES, || {
                format!("part {number} of a snapshot")
            })?;
        }
        Ok(())
    }
}

/// Refuses a name that is empty, too long, or that SQLite would cut short at a NUL.
pub(crate) fn check_name(what: &str, name: &str) -> Result<(), Fault> {
    check_length(name.len(), 1, MAX_NAME_BYTES, || what.to_owned())?;
    if name.contains('\0') { refuse(format!("{what} holds a NUL")) } else { Ok(()) }
}

fn check_covered(what: &str, covered: u64, size: u64) -> Result<(), Fault> {
    if covered > size {
        return refuse(format!("{what} over {covered} entries: there are {size}"));
    }
    Ok(())
}

pub(crate) fn check_length(
    length: usize,
    least: usize,
    most: usize,
    what: impl Fn() -> String,
) -> Result<(), Fault> {
    if (least..=most).contains(&length) {
        return Ok(());
    }
    refuse(format!("{} has {length} bytes: must be {least} to {most}", what()))
}

pub(crate) fn refuse<T>(what: String) -> Result<T, Fault> {
    Err(Fault::Refused(what))
}
