//! Something to declare, and the texts, heights and sharing that options say.

use std::collections::BTreeSet;

use deconflict_core::{DeclarationContent, Level, PartyId, Sharing, Texts};

use super::volumes::level;

/// Something to declare, and where it was read from.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Item {
    /// What people call its place in the input: `feature 2 (R-17)`, `row 5 (clinic)`.
    pub(crate) from: String,
    /// What is declared.
    pub(crate) declared: DeclarationContent,
}

/// The language of a text whose author names none (BCP 47: undetermined).
pub(super) const NO_LANGUAGE: &str = "und";

/// Reads `LANG=TEXT`, or a text without a language.
pub(crate) fn parse_text(text: &str) -> Result<(String, String), String> {
    let is_tag = |tag: &str| {
        let mut parts = tag.split('-');
        let language = parts.next().unwrap_or_default();
        (2..=3).contains(&language.len())
            && language.bytes().all(|b| b.is_ascii_lowercase())
            && parts
                .all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    let (lang, text) = match text.split_once('=') {
        Some((lang, text)) if is_tag(lang) => (lang, text),
        _ => (NO_LANGUAGE, text),
    };
    match text.trim() {
        "" => {
            Err("must be a text, such as \"Rescue at the bridge\" or en=\"Rescue at the bridge\""
                .into())
        }
        text => Ok((lang.to_owned(), text.to_owned())),
    }
}

/// Texts by their languages.
pub(crate) fn texts(given: &[(String, String)]) -> Result<Texts, String> {
    let mut texts = Texts::new();
    for (lang, text) in given {
        if texts.insert(lang.clone(), text.clone()).is_some() {
            return Err(match lang.as_str() {
                NO_LANGUAGE => "two texts without a language: write each as LANG=TEXT".to_owned(),
                lang => format!("two texts in `{lang}`: keep one"),
            });
        }
    }
    Ok(texts)
}

/// Reads to whom a declaration is shared: `nobody`, `all` or parties.
pub(crate) fn parse_sharing(text: &str) -> Result<Sharing, String> {
    match text {
        "nobody" => Ok(Sharing::ConflictOnly),
        "all" => Ok(Sharing::Open),
        parties => {
            let named: Result<BTreeSet<PartyId>, _> =
                parties.split(',').map(|party| party.trim().parse::<PartyId>()).collect();
            let named = named.map_err(|error| {
                format!("{error}; say `nobody`, `all`, or the parties with commas between")
            })?;
            Ok(Sharing::Named(named))
        }
    }
}

/// Reads a height with its unit and reference.
pub(crate) fn parse_level(text: &str) -> Result<Level, String> {
    deconflict_formats::height(text).map(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_name_its_language_and_may_hold_an_equals_sign() {
        let read = |text: &str| parse_text(text).unwrap();
        assert_eq!(read("en=Bridge"), ("en".into(), "Bridge".into()));
        assert_eq!(read("de-CH=Brücke"), ("de-CH".into(), "Brücke".into()));
        assert_eq!(read("E=mc²"), ("und".into(), "E=mc²".into()));
        assert!(parse_text("en= ").is_err());
        let twice = texts(&[read("en=a"), read("en=b")]).unwrap_err();
        assert!(twice.contains("`en`"), "{twice}");
    }

    #[test]
    fn sharing_says_whom_and_nothing_else_is_taken_for_it() {
        assert_eq!(parse_sharing("nobody"), Ok(Sharing::ConflictOnly));
        assert_eq!(parse_sharing("all"), Ok(Sharing::Open));
        let aid: PartyId = "aid".parse().unwrap();
        assert_eq!(parse_sharing("aid"), Ok(Sharing::Named([aid].into())));
        for wrong in ["", "All", "aid,", "aid north"] {
            let error = parse_sharing(wrong).unwrap_err();
            assert!(error.contains("`nobody`, `all`"), "{wrong}: {error}");
        }
    }
}
