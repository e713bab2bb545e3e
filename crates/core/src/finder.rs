//! Which declarations and interests lie where: derived from the ledger, and no part of it.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{available_parallelism, scope};

use deconflict_geometry::{
    Rules, SharingGrid, SpaceTimeBox, SpaceTimeIndex, Volume, WidenedVolume,
};

use crate::charter::RuleSet;
use crate::ledger::{Declaration, Interest, Ledger};
use crate::names::{ConflictId, DeclarationId, InterestId, PartyId, Version};
use crate::say::Sharing;

/// How many declarations are worth a thread of their own: some milliseconds.
const LEAST_SHARE: usize = 512;

/// What a pair is judged by, and how what may not be seen is widened.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Judging {
    pub(crate) rules: Rules,
    pub(crate) grid: SharingGrid,
}

impl Judging {
    /// By a charter's rules. A charter's rules were checked when it came into force.
    pub(crate) fn by(rules: &RuleSet) -> Option<Judging> {
        Some(Judging { rules: rules.judging().ok()?, grid: rules.sharing_grid().ok()? })
    }
}

/// The volumes of a declaration in force.
#[derive(Debug)]
pub(crate) struct PlacedVolumes {
    /// As declared.
    pub(crate) volumes: Vec<Volume>,
    /// As those may know them who may not see them; `None` where everybody may.
    pub(crate) widened: Option<Vec<WidenedVolume>>,
}

impl PlacedVolumes {
    pub(crate) fn new(volumes: Vec<Volume>, sharing: &Sharing, judging: &Judging) -> PlacedVolumes {
        let widen = |v: &Volume| judging.grid.widen(v, &judging.rules.heights);
        let widened =
            (*sharing != Sharing::Open).then(|| volumes.iter().map(widen).collect::<Vec<_>>());
        PlacedVolumes { volumes, widened }
    }

    fn bounds(&self, i: usize, judging: &Judging) -> SpaceTimeBox {
        match &self.widened {
            Some(widened) => widened[i].bounds(),
            None => self.volumes[i].bounds(&judging.rules),
        }
    }

    /// The box in which whatever conflicts with volume `i` has its bounds.
    pub(crate) fn reach(&self, i: usize, judging: &Judging) -> SpaceTimeBox {
        match &self.widened {
            Some(widened) => widened[i].reach(&judging.rules),
            None => self.volumes[i].reach(&judging.rules),
        }
    }
}

/// Where a version of a declaration lies, and how it is widened for those who may not see it: to find that
/// out costs more than all else. What was made for one is good for another of the same version and sharing, by
/// the same rules.
#[derive(Clone, Debug)]
pub struct Placement {
    version: Version,
    sharing: Sharing,
    /// By which it was widened.
    judging: Judging,
    volumes: Arc<PlacedVolumes>,
}

impl Placement {
    pub(crate) fn new(
        version: Version,
        sharing: &Sharing,
        volumes: Vec<Volume>,
        judging: &Judging,
    ) -> Placement {
        let volumes = Arc::new(PlacedVolumes::new(volumes, sharing, judging));
        Placement { version, sharing: sharing.clone(), judging: *judging, volumes }
    }

    /// Where a declaration lies. What is no volume was refused when it was declared.
    fn of(declaration: &Declaration, judging: &Judging) -> Option<Placement> {
        let volumes = declaration.declared.volumes().ok()?;
        Some(Placement::new(declaration.version, &declaration.sharing, volumes, judging))
    }

    pub(crate) fn volumes(&self) -> &PlacedVolumes {
        &self.volumes
    }

    /// Whether a declaration lies there as it is now, by these rules.
    fn is_of(&self, declaration: &Declaration, judging: &Judging) -> bool {
        self.version == declaration.version
            && self.sharing == declaration.sharing
            && self.judging == *judging
    }
}

