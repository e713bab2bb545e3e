//! `deconflict inbox confirm`: whoever asked says that what was promised is done.

use clap::Args;
use deconflict_core::{Actor, Dialogue, MessageId, PartyId, Role, Say, Time, UndertakingState};
use deconflict_record::{Hash, KeyId};
use deconflict_words::{dialogue_lines, printable, short};

use super::beside::{Beside, Naming};
use super::faults::unsigned;
use crate::ask::confirm;
use crate::desk_client::SigningArgs;
use crate::options::preferred_language;
use crate::outcome::Failure;

pub(super) const HELP: &str = "\
Example:
  deconflict inbox confirm 4be1c0ff --party south

A promise (WILCO) is met by the message that reports it done, such as W7 for W4, or by this. What was reported stays the
word of whoever promised it until you confirm it. What is confirmed falls due no more, and that cannot be taken back.

Exit status: 0 taken in; 1 refused or not taken, or nothing is left to confirm; 2 failure; 3 the host was caught; 5 kept,
not sent.";

/// Which promise is confirmed.
#[derive(Args, Debug)]
pub(super) struct PromiseArgs {
    /// The message that you sent: its name, or the first digits of it
    id: String,
    /// Who promised it, where several did
    #[arg(long, value_name = "PARTY")]
    party: Option<PartyId>,
    #[command(flatten)]
    signing: SigningArgs,
}

/// Shows what was promised, asks, and signs that it is done.
pub(super) fn run(of: &PromiseArgs) -> Result<u8, Failure> {
    let signing = &of.signing;
    let mut at = signing.open()?;
    let lang = preferred_language(signing.lang.as_deref());
    let beside = Beside::at(&at);
    let id = match beside.named(&of.id)? {
        Naming::Signed(id) if at.view().dialogues.contains_key(&id) => id,
        _ => {
            return Err(format!(
                "`{}`: does not stand in the record: what was promised is confirmed of messages that do",
                printable(&of.id)
            )
            .into());
        }
    };
    let dialogue = beside.dialogue(id)?;
    let party = promiser((id, dialogue), of.party.as_ref())?;
    let key = KeyId(Hash([0; 32]));
    let actor = Actor { party: at.party(), key, role: Role::Person, passed_on: None };
    let done = dialogue.clone().confirm(&party, &actor, Time::from(at.now()));
    done.map_err(|fault| unsigned(&format!("message {}", short(id)), fault))?;
    let mut shown = dialogue_lines(&beside.reader(&at, &lang), id, dialogue);
    shown.extend(beside.lines(&beside.reader(&at, &lang), id));
    shown.extend([
        String::new(),
        format!(
            "About to be said: {} confirms that {party} has done what it promised. That cannot be taken back.",
            at.party()
        ),
    ]);
    let say = Say::Confirm { message: id, party };
    confirm(&shown, "Sign this?", signing.yes)?;
    let filed = at.file(&say, signing.validity.until_of(&say, at.now())?)?;
    filed.print("the confirmation", signing.output).map(|_| filed.status_of_said())
}

/// Whose promise is meant: the party that is named, or the only one that promised something that is not confirmed.
fn promiser(
    (id, dialogue): (MessageId, &Dialogue),
    named: Option<&PartyId>,
) -> Result<PartyId, Failure> {
    let known = |party: &&PartyId| dialogue.exchanges.contains_key(*party);
    if let Some(party) = named {
        return match Some(party).filter(known) {
            Some(party) => Ok(party.clone()),
            None => {
                let all: Vec<&str> = dialogue.exchanges.keys().map(PartyId::as_str).collect();
                Err(format!("--party {party}: must be one of {}", all.join(", ")).into())
            }
        };
    }
    let left = dialogue.exchanges.iter().filter(|(_, exchange)| {
        exchange.undertaking.is_some_and(|promised| {
            promised.state != UndertakingState::Broken && promised.confirmed.is_none()
        })
    });
    let left: Vec<&PartyId> = left.map(|(party, _)| party).collect();
    match left[..] {
        [one] => Ok(one.clone()),
        // What stands in the way is said of any of them.
        [] => dialogue
            .exchanges
            .keys()
            .next()
            .cloned()
            .ok_or_else(|| format!("message {}: it went to nobody", short(id)).into()),
        _ => {
            let left: Vec<&str> = left.iter().map(|party| party.as_str()).collect();
            Err(format!("message {}: give --party with one of {}", short(id), left.join(", "))
                .into())
        }
    }
}
