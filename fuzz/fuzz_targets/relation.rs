//! The relation of two volumes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deconflict_fuzz::relation_of_two(data));
