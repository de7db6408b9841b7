//! From an address to an authenticated stream, and what is read and written on it: DNS, TCP, TLS, the guard
//! before the XML parser, STARTTLS, SASL, registration; and how a stream ended. Files go over HTTPS, by the
//! same names, connections and TLS.

mod authenticate;
pub mod connection;
mod dial;
pub mod dns;
mod failure;
pub mod guard;
pub mod http;
mod login;
pub mod moves;
mod prompt;
pub mod registration;
mod tcp;
mod timeouts;
pub mod tls;
mod validity;
mod wire;
