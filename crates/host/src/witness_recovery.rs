//! What a host that was started anew was told of its own record, before it signs again.
//!
//! A restored backup is a fork as soon as it signs: others hold the host to heads that it does not have.
//! So it asks first. Whatever it is told is believed only as far as it is signed with its own key, leads
//! to a root that is, or opens a commitment that does.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_core::{Ledger, PartyId, Witness};
use deconflict_record::{Hash, Head, SignedCheckpoint, Tree, leaf_hash, opens};
use deconflict_store::Opening;

use crate::problem::Failure;

/// The most entries that can be got back.
const MAX_LOST: u64 = 1_000_000;
/// The most heads of different sizes that are kept: the largest.
const MAX_HEADS: usize = 1_024;
/// The most commitments that wait to be seen to lead to a head, whoever brought them.
const MAX_OFFERED: usize = 4_000_000;
/// The most bytes of entries that wait for those before them.
const MAX_WAITING_BYTES: usize = 256 * 1024 * 1024;

/// What is known of a record beyond what is kept of it.
#[derive(Debug)]
pub(crate) struct WitnessRecovery {
    /// What witnesses sign, so that nobody can repeat an earlier word of theirs.
    pub(crate) nonce: Hash,
    /// The witnesses whose last heads were compared.
    pub(crate) heard: BTreeSet<String>,
    /// How many entries were got back.
    pub(crate) recovered: u64,
    /// Why it can never go on.
    pub(crate) split: Option<String>,
    /// Heads that it signed over more than was kept, by size.
    heads: BTreeMap<u64, SignedCheckpoint>,
    /// The tree over what was kept, and over the commitments that lead to a signed head.
    tree: Tree,
    /// The size at which `commitments` begin.
    first: u64,
    commitments: Vec<Hash>,
    /// Commitments after these, by who brought them: not yet seen to lead to a head.
    offers: BTreeMap<PartyId, Vec<Hash>>,
    openings: BTreeMap<u64, Opening>,
    waiting_bytes: usize,
}

impl WitnessRecovery {
    /// Nothing is known beyond this tree.
    pub(crate) fn new(nonce: Hash, tree: Tree) -> WitnessRecovery {
        WitnessRecovery {
            nonce,
            heard: BTreeSet::new(),
            recovered: 0,
            split: None,
            heads: BTreeMap::new(),
            first: tree.size(),
            tree,
            commitments: Vec::new(),
            offers: BTreeMap::new(),
            openings: BTreeMap::new(),
            waiting_bytes: 0,
        }
    }

    /// The largest head that is known.
    pub(crate) fn last_head(&self) -> Option<&SignedCheckpoint> {
        self.heads.values().next_back()
    }

    /// A witness has said its last head: that counts if the witness does.
    pub(crate) fn hear(&mut self, name: &str, ledger: &Ledger) {
        let charter = ledger.charter.as_ref();
        let mut counting = charter.iter().flat_map(|charter| charter.counting_witnesses());
        if counting.any(|witness| witness.name == name) {
            self.heard.insert(name.to_owned());
        }
    }

    /// The sizes of what is known, and of the commitments that lead there.
    pub(crate) fn reach(&self) -> (u64, u64) {
        let known = self.heads.keys().next_back().copied().unwrap_or(0);
        (known.max(self.tree.size()), self.tree.size())
    }

    /// How far one party's commitments reach.
    pub(crate) fn offered(&self, party: &PartyId) -> u64 {
        self.tree.size() + self.offers.get(party).map_or(0, |offer| offer.len() as u64)
    }

    /// A head over more than is kept, which this host's key signed.
    ///
    /// # Errors
    /// When it is too far away.
    pub(crate) fn head(&mut self, signed: SignedCheckpoint) -> Result<(), Failure> {
        let head = signed.claimed().head();
        if head.size <= self.tree.size() || self.split.is_some() {
            return Ok(());
        }
        if head.size - self.first > MAX_LOST {
            let detail = format!(
                "the head of size {} is too far from what the host kept: its operator must find a \
                 later backup",
                head.size
            );
            return Err(Failure::too_long(detail));
        }
        match self.heads.get(&head.size).map(|known| known.claimed().root) {
            Some(root) if root != head.root => {
                self.split = Some(two_histories(head.size));
            }
            Some(_) => {}
            None => {
                // What was brought so far goes on to the largest: whoever brings heads keeps nobody from that.
                self.heads.insert(head.size, signed);
                if self.heads.len() > MAX_HEADS {
                    self.heads.pop_first();
                }
            }
        }
        Ok(())
    }

