//! `deconflict inbox --follow`: what is new and what changes, as it comes, and the list with its clocks.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, stdout};
use std::time::{Duration, Instant};

use deconflict_core::{Conflict, ConflictId, DeclarationId, Dialogue, Joint, MessageId, Version};
use deconflict_vocabulary::Term;
use deconflict_words::inbox::{Section, ordered, section, untold};
use deconflict_words::{
    Reader, declaration_json, dialogue_json, dialogue_row, found_row, overlaps, untold_row,
};

use super::alarm::{Alarm, alarms};
use super::beside::Beside;
use super::list::{InboxView, numbered, read_back_lines, sections, table};
use super::overlaps::overlap_json;
use super::receipts::{Display, say_displayed};
use super::typing::Typing;
use crate::desk_client::{Changes, ReadArgs};
use crate::options::{Answer, preferred_language};
use crate::outcome::{Failure, print};

/// How often the clocks are printed anew where nothing changes.
const CLOCKS: Duration = Duration::from_secs(60);

/// Dialogues and overlaps as they were printed last.
struct Printing {
    messages: BTreeMap<MessageId, Joint<Dialogue>>,
    overlaps: BTreeMap<ConflictId, Joint<Conflict>>,
    untold: BTreeMap<DeclarationId, Version>,
}

/// Those that are new, or other than they were.
fn changed<K: Ord + Copy, V: PartialEq>(
    before: Option<&BTreeMap<K, V>>,
    now: &BTreeMap<K, V>,
) -> Vec<K> {
    let was = |id: &K| before.and_then(|before| before.get(id));
    now.iter().filter(|(id, known)| was(id) != Some(known)).map(|(id, _)| *id).collect()
}

/// Prints until it is stopped.
pub(super) fn run(look: &ReadArgs, all: bool, display: Display) -> Result<u8, Failure> {
    let mut at = look.open()?;
    let lang = preferred_language(look.lang.as_deref());
    let (mut seen, mut changes) = (None::<Printing>, Changes::default());
    let (mut printed, mut rung) = (Instant::now(), BTreeSet::new());
    let mut typing = Typing::at_terminal(look.output, &mut changes);
    let mut anew = true;
    loop {
        // Before anything is printed: a number means a row that was on the screen when it was typed.
        if let Some(typing) = &mut typing {
            anew |= typing.go_on(&mut at, &lang)?;
        }
        let listener = at.listener();
        let reader = at.reader(&lang);
        let now_ns = reader.now.0.nanos();
        let places = ordered(at.view(), at.party(), reader.now, all);
        let found = overlaps(at.view(), at.party());
        let missing = untold(at.view(), at.party(), reader.now);
        let now = Printing {
            untold: missing.iter().map(|(id, one)| (*id, one.version)).collect(),
            messages: at.view().dialogues.iter().map(|(id, one)| (*id, one.clone())).collect(),
            overlaps: at.view().conflicts.iter().map(|(id, one)| (*id, one.clone())).collect(),
        };
        let messages = changed(seen.as_ref().map(|seen| &seen.messages), &now.messages);
        let others = changed(seen.as_ref().map(|seen| &seen.overlaps), &now.overlaps);
        let untold = changed(seen.as_ref().map(|seen| &seen.untold), &now.untold);
        let is_changed = !messages.is_empty() || !others.is_empty() || !untold.is_empty();
        let beside = Beside::at(&at);
        let (mut alarms, next) = alarms(at.view(), &places, &listener, reader.now);
        alarms.extend(beside.waiting(&at).into_iter().map(Alarm::Beside));
        let rings = alarms.iter().any(|alarm| !rung.contains(alarm));
        rung = alarms;
        let due = anew || rings || is_changed || printed.elapsed() >= CLOCKS;
        // Whoever answers by number has the list before them: it stands still meanwhile.
        let is_still = typing.as_ref().is_some_and(Typing::is_busy);
        let inbox = InboxView { places: &places, overlaps: &found, untold: &missing, all };
        match look.output {
            Answer::Json => {
                for id in &messages {
                    let one = &now.messages[id];
                    let mut told = dialogue_json(&reader, *id, one);
                    told["section"] =
                        section(at.view(), (*id, one), at.party(), reader.now).word().into();
                    print(|out| writeln!(out, "{told}"))?;
                }
                for id in &others {
                    let told = overlap_json(&reader, *id, &now.overlaps[id]);
                    print(|out| writeln!(out, "{told}"))?;
                }
                for (id, one) in missing.iter().filter(|(id, _)| untold.contains(id)) {
                    let mut told = declaration_json(&reader, *id, one);
                    told["section"] = Section::Untold.word().into();
                    print(|out| writeln!(out, "{told}"))?;
                }
            }
            Answer::Text if due => {
                let news: Vec<String> = match &seen {
                    None => Vec::new(),
                    Some(seen) => {
                        // What is grouped stands in one row alone.
                        let alone = messages.iter().filter(|id| {
                            all || !places.iter().any(|one| one.id == **id && one.grouped)
                        });
                        let messages = alone.map(|id| {
                            let row = dialogue_row(&reader, *id, &now.messages[id]);
                            event(&reader, row, !seen.messages.contains_key(id))
                        });
                        let others = others.iter().map(|id| {
                            let row = found_row(&reader, *id, &now.overlaps[id]);
                            event(&reader, row, !seen.overlaps.contains_key(id))
                        });
                        let untold = missing.iter().filter(|(id, _)| untold.contains(id));
                        let untold = untold
                            .map(|(id, one)| event(&reader, untold_row(&reader, *id, one), true));
                        messages.chain(others).chain(untold).collect()
                    }
                };
                let bell = if rings && stdout().is_terminal() { "\u{7}" } else { "" };
                let sections = sections(&reader, &inbox, beside.sections(&at, &lang, all));
                print(|out| {
                    write!(out, "{bell}")?;
                    news.iter().try_for_each(|line| writeln!(out, "{line}"))?;
                    if is_still {
                        return out.flush();
                    }
                    table(out, &reader, &sections)?;
                    read_back_lines(&listener, &places)
                        .iter()
                        .try_for_each(|line| writeln!(out, "{line}"))?;
                    if typing.is_some() {
                        writeln!(out, "Type the number of a row to answer it here.")?;
                    }
                    writeln!(out)
                })?;
                match &mut typing {
                    Some(typing) if is_still => typing.prompt(&reader)?,
                    Some(typing) => typing.printed(numbered(&sections)),
                    None => {}
                }
            }
            Answer::Text => {}
        }
        if due {
            printed = Instant::now();
        }
        let shown = inbox.shown();
        seen = Some(now);
        if display.is_seen(look.output) && due && !is_still {
            say_displayed(&mut at, &shown);
        }
        anew = false;
        let left = CLOCKS.saturating_sub(printed.elapsed());
        let near = next.map_or(CLOCKS, |next| {
            let ns = next.0.nanos().saturating_sub(now_ns);
            Duration::from_nanos(u64::try_from(ns).unwrap_or(0))
        });
        let left = left.min(near).max(Duration::from_millis(200));
        at = at.after_a_change(&mut changes, left)?;
    }
}

/// What is new or changed of a message or an overlap, by its row, in a line.
fn event(
    reader: &Reader<'_>,
    [id, what, who, urgency, state, _]: [String; 6],
    is_new: bool,
) -> String {
    let word = reader.line(reader.loud(if is_new { Term::New } else { Term::Changed }));
    let flat = |text: String| text.replace('\n', " ");
    format!(
        "{word} {id} {} {}, {}: {}",
        flat(urgency),
        flat(what),
        flat(who),
        state.replace('\n', "; ")
    )
}
