//! Where the record of a space is kept, by its host ([`Store`]) and by each desk ([`CopyStore`]): one SQLite
//! file, one writer, any number of readers.
//!
//! The contract of a host's store is a sentence: **[`Store::append`] is durable, in conflict, or fenced.** Whatever a
//! [`AppendBatch`] holds (entries, who may have them, tiles, a checkpoint, cosignatures, a snapshot, marks, erasures) is kept
//! whole, on the disk, before `append` says [`AppendOutcome::Durable`]; else nothing of it is. A [`View`]
//! reads one instant of one space on a connection of its own and waits for no writer.
//!
//! ```
//! use deconflict_store::{AppendOutcome, AppendBatch, NewEntry, Opening, Store};
//! # let folder = tempfile::tempdir().unwrap();
//! let store = Store::create(&folder.path().join("record.sqlite")).unwrap();
//! let epoch = store.create_space("example.org/at-tanf").unwrap();
//! let said = Opening { salt: [7; 32], content: b"what was said".to_vec() };
//! let entry = NewEntry { commitment: [1; 32], opening: Some(said.clone()), name: None };
//! let batch = AppendBatch { entries: vec![entry], ..AppendBatch::default() };
//! let first = store.append("example.org/at-tanf", epoch, 0, &batch).unwrap();
//! assert_eq!(first, AppendOutcome::Durable { first_index: 0 });
//! let again = store.append("example.org/at-tanf", epoch, 0, &batch).unwrap();
//! assert_eq!(again, AppendOutcome::Conflict { actual: 1 });
//! let view = store.view("example.org/at-tanf").unwrap();
//! assert_eq!(view.entry(0).unwrap().unwrap().opening, Some(said));
//! ```
//!
//! The contract of a desk's copy: what [`CopyStore::change`] does is durable, or it did not happen.
//!
//! ```
//! use deconflict_store::{CopyStore, Options, Slot, StoreError};
//! # let folder = tempfile::tempdir().unwrap();
//! let path = folder.path().join("desk.sqlite");
//! let copy = CopyStore::create(&path, "example.org/at-tanf", b"whose", &Options::default()).unwrap();
//! copy.change::<_, StoreError>(|change| {
//!     change.put_commitments(0, &[1; 32])?;
//!     change.put(Slot::Head, b"a signed head over it")
//! })
//! .unwrap();
//! assert_eq!(copy.view().unwrap().commitments(0).unwrap(), Some(vec![1; 32]));
//! ```
//!
//! *Architecture invariant*: this crate knows nothing of statements, keys, geometry, Merkle trees,
//! sockets or clocks. It gets bytes and gives them back. Whether an entry opens its commitment and
//! a tile hashes to the signed root is for the reader to check: SQLite keeps no checksums.
//!
//! *Architecture invariant*: no asynchronous runtime and no thread of its own. Calls block; the host
//! puts them on threads, and gathers what arrives together into one batch.
//!
//! *Architecture invariant*: an error is never half an answer. After a full disk or a failed write
//! the store goes on: reads at once, writes as soon as the cause is gone.

mod append;
mod backup;
mod batch;
mod connection;
mod copy;
mod database;
mod error;
mod file;
mod kept;
mod pool;
mod schema;
mod snapshot;
mod store;
mod view;

pub use backup::BackupProgress;
pub use batch::{
    AppendBatch, Epoch, GivenPlace, GivenRows, Grant, KeptSnapshot, KeptStatement, Mark, Name,
    NewEntry, Opening, PageBounds, Part, Snapshot, StoredCheckpoint, StoredCosignature,
    StoredEntry, StoredHead, TileWrite,
};
pub use batch::{
    MAX_BATCH_GIVEN, MAX_BATCH_ITEMS, MAX_CONTENT_BYTES, MAX_COSIGNATURE_BYTES, MAX_MARK_BYTES,
    MAX_NAME_BYTES, MAX_NOTE_BYTES, MAX_PART_BYTES, MAX_PARTS, MAX_TILE_BYTES,
};
pub use copy::{
    CopiedEntry, CopyChange, CopyStore, CopyView, ErasureDue, ErasuresDue, MAX_EVIDENCE_BYTES,
    MAX_NOTICES, MAX_VALUE_BYTES, Slot,
};
pub use database::{Options, READ_THROUGH_BYTES};
pub use error::StoreError;
pub use store::{AppendOutcome, Store};
pub use view::View;
