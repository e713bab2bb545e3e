//! Heads posted to the witnesses that the charter names by an address.
//!
//! Each of them has a task of its own, and what waits for an answer waits in threads that do nothing else: a witness
//! that is slow, lies or is gone keeps neither the writer nor a reader waiting, and no other witness while fewer than
//! [`POST_THREADS`] are slow. What it countersigns is taken by the same way as what a desk brings.

mod exchange;
mod report;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deconflict_api::CosignatureLine;
use deconflict_core::Witness;
use deconflict_record::{
    AddCheckpoint, Hash, SignedCheckpoint, Tile, TileRow, consistency_proof, node_from_tiles,
};
use deconflict_store::StoredCosignature;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use crate::failure::FailureCause;
use crate::http::{App, AppState, verified};
use crate::priority::{READS, step_back};
use crate::published::Tip;
use crate::shares::Holder;
use crate::space::Word;
pub use exchange::PostFault;
use exchange::{WitnessAnswer, WitnessLine, lines};
pub use report::{PostFailure, WitnessReport};

/// How many witnesses are waited for at once.
pub(crate) const POST_THREADS: usize = 16;
/// No witness is asked more often than this: where many heads come, it countersigns the last of them.
const SPACING: Duration = Duration::from_secs(1);
/// How often it is looked whether a host that waits for others may sign again.
const LOOK: Duration = Duration::from_secs(1);

/// How witnesses at addresses are asked.
#[derive(Clone)]
pub(crate) struct Posting {
    pub(crate) app: App,
    /// Where answers are waited for.
    pub(crate) threads: Handle,
    pub(crate) authorities_pem: Option<Arc<[u8]>>,
}

/// The tasks of the witnesses that the charter names now. Dropped, they end.
#[derive(Default)]
struct Tasks(Vec<(Witness, JoinHandle<()>)>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(|(_, task)| task.abort());
    }
}

impl Posting {
    /// Asks all witnesses that have an address to countersign each head that comes, until the host stops.
    pub(crate) async fn run(self) {
        let mut tips = self.app.published.follow();
        let mut tasks = Tasks::default();
        let mut last = None;
        loop {
            let roster = self.app.published.roster();
            if last.as_ref().is_none_or(|last| !Arc::ptr_eq(last, &roster)) {
                self.follow_charter(&mut tasks, roster.posted());
                last = Some(roster);
            }
            tokio::select! {
                () = self.app.stop.stopped() => return,
                changed = tips.changed() => if changed.is_err() { return },
            }
        }
    }

    fn follow_charter(&self, tasks: &mut Tasks, named: &[Witness]) {
        tasks.0.retain(|(witness, task)| {
            let stays = named.contains(witness);
            if !stays {
                task.abort();
            }
            stays
        });
        let names: Vec<&str> = named.iter().map(|witness| witness.name.as_str()).collect();
        self.app.published.keep_witness_reports(&names);
        for witness in named {
            if !tasks.0.iter().any(|(known, _)| known == witness) {
                let report = WitnessReport::new(witness.url.clone().unwrap_or_default());
                self.app.published.begin_witness_report(&witness.name, report.clone());
                let asking = self.clone().ask(witness.clone(), report);
                tasks.0.push((witness.clone(), tokio::spawn(asking)));
            }
        }
    }

    /// Asks one witness, again and again, with longer and longer pauses while it does not countersign.
    async fn ask(self, witness: Witness, mut report: WitnessReport) {
        let mut tips = self.app.published.follow();
        // What it knows of the record, as far as it said or was seen to countersign.
        let (mut known, mut said_at) = (0, None);
        let (limits, line) = (self.app.limits, Arc::default());
        let mut pause = limits.witness_pause;
        loop {
            let tip = tips.borrow_and_update().clone();
            let closed = self.app.published.closed();
            let (is_closed, is_split) =
                (closed.is_some(), closed.is_some_and(|closed| closed.split.is_some()));
            if tip.checkpoint_size <= report.cosigned {
                if tips.changed().await.is_err() {
                    return;
                }
                continue;
            }
            // A host that was started anew is told once that the witness saw no more than this.
            if is_split || (is_closed && said_at == Some(tip.checkpoint_size)) {
                tokio::time::sleep(LOOK).await;
                continue;
            }
            let taken = match self.exchange(&witness, &line, &mut known, &tip).await {
                Ok(cosignature) => self.take(&witness, cosignature, is_closed).await,
                Err(fault) => Err(fault),
            };
            if is_closed && taken.is_ok() {
                said_at = Some(tip.checkpoint_size);
                known = tip.checkpoint_size;
                report.failing = None;
                self.app.published.set_witness_report(&witness.name, &report);
                continue;
            }
            let wait = match taken {
                Ok(()) => {
                    debug!(witness = witness.name, size = tip.checkpoint_size, "countersigned");
                    known = tip.checkpoint_size;
                    report.cosigned(tip.checkpoint_size);
                    pause = limits.witness_pause;
                    SPACING.min(pause)
                }
                Err(fault) => {
                    warn!(witness = witness.name, %fault, "a witness does not countersign");
                    report.failed(fault, (self.app.clock)());
                    // A host that takes nothing in before it was heard does not wait for long.
                    let wait = if is_closed { limits.witness_pause } else { pause };
                    pause = (2 * pause).min(limits.witness_pause_most);
                    wait
                }
            };
            self.app.published.set_witness_report(&witness.name, &report);
            tokio::time::sleep(wait).await;
        }
    }

