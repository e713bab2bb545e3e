//! What parameters are worth: instants, references, places, choices from closed lists, and what people wrote.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::choices::ChoiceId;
use crate::code::ParameterName;
use crate::spelling::serde_as_text;
use crate::translations::{FSI, LRI, PDI};

/// A whole second, UTC, of the years 1970 to 9998. In JSON it is RFC 3339 with a `Z`: `2017-05-18T14:30:00Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Moment(i64);

/// The last second of the year 9998: a day before what a calendar can hold, so that every local time exists.
const LAST_S: i64 = 253_370_764_799;

impl Moment {
    /// From seconds since 1970-01-01T00:00:00Z. `None`: before that, or after the year 9998.
    pub fn from_seconds(seconds: i64) -> Option<Moment> {
        (0..=LAST_S).contains(&seconds).then_some(Moment(seconds))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// From RFC 3339 in UTC, whole seconds and a `Z`. `None`: spelt otherwise, or out of range.
    pub fn from_rfc3339(text: &str) -> Option<Moment> {
        let moment = Moment::from_seconds(text.parse::<Timestamp>().ok()?.as_second())?;
        (moment.to_string() == text).then_some(moment)
    }

    /// The civil date and time of day at so many minutes east of Greenwich (at most 1,439 either way), as
    /// `2017-05-18` and `14:30`; seconds are written where they are not 0.
    pub(crate) fn civil(self, offset_min: i32) -> (String, String) {
        let offset_s = offset_min.clamp(-MOST_OFFSET_MIN, MOST_OFFSET_MIN) * 60;
        // Both exist for every moment and every offset that is let through.
        let offset = Offset::from_seconds(offset_s).unwrap_or(Offset::UTC);
        let at = offset.to_datetime(Timestamp::from_second(self.0).unwrap_or_default());
        let clock = format!("{:02}:{:02}", at.hour(), at.minute());
        let clock = if at.second() == 0 { clock } else { format!("{clock}:{:02}", at.second()) };
        (format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day()), clock)
    }
}

/// The most minutes that a local time is away from UTC.
pub(crate) const MOST_OFFSET_MIN: i32 = 24 * 60 - 1;

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, clock) = self.civil(0);
        let seconds = if clock.len() == 5 { ":00" } else { "" };
        write!(f, "{date}T{clock}{seconds}Z")
    }
}

serde_as_text!(Moment, Moment::from_rfc3339, "a time in UTC such as 2017-05-18T14:30:00Z");

/// What something is called in the record: a SHA-256 hash, in JSON 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef(
    /// Its bytes.
    pub [u8; 32],
);

impl ObjectRef {
    /// From 64 lower-case hexadecimal digits. `None`: anything else.
    pub fn from_hex(text: &str) -> Option<ObjectRef> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let text = text.as_bytes();
        if text.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(ObjectRef(bytes))
    }

    /// The hash of what somebody wrote, by which a text form refers to it.
    pub fn of_text(text: &str) -> ObjectRef {
        ObjectRef(Sha256::digest(text.as_bytes()).into())
    }

    /// Its first 50 bits, for people to read out.
    pub fn short(&self) -> ShortRef {
        let mut bits = 0;
        for byte in &self.0[..7] {
            bits = bits << 8 | u64::from(*byte);
        }
        ShortRef(bits >> 6)
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_text!(ObjectRef, ObjectRef::from_hex, "64 lower-case hexadecimal digits");

/// The first 50 bits of a hash as ten characters of Crockford's base 32, which has no I, L, O or U. It hangs on the
/// thing alone and never on a count, so that two desks without a line between them say the same of it. Among a
/// million things of one kind two have the same with a chance of 1 in 2,000; whoever resolves one refuses it then.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ShortRef(u64);

/// How many characters a short reference has.
pub(crate) const SHORT_LEN: usize = 10;

/// Crockford's base 32.
pub(crate) const BASE32: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl ShortRef {
    /// From its ten characters in capitals. `None`: anything else.
    pub fn from_text(text: &str) -> Option<ShortRef> {
        if text.len() != SHORT_LEN {
            return None;
        }
        let mut bits = 0;
        for byte in text.bytes() {
            let digit = BASE32.iter().position(|known| *known == byte)?;
            bits = bits << 5 | digit as u64;
        }
        Some(ShortRef(bits))
    }

    /// A reference that begins as it does. It names nothing; it stands where only the beginning matters.
    pub fn padded(self) -> ObjectRef {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&(self.0 << 14).to_be_bytes());
        ObjectRef(bytes)
    }
}

