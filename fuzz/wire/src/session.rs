//! What stands between the network and the XML parser.

#[path = "../../../src/session/guard/mod.rs"]
pub mod guard;
