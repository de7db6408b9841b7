//! Server, clients and clock together, and everything that may happen to them.

use std::time::Duration;

use minidom::Element;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use susurro::api::{Command, CommandId};
use susurro::model::Timestamp;
use susurro::protocol::{Effect, Ended, Input, Timer};

use crate::client::{Client, send};
use crate::server::{Fault, PageFault, Parting, Server};
use crate::wire::Observer;

pub const ANA: &str = "ana@mired.test";
pub const BOB: &str = "bob@mired.test";
pub const CAROL: &str = "carol@mired.test";
pub const EVE: &str = "eve@evil.test";

/// What goes wrong while the effects of the next input run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// The connection breaks before effect number so many.
    Cut(usize),
    /// The process dies before effect number so many.
    Crash(usize),
    /// The process dies before the commit.
    BeforeCommit,
}

pub struct World {
    pub server: Server,
    pub clients: Vec<Client>,
    pub observer: Observer,
    pub now: Timestamp,
    pub rng: ChaCha20Rng,
    pub mishap: Option<(usize, Mishap)>,
    /// So many stanzas that wait for a client are read in one transaction at most.
    pub together: usize,
    /// By so much the clocks of all clients run ahead of the server's.
    pub ahead: Duration,
    /// Or behind it.
    pub behind: Duration,
}

impl World {
    /// One client for each name; all see each other's presence; nobody has logged in yet.
    pub fn new(seed: u64, people: &[&str]) -> Self {
        let mut server = Server::default();
        let mut clients: Vec<Client> = Vec::new();
        for (number, jid) in people.iter().enumerate() {
            if !server.accounts.contains_key(*jid) {
                server.add_account(jid);
                for other in clients.iter().map(|client| client.jid.to_string()) {
                    server.befriend(jid, &other);
                }
            }
            let resource = format!("susurro.{number}");
            clients.push(Client::new(
                jid,
                &resource,
                seed.wrapping_mul(1000) + number as u64,
            ));
        }
        let mut world = Self {
            server,
            clients,
            observer: Observer::default(),
            now: "2026-11-20T12:00:00Z".parse().unwrap(),
            rng: ChaCha20Rng::seed_from_u64(seed),
            mishap: None,
            together: 1,
            ahead: Duration::ZERO,
            behind: Duration::ZERO,
        };
        world.pass(Duration::ZERO);
        world
    }

    /// As [`World::new`], everybody logged in.
    pub fn online(seed: u64, people: &[&str]) -> Self {
        let mut world = Self::new(seed, people);
        for client in 0..people.len() {
            world.connect(client);
            world.settle();
        }
        world
    }

    /// As [`World::online`], at servers that refuse everything of OMEMO 2.
    pub fn legacy(seed: u64, people: &[&str]) -> Self {
        let mut world = Self::new(seed, people);
        for jid in people {
            let refused = Fault::Error("feature-not-implemented");
            world.server.fault(jid, "urn:xmpp:omemo:2", refused);
        }
        for client in 0..people.len() {
            world.connect(client);
            world.settle();
        }
        world
    }

    pub fn below(&mut self, most: usize) -> usize {
        self.rng.next_u32() as usize % most
    }

    pub fn pass(&mut self, time: Duration) {
        self.now += time;
        self.server.now = self.now.to_string();
    }

    /// Hands an input to a client's core, commits, runs the effects.
    pub fn feed(&mut self, at: usize, input: Input) {
        self.feed_all(at, vec![input]);
    }

    /// The same with several inputs, in one transaction. Behind one that ends the stream nothing is read.
    pub fn feed_all(&mut self, at: usize, inputs: Vec<Input>) {
        let mishap = self
            .mishap
            .take_if(|(client, _)| *client == at)
            .map(|(_, mishap)| mishap);
        let client = &mut self.clients[at];
        let Some(core) = &mut client.core else { return };
        let tx = client.writer.transaction().unwrap();
        let mut batch = core.batch(&tx, &mut client.rng);
        for input in inputs {
            batch.handle(input, self.now + self.ahead - self.behind).unwrap();
            if batch.ends_stream() {
                break;
            }
        }
        let effects = batch.finish().unwrap();
        if mishap == Some(Mishap::BeforeCommit) {
            drop(tx);
            self.crash(at);
            return;
        }
        tx.commit().unwrap();
        let mut gone = false;
        for (number, effect) in effects.into_iter().enumerate() {
            match mishap {
                Some(Mishap::Crash(when)) if number >= when => {
                    self.crash(at);
                    return;
                }
                Some(Mishap::Cut(when)) if number >= when && !gone => {
                    gone = true;
                    self.hang_up(at);
                }
                _ => {}
            }
            gone |= self.run(at, effect);
        }
        if gone {
            self.feed(at, Input::Lost);
        }
    }

