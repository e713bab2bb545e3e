//! How a command ends where what it would say takes no effect.

use deconflict_core::{ChannelFault, Refusal};
use deconflict_words::printable;

use crate::options::words;
use crate::outcome::{BAD_INPUT, CONFLICTS, Failure};

/// Why nothing was signed; `of` is what it would have been said of. Where the dialogue has gone on, whoever typed made no
/// mistake: that ends as what a host refuses.
pub(super) fn unsigned(of: &str, fault: ChannelFault) -> Failure {
    let status = status_of(&fault);
    let why = words().refusal(&Refusal::Channel { fault });
    Failure { status, lines: vec![format!("{of}: {}: nothing was signed", printable(&why))] }
}

/// The status: 1 where the answer hangs on what stands there already, else 2.
fn status_of(fault: &ChannelFault) -> u8 {
    match fault {
        ChannelFault::AlreadyAnswered {}
        | ChannelFault::Closed {}
        | ChannelFault::CorrectedSince {}
        | ChannelFault::TooLateToComply { .. }
        | ChannelFault::StoodByOnce {}
        | ChannelFault::NothingPromised {}
        | ChannelFault::NothingToKeep {}
        | ChannelFault::SaidAlready {} => CONFLICTS,
        _ => BAD_INPUT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_already_is_no_wrong_usage() {
        let told = |fault| unsigned("message 4be1c0ff", fault);
        let again = told(ChannelFault::AlreadyAnswered {});
        assert_eq!(again.status, CONFLICTS);
        assert_eq!(
            again.lines,
            ["message 4be1c0ff: the message was answered already: nothing was signed"]
        );
        assert_eq!(told(ChannelFault::AnswerTime {}).status, BAD_INPUT);
        assert_eq!(told(ChannelFault::NotAddressed {}).status, BAD_INPUT);
    }
}
