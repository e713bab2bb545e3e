//! What stands in the record: statements, and the host's own findings.

use std::collections::BTreeSet;

use deconflict_geometry::{Cell, Reason, Relation};
use deconflict_record::Hash;
use deconflict_vocabulary::{Message, Traffic};
use serde::{Deserialize, Serialize};

use crate::channel::{Lapse, PassedOn};
use crate::comparison::ComparisonProgress;
use crate::declared::Kind;
use crate::names::{
    ConflictId, DeclarationId, Handle, InterestId, MessageId, OverlayId, PartyId, Version,
};
use crate::refusal::Refusal;
use crate::say::Statement;
use crate::time::Time;

/// One entry of the record. Its place in the record is its index, from 0.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When the host took it in, by the host's clock, in whole milliseconds.
    pub at: Time,
    /// What stands in the record from now on.
    pub what: What,
}

/// What an entry says.
#[expect(clippy::large_enum_variant, reason = "entries are handled one at a time")]
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A statement that takes effect.
    Accepted(Box<Statement>),
    /// A statement that takes none; logged so that its author's chain has no hole.
    Refused(Box<Statement>, Refusal),
    /// Something that the host found.
    Found(Finding),
}

/// Where and when two declarations conflict, as both sides may know it: in whole cells and steps of
/// the sharing grid.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extent {
    /// Cells, the first [`MAX_CELLS`] of them.
    pub cells: Vec<GridCell>,
    /// From when; `None`: since ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
    /// Until when; `None`: until further notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Metres above mean sea level, in whole steps; `None`: no bound is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower_m: Option<i32>,
    /// The upper end, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper_m: Option<i32>,
    /// How sure it is.
    pub certainty: Certainty,
}

/// A cell of the space's sharing grid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridCell {
    /// How often the rows of the finest cells are merged in pairs.
    pub level: u8,
    /// Rows north of the equator; -1 is the first one south of it.
    pub row: i32,
    /// Columns east of 180 degrees west.
    pub column: u32,
}

impl From<Cell> for GridCell {
    fn from(cell: Cell) -> GridCell {
        GridCell { level: cell.level(), row: cell.row(), column: cell.column() }
    }
}

/// The most cells that an extent names.
pub const MAX_CELLS: usize = 64;

/// How sure a conflict is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// They overlap.
    Overlap,
    /// What is known, or may be told, does not decide. A possible conflict is a conflict.
    Possible(BTreeSet<Doubt>),
}

/// Why a conflict is possible only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// A height that decides is not declared.
    HeightUnknown,
    /// Heights of different references are compared.
    HeightReference,
    /// The boundaries are nearer than what their edges are known to.
    EdgeResidual,
    /// The distance differs from the limit by less than can be computed.
    Numeric,
    /// One is in force only for parts of its time.
    PartTime,
    /// One side may not see the other's declaration: it is widened to the sharing grid.
    SharingGrid,
}

/// One side of a conflict or of an overlay.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Whom to call.
    pub party: PartyId,
    /// What of theirs it is.
    pub kind: Kind,
    /// Which, where the other side may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declaration: Option<DeclarationId>,
    /// What it is called in this conflict or overlay.
    pub handle: Handle,
}

