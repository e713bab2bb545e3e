//! By which code of the vocabulary a statement or a finding stands: one vocabulary for all that a duty officer reads.
//!
//! *Architecture invariant*: one table, total over [`Say`] and [`Finding`]: a new kind does not compile before it has its
//! row. Where no code says what was said, or one would say more, there is none: nothing is claimed that nobody said.
//! Beside the vocabulary's own rows it is the only place that names codes one by one.

use deconflict_record::Hash;
use deconflict_vocabulary::{
    Answer, AnswerId, ChoiceId, CodeId, Message, Moment, ObjectRef, ParameterName, Parameters,
    Precedence, Value,
};

use crate::declared::{DeclarationContent, Kind, OperationState};
use crate::entry::{Entry, Extent, Finding, What};
use crate::ledger::{Conflict, Declaration, Ledger};
use crate::names::{ConflictId, DeclarationId, PartyId, Version};
use crate::say::{Ending, Say, Statement};
use crate::time::Time;

/// What was said or found, in the vocabulary. It may lack parameters of its code: those that a statement of its own has
/// no room for, or that the reader's desk does not have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Coding {
    /// A message.
    Message(Message),
    /// An answer.
    Answer {
        /// Which.
        answer: Answer,
        /// To what.
        to: Message,
    },
}

impl Coding {
    /// Its code; of an answer, that of what it answers.
    pub fn code(&self) -> CodeId {
        match self {
            Coding::Message(message) | Coding::Answer { to: message, .. } => message.code,
        }
    }

    /// Which answer it is, if it is one.
    pub fn answer(&self) -> Option<AnswerId> {
        match self {
            Coding::Message(_) => None,
            Coding::Answer { answer, .. } => Some(answer.answer),
        }
    }
}

/// Who says something, in which statement, and when it was taken in.
#[derive(Clone, Copy)]
struct Saying<'a> {
    view: &'a Ledger,
    party: &'a PartyId,
    statement: Hash,
    at: Time,
}

impl Entry {
    /// By which code it stands, as far as a reader's view tells: of what kind something is that ends, and who is a side of
    /// a conflict, stands there. `None`: no code says it.
    pub fn coding(&self, view: &Ledger) -> Option<Coding> {
        match &self.what {
            What::Accepted(statement) | What::Refused(statement, _) => {
                statement.coding(view, self.at)
            }
            What::Found(finding) => found(finding, self.at),
        }
    }
}

impl Statement {
    /// By which code it stands, taken in at an instant: as of [`Entry::coding`].
    pub fn coding(&self, view: &Ledger, at: Time) -> Option<Coding> {
        let by = Saying { view, party: &self.party, statement: self.hash, at };
        said(by, &self.say)
    }
}

impl Declaration {
    /// The message of which its owner is told that nobody has sent it: that units were told of it.
    pub fn untold(&self, id: DeclarationId) -> Option<Message> {
        self.units_not_told().and_then(|_| told_to_units(id))
    }
}

impl Conflict {
    /// The code by which an open conflict stands at `now`: OVERLAP FOUND, with the time that is left.
    pub fn coding(&self, id: ConflictId, now: Time) -> Option<Coding> {
        overlap(id, &self.extent, now)
    }

    /// How urgent it is at `now`, as the vocabulary says of an overlap with so much time left.
    pub fn precedence(&self, now: Time) -> Precedence {
        let row = CodeId::new(OVERLAP).map(CodeId::row);
        let precedence = row.map(|row| row.precedence(Some(left_s(&self.extent, now)), None));
        precedence.unwrap_or(Precedence::Immediate)
    }

    /// When it becomes more urgent as its beginning draws near, the first time first; none where it is there since ever.
    pub fn rises(&self) -> impl Iterator<Item = Time> {
        let row = CodeId::new(OVERLAP).map(CodeId::row);
        let left_s = row.map(|row| row.precedence_rises()).unwrap_or_default();
        let from = self.extent.from;
        left_s.into_iter().filter_map(move |left_s| Some(from?.after_seconds(-left_s)))
    }

    /// Whether a party has said anything of it: that one of its people read of it, or takes it on, that the sides
    /// spoke, or that it accepts the risk. Each says at least that it was received.
    pub fn is_answered_by(&self, party: &PartyId) -> bool {
        self.noticed.contains_key(party)
            || self.accepted.contains(party)
            || self.contact.as_ref().is_some_and(|contact| contact.party == *party)
    }
}

const OVERLAP: &str = "O4";

/// Seconds from an instant until an extent begins; below 0: it has begun; 0: it is there since ever.
fn left_s(extent: &Extent, at: Time) -> i64 {
    extent.from.map_or(0, |from| from.seconds() - at.seconds())
}

