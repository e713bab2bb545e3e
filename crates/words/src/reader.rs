//! Who reads, and what all languages have in common.

use deconflict_core::{Dialogue, Extent, Lapse, Ledger, MessageId, PartyId, Receipt, Texts, Time};
use deconflict_record::KeyId;
use deconflict_vocabulary::{AnswerId, CodeId, Phrase, Term, Tongue, Traffic, Translations};

use crate::english::states;
use crate::escape::{bounded, columns, quoted, rendered};
use crate::figures::minutes;
use crate::language::Language;

/// Who reads, when, and in which language.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// What the reader's party may see.
    pub view: &'a Ledger,
    /// The reader's party.
    pub party: &'a PartyId,
    /// The language tag that the reader prefers of what others wrote in several; empty: none.
    pub lang: &'a str,
    /// The language of the words around it.
    pub language: Language,
    /// Now.
    pub now: Time,
    /// How many minutes the reader's local time is ahead of UTC at so many seconds after 1970 began.
    pub local_min: fn(i64) -> i32,
}

impl<'a> Reader<'a> {
    /// A reader who prefers the language of a tag such as `de-CH`, or none if it is empty, and whose local time is UTC.
    pub fn new(view: &'a Ledger, party: &'a PartyId, lang: &'a str, now: Time) -> Reader<'a> {
        Reader { view, party, lang, language: Language::of_tag(lang), now, local_min: |_| 0 }
    }

    /// The same where local time is so many minutes ahead of UTC at so many seconds after 1970 began.
    #[must_use]
    pub fn with_local_time(self, local_min: fn(i64) -> i32) -> Reader<'a> {
        Reader { local_min, ..self }
    }

    /// The language that messages are shown in: there are more of them than of the words around.
    pub fn tongue(&self) -> Tongue<'static> {
        Translations::shipped().of_tag(self.lang)
    }

    /// A word of the vocabulary in the reader's own language, for a terminal.
    pub fn word(&self, term: Term) -> String {
        states::word(self, term)
    }

    /// The same in capitals, where the language has any.
    pub fn loud(&self, term: Term) -> String {
        states::loud(self, term)
    }

    /// A phrase of the vocabulary with its values, likewise.
    pub fn phrase(&self, phrase: Phrase, values: &[&str]) -> String {
        states::phrase(self, phrase, values)
    }

    /// What a receipt is called.
    pub fn receipt(&self, receipt: Receipt) -> String {
        states::word(self, states::receipt(receipt))
    }

    /// What fell due, and what that means.
    pub fn lapsed(&self, lapse: Lapse) -> String {
        states::word(self, states::lapsed(lapse))
    }

    /// Whether something is meant, belongs to an exercise or tries the line.
    pub fn traffic(&self, traffic: Traffic) -> String {
        states::traffic(self, traffic)
    }

    /// A code with what it is called, short enough for a row.
    pub fn code_name(&self, code: CodeId) -> String {
        rendered(&self.tongue().code_name(code))
    }

    /// An answer by its name, and by what it says in the reader's own language.
    pub fn answer_name(&self, answer: AnswerId) -> String {
        rendered(&self.tongue().answer_name(answer))
    }

    /// A text in the direction of the reader's own language, in lines that fit a cell of a table.
    pub fn cell(&self, text: String) -> String {
        states::cell(self, text)
    }

    /// The same on one line.
    pub fn line(&self, text: String) -> String {
        states::block(self, text)
    }

    /// A text for the reader, on one line, with marks around it.
    pub fn text(&self, texts: &Texts) -> String {
        quoted(in_language(texts, self.lang).unwrap_or_default())
    }

    /// A name for the reader, without marks around it.
    pub fn name(&self, texts: &Texts) -> String {
        match in_language(texts, self.lang).map(bounded) {
            Some(name) if !name.is_empty() => name,
            _ => self.language.wording().unnamed().to_owned(),
        }
    }

    /// A party by what it is called and its name: `north (Northern Command)`.
    pub fn party(&self, party: &PartyId) -> String {
        let Some(known) = self.view.parties.get(party) else { return party.to_string() };
        match in_language(&known.member.name, self.lang).map(bounded) {
            Some(name) if !name.is_empty() && name != party.as_str() => format!("{party} ({name})"),
            _ => party.to_string(),
        }
    }

    /// Parties with commas between.
    pub fn parties<'b>(&self, parties: impl IntoIterator<Item = &'b PartyId>) -> String {
        let names: Vec<&str> = parties.into_iter().map(PartyId::as_str).collect();
        if names.is_empty() {
            self.language.wording().nobody().to_owned()
        } else {
            names.join(", ")
        }
    }

    /// Who acts with a key: the post that people know, or that it is a root.
    pub fn key(&self, key: &KeyId) -> String {
        self.language.wording().key(self, key)
    }

    /// How to reach a party.
    pub fn contact(&self, party: &PartyId) -> String {
        self.language.wording().contact(self, party)
    }

    /// Whether a message asks for something by a time that is nearer than an answer and the way take, by the limits of the
    /// reader's space.
    pub(crate) fn is_too_short(&self, dialogue: &Dialogue) -> bool {
        let charter = self.view.charter.as_ref();
        let table = charter.map(|charter| charter.rules.channel).unwrap_or_default();
        dialogue.is_too_short(&table)
    }

    /// Whether a message went to the next level with somebody, as far as the reader is told.
    pub(crate) fn is_escalated(&self, id: MessageId, dialogue: &Dialogue) -> bool {
        dialogue.exchanges.values().any(|exchange| exchange.escalated)
            || self.view.escalated.contains(&id)
    }

    /// How long until an extent begins, or since when it is under way or over.
    pub fn countdown(&self, extent: &Extent) -> String {
        self.language.wording().countdown(self, extent)
    }
}