    /// Commitments that follow those that are known, brought by a party.
    ///
    /// # Errors
    /// When they do not, or when they turn out not to lead to the head.
    pub(crate) fn offer(
        &mut self,
        party: &PartyId,
        from: u64,
        hashes: &[Hash],
    ) -> Result<(), Failure> {
        let (known, have) = self.reach();
        let offered: usize = self.offers.values().map(Vec::len).sum();
        if offered + hashes.len() > MAX_OFFERED {
            return Err(Failure::too_many("many commitments of others wait already"));
        }
        let offer = self.offers.entry(party.clone()).or_default();
        let end = have + offer.len() as u64;
        if from != end || hashes.len() as u64 > known.saturating_sub(end) {
            return Err(Failure::malformed(format!(
                "from: {from}: must be {end}, and not reach beyond {known}"
            )));
        }
        offer.extend_from_slice(hashes);
        if end + hashes.len() as u64 == known {
            let offer = self.offers.remove(party).unwrap_or_default();
            self.lead(known, offer)?;
        }
        Ok(())
    }

    fn lead(&mut self, known: u64, offer: Vec<Hash>) -> Result<(), Failure> {
        let (mut tree, mut at_heads) = (self.tree.clone(), Vec::new());
        for commitment in &offer {
            tree.append(leaf_hash(&commitment.0));
            if let Some(head) = self.heads.get(&tree.size()) {
                at_heads.push((tree.size(), head.claimed().root == tree.root()));
            }
        }
        match at_heads.last() {
            Some((size, true)) if *size == known => {}
            _ => {
                return Err(Failure::malformed(format!(
                    "commitments: they do not lead to the signed head of size {known}"
                )));
            }
        }
        if let Some((size, _)) = at_heads.iter().find(|(_, leads)| !leads) {
            self.split = Some(two_histories(*size));
            return Ok(());
        }
        self.commitments.extend(offer);
        self.tree = tree;
        self.offers.clear();
        Ok(())
    }

    /// An entry that a party was given. One that is not lost, or was brought before, is passed over.
    ///
    /// # Errors
    /// When it is another entry than the record's, or too much waits for those before it.
    pub(crate) fn entry(&mut self, size: u64, index: u64, opening: Opening) -> Result<(), Failure> {
        let place = index.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        let commitment = place.and_then(|place| self.commitments.get(place));
        let Some(commitment) = commitment.filter(|_| index >= size) else { return Ok(()) };
        if self.openings.contains_key(&index) {
            return Ok(());
        }
        if !opens(commitment, &opening.salt, &opening.content) {
            return Err(Failure::malformed(format!(
                "entry {index}: it is not what the record holds there"
            )));
        }
        if index != size && self.waiting_bytes + opening.content.len() > MAX_WAITING_BYTES {
            return Err(Failure::too_many("many entries wait for those before them"));
        }
        self.waiting_bytes += opening.content.len();
        self.openings.insert(index, opening);
        Ok(())
    }

    /// What comes next, once it is here.
    pub(crate) fn next(&self, size: u64) -> Option<&Opening> {
        self.openings.get(&size)
    }

    /// Everything below this is kept now.
    pub(crate) fn kept(&mut self, size: u64) {
        let later = self.openings.split_off(&size);
        self.waiting_bytes = later.values().map(|opening| opening.content.len()).sum();
        self.openings = later;
    }

    /// The entries that nobody has brought, the first few.
    pub(crate) fn missing(&self, size: u64) -> Vec<u64> {
        const FEW: usize = 1_000;
        let lost = size..self.reach().0;
        lost.filter(|index| !self.openings.contains_key(index)).take(FEW).collect()
    }

    /// Whether the host may go on: enough witnesses have spoken, and nothing that it signed is
    /// missing.
    pub(crate) fn may_go_on(&self, size: u64, ledger: &Ledger) -> bool {
        self.split.is_none() && size >= self.reach().0 && self.heard.len() >= needed(ledger)
    }
}

/// How many witnesses must have said their last heads: so many that every quorum has one of them, and no more. Of
/// those that count and have a party, whose desk says it, or an address, at which the host asks: others cannot.
pub(crate) fn needed(ledger: &Ledger) -> usize {
    let Some(charter) = &ledger.charter else { return 0 };
    let can_say = |w: &&Witness| w.party.is_some() || w.url.is_some();
    let able = charter.counting_witnesses().filter(can_say).count();
    needed_of(charter.counting_witnesses().count(), charter.quorum).min(able)
}

/// Of so many witnesses, how many every quorum has one of: whatever a quorum countersigned, one of these has seen.
fn needed_of(all: usize, quorum: usize) -> usize {
    if quorum == 0 { 0 } else { all + 1 - quorum.min(all) }
}

fn two_histories(size: u64) -> String {
    format!("its key has signed two histories: at size {size} there are two roots")
}

/// What a head of this host's key tells, which does not stand in what is kept.
pub(crate) fn stray(head: Head) -> String {
    format!(
        "its key has signed root {} at size {}, and what it keeps has another root there",
        head.root, head.size
    )
}

#[cfg(test)]
mod tests {
    use deconflict_record::{Checkpoint, SigningKey, commit};

    use super::*;

    fn leaf(index: u64) -> (Hash, Opening) {
        let opening = Opening { salt: [7; 32], content: index.to_string().into_bytes() };
        (commit(&opening.salt, &opening.content), opening)
    }

