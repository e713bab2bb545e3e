//! Faults that are planted, so that the simulator shows that it would find them.

use deconflict_api::{
    CosignatureLine, FilingAnswer, FilingOutcome, GivenEntry, GivenPage, PromiseOf,
};
use deconflict_desk::LineError;
use deconflict_record::{
    AddCheckpoint, Checkpoint, Cosigner, Hash, Promise, PromisedBatch, SignedCheckpoint,
    SignedStatement, UtcSecond, leaf_hash,
};

use super::wire::Net;
use crate::{SPACE, duty, log, log_key, party, witness, witness_name};

/// Something that a host, a line or a desk does and must not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlantedFault {
    /// A desk takes it for an answer that none came.
    TakesNoAnswerForOne,
    /// The host answers before the statement is durable, and files it later.
    AnswersBeforeItIsDurable,
    /// The host takes the same intention in a second time, signed anew.
    AppendsTwice,
    /// The host gives another answer to a statement that it has answered.
    AnswersOtherwise,
    /// The host says that all is compared while something waits.
    CallsAllCompared,
    /// The host passes over what is due.
    SkipsWhatIsDue,
    /// The host forgets to disclose an entry.
    ForgetsToDisclose,
    /// The host shows a party what it may not see.
    ShowsToAnybody,
    /// The host shows an entry that is not durable yet.
    ShowsBeforeItIsDurable,
    /// The host gives the entries of two causes in the wrong order.
    GivesInAnotherOrder,
    /// The host signs a head of another history.
    SignsAnotherHistory,
    /// The host forgets at a power cut what it has answered.
    ForgetsAtPowerCut,
    /// A restored host goes on without having asked anybody.
    GoesOnWithoutAsking,
    /// A desk countersigns a head before it has read what lies under it.
    CosignsBeforeItChecks,
    /// A desk shows the view of an earlier head.
    ShowsAnOldView,
    /// A desk shows more than its party may see.
    ShowsWithoutProjection,
    /// A desk forgets at a restart what waits to be sent.
    ForgetsTheOutbox,
    /// The host ends by its clock what is over, although the clock jumped.
    EndsByAJumpedClock,
}

/// All of them.
pub const PLANTED_FAULTS: [PlantedFault; 18] = [
    PlantedFault::TakesNoAnswerForOne,
    PlantedFault::AnswersBeforeItIsDurable,
    PlantedFault::AppendsTwice,
    PlantedFault::AnswersOtherwise,
    PlantedFault::CallsAllCompared,
    PlantedFault::SkipsWhatIsDue,
    PlantedFault::ForgetsToDisclose,
    PlantedFault::ShowsToAnybody,
    PlantedFault::ShowsBeforeItIsDurable,
    PlantedFault::GivesInAnotherOrder,
    PlantedFault::SignsAnotherHistory,
    PlantedFault::ForgetsAtPowerCut,
    PlantedFault::GoesOnWithoutAsking,
    PlantedFault::CosignsBeforeItChecks,
    PlantedFault::ShowsAnOldView,
    PlantedFault::ShowsWithoutProjection,
    PlantedFault::ForgetsTheOutbox,
    PlantedFault::EndsByAJumpedClock,
];

impl Net {
    /// What a host that misbehaves, or whoever takes its silence for an answer, makes of one.
    pub(super) fn misanswer(
        &mut self,
        envelope: &[u8],
        answer: Result<FilingAnswer, LineError>,
    ) -> Result<FilingAnswer, LineError> {
        let signed = SignedStatement::parse(envelope).expect("a desk sends statements");
        match (self.planted, answer) {
            (Some(PlantedFault::TakesNoAnswerForOne), Err(LineError::Down(_))) => {
                Ok(self.made_up(&signed))
            }
            (Some(PlantedFault::AnswersOtherwise), Ok(mut answer)) => {
                if self.answered.contains_key(&signed.hash()) {
                    answer.index += 1;
                }
                Ok(answer)
            }
            (Some(PlantedFault::CallsAllCompared), Ok(mut answer)) => {
                answer.comparing = Some(false);
                Ok(answer)
            }
            (Some(PlantedFault::AppendsTwice), Ok(answer)) => {
                if !self.answered.contains_key(&signed.hash()) {
                    self.append_again(&signed);
                }
                Ok(answer)
            }
            (_, answer) => answer,
        }
    }

    /// The answer of a host that makes the statement durable some time later.
    pub(super) fn answers_early(&mut self, envelope: &[u8]) -> Option<FilingAnswer> {
        let up = self.host.borrow().is_up();
        if self.planted != Some(PlantedFault::AnswersBeforeItIsDurable) || !up {
            return None;
        }
        let signed = SignedStatement::parse(envelope).expect("a desk sends statements");
        let answer = self.made_up(&signed);
        self.late.push(envelope.to_vec());
        self.note_answer(signed.hash(), &answer);
        Some(answer)
    }

