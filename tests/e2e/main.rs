//! End to end: the built program against real servers and against clients that share no code with it.
//!
//! One test binary for all, because linking is the expensive part. `make test` (or `make setup`) installs
//! the servers and peers first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr
)]
#![allow(clippy::too_many_lines)] // a scenario is told from top to bottom

#[path = "../support/mod.rs"]
mod support;

mod about;
mod addresses;
mod again;
mod archive;
mod archive_ground;
mod at_rest;
mod backlog;
mod bookmarks;
mod copies;
mod deployed;
mod dialect_changes;
mod dialect_ground;
mod dialects;
mod earlier;
mod envelopes;
mod faults;
mod files;
mod ground;
mod groups;
mod groups_lived;
mod login;
mod moderation;
mod names;
mod outgoing;
mod own_devices;
mod own_nodes;
mod peers;
mod poison;
mod privately;
mod reading;
mod rooms;
mod strangers;
mod talk;
mod torture;
mod uploads;
mod went_back;
mod words;