    /// Posts a head, proven from what the witness is thought to know, and once more from what it says that it knows:
    /// its cosignature. Nothing of the host is held while an answer is waited for.
    async fn exchange(
        &self,
        witness: &Witness,
        line: &Arc<OnceLock<WitnessLine>>,
        known: &mut u64,
        tip: &Tip,
    ) -> Result<StoredCosignature, PostFault> {
        let (size, checkpoint) = (tip.checkpoint_size, self.head(tip)?);
        for _ in 0..2 {
            let old_size = *known;
            let proof = self.consistency(old_size, size).await?;
            let request = AddCheckpoint { old_size, proof, checkpoint: checkpoint.clone() };
            match self.post(witness, line, request).await? {
                WitnessAnswer::Lines(answer) => {
                    let by_it = lines(&answer).find_map(|line| {
                        let line = CosignatureLine { size, line: line.to_owned() };
                        let cosignature = verified(&self.app, &tip.note, &line).ok()?;
                        (cosignature.witness == witness.name).then_some(cosignature)
                    });
                    return by_it.ok_or(PostFault::NotByItsKey);
                }
                WitnessAnswer::Knows(knows) if knows > size => {
                    return Err(PostFault::Ahead { knows, size });
                }
                WitnessAnswer::Knows(knows) if knows == old_size => return Err(PostFault::NoSize),
                WitnessAnswer::Knows(knows) => *known = knows,
            }
        }
        Err(PostFault::NoSize)
    }

    fn head(&self, tip: &Tip) -> Result<SignedCheckpoint, PostFault> {
        SignedCheckpoint::parse(tip.note.as_bytes()).map_err(|error| {
            let fault = format!("the head over {} entries: {error}", tip.checkpoint_size);
            unread(&self.app, FailureCause::Damaged { fault })
        })
    }

    /// The proof that the record of `new` entries begins with that of `old`.
    async fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, PostFault> {
        let app = self.app.clone();
        let read = move || {
            step_back(READS);
            consistency(&app, old, new).map_err(|cause| unread(&app, cause))
        };
        let read = self.threads.spawn_blocking(read).await;
        read.unwrap_or_else(|ended| Err(PostFault::NotTaken(ended.to_string())))
    }

    /// Posts to a witness over its line, which is made at the first post: the machine's certificates are many.
    async fn post(
        &self,
        witness: &Witness,
        line: &Arc<OnceLock<WitnessLine>>,
        request: AddCheckpoint,
    ) -> Result<WitnessAnswer, PostFault> {
        let url = witness.url.clone().unwrap_or_default();
        let (authorities, timeout) = (self.authorities_pem.clone(), self.app.limits.witness_answer);
        let line = line.clone();
        let post = move || {
            step_back(READS);
            let line = match line.get() {
                Some(line) => line,
                None => {
                    let made = WitnessLine::new(&url, authorities.as_deref(), timeout)?;
                    line.get_or_init(|| made)
                }
            };
            line.add_checkpoint(&request)
        };
        let posted = self.threads.spawn_blocking(post).await;
        posted.unwrap_or_else(|ended| Err(PostFault::Down(ended.to_string())))
    }

    /// Hands a cosignature to the writer, as one that a desk brings; one that is closed is told by it how far the witness
    /// saw the record.
    async fn take(
        &self,
        witness: &Witness,
        given: StoredCosignature,
        is_closed: bool,
    ) -> Result<(), PostFault> {
        // The host bears what somebody asks of it who is no party.
        let host = self.app.published.roster().host().cloned();
        let party = witness.party.clone().or(host);
        let held = party.and_then(|party| {
            let place = self.app.in_flight.take(&Holder::Party(party.clone()))?;
            Some((party, place))
        });
        let Some((party, place)) = held else {
            return Err(PostFault::NotTaken("too much waits to be written".into()));
        };
        let taken = match is_closed {
            true => self.app.writer.hear(party, Word::Cosignature(given), place).await.map(drop),
            false => self.app.writer.cosign(given, place).await,
        };
        taken.map_err(|failure| PostFault::NotTaken(failure.problem.detail))
    }
}

fn consistency(app: &AppState, old: u64, new: u64) -> Result<Vec<Hash>, FailureCause> {
    let view = app.store.view(&app.origin)?;
    let missing = |tile: Tile| FailureCause::Damaged { fault: format!("{tile} is missing") };
    let read = |tile: Tile| match tile.row {
        TileRow::Level(level) => view.tile(level, tile.index)?.ok_or_else(|| missing(tile)),
        TileRow::Entries => Err(missing(tile)),
    };
    consistency_proof(old, new, |level, index| node_from_tiles(level, index, read, missing))
}

/// What the host itself cannot read is no fault of the witness, and is told where all such faults are.
fn unread(app: &AppState, cause: impl Into<FailureCause>) -> PostFault {
    PostFault::NotTaken(app.unreadable(cause).problem.detail)
}
