//! A room that is played by hand: what comes to it is answered, refused or left as a test wants it.

use minidom::Element;

use susurro::api::{Command, RoomCommand};
use susurro::model::Clean;

use crate::client::chat;
use crate::server::text;
use crate::world::{ANA, World};

pub const HUT: &str = "hut@played.mired.test";
pub const BOB: &str = "bob@mired.test";
pub const EVE: &str = "eve@mired.test";
const PRIVATE: &[&str] = &[
    "muc_membersonly",
    "muc_nonanonymous",
    "muc_persistent",
    "muc_hidden",
];

/// A room, as far as it answers by itself.
pub struct Hut {
    /// So much of what came to it was looked at.
    seen: usize,
    pub features: Vec<&'static str>,
    members: Vec<&'static str>,
    pub owners: Vec<&'static str>,
    /// What is not answered: names of payloads, `join`.
    pub silent: Vec<&'static str>,
    /// Answered by this condition.
    pub refuses: Vec<(&'static str, &'static str)>,
}

impl Hut {
    pub fn new() -> Self {
        Self {
            seen: 0,
            features: [PRIVATE, &["urn:xmpp:mam:2", "urn:xmpp:sid:0"]].concat(),
            members: vec![ANA, BOB],
            owners: Vec::new(),
            silent: Vec::new(),
            refuses: Vec::new(),
        }
    }

    /// Everything that is on its way arrives and is answered; what came to the room.
    pub fn serve(&mut self, world: &mut World) -> Vec<Element> {
        let mut came = Vec::new();
        loop {
            world.flow();
            let new: Vec<Element> = world.server.log[self.seen..]
                .iter()
                .map(|(_, stanza)| stanza.clone())
                .filter(|stanza| stanza.attr("to").is_some_and(|to| to.starts_with(HUT)))
                .collect();
            self.seen = world.server.log.len();
            if new.is_empty() {
                return came;
            }
            for stanza in new {
                for answer in self.answers(&stanza) {
                    world.deliver(0, &answer);
                }
                came.push(stanza);
            }
        }
    }

    fn answers(&self, stanza: &Element) -> Vec<String> {
        let to = stanza.attr("to").unwrap();
        match (stanza.name(), stanza.attr("type")) {
            ("presence", None) if self.silent.contains(&"join") => Vec::new(),
            ("presence", None) => self.entered(to.split_once('/').unwrap().1),
            ("message", Some("groupchat")) => {
                let nick = "ana";
                let to = stanza.attr("to").unwrap();
                let back = text(stanza);
                let back = back.replace(&format!("\"{to}\""), &format!("\"{ANA}\" from=\"{HUT}/{nick}\""));
                vec![back.replace(&format!("'{to}'"), &format!("'{ANA}' from='{HUT}/{nick}'"))]
            }
            ("iq", _) => self.answer(stanza),
            _ => Vec::new(),
        }
    }

    pub fn entered(&self, nick: &str) -> Vec<String> {
        if let Some((_, condition)) = self.refuses.iter().find(|(what, _)| *what == nick) {
            return vec![format!(
                "<presence xmlns='jabber:client' type='error' from='{HUT}/{nick}' to='{ANA}'><error type='cancel'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
            )];
        }
        vec![
            occupant("Bob", Some(BOB), ""),
            occupant(nick, Some(ANA), "<status code='110'/>"),
            format!(
                "<message xmlns='jabber:client' type='groupchat' from='{HUT}' to='{ANA}'><subject/></message>"
            ),
        ]
    }

    pub fn answer(&self, iq: &Element) -> Vec<String> {
        let payload = iq.children().next().unwrap();
        let what = match payload.ns().as_str() {
            "http://jabber.org/protocol/disco#info" => "info",
            "http://jabber.org/protocol/muc#admin" => "list",
            "urn:xmpp:mam:2" => "archive",
            _ => payload.name(),
        };
        if self.silent.contains(&what) {
            return Vec::new();
        }
        let id = iq.attr("id").unwrap();
        if let Some((_, condition)) = self.refuses.iter().find(|(refused, _)| *refused == what) {
            return vec![format!(
                "<iq xmlns='jabber:client' type='error' id='{id}' from='{HUT}' to='{ANA}'><error type='wait'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            )];
        }
        let inside = match what {
            "info" => self.info(),
            "list" => self.list(payload),
            "archive" => "<fin xmlns='urn:xmpp:mam:2' complete='true'><set xmlns='http://jabber.org/protocol/rsm'/></fin>".to_owned(),
            _ => String::new(),
        };
        vec![format!(
            "<iq xmlns='jabber:client' type='result' id='{id}' from='{}' to='{ANA}'>{inside}</iq>",
            iq.attr("to").unwrap()
        )]
    }

    fn info(&self) -> String {
        let features = ["http://jabber.org/protocol/muc"].iter().chain(&self.features);
        let features: String = features.map(|var| format!("<feature var='{var}'/>")).collect();
        format!(
            "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='text' name='Hut'/>{features}</query>"
        )
    }

    fn list(&self, payload: &Element) -> String {
        let of = payload.children().next().unwrap().attr("affiliation").unwrap();
        let listed = match of {
            "member" => self.members.as_slice(),
            "owner" => self.owners.as_slice(),
            _ => &[],
        };
        let item = |jid: &&str| format!("<item affiliation='{of}' jid='{jid}'/>");
        let items: String = listed.iter().map(item).collect();
        format!("<query xmlns='http://jabber.org/protocol/muc#admin'>{items}</query>")
    }
}

pub fn occupant(nick: &str, jid: Option<&str>, inside: &str) -> String {
    let jid = jid.map(|jid| format!("jid='{jid}/x'")).unwrap_or_default();
    format!(
        "<presence xmlns='jabber:client' from='{HUT}/{nick}' to='{ANA}'><x xmlns='http://jabber.org/protocol/muc#user'>\
         <item affiliation='member' role='participant' {jid}/>{inside}</x></presence>"
    )
}

pub fn gone(nick: &str) -> String {
    format!(
        "<presence xmlns='jabber:client' type='unavailable' from='{HUT}/{nick}' to='{ANA}'><x xmlns='http://jabber.org/protocol/muc#user'>\
         <item affiliation='member' role='none'/></x></presence>"
    )
}

/// In clear, under this nick.
pub fn words(nick: &str, id: &str, body: &str) -> String {
    format!(
        "<message xmlns='jabber:client' type='groupchat' id='{id}' from='{HUT}/{nick}' to='{ANA}'><body>{body}</body>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='{HUT}' id='s{id}'/></message>"
    )
}

pub fn room(world: &mut World, what: RoomCommand) {
    world.command(
        0,
        Command::Room {
            room: chat(HUT),
            what,
        },
    );
}

pub fn join(world: &mut World, nick: Option<&str>) {
    let nick = nick.map(Clean::new);
    room(world, RoomCommand::Join { nick, password: None });
}
