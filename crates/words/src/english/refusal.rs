//! Why a statement takes no effect, and what is wrong with what it says.

use deconflict_core::{
    ChannelFault, CharterError, DeclaredError, MAX_FORMS_APART_M, MAX_LIMIT, MAX_PARTIES,
    MAX_WITNESS_URL_BYTES, MAX_WITNESSES, PartyId, Quantity, Referent, Refusal, VolumeError,
};
use deconflict_geometry::WindowError;

use super::figures::clock_apart;

/// Why a statement takes no effect.
pub(super) fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::Late { valid_until } => {
            format!("it was valid until {valid_until} and came later: say it anew")
        }
        Refusal::ClockApart { ahead_s } => format!(
            "the clock by which it was signed was {}: a new zone or operation waits for a good clock; set it, such as by NTP, \
             and say it anew, or have another desk of the party sign it",
            clock_apart(*ahead_s)
        ),
        Refusal::Charter { fault } => charter_fault(fault),
        Refusal::Consent { signed, needed } => {
            let there = format!("{needed} root signatures are needed and {} are there", signed.len());
            let names: Vec<&str> = signed.iter().map(PartyId::as_str).collect();
            if names.is_empty() { there } else { format!("{there} ({})", names.join(", ")) }
        }
        Refusal::TakesPart { party } => format!("party `{party}` takes part already"),
        Refusal::Unknown { what } => format!("{}: nothing of this name is known", referent(what)),
        Refusal::Superseded { present } => {
            format!("there is a later version, {present}: read it, then say it anew")
        }
        Refusal::OtherKind { kind } => format!("it is a {kind}"),
        Refusal::Invalid { fault } => declared_fault(fault),
        Refusal::InvalidArea { fault } => volume_fault(fault),
        Refusal::NoLongerConcerned { party } => format!(
            "the zone concerned `{party}` and would no longer: it goes on to concern whom it \
             concerned, or ends"
        ),
        Refusal::BoundUnheard { party } => {
            format!("the zone binds `{party}`, which it does not name as concerned")
        }
        Refusal::Limit { of, most } => {
            format!("{}: the rules allow {most} at most", quantity(*of))
        }
        Refusal::MissingKnowledge { versions } => format!(
            "it conflicts with {} declarations that it does not name: read them, then file it anew",
            versions.len()
        ),
        Refusal::State { from, to } => format!("an operation that is {from} cannot become {to}"),
        Refusal::OwnKeyAmends {} => {
            "its owner signed it, or it is a zone: the owner's own key amends it. Enter what is new as a \
             declaration of its own, which stands beside this one".to_owned()
        }
        Refusal::KeyKnown { key } => format!("key {}: is or was enrolled", key.short()),
        Refusal::TooLong {} => {
            "what it leads to is longer than an entry may be: say less at once".to_owned()
        }
        Refusal::KeyUnproven { key } => format!(
            "key {}: comes into the record by this, and has not signed it: whoever holds it signs too",
            key.short()
        ),
        Refusal::OtherNumber { number } => {
            format!("it is its key's number {number} and says that another number is void")
        }
        Refusal::Channel { fault } => channel_fault(fault),
        Refusal::NeverShelved {} => {
            "it says that somebody is being hit, or speaks of that: its sound is never shelved".to_owned()
        }
        Refusal::ShelfEnd { most_s } => format!(
            "a sound is shelved until a time to come, at most {} min from now by the host's clock",
            most_s / 60
        ),
        Refusal::ShelvedAlready { until } => format!(
            "this operator has shelved it until {until}: it sounds again before it is shelved again"
        ),
        Refusal::HeadBeyond { size, entries } => format!(
            "from: size {size} lies beyond the {entries} entries of the record: name the last head \
             that the quorum countersigned"
        ),
        Refusal::AlreadyFounded {} => "the space has begun already".to_owned(),
        Refusal::FoundersFixed {} => {
            "charter: an amendment changes neither the space's name nor its founders: parties join, \
             suspend and withdraw by their own statements".to_owned()
        }
        Refusal::HostFixed {} => "charter: another host comes in by a statement of its own".to_owned(),
        Refusal::RootOnly {} => "only the party's root key may say this".to_owned(),
        Refusal::OperatorOnly {} => {
            "a root key only enrols and revokes: an operator must say this".to_owned()
        }
        Refusal::PersonOnly {} => "a person must say this, not a machine or gateway".to_owned(),
        Refusal::GatewayOnly {} => "only a gateway's key attests".to_owned(),
        Refusal::WatchDeskOnly {} => "only the watch desk enters what another party said".to_owned(),
        Refusal::OwnKeyOnly {} => {
            "only declarations and their changes, messages and answers can be entered or attested for another: all else \
             its own operator must sign".to_owned()
        }
        Refusal::NotTakingPart {} => {
            "the party pauses or left: it must resume, or join anew, first".to_owned()
        }
        Refusal::KeepsRecord {} => "the party keeps the record: another host first takes it over".to_owned(),
        Refusal::NotYours {} => "the declaration belongs to another party".to_owned(),
        Refusal::Ended {} => "it has ended".to_owned(),
        Refusal::SealedReserved {} => "`sealed` is reserved: no rule set allows it yet".to_owned(),
        Refusal::SharingFixed {} => {
            "an amendment keeps to whom the declaration is shared: share it otherwise by a \
             statement of its own".to_owned()
        }
        Refusal::NotConcerned {} => "the zone does not ask this party".to_owned(),
        Refusal::NotAgreed {} => "the party has not agreed to this version".to_owned(),
        Refusal::NoPart {} => "the conflict is over, or not one of this party".to_owned(),
        Refusal::NotCommitted {} => "the new root is not the one that the last one committed to".to_owned(),
    }
}

