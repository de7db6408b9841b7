//! The server refused the login: another password, typed hidden.

use super::super::ask::{Question, World};
use crate::model::Clean;
use crate::store;

/// The question; None if there is nothing to ask any more.
///
/// # Errors
/// The store's.
pub fn question(world: &World<'_>, why: &Clean) -> store::Result<Option<Box<dyn Question>>> {
    todo!("{:?}{why:?}", world.now)
}
