//! An entry that a desk holds, to be read.

use deconflict_desk::PartyEntry;
use deconflict_words::EntryView;

/// The entry as words are made of it.
pub(crate) fn entry_view(held: &PartyEntry) -> EntryView<'_> {
    EntryView {
        index: held.index,
        cause: held.cause,
        commitment: held.commitment,
        content: held.content.as_ref(),
    }
}
