//! What parties declare: zones, operations, sites and movements.

use std::collections::BTreeSet;
use std::fmt;

use deconflict_geometry::{Volume, distance_and_azimuth};
use serde::{Deserialize, Serialize};

use crate::names::{GroupId, PartyId, Texts};
use crate::time::Time;
use crate::volumes::{DeclaredVolume, Edges, Level, Place, Shape, VolumeError};

/// What a party says of one or more volumes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeclarationContent {
    /// An area to be kept clear.
    Zone(Zone),
    /// A plan.
    Operation(Operation),
    /// A protected place.
    Site(Site),
    /// A convoy or vessel on its way.
    Movement(Movement),
}

/// The four kinds of declarations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A [`Zone`].
    #[cfg_attr(feature = "clap", value(help = "An area to be kept away from"))]
    Zone,
    /// An [`Operation`].
    #[cfg_attr(feature = "clap", value(help = "A plan"))]
    Operation,
    /// A [`Site`].
    #[cfg_attr(feature = "clap", value(help = "A protected place"))]
    Site,
    /// A [`Movement`].
    #[cfg_attr(feature = "clap", value(help = "A convoy or vessel on its way"))]
    Movement,
}

/// What a zone asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Restriction {
    /// Do not enter.
    Prohibited,
    /// Enter under conditions only.
    Restricted,
    /// There is danger within.
    Danger,
}

/// An area to be kept clear.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// What it is called.
    pub name: Texts,
    /// What it asks.
    pub restriction: Restriction,
    /// Its text: conditions, reasons.
    #[serde(default)]
    pub text: Texts,
    /// Whom it concerns: they are asked to agree, and are given it.
    pub concerns: BTreeSet<PartyId>,
    /// Which parties it restricts.
    pub binds: BTreeSet<PartyId>,
    /// Which groups without a desk it restricts; whoever speaks for one is bound as well.
    #[serde(default)]
    pub binds_groups: BTreeSet<GroupId>,
    /// Where and when.
    pub volumes: Vec<DeclaredVolume>,
    /// Within which nobody restricted may be found at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<Shape>,
    /// Metres beyond its boundary that count as "around" it, [0, 100,000].
    #[serde(default)]
    pub ring_m: f64,
}

/// A plan.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// What it is called.
    pub name: Texts,
    /// Where and when.
    pub volumes: Vec<DeclaredVolume>,
    /// Whom to call about it, if not the party's duty officer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// The state of an operation (ASTM F3548-21, section 4.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum OperationState {
    /// Planned.
    #[cfg_attr(feature = "clap", value(skip))]
    Accepted,
    /// Under way.
    Activated,
    /// Under way, and out of its volumes.
    Nonconforming,
    /// Under way, and not to be expected back within them.
    Contingent,
    /// Over.
    Ended,
}

impl OperationState {
    /// Whether an operation may go from this state to another.
    pub fn may_become(self, next: OperationState) -> bool {
        use OperationState::{Accepted, Activated, Contingent, Ended, Nonconforming};
        match self {
            Accepted => matches!(next, Activated | Nonconforming | Contingent | Ended),
            Activated => matches!(next, Nonconforming | Contingent | Ended),
            Nonconforming => matches!(next, Activated | Contingent | Ended),
            Contingent => next == Ended,
            Ended => false,
        }
    }
}

/// What a site is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// A hospital, clinic or ambulance station.
    Medical,
    /// A school.
    School,
    /// A shelter or camp of displaced people.
    Shelter,
    /// A store, office or residence of a humanitarian organisation.
    Humanitarian,
    /// Water, power or food supply.
    Supply,
    /// Cultural property or a place of worship.
    Heritage,
    /// Works containing dangerous forces: dams, dykes, nuclear power.
    #[cfg_attr(feature = "clap", value(help = "Dams, dykes, nuclear power"))]
    DangerousForces,
    /// Another civilian object.
    Civilian,
}

/// How a site's coordinates were checked before it was notified.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CoordinateCheck {
    /// Written in a second form (degrees, minutes and seconds, MGRS ...) that means the same place.
    SecondForm {
        /// As written.
        text: String,
        /// As read by the tool that compared them.
        reads: Place,
    },
    /// Checked by a second person.
    SecondPerson {
        /// The name of that person.
        name: String,
        /// How: "stood at the gate with a receiver".
        how: String,
    },
    /// Not checked; shown as such to everybody.
    Unverified {},
}

/// The most metres by which two forms of a site's coordinates may differ.
pub const MAX_FORMS_APART_M: f64 = 50.0;

/// A protected place.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// What it is called.
    pub name: Texts,
    /// What it is.
    pub category: Category,
    /// The coordinates that it is notified by.
    pub place: Place,
    /// How they were checked.
    pub check: CoordinateCheck,
    /// What belongs to it; the place lies within.
    pub shape: Shape,
    /// Up to which height it is to be kept clear.
    pub upper: Level,
    /// Whether its owner forbids that parties which may not see it are told, as cells of the sharing grid, that it is being
    /// hit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hit_only_to_holders: bool,
}

