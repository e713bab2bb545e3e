//! What operators can say, and with which authority.

use std::collections::BTreeSet;

use deconflict_record::{Hash, Head, KeyId, VerifyingKey};
use deconflict_vocabulary::{Answer, LanguageTag, Message, Traffic};
use serde::{Deserialize, Serialize};

use crate::channel::{MessageRemark, PassedOn, Receipt};
use crate::charter::{Charter, Host, Member};
use crate::declared::{DeclarationContent, Kind, OperationState};
use crate::ledger::ShelfObject;
use crate::names::{
    ConflictId, DeclarationId, GroupId, InterestId, MessageId, OperatorId, PartyId, Version,
};
use crate::recipient::Recipient;
use crate::refusal::Refusal;
use crate::time::Time;
use crate::volumes::DeclaredVolume;

/// A statement whose signatures have been verified, read.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// What names it.
    pub hash: Hash,
    /// For whom its author acts.
    pub party: PartyId,
    /// The key that signed it first: its author's.
    pub key: KeyId,
    /// All keys that signed it; each signature has been verified, and nothing else about them.
    pub signed_by: BTreeSet<KeyId>,
    /// The how many-th of its author's key, from 1.
    pub seq: u64,
    /// The statement before it of the same key.
    pub prev: Option<Hash>,
    /// The last head of the record that its author had verified.
    pub seen: Option<Head>,
    /// After this it may be logged, not applied.
    pub valid_until: Option<Time>,
    /// By how many whole seconds the clock of the desk that signed it was ahead of the host's, below 0 behind it, by that
    /// desk's word. `None`: by no more than [`deconflict_record::CLOCKS_APART_S`], or it was not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead_s: Option<i64>,
    /// What is said.
    pub say: Say,
}

/// For whom a declaration is visible beyond its owner. Detection sees every declaration whatever
/// this says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// Nobody: others learn of conflicts alone, on the sharing grid.
    ConflictOnly,
    /// These parties.
    Named(BTreeSet<PartyId>),
    /// Every party of the space.
    Open,
    /// Not even the host compares it. Reserved: no rule set allows it yet.
    Sealed,
}

/// How a declaration ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It took place, or its time is over.
    Ended,
    /// It will not take place.
    Cancelled,
    /// A site that its owner no longer notifies. Its protection in law is unchanged.
    #[cfg_attr(feature = "clap", value(help = "A site that its owner no longer notifies"))]
    Removed,
}

/// What a key may be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A person at a desk.
    #[cfg_attr(feature = "clap", value(help = None::<&'static str>))]
    Person,
    /// A machine, which files and ends operations and keeps interests.
    #[cfg_attr(feature = "clap", value(help = None::<&'static str>))]
    Machine,
    /// A gateway, whose statements are attested, with their evidence, not signed.
    #[cfg_attr(feature = "clap", value(help = None::<&'static str>))]
    Gateway,
}

