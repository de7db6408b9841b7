//! A scripted server: plays what a script says, byte by byte, on 127.0.0.1, with an own CA; it can
//! be an honest server as well as a lying one. Its SCRAM is written apart from the program's, so
//! that the two check each other.

#![allow(dead_code)]

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

pub const DOMAIN: &str = "mired.test";
pub const USER: &str = "ana";
pub const PASSWORD: &str = "pencil";
/// Nothing in a script takes longer, unless something is wrong.
const GIVE_UP: Duration = Duration::from_secs(60);

/// A certificate authority.
pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A leaf certificate and its key, as a server needs them.
#[derive(Clone)]
pub struct Leaf {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<KeyPair>,
    pub alpn: bool,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "a CA of the tests");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    pub fn leaf(&self, name: &str) -> Leaf {
        self.leaf_of(CertificateParams::new(vec![name.to_owned()]).unwrap())
    }

    pub fn expired(&self, name: &str) -> Leaf {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
        self.leaf_of(params)
    }

    /// What is right for the name, and meant to sign others.
    pub fn authority_for(&self, name: &str) -> Leaf {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self.leaf_of(params)
    }

    fn leaf_of(&self, params: CertificateParams) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Leaf {
            chain: vec![certificate.der().clone()],
            key: Arc::new(key),
            alpn: false,
        }
    }
}

pub fn self_signed(name: &str) -> Leaf {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    Leaf {
        chain: vec![made.cert.der().clone()],
        key: Arc::new(made.signing_key),
        alpn: false,
    }
}

impl Leaf {
    fn acceptor(&self) -> TlsAcceptor {
        match self.alpn {
            true => self.acceptor_of(&["xmpp-client"]),
            false => self.acceptor_of(&[]),
        }
    }

    /// One that speaks these protocols (ALPN).
    pub fn acceptor_of(&self, protocols: &[&str]) -> TlsAcceptor {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)
            .unwrap();
        let protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec());
        config.alpn_protocols = protocols.collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// A server that plays one script for one connection.
pub struct Hostile<T> {
    pub port: u16,
    played: JoinHandle<T>,
}

impl<T: Send + 'static> Hostile<T> {
    /// Listens on a free port and plays `script` for the first connection.
    pub async fn start<F, Fut>(script: F) -> Self
    where
        F: FnOnce(Peer<TcpStream>) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let played = tokio::spawn(async move {
            let (io, _) = listener.accept().await.unwrap();
            script(Peer::new(io)).await
        });
        Self { port, played }
    }

    /// What the script returned; a panic in it is one here.
    pub async fn end(self) -> T {
        tokio::time::timeout(GIVE_UP, self.played)
            .await
            .expect("the script did not end")
            .unwrap()
    }
}

/// The other end of a connection, as text.
pub struct Peer<Io> {
    pub io: Io,
    read: String,
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Peer<Io> {
    pub fn new(io: Io) -> Self {
        Self {
            io,
            read: String::new(),
        }
    }

    pub async fn send(&mut self, text: &str) {
        // The client may have hung up, which is what many scripts want to see.
        let _ = self.io.write_all(text.as_bytes()).await;
        let _ = self.io.flush().await;
    }

    /// What came up to and with `mark`; at the end of the connection, what there was (without `mark`).
    pub async fn until(&mut self, mark: &str) -> String {
        loop {
            if let Some(at) = self.read.find(mark) {
                let rest = self.read.split_off(at + mark.len());
                return std::mem::replace(&mut self.read, rest);
            }
            let mut chunk = [0; 4096];
            let read = tokio::time::timeout(GIVE_UP, self.io.read(&mut chunk))
                .await
                .expect("the client is silent");
            match read {
                Ok(0) | Err(_) => return std::mem::take(&mut self.read),
                Ok(n) => self.read.push_str(std::str::from_utf8(&chunk[..n]).unwrap()),
            }
        }
    }

    /// The next stanza (`<iq>`, `<message>` or `<presence>`) as it came; of one that is longer than `most`, a
    /// little more than that. None at the end.
    pub async fn stanza(&mut self, most: usize) -> Option<String> {
        loop {
            let start = ["<iq", "<message", "<presence"]
                .iter()
                .filter_map(|name| self.read.find(name));
            if let Some(at) = start.min() {
                self.read.drain(..at);
                let name: String = self.read[1..]
                    .chars()
                    .take_while(char::is_ascii_lowercase)
                    .collect();
                let close = format!("</{name}>");
                let head = self.read.find('>');
                let empty = head
                    .filter(|head| self.read[..*head].ends_with('/'))
                    .map(|head| head + 1);
                let whole = self.read.find(&close).map(|end| end + close.len());
                if let Some(end) = empty.or(whole) {
                    let rest = self.read.split_off(end);
                    return Some(std::mem::replace(&mut self.read, rest));
                }
                if self.read.len() > most {
                    return Some(std::mem::take(&mut self.read));
                }
            }
            let mut chunk = [0; 4096];
            let read = tokio::time::timeout(GIVE_UP, self.io.read(&mut chunk)).await;
            match read.expect("the client is silent") {
                Ok(0) | Err(_) => return None,
                Ok(n) => self.read.push_str(std::str::from_utf8(&chunk[..n]).unwrap()),
            }
        }
    }

    /// All that comes until the client hangs up.
    pub async fn until_closed(&mut self) -> String {
        self.until("\u{0}never").await
    }

    /// Reads the client's stream header and answers it.
    pub async fn header(&mut self) -> String {
        let header = self.until("version='1.0'>").await;
        self.send(&format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
             id='1' from='{DOMAIN}' version='1.0' xml:lang='en'>"
        ))
        .await;
        header
    }

