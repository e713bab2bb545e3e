//! `deconflict inbox --follow`: what is new and what changes, as it comes, and the list with its clocks.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, stdout};
use std::time::{Duration, Instant};

use deconflict_core::{Dialogue, Joint, MessageId};
use deconflict_words::{Reader, dialogue_json, dialogue_row};

use super::alarm::{Alarm, alarms};
use super::beside::Beside;
use super::list::{read_back_lines, table};
use super::order::{ordered, section};
use super::receipts::{Display, say_displayed};
use crate::desk_client::{Changes, ReadArgs};
use crate::options::{Answer, preferred_language};
use crate::outcome::{Failure, print};

/// How often the clocks are printed anew where nothing changes.
const CLOCKS: Duration = Duration::from_secs(60);

/// Dialogues as they were printed last.
type Printing = BTreeMap<MessageId, Joint<Dialogue>>;

/// Prints until it is stopped.
pub(super) fn run(look: &ReadArgs, all: bool, display: Display) -> Result<u8, Failure> {
    let mut at = look.open()?;
    let lang = preferred_language(look.lang.as_deref());
    let (mut seen, mut changes) = (None::<Printing>, Changes::default());
    let (mut printed, mut rung) = (Instant::now(), BTreeSet::new());
    loop {
        let listener = at.listener();
        let reader = at.reader(&lang);
        let now_ns = reader.now.0.nanos();
        let places = ordered(at.view(), at.party(), reader.now, all);
        let now: Printing =
            at.view().dialogues.iter().map(|(id, known)| (*id, known.clone())).collect();
        let changed: Vec<MessageId> = match &seen {
            None => now.keys().copied().collect(),
            Some(seen) => {
                let is_other = |(id, known): &(&MessageId, &Joint<Dialogue>)| {
                    seen.get(id).is_none_or(|before| before != *known)
                };
                now.iter().filter(is_other).map(|(id, _)| *id).collect()
            }
        };
        let beside = Beside::at(&at);
        let (mut alarms, next) = alarms(at.view(), &places, &listener, reader.now);
        alarms.extend(beside.waiting(&at).into_iter().map(Alarm::Beside));
        let rings = alarms.iter().any(|alarm| !rung.contains(alarm));
        rung = alarms;
        let first = seen.is_none();
        let due = first || rings || !changed.is_empty() || printed.elapsed() >= CLOCKS;
        match look.output {
            Answer::Json => {
                for id in &changed {
                    let mut told = dialogue_json(&reader, *id, &now[id]);
                    told["section"] =
                        section(at.view(), (*id, &now[id]), at.party(), reader.now).word().into();
                    print(|out| writeln!(out, "{told}"))?;
                }
            }
            Answer::Text if due => {
                let news: Vec<String> = match &seen {
                    None => Vec::new(),
                    Some(seen) => changed
                        .iter()
                        .map(|id| event(&reader, *id, &now[id], !seen.contains_key(id)))
                        .collect(),
                };
                let bell = if rings && stdout().is_terminal() { "\u{7}" } else { "" };
                let beside = beside.sections(&at, &lang, all);
                print(|out| {
                    write!(out, "{bell}")?;
                    news.iter().try_for_each(|line| writeln!(out, "{line}"))?;
                    table(out, &reader, &places, &beside)?;
                    read_back_lines(&listener, &places)
                        .iter()
                        .try_for_each(|line| writeln!(out, "{line}"))?;
                    writeln!(out)
                })?;
            }
            Answer::Text => {}
        }
        if due {
            printed = Instant::now();
        }
        let shown: Vec<MessageId> = places.iter().map(|place| place.id).collect();
        seen = Some(now);
        if display.is_seen(look.output) && due {
            say_displayed(&mut at, &shown);
        }
        let left = CLOCKS.saturating_sub(printed.elapsed());
        let near = next.map_or(CLOCKS, |next| {
            let ns = next.0.nanos().saturating_sub(now_ns);
            Duration::from_nanos(u64::try_from(ns).unwrap_or(0))
        });
        let left = left.min(near).max(Duration::from_millis(200));
        at = at.after_a_change(&mut changes, left)?;
    }
}

/// What is new or changed of a message, in a line.
fn event(reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue, is_new: bool) -> String {
    let [id, what, who, urgency, state, _] = dialogue_row(reader, id, dialogue);
    let word = if is_new { "NEW" } else { "CHANGED" };
    let flat = |text: String| text.replace('\n', " ");
    format!("{word} {id} {} {what}, {}: {}", flat(urgency), flat(who), state.replace('\n', "; "))
}