    /// An answer with the host's own promise, of a statement that is nowhere.
    pub(super) fn made_up(&self, signed: &SignedStatement) -> FilingAnswer {
        let now = self.host.borrow().clock.utc();
        FilingAnswer {
            statement: signed.hash().to_string(),
            index: self.auditor.size(),
            outcome: FilingOutcome::Accepted,
            refusal: None,
            conflicts: Some(Vec::new()),
            overlays: Some(Vec::new()),
            comparing: Some(false),
            promise: promise(signed.hash(), now),
        }
    }

    /// Files what was said once more, as its author's next statement.
    fn append_again(&self, signed: &SignedStatement) {
        let mut header = signed.claimed_header().clone();
        let author = duty(&header.party);
        if author.verifying_key().id() != header.key {
            return;
        }
        (header.seq, header.prev) = (header.seq + 1, Some(signed.hash()));
        let again = SignedStatement::sign(header, signed.claimed_say(), &author).unwrap();
        let _ = self.host.borrow_mut().file(&[again.envelope().encode()]);
    }

    /// What a host that misbehaves gives.
    pub(super) fn misgive(&mut self, name: &'static str, page: &mut GivenPage) {
        match self.planted {
            Some(PlantedFault::ForgetsToDisclose) if self.dice.one_in(3) => {
                page.given.pop();
            }
            Some(PlantedFault::GivesInAnotherOrder) => exchange(&mut page.given),
            Some(PlantedFault::ShowsBeforeItIsDurable) if !page.given.is_empty() => {
                let mut early = page.given[0].clone();
                (early.cause, early.index) =
                    (page.next.max(self.auditor.size()), self.auditor.size());
                page.given.push(early);
            }
            Some(PlantedFault::ShowsToAnybody) => self.leak(name, page),
            _ => {}
        }
    }

    /// One entry more than the party may read, after the last one of the page.
    fn leak(&self, name: &'static str, page: &mut GivenPage) {
        let Some(cause) = page.given.last().map(|row| row.cause) else { return };
        let mut host = self.host.borrow_mut();
        let Ok(view) = host.space().store().view(SPACE) else { return };
        let Ok(entries) = view.entries(0..cause + 1, 1_000) else { return };
        let hidden =
            |row: &u64| (0..=cause).all(|by| !self.auditor.may_read(&party(name), (by, *row)));
        let hidden = entries.into_iter().rev().find(|entry| hidden(&entry.index));
        let Some((index, opening)) = hidden.and_then(|e| Some((e.index, e.opening?))) else {
            return;
        };
        let (salt, content) = (Hash(opening.salt).to_string(), String::from_utf8(opening.content));
        page.given.push(GivenEntry { cause, index, salt: Some(salt), content: content.ok() });
    }
}

/// Two entries that came each of its own, in the place of one another.
fn exchange(given: &mut [GivenEntry]) {
    let own = |row: &GivenEntry| row.cause == row.index;
    if let [.., a, b] = given
        && own(a)
        && own(b)
    {
        (a.index, b.index) = (b.index, a.index);
        std::mem::swap(&mut a.salt, &mut b.salt);
        std::mem::swap(&mut a.content, &mut b.content);
    }
}

/// The promise of the record's host to log a statement.
pub(crate) fn promise(statement: Hash, now: UtcSecond) -> PromiseOf {
    let batch = PromisedBatch::new(&[9; 32], &[statement]).unwrap();
    let deadline = UtcSecond::new(now.seconds() + 60).unwrap();
    let promise = Promise::sign(SPACE, batch.root(), now, deadline, &log_key()).unwrap();
    let place = batch.place(0).unwrap();
    PromiseOf {
        envelope: String::from_utf8(promise.envelope().encode()).unwrap(),
        slot: place.slot.into(),
        path: place.path.iter().map(Hash::to_string).collect(),
    }
}

/// A head of the same size over other entries, signed with the record's key.
pub(super) fn another_history(note: &[u8]) -> Vec<u8> {
    let head = SignedCheckpoint::parse(note).unwrap().claimed().head();
    let root = leaf_hash(&head.root.0);
    let other = Checkpoint { origin: SPACE.into(), size: head.size, root, extensions: vec![] };
    other.sign(&log_key()).unwrap().encode().into_bytes()
}

/// A party's cosignature of a head, made without having looked at anything else.
pub(super) fn cosignature(note: &[u8], name: &str, now: UtcSecond) -> CosignatureLine {
    let checkpoint = SignedCheckpoint::parse(note).unwrap();
    let size = checkpoint.claimed().size;
    let mut cosigner = Cosigner::new(&witness_name(name), log(), None).unwrap();
    let request = AddCheckpoint { old_size: 0, proof: Vec::new(), checkpoint };
    let pending = cosigner.judge(&request).unwrap();
    CosignatureLine { size, line: pending.persisted(&witness(name), now).line() }
}
