//! Which pairs are compared, and what comes of it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicUsize, Ordering as Atomic};
use std::thread;
use std::time::{Duration, Instant as Clock};

use deconflict_formats::Feature;
use deconflict_geometry::{
    Common, Gap, Instant, Position, Relation, Rules, Separation, Verdict, Volume, common, gap,
    relation_and_common,
};
use deconflict_words::printable;
use indicatif::{ProgressBar, ProgressStyle};

use crate::candidates::Candidates;
use crate::input::Source;

/// What is asked of the files.
pub(crate) struct Question<'a> {
    /// The files; the first `plan` of them are the plan.
    pub(crate) sources: &'a [Source],
    /// How many files are the plan; all of them unless `against` is used.
    pub(crate) plan: usize,
    /// Whether features of one file of the plan are compared with each other.
    pub(crate) within: bool,
    /// What a pair is judged by.
    pub(crate) rules: Rules,
    /// Conflicts that end before this are left out.
    pub(crate) from: Option<Instant>,
    /// Conflicts that begin after this are left out.
    pub(crate) until: Option<Instant>,
    /// Whether what only touches is listed.
    pub(crate) touching: bool,
}

/// Where a volume stands: file, feature and volume, each counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Item {
    pub(crate) file: usize,
    pub(crate) feature: usize,
    pub(crate) volume: usize,
}

/// Two volumes in conflict.
pub(crate) struct Conflict {
    pub(crate) a: Item,
    pub(crate) b: Item,
    pub(crate) verdict: Verdict,
    /// What they have in common; its outline only if `outlined`.
    pub(crate) common: Option<Common>,
    /// Whether the outline was kept; [`Question::outline`] gives it in any case.
    outlined: bool,
    /// By how much they are apart, where a separation is required and they do not meet.
    pub(crate) gap: Option<Gap>,
}

/// Something that was left out and may be anywhere: it possibly meets everything in a file.
pub(crate) struct Everywhere {
    /// What was left out; it has no volume.
    pub(crate) a: Item,
    /// The file, its own one included where features of one file are compared.
    pub(crate) b_file: usize,
}

impl Everywhere {
    /// Who meets what, under the name of what was left out.
    pub(crate) fn title(&self, question: &Question<'_>, label: &str) -> String {
        format!(
            "{label} (left out) × everything in {}",
            printable(question.sources[self.b_file].short_name())
        )
    }
}

/// The answer.
pub(crate) struct Answer {
    /// How many volumes the files declare.
    pub(crate) volumes: usize,
    /// How many pairs the exact relation was computed for.
    pub(crate) pairs_examined: usize,
    /// By time, then by severity, then by depth, then in the files' order.
    pub(crate) conflicts: Vec<Conflict>,
    /// What was left out and may be anywhere, after all conflicts whose place is known.
    pub(crate) everywhere: Vec<Everywhere>,
}

impl Answer {
    /// How many conflicts are of this relation.
    pub(crate) fn count(&self, relation: Relation) -> usize {
        let everywhere = if relation == Relation::Possible { self.everywhere.len() } else { 0 };
        self.conflicts.iter().filter(|c| c.verdict.relation == relation).count() + everywhere
    }

    /// How many conflicts there are.
    pub(crate) fn len(&self) -> usize {
        self.conflicts.len() + self.everywhere.len()
    }
}