/// A text in a language, else in one of the same kind (`de` for `de-CH`), else in English, else the first.
pub(crate) fn in_language<'a>(texts: &'a Texts, lang: &str) -> Option<&'a str> {
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
    let in_one = |lang: &str| {
        let same = texts.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(lang));
        same.or_else(|| texts.iter().find(|(tag, _)| primary(tag) == primary(lang)))
    };
    let found = in_one(lang).or_else(|| in_one("en")).or_else(|| texts.iter().next());
    found.map(|(_, text)| text.as_str())
}

/// The first digits of a hash: what people compare and type.
pub fn short(hash: impl std::fmt::Display) -> String {
    hash.to_string().chars().take(8).collect()
}

/// An instant, to the minute where it is one, in UTC.
pub(crate) fn at(time: Time) -> String {
    minutes(time.0)
}

/// Lines of names and values, the values under one another.
pub fn aligned(rows: &[(impl AsRef<str>, String)]) -> Vec<String> {
    let width = rows.iter().map(|(name, _)| columns(name.as_ref())).max().unwrap_or(0);
    let line = |(name, value): &(_, String)| {
        let name: &str = AsRef::as_ref(name);
        let gap = " ".repeat(width - columns(name));
        format!("  {name}{gap}  {value}").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_in_the_readers_language_or_one_of_its_kind_or_in_english_or_the_first() {
        let texts: Texts =
            [("de", "Brücke"), ("fr-CH", "Pont")].map(|(l, t)| (l.into(), t.into())).into();
        for (lang, text) in [
            ("de", "Brücke"),
            ("DE-ch", "Brücke"),
            ("fr", "Pont"),
            ("ar", "Brücke"),
            ("", "Brücke"),
        ] {
            assert_eq!(in_language(&texts, lang), Some(text), "{lang}");
        }
        let texts: Texts =
            [("ar", "جسر"), ("en-GB", "Bridge")].map(|(l, t)| (l.into(), t.into())).into();
        for (lang, text) in [("ar-SY", "جسر"), ("ru", "Bridge"), ("", "Bridge")] {
            assert_eq!(in_language(&texts, lang), Some(text), "{lang}");
        }
    }
}
