//! A server as the core sees one: bind, stream management with queues and resumption, routing, offline
//! storage, archives and copies in the manners of three real servers. Roster and PEP are in the files
//! beside this one. It is as strict as a server may be: what breaks the protocol panics.

mod answers;
mod archive;
mod blocking;
mod bookmarks;
mod carbons;
mod manners;
mod pages;
mod pep;
mod queries;
mod rooms;
mod roster;
mod routing;
mod stream;

use std::collections::{BTreeMap, VecDeque};

use jid::Jid;
use minidom::Element;

pub use archive::{Archive, Entry};
pub use bookmarks::Lists;
pub use manners::Manners;
pub use pages::PageFault;
pub use pep::{Access, Counts, Fault, Most, Node};
pub use rooms::Room;
pub use roster::Item;

/// What this server can do.
#[derive(Debug, Clone)]
pub struct Options {
    /// Offers stream management.
    pub sm: bool,
    /// Lets streams be resumed.
    pub resume: bool,
    /// Says in `<failed/>` how many stanzas it had handled.
    pub remembers: bool,
    /// Answers `<enable/>` at all.
    pub enables: bool,
    /// The largest stanza that it says it takes (XEP-0478).
    pub max_bytes: Option<u32>,
    /// The largest stanza that it takes, and how it ends a stream that brings a larger one.
    pub takes: Option<(usize, Parting)>,
    /// Wants to know whether somebody looks (XEP-0352).
    pub csi: bool,
    /// Takes read positions off markers (XEP-0490).
    pub assists: bool,
    /// Has PEP.
    pub pep: bool,
    /// Can block (XEP-0191).
    pub blocking: bool,
    /// Takes files up to this size (XEP-0363).
    pub uploads: Option<u64>,
    /// What it says of lists of rooms.
    pub lists: Lists,
    /// How many items its nodes may be told to keep.
    pub counts: Counts,
    /// Whose manners it has where servers differ.
    pub manners: Manners,
    /// Archives messages (XEP-0313).
    pub archive: bool,
    /// Copies messages to other devices (XEP-0280).
    pub carbons: bool,
    /// The largest page of an archive, instead of the one that goes with the manners.
    pub page: Option<usize>,
    /// With Openfire's manners: archived messages have a second id.
    pub stable_ids: bool,
}

/// Rooms of this service are played by tests: what goes there arrives, and nothing comes back by itself.
pub const PLAYED: &str = "@played.mired.test";

/// How a stream is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parting {
    /// With the error of RFC 6120 §13.12.
    Named,
    /// With another error.
    Unnamed,
    /// Closed without a word.
    Closed,
    /// Cut.
    Cut,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sm: true,
            resume: true,
            remembers: true,
            enables: true,
            max_bytes: None,
            takes: None,
            csi: false,
            assists: false,
            pep: true,
            blocking: true,
            uploads: None,
            lists: Lists::Nothing,
            counts: Counts {
                knows_max: true,
                largest: 10_000,
                with_item: true,
            },
            manners: Manners::Prosody,
            archive: false,
            carbons: false,
            page: None,
            stable_ids: true,
        }
    }
}

/// What the server says wrongly when a stream is resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// It handled more than was ever sent.
    Count,
    /// Another stream than was asked for is resumed.
    Stream,
    /// A message comes in place of the answer.
    Message,
    /// The stream is gone, and it handled more than was ever sent.
    FailedCount,
}

#[derive(Default)]
pub struct Account {
    pub roster: BTreeMap<String, Item>,
    pub nodes: BTreeMap<String, Node>,
    pub offline: VecDeque<Element>,
    pub blocked: Vec<String>,
    /// What is in its private store (XEP-0049), if it has any.
    pub private: Option<Element>,
    pub archive: Archive,
}

struct Sm {
    id: String,
    resumable: bool,
    handled: u32,
    /// Number of the last stanza that the client acknowledged.
    acked: u32,
    queue: VecDeque<Element>,
}

