//! What became of something that was filed.

use std::time::Duration;

use deconflict_api::{FilingAnswer, FilingOutcome};
use deconflict_core::{Ledger, Version};
use deconflict_desk::{DeskAccess, DeskError, Fate, SendReport, StatementFate};
use deconflict_record::{Hash, UtcSecond};
use deconflict_words::printable;
use serde::Serialize;

use super::means::Means;
use super::trouble::Trouble;
use super::when::now;
use crate::open_findings::OpenFindings;
use crate::options::{Answer, words};
use crate::outcome::{CONFLICTS, Failure, KEPT, NONE, print};

/// A statement, and what became of it. As JSON: `statement`, `outcome` (`accepted`, `refused`, `not-taken`, `kept` or
/// `queued`) and the members of [`FilingState`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct FilingResult {
    /// What names the statement; a declaration that it began has the same name.
    pub(crate) statement: Hash,
    #[serde(flatten)]
    pub(crate) state: FilingState,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub(crate) enum FilingState {
    /// It takes effect.
    Accepted {
        /// Its entry; `None` where the desk found it in the record already.
        index: Option<u64>,
        /// The conflicts that it raised or changed; `None` where the host did not tell.
        conflicts: Option<Vec<String>>,
        /// The overlays that it opened or changed, likewise.
        overlays: Option<Vec<String>>,
        /// Whether there may be more of them, since not all was compared yet; `None` where the host did not tell.
        comparing: Option<bool>,
        /// By when the host promised that it stands in the record.
        deadline: Option<UtcSecond>,
        /// Whether this desk has seen it there.
        in_record: bool,
    },
    /// It takes no effect.
    Refused {
        /// Its entry.
        index: u64,
        /// Why, and what is missing.
        why: String,
    },
    /// It was not taken, as far as is known here.
    NotTaken {
        /// Why, by the host's word or this desk's.
        why: String,
        /// Whether the host had it: then it can still appear in the record.
        sent: bool,
        /// Until when it would take effect there; `None`: it has no end.
        valid_until: Option<UtcSecond>,
    },
    /// The host keeps it, and it does not stand in the record yet.
    Kept {
        /// For whom the host waits, and how to reach them.
        why: String,
    },
    /// It was not sent yet.
    Queued {
        /// Why not.
        why: String,
    },
}

impl FilingResult {
    /// The command's status: 1 where it was refused, raised conflicts or overlays, or is still being compared.
    pub(crate) fn status(&self) -> u8 {
        match &self.state {
            FilingState::Accepted { conflicts, overlays, comparing, .. }
                if *comparing == Some(true)
                    || conflicts.iter().chain(overlays).flatten().next().is_some() =>
            {
                CONFLICTS
            }
            FilingState::Refused { .. } | FilingState::NotTaken { .. } => CONFLICTS,
            _ => NONE,
        }
    }

    /// The same for what is said on the channel, where a script must know whether it has gone: 5 where it is only kept.
    pub(crate) fn status_of_said(&self) -> u8 {
        match &self.state {
            FilingState::Queued { .. } | FilingState::Kept { .. } => KEPT,
            _ => self.status(),
        }
    }

    /// Prints what became of `what` ("the zone", "the enrolment"), and returns the command's status.
    pub(crate) fn print(&self, what: &str, answer: Answer) -> Result<u8, Failure> {
        match answer {
            Answer::Text => {
                print(|out| self.lines(what).iter().try_for_each(|l| writeln!(out, "{l}")))
            }
            Answer::Json => {
                let json = serde_json::to_string_pretty(self).map_err(|e| e.to_string())?;
                print(|out| writeln!(out, "{json}"))
            }
        }?;
        Ok(self.status())
    }