/// Something that the host found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Finding {
    /// Two declarations conflict. One entry tells both sides.
    ConflictOpened {
        /// What names the conflict.
        conflict: ConflictId,
        /// First the one whose filing brought it about.
        sides: [Side; 2],
        /// Where and when.
        extent: Extent,
        /// Whose filing brought it about; `None`: a change of the rules.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PartyId>,
    },
    /// A conflict is another one after a change.
    ConflictChanged {
        /// The conflict, by the name it was opened under.
        conflict: ConflictId,
        /// Where and when now.
        extent: Extent,
        /// Whose change; `None`: a change of the rules.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PartyId>,
    },
    /// A change resolved a conflict.
    ConflictResolved {
        /// The conflict, by the name it was opened under.
        conflict: ConflictId,
        /// Whose change; `None`: a change of the rules.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PartyId>,
    },
    /// A conflict's time is over.
    ConflictExpired {
        /// The conflict, by the name it was opened under.
        conflict: ConflictId,
    },
    /// The sides have not spoken with each other, and the conflict is about to begin.
    ContactOverdue {
        /// The conflict, by the name it was opened under.
        conflict: ConflictId,
    },
    /// A site was not re-confirmed. It stays shown, and its protection in law is unchanged.
    SiteLapsed {
        /// The site, by the statement that began it.
        site: DeclarationId,
    },
    /// A change touched interests of a party. Each that is named counts it once more.
    InterestTouched {
        /// The party that is interested, and alone is told.
        party: PartyId,
        /// What that party calls the interests.
        interests: BTreeSet<InterestId>,
        /// Whether it may have touched more of them, whose names come behind these: of so many not all are looked
        /// at.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        more: bool,
        /// What changed.
        declaration: DeclarationId,
        /// Its version.
        version: Version,
    },
    /// A party's filings have raised more conflicts in one block of cells than the rules allow
    /// before others are told.
    Probing {
        /// Whose filings.
        party: PartyId,
        /// A cell in the block.
        cell: GridCell,
        /// How many on that day.
        filings: u32,
        /// Whom they touched: one of those, each of whom is told apart.
        touched: PartyId,
    },
    /// A party that leaves holds declarations of this owner. Where they are many, several entries tell of them.
    HeldByLeaver {
        /// Who leaves.
        leaver: PartyId,
        /// Whose they are.
        owner: PartyId,
        /// Which versions.
        versions: BTreeSet<Version>,
    },
    /// A zone lies over a site, or over a movement that it does not bind. Nothing has to be settled;
    /// both owners are told, in one entry.
    OverlayOpened {
        /// What names the overlay.
        overlay: OverlayId,
        /// First the one whose filing brought it about.
        sides: [Side; 2],
        /// Where and when.
        extent: Extent,
        /// Whose filing brought it about; `None`: a change of the rules.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PartyId>,
    },
    /// An overlay is another one after a change.
    OverlayChanged {
        /// The overlay, by the name it was opened under.
        overlay: OverlayId,
        /// Where and when now.
        extent: Extent,
        /// Whose change; `None`: a change of the rules.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PartyId>,
    },
    /// A change ended an overlay: one of the two ended, lies elsewhere, or means another thing to the other.
    OverlayEnded {
        /// The overlay, by the name it was opened under.
        overlay: OverlayId,
        /// Whose change; `None`: a change of the rules.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PartyId>,
    },
    /// An overlay's time is over.
    OverlayExpired {
        /// The overlay, by the name it was opened under.
        overlay: OverlayId,
    },
    /// A time limit of a message passed with one of its addressees. It says what it means and nothing else: no silence
    /// is consent or refusal.
    MessageLapse {
        /// The message, by the statement that sent it.
        message: MessageId,
        /// With which addressee.
        party: PartyId,
        /// What fell due.
        lapse: Lapse,
        /// When it was due: found later, it is late.
        due: Time,
    },
    /// A place is being hit that a party was not told of by whoever said so, since it may not see it: it is told in which
    /// cells of the sharing grid. It is a message of its own, in the name of whoever sent the one that it follows.
    CellNotice {
        /// What names it.
        notice: MessageId,
        /// The message that it follows.
        of: MessageId,
        /// To whom it goes.
        party: PartyId,
        /// Who sent that message.
        sender: PartyId,
        /// What it says: the first of the cells stands for the place.
        said: Box<Message>,
        /// Whether it is meant.
        traffic: Traffic,
        /// How that message was said for its sender, where that did not sign it itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passed_on: Option<PassedOn>,
        /// All cells that the place lies in, the first [`MAX_CELLS`] of them.
        cells: Vec<GridCell>,
    },
    /// The owner of the place said that it is no longer being hit.
    CellNoticeEnded {
        /// What the party was told that may not see the place.
        notice: MessageId,
    },
    /// A movement is past its last window, and its owner has not said that it arrived or was broken off. It is a message of
    /// the host's own, to whoever may see the movement and to the watch desk, said once of each version.
    MovementOverdue {
        /// What names it.
        notice: MessageId,
        /// The movement.
        movement: DeclarationId,
        /// To whom it goes.
        to: BTreeSet<PartyId>,
        /// The party of the host, which has the answers.
        host: PartyId,
        /// What it says.
        said: Box<Message>,
        /// When it was due: found later, it is late.
        due: Time,
    },
    /// A movement that was said to be overdue arrived, was broken off, ended or was notified anew.
    MovementOverdueEnded {
        /// What said that it is overdue.
        notice: MessageId,
    },
    /// A movement is about to begin, and nobody whom it is shared with has said that units were told of its present version.
    /// Its owner alone is told, once of each version.
    UnitsNotTold {
        /// The movement.
        movement: DeclarationId,
        /// By when somebody was to have said it: found later, it is late.
        due: Time,
    },
    /// What an addressee promised is reported done, by what it declared since: it amended or ended the operation that it was
    /// asked to adjust.
    PromiseMet {
        /// The message that asked for it.
        message: MessageId,
        /// Who promised it, and did it.
        party: PartyId,
    },
    /// The disclosures since the last such entry, also when there were none.
    Disclosures {
        /// The salted root over them.
        root: Hash,
        /// Whether some of what stands in the record by here is still to be compared. Whose it is, and how
        /// much, is not told.
        comparing: bool,
    },
    /// Not all that follows from a statement was found yet: the rest follows in appends of its own, and
    /// statements of others may come between.
    ///
    /// The watch desk alone is given it, as somebody must be able to give it back to a host that lost it. It
    /// names no declaration.
    Comparing {
        /// The statement's entry.
        statement: u64,
        /// Up to where all was found.
        reached: ComparisonProgress,
    },
    /// All that follows from a statement was found, where it did not stand in one append with the statement.
    /// The watch desk alone is given it.
    Compared {
        /// The statement's entry.
        statement: u64,
    },
    /// The host was started anew, and either went on without having heard enough witnesses, by its
    /// operator's decision, or had lost entries and got them back from desks.
    Resumed {
        /// The witnesses whose last heads it had compared with its record.
        heard: BTreeSet<String>,
        /// How many it would have waited for.
        needed: usize,
        /// How many entries it had lost; their bytes are what they were.
        recovered: u64,
    },
    /// Something was over longer ago than the rules keep it: it is forgotten, and what these entries say of it is
    /// erased. Their commitments stay.
    Erased {
        /// What is forgotten.
        of: ErasureSubject,
        /// The entries, the first first.
        entries: Vec<u64>,
    },
}

