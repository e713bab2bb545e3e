//! Who is on duty, as the parties' handovers say.

use std::collections::BTreeMap;

use deconflict_vocabulary::{Effect, LanguageTag, Traffic, Value};

use super::{time, value};
use crate::ledger::Ledger;
use crate::names::{MessageId, PartyId};
use crate::time::Time;

/// Who holds a post, as a handover says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DutyHandover {
    /// The message that says so.
    pub message: MessageId,
    /// Whose post it is.
    pub party: PartyId,
    /// The post.
    pub post: String,
    /// Who holds it.
    pub name: String,
    /// The languages that are spoken there.
    pub languages: Vec<LanguageTag>,
    /// From when.
    pub from: Time,
}

impl Ledger {
    /// Who is on duty at `now`, and who takes over later, by party and post: of handovers that were meant and not taken
    /// back the last one that is in force, and those that are to come, the next first.
    pub fn on_duty(&self, now: Time) -> BTreeMap<(PartyId, String), Vec<DutyHandover>> {
        let mut posts: BTreeMap<(PartyId, String), Vec<(u64, DutyHandover)>> = BTreeMap::new();
        for (id, dialogue) in &self.dialogues {
            let hands_over = dialogue.code().row().effect == Effect::HandsOver
                && dialogue.traffic == Traffic::Real
                && dialogue.cancelled.is_none();
            let parameters = &dialogue.message.parameters;
            let text = |name| match value(parameters, name) {
                Some(Value::Name(text)) => Some(text.to_string()),
                _ => None,
            };
            let languages = match value(parameters, "languages") {
                Some(Value::Languages(languages)) => languages.clone(),
                _ => Vec::new(),
            };
            let (Some(post), Some(name), Some(entry), true) =
                (text("post"), text("name"), dialogue.entries.first(), hands_over)
            else {
                continue;
            };
            let party = dialogue.sender.clone();
            let from = time(parameters, "from").unwrap_or(dialogue.since);
            let told = DutyHandover {
                message: *id,
                party: party.clone(),
                post: post.clone(),
                name,
                languages,
                from,
            };
            posts.entry((party, post)).or_default().push((*entry, told));
        }
        let in_force = |mut all: Vec<(u64, DutyHandover)>| {
            // What was said last counts of what begins at the same time.
            all.sort_by_key(|(entry, told)| (told.from, *entry));
            let begun = all.partition_point(|(_, told)| told.from <= now);
            let first = begun.saturating_sub(1);
            all.drain(first..).map(|(_, told)| told).collect()
        };
        posts.into_iter().map(|(post, all)| (post, in_force(all))).collect()
    }
}