/// Where each of these declarations lies, found on all cores: at a start it is most of the work.
fn placements(
    declarations: &[(&DeclarationId, &Declaration)],
    judging: &Judging,
) -> Vec<Option<Placement>> {
    let of_some = |some: &[(&DeclarationId, &Declaration)]| -> Vec<Option<Placement>> {
        some.iter().map(|(_, declaration)| Placement::of(declaration, judging)).collect()
    };
    let cores = available_parallelism().map_or(1, usize::from);
    let share = declarations.len().div_ceil(cores).max(LEAST_SHARE);
    if share >= declarations.len() {
        return of_some(declarations);
    }
    scope(|scope| {
        let shares = declarations.chunks(share);
        let threads: Vec<_> = shares.map(|some| scope.spawn(move || of_some(some))).collect();
        let found = threads.into_iter().map(|t| t.join().unwrap_or_else(|p| resume_unwind(p)));
        found.flatten().collect()
    })
}

/// A declaration in the index.
#[derive(Clone, Debug)]
struct InPlace {
    placement: Placement,
    owner: PartyId,
    /// The numbers of its volumes.
    numbers: Vec<u32>,
}

/// Something whose places are numbered in an index.
#[derive(Clone, Debug)]
struct NumberedPlaces<T> {
    index: SpaceTimeIndex,
    /// What each number stands for.
    owners: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T: Clone> NumberedPlaces<T> {
    fn new() -> NumberedPlaces<T> {
        NumberedPlaces { index: SpaceTimeIndex::new(), owners: Vec::new(), free: Vec::new() }
    }

    fn insert(&mut self, owner: T, bounds: &SpaceTimeBox) -> u32 {
        let number = self.free.pop().unwrap_or_else(|| {
            self.owners.push(None);
            (self.owners.len() - 1) as u32
        });
        self.owners[number as usize] = Some(owner);
        self.index.insert(number, bounds);
        number
    }

    fn remove(&mut self, number: u32) {
        if self.index.remove(number) {
            self.owners[number as usize] = None;
            self.free.push(number);
        }
    }

    fn near(&self, reach: &SpaceTimeBox, mut hit: impl FnMut(&T)) {
        self.index.query(reach, |number| {
            if let Some(owner) = &self.owners[number as usize] {
                hit(owner);
            }
        });
    }
}

/// Finds what lies near.
#[derive(Clone, Debug)]
pub(crate) struct Finder {
    pub(crate) judging: Judging,
    placed: BTreeMap<DeclarationId, InPlace>,
    places: NumberedPlaces<DeclarationId>,
    interests: BTreeMap<(PartyId, InterestId), (Volume, u32)>,
    interest_places: NumberedPlaces<(PartyId, InterestId)>,
    /// Conflicts that are not over, by declaration.
    conflicts: BTreeMap<DeclarationId, BTreeSet<ConflictId>>,
    /// How many declarations of a party are in force.
    counts: BTreeMap<PartyId, usize>,
}

impl Finder {
    /// From a ledger, judging by these rules.
    pub(crate) fn new(ledger: &Ledger, judging: Judging) -> Finder {
        let mut finder = Finder {
            judging,
            placed: BTreeMap::new(),
            places: NumberedPlaces::new(),
            interests: BTreeMap::new(),
            interest_places: NumberedPlaces::new(),
            conflicts: BTreeMap::new(),
            counts: BTreeMap::new(),
        };
        let in_force = ledger.declarations.iter().filter(|(_, one)| one.ended.is_none());
        let in_force: Vec<(&DeclarationId, &Declaration)> =
            in_force.map(|(id, one)| (id, &**one)).collect();
        let found = placements(&in_force, &judging);
        for ((id, declaration), found) in in_force.into_iter().zip(found) {
            finder.place(*id, declaration, found);
        }
        for (party, interests) in &ledger.interests {
            for (id, interest) in interests {
                finder.set_interest(party, id, Some(interest));
            }
        }
        for (id, conflict) in &ledger.conflicts {
            finder.note(*id, conflict.closed.is_none(), conflict.between);
        }
        finder
    }

