//! A host of files that does what a script says with each connection.

use std::future::Future;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::hostile::{Authority, Leaf};

/// One request, and the connection that it came by.
pub struct Call {
    /// Request line and headers.
    pub head: String,
    rest: Vec<u8>,
    io: TlsStream<TcpStream>,
}

/// A host on 127.0.0.1.
pub struct Web {
    pub port: u16,
    /// Whom to trust for it.
    pub authority: String,
    /// The heads of all requests, in their order.
    pub heads: Arc<Mutex<Vec<String>>>,
    _serving: JoinSet<()>,
}

impl Web {
    /// Plays `script` for each connection, which are counted from 0.
    pub async fn start<F, Fut>(script: F) -> Self
    where
        F: Fn(usize, Call) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let authority = Authority::new();
        let leaf = authority.leaf("127.0.0.1");
        Self::with(&authority, &leaf, &["http/1.1"], script).await
    }

    pub async fn with<F, Fut>(authority: &Authority, leaf: &Leaf, protocols: &[&str], script: F) -> Self
    where
        F: Fn(usize, Call) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::default();
        let mut serving = JoinSet::new();
        let acceptor = leaf.acceptor_of(protocols);
        serving.spawn(serve(listener, acceptor, Arc::clone(&heads), Arc::new(script)));
        Self {
            port,
            authority: authority.pem.clone(),
            heads,
            _serving: serving,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}/{path}", self.port)
    }

    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn serve<F, Fut>(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    heads: Arc<Mutex<Vec<String>>>,
    script: Arc<F>,
) where
    F: Fn(usize, Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mut calls = JoinSet::new();
    loop {
        let (io, _) = listener.accept().await.unwrap();
        let (acceptor, heads, script) = (acceptor.clone(), heads.clone(), script.clone());
        calls.spawn(async move {
            let Ok(io) = acceptor.accept(io).await else {
                return;
            };
            let Some(call) = Call::read(io).await else {
                return;
            };
            let number = {
                let mut heads = heads.lock().unwrap();
                heads.push(call.head.clone());
                heads.len() - 1
            };
            script(number, call).await;
        });
    }
}

impl Call {
    async fn read(mut io: TlsStream<TcpStream>) -> Option<Self> {
        let mut read = Vec::new();
        loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = read.split_off(at + 4);
                let head = String::from_utf8(read).unwrap();
                return Some(Self { head, rest, io });
            }
            if io.read_buf(&mut read).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// What a header says.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(there, _)| there.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }

    /// So many bytes of the body; fewer if the other end went.
    pub async fn body(&mut self, length: usize) -> Vec<u8> {
        while self.rest.len() < length {
            match self.io.read_buf(&mut self.rest).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        let length = length.min(self.rest.len());
        self.rest.drain(..length).collect()
    }

    /// Whether the other end took it.
    pub async fn write(&mut self, bytes: &[u8]) -> bool {
        self.io.write_all(bytes).await.is_ok() && self.io.flush().await.is_ok()
    }

    /// A head and a body, and the end of the connection in good order.
    pub async fn answer(mut self, head: &str, body: &[u8]) {
        let head = format!("HTTP/1.1 {head}\r\n\r\n");
        self.write(head.as_bytes()).await;
        self.write(body).await;
        let _ = self.io.shutdown().await;
    }

    /// The whole of it, as it should be.
    pub async fn ok(self, body: &[u8]) {
        let head = format!("200 OK\r\nContent-Length: {}", body.len());
        self.answer(&head, body).await;
    }

    /// The connection ends without a word.
    pub async fn cut(self) {
        drop(self.io);
    }

    /// Nothing more is said until the other end goes.
    pub async fn wait(mut self) {
        let mut heard = [0; 1024];
        while matches!(self.io.read(&mut heard).await, Ok(1..)) {}
    }
}
