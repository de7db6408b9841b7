//! Where messages go (RFC 6121, 8.5; RFC 6120, 10): to devices, to their copies, to the store for those who
//! are away, or back to the sender.

use jid::Jid;
use minidom::Element;

use super::carbons::is_carbon;
use super::manners::{Away, Manners, kind};
use super::{Server, Session, text, xml};

/// What Openfire keeps for one account that is away.
const QUOTA: usize = 100 * 1024;

impl Server {
    /// Routes what a client sent that is connected to another server.
    pub fn relay(&mut self, from: &str, message: Element) {
        self.route_message(&from.parse().unwrap(), message);
    }

    /// A message goes to every present resource, else to offline storage; one to a full JID to
    /// that resource if it is there.
    pub(super) fn route_message(&mut self, from: &Jid, mut message: Element) {
        set(&mut message, "from", from.as_str());
        let own = from.to_bare();
        let to: Jid = message
            .attr("to")
            .map_or_else(|| Jid::from(own.clone()), |to| to.parse().unwrap());
        if self.options.assists {
            self.take_read_position(&own, &to, &mut message);
        }
        if self.accounts.contains_key(own.as_str()) {
            let theirs = self.archive(&own, &to, message.clone());
            self.copy_sent(from, &theirs);
        }
        self.route_in(from, &to, message);
    }

    /// What comes in for an account of this server.
    fn route_in(&mut self, from: &Jid, to: &Jid, message: Element) {
        let own = to.to_bare();
        if !self.accounts.contains_key(own.as_str()) || self.keeps_out(own.as_str(), from) {
            self.bounce(from, &message, "service-unavailable");
            return;
        }
        let there = self.sessions_where(|s| s.jid == *to);
        if let Some(id) = there.first() {
            let message = self.archive(&own, from, message);
            self.deliver(*id, message.clone());
            self.copy_received(to, &message, std::slice::from_ref(to));
            return;
        }
        let gone = to.resource().is_some();
        let message = self.archive(&own, from, message);
        match kind(&message) {
            "error" => return,
            "headline" if gone => return,
            "groupchat" => {
                self.bounce(from, &message, "service-unavailable");
                return;
            }
            _ => {}
        }
        let direct = self.hand_out(own.as_str(), &message, gone);
        self.copy_received(to, &message, &direct);
    }

    /// Gives a message to those devices that get what goes to the account, else to the store; to which.
    pub(super) fn hand_out(&mut self, bare: &str, message: &Element, gone: bool) -> Vec<Jid> {
        let direct = self.recipients(bare);
        if direct.is_empty() {
            self.keep(bare, message);
        }
        let mut jids = Vec::new();
        for id in direct {
            let jid = self.sessions[&id].jid.clone();
            let mut copy = message.clone();
            // To a device that is gone: ejabberd writes each other device's name in its place.
            if gone && self.options.manners == Manners::Ejabberd {
                set(&mut copy, "to", jid.as_str());
            }
            self.deliver(id, copy);
            jids.push(jid);
        }
        jids
    }

    /// The devices that get what is sent to an account: all that do not refuse it; at Openfire the foremost,
    /// and those that asked for copies.
    fn recipients(&self, bare: &str) -> Vec<u64> {
        let willing = |s: &Session| s.present && s.priority >= 0 && s.jid.to_bare().as_str() == bare;
        let all = self.sessions_where(willing);
        if self.options.manners != Manners::Openfire || !self.options.carbons {
            return all;
        }
        let highest = all.iter().map(|id| self.sessions[id].priority).max();
        let foremost = all
            .iter()
            .find(|id| Some(self.sessions[*id].priority) == highest)
            .copied();
        let takes = |id: &u64| self.sessions[id].copied || Some(*id) == foremost;
        all.into_iter().filter(takes).collect()
    }

