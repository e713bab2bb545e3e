//! One table of what may be said: every kind of statement answers here every question that is asked of it
//! for its kind alone. A new kind does not compile before it has.

use deconflict_record::{KeyId, VerifyingKey};

use crate::charter::{Charter, Host, Member, Witness};
use crate::declared::{DeclarationContent, Kind};
use crate::entry::Finding;
use crate::ledger::Ledger;
use crate::names::{ConflictId, DeclarationId, InterestId, MessageId, PartyId};
use crate::say::{Say, Statement};

/// What holds of a kind of statement.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StatementRules<'a> {
    /// The word by which its JSON names it.
    pub word: &'static str,
    /// Whose key says it.
    pub by: Speaker,
    /// For how long its party may say it.
    pub when: Stage,
    /// By which ways it may be said.
    pub through: Through<'a>,
    /// What of the ledger it changes.
    pub topic: Topic<'a>,
    /// The keys that it brings into the record.
    pub brings: Brings<'a>,
}

/// Whose key may say something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Speaker {
    /// The party's root, and no operator.
    Root,
    /// An operator who is a person.
    Person,
    /// A person, or a machine without one.
    PersonOrMachine,
    /// A person of the watch desk.
    WatchDesk,
    /// A gateway.
    Gateway,
    /// Any key of the party, its root too.
    AnyKey,
}

/// For how long a party may say something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// To begin the space, and never again.
    Founding,
    /// While it takes part.
    TakingPart,
    /// Also while it suspends its participation.
    UntilLeaving,
    /// Also once it has left: what others rely on must not go stale because of a quarrel.
    Always,
}

/// By which ways something may be said.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Through<'a> {
    /// The party's own key alone.
    OwnKey,
    /// It may also be entered or attested for the party.
    Another,
    /// It is itself such a way, and this is what it passes on.
    PassesOn {
        /// For whom, where that is not the author's own party.
        party: Option<&'a PartyId>,
        /// What was said.
        said: &'a Say,
    },
}

/// What of a ledger something changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Topic<'a> {
    /// The rules, and with them anything.
    Rules,
    /// Who takes part, with which keys and for whom.
    Parties,
    /// The declaration that it begins.
    NewDeclaration,
    /// A declaration.
    Declaration(DeclarationId),
    /// A conflict.
    Conflict(ConflictId),
    /// The message that it sends.
    NewMessage,
    /// A message.
    Message(MessageId),
    /// Which sounds an operator of the party has shelved.
    Shelf,
    /// An interest of the party.
    Interest(&'a InterestId),
    /// That of what it passes on.
    PassedOn,
    /// Nothing but how far its key has come.
    Nothing,
}

/// The keys of a charter's witnesses, and whose they are.
fn witnesses(charter: &Charter) -> Vec<(&PartyId, &VerifyingKey)> {
    let host = &charter.host.party;
    let witnesses = charter.witnesses.iter();
    witnesses.map(|witness| (witness.party.as_ref().unwrap_or(host), &witness.key)).collect()
}

