//! PEP (XEP-0163): nodes with an access model, publish-options as preconditions, notifications, configuration.

use minidom::Element;

use super::{Server, text, xml};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Open,
    Presence,
    Whitelist,
}

#[derive(Debug, Clone)]
pub struct Node {
    pub access: Access,
    pub item: Option<(String, Element)>,
}

/// How requests for a node (of an owner, by the beginning of its name) go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No answer ever comes.
    Silent,
    Error(&'static str),
}

const LIST: &str = "eu.siacs.conversations.axolotl.devicelist";

impl Server {
    /// Requests about these nodes go wrong from now on.
    pub fn fault(&mut self, owner: &str, node: &str, fault: Fault) {
        self.faults.push((owner.to_owned(), node.to_owned(), fault));
    }

    fn faulty(&self, owner: &str, node: &str) -> Option<Fault> {
        let mut faults = self.faults.iter().rev();
        faults
            .find(|(o, n, _)| o == owner && node.starts_with(n.as_str()))
            .map(|(_, _, fault)| *fault)
    }

    pub(super) fn on_pubsub(&mut self, id: u64, own: &str, owner: &str, iq: &Element, pubsub: &Element) {
        if !self.options.pep || !self.accounts.contains_key(owner) {
            self.reply_error(id, iq, "service-unavailable", "");
            return;
        }
        let action = pubsub.children().next().unwrap().clone();
        let node = action.attr("node").unwrap().to_owned();
        match self.faulty(owner, &node) {
            Some(Fault::Silent) => return,
            Some(Fault::Error(condition)) => return self.reply_error(id, iq, condition, ""),
            None => {}
        }
        match (action.name(), iq.attr("type").unwrap()) {
            ("items", "get") => self.fetch(id, own, owner, iq, &node),
            _ if owner != own => self.reply_error(id, iq, "forbidden", ""),
            ("publish", "set") => self.publish(id, own, iq, pubsub, &action, &node),
            ("configure", "get") => self.show_config(id, own, iq, &node),
            ("configure", "set") => match self.accounts.get_mut(own).unwrap().nodes.get_mut(&node) {
                Some(found) => {
                    assert!(text(&action).contains("<value>open</value>"));
                    found.access = Access::Open;
                    self.reply(id, iq, "");
                }
                None => self.reply_error(id, iq, "item-not-found", ""),
            },
            other => panic!("unexpected pubsub request {other:?}"),
        }
    }

    fn show_config(&mut self, id: u64, own: &str, iq: &Element, node: &str) {
        let Some(found) = self.accounts[own].nodes.get(node) else {
            return self.reply_error(id, iq, "item-not-found", "");
        };
        let model = match found.access {
            Access::Open => "open",
            Access::Presence => "presence",
            Access::Whitelist => "whitelist",
        };
        let form = format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='{node}'><x xmlns='jabber:x:data' \
             type='form'><field var='pubsub#access_model'><value>{model}</value></field></x></configure></pubsub>"
        );
        self.reply(id, iq, &form);
    }

    fn fetch(&mut self, id: u64, own: &str, owner: &str, iq: &Element, node: &str) {
        let Some(found) = self.accounts[owner].nodes.get(node).cloned() else {
            return self.reply_error(id, iq, "item-not-found", "");
        };
        let may = match found.access {
            Access::Open => true,
            Access::Presence => self.watchers(owner).iter().any(|jid| jid == own),
            Access::Whitelist => false,
        };
        if !may && own != owner {
            let closed = "<presence-subscription-required xmlns='http://jabber.org/protocol/pubsub#errors'/>";
            return self.reply_error(id, iq, "not-authorized", closed);
        }
        let item = found.item.map_or_else(String::new, |(name, payload)| {
            format!("<item id='{name}'>{}</item>", text(&payload))
        });
        let items = format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'>{item}</items></pubsub>"
        );
        self.reply(id, iq, &items);
    }

    fn publish(&mut self, id: u64, own: &str, iq: &Element, pubsub: &Element, action: &Element, node: &str) {
        let item = action.children().next().unwrap();
        let payload = (
            item.attr("id").unwrap().to_owned(),
            item.children().next().unwrap().clone(),
        );
        let wants_open = pubsub
            .children()
            .any(|c| c.name() == "publish-options" && text(c).contains(">open<"));
        let nodes = &mut self.accounts.get_mut(own).unwrap().nodes;
        let found = nodes.entry(node.to_owned()).or_insert(Node {
            access: if wants_open {
                Access::Open
            } else {
                Access::Presence
            },
            item: None,
        });
        if wants_open && found.access != Access::Open {
            let specific = "<precondition-not-met xmlns='http://jabber.org/protocol/pubsub#errors'/>";
            return self.reply_error(id, iq, "conflict", specific);
        }
        found.item = Some(payload);
        self.reply(id, iq, "");
        self.notify(own, node);
    }

    /// Puts an item on a node as if another client of the account had done so.
    pub fn put(&mut self, owner: &str, node: &str, payload: Element) {
        let nodes = &mut self.accounts.get_mut(owner).unwrap().nodes;
        let found = nodes.entry(node.to_owned()).or_insert(Node {
            access: Access::Open,
            item: None,
        });
        found.item = Some(("current".to_owned(), payload));
        self.notify(owner, node);
    }

    /// Replaces the device list of an account.
    pub fn put_list(&mut self, owner: &str, ids: &[u32]) {
        let ids: String = ids.iter().map(|id| format!("<device id='{id}'/>")).collect();
        let list = format!("<list xmlns='eu.siacs.conversations.axolotl'>{ids}</list>");
        self.put(owner, LIST, xml(&list));
    }

    /// The device ids on the list of an account.
    pub fn list(&self, owner: &str) -> Vec<u32> {
        let item = self.accounts[owner]
            .nodes
            .get(LIST)
            .and_then(|node| node.item.as_ref());
        item.map_or_else(Vec::new, |(_, list)| {
            list.children()
                .map(|device| device.attr("id").unwrap().parse().unwrap())
                .collect()
        })
    }

    fn notify(&mut self, owner: &str, node: &str) {
        // Clients ask for notifications of device lists only.
        if node != LIST {
            return;
        }
        let mut people = self.watchers(owner);
        people.push(owner.to_owned());
        for person in people {
            for id in self.sessions_where(|s| s.present && s.jid.to_bare().as_str() == person) {
                self.send_lists(id, owner);
            }
        }
    }

    pub(super) fn send_lists(&mut self, id: u64, owner: &str) {
        let item = self.accounts[owner]
            .nodes
            .get(LIST)
            .and_then(|node| node.item.clone());
        if let Some((name, payload)) = item {
            let event = format!(
                "<message xmlns='jabber:client' from='{owner}' type='headline'><event \
                 xmlns='http://jabber.org/protocol/pubsub#event'><items node='{LIST}'><item id='{name}'>{}</item></items>\
                 </event></message>",
                text(&payload)
            );
            self.deliver(id, xml(&event));
        }
    }
}