/// What is said.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Say {
    /// The space begins. Signed by the root of every party that it names.
    #[serde(rename = "found")]
    FoundSpace {
        /// Who, and by which rules.
        charter: Box<Charter>,
    },
    /// The charter changes; its parties stay as they are. Signed as the present one asks.
    AmendCharter {
        /// The charter from now on. Signed by the keys of witnesses that it brings.
        charter: Box<Charter>,
    },
    /// Another host goes on from this head. Signed as the charter asks, and by the new host's key.
    MoveHost {
        /// The new one.
        host: Host,
        /// The last head that a quorum of witnesses countersigned.
        from: Head,
    },
    /// A party joins. Signed by its root and as the charter asks.
    Join {
        /// The party.
        member: Member,
    },
    /// A party suspends its participation.
    Suspend {
        /// Why, in the author's words: at most [`field@crate::Limits::text`] characters.
        reason: String,
    },
    /// A party takes part again.
    Resume {},
    /// A party leaves. What it was given cannot be taken back; who gave it is told.
    Withdraw {
        /// Why, in the author's words: at most [`field@crate::Limits::text`] characters.
        reason: String,
    },
    /// A root enrols an operator's key. Signed by that key too.
    Enrol {
        /// The post or machine.
        operator: OperatorId,
        /// What people call the post.
        post: String,
        /// The key.
        operator_key: VerifyingKey,
        /// What for.
        role: Role,
    },
    /// A root revokes an operator's key from here on; what it said before stands.
    Revoke {
        /// The key.
        operator_key: KeyId,
        /// Why, in the author's words: at most [`field@crate::Limits::text`] characters.
        reason: String,
    },
    /// The root that the last one committed to takes its place. Signed by the new one. Recipients of the party are declared
    /// anew.
    RotateRoot {
        /// The new root.
        root: VerifyingKey,
        /// The hash of the id of the one after it.
        next_root: Hash,
    },
    /// The party commits to another successor of its root than before: what was to be the next root is lost, or
    /// somebody else may have it. Signed as the charter asks where a party joins: whoever has stolen the root
    /// cannot do it alone.
    ReplaceSuccessor {
        /// The hash of the id of the root that is to come next.
        next_root: Hash,
    },
    /// To what others seal remarks for the party from now on, in place of what it said before: the keys of its operators and
    /// of its archive. With none, nothing is sealed to it.
    SetRecipients {
        /// All of them: at most [`crate::MOST_PARTY_RECIPIENTS`].
        recipients: BTreeSet<Recipient>,
    },
    /// The party says that it speaks for a group.
    SpeakFor {
        /// The group.
        group: GroupId,
    },
    /// It no longer does.
    StopSpeakingFor {
        /// The group.
        group: GroupId,
    },
    /// The party disputes that another one speaks for a group.
    DisputeSpeaking {
        /// The other party.
        party: PartyId,
        /// The group.
        group: GroupId,
        /// Why, in the author's words: at most [`field@crate::Limits::text`] characters.
        text: String,
    },

    /// A declaration begins.
    Declare {
        /// What is declared: its kind, its volumes and what its kind asks for.
        declared: Box<DeclarationContent>,
        /// Who may see it.
        sharing: Sharing,
        /// The versions that its author had seen.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        knows: BTreeSet<Version>,
    },
    /// A declaration is replaced by a new version of itself.
    Amend {
        /// The author's own declaration, by the statement that began it.
        declaration: DeclarationId,
        /// The version that it replaces.
        from: Version,
        /// What holds in its place; of the same kind.
        declared: Box<DeclarationContent>,
        /// Who may see it.
        sharing: Sharing,
        /// The versions that its author had seen.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        knows: BTreeSet<Version>,
    },
    /// Other parties may see a declaration from now on.
    Share {
        /// The author's own declaration, by the statement that began it.
        declaration: DeclarationId,
        /// Who may see it from now on; what somebody was given stays given.
        sharing: Sharing,
    },
    /// A declaration ends.
    End {
        /// The author's own declaration, by the statement that began it.
        declaration: DeclarationId,
        /// Whether it took place, is called off, or (of a site, and of nothing else) is removed.
        how: Ending,
    },
    /// An operation changes its state.
    SetState {
        /// The author's own operation, by the statement that began it.
        operation: DeclarationId,
        /// The version that this is about.
        version: Version,
        /// The state from now on.
        state: OperationState,
    },
    /// A site is still there, as notified.
    Reconfirm {
        /// The author's own site, by the statement that began it.
        site: DeclarationId,
        /// The version that is confirmed.
        version: Version,
    },
    /// The party agrees to this version of a zone.
    Agree {
        /// The zone, by the statement that began it.
        zone: DeclarationId,
        /// The version.
        version: Version,
    },
    /// The party disputes this version of a zone.
    Dispute {
        /// The zone, by the statement that began it.
        zone: DeclarationId,
        /// The version.
        version: Version,
        /// The point that is disputed.
        point: String,
        /// What the party would have it say.
        own_text: String,
    },
    /// The party no longer agrees to a zone.
    WithdrawAgreement {
        /// The zone, by the statement that began it.
        zone: DeclarationId,
        /// The version that it had agreed to.
        version: Version,
        /// Why, in the author's words: at most [`field@crate::Limits::text`] characters.
        reason: String,
    },

    /// The party wants to be told of changes in an area.
    SetInterest {
        /// What it calls this.
        interest: InterestId,
        /// Where and when.
        area: Box<DeclaredVolume>,
        /// Of which kinds.
        kinds: BTreeSet<Kind>,
    },
    /// It no longer does.
    DropInterest {
        /// What the party called it.
        interest: InterestId,
    },

    /// An operator takes a conflict on.
    Own {
        /// A conflict of which its party is a side, or any if it is the host's.
        conflict: ConflictId,
    },
    /// A person of one side has read of a conflict.
    Noticed {
        /// A conflict of which its party is a side.
        conflict: ConflictId,
    },
    /// The sides have spoken with each other.
    Contact {
        /// A conflict of which its party is a side, or any if it is the host's.
        conflict: ConflictId,
        /// By what means.
        means: String,
    },
    /// One side accepts the risk; a conflict is an accepted risk when both have.
    AcceptRisk {
        /// A conflict of which its party is a side.
        conflict: ConflictId,
        /// Why, in the author's words: at most [`field@crate::Limits::text`] characters.
        reason: String,
    },

    /// A message of the channel's vocabulary is sent. It can be complied with until its statement's `valid_until`.
    Send {
        /// A code with its parameters.
        message: Box<Message>,
        /// To whom.
        to: BTreeSet<PartyId>,
        /// Whether it is meant.
        traffic: Traffic,
        /// What its author adds, in their words. It changes nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remark: Option<MessageRemark>,
    },
    /// An addressee answers a message.
    Answer {
        /// The message, by the statement that sent it.
        message: MessageId,
        /// An answer that its code allows.
        answer: Box<Answer>,
    },
    /// A person of the party that sent a message confirms that what an addressee promised is done.
    Confirm {
        /// The message, by the statement that sent it.
        message: MessageId,
        /// The addressee that promised it.
        party: PartyId,
    },
    /// An addressee confirms what has happened to a message at its desk.
    Receive {
        /// The message, by the statement that sent it.
        message: MessageId,
        /// What has happened.
        receipt: Receipt,
        /// Of a read-back: in which language the message was shown to the person who read it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown_in: Option<LanguageTag>,
    },

    /// An operator shelves the sound of one object for a while. Whoever else hears it hears it still, and its clock goes on.
    Shelve {
        /// Of what: something that its party has been told of, and never of what says that somebody is being hit.
        of: ShelfObject,
        /// Until when: after the entry that takes it in, and at most [`crate::LONGEST_SHELF_S`] after it.
        until: Time,
    },

    /// The number that this statement has among its key's is used and says nothing. What the key may have signed
    /// under it before, which somebody may still have, can never be taken in from then on, nor can what was
    /// signed to follow that.
    Void {
        /// The number: this statement's own.
        number: u64,
    },

    /// The watch desk enters what a party said by voice or mail. Never an agreement.
    EnterFor {
        /// Who said it.
        party: PartyId,
        /// By what means, when, and to whom.
        means: String,
        /// What was said.
        said: Box<Say>,
    },
    /// A gateway passes on what a party said, with its evidence.
    Attest {
        /// The evidence: a token, a certificate, a chat line.
        evidence: String,
        /// What was said.
        said: Box<Say>,
    },
}

