//! The code by which something stands in the record, as the vocabulary renders it in the reader's own language.

use deconflict_core::Coding;
use deconflict_vocabulary::Rendering;

use super::dialogue::in_block;
use crate::reader::Reader;

pub(super) fn shown(reader: &Reader<'_>, coding: &Coding) -> Rendering {
    let tongue = reader.tongue();
    match coding {
        Coding::Message(message) => tongue.message(message, reader),
        Coding::Answer { answer, to } => tongue.answer(answer, to, reader),
    }
}

/// In one line: the code, what is done by it and its parameters as far as they are known, without the sentences that end
/// every rendering.
pub(super) fn coding_line(reader: &Reader<'_>, coding: &Coding) -> String {
    let shown = shown(reader, coding);
    let sentences = shown.parameters.iter().map(|parameter| parameter.sentence.as_str());
    let head = [shown.code.as_str(), shown.head.as_str()].into_iter();
    let all: Vec<&str> = head.chain(shown.in_answer_to.as_deref()).chain(sentences).collect();
    in_block(&shown, &all.join(" "))
}
