#![no_main]

use libfuzzer_sys::fuzz_target;
use susurro::omemo::tests::fuzz::hostile::hostile;

fuzz_target!(|data: &[u8]| hostile(data));
