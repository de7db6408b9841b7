#![no_main]

use libfuzzer_sys::fuzz_target;
use susurro::omemo::tests::fuzz::wire::wire;

fuzz_target!(|data: &[u8]| wire(data));
