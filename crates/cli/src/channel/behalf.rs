//! On whose behalf something is said: the watch desk enters what a party told it by voice or mail, and a gateway attests
//! what its own party said elsewhere. Readers always see which, and the party's own key overrides it.

use clap::Args;
use deconflict_core::{
    Actor, ChannelFault, Dialogue, MessageId, ParticipationState, PartyId, PassedOn, Role, Say,
};
use deconflict_record::{Hash, KeyId};
use deconflict_vocabulary::{CodeId, Effect, Message};
use deconflict_words::{Reader, printable, quoted, short};

use super::faults::unsigned;
use crate::desk_client::DeskSession;
use crate::outcome::Failure;

/// By whose word it is said, where the party's own operator does not sign it.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct BehalfArgs {
    /// At the watch desk: enter it for this party, which told it by voice or mail
    #[arg(long = "for", value_name = "PARTY", requires = "means")]
    on_behalf: Option<PartyId>,
    /// By what means the party told it, when and to whom, such as "telephone, 07:10"
    #[arg(long, value_name = "TEXT", requires = "on_behalf")]
    means: Option<String>,
    /// With a gateway's key: the evidence that its party said it, a text or a hash
    #[arg(long, value_name = "EVIDENCE", conflicts_with = "on_behalf")]
    attest: Option<String>,
}

impl BehalfArgs {
    /// Whether somebody else's word is passed on.
    pub(super) fn is_given(&self) -> bool {
        self.on_behalf.is_some() || self.attest.is_some()
    }
}

/// Who says something at a desk, and by whose word.
pub(super) struct Speaker {
    /// For whom it is said.
    pub(super) party: PartyId,
    /// What the key at hand is for; a person's where this desk does not know it.
    role: Role,
    word: Word,
}

/// By whose word it is said.
enum Word {
    /// The operator's own.
    Own,
    /// The party told the watch desk so, by these means.
    Entered(String),
    /// A gateway has this evidence.
    Attested(String),
}

impl Speaker {
    /// Who says something at this desk. Everything that the host would refuse of it and this desk can tell is refused
    /// before it is signed.
    ///
    /// # Errors
    /// When this is not the watch desk or the key no gateway's, or the other party takes no part.
    pub(super) fn of(at: &DeskSession, behalf: &BehalfArgs) -> Result<Speaker, Failure> {
        let known = at.operator_key().ok().and_then(|key| at.view().keys.get(&key));
        let known = known.and_then(|key| key.role());
        let role = known.unwrap_or(Role::Person);
        let own = at.party().clone();
        match (&behalf.on_behalf, &behalf.means, &behalf.attest) {
            (Some(party), Some(means), _) => {
                may_be_entered_for(at, party)?;
                if role != Role::Person {
                    return Err("--for: a person at the watch desk enters what another party said: this key is none's: \
                                nothing was signed"
                        .to_owned()
                        .into());
                }
                let word = Word::Entered(text(at, "--means", means)?);
                Ok(Speaker { party: party.clone(), role, word })
            }
            (_, _, Some(evidence)) => {
                if known.is_some_and(|role| role != Role::Gateway) {
                    return Err("--attest: only a gateway's key attests, and this is none: name it with --key: nothing \
                                was signed"
                        .to_owned()
                        .into());
                }
                let word = Word::Attested(text(at, "--attest", evidence)?);
                Ok(Speaker { party: own, role: Role::Gateway, word })
            }
            _ if role == Role::Gateway => {
                let why = "this key is a gateway's, which says nothing of its own: give --attest with the evidence that its \
                           party said it: nothing was signed";
                Err(why.to_owned().into())
            }
            _ => Ok(Speaker { party: own, role, word: Word::Own }),
        }
    }

    /// Whether the party's own operator signs it.
    pub(super) fn signs_itself(&self) -> bool {
        self.passed_on().is_none()
    }

    /// Whether the watch desk says it for another party.
    pub(super) fn is_entered(&self) -> bool {
        self.passed_on() == Some(PassedOn::Entered)
    }

    /// How it is said for the party; `None`: its own operator signs it.
    pub(super) fn passed_on(&self) -> Option<PassedOn> {
        match self.word {
            Word::Own => None,
            Word::Entered(_) => Some(PassedOn::Entered),
            Word::Attested(_) => Some(PassedOn::Attested),
        }
    }

