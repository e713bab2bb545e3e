//! That messages were on a screen.

use std::io::{IsTerminal, stdout};

use clap::Args;
use deconflict_core::{Receipt, Say};
use deconflict_desk::receipts_due;

use crate::desk_client::DeskSession;
use crate::options::Answer;
use crate::outcome::remark;

/// Whether senders are told that what is printed was on a screen.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Display {
    /// Do not tell senders that their messages were displayed
    #[arg(long)]
    no_receipt: bool,
    /// Tell them also where standard output is no terminal: what is printed is shown to a person
    #[arg(long, conflicts_with = "no_receipt")]
    displayed: bool,
}

impl Display {
    /// Whether a person can have seen what is printed: at a terminal in words, or where that is said.
    pub(super) fn is_seen(self, output: Answer) -> bool {
        let at_terminal = output == Answer::Text && stdout().is_terminal();
        !self.no_receipt && (self.displayed || at_terminal)
    }
}

/// Says of each message that went to the party, and was shown now for the first time, that it was on a screen. That this
/// cannot be said keeps nobody from reading: it is a remark.
pub(super) fn say_displayed(at: &mut DeskSession, shown: &[deconflict_core::MessageId]) {
    let party = at.party().clone();
    let is_new = |id: &deconflict_core::MessageId| {
        let dialogue = at.view().dialogues.get(id);
        let exchange = dialogue.and_then(|dialogue| dialogue.exchanges.get(&party));
        exchange.is_some_and(|exchange| exchange.displayed.is_none())
    };
    if !shown.iter().any(is_new) {
        return;
    }
    if at.offline() {
        remark("that messages were displayed is not told to their senders: --offline was given");
        return;
    }
    let said = at.say_unasked(|view, key| {
        let due = receipts_due(&view.ledger, (&party, key), &view.status.queue, Receipt::Displayed);
        let due = due.into_iter().map(|(id, _)| id).filter(|id| shown.contains(id));
        due.map(|message| Say::Receive { message, receipt: Receipt::Displayed, shown_in: None })
            .collect()
    });
    match said {
        Ok(true) => {}
        Ok(false) => remark(
            "that messages were displayed is not told to their senders: name the operator's passphrase with \
             --passphrase-file",
        ),
        Err(failure) => {
            failure.lines.iter().for_each(|line| {
                remark(&format!(
                    "that messages were displayed is not told to their senders: {line}"
                ));
            });
        }
    }
}