/// A bound resource, attached to a connection or waiting to be resumed.
struct Session {
    jid: Jid,
    conn: Option<u64>,
    present: bool,
    priority: i8,
    /// It asked for copies of what other devices send and get.
    copied: bool,
    /// It asked something of the archive.
    asked_archive: bool,
    interested: bool,
    /// It asked who is blocked, so it is told of changes.
    hears_blocks: bool,
    sm: Option<Sm>,
}

/// One connection: what is on its way in both directions.
pub struct Conn {
    pub account: String,
    session: Option<u64>,
    pub to_server: VecDeque<Element>,
    pub to_client: VecDeque<Element>,
    /// It breaks when the client has read what is on its way.
    pub breaks: bool,
}

#[derive(Default)]
pub struct Server {
    pub options: Options,
    pub accounts: BTreeMap<String, Account>,
    pub rooms: BTreeMap<String, Room>,
    pub conns: BTreeMap<u64, Conn>,
    sessions: BTreeMap<u64, Session>,
    /// What destroyed streams had handled, for `<failed h=…/>`.
    graves: BTreeMap<String, u32>,
    pub faults: Vec<(String, String, Fault)>,
    /// Every stanza that a client sent, with its bare sender.
    pub log: Vec<(String, Element)>,
    pub now: String,
    /// Acknowledges nothing.
    pub mute: bool,
    /// How it let go of connections that are gone.
    pub partings: BTreeMap<u64, Parting>,
    /// How many streams it ended because of something too large.
    pub ended: usize,
    pub lie: Option<Lie>,
    /// So many more resources are refused because somebody has them.
    pub taken: usize,
    /// What happens to pages of archives on their way.
    pub page_fault: PageFault,
    /// Every question to an archive, in order.
    pub queries: Vec<Element>,
    /// Answers of archives that wait, and for which session.
    held: VecDeque<(u64, Element)>,
    /// It is on its way down: nobody is told anything.
    stopping: bool,
    /// How many messages were ever archived.
    archive_rows: u64,
    /// The newest id that is a time.
    archive_time: u64,
    next: u64,
}

impl Server {
    pub fn add_account(&mut self, jid: &str) {
        self.accounts.insert(jid.to_owned(), Account::default());
    }

    pub fn features(&self) -> Element {
        let sm = if self.options.sm {
            "<sm xmlns='urn:xmpp:sm:3'/>"
        } else {
            ""
        };
        let bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";
        let limits = self.options.max_bytes.map_or_else(String::new, |most| {
            format!("<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>{most}</max-bytes></limits>")
        });
        let csi = if self.options.csi {
            "<csi xmlns='urn:xmpp:csi:0'/>"
        } else {
            ""
        };
        xml(&format!(
            "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>{bind}{sm}{csi}{limits}</stream:features>"
        ))
    }

    pub fn connect(&mut self, account: &str) -> u64 {
        self.next += 1;
        let conn = Conn {
            account: account.to_owned(),
            session: None,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            breaks: false,
        };
        self.conns.insert(self.next, conn);
        self.next
    }

    /// The connection breaks; what is on its way is lost.
    pub fn cut(&mut self, conn: u64) {
        let Some(conn) = self.conns.remove(&conn) else {
            return;
        };
        if let Some(id) = conn.session {
            let session = self.sessions.get_mut(&id).unwrap();
            session.conn = None;
            if !session.sm.as_ref().is_some_and(|sm| sm.resumable) {
                self.destroy(id);
            }
        }
    }

    /// The client closed its stream in good order: everything that it sent is read first.
    pub fn close(&mut self, conn: u64) {
        while self.read_one(conn) {}
        if let Some(conn) = self.conns.remove(&conn)
            && let Some(id) = conn.session
        {
            self.destroy(id);
        }
    }

    /// All connections break and all sessions end; what was not acknowledged goes to offline storage,
    /// unless it is archived.
    pub fn restart(&mut self) {
        self.stopping = true;
        self.held.clear();
        let conns: Vec<u64> = self.conns.keys().copied().collect();
        for conn in conns {
            self.cut(conn);
        }
        let sessions: Vec<u64> = self.sessions.keys().copied().collect();
        for id in sessions {
            self.destroy(id);
        }
        self.stopping = false;
    }