    /// The store for those who are away.
    fn keep(&mut self, bare: &str, message: &Element) {
        let manners = self.options.manners;
        let mut away = manners.away(message);
        let offline = &self.accounts[bare].offline;
        if manners == Manners::Openfire && offline.iter().map(|kept| text(kept).len()).sum::<usize>() > QUOTA
        {
            away = Away::Bounced;
        }
        match away {
            Away::Dropped => {}
            Away::Bounced => {
                let from: Jid = message.attr("from").unwrap().parse().unwrap();
                self.bounce(&from, message, "service-unavailable");
            }
            Away::Kept => {
                let domain = bare.split('@').nth(1).unwrap();
                let mut kept = message.clone();
                if !kept
                    .children()
                    .any(|child| child.ns() == "urn:xmpp:delay" && child.attr("from") == Some(domain))
                {
                    kept.append_child(xml(&format!(
                        "<delay xmlns='urn:xmpp:delay' from='{domain}' stamp='{}'/>",
                        self.now
                    )));
                }
                self.accounts.get_mut(bare).unwrap().offline.push_back(kept);
            }
        }
    }

    /// What waited for an account, for a device that became available. Prosody gives none of it to one that asked the
    /// archive; it stays for the next.
    pub(super) fn give_offline(&mut self, id: u64, own: &str) {
        let session = &self.sessions[&id];
        let asked = session.asked_archive && self.options.manners == Manners::Prosody;
        if session.priority < 0 || asked {
            return;
        }
        let offline: Vec<Element> = self.accounts.get_mut(own).unwrap().offline.drain(..).collect();
        for message in offline {
            self.deliver(id, message);
        }
    }

    /// Sends a message back to where it is from, if that is still there.
    pub fn bounce(&mut self, to: &Jid, message: &Element, condition: &str) {
        let from = message
            .attr("to")
            .map_or_else(|| to.to_bare().to_string(), str::to_owned);
        let error = xml(&format!(
            "<error xmlns='jabber:client' type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        ));
        let mut bounced = xml(&format!(
            "<message xmlns='jabber:client' type='error' id='{}' from='{from}' to='{to}'/>",
            message.attr("id").unwrap_or_default(),
        ));
        if self.options.manners != Manners::Prosody {
            for child in message.children() {
                bounced.append_child(child.clone());
            }
        }
        bounced.append_child(error);
        let there = self.sessions_where(|s| s.jid == *to);
        if !self.accounts.contains_key(to.to_bare().as_str()) || kind(message) == "error" {
            return;
        }
        let other: Jid = from.parse().unwrap();
        let bounced = self.archive(&to.to_bare(), &other, bounced);
        for id in &there {
            self.deliver(*id, bounced.clone());
        }
        self.copy_received(to, &bounced, std::slice::from_ref(to));
    }

    /// What a device had not acknowledged when it was gone for good.
    pub(super) fn on_unacknowledged(&mut self, gone: &Session, stanza: &Element) {
        let bare = gone.jid.to_bare();
        let queued_for = kind(stanza);
        if stanza.name() != "message" || !matches!(queued_for, "chat" | "normal") || is_carbon(stanza) {
            return;
        }
        if !self.options.archive {
            if queued_for == "chat" {
                self.hand_out(bare.as_str(), stanza, false);
            }
            return;
        }
        let of_archive = |child: &Element| child.is("result", super::archive::NS);
        if stanza.children().any(of_archive) {
            return;
        }
        let archived = stanza
            .children()
            .any(|child| child.is("stanza-id", "urn:xmpp:sid:0") && child.attr("by") == Some(bare.as_str()));
        let others = self.sessions_where(|s| s.jid.to_bare() == bare);
        let from: Option<Jid> = stanza.attr("from").map(|from| from.parse().unwrap());
        match (self.options.manners, from) {
            _ if self.stopping && archived => {}
            _ if self.stopping => self.keep(bare.as_str(), stanza),
            (Manners::Prosody, _) if archived && gone.asked_archive => {}
            (Manners::Prosody, _) if others.is_empty() => self.keep(bare.as_str(), stanza),
            (Manners::Prosody, Some(from)) => self.bounce(&from, stanza, "recipient-unavailable"),
            (Manners::Ejabberd, _) if archived => {}
            (Manners::Ejabberd, Some(from)) => self.bounce(&from, stanza, "service-unavailable"),
            (Manners::Openfire, _) => {
                self.hand_out(bare.as_str(), stanza, false);
            }
            (_, None) => {}
        }
    }
}

fn set(stanza: &mut Element, name: &str, value: &str) {
    stanza.set_attr(minidom::rxml::Namespace::NONE, name.try_into().unwrap(), value);
}
