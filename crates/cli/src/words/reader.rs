//! Who reads, and the small words that all else is made of.

use std::env;

use deconflict_core::{Extent, Ledger, PartyId, Texts, Time};
use deconflict_record::KeyId;

use crate::text::{minutes, printable, span, window};

/// Who reads, when, and in which language.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// What the reader's party may see.
    pub(crate) view: &'a Ledger,
    /// The reader's party.
    pub(crate) party: &'a PartyId,
    /// The language tag that the reader prefers; empty: none.
    pub(crate) lang: &'a str,
    /// Now.
    pub(crate) now: Time,
}

/// The language asked for, else that of the environment: `de_CH.UTF-8` is `de-CH`.
pub(crate) fn language(asked: Option<&str>) -> String {
    let of_environment = || {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
            .map(|value| value.split(['.', '@']).next().unwrap_or_default().replace('_', "-"))
            .filter(|tag| !matches!(tag.as_str(), "C" | "POSIX"))
    };
    asked.map(str::to_owned).or_else(of_environment).unwrap_or_default()
}

/// What time it is.
pub(crate) fn now() -> Time {
    // The clock is read as seconds up to the year 9999.
    Time::from_seconds(crate::desk_client::now().seconds().cast_signed())
}

/// A text in a language, else in one of the same kind (`de` for `de-CH`), else the first.
pub(crate) fn in_language<'a>(texts: &'a Texts, lang: &str) -> Option<&'a str> {
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
    let same = |(tag, _): &(&String, &String)| tag.eq_ignore_ascii_case(lang);
    let kin = |(tag, _): &(&String, &String)| primary(tag) == primary(lang);
    let found = texts.iter().find(same).or_else(|| texts.iter().find(kin));
    found.or_else(|| texts.iter().next()).map(|(_, text)| text.as_str())
}

/// The first digits of a hash: what people compare and type.
pub(crate) fn short(hash: impl std::fmt::Display) -> String {
    hash.to_string().chars().take(8).collect()
}

/// The longest text of others that is printed in one line, in characters.
const LONGEST: usize = 1_200;

impl Reader<'_> {
    /// A text for the reader, on one line.
    pub(crate) fn text(&self, texts: &Texts) -> String {
        quoted(in_language(texts, self.lang).unwrap_or_default())
    }

    /// A name for the reader, without marks around it.
    pub(crate) fn name(&self, texts: &Texts) -> String {
        match in_language(texts, self.lang).map(bounded) {
            Some(name) if !name.is_empty() => name,
            _ => "without a name".to_owned(),
        }
    }

    /// A party by what it is called and its name: `north (Northern Command)`.
    pub(crate) fn party(&self, party: &PartyId) -> String {
        let Some(known) = self.view.parties.get(party) else { return party.to_string() };
        match in_language(&known.member.name, self.lang).map(bounded) {
            Some(name) if !name.is_empty() && name != party.as_str() => format!("{party} ({name})"),
            _ => party.to_string(),
        }
    }

    /// Parties with commas between.
    pub(crate) fn parties<'b>(&self, parties: impl IntoIterator<Item = &'b PartyId>) -> String {
        let names: Vec<&str> = parties.into_iter().map(PartyId::as_str).collect();
        if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
    }

    /// Who acts with a key: the post that people know, or that it is a root.
    pub(crate) fn key(&self, key: &KeyId) -> String {
        match self.view.keys.get(key) {
            Some(known) => match &known.operator {
                Some(operator) => format!("{}, key {}", bounded(&operator.post), key.short()),
                None => format!("root key {}", key.short()),
            },
            None => format!("key {}", key.short()),
        }
    }

    /// How to reach a party.
    pub(crate) fn contact(&self, party: &PartyId) -> String {
        let known = self.view.parties.get(party).map(|known| &known.member.contact);
        match known.filter(|contact| !contact.is_empty()) {
            Some(contact) => contact.iter().map(|one| bounded(one)).collect::<Vec<_>>().join("; "),
            None => "its duty officer; no contact is on record".to_owned(),
        }
    }

    /// How long until an instant, or since when.
    pub(crate) fn countdown(&self, extent: &Extent) -> String {
        let ns = |time: Time| time.0.nanos().saturating_sub(self.now.0.nanos());
        match (extent.from, extent.until) {
            (_, Some(until)) if ns(until) < 0 => {
                format!("its time was over {} ago", long(-ns(until)))
            }
            (Some(from), _) if ns(from) > 0 => format!("begins in {}", long(ns(from))),
            (Some(from), _) => format!("began {} ago", long(-ns(from))),
            (None, _) => "is under way".to_owned(),
        }
    }
}

/// A span of time, in days where it is long.
fn long(ns: i64) -> String {
    const HOUR_NS: i64 = 3_600 * 1_000_000_000;
    match ns / HOUR_NS {
        hours if hours < 72 => span(ns),
        hours => format!("{} days", hours / 24),
    }
}

/// A text of others on one line, cut where it is very long.
pub(crate) fn bounded(text: &str) -> String {
    let text = printable(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The same with marks around it.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", bounded(text))
}

/// An instant, to the minute where it is one, in UTC.
pub(crate) fn at(time: Time) -> String {
    minutes(time.0)
}

/// A window, in UTC.
pub(crate) fn times(from: Option<Time>, until: Option<Time>) -> String {
    window(from.map(|time| time.0), until.map(|time| time.0))
}

/// Lines of names and values, the values under one another.
pub(crate) fn aligned(rows: &[(&str, String)]) -> Vec<String> {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    rows.iter()
        .map(|(name, value)| format!("  {name:width$}  {value}").trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_in_the_readers_language_or_one_of_its_kind_or_the_first() {
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
    }

    #[test]
    fn what_others_wrote_cannot_steer_a_terminal() {
        assert_eq!(quoted("a\u{1b}[2Jb\nc\u{202e}"), "\"a\u{fffd}[2Jb c\u{fffd}\"");
        assert!(bounded(&"x".repeat(5_000)).chars().count() <= LONGEST + 1);
    }
}
