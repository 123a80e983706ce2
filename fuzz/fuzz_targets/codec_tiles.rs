#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| medmask_fuzz_bodies::codec_tiles(input));
