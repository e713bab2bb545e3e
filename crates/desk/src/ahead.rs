//! What one append does not hold: kept beside the record first, and then carried over into it.
//!
//! A tile only grows. What is once written there stands for good, so nothing may come there for which the
//! host has not signed. The commitments of a long stretch therefore go into marks while they are fetched,
//! which can be written over, a piece at a time, and nobody believes them. When all of them lead to the
//! signed head, one append of the mark `coming` makes that head this desk's own: the whole of it is durable
//! here, and what is left to do needs no host. The pieces are carried over into the tiles, each by an append
//! of its own; the last one writes the mark `head` and takes `coming` away.
//!
//! So a desk that is killed, or whose line goes down, before `coming` has taken in nothing; the pieces that
//! it put by are tried again, and thrown away if they do not lead to the next head. One that is killed after
//! it carries over the rest before it looks at another head: a host that forks meanwhile meets a desk that
//! has the whole of the earlier one.

use std::collections::BTreeMap;

use deconflict_record::{Hash, SignedCheckpoint, TileRow, Tree, leaf_hash, new_tiles};
use deconflict_store::{AppendBatch, Mark, TileWrite, View};
use serde::{Deserialize, Serialize};

use crate::desk::{Desk, tree};
use crate::error::DeskError;
use crate::layout::{self, COMMITMENTS, node, read_mark};

/// How many entries of the record one append takes in: 512 KiB of commitments.
pub(crate) const STEP: u64 = 16_384;

const COMING: &str = "coming";
const FETCHED: &str = "fetched";

/// Commitments that follow those in the tiles. Nobody answers for them yet.
#[derive(Debug)]
pub(crate) struct Ahead {
    /// The index of the first.
    from: u64,
    /// How many each piece in the store has.
    step: u64,
    /// How many pieces are in the store.
    pieces: u64,
    /// The piece that was last read.
    read: Option<(u64, Vec<Hash>)>,
    /// Those after all pieces.
    rest: Vec<Hash>,
}

/// A verified head whose commitments are all here, and not all in the tiles.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Coming {
    /// The signed head.
    head: String,
    /// The size that the record had before.
    from: u64,
    /// How many commitments each piece has, but for the last.
    step: u64,
    /// Up to this size they are in the tiles.
    carried: u64,
}

/// What was put by while it was fetched.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fetched {
    from: u64,
    step: u64,
    pieces: u64,
}

impl Ahead {
    pub(crate) fn new(from: u64, step: u64) -> Ahead {
        Ahead { from, step, pieces: 0, read: None, rest: Vec::new() }
    }

    /// Whether some of them are of an earlier try, for the same or another head.
    pub(crate) fn is_begun(&self) -> bool {
        self.pieces > 0
    }

    /// Whether the next commitment begins a new piece.
    pub(crate) fn is_full(&self) -> bool {
        self.rest.len() as u64 == self.step
    }

    pub(crate) fn push(&mut self, commitment: Hash) {
        self.rest.push(commitment);
    }

    /// All of them, if they are few enough for one append.
    pub(crate) fn in_one(&self) -> Option<&[Hash]> {
        (self.pieces == 0).then_some(&self.rest)
    }

    /// The commitment of an entry, if it is one of these.
    pub(crate) fn commitment(
        &mut self,
        view: &View<'_>,
        index: u64,
    ) -> Result<Option<Hash>, DeskError> {
        let Some(nth) = index.checked_sub(self.from) else { return Ok(None) };
        let (number, at) = (nth / self.step, (nth % self.step) as usize);
        if number >= self.pieces {
            let before = self.pieces * self.step;
            return Ok(self.rest.get((nth - before) as usize).copied());
        }
        if self.read.as_ref().is_none_or(|(read, _)| *read != number) {
            self.read = Some((number, piece(view, number)?));
        }
        Ok(self.read.as_ref().and_then(|(_, piece)| piece.get(at).copied()))
    }

    /// The last of them as the next piece.
    fn piece(&self) -> Mark {
        let bytes = self.rest.iter().flat_map(|hash| hash.0).collect();
        Mark { name: piece_name(self.pieces), bytes }
    }
}

impl Desk {
    /// The pieces that were put by when a reading from here on broke off, as far as a head of this size
    /// can have them, and the tree that they lead to.
    pub(crate) fn begun(&self, size: u64) -> Result<(Ahead, Tree), DeskError> {
        let (view, mut tree) = (self.records()?, self.tree.clone());
        let mut ahead = Ahead::new(tree.size(), self.step);
        let fetched: Option<Fetched> = read_mark(&view, FETCHED)?;
        if let Some(Fetched { from, step: step @ 1.., pieces }) = fetched
            && from == tree.size()
            && size > from
        {
            ahead.step = step;
            ahead.pieces = pieces.min((size - from - 1) / step);
        }
        for number in 0..ahead.pieces {
            for commitment in piece(&view, number)? {
                tree.append(leaf_hash(&commitment.0));
            }
        }
        Ok((ahead, tree))
    }

