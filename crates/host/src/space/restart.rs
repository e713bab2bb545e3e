//! Before the first head after a start: what witnesses saw, and what desks give back.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deconflict_api::{
    Content, HostWait, LastHead, LostCommitments, LostEntries, MAX_LOST_COMMITMENTS, Recovery,
    SilentWitness, WitnessWord, asking_message, last_head_message,
};
use deconflict_core::{Entry, Finding, Ledger, PartyId, Time, What};
use deconflict_record::{
    Hash, KeyUse, MAX_BATCH, Note, NoteSignature, Signature, SignedCheckpoint, Tile, TileRow, Vkey,
    node_from_tiles, root_of,
};
use deconflict_store::{self as store, MAX_CONTENT_BYTES, Opening, StoredCosignature};
use tracing::{error, info};

use super::{Draft, Pending, Space, Untaken};
use crate::answers::{self, StatementAnswer};
use crate::failure::FailureCause;
use crate::problem::Failure;
use crate::published::Closure;
use crate::rebuild::signed_by_host;
use crate::witness_recovery::{WitnessRecovery, needed, stray};

/// What a desk tells a host of its record.
#[derive(Clone, Debug)]
pub enum Word {
    /// The last head that it has verified.
    Head(LastHead),
    /// Commitments that the host lost.
    Commitments(LostCommitments),
    /// Entries that the host lost.
    Entries(LostEntries),
    /// What a witness at an address countersigned when it was asked just now: it does that for no head but one that leads
    /// on from its last one, so it has countersigned nothing beyond.
    Cosignature(StoredCosignature),
}

/// The entries of a record that was begun and no more: the founding statement, and the root over its
/// disclosures. One head covers both.
const FOUNDING_ENTRIES: u64 = 2;

impl Space {
    /// Begins to sign and take in at the very first start, of which the record has nothing to say: it
    /// holds its founding alone, so there can be nothing that was lost. Only for a host that was never
    /// served before. Returns whether it did; else witnesses are to be heard, as at any later start.
    pub fn begin_serving(&mut self) -> bool {
        let tip = self.published.tip();
        let founded = tip.size == FOUNDING_ENTRIES && tip.checkpoint_size == FOUNDING_ENTRIES;
        let Some(lost) = &self.lost else { return true };
        if !founded || lost.split.is_some() || lost.reach().0 > FOUNDING_ENTRIES {
            return false;
        }
        self.go_on();
        true
    }

    /// Goes on without having heard the witnesses, by decision of who operates the host; the record
    /// says so. If entries were lost, desks will catch the host in a fork.
    ///
    /// # Errors
    /// When a head over lost entries is known already; when it cannot be written now.
    pub fn go_on_alone(&mut self, now: Time) -> Result<(), Failure> {
        let size = self.published.tip().size;
        let Some(lost) = &self.lost else { return Ok(()) };
        if lost.split.is_some() || lost.reach().0 > size {
            return Err(Failure::recovering(lost.split.is_some()));
        }
        self.sound_now(now)?;
        self.resume(now)
    }

    /// Takes in what a desk knows of the record; how far that leads.
    ///
    /// # Errors
    /// When it is not this record's, or nothing can be written now.
    pub fn hear(&mut self, party: &PartyId, word: &Word, now: Time) -> Result<Recovery, Failure> {
        self.sound_now(now)?;
        let heard = match word {
            Word::Head(last) => self.last_head(last, now),
            Word::Commitments(lost) => self.commitments(party, lost),
            Word::Entries(lost) => self.given_back(lost, now),
            Word::Cosignature(given) => self.countersigned_now(given, now),
        };
        if let Some(lost) = &self.lost
            && lost.may_go_on(self.published.tip().size, self.state.ledger())
        {
            self.resume(now)?;
        }
        self.publish_closed();
        heard?;
        let mut asked = self.recovery(party);
        if let (Word::Head(last), Some(nonce)) = (word, &asked.nonce) {
            let challenge = Hash::from_hex(&last.challenge)
                .map_err(|error| Failure::malformed(format!("challenge: {error}")))?;
            let message = asking_message(&self.origin, nonce, &challenge.to_string());
            asked.signature = Some(STANDARD.encode(self.key.sign(&message).0));
        }
        Ok(asked)
    }

