//! The engine alone. When fuzzing, with the functions of its tests that take any bytes.

#[path = "../../../src/omemo/mod.rs"]
pub mod omemo;
