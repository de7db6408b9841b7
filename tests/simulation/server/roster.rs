//! Rosters, subscriptions, presence (RFC 6121 §2-4), as far as two clients can tell.

use jid::Jid;
use minidom::Element;

use super::{Server, xml};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    pub to: bool,
    pub from: bool,
    pub ask: bool,
    pub name: Option<String>,
    /// They asked us and wait. Not in the roster by this alone.
    pub pending_in: bool,
    pub listed: bool,
    /// We said yes before they asked.
    pub approved: bool,
}

impl Item {
    fn subscription(&self) -> &'static str {
        match (self.to, self.from) {
            (true, true) => "both",
            (true, false) => "to",
            (false, true) => "from",
            (false, false) => "none",
        }
    }

    fn render(&self, jid: &str) -> String {
        let name = self
            .name
            .as_ref()
            .map_or_else(String::new, |n| format!(" name='{n}'"));
        let ask = if self.ask { " ask='subscribe'" } else { "" };
        format!(
            "<item jid='{jid}' subscription='{}'{ask}{name}/>",
            self.subscription()
        )
    }
}

impl Server {
    /// Both see each other's presence.
    pub fn befriend(&mut self, one: &str, two: &str) {
        for (owner, other) in [(one, two), (two, one)] {
            let item = self.item(owner, other);
            (item.to, item.from, item.listed) = (true, true, true);
        }
    }

    fn item(&mut self, owner: &str, other: &str) -> &mut Item {
        let account = self.accounts.get_mut(owner).unwrap();
        account.roster.entry(other.to_owned()).or_default()
    }

    fn push_item(&mut self, owner: &str, rendered: &str) {
        for id in self.sessions_where(|s| s.interested && s.jid.to_bare().as_str() == owner) {
            self.next += 1;
            let push = format!(
                "<iq xmlns='jabber:client' type='set' id='push-{}'><query xmlns='jabber:iq:roster'>{rendered}</query></iq>",
                self.next
            );
            self.deliver(id, xml(&push));
        }
    }

    fn push_to(&mut self, owner: &str, other: &str) {
        let rendered = self.item(owner, other).render(other);
        self.push_item(owner, &rendered);
    }

    pub(super) fn on_roster(&mut self, id: u64, own: &str, iq: &Element, query: &Element) {
        let Some(item) = query.children().next() else {
            self.sessions.get_mut(&id).unwrap().interested = true;
            let items: String = self.accounts[own]
                .roster
                .iter()
                .filter(|(_, item)| item.listed)
                .map(|(jid, item)| item.render(jid))
                .collect();
            self.reply(
                id,
                iq,
                &format!("<query xmlns='jabber:iq:roster'>{items}</query>"),
            );
            return;
        };
        let other = item.attr("jid").unwrap().to_owned();
        if item.attr("subscription") == Some("remove") {
            self.accounts.get_mut(own).unwrap().roster.remove(&other);
            if self.accounts.contains_key(&other) {
                let theirs = self.item(&other, own);
                (theirs.to, theirs.from) = (false, false);
                self.push_to(&other, own);
            }
            self.push_item(own, &format!("<item jid='{other}' subscription='remove'/>"));
        } else {
            let name = item.attr("name").map(str::to_owned);
            let entry = self.item(own, &other);
            entry.listed = true;
            entry.name = name;
            self.push_to(own, &other);
        }
        self.reply(id, iq, "");
    }

    pub(super) fn on_presence(&mut self, id: u64, from: &Jid, presence: &Element) {
        let own = from.to_bare().to_string();
        let kind = presence.attr("type").unwrap_or("available");
        match (kind, presence.attr("to")) {
            ("available", None) => {
                let session = self.sessions.get_mut(&id).unwrap();
                session.present = true;
                let priority = presence.get_child("priority", "jabber:client");
                session.priority = priority.map_or(0, |priority| priority.text().parse().unwrap());
                self.announce(from, true);
                self.greet(id, &own);
            }
            ("unavailable", None) => {
                self.sessions.get_mut(&id).unwrap().present = false;
                self.announce(from, false);
            }
            (kind, Some(to)) => self.on_subscription(&own, to, kind),
            (other, None) => panic!("presence of type {other} to nobody"),
        }
    }

