//! Small random changes to bytes, from a seed.

/// Changes bytes as a fuzzer would, the same way for the same seed.
#[derive(Debug)]
pub struct Mutator {
    state: u64,
}

/// What readers stumble over.
const WORDS: [&[u8]; 24] = [
    b"NaN",
    b"-1",
    b"1e999",
    b"-0",
    b"null",
    b"[]",
    b"{}",
    b"\"\"",
    b"\xff\xfe",
    b"\0",
    b"\r\n",
    b"180",
    b"-180",
    b"90",
    b"-90",
    b"90.0000001",
    b"0",
    b"1e-320",
    b"9999999999999999999",
    b"2026-12-31T23:59:60Z",
    b"[[[[[[[[",
    b"\xc3\x28",
    b"<![CDATA[",
    b",",
];

impl Mutator {
    /// A source of changes.
    pub fn new(seed: u64) -> Mutator {
        Mutator { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// A number below `n` (`n` > 0), by xorshift64* (Vigna 2016).
    pub fn below(&mut self, n: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    /// The bytes with one to four changes.
    #[must_use]
    pub fn mutated(&mut self, bytes: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, other);
        }
        bytes
    }

    /// Random bytes, at most `longest`.
    pub fn noise(&mut self, longest: usize) -> Vec<u8> {
        let length = self.below(longest + 1);
        (0..length).map(|_| self.below(256) as u8).collect()
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len() + 1);
        let until = (at + self.below(24)).min(bytes.len());
        match self.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..until)),
            2 => {
                let copy = bytes[at..until].to_vec();
                bytes.splice(at..at, copy);
            }
            3 => {
                let word = WORDS[self.below(WORDS.len())];
                bytes.splice(at..until, word.iter().copied());
            }
            4 | 5 => self.change_number(bytes, at),
            6 => {
                let from = self.below(other.len() + 1);
                let to = (from + self.below(64)).min(other.len());
                bytes.splice(at..until, other[from..to].iter().copied());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
        }
    }

    /// Changes a digit after `at`, so that the structure stays and a value moves.
    fn change_number(&mut self, bytes: &mut [u8], at: usize) {
        if let Some(digit) = bytes[at..].iter_mut().find(|b| b.is_ascii_digit()) {
            *digit = b'0' + self.below(10) as u8;
        }
    }
}
