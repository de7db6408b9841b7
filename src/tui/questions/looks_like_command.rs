//! A text that looks like a command was about to be sent, or a pasted command to be run.

use super::super::ask::{Question, World};
use crate::store;

/// The question; None if there is nothing to ask any more.
///
/// # Errors
/// The store's.
pub fn question(world: &World<'_>, text: &str, pasted: bool) -> store::Result<Option<Box<dyn Question>>> {
    todo!("{:?}{text:?}{pasted:?}", world.now)
}