/// What a statement names and its author does not know.
fn referent(what: &Referent) -> String {
    match what {
        Referent::Party(party) => format!("party `{party}`"),
        Referent::SpeakerFor(party, group) => format!("`{party}` as speaking for `{group}`"),
        Referent::Key(key) => format!("key {}", key.short()),
        Referent::Declaration(id) => format!("declaration {id}"),
        Referent::Conflict(id) => format!("conflict {id}"),
        Referent::Interest(id) => format!("interest `{id}`"),
        Referent::Message(id) => format!("message {id}"),
    }
}

fn quantity(of: Quantity) -> &'static str {
    match of {
        Quantity::Characters => "characters of a text",
        Quantity::Languages => "languages of a text",
        Quantity::TagCharacters => "characters of a language's tag",
        Quantity::Volumes => "volumes",
        Quantity::Vertices => "vertices",
        Quantity::Declarations => "declarations",
        Quantity::Cells => "cells that the zones and operations of a party cover",
        Quantity::Interests => "interests",
        Quantity::OpenMessages => "messages of this party that are still open",
        Quantity::Keys => "keys of a party",
        Quantity::Parties => "parties",
        Quantity::PartiesListed => "parties in a list",
        Quantity::Groups => "groups of a party",
        Quantity::Recipients => "recipients of a party",
        Quantity::Vehicles => "vehicles",
        Quantity::Contacts => "contacts",
        Quantity::Shelves => "sounds that an operator has shelved at once",
        Quantity::VersionsKnown => "versions that the author knows",
    }
}

