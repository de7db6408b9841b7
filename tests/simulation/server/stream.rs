//! Streams: bind, stream management with its queues, resumption (RFC 6120 §7, XEP-0198).

use std::collections::VecDeque;

use jid::Jid;
use minidom::Element;

use super::{Lie, Parting, Server, Session, Sm, xml};

impl Server {
    pub(super) fn bind(&mut self, conn: u64, iq: &Element) {
        let bind = iq
            .get_child("bind", "urn:ietf:params:xml:ns:xmpp-bind")
            .expect("bind first");
        if self.taken > 0 {
            self.taken -= 1;
            let id = iq.attr("id").unwrap();
            let refused = format!(
                "<iq xmlns='jabber:client' type='error' id='{id}'><error type='modify'><conflict \
                 xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            );
            self.push(conn, xml(&refused));
            return;
        }
        let resource = bind.children().next().expect("a resource is asked for").text();
        let jid: Jid = format!("{}/{resource}", self.conns[&conn].account)
            .parse()
            .unwrap();
        let old: Vec<u64> = self.sessions_where(|s| s.jid == jid);
        for id in old {
            self.destroy(id);
        }
        self.next += 1;
        let session = Session {
            jid: jid.clone(),
            conn: Some(conn),
            present: false,
            priority: 0,
            copied: false,
            asked_archive: false,
            interested: false,
            hears_blocks: false,
            sm: None,
        };
        self.sessions.insert(self.next, session);
        self.conns.get_mut(&conn).unwrap().session = Some(self.next);
        let id = iq.attr("id").unwrap();
        let result = format!(
            "<iq xmlns='jabber:client' type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
             <jid>{jid}</jid></bind></iq>"
        );
        self.push(conn, xml(&result));
    }

    pub(super) fn on_sm(&mut self, conn: u64, element: &Element) {
        match element.name() {
            "enable" => self.enable(conn, element.attr("resume") == Some("true")),
            "resume" => self.resume(conn, element),
            "r" if self.mute => {}
            "r" => {
                let id = self.conns[&conn].session.unwrap();
                let handled = self.sessions[&id].sm.as_ref().expect("enabled").handled;
                self.push(conn, xml(&format!("<a xmlns='urn:xmpp:sm:3' h='{handled}'/>")));
            }
            "a" => {
                let id = self.conns[&conn].session.unwrap();
                let h = element.attr("h").unwrap().parse().unwrap();
                self.sessions
                    .get_mut(&id)
                    .unwrap()
                    .sm
                    .as_mut()
                    .expect("enabled")
                    .acknowledge(h);
            }
            other => panic!("unexpected {other}"),
        }
    }

    /// Ends a stream. As Prosody does it, the session goes with it.
    pub(super) fn part(&mut self, conn: u64, parting: Parting) {
        self.ended += 1;
        self.partings.insert(conn, parting);
        let streams = "xmlns='urn:ietf:params:xml:ns:xmpp-streams'";
        let inside = match parting {
            Parting::Named => {
                format!("<policy-violation {streams}/><stanza-too-big xmlns='urn:xmpp:errors'/>")
            }
            Parting::Unnamed => format!("<undefined-condition {streams}/>"),
            Parting::Closed | Parting::Cut => String::new(),
        };
        if let Some(id) = self.conns[&conn].session {
            let mut held = self.conns.remove(&conn).unwrap();
            self.destroy(id);
            held.session = None;
            held.to_server.clear();
            if !inside.is_empty() {
                let error = format!(
                    "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>{inside}</stream:error>"
                );
                held.to_client.push_back(xml(&error));
                self.conns.insert(conn, held);
            }
        }
    }

    fn enable(&mut self, conn: u64, resume: bool) {
        assert!(self.options.sm, "stream management was not offered");
        if !self.options.enables {
            return;
        }
        self.next += 1;
        let id = self.conns[&conn].session.expect("bound first");
        let resumable = resume && self.options.resume;
        let name = format!("sm-{}", self.next);
        let enabled = if resumable {
            format!("<enabled xmlns='urn:xmpp:sm:3' id='{name}' resume='true'/>")
        } else {
            "<enabled xmlns='urn:xmpp:sm:3'/>".to_owned()
        };
        self.push(conn, xml(&enabled));
        self.sessions.get_mut(&id).unwrap().sm = Some(Sm {
            id: name,
            resumable,
            handled: 0,
            acked: 0,
            queue: VecDeque::new(),
        });
    }

    fn resume(&mut self, conn: u64, element: &Element) {
        let previd = element.attr("previd").unwrap();
        let h: u32 = element.attr("h").unwrap().parse().unwrap();
        let lie = match self.lie {
            None => None,
            Some(Lie::Count) => Some(format!("<resumed xmlns='urn:xmpp:sm:3' previd='{previd}' h='1000000'/>")),
            Some(Lie::Stream) => Some("<resumed xmlns='urn:xmpp:sm:3' previd='other' h='0'/>".to_owned()),
            Some(Lie::Message) => Some(
                "<message xmlns='jabber:client' from='bob@mired.test' type='chat' id='early'><body>early</body></message>"
                    .to_owned(),
            ),
            Some(Lie::FailedCount) => Some("<failed xmlns='urn:xmpp:sm:3' h='1000000'/>".to_owned()),
        };
        if let Some(lie) = lie {
            self.push(conn, xml(&lie));
            return;
        }
        let account = self.conns[&conn].account.clone();
        let found = self.sessions_where(|s| {
            s.sm.as_ref().is_some_and(|sm| sm.id == previd) && s.jid.to_bare().as_str() == account
        });
        let Some(id) = found.first().copied() else {
            let h = self.graves.get(previd).filter(|_| self.options.remembers);
            let h = h.map_or_else(String::new, |h| format!(" h='{h}'"));
            let gone = "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
            self.push(
                conn,
                xml(&format!("<failed xmlns='urn:xmpp:sm:3'{h}>{gone}</failed>")),
            );
            return;
        };
        let session = self.sessions.get_mut(&id).unwrap();
        let old = session.conn.replace(conn);
        let sm = session.sm.as_mut().unwrap();
        sm.acknowledge(h);
        let resumed = format!(
            "<resumed xmlns='urn:xmpp:sm:3' previd='{previd}' h='{}'/>",
            sm.handled
        );
        let again: Vec<Element> = sm.queue.iter().cloned().collect();
        if let Some(old) = old {
            self.conns.remove(&old);
        }
        self.conns.get_mut(&conn).unwrap().session = Some(id);
        self.push(conn, xml(&resumed));
        for stanza in again {
            self.push(conn, stanza);
        }
        self.push(conn, xml("<r xmlns='urn:xmpp:sm:3'/>"));
    }
}

impl Sm {
    fn acknowledge(&mut self, h: u32) {
        let news = h.wrapping_sub(self.acked) as usize;
        assert!(
            news <= self.queue.len(),
            "the client acknowledges {h}, of {} after {}",
            self.queue.len(),
            self.acked
        );
        self.queue.drain(..news);
        self.acked = h;
    }
}
