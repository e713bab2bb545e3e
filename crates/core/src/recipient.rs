//! To what remarks for a party are sealed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest recipient, characters: there is room for kinds that are not used yet.
const MOST_CHARS: usize = 2_048;

/// How many recipients a party has at the most.
pub const MOST_PARTY_RECIPIENTS: usize = 16;

/// A recipient in age's form: `age1` and more. Whether somebody can seal to it is whoever seals to find out; the kind stays
/// open.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recipient(String);

/// What is said to be a recipient is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecipientError;

impl Recipient {
    /// The recipient as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Recipient {
    type Err = RecipientError;

    fn from_str(text: &str) -> Result<Recipient, RecipientError> {
        let rest = text.strip_prefix("age1").filter(|rest| !rest.is_empty());
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let is_one = text.len() <= MOST_CHARS && rest.is_some_and(|rest| rest.bytes().all(plain));
        if is_one { Ok(Recipient(text.to_owned())) } else { Err(RecipientError) }
    }
}

impl TryFrom<String> for Recipient {
    type Error = RecipientError;

    fn try_from(text: String) -> Result<Recipient, RecipientError> {
        text.parse()
    }
}

impl From<Recipient> for String {
    fn from(recipient: Recipient) -> String {
        recipient.0
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RecipientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "must be a recipient of age: `age1` with small letters and digits, {MOST_CHARS} at most"
        )
    }
}

impl std::error::Error for RecipientError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_age1_with_small_letters_and_digits() {
        for good in ["age1qqq", "age1pq1qqq", &format!("age1{}", "q".repeat(2_044))] {
            assert_eq!(good.parse::<Recipient>().map(String::from).as_deref(), Ok(good));
        }
        for wrong in ["", "age1", "age2qq", "AGE1QQ", "age1q q", "age1q\u{1b}", &"age1".repeat(600)]
        {
            assert_eq!(wrong.parse::<Recipient>(), Err(RecipientError), "{wrong}");
        }
    }
}
