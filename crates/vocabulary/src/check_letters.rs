//! Check letters: four characters at the end of a text form, by which slips of reading and typing are found.
//!
//! They are a CRC of 20 bits over the six-bit numbers of the characters. A CRC of degree 20 finds every burst of at
//! most 20 bits, so whatever is wrong within three neighbouring characters is found for certain: any single wrong
//! character, and any swap of two neighbours. Since its polynomial has a factor x + 1 and no two bits of so short a
//! text have the same remainder, it also finds any two wrong bits, and any odd number of them. What else may go wrong (a
//! character too many or too few, two far apart) passes with a chance of one in a million.
//!
//! The polynomial is (x + 1)(x^19 + x^5 + x^2 + x + 1) = x^20 + x^19 + x^6 + x^5 + x^3 + 1; its second factor is primitive.

use crate::value::BASE32;

/// The characters that text forms are made of, all of the default alphabet of GSM 03.38. Their places in it are
/// their numbers.
pub(crate) const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -.+*/:=,#";

/// x^20 + x^19 + x^6 + x^5 + x^3 + 1.
const POLYNOMIAL: u32 = 0x18_0069;
const DEGREE: u32 = 20;
const MASK: u32 = (1 << DEGREE) - 1;

/// How many check letters there are.
pub(crate) const CHECK_LEN: usize = 4;

/// The remainder after one more bit.
fn shift(remainder: u32, bit: u32) -> u32 {
    let shifted = remainder << 1 | bit;
    if shifted >> DEGREE & 1 == 1 { (shifted ^ POLYNOMIAL) & MASK } else { shifted & MASK }
}

/// The check letters of a text. `None`: it has a character that no text form is made of.
pub(crate) fn check_letters(text: &str) -> Option<String> {
    // It does not begin with 0, so that characters before a text change its check letters too.
    let mut remainder = MASK;
    for byte in text.bytes() {
        let number = ALPHABET.iter().position(|known| *known == byte)? as u32;
        for bit in (0..6).rev() {
            remainder = shift(remainder, number >> bit & 1);
        }
    }
    for _ in 0..DEGREE {
        remainder = shift(remainder, 0);
    }
    let letter = |at: usize| BASE32[(remainder >> (5 * (CHECK_LEN - 1 - at))) as usize & 31];
    Some((0..CHECK_LEN).map(|at| char::from(letter(at))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_polynomial_is_what_the_bounds_of_the_check_letters_rest_on() {
        assert_eq!(
            (POLYNOMIAL >> DEGREE, POLYNOMIAL & 1),
            (1, 1),
            "of degree 20, with a last term"
        );
        assert_eq!(POLYNOMIAL.count_ones() % 2, 0, "x + 1 divides it");
        // No two single bits of 160 characters have the same remainder, so no two wrong bits cancel.
        let (mut seen, mut remainder) = (std::collections::BTreeSet::new(), 1);
        for at in 0..160 * 6 + DEGREE {
            assert!(seen.insert(remainder), "x^{at} has the remainder of an earlier power");
            remainder = shift(remainder, 0);
        }
    }

    #[test]
    fn each_character_has_a_number_of_its_own_in_six_bits() {
        assert!(ALPHABET.len() <= 64);
        for (at, byte) in ALPHABET.iter().enumerate() {
            assert_eq!(ALPHABET.iter().position(|known| known == byte), Some(at));
        }
        assert_eq!(check_letters("a"), None);
        assert_ne!(check_letters("L1"), check_letters("0L1"));
        assert_eq!(check_letters("").unwrap().len(), CHECK_LEN);
    }
}