    /// Streams of an account that wait to be resumed end for good.
    pub fn end_sleeping(&mut self, account: &str) {
        for id in self.sessions_where(|s| s.conn.is_none() && s.jid.to_bare().as_str() == account) {
            self.destroy(id);
        }
    }

    /// Reads one element of a client; false if there was none.
    pub fn read_one(&mut self, conn: u64) -> bool {
        let Some(element) = self.conns.get_mut(&conn).and_then(|c| c.to_server.pop_front()) else {
            return false;
        };
        if self.partings.contains_key(&conn) || self.conns[&conn].breaks {
            return true;
        }
        if let Some((most, parting)) = self.options.takes
            && text(&element).len() > most
        {
            self.part(conn, parting);
            return true;
        }
        if element.ns() == "urn:xmpp:sm:3" {
            self.on_sm(conn, &element);
            return true;
        }
        if element.ns() == "urn:xmpp:csi:0" {
            assert!(self.options.csi && matches!(element.name(), "active" | "inactive"));
            return true;
        }
        assert_eq!(element.ns(), "jabber:client", "not a stanza: {}", text(&element));
        let Some(id) = self.conns[&conn].session else {
            self.bind(conn, &element);
            return true;
        };
        let session = self.sessions.get_mut(&id).unwrap();
        if let Some(sm) = &mut session.sm {
            sm.handled = sm.handled.wrapping_add(1);
        }
        let from = session.jid.clone();
        let bare = from.to_bare().to_string();
        self.log.push((bare, element.clone()));
        if self.goes_to_room(id, &from, &element) {
            return true;
        }
        if element.attr("to").is_some_and(|to| to.contains(PLAYED)) {
            return true;
        }
        match element.name() {
            "message" => self.route_message(&from, element),
            "presence" => self.on_presence(id, &from, &element),
            "iq" => self.on_iq(id, &from, &element),
            other => panic!("unknown stanza {other}"),
        }
        true
    }

    /// Gives a stanza to a session, attached or not.
    fn deliver(&mut self, id: u64, stanza: Element) {
        let session = self.sessions.get_mut(&id).unwrap();
        let conn = session.conn;
        let mut ask = false;
        if let Some(sm) = &mut session.sm {
            sm.queue.push_back(stanza.clone());
            ask = sm.queue.len() % 3 == 1;
        }
        if let Some(conn) = conn {
            self.push(conn, stanza);
            if ask {
                self.push(conn, xml("<r xmlns='urn:xmpp:sm:3'/>"));
            }
        }
    }

    /// Gives any stanza to every session of an account, as if the server had routed it there.
    pub fn inject(&mut self, account: &str, stanza: &Element) {
        for id in self.sessions_where(|s| s.jid.to_bare().as_str() == account) {
            self.deliver(id, stanza.clone());
        }
    }

    /// Asks every client for an acknowledgement.
    pub fn ask_all(&mut self) {
        let managed = self.sessions_where(|s| s.sm.is_some());
        for id in managed {
            if let Some(conn) = self.sessions[&id].conn {
                self.push(conn, xml("<r xmlns='urn:xmpp:sm:3'/>"));
            }
        }
    }

    pub fn push(&mut self, conn: u64, element: Element) {
        if let Some(conn) = self.conns.get_mut(&conn).filter(|conn| !conn.breaks) {
            conn.to_client.push_back(element);
        }
    }

    fn destroy(&mut self, id: u64) {
        let session = self.sessions.remove(&id).unwrap();
        if let Some(conn) = session.conn {
            self.conns.remove(&conn);
        }
        if session.present {
            self.announce(&session.jid, false);
        }
        let queue = session.sm.as_ref().map(|sm| sm.queue.clone());
        if let Some(sm) = &session.sm {
            self.graves.insert(sm.id.clone(), sm.handled);
        }
        for stanza in queue.into_iter().flatten() {
            self.on_unacknowledged(&session, &stanza);
        }
    }

    fn sessions_where(&self, test: impl Fn(&Session) -> bool) -> Vec<u64> {
        let fitting = self.sessions.iter().filter(|(_, session)| test(session));
        fitting.map(|(id, _)| *id).collect()
    }
}

pub fn xml(text: &str) -> Element {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub fn text(element: &Element) -> String {
    String::from(element)
}
