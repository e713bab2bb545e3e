//! Who takes part.

use deconflict_core::{ParticipationState, Party, PartyId, Role};
use deconflict_words::printable;
use serde_json::{Value, json};

use crate::desk_client::{DeskSession, ReadArgs};
use crate::options::{Answer, preferred_language};
use crate::outcome::{Failure, NONE, print, print_json};
use crate::space::member_lines;

/// The desk, if it has read the record: one that has not knows of no party, which is not that there is none.
fn open(look: &ReadArgs) -> Result<DeskSession, Failure> {
    let at = look.open()?;
    if at.view().parties.is_empty() {
        return Err("this desk has not read the record yet: `deconflict desk sync` first"
            .to_owned()
            .into());
    }
    Ok(at)
}

/// Prints every party with where it stands.
pub(super) fn all(look: &ReadArgs) -> Result<u8, Failure> {
    let at = open(look)?;
    let parties = &at.view().parties;
    if look.output == Answer::Json {
        let all: Vec<Value> = parties.iter().map(|(id, party)| of(&at, id, party)).collect();
        return print_json(&json!({ "parties": all })).map(|()| NONE);
    }
    let lang = preferred_language(look.lang.as_deref());
    let reader = at.reader(&lang);
    let host = at.view().host().cloned();
    print(|out| {
        for (id, party) in parties {
            let keeps = if host.as_ref() == Some(id) { ", keeps the record" } else { "" };
            let name = reader.name(&party.member.name);
            writeln!(
                out,
                "{:16} {:9}  {name}{keeps}",
                id.as_str(),
                word(party.participation_state())
            )?;
        }
        Ok(())
    })?;
    Ok(NONE)
}

/// Prints a party, its history and its keys; the desk's own, if none is named.
pub(super) fn one(named: Option<&PartyId>, look: &ReadArgs) -> Result<u8, Failure> {
    let at = open(look)?;
    let id = named.unwrap_or_else(|| at.party());
    let Some(party) = at.view().parties.get(id) else {
        return Err(format!("party `{id}`: none of this name: `deconflict party list`").into());
    };
    if look.output == Answer::Json {
        return print_json(&of(&at, id, party)).map(|()| NONE);
    }
    let lang = preferred_language(look.lang.as_deref());
    let mut lines = member_lines(&party.member, &at.reader(&lang).name(&party.member.name));
    for change in &party.history {
        let reason = match change.reason.as_str() {
            "" => String::new(),
            reason => format!(": {}", printable(reason)),
        };
        let state = word(change.state);
        lines.push(format!("           {state} at {}, entry {}{reason}", change.at, change.entry));
    }
    for (group, disputes) in &party.disputes {
        for (by, text) in disputes {
            lines.push(format!(
                "           {by} disputes that it speaks for {group}: {}",
                printable(text)
            ));
        }
    }
    let keys = at.view().keys.iter().filter(|(_, key)| key.party == *id);
    for (key_id, key) in keys {
        let what = match &key.operator {
            None => "root".to_owned(),
            Some(operator) => {
                format!("{} `{}`, {}", role(operator.role), operator.id, printable(&operator.post))
            }
        };
        let over = key.revoked.map(|entry| format!(", over since entry {entry}"));
        lines.push(format!("key        {}  {what}{}", key_id.short(), over.unwrap_or_default()));
    }
    lines.extend(party.recipients.iter().map(|one| format!("sealed to  {one}")));
    print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))?;
    Ok(NONE)
}

fn of(at: &DeskSession, id: &PartyId, party: &Party) -> Value {
    let keys: Vec<Value> = at
        .view()
        .keys
        .iter()
        .filter(|(_, key)| key.party == *id)
        .map(|(key_id, key)| {
            json!({
                "key": key_id, "public": key.key, "operator": key.operator,
                "enrolled": key.enrolled, "revoked": key.revoked,
            })
        })
        .collect();
    json!({
        "party": id, "state": party.participation_state(), "member": party.member,
        "history": party.history, "disputes": party.disputes, "keys": keys, "recipients": party.recipients,
    })
}

fn word(taking: ParticipationState) -> &'static str {
    match taking {
        ParticipationState::Joined => "joined",
        ParticipationState::Suspended => "suspended",
        ParticipationState::Withdrew => "withdrew",
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Person => "person",
        Role::Machine => "machine",
        Role::Gateway => "gateway",
    }
}
