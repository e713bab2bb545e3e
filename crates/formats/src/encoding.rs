//! Bytes to text.

use crate::{MAX_INPUT_BYTES, ReadError, SourcePlace};

/// The bytes of a file without its byte order mark, if they are not too many and may be text.
///
/// # Errors
/// When there are too many, or they are UTF-16.
pub(crate) fn bounded(bytes: &[u8]) -> Result<&[u8], ReadError> {
    let whole = |what: String| Err(ReadError::new(SourcePlace::Whole, None, what));
    if bytes.len() > MAX_INPUT_BYTES {
        return whole(format!(
            "{} bytes: at most {MAX_INPUT_BYTES} are read; split the file",
            bytes.len()
        ));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return whole("the file is UTF-16; save it as UTF-8".to_owned());
    }
    Ok(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes))
}

/// What Windows-1252 has where ISO 8859-1 has control characters, 0x80 to 0x9F; those that it leaves
/// open stay control characters (WHATWG Encoding Standard, index windows-1252).
const HIGH_CONTROLS: [char; 32] = [
    '\u{20AC}', '\u{81}', '\u{201A}', '\u{192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2C6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8D}', '\u{17D}', '\u{8F}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2DC}', '\u{2122}', '\u{161}', '\u{203A}', '\u{153}', '\u{9D}', '\u{17E}', '\u{178}',
];

/// The text that bytes are in Windows-1252, which holds all that ISO 8859-1 has but control
/// characters.
pub(crate) fn windows_1252(bytes: &[u8]) -> String {
    let character = |byte: &u8| match byte {
        0x80..=0x9F => HIGH_CONTROLS[usize::from(byte - 0x80)],
        byte => char::from(*byte),
    };
    bytes.iter().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_1252_is_read_letter_by_letter() {
        assert_eq!(windows_1252(b"M\xFCnchen \x96 \x80 A"), "München – € A");
        assert!((0..=255_u8).all(|b| windows_1252(&[b]).chars().count() == 1));
    }

    #[test]
    fn text_in_two_bytes_a_letter_is_refused_with_the_remedy() {
        let error = bounded(&[0xFF, 0xFE, 0x41, 0x00]).unwrap_err().to_string();
        assert_eq!(error, "the file: the file is UTF-16; save it as UTF-8");
        assert_eq!(bounded(b"\xEF\xBB\xBFA"), Ok(&b"A"[..]));
    }
}
