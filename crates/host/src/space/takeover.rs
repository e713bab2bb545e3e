//! Going on with a record that another host kept.

use std::collections::BTreeSet;

use deconflict_api::{Content, FilingAnswer, FilingOutcome as Became};
use deconflict_core::{Entry, ErasureSubject, Finding, LedgerParts, Say, State, Time, What};
use deconflict_record::{self as record, Hash, SignedCheckpoint, SigningKey, Vkey, opens};
use deconflict_store::{Mark, NewEntry, Store, StoreError, StoredEntry as Kept, View};

use super::{Draft, Space};
use crate::answers;
use crate::check::VerifiedStatement;
use crate::clock::Entropy;
use crate::config::Timing;
use crate::growth::Growth;
use crate::published::Tip;
use crate::rebuild::{RebuiltSpace, SpaceError, signed_by_host};

/// Entries that are copied in one append.
const AT_ONCE: usize = 512;

/// What lets a new host go on: the statement that moves the record to it, and the head that it names, as
/// the old host signed it and the quorum countersigned it.
#[derive(Clone, Copy, Debug)]
pub struct Move<'a> {
    /// The envelope.
    pub statement: &'a [u8],
    /// The note.
    pub head: &'a [u8],
}

impl Space {
    /// Goes on with the record of another host that does not hand it over itself, dead or cheating, from
    /// the head that the statement names. What of the record is in `copy` below that head is copied into
    /// `store`, which has no such space yet; what lies beyond it is left. Then the statement is logged as
    /// the first entry of this host.
    ///
    /// A host that was handed the record with an entry of the old one simply opens its copy of it
    /// ([`Space::open`]).
    ///
    /// # Errors
    /// When the statement names another key or is not consented to, its head is not the one given or not
    /// countersigned by the quorum, or the copy is not of this record.
    pub fn take_over(
        copy: &Store,
        store: Store,
        moved: Move<'_>,
        key: SigningKey,
        entropy: Entropy,
        timing: Timing,
        now: Time,
    ) -> Result<Space, SpaceError> {
        let fault = |fault: &str| SpaceError::NotMoved(fault.to_owned());
        let read = record::SignedStatement::parse(moved.statement)
            .map_err(|error| SpaceError::NotMoved(error.to_string()))?;
        let origin = read.claimed_header().space.clone();
        let signed = SignedCheckpoint::parse(moved.head)
            .map_err(|error| SpaceError::NotMoved(error.to_string()))?;
        let head = signed.claimed().head();
        let epoch = match store.create_space(&origin) {
            Err(StoreError::SpaceExists { .. }) => {
                return Err(fault("the new store has this space already: give a new one"));
            }
            epoch => epoch?,
        };
        let recovered = RebuiltSpace {
            state: State::default(),
            growth: Growth::default(),
            tip: Tip::default(),
            parts: LedgerParts::default(),
        };
        let mut space = Space::of(store, origin, epoch, key, entropy, timing, recovered);
        space.copy_below(copy, head.size, now)?;
        let checked = space.moving(&moved, &signed)?;
        let kept = space.durable.tree();
        if kept.size() < head.size {
            return Err(SpaceError::NotMoved(format!(
                "the copy has {} entries, the head that the statement names {}: give a later copy, or \
                 let a host with the old key get back from desks what it lacks",
                kept.size(),
                head.size
            )));
        }
        if kept.root() != head.root {
            return Err(fault("the copy does not lead to the head that the statement names"));
        }
        space.move_in(&checked, now)?;
        Ok(space)
    }

    /// The statement, whose signers the copy knows, and the head that it names.
    fn moving(
        &self,
        moved: &Move<'_>,
        signed: &SignedCheckpoint,
    ) -> Result<VerifiedStatement, SpaceError> {
        let fault = |fault: &str| SpaceError::NotMoved(fault.to_owned());
        let roster = self.published.roster();
        let checked = VerifiedStatement::new(moved.statement, &self.origin, &roster)
            .map_err(|failure| SpaceError::NotMoved(failure.problem.detail.clone()))?;
        let Say::MoveHost { host, from } = &checked.statement().say else {
            return Err(fault("the statement says something else"));
        };
        if host.key != self.key.verifying_key() {
            return Err(SpaceError::OtherKey);
        }
        if *from != signed.claimed().head() {
            return Err(fault("the statement names another head than the one given"));
        }
        let ledger = self.state.ledger();
        if signed_by_host(signed, ledger).is_none() {
            return Err(fault("the head is not signed by the old host"));
        }
        let charter = ledger.charter.as_ref();
        let counting: BTreeSet<&str> = charter
            .iter()
            .flat_map(|charter| charter.counting_witnesses())
            .map(|witness| witness.name.as_str())
            .collect();
        let counts = |vkey: &&Vkey| counting.contains(vkey.name());
        let witnesses: Vec<_> = roster.witnesses().iter().filter(counts).collect();
        let seen = signed
            .cosignatures(&witnesses)
            .map_err(|error| SpaceError::NotMoved(error.to_string()))?;
        let quorum = charter.map_or(0, |charter| charter.quorum);
        if seen.len() < quorum {
            return Err(SpaceError::NotMoved(format!(
                "{} witnesses countersigned the head, the charter asks for {quorum}: give the note as \
                 a desk keeps it, with their lines",
                seen.len()
            )));
        }
        Ok(checked)
    }

