//! The half of a download that writes: bytes as they came, opened, hashed, and sealed into a container in one
//! pass.

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use super::cipher::Opener;
use files::{Contained, FilesError, Folder, Writer};
use model::FilesFailure;
use protocol::Download;

/// Pieces that wait for the disk. The network hands over some 16 KiB at a time, and seldom more than 256.
const WAITING: usize = 8;
/// So many are taken at once, so that two threads need not wait for each other at each of them.
const AT_ONCE: usize = 8;

/// What the half that writes is told.
pub(super) enum Order {
    Piece(Bytes),
    /// All of it came from somewhere else, or will: begin anew.
    Anew,
    /// That was all.
    End,
}

/// The way to the half that writes.
pub(super) struct Landing {
    orders: mpsc::Sender<Order>,
    landed: oneshot::Receiver<Result<Contained, FilesFailure>>,
}

impl Landing {
    pub(super) fn new(folder: Folder, download: std::sync::Arc<Download>) -> Self {
        let (orders, taken) = mpsc::channel(WAITING);
        let (tell, landed) = oneshot::channel();
        tokio::task::spawn_blocking(move || {
            // Whoever broke it off wants to know nothing more.
            let _ = tell.send(land(&folder, &download, taken));
        });
        Self { orders, landed }
    }

    /// Hands it on; an error is the end of it, and why stands in [`Self::end`].
    pub(super) async fn order(&mut self, order: Order) -> Result<(), ()> {
        self.orders.send(order).await.map_err(|_| ())
    }

    /// What became of it.
    pub(super) async fn end(self) -> Result<Contained, FilesFailure> {
        let Self { orders, landed } = self;
        drop(orders);
        landed.await.unwrap_or(Err(FilesFailure::Broken))
    }
}

/// A file that is being written.
struct Arriving {
    writer: Writer,
    opener: Opener,
}

impl Arriving {
    fn new(folder: &Folder, download: &Download) -> Result<Self, FilesFailure> {
        Ok(Self {
            writer: folder.create_as(download.container).map_err(disk)?,
            opener: Opener::new(download.secret.as_ref(), download.size)?,
        })
    }
}

fn land(
    folder: &Folder,
    download: &Download,
    mut orders: mpsc::Receiver<Order>,
) -> Result<Contained, FilesFailure> {
    let mut place = Some(Arriving::new(folder, download)?);
    let mut clear = Zeroizing::new(Vec::new());
    let mut taken = Vec::new();
    while orders.blocking_recv_many(&mut taken, AT_ONCE) > 0 {
        for order in taken.drain(..) {
            match (order, &mut place) {
                (Order::Piece(piece), Some(place)) => {
                    place.opener.update(&piece, &mut clear)?;
                    write(&mut place.writer, &clear)?;
                }
                (Order::End, _) => {
                    let place = place.take().ok_or(FilesFailure::Broken)?;
                    return finish(folder, place, download, clear);
                }
                (Order::Anew, _) => {
                    // The old one takes its file with it: that has to happen first.
                    drop(place.take());
                    place = Some(Arriving::new(folder, download)?);
                }
                (Order::Piece(_), None) => return Err(FilesFailure::Broken),
            }
        }
    }
    Err(FilesFailure::Cancelled)
}

fn finish(
    folder: &Folder,
    place: Arriving,
    download: &Download,
    mut clear: Zeroizing<Vec<u8>>,
) -> Result<Contained, FilesFailure> {
    let Arriving { mut writer, opener } = place;
    let hash_decides = opener.finish(&mut clear)?;
    write(&mut writer, &clear)?;
    let container = writer.id();
    let written = writer.finish().map_err(disk)?;
    let as_said = download.size.is_none_or(|said| said == written.size)
        && download.sha256.is_none_or(|said| said == written.sha256)
        && (!hash_decides || download.sha256.is_some());
    if as_said {
        return Ok(written);
    }
    // Nobody has heard of it yet; were it left behind by a crash, the next start would take it away.
    folder.delete(container).map_err(disk)?;
    Err(FilesFailure::NotAuthentic)
}

fn write(writer: &mut Writer, bytes: &[u8]) -> Result<(), FilesFailure> {
    std::io::Write::write_all(writer, bytes).map_err(|error| disk(FilesError::from(error)))
}

fn disk(error: FilesError) -> FilesFailure {
    error.failure()
}
