//! The whole screen without a terminal and without a network: `App` over the protocol core over SQLite in
//! memory. Keys and messages go in, a painted buffer comes out.
//!
//! - `stage`: the actors; `picture`: a buffer as text, its styles beside it;
//! - `views`: snapshots of every view at 80x24 and 40x12, in colour and monochrome, and at 160x50;
//! - `files`: attached, fetched, opened, saved, deleted;
//! - `forwarding`: a message is brought to another chat;
//! - `older`: whoever goes up beyond what is here asks the archive;
//! - `rooms`: rooms in the list and open, who is in them, what is done to them;
//! - `place`, `typing`, `trust`, `mouse`, `hostile`, `mishaps`: what must hold whatever happens.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod about;
mod again;
mod files;
mod forwarding;
mod hostile;
mod list;
mod mentions;
mod mishaps;
mod moderating;
mod mouse;
mod older;
mod picture;
mod place;
mod privately;
mod reading;
mod revealing;
mod rooms;
mod stage;
mod told;
mod trust;
mod typing;
mod views;