    /// Takes a declaration as it is now; `found` is where it was found to lie when it was decided about.
    pub(crate) fn place(
        &mut self,
        id: DeclarationId,
        declaration: &Declaration,
        found: Option<Placement>,
    ) {
        let same = |known: &InPlace| known.placement.is_of(declaration, &self.judging);
        // Most changes leave it where it is.
        if declaration.ended.is_none() && self.placed.get(&id).is_some_and(same) {
            return;
        }
        self.displace(id);
        if declaration.ended.is_some() {
            return;
        }
        let placement = match found.filter(|found| found.is_of(declaration, &self.judging)) {
            Some(found) => found,
            None => {
                let Some(found) = Placement::of(declaration, &self.judging) else { return };
                found
            }
        };
        let volumes = &placement.volumes;
        let numbers = (0..volumes.volumes.len())
            .map(|i| self.places.insert(id, &volumes.bounds(i, &self.judging)))
            .collect();
        let owner = declaration.owner.clone();
        *self.counts.entry(owner.clone()).or_default() += 1;
        self.placed.insert(id, InPlace { placement, owner, numbers });
    }

    /// A declaration lies nowhere any more.
    pub(crate) fn displace(&mut self, id: DeclarationId) {
        let Some(known) = self.placed.remove(&id) else { return };
        known.numbers.into_iter().for_each(|number| self.places.remove(number));
        if let Some(count) = self.counts.get_mut(&known.owner) {
            *count = count.saturating_sub(1);
        }
    }

    pub(crate) fn set_interest(
        &mut self,
        party: &PartyId,
        id: &InterestId,
        interest: Option<&Interest>,
    ) {
        let key = (party.clone(), id.clone());
        if let Some((_, number)) = self.interests.remove(&key) {
            self.interest_places.remove(number);
        }
        if let Some(Ok(area)) = interest.map(|interest| interest.area.volume()) {
            let bounds = area.bounds(&self.judging.rules);
            let number = self.interest_places.insert(key.clone(), &bounds);
            self.interests.insert(key, (area, number));
        }
    }

    /// Takes a conflict as it is now.
    pub(crate) fn note(&mut self, id: ConflictId, open: bool, between: [Option<DeclarationId>; 2]) {
        for declaration in between.into_iter().flatten() {
            let of = self.conflicts.entry(declaration).or_default();
            if open {
                of.insert(id);
            } else {
                of.remove(&id);
                if of.is_empty() {
                    self.conflicts.remove(&declaration);
                }
            }
        }
    }

    /// The volumes of a declaration in force.
    pub(crate) fn placed(&self, id: DeclarationId) -> Option<&PlacedVolumes> {
        self.placed.get(&id).map(|known| known.placement.volumes())
    }

    /// The declarations in force that may conflict with these volumes, in order.
    pub(crate) fn near(&self, volumes: &PlacedVolumes) -> BTreeSet<DeclarationId> {
        let mut found = BTreeSet::new();
        for i in 0..volumes.volumes.len() {
            let reach = volumes.reach(i, &self.judging);
            self.places.near(&reach, |id| {
                found.insert(*id);
            });
        }
        found
    }

    /// The interests whose areas these volumes may meet, with the areas.
    pub(crate) fn interested<'v>(
        &self,
        volumes: impl Iterator<Item = &'v Volume>,
    ) -> BTreeMap<(PartyId, InterestId), &Volume> {
        let mut found = BTreeMap::new();
        for volume in volumes {
            let reach = volume.reach(&self.judging.rules);
            self.interest_places.near(&reach, |key| {
                if let Some((area, _)) = self.interests.get(key) {
                    found.insert(key.clone(), area);
                }
            });
        }
        found
    }

    /// The conflicts of a declaration that are not over.
    pub(crate) fn conflicts(&self, id: DeclarationId) -> impl Iterator<Item = ConflictId> {
        self.conflicts.get(&id).into_iter().flatten().copied()
    }

    /// How many declarations of a party are in force.
    pub(crate) fn count(&self, party: &PartyId) -> usize {
        self.counts.get(party).copied().unwrap_or_default()
    }
}
