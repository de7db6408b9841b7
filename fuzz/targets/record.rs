#![no_main]

use libfuzzer_sys::fuzz_target;
use susurro::omemo::tests::fuzz::record::record;

fuzz_target!(|data: &[u8]| record(data));
