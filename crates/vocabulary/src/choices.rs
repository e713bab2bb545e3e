//! The closed lists that parameters choose from. A choice has one meaning wherever it stands.

use std::fmt;

use crate::spelling::serde_as_text;

/// A closed list, each choice by its identifier.
pub type ChoiceList = &'static [&'static str];

/// The eight winds.
pub(crate) const SECTORS: ChoiceList =
    &["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
/// Where in regard to a zone.
pub(crate) const WHEREABOUTS: ChoiceList = &["inside", "around"];
/// How many persons, those in vehicles included, as they are estimated.
pub(crate) const SIZES: ChoiceList = &["at-most-10", "at-most-50", "at-most-250", "over-250"];
/// By what means one speaks.
pub(crate) const MEANS: ChoiceList =
    &["telephone", "satellite-telephone", "radio", "video", "in-person", "written"];
/// Who calls whom.
pub(crate) const CALLERS: ChoiceList = &["we-call", "you-call"];
/// Between whom and how one meets.
pub(crate) const MEETINGS: ChoiceList = &["duty", "commander", "video", "face-to-face"];
/// With whose authority something is asked. No title, since a title may imply recognition.
pub(crate) const AUTHORITIES: ChoiceList = &["duty", "commander", "highest-authority"];
/// How far down a notice has come.
pub(crate) const UNIT_LEVELS: ChoiceList = &["headquarters", "formation", "unit", "crew"];
/// Whether a zone's author applies it.
pub(crate) const ZONE_STATUSES: ChoiceList = &["applied", "not-applied"];
/// How an operation came to its end.
pub(crate) const OPERATION_ENDS: ChoiceList = &["ended", "cancelled"];
/// What of an operation is changed.
pub(crate) const CHANGES: ChoiceList = &["change-of-time", "change-of-area", "change-of-height"];
/// How an operation should be shifted.
pub(crate) const SHIFTS: ChoiceList = &["earlier", "later", "other-area", "other-height"];
/// What is dangerous.
pub(crate) const HAZARDS: ChoiceList = &["live-fire", "laser", "jamming", "mines", "exercise"];
/// How a movement goes.
pub(crate) const MOVEMENT_STATUSES: ChoiceList = &[
    "departed",
    "at-waypoint",
    "delayed",
    "deviated",
    "armed-persons-present",
    "arrived",
    "aborted",
];
/// What became of a notice of a site. The place itself is never spoken of as removed.
pub(crate) const SITE_STATUSES: ChoiceList = &["changed", "expired", "notice-withdrawn"];
/// What is seen at a place or a movement.
pub(crate) const SIGHTS: ChoiceList = &["armed-persons", "off-route", "extra-vehicles"];
/// What a pause is for.
pub(crate) const PURPOSES: ChoiceList = &["wounded", "dead", "evacuation", "rescue"];
/// How a message was passed on.
pub(crate) const FORMS: ChoiceList = &["verbatim", "summary"];
/// What a group replied, or that it did not.
pub(crate) const REPLIES: ChoiceList =
    &["will-comply", "refuses", "not-reached", "denies-presence", "denies-we-speak-for-it"];
/// Why something cannot be done.
pub(crate) const REASONS: ChoiceList = &[
    "too-little-time",
    "no-contact",
    "no-authority",
    "own-activity",
    "terms",
    "weather-or-terrain",
    "equipment",
    "not-verified",
    "not-stated",
];

/// All lists, each with what it is called in the generated page.
pub const CHOICE_LISTS: &[(&str, ChoiceList)] = &[
    ("sectors", SECTORS),
    ("whereabouts", WHEREABOUTS),
    ("size classes", SIZES),
    ("means", MEANS),
    ("callers", CALLERS),
    ("meetings", MEETINGS),
    ("levels of authority", AUTHORITIES),
    ("levels reached", UNIT_LEVELS),
    ("zone statuses", ZONE_STATUSES),
    ("ends of an operation", OPERATION_ENDS),
    ("changes", CHANGES),
    ("shifts", SHIFTS),
    ("hazards", HAZARDS),
    ("movement statuses", MOVEMENT_STATUSES),
    ("site statuses", SITE_STATUSES),
    ("sights", SIGHTS),
    ("purposes", PURPOSES),
    ("forms of relaying", FORMS),
    ("replies of a group", REPLIES),
    ("reasons", REASONS),
];

/// One choice of some closed list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChoiceId(&'static str);

impl ChoiceId {
    /// The choice of this identifier. `None`: no list has it.
    pub fn new(id: &str) -> Option<ChoiceId> {
        let all = CHOICE_LISTS.iter().flat_map(|(_, list)| list.iter());
        all.copied().find(|known| *known == id).map(ChoiceId)
    }

    /// Its identifier: lower-case letters, digits and hyphens, beginning with a letter.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Where the middle of a sector lies, degrees from north on clockwise. `None`: it is no sector.
    pub fn azimuth_deg(self) -> Option<f64> {
        let nth = SECTORS.iter().position(|sector| *sector == self.0)?;
        Some(360.0 / SECTORS.len() as f64 * nth as f64)
    }

    /// The choices of a list.
    pub fn all_of(list: ChoiceList) -> impl Iterator<Item = ChoiceId> {
        list.iter().copied().map(ChoiceId)
    }
}

impl fmt::Display for ChoiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

serde_as_text!(ChoiceId, ChoiceId::new, "a choice of the vocabulary");
