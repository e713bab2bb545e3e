//! The vocabulary as a whole: its tables, its languages, its text forms and the page that is generated from it.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod languages;
mod page;
mod sample;
mod table;
mod text_form;
