//! A notice by a program that is run, such as one that hands text messages to a gateway. No shell is between.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use deconflict_vocabulary::{Precedence, Traffic};
use serde::Deserialize;

use crate::notice::NoticeText;
use crate::ownership::changed_by_others;
use crate::secret::{Secret, SecretPlace};
use crate::waiting::NoticeStage;

/// The most arguments, and the most bytes of one.
const MOST_ARGUMENTS: usize = 64;
const MOST_ARGUMENT_BYTES: usize = 4 * 1024;
/// How much of what a program prints is kept, bytes.
const MOST_PRINTED: usize = 4 * 1024;
/// How often it is looked whether a program has ended.
const LOOK: Duration = Duration::from_millis(20);
/// How long what it printed is waited for after its end: a child of it may hold its output open.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Where programs that a program names without their folders are looked for.
const SEARCH_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A program, as the settings have it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandForm {
    run: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, SecretPlace>,
}

/// A program that takes notices: the text on its standard input, and in a few variables.
#[derive(Debug)]
pub(crate) struct CommandPath {
    program: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, Secret>,
    timeout: Duration,
}

impl CommandPath {
    /// # Errors
    /// In words: what is wrong, and what to do.
    pub(crate) fn new(
        form: &CommandForm,
        folder: &Path,
        timeout: Duration,
    ) -> Result<CommandPath, String> {
        let Some((program, arguments)) = form.run.split_first() else {
            return Err("run: is empty: give the program and its arguments".into());
        };
        if arguments.len() > MOST_ARGUMENTS
            || form.run.iter().any(|one| one.len() > MOST_ARGUMENT_BYTES || one.contains('\0'))
        {
            return Err(format!(
                "run: at most {MOST_ARGUMENTS} arguments of at most {MOST_ARGUMENT_BYTES} bytes"
            ));
        }
        let program = folder.join(program);
        is_program(&program)?;
        let environment = form.environment.iter().map(|(name, place)| {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(is_name) || name.starts_with("DECONFLICT_") {
                // Not which: it may hold a value with its name.
                return Err("environment: each name must be letters, digits and `_`, and not begin with DECONFLICT_"
                    .to_owned());
            }
            let secret = place.read(folder);
            Ok((name.clone(), secret.map_err(|why| format!("environment: {name}: {why}"))?))
        });
        let environment = environment.collect::<Result<_, String>>()?;
        Ok(CommandPath { program, arguments: arguments.to_vec(), environment, timeout })
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.environment.values()
    }

    /// Runs it to its end, or kills it and its children when its time is over or the desk is to end.
    pub(crate) fn run(
        &self,
        notice: &NoticeText,
        is_to_end: &dyn Fn() -> bool,
    ) -> Result<String, String> {
        let begun = Instant::now();
        let mut child = self.command(notice).spawn().map_err(|error| {
            format!("{}: cannot be run: {error}", self.program.display().to_string().escape_debug())
        })?;
        if let Some(mut stdin) = child.stdin.take() {
            // Less than a pipe holds, so that this never waits. Whoever does not read it has its variables.
            let _ = stdin.write_all(format!("{}\n", notice.text).as_bytes());
        }
        let printed =
            [child.stdout.take().map(Printout::of), child.stderr.take().map(Printout::of)];
        let ended = loop {
            match has_ended(&mut child) {
                Ok(true) => break Ok(()),
                Ok(false) if is_to_end() => break Err("the desk ended meanwhile".to_owned()),
                Ok(false) if begun.elapsed() >= self.timeout => {
                    let timeout_s = self.timeout.as_secs();
                    break Err(format!("did not end within {timeout_s} s, and was killed"));
                }
                Ok(false) => thread::sleep(LOOK),
                Err(error) => break Err(format!("cannot be waited for: {error}")),
            }
        };
        // After its own end too: a child of it that goes on would hold its output open.
        kill_group(&child);
        let ended = match ended {
            Ok(()) => child.wait().map_err(|error| format!("cannot be waited for: {error}")),
            Err(why) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(why)
            }
        };
        let last_words = Instant::now() + LAST_WORDS;
        let printed: Vec<String> = printed
            .into_iter()
            .flatten()
            .map(|printed| printed.until(last_words))
            .filter(|text| !text.trim().is_empty())
            .collect();
        let printed = printed.join("; ");
        let also = if printed.is_empty() { printed } else { format!(": {printed}") };
        match ended {
            Ok(status) if status.success() => Ok(format!("exit status 0{also}")),
            Ok(status) => Err(format!("{}{also}", how(status))),
            Err(why) => Err(format!("{why}{also}")),
        }
    }

    fn command(&self, notice: &NoticeText) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().env("PATH", SEARCH_PATH);
        command.envs(self.environment.iter().map(|(name, secret)| (name, secret.reveal())));
        let word = |value: Option<&'static str>| value.unwrap_or("");
        command
            .env("DECONFLICT_NOTICE", &notice.notice)
            .env("DECONFLICT_ATTEMPT", notice.nth.to_string())
            .env("DECONFLICT_KIND", if notice.of.is_some() { "waiting" } else { "test" })
            .env("DECONFLICT_TRAFFIC", traffic_word(notice.traffic))
            .env("DECONFLICT_PRECEDENCE", word(notice.of.map(|of| precedence_word(of.precedence))))
            .env("DECONFLICT_STAGE", word(notice.of.map(|of| stage_word(of.stage))))
            .env("DECONFLICT_WAITING", notice.of.map_or(0, |of| of.waiting).to_string())
            .env("DECONFLICT_CALL", &notice.call)
            .env("DECONFLICT_LANGUAGE", notice.language)
            .env(
                "DECONFLICT_LANGUAGE_CHECKED",
                if notice.unchecked.is_none() { "yes" } else { "no" },
            )
            .env("DECONFLICT_TEXT", &notice.text)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A group of its own, so that it goes with its children.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }
}