    /// What a session that became available is told: who is here, their lists, its offline messages.
    fn greet(&mut self, id: u64, own: &str) {
        for other in self.seen_by(own) {
            for theirs in self.sessions_where(|s| s.present && s.jid.to_bare().as_str() == other) {
                let jid = self.sessions[&theirs].jid.clone();
                self.deliver(
                    id,
                    xml(&format!("<presence xmlns='jabber:client' from='{jid}'/>")),
                );
            }
            self.send_lists(id, &other);
        }
        self.send_lists(id, own);
        let asked = self.accounts[own]
            .roster
            .iter()
            .filter(|(_, item)| item.pending_in);
        let asked: Vec<String> = asked.map(|(jid, _)| jid.clone()).collect();
        for jid in asked {
            let request = format!("<presence xmlns='jabber:client' type='subscribe' from='{jid}'/>");
            self.deliver(id, xml(&request));
        }
        self.give_offline(id, own);
    }

    /// Whose presence `own` sees.
    fn seen_by(&self, own: &str) -> Vec<String> {
        let roster = self.accounts[own].roster.iter();
        roster
            .filter(|(_, item)| item.to)
            .map(|(jid, _)| jid.clone())
            .collect()
    }

    /// Who sees the presence of `own`.
    pub(super) fn watchers(&self, own: &str) -> Vec<String> {
        let roster = self.accounts[own].roster.iter();
        roster
            .filter(|(_, item)| item.from)
            .map(|(jid, _)| jid.clone())
            .collect()
    }

    pub(super) fn announce(&mut self, jid: &Jid, available: bool) {
        let own = jid.to_bare().to_string();
        let kind = if available { "" } else { " type='unavailable'" };
        for other in self.watchers(&own) {
            for id in self.sessions_where(|s| s.present && s.jid.to_bare().as_str() == other) {
                self.deliver(
                    id,
                    xml(&format!("<presence xmlns='jabber:client' from='{jid}'{kind}/>")),
                );
            }
        }
    }

    fn on_subscription(&mut self, own: &str, to: &str, kind: &str) {
        if !self.accounts.contains_key(to) {
            return;
        }
        match kind {
            "subscribe" => {
                let mine = self.item(own, to);
                (mine.ask, mine.listed) = (true, true);
                self.push_to(own, to);
                let theirs = self.item(to, own);
                if theirs.approved || theirs.from {
                    self.grant(to, own);
                } else {
                    theirs.pending_in = true;
                    let request = format!("<presence xmlns='jabber:client' type='subscribe' from='{own}'/>");
                    for id in self.sessions_where(|s| s.present && s.jid.to_bare().as_str() == to) {
                        self.deliver(id, xml(&request));
                    }
                }
            }
            "subscribed" => {
                let mine = self.item(own, to);
                if mine.pending_in {
                    self.grant(own, to);
                } else {
                    mine.approved = true;
                }
            }
            "unsubscribed" => {
                let mine = self.item(own, to);
                (mine.from, mine.pending_in) = (false, false);
                let theirs = self.item(to, own);
                (theirs.to, theirs.ask) = (false, false);
                self.push_to(to, own);
            }
            other => panic!("presence of type {other}"),
        }
    }

    /// `own` lets `other` see its presence.
    fn grant(&mut self, own: &str, other: &str) {
        let mine = self.item(own, other);
        (mine.from, mine.pending_in, mine.listed) = (true, false, true);
        self.push_to(own, other);
        let theirs = self.item(other, own);
        (theirs.to, theirs.ask, theirs.listed) = (true, false, true);
        self.push_to(other, own);
        for id in self.sessions_where(|s| s.present && s.jid.to_bare().as_str() == other) {
            self.send_lists(id, own);
        }
    }
}
