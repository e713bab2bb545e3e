//! The channel: saying a code, reading what was said, and answering it.
//!
//! What a code asks for, who may answer it how and how it reads in which language is the vocabulary's to say; here it is
//! typed, shown, confirmed, signed and waited for.

mod addressees;
mod alarm;
mod answer;
mod behalf;
mod beside;
mod cap;
mod codes;
mod duty;
mod faults;
mod follow;
mod inbox;
mod line_test;
mod list;
#[cfg(test)]
mod listed;
mod listener;
mod overlaps;
mod promise;
mod receipts;
mod references;
mod relay;
mod say;
mod sealed;
mod sheet;
mod shelve;
mod text;
mod typing;
mod unseen;
mod untold;
mod values;
mod voice;
mod wait;
mod without_host;

pub(crate) use answer::{Respond, run as answer};
pub(crate) use beside::Beside;
pub(crate) use duty::{Duty, run as duty};
pub(crate) use inbox::{Inbox, run as inbox};
pub(crate) use line_test::{LineTestArgs, run as line_test};
pub(crate) use references::{evidence_named, message_named};
pub(crate) use relay::{RelayArgs, run as relay};
pub(crate) use say::{SayCode, run as say};
pub(crate) use sealed::{
    CheckOpening, SealKeyFile, check_opening, hash, read_opening, recipients, write_opening,
};
pub(crate) use shelve::{ShelveArgs, run as shelve};
