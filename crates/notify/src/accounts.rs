//! What is said of attempts to whoever looks at the desk: on a thread of its own, since a terminal or a pipe may stand
//! still.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::history::{Attempt, AttemptOutcome};

/// How many accounts may wait to be said.
const MOST_WAITING: usize = 256;

/// Whoever is told of each attempt that has ended, and of what goes wrong beside: a line for people.
pub type Teller = Box<dyn FnMut(&Attempt, Option<&str>) + Send>;

/// Of an attempt, what went wrong beside it, and how many accounts before it were dropped.
struct Account {
    attempt: Attempt,
    fault: Option<String>,
    dropped: u64,
}

/// Hands accounts on and never waits.
pub(crate) struct Accounts {
    to: SyncSender<Account>,
    /// How many were dropped since one was handed on.
    dropped: u64,
}

impl Accounts {
    /// Begins the thread that says them.
    pub(crate) fn begin(mut tell: Teller) -> io::Result<(Accounts, JoinHandle<()>)> {
        let (to, from) = sync_channel(MOST_WAITING);
        let thread = thread::Builder::new()
            .name("notify-accounts".into())
            .spawn(move || say_all(&from, &mut tell))?;
        Ok((Accounts { to, dropped: 0 }, thread))
    }

    /// Hands one on; where too many wait already, it is dropped and counted.
    pub(crate) fn say(&mut self, attempt: &Attempt, fault: Option<String>) {
        let account = Account { attempt: attempt.clone(), fault, dropped: self.dropped };
        match self.to.try_send(account) {
            Ok(()) => self.dropped = 0,
            Err(_) => self.dropped += 1,
        }
    }
}

fn say_all(from: &Receiver<Account>, tell: &mut Teller) {
    for Account { attempt, fault, dropped } in from {
        let of_dropped = format!(
            "{dropped} accounts of attempts before this one are left out here, since nothing could be printed: see \
             `deconflict desk notices`"
        );
        let faults = [(dropped > 0).then_some(of_dropped), fault];
        let faults: Vec<String> = faults.into_iter().flatten().collect();
        if !faults.is_empty() && attempt.outcome.is_none() {
            tracing::warn!(path = attempt.path, dropped, "an attempt to tell could not be kept");
        }
        if attempt.outcome.is_some() {
            let is_taken = matches!(attempt.outcome, Some(AttemptOutcome::Taken { .. }));
            // Neither why nor what: that may have come from others.
            tracing::info!(
                path = attempt.path,
                nth = attempt.nth,
                is_taken,
                dropped,
                "an attempt to tell has ended"
            );
        }
        let faults = faults.join("; ");
        tell(&attempt, Some(faults.as_str()).filter(|faults| !faults.is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use deconflict_vocabulary::{Precedence, Traffic};

    use super::*;
    use crate::history::CarrierKind;

    #[test]
    fn what_could_not_be_printed_is_counted_and_told_with_the_next() {
        let attempt = Attempt {
            number: 1,
            notice: "n".into(),
            path: "sms".into(),
            carrier: CarrierKind::Command,
            traffic: Traffic::Real,
            precedence: Precedence::Flash,
            is_incident: false,
            occasions: Vec::new(),
            senders: Default::default(),
            nth: 1,
            begun: "2026-07-03T09:00:00Z".parse().unwrap(),
            ended: None,
            outcome: Some(AttemptOutcome::Taken { said: String::new() }),
        };
        let (go_on, stands_still) = channel::<()>();
        let (said, saying) = channel();
        let tell: Teller = Box::new(move |_, fault| {
            said.send(fault.map(str::to_owned)).unwrap();
            let _ = stands_still.recv();
        });
        let (mut accounts, thread) = Accounts::begin(tell).unwrap();
        accounts.say(&attempt, None);
        assert_eq!(saying.recv().unwrap(), None);
        for _ in 0..MOST_WAITING + 7 {
            accounts.say(&attempt, None);
        }
        drop(go_on);
        for _ in 0..MOST_WAITING {
            assert_eq!(saying.recv().unwrap(), None);
        }
        accounts.say(&attempt, Some("no room".into()));
        let told = saying.recv().unwrap().unwrap();
        assert!(told.starts_with("7 accounts") && told.ends_with("; no room"), "{told}");
        drop(accounts);
        thread.join().unwrap();
    }
}