    /// Who acts, as the channel asks it. Which key signs, the host looks at.
    fn actor(&self) -> Actor<'_> {
        let key = KeyId(Hash([0; 32]));
        Actor { party: &self.party, key, role: self.role, passed_on: self.passed_on() }
    }

    /// The statement by which it is said.
    pub(super) fn says(&self, said: Say) -> Say {
        let (party, said) = (self.party.clone(), Box::new(said));
        match &self.word {
            Word::Own => *said,
            Word::Entered(means) => Say::EnterFor { party, means: means.clone(), said },
            Word::Attested(evidence) => Say::Attest { evidence: evidence.clone(), said },
        }
    }

    /// On whose behalf and by what means, for whoever is about to sign a message or, with `answers`, an answer; none for
    /// an operator's own.
    pub(super) fn lines(&self, reader: &Reader<'_>, answers: bool) -> Vec<String> {
        let party = reader.party(&self.party);
        let (how, who) = match &self.word {
            Word::Own => return Vec::new(),
            Word::Entered(means) => (
                format!(
                    "Entered by the watch desk for {party}, which told it by {}.",
                    quoted(means)
                ),
                format!("{} is told, and its own key overrides it", self.party),
            ),
            Word::Attested(evidence) => (
                format!(
                    "Attested by a gateway for {party}, with the evidence {}.",
                    quoted(evidence)
                ),
                "Its own operator's key overrides it".to_owned(),
            ),
        };
        let overrides = match answers {
            true => "an answer that it signs itself takes this one's place",
            false => "it takes this back or corrects it",
        };
        vec![format!("  {how} All who read it see that."), format!("  {who}: {overrides}.")]
    }

    /// Whether this code can be sent so.
    ///
    /// # Errors
    /// When its party's own operator must sign it, or this kind of key sends it never.
    pub(super) fn may_send(&self, code: CodeId) -> Result<(), Failure> {
        match Dialogue::may_send(code, &self.actor()) {
            Err(ChannelFault::PersonOnly {}) if !self.signs_itself() => Err(format!(
                "{code}: only an operator of {}, a person, signs it: it is never entered or attested: nothing was signed",
                self.party
            )
            .into()),
            done => done.map_err(|fault| unsigned(code.as_str(), fault)),
        }
    }

    /// Whether what a message names, and what it does, can be passed on for the party.
    ///
    /// # Errors
    /// When the party does not know a declaration or a message that it names, as far as this desk sees, or when nobody does
    /// it for another.
    pub(super) fn may_say(
        &self,
        at: &DeskSession,
        message: &Message,
        spoken_of: Option<&Dialogue>,
    ) -> Result<(), Failure> {
        if self.signs_itself() {
            return Ok(());
        }
        let (code, party) = (message.code, &self.party);
        let effect = code.row().effect;
        if matches!(effect, Effect::Cancels | Effect::Corrects | Effect::BreaksPromise) {
            return Err(format!(
                "{code}: nobody takes back, corrects or breaks for {party} what it signed: its own operator signs that: \
                 nothing was signed"
            )
            .into());
        }
        if spoken_of.is_some_and(|dialogue| !dialogue.concerns(party)) {
            return Err(format!(
                "{code}: the message that it speaks of was neither sent by {party} nor to it: nothing was signed"
            )
            .into());
        }
        let hidden = super::references::declarations_of(at.view(), message)
            .find(|declaration| !at.view().sees(party, declaration));
        match hidden {
            Some(hidden) => Err(format!(
                "{code}: {party} may not see {}, which it names: nothing was signed",
                at.reader("").text(hidden.declared.name())
            )
            .into()),
            None => Ok(()),
        }
    }

    /// Whether an answer can be given so now: what the host would refuse would stand in the record, without effect.
    ///
    /// # Errors
    /// When it cannot: the message did not go to the party, the party's own key alone answers it, or it was answered.
    pub(super) fn may_answer(
        &self,
        (id, dialogue): (MessageId, &Dialogue),
        answer: &deconflict_vocabulary::Answer,
        now: deconflict_core::Time,
    ) -> Result<(), Failure> {
        let of = format!("message {}", short(id));
        match dialogue.clone().answer(answer, &self.actor(), now) {
            Err(ChannelFault::PersonOnly {}) if !self.signs_itself() => Err(format!(
                "{of}: only {}'s own operator signs this answer to {}. What is entered or attested answers L and O codes, \
                 and says ROGER to others but P and W: nothing was signed",
                self.party,
                dialogue.code()
            )
            .into()),
            Err(ChannelFault::NotAddressed {}) if !self.signs_itself() => {
                Err(format!("{of}: it did not go to {}: nothing was signed", self.party).into())
            }
            done => done.map_err(|fault| unsigned(&of, fault)),
        }
    }
}

/// Whether this desk enters what that party said.
fn may_be_entered_for(at: &DeskSession, party: &PartyId) -> Result<(), Failure> {
    let (view, own) = (at.view(), at.party());
    if view.host() != Some(own) {
        let host = view.host().map_or("the host", PartyId::as_str);
        return Err(format!(
            "--for {party}: only the watch desk, that of {host}, enters what another party said: nothing was signed"
        )
        .into());
    }
    let all = view.parties.iter().filter(|(other, known)| {
        *other != own && known.participation_state() != ParticipationState::Withdrew
    });
    let all: Vec<&str> = all.map(|(other, _)| other.as_str()).collect();
    match all.contains(&party.as_str()) {
        true => Ok(()),
        false => Err(format!("--for {party}: must be one of {}", all.join(", ")).into()),
    }
}

/// What was typed of means or evidence, without blanks around it.
fn text(at: &DeskSession, option: &str, typed: &str) -> Result<String, Failure> {
    let text = typed.trim();
    if text.is_empty() {
        return Err(format!("{option}: there is nothing in it: nothing was signed").into());
    }
    let charter = at.view().charter.as_ref();
    let most = charter.map(|charter| charter.rules.limits.text).unwrap_or_default();
    if text.chars().count() > most {
        return Err(format!(
            "{option} `{}`: {most} characters are the most: nothing was signed",
            printable(&text.chars().take(40).collect::<String>())
        )
        .into());
    }
    Ok(text.to_owned())
}
