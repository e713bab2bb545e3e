//! What others wrote, made harmless for a terminal, on one line and not too long.

/// The text without anything that could steer a terminal, turn the reading direction, begin a line or
/// stand there unseen: names come from files that others wrote. The joiners U+200C and U+200D stay, since
/// scripts are written with them.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// A text for people of at most 80 characters, the middle left out where it is longer: names often
/// differ at their ends.
pub fn clipped(text: String) -> String {
    const MOST: usize = 80;
    const TAIL: usize = 30;
    let length = text.chars().count();
    if length <= MOST {
        return text;
    }
    let head: String = text.chars().take(MOST - TAIL - 1).collect();
    let tail: String = text.chars().skip(length - TAIL).collect();
    format!("{}…{}", head.trim_end(), tail.trim_start())
}

/// The longest text of others that is printed in one line, in characters.
const LONGEST: usize = 1_200;

/// A text of others on one line, cut where it is very long.
pub fn bounded(text: &str) -> String {
    let text = printable(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The same with marks around it, as what somebody said.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", bounded(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc\u{202e}"), "a\u{fffd}[31mb c\u{fffd}");
        for c in "\u{61c}\u{2028}\u{2029}\u{200b}\u{2060}\u{2064}\u{feff}\u{ad}\u{e0000}\u{e007f}"
            .chars()
        {
            assert_eq!(printable(&format!("a{c}b")), "a\u{fffd}b", "{}", c.escape_unicode());
        }
        assert_eq!(printable("می\u{200c}خواهم"), "می\u{200c}خواهم");
    }

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(clipped("é".repeat(80)), "é".repeat(80));
        let short = clipped(format!("begin {} end", "é".repeat(500)));
        assert_eq!(short.chars().count(), 80);
        assert!(short.starts_with("begin é") && short.ends_with("é end"), "{short}");
    }

    #[test]
    fn what_others_wrote_cannot_steer_a_terminal() {
        assert_eq!(quoted("a\u{1b}[2Jb\nc\u{202e}"), "\"a\u{fffd}[2Jb c\u{fffd}\"");
        assert!(bounded(&"x".repeat(5_000)).chars().count() <= LONGEST + 1);
    }
}