/// Why a charter is none.
pub(super) fn charter_fault(fault: &CharterError) -> String {
    const NAME: &str = "must be 1 to 255 ASCII characters without `+` and spaces";
    let what = match fault {
        CharterError::Space {} => format!("`space`: {NAME}"),
        CharterError::PartyCount { parties } => {
            format!("`parties`: {parties}: must be 1 to {MAX_PARTIES}")
        }
        CharterError::PartyTwice { party } => format!("`parties`: `{party}` stands twice"),
        CharterError::HostNoParty { party } => {
            format!("`host`: `{party}` is no party of the space")
        }
        CharterError::WitnessTwice { witness } => {
            format!("`witnesses`: {witness} (from 0) has the name of an earlier one")
        }
        CharterError::WitnessName { witness } => {
            format!("`witnesses`: the name of {witness} (from 0) {NAME}")
        }
        CharterError::WitnessUrl { witness } => format!(
            "`witnesses`: the address of {witness} (from 0) must begin with https://, or with http:// and name the \
             host's own machine, and have no user, no query and no slash at its end, in at most {MAX_WITNESS_URL_BYTES} \
             characters"
        ),
        CharterError::WitnessCount { witnesses } => {
            format!("`witnesses`: {witnesses}: must be at most {MAX_WITNESSES}")
        }
        CharterError::KeyTwice { key } => {
            format!("`keys`: {} has two uses: every use needs its own", key.short())
        }
        CharterError::NoConsent {} => {
            "`consents`: no signature at all: must be 1 or more".to_owned()
        }
        CharterError::Quorum { quorum, witnesses } => {
            format!("`quorum`: {quorum} of {witnesses} witnesses that are not the host's")
        }
        CharterError::Heights { fault } => format!("`rules.heights`: {fault}"),
        CharterError::Grid { fault } => format!("`rules.grid`: {fault}"),
        CharterError::Separation { metres } => {
            format!("`rules.separation`: {metres:?}: metres must be from 0 to 1,000,000")
        }
        CharterError::LimitBeyond { limit, most } => {
            format!("a limit of {limit}: must be 1 to {most}")
        }
        CharterError::ClockSkew { seconds } => {
            format!("`rules.clock_skew_s`: {seconds}: must be from 1 to 86,400 seconds")
        }
        CharterError::ChannelLimits {} => {
            "`rules.channel`: each limit must be at least 1 second, no step due before an earlier one, and nothing more urgent have longer"
                .to_owned()
        }
        CharterError::LimitRange { limit } => {
            format!("`rules.limits`: {limit}: must be from 1 to {MAX_LIMIT}")
        }
    };
    format!("charter, {what}")
}

/// Why what is declared is no declaration.
pub(super) fn declared_fault(fault: &DeclaredError) -> String {
    match fault {
        DeclaredError::Volume { volume, fault } => {
            format!("volume {volume}: {}", volume_fault(fault))
        }
        DeclaredError::NoVolume {} => "no volume: say where and when".to_owned(),
        DeclaredError::Waypoint { waypoint } => format!(
            "waypoint {waypoint}: a movement has two or more, each with a window that ends no earlier \
             than it begins and neither begins nor ends before the one before it"
        ),
        DeclaredError::FormsApart { apart_m } => format!(
            "the two forms of the coordinates lie {apart_m:.0} m apart: they must agree within \
             {MAX_FORMS_APART_M} m; find out which is right"
        ),
        DeclaredError::PlaceOutside {} => {
            "the site's coordinates lie outside its shape: one of them is wrong".to_owned()
        }
        DeclaredError::Ring { ring_m } => {
            format!("monitoring ring of {ring_m} m: must be from 0 to 100,000 m")
        }
        DeclaredError::CheckUnnamed {} => {
            "the second person's check: name the person and how they checked, or mark the \
             coordinates as unverified"
                .to_owned()
        }
    }
}

/// Why something is no volume, in the words of whoever measures.
pub(super) fn volume_fault(fault: &VolumeError) -> String {
    match fault {
        VolumeError::Place(error) => error.to_string(),
        VolumeError::Shape(error) => error.to_string(),
        VolumeError::Band(error) => error.to_string(),
        VolumeError::Window {} => WindowError.to_string(),
    }
}

