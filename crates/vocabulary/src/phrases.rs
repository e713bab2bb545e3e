//! States and spans of time with the values that they show: who, when, how long, how many.
//!
//! A value stands in an isolate, and after a label where a language would decline what comes before it. What a language
//! lacks is said in English, and marked as that.

use crate::answers::AnswerId;
use crate::code::CodeId;
use crate::terms::Term;
use crate::translations::{Tongue, answer_id, head_id, isolate, isolate_code};

/// The phrases, what each is called in the languages' files, and the values that it shows.
macro_rules! phrases {
    ($($(#[$doc:meta])* $name:ident = $id:literal [$($value:literal),*],)*) => {
        /// A state or a span of time with values.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Phrase {
            $($(#[$doc])* $name,)*
        }

        impl Phrase {
            /// All of them.
            pub const ALL: &[Phrase] = &[$(Phrase::$name,)*];

            /// What it is called in the languages' files.
            pub fn id(self) -> &'static str {
                match self {
                    $(Phrase::$name => $id,)*
                }
            }

            /// The values that it shows, by their names in the languages' files, in the order in which
            /// [`Tongue::phrase`] takes them.
            pub fn values(self) -> &'static [&'static str] {
                match self {
                    $(Phrase::$name => &[$($value),*],)*
                }
            }
        }
    };
}

phrases! {
    /// How long until something.
    In = "span-in" ["value"],
    /// How long since something.
    Ago = "span-ago" ["value"],
    /// So many seconds.
    Seconds = "seconds" ["n"],
    /// So many hours.
    Hours = "hours" ["n"],
    /// So many days.
    Days = "days" ["n"],
    /// Hours and minutes.
    TwoUnits = "two-units" ["first", "rest"],
    /// A thing, and how it stands with it.
    SaidOf = "said-of" ["name", "value"],
    /// When, and by whom.
    ByWhom = "by-whom" ["value", "name"],
    /// An answer with the time that it names.
    AnswerBy = "answer-by-time" ["name", "value"],
    /// An answer that holds open, and until when.
    AnswerUntil = "answer-until-time" ["name", "value"],
    /// An answer with a time that is past.
    AnswerOf = "answer-of-time" ["name", "value"],
    /// What it means that nobody answers.
    NoAnswerCountsAs = "no-answer-counts-as" ["value"],
    /// What was promised, and by when.
    PromisedBy = "promised-by" ["name", "value"],
    /// Whom to call where no desk has a message.
    NotDeliveredCall = "not-delivered-call" ["name", "value"],
    /// Until when a sound is shelved, and by whom.
    ShelvedUntil = "shelved-until" ["value", "name"],
    /// Somebody or something of a party.
    OfParty = "of-party" ["name", "value"],
    /// How far a desk's clock was ahead of the host's.
    ClockAhead = "clock-ahead" ["value"],
    /// How far a desk's clock was behind the host's.
    ClockBehind = "clock-behind" ["value"],
    /// Who suspended a line.
    SuspendedBy = "suspended-by" ["name"],
    /// A line test that was answered.
    AnsweredAfter = "answered-after" ["value"],
    /// A line test that was answered too late.
    AnsweredLateAfter = "answered-late-after" ["value"],
    /// The number of a line test.
    TestNumber = "test-number" ["n"],
    /// So many of so many.
    SoManyOf = "so-many-of" ["n", "rest"],
    /// How many were missed in a row.
    LastInARow = "last-in-a-row" ["n"],
    /// From when a post is taken over.
    TakesOver = "takes-over" ["value"],
    /// Since when a post is held.
    OnDutySince = "on-duty-since" ["value"],
    /// How long the time of something is over.
    OverAgo = "over-ago" ["value"],
    /// How long until something begins.
    BeginsIn = "begins-in" ["value"],
    /// How long ago something began.
    BeganAgo = "began-ago" ["value"],
    /// How many further messages stand in one row.
    SoManyMore = "so-many-more" ["n"],
    /// When a message was read back, and in which language it was shown.
    ReadBackIn = "read-back-in" ["value", "language"],
    /// Where what was read out stands as it was signed, and as what.
    VoiceStands = "voice-stands" ["name", "value"],
    /// What was signed is something else than what was read out.
    VoiceMismatch = "voice-mismatch" ["value", "name"],
    /// Two texts were read out under one name.
    VoiceContradiction = "voice-contradiction" ["n"],
    /// An answer that was noted.
    YourAnswer = "your-answer" ["value"],
    /// What a text form has no room for.
    TextLeftOut = "text-left-out" ["value"],
    /// What a text form names that is not known here.
    TextNotKnownHere = "text-not-known-here" ["value"],
}

/// A unit that spans of time are told in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimeUnit {
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
}