impl Question<'_> {
    /// The feature of an item.
    pub(crate) fn feature(&self, item: Item) -> &Feature {
        self.sources[item.file].feature(item.feature)
    }

    /// Whether an item was left out, so that its volume is only the one beyond which it cannot reach.
    pub(crate) fn is_left_out(&self, item: Item) -> bool {
        self.sources[item.file].is_left_out(item.feature)
    }

    /// The volume of an item.
    pub(crate) fn volume(&self, item: Item) -> &Volume {
        &self.feature(item).volumes[item.volume]
    }

    /// Every volume of every file, in order, and those that stand for what was left out.
    pub(crate) fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for (file, source) in self.sources.iter().enumerate() {
            for feature in 0..source.feature_count() {
                for volume in 0..source.feature(feature).volumes.len() {
                    items.push(Item { file, feature, volume });
                }
            }
        }
        items
    }

    /// Whether two volumes, the first one earlier in the files, are to be compared at all.
    fn compares(&self, a: Item, b: Item) -> bool {
        self.compares_files(a.file, b.file) && (a.file != b.file || !self.one_declaration(a, b))
    }

    /// Whether anything in two files, the first one earlier or the same, is compared.
    fn compares_files(&self, a: usize, b: usize) -> bool {
        if a == b {
            self.within && a < self.plan
        } else {
            a < self.plan && (self.plan == self.sources.len() || b >= self.plan)
        }
    }

    /// How many volumes of one name and kind are in each other's company in files whose features are
    /// compared with each other: they are one declaration, and not compared.
    pub(crate) fn of_one_name(&self) -> usize {
        if !self.within {
            return 0;
        }
        let features = self.sources[..self.plan].iter().flat_map(|s| &s.document.features);
        features
            .map(|feature| {
                let mut of_kind: HashMap<Option<&String>, usize> = HashMap::new();
                for volume in 0..feature.volumes.len() {
                    *of_kind.entry(feature.volume_kinds.get(volume)).or_default() += 1;
                }
                of_kind.into_values().filter(|count| *count > 1).sum::<usize>()
            })
            .sum()
    }

    /// What was left out and may be anywhere, with every file that it would be compared with.
    fn everywhere(&self) -> Vec<Everywhere> {
        let mut found = Vec::new();
        for (file, source) in self.sources.iter().enumerate() {
            let declared = source.document.features.len();
            for feature in declared..source.feature_count() {
                if !source.feature(feature).volumes.is_empty() {
                    continue;
                }
                let a = Item { file, feature, volume: 0 };
                found.extend((0..self.sources.len()).filter_map(|b_file| {
                    let others = self.sources[b_file].feature_count() > usize::from(b_file == file);
                    let compared = self.compares_files(file.min(b_file), file.max(b_file));
                    (others && compared).then_some(Everywhere { a, b_file })
                }));
            }
        }
        found
    }

    /// Whether two volumes of one file belong to the same declaration.
    fn one_declaration(&self, a: Item, b: Item) -> bool {
        let kinds = &self.feature(a).volume_kinds;
        a.feature == b.feature && kinds.get(a.volume) == kinds.get(b.volume)
    }

    /// Whether a window, widened by the required separation, reaches into the time asked for.
    fn in_time(&self, volume: &Volume) -> bool {
        let (w, margin) = (volume.window, self.rules.separation.time_ns);
        let late = |u: Instant| self.from.is_some_and(|f| u.0.saturating_add(margin) < f.0);
        let early = |f: Instant| self.until.is_some_and(|u| f.0.saturating_sub(margin) > u.0);
        !w.until().is_some_and(late) && !w.from().is_some_and(early)
    }

    /// The outline of what a conflict's volumes have in common.
    pub(crate) fn outline<'c>(&self, conflict: &'c Conflict) -> Cow<'c, [Vec<Vec<Position>>]> {
        match &conflict.common {
            None => Cow::Borrowed(&[]),
            Some(c) if conflict.outlined => Cow::Borrowed(&c.outline),
            Some(_) => {
                let (a, b) = (self.volume(conflict.a), self.volume(conflict.b));
                Cow::Owned(common(a, b, &self.rules).map(|c| c.outline).unwrap_or_default())
            }
        }
    }

    fn counts(&self, relation: Relation) -> bool {
        match relation {
            Relation::Overlap | Relation::Possible => true,
            Relation::Touch => self.touching,
            Relation::Apart => false,
        }
    }

    /// Compares one pair.
    fn judge(&self, a: Item, b: Item) -> Option<Conflict> {
        let (va, vb) = (self.volume(a), self.volume(b));
        let (mut verdict, common) =
            relation_and_common(va, vb, &self.rules, |relation| self.counts(relation));
        // What was left out may be smaller than the volume that stands for it.
        if verdict.relation == Relation::Overlap && (self.is_left_out(a) || self.is_left_out(b)) {
            verdict.relation = Relation::Possible;
        }
        if !self.counts(verdict.relation) {
            return None;
        }
        let window = common.as_ref().map(|c| c.window);
        let over = |t: Option<Instant>| t.zip(self.from).is_some_and(|(u, from)| u < from);
        let to_come = |t: Option<Instant>| t.zip(self.until).is_some_and(|(f, until)| f > until);
        if over(window.and_then(|w| w.until())) || to_come(window.and_then(|w| w.from())) {
            return None;
        }
        let gap = (self.rules.separation != Separation::default())
            .then(|| gap(va, vb, &self.rules))
            .filter(|g| g.horizontal_m > 0.0 || g.vertical_m > 0.0 || g.time_ns > 0);
        Some(Conflict { a, b, verdict, common, outlined: true, gap })
    }
}

