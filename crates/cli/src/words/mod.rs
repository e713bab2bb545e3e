//! What stands in a view, in plain words for the terminal.
//!
//! *Architecture invariant*: what others wrote is printed without anything that could steer a terminal,
//! and nothing here ever says that a place is without people.

mod conflict;
mod declaration;
mod entry;
mod reader;
#[cfg(test)]
mod testing;
mod zone;

pub(crate) use conflict::{NO_CONFLICT, conflict_json, conflict_lines, conflict_row};
pub(crate) use declaration::{
    declaration_json, declaration_lines, declaration_row, declared_lines, share_words, volume,
};
pub(crate) use entry::{EntrySummary, entry_line, entry_lines, kinds_of, told};
pub(crate) use reader::{Reader, aligned, language, now, short};
