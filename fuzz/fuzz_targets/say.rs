//! Whatever parties say.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deconflict_fuzz::whatever_is_said(data));