/// What the rules keep no longer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ErasureSubject {
    /// A declaration, by the statement that began it, whose conflicts and overlays are over as well.
    Declaration(DeclarationId),
    /// A message of a conversation that is over. Each of a conversation has findings of its own, which stand in one
    /// append: nobody is told of more than it was given.
    Message {
        /// The message, by what names it.
        message: MessageId,
        /// With which addressee it was said or fell due, where that is told to this one and the sender alone, and before
        /// the message itself is forgotten; `None`: the message, and what all whom it concerns were told of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<PartyId>,
    },
}

impl Certainty {
    /// From geometry's answer for a pair that both sides may see; `None`: no conflict.
    pub fn of(verdict: deconflict_geometry::Verdict) -> Option<Certainty> {
        match verdict.relation {
            Relation::Overlap => Some(Certainty::Overlap),
            Relation::Possible => {
                Some(Certainty::Possible(verdict.reasons.iter().map(Doubt::of).collect()))
            }
            Relation::Touch | Relation::Apart => None,
        }
    }

    /// Of two volumes pairs of one conflict, the surer.
    #[must_use]
    pub fn or(self, other: Certainty) -> Certainty {
        match (self, other) {
            (Certainty::Possible(mut doubts), Certainty::Possible(more)) => {
                doubts.extend(more);
                Certainty::Possible(doubts)
            }
            _ => Certainty::Overlap,
        }
    }
}

impl Doubt {
    fn of(reason: Reason) -> Doubt {
        match reason {
            Reason::HeightUnknown => Doubt::HeightUnknown,
            Reason::HeightReference => Doubt::HeightReference,
            // What is declared neither crosses itself nor lacks an area: such outlines are refused.
            Reason::EdgeResidual | Reason::SelfCrossing | Reason::NoArea => Doubt::EdgeResidual,
            Reason::Numeric => Doubt::Numeric,
            Reason::PartTime => Doubt::PartTime,
        }
    }
}
