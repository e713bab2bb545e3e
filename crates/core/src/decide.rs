//! What a statement leads to.

mod channel;
mod conflicts;
mod declarations;
mod governance;
mod limits;
mod notices;
mod permission;
mod shelves;

use std::fmt;

use deconflict_record::{Hash, KeyId};
use limits::within_limits;
use permission::is_nested;

use crate::channel::PassedOn;
use crate::charter::Limits;
use crate::entry::{Entry, Finding, What};
use crate::finder::Placement;
use crate::ledger::Key;
use crate::names::PartyId;
use crate::refusal::Refusal;
use crate::say::{Say, Statement};
use crate::state::State;
use crate::time::Time;

/// What was decided about a statement.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What it leads to.
    pub outcome: Outcome,
    /// Where the version that it declares lies, for [`State::apply_decided`] to find no second time.
    pub placement: Option<Placement>,
}

/// What a statement leads to.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// Entries, the statement's own first: accepted, or refused with the reason.
    Entries(Vec<Entry>),
    /// Nothing is logged: it is not the next statement of an enrolled key.
    Unfit(Unfit),
}

/// Why a statement is not logged at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unfit {
    /// The key is not enrolled for this party, or was revoked.
    Key(KeyId),
    /// It is not the next statement of its key.
    Sequence {
        /// The number that is next.
        next: u64,
        /// The hash of the statement before it.
        prev: Option<Hash>,
    },
    /// What it passes on for another is itself passed on.
    Nested,
    /// The space has not begun, and this does not begin it.
    NotFounded,
}

/// Who says something, and for whom.
struct Author<'a> {
    /// For whom.
    party: &'a PartyId,
    /// With which key.
    key: &'a Key,
    /// How it is said for the party; `None`: the party signs it itself.
    passed_on: Option<PassedOn>,
    /// The party whose key signs it, on which falls what it takes of limits and budgets.
    bearer: &'a PartyId,
}

impl Author<'_> {
    /// Whether the party signs it itself.
    fn signs(&self) -> bool {
        self.passed_on.is_none()
    }
}

/// The findings that follow an accepted statement.
type Verdict = Result<Vec<Finding>, Refusal>;

/// What follows an accepted statement.
#[derive(Default)]
struct Following {
    findings: Vec<Finding>,
    /// Where the version lies that it declares, or shares anew.
    placement: Option<Placement>,
}

/// What follows a statement, or why it is refused.
type Judgement = Result<Following, Refusal>;

impl State {
    /// What a statement leads to, taken in at `now`. Its signatures have been verified, and it was
    /// said in this space.
    pub fn decide(&self, statement: &Statement, now: Time) -> Decision {
        let mut placement = None;
        let outcome = self.outcome(statement, &mut placement, now);
        Decision { outcome, placement }
    }

    fn outcome(
        &self,
        statement: &Statement,
        placement: &mut Option<Placement>,
        now: Time,
    ) -> Outcome {
        if self.ledger().charter.is_none() {
            return self.begin(statement, now);
        }
        let key = match self.fit(statement) {
            Ok(key) => key,
            Err(unfit) => return Outcome::Unfit(unfit),
        };
        if is_nested(&statement.say) {
            return Outcome::Unfit(Unfit::Nested);
        }
        match self.judge(statement, key, now) {
            Ok(following) => {
                *placement = following.placement;
                accepted(statement, following.findings, now)
            }
            Err(refusal) => Outcome::Entries(vec![Entry {
                at: now,
                what: What::Refused(Box::new(statement.clone()), refusal),
            }]),
        }
    }

    fn begin(&self, statement: &Statement, now: Time) -> Outcome {
        match &statement.say {
            Say::FoundSpace { charter } if statement.seq == 1 && statement.prev.is_none() => {
                match self.found_space(statement, charter) {
                    Ok(findings) => accepted(statement, findings, now),
                    // Before the beginning there is no record that a refusal could stand in.
                    Err(_) => Outcome::Unfit(Unfit::NotFounded),
                }
            }
            _ => Outcome::Unfit(Unfit::NotFounded),
        }
    }

    /// The author's key, if the statement is its next one.
    fn fit(&self, statement: &Statement) -> Result<&Key, Unfit> {
        let enrolled = self.ledger().keys.get(&statement.key);
        let key = match enrolled {
            Some(key) if key.revoked.is_none() && key.party == statement.party => key,
            _ => return Err(Unfit::Key(statement.key)),
        };
        if statement.seq != key.seq + 1 || statement.prev != key.last {
            return Err(Unfit::Sequence { next: key.seq + 1, prev: key.last });
        }
        Ok(key)
    }

    fn judge(&self, statement: &Statement, key: &Key, now: Time) -> Judgement {
        if let Some(valid_until) = statement.valid_until.filter(|until| *until < now) {
            return Err(Refusal::Late { valid_until });
        }
        let bearer = &statement.party;
        let author = Author { party: bearer, key, passed_on: None, bearer };
        self.judge_say(statement, &author, &statement.say, now)
    }

