//! JSON text to values, in bounded memory.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::{MAX_INPUT_BYTES, ReadError, SourcePlace};

/// The most memory that the values of one input may take, in bytes (as estimated here; what the
/// allocator adds is a few per cent). A file of 100 MB with the coordinates of four million
/// vertices stays below it; 100 MB of `{},{},{}` does not.
const MAX_VALUE_BYTES: usize = 1024 * 1024 * 1024;

/// What the estimate counts for each entry of an object beyond key and value: the entry's hash and
/// length fields and its slot in the index.
const ENTRY_BYTES: usize = 64;

/// Parses JSON. A byte order mark is stepped over; two members of one name are
/// refused (which of them counts, RFC 8259, section 4, leaves open); nesting is limited to 127 levels (by serde_json).
///
/// # Errors
/// When the input is too large, not UTF-8, not JSON, too deep, or its values would take too much
/// memory.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, ReadError> {
    parse_within(bytes, MAX_VALUE_BYTES)
}

/// Parses a part of a text that was cut, whose values may take `left` bytes.
///
/// # Errors
/// When it is not JSON, too deep, or its values would take too much memory.
pub(crate) fn parse_part(text: &str, left: &Cell<usize>) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = ValueSeed { left }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// The memory that the values of a text may take which is read in parts, on several cores.
pub(crate) struct SharedLimit {
    left: AtomicUsize,
    exhausted: AtomicBool,
}

impl Default for SharedLimit {
    fn default() -> SharedLimit {
        SharedLimit { left: AtomicUsize::new(MAX_VALUE_BYTES), exhausted: AtomicBool::new(false) }
    }
}

impl SharedLimit {
    /// What `parse` makes of a part with what is left, if it is anything, and stays within it.
    pub(crate) fn take<T>(&self, parse: impl FnOnce(&Cell<usize>) -> Option<T>) -> Option<T> {
        let before = self.left.load(Ordering::Relaxed);
        let cell = Cell::new(before);
        let value = parse(&cell)?;
        let taken = before - cell.get();
        let less = |left: usize| left.checked_sub(taken);
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => Some(value),
            Err(_) => {
                self.exhaust();
                None
            }
        }
    }

    /// Says that the text is not to be read in parts.
    pub(crate) fn exhaust(&self) {
        self.exhausted.store(true, Ordering::Relaxed);
    }

    /// Whether it is not.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.exhausted.load(Ordering::Relaxed)
    }
}

/// The text of an input, without a byte order mark.
///
/// # Errors
/// When the input is larger than [`MAX_INPUT_BYTES`] or not UTF-8; the error names line and byte.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.len() > MAX_INPUT_BYTES {
        return Err(ReadError::new(
            SourcePlace::Whole,
            None,
            format!("{} bytes: at most {MAX_INPUT_BYTES} are read; split the file", bytes.len()),
        ));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        let line = 1 + bytes[..at].iter().filter(|b| **b == b'\n').count();
        ReadError::new(
            SourcePlace::Line(line),
            None,
            format!(
                "byte {at} (0x{:02X}) is not UTF-8; save the file in the encoding UTF-8",
                bytes[at]
            ),
        )
    })
}

fn parse_within(bytes: &[u8], limit: usize) -> Result<Value, ReadError> {
    let text = text(bytes)?;
    if text.trim().is_empty() {
        return Err(ReadError::new(SourcePlace::Whole, None, "empty; a JSON text is expected"));
    }
    if text.trim_start().starts_with(RECORD_SEPARATOR) {
        return Err(several_texts(text, RECORD_SEPARATOR.len_utf8()));
    }
    let left = Cell::new(limit);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = ValueSeed { left: &left }.deserialize(&mut deserializer);
    if read.is_ok() && deserializer.end().is_err() {
        // The tree before it is not needed to tell where the next text begins.
        let mut texts = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        if matches!(texts.next(), Some(Ok(_))) {
            let end = texts.byte_offset();
            let next = text[end..].trim_start_matches([' ', '\t', '\r', '\n', RECORD_SEPARATOR]);
            if next.starts_with(['{', '[']) {
                return Err(several_texts(text, text.len() - next.len()));
            }
        }
    }
    read.and_then(|value| deserializer.end().map(|()| value)).map_err(|e| {
        let what = e.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        let remedy = match what {
            "recursion limit exceeded" => "nested more than 127 levels deep; flatten it".into(),
            _ if e.is_eof() => format!("{what}: the file is cut off; get a complete copy"),
            _ if e.is_data() => what.to_owned(),
            _ => format!("not JSON: {what} (column {}); correct it", e.column()),
        };
        ReadError::new(SourcePlace::Line(e.line().max(1)), None, remedy)
    })
}

/// What stands before each text of a JSON text sequence (RFC 7464, section 2.1; RFC 8142).
const RECORD_SEPARATOR: char = '\u{1E}';

/// The refusal of a file with several JSON texts, the second of which begins at a byte.
fn several_texts(text: &str, second: usize) -> ReadError {
    let line = 1 + text.as_bytes()[..second].iter().filter(|b| **b == b'\n').count();
    let what = "several JSON texts stand in the file, another begins here, as in a GeoJSON text \
                sequence: put the features into one FeatureCollection (ogr2ogr -f GeoJSON does)";
    ReadError::new(SourcePlace::Line(line), None, what)
}

