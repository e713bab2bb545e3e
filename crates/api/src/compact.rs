//! Values as bytes that only this release has to read: members and variants by their place instead of their name,
//! numbers as short as they are. A third of the time that names take to be read.
//!
//! What is read must say its type: nothing that is flattened, untagged or skipped both ways.

mod read;
mod write;

use std::fmt;

use read::Reader;
use serde::de::{self, DeserializeOwned};
use serde::{Serialize, ser};
use write::Writer;

/// Bits of a number in one byte of it; the highest says that more come.
const GROUP: u32 = 7;

/// Why a value cannot be written, or bytes are none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CompactError(String);

impl fmt::Display for CompactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CompactError {}

impl ser::Error for CompactError {
    fn custom<T: fmt::Display>(text: T) -> CompactError {
        CompactError(text.to_string())
    }
}

impl de::Error for CompactError {
    fn custom<T: fmt::Display>(text: T) -> CompactError {
        CompactError(text.to_string())
    }
}

fn short() -> CompactError {
    CompactError("the bytes end within a value".to_owned())
}

fn untyped() -> CompactError {
    CompactError("what does not say its type cannot be read".to_owned())
}

/// The bytes of a value.
///
/// # Errors
/// What does not know how long it is, and what a value itself refuses with.
pub(crate) fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, CompactError> {
    let mut writer = Writer { bytes: Vec::new() };
    value.serialize(&mut writer)?;
    Ok(writer.bytes)
}

/// The value that these bytes, and none beyond, are of.
///
/// # Errors
/// Where they are of none. No length that is only said takes memory.
pub(crate) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CompactError> {
    let mut reader = Reader { bytes };
    let value = T::deserialize(&mut reader)?;
    match reader.bytes {
        [] => Ok(value),
        more => Err(CompactError(format!("{} bytes too many", more.len()))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use deconflict_core::{Ledger, Time};
    use deconflict_record::leaf_hash;
    use serde::Deserialize;

    use super::*;

    #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case", deny_unknown_fields)]
    enum Kind {
        Unit,
        Empty {},
        One(String),
        Two(u8, i8),
        Named {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            first: Option<u64>,
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            second: Vec<char>,
            third: (bool, f32),
        },
    }

    #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole {
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        kept: BTreeSet<i64>,
        kinds: Vec<Kind>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nothing: Option<Option<()>>,
        numbers: [u64; 2],
        by_name: BTreeMap<String, f64>,
    }

    fn whole() -> Whole {
        let named = |first, second| Kind::Named { first, second, third: (true, -0.5) };
        let kinds = vec![
            Kind::Unit,
            Kind::Empty {},
            Kind::One("é".to_owned()),
            Kind::Two(255, -128),
            named(None, vec![]),
            named(Some(u64::MAX), vec!['a', '\u{10ffff}']),
        ];
        let by_name = [("x".to_owned(), f64::MIN_POSITIVE), (String::new(), -0.0)].into();
        let kept = [i64::MIN, -1, 0, 1, i64::MAX].into();
        Whole { kept, kinds, nothing: Some(None), numbers: [127, 128], by_name }
    }

    #[test]
    fn what_is_written_is_read_back_whichever_members_are_left_out() {
        let mut whole = whole();
        assert_eq!(from_bytes::<Whole>(&to_bytes(&whole).unwrap()), Ok(whole.clone()));
        (whole.kept, whole.nothing) = (BTreeSet::new(), None);
        assert_eq!(from_bytes::<Whole>(&to_bytes(&whole).unwrap()), Ok(whole));
        let (hash, time) = (leaf_hash(b"x"), Time::from_millis(-1));
        let bytes = to_bytes(&(hash, time)).unwrap();
        // As bytes, behind how many they are.
        assert_eq!(bytes.len(), 1 + 32 + 1 + 8);
        assert_eq!(from_bytes(&bytes), Ok((hash, time)));
    }

    #[test]
    fn other_bytes_are_refused_or_are_another_value_and_no_length_takes_memory() {
        let bytes = to_bytes(&whole()).unwrap();
        for end in 0..bytes.len() {
            assert!(from_bytes::<Whole>(&bytes[..end]).is_err(), "{end}");
        }
        assert!(from_bytes::<Whole>(&[&bytes[..], &[0]].concat()).is_err());
        // Whatever becomes of them, they are read to an end.
        let mut read = 0;
        for (at, flip) in (0..bytes.len()).flat_map(|at| (1..=255).map(move |flip| (at, flip))) {
            let mut other = bytes.clone();
            other[at] ^= flip;
            read += usize::from(from_bytes::<Whole>(&other).is_ok());
            let _ = from_bytes::<Ledger>(&other);
        }
        assert!(read > 0, "what is flipped in a number is another number");
        let endless = [0xff; 9];
        assert!(from_bytes::<Vec<u64>>(&[&endless[..], &[1]].concat()).is_err());
        assert!(from_bytes::<u64>(&[&endless[..], &[2]].concat()).is_err());
        assert_eq!(from_bytes::<u64>(&[&endless[..], &[1]].concat()), Ok(u64::MAX));
        assert!(from_bytes::<u8>(&to_bytes(&256u32).unwrap()).is_err());
        assert!(from_bytes::<bool>(&[2]).is_err());
        assert!(from_bytes::<Kind>(&[5]).is_err());
        assert!(from_bytes::<Kind>(&[4, 1, 3, 0]).is_err());
        // What does not say its type.
        assert!(from_bytes::<serde_json::Value>(&bytes).is_err());
    }
}