impl fmt::Display for ShortRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for at in (0..SHORT_LEN).rev() {
            let digit = BASE32[(self.0 >> (5 * at)) as usize & 31];
            fmt::Write::write_char(f, char::from(digit))?;
        }
        Ok(())
    }
}

/// A place on the earth (WGS84), in hundred-thousandths of a degree: to about 1 m.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// North of the equator, -9,000,000 to 9,000,000.
    pub lat_e5: i32,
    /// East of Greenwich, -18,000,000 to 18,000,000.
    pub lon_e5: i32,
}

impl Spot {
    /// Whether it is on the earth.
    pub fn is_in_range(self) -> bool {
        (-9_000_000..=9_000_000).contains(&self.lat_e5)
            && (-18_000_000..=18_000_000).contains(&self.lon_e5)
    }

    /// Latitude and longitude with letters and not signs, which turn round in a line from right to left:
    /// `33.50000N`, `038.66000E`.
    pub(crate) fn spelt(self) -> (String, String) {
        let spelt = |value: i32, width: usize, letters: [char; 2]| {
            let (whole, part) = (value.unsigned_abs() / 100_000, value.unsigned_abs() % 100_000);
            let letter = if value < 0 { letters[1] } else { letters[0] };
            format!("{whole:0width$}.{part:05}{letter}")
        };
        (spelt(self.lat_e5, 2, ['N', 'S']), spelt(self.lon_e5, 3, ['E', 'W']))
    }

    /// From the one spelling of both.
    pub(crate) fn from_spelt(lat: &str, lon: &str) -> Option<Spot> {
        let part = |text: &str| {
            let (number, letter) = text.split_at_checked(text.len().checked_sub(1)?)?;
            let (whole, rest) = number.split_once('.')?;
            let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            if !digits(whole) || !digits(rest) || rest.len() != 5 || whole.len() > 3 {
                return None;
            }
            let value = whole.parse::<i32>().ok()? * 100_000 + rest.parse::<i32>().ok()?;
            Some(if matches!(letter, "S" | "W") { -value } else { value })
        };
        let spot = Spot { lat_e5: part(lat)?, lon_e5: part(lon)? };
        (spot.is_in_range() && spot.spelt() == (lat.into(), lon.into())).then_some(spot)
    }
}

/// A cell of the space's sharing grid.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellPlace {
    /// How often the rows of the finest cells are merged in pairs: 0 to 31.
    pub level: u8,
    /// Rows north of the equator; -1 is the first one south of it.
    pub row: i32,
    /// Columns east of 180 degrees west.
    pub column: u32,
}

impl CellPlace {
    /// Whether a grid has such levels, rows and columns: no cell is smaller than 100 m.
    pub fn is_in_range(self) -> bool {
        self.level < 32 && self.row.unsigned_abs() <= 1_000_000 && self.column <= 1_000_000
    }

    /// Level, row and column, the row with a letter and not a sign: `0.N372.1215`.
    pub(crate) fn spelt(self) -> String {
        let letter = if self.row < 0 { 'S' } else { 'N' };
        format!("{}.{letter}{}.{}", self.level, self.row.unsigned_abs(), self.column)
    }

