//! A file comes (XEP-0363 §get), whole or from where the line broke.

use std::sync::Arc;

use super::cipher::sealed_size;
use super::landing::{Landing, Order};
use super::pace::{Pace, Teller, Tries};
use files::{Contained, Folder};
use model::FilesFailure;
use net::http::{Fetched, Http, HttpError, Resume};
use protocol::{Download, TaskEvent};

pub(super) async fn run(folder: Folder, http: Http, pace: Pace, download: Arc<Download>, mut teller: Teller) {
    let event = match fetch(folder, &http, &pace, &download, &mut teller).await {
        Ok(Contained {
            stored,
            size,
            sha256,
            media_type,
        }) => TaskEvent::Downloaded {
            size,
            sha256,
            media_type,
            stored,
        },
        Err(failure) => TaskEvent::Failed(failure),
    };
    teller.tell(event);
}

/// How far it has come.
struct Course {
    /// Bytes that were handed to the half that writes.
    came: u64,
    /// What the host says that there are.
    total: Option<u64>,
    etag: Option<String>,
    /// No more than this.
    most: u64,
}

/// Why it does not go on as it did.
enum Stop {
    /// The half that writes has ended, and says why.
    Landed,
    Http(HttpError),
}

async fn fetch(
    folder: Folder,
    http: &Http,
    pace: &Pace,
    download: &Arc<Download>,
    teller: &mut Teller,
) -> Result<Contained, FilesFailure> {
    let mut landing = Landing::new(folder, download.clone());
    let mut course = Course {
        came: 0,
        total: None,
        etag: None,
        most: most(download),
    };
    let mut tries = Tries::default();
    loop {
        let error = match course.go_on(http, download, &mut landing, teller).await {
            Ok(()) | Err(Stop::Landed) => return landing.end().await,
            Err(Stop::Http(error)) => error,
        };
        match tries.again(pace, course.came) {
            Some(wait) if error.retry => {
                teller.tell(TaskEvent::Waits);
                tokio::time::sleep(wait).await;
            }
            _ => {
                // What it holds has to be gone before anybody hears of the end.
                let _ = landing.end().await;
                return Err(error.failure);
            }
        }
    }
}

/// How many bytes are taken at most: what was announced, what the person takes, what one key is good for.
fn most(download: &Download) -> u64 {
    let secret = download.secret.as_ref();
    let announced = download.size.map(|size| sealed_size(secret, size).unwrap_or(0));
    let taken = download
        .most
        .map(|most| sealed_size(secret, most).unwrap_or(u64::MAX));
    let cipher = secret.map_or(u64::MAX, |_| 1 << 36);
    announced
        .unwrap_or(u64::MAX)
        .min(taken.unwrap_or(u64::MAX))
        .min(cipher)
}

impl Course {
    /// Asks, and takes what comes, up to the end.
    async fn go_on(
        &mut self,
        http: &Http,
        download: &Download,
        landing: &mut Landing,
        teller: &mut Teller,
    ) -> Result<(), Stop> {
        let mut answer = self.ask(http, download, landing).await?;
        teller.progress(self.came, self.total);
        while let Some(piece) = answer.next().await.map_err(Stop::Http)? {
            self.came += piece.len() as u64;
            if self.came > self.most {
                return Err(too_much());
            }
            landing
                .order(Order::Piece(piece))
                .await
                .map_err(|()| Stop::Landed)?;
            teller.progress(self.came, self.total);
        }
        landing.order(Order::End).await.map_err(|()| Stop::Landed)
    }

    /// An answer whose body goes on where we stand: with the rest where the host can, else from the
    /// beginning.
    async fn ask(
        &mut self,
        http: &Http,
        download: &Download,
        landing: &mut Landing,
    ) -> Result<Fetched, Stop> {
        let url = &download.get;
        if self.came > 0 {
            let resume = Resume {
                from: self.came,
                etag: self.etag.clone(),
            };
            match http.get(url, Some(&resume)).await {
                Ok(answer) if self.continues(&answer) => return Ok(answer),
                Ok(answer) if answer.is_whole() => {
                    self.anew(landing).await?;
                    return self.begin(download, answer);
                }
                // 416, or a part of something else.
                Ok(_) => {}
                Err(HttpError {
                    failure: FilesFailure::Status(416),
                    ..
                }) => {}
                Err(error) => return Err(Stop::Http(error)),
            }
            self.anew(landing).await?;
        }
        let answer = http.get(url, None).await.map_err(Stop::Http)?;
        self.begin(download, answer)
    }

    fn continues(&self, answer: &Fetched) -> bool {
        answer.part() == Some((self.came, self.total))
            && self.total.is_some()
            && answer.etag() == self.etag.as_deref()
    }

    async fn anew(&mut self, landing: &mut Landing) -> Result<(), Stop> {
        self.came = 0;
        landing.order(Order::Anew).await.map_err(|()| Stop::Landed)
    }

    /// From the first byte. What is too large is not begun.
    fn begin(&mut self, download: &Download, answer: Fetched) -> Result<Fetched, Stop> {
        if download.secret.is_none() && answer.is_encoded() {
            return Err(Stop::Http(HttpError {
                failure: FilesFailure::NotAuthentic,
                retry: false,
            }));
        }
        self.total = answer.length();
        self.etag = answer.etag().map(str::to_owned);
        match self.total.is_some_and(|total| total > self.most) {
            true => Err(too_much()),
            false => Ok(answer),
        }
    }
}

fn too_much() -> Stop {
    Stop::Http(HttpError {
        failure: FilesFailure::TooMuch,
        retry: false,
    })
}
