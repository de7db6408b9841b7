//! XML to values and back, only what `xmpp-parsers` lacks or leaves loose. Pure functions over
//! `minidom::Element`. Everything read here comes from somebody else: every count is bounded, every element
//! that must stand once is checked to stand once, every text becomes [`model::Clean`].

pub mod about;
pub mod announced;
pub mod blocking;
mod bundles;
pub mod carbons;
mod content;
pub mod csi;
pub mod dialects;
pub mod disco;
mod encryption;
pub mod envelope;
pub mod files;
pub mod forms;
pub mod iq;
pub mod legacy;
mod limits;
pub mod mam;
pub mod mds;
pub mod message;
pub mod muc;
pub mod ns;
pub mod omemo2;
pub mod presence;
pub mod progress;
pub mod pubsub;
pub mod received;
pub mod register;
pub mod resource;
pub mod roster;
pub mod sm;
pub mod upload;
mod words;
mod xml;

pub use content::{MAX_REACTIONS, emoji, of_letter};
pub use minidom::Element;
