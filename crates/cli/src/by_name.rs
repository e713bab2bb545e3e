//! Naming one of many by the first digits of its name.

use std::fmt::Display;

use deconflict_record::Hash;
use deconflict_words::{printable, short};

use crate::outcome::Failure;

/// Fewer digits are a slip more often than a name.
const FEWEST_DIGITS: usize = 4;

/// The one of these that a text names, in whole or by its first digits; `None`: no one.
///
/// # Errors
/// When the text is no beginning of a name, or of several.
pub(crate) fn find<T: Copy + Display>(
    what: &str,
    text: &str,
    all: impl IntoIterator<Item = T>,
) -> Result<Option<T>, Failure> {
    let text = text.to_ascii_lowercase();
    let digits = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !digits || !(FEWEST_DIGITS..=64).contains(&text.len()) {
        return Err(format!(
            "{what} `{}`: must be its name of 64 hexadecimal digits, or the first of them, at least \
             {FEWEST_DIGITS}",
            printable(&text)
        )
        .into());
    }
    let mut found = all.into_iter().filter(|one| one.to_string().starts_with(&text));
    match (found.next(), found.next()) {
        (one, None) => Ok(one),
        (Some(one), Some(other)) => Err(format!(
            "{what} {text}: several begin so ({}…, {}…): give more digits",
            short(one),
            short(other)
        )
        .into()),
        (None, Some(_)) => Ok(None),
    }
}

/// The same where there must be one; `remedy` says how to find out which there are.
///
/// # Errors
/// As [`find`], and when there is none.
pub(crate) fn one_of<T: Copy + Display>(
    what: &str,
    text: &str,
    all: impl IntoIterator<Item = T>,
    remedy: &str,
) -> Result<T, Failure> {
    find(what, text, all)?
        .ok_or_else(|| format!("{what} {text}: this desk sees none of this name: {remedy}").into())
}

/// The one of these statements that a text names or begins: the queue shows whole names, and few digits
/// tell its few statements apart.
///
/// # Errors
/// When the text begins none of them, or several, or is shorter than 4 digits.
pub(crate) fn statement_named(
    text: &str,
    all: impl Iterator<Item = Hash>,
) -> Result<Hash, Failure> {
    let digits = text.to_ascii_lowercase();
    let mut found: Vec<Hash> = all.filter(|hash| hash.to_string().starts_with(&digits)).collect();
    found.sort_unstable();
    found.dedup();
    match found[..] {
        [one] if text.len() >= 4 => Ok(one),
        _ => Err(format!(
            "statement {}: {} that this desk has begin so: give more of its digits, at least 4",
            printable(text),
            found.len()
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_digits_name_one_if_they_are_of_no_other() {
        let all = ["abcd01", "abcd02", "ef0102"];
        assert_eq!(find("x", "ef01", all).unwrap(), Some("ef0102"));
        assert_eq!(
            find("x", "EF01", all).unwrap(),
            Some("ef0102"),
            "as it may be typed from paper"
        );
        assert_eq!(find("x", "abcd02", all).unwrap(), Some("abcd02"));
        assert_eq!(find("x", "0000", all).unwrap(), None);
        let told = |text: &str| one_of("x", text, all, "look").unwrap_err().lines.join("");
        assert!(told("abcd").contains("give more digits"), "{}", told("abcd"));
        assert!(told("0000").contains("look"));
        for wrong in ["", "abc", "ABCG", "xyz1", "../.."] {
            assert!(told(wrong).contains("hexadecimal"), "{wrong}");
        }
    }
}
