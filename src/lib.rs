//! Susurro: a terminal XMPP messenger with OMEMO encryption and an encrypted local database.
//!
//! The map of the house, from the ground up; every arrow points down, and `tests/architecture/` fails
//! the build on any other one:
//!
//! - [`omemo`]: keys, X3DH, the double ratchet, sealing and opening. Knows no XMPP, no
//!   XML, no clock, no database.
//! - [`model`]: plain values: ids, contacts, messages, and [`model::Clean`], the only
//!   text that is stored or shown.
//! - [`words`]: what people are told: codes to sentences, for each face.
//! - [`stanza`]: XML to values and back, where `xmpp-parsers` is missing something or too loose.
//! - [`vault`]: from the passphrase to the keys.
//! - [`files`]: files at rest, and the process that decodes pictures.
//! - [`store`]: the only user of SQLite.
//! - [`protocol`]: the core: an input and an open transaction go in, effects come out. No clock, no sockets.
//! - [`api`]: commands and events: all that crosses between a front end and the session.
//! - [`sasl`]: the login mechanisms, which prove the server too.
//! - [`net`]: from an address to an authenticated stream, and the guard before the parser.
//! - [`session`]: the async shell around the core: one select loop, one transaction for what was read
//!   together.
//! - [`config`]: the settings file.
//! - [`signals`]: signals held back until the terminal is given back.
//! - [`tui`]: the screen: a front end over the two channels of [`api`], and the only user of ratatui.
//! - [`cli`]: the commands, front ends over the two channels of [`api`].

pub use {
    api, config, files, model, net, omemo, protocol, sasl, session, signals, stanza, store, tui, vault, words,
};

pub mod cli;
pub mod logging;
pub mod paths;
