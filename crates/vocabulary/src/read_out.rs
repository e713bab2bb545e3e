//! A text form as it is read out and typed in: with the name of the message, which a text form of a message does not
//! say, and letter by letter.

use std::fmt;
use std::str::FromStr;

use crate::check_letters::{ALPHABET, check_letters};
use crate::text_form::{TextFault, TextForm};
use crate::value::ShortRef;

/// A text form and what names the message: `W4 R ... 5XQZ /FNV7F4XBG7 8K2M`. After the text form stand the first ten
/// characters of the message's name, and four check letters over all that stands before them, so that no name is taken
/// for another text. An answer says within its form what it answers, and has no such end.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NamedTextForm {
    /// What is said.
    pub form: TextForm,
    /// What names the message.
    pub name: Option<ShortRef>,
}

impl fmt::Display for NamedTextForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = self.form.to_string();
        let Some(name) = self.name else { return f.write_str(&form) };
        let told = format!("{form} /{name}");
        let letters = check_letters(&told).ok_or(fmt::Error)?;
        write!(f, "{told} {letters}")
    }
}

impl FromStr for NamedTextForm {
    type Err = TextFault;

    fn from_str(typed: &str) -> Result<NamedTextForm, TextFault> {
        let bare = typed.parse::<TextForm>();
        let fault = match bare {
            Ok(form) => return Ok(NamedTextForm { form, name: None }),
            Err(fault) => fault,
        };
        if matches!(fault, TextFault::Character(_)) {
            return Err(fault);
        }
        let text = typed.split_ascii_whitespace().map(str::to_ascii_uppercase);
        let fields: Vec<String> = text.collect();
        let ends = fields.len().checked_sub(2).filter(|before| *before > 0);
        let named = ends.map(|before| (before, fields[..before].join(" ").parse::<TextForm>()));
        if let Some((before, Ok(form))) = named {
            // What stands before it fits, so what does not is in one of the last two.
            let told = fields[..=before].join(" ");
            let name = fields[before].strip_prefix('/').and_then(ShortRef::from_text);
            let fits = check_letters(&told).as_deref() == Some(&fields[before + 1]);
            return match name.filter(|_| fits) {
                Some(name) => Ok(NamedTextForm { form, name: Some(name) }),
                None => Err(TextFault::SlipIn(before + 1)),
            };
        }
        match fault {
            TextFault::Slip | TextFault::TooLong => {
                Err(doubtful_field(&fields.join(" ")).map_or(fault, TextFault::SlipIn))
            }
            fault => Err(fault),
        }
    }
}

/// The most characters of which each is tried.
const MOST_TRIED: usize = 200;

/// The field, counted from 1, in which one other character, or two neighbours the other way round, would make all fit;
/// `None` where there is none, or more than one. What would stand there is not told: it is to be read again.
fn doubtful_field(text: &str) -> Option<usize> {
    if text.len() > MOST_TRIED {
        return None;
    }
    let mut found = None;
    let mut tried = text.as_bytes().to_vec();
    for at in 0..tried.len() {
        let field = 1 + text.as_bytes()[..at].iter().filter(|byte| **byte == b' ').count();
        let was = tried[at];
        let mut fits = false;
        if was != b' ' {
            for other in ALPHABET.iter().filter(|other| **other != b' ' && **other != was) {
                tried[at] = *other;
                fits |= is_whole(&tried);
            }
            tried[at] = was;
        }
        if at + 1 < tried.len() && tried[at] != tried[at + 1] {
            tried.swap(at, at + 1);
            fits |= is_whole(&tried);
            tried.swap(at, at + 1);
        }
        if fits && found.is_some_and(|found| found != field) {
            return None;
        }
        if fits {
            found = Some(field);
        }
    }
    found
}

/// Whether it is a text form, with a name or without.
fn is_whole(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let Some((told, letters)) = text.rsplit_once(' ') else { return false };
    if check_letters(told).as_deref() != Some(letters) {
        return false;
    }
    let before = told.rsplit_once(' ').map(|(before, _)| before);
    text.parse::<TextForm>().is_ok()
        || before.is_some_and(|before| before.parse::<TextForm>().is_ok())
}

/// The words of the spelling alphabet (ICAO Annex 10, volume II, 5.2.1.3), the digits, and the signs of text forms.
fn word(c: char) -> Option<&'static str> {
    const LETTERS: [&str; 26] = [
        "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India",
        "Juliett", "Kilo", "Lima", "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo",
        "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "X-ray", "Yankee", "Zulu",
    ];
    const DIGITS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    Some(match c {
        'A'..='Z' => LETTERS[c as usize - 'A' as usize],
        '0'..='9' => DIGITS[c as usize - '0' as usize],
        '-' => "dash",
        '.' => "point",
        '+' => "plus",
        '*' => "star",
        '/' => "slash",
        ':' => "colon",
        '=' => "equals",
        ',' => "comma",
        '#' => "hash",
        _ => return None,
    })
}

/// A text form letter by letter, a line for each field: `W4` as `Whiskey four`. What stands in no text form is left
/// out.
///
/// ```
/// assert_eq!(deconflict_vocabulary::spelled("W4 R"), ["Whiskey four", "Romeo"]);
/// ```
pub fn spelled(text: &str) -> Vec<String> {
    let field = |field: &str| field.chars().filter_map(word).collect::<Vec<_>>().join(" ");
    text.split_ascii_whitespace().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_a_text_form_has_a_word_of_its_own() {
        let words: Vec<_> = ALPHABET.iter().filter_map(|byte| word(char::from(*byte))).collect();
        assert_eq!(words.len(), ALPHABET.len() - 1, "all but the gap");
        let distinct: std::collections::BTreeSet<_> = words.iter().collect();
        assert_eq!(distinct.len(), words.len());
    }
}
