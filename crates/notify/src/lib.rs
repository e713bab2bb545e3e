//! Tells a party's people, where they are, that a message of the channel waits for them: by a signed request, a mail
//! or a program that is run. It runs at the party's own desk, so that the host learns no addresses.
//!
//! [`plan()`] says what is due, of what waits ([`WaitingMessage`]), what was told ([`NoticeHistory`]) and what the
//! settings say ([`NotifyConfig`]). A [`Notifier`] follows what waits, has a thread for each attempt, and keeps each
//! [`Attempt`] in a [`NoticeJournal`] before it begins and once more when it ended.
//!
//! *Architecture invariant*: an answer on any path stops all others. Nothing is planned ahead: what is due is found anew
//! from what waits at that moment, so that what was answered is not there.
//!
//! *Architecture invariant*: a notice says that something waits, how urgent, how much, and whom to call. It never has a
//! place, a zone, a party or a remark, whatever the settings say. It is no receipt, and nothing of it goes into the record.
//!
//! *Architecture invariant*: no desk, no host, no store. What waits is handed in, and times with it; a path that hangs
//! holds up itself alone. A secret stands in no error, log or journal.

mod accounts;
mod carrier;
mod config;
mod first_look;
mod history;
mod journal;
mod night;
mod notice;
mod notifier;
mod ownership;
mod plan;
mod secret;
mod waiting;

pub use accounts::Teller;
pub use config::{NotifyConfig, NotifyConfigError};
pub use first_look::{DeskReach, FirstLook};
pub use history::{Attempt, AttemptOutcome, CarrierKind, NoticeHistory};
pub use journal::{JournalError, NoticeJournal, NoticeRecords};
pub use night::Night;
pub use notice::NoticeDetail;
pub use notifier::{Notifier, PathTrial, WaitingSource, try_paths};
pub use plan::{DueNotice, NoticePlan, NoticeRules, PathRules, plan};
pub use waiting::{NoticeStage, Occasion, WaitingMessage, waiting_for, waits_otherwise_at};