/// Whether armed people come along.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum ArmedPresence {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The notifier does not know.
    Unknown,
}

/// A vehicle or vessel of a movement.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vehicle {
    /// What it is: "truck, white".
    pub kind: String,
    /// Number plate, hull or tail number.
    pub plate: String,
    /// Markings, of the roof above all.
    pub markings: String,
}

/// A place on a movement's way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waypoint {
    /// The place that is passed or reached.
    pub place: Place,
    /// The earliest arrival; for the first waypoint, departure.
    pub from: Time,
    /// The latest.
    pub until: Time,
}

/// A convoy or vessel on its way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Movement {
    /// What it is called.
    pub name: Texts,
    /// Its way, in order; at least two.
    pub waypoints: Vec<Waypoint>,
    /// Metres to either side of the line between waypoints that it may use, [1, 1,000,000].
    pub half_width_m: f64,
    /// Up to which height it is to be kept clear.
    pub upper: Level,
    /// Its vehicles or vessels.
    pub vehicles: Vec<Vehicle>,
    /// Whether armed people come along.
    pub armed_escort: ArmedPresence,
    /// Whether it is an emergency, with the shorter lead time.
    #[serde(default)]
    pub emergency: bool,
    /// Whom to call about it.
    pub contact: String,
    /// Whether its owner forbids that parties which may not see it are told, as cells of the sharing grid, that it is being
    /// hit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hit_only_to_holders: bool,
}

/// Why something is not a declaration. Volumes and waypoints are counted from 0.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum DeclaredError {
    /// A volume is none; a zone's inner boundary counts as one more.
    Volume {
        /// The volume.
        volume: usize,
        /// What is wrong with it.
        fault: VolumeError,
    },
    /// It has no volume.
    NoVolume {},
    /// A movement has no two waypoints, or they are not in time order.
    Waypoint {
        /// The first that is out of order, or that is missing.
        waypoint: usize,
    },
    /// A site's two forms of coordinates lie farther apart than [`MAX_FORMS_APART_M`].
    FormsApart {
        /// How far apart.
        apart_m: f64,
    },
    /// A site's coordinates lie outside its shape.
    PlaceOutside {},
    /// A zone's monitoring ring is out of range.
    Ring {
        /// Its width.
        ring_m: f64,
    },
    /// The second person or how they checked is not named.
    CheckUnnamed {},
}

impl DeclarationContent {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            DeclarationContent::Zone(_) => Kind::Zone,
            DeclarationContent::Operation(_) => Kind::Operation,
            DeclarationContent::Site(_) => Kind::Site,
            DeclarationContent::Movement(_) => Kind::Movement,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &Texts {
        match self {
            DeclarationContent::Zone(zone) => &zone.name,
            DeclarationContent::Operation(operation) => &operation.name,
            DeclarationContent::Site(site) => &site.name,
            DeclarationContent::Movement(movement) => &movement.name,
        }
    }

    /// Whether parties that may not see it are told, as cells of the sharing grid, that it is being hit.
    pub fn is_told_by_cell(&self) -> bool {
        match self {
            DeclarationContent::Site(site) => !site.hit_only_to_holders,
            DeclarationContent::Movement(movement) => !movement.hit_only_to_holders,
            DeclarationContent::Zone(_) | DeclarationContent::Operation(_) => false,
        }
    }

    /// The volumes as written, those that follow from waypoints included.
    pub fn declared_volumes(&self) -> Vec<DeclaredVolume> {
        match self {
            DeclarationContent::Zone(Zone { volumes, .. })
            | DeclarationContent::Operation(Operation { volumes, .. }) => volumes.clone(),
            // Expiry never removes protection: a site is there until its owner removes it.
            DeclarationContent::Site(site) => vec![DeclaredVolume {
                shape: site.shape.clone(),
                lower: Level::SURFACE,
                upper: site.upper,
                from: None,
                until: None,
            }],
            DeclarationContent::Movement(movement) => movement.legs(),
        }
    }

    /// The volumes that are meant.
    ///
    /// # Errors
    /// When it is no declaration.
    pub fn volumes(&self) -> Result<Vec<Volume>, DeclaredError> {
        let declared = self.declared_volumes();
        declared
            .iter()
            .enumerate()
            .map(|(volume, v)| v.volume().map_err(|fault| DeclaredError::Volume { volume, fault }))
            .collect()
    }

    /// How many vertices its shapes have in all.
    pub fn vertices(&self) -> usize {
        let sum = |volumes: &[DeclaredVolume]| volumes.iter().map(|v| v.shape.vertices()).sum();
        match self {
            DeclarationContent::Zone(zone) => {
                let inner = zone.inner.as_ref().map_or(0, Shape::vertices);
                inner.saturating_add(sum(&zone.volumes))
            }
            DeclarationContent::Operation(operation) => sum(&operation.volumes),
            DeclarationContent::Site(site) => site.shape.vertices(),
            DeclarationContent::Movement(movement) => movement.waypoints.len(),
        }
    }

