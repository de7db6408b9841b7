//! What the toy server does where real servers differ, told by a client that speaks stanzas itself: what is archived,
//! copied and kept, how a page of an archive looks, and who is given what when they come online.

mod ids;
mod kinds;
mod offline;
mod pages;
mod queries;
mod questions;
mod raw;

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
