//! The half of an upload that reads: out of the container, sealed anew for the wire.

use std::io::Read as _;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::cipher::Sealer;
use files::{FilesError, Folder, Reader};
use model::{FileSecret, FilesFailure};

/// Bytes of a piece.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for the network.
const WAITING: usize = 4;

/// The way from the half that reads.
pub(super) struct Loading {
    pub(super) pieces: mpsc::Receiver<Bytes>,
    pub(super) loaded: oneshot::Receiver<Result<(), FilesFailure>>,
}

/// The container, if it holds a file of this size.
pub(super) async fn open(
    folder: Folder,
    container: model::ContainerId,
    size: u64,
) -> Result<Reader, FilesFailure> {
    let opened = tokio::task::spawn_blocking(move || folder.read(container));
    let reader = opened.await.map_err(|_| FilesFailure::Broken)?;
    let reader = reader.map_err(|error| error.failure())?;
    match reader.len() == size {
        true => Ok(reader),
        false => Err(FilesFailure::Damaged),
    }
}

/// Begins to read.
pub(super) fn begin(reader: Reader, secret: Option<FileSecret>) -> Loading {
    let (hand_on, pieces) = mpsc::channel(WAITING);
    let (tell, loaded) = oneshot::channel();
    tokio::task::spawn_blocking(move || {
        // Whoever broke it off wants to know nothing more.
        let _ = tell.send(load(reader, secret.as_ref(), &hand_on));
    });
    Loading { pieces, loaded }
}

fn load(
    mut reader: Reader,
    secret: Option<&FileSecret>,
    hand_on: &mpsc::Sender<Bytes>,
) -> Result<(), FilesFailure> {
    let mut sealer = Sealer::new(secret)?;
    let hand = |piece: Vec<u8>| {
        let piece = Some(piece).filter(|piece| !piece.is_empty());
        let handed = piece.map_or(Ok(()), |piece| hand_on.blocking_send(piece.into()));
        handed.map_err(|_| FilesFailure::Cancelled)
    };
    loop {
        let mut piece = vec![0; PIECE];
        let mut filled = 0;
        while let Some(room) = piece.get_mut(filled..)
            && !room.is_empty()
        {
            match reader.read(room) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) => return Err(FilesError::from(error).failure()),
            }
        }
        piece.truncate(filled);
        if filled == 0 {
            break;
        }
        hand(sealer.update(piece)?)?;
    }
    hand(sealer.finish()?)
}
