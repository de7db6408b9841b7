//! The screen, end to end: the whole program in a terminal (a private tmux), against a real server and a
//! client that shares no code with it, pressed as people press it and read as they read it.
//!
//! `make test` (or `make setup`) installs the server, the peer and tmux first.

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

mod attention;
mod catching_up;
mod demo;
mod desk;
mod figures;
mod first_run;
mod jobs;
mod limits;
mod older;
mod panic;
mod place;
mod prompts;
mod sequences;
mod talk;
mod terminal;
mod trust;
mod typist;
