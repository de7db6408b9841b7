//! Files over HTTPS (RFC 9112), as XEP-0363 has them put and fetched: one connection a request, by the same
//! names, TCP and TLS as the stream, certificates checked for the host of the address.
//!
//! - a GET is sent on to another address three times at most, `https` alone; a PUT never;
//! - nothing is asked for but the bytes as they lie there, so that they can be counted, and resumed;
//! - addresses of private networks are gone to only where the account's own server is in one (threat 65);
//! - a host that says nothing for a while, or next to nothing for longer, is given up.

mod address;
mod error;
mod fetched;
mod put_body;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::client::conn::http1;
use hyper::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, EXPIRES, HOST,
    HeaderName, HeaderValue, IF_RANGE, RANGE, USER_AGENT,
};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_rustls::rustls::ClientConfig;

use self::address::{Address, is_public};
pub use self::error::HttpError;
pub use self::fetched::Fetched;
use self::put_body::PutBody;
use crate::connection::{EstablishError, Timeouts};
use crate::dns::Candidate;
use crate::{tcp, tls};
use model::FilesFailure;
use model::failure::{Doing, NetFailure};

/// So often a GET is sent on at most.
const MOST_REDIRECTS: usize = 3;
/// The head of an answer, and what is held of a body in either direction, in bytes.
const BUFFER: usize = 256 * 1024;
const MOST_HEADERS: usize = 64;

/// How long a host may take.
#[derive(Debug, Clone, Copy)]
pub struct HttpTimeouts {
    pub connecting: Timeouts,
    /// Until the head of the answer is there, once all was asked.
    pub answer: Duration,
    /// Between two pieces of a body.
    pub silence: Duration,
    /// In a time as long as this
    pub window: Duration,
    /// at least so many bytes have to come.
    pub least: u64,
}

impl Default for HttpTimeouts {
    fn default() -> Self {
        Self {
            connecting: Timeouts::default(),
            answer: Duration::from_secs(60),
            silence: Duration::from_secs(30),
            window: Duration::from_secs(60),
            least: 2048,
        }
    }
}

/// Whom to trust, and where to go.
#[derive(Debug, Clone, Default)]
pub struct HttpPolicy {
    /// Further trusted roots, as the account has them.
    pub ca_pem: Option<String>,
    /// Addresses of private networks are gone to: the account's own server is in one.
    pub inside: bool,
    pub timeouts: HttpTimeouts,
}

impl HttpPolicy {
    /// Whether whoever has a server there may be sent to private networks by it: "127.0.0.1:5222".
    pub fn is_inside(server: &str) -> bool {
        server
            .parse()
            .is_ok_and(|server: std::net::SocketAddr| !is_public(server.ip()))
    }
}

/// What asks. A clone is the same.
#[derive(Debug, Clone, Default)]
pub struct Http {
    policy: Arc<HttpPolicy>,
    /// Reading the system's roots takes a while.
    config: Arc<OnceCell<Arc<ClientConfig>>>,
}

/// Where to go on with a file of which the beginning is here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resume {
    /// The first byte that is wanted.
    pub from: u64,
    /// What the host named the bytes that are here.
    pub etag: Option<String>,
}

/// The connection, in a task that ends with it.
type Driver = JoinSet<()>;

impl Http {
    pub fn new(policy: HttpPolicy) -> Self {
        Self {
            policy: Arc::new(policy),
            config: Arc::default(),
        }
    }