    pub(crate) fn lines(&self, what: &str) -> Vec<String> {
        let statement = self.statement;
        match &self.state {
            FilingState::Accepted {
                index,
                conflicts,
                overlays,
                comparing,
                deadline,
                in_record,
            } => {
                let place = match index {
                    Some(index) if *in_record => format!("entry {index} of the record"),
                    Some(index) => format!("promised as entry {index}"),
                    None => "in the record".to_owned(),
                };
                let mut lines =
                    vec![format!("Accepted: {what}, {place}. Its name is {statement}.")];
                if let Some(deadline) = deadline.filter(|_| !in_record) {
                    lines.push(format!(
                        "This desk has not seen it in the record yet; the host promised it until \
                         {deadline}."
                    ));
                }
                if conflicts.is_none() {
                    lines.push(
                        "Whether it conflicts the host did not say: `deconflict conflicts` reads it in \
                         the record."
                            .to_owned(),
                    );
                }
                for conflict in conflicts.iter().flatten() {
                    lines.push(format!(
                        "CONFLICT {}: deconflict conflicts show {}",
                        short(conflict),
                        short(conflict)
                    ));
                }
                for overlay in overlays.iter().flatten() {
                    lines.push(format!(
                        "OVERLAY {}: both owners are told: deconflict conflicts show {}",
                        short(overlay),
                        short(overlay)
                    ));
                }
                if *comparing == Some(true) {
                    lines.push(
                        "STILL BEING COMPARED: there may be more conflicts; `deconflict conflicts` says \
                         when all is compared."
                            .to_owned(),
                    );
                }
                lines
            }
            FilingState::Refused { index, why } => {
                vec![
                    format!("REFUSED: {what}: {}.", printable(why)),
                    format!(
                        "It stands in the record with its refusal, entry {index}, and takes no effect."
                    ),
                ]
            }
            FilingState::NotTaken { why, sent: true, valid_until } => vec![
                format!("NOT TAKEN: {what}: {}.", printable(why)),
                format!(
                    "That it was not taken is the host's word, which it did not sign: {statement} can still \
                     appear in the record, {}. `deconflict desk queue` shows it; what this key says next takes \
                     its place.",
                    still_until(*valid_until)
                ),
            ],
            FilingState::NotTaken { why, sent: false, .. } => vec![
                format!("NOT SENT: {what}: {}.", printable(why)),
                format!("`deconflict desk renew {statement}` signs it anew."),
            ],
            FilingState::Kept { why } => vec![
                format!("KEPT BY THE HOST, NOT IN THE RECORD YET: {what}: {}.", printable(why)),
                format!(
                    "The host takes it in by itself then, and promises nothing before. It stays in the desk's queue as \
                     {statement}; `deconflict desk queue` says what becomes of it."
                ),
            ],
            FilingState::Queued { why } => vec![
                format!("NOT SENT YET: {what}: {}.", printable(why)),
                format!(
                    "It is signed and kept in the desk's queue as {statement}; nobody else has it. \
                     `deconflict desk send` sends it, `deconflict desk run` as soon as the line is up."
                ),
            ],
        }
    }
}

/// For how long a statement that a host has can take effect.
pub(crate) fn still_until(valid_until: Option<UtcSecond>) -> String {
    match valid_until {
        Some(until) => format!("and take effect until {until}"),
        None => "and take effect, at any time: it has no end of validity".to_owned(),
    }
}

