//! What takes the history's place for a while, each page in a file of its own.

mod blocked;
mod browse;
mod details;
mod devices;
mod files;
mod find;
mod fingerprints;
mod help;
mod keys;
mod links;
mod members;
mod mentions;
mod pick;
mod requests;
mod room_form;
pub(super) mod sheet;
mod storage;
mod text;
mod versions;
pub(super) mod words;

use super::ask::{Context, Page, PageName};
pub use files::{open_with, save};
use find::Purpose;

/// Makes a page.
pub fn make(world: &Context<'_>, name: &PageName) -> store::Result<Box<dyn Page>> {
    match name {
        PageName::Help => help::page(world),
        PageName::Find => find::page(world, Purpose::Go),
        PageName::Forward(id) => find::page(world, Purpose::Forward(*id)),
        PageName::Fingerprints(peer) => fingerprints::page(world, peer),
        PageName::Devices => devices::page(world),
        PageName::Links => links::page(world),
        PageName::Mentions => mentions::page(world),
        PageName::Requests => requests::page(world),
        PageName::Blocked => blocked::page(world),
        PageName::RoomForm(room, form) => room_form::page(world, room, form),
        PageName::Members(room) => members::page(world, room),
        PageName::Message(id) => details::page(world, *id),
        PageName::Versions(id) => versions::page(world, *id),
        PageName::Files(peer) => files::page(world, peer),
        PageName::Storage => storage::page(world),
        PageName::Browse { folder, names } => Ok(browse::page(folder, names)),
        PageName::Text { file, text } => Ok(text::page(file, text)),
    }
}