    /// Puts a full piece by. Whatever stood there was of a stretch that never became this desk's.
    pub(crate) fn put_by(&mut self, ahead: &mut Ahead) -> Result<(), DeskError> {
        let Ahead { from, step, pieces, .. } = *ahead;
        let fetched = Fetched { from, step, pieces: pieces + 1 };
        let marks = vec![ahead.piece(), layout::mark(FETCHED, &fetched)?];
        self.append(&AppendBatch { marks, ..AppendBatch::default() })?;
        ahead.pieces += 1;
        ahead.rest.clear();
        Ok(())
    }

    /// Takes in a verified head with commitments that lead to it, however many.
    pub(crate) fn keep(&mut self, head: SignedCheckpoint, ahead: &Ahead) -> Result<(), DeskError> {
        let Some(commitments) = ahead.in_one() else {
            let Ahead { from, step, .. } = *ahead;
            let coming = Coming { head: head.encode(), from, step, carried: from };
            let none = Mark { name: FETCHED.into(), bytes: Vec::new() };
            let marks = vec![ahead.piece(), none, layout::mark(COMING, &coming)?];
            self.append(&AppendBatch { marks, ..AppendBatch::default() })?;
            return self.carry_over();
        };
        let mut tree = self.tree.clone();
        let tiles = grow(&self.records()?, &mut tree, commitments)?;
        let marks = vec![layout::mark("head", &head.encode())?];
        self.append(&AppendBatch { tiles, marks, ..AppendBatch::default() })?;
        (self.tree, self.head) = (tree, Some(head));
        Ok(())
    }

    /// Carries over what a verified head has beside the tiles, if there is such a head. Done again after
    /// anything that broke it off, it goes on from there.
    pub(crate) fn carry_over(&mut self) -> Result<(), DeskError> {
        let Some(mut coming) = read_mark::<Coming>(&self.records()?, COMING)? else {
            return Ok(());
        };
        let head = SignedCheckpoint::parse(coming.head.as_bytes())?;
        let mut grown = self.carried(&coming, &head)?;
        while grown.size() < head.claimed().size {
            let number = (grown.size() - coming.from) / coming.step;
            let view = self.records()?;
            let tiles = grow(&view, &mut grown, &piece(&view, number)?)?;
            drop(view);
            coming.carried = grown.size();
            let mut marks = vec![Mark { name: piece_name(number), bytes: Vec::new() }];
            if grown.size() < head.claimed().size {
                marks.push(layout::mark(COMING, &coming)?);
            } else {
                marks.push(Mark { name: COMING.into(), bytes: Vec::new() });
                marks.push(layout::mark("head", &coming.head)?);
            }
            self.append(&AppendBatch { tiles, marks, ..AppendBatch::default() })?;
        }
        (self.tree, self.head) = (grown, Some(head));
        Ok(())
    }

    /// The tree as far as it was carried over, once the pieces that are left are seen to lead from there to
    /// the head.
    fn carried(&self, coming: &Coming, head: &SignedCheckpoint) -> Result<Tree, DeskError> {
        let damaged = || DeskError::damaged("the pieces of its record do not lead to the head");
        let Coming { from, step, carried, .. } = *coming;
        let (view, size) = (self.records()?, head.claimed().size);
        if step == 0 || from > carried || carried >= size || (carried - from) % step != 0 {
            return Err(damaged());
        }
        let so_far = tree(&view, carried, None)?;
        let mut whole = so_far.clone();
        for number in (carried - from) / step..(size - from).div_ceil(step) {
            for commitment in piece(&view, number)? {
                whole.append(leaf_hash(&commitment.0));
            }
        }
        let leads = whole.size() == size && whole.root() == head.claimed().root;
        if leads { Ok(so_far) } else { Err(damaged()) }
    }
}

fn piece_name(number: u64) -> String {
    format!("{COMING}/{number}")
}

fn piece(view: &View<'_>, number: u64) -> Result<Vec<Hash>, DeskError> {
    let name = piece_name(number);
    let bytes = view.mark(&name)?.unwrap_or_default();
    let (commitments, cut_short) = bytes.as_chunks::<32>();
    if commitments.is_empty() || !cut_short.is_empty() {
        return Err(DeskError::damaged(format!("mark {name} holds no commitments")));
    }
    Ok(commitments.iter().map(|bytes| Hash(*bytes)).collect())
}

/// Grows the tree by these commitments: the tiles that come into being or grow with it.
fn grow(
    view: &View<'_>,
    tree: &mut Tree,
    commitments: &[Hash],
) -> Result<Vec<TileWrite>, DeskError> {
    let (old, mut nodes) = (tree.size(), BTreeMap::new());
    for commitment in commitments {
        tree.append_noting(leaf_hash(&commitment.0), |level, index, hash| {
            nodes.insert((level, index), hash);
        });
    }
    let tiles = new_tiles(old, tree.size(), |level, index| match nodes.get(&(level, index)) {
        Some(hash) => Ok(*hash),
        None => node(view, level, index),
    })?;
    let mut writes: Vec<TileWrite> = tiles
        .into_iter()
        .filter_map(|(tile, hashes)| match tile.row {
            TileRow::Level(level) => Some(TileWrite { level, index: tile.index, hashes }),
            TileRow::Entries => None,
        })
        .collect();
    let bytes: Vec<u8> = commitments.iter().flat_map(|hash| hash.0).collect();
    writes.extend(layout::grown(view, COMMITMENTS, 32, old, &bytes)?);
    Ok(writes)
}