/// Builds a [`Value`] and gives up where it would take more memory than is left.
#[derive(Clone, Copy)]
pub(crate) struct ValueSeed<'a> {
    /// What is left, in bytes.
    pub(crate) left: &'a Cell<usize>,
}

impl ValueSeed<'_> {
    /// Takes an entry of an object, its value apart.
    ///
    /// # Errors
    /// When it would take more memory than is left.
    pub(crate) fn take_entry<E: serde::de::Error>(self, key: &str) -> Result<(), E> {
        self.take(size_of::<Value>() + size_of::<String>() + ENTRY_BYTES + key.len())
    }

    fn take<E: serde::de::Error>(self, bytes: usize) -> Result<(), E> {
        let left =
            self.left.get().checked_sub(bytes).ok_or_else(|| {
                E::custom("more values than fit in 1 GiB of memory; split the file")
            })?;
        self.left.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(Value::from(n))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::from(n))
    }

    fn visit_f64<E: serde::de::Error>(self, n: f64) -> Result<Value, E> {
        Number::from_f64(n).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: serde::de::Error>(self, s: &str) -> Result<Value, E> {
        self.take(s.len())?;
        Ok(Value::String(s.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            self.take(size_of::<Value>())?;
            items.push(item);
        }
        items.shrink_to_fit();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.take_entry(&key)?;
            let value = map.next_value_seed(self)?;
            if members.contains_key(&key) {
                let key: String = key.chars().take(40).collect();
                return Err(serde::de::Error::custom(format!(
                    "the member `{key}` is given twice in one object; keep one"
                )));
            }
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> String {
        parse(bytes).unwrap_err().to_string()
    }

    #[test]
    fn values_are_those_that_serde_json_builds() {
        let text = r#"{"a":[1,-2,2.5,1.5,true,null,"é"],"b":{"c":[]},"a2":18446744073709551615}"#;
        let ours = parse(text.as_bytes()).unwrap();
        assert_eq!(ours, serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(serde_json::to_string(&ours).unwrap(), text);
    }

    #[test]
    fn a_byte_order_mark_is_stepped_over() {
        assert_eq!(parse(b"\xEF\xBB\xBF[1]").unwrap(), serde_json::json!([1]));
    }

    #[test]
    fn bad_input_is_named_with_its_line_and_a_remedy() {
        for (bytes, expected) in [
            (&b""[..], "the file: empty; a JSON text is expected"),
            (b" \n ", "the file: empty; a JSON text is expected"),
            (
                b"{\n\"a\": [1, 2",
                "line 2: EOF while parsing a list: the file is cut off; get a complete copy",
            ),
            (b"{\n\"a\": NaN}", "line 2: not JSON: expected value (column 6); correct it"),
            (b"[1e999]", "line 1: not JSON: number out of range (column 6); correct it"),
            (b"[1]\n\n]", "line 3: not JSON: trailing characters (column 1); correct it"),
            (
                b"[\n\"\xFF\"]",
                "line 2: byte 3 (0xFF) is not UTF-8; save the file in the encoding UTF-8",
            ),
        ] {
            assert_eq!(error(bytes), expected);
        }
    }

    #[test]
    fn several_texts_in_one_file_are_refused_with_the_line_of_the_second() {
        for (text, line) in [
            ("{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}", 2),
            ("[1]\n\n  [2]", 3),
            ("{}{}", 1),
            ("\u{1E}{}\n\u{1E}{}\n", 1),
            ("{\n}\n\u{1E}{}", 3),
        ] {
            let error = error(text.as_bytes());
            let expected = format!("line {line}: several JSON texts stand in the file");
            assert!(error.starts_with(&expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_member_that_is_given_twice_is_refused() {
        assert_eq!(
            error(b"{\"a\": {\"r\": 1,\n\"r\": 5}}"),
            "line 2: the member `r` is given twice in one object; keep one"
        );
    }

    #[test]
    fn deep_nesting_is_refused() {
        for open in ["[", "{\"a\":"] {
            assert_eq!(
                error(open.repeat(10_000).as_bytes()),
                "line 1: nested more than 127 levels deep; flatten it"
            );
        }
    }

    #[test]
    fn values_that_would_take_too_much_memory_are_refused() {
        for text in
            ["[0,0,0,0,0]", "[{},{},{},{},{}]", r#"{"a":0,"b":0,"c":0}"#, r#"["0123456789"]"#]
        {
            let enough = parse_within(text.as_bytes(), 10_000);
            assert!(enough.is_ok(), "{text}");
            let e = parse_within(text.as_bytes(), 2 * size_of::<Value>().min(5)).unwrap_err();
            assert_eq!(
                e.to_string(),
                "line 1: more values than fit in 1 GiB of memory; split the file"
            );
        }
    }

    #[test]
    fn an_input_over_the_size_limit_is_refused() {
        let e = text(&vec![b' '; MAX_INPUT_BYTES + 1]).unwrap_err();
        assert!(e.to_string().contains("at most 268435456 are read; split the file"), "{e}");
    }
}
