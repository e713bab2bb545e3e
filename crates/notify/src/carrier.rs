//! What carries a notice: a request, a mail or a program. Each ends within its time, and says what came of it.

pub(crate) mod authorities;
pub(crate) mod command;
pub(crate) mod smtp;
pub(crate) mod webhook;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::history::{AttemptOutcome, CarrierKind};
use crate::notice::NoticeText;
use crate::secret::Secret;

/// The longest account of what came of an attempt, characters.
const MOST_TOLD: usize = 300;

/// What a notice goes by, ready to be used any number of times.
#[derive(Debug)]
pub(crate) enum Carrier {
    Webhook(webhook::Webhook),
    Smtp(smtp::SmtpPath),
    Command(command::CommandPath),
}

impl Carrier {
    pub(crate) fn kind(&self) -> CarrierKind {
        match self {
            Carrier::Webhook(_) => CarrierKind::Webhook,
            Carrier::Smtp(_) => CarrierKind::Smtp,
            Carrier::Command(_) => CarrierKind::Command,
        }
    }

    /// Hands a notice on. `ending`: the desk ends, and does not wait.
    pub(crate) fn send(&self, notice: &NoticeText, ending: &AtomicBool) -> AttemptOutcome {
        let (done, secrets): (_, Vec<&Secret>) = match self {
            Carrier::Webhook(webhook) => (webhook.send(notice), webhook.secrets().collect()),
            Carrier::Smtp(smtp) => (smtp.send(notice), smtp.secrets().collect()),
            Carrier::Command(command) => {
                let is_to_end = || ending.load(Ordering::Relaxed);
                (command.run(notice, &is_to_end), command.secrets().collect())
            }
        };
        let told = |text: String| bounded(&secrets.iter().fold(text, |text, one| one.scrub(&text)));
        match done {
            Ok(said) => AttemptOutcome::Taken { said: told(said) },
            Err(why) => AttemptOutcome::Failed { why: told(why) },
        }
    }
}

/// A text on one line, of a bounded length, without anything that steers a terminal.
pub(crate) fn bounded(text: &str) -> String {
    let flat: Vec<&str> = text.split_whitespace().collect();
    let flat = flat.join(" ");
    let clean: String =
        flat.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(MOST_TOLD).collect();
    if flat.chars().count() > MOST_TOLD { format!("{clean}...") } else { clean }
}

/// Whether a host's name or address is this very machine.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