impl Say {
    /// Whether it may be said by a clock that is so many seconds ahead of the host's, below 0 behind it: a new zone or a new
    /// operation waits for a good one, since what it says of time would be meant otherwise. Nothing else does. What is
    /// entered or attested for a party is said by the clock of whoever signs that.
    ///
    /// # Errors
    /// [`Refusal::ClockApart`].
    pub fn fits_clock(&self, clock_ahead_s: Option<i64>) -> Result<(), Refusal> {
        match (self, clock_ahead_s) {
            (Say::Declare { declared, .. }, Some(ahead_s)) => match declared.kind() {
                Kind::Zone | Kind::Operation => Err(Refusal::ClockApart { ahead_s }),
                Kind::Site | Kind::Movement => Ok(()),
            },
            (Say::EnterFor { said, .. } | Say::Attest { said, .. }, _) => {
                said.fits_clock(clock_ahead_s)
            }
            _ => Ok(()),
        }
    }
}

/// By whose word something stands in the record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Authority {
    /// An operator of the party signed it.
    Signed {},
    /// A gateway of the party attested it.
    Attested {
        /// The evidence.
        evidence: String,
    },
    /// The watch desk entered it.
    EnteredBy {
        /// The watch desk's party.
        party: PartyId,
        /// By what means it was said.
        means: String,
    },
}

impl Authority {
    /// How it was said for the party; `None`: the party signed it itself.
    pub fn passed_on(&self) -> Option<PassedOn> {
        match self {
            Authority::Signed {} => None,
            Authority::Attested { .. } => Some(PassedOn::Attested),
            Authority::EnteredBy { .. } => Some(PassedOn::Entered),
        }
    }
}