    /// Runs one effect; true if the connection is gone by it.
    fn run(&mut self, at: usize, effect: Effect) -> bool {
        let client = &mut self.clients[at];
        match effect {
            Effect::Send(element) => {
                let Some(conn) = client.conn else { return false };
                self.observer.see(client.jid.as_str(), &element);
                client.trace.push(format!("C: {}", String::from(&element)));
                // As on a real wire: written as text and read again.
                let element: Element = String::from(&element).parse().unwrap();
                if let Some(conn) = self.server.conns.get_mut(&conn) {
                    conn.to_server.push_back(element);
                }
                false
            }
            Effect::Tell(event) => {
                client.events.push(event);
                false
            }
            Effect::Wake(timer, after) => {
                client.wake(timer, self.now, after);
                false
            }
            Effect::Sleep(timer) => {
                client.timers.remove(&timer);
                false
            }
            // Nothing is carried beside the stream here: who plays files looks what was begun.
            Effect::Start(task, what) => {
                client.tasks.push((task, what));
                false
            }
            Effect::Cancel(task) => {
                client.tasks.retain(|(begun, _)| *begun != task);
                false
            }
            Effect::Close(_) => {
                if let Some(conn) = client.conn.take() {
                    self.server.close(conn);
                }
                client.core = None;
                client.timers.clear();
                false
            }
            Effect::Abort(failure) => {
                client.aborts.push(failure);
                self.hang_up(at);
                true
            }
        }
    }

    fn hang_up(&mut self, at: usize) {
        if let Some(conn) = self.clients[at].conn.take() {
            self.server.cut(conn);
        }
    }

    /// Starts the process if need be, and opens a stream.
    pub fn connect(&mut self, at: usize) {
        let client = &mut self.clients[at];
        client.start();
        if client.conn.is_some() {
            return;
        }
        client.conn = Some(self.server.connect(client.jid.as_str()));
        let opened = Input::Opened {
            features: self.server.features(),
            facts: Vec::new(),
            mechanism: "SCRAM-SHA-256".to_owned(),
        };
        self.feed(at, opened);
    }

    pub fn connect_all(&mut self) {
        for client in 0..self.clients.len() {
            self.connect(client);
        }
    }

    /// The connection breaks, and the client notices.
    pub fn cut(&mut self, at: usize) {
        self.hang_up(at);
        self.feed(at, Input::Lost);
    }

    /// The process dies; the store is all that is left.
    pub fn crash(&mut self, at: usize) {
        self.hang_up(at);
        self.clients[at].core = None;
        self.clients[at].timers.clear();
    }

    pub fn quit(&mut self, at: usize) {
        self.command(at, Command::Quit);
    }

    pub fn command(&mut self, at: usize, command: Command) -> CommandId {
        self.clients[at].start();
        let id = self.clients[at].number();
        self.feed(at, Input::Command(id, command));
        id
    }

    pub fn send(&mut self, from: usize, to: &str, body: &str) {
        self.command(from, send(to, body));
    }

