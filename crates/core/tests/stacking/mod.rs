//! Plans that somebody has stacked over one place.

#![allow(unreachable_pub, clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_testing::*;

/// Circles of some hundred metres over one place, an hour each.
pub fn stack(volumes: usize) -> DeclarationContent {
    let one = |nth: usize| circle_in(33.5, 38.6, 300.0 + nth as f64, (6, 7));
    let volumes = (0..volumes).map(one).collect();
    DeclarationContent::Operation(Operation { name: texts("stack"), volumes, contact: None })
}

/// Files without what a test's world does beside; the entries.
pub fn file(w: &mut World, name: &str, say: Say) -> Vec<Entry> {
    let statement = w.statement(name, &[&operator(name, "duty")], say);
    let Decision { outcome, mut placement } = w.state.decide(&statement, w.now);
    let Outcome::Entries(entries) = outcome else { panic!("{name}") };
    assert!(matches!(entries[0].what, What::Accepted(_)), "{:?}", entries[0].what);
    for entry in &entries {
        w.state.apply_decided(entry, placement.take());
    }
    w.chained(&statement);
    entries
}

/// A space in which `south` has stacked so many plans of one volume each.
pub fn stacked(plans: usize, pace: Pace) -> World {
    let mut w = World::unchecked(charter(&PARTIES));
    w.state.set_pace(pace);
    for _ in 0..plans {
        file(&mut w, "south", declare(stack(1), Sharing::Open));
    }
    w
}

pub fn opened(entries: &[Entry]) -> usize {
    let opened = |entry: &&Entry| matches!(entry.what, What::Found(Finding::ConflictOpened { .. }));
    entries.iter().filter(opened).count()
}