    /// From its one spelling.
    pub(crate) fn from_spelt(text: &str) -> Option<CellPlace> {
        let mut parts = text.split('.');
        let (level, row, column) = (parts.next()?, parts.next()?, parts.next()?);
        let (letter, rows) = row.split_at_checked(1)?;
        let rows: i32 = rows.parse().ok()?;
        let row = if letter == "S" { rows.checked_neg()? } else { rows };
        let cell = CellPlace { level: level.parse().ok()?, row, column: column.parse().ok()? };
        (cell.is_in_range() && cell.spelt() == text).then_some(cell)
    }
}

/// The tag of a language or of one with its region or script, in lower case: `ru`, `zh-hans`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LanguageTag(String);

impl LanguageTag {
    /// From a tag in lower case, at most 12 characters. `None`: it is none.
    pub fn new(text: &str) -> Option<LanguageTag> {
        let plain = |part: &str| {
            part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let mut parts = text.split('-');
        let language = parts.next()?;
        let first = (2..=3).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_lowercase());
        let rest = parts.all(|part| (2..=8).contains(&part.len()) && plain(part));
        (first && rest && text.len() <= 12).then(|| LanguageTag(text.to_owned()))
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(LanguageTag, LanguageTag::new, "a language's tag in lower case such as ru");

/// What somebody wrote freely, with the language that it is in. It is shown as written and never translated.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prose {
    /// At most [`MOST_WORDS`] words and [`MOST_TEXT_CHARS`] characters.
    pub text: String,
    /// Which language it is in.
    pub language: LanguageTag,
}

/// The most words of a text or of a remark.
pub const MOST_WORDS: usize = 200;

/// The most characters of a text or of a remark: writing without gaps between words is bounded too.
pub const MOST_TEXT_CHARS: usize = 1_600;

/// The most characters of a name.
pub const MOST_NAME_CHARS: usize = 64;

/// Whether a text or a remark is not empty and within [`MOST_WORDS`] and [`MOST_TEXT_CHARS`].
pub fn is_of_bounded_length(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().nth(MOST_TEXT_CHARS).is_none()
        && text.split_whitespace().nth(MOST_WORDS).is_none()
}

/// Whether a character turns the reading direction, begins a line, steers a terminal or is not seen at all. With one in
/// a name, coordinates beside it can be shown the wrong way round, or two names look alike. Joiners stay: Persian
/// is written with them.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// What somebody wrote without what turns the reading direction, begins a line, steers a terminal or is not
/// seen; such gaps become spaces.
pub fn stripped(text: &str) -> String {
    let shown = |c: char| if c.is_whitespace() { Some(' ') } else { (!steers(c)).then_some(c) };
    text.chars().filter_map(shown).collect::<String>().trim().to_owned()
}

/// Whether a text is as [`stripped`] leaves it.
pub(crate) fn is_stripped(text: &str) -> bool {
    stripped(text) == text
}

/// Whether a character is a colon or looks like one. Every label ends with one, so a name with one could pass for
/// another parameter: `Ahrar. By: 12.00`.
fn is_colon(c: char) -> bool {
    matches!(
        c,
        ':' | '\u{2d0}'
            | '\u{2f8}'
            | '\u{589}'
            | '\u{5c3}'
            | '\u{703}'
            | '\u{704}'
            | '\u{205a}'
            | '\u{2236}'
            | '\u{a789}'
            | '\u{fe13}'
            | '\u{fe30}'
            | '\u{fe55}'
            | '\u{ff1a}'
    )
}

/// A name as it may stand in a line: [`stripped`], and spaces for colons.
pub(crate) fn plain_name(text: &str) -> String {
    stripped(&text.replace(is_colon, " "))
}

/// Whether a name is as [`plain_name`] leaves it.
pub(crate) fn is_plain_name(text: &str) -> bool {
    plain_name(text) == text
}

/// What a desk says of volumes, in which it may have isolated times and numbers itself: [`stripped`] but for isolates
/// that all end.
pub(crate) fn stripped_between_isolates(text: &str) -> String {
    let mut depth = 0_i32;
    for c in text.chars() {
        match c {
            FSI | LRI => depth += 1,
            PDI => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return stripped(text);
        }
    }
    if depth != 0 {
        return stripped(text);
    }
    let mut whole = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            FSI | LRI | PDI => whole.push(c),
            c if c.is_whitespace() => whole.push(' '),
            c if steers(c) => {}
            c => whole.push(c),
        }
    }
    whole.trim().to_owned()
}