    /// One thing that waits to happen on the network, chosen at random; false if there is none.
    pub fn step(&mut self) -> bool {
        let mut ready = Vec::new();
        for (at, client) in self.clients.iter().enumerate() {
            match client.conn.map(|conn| (conn, self.server.conns.get(&conn))) {
                None => {}
                Some((_, None)) => ready.push((at, 'l')),
                Some((_, Some(conn))) if conn.breaks && conn.to_client.is_empty() => ready.push((at, 'l')),
                Some((_, Some(conn))) => {
                    if !conn.to_server.is_empty() {
                        ready.push((at, 's'));
                    }
                    if !conn.to_client.is_empty() {
                        ready.push((at, 'c'));
                    }
                }
            }
        }
        if self.server.page_fault == PageFault::Mixed && self.server.held() > 0 {
            ready.push((0, 'p'));
        }
        if ready.is_empty() {
            return false;
        }
        let (at, what) = ready[self.below(ready.len())];
        self.pass(Duration::from_millis(3));
        if what == 'p' {
            self.server.release(1);
            return true;
        }
        let conn = self.clients[at].conn.unwrap();
        match what {
            'l' => {
                match self.server.partings.remove(&conn) {
                    Some(Parting::Closed) => self.feed(at, Input::Ended(Ended::Closed)),
                    Some(Parting::Cut) => self.feed(at, Input::Ended(Ended::Cut)),
                    _ => {}
                }
                self.cut(at);
            }
            's' => {
                self.server.read_one(conn);
            }
            _ => self.read_next(at),
        }
        true
    }

    /// A client reads the next element that its server sent, and perhaps some behind it.
    pub fn read_next(&mut self, at: usize) {
        let most = match self.together {
            0 | 1 => 1,
            together => 1 + self.below(together),
        };
        self.read_together(at, most);
    }

    /// A client reads up to so many elements in one transaction.
    pub fn read_together(&mut self, at: usize, most: usize) {
        let client = &mut self.clients[at];
        let conn = client.conn.and_then(|conn| self.server.conns.get_mut(&conn));
        let waiting = &mut conn.expect("a connection").to_client;
        let count = most.min(waiting.len());
        assert!(count > 0, "something to read");
        let mut inputs = Vec::new();
        for element in waiting.drain(..count) {
            let text = String::from(&element);
            client.trace.push(format!("S: {text}"));
            inputs.push(Input::Element(text.parse().unwrap()));
        }
        self.feed_all(at, inputs);
    }

    /// How many elements wait for a client.
    pub fn waiting(&self, at: usize) -> usize {
        let conn = self.clients[at]
            .conn
            .and_then(|conn| self.server.conns.get(&conn));
        conn.map_or(0, |conn| conn.to_client.len())
    }

    /// The timers whose time has come go off.
    pub fn fire_due(&mut self) {
        let now = self.now;
        while self
            .next_timer_where(|client, timer| timer != Timer::Silence && client.timers[&timer] <= now)
            .is_some()
        {
            self.flow();
        }
    }

    /// Everything that is on its way arrives; no time but that passes.
    pub fn flow(&mut self) {
        for _ in 0..200_000 {
            if !self.step() {
                return;
            }
        }
        panic!("the network never falls silent");
    }

    /// The next timer goes off, whenever that is; those that go off again and again where nothing happens
    /// do not count.
    pub fn next_timer(&mut self) -> Option<Timer> {
        self.next_timer_where(|_, timer| !matches!(timer, Timer::Silence | Timer::Rooms))
    }

    pub fn next_timer_where(&mut self, fits: impl Fn(&Client, Timer) -> bool) -> Option<Timer> {
        let timers = self.clients.iter().enumerate().flat_map(|(at, client)| {
            let set = client.timers.iter().filter(|(timer, _)| fits(client, **timer));
            let set: Vec<_> = set.map(|(timer, when)| (*when, at, *timer)).collect();
            set
        });
        let (when, at, timer) = timers.min()?;
        self.now = self.now.max(when);
        self.pass(Duration::ZERO);
        self.clients[at].timers.remove(&timer);
        self.feed(at, Input::Timer(timer));
        Some(timer)
    }

    /// The network flows and the timers run until nothing is left to happen.
    pub fn settle(&mut self) {
        for _ in 0..10_000 {
            self.flow();
            if self.next_timer().is_none() {
                return;
            }
        }
        panic!("the timers never end");
    }

    /// A stanza reaches a client from its server.
    pub fn deliver(&mut self, at: usize, stanza: &str) {
        let account = self.clients[at].jid.to_string();
        self.server.inject(&account, &crate::server::xml(stanza));
    }
}
