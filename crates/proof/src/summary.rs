//! What an entry is, in a few words.

use deconflict_core::{Entry, Finding, What};

/// What an entry is, in a few words.
pub(crate) fn describe(entry: &Entry) -> String {
    match &entry.what {
        What::Accepted(s) => {
            format!("`{}` says `{}`, statement {}, accepted", s.party, s.say.rules().word, s.seq)
        }
        What::Refused(s, why) => {
            let said = s.say.rules().word;
            format!("`{}` says `{said}`, statement {}, refused: {why}", s.party, s.seq)
        }
        What::Found(Finding::Resumed { .. }) => "that the host was started anew".into(),
        What::Found(Finding::Disclosures { .. }) => "the host's root over disclosures".into(),
        What::Found(finding) => format!("the host found `{}`", finding.word()),
    }
}
