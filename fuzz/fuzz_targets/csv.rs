//! The reader and the writer of one format.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deconflict_fuzz::read_and_write("csv", data));
