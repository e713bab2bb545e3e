//! One refusal of each code.

use deconflict_core::{
    ChannelFault, CharterError, DeclarationId, DeclaredError, Kind, OperationState, Quantity,
    Referent, Refusal, Time, Version, VolumeError,
};
use deconflict_geometry::{BandError, FootprintError, Position, PositionError, SharingGridError};
use deconflict_record::{Hash, KeyId};
use deconflict_vocabulary::ParameterName;

use crate::charter::{START, at, party};

/// One of each.
pub fn refusals() -> Vec<Refusal> {
    let (party, hash) = (party("north"), Hash([0xab; 32]));
    let key = KeyId(Hash([0xcd; 32]));
    let place = VolumeError::Place(PositionError::Latitude(91.5));
    let near = Position::new(33.5, 38.6).unwrap();
    let crossing = FootprintError::Crossing { first: (0, 1), second: (0, 3), near };
    let declared = |fault| Refusal::Invalid { fault };
    let volume = |fault| declared(DeclaredError::Volume { volume: 2, fault });
    let charter = |fault| Refusal::Charter { fault };
    let unknown = |what| Refusal::Unknown { what };
    vec![
        Refusal::Late { valid_until: at(START) },
        Refusal::ClockApart { ahead_s: 42 },
        Refusal::ClockApart { ahead_s: -7 },
        Refusal::AlreadyFounded {},
        charter(CharterError::Space {}),
        charter(CharterError::KeyTwice { key }),
        charter(CharterError::Quorum { quorum: 3, witnesses: 2 }),
        charter(CharterError::ClockSkew { seconds: 0 }),
        charter(CharterError::WitnessUrl { witness: 1 }),
        charter(CharterError::ChannelLimits {}),
        charter(CharterError::Grid { fault: SharingGridError::Cell(1) }),
        Refusal::FoundersFixed {},
        Refusal::HostFixed {},
        Refusal::Consent { signed: [party.clone()].into(), needed: 2 },
        Refusal::RootOnly {},
        Refusal::OperatorOnly {},
        Refusal::PersonOnly {},
        Refusal::GatewayOnly {},
        Refusal::WatchDeskOnly {},
        Refusal::OwnKeyOnly {},
        Refusal::NotTakingPart {},
        Refusal::TakesPart { party: party.clone() },
        Refusal::KeepsRecord {},
        unknown(Referent::Party(party.clone())),
        unknown(Referent::SpeakerFor(party.clone(), "militia".parse().unwrap())),
        unknown(Referent::Key(key)),
        unknown(Referent::Declaration(DeclarationId(hash))),
        Refusal::NotYours {},
        Refusal::Superseded { present: Version(hash) },
        Refusal::Ended {},
        Refusal::OtherKind { kind: Kind::Zone },
        volume(place.clone()),
        volume(VolumeError::Shape(crossing)),
        volume(VolumeError::Band(BandError::OutOfRange(2e6))),
        volume(VolumeError::Window {}),
        declared(DeclaredError::FormsApart { apart_m: 61.5 }),
        Refusal::InvalidArea { fault: place },
        Refusal::SealedReserved {},
        Refusal::SharingFixed {},
        Refusal::NoLongerConcerned { party: party.clone() },
        Refusal::BoundUnheard { party: party.clone() },
        Refusal::Limit { of: Quantity::TagCharacters, most: 35 },
        Refusal::MissingKnowledge { versions: [Version(hash)].into() },
        Refusal::State { from: OperationState::Ended, to: OperationState::Activated },
        Refusal::OwnKeyAmends {},
        Refusal::NotConcerned {},
        Refusal::NotAgreed {},
        Refusal::NoPart {},
        Refusal::KeyKnown { key },
        Refusal::KeyUnproven { key },
        Refusal::NotCommitted {},
        Refusal::TooLong {},
        Refusal::OtherNumber { number: 8 },
        Refusal::Channel { fault: ChannelFault::StoodByOnce {} },
        Refusal::Channel { fault: ChannelFault::LineSuspended { by: party.clone() } },
        Refusal::Channel { fault: ChannelFault::LeftOut { parties: [party].into() } },
        Refusal::Channel { fault: ChannelFault::Report {} },
        Refusal::Channel { fault: ChannelFault::NotAsked {} },
        Refusal::Channel { fault: ChannelFault::CorrectedSince {} },
        Refusal::Channel { fault: ChannelFault::Deadline {} },
        Refusal::Channel { fault: ChannelFault::OwnerOnly {} },
        Refusal::Channel { fault: ChannelFault::NeverProtected {} },
        Refusal::Channel { fault: ChannelFault::NothingToKeep {} },
        Refusal::Channel {
            fault: ChannelFault::NotYet { field: ParameterName::new("since").unwrap() },
        },
        Refusal::Channel {
            fault: ChannelFault::BeforeMessage {
                field: ParameterName::new("time").unwrap(),
                since: Time::from_seconds(1_495_098_000),
            },
        },
        Refusal::Channel { fault: ChannelFault::IncidentPlace {} },
        Refusal::Channel { fault: ChannelFault::DayIsFull { most: 3 } },
        Refusal::Channel { fault: ChannelFault::SealedRemark {} },
        Refusal::NeverShelved {},
        Refusal::ShelfEnd { most_s: 900 },
        Refusal::ShelvedAlready { until: at(START) },
        Refusal::HeadBeyond { size: 9, entries: 7 },
    ]
}