    /// Header and features.
    pub async fn open(&mut self, features: &str) -> String {
        let header = self.header().await;
        self.send(&format!("<stream:features>{features}</stream:features>"))
            .await;
        header
    }
}

pub const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
pub const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
pub const BIND: &str = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";

impl Peer<TcpStream> {
    /// The TLS handshake; None if the client broke it off.
    pub async fn tls(self, leaf: &Leaf) -> Option<Peer<TlsStream<TcpStream>>> {
        leaf.acceptor().accept(self.io).await.ok().map(Peer::new)
    }

    /// An honest STARTTLS, then TLS.
    pub async fn starttls(mut self, leaf: &Leaf) -> Option<Peer<TlsStream<TcpStream>>> {
        self.open(STARTTLS).await;
        self.until("</starttls>").await;
        self.send(PROCEED).await;
        self.tls(leaf).await
    }
}

impl Peer<TlsStream<TcpStream>> {
    /// What the server sees as binding data (RFC 9266).
    pub fn exporter(&self) -> Vec<u8> {
        self.io
            .get_ref()
            .1
            .export_keying_material(vec![0; 32], b"EXPORTER-Channel-Binding", Some(&[]))
            .unwrap()
    }

    /// Reads an `<auth/>` or `<response/>`; its text, decoded.
    pub async fn message(&mut self) -> String {
        let element = self.until("</").await;
        self.until(">").await;
        let text = element
            .trim_end_matches("</")
            .rsplit('>')
            .next()
            .unwrap_or_default();
        String::from_utf8(BASE64.decode(text).unwrap_or_default()).unwrap_or_default()
    }

    /// `<challenge/>` or `<success/>` with that text.
    pub async fn sasl(&mut self, name: &str, text: &str) {
        let text = BASE64.encode(text);
        self.send(&format!(
            "<{name} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{text}</{name}>"
        ))
        .await;
    }

    /// An honest login by SCRAM-SHA-256, with or without PLUS; then the new stream with a bind feature.
    pub async fn login(&mut self) -> Seen {
        let mut scram = self.challenge().await;
        let seen = scram.finish(&self.message().await, &self.exporter());
        self.sasl("success", &scram.signature()).await;
        self.open(BIND).await;
        seen
    }

    /// Reads the client-first-message and sends a challenge.
    pub async fn challenge(&mut self) -> Scram {
        let mut scram = Scram::begin(&self.message().await);
        self.sasl("challenge", &scram.challenge(4096, "")).await;
        scram
    }
}

pub fn mechanisms(names: &[&str]) -> String {
    let names: String = names
        .iter()
        .map(|name| format!("<mechanism>{name}</mechanism>"))
        .collect();
    format!("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{names}</mechanisms>")
}

/// What an honest server found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub gs2_header: String,
    pub proof_is_right: bool,
    pub binding_is_right: bool,
}

/// The server's side of SCRAM-SHA-256.
pub struct Scram {
    pub first: String,
    gs2_header: String,
    bare: String,
    pub nonce: String,
    server_first: String,
    without_proof: String,
}

impl Scram {
    pub fn begin(first: &str) -> Self {
        let mut parts = first.splitn(3, ',');
        let gs2_header = format!("{},{},", parts.next().unwrap(), parts.next().unwrap());
        let bare = parts.next().unwrap_or_default().to_owned();
        let nonce = bare.rsplit("r=").next().unwrap().to_owned();
        Self {
            first: first.to_owned(),
            gs2_header,
            bare,
            nonce,
            server_first: String::new(),
            without_proof: String::new(),
        }
    }

    pub fn challenge(&mut self, rounds: u64, extension: &str) -> String {
        let salt = BASE64.encode("some salt");
        self.server_first = format!("r={}server,s={salt},i={rounds}{extension}", self.nonce);
        self.server_first.clone()
    }

    pub fn finish(&mut self, last: &str, exporter: &[u8]) -> Seen {
        let (without_proof, proof) = last.rsplit_once(",p=").unwrap_or_default();
        self.without_proof = without_proof.to_owned();
        let mut binding = self.gs2_header.as_bytes().to_vec();
        if self.gs2_header.starts_with("p=") {
            binding.extend_from_slice(exporter);
        }
        let client_key = mac(&salted(), b"Client Key");
        let signature = mac(&Sha256::digest(&client_key), self.auth_message().as_bytes());
        let expected: Vec<u8> = client_key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        Seen {
            gs2_header: self.gs2_header.clone(),
            proof_is_right: BASE64.decode(proof).unwrap_or_default() == expected,
            binding_is_right: without_proof.starts_with(&format!("c={},", BASE64.encode(binding))),
        }
    }

    pub fn signature(&self) -> String {
        let key = mac(&salted(), b"Server Key");
        format!("v={}", BASE64.encode(mac(&key, self.auth_message().as_bytes())))
    }

    fn auth_message(&self) -> String {
        format!("{},{},{}", self.bare, self.server_first, self.without_proof)
    }
}

fn salted() -> Vec<u8> {
    // Hi() of RFC 5802, by its definition.
    let mut last = mac(PASSWORD.as_bytes(), b"some salt\0\0\0\x01");
    let mut out = last.clone();
    for _ in 1..4096 {
        last = mac(PASSWORD.as_bytes(), &last);
        for (byte, more) in out.iter_mut().zip(&last) {
            *byte ^= more;
        }
    }
    out
}

fn mac(key: &[u8], data: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key)
        .unwrap()
        .chain_update(data)
        .finalize()
        .into_bytes()
        .to_vec()
}
