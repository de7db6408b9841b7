//! A client that speaks stanzas itself, for what the server does and not what Susurro makes of it.

use std::time::Duration;

use minidom::Element;
use susurro::model::Timestamp;

use super::BOB;
use crate::server::{Manners, Server, text, xml};

/// One connection, bound under a resource.
pub struct Raw {
    pub conn: u64,
    pub jid: String,
}

/// Where everything in these tests begins: a server of some manners with ana, bob and carol, archive and copies on.
pub fn server(manners: Manners) -> Server {
    let mut server = Server::default();
    server.options.manners = manners;
    (server.options.archive, server.options.carbons) = (true, true);
    for jid in ["ana@mired.test", "bob@mired.test", "carol@mired.test"] {
        server.add_account(jid);
    }
    server.now = "2026-11-20T12:00:00.25Z".to_owned();
    server
}

/// So much later.
pub fn pass(server: &mut Server, time: Duration) {
    let now: Timestamp = server.now.parse().unwrap();
    server.now = (now + time).to_string();
}

impl Raw {
    /// Binds; no presence, no copies.
    pub fn bind(server: &mut Server, jid: &str) -> Self {
        let (account, resource) = jid.split_once('/').unwrap();
        let raw = Self {
            conn: server.connect(account),
            jid: jid.to_owned(),
        };
        let bind = format!(
            "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
             <resource>{resource}</resource></bind></iq>"
        );
        raw.says(server, &bind);
        assert_eq!(raw.hears(server).len(), 1);
        raw
    }

    /// Here, and asking for copies; what that brings is not told.
    pub fn online(server: &mut Server, jid: &str) -> Self {
        let raw = Self::bind(server, jid);
        raw.says(server, ENABLE);
        raw.says(server, "<presence xmlns='jabber:client'/>");
        raw.hears(server);
        raw
    }

    /// Sends something, and the server reads it.
    pub fn says(&self, server: &mut Server, stanza: &str) {
        let conn = server.conns.get_mut(&self.conn).expect("a connection");
        conn.to_server.push_back(xml(stanza));
        server.read_one(self.conn);
    }

    /// A chat message with a body; its id is the body.
    pub fn writes(&self, server: &mut Server, to: &str, body: &str) {
        self.says(server, &chat(to, body));
    }

    /// All that came since it last listened.
    pub fn hears(&self, server: &mut Server) -> Vec<Element> {
        let Some(conn) = server.conns.get_mut(&self.conn) else {
            return Vec::new();
        };
        conn.to_client.drain(..).collect()
    }

    /// The same as text, without what each stanza has and no test is about: namespaces of streams and errors.
    pub fn transcript(&self, server: &mut Server) -> Vec<String> {
        let heard = self.hears(server);
        heard.iter().map(|stanza| short(&text(stanza))).collect()
    }

    /// Asks its archive; `inside`: a form, a page, what belongs into a query. All that comes.
    pub fn asks(&self, server: &mut Server, inside: &str) -> Vec<Element> {
        self.says(server, &query(inside));
        self.hears(server)
    }

    /// The bodies on a page and what `fin` or the error says, without its namespaces.
    pub fn page(&self, server: &mut Server, inside: &str) -> (Vec<String>, String) {
        let mut heard = self.asks(server, inside);
        let end = heard.pop().expect("an answer");
        let bodies = heard.iter().map(body_in).collect();
        let inner: String = end.children().map(|child| short(&text(child))).collect();
        (bodies, inner)
    }
}

pub const ENABLE: &str =
    "<iq xmlns='jabber:client' type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>";

pub fn chat(to: &str, body: &str) -> String {
    format!("<message xmlns='jabber:client' type='chat' to='{to}' id='{body}'><body>{body}</body></message>")
}

pub fn query(inside: &str) -> String {
    format!(
        "<iq xmlns='jabber:client' type='set' id='q'><query xmlns='urn:xmpp:mam:2' queryid='f1'>{inside}</query></iq>"
    )
}

/// A form with these fields.
pub fn form(fields: &[(&str, &str)]) -> String {
    let fields: String = fields
        .iter()
        .map(|(name, value)| format!("<field var='{name}'><value>{value}</value></field>"))
        .collect();
    format!(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>\
         {fields}</x>"
    )
}

/// What of which page.
pub fn set(inside: &str) -> String {
    format!("<set xmlns='http://jabber.org/protocol/rsm'>{inside}</set>")
}

/// The first body within, however deep.
pub fn body_in(element: &Element) -> String {
    fn find(element: &Element) -> Option<String> {
        if element.name() == "body" {
            return Some(element.text());
        }
        element.children().find_map(find)
    }
    find(element).unwrap_or_else(|| panic!("no body in {}", text(element)))
}

/// Without the namespaces that say nothing here, and with one kind of quotes.
pub fn short(text: &str) -> String {
    let mut text = text.replace('"', "'");
    for noise in [
        " xmlns='jabber:client'",
        " xmlns='urn:xmpp:forward:0'",
        " xmlns='urn:xmpp:mam:2'",
        " xmlns='urn:xmpp:sid:0'",
        " xmlns='urn:xmpp:delay'",
        " xmlns='urn:xmpp:carbons:2'",
        " xmlns='http://jabber.org/protocol/rsm'",
        " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'",
    ] {
        text = text.replace(noise, "");
    }
    text
}

/// Bob's archive holds so many messages of Ana, a second apart: "0", "1", …
pub fn filled(manners: Manners, count: usize) -> (Server, Raw) {
    let mut server = server(manners);
    let [ana, bob] = ["ana@mired.test/a1", "bob@mired.test/b1"].map(|jid| Raw::online(&mut server, jid));
    for number in 0..count {
        ana.writes(&mut server, BOB, &number.to_string());
        pass(&mut server, Duration::from_secs(1));
    }
    bob.hears(&mut server);
    (server, bob)
}

/// As `result` names message number so many.
pub fn id(server: &Server, number: usize) -> String {
    server.archived(BOB, None)[number].0.clone()
}

/// Their bodies.
pub fn bodies(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

/// With the attributes of every tag in order.
pub fn sorted(text: &str) -> String {
    let tag = |tag: &str| {
        let (inner, end) = tag.strip_suffix('/').map_or((tag, ""), |inner| (inner, "/"));
        let mut words: Vec<&str> = inner.split(' ').collect();
        words[1..].sort_unstable();
        format!("{}{end}", words.join(" "))
    };
    text.split('<')
        .map(|piece| match piece.split_once('>') {
            Some((inside, rest)) => format!("<{}>{rest}", tag(inside)),
            None => piece.to_owned(),
        })
        .collect()
}