fn traffic_word(traffic: Traffic) -> &'static str {
    match traffic {
        Traffic::Real => "real",
        Traffic::Exercise => "exercise",
        Traffic::Test => "test",
    }
}

fn precedence_word(precedence: Precedence) -> &'static str {
    match precedence {
        Precedence::Flash => "flash",
        Precedence::Immediate => "immediate",
        Precedence::Priority => "priority",
        Precedence::Routine => "routine",
    }
}

fn stage_word(stage: NoticeStage) -> &'static str {
    match stage {
        NoticeStage::First => "first",
        NoticeStage::ReadBack => "read-back",
        NoticeStage::Half => "half",
        NoticeStage::Deadline => "deadline",
    }
}

/// The beginning of what a program prints; all of it is read, so that it never waits for a reader.
struct Printout {
    kept: Arc<Mutex<Vec<u8>>>,
    /// Nobody wants more of it.
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Printout {
    #[cfg(unix)]
    fn of(from: impl Read + Send + std::os::fd::AsFd + 'static) -> Printout {
        // So that its reader can end while somebody else holds it open.
        let _ = rustix::io::ioctl_fionbio(&from, true);
        Printout::read(from)
    }

    #[cfg(not(unix))]
    fn of(from: impl Read + Send + 'static) -> Printout {
        Printout::read(from)
    }

    fn read(mut from: impl Read + Send + 'static) -> Printout {
        let (kept, is_over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (keeping, ending) = (kept.clone(), is_over.clone());
        let reading = move || {
            let mut part = [0; 1024];
            while !ending.load(Ordering::Relaxed) {
                match from.read(&mut part) {
                    Ok(0) => break,
                    Ok(read) => {
                        let mut kept = keeping.lock().unwrap_or_else(PoisonError::into_inner);
                        let room = MOST_PRINTED.saturating_sub(kept.len());
                        kept.extend_from_slice(&part[..read.min(room)]);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(LOOK),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
        };
        // Without a thread nothing of it is known: the program runs all the same.
        let thread = thread::Builder::new().name("notify-printed".into()).spawn(reading).ok();
        Printout { kept, is_over, thread }
    }

    /// What was printed until its end, or until this instant: whatever came so far.
    fn until(self, until: Instant) -> String {
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
            && Instant::now() < until
        {
            thread::sleep(Duration::from_millis(2));
        }
        self.is_over.store(true, Ordering::Relaxed);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}

/// Whether a program has ended. Its name stays its own meanwhile, so that its group is no other's.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> std::io::Result<bool> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let Some(pid) = group_of(child) else { return Ok(child.try_wait()?.is_some()) };
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(pid), look)?.is_some())
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> std::io::Result<bool> {
    Ok(child.try_wait()?.is_some())
}

#[cfg(unix)]
fn group_of(child: &Child) -> Option<rustix::process::Pid> {
    i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw)
}

/// Kills all of a program's group that is left, before anybody takes note of its end.
fn kill_group(child: &Child) {
    #[cfg(unix)]
    if let Some(group) = group_of(child) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = child;
}

fn how(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => "ended by a signal".to_owned(),
    }
}

fn is_program(program: &Path) -> Result<(), String> {
    let name = program.display().to_string().escape_debug().to_string();
    let about = std::fs::metadata(program)
        // Not which, where there is none: a whole command line with a token may stand there.
        .map_err(|error| format!("run: {error}: name the program, with its folders, by itself"))?;
    #[cfg(unix)]
    let runs = std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let runs = true;
    if !about.is_file() || !runs {
        return Err(format!("run: {name}: is no program that can be run: chmod +x it"));
    }
    match changed_by_others(&about) {
        None => Ok(()),
        Some(why) => Err(format!("run: {name}: {why}: this desk runs it")),
    }
}