    fn copy_below(&mut self, copy: &Store, below: u64, now: Time) -> Result<(), SpaceError> {
        let view = copy.view(&self.origin)?;
        let size = view.head().size.min(below);
        let (mut next, mut gone) = (0, BTreeSet::new());
        while next < size {
            let mut draft = Draft::default();
            for kept in view.entries(next..size, AT_ONCE)? {
                self.copy_one(&view, &mut draft, kept, &mut gone)?;
                next += 1;
            }
            self.append(&mut draft, now).map_err(SpaceError::Failed)?;
        }
        match gone.first() {
            Some(index) => Err(SpaceError::NotMoved(format!(
                "entry {index}: the copy lacks its content, which no entry below the head erased: give a \
                 copy that was made earlier"
            ))),
            None => Ok(()),
        }
    }

    /// Whether an entry erases what was said of what it names, and nothing else.
    fn erases_rightly(&self, entry: &Entry, gone: &BTreeSet<u64>) -> bool {
        let What::Found(Finding::Erased { of, entries }) = &entry.what else {
            return true;
        };
        let ledger = self.state.ledger();
        let said = |index: &u64| match of {
            ErasureSubject::Declaration(id) => {
                ledger.declarations.get(id).is_some_and(|known| known.statements.contains(index))
            }
            ErasureSubject::Message { message, .. } => {
                let known = ledger.dialogues.get(message);
                known.is_some_and(|known| known.all_entries().any(|entry| entry == *index))
            }
        };
        entries.iter().all(|index| gone.contains(index) || said(index))
    }

    /// The same bytes and the same tree; who may read them follows from them anew. What the old host
    /// answered and sealed goes along.
    fn copy_one(
        &mut self,
        view: &View<'_>,
        draft: &mut Draft,
        kept: Kept,
        gone: &mut BTreeSet<u64>,
    ) -> Result<(), SpaceError> {
        let fault = |fault: String| SpaceError::Record {
            space: view.head().origin.clone(),
            fault: format!("entry {}: {fault}", kept.index),
        };
        let Some(opening) = kept.opening.clone() else {
            gone.insert(kept.index);
            self.state.skip();
            self.growth.append(&Hash(kept.commitment));
            let (commitment, opening) = (kept.commitment, None);
            let name = view.name_of(kept.index)?;
            if name.is_some() {
                keep_mark(view, draft, answers::answers_from(kept.index))?;
            }
            draft.batch.entries.push(NewEntry { commitment, opening, name });
            return Ok(());
        };
        if !opens(&Hash(kept.commitment), &opening.salt, &opening.content) {
            return Err(fault("its content is not the one committed to".into()));
        }
        let content =
            Content::decode(&opening.content).map_err(|error| fault(error.to_string()))?;
        if !self.erases_rightly(&content.entry, gone) {
            return Err(fault("it erases what was not said of what it names".into()));
        }
        let mut name = None;
        match &content.entry.what {
            What::Accepted(said) | What::Refused(said, _) => {
                name = Some(answers::name(said));
                keep_mark(view, draft, answers::answers_from(kept.index))?;
            }
            What::Found(Finding::Disclosures { .. }) => {
                let mut part = 0;
                while keep_mark(view, draft, format!("disclosures/{}/{part}", kept.index))? {
                    part += 1;
                }
            }
            What::Found(Finding::Erased { entries, .. }) => {
                entries.iter().for_each(|erased| {
                    gone.remove(erased);
                });
            }
            What::Found(_) => {}
        }
        self.fold_as(draft, &content.entry, opening, name, None)
            .map_err(|_| fault("it cannot be taken in".into()))
    }

    /// Logs the statement that makes this the host, under the first head of its key.
    fn move_in(&mut self, checked: &VerifiedStatement, now: Time) -> Result<(), SpaceError> {
        let mut draft = Draft::default();
        let mut answers = [None];
        if let Err(super::Untaken::Failed(failure)) = self.take(&mut draft, 0, checked, now) {
            return Err(SpaceError::Failed(failure));
        }
        self.commit(&mut draft, now, &mut answers);
        match answers {
            [Some(Ok(filed))] if filed.outcome == Became::Accepted => Ok(()),
            [Some(Ok(FilingAnswer { refusal: Some(why), .. }))] => {
                Err(SpaceError::MoveRefused(why))
            }
            [Some(Err(failure))] => Err(SpaceError::Failed(failure)),
            [Some(Ok(_)) | None] => Err(SpaceError::NotMoved("it cannot be taken in".into())),
        }
    }
}

fn keep_mark(view: &View<'_>, draft: &mut Draft, name: String) -> Result<bool, SpaceError> {
    let Some(bytes) = view.mark(&name)? else { return Ok(false) };
    draft.batch.marks.push(Mark { name, bytes });
    Ok(true)
}
