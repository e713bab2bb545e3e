//! The judge of a record's entries, and the offline verifier.
//!
//! A [`Judge`] says of an entry whether it can stand in an honest record, by what stands before it; whoever
//! folds a record asks it first. [`verify`] checks a folder that shows a record to others, an [`Exhibit`] what
//! shows that a host was caught. [`FolderWriter`] and [`folder_form`] write such folders.
//!
//! *Architecture invariant*: no socket, no store, no desk, no host, no clock. Whoever verifies needs nothing
//! but the files and what they know from elsewhere.

mod audit;
mod english;
mod exhibit;
mod file;
pub mod folder_form;
mod host_keys;
mod judge;
pub mod notice;
mod offence;
mod overruling;
mod read_ahead;
mod row;
mod sealed_folder;
mod showing;
mod signers;
mod verify;

pub use exhibit::{Charge, Exhibit, ExhibitedEntry};
pub use file::{FileError, read_bounded, sync_folder, write_durable, write_replacing};
pub use host_keys::{host_keys, host_keys_at, moves_in_words, signed_by};
pub use judge::{
    Chains, EntryFault, Judge, StatementHeader, VerifiedEntry, statement_in, statement_of,
};
pub use notice::{FormerHostHead, Notice};
pub use offence::{Dishonesty, Offence, Unreadable};
pub use overruling::{MAX_REASON, Overruling};
pub use row::{Row, RowError, RowFault, SaltedContent, salt_from_hex, salt_hex};
pub use sealed_folder::FolderWriter;
pub use showing::{ExhibitError, Showing};
pub use signers::{BroughtKeys, keys_of_signers, may_stand_at, signing_keys};
pub use verify::{Existence, ForkBound, Remark, Report, ReportWords, Trust, verify};
