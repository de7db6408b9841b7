#![no_main]

use libfuzzer_sys::fuzz_target;
use susurro::omemo::tests::fuzz::life::life;

fuzz_target!(|data: &[u8]| life(data));
