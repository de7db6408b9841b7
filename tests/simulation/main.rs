//! The protocol core in a world of its own: a server in memory, clients with stores of their own, a
//! virtual clock and a network that is cut, delayed and killed at random. No sockets, no threads: a
//! seed replays a whole world.
//!
//! `SIMULATION_SEEDS=2000 cargo test --test simulation whatever_breaks` tries more
//! schedules than the usual number.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr
)]

mod about;
mod about_copies;
mod about_leaving;
mod acknowledgements;
mod again;
mod again_laws;
mod archive;
mod audience;
mod backlog;
mod batches;
mod blocking;
mod bookmarks;
mod borrowed;
mod bounced;
mod bounds;
mod changed_bundles;
mod client;
mod contacts;
mod copies;
mod crowds;
mod deleted;
mod dialects;
mod displayed;
mod doubts;
mod envelopes;
mod exchanges;
mod files;
mod forgeries;
mod gaps;
mod garbage;
mod group_readers;
mod hostile;
mod identities;
mod ids;
mod keys;
mod kinds;
mod laws;
mod lists;
mod manners;
mod misdirected;
mod mixed;
mod moderation;
mod notes;
mod order;
mod own_devices;
mod own_keys;
mod played;
mod poison;
mod prekeys;
mod presences;
mod privately;
mod reading;
mod removed;
mod requests;
mod resumption;
mod retries;
mod robot;
mod room_acts;
mod room_doubts;
mod rooms;
mod screen;
mod server;
mod sessions;
mod statements;
mod streams;
mod told;
mod transcript;
mod typing;
mod unlisted;
mod unreachable;
mod went_back;
mod wire;
mod words;
mod world;