/// The keys that a statement brings into the record.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Brings<'a> {
    /// None.
    Nothing,
    /// The roots, the witnesses' keys and the host's of a new space, each of which signs the statement too, unless it
    /// signs heads alone ([`Witness::signs_charter`]).
    Founders(&'a Charter),
    /// The root of this party, which signs the statement too.
    Root(&'a Member),
    /// The keys of these witnesses, of whom each that is new signs the statement too, unless it signs heads alone
    /// ([`Witness::signs_charter`]).
    Witnesses(&'a Charter),
    /// The key of the record's new host, which signs the statement too.
    Host(&'a Host),
    /// The next root of the author's party, which signs it too.
    NextRoot(&'a VerifyingKey),
    /// An operator's key, which signs the statement too.
    Operator(&'a VerifyingKey),
}

impl Say {
    /// What holds of this kind of statement.
    #[rustfmt::skip]
    pub fn rules(&self) -> StatementRules<'_> {
        use Brings::{Founders, NextRoot, Nothing, Operator};
        use Speaker::{AnyKey, Gateway, Person, PersonOrMachine, Root, WatchDesk};
        use Stage::{Always, Founding, TakingPart, UntilLeaving};
        use Through::{Another, OwnKey, PassesOn};
        use Topic::{Conflict, Declaration, Interest, Message, NewDeclaration, NewMessage, Parties, PassedOn, Rules, Shelf};
        match self {
            // word, by, when, through, topic, brings
            Say::FoundSpace { charter } => row("found", Root, Founding, OwnKey, Rules, Founders(charter)),
            Say::AmendCharter { charter } => row("amend-charter", Root, TakingPart, OwnKey, Rules, Brings::Witnesses(charter)),
            Say::MoveHost { host, .. } => row("move-host", Root, TakingPart, OwnKey, Parties, Brings::Host(host)),
            Say::Join { member } => row("join", Root, TakingPart, OwnKey, Parties, Brings::Root(member)),
            Say::Suspend { .. } => row("suspend", Root, TakingPart, OwnKey, Parties, Nothing),
            Say::Resume {} => row("resume", Root, UntilLeaving, OwnKey, Parties, Nothing),
            Say::Withdraw { .. } => row("withdraw", Root, UntilLeaving, OwnKey, Parties, Nothing),
            Say::Enrol { operator_key, .. } => row("enrol", Root, Always, OwnKey, Parties, Operator(operator_key)),
            Say::Revoke { .. } => row("revoke", Root, Always, OwnKey, Parties, Nothing),
            Say::RotateRoot { root, .. } => row("rotate-root", Root, Always, OwnKey, Parties, NextRoot(root)),
            Say::ReplaceSuccessor { .. } => row("replace-successor", Root, Always, OwnKey, Parties, Nothing),
            Say::SetRecipients { .. } => row("set-recipients", Root, Always, OwnKey, Parties, Nothing),
            Say::SpeakFor { .. } => row("speak-for", Root, TakingPart, OwnKey, Parties, Nothing),
            Say::StopSpeakingFor { .. } => row("stop-speaking-for", Root, TakingPart, OwnKey, Parties, Nothing),
            Say::DisputeSpeaking { .. } => row("dispute-speaking", Person, TakingPart, OwnKey, Parties, Nothing),

            Say::Declare { declared, .. } => row("declare", declarer(declared), TakingPart, Another, NewDeclaration, Nothing),
            Say::Amend { declaration, declared, .. } => row("amend", declarer(declared), TakingPart, Another, Declaration(*declaration), Nothing),
            Say::Share { declaration, .. } => row("share", Person, TakingPart, OwnKey, Declaration(*declaration), Nothing),
            // A machine ends operations only: of what kind a declaration is, the ledger knows.
            Say::End { declaration, .. } => row("end", PersonOrMachine, Always, Another, Declaration(*declaration), Nothing),
            Say::SetState { operation, .. } => row("set-state", PersonOrMachine, Always, Another, Declaration(*operation), Nothing),
            Say::Reconfirm { site, .. } => row("reconfirm", Person, Always, Another, Declaration(*site), Nothing),
            // Only a party's own signature agrees to a zone.
            Say::Agree { zone, .. } => row("agree", Person, TakingPart, OwnKey, Declaration(*zone), Nothing),
            Say::Dispute { zone, .. } => row("dispute", Person, TakingPart, OwnKey, Declaration(*zone), Nothing),
            Say::WithdrawAgreement { zone, .. } => row("withdraw-agreement", Person, TakingPart, OwnKey, Declaration(*zone), Nothing),

            Say::SetInterest { interest, .. } => row("set-interest", PersonOrMachine, TakingPart, OwnKey, Interest(interest), Nothing),
            Say::DropInterest { interest } => row("drop-interest", PersonOrMachine, TakingPart, OwnKey, Interest(interest), Nothing),

            Say::Own { conflict } => row("own", Person, TakingPart, OwnKey, Conflict(*conflict), Nothing),
            Say::Noticed { conflict } => row("noticed", Person, TakingPart, OwnKey, Conflict(*conflict), Nothing),
            Say::Contact { conflict, .. } => row("contact", Person, TakingPart, OwnKey, Conflict(*conflict), Nothing),
            Say::AcceptRisk { conflict, .. } => row("accept-risk", Person, TakingPart, OwnKey, Conflict(*conflict), Nothing),

            // Who sends and answers which code, and which receipt a person gives, the vocabulary knows.
            Say::Send { .. } => row("send", PersonOrMachine, UntilLeaving, Another, NewMessage, Nothing),
            Say::Answer { message, .. } => row("answer", PersonOrMachine, UntilLeaving, Another, Message(*message), Nothing),
            // It frees whoever promised, and costs whoever asked: nobody says it for another.
            Say::Confirm { message, .. } => row("confirm", Person, UntilLeaving, OwnKey, Message(*message), Nothing),
            Say::Receive { message, .. } => row("receive", PersonOrMachine, UntilLeaving, OwnKey, Message(*message), Nothing),

            Say::Shelve { .. } => row("shelve", Person, UntilLeaving, OwnKey, Shelf, Nothing),

            Say::Void { .. } => row("void", AnyKey, Always, OwnKey, Topic::Nothing, Nothing),

            Say::EnterFor { party, said, .. } => row("enter-for", WatchDesk, TakingPart, PassesOn { party: Some(party), said }, PassedOn, Nothing),
            // What is attested is asked about for itself, as what the same party says.
            Say::Attest { said, .. } => row("attest", Gateway, Always, PassesOn { party: None, said }, PassedOn, Nothing),
        }
    }

    /// The keys that it brings into the record, whether they sign it or not.
    pub fn new_keys(&self) -> Vec<VerifyingKey> {
        match self.rules().brings {
            Brings::Nothing => Vec::new(),
            Brings::Founders(charter) => {
                let roots = charter.parties.iter().map(|member| member.root);
                let witnesses = charter.witnesses.iter().map(|witness| witness.key);
                roots.chain(witnesses).chain([charter.host.key]).collect()
            }
            Brings::Witnesses(charter) => charter.witnesses.iter().map(|w| w.key).collect(),
            Brings::Root(member) => vec![member.root],
            Brings::Host(host) => vec![host.key],
            Brings::NextRoot(key) | Brings::Operator(key) => vec![*key],
        }
    }
}

impl Statement {
    /// The keys that it brings itself and which sign it too, and whose they are: every other key that
    /// signs it must stand in the record before. A witness that is no party's counts as the host's.
    pub fn own_signers(&self) -> Vec<(&PartyId, &VerifyingKey)> {
        match self.say.rules().brings {
            Brings::Founders(charter) => {
                let mut keys: Vec<_> = charter.parties.iter().map(|m| (&m.id, &m.root)).collect();
                keys.extend(witnesses(charter));
                keys.push((&charter.host.party, &charter.host.key));
                keys
            }
            Brings::Root(member) => vec![(&member.id, &member.root)],
            Brings::Witnesses(charter) => witnesses(charter),
            Brings::Host(host) => vec![(&host.party, &host.key)],
            Brings::NextRoot(key) | Brings::Operator(key) => vec![(&self.party, key)],
            Brings::Nothing => Vec::new(),
        }
    }

    /// The first key that it would bring into this ledger without a signature of it: whoever names somebody
    /// else's key must not be able to take it for a use of its own, or to keep it from the one that it has. A witness
    /// that signs heads alone cannot prove its key here: no party alone names it.
    pub fn unproven(&self, ledger: &Ledger) -> Option<KeyId> {
        // One that signs heads alone has proved nothing, and becomes nobody's desk by being named as one.
        let proved_as =
            |witness: &Witness, key: &KeyId| witness.key.id() == *key && witness.signs_charter();
        let known = |key: &KeyId| {
            let charter = ledger.charter.as_ref();
            charter.is_some_and(|charter| {
                charter.host.key.id() == *key
                    || charter.witnesses.iter().any(|witness| proved_as(witness, key))
            })
        };
        let heads_alone: Vec<KeyId> = match self.say.rules().brings {
            Brings::Founders(charter) | Brings::Witnesses(charter) => {
                let silent = charter.witnesses.iter().filter(|witness| !witness.signs_charter());
                silent.map(|witness| witness.key.id()).collect()
            }
            _ => Vec::new(),
        };
        let brought = self.say.new_keys().into_iter().map(|key| key.id());
        let proves = |key: &KeyId| self.signed_by.contains(key) || heads_alone.contains(key);
        brought.into_iter().find(|key| !proves(key) && !known(key))
    }
}

impl Finding {
    /// The word by which its JSON names it.
    pub fn word(&self) -> &'static str {
        match self {
            Finding::ConflictOpened { .. } => "conflict-opened",
            Finding::ConflictChanged { .. } => "conflict-changed",
            Finding::ConflictResolved { .. } => "conflict-resolved",
            Finding::ConflictExpired { .. } => "conflict-expired",
            Finding::ContactOverdue { .. } => "contact-overdue",
            Finding::SiteLapsed { .. } => "site-lapsed",
            Finding::InterestTouched { .. } => "interest-touched",
            Finding::Probing { .. } => "probing",
            Finding::HeldByLeaver { .. } => "held-by-leaver",
            Finding::OverlayOpened { .. } => "overlay-opened",
            Finding::OverlayChanged { .. } => "overlay-changed",
            Finding::OverlayEnded { .. } => "overlay-ended",
            Finding::OverlayExpired { .. } => "overlay-expired",
            Finding::MessageLapse { .. } => "message-lapse",
            Finding::CellNotice { .. } => "cell-notice",
            Finding::CellNoticeEnded { .. } => "cell-notice-ended",
            Finding::MovementOverdue { .. } => "movement-overdue",
            Finding::MovementOverdueEnded { .. } => "movement-overdue-ended",
            Finding::UnitsNotTold { .. } => "units-not-told",
            Finding::Disclosures { .. } => "disclosures",
            Finding::Comparing { .. } => "comparing",
            Finding::Compared { .. } => "compared",
            Finding::Resumed { .. } => "resumed",
            Finding::Erased { .. } => "erased",
        }
    }
}

fn row<'a>(
    word: &'static str,
    by: Speaker,
    when: Stage,
    through: Through<'a>,
    topic: Topic<'a>,
    brings: Brings<'a>,
) -> StatementRules<'a> {
    StatementRules { word, by, when, through, topic, brings }
}

/// Who declares: operations are filed by machines too, all else only by people.
fn declarer(declared: &DeclarationContent) -> Speaker {
    match declared.kind() {
        Kind::Operation => Speaker::PersonOrMachine,
        Kind::Zone | Kind::Site | Kind::Movement => Speaker::Person,
    }
}
