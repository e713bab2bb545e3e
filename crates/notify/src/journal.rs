//! Where attempts are kept: a file in the desk's folder, a line for each beginning and each end, and what follows from it.
//!
//! Each line has the CRC-32 of the rest of it before it. One that was cut off or damaged is left out and counted: that
//! nobody can read what was told must not keep anybody from being told.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use deconflict_core::{MessageId, Time};
use serde::{Deserialize, Serialize};

use crate::history::{Attempt, AttemptOutcome, NoticeHistory};
use crate::waiting::MOST_LATE_S;

const FILE: &str = "notices.log";
/// For how long attempts are kept, seconds: longer than anything is told late.
const KEPT_S: i64 = 4 * MOST_LATE_S;
/// The longest line, bytes: a notice tells of no more messages than a party's desk holds open.
const MOST_LINE_BYTES: u64 = 4 * 1024 * 1024;

/// Why attempts cannot be read or kept.
#[derive(Debug)]
pub struct JournalError {
    path: PathBuf,
    what: String,
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display().to_string().escape_debug(), self.what)
    }
}

impl std::error::Error for JournalError {}

/// What stands in a line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    Begun(Attempt),
    Ended { number: u64, ended: Time, outcome: AttemptOutcome },
}

/// What a desk has attempted, as it stands in its folder.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct NoticeRecords {
    /// Each attempt, the first one first.
    pub attempts: Vec<Attempt>,
    /// How many lines could not be read: what they told is not known.
    pub unread: usize,
}

impl NoticeRecords {
    /// Reads them, also while a desk that runs writes on.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn read(desk: &Path) -> Result<NoticeRecords, JournalError> {
        let path = desk.join(FILE);
        let fail = |error: io::Error| JournalError {
            path: path.clone(),
            what: format!("cannot be read: {error}"),
        };
        match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(NoticeRecords::default()),
            Err(error) => Err(fail(error)),
            // What is no file, as a device is, may have no end.
            Ok(file) => match file.metadata().map_err(fail)?.is_file() {
                true => of_lines(BufReader::new(file)).map_err(fail),
                false => Err(fail(io::Error::other("it is no file: take it away"))),
            },
        }
    }
}

fn of_lines(mut from: impl BufRead) -> io::Result<NoticeRecords> {
    let mut attempts: BTreeMap<u64, Attempt> = BTreeMap::new();
    let mut unread = 0;
    loop {
        let mut line = Vec::new();
        if from.by_ref().take(MOST_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        match parse(&line) {
            Some(Line::Begun(attempt)) => {
                attempts.insert(attempt.number, attempt);
            }
            Some(Line::Ended { number, ended, outcome }) => {
                if let Some(attempt) = attempts.get_mut(&number) {
                    (attempt.ended, attempt.outcome) = (Some(ended), Some(outcome));
                }
            }
            None => unread += 1,
        }
    }
    Ok(NoticeRecords { attempts: attempts.into_values().collect(), unread })
}

fn parse(line: &[u8]) -> Option<Line> {
    let text = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (sum, json) = text.split_once(' ')?;
    let holds = u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(json.as_bytes());
    holds.then(|| serde_json::from_str(json).ok()).flatten()
}

fn spelt(line: &Line) -> io::Result<Vec<u8>> {
    let json = serde_json::to_string(line)?;
    Ok(format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes())).into_bytes())
}

/// The file in which a desk that runs keeps its attempts. There is one writer: whoever has the desk open.
#[derive(Debug)]
pub struct NoticeJournal {
    path: PathBuf,
    file: File,
    /// How many bytes of it are whole lines.
    length: u64,
    next: u64,
    history: NoticeHistory,
    unread: usize,
}

