//! Who is interested where, and whose interests a change touches.
//!
//! It is told beside the statement, since later nobody knows where a declaration lay before. So that this takes
//! everybody's statements no longer than they have themselves to answer for, what one party's interests cost is
//! bounded by a rule: so many are looked at as they are, further ones by the boxes around them alone, which
//! tells of too many and never of one too few; and no more are named than a reader can do something with.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_geometry::{Relation, Rules, Volume, relation};

use crate::entry::Finding;
use crate::finder::NumberedPlaces;
use crate::ledger::Terms;
use crate::names::{DeclarationId, InterestId, Version};
use crate::state::State;
use crate::volumes::DeclaredVolume;

/// The most interests of a party that one entry names.
const MOST_NAMED: usize = 256;

/// The most that are met in the index: pairs of an interest and a volume.
const MOST_MET: usize = 4_096;

/// The most work for which they are compared as they are: pairs of volumes with few vertices.
const MOST_WORK: usize = 256;

/// A party's interests, by where they lie.
#[derive(Clone, Debug)]
pub(crate) struct PartyInterests {
    areas: BTreeMap<InterestId, InterestArea>,
    places: NumberedPlaces<InterestId>,
}

#[derive(Clone, Debug)]
struct InterestArea {
    volume: Volume,
    vertices: usize,
    number: u32,
}

/// Which interests of a party a change touches.
#[derive(Default)]
struct TouchedInterests {
    /// In the order of their names.
    named: BTreeSet<InterestId>,
    /// Whether there may be more of them behind these.
    more: bool,
}

impl Default for PartyInterests {
    fn default() -> PartyInterests {
        PartyInterests { areas: BTreeMap::new(), places: NumberedPlaces::new() }
    }
}

impl PartyInterests {
    pub(crate) fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// Takes an interest as it is now; `None`: there is none, or it has no area.
    pub(crate) fn set(&mut self, id: &InterestId, area: Option<&DeclaredVolume>, rules: &Rules) {
        if let Some(before) = self.areas.remove(id) {
            self.places.remove(before.number);
        }
        let Some((area, volume)) = area.and_then(|area| Some((area, area.volume().ok()?))) else {
            return;
        };
        let number = self.places.insert(id.clone(), &volume.bounds(rules));
        self.areas
            .insert(id.clone(), InterestArea { volume, vertices: area.shape.vertices(), number });
    }

    /// Those of the `wanted` ones that lie near some of these volumes, which have so many vertices each.
    fn touched<'v>(
        &self,
        volumes: impl Iterator<Item = &'v Volume>,
        vertices: usize,
        rules: &Rules,
        wanted: impl Fn(&InterestId) -> bool,
    ) -> TouchedInterests {
        // Looked up and put in order only where they are not too many.
        let (mut met, mut ends) = (Vec::new(), Vec::new());
        for volume in volumes {
            if !self.places.near(&volume.reach(rules), &mut met, MOST_MET) {
                return TouchedInterests { more: true, ..TouchedInterests::default() };
            }
            ends.push((volume, met.len()));
        }
        let mut near: BTreeMap<&InterestId, Vec<&Volume>> = BTreeMap::new();
        let mut begin = 0;
        for (volume, end) in ends {
            let of_it = met[begin..end].iter().filter_map(|number| self.places.owner(*number));
            of_it.for_each(|id| near.entry(id).or_default().push(volume));
            begin = end;
        }
        let (mut touched, mut work) = (TouchedInterests::default(), 0);
        for (id, near) in near {
            let Some(area) = self.areas.get(id).filter(|_| wanted(id)) else { continue };
            let meets = |volume: &&Volume| {
                work += 1 + area.vertices * vertices / 256;
                work > MOST_WORK
                    || relation(&area.volume, volume, rules).relation != Relation::Apart
            };
            if !near.iter().any(meets) {
                continue;
            }
            if touched.named.len() == MOST_NAMED {
                touched.more = true;
                break;
            }
            touched.named.insert(id.clone());
        }
        touched
    }
}

