//! The commands at a desk, run as processes against a host.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod behalf;
mod beside;
mod by_number;
mod cap;
mod channel;
mod clock;
mod codes;
mod declare;
mod members;
mod neutral;
mod notify;
mod overdue;
mod overlays;
mod page;
mod place;
mod processes;
mod promise;
mod relay;
mod rig;
mod sealed;
mod serving;
mod shelve;
mod story;
mod transcript;
mod typed;
mod verify;
mod walk;
mod without_host;