    /// What desks are asked for.
    fn recovery(&self, party: &PartyId) -> Recovery {
        let size = self.published.tip().size;
        let Some(lost) = &self.lost else {
            return Recovery { size, known: size, commitments: size, ..Recovery::default() };
        };
        let waits = waits(lost, size, self.state.ledger());
        recovery_of(lost, size, lost.offered(party), &waits)
    }

    fn last_head(&mut self, last: &LastHead, now: Time) -> Result<(), Failure> {
        let signed = match last.note.as_str() {
            "" => None,
            note => Some(self.own_head(note)?),
        };
        let text = signed.as_ref().map_or("", |signed| signed.note().claimed_text()).to_owned();
        if let Some(signed) = signed {
            self.compare(signed, now)?;
        }
        let Some(lost) = &mut self.lost else { return Ok(()) };
        if let Some(word) = &last.witness {
            let nonce = lost.nonce.to_string();
            let roster = self.published.roster();
            let witness = roster.witnesses().iter().find(|vkey| vkey.name() == word.name);
            if !witness.is_some_and(|vkey| said(word, vkey, &self.origin, &nonce, &text)) {
                return Err(Failure::malformed(
                    "witness: it is none of the charter's, or did not sign this head and the \
                     present nonce: ask for the nonce, and sign with the key that the charter names",
                ));
            }
            lost.hear(&word.name, self.state.ledger());
        }
        Ok(())
    }

    /// A cosignature of the last head, which was verified, where it was made just now: an earlier one says nothing of
    /// what its witness saw since.
    fn countersigned_now(&mut self, given: &StoredCosignature, now: Time) -> Result<(), Failure> {
        self.dated_in_time(given, now)?;
        let charter = self.state.ledger().charter.as_ref();
        let skew_s = charter.map_or(0, |charter| i64::from(charter.rules.clock_skew_s));
        let behind_s = now.seconds().saturating_sub(given.time_s);
        if behind_s > skew_s {
            return Err(Failure::clock(format!(
                "it is dated {behind_s} s ago, and the charter allows {skew_s} s: it does not say what the witness \
                 countersigned since. Compare the witness's clock and the host's with a third"
            )));
        }
        let is_last = given.size == self.published.tip().checkpoint_size;
        if let Some(lost) = self.lost.as_mut().filter(|_| is_last) {
            lost.hear(&given.witness, self.state.ledger());
        }
        Ok(())
    }

    /// A head, once this host's key is seen to have signed it.
    fn own_head(&self, note: &str) -> Result<SignedCheckpoint, Failure> {
        let signed = SignedCheckpoint::parse(note.as_bytes())
            .map_err(|error| Failure::malformed(error.to_string()))?;
        // Beyond what is kept the host may have changed; of that nothing is known here.
        if signed_by_host(&signed, self.state.ledger()).is_some() {
            return Ok(signed);
        }
        Err(Failure::malformed("note: it is not signed with the key of this record"))
    }

    fn compare(&mut self, signed: SignedCheckpoint, now: Time) -> Result<(), Failure> {
        let (head, size) = (signed.claimed().head(), self.published.tip().size);
        if head.size <= size {
            let root = self.root_at(head.size);
            let root = root.map_err(|cause| self.published.unreadable(now, cause))?;
            if root != head.root {
                self.close_for_good(stray(head));
            }
            return Ok(());
        }
        let is_host = self.is_host();
        match &mut self.lost {
            Some(lost) => lost.head(signed),
            // Another one signs on.
            None if !is_host => Ok(()),
            None => {
                // It has signed on from less than this.
                self.close_for_good(format!(
                    "its key has signed a head over {} entries, and it went on from fewer",
                    head.size
                ));
                Ok(())
            }
        }
    }

