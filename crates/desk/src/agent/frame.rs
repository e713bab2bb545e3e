//! Requests and answers as bytes: what they are bounded by, and nothing of sockets.

use std::io::{self, Read, Write};

use deconflict_api::{MAX_LOCAL_ANSWER_BYTES, MAX_PIECE_BYTES, MAX_REQUEST_BYTES};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A frame of this value.
pub(super) fn request_frame(request: &impl Serialize) -> io::Result<Vec<u8>> {
    let bytes = serde_json::to_vec(request)?;
    let too_long = || {
        let fault = format!("a request of {} bytes: at most {MAX_REQUEST_BYTES}", bytes.len());
        io::Error::new(io::ErrorKind::InvalidInput, fault)
    };
    let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= MAX_REQUEST_BYTES);
    let length = length.ok_or_else(too_long)?;
    Ok([&length.to_be_bytes()[..], &bytes].concat())
}

/// Writes one answer in pieces, so that it never is in memory whole.
pub(super) fn write_answer(to: &mut impl Write, answer: &impl Serialize) -> io::Result<()> {
    let mut pieces = Pieces { to, piece: Vec::with_capacity(4_096) };
    serde_json::to_writer(&mut pieces, answer)?;
    pieces.flush()?;
    pieces.to.write_all(&0u32.to_be_bytes())?;
    pieces.to.flush()
}

struct Pieces<'a, W> {
    to: &'a mut W,
    piece: Vec<u8>,
}

impl<W: Write> Write for Pieces<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() == MAX_PIECE_BYTES {
            self.flush()?;
        }
        let taken = bytes.len().min(MAX_PIECE_BYTES - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.piece.is_empty() {
            // At most MAX_PIECE_BYTES.
            let length = self.piece.len() as u32;
            self.to.write_all(&length.to_be_bytes())?;
            self.to.write_all(&self.piece)?;
            self.piece.clear();
        }
        Ok(())
    }
}

/// Reads one answer.
pub(super) fn read_answer<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut bytes = Vec::new();
    loop {
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 {
            return Ok(serde_json::from_slice(&bytes)?);
        }
        let all = bytes.len() as u64 + length as u64;
        if length > MAX_PIECE_BYTES || all > MAX_LOCAL_ANSWER_BYTES {
            let fault = format!("a piece of {length} bytes, {all} in all: more than an answer has");
            return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
        }
        let start = bytes.len();
        bytes.resize(start + length, 0);
        from.read_exact(&mut bytes[start..])?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_any_size_comes_back_and_none_is_taken_that_is_cut_short() {
        for length in [0, 10, MAX_PIECE_BYTES - 2, MAX_PIECE_BYTES, 3 * MAX_PIECE_BYTES + 7] {
            let (text, mut bytes) = ("x".repeat(length), Vec::new());
            write_answer(&mut bytes, &text).unwrap();
            assert_eq!(read_answer::<String>(&mut &bytes[..]).unwrap(), text);
            for cut in [0, 3, 5, bytes.len() - 1] {
                assert!(read_answer::<String>(&mut &bytes[..cut]).is_err(), "{length} {cut}");
            }
        }
        let huge = [&u32::MAX.to_be_bytes()[..], b"x"].concat();
        let error = read_answer::<String>(&mut &huge[..]).unwrap_err();
        assert!(error.to_string().contains("more than an answer has"), "{error}");
        assert!(request_frame(&"x".repeat(MAX_REQUEST_BYTES)).is_err());
    }
}