impl NoticeJournal {
    /// Opens a desk's, or begins one. What is too old to matter goes.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(desk: &Path, now: Time) -> Result<NoticeJournal, JournalError> {
        let records = NoticeRecords::read(desk)?;
        let path = desk.join(FILE);
        let fail = |error: io::Error| JournalError {
            path: path.clone(),
            what: format!("cannot be written: {error}"),
        };
        let next = records.attempts.last().map_or(1, |last| last.number + 1);
        let kept_since = kept_since(&records.attempts, now);
        let kept = records.attempts.iter().filter(|attempt| attempt.begun >= kept_since);
        let mut history = NoticeHistory::default();
        kept.clone().for_each(|attempt| history.record(attempt));
        // Written anew beside it and put in its place. Where the disk has no room for that, it is gone on with as it is.
        let (file, length) = match write_anew(&path, kept) {
            Ok(written) => written,
            Err(_) => as_it_is(&path).map_err(fail)?,
        };
        Ok(NoticeJournal { path, file, length, next, history, unread: records.unread })
    }

    /// What was told so far.
    pub fn history(&self) -> &NoticeHistory {
        &self.history
    }

    /// How many lines could not be read when it was opened.
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// Keeps that an attempt begins, under the next number, which it returns. It counts also where the disk fails.
    ///
    /// # Errors
    /// When it cannot be written: then a restart does not know of it.
    pub(crate) fn begin(&mut self, attempt: &mut Attempt) -> Result<(), JournalError> {
        attempt.number = self.next;
        self.next += 1;
        self.history.record(attempt);
        self.append(&Line::Begun(attempt.clone()))
    }

    /// Keeps what came of it.
    ///
    /// # Errors
    /// As [`NoticeJournal::begin`].
    pub(crate) fn end(&mut self, attempt: &Attempt) -> Result<(), JournalError> {
        self.history.record(attempt);
        let (number, ended) = (attempt.number, attempt.ended.unwrap_or(attempt.begun));
        match &attempt.outcome {
            Some(outcome) => self.append(&Line::Ended { number, ended, outcome: outcome.clone() }),
            None => Ok(()),
        }
    }

    /// Takes away what is too old to matter and tells of nothing that waits still, while the desk runs.
    ///
    /// # Errors
    /// When it cannot be read or written: then it goes on as it is.
    pub(crate) fn prune(
        &mut self,
        now: Time,
        waits: &dyn Fn(&MessageId) -> bool,
    ) -> Result<(), JournalError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let records = NoticeRecords::read(folder)?;
        let since = kept_since(&records.attempts, now);
        let is_kept = |attempt: &&Attempt| {
            attempt.begun >= since || attempt.occasions.iter().any(|one| waits(&one.message))
        };
        self.history.forget(since, waits);
        if records.attempts.iter().all(|attempt| is_kept(&attempt)) {
            return Ok(());
        }
        let written = write_anew(&self.path, records.attempts.iter().filter(is_kept));
        // Where the disk has no room for that, the file that is there is gone on with.
        let opened = written.or_else(|_| as_it_is(&self.path));
        (self.file, self.length) = opened.map_err(|error| JournalError {
            path: self.path.clone(),
            what: format!("cannot be written: {error}"),
        })?;
        Ok(())
    }

    fn append(&mut self, line: &Line) -> Result<(), JournalError> {
        let done = spelt(line).and_then(|bytes| {
            // What a failed write left behind is cut off.
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            self.file.write_all(&bytes)?;
            self.file.sync_data()?;
            Ok(bytes.len() as u64)
        });
        match done {
            Ok(written) => {
                self.length += written;
                Ok(())
            }
            Err(error) => {
                let what = format!("cannot be written: {error}: a restart may tell the same again");
                Err(JournalError { path: self.path.clone(), what })
            }
        }
    }
}

/// Since when attempts are kept: counted from the newest where that is longer ago than now, so that a clock that jumped
/// ahead does not take away what was told.
fn kept_since(attempts: &[Attempt], now: Time) -> Time {
    let newest = attempts.iter().map(|attempt| attempt.begun).max();
    newest.map_or(now, |newest| newest.min(now)).after_seconds(-KEPT_S)
}

/// The file that is there, and how many bytes of it are whole lines.
fn as_it_is(path: &Path) -> io::Result<(File, u64)> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut all = Vec::new();
    file.read_to_end(&mut all)?;
    let whole = all.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    Ok((file, whole as u64))
}

fn write_anew<'a>(
    path: &Path,
    attempts: impl Iterator<Item = &'a Attempt>,
) -> io::Result<(File, u64)> {
    let beside = path.with_extension("part");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let mut all = Vec::new();
    for attempt in attempts {
        let begun = Attempt { ended: None, outcome: None, ..attempt.clone() };
        all.extend(spelt(&Line::Begun(begun))?);
        if let (Some(ended), Some(outcome)) = (attempt.ended, attempt.outcome.clone()) {
            all.extend(spelt(&Line::Ended { number: attempt.number, ended, outcome })?);
        }
    }
    file.write_all(&all)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    if let Some(folder) = path.parent().filter(|_| cfg!(unix)) {
        File::open(folder)?.sync_all()?;
    }
    Ok((file, all.len() as u64))
}