    /// Fetches what lies at an address, from its beginning or further on. The answer has a status of success.
    ///
    /// # Errors
    /// The way there, and what the host says.
    pub async fn get(&self, url: &str, resume: Option<&Resume>) -> Result<Fetched, HttpError> {
        let mut address = Address::parse(url).ok_or(HttpError::stop(FilesFailure::BadAddress))?;
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.get_once(&address, resume).await?;
            let Some(location) = answer.sent_on() else {
                return answer.checked(resume.is_some());
            };
            address = address
                .onward(location)
                .ok_or(HttpError::stop(FilesFailure::Redirected))?;
        }
        Err(HttpError::stop(FilesFailure::Redirected))
    }

    async fn get_once(&self, address: &Address, resume: Option<&Resume>) -> Result<Fetched, HttpError> {
        let mut request = request(Method::GET, address, PutBody::default())?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(Resume { from, etag }) = resume {
            let range = HeaderValue::try_from(format!("bytes={from}-"));
            headers.insert(
                RANGE,
                range.map_err(|_| HttpError::stop(FilesFailure::BadAddress))?,
            );
            // A weak one does not tell bytes apart (RFC 9110 §13.1.5).
            let strong = etag.as_deref().filter(|etag| !etag.starts_with("W/"));
            headers.extend(
                strong
                    .and_then(|etag| HeaderValue::try_from(etag).ok())
                    .map(|etag| (IF_RANGE, etag)),
            );
        }
        let (mut sender, driver) = self.connect(address).await?;
        let answer = timeout(self.policy.timeouts.answer, sender.send_request(request))
            .await
            .map_err(|_| HttpError::again(FilesFailure::TimedOut))??;
        Ok(Fetched::new(answer, driver, self.policy.timeouts))
    }

    /// Connects to where a file is to be put. Nothing of it left before this is there.
    ///
    /// # Errors
    /// The way there.
    pub async fn open_put(&self, url: &str) -> Result<Put, HttpError> {
        let address = Address::parse(url).ok_or(HttpError::stop(FilesFailure::BadAddress))?;
        let (sender, driver) = self.connect(&address).await?;
        Ok(Put {
            address,
            sender,
            _driver: driver,
            timeouts: self.policy.timeouts,
        })
    }

    async fn connect(&self, address: &Address) -> Result<(http1::SendRequest<PutBody>, Driver), HttpError> {
        let HttpPolicy { inside, timeouts, .. } = &*self.policy;
        let host = address.host();
        let candidate = Candidate {
            host: host.clone(),
            port: address.port(),
            direct: true,
        };
        let config = self.config().await?;
        let connecting = &timeouts.connecting;
        let deadline = Instant::now() + connecting.connect_all;
        let permitted = |address: IpAddr| *inside || is_public(address);
        let (tcp, _) = tcp::connect(&candidate, connecting, deadline, permitted).await?;
        let (io, _) = timeout(connecting.tls, tls::handshake(config, &host, tcp))
            .await
            .map_err(|_| EstablishError::silent(Doing::SettingUpTls))??;
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(BUFFER)
            .max_headers(MOST_HEADERS)
            .handshake(TokioIo::new(io))
            .await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // Whoever waits for the answer hears of it.
            let _ = connection.await;
        });
        Ok((sender, driver))
    }

    async fn config(&self) -> Result<Arc<ClientConfig>, HttpError> {
        let made = self.config.get_or_try_init(|| async {
            let policy = self.policy.clone();
            let config = tokio::task::spawn_blocking(move || tls::config(policy.ca_pem.as_deref()));
            let config = config
                .await
                .map_err(|_| EstablishError::again(NetFailure::Interrupted))??;
            Ok::<_, HttpError>(tls::for_http(&config))
        });
        made.await.cloned()
    }
}

/// A connection that waits for a file.
pub struct Put {
    address: Address,
    sender: http1::SendRequest<PutBody>,
    _driver: Driver,
    timeouts: HttpTimeouts,
}

impl Put {
    /// Sends a file of `length` bytes piece by piece; `told` hears how many left. What ends early breaks it
    /// off.
    ///
    /// # Errors
    /// What the host says, or that it says nothing. Bytes left then: nothing else may leave under the same
    /// key.
    pub async fn send(
        mut self,
        headers: &[(String, String)],
        length: u64,
        pieces: mpsc::Receiver<Bytes>,
        mut told: impl FnMut(u64),
    ) -> Result<(), HttpError> {
        let (body, mut left) = PutBody::new(length, pieces);
        let mut request = request(Method::PUT, &self.address, body)?;
        put_headers(&mut request, length, headers);
        let answer = self.sender.send_request(request);
        tokio::pin!(answer);
        let mut counted = true;
        loop {
            let limit = if counted {
                self.timeouts.silence
            } else {
                self.timeouts.answer
            };
            tokio::select! {
                answer = &mut answer => {
                    let status = answer?.status();
                    return match status.as_u16() {
                        200..=299 => Ok(()),
                        300..=399 => Err(HttpError::stop(FilesFailure::Redirected)),
                        status => Err(HttpError::of_status(status)),
                    };
                }
                changed = left.changed(), if counted => match changed {
                    Ok(()) => told(*left.borrow_and_update()),
                    // The body is gone: all of it left, or it was broken off.
                    Err(_) => counted = false,
                },
                () = tokio::time::sleep(limit) => return Err(HttpError::again(FilesFailure::TimedOut)),
            }
        }
    }
}

/// A request for an address, with what every one of them says.
fn request(method: Method, address: &Address, body: PutBody) -> Result<Request<PutBody>, HttpError> {
    let bad = |_| HttpError::stop(FilesFailure::BadAddress);
    let request = Request::builder()
        .method(method)
        .uri(address.target())
        .header(HOST, address.authority())
        .header(CONNECTION, "close")
        // Something has to stand there for some hosts, and it need not say more.
        .header(USER_AGENT, "XMPP");
    request.body(body).map_err(bad)
}

/// Those that XEP-0363 lets a service ask for, and nothing else (threat 67).
fn put_headers(request: &mut Request<PutBody>, length: u64, asked: &[(String, String)]) {
    let headers = request.headers_mut();
    // Also of nothing at all.
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    for (name, value) in asked {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            continue;
        };
        if let Ok(mut value) = HeaderValue::from_bytes(value.as_bytes())
            && [AUTHORIZATION, COOKIE, EXPIRES].contains(&name)
        {
            value.set_sensitive(true);
            headers.append(name, value);
        }
    }
}
