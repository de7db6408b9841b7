//! Where the server sends us instead of itself (`see-other-host`, RFC 6120 §4.9.3.19): believed under TLS
//! only, a few times, and with the same checks wherever it is.

use crate::failure::EstablishError;
use model::failure::NetFailure;

/// So many times in a row a server may send us on.
pub const MOST: usize = 5;

/// The way so far.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    place: Option<String>,
    made: usize,
}

impl Moves {
    /// Begins at this place, if there is one.
    pub(crate) fn to(place: Option<String>) -> Self {
        Self { place, made: 0 }
    }

    pub(crate) fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// Goes where `error` sends us, or gives it back.
    pub(crate) fn follow(&mut self, error: EstablishError) -> Result<(), EstablishError> {
        let Some(place) = error.elsewhere.clone() else {
            return Err(error);
        };
        if self.made >= MOST {
            return Err(round_in_circles());
        }
        self.made += 1;
        self.place = Some(place);
        Ok(())
    }
}

fn round_in_circles() -> EstablishError {
    EstablishError::again(NetFailure::TooManyMoves(MOST))
}