    fn close_for_good(&mut self, why: String) {
        error!(why, "closed for good");
        let tree = self.durable.tree().clone();
        self.lost
            .get_or_insert_with(|| Box::new(WitnessRecovery::new(Hash([0; 32]), tree)))
            .split = Some(why);
        self.published.set_writable(false);
    }

    /// The root over the first entries, of which there must be as many, out of what is kept.
    pub(super) fn root_at(&self, size: u64) -> Result<Hash, FailureCause> {
        if size == self.durable.tree().size() {
            return Ok(self.durable.tree().root());
        }
        let view = self.store.view(&self.origin)?;
        let missing = |tile: Tile| FailureCause::Damaged { fault: format!("{tile} is missing") };
        let read = |tile: Tile| match tile.row {
            TileRow::Level(level) => view.tile(level, tile.index)?.ok_or_else(|| missing(tile)),
            TileRow::Entries => Err(missing(tile)),
        };
        root_of(size, |level, index| node_from_tiles(level, index, read, missing))
    }

    fn commitments(&mut self, party: &PartyId, brought: &LostCommitments) -> Result<(), Failure> {
        let Some(lost) = &mut self.lost else { return Ok(()) };
        if brought.commitments.len() > MAX_LOST_COMMITMENTS {
            return Err(Failure::too_long(format!(
                "commitments: at most {MAX_LOST_COMMITMENTS} at once"
            )));
        }
        let hashes: Result<Vec<Hash>, _> =
            brought.commitments.iter().map(|text| Hash::from_hex(text)).collect();
        let hashes = hashes.map_err(|error| Failure::malformed(error.to_string()))?;
        lost.offer(party, brought.from, &hashes)
    }

    fn given_back(&mut self, brought: &LostEntries, now: Time) -> Result<(), Failure> {
        let size = self.published.tip().size;
        let Some(lost) = &mut self.lost else { return Ok(()) };
        for entry in &brought.entries {
            let salt = Hash::from_hex(&entry.salt)
                .map_err(|error| Failure::malformed(format!("entry {}: {error}", entry.index)))?;
            let content = entry.content.clone().into_bytes();
            if content.len() > MAX_CONTENT_BYTES {
                return Err(Failure::too_long(format!("entry {}: too long", entry.index)));
            }
            lost.entry(size, entry.index, Opening { salt: salt.0, content })?;
        }
        while self.take_back(now)? {}
        Ok(())
    }

    /// Appends the next entries that were given back, if there are any: the same bytes, the same tree,
    /// and who may read them follows from them anew.
    fn take_back(&mut self, now: Time) -> Result<bool, Failure> {
        let mut draft = Draft::default();
        loop {
            let size = self.state.ledger().size;
            let next = self.lost.as_ref().and_then(|lost| lost.next(size)).cloned();
            let Some(opening) = next.filter(|_| draft.pending.len() < MAX_BATCH) else { break };
            if draft.batch.entries.len() >= 1_024 {
                break;
            }
            if let Err(untaken) = self.fold_again(&mut draft, opening) {
                return Err(self.distrust(now, untaken.cause()));
            }
        }
        if draft.batch.entries.is_empty() {
            return Ok(false);
        }
        // What belongs to the last statement may come with the next ones: a head covers whole appends.
        let size = self.state.ledger().size;
        let last_head = self.lost.as_ref().and_then(|lost| lost.last_head());
        let is_whole = last_head.is_some_and(|head| head.claimed().size == size);
        if let Some(last) = draft.pending.last_mut().filter(|last| !last.all && !is_whole) {
            last.answer.comparing = true;
        }
        if !draft.pending.is_empty()
            && let Err(cause) = self.promise(&mut draft, now)
        {
            return Err(self.distrust(now, cause));
        }
        self.cover(&mut draft);
        let count = draft.batch.entries.len() as u64;
        self.append(&mut draft, now)?;
        let size = self.published.tip().size;
        if let Some(lost) = &mut self.lost {
            lost.kept(size);
            lost.recovered += count;
        }
        Ok(true)
    }