    fn judge_say(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        say: &Say,
        now: Time,
    ) -> Judgement {
        self.may_say(author, say)?;
        within_limits(&self.limits(), say)?;
        let findings = match say {
            Say::EnterFor { party, said, .. } => {
                self.knows_party(party)?;
                let author = Author { party, passed_on: Some(PassedOn::Entered), ..*author };
                return self.judge_say(statement, &author, said, now);
            }
            Say::Attest { said, .. } => {
                let author = Author { passed_on: Some(PassedOn::Attested), ..*author };
                return self.judge_say(statement, &author, said, now);
            }
            // It was refused for its stage.
            Say::FoundSpace { .. } => Err(Refusal::AlreadyFounded {}),
            Say::AmendCharter { charter } => self.amend_charter(statement, charter),
            Say::MoveHost { host, from } => self.move_host(statement, host, *from),
            Say::Join { member } => self.join(statement, member),
            Say::Suspend { .. } => self.suspend(author),
            Say::Resume {} => self.resume(author),
            Say::Withdraw { .. } => self.withdraw(author),
            Say::Enrol { operator_key, .. } => self.enrol(statement, author, operator_key),
            Say::Revoke { operator_key, .. } => self.revoke(author, operator_key),
            Say::RotateRoot { root, .. } => self.rotate_root(statement, author, root),
            Say::ReplaceSuccessor { .. } => self.replace_successor(statement),
            Say::SetRecipients { .. } => Ok(Vec::new()),
            Say::SpeakFor { group } => self.speak_for(author, group),
            Say::StopSpeakingFor { group } => self.stop_speaking_for(author, group),
            Say::DisputeSpeaking { party, group, .. } => self.dispute_speaking(party, group),
            Say::Declare { declared, sharing, knows } => {
                say.fits_clock(statement.clock_ahead_s)?;
                return self.declare(statement, author, declared, sharing, knows, now);
            }
            Say::Amend { declaration, from, declared, sharing, knows } => {
                let filed = (*declaration, *from);
                return self.amend(statement, author, filed, declared, sharing, knows, now);
            }
            Say::Share { declaration, sharing } => {
                return self.share(author, *declaration, sharing, now);
            }
            Say::End { declaration, how } => self.end(author, *declaration, *how, now),
            Say::SetState { operation, version, state } => {
                self.set_state(author, *operation, *version, *state, now)
            }
            Say::Reconfirm { site, version } => self.reconfirm(author, *site, *version),
            Say::Agree { zone, version } | Say::Dispute { zone, version, .. } => {
                self.stand(author, *zone, *version)
            }
            Say::WithdrawAgreement { zone, version, .. } => self.unsign(author, *zone, *version),
            Say::SetInterest { interest, area, .. } => self.set_interest(author, interest, area),
            Say::DropInterest { interest } => self.drop_interest(author, interest),
            Say::Own { conflict } | Say::Contact { conflict, .. } => self.as_told(author, conflict),
            Say::Noticed { conflict } | Say::AcceptRisk { conflict, .. } => {
                self.as_side(author, conflict)
            }
            Say::Send { message, to, traffic, remark } => {
                let sent = (&**message, to, *traffic, remark.as_ref());
                self.send(statement, author, sent, now)
            }
            Say::Answer { message, answer } => {
                self.answer(statement, author, *message, answer, now)
            }
            Say::Confirm { message, party } => {
                self.confirm(statement, author, *message, party, now)
            }
            Say::Receive { message, receipt, shown_in } => {
                self.receive(statement, author, *message, (*receipt, shown_in.as_ref()), now)
            }
            Say::Shelve { of, until } => self.shelve(statement, author, *of, *until, now),
            Say::Void { number } if *number == statement.seq => Ok(Vec::new()),
            Say::Void { .. } => Err(Refusal::OtherNumber { number: statement.seq }),
        };
        Ok(Following { findings: findings?, placement: None })
    }

    /// The space's upper bounds.
    fn limits(&self) -> Limits {
        self.ledger().charter.as_ref().map(|charter| charter.rules.limits).unwrap_or_default()
    }
}

fn accepted(statement: &Statement, findings: Vec<Finding>, now: Time) -> Outcome {
    let said = What::Accepted(Box::new(statement.clone()));
    let found = findings.into_iter().map(What::Found);
    Outcome::Entries(
        std::iter::once(said).chain(found).map(|what| Entry { at: now, what }).collect(),
    )
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Key(key) => write!(
                f,
                "key {} is not enrolled for this party, or was revoked: ask the holder of the root \
                 key",
                key.short()
            ),
            Unfit::Sequence { next, .. } => {
                write!(
                    f,
                    "it is not the key's next statement, which is number {next}: sign it anew"
                )
            }
            Unfit::Nested => write!(
                f,
                "what it enters or attests for another is itself entered or attested: say it once"
            ),
            Unfit::NotFounded => write!(
                f,
                "the space has not begun: it begins with a charter that every founding party's \
                 root signed"
            ),
        }
    }
}

impl std::error::Error for Unfit {}