/// What a parameter is worth.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// An instant.
    Time(Moment),
    /// A number without a unit.
    Number(u32),
    /// How long, in whole minutes.
    Minutes(u32),
    /// Something that stands in the record.
    Reference(ObjectRef),
    /// Volumes, by the hash of what they are in the record.
    Volumes(ObjectRef),
    /// One of a closed list.
    Choice(ChoiceId),
    /// Some of a closed list, at least one, in the order of the list.
    Choices(Vec<ChoiceId>),
    /// What a person, a post or a group is called: at most [`MOST_NAME_CHARS`] characters on one line.
    Name(String),
    /// Languages, at least one and at most six.
    Languages(Vec<LanguageTag>),
    /// A place.
    Place(Spot),
    /// A cell of the sharing grid.
    Cell(CellPlace),
    /// What somebody wrote.
    Text(Prose),
    /// The name of a parameter.
    Field(ParameterName),
}

impl Value {
    /// A name as somebody typed it, [stripped], with spaces for colons: every label ends with one.
    pub fn name(text: &str) -> Value {
        Value::Name(plain_name(text))
    }

    /// A text as somebody typed it, [stripped].
    pub fn text(text: &str, language: LanguageTag) -> Value {
        Value::Text(Prose { text: stripped(text), language })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_spelling_and_every_local_time() {
        let at = Moment::from_rfc3339("2017-05-18T14:30:00Z").unwrap();
        assert_eq!(at.seconds(), 1_495_117_800);
        assert_eq!(at.civil(180), ("2017-05-18".into(), "17:30".into()));
        assert_eq!(at.civil(-900), ("2017-05-17".into(), "23:30".into()));
        let other = Moment::from_seconds(1_495_117_805).unwrap();
        assert_eq!(other.civil(345), ("2017-05-18".into(), "20:15:05".into()));
        for wrong in [
            "2017-05-18T14:30Z",
            "2017-05-18T17:30:00+03:00",
            "2017-05-18 14:30:00Z",
            "",
            "2017-05-18T14:30:00.5Z",
            "1969-12-31T23:59:59Z",
            "9999-01-01T00:00:00Z",
            "2017-02-29T00:00:00Z",
        ] {
            assert_eq!(Moment::from_rfc3339(wrong), None, "{wrong}");
        }
        for edge in [0, LAST_S] {
            let edge = Moment::from_seconds(edge).unwrap();
            assert_eq!(Moment::from_rfc3339(&edge.to_string()), Some(edge));
            assert!(!edge.civil(i32::MIN).0.is_empty() && !edge.civil(i32::MAX).0.is_empty());
        }
    }

    #[test]
    fn a_place_and_a_cell_have_one_spelling() {
        let at = Spot { lat_e5: 3_350_000, lon_e5: -3_866_001 };
        assert_eq!(at.spelt(), ("33.50000N".into(), "038.66001W".into()));
        assert_eq!(Spot::from_spelt("33.50000N", "038.66001W"), Some(at));
        for (lat, lon) in [
            ("33.50000W", "038.66001W"),
            ("33.5N", "038.66001W"),
            ("", ""),
            ("033.50000N", "038.66001W"),
            ("90.00001N", "000.00000E"),
            ("00.00000S", "000.00000E"),
        ] {
            assert_eq!(Spot::from_spelt(lat, lon), None, "{lat} {lon}");
        }
        let cell = CellPlace { level: 0, row: -1, column: 1_215 };
        assert_eq!(cell.spelt(), "0.S1.1215");
        assert_eq!(CellPlace::from_spelt("0.S1.1215"), Some(cell));
        for wrong in ["0.S0.1", "0.N+1.1", "0.N1", "0.N1.1.1", "32.N1.1", "0.N01.1", "0..1"] {
            assert_eq!(CellPlace::from_spelt(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_hash_and_its_short_form_have_one_spelling() {
        let hash = ObjectRef::of_text("");
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!((hash.to_string().as_str(), ObjectRef::from_hex(hex)), (hex, Some(hash)));
        assert_eq!(ObjectRef::from_hex(&hex.to_uppercase()), None);
        assert_eq!(hash.short().to_string(), "WERC8GMRZG");
        assert_eq!(ShortRef::from_text("WERC8GMRZG"), Some(hash.short()));
        for wrong in ["WERC8GMRZ", "WERC8GMRZO", "werc8gmrzg", "WERC8GMRZGG"] {
            assert_eq!(ShortRef::from_text(wrong), None, "{wrong}");
        }
        assert_eq!(ObjectRef([255; 32]).short().to_string(), "ZZZZZZZZZZ");
        assert_eq!(hash.short().padded().short(), hash.short());
    }

    #[test]
    fn what_people_type_cannot_turn_what_stands_beside_it() {
        assert_eq!(stripped(" a\u{202e}b\nc\u{2067}\u{61c}\u{1b} "), "ab c");
        assert!(is_stripped("Ahrar al-Sharqiya أحرار الشرقية") && !is_stripped("a\u{200f}"));
        assert_eq!(Value::name("a\u{2069}"), Value::Name("a".into()));
        for unseen in ["\u{ad}", "\u{2060}", "\u{206d}", "\u{3164}", "\u{e0041}", "\u{fff9}"] {
            assert_eq!(stripped(&format!("a{unseen}b{unseen}")), "ab", "{unseen:?}");
        }
        assert_eq!(stripped("می\u{200c}خواهم"), "می\u{200c}خواهم");
    }

    #[test]
    fn a_name_cannot_pass_for_another_parameter() {
        for colon in [":", " :", "\u{a0}:", "：", "\u{2236}", "\u{a789}"] {
            let typed = format!("Ahrar. By{colon} 12.00");
            assert!(!is_plain_name(&typed), "{typed}");
            let Value::Name(name) = Value::name(&typed) else { panic!("a name") };
            assert!(is_plain_name(&name) && name.starts_with("Ahrar. By "), "{name}");
        }
        assert!(is_plain_name("Ahrar al-Sharqiya, 3rd. (north)"));
    }

    #[test]
    fn what_a_desk_isolates_in_volumes_stays_where_every_isolate_ends() {
        let at = "\u{2066}10:00 UTC\u{2069}";
        assert_eq!(stripped_between_isolates(&format!("{at}\n\u{202e}x")), format!("{at} x"));
        assert_eq!(stripped_between_isolates("a\u{2069}b\u{2066}"), "ab");
        assert_eq!(stripped_between_isolates("a\u{2066}b"), "ab");
    }

    #[test]
    fn texts_are_bounded_in_words_and_characters() {
        assert!(
            is_of_bounded_length(&"w ".repeat(200)) && !is_of_bounded_length(&"w ".repeat(201))
        );
        assert!(!is_of_bounded_length(&"字".repeat(1_601)) && !is_of_bounded_length(" "));
    }

    #[test]
    fn values_have_closed_forms() {
        let time: Value = serde_json::from_str(r#"{"time":"2017-05-18T14:30:00Z"}"#).unwrap();
        assert_eq!(time, Value::Time(Moment(1_495_117_800)));
        for wrong in [
            r#"{"time":"tomorrow"}"#,
            r#"{"choice":"north-northeast"}"#,
            r#"{"languages":["RU"]}"#,
            r#"{"place":{"lat_e5":1,"lon_e5":2,"height":3}}"#,
            r#"{"text":{"text":"a","language":"en","bold":true}}"#,
            r#"{"colour":"red"}"#,
            r#"{"number":-1}"#,
        ] {
            assert!(serde_json::from_str::<Value>(wrong).is_err(), "{wrong}");
        }
    }
}
