//! The first answers to statements, kept as long as the statements: whoever files one again is told what
//! was said then.
//!
//! Statements are found by their keys and numbers, and the answers of one append lie together under the
//! promise that covers them: both are written in order, wherever the statements' hashes would fall.

use deconflict_api::{FilingAnswer, FilingOutcome, PromiseOf};
use deconflict_core::{Refusal, Statement};
use deconflict_record::{Hash, PromisedBatch};
use deconflict_store::{Mark, Name, StoreError, View};
use serde::{Deserialize, Serialize};

/// The answers to the statements of one append.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answers {
    /// The envelope of the promise over all of them.
    pub(crate) promise: String,
    /// From which the promise's batch follows. It stays with the host.
    pub(crate) seed: Hash,
    /// In the order of the batch and of their indexes; at least one.
    pub(crate) answers: Vec<StatementAnswer>,
}

/// What was answered to one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatementAnswer {
    pub(crate) statement: Hash,
    pub(crate) index: u64,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) conflicts: Vec<String>,
    pub(crate) overlays: Vec<String>,
    /// Whether more was still to be compared.
    pub(crate) comparing: bool,
}

/// What is kept of a statement.
pub(crate) enum FirstAnswer {
    /// The first answer to it.
    Answer(Box<FilingAnswer>),
    /// Another statement has its number.
    Another,
    /// Nothing.
    Nothing,
    /// Not what must be there.
    Damaged,
}

impl Answers {
    /// The batch of all of them, in their order.
    ///
    /// # Errors
    /// When they are no batch.
    pub(crate) fn batch(&self) -> Result<PromisedBatch, String> {
        let hashes: Vec<Hash> = self.answers.iter().map(|answer| answer.statement).collect();
        PromisedBatch::new(&self.seed.0, &hashes).map_err(|error| error.to_string())
    }

    /// The answer at this position; `None` past the last.
    pub(crate) fn filed(&self, batch: &PromisedBatch, position: usize) -> Option<FilingAnswer> {
        let (answer, place) = (self.answers.get(position)?, batch.place(position)?);
        let refused = answer.refusal.is_some();
        Some(FilingAnswer {
            statement: answer.statement.to_string(),
            index: answer.index,
            outcome: if refused { FilingOutcome::Refused } else { FilingOutcome::Accepted },
            refusal: answer.refusal.clone(),
            conflicts: Some(answer.conflicts.clone()),
            overlays: Some(answer.overlays.clone()),
            comparing: Some(answer.comparing),
            promise: PromiseOf {
                envelope: self.promise.clone(),
                slot: u16::from(place.slot),
                path: place.path.iter().map(Hash::to_string).collect(),
            },
        })
    }

    /// What is written of them, under the index of the first.
    ///
    /// # Errors
    /// When there are none.
    pub(crate) fn mark(&self) -> Result<Mark, String> {
        let first = self.answers.first().ok_or("no statement was answered")?;
        let bytes = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        Ok(Mark { name: answers_from(first.index), bytes })
    }
}

/// How a statement's entry is named.
pub(crate) fn name(statement: &Statement) -> Name {
    Name { series: statement.key.0.0, number: statement.seq }
}

/// Where the answers of an append are kept whose first statement stands at this index.
pub(crate) fn answers_from(index: u64) -> String {
    format!("answers/{index:020}")
}

/// What is kept of a statement.
///
/// # Errors
/// What the disk may do.
pub(crate) fn kept(view: &View<'_>, statement: &Statement) -> Result<FirstAnswer, StoreError> {
    let Some(index) = view.named(&name(statement))? else { return Ok(FirstAnswer::Nothing) };
    let mark = view.last_mark(&answers_from(index))?;
    let answers = mark.and_then(|mark| serde_json::from_slice::<Answers>(&mark.bytes).ok());
    let Some(answers) = answers else { return Ok(FirstAnswer::Damaged) };
    let place = answers.answers.iter().position(|answer| answer.index == index);
    Ok(match place.and_then(|at| Some((at, answers.answers.get(at)?.statement))) {
        None => FirstAnswer::Damaged,
        Some((_, other)) if other != statement.hash => FirstAnswer::Another,
        Some((at, _)) => match answers.batch().ok().and_then(|batch| answers.filed(&batch, at)) {
            Some(filed) => FirstAnswer::Answer(Box::new(filed)),
            None => FirstAnswer::Damaged,
        },
    })
}