    fn fold_again(&mut self, draft: &mut Draft, opening: Opening) -> Result<(), Untaken> {
        let content = Content::decode(&opening.content)
            .map_err(|error| Untaken::Broken(FailureCause::Unforeseen(error.to_string())))?;
        let (said, refusal) = match &content.entry.what {
            What::Accepted(statement) => (Some(statement), None),
            What::Refused(statement, why) => (Some(statement), Some(why.clone())),
            What::Found(_) => (None, None),
        };
        let (index, name) = (self.state.ledger().size, said.map(|said| answers::name(said)));
        self.fold_as(draft, &content.entry, opening, name, None)?;
        if let Some(statement) = said {
            draft.pending.push(Pending {
                place: 0,
                party: statement.party.clone(),
                answer: StatementAnswer {
                    statement: statement.hash,
                    index,
                    refusal,
                    conflicts: Vec::new(),
                    overlays: Vec::new(),
                    comparing: false,
                },
                all: false,
            });
        } else if let Some(pending) = draft.pending.last_mut().filter(|pending| !pending.all) {
            // After a mark stands what belongs to another statement, or came in a later append.
            if let What::Found(
                Finding::Comparing { statement, .. } | Finding::Compared { statement },
            ) = content.entry.what
            {
                pending.all = true;
                pending.answer.comparing = statement == pending.answer.index;
            }
            // What a statement raised stands after it, and belongs into its answer.
            let entry = std::slice::from_ref(&content.entry);
            pending.answer.conflicts.extend(self.own_conflicts(&pending.party, entry));
            pending.answer.overlays.extend(self.own_overlays(&pending.party, entry));
        }
        Ok(())
    }

    /// With the last lost entry comes the head that covers it.
    fn cover(&self, draft: &mut Draft) {
        let size = self.growth.tree().size();
        let Some(head) = self.lost.as_ref().and_then(|lost| lost.last_head()) else { return };
        if head.claimed().size != size || head.claimed().root != self.growth.tree().root() {
            return;
        }
        let keys = self.state.ledger().head_keys(size).into_iter();
        let vkey = |key| Vkey::new(&self.origin, KeyUse::Log, key).ok();
        let (hosts, roster) = (keys.filter_map(vkey).collect::<Vec<_>>(), self.published.roster());
        let lines = lines_by(head, &hosts);
        let Some(note) = lines.into_iter().next().map(|(_, alone, _)| alone.encode()) else {
            return;
        };
        draft.batch.checkpoint = Some(store::StoredCheckpoint { size, note });
        for (vkey, alone, time_s) in lines_by(head, roster.witnesses()) {
            let line = alone.claimed_signatures().iter().map(NoteSignature::line).collect();
            let time_s = i64::try_from(time_s.unwrap_or(0)).unwrap_or(i64::MAX);
            let witness = vkey.name().to_owned();
            draft.batch.cosignatures.push(StoredCosignature { size, witness, time_s, line });
        }
    }

    /// Goes on, and says in the record how, unless there is nothing to say.
    fn resume(&mut self, now: Time) -> Result<(), Failure> {
        let Some(lost) = &self.lost else { return Ok(()) };
        let (needed, heard) = (needed(self.state.ledger()), lost.heard.clone());
        if heard.len() < needed || lost.recovered > 0 {
            let finding = Finding::Resumed { heard, needed, recovered: lost.recovered };
            let mut draft = Draft::default();
            let entry = Entry { at: now, what: What::Found(finding) };
            if let Err(untaken) = self.found_entries(&mut draft, &[entry]) {
                return Err(self.distrust(now, untaken.cause()));
            }
            self.append(&mut draft, now)?;
        }
        self.go_on();
        Ok(())
    }

