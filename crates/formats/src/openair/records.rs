//! Which records there are, and which texts look like one that has lost its name.

use crate::heights;

/// The records that declare something of an airspace; all others but those of its outline only say
/// how it is shown.
pub(super) const DECLARING: [&str; 9] = ["AN", "AI", "AL", "AH", "AA", "AY", "AF", "AG", "AX"];

/// The records that only say how something is shown.
pub(super) const STEPPED_OVER: [&str; 3] = ["AT", "SP", "SB"];

/// Whether a record of a name is one of an airspace that lacks the blank after its key: `AL3000`,
/// `AH=FL95`.
pub(super) fn glued(key: &str) -> bool {
    let (head, rest) = key.split_at_checked(2).unwrap_or((key, ""));
    let known = DECLARING.contains(&head) || head == "AC";
    known && rest.starts_with(|c: char| !c.is_ascii_alphabetic())
}

/// Whether a record of a name is one of an outline, known or not. One that lacks its blank,
/// `DP52:00:00N` or `VX=`, must not pass for one of another kind.
pub(super) fn is_of_outline(key: &str) -> bool {
    let other = |c: char| !c.is_ascii_alphabetic();
    match key.as_bytes() {
        [b'V' | b'D'] | [b'V' | b'D', _] => true,
        [b'V', second, ..] => other(char::from(*second)) || key.contains('='),
        [b'D', _, third, ..] => other(char::from(*third)),
        _ => false,
    }
}

/// Whether a text sets a variable of an outline, as only records `V` do.
pub(super) fn sets_variable(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    ["X=", "D=", "W="].iter().any(|variable| text.contains(variable))
}

/// Whether a text that should not may say a place or a time: it has an angle, `52:11`, an hour, or
/// numbers beside letters of both axes, `48.0 N 10.16 E`.
pub(super) fn speaks_of_places(remark: &str) -> bool {
    let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
    let bytes = remark.as_bytes();
    (1..bytes.len()).any(|i| bytes[i] == b':' && digit(bytes.get(i - 1)) && digit(bytes.get(i + 1)))
        || (has_axis(bytes, [b'N', b'S']) && has_axis(bytes, [b'E', b'W']))
}

/// Whether one of some letters stands alone beside a number, before or after it.
fn has_axis(text: &[u8], letters: [u8; 2]) -> bool {
    let is = |b: Option<&u8>, of: fn(&u8) -> bool| b.is_some_and(of);
    // A number, or the sign of its degrees, minutes or seconds.
    let number = |b: &u8| b.is_ascii_digit() || b".'\"".contains(b) || !b.is_ascii();
    (0..text.len()).any(|i| {
        let (before, after) = (&text[..i], &text[i + 1..]);
        let alone = !is(before.last(), u8::is_ascii_alphabetic)
            && !is(after.first(), u8::is_ascii_alphabetic);
        let blank = |b: &&u8| !b.is_ascii_whitespace();
        letters.contains(&text[i].to_ascii_uppercase())
            && alone
            && (is(before.iter().rev().find(blank), number) || is(after.iter().find(blank), number))
    })
}

/// Whether a record, or what stands after its key, is nothing but numbers, two or more, one of them with
/// decimals: a position without its letters.
pub(super) fn is_pair(key: &str, value: &str) -> bool {
    are_numbers(value) || are_numbers(&format!("{key} {value}"))
}

fn are_numbers(text: &str) -> bool {
    let mut numbers = text.split([' ', '\t', ',', ';']).filter(|word| !word.is_empty());
    let several = numbers.clone().count() > 1;
    several
        && numbers.clone().any(|word| word.contains('.'))
        && numbers.all(|word| heights::parse_number(word).is_some())
}
