//! A file leaves (XEP-0363 §put).
//!
//! Until its first byte has left, a broken line does no harm and is tried again. After that never under the
//! same key and IV: it fails, and whoever asked makes new ones, and asks for another place to put it.

use std::sync::Arc;

use super::cipher::sealed_size;
use super::loading;
use super::pace::{Pace, Teller, Tries};
use files::Folder;
use model::FilesFailure;
use net::http::{Http, HttpError, Put};
use protocol::{TaskEvent, Upload};

pub(super) async fn run(folder: Folder, http: Http, pace: Pace, upload: Arc<Upload>, mut teller: Teller) {
    let event = match send(folder, &http, &pace, &upload, &mut teller).await {
        Ok(()) => TaskEvent::Uploaded,
        Err(failure) => TaskEvent::Failed(failure),
    };
    teller.tell(event);
}

async fn send(
    folder: Folder,
    http: &Http,
    pace: &Pace,
    upload: &Upload,
    teller: &mut Teller,
) -> Result<(), FilesFailure> {
    let Upload {
        put,
        headers,
        container,
        size,
        secret,
    } = upload;
    let length = sealed_size(secret.as_ref(), *size).ok_or(FilesFailure::TooMuch)?;
    let reader = loading::open(folder, *container, *size).await?;
    let connection = connect(http, pace, put, teller).await?;
    teller.progress(0, Some(length));
    let loading = loading::begin(reader, secret.clone());
    let told = |done| teller.progress(done, Some(length));
    match connection.send(headers, length, loading.pieces, told).await {
        Ok(()) => Ok(()),
        // Where the disk was at fault, the host has only seen it end.
        Err(HttpError { failure, .. }) => match loading.loaded.await {
            Ok(Err(why)) if why != FilesFailure::Cancelled => Err(why),
            _ => Err(failure),
        },
    }
}

/// The slot does not wait for long (Prosody 0.12: five minutes), so neither do we.
async fn connect(http: &Http, pace: &Pace, put: &str, teller: &Teller) -> Result<Put, FilesFailure> {
    let mut tries = Tries::default();
    loop {
        let error = match http.open_put(put).await {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        match tries.again(pace, 0) {
            Some(wait) if error.retry => {
                teller.tell(TaskEvent::Waits);
                tokio::time::sleep(wait).await;
            }
            _ => return Err(error.failure),
        }
    }
}
