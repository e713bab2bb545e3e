//! How two declarations lie to each other as they were declared, for whoever may see both.
//!
//! What stands in the record of a pair is what both sides may know: whole cells, steps and slots of the sharing
//! grid. Whoever may see both declarations is told more, from those and nothing else. No entry carries it, and
//! folding entries never asks for it.

use deconflict_geometry::{Limit, Position, SpaceTimeIndex, relation_and_common};

use crate::declared::DeclarationContent;
use crate::entry::Certainty;
use crate::ledger::Ledger;
use crate::time::Time;

/// The most pairs of volumes that an exact answer names.
pub const MAX_MEETING_VOLUMES: usize = 64;

/// Where and when two volumes of two declarations meet, as they were declared.
#[derive(Clone, PartialEq, Debug)]
pub struct MeetingVolumes {
    /// Which volume of each, from 0.
    pub volumes: [u32; 2],
    /// How sure it is.
    pub certainty: Certainty,
    /// From when both are in force; `None`: since ever. With a required separation in time they may only come
    /// near each other: then it is the end of the one, and `until` the beginning of the other.
    pub from: Option<Time>,
    /// Until when; `None`: until further notice.
    pub until: Option<Time>,
    /// The lower end of the common heights, as one of the two gave it.
    pub lower: Limit,
    /// The upper end.
    pub upper: Limit,
    /// A place well inside both, or between them where they only come nearer than is required.
    pub place: Position,
}

/// How two declarations lie to each other, as they were declared.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct ExactAnswer {
    /// The volumes that meet, the first [`MAX_MEETING_VOLUMES`] of them; none where the declarations do not meet.
    pub meeting: Vec<MeetingVolumes>,
    /// How many more there are.
    pub more: usize,
}

impl Ledger {
    /// How two declarations lie to each other by the rules in force, as they were declared: what the record says
    /// on the sharing grid, exactly. Of what cannot be declared, nothing.
    pub fn exactly(&self, one: &DeclarationContent, other: &DeclarationContent) -> ExactAnswer {
        let rules = self.rules().and_then(|rules| rules.judging().ok()).unwrap_or_default();
        let (Ok(ours), Ok(theirs)) = (one.volumes(), other.volumes()) else {
            return ExactAnswer::default();
        };
        let mut index = SpaceTimeIndex::new();
        for (j, volume) in (0..).zip(&theirs) {
            index.insert(j, &volume.bounds(&rules));
        }
        let mut answer = ExactAnswer::default();
        for (i, a) in (0..).zip(&ours) {
            let mut near: Vec<u32> = Vec::new();
            index.query(&a.reach(&rules), |j| near.push(j));
            near.sort_unstable();
            for j in near {
                let Some(b) = theirs.get(j as usize) else { continue };
                let is_full = answer.meeting.len() >= MAX_MEETING_VOLUMES;
                let (verdict, common) = relation_and_common(a, b, &rules, |_| !is_full);
                let Some(certainty) = Certainty::of(verdict) else { continue };
                let Some(common) = common else {
                    answer.more += 1;
                    continue;
                };
                answer.meeting.push(MeetingVolumes {
                    volumes: [i, j],
                    certainty,
                    from: common.window.from().map(Time),
                    until: common.window.until().map(Time),
                    lower: common.lower,
                    upper: common.upper,
                    place: common.place,
                });
            }
        }
        answer
    }
}