#[cfg(test)]
mod tests {
    use deconflict_vocabulary::{Precedence, Traffic};

    use super::*;
    use crate::history::CarrierKind;
    use crate::waiting::{NoticeStage, Occasion};

    #[test]
    fn what_is_old_goes_while_the_desk_runs_unless_it_waits_still() {
        let folder = tempfile::tempdir().unwrap();
        let now: Time = "2026-07-03T09:00:00Z".parse().unwrap();
        let mut journal = NoticeJournal::open(folder.path(), now).unwrap();
        let message = |nth: u8| -> MessageId {
            serde_json::from_str(&format!("\"{}\"", format!("{nth:02x}").repeat(32))).unwrap()
        };
        let begin = |journal: &mut NoticeJournal, nth: u8, days: i64| {
            let at = now.after_seconds(days * 86_400);
            let stage = NoticeStage::First;
            let mut attempt = Attempt {
                number: 0,
                notice: "n".into(),
                path: "sms".into(),
                carrier: CarrierKind::Command,
                traffic: Traffic::Real,
                precedence: Precedence::Flash,
                is_incident: false,
                occasions: vec![Occasion { message: message(nth), since: at, at, stage }],
                senders: Default::default(),
                nth: 1,
                begun: at,
                ended: Some(at),
                outcome: Some(AttemptOutcome::Taken { said: String::new() }),
            };
            journal.begin(&mut attempt).unwrap();
            journal.end(&attempt).unwrap();
            attempt
        };
        let all = [(1, 0), (2, 0), (3, 30)].map(|(nth, days)| begin(&mut journal, nth, days));
        let waits = |one: &MessageId| *one == message(2);
        journal.prune(now.after_seconds(31 * 86_400), &waits).unwrap();
        let last = begin(&mut journal, 4, 31);
        let kept = NoticeRecords::read(folder.path()).unwrap();
        assert_eq!(kept.attempts, [all[1].clone(), all[2].clone(), last.clone()]);
        let told = journal.history().of("sms");
        let told: Vec<bool> =
            all.iter().chain([&last]).map(|one| told.is_told(&one.occasions[0])).collect();
        assert_eq!((told, kept.unread), (vec![false, true, true, true], 0));
    }

    #[test]
    fn an_attempt_that_cannot_be_written_counts_all_the_same_and_a_disk_with_room_again_keeps_the_next()
     {
        let folder = tempfile::tempdir().unwrap();
        let now: Time = "2026-07-03T09:00:00Z".parse().unwrap();
        let message: MessageId = serde_json::from_str(&format!("\"{}\"", "1f".repeat(32))).unwrap();
        let mut attempt = Attempt {
            number: 0,
            notice: "n".into(),
            path: "sms".into(),
            carrier: CarrierKind::Command,
            traffic: Traffic::Real,
            precedence: Precedence::Flash,
            is_incident: false,
            occasions: vec![Occasion { message, since: now, at: now, stage: NoticeStage::First }],
            senders: Default::default(),
            nth: 1,
            begun: now,
            ended: Some(now),
            outcome: Some(AttemptOutcome::Taken { said: String::new() }),
        };
        let mut journal = NoticeJournal::open(folder.path(), now).unwrap();
        let works = std::mem::replace(&mut journal.file, File::open(&journal.path).unwrap());
        let why = journal.begin(&mut attempt).unwrap_err().to_string();
        assert!(
            why.contains("notices.log: cannot be written") && why.contains("tell the same again"),
            "{why}"
        );
        assert!(journal.history().of("sms").is_told(&attempt.occasions[0]));
        journal.file = works;
        journal.begin(&mut attempt).unwrap();
        journal.end(&attempt).unwrap();
        let records = NoticeRecords::read(folder.path()).unwrap();
        assert_eq!((records.attempts, records.unread), (vec![attempt], 0));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_read_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join(FILE)).unwrap();
        let why = NoticeRecords::read(folder.path()).unwrap_err().to_string();
        assert!(why.contains("it is no file"), "{why}");
    }
}
