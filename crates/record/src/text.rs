//! What the text formats share: their one error, and numbers and bytes in their one spelling.

use std::fmt;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The largest integer that a body in JSON may hold, 2^53 - 1: above it, a reader whose numbers
/// are doubles (any browser) would read another number than was signed.
pub const MAX_JSON_INTEGER: u64 = (1 << 53) - 1;

/// Bytes or text that are not what they should be: which format, where, and what would be right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Malformed {
    format: &'static str,
    place: String,
    fault: String,
}

impl Malformed {
    pub(crate) fn new(
        format: &'static str,
        place: impl Into<String>,
        fault: impl Into<String>,
    ) -> Malformed {
        Malformed { format, place: place.into(), fault: fault.into() }
    }

    /// At a line, counted from 1.
    pub(crate) fn line(format: &'static str, line: usize, fault: impl Into<String>) -> Malformed {
        Malformed::new(format, format!("line {line}"), fault)
    }

    pub(crate) fn whole(format: &'static str, fault: impl Into<String>) -> Malformed {
        Malformed::new(format, "", fault)
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.format)?;
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.fault)
    }
}

impl std::error::Error for Malformed {}

/// The lines before the first empty one, as text, and the bytes after it, which are a note's.
pub(crate) fn before_note<'a>(
    format: &'static str,
    bytes: &'a [u8],
    max_bytes: usize,
) -> Result<(&'a str, &'a [u8]), Malformed> {
    if bytes.len() > max_bytes {
        let fault = format!("{} bytes: must be at most {max_bytes}", bytes.len());
        return Err(Malformed::whole(format, fault));
    }
    let end = bytes.windows(2).position(|two| two == b"\n\n");
    let end = end.ok_or_else(|| Malformed::whole(format, "has no empty line"))?;
    let head = str::from_utf8(&bytes[..end]);
    Ok((head.map_err(|_| Malformed::line(format, 1, "must be UTF-8"))?, &bytes[end + 2..]))
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| digits(*byte)).map(char::from).collect()
}

/// Writes lower-case hexadecimal without making a text of it first.
pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8; 32]) -> fmt::Result {
    let mut text = [0; 64];
    for (two, byte) in text.chunks_exact_mut(2).zip(bytes) {
        two.copy_from_slice(&digits(*byte));
    }
    f.write_str(str::from_utf8(&text).expect("digits are ASCII"))
}

fn digits(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)])
}

/// What each character is worth as a lower-case hexadecimal digit; 255: it is none.
const VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut value = 0;
    while value < 16 {
        values[DIGITS[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// The bytes behind `2 * N` lower-case hexadecimal digits.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
        seen |= high | low;
        *byte = high << 4 | low & 15;
    }
    (seen <= 15).then_some(bytes)
}

/// Standard base64 (RFC 4648 section 4), padded.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes behind padded standard base64 in its canonical form: no other padding, no bits left
/// over, no white space.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A decimal number without sign or leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical =
        text.bytes().all(|c| c.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if canonical { text.parse().ok() } else { None }
}

/// Serde for types that stand in JSON as text: `Display` and a parser.
macro_rules! serde_as_text {
    ($type:ty, $parse:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                /// Reads a text where it stands.
                struct Reading;
                impl serde::de::Visitor<'_> for Reading {
                    type Value = $type;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string")
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        $parse(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Reading)
            }
        }
    };
}
pub(crate) use serde_as_text;

/// Reads JSON that must be spelled exactly as `T` is written: members in order, nothing unknown,
/// nothing twice, no white space, one way to escape.
pub(crate) fn canonical_json<'a, T>(format: &'static str, bytes: &'a [u8]) -> Result<T, Malformed>
where
    T: serde::Deserialize<'a> + serde::Serialize,
{
    let value: T = serde_json::from_slice(bytes)
        .map_err(|error| Malformed::new(format, "JSON", error.to_string()))?;
    let Some(at) = differs_at(&value, bytes) else { return Ok(value) };
    Err(Malformed::new(
        format,
        format!("byte {at}"),
        "not in its one spelling: write the members in their order, without white space between \
         them, each present, text with no escape that is not needed",
    ))
}

/// At which byte a text differs from the one spelling of a value in JSON: no white space, members in the
/// order of their fields, no escape that is not needed. `None`: it is spelt so. Nothing is written anew: the
/// text is compared as the value is spelt.
pub fn differs_at<T: serde::Serialize>(value: &T, text: &[u8]) -> Option<usize> {
    let mut rest = Remainder(text);
    let spelt = serde_json::to_writer(&mut rest, value);
    (spelt.is_err() || !rest.0.is_empty()).then(|| text.len() - rest.0.len())
}

/// What is left of a text, which must be what is written.
struct Remainder<'a>(&'a [u8]);

impl Write for Remainder<'_> {
    fn write(&mut self, written: &[u8]) -> io::Result<usize> {
        self.write_all(written).map(|()| written.len())
    }

    fn write_all(&mut self, written: &[u8]) -> io::Result<()> {
        if let Some(rest) = self.0.strip_prefix(written) {
            self.0 = rest;
            return Ok(());
        }
        let same = written.iter().zip(self.0).take_while(|(wanted, found)| wanted == found).count();
        self.0 = &self.0[same..];
        Err(io::ErrorKind::InvalidData.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// JSON without white space, members in the order of their fields.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("all members are text, numbers or lists, and keys are text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for wrong in ["", "00", "01", "+1", "-1", " 1", "1 ", "1_0", "1.0", "18446744073709551616"]
        {
            assert_eq!(decimal(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_text_is_compared_with_the_one_spelling_of_a_value() {
        let value = ("a\"b", [1, 20]);
        assert_eq!(differs_at(&value, br#"["a\"b",[1,20]]"#), None);
        for (other, at) in [
            (r#"["a\"b",[1,20]] "#, 15),
            (r#"["a\"b",[1,20]"#, 14),
            (r#"["a\"b",[1,2]]"#, 12),
            (r#"["a\u0022b",[1,20]]"#, 4),
            (r#" ["a\"b",[1,20]]"#, 0),
            ("", 0),
        ] {
            assert_eq!(differs_at(&value, other.as_bytes()), Some(at), "{other}");
        }
    }

    #[test]
    fn bytes_have_one_spelling_in_hexadecimal_and_in_base64() {
        assert_eq!(from_hex::<2>("0aff"), Some([10, 255]));
        for wrong in ["0aF0", "0af", "0aff0", "0agf", "", "0x0a", "é0a"] {
            assert_eq!(from_hex::<2>(wrong), None, "{wrong:?}");
        }
        for character in (0..128u8).map(char::from) {
            let (high, low) = (format!("{character}0"), format!("0{character}"));
            let value = character.to_digit(16).filter(|_| !character.is_ascii_uppercase());
            let value = value.map(|value| value as u8);
            assert_eq!(from_hex::<1>(&high), value.map(|value| [value << 4]), "{high:?}");
            assert_eq!(from_hex::<1>(&low), value.map(|value| [value]), "{low:?}");
        }
        assert_eq!(from_base64("AA=="), Some(vec![0]));
        for wrong in ["AA", "AA=", "AB==", "AA==\n", " AA==", "A-==", "AA==AA=="] {
            assert_eq!(from_base64(wrong), None, "{wrong:?}");
        }
    }
}