/// The first digits of a hash: what people compare and type.
pub(crate) fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// What sending made of one statement.
pub(super) fn of(
    access: &DeskAccess,
    statement: Hash,
    sent: Result<SendReport, Trouble>,
) -> Result<FilingResult, Trouble> {
    let sent = match sent {
        Ok(sent) => sent,
        Err(Trouble::Desk(DeskError::Line(error))) => {
            let why = error.to_string();
            return Ok(FilingResult { statement, state: FilingState::Queued { why } });
        }
        Err(error) => return Err(error),
    };
    let anew = |name, (old, anew): &(Hash, Hash)| if *old == name { *anew } else { name };
    let statement = sent.resigned.iter().fold(statement, anew);
    let name = statement.to_string();
    if let Some(filed) = sent.filed.iter().find(|filed| filed.statement == name) {
        return Ok(FilingResult { statement, state: filed_as(filed) });
    }
    if let Some((_, waits)) = sent.kept.iter().find(|(kept, _)| *kept == statement) {
        let why = words().host_waits(&access.view()?.ledger, waits);
        return Ok(FilingResult { statement, state: FilingState::Kept { why } });
    }
    let status = access.status()?;
    let state = match status.queue.iter().find(|item| item.statement == statement) {
        None => match access.what_became(statement)? {
            StatementFate::InRecord { index, refusal: None } => {
                found_taken(index, statement, &access.view()?.ledger)
            }
            fate => not_taken(fate),
        },
        Some(item) => match &item.fate {
            Fate::Refused { detail } => FilingState::NotTaken {
                why: detail.clone(),
                sent: true,
                valid_until: item.valid_until(),
            },
            Fate::TooLate { tried } => FilingState::NotTaken {
                why: "its time was over before it was sent".into(),
                sent: *tried,
                valid_until: item.valid_until(),
            },
            Fate::Waiting { .. } | Fate::Promised { .. } => {
                let key = item.key();
                let held = sent.held_up.iter().find(|(held, _)| Some(*held) == key);
                let waits = sent.awaiting.iter().find(|(one, _)| *one == statement);
                let why = match (waits, held) {
                    (Some((_, message)), _) => {
                        let name = deconflict_words::short(message);
                        format!("message {name} does not stand in the record yet")
                    }
                    (None, Some((_, why))) => why.clone(),
                    (None, None) => "others wait before it".to_owned(),
                };
                FilingState::Queued { why }
            }
        },
    };
    Ok(FilingResult { statement, state })
}

/// A statement that does not wait any more and of which no answer of the host is known: it stood in the record, taken
/// in, when the desk read on. What a version conflicts with is told as the desk has read it there.
fn found_taken(index: u64, statement: Hash, ledger: &Ledger) -> FilingState {
    let mut declared = ledger.declarations.iter();
    let declared = declared.find(|(_, declaration)| declaration.version == Version(statement));
    let open = declared.map(|(id, _)| OpenFindings::of(ledger, *id));
    FilingState::Accepted {
        index: Some(index),
        conflicts: open
            .as_ref()
            .map(|o| o.conflicts.iter().map(|(id, _)| id.to_string()).collect()),
        overlays: open.as_ref().map(|o| o.overlays.iter().map(|(id, _)| id.to_string()).collect()),
        comparing: open.map(|_| ledger.comparing),
        deadline: None,
        in_record: true,
    }
}

/// A statement that does not wait any more and was not taken in: mostly it stood in the record, refused, when the
/// desk read on.
fn not_taken(fate: StatementFate) -> FilingState {
    match fate {
        StatementFate::InRecord { index, refusal: Some(why) } => {
            FilingState::Refused { index, why: words().refusal(&why) }
        }
        _ => FilingState::NotTaken {
            why: "it does not wait at this desk any more, where it may have been dismissed".into(),
            sent: true,
            valid_until: None,
        },
    }
}

pub(super) fn filed_as(filed: &FilingAnswer) -> FilingState {
    match filed.outcome {
        FilingOutcome::Accepted => FilingState::Accepted {
            index: Some(filed.index),
            conflicts: filed.conflicts.clone(),
            overlays: filed.overlays.clone(),
            comparing: filed.comparing,
            deadline: None,
            in_record: false,
        },
        FilingOutcome::Refused => {
            let why = filed.refusal.as_ref().map(|why| words().refusal(why)).unwrap_or_default();
            FilingState::Refused { index: filed.index, why }
        }
    }
}

