//! Rooms (XEP-0045) as far as the core needs one: what it is, who stands how to it, who is in it, and
//! everybody gets what is said in it. No archive.

use std::collections::BTreeMap;

use jid::Jid;
use minidom::Element;

use super::{Server, xml};

const ADMIN: &str = "http://jabber.org/protocol/muc#admin";
const USER: &str = "http://jabber.org/protocol/muc#user";

/// A room.
#[derive(Debug, Clone, Default)]
pub struct Room {
    /// What it says that it is, beside that it is a room.
    pub features: Vec<&'static str>,
    /// Who stands how to it.
    pub affiliations: BTreeMap<String, &'static str>,
    /// Who is in it, under which nick.
    pub occupants: BTreeMap<String, Jid>,
}

impl Room {
    /// One in which OMEMO can be, with these members.
    pub fn private(owner: &str, members: &[&str]) -> Self {
        let mut affiliations: BTreeMap<String, &'static str> =
            members.iter().map(|jid| ((*jid).to_owned(), "member")).collect();
        affiliations.insert(owner.to_owned(), "owner");
        Self {
            features: vec!["muc_membersonly", "muc_nonanonymous", "muc_persistent"],
            affiliations,
            occupants: BTreeMap::new(),
        }
    }

    fn affiliation(&self, jid: &Jid) -> &'static str {
        let bare = jid.to_bare();
        self.affiliations.get(bare.as_str()).copied().unwrap_or("none")
    }
}

impl Server {
    /// Whether a stanza goes to a room; it is dealt with then.
    pub(super) fn goes_to_room(&mut self, id: u64, from: &Jid, stanza: &Element) -> bool {
        let to: Option<Jid> = stanza.attr("to").and_then(|to| to.parse().ok());
        let Some(to) = to.filter(|to| self.rooms.contains_key(to.to_bare().as_str())) else {
            return false;
        };
        let room = to.to_bare().to_string();
        match stanza.name() {
            "iq" => self.on_room_iq(id, &room, stanza),
            "presence" => self.on_room_presence(&room, from, &to, stanza),
            _ => self.say_in_room(&room, from, stanza),
        }
        true
    }

    /// Somebody stands so to a room from now on, and everybody in it is told, as of people who are not in it.
    pub fn set_affiliation(&mut self, room: &str, jid: &str, to: &'static str) {
        let its = self.rooms.get_mut(room).unwrap();
        its.affiliations.insert(jid.to_owned(), to);
        let told = format!(
            "<message xmlns='jabber:client' from='{room}'><x xmlns='{USER}'><item affiliation='{to}' jid='{jid}'/></x></message>"
        );
        let occupants: Vec<Jid> = its.occupants.values().cloned().collect();
        for occupant in occupants {
            self.tell_occupant(&occupant, &told);
        }
    }

    fn on_room_iq(&mut self, id: u64, room: &str, iq: &Element) {
        if iq.attr("type") != Some("get") {
            return self.reply_error(id, iq, "feature-not-implemented", "");
        }
        let payload = iq.children().next().unwrap();
        let its = &self.rooms[room];
        if payload.is("query", "http://jabber.org/protocol/disco#info") {
            let mut features = String::from("<feature var='http://jabber.org/protocol/muc'/>");
            for feature in &its.features {
                features.push_str(&format!("<feature var='{feature}'/>"));
            }
            let answer = format!(
                "<query xmlns='http://jabber.org/protocol/disco#info'>\
                 <identity category='conference' type='text' name='Team'/>{features}</query>"
            );
            return self.reply(id, iq, &answer);
        }
        if !payload.is("query", ADMIN) {
            return self.reply(id, iq, "");
        }
        let of = payload
            .children()
            .next()
            .and_then(|item| item.attr("affiliation"));
        let listed = its.affiliations.iter().filter(|(_, stands)| Some(**stands) == of);
        let items: String = listed
            .map(|(jid, stands)| format!("<item affiliation='{stands}' jid='{jid}'/>"))
            .collect();
        let answer = format!("<query xmlns='{ADMIN}'>{items}</query>");
        self.reply(id, iq, &answer);
    }

    fn on_room_presence(&mut self, room: &str, from: &Jid, to: &Jid, presence: &Element) {
        let nick = to.resource().expect("a nick").to_string();
        let its = self.rooms.get_mut(room).unwrap();
        if presence.attr("type") == Some("unavailable") {
            its.occupants.remove(&nick);
            let gone = occupant(
                room,
                &nick,
                its,
                from,
                " type='unavailable'",
                "<status code='110'/>",
            );
            return self.tell_occupant(from, &gone);
        }
        its.occupants.insert(nick.clone(), from.clone());
        let its = self.rooms[room].clone();
        for (other, jid) in its.occupants.iter().filter(|(other, _)| **other != nick) {
            self.tell_occupant(from, &occupant(room, other, &its, jid, "", ""));
            self.tell_occupant(jid, &occupant(room, &nick, &its, from, "", ""));
        }
        let ours = "<status code='100'/><status code='110'/>";
        self.tell_occupant(from, &occupant(room, &nick, &its, from, "", ours));
        let subject =
            format!("<message xmlns='jabber:client' type='groupchat' from='{room}'><subject/></message>");
        self.tell_occupant(from, &subject);
    }

    /// Whoever is in the room gets it, its writer too.
    fn say_in_room(&mut self, room: &str, from: &Jid, message: &Element) {
        assert_eq!(message.attr("type"), Some("groupchat"));
        let its = self.rooms[room].clone();
        let writer = its.occupants.iter().find(|(_, jid)| *jid == from);
        let Some((nick, _)) = writer else {
            return self.bounce(from, message, "not-acceptable");
        };
        for jid in its.occupants.values() {
            let mut copy = message.clone();
            set(&mut copy, "from", &format!("{room}/{nick}"));
            set(&mut copy, "to", jid.as_str());
            self.tell_occupant(jid, &super::text(&copy));
        }
    }

    fn tell_occupant(&mut self, jid: &Jid, stanza: &str) {
        for id in self.sessions_where(|session| session.jid == *jid) {
            let mut stanza = xml(stanza);
            set(&mut stanza, "to", jid.as_str());
            self.deliver(id, stanza);
        }
    }
}

fn occupant(room: &str, nick: &str, its: &Room, jid: &Jid, kind: &str, more: &str) -> String {
    let affiliation = its.affiliation(jid);
    format!(
        "<presence xmlns='jabber:client' from='{room}/{nick}'{kind}><x xmlns='{USER}'>\
         <item affiliation='{affiliation}' role='participant' jid='{jid}'/>{more}</x></presence>"
    )
}

fn set(stanza: &mut Element, name: &str, value: &str) {
    stanza.set_attr(minidom::rxml::Namespace::NONE, name.try_into().unwrap(), value);
}
