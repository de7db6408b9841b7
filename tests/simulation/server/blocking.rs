//! Blocking as a server does it (XEP-0191): the list, pushes to other clients, and what no longer passes.

use jid::Jid;
use minidom::Element;

use super::{Server, xml};

const NS: &str = "urn:xmpp:blocking";

impl Server {
    pub(super) fn on_blocking(&mut self, id: u64, own: &str, iq: &Element, payload: &Element) {
        if !self.options.blocking {
            self.reply_error(id, iq, "service-unavailable", "");
            return;
        }
        let items: Vec<String> = payload
            .children()
            .filter_map(|item| item.attr("jid").map(str::to_owned))
            .collect();
        let list = &mut self.accounts.get_mut(own).unwrap().blocked;
        match payload.name() {
            "blocklist" => {
                let items: String = list.iter().map(|jid| format!("<item jid='{jid}'/>")).collect();
                self.reply(id, iq, &format!("<blocklist xmlns='{NS}'>{items}</blocklist>"));
                self.sessions.get_mut(&id).unwrap().hears_blocks = true;
                return;
            }
            "block" => list.extend(items),
            "unblock" if items.is_empty() => list.clear(),
            "unblock" => list.retain(|jid| !items.contains(jid)),
            other => panic!("unknown {other}"),
        }
        self.reply(id, iq, "");
        for session in self.sessions_where(|s| s.hears_blocks && s.jid.to_bare().as_str() == own) {
            self.next += 1;
            let mut push = xml(&format!(
                "<iq xmlns='jabber:client' type='set' id='block-{}' from='{own}'/>",
                self.next
            ));
            push.append_child(payload.clone());
            self.deliver(session, push);
        }
    }

    /// Whether the account `own` keeps stanzas of this sender out.
    pub(super) fn keeps_out(&self, own: &str, from: &Jid) -> bool {
        let covers = |jid: &String| {
            *jid == from.to_bare().as_str() || *jid == from.as_str() || *jid == from.domain().as_str()
        };
        self.accounts[own].blocked.iter().any(covers)
    }
}
