//! The desk role: a party's own agent on its own machine.
//!
//! A [`Desk`] keeps its party's copy of a space's record, reads on over a [`Line`] to the host
//! ([`Desk::sync`]), checks every step, countersigns heads as a witness, files what operators say
//! ([`Desk::file`], [`Desk::send`]), and shows to others what was said ([`Desk::export`],
//! [`Desk::prove`], checked by [`deconflict_proof::verify`]). Its keys stand in [`KeyFile`]s.
//!
//! *Architecture invariant*: a desk never links the host, and believes nothing that it says: what it
//! takes in stands under a head that the host signed, extends what the desk saw before, and carries
//! signatures that hold by the keys in the record. A host that was caught stays caught
//! ([`DeskError::Caught`]): whatever the desk is asked after that, it answers with it. Only what does not stand
//! on its own can be set aside, by the party's root, and that is shown ever after ([`Desk::overrule`]).
//!
//! *Architecture invariant*: no runtime, no clock of its own: calls block, and times are passed in. Only an
//! [`Agent`] has threads that outlive a call. Whatever was answered is durable; killed at any instant, a desk
//! goes on from there.

mod agent;
mod beside;
mod caught;
mod clock;
mod copy;
mod countersigned;
mod desk;
mod entries;
mod erase;
mod error;
mod evidence;
mod exchange;
mod hosts;
mod intake;
mod keys;
mod line;
mod outbox;
mod overrule;
mod private_dir;
mod randomness;
mod read_out;
mod receipts;
mod recovery;
mod settings;
mod signing;
mod sync;
mod voice;
mod witness;

pub use agent::{
    Agent, AgentConfig, AgentKeys, DeskAccess, DeskChange, DeskStatus, DeskView, EntryForm,
    HostReach, Latest, LineState, LocalAnswer, LocalFault, Reach, StatementFate,
};
#[cfg(unix)]
pub use agent::{AgentClient, Follower};
pub use beside::{BesideRecord, MessageBeside, StatementBeside};
pub use caught::CaughtHost;
pub use clock::host_time;
pub use desk::Desk;
pub use entries::{MAX_READ, PartyEntry};
pub use erase::{WaitingErasure, WaitingErasures};
pub use error::DeskError;
pub use keys::{
    Cost, KeyFile, KeyFileError, MAX_LANES, MAX_MEMORY_KIB, MAX_PASSES, MIN_GUARDED_PASSPHRASE,
    MIN_PASSPHRASE,
};
pub use line::{
    CommitmentRun, EventFeed, HttpLine, HttpStreams, Line, LineError, RecoveryMessage,
    ServerSentEvents, StreamBatch, StreamEvent, StreamSource,
};
pub use outbox::{Fate, MAX_WAITING, Overdue, QueuedStatement, SendReport};
pub use private_dir::make_private;
pub use read_out::{HeadComparison, spoken};
pub use receipts::receipts_due;
pub use settings::Settings;
pub use signing::{StaleLink, sign_anew, sign_statement};
pub use sync::{Keys, SyncReport};
pub use voice::{
    MAX_VOICE_TEXTS, NoteState, VoiceMessage, VoiceNote, VoiceStanding, VoiceState, VoiceText,
    noted_form, voice_id, voice_states,
};