fn channel_fault(fault: &ChannelFault) -> String {
    match fault {
        ChannelFault::Parameter(fault) => fault.to_string(),
        ChannelFault::Answer(fault) => fault.to_string(),
        ChannelFault::Addressees {} => {
            "to: name at least one other party that takes part, and of a message about another one those that have \
             it: all of its addressees where it is corrected or cancelled, its sender where an answer cannot be kept"
                .to_owned()
        }
        ChannelFault::LeftOut { parties } => {
            let names: Vec<&str> = parties.iter().map(PartyId::as_str).collect();
            format!("to: it goes to {} as well: name them", names.join(", "))
        }
        ChannelFault::Report {} => {
            "it said that something was done or is over, which is not taken back: say in a message of its own what is \
             so now"
                .to_owned()
        }
        ChannelFault::NotAsked {} => {
            "to: this party was not asked by all of them to pass that message on to that group".to_owned()
        }
        ChannelFault::OwnerOnly {} => {
            "only who declared it says this of it".to_owned()
        }
        ChannelFault::IncidentPlace {} => {
            "what is being hit is not corrected to another place: send a message about that one, and its owner ends this \
             one"
                .to_owned()
        }
        ChannelFault::LineSuspended { by } => format!(
            "`{by}` has suspended the line: P, W, L and H codes and CANCEL pass, and answers"
        ),
        ChannelFault::DayIsFull { most } => {
            format!("a party sends this code {most} times within a day: call by voice")
        }
        ChannelFault::Sender {} => "this key does not send this code".to_owned(),
        ChannelFault::PersonOnly {} => "a person's own signature is needed".to_owned(),
        ChannelFault::LanguageOfReadBack {} => {
            "in which language a message was shown is said of a read-back alone".to_owned()
        }
        ChannelFault::NotAddressed {} => "the message did not go to the party".to_owned(),
        ChannelFault::NotSender {} => "only the sender of the message says this".to_owned(),
        ChannelFault::Closed {} => "the message was taken back".to_owned(),
        ChannelFault::AlreadyAnswered {} => "the message was answered already".to_owned(),
        ChannelFault::CorrectedSince {} => {
            "the message was corrected since this desk read it: read what it says now, then answer".to_owned()
        }
        ChannelFault::TooLateToComply { valid_until } => {
            format!("the message was valid until {valid_until}: it can be read, and not complied with")
        }
        ChannelFault::StoodByOnce {} => "STANDBY holds a message once".to_owned(),
        ChannelFault::AnswerTime {} => {
            "the time lies before now, after the deadline of what is asked, or further off than STANDBY may hold"
                .to_owned()
        }
        ChannelFault::OtherTraffic {} => {
            "real, exercise and test traffic never mix: the message that it speaks of is of another kind".to_owned()
        }
        ChannelFault::OwnStatement {} => {
            "what becomes of what was declared is said by a statement that does it, and by no message".to_owned()
        }
        ChannelFault::NothingPromised {} => {
            "nothing that is still to be done was promised in answer to the message".to_owned()
        }
        ChannelFault::NothingToKeep {} => {
            "there is no answer of the party to the message that others rely on still: it answered nothing but ROGER, did what \
             it promised, or said this before"
                .to_owned()
        }
        ChannelFault::NotYet { field } => format!(
            "`{}` says when something happened, and lies ahead: say so once it has",
            field.as_str()
        ),
        ChannelFault::BeforeMessage { field, since } => format!(
            "`{}` says when it was passed on or replied to, and lies before the message itself, which stands as it is since {}: \
             give the time at which the group was told",
            field.as_str(),
            crate::figures::minutes(since.0)
        ),
        ChannelFault::NeverProtected {} => {
            "a site or a movement is never asked to hold or to leave: speak to its owner (P8)".to_owned()
        }
        ChannelFault::Deadline {} => "what is asked for was to be done before now: give a later time".to_owned(),
        ChannelFault::Remark {} => {
            "the remark has 1 to 200 words and at most 1,600 characters, on one line, all of them seen".to_owned()
        }
        ChannelFault::SealedRemark {} => {
            "the sealed remark is an age file in base64, of at most 21,848 characters".to_owned()
        }
        ChannelFault::SaidAlready {} => "it says nothing that was not said already".to_owned(),
        ChannelFault::NoSuchField { field } => {
            format!("the message has no parameter `{}` that is corrected", field.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use deconflict_testing::refusals;

    use super::*;

    #[test]
    fn every_refusal_is_a_sentence_and_no_code() {
        let said: Vec<String> = refusals().iter().map(refusal).collect();
        for (why, text) in refusals().iter().zip(&said) {
            assert!(!text.contains(['{', '}', '\n']) && !text.contains("  "), "{why}: {text:?}");
            assert!(text.len() > 7 && !text.ends_with([' ', '.', ':', ',']), "{why}: {text:?}");
            assert_eq!(said.iter().filter(|other| *other == text).count(), 1, "{why}: {text:?}");
        }
        for text in [
            "2 root signatures are needed and 1 are there (north)",
            "charter, `quorum`: 3 of 2 witnesses that are not the host's",
            "`north` as speaking for `militia`: nothing of this name is known",
            "the two forms of the coordinates lie 62 m apart: they must agree within 50 m; find out \
             which is right",
            "characters of a language's tag: the rules allow 35 at most",
            "an operation that is ended cannot become activated",
        ] {
            assert!(said.iter().any(|said| said == text), "{text}\n{said:#?}");
        }
    }
}
