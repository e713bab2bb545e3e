//! Heads read out by phone: eight groups of five digits.
//!
//! Two groups are the size of the record, five are of its root, and of the last one three digits are of
//! the root and two check all the others, so that a digit misheard is not taken for a fork. The root's
//! 28 digits are 93 bits: nobody finds a second record that reads the same.

use std::fmt;

use deconflict_record::{Hash, Head};
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::error::DeskError;

const SIZE_DIGITS: usize = 10;
const ROOT_DIGITS: usize = 28;
const DIGITS: usize = SIZE_DIGITS + ROOT_DIGITS + 2;

/// How a head that was read out stands to this desk's own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadComparison {
    /// It is the same.
    Same,
    /// It is an older one of the same record.
    Older,
    /// It is newer: whether it extends this one shows when this desk has read on. Compare again then.
    Newer,
    /// Two records: at this size, this desk has another root. Get the signed heads to each other
    /// ([`Desk::meet`]): together they are evidence.
    Fork,
}

/// The head in eight groups of five digits.
///
/// # Errors
/// When the record has 10^10 entries or more.
pub fn spoken(head: Head) -> Result<String, DeskError> {
    if head.size >= 10u64.pow(SIZE_DIGITS as u32) {
        return Err(DeskError::Refused(format!(
            "the record has {} entries: only sizes below 10^10 can be read out; send the signed head",
            head.size
        )));
    }
    let mut digits = format!("{:0SIZE_DIGITS$}{}", head.size, root_digits(&head.root));
    digits += &format!("{:02}", check_digits(&digits));
    let groups: Vec<&str> =
        (0..DIGITS / 5).filter_map(|group| digits.get(5 * group..5 * group + 5)).collect();
    Ok(groups.join(" "))
}

impl Desk {
    /// This desk's head for reading out.
    ///
    /// # Errors
    /// As [`spoken`].
    pub fn spoken_head(&self) -> Result<String, DeskError> {
        spoken(self.head())
    }

    /// Compares a head that was read out with this desk's record.
    ///
    /// # Errors
    /// When the digits are not a head: one was misheard.
    pub fn compare_spoken(&self, text: &str) -> Result<HeadComparison, DeskError> {
        let (size, root) = heard(text)?;
        let own = self.head().size;
        match self.copy.root_at(size)? {
            None => Ok(HeadComparison::Newer),
            Some(found) if root_digits(&found) != root => Ok(HeadComparison::Fork),
            Some(_) if size == own => Ok(HeadComparison::Same),
            Some(_) => Ok(HeadComparison::Older),
        }
    }

    /// Takes note of what was found when this desk's head was compared with another witness's: a backup whose head
    /// is the same countersigns again.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn note_comparison(&mut self, compared: HeadComparison) -> Result<(), DeskError> {
        match compared {
            HeadComparison::Same => self.compared(),
            HeadComparison::Older | HeadComparison::Newer | HeadComparison::Fork => Ok(()),
        }
    }
}

fn heard(text: &str) -> Result<(u64, String), DeskError> {
    let misheard = |fault: &str| {
        DeskError::Refused(format!("the digits are not a head: {fault}: read them out again"))
    };
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if digits.len() != DIGITS || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return Err(misheard("there must be eight groups of five digits"));
    }
    let (said, check) = digits.split_at(SIZE_DIGITS + ROOT_DIGITS);
    if check != format!("{:02}", check_digits(said)) {
        return Err(misheard("the last two, which check the others, do not fit"));
    }
    let (size, root) = said.split_at(SIZE_DIGITS);
    let size = size.parse().map_err(|_| misheard("the first two groups must be a number"))?;
    Ok((size, root.to_owned()))
}

/// The first 16 bytes of the root as a number, its last 28 digits.
fn root_digits(root: &Hash) -> String {
    let mut first = [0; 16];
    first.copy_from_slice(&root.0[..16]);
    let number = u128::from_be_bytes(first) % 10u128.pow(ROOT_DIGITS as u32);
    format!("{number:0ROOT_DIGITS$}")
}

/// ISO 7064 MOD 97-10: every single digit misheard and every two swapped are found.
fn check_digits(digits: &str) -> u32 {
    let rest = digits.bytes().fold(0, |rest, c| (rest * 10 + u32::from(c - b'0')) % 97);
    98 - rest * 100 % 97
}

impl fmt::Display for HeadComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HeadComparison::Same => "the same head: both desks have the same record",
            HeadComparison::Older => "an older head of the same record",
            HeadComparison::Newer => {
                "a newer head: read on and compare again; nothing is known before that"
            }
            HeadComparison::Fork => {
                "FORK: the host has shown two records: exchange the signed heads, which prove it, and \
                 speak with each other directly"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(size: u64) -> Head {
        Head { size, root: deconflict_record::leaf_hash(&size.to_be_bytes()) }
    }

    #[test]
    fn a_head_is_eight_groups_of_five_digits_and_is_understood_however_it_is_spaced() {
        let text = spoken(head(1_234)).unwrap();
        assert_eq!(text.split(' ').map(str::len).collect::<Vec<_>>(), [5; 8]);
        assert!(text.starts_with("00000 01234 "), "{text}");
        let understood = (1_234, root_digits(&head(1_234).root));
        assert_eq!(heard(&text).unwrap(), understood);
        assert_eq!(heard(&text.replace(' ', "-")).unwrap(), understood);
        assert!(spoken(head(10_000_000_000)).is_err());
    }

    #[test]
    fn every_digit_misheard_and_every_two_neighbours_swapped_are_noticed() {
        let text = spoken(head(77)).unwrap().replace(' ', "");
        for at in 0..text.len() {
            for other in b'0'..=b'9' {
                let mut digits = text.clone().into_bytes();
                if digits[at] == other {
                    continue;
                }
                digits[at] = other;
                assert!(heard(str::from_utf8(&digits).unwrap()).is_err());
            }
        }
        for at in 1..text.len() {
            let mut digits = text.clone().into_bytes();
            digits.swap(at - 1, at);
            let digits = String::from_utf8(digits).unwrap();
            assert!(digits == text || heard(&digits).is_err(), "{digits}");
        }
        assert!(heard("12345").unwrap_err().to_string().contains("eight groups"));
    }
}
