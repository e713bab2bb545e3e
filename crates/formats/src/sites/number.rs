//! Cells that a spreadsheet stores as a number.
//!
//! A number format may show another number than the cell holds, or a unit beside it: with `0 "km"` the
//! cell holds 5 and shows `5 km`. What is shown is what the author meant.

use calamine::NumberFormat;

use crate::attributes::clip;

/// What a cell with a number holds.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Number {
    /// The number that is stored.
    pub(super) text: String,
    /// Its number format, where that shows more, or another number.
    format: Option<String>,
    /// The words that the format shows beside the number.
    shown: String,
    /// Whether the format shows another number: thousands of it, or hundredths.
    is_scaled: bool,
}

impl Number {
    /// A number under a number format.
    pub(super) fn new(text: String, format: Option<&NumberFormat>) -> Number {
        let code = format.map_or("General", |format| format.format_code.as_str());
        let (shown, is_scaled) = shown(code);
        let format = (!shown.is_empty() || is_scaled).then(|| clip(code));
        Number { text, format, shown, is_scaled }
    }

    /// Whether its cell shows the number that it holds and nothing else.
    pub(super) fn is_plain(&self) -> bool {
        self.format.is_none()
    }

    /// Checks that a cell shows the number that it holds, in the unit that its column is in: `units` are the
    /// words for it.
    ///
    /// # Errors
    /// When it does not; the number format is named.
    pub(super) fn check(&self, header: &str, units: &[String]) -> Result<(), String> {
        let Some(format) = &self.format else { return Ok(()) };
        if !self.is_scaled && (self.shown.is_empty() || units.contains(&self.shown)) {
            return Ok(());
        }
        Err(format!(
            "`{header}` holds {} in a cell of the format {format}, which shows something else: format it \
             as a plain number, in the unit of its column",
            self.text
        ))
    }
}

/// What the first section of a format code (ECMA-376-1, section 18.8.31) shows beside the number, in
/// small letters without blanks, and whether it shows a part or a multiple of it.
fn shown(code: &str) -> (String, bool) {
    let mut words = String::new();
    let mut is_scaled = false;
    if code.eq_ignore_ascii_case("General") {
        return (words, is_scaled);
    }
    let mut after_digit = false;
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        let mut digit = false;
        match c {
            ';' => break,
            '"' => words.extend(chars.by_ref().take_while(|quoted| *quoted != '"')),
            '\\' => words.extend(chars.next()),
            '_' | '*' => drop(chars.next()),
            '[' => drop(chars.by_ref().find(|inner| *inner == ']')),
            '%' => is_scaled = true,
            // After the last digit a comma leaves three figures away, between two it groups them.
            ',' => {
                while chars.next_if_eq(&',').is_some() {}
                is_scaled |= after_digit && !chars.peek().is_some_and(|next| "0#?".contains(*next));
            }
            '0' | '#' | '?' | '.' => digit = true,
            // Scientific notation shows the same number.
            'E' | 'e' => drop(chars.next_if(|sign| "+-".contains(*sign))),
            c if c.is_alphabetic() || "°′″'/".contains(c) => words.push(c),
            _ => {}
        }
        after_digit = digit;
    }
    (words.to_lowercase().split_whitespace().collect(), is_scaled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_format_shows_beside_the_number_is_told() {
        for (code, words, is_scaled) in [
            ("General", "", false),
            ("0.00", "", false),
            ("#,##0.00", "", false),
            ("0.00E+00", "", false),
            ("_-* #,##0_-;-* #,##0_-", "", false),
            ("[Red]0;[Blue]-0", "", false),
            ("0 \"km\"", "km", false),
            ("0\\ \\k\\m", "km", false),
            ("#,##0\" M AGL\"", "magl", false),
            ("0.0,\" km\"", "km", true),
            ("0,,", "", true),
            ("0%", "", true),
            ("0.000°", "°", false),
            ("@", "", false),
        ] {
            assert_eq!(shown(code), (words.to_owned(), is_scaled), "{code}");
        }
    }
}
