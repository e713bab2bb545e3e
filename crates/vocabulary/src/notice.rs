//! What is told by phone, mail or another program of what waits: that something does, and whom to call.

use crate::precedence::Precedence;
use crate::terms::Term;
use crate::translations::{Direction, Tongue, isolate_code};
use crate::value;

impl Tongue<'_> {
    /// That something of this precedence waits, whom to call, and how many things wait. `call` is shown as it is but
    /// for line breaks, controls and marks of reading direction.
    ///
    /// Nothing else is in it: it may lie on a screen that anybody passes.
    pub fn notice(&self, precedence: Precedence, call: &str, waiting: usize) -> String {
        let call = isolate_code(&value::stripped(call));
        let values = [("name", self.term(Term::of_precedence(precedence))), ("value", call)];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let first = self.say("notice-waiting", &values);
        let count = isolate_code(&waiting.to_string());
        let second = self.labelled_sentence(&self.term(Term::NoticeCount), &count);
        self.of_one_direction(&format!("{first}{}{second}", self.translation().gap()))
    }

    /// That a path of notices is tried.
    pub fn notice_test(&self) -> String {
        self.of_one_direction(&self.term(Term::NoticeTest))
    }

    /// Without marks of reading direction where all of it is read from left to right, and with plain spaces: one letter
    /// that text messages do not have makes them hold less than half.
    fn of_one_direction(&self, text: &str) -> String {
        let text = text.replace('\u{a0}', " ");
        match self.translation().direction() {
            Direction::LeftToRight => text.chars().filter(|c| !is_isolate(*c)).collect(),
            Direction::RightToLeft => text,
        }
    }
}

fn is_isolate(c: char) -> bool {
    matches!(c, '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::translations::Translations;

    #[test]
    fn a_notice_says_how_urgent_what_waits_is_whom_to_call_and_no_more() {
        let told = |tag: &str| {
            let tongue = Translations::shipped().of_tag(tag);
            tongue.notice(Precedence::Flash, "+41 555\u{202e} 0300", 2)
        };
        assert_eq!(told("en"), "FLASH waiting, call +41 555 0300. Waiting: 2.");
        assert_eq!(told("fr"), "FLASH en attente, appelez le +41 555 0300. En attente : 2.");
        let arabic = told("ar");
        assert!(arabic.contains("\u{2066}+41 555 0300\u{2069}"), "{arabic:?}");
        for known in Translations::shipped().all() {
            let text = told(known.tag());
            assert!(text.contains("0300") && text.contains('2') && text.lines().count() == 1);
        }
    }
}
