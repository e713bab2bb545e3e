//! The channel: saying a code, reading what was said, and answering it.
//!
//! What a code asks for, who may answer it how and how it reads in which language is the vocabulary's to say; here it is
//! typed, shown, confirmed, signed and waited for.

mod addressees;
mod answer;
mod cap;
mod codes;
mod follow;
mod inbox;
mod list;
mod order;
mod receipts;
mod references;
mod say;
mod sheet;
mod values;
mod wait;

pub(crate) use answer::{Respond, run as answer};
pub(crate) use inbox::{Inbox, run as inbox};
pub(crate) use say::{SayCode, run as say};
