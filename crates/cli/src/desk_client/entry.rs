//! An entry that a desk holds, to be read.

use deconflict_desk::Held;
use deconflict_words::EntryView;

/// The entry as words are made of it.
pub(crate) fn entry_view(held: &Held) -> EntryView<'_> {
    EntryView {
        index: held.index,
        cause: held.cause,
        commitment: held.commitment,
        content: held.content.as_ref(),
    }
}
