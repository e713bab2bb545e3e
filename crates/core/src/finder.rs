//! Which declarations and interests lie where: derived from the ledger, and no part of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::panic::resume_unwind;
use std::sync::{Arc, OnceLock};
use std::thread::{available_parallelism, scope};

use deconflict_geometry::{
    Rules, SharingGrid, SpaceTimeBox, SpaceTimeIndex, Volume, WidenedVolume,
};

use crate::charter::RuleSet;
use crate::comparison::comes_first;
use crate::declared::Kind;
use crate::entry::Side;
use crate::interests::PartyInterests;
use crate::ledger::{Declaration, Interest, Ledger};
use crate::names::{ConflictId, DeclarationId, InterestId, OverlayId, PartyId, Version};
use crate::nearby::{LOOKED_THROUGH, NearbyLimits};
use crate::say::{Authority, Sharing};

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

    pub(crate) fn widen(&self, volume: &Volume) -> WidenedVolume {
        self.grid.widen(volume, &self.rules.heights)
    }
}

/// The volumes of a declaration in force.
#[derive(Debug)]
pub(crate) struct PlacedVolumes {
    /// As declared.
    pub(crate) volumes: Vec<Volume>,
    /// As those may know them who may not see them, and as conflicts with them are told. Where everybody may see
    /// them it is found when it is first asked for, and kept.
    widened: Vec<OnceLock<WidenedVolume>>,
    /// Whether everybody may see them.
    open: bool,
}

/// One volume, in both forms.
#[derive(Clone, Copy)]
pub(crate) struct PlacedVolume<'a> {
    pub(crate) exact: &'a Volume,
    widened: &'a OnceLock<WidenedVolume>,
}

impl<'a> PlacedVolume<'a> {
    /// As those may know it who may not see it.
    pub(crate) fn widened(self, judging: &Judging) -> &'a WidenedVolume {
        self.widened.get_or_init(|| judging.widen(self.exact))
    }
}

impl PlacedVolumes {
    pub(crate) fn new(volumes: Vec<Volume>, sharing: &Sharing, judging: &Judging) -> PlacedVolumes {
        let open = *sharing == Sharing::Open;
        let widen = |v: &Volume| {
            if open { OnceLock::new() } else { OnceLock::from(judging.widen(v)) }
        };
        let widened = volumes.iter().map(widen).collect();
        PlacedVolumes { volumes, widened, open }
    }

    /// A volume by its number; `None` past the last.
    pub(crate) fn volume(&self, i: u32) -> Option<PlacedVolume<'_>> {
        let i = i as usize;
        Some(PlacedVolume { exact: self.volumes.get(i)?, widened: self.widened.get(i)? })
    }

    /// The box around these boxes of all volumes; `None` where there is none.
    fn around(
        &self,
        of: impl Fn(&PlacedVolumes, PlacedVolume<'_>) -> SpaceTimeBox,
    ) -> Option<SpaceTimeBox> {
        self.all().map(|(_, volume)| of(self, volume)).reduce(|all, one| all.around(&one))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, PlacedVolume<'_>)> {
        let both = self.volumes.iter().zip(&self.widened);
        (0..).zip(both.map(|(exact, widened)| PlacedVolume { exact, widened }))
    }

    fn bounds(&self, volume: PlacedVolume<'_>, judging: &Judging) -> SpaceTimeBox {
        if self.open {
            volume.exact.bounds(&judging.rules)
        } else {
            volume.widened(judging).bounds()
        }
    }

    /// The box in which whatever conflicts with a volume has its bounds.
    fn reach(&self, volume: PlacedVolume<'_>, judging: &Judging) -> SpaceTimeBox {
        if self.open {
            volume.exact.reach(&judging.rules)
        } else {
            volume.widened(judging).reach(&judging.rules)
        }
    }

    /// How many of the grid's finest cells the volumes are worth, each by itself and at least one: about the
    /// ground that they cover.
    pub(crate) fn cells(&self, judging: &Judging) -> u64 {
        let cell_m = f64::from(judging.grid.cell_m());
        // What is no number is none, and what is beyond the largest one is that.
        let worth =
            |v: &Volume| ((v.footprint.ground_m2() / (cell_m * cell_m)).ceil() as u64).max(1);
        self.volumes.iter().map(worth).fold(0, u64::saturating_add)
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
    /// Around all its volumes; `None`: it has none.
    bounds: Option<SpaceTimeBox>,
    owner: PartyId,
    kind: Kind,
    /// The numbers of its volumes.
    numbers: Vec<u32>,
    /// What it counts for among the cells in force of whoever filed it: the watch desk where that entered it.
    cells: u64,
    bearer: PartyId,
}

/// What is at hand of a declaration in force without the ledger.
#[derive(Clone, Copy)]
pub(crate) struct PlacedDeclaration<'a> {
    pub(crate) id: DeclarationId,
    pub(crate) owner: &'a PartyId,
    pub(crate) kind: Kind,
    /// Around all its volumes; `None`: it has none.
    pub(crate) bounds: Option<&'a SpaceTimeBox>,
}