impl Tongue<'_> {
    /// A word or a standing sentence, marked where English stands in for it.
    pub fn state(&self, term: Term) -> String {
        self.marked(term.id(), self.term(term))
    }

    /// A state or a span of time, with its values in the order of [`Phrase::values`], each isolated here; marked where
    /// English stands in for it. A value that is lacking is shown empty.
    pub fn phrase(&self, phrase: Phrase, values: &[&str]) -> String {
        let isolated: Vec<String> = values.iter().map(|value| isolate_value(value)).collect();
        let shown = isolated.iter().map(String::as_str).chain(std::iter::repeat(""));
        let named: Vec<_> = phrase.values().iter().copied().zip(shown).collect();
        self.marked(phrase.id(), self.say(phrase.id(), &named))
    }

    /// So many of a unit of time; the number as it is to be shown.
    pub fn span(&self, n: &str, unit: TimeUnit) -> String {
        match unit {
            TimeUnit::Second => self.phrase(Phrase::Seconds, &[n]),
            TimeUnit::Minute => {
                self.marked("minutes", self.say("minutes", &[("n", &isolate_value(n))]))
            }
            TimeUnit::Hour => self.phrase(Phrase::Hours, &[n]),
            TimeUnit::Day => self.phrase(Phrase::Days, &[n]),
        }
    }

    /// A code with what it is called, short enough for a row: in English its title, else its sentence.
    pub fn code_name(&self, code: CodeId) -> String {
        let head = head_id(code);
        let name = match self.is_english() || !self.has(&head) {
            true => self.marked(&head, code.row().title.to_owned()),
            false => without_stop(&self.code_sentence(code)),
        };
        format!("{} {}", isolate_code(code.as_str()), isolate(&name))
    }

    /// An answer as it is called in a row: by its name, which is the same in every language, and beside it what it says in
    /// this one.
    pub fn answer_name(&self, answer: AnswerId) -> String {
        let name = isolate_code(answer.as_str());
        match self.is_english() || !self.has(&answer_id(answer)) {
            true => name,
            false => {
                let says = isolate(&without_stop(&self.answer_sentence(answer)));
                self.say("with-name", &[("name", &name), ("short", &says)])
            }
        }
    }

    /// Several things after one another, each isolated.
    pub fn listed(&self, all: impl IntoIterator<Item = String>) -> String {
        self.list(all.into_iter().map(|one| isolate(&one)))
    }

    fn is_english(&self) -> bool {
        std::ptr::eq(self.own, self.english)
    }

    /// A text of this language's file; where it has none, that what is shown is English.
    fn marked(&self, id: &str, text: String) -> String {
        match self.has(id) {
            true => text,
            false => format!("{text} ({})", isolate_code(self.english.tag())),
        }
    }
}

/// What has no letter that is written from right to left is read from left to right; else its first letter decides.
fn isolate_value(text: &str) -> String {
    match text.chars().any(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fefc}')) {
        true => isolate(text),
        false => isolate_code(text),
    }
}

/// A sentence without its full stop.
fn without_stop(sentence: &str) -> String {
    sentence.strip_suffix(['.', '。']).unwrap_or(sentence).to_owned()
}
