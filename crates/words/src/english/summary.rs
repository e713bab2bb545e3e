//! What an entry is, in a few words.

use deconflict_core::{Entry, Finding, Ledger, What};
use deconflict_vocabulary::Translations;

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
    // No view is at hand: what hangs on one has no code here.
    let code = match entry.coding(&Ledger::default()) {
        Some(coding) => {
            let tongue = Translations::shipped().of_tag("en");
            let (code, to) = (coding.code(), tongue.code_sentence(coding.code()));
            match coding.answer() {
                Some(answer) => {
                    let answer_words = tongue.answer_sentence(answer);
                    format!("{answer} {answer_words} In answer to {code} {to} | ")
                }
                None => format!("{code} {to} | "),
            }
        }
        None => String::new(),
    };
    format!("{code}{what}, taken in at {}", entry.at.utc_second())
}
