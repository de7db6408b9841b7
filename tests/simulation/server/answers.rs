//! Questions to the server and to accounts, handed to who answers them; what server and account say of themselves.

use jid::Jid;
use minidom::Element;

use super::{Manners, Server, archive, bookmarks, carbons, manners, xml};

/// XEP-0363.
const UPLOAD: &str = "urn:xmpp:http:upload:0";

impl Server {
    /// Answers a request.
    pub(super) fn reply(&mut self, id: u64, request: &Element, payload: &str) {
        let from = request
            .attr("to")
            .map_or_else(String::new, |to| format!(" from='{to}'"));
        let answer = format!(
            "<iq xmlns='jabber:client' type='result' id='{}'{from}>{payload}</iq>",
            request.attr("id").unwrap()
        );
        self.deliver(id, xml(&answer));
    }

    pub(super) fn reply_error(&mut self, id: u64, request: &Element, condition: &str, specific: &str) {
        let from = request
            .attr("to")
            .map_or_else(String::new, |to| format!(" from='{to}'"));
        let answer = format!(
            "<iq xmlns='jabber:client' type='error' id='{}'{from}><error type='cancel'><{condition} \
             xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>{specific}</error></iq>",
            request.attr("id").unwrap()
        );
        self.deliver(id, xml(&answer));
    }

    /// What the server, or an account, says of itself (XEP-0030).
    fn info(&self, account: bool) -> String {
        let options = &self.options;
        let pep = if options.pep {
            "<identity category='pubsub' type='pep'/>"
        } else {
            ""
        };
        let mut features = Vec::new();
        // Openfire gives live messages between two people no ids.
        if account && !(options.archive && options.manners == Manners::Openfire) {
            features.push("urn:xmpp:sid:0");
        }
        if !account && options.blocking {
            features.push("urn:xmpp:blocking");
        }
        let mut form = String::new();
        if let Some(largest) = options.uploads.filter(|_| !account) {
            features.push(UPLOAD);
            form = format!(
                "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>{UPLOAD}</value></field>\
                 <field var='max-file-size'><value>{largest}</value></field></x>"
            );
        }
        if account && options.pep {
            features.push("http://jabber.org/protocol/pubsub#publish-options");
            if options.assists {
                features.push("urn:xmpp:mds:server-assist:0");
            }
        }
        if account {
            features.extend(options.lists.features());
        }
        if options.archive {
            features.extend(manners::archive_features(options.manners, account));
        }
        if !account && options.carbons {
            features.push(carbons::NS);
        }
        let features: String = features
            .iter()
            .map(|feature| format!("<feature var='{feature}'/>"))
            .collect();
        let info = "http://jabber.org/protocol/disco#info";
        format!("<query xmlns='{info}'>{pep}{features}{form}</query>")
    }

    pub(super) fn on_iq(&mut self, id: u64, from: &Jid, iq: &Element) {
        let kind = iq.attr("type").unwrap();
        if kind == "result" || kind == "error" {
            return;
        }
        let own = from.to_bare().to_string();
        let to = iq.attr("to").map_or_else(|| own.clone(), str::to_owned);
        let payload = iq.children().next().expect("a request has a payload").clone();
        match (payload.name(), payload.ns().as_str()) {
            ("ping", _) => self.reply(id, iq, ""),
            ("query", "http://jabber.org/protocol/disco#info") => {
                let query = self.info(to.contains('@'));
                self.reply(id, iq, &query);
            }
            ("request", UPLOAD) if self.options.uploads.is_some() => {
                let name = payload.attr("filename").unwrap();
                let slot = format!(
                    "<slot xmlns='{UPLOAD}'><put url='https://up.mired.test/{name}'/>\
                     <get url='https://up.mired.test/{name}'/></slot>"
                );
                self.reply(id, iq, &slot);
            }
            (_, archive::NS) => self.on_archive(id, &own, &to, iq, &payload),
            (_, carbons::NS) => self.on_carbons(id, iq, &payload),
            (_, "urn:xmpp:blocking") => self.on_blocking(id, &own, iq, &payload),
            ("query", bookmarks::PRIVATE) => self.on_private(id, &own, iq, &payload),
            ("query", "jabber:iq:roster") => self.on_roster(id, &own, iq, &payload),
            ("pubsub", _) => self.on_pubsub(id, &own, &to, iq, &payload),
            _ => self.reply_error(id, iq, "service-unavailable", ""),
        }
    }
}