    fn tree(size: u64) -> Tree {
        let mut tree = Tree::default();
        (0..size).for_each(|index| {
            tree.append(leaf_hash(&leaf(index).0.0));
        });
        tree
    }

    fn head(size: u64, root: Hash) -> SignedCheckpoint {
        let head = Checkpoint { origin: "host.example/x".into(), size, root, extensions: vec![] };
        head.sign(&SigningKey::from_seed(&[1; 32])).unwrap()
    }

    fn leaves(range: std::ops::Range<u64>) -> Vec<Hash> {
        range.map(|index| leaf(index).0).collect()
    }

    fn party(name: &str) -> PartyId {
        name.parse().unwrap()
    }

    /// Three entries kept of ten that were signed for.
    fn lost() -> WitnessRecovery {
        let mut lost = WitnessRecovery::new(Hash([0; 32]), tree(3));
        lost.head(head(10, tree(10).root())).unwrap();
        lost.head(head(8, tree(8).root())).unwrap();
        lost
    }

    #[test]
    fn as_many_witnesses_are_heard_as_share_one_with_every_quorum_and_no_more() {
        for (all, quorum, needed) in
            [(0, 0, 0), (3, 0, 0), (1, 1, 1), (2, 1, 2), (2, 2, 1), (3, 2, 2), (4, 3, 2), (5, 5, 1)]
        {
            assert_eq!(needed_of(all, quorum), needed, "{quorum} of {all}");
            // Any so many and any quorum have one in common, and one fewer need not.
            assert!(quorum == 0 || needed + quorum > all, "{quorum} of {all}");
            assert!(quorum == 0 || needed + quorum - 1 <= all, "{quorum} of {all}");
        }
    }

    #[test]
    fn commitments_come_in_parts_and_count_only_when_they_lead_to_the_signed_head() {
        let (mut lost, a, b) = (lost(), party("a"), party("b"));
        assert_eq!(lost.reach(), (10, 3));
        assert!(lost.offer(&a, 4, &leaves(4..6)).is_err(), "there is a gap");
        assert!(lost.offer(&a, 3, &leaves(3..11)).is_err(), "there are too many");
        lost.offer(&a, 3, &leaves(3..6)).unwrap();
        lost.offer(&b, 3, &leaves(4..6)).unwrap();
        assert_eq!((lost.offered(&a), lost.offered(&b), lost.reach().1), (6, 5, 3));
        assert!(lost.offer(&b, 5, &leaves(5..10)).is_err(), "they lead elsewhere");
        assert_eq!(lost.offered(&b), 3, "and are forgotten");
        assert!(lost.entry(3, 4, leaf(4).1).is_ok());
        assert!(lost.next(4).is_none(), "nothing says yet what stands there");
        lost.offer(&a, 6, &leaves(6..10)).unwrap();
        assert_eq!(lost.reach(), (10, 10));
        assert_eq!(lost.split, None);
    }

    #[test]
    fn entries_are_taken_where_they_open_what_leads_to_the_head_and_the_rest_is_missing() {
        let (mut lost, a) = (lost(), party("a"));
        lost.offer(&a, 3, &leaves(3..10)).unwrap();
        assert!(lost.entry(3, 5, leaf(6).1).is_err());
        for index in [1, 3, 5, 6, 5, 11] {
            lost.entry(3, index, leaf(index).1).unwrap();
        }
        assert_eq!(lost.missing(3), [4, 7, 8, 9]);
        assert_eq!(lost.next(3), Some(&leaf(3).1));
        lost.kept(4);
        assert_eq!((lost.next(4), lost.missing(4)), (None, vec![4, 7, 8, 9]));
    }

    #[test]
    fn however_many_heads_somebody_brings_the_largest_counts_and_what_others_brought_stays() {
        let (mut lost, a) = (lost(), party("a"));
        lost.offer(&a, 3, &leaves(3..6)).unwrap();
        let root = tree(20).root();
        for size in (0..2 * MAX_HEADS as u64).rev() {
            lost.head(head(21 + size, root)).unwrap();
        }
        assert!(lost.heads.len() <= MAX_HEADS);
        assert_eq!((lost.reach(), lost.offered(&a)), ((20 + 2 * MAX_HEADS as u64, 3), 6));
    }

    #[test]
    fn two_heads_that_do_not_fit_close_the_host_for_good() {
        let mut one_size = lost();
        one_size.head(head(10, Hash([9; 32]))).unwrap();
        assert!(one_size.split.unwrap().contains("two roots"));
        let mut two_sizes = lost();
        two_sizes.head(head(9, Hash([9; 32]))).unwrap();
        two_sizes.offer(&party("a"), 3, &leaves(3..10)).unwrap();
        assert!(two_sizes.split.unwrap().contains("at size 9"));
        assert!(lost().head(head(MAX_LOST + 9, Hash([9; 32]))).is_err());
    }
}
