//! How far the bookmark of a room is known to our server: before what stands beside it, in the same column,
//! since the one is nothing without the other.

/// Whether our server has a bookmark of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bookmarked {
    /// It has none, as far as we know, and none is to be there.
    #[default]
    No,
    /// It had one when we heard of it last.
    Yes,
    /// The person changed something about the room that is to be told.
    Due,
}

const YES: char = '+';
const DUE: char = '!';

impl Bookmarked {
    pub(super) fn read(column: &str) -> (Self, &str) {
        if let Some(extensions) = column.strip_prefix(YES) {
            return (Self::Yes, extensions);
        }
        match column.strip_prefix(DUE) {
            Some(extensions) => (Self::Due, extensions),
            None => (Self::No, column),
        }
    }

    pub(super) fn beside(self, extensions: &str) -> String {
        match self {
            Self::No => extensions.to_owned(),
            Self::Yes => format!("{YES}{extensions}"),
            Self::Due => format!("{DUE}{extensions}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_extensions_is_no_part_of_them() {
        for extensions in ["", "<extensions xmlns='urn:xmpp:bookmarks:1'/>"] {
            for bookmarked in [Bookmarked::No, Bookmarked::Yes, Bookmarked::Due] {
                let column = bookmarked.beside(extensions);
                assert_eq!(Bookmarked::read(&column), (bookmarked, extensions));
            }
        }
    }
}
