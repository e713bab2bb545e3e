//! What an entry is, in a few words.

use deconflict_core::{Entry, Finding, What};

use super::refusal::refusal;

/// What an entry is and when it was taken in, for who verifies a folder that shows it.
pub(super) fn summary(entry: &Entry) -> String {
    let what = match &entry.what {
        What::Accepted(s) => {
            format!("`{}` says `{}`, statement {}, accepted", s.party, s.say.rules().word, s.seq)
        }
        What::Refused(s, why) => {
            let (said, why) = (s.say.rules().word, refusal(why));
            format!("`{}` says `{said}`, statement {}, refused: {why}", s.party, s.seq)
        }
        What::Found(Finding::Resumed { .. }) => "that the host was started anew".into(),
        What::Found(Finding::Disclosures { .. }) => "the host's root over disclosures".into(),
        What::Found(finding) => format!("the host found `{}`", finding.word()),
    };
    format!("{what}, taken in at {}", entry.at.utc_second())
}
