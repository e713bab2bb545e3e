//! What parties, groups, operators, declarations and the rest are called.

use std::fmt;
use std::str::FromStr;

use deconflict_record::Hash;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

/// The most characters of a name.
pub const MAX_NAME_LEN: usize = 64;

/// Why a text is not a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameError(String);

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.0.chars().take(MAX_NAME_LEN).collect();
        write!(
            f,
            "name `{shown}`: must be 1 to {MAX_NAME_LEN} of the characters a-z, 0-9, `-`, `_` and \
             `.`, beginning with a letter or digit"
        )
    }
}

impl std::error::Error for NameError {}

fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.len() <= MAX_NAME_LEN
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|b| plain(b) || matches!(b, b'-' | b'_' | b'.'))
}

/// Reads a name without a copy of its text on the way.
struct Reading;

impl Visitor<'_> for Reading {
    type Value = SmolStr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<SmolStr, E> {
        if is_name(text) {
            Ok(SmolStr::new(text))
        } else {
            Err(E::custom(NameError(text.to_owned())))
        }
    }
}

// Short ones, as most are, lie in place: names are copied all the time.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(SmolStr);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                let name = is_name(text).then(|| $name(SmolStr::new(text)));
                name.ok_or_else(|| NameError(text.to_owned()))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0.into()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Reading).map($name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// A party: an organisation that takes part.
    PartyId;
    /// A group that is not connected itself and for whom a party may speak.
    GroupId;
    /// An operator of a party: a person's post or a machine.
    OperatorId;
    /// An interest, named by the party that registers it and known to that party alone.
    InterestId;
}

macro_rules! hashes {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Hash);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

hashes! {
    /// A version of a declaration: the hash of the statement that made it.
    Version;
    /// A declaration: its first version. Nobody can choose it, so that nobody learns from a
    /// collision that something exists.
    DeclarationId;
    /// A conflict of two declarations.
    ConflictId;
    /// A zone over a declaration that it does not bind.
    OverlayId;
    /// A message of the channel, and the dialogue that it begins: the hash of the statement that sent it.
    MessageId;
    /// What a declaration is called in one conflict towards those who may not see it: a new hash
    /// each time, so that two conflicts of one declaration cannot be put together.
    Handle;
}

impl DeclarationId {
    /// The declaration that this version began.
    pub fn begun_by(first: Version) -> DeclarationId {
        DeclarationId(first.0)
    }
}

/// A text in one or more languages, by BCP 47 tag.
pub type Texts = std::collections::BTreeMap<String, String>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        for good in ["a", "unifil", "power-1", "0.x_y", &"n".repeat(64)] {
            assert_eq!(good.parse::<PartyId>().unwrap().as_str(), good);
        }
        for bad in ["", "-a", "A", "a b", "é", "a/b", &"n".repeat(65)] {
            let error = bad.parse::<PartyId>().unwrap_err();
            assert!(error.to_string().contains("a-z"), "{error}");
        }
    }
}
