//! Signals: what ends a command that serves, and what must not end one in the middle of a passphrase.

use std::io;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use crate::outcome::{Failure, INTERRUPTED};

/// Who waits for a signal.
static WAITING: Mutex<Option<Sender<()>>> = Mutex::new(None);
/// Whether a passphrase is being typed.
static TYPING: AtomicBool = AtomicBool::new(false);
/// There is one handler in a process.
static HANDLED: OnceLock<Result<(), String>> = OnceLock::new();

/// How long a prompt may take to give the terminal back, and its command to say so.
const GRACE: Duration = Duration::from_secs(1);

/// Told when the command is asked to end: from here on a signal does nothing else.
///
/// # Errors
/// When the system does not let signals be waited for.
pub(crate) fn stop() -> Result<Receiver<()>, Failure> {
    handle()?;
    let (stop, stopped) = channel();
    *WAITING.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop);
    Ok(stopped)
}

/// Asks for a passphrase. At Ctrl-C the prompt raises SIGINT itself before it has given the terminal back:
/// left to end the process there, it would leave a shell in which nothing that is typed is seen.
///
/// # Errors
/// When the system does not let signals be waited for.
pub(crate) fn while_typing<T>(
    ask: impl FnOnce() -> io::Result<T>,
) -> Result<io::Result<T>, Failure> {
    handle()?;
    TYPING.store(true, Ordering::SeqCst);
    let typed = ask();
    // A prompt that failed ends its command, which says why: the signal, told on another thread and
    // perhaps only now, must not be quicker.
    if typed.is_ok() {
        TYPING.store(false, Ordering::SeqCst);
    }
    Ok(typed)
}

fn handle() -> Result<(), Failure> {
    let handled = HANDLED.get_or_init(|| {
        ctrlc::set_handler(signalled)
            .map_err(|error| format!("signals cannot be waited for: {error}"))
    });
    handled.clone().map_err(Failure::from)
}

/// On a thread of its own, whichever signal it was.
fn signalled() {
    if let Some(stop) = &*WAITING.lock().unwrap_or_else(PoisonError::into_inner) {
        // A second signal while it stops is of no use.
        let _ = stop.send(());
        return;
    }
    if TYPING.load(Ordering::SeqCst) {
        sleep(GRACE);
    }
    exit(i32::from(INTERRUPTED));
}
