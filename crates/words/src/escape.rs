//! What others wrote, made harmless for a terminal, on one line and not too long.

/// The text without anything that could steer a terminal, turn the reading direction, begin a line, stand there
/// unseen or be piled upon what stands around it: names come from files that others wrote. The joiners U+200C and
/// U+200D stay, since scripts are written with them.
pub fn printable(text: &str) -> String {
    let (mut shown, mut marks) = (String::with_capacity(text.len()), 0);
    for c in text.chars() {
        let look = Look::of(c);
        marks = if look == Look::Mark { marks + 1 } else { 0 };
        match look {
            Look::Seen => shown.push(c),
            Look::Mark if marks <= MOST_MARKS => shown.push(c),
            // One for all that are too many.
            Look::Mark if marks > MOST_MARKS + 1 => {}
            Look::Space => shown.push(' '),
            Look::Mark | Look::Unseen => shown.push('\u{fffd}'),
        }
    }
    shown
}

/// The most marks that stand on one character: more than any script is written with.
const MOST_MARKS: usize = 4;

/// How a character shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// By itself.
    Seen,
    /// On the character before it.
    Mark,
    /// As a gap.
    Space,
    /// Not at all, or by what it does to others.
    Unseen,
}

impl Look {
    fn of(c: char) -> Look {
        match c {
            ' '..='~' | '\u{200c}' | '\u{200d}' => return Look::Seen,
            '\t' | '\n' | '\r' => return Look::Space,
            // Letters, marks and symbols that show nothing: those of Unicode's property
            // Default_Ignorable_Code_Point that no category tells, and the braille pattern without a dot.
            '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}' => return Look::Unseen,
            _ => {}
        }
        // The standard library escapes, by their general category, controls, formats, surrogates, what is private
        // or not assigned, and separators; and marks where they have nothing to stand on.
        let escaped = |mut shown: std::str::EscapeDebug<'_>| {
            let after = shown.by_ref().skip(1).take(2).collect::<String>();
            after == "\\u" || after == "\\0"
        };
        let mut bytes = [b'a', 0, 0, 0, 0];
        let length = 1 + c.encode_utf8(&mut bytes[1..]).len();
        let after_another = std::str::from_utf8(&bytes[..length]).unwrap_or_default();
        let separates_lines = matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{b}' | '\u{c}');
        if c.is_whitespace() && !separates_lines {
            Look::Space
        } else if escaped(after_another.escape_debug()) {
            Look::Unseen
        } else if c.escape_debug().len() > 1 {
            Look::Mark
        } else {
            Look::Seen
        }
    }
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

/// A text cut to so many columns of a terminal, at least one. Whatever it turns is turned back at its end.
pub fn fitting(text: &str, columns: usize) -> String {
    if self::columns(text) <= columns {
        return text.to_owned();
    }
    let (mut shown, mut left, mut turns) = (String::new(), columns.saturating_sub(1), 0_usize);
    for c in text.chars() {
        let Some(rest) = left.checked_sub(columns_of(c)) else { break };
        left = rest;
        match c {
            '\u{2066}'..='\u{2068}' => turns += 1,
            '\u{2069}' => turns = turns.saturating_sub(1),
            _ => {}
        }
        shown.push(c);
    }
    shown.truncate(shown.trim_end().len());
    shown.push('…');
    shown.extend(std::iter::repeat_n('\u{2069}', turns));
    shown
}

