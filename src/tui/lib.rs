//! The screen: a front end over the two channels of [`api`], and the only user of ratatui.
//!
//! From the ground up; nothing below names what stands above it:
//!
//! - [`text`]: how wide text is, how it is cut, wrapped and painted; no cell is ever written outside its box;
//! - [`targets`]: where links lead, for terminals that can be told;
//! - [`safe_backend`]: the way to the terminal for symbols of doubtful width, and for links;
//! - [`key`], [`action`], [`keymap`]: a pressed key, what can be done, and which key does what: one table,
//!   from which the help, the footer and the config file are made;
//! - [`theme`]: colours and glyphs, with a monochrome and an ASCII twin of each;
//! - [`composer`]: the editor;
//! - [`rooms`]: who is in a room, and whether we are; [`transfers`]: files on their way;
//!   [`file_words`]: a file in one line; [`pictures`]: files that are seen;
//! - [`desk`]: what has to do with the disk, done elsewhere; [`paths`]: paths as people write them;
//! - [`ask`]: what a part of the screen can see ([`ask::Context`]) and what it can ask for ([`ask::Ask`]);
//!   [`ask::Page`] and [`ask::Question`] are the two kinds of parts that take turns;
//! - [`history`]: a window onto the messages of one chat, whatever their number;
//! - [`list`]: chats and contacts in order of activity; [`recipients`]: who can read what is typed now;
//! - [`members`]: everybody who is in a room or stands to it;
//! - [`commands`]: what can be typed after a slash;
//! - [`pages`]: what takes the history's place for a while: help, finder, fingerprints,
//!   devices, requests, details;
//! - [`questions`]: what is asked under the composer, one at a time;
//! - [`layout`]: where the parts of the main screen stand;
//! - [`app`]: the main screen's state: an input goes in, effects come out; [`view`]: how it is drawn;
//! - [`welcome`]: unlocking and the first run, in the same manner; [`host`]: what the program does for it;
//! - [`terminal`], [`size`]: the terminal, taken and given back, and how large it is;
//!   [`input`]: what comes from it;
//! - `probe`: what the terminal makes of emoji; [`run`]: the one loop; `loop_event`: what
//!   wakes it, `outside`: signals.
//!
//! Whatever returns a [`store::Result`] reads the store and fails as the store does; where there
//! is more to say, it is said.

pub mod action;
pub mod app;
pub mod ask;
pub mod commands;
pub mod composer;
pub mod desk;
#[cfg(test)]
pub mod emulated;
pub mod file_words;
pub mod history;
pub mod host;
pub mod input;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod list;
mod loop_event;
pub mod members;
mod outside;
pub mod pages;
pub mod paths;
pub mod pictures;
mod probe;
pub mod questions;
pub mod recipients;
pub mod rooms;
pub mod run;
pub mod safe_backend;
pub mod size;
pub mod targets;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod transfers;
pub mod view;
pub mod welcome;
