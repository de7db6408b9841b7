//! Where an entry stands in the history of its chat.

/// An order key: of two entries of one chat the one with the greater stands below, and no two have the
/// same. Neither the order in which rows were stored nor their times say that: an archive brings older ones
/// later, and times are what others say.
///
/// It is bound to its chat and to this vault; other devices know nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub i64);