/// How many columns a text takes in a terminal.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// A text in lines of at most so many columns, broken between words. What it turns is turned back at the end of each line,
/// and turned anew in the next one.
pub(crate) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let (mut lines, mut line, mut open) = (Vec::new(), String::new(), Vec::new());
    for word in text.split(' ') {
        if columns(&line) > 0 && columns(&line) + 1 + columns(word) > most {
            line.extend(std::iter::repeat_n('\u{2069}', open.len()));
            lines.push(std::mem::replace(&mut line, open.iter().collect()));
        } else if columns(&line) > 0 {
            line.push(' ');
        }
        for c in word.chars() {
            match c {
                '\u{2066}'..='\u{2068}' => open.push(c),
                '\u{2069}' => drop(open.pop()),
                _ => {}
            }
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// How many columns a character takes in a terminal; those of East Asian scripts take two.
fn columns_of(c: char) -> usize {
    match c {
        '\u{2066}'..='\u{2069}' | '\u{200c}' | '\u{200d}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        c if Look::of(c) == Look::Mark => 0,
        _ => 1,
    }
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

/// What the vocabulary rendered, for a terminal: [`printable`] but for the isolates that it put round values. Where
/// nothing is written from right to left they turn nothing, and are left out: whoever copies a time or a name from the
/// screen gets that and no more.
pub fn rendered(text: &str) -> String {
    let turns = text.chars().any(is_right_to_left);
    let (mut shown, mut piece) = (String::with_capacity(text.len()), String::new());
    for c in text.chars() {
        if matches!(c, '\u{2066}'..='\u{2069}') {
            shown.push_str(&printable(&piece));
            piece.clear();
            if turns {
                shown.push(c);
            }
        } else {
            piece.push(c);
        }
    }
    shown.push_str(&printable(&piece));
    shown
}

/// Whether a character is of a script that is written from right to left, or a number of one.
pub(crate) fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
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
    fn nothing_stands_unseen_whatever_it_is_called() {
        let unseen = "\u{180e}\u{3164}\u{115f}\u{1160}\u{ffa0}\u{2800}\u{206f}\u{206a}\u{fff9}\u{fffb}\
                      \u{fe0f}\u{fe00}\u{34f}\u{17b4}\u{180b}\u{e0100}\u{e0001}\u{e000}\u{10ffff}\u{378}\
                      \u{0}\u{7f}\u{85}\u{b}";
        for c in unseen.chars() {
            assert_eq!(printable(&format!("a{c}b")), "a\u{fffd}b", "{}", c.escape_unicode());
        }
        for space in "\u{a0}\u{2003}\u{202f}\u{3000}".chars() {
            assert_eq!(printable(&format!("a{space}b")), "a b", "{}", space.escape_unicode());
        }
    }

    #[test]
    fn what_scripts_are_written_with_stays_and_marks_are_not_piled() {
        for text in [
            "Ελλάδα, Україна, 北京, 서울, みなと",
            "हिन्दी, தமிழ், ไทย, ភាសាខ្មែរ",
            "e\u{301}\u{323} שָׁלוֹם بِسْمِ",
            "12′ 30″ – ± \\ \" '",
        ] {
            assert_eq!(printable(text), text);
        }
        let piled = format!("a{}b", "\u{301}".repeat(60));
        assert_eq!(printable(&piled), format!("a{}\u{fffd}b", "\u{301}".repeat(4)));
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

    #[test]
    fn isolates_stay_where_something_is_written_from_right_to_left_and_only_there() {
        assert_eq!(rendered("Zone: \u{2068}Garrison\u{2069}."), "Zone: Garrison.");
        let arabic = "\u{2068}\u{2066}10:00\u{2069}\u{2069} منطقة";
        assert_eq!(rendered(arabic), arabic);
        assert_eq!(rendered("\u{2068}a\u{1b}[2J\u{202e}\u{2069}"), "a\u{fffd}[2J\u{fffd}");
    }

    #[test]
    fn a_text_is_cut_to_the_columns_that_it_takes_and_turned_back_at_its_end() {
        assert_eq!(fitting("Zone: Garrison.", 15), "Zone: Garrison.");
        assert_eq!(fitting("Zone: Garrison.", 14), "Zone: Garriso…");
        assert_eq!(fitting("Zone: Garrison.", 7), "Zone:…");
        assert_eq!(fitting("区域：北", 8), "区域：北");
        assert_eq!(fitting("区域：北", 7), "区域：…");
        assert_eq!(fitting("\u{2067}الحامية\u{2069} ok", 5), "\u{2067}الحا…\u{2069}");
        assert_eq!(fitting("abc", 0), "…");
    }
}