    /// How many volumes it has.
    pub fn volume_count(&self) -> usize {
        match self {
            DeclarationContent::Zone(Zone { volumes, .. })
            | DeclarationContent::Operation(Operation { volumes, .. }) => volumes.len(),
            DeclarationContent::Site(_) => 1,
            DeclarationContent::Movement(movement) => movement.waypoints.len().saturating_sub(1),
        }
    }

    /// The volumes, once it is seen that it can be declared.
    ///
    /// # Errors
    /// With the first thing that is wrong.
    pub fn check(&self) -> Result<Vec<Volume>, DeclaredError> {
        if let DeclarationContent::Movement(movement) = self {
            movement.check()?;
        }
        let volumes = self.volumes()?;
        if volumes.is_empty() {
            return Err(DeclaredError::NoVolume {});
        }
        match self {
            DeclarationContent::Site(site) => site.check(&volumes[0])?,
            DeclarationContent::Zone(zone) => zone.check()?,
            DeclarationContent::Operation(_) | DeclarationContent::Movement(_) => {}
        }
        Ok(volumes)
    }
}

impl Zone {
    fn check(&self) -> Result<(), DeclaredError> {
        if !(0.0..=100_000.0).contains(&self.ring_m) {
            return Err(DeclaredError::Ring { ring_m: self.ring_m });
        }
        if let Some(inner) = &self.inner {
            let volume = self.volumes.len();
            inner.footprint().map_err(|fault| DeclaredError::Volume { volume, fault })?;
        }
        Ok(())
    }
}

impl Site {
    fn check(&self, volume: &Volume) -> Result<(), DeclaredError> {
        let position = |place: Place| {
            let fault =
                |fault| DeclaredError::Volume { volume: 0, fault: VolumeError::Place(fault) };
            place.position().map_err(fault)
        };
        let place = position(self.place)?;
        if !volume.footprint.contains(place) {
            return Err(DeclaredError::PlaceOutside {});
        }
        match &self.check {
            CoordinateCheck::SecondForm { reads, .. } => {
                let (apart_m, _) = distance_and_azimuth(place, position(*reads)?);
                if apart_m > MAX_FORMS_APART_M {
                    return Err(DeclaredError::FormsApart { apart_m });
                }
            }
            CoordinateCheck::SecondPerson { name, how } => {
                if name.trim().is_empty() || how.trim().is_empty() {
                    return Err(DeclaredError::CheckUnnamed {});
                }
            }
            CoordinateCheck::Unverified {} => {}
        }
        Ok(())
    }
}

impl Movement {
    fn check(&self) -> Result<(), DeclaredError> {
        if self.waypoints.len() < 2 {
            return Err(DeclaredError::Waypoint { waypoint: self.waypoints.len() });
        }
        let out_of_order = |i: usize| {
            let waypoint = &self.waypoints[i];
            let before = i.checked_sub(1).map(|b| &self.waypoints[b]);
            waypoint.until < waypoint.from
                || before.is_some_and(|b| waypoint.from < b.from || waypoint.until < b.until)
        };
        match (0..self.waypoints.len()).find(|&i| out_of_order(i)) {
            Some(waypoint) => Err(DeclaredError::Waypoint { waypoint }),
            None => Ok(()),
        }
    }

    /// A corridor for each leg, from the earliest departure to the latest arrival.
    fn legs(&self) -> Vec<DeclaredVolume> {
        self.waypoints
            .windows(2)
            .map(|pair| DeclaredVolume {
                shape: Shape::Corridor {
                    path: pair.iter().map(|waypoint| waypoint.place).collect(),
                    half_width_m: self.half_width_m,
                    edges: Edges::Geodesic,
                },
                lower: Level::SURFACE,
                upper: self.upper,
                from: Some(pair[0].from),
                until: Some(pair[1].until),
            })
            .collect()
    }

    /// When it sets off at the earliest.
    pub fn departs(&self) -> Option<Time> {
        self.waypoints.first().map(|waypoint| waypoint.from)
    }

    /// When it arrives at the latest.
    pub fn arrives(&self) -> Option<Time> {
        self.waypoints.last().map(|waypoint| waypoint.until)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Zone => "zone",
            Kind::Operation => "operation",
            Kind::Site => "site",
            Kind::Movement => "movement",
        })
    }
}

impl fmt::Display for OperationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OperationState::Accepted => "accepted",
            OperationState::Activated => "activated",
            OperationState::Nonconforming => "nonconforming",
            OperationState::Contingent => "contingent",
            OperationState::Ended => "ended",
        })
    }
}

/// The code and its parameters, for logs: people are told by `words`.
impl fmt::Display for DeclaredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for DeclaredError {}
