//! A TCP proxy between client and server that can cut, stall and forbid, at a chosen byte if need be.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const NEVER: u64 = u64::MAX;

/// A proxy on a loopback port; the lines it carries are cut on drop.
pub struct Proxy {
    port: u16,
    rules: Arc<Rules>,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    ToServer,
    ToClient,
}

#[derive(Default)]
struct Rules {
    /// New connections are closed at once.
    refuse: AtomicBool,
    over: AtomicBool,
    accepted: AtomicUsize,
    ways: [Direction; 2],
    open: Mutex<Vec<TcpStream>>,
}

struct Direction {
    /// Bytes are read no more, and nobody is told.
    held: AtomicBool,
    /// There are some that wait.
    waiting: AtomicBool,
    /// Bytes go into nothing.
    dropped: AtomicBool,
    /// Both ways are cut after that many more bytes this way.
    cut_after: AtomicU64,
    carried: AtomicU64,
}

impl Default for Direction {
    fn default() -> Self {
        Self {
            held: AtomicBool::new(false),
            waiting: AtomicBool::new(false),
            dropped: AtomicBool::new(false),
            cut_after: AtomicU64::new(NEVER),
            carried: AtomicU64::new(0),
        }
    }
}

impl Proxy {
    /// Carries everything to a server on 127.0.0.1 until told otherwise.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
        let port = listener.local_addr().expect("it is bound").port();
        let rules = Arc::new(Rules::default());
        let shared = Arc::clone(&rules);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if shared.over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(client) = client else { continue };
                if shared.refuse.load(Ordering::SeqCst) {
                    let _ = client.shutdown(Shutdown::Both);
                } else {
                    shared.carry(client, server);
                }
            }
        });
        Self { port, rules }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many connections reached the server so far.
    pub fn accepted(&self) -> usize {
        self.rules.accepted.load(Ordering::SeqCst)
    }

    /// Bytes carried so far.
    pub fn carried(&self, way: Way) -> u64 {
        self.rules.way(way).carried.load(Ordering::SeqCst)
    }

    /// Cuts every line now; new ones are accepted.
    pub fn cut(&self) {
        self.rules.cut();
    }

    /// Cuts every line once that many more bytes went this way: in the middle of a
    /// stanza, if the count says so.
    pub fn cut_after(&self, way: Way, bytes: u64) {
        self.rules.way(way).cut_after.store(bytes, Ordering::SeqCst);
    }

    /// Refuses new connections, or takes them again.
    pub fn refuse(&self, yes: bool) {
        self.rules.refuse.store(yes, Ordering::SeqCst);
    }

    /// Holds back what goes this way, or lets it go on.
    pub fn hold(&self, way: Way, yes: bool) {
        self.rules.way(way).held.store(yes, Ordering::SeqCst);
    }

    /// Whether something that goes this way is being held back.
    pub fn is_holding(&self, way: Way) -> bool {
        self.rules.way(way).waiting.load(Ordering::SeqCst)
    }

    /// Swallows what goes this way. There is no way back but to cut: the TLS stream inside is broken.
    pub fn swallow(&self, way: Way) {
        self.rules.way(way).dropped.store(true, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.rules.over.store(true, Ordering::SeqCst);
        self.rules.cut();
        // Wakes the listener, which then sees that it is over.
        let here = SocketAddr::from(([127, 0, 0, 1], self.port));
        let _ = TcpStream::connect_timeout(&here, Duration::from_secs(1));
    }
}

impl Rules {
    fn way(&self, way: Way) -> &Direction {
        let [to_server, to_client] = &self.ways;
        match way {
            Way::ToServer => to_server,
            Way::ToClient => to_client,
        }
    }

    /// The faults of the old lines end with them.
    fn cut(&self) {
        for stream in self.open.lock().expect("no carrier panics").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        for way in &self.ways {
            way.held.store(false, Ordering::SeqCst);
            way.dropped.store(false, Ordering::SeqCst);
            way.cut_after.store(NEVER, Ordering::SeqCst);
        }
    }

    fn carry(self: &Arc<Self>, client: TcpStream, port: u16) {
        let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else {
            let _ = client.shutdown(Shutdown::Both);
            return;
        };
        self.accepted.fetch_add(1, Ordering::SeqCst);
        let copy = |stream: &TcpStream| stream.try_clone().expect("a descriptor");
        self.open
            .lock()
            .expect("no carrier panics")
            .extend([copy(&client), copy(&server)]);
        let (from_client, to_client) = (copy(&client), client);
        let (from_server, to_server) = (copy(&server), server);
        let rules = Arc::clone(self);
        std::thread::spawn(move || rules.pump(Way::ToServer, from_client, to_server));
        let rules = Arc::clone(self);
        std::thread::spawn(move || rules.pump(Way::ToClient, from_server, to_client));
    }

    fn pump(&self, way: Way, mut from: TcpStream, mut to: TcpStream) {
        let rule = self.way(way);
        let mut buffer = [0_u8; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            while rule.held.load(Ordering::SeqCst) && !self.over.load(Ordering::SeqCst) {
                rule.waiting.store(true, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(5));
            }
            rule.waiting.store(false, Ordering::SeqCst);
            let left = rule.cut_after.load(Ordering::SeqCst);
            let pass = count.min(usize::try_from(left).unwrap_or(count));
            if !rule.dropped.load(Ordering::SeqCst) && to.write_all(&buffer[..pass]).is_err() {
                break;
            }
            rule.carried.fetch_add(pass as u64, Ordering::SeqCst);
            if left != NEVER {
                if pass as u64 == left {
                    self.cut();
                    break;
                }
                // Unless somebody set another cut, or made one, meanwhile.
                let rest = left - pass as u64;
                let order = Ordering::SeqCst;
                let _ = rule.cut_after.compare_exchange(left, rest, order, order);
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}