    fn go_on(&mut self) {
        info!("the host signs on");
        self.lost = None;
        self.published.set_closed(None);
        self.published.set_writable(true);
    }

    /// Lets the operator and readers know why nothing is taken in.
    pub(super) fn publish_closed(&self) {
        let closed = self.lost.as_ref().map(|lost| {
            let size = self.published.tip().size;
            let waits = waits(lost, size, self.state.ledger());
            Closure {
                recovery: recovery_of(lost, size, lost.reach().1, &waits),
                contacts: contacts(&waits, self.state.ledger()),
                waits,
                heard: lost.heard.clone(),
                needed: needed(self.state.ledger()),
                missing: lost.missing(size),
                last_head: lost.last_head().map(|signed| signed.claimed().head()),
                split: lost.split.clone(),
            }
        });
        if closed.is_some() {
            self.published.set_writable(false);
        }
        self.published.set_closed(closed);
    }
}

/// What is asked for: it has so many entries, and needs commitments from there on. One that signed two histories asks
/// for nothing more.
fn recovery_of(lost: &WitnessRecovery, size: u64, commitments: u64, waits: &HostWait) -> Recovery {
    let nonce = lost.split.is_none().then(|| lost.nonce.to_string());
    let waits = nonce.as_ref().map(|_| waits.clone());
    Recovery { nonce, size, known: lost.reach().0, commitments, waits, time: None, signature: None }
}

/// For whom it waits.
fn waits(lost: &WitnessRecovery, size: u64, ledger: &Ledger) -> HostWait {
    let charter = ledger.charter.as_ref();
    let counting = charter.iter().flat_map(|charter| charter.counting_witnesses());
    let silent = counting.filter(|witness| !lost.heard.contains(&witness.name));
    let silent = silent.filter(|witness| witness.party.is_some() || witness.url.is_some());
    let silent = silent.map(|witness| SilentWitness {
        witness: witness.name.clone(),
        party: witness.party.as_ref().map(ToString::to_string).unwrap_or_default(),
    });
    HostWait {
        more: needed(ledger).saturating_sub(lost.heard.len()),
        silent: silent.collect(),
        lacks_entries: lost.reach().0 > size,
    }
}

/// How to reach the parties for which it waits.
fn contacts(waits: &HostWait, ledger: &Ledger) -> BTreeMap<String, Vec<String>> {
    let contact = |silent: &SilentWitness| {
        let party: PartyId = silent.party.parse().ok()?;
        Some((silent.party.clone(), ledger.parties.get(&party)?.member.contact.clone()))
    };
    waits.silent.iter().filter_map(contact).collect()
}

/// Whether a witness says that this head is its last one.
fn said(word: &WitnessWord, vkey: &Vkey, space: &str, nonce: &str, text: &str) -> bool {
    let signature = STANDARD.decode(&word.signature).ok().and_then(|bytes| bytes.try_into().ok());
    let message = last_head_message(space, nonce, text);
    vkey.used() == KeyUse::Witness
        && signature
            .is_some_and(|signature| vkey.key().verify(&message, &Signature(signature)).is_ok())
}

/// The lines under a head that these keys signed: each alone under the text, and its time.
fn lines_by<'a>(head: &SignedCheckpoint, keys: &'a [Vkey]) -> Vec<(&'a Vkey, Note, Option<u64>)> {
    let text = head.note().claimed_text();
    let alone = |signature: &NoteSignature| {
        Note::unsigned(text).and_then(|note| note.and(signature.clone())).ok()
    };
    let by = |alone: Note| {
        keys.iter().find_map(|vkey| {
            let times = alone.verify(&[vkey]).ok()?;
            Some((vkey, alone.clone(), times.into_iter().flatten().next()))
        })
    };
    head.note().claimed_signatures().iter().filter_map(alone).filter_map(by).collect()
}