impl State {
    /// The interests that a change touches: their parties may see it, and it lies in their area. One finding for
    /// each party.
    pub(crate) fn touched<'v>(
        &self,
        declaration: DeclarationId,
        version: Version,
        terms: Terms<'_>,
        volumes: impl Iterator<Item = &'v Volume> + Clone,
    ) -> Vec<Finding> {
        let Some(finder) = self.finder() else { return Vec::new() };
        let (kind, ledger) = (terms.declared.kind(), self.ledger());
        let vertices = terms.declared.vertices() / terms.declared.volume_count().max(1);
        let mut findings = Vec::new();
        for (party, own) in finder.interests() {
            if !ledger.may_see(party, terms) {
                continue;
            }
            let set = ledger.interests.get(party);
            let wanted = |id: &InterestId| {
                set.and_then(|own| own.get(id)).is_some_and(|one| one.kinds.contains(&kind))
            };
            let touched = own.touched(volumes.clone(), vertices, &finder.judging.rules, wanted);
            if touched.named.is_empty() && !touched.more {
                continue;
            }
            let (party, interests, more) = (party.clone(), touched.named, touched.more);
            findings.push(Finding::InterestTouched {
                party,
                interests,
                more,
                declaration,
                version,
            });
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;
    use crate::volumes::{Level, Place, Shape};

    /// A corner of two arms, around `lat` and `lon`, with so many vertices: most of its box is outside.
    fn corner(lat: f64, lon: f64, vertices: usize) -> DeclaredVolume {
        let arm = |nth: usize| nth as f64 / vertices as f64;
        let along = (0..vertices / 2).map(|nth| Place { lat: lat + arm(nth), lon });
        let across = (0..vertices / 2).map(|nth| Place { lat, lon: lon + arm(nth) });
        let path = along.rev().chain(across.skip(1)).collect();
        let edges = crate::volumes::Edges::GreatCircle;
        volume(Shape::Corridor { path, half_width_m: 100.0, edges })
    }

    fn volume(shape: Shape) -> DeclaredVolume {
        let (lower, upper) = (Level::SURFACE, Level::Unlimited);
        let from = Some(Time::from_seconds(1_495_087_200));
        DeclaredVolume { shape, lower, upper, from, until: None }
    }

    fn here() -> Volume {
        let center = Place { lat: 33.2, lon: 38.2 };
        volume(Shape::Circle { center, radius_m: 500.0 }).volume().unwrap()
    }

    fn touched(areas: &[DeclaredVolume], volumes: &[Volume]) -> TouchedInterests {
        let (mut own, rules) = (PartyInterests::default(), Rules::default());
        for (nth, area) in areas.iter().enumerate() {
            own.set(&format!("i{nth:05}").parse().unwrap(), Some(area), &rules);
        }
        own.touched(volumes.iter(), 1, &rules, |_| true)
    }

    #[test]
    fn what_a_party_wants_to_know_costs_others_no_more_than_a_bound() {
        let around =
            volume(Shape::Circle { center: Place { lat: 33.2, lon: 38.2 }, radius_m: 9e3 });
        let few = touched(&[around.clone(), corner(33.0, 38.0, 20)], &[here()]);
        assert_eq!((few.named.len(), few.more), (1, false), "as they are");
        let many = touched(&vec![around.clone(); 3_000], &[here()]);
        assert_eq!((many.named.len(), many.more), (MOST_NAMED, true));
        let over = touched(&vec![around; 5_000], &[here()]);
        assert_eq!((over.named.len(), over.more), (0, true), "nobody looks at each");
        // What looks near by its box and is not takes its bound of work, and is then taken to be near.
        let costly = touched(&vec![corner(33.0, 38.0, 2_000); 100], &[here()]);
        let exactly = MOST_WORK / (1 + 2_000 / 256);
        assert_eq!(costly.named.len(), 100 - exactly);
    }

    #[test]
    fn what_is_set_anew_lies_where_it_was_set_last() {
        let (mut own, rules) = (PartyInterests::default(), Rules::default());
        let id: InterestId = "one".parse().unwrap();
        let center = Place { lat: 33.2, lon: 38.2 };
        let there = Place { lat: 35.4, lon: 38.4 };
        let count =
            |own: &PartyInterests| own.touched([here()].iter(), 1, &rules, |_| true).named.len();
        own.set(&id, Some(&volume(Shape::Circle { center, radius_m: 900.0 })), &rules);
        assert_eq!(count(&own), 1);
        own.set(&id, Some(&volume(Shape::Circle { center: there, radius_m: 900.0 })), &rules);
        assert_eq!(count(&own), 0);
        own.set(&id, None, &rules);
        assert!(own.is_empty());
    }
}