#[rustfmt::skip]
fn said(by: Saying<'_>, say: &Say) -> Option<Coding> {
    match say {
        Say::Declare { declared, .. } => declares(by, declared),
        Say::Amend { declaration, from, declared, .. } => amends(by, (*declaration, *from), declared),
        Say::End { declaration, how } => ends(by, *declaration, *how),
        Say::SetState { operation, state: OperationState::Ended, .. } => message("O3", [
            ("operation", reference(operation.0)), ("status", choice("ended")?),
        ]),
        Say::Agree { zone, version } => answer("AFFIRM", proposed(by.view, *zone, *version)?),
        // What it disputes, and what it would have it say, stand in its own words beside the code.
        Say::Dispute { version, .. } => message("D2", [("entry", reference(version.0))]),
        Say::DisputeSpeaking { .. } => message("D2", []),
        Say::WithdrawAgreement { zone, .. } => message("Z5", [
            ("zone", reference(zone.0)), ("from", instant(by.at)?),
        ]),
        Say::Own { conflict } | Say::Noticed { conflict } | Say::Contact { conflict, .. }
        | Say::AcceptRisk { conflict, .. } => receives(by, *conflict),
        Say::Send { message, .. } => Some(Coding::Message(Message::clone(message))),
        Say::Answer { message, answer } => {
            let to = by.view.dialogues.get(message)?.message.clone();
            Some(Coding::Answer { answer: Answer::clone(answer), to })
        }
        Say::EnterFor { party, said: passed_on, .. } => said(Saying { party, ..by }, passed_on),
        Say::Attest { said: passed_on, .. } => said(by, passed_on),
        // How an operation goes on within what was notified, to whom something is shown and that it still holds: no
        // code says that. Who takes part, with which keys and by which rules is no matter of the channel.
        Say::SetState { .. } | Say::Share { .. } | Say::Reconfirm { .. }
        | Say::FoundSpace { .. } | Say::AmendCharter { .. } | Say::MoveHost { .. } | Say::Join { .. }
        | Say::Suspend { .. } | Say::Resume {} | Say::Withdraw { .. } | Say::Enrol { .. } | Say::Revoke { .. }
        | Say::RotateRoot { .. } | Say::ReplaceSuccessor { .. } | Say::SetRecipients { .. }
        | Say::SpeakFor { .. } | Say::StopSpeakingFor { .. }
        | Say::SetInterest { .. } | Say::DropInterest { .. }
        | Say::Receive { .. } | Say::Confirm { .. } | Say::Shelve { .. } | Say::Void { .. } => None,
    }
}

#[rustfmt::skip]
fn found(finding: &Finding, at: Time) -> Option<Coding> {
    match finding {
        Finding::ConflictOpened { conflict, extent, .. } | Finding::ConflictChanged { conflict, extent, .. } => {
            overlap(*conflict, extent, at)
        }
        Finding::CellNotice { said, .. } | Finding::MovementOverdue { said, .. } => Some(Coding::Message(Message::clone(said))),
        Finding::SiteLapsed { site } => site_is(*site, "expired"),
        // An overlay has nothing to settle, and is no overlap in the vocabulary's sense. That something is over, is
        // still being compared or was not said in time is no message.
        Finding::ConflictResolved { .. } | Finding::ConflictExpired { .. } | Finding::ContactOverdue { .. }
        | Finding::InterestTouched { .. } | Finding::Probing { .. } | Finding::HeldByLeaver { .. }
        | Finding::OverlayOpened { .. } | Finding::OverlayChanged { .. } | Finding::OverlayEnded { .. }
        | Finding::OverlayExpired { .. } | Finding::CellNoticeEnded { .. } | Finding::MovementOverdueEnded { .. }
        | Finding::UnitsNotTold { .. } | Finding::PromiseMet { .. } | Finding::MessageLapse { .. } | Finding::Disclosures { .. }
        | Finding::Comparing { .. } | Finding::Compared { .. } | Finding::Resumed { .. }
        | Finding::Erased { .. } => None,
    }
}

/// What a new declaration says.
fn declares(by: Saying<'_>, declared: &DeclarationContent) -> Option<Coding> {
    let named = |code, name| {
        let version = ("version", reference(by.statement));
        message(code, [(name, reference(by.statement)), version])
    };
    match declared {
        DeclarationContent::Zone(_) if is_proposed(by.party, declared) => named("Z1", "zone"),
        DeclarationContent::Zone(_) => named("Z3", "zone"),
        DeclarationContent::Operation(_) => named("O1", "operation"),
        DeclarationContent::Site(_) => named("P1", "site"),
        DeclarationContent::Movement(_) => named("P2", "movement"),
    }
}

/// What a new version of a declaration says. What of an operation changed, nobody keeps.
fn amends(
    by: Saying<'_>,
    (id, from): (DeclarationId, Version),
    declared: &DeclarationContent,
) -> Option<Coding> {
    let of = reference(id.0);
    let version = ("version", reference(by.statement));
    match declared {
        DeclarationContent::Zone(_) if is_proposed(by.party, declared) => {
            let to = ("to_version", reference(by.statement));
            message("Z2", [("zone", of), ("from_version", reference(from.0)), to])
        }
        // Nobody is asked: it is notified anew.
        DeclarationContent::Zone(_) => message("Z3", [("zone", of), version]),
        DeclarationContent::Operation(_) => message("O2", [("operation", of), version]),
        DeclarationContent::Site(_) => site_is(id, "changed"),
        DeclarationContent::Movement(_) => message("P2", [("movement", of), version]),
    }
}

