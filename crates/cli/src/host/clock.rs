//! The operator's word that a host's clock is right: a file in the host's folder, which whoever may write there alone
//! can leave, and which the host that runs on it takes away.

use std::fs;
use std::path::{Path, PathBuf};

use deconflict_core::Time;
use deconflict_host::system_clock;
use serde::{Deserialize, Serialize};

use super::folder::{Settings, cannot_read};
use crate::ask::confirm;
use crate::input::{MAX_SIGNED_BYTES, within};
use crate::outcome::{Failure, NONE, print, remark};
use crate::output::write_whole;
use crate::text::shown;

const WORD_FILE: &str = "clock-is-right.json";
/// For how many seconds the word is good: after that, and before, the clock was another one.
const GOOD_S: i64 = 3_600;

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockWord {
    v: u32,
    /// What time it was by this machine's clock.
    said: Time,
}

fn file(dir: &Path) -> PathBuf {
    dir.join(WORD_FILE)
}

/// Leaves the word.
pub(super) fn say(dir: &Path, yes: bool) -> Result<u8, Failure> {
    let settings = Settings::read(dir)?;
    let now = system_clock()();
    confirm(
        &[
            format!("This machine's clock says {now}."),
            "If that is right, the host erases what its rules keep no longer, and ends what is over by it: neither can be \
             undone."
                .to_owned(),
        ],
        "Is the clock right?",
        yes,
    )?;
    let mut bytes = serde_json::to_vec_pretty(&ClockWord { v: 1, said: now })
        .map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    write_whole(&file(dir), &bytes)?;
    print(|out| {
        writeln!(
            out,
            "The host of {} that runs on {} is told within a second; one that is started on it, within an hour.",
            deconflict_words::printable(&settings.space),
            shown(dir)
        )
    })?;
    Ok(NONE)
}

/// Looks for the word while the host runs. Nothing that lies in its place ends the host.
#[derive(Default)]
pub(super) struct Word {
    /// The host was too busy to be told.
    waits: bool,
    /// Why there was none, as it was told last.
    trouble: String,
}

impl Word {
    /// Has the host told where a word was left; `tell`: whether it could be.
    pub(super) fn look(&mut self, dir: &Path, now: Time, tell: impl FnOnce() -> bool) {
        match take(dir, now) {
            Ok(taken) => self.waits |= taken,
            Err(error) => {
                let trouble = error.lines.join("; ");
                if trouble != self.trouble {
                    remark(&trouble);
                    self.trouble = trouble;
                }
            }
        }
        if self.waits {
            self.waits = !tell();
        }
    }
}

/// Takes the word, if one was left: whether the clock is said to be right now.
fn take(dir: &Path, now: Time) -> Result<bool, Failure> {
    let file = file(dir);
    if fs::symlink_metadata(&file).is_err() {
        return Ok(false);
    }
    let bytes = within(&file, MAX_SIGNED_BYTES)?;
    fs::remove_file(&file).map_err(|error| cannot_read(&file, &error))?;
    let word: Option<ClockWord> = serde_json::from_slice(&bytes).ok();
    let word = word.filter(|word| word.v == 1);
    if word.is_some_and(|word| now.seconds_since(word.said).unsigned_abs() <= GOOD_S.unsigned_abs())
    {
        return Ok(true);
    }
    remark(&format!(
        "{}: it is no word on the clock as it is now, and was passed over: say it again with `deconflict host \
         clock-is-right`",
        shown(&file)
    ));
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_taken_once_and_only_for_the_clock_that_it_was_said_of() {
        let folder = tempfile::tempdir().unwrap();
        let now = Time::from_seconds(1_795_348_800);
        let leave = |said: Time| {
            fs::write(file(folder.path()), serde_json::to_vec(&ClockWord { v: 1, said }).unwrap())
        };
        assert!(!take(folder.path(), now).unwrap());
        leave(now).unwrap();
        assert!(take(folder.path(), now.after_seconds(GOOD_S)).unwrap());
        assert!(!take(folder.path(), now).unwrap(), "it is gone");
        for other in [GOOD_S + 1, -GOOD_S - 1] {
            leave(now.after_seconds(other)).unwrap();
            assert!(!take(folder.path(), now).unwrap());
        }
        fs::write(file(folder.path()), b"{}").unwrap();
        assert!(!take(folder.path(), now).unwrap());
        assert!(!file(folder.path()).exists());
    }

    #[test]
    fn whatever_lies_in_the_place_of_the_word_ends_no_host_and_a_busy_one_is_told_later() {
        let (folder, mut word) = (tempfile::tempdir().unwrap(), Word::default());
        let now = Time::from_seconds(1_795_348_800);
        fs::create_dir(file(folder.path())).unwrap();
        word.look(folder.path(), now, || panic!("there is no word"));
        assert!(!word.trouble.is_empty());
        fs::remove_dir(file(folder.path())).unwrap();
        let said = serde_json::to_vec(&ClockWord { v: 1, said: now }).unwrap();
        fs::write(file(folder.path()), said).unwrap();
        word.look(folder.path(), now, || false);
        let mut told = 0;
        for _ in 0..2 {
            word.look(folder.path(), now, || {
                told += 1;
                true
            });
        }
        assert_eq!(told, 1);
    }
}
