//! What stands between the XML of others and the engine, under the names that it has in the program.

pub use susurro_engine::omemo;

#[path = "../../../src/model/mod.rs"]
pub mod model;
pub mod session;
#[path = "../../../src/stanza/mod.rs"]
pub mod stanza;
