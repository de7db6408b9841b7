//! What is asked under the composer, one at a time, each question in a file of its own.

use super::ask::{Question, QuestionName, World};
use crate::store;

/// Makes a question; None if there is nothing to ask any more.
///
/// # Errors
/// The store's.
pub fn make(world: &World<'_>, name: &QuestionName) -> store::Result<Option<Box<dyn Question>>> {
    todo!("{:?}{name:?}", world.now)
}
