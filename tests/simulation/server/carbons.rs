//! Copies for the other devices of an account (XEP-0280).

use jid::Jid;
use minidom::Element;

use super::manners::Manners;
use super::{Server, xml};

pub const NS: &str = "urn:xmpp:carbons:2";

impl Server {
    pub(super) fn on_carbons(&mut self, id: u64, iq: &Element, payload: &Element) {
        if !self.options.carbons {
            self.reply_error(id, iq, "service-unavailable", "");
            return;
        }
        assert_eq!(iq.attr("type"), Some("set"), "carbons are set");
        self.sessions.get_mut(&id).unwrap().copied = match payload.name() {
            "enable" => true,
            "disable" => false,
            other => panic!("unknown {other}"),
        };
        let answer = self.archive_reply(id, iq, "");
        self.deliver(id, answer);
    }

    /// Copies what `from` sends to the other devices of its account.
    pub(super) fn copy_sent(&mut self, from: &Jid, message: &Element) {
        self.copy(from, "sent", message, |session| session == from);
    }

    /// Copies what an account gets to those of its devices that do not get it themselves.
    pub(super) fn copy_received(&mut self, to: &Jid, message: &Element, direct: &[Jid]) {
        self.copy(to, "received", message, |session| direct.contains(session));
    }

    fn copy(&mut self, of: &Jid, direction: &str, message: &Element, left_out: impl Fn(&Jid) -> bool) {
        let manners = self.options.manners;
        if !self.options.carbons || !manners.copies(message) {
            return;
        }
        let own = of.to_bare();
        // Prosody copies to whoever asked for it, with a presence or without.
        let fit = |present: bool| present || manners == Manners::Prosody;
        let others = self
            .sessions_where(|s| s.copied && fit(s.present) && s.jid.to_bare() == own && !left_out(&s.jid));
        for id in others {
            let to = self.sessions[&id].jid.clone();
            let kind = message.attr("type").unwrap_or("normal");
            let mut carbon = xml(&format!(
                "<message xmlns='jabber:client' from='{own}' to='{to}' type='{kind}'><{direction} xmlns='{NS}'>\
                 <forwarded xmlns='urn:xmpp:forward:0'/></{direction}></message>"
            ));
            let wrapper = carbon.get_child_mut(direction, NS).unwrap();
            let forwarded = wrapper.get_child_mut("forwarded", "urn:xmpp:forward:0").unwrap();
            forwarded.append_child(message.clone());
            self.deliver(id, carbon);
        }
    }
}

/// Whether this is a copy of what somebody else got or sent.
pub fn is_carbon(message: &Element) -> bool {
    message.children().any(|child| child.ns() == NS)
}