impl PlacedDeclaration<'_> {
    fn of(id: DeclarationId, known: &InPlace) -> PlacedDeclaration<'_> {
        let InPlace { bounds, owner, kind, .. } = known;
        PlacedDeclaration { id, owner, kind: *kind, bounds: bounds.as_ref() }
    }
}

/// Something whose places are numbered in an index.
#[derive(Clone, Debug)]
pub(crate) struct NumberedPlaces<T> {
    index: SpaceTimeIndex,
    /// What each number stands for.
    owners: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T: Clone> NumberedPlaces<T> {
    pub(crate) fn new() -> NumberedPlaces<T> {
        NumberedPlaces { index: SpaceTimeIndex::new(), owners: Vec::new(), free: Vec::new() }
    }

    pub(crate) fn insert(&mut self, owner: T, bounds: &SpaceTimeBox) -> u32 {
        let number = self.free.pop().unwrap_or_else(|| {
            self.owners.push(None);
            (self.owners.len() - 1) as u32
        });
        self.owners[number as usize] = Some(owner);
        self.index.insert(number, bounds);
        number
    }

    pub(crate) fn remove(&mut self, number: u32) {
        if self.index.remove(number) {
            self.owners[number as usize] = None;
            self.free.push(number);
        }
    }

    /// Adds the numbers of what lies there, as long as there are no more than `most`; whether that was all.
    pub(crate) fn near(&self, reach: &SpaceTimeBox, met: &mut Vec<u32>, most: usize) -> bool {
        self.index.query_while(reach, |number| {
            met.push(number);
            met.len() <= most
        })
    }

    pub(crate) fn owner(&self, number: u32) -> Option<&T> {
        self.owners.get(number as usize)?.as_ref()
    }
}

/// Pairs of volumes that lie near each other, theirs second, by the other declaration.
type PairsNear = BTreeMap<DeclarationId, Vec<(u32, u32)>>;

/// More lies there than is looked for at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooMany {
    /// How many volumes were met until then.
    pub(crate) met: usize,
}

/// What two declarations have with each other that is not over: a conflict or an overlay, never both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum OpenPair {
    Conflict(ConflictId),
    Overlay(OverlayId),
}

/// Finds what lies near.
#[derive(Clone, Debug)]
pub(crate) struct Finder {
    pub(crate) judging: Judging,
    placed: BTreeMap<DeclarationId, InPlace>,
    /// Each volume, by its declaration and its number there.
    places: NumberedPlaces<(DeclarationId, u32)>,
    interests: BTreeMap<PartyId, PartyInterests>,
    /// Conflicts and overlays that are not over, by declaration.
    open: BTreeMap<DeclarationId, OpenPairs>,
    /// What of each party is in force.
    counts: BTreeMap<PartyId, InForce>,
}

/// The conflicts and overlays of a declaration that are not over.
#[derive(Clone, Default, Debug)]
pub(crate) struct OpenPairs {
    by_other: BTreeMap<DeclarationId, OpenPair>,
    /// In the order in which its end resolves them: those with sites and movements before the others, and else by
    /// their names.
    in_order: BTreeSet<(bool, OpenPair)>,
}

impl OpenPairs {
    pub(crate) const NONE: &'static OpenPairs =
        &OpenPairs { by_other: BTreeMap::new(), in_order: BTreeSet::new() };

    pub(crate) fn len(&self) -> usize {
        self.by_other.len()
    }

    pub(crate) fn contains(&self, other: DeclarationId) -> bool {
        self.by_other.contains_key(&other)
    }

    /// With which others they are.
    pub(crate) fn others(&self) -> impl Iterator<Item = DeclarationId> {
        self.by_other.keys().copied()
    }

    /// The conflict or overlay with another one.
    pub(crate) fn with(&self, other: DeclarationId) -> Option<OpenPair> {
        self.by_other.get(&other).copied()
    }

