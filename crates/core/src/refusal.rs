//! Why a statement takes no effect.
//!
//! *Architecture invariant*: closed codes with parameters, which are numbers, names, hashes and places. A
//! refusal stands in the record for ever, and each reader makes a sentence of it in their own language.

use std::collections::BTreeSet;
use std::fmt;

use deconflict_record::KeyId;
use serde::{Deserialize, Serialize};

use crate::channel::ChannelFault;
use crate::charter::CharterError;
use crate::declared::{DeclaredError, Kind, OperationState};
use crate::names::{ConflictId, DeclarationId, GroupId, InterestId, MessageId, PartyId, Version};
use crate::time::Time;
use crate::volumes::VolumeError;

/// Why a statement takes no effect.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Refusal {
    /// It came after its author wanted it applied.
    Late {
        /// Until when it was valid.
        valid_until: Time,
    },
    /// It begins a zone or an operation, and the clock of whoever signed it was not the host's: that waits for a good clock.
    ClockApart {
        /// By how many seconds it was ahead of the host's, below 0 behind it.
        ahead_s: i64,
    },
    /// The space has begun already.
    AlreadyFounded {},
    /// A charter is none.
    Charter {
        /// What is wrong with it.
        fault: CharterError,
    },
    /// An amendment names another space or other founders.
    FoundersFixed {},
    /// An amendment names another host or another earlier record.
    HostFixed {},
    /// Root signatures are missing.
    Consent {
        /// Whose roots signed.
        signed: BTreeSet<PartyId>,
        /// How many are needed.
        needed: usize,
    },
    /// Only a party's root may say this, and the author's key is none.
    RootOnly {},
    /// A root may not say this: an operator must.
    OperatorOnly {},
    /// A machine's or gateway's key may not say this: a person must.
    PersonOnly {},
    /// Only a gateway's key attests.
    GatewayOnly {},
    /// Only the watch desk enters what another party said.
    WatchDeskOnly {},
    /// It can be neither entered nor attested for a party: its own operator must sign it.
    OwnKeyOnly {},
    /// The party suspended its participation or left.
    NotTakingPart {},
    /// The party takes part already.
    TakesPart {
        /// Which party.
        party: PartyId,
    },
    /// The party keeps the record and cannot leave it without a host.
    KeepsRecord {},
    /// Nothing of this name is known to the author.
    Unknown {
        /// What was named.
        what: Referent,
    },
    /// The declaration belongs to another party.
    NotYours {},
    /// The version named is not the present one.
    Superseded {
        /// The present version.
        present: Version,
    },
    /// The declaration has ended.
    Ended {},
    /// The declaration is of another kind.
    OtherKind {
        /// The kind that it is.
        kind: Kind,
    },
    /// What is declared is no declaration.
    Invalid {
        /// What is wrong with it.
        fault: DeclaredError,
    },
    /// The area of an interest is none.
    InvalidArea {
        /// What is wrong with it.
        fault: VolumeError,
    },
    /// `sealed` is reserved: no rule set allows it yet.
    SealedReserved {},
    /// An amendment shares the declaration otherwise, which a statement of its own does.
    SharingFixed {},
    /// An amended zone would no longer concern a party that it concerned.
    NoLongerConcerned {
        /// Which party.
        party: PartyId,
    },
    /// A zone binds a party that it does not name as concerned.
    BoundUnheard {
        /// Which party.
        party: PartyId,
    },
    /// More than the rules allow.
    Limit {
        /// Of what.
        of: Quantity,
        /// The most.
        most: usize,
    },
    /// The author's `knows` does not name these, with which it conflicts.
    MissingKnowledge {
        /// The versions.
        versions: BTreeSet<Version>,
    },
    /// An operation cannot go from its state to this one.
    State {
        /// Its state.
        from: OperationState,
        /// The one asked for.
        to: OperationState,
    },
    /// What its owner signed, or a zone, is amended by its owner's own key alone.
    OwnKeyAmends {},
    /// Another party is not asked about this zone.
    NotConcerned {},
    /// The party has not agreed to this version of the zone.
    NotAgreed {},
    /// The conflict is over, or the author is no side of it.
    NoPart {},
    /// The key is enrolled already, or was.
    KeyKnown {
        /// The key.
        key: KeyId,
    },
    /// A key that is brought into the record does not sign that.
    KeyUnproven {
        /// The key.
        key: KeyId,
    },
    /// The new root is not the one that the last one committed to.
    NotCommitted {},
    /// What it leads to is longer than an entry of the record may be.
    TooLong {},
    /// It says of another number than its own that it is void.
    OtherNumber {
        /// Its own number.
        number: u64,
    },
    /// What is said in the channel is not what its code or the dialogue allows.
    Channel {
        /// What is wrong with it.
        fault: ChannelFault,
    },
    /// The sound of what says that somebody is being hit, or speaks of that, is never shelved.
    NeverShelved {},
    /// A sound is shelved until a time to come, and for no longer than this.
    ShelfEnd {
        /// For how long at the most, seconds.
        most_s: i64,
    },
    /// The operator has shelved it: it sounds again before it is shelved again.
    ShelvedAlready {
        /// Until when.
        until: Time,
    },
    /// The head from which the record is to move lies beyond its end.
    HeadBeyond {
        /// The size of that head.
        size: u64,
        /// The entries that the record has.
        entries: u64,
    },
}

/// What a statement names and its author does not know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Referent {
    /// A party.
    Party(PartyId),
    /// That a party speaks for a group.
    SpeakerFor(PartyId, GroupId),
    /// An operator's key of the author's party.
    Key(KeyId),
    /// A declaration.
    Declaration(DeclarationId),
    /// A conflict.
    Conflict(ConflictId),
    /// An interest of the author's party.
    Interest(InterestId),
    /// A message.
    Message(MessageId),
}

/// What there can be too much of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Characters of a text.
    Characters,
    /// Languages of a text.
    Languages,
    /// Characters of a language's tag.
    TagCharacters,
    /// Volumes of a declaration.
    Volumes,
    /// Vertices of a declaration or an area.
    Vertices,
    /// Declarations of a party in force.
    Declarations,
    /// Cells that the zones and operations of a party in force cover.
    Cells,
    /// Interests of a party.
    Interests,
    /// Messages of a party that wait for an answer or for what was promised.
    OpenMessages,
    /// Keys that a party has or had.
    Keys,
    /// Parties of the space.
    Parties,
    /// Parties in a list.
    PartiesListed,
    /// Groups in a list, or of a party.
    Groups,
    /// Recipients of a party.
    Recipients,
    /// Vehicles of a movement.
    Vehicles,
    /// Contacts of a party.
    Contacts,
    /// Sounds that an operator has shelved at once.
    Shelves,
    /// Versions that an author says to know.
    VersionsKnown,
}

impl From<ChannelFault> for Refusal {
    fn from(fault: ChannelFault) -> Refusal {
        Refusal::Channel { fault }
    }
}

impl From<CharterError> for Refusal {
    fn from(fault: CharterError) -> Refusal {
        Refusal::Charter { fault }
    }
}

/// The code and its parameters, for logs: people are told by `words`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