/// Reads on until the record shows what was promised, for a while. A line that goes down leaves the
/// promise, which the desk keeps and looks after.
pub(super) fn look_for(
    access: &mut DeskAccess,
    means: &mut Means<'_>,
    result: &mut FilingResult,
    patience: Duration,
) -> Result<(), Trouble> {
    let statement = result.statement;
    let (in_record, until, index) = match &mut result.state {
        FilingState::Accepted { in_record, deadline, index, .. } if !*in_record => {
            (in_record, deadline, index.unwrap_or_default())
        }
        _ => return Ok(()),
    };
    let status = access.status()?;
    let item = status.queue.iter().find(|item| item.statement == statement);
    *until = item.and_then(|item| match item.fate {
        Fate::Promised { deadline, .. } => Some(deadline),
        _ => None,
    });
    if access.look_for((statement, index), means, now, patience)? {
        // A host that names some index has not logged it there yet: the desk looks what it was given.
        match access.what_became(statement)? {
            StatementFate::InRecord { refusal: None, .. } => *in_record = true,
            refused @ StatementFate::InRecord { .. } => result.state = not_taken(refused),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use deconflict_core::{DeclarationContent, Operation, Refusal, Sharing};
    use deconflict_testing::{PARTIES, World, charter, circle_in, declare, texts};

    use super::*;

    #[test]
    fn what_waits_no_more_is_called_accepted_only_where_the_record_says_so() {
        let taken = found_taken(7, Hash([1; 32]), &Ledger::default());
        let FilingState::Accepted {
            index: Some(7),
            in_record: true,
            conflicts: None,
            comparing: None,
            ..
        } = taken
        else {
            panic!("{taken:?}");
        };
        let refused =
            not_taken(StatementFate::InRecord { index: 7, refusal: Some(Refusal::RootOnly {}) });
        assert!(matches!(refused, FilingState::Refused { index: 7, .. }), "{refused:?}");
        let dismissed = not_taken(StatementFate::Unknown);
        assert!(matches!(dismissed, FilingState::NotTaken { .. }), "{dismissed:?}");
    }

    #[test]
    fn what_is_found_in_the_record_is_told_with_what_it_conflicts_with_there() {
        let plan = |name: &str| {
            let volumes = vec![circle_in(33.5, 38.6, 2_000.0, (6, 8))];
            let operation = Operation { name: texts(name), volumes, contact: None };
            declare(DeclarationContent::Operation(operation), Sharing::Open)
        };
        let mut world = World::new(charter(&PARTIES));
        let (alone, _) = world.accepted("north", plan("first"));
        let found = |world: &World, version: Version| {
            let state = found_taken(7, version.0, world.view("north"));
            FilingResult { statement: version.0, state }
        };
        assert_eq!(found(&world, alone).status(), NONE);
        let (south, _) = world.accepted("south", plan("second"));
        let told = found(&world, south);
        assert_eq!(told.status(), CONFLICTS);
        let lines = told.lines("the operation").join("\n");
        assert!(lines.contains("CONFLICT "), "{lines}");
    }

    #[test]
    fn what_a_host_says_that_it_did_not_take_is_not_said_to_be_nowhere() {
        let of = |sent, until: Option<u64>| {
            let valid_until = until.and_then(UtcSecond::new);
            let state = FilingState::NotTaken { why: "too many".into(), sent, valid_until };
            let result = FilingResult { statement: Hash([7; 32]), state };
            assert_eq!(result.status(), CONFLICTS);
            result.lines("the zone").join("\n")
        };
        let told = of(true, Some(1_795_348_800));
        assert!(told.starts_with("NOT TAKEN: the zone: too many."), "{told}");
        assert!(told.contains("and take effect until 2026-11-22T12:00:00Z"), "{told}");
        let told = of(true, None);
        assert!(told.contains("at any time: it has no end of validity"), "{told}");
        for told in [of(true, None), of(false, None)] {
            assert!(!told.contains("not in the record"), "{told}");
        }
        assert!(of(false, None).contains("deconflict desk renew 0707"));
    }
}