/// How many volumes one thread takes at a time.
const BATCH: usize = 16;
/// How many outlines are kept, about a kilobyte each; those of further conflicts are computed again
/// when they are written.
const MOST_OUTLINES: usize = 200_000;

/// Finds every conflict.
pub(crate) fn answer(question: &Question<'_>) -> Answer {
    let all = question.items();
    let items: Vec<Item> =
        all.iter().copied().filter(|i| question.in_time(question.volume(*i))).collect();
    let asking = items.partition_point(|i| i.file < question.plan);
    let volumes: Vec<&Volume> = items.iter().map(|i| question.volume(*i)).collect();
    let candidates = Candidates::new(&volumes, &question.rules);

    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let outlines = AtomicUsize::new(0);
    let bounded = |mut conflict: Conflict| {
        if outlines.fetch_add(1, Atomic::Relaxed) >= MOST_OUTLINES
            && let Some(common) = &mut conflict.common
        {
            common.outline = Vec::new();
            conflict.outlined = false;
        }
        conflict
    };
    let (waiting, ended) = (thread::current(), AtomicUsize::new(0));
    let work = || {
        let (mut found, mut examined) = (Vec::new(), 0);
        loop {
            let start = next.fetch_add(BATCH, Atomic::Relaxed);
            if start >= asking {
                ended.fetch_add(1, Atomic::Relaxed);
                waiting.unpark();
                return (found, examined);
            }
            for i in start..asking.min(start + BATCH) {
                candidates.of(i, |j| {
                    if i < j && question.compares(items[i], items[j]) {
                        examined += 1;
                        found.extend(question.judge(items[i], items[j]).map(&bounded));
                    }
                });
                done.fetch_add(1, Atomic::Relaxed);
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut answer = Answer {
        volumes: all.iter().filter(|item| !question.is_left_out(**item)).count(),
        pairs_examined: 0,
        conflicts: Vec::new(),
        everywhere: question.everywhere(),
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        show_progress(asking, || {
            // One that panicked has not said that it ended.
            let finished =
                ended.load(Atomic::Relaxed) == threads || workers.iter().all(|w| w.is_finished());
            (!finished).then(|| done.load(Atomic::Relaxed))
        });
        for worker in workers {
            match worker.join() {
                Ok((found, examined)) => {
                    answer.conflicts.extend(found);
                    answer.pairs_examined += examined;
                }
                // A conflict must not be lost in silence: the same panic goes on here.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    answer.conflicts.sort_by(order);
    answer
}

/// Shows how far `position` has come, once that takes longer than a second, until it is `None`, which
/// it is asked at once when this thread is unparked.
fn show_progress(total: usize, position: impl Fn() -> Option<usize>) {
    let began = Clock::now();
    let mut bar: Option<ProgressBar> = None;
    let mut pause = Duration::from_micros(200);
    while let Some(done) = position() {
        if bar.is_none() && began.elapsed() > Duration::from_secs(1) && stderr().is_terminal() {
            let new = ProgressBar::new(total as u64);
            if let Ok(style) = ProgressStyle::with_template(
                "comparing {bar:30} {human_pos} of {human_len} volumes, {eta} left",
            ) {
                new.set_style(style);
            }
            bar = Some(new);
        }
        if let Some(bar) = &bar {
            bar.set_position(done as u64);
        }
        thread::park_timeout(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

/// By time, then overlaps before possible ones, then the deepest, then in the files' order.
fn order(x: &Conflict, y: &Conflict) -> Ordering {
    let from = |c: &Conflict| c.common.as_ref().and_then(|c| c.window.from());
    let depth = |c: &Conflict| c.common.as_ref().map_or(0.0, |c| c.depth_m);
    from(x)
        .cmp(&from(y))
        .then(y.verdict.relation.cmp(&x.verdict.relation))
        .then(depth(y).total_cmp(&depth(x)))
        .then((x.a, x.b).cmp(&(y.a, y.b)))
}
