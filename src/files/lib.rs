//! Files at rest: what came with messages, or is to go with them, in the vault's folder and nowhere else.
//!
//! - `container`: how one lies on the disk: chunks, each sealed, and a length that nobody sees;
//! - [`Folder`]: where the containers are; names say nothing, sizes little;
//! - [`take_in`]: from a file of the person's into a container, with what a camera wrote into it left out
//!   (`strip`);
//! - [`save_as`], [`safe_name`]: back out again, as a copy that can be read;
//! - [`open_with`], [`is_active`]: a copy in memory for another program;
//! - [`pictures`]: what others' pictures show, decoded by a process that has nothing to lose.
//!
//! Nothing here knows of messages: a container is named by its [`model::ContainerId`], and the store knows
//! what it holds.

mod container;
mod disk;
mod error;
mod folder;
mod naming;
mod opening;
pub mod pictures;
mod saving;
mod sources;
mod strip;
mod taking;

pub use container::{Contained, Reader, Writer};
pub use error::{FilesError, FilesResult};
pub use folder::Folder;
pub use naming::safe_name;
pub use opening::{LentCopy, is_active, open_with, sweep_opened};
pub use saving::save_as;
pub use sources::open_source;
pub use strip::Stripped;
pub use taking::{TakeIn, take_in};
