//! Rows of a comma-separated file (RFC 4180), in bounded memory.
//!
//! Written here because lenient readers let a stray quotation mark swallow the rows after it; a site
//! that vanishes like that would not be missed. A quoted field must end where its field ends.

use super::{MAX_COLUMNS, MAX_ROW_BYTES};

/// The rows of a text, with their numbers.
pub(super) struct Rows<'a> {
    rest: &'a str,
    delimiter: u8,
    number: usize,
}

impl<'a> Rows<'a> {
    /// The rows of `text`, whose fields the delimiter divides.
    pub(super) fn new(text: &'a str, delimiter: u8) -> Rows<'a> {
        Rows { rest: text, delimiter, number: 0 }
    }

    /// The fields of one row and how many bytes they take, without the line end.
    fn fields(&self) -> Result<(Vec<String>, usize), String> {
        let bytes = self.rest.as_bytes();
        let mut fields = Vec::new();
        let mut at = 0;
        loop {
            if fields.len() == MAX_COLUMNS {
                return Err(format!(
                    "more than {MAX_COLUMNS} columns; remove those that are not needed"
                ));
            }
            let field = if bytes.get(at) == Some(&b'"') {
                self.quoted(&mut at)?
            } else {
                let from = at;
                while bytes.get(at).is_some_and(|b| !self.ends_field(*b)) {
                    at += 1;
                }
                self.rest[from..at].to_owned()
            };
            if at > MAX_ROW_BYTES {
                return Err(format!("longer than {MAX_ROW_BYTES} bytes; simplify its shape"));
            }
            fields.push(field);
            match bytes.get(at) {
                Some(b) if *b == self.delimiter => at += 1,
                _ => return Ok((fields, at)),
            }
        }
    }

    /// The quoted field at `at`, which then stands after its closing mark.
    fn quoted(&self, at: &mut usize) -> Result<String, String> {
        let bytes = self.rest.as_bytes();
        let mut field = String::new();
        loop {
            let from = *at + 1;
            let length = bytes[from..].iter().take(MAX_ROW_BYTES).position(|b| *b == b'"');
            let length = length.ok_or("a quotation mark is opened but not closed; close it")?;
            field.push_str(&self.rest[from..from + length]);
            *at = from + length + 1;
            match bytes.get(*at) {
                Some(b'"') => field.push('"'),
                Some(b) if !self.ends_field(*b) => {
                    return Err(
                        "a quotation mark stands inside a quoted cell; write it twice".to_owned()
                    );
                }
                _ => return Ok(field),
            }
        }
    }

    /// Whether a byte ends a field that is not quoted.
    fn ends_field(&self, byte: u8) -> bool {
        byte == self.delimiter || byte == b'\n' || byte == b'\r'
    }
}

impl Iterator for Rows<'_> {
    type Item = (usize, Result<Vec<String>, String>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let read = self.fields();
        // After a broken row, reading goes on at the next line, so that no other row is hidden.
        let length = match &read {
            Ok((_, length)) => *length,
            Err(_) => self.rest.find(['\n', '\r']).unwrap_or(self.rest.len()),
        };
        let rest = &self.rest[length..];
        self.rest = rest.strip_prefix("\r\n").or(rest.strip_prefix(['\n', '\r'])).unwrap_or(rest);
        Some((self.number, read.map(|(fields, _)| fields)))
    }
}

/// The delimiter that the first row has most of, outside quotation marks: comma, semicolon or tab.
pub(super) fn delimiter(text: &str) -> u8 {
    let mut quoted = false;
    let header = text.trim_start().bytes().take_while(|b| {
        quoted ^= *b == b'"';
        quoted || (*b != b'\n' && *b != b'\r')
    });
    let (mut quoted, mut tabs, mut semicolons, mut commas) = (false, 0, 0, 0);
    for byte in header {
        match byte {
            b'"' => quoted = !quoted,
            b'\t' if !quoted => tabs += 1,
            b';' if !quoted => semicolons += 1,
            b',' if !quoted => commas += 1,
            _ => {}
        }
    }
    if tabs > semicolons.max(commas) {
        b'\t'
    } else if semicolons > commas {
        b';'
    } else {
        b','
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(usize, Result<Vec<String>, String>)> {
        Rows::new(text, delimiter(text)).collect()
    }

    fn good(text: &str) -> Vec<(usize, Vec<String>)> {
        rows(text).into_iter().map(|(n, row)| (n, row.unwrap())).collect()
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_does() {
        let expected = vec![
            (1, vec!["a".to_owned(), "b".to_owned()]),
            (2, vec!["1,\n2".to_owned(), "say \"x\"".to_owned()]),
            (3, vec![String::new()]),
            (4, vec!["5\" pipe".to_owned(), String::new()]),
        ];
        let text = "a,b\n\"1,\n2\",\"say \"\"x\"\"\"\n\n5\" pipe,\n";
        assert_eq!(good(text), expected);
        let crlf = "a,b\r\n\"1,\n2\",\"say \"\"x\"\"\"\r\n\r\n5\" pipe,";
        assert_eq!(good(crlf), expected);
    }

    #[test]
    fn the_delimiter_is_the_one_that_the_header_uses() {
        for (text, expected) in [
            ("a,b;c,d", b','),
            ("\"a;;\n;\",b\n;;;", b','),
            ("a;b;c", b';'),
            ("a\tb", b'\t'),
            ("a", b','),
        ] {
            assert_eq!(delimiter(text), expected, "{text}");
        }
    }

    #[test]
    fn a_stray_quotation_mark_is_an_error_and_hides_no_other_row() {
        let read = rows("1,\"Old,33\n2,\"New,34\n3,x\n");
        assert_eq!(read.len(), 3);
        assert_eq!(
            read[0],
            (1, Err("a quotation mark stands inside a quoted cell; write it twice".to_owned()))
        );
        assert_eq!(
            read[1],
            (2, Err("a quotation mark is opened but not closed; close it".to_owned()))
        );
        assert_eq!(read[2], (3, Ok(vec!["3".to_owned(), "x".to_owned()])));
    }
}