/// Whether a zone asks somebody to agree; else it is notified, and its author's alone.
fn is_proposed(owner: &PartyId, declared: &DeclarationContent) -> bool {
    match declared {
        DeclarationContent::Zone(zone) => zone.concerns.iter().any(|party| party != owner),
        _ => false,
    }
}

/// What the end of a declaration says. That a movement ended says neither that it arrived nor that it was broken off.
fn ends(by: Saying<'_>, id: DeclarationId, how: Ending) -> Option<Coding> {
    let of = reference(id.0);
    match (by.view.declarations.get(&id)?.declared.kind(), how) {
        (Kind::Zone, _) => {
            let status = ("status", choice("not-applied")?);
            message("Z4", [("zone", of), status, ("from", instant(by.at)?)])
        }
        (Kind::Operation, Ending::Cancelled) => {
            message("O3", [("operation", of), ("status", choice("cancelled")?)])
        }
        (Kind::Operation, _) => message("O3", [("operation", of), ("status", choice("ended")?)]),
        (Kind::Site, _) => site_is(id, "notice-withdrawn"),
        (Kind::Movement, _) => None,
    }
}

fn site_is(id: DeclarationId, status: &str) -> Option<Coding> {
    message("P4", [("site", reference(id.0)), ("status", choice(status)?)])
}

/// The message by which a version of a zone was proposed.
fn proposed(view: &Ledger, zone: DeclarationId, version: Version) -> Option<Message> {
    let (of, to) = (reference(zone.0), reference(version.0));
    if zone.0 == version.0 {
        return spelt("Z1", [("zone", of), ("version", to)]);
    }
    let versions: Vec<Version> = match view.declarations.get(&zone) {
        Some(known) => known.versions().map(|(one, _)| one).collect(),
        None => Vec::new(),
    };
    let place = versions.iter().position(|one| *one == version);
    let before = place.and_then(|place| versions.get(place.checked_sub(1)?));
    let before = before.map(|before| ("from_version", reference(before.0)));
    let all = [("zone", of), ("to_version", to)];
    spelt("Z2", all.into_iter().chain(before))
}

/// That a side of a conflict received what the host found: whoever takes it on, spoke about it or accepts the risk has.
fn receives(by: Saying<'_>, id: ConflictId) -> Option<Coding> {
    by.view.conflicts.get(&id).filter(|conflict| conflict.concerns(by.party))?;
    answer("ROGER", spelt(OVERLAP, [("conflict", reference(id.0))])?)
}

/// The most minutes that are said to be left: a year.
const MOST_LEFT_MIN: i64 = 525_600;

fn overlap(id: ConflictId, extent: &Extent, at: Time) -> Option<Coding> {
    let minutes = (left_s(extent, at) / 60).clamp(0, MOST_LEFT_MIN);
    let left = Value::Minutes(u32::try_from(minutes).ok()?);
    message(OVERLAP, [("conflict", reference(id.0)), ("time_to_start", left)])
}

/// What is done to an operation, as a report of it: that it is amended, or that it ended.
pub(crate) fn done_to_operation(operation: DeclarationId, ends: bool) -> Option<Message> {
    spelt(if ends { "O3" } else { "O2" }, [("operation", reference(operation.0))])
}

/// That a movement is overdue, and how it went as it was said last.
pub(crate) fn overdue(movement: DeclarationId, last: Option<ChoiceId>) -> Option<Message> {
    let last = last.map(|status| ("last_status", Value::Choice(status)));
    spelt("P10", [("movement", reference(movement.0))].into_iter().chain(last))
}

/// That units were told of a site or a movement, as far as it is to be said: nobody has said it.
fn told_to_units(of: DeclarationId) -> Option<Message> {
    spelt("P9", [("object", reference(of.0))])
}

fn reference(hash: Hash) -> Value {
    Value::Reference(ObjectRef(hash.0))
}

fn choice(word: &str) -> Option<Value> {
    ChoiceId::new(word).map(Value::Choice)
}

fn instant(at: Time) -> Option<Value> {
    Moment::from_seconds(at.seconds()).map(Value::Time)
}

fn spelt<'a>(
    code: &str,
    parameters: impl IntoIterator<Item = (&'a str, Value)>,
) -> Option<Message> {
    let named = |(name, value)| Some((ParameterName::new(name)?, value));
    let parameters = parameters.into_iter().map(named).collect::<Option<Parameters>>()?;
    Some(Message { code: CodeId::new(code)?, parameters })
}

fn message<'a>(
    code: &str,
    parameters: impl IntoIterator<Item = (&'a str, Value)>,
) -> Option<Coding> {
    spelt(code, parameters).map(Coding::Message)
}

fn answer(word: &str, to: Message) -> Option<Coding> {
    let answer = Answer { answer: AnswerId::new(word)?, parameters: Parameters::new() };
    Some(Coding::Answer { answer, to })
}