    /// All of them: those with sites and movements first, else by their names.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = OpenPair> {
        self.in_order.iter().map(|(_, pair)| *pair)
    }

    fn open(&mut self, other: DeclarationId, pair: OpenPair, waits: bool) {
        if let Some(before) = self.by_other.insert(other, pair) {
            self.forget(before);
        }
        self.in_order.insert((waits, pair));
    }

    fn close(&mut self, other: DeclarationId, pair: OpenPair) {
        if self.by_other.get(&other) == Some(&pair) {
            self.by_other.remove(&other);
        }
        self.forget(pair);
    }

    fn forget(&mut self, pair: OpenPair) {
        self.in_order.remove(&(false, pair));
        self.in_order.remove(&(true, pair));
    }
}

/// How much of a party is in force.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct InForce {
    /// Declarations.
    pub(crate) declarations: usize,
    /// The ground that the volumes of the zones and operations cover that it filed, in the finest cells.
    pub(crate) cells: u64,
}

impl Finder {
    /// From a ledger, judging by these rules.
    pub(crate) fn new(ledger: &Ledger, judging: Judging) -> Finder {
        let mut finder = Finder {
            judging,
            placed: BTreeMap::new(),
            places: NumberedPlaces::new(),
            interests: BTreeMap::new(),
            open: BTreeMap::new(),
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
            finder.note(
                OpenPair::Conflict(*id),
                conflict.closed.is_none(),
                conflict.between,
                &conflict.sides,
            );
        }
        for (id, overlay) in &ledger.overlays {
            finder.note(
                OpenPair::Overlay(*id),
                overlay.closed.is_none(),
                overlay.between,
                &overlay.sides,
            );
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
        let numbers = volumes
            .all()
            .map(|(i, v)| self.places.insert((id, i), &volumes.bounds(v, &self.judging)))
            .collect();
        let owner = declaration.owner.clone();
        let kind = declaration.declared.kind();
        let bounded = !comes_first(kind);
        let cells = if bounded { volumes.cells(&self.judging) } else { 0 };
        let bearer = match &declaration.authority {
            Authority::EnteredBy { party, .. } => party.clone(),
            _ => owner.clone(),
        };
        self.counts.entry(owner.clone()).or_default().declarations += 1;
        let borne = self.counts.entry(bearer.clone()).or_default();
        borne.cells = borne.cells.saturating_add(cells);
        let bounds = volumes.around(|of, volume| of.bounds(volume, &self.judging));
        self.placed.insert(id, InPlace { placement, bounds, owner, kind, numbers, cells, bearer });
    }

    /// A declaration lies nowhere any more.
    pub(crate) fn displace(&mut self, id: DeclarationId) {
        let Some(known) = self.placed.remove(&id) else { return };
        known.numbers.into_iter().for_each(|number| self.places.remove(number));
        if let Some(count) = self.counts.get_mut(&known.owner) {
            count.declarations = count.declarations.saturating_sub(1);
        }
        if let Some(borne) = self.counts.get_mut(&known.bearer) {
            borne.cells = borne.cells.saturating_sub(known.cells);
        }
    }

    pub(crate) fn set_interest(
        &mut self,
        party: &PartyId,
        id: &InterestId,
        interest: Option<&Interest>,
    ) {
        let area = interest.map(|interest| &*interest.area);
        if area.is_none() && !self.interests.contains_key(party) {
            return;
        }
        let own = self.interests.entry(party.clone()).or_default();
        own.set(id, area, &self.judging.rules);
        if own.is_empty() {
            self.interests.remove(party);
        }
    }

    /// The parties that are interested in something, each with its interests.
    pub(crate) fn interests(&self) -> impl Iterator<Item = (&PartyId, &PartyInterests)> {
        self.interests.iter()
    }

    /// Takes a conflict or an overlay as it is now.
    pub(crate) fn note(
        &mut self,
        pair: OpenPair,
        open: bool,
        between: [Option<DeclarationId>; 2],
        sides: &[Side; 2],
    ) {
        let [Some(one), Some(other)] = between else { return };
        for (declaration, with, side) in [(one, other, 1), (other, one, 0)] {
            let of = self.open.entry(declaration).or_default();
            if open {
                of.open(with, pair, !comes_first(sides[side].kind));
            } else {
                of.close(with, pair);
            }
            if of.len() == 0 {
                self.open.remove(&declaration);
            }
        }
    }

    /// The volumes of a declaration in force.
    pub(crate) fn placed(&self, id: DeclarationId) -> Option<&PlacedVolumes> {
        self.placed.get(&id).map(|known| known.placement.volumes())
    }

    /// The declarations in force that may conflict with these volumes, in order, with those pairs of volumes,
    /// theirs second, that may, as far as the declaration is `wanted`; and how many volumes were met.
    ///
    /// # Errors
    /// Where these are more than are looked for at once.
    pub(crate) fn near(
        &self,
        volumes: &PlacedVolumes,
        limits: NearbyLimits,
        wanted: impl Fn(PlacedDeclaration<'_>) -> bool,
    ) -> Result<(PairsNear, usize), TooMany> {
        // Where too many lie there, nobody has looked up what they are.
        let (mut met, mut ends) = (Vec::new(), Vec::new());
        for (i, volume) in volumes.all() {
            let reach = volumes.reach(volume, &self.judging);
            if !self.places.near(&reach, &mut met, limits.met) {
                return Err(TooMany { met: met.len() });
            }
            ends.push((i, met.len()));
        }
        let mut found: BTreeMap<DeclarationId, Option<Vec<(u32, u32)>>> = BTreeMap::new();
        let is_wanted = |id: DeclarationId| {
            self.placed.get(&id).is_some_and(|known| wanted(PlacedDeclaration::of(id, known)))
        };
        let (mut pairs, mut begin) = (0, 0);
        for (i, end) in ends {
            for number in &met[begin..end] {
                let Some((id, j)) = self.places.owner(*number) else { continue };
                let of_it = found.entry(*id).or_insert_with(|| is_wanted(*id).then(Vec::new));
                if let Some(of_it) = of_it {
                    pairs += 1;
                    of_it.push((i, *j));
                }
                if pairs > limits.pairs {
                    return Err(TooMany { met: met.len() });
                }
            }
            begin = end;
        }
        let wanted = found.into_iter().filter_map(|(id, pairs)| Some((id, pairs?)));
        Ok((wanted.collect(), met.len()))
    }

    /// The box in which whatever conflicts with one of these volumes has its bounds.
    pub(crate) fn reach(&self, volumes: &PlacedVolumes) -> Option<SpaceTimeBox> {
        volumes.around(|of, volume| of.reach(volume, &self.judging))
    }

    /// What is in force from one name on, in the order of names.
    pub(crate) fn in_force_from(
        &self,
        from: Bound<DeclarationId>,
    ) -> impl Iterator<Item = PlacedDeclaration<'_>> {
        let all = self.placed.range((from, Bound::Unbounded));
        all.map(|(id, known)| PlacedDeclaration::of(*id, known))
    }

    /// The volumes of a declaration in force that may conflict with these, those of that one second; and how much
    /// was looked through for them.
    pub(crate) fn pairs(
        &self,
        volumes: &PlacedVolumes,
        other: DeclarationId,
    ) -> (Vec<(u32, u32)>, usize) {
        let Some(theirs) = self.placed(other) else { return (Vec::new(), 0) };
        let boxes: Vec<SpaceTimeBox> =
            theirs.all().map(|(_, volume)| theirs.bounds(volume, &self.judging)).collect();
        let mut pairs = Vec::new();
        for (i, volume) in volumes.all() {
            let reach = volumes.reach(volume, &self.judging);
            let near = (0..).zip(&boxes).filter(|(_, bounds)| bounds.meets(&reach));
            pairs.extend(near.map(|(j, _)| (i, j)));
        }
        let looked = volumes.volumes.len()
            + boxes.len()
            + volumes.volumes.len() * boxes.len() / LOOKED_THROUGH;
        (pairs, looked)
    }

    /// The conflicts and overlays of a declaration that are not over.
    pub(crate) fn open_pairs(&self, id: DeclarationId) -> &OpenPairs {
        self.open.get(&id).unwrap_or(OpenPairs::NONE)
    }

    /// How much of a party is in force.
    pub(crate) fn in_force(&self, party: &PartyId) -> InForce {
        self.counts.get(party).copied().unwrap_or_default()
    }

    /// What a declaration in force counts for among the cells of a party.
    pub(crate) fn cells_of(&self, id: DeclarationId, bearer: &PartyId) -> u64 {
        self.placed.get(&id).filter(|known| known.bearer == *bearer).map_or(0, |known| known.cells)
    }
}
