//! Why a statement takes no effect.
//!
//! *Architecture invariant*: closed codes with parameters, which are numbers, names, hashes and places. A
//! refusal stands in the record for ever, and each reader makes a sentence of it in their own language.

use std::collections::BTreeSet;
use std::fmt;

use deconflict_record::KeyId;
use serde::{Deserialize, Serialize};

use crate::charter::CharterError;
use crate::declared::{DeclaredError, Kind, OperationState};
use crate::names::{ConflictId, DeclarationId, GroupId, InterestId, PartyId, Version};
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
    /// The new root is not the one that the last one committed to.
    NotCommitted {},
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
    /// Interests of a party.
    Interests,
    /// Keys that a party has or had.
    Keys,
    /// Parties of the space.
    Parties,
    /// Parties in a list.
    PartiesListed,
    /// Groups in a list, or of a party.
    Groups,
    /// Vehicles of a movement.
    Vehicles,
    /// Contacts of a party.
    Contacts,
    /// Versions that an author says to know.
    VersionsKnown,
}

impl From<CharterError> for Refusal {
    fn from(fault: CharterError) -> Refusal {
        Refusal::Charter { fault }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Late { valid_until } => {
                write!(f, "it was valid until {valid_until} and came later: say it anew")
            }
            Refusal::AlreadyFounded {} => write!(f, "the space has begun already"),
            Refusal::Charter { fault } => fault.fmt(f),
            Refusal::FoundersFixed {} => write!(
                f,
                "charter: an amendment changes neither the space's name nor its founders: parties \
                 join, suspend and withdraw by their own statements"
            ),
            Refusal::HostFixed {} => {
                write!(f, "charter: another host comes in by a statement of its own")
            }
            Refusal::Consent { signed, needed } => {
                write!(f, "{needed} root signatures are needed and {} are there", signed.len())?;
                let names: Vec<&str> = signed.iter().map(PartyId::as_str).collect();
                if names.is_empty() { Ok(()) } else { write!(f, " ({})", names.join(", ")) }
            }
            Refusal::RootOnly {} => write!(f, "only the party's root key may say this"),
            Refusal::OperatorOnly {} => {
                write!(f, "a root key only enrols and revokes: an operator must say this")
            }
            Refusal::PersonOnly {} => write!(f, "a person must say this, not a machine or gateway"),
            Refusal::GatewayOnly {} => write!(f, "only a gateway's key attests"),
            Refusal::WatchDeskOnly {} => {
                write!(f, "only the watch desk enters what another party said")
            }
            Refusal::OwnKeyOnly {} => write!(
                f,
                "only declarations and their changes can be entered or attested for another: all \
                 else its own operator must sign"
            ),
            Refusal::NotTakingPart {} => {
                write!(f, "the party pauses or left: it must resume, or join anew, first")
            }
            Refusal::TakesPart { party } => write!(f, "party `{party}` takes part already"),
            Refusal::KeepsRecord {} => {
                write!(f, "the party keeps the record: another host first takes it over")
            }
            Refusal::Unknown { what } => write!(f, "{what}: nothing of this name is known"),
            Refusal::NotYours {} => write!(f, "the declaration belongs to another party"),
            Refusal::Superseded { present } => {
                write!(f, "there is a later version, {present}: read it, then say it anew")
            }
            Refusal::Ended {} => write!(f, "it has ended"),
            Refusal::OtherKind { kind } => write!(f, "it is a {kind}"),
            Refusal::Invalid { fault } => fault.fmt(f),
            Refusal::InvalidArea { fault } => fault.fmt(f),
            Refusal::SealedReserved {} => {
                write!(f, "`sealed` is reserved: no rule set allows it yet")
            }
            Refusal::SharingFixed {} => write!(
                f,
                "an amendment keeps to whom the declaration is shared: share it otherwise by a \
                 statement of its own"
            ),
            Refusal::NoLongerConcerned { party } => write!(
                f,
                "the zone concerned `{party}` and would no longer: it goes on to concern whom it \
                 concerned, or ends"
            ),
            Refusal::BoundUnheard { party } => {
                write!(f, "the zone binds `{party}`, which it does not name as concerned")
            }
            Refusal::Limit { of, most } => write!(f, "{of}: the rules allow {most} at most"),
            Refusal::MissingKnowledge { versions } => write!(
                f,
                "it conflicts with {} declarations that it does not name: read them, then file it \
                 anew",
                versions.len()
            ),
            Refusal::State { from, to } => {
                write!(f, "an operation that is {from} cannot become {to}")
            }
            Refusal::NotConcerned {} => write!(f, "the zone does not ask this party"),
            Refusal::NotAgreed {} => write!(f, "the party has not agreed to this version"),
            Refusal::NoPart {} => write!(f, "the conflict is over, or not one of this party"),
            Refusal::KeyKnown { key } => write!(f, "key {}: is or was enrolled", key.short()),
            Refusal::NotCommitted {} => {
                write!(f, "the new root is not the one that the last one committed to")
            }
            Refusal::HeadBeyond { size, entries } => write!(
                f,
                "from: size {size} lies beyond the {entries} entries of the record: name the last \
                 head that the quorum countersigned"
            ),
        }
    }
}

impl fmt::Display for Referent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Referent::Party(party) => write!(f, "party `{party}`"),
            Referent::SpeakerFor(party, group) => write!(f, "`{party}` as speaking for `{group}`"),
            Referent::Key(key) => write!(f, "key {}", key.short()),
            Referent::Declaration(id) => write!(f, "declaration {id}"),
            Referent::Conflict(id) => write!(f, "conflict {id}"),
            Referent::Interest(id) => write!(f, "interest `{id}`"),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Quantity::Characters => "characters of a text",
            Quantity::Languages => "languages of a text",
            Quantity::TagCharacters => "characters of a language's tag",
            Quantity::Volumes => "volumes",
            Quantity::Vertices => "vertices",
            Quantity::Declarations => "declarations",
            Quantity::Interests => "interests",
            Quantity::Keys => "keys of a party",
            Quantity::Parties => "parties",
            Quantity::PartiesListed => "parties in a list",
            Quantity::Groups => "groups of a party",
            Quantity::Vehicles => "vehicles",
            Quantity::Contacts => "contacts",
            Quantity::VersionsKnown => "versions that the author knows",
        })
    }
}
