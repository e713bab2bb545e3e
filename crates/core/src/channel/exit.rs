//! The way out of a zone: what lies in the sector towards which somebody is asked to leave.

use deconflict_geometry::{
    Band, EdgeRule, Footprint, Polygon, Position, Relation, Rules, Separation, Volume, Window,
    destination, distance_and_azimuth, relation,
};
use deconflict_vocabulary::{ChoiceId, Value};
use serde::{Deserialize, Serialize};

use super::{Dialogue, hash, value};
use crate::declared::{DeclarationContent, Kind};
use crate::ledger::{Declaration, Ledger};
use crate::names::{DeclarationId, MessageId};
use crate::volumes::{Place, Shape};

/// How far beyond the zone the way out is looked at, in metres: our choice.
const WAY_OUT_M: f64 = 20_000.0;
/// Half of a sector, degrees.
const HALF_SECTOR_DEG: f64 = 22.5;
/// What lies in the way out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitObstacle {
    /// Another zone, a site or a movement.
    Declaration(DeclarationId),
    /// A hazard that somebody gave notice of.
    Hazard(MessageId),
}

impl Ledger {
    /// What lies in the sector towards which a message asks somebody to leave a zone, until he is to have left: other zones,
    /// sites, movements and hazards, as far as this ledger tells. Nothing is no promise that the way is open: what was
    /// not declared is not here.
    pub fn in_exit_sector(&self, dialogue: &Dialogue) -> Vec<ExitObstacle> {
        let said = |name| value(&dialogue.message.parameters, name);
        let (Some(Value::Reference(zone)), Some(Value::Choice(sector))) =
            (said("zone"), said("exit_sector"))
        else {
            return Vec::new();
        };
        let zone = DeclarationId(hash(zone));
        let way = self.declarations.get(&zone).and_then(|known| way_out(known, *sector));
        let window = Window::new(Some(dialogue.since.0), dialogue.asked_by().map(|by| by.0)).ok();
        let heights = self.rules().and_then(|rules| rules.judging().ok()).map(|by| by.heights);
        let (Some(way), Some(window), Some(heights)) = (way, window, heights) else {
            return Vec::new();
        };
        let way = Volume { footprint: way, band: Band::UNLIMITED, window };
        let rules = Rules { separation: Separation::default(), heights };
        let meets = |declared: &DeclarationContent| {
            let volumes = declared.volumes().unwrap_or_default();
            let meets = |one: &Volume| {
                matches!(
                    relation(&way, one, &rules).relation,
                    Relation::Overlap | Relation::Possible
                )
            };
            volumes.iter().any(meets)
        };
        let concerns = |id: &DeclarationId, known: &Declaration| {
            let kind = known.declared.kind();
            *id != zone
                && known.ended.is_none()
                && matches!(kind, Kind::Zone | Kind::Site | Kind::Movement)
                && meets(&known.declared)
        };
        let declared = self.declarations.iter().filter(|(id, known)| concerns(id, known));
        let hazards = self.dialogues.iter().filter(|(_, dialogue)| {
            let hazard = self.hazard(dialogue);
            hazard.is_some_and(|known| meets(&known.declared))
        });
        let declared = declared.map(|(id, _)| ExitObstacle::Declaration(*id));
        declared.chain(hazards.map(|(id, _)| ExitObstacle::Hazard(*id))).collect()
    }

    /// Where a message says that there is a hazard.
    fn hazard(&self, dialogue: &Dialogue) -> Option<&Declaration> {
        let row = dialogue.code().row();
        row.parameter("hazard").filter(|_| dialogue.cancelled.is_none())?;
        let Some(Value::Volumes(of)) = value(&dialogue.message.parameters, "volumes") else {
            return None;
        };
        self.declaration_named(hash(of))
    }
}

/// The sector of a zone, from its middle to beyond it.
fn way_out(zone: &Declaration, sector: ChoiceId) -> Option<Footprint> {
    let DeclarationContent::Zone(zone) = &*zone.declared else { return None };
    let middle_deg = sector.azimuth_deg()?;
    let shapes = || zone.volumes.iter().map(|volume| &volume.shape);
    let middle = middle(shapes().flat_map(places))?;
    let reach_m = shapes().filter_map(|shape| reach_m(shape, middle)).fold(0.0, f64::max);
    let rim = [-1.0, -0.5, 0.0, 0.5, 1.0]
        .map(|part| destination(middle, middle_deg + part * HALF_SECTOR_DEG, reach_m + WAY_OUT_M));
    let ring = std::iter::once(middle).chain(rim.into_iter().rev()).collect();
    Polygon::new(vec![ring], EdgeRule::GreatCircle).ok().map(|way| Footprint::Polygons(vec![way]))
}

/// The places that a shape names.
fn places(shape: &Shape) -> Vec<Place> {
    match shape {
        Shape::Circle { center, .. } => vec![*center],
        Shape::Polygon { rings, .. } => rings.iter().flatten().copied().collect(),
        Shape::Corridor { path, .. } => path.clone(),
    }
}

/// In the middle of places.
fn middle(all: impl Iterator<Item = Place>) -> Option<Position> {
    let mut sum = [0.0; 3];
    for Place { lat, lon } in all {
        let (lat, lon) = (lat.to_radians(), lon.to_radians());
        let vector = [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()];
        sum = std::array::from_fn(|axis| sum[axis] + vector[axis]);
    }
    let [x, y, z] = sum;
    let lat = z.atan2(x.hypot(y)).to_degrees();
    Position::new(lat, y.atan2(x).to_degrees()).ok()
}

/// How far a shape reaches from there, in metres.
fn reach_m(shape: &Shape, from: Position) -> Option<f64> {
    let around_m = match shape {
        Shape::Circle { radius_m, .. } => *radius_m,
        Shape::Corridor { half_width_m, .. } => *half_width_m,
        Shape::Polygon { .. } => 0.0,
    };
    let to = |place: Place| Some(distance_and_azimuth(from, place.position().ok()?).0);
    let farthest = places(shape).into_iter().filter_map(to).reduce(f64::max)?;
    Some(farthest + around_m)
}
