//! PEP (XEP-0163): nodes of one item or many, access models, publish-options as preconditions, retraction,
//! deletion, configuration, notifications of both device lists.

use jid::{BareJid, Jid};
use minidom::Element;

use super::manners::remove;
use super::{Server, bookmarks, text, xml};
use susurro::omemo::Dialect;
use susurro::stanza::dialects::devices_node;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Open,
    Presence,
    Whitelist,
}

impl Access {
    fn name(self) -> &'static str {
        match self {
            Access::Open => "open",
            Access::Presence => "presence",
            Access::Whitelist => "whitelist",
        }
    }

    fn of(name: &str) -> Self {
        match name {
            "open" => Access::Open,
            "presence" => Access::Presence,
            "whitelist" => Access::Whitelist,
            other => panic!("access model {other}"),
        }
    }
}

/// How many items a node keeps: the oldest go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Most {
    Max,
    Number(u32),
}

impl Most {
    fn name(self) -> String {
        match self {
            Most::Max => "max".to_owned(),
            Most::Number(number) => number.to_string(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Node {
    pub access: Access,
    pub most: Most,
    /// Item ids and payloads, the one that was published last at the end.
    pub items: Vec<(String, Element)>,
}

impl Node {
    /// Empty; of one item, as nodes of PEP are unless somebody says otherwise.
    pub fn new(access: Access) -> Self {
        Self {
            access,
            most: Most::Number(1),
            items: Vec::new(),
        }
    }

    /// What was published last.
    pub fn item(&self) -> Option<&Element> {
        self.items.last().map(|(_, payload)| payload)
    }

    /// What was published under this id.
    pub fn named(&self, id: &str) -> Option<&Element> {
        let item = self.items.iter().find(|(name, _)| name == id);
        item.map(|(_, payload)| payload)
    }

    fn put(&mut self, id: String, payload: Element) {
        self.items.retain(|(name, _)| *name != id);
        self.items.push((id, payload));
        if let Most::Number(most) = self.most {
            let gone = self.items.len().saturating_sub(most as usize);
            self.items.drain(..gone);
        }
    }
}

/// What this server takes as `pubsub#max_items`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// It knows the word "max"; else it calls it a bad request, as XEP-0060 before 1.21 would.
    pub knows_max: bool,
    /// A larger number is a precondition that it cannot meet.
    pub largest: u32,
    /// It takes the number with an item; else it does not know that field there, as ejabberd 23.01.
    pub with_item: bool,
}

/// How requests for a node (of an owner, by the beginning of its name) go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No answer ever comes.
    Silent,
    Error(&'static str),
}

/// What a form of publish-options or configuration asks for.
struct Wanted {
    access: Option<Access>,
    most: Option<Most>,
}

/// Panics at a field that nobody defined; `Err` is what the server answers to a number that it does not take.
fn read_form(parent: &Element, counts: Counts) -> Result<Wanted, (&'static str, &'static str)> {
    let form = parent.get_child("x", "jabber:x:data").expect("a form");
    assert_eq!(form.attr("type"), Some("submit"));
    let mut wanted = Wanted {
        access: None,
        most: None,
    };
    let with_item = parent.name() == "publish-options";
    for field in form.children() {
        let value = field.get_child("value", "jabber:x:data").unwrap().text();
        match field.attr("var").unwrap() {
            "FORM_TYPE" => assert!(value.starts_with("http://jabber.org/protocol/pubsub#"), "{value}"),
            "pubsub#persist_items" => assert_eq!(value, "true"),
            "pubsub#send_last_published_item" => assert_eq!(value, "never"),
            "pubsub#access_model" => wanted.access = Some(Access::of(&value)),
            "pubsub#max_items" if with_item && !counts.with_item => {
                return Err(("resource-constraint", "none"));
            }
            "pubsub#max_items" if value == "max" && counts.knows_max => wanted.most = Some(Most::Max),
            "pubsub#max_items" => {
                let Ok(number) = value.parse() else {
                    return Err(("bad-request", "invalid-options"));
                };
                if number > counts.largest {
                    return Err(("conflict", "precondition-not-met"));
                }
                wanted.most = Some(Most::Number(number));
            }
            other => panic!("field {other}"),
        }
    }
    Ok(wanted)
}

fn pubsub_error(name: &str) -> String {
    format!("<{name} xmlns='http://jabber.org/protocol/pubsub#errors'/>")
}

/// The node of read positions (XEP-0490).
pub const READ_POSITIONS: &str = "urn:xmpp:mds:displayed:0";

/// The dialect whose device lists lie in the node: notifications of those are all that clients ask for.
fn list_of(node: &str) -> Option<Dialect> {
    Dialect::ALL
        .into_iter()
        .find(|dialect| devices_node(*dialect) == node)
}

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
        let owners = pubsub.ns() == "http://jabber.org/protocol/pubsub#owner";
        match (action.name(), iq.attr("type").unwrap(), owners) {
            ("items", "get", false) => self.fetch(id, own, owner, iq, &action),
            _ if owner != own => self.reply_error(id, iq, "forbidden", ""),
            ("publish", "set", false) => self.publish(id, own, iq, pubsub, &action),
            ("retract", "set", false) => self.retract(id, own, iq, &action),
            ("configure", "get", true) => self.show_config(id, own, iq, &node),
            ("configure", "set", true) => self.configure(id, own, iq, &action),
            ("delete", "set", true) => self.delete_node(id, own, iq, &node),
            other => panic!("unexpected pubsub request {other:?}"),
        }
    }

    /// The node of an account; None if it is not there.
    pub fn node(&mut self, owner: &str, node: &str) -> Option<&mut Node> {
        self.accounts.get_mut(owner).unwrap().nodes.get_mut(node)
    }

    fn show_config(&mut self, id: u64, own: &str, iq: &Element, node: &str) {
        let Some(found) = self.node(own, node) else {
            return self.reply_error(id, iq, "item-not-found", "");
        };
        let form = format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='{node}'><x xmlns='jabber:x:data' \
             type='form'><field var='pubsub#access_model'><value>{}</value></field><field \
             var='pubsub#max_items'><value>{}</value></field></x></configure></pubsub>",
            found.access.name(),
            found.most.name()
        );
        self.reply(id, iq, &form);
    }

    fn configure(&mut self, id: u64, own: &str, iq: &Element, action: &Element) {
        let wanted = match read_form(action, self.options.counts) {
            Ok(wanted) => wanted,
            Err((condition, specific)) => {
                return self.reply_error(id, iq, condition, &pubsub_error(specific));
            }
        };
        let Some(found) = self.node(own, action.attr("node").unwrap()) else {
            return self.reply_error(id, iq, "item-not-found", "");
        };
        found.access = wanted.access.unwrap_or(found.access);
        found.most = wanted.most.unwrap_or(found.most);
        self.reply(id, iq, "");
    }

    fn fetch(&mut self, id: u64, own: &str, owner: &str, iq: &Element, action: &Element) {
        let node = action.attr("node").unwrap();
        let Some(found) = self.node(owner, node).cloned() else {
            return self.reply_error(id, iq, "item-not-found", "");
        };
        let may = match found.access {
            Access::Open => true,
            Access::Presence => self.watchers(owner).iter().any(|jid| jid == own),
            Access::Whitelist => false,
        };
        if !may && own != owner {
            let closed = pubsub_error("presence-subscription-required");
            return self.reply_error(id, iq, "not-authorized", &closed);
        }
        let asked: Vec<&str> = action.children().map(|item| item.attr("id").unwrap()).collect();
        let most = action
            .attr("max_items")
            .map_or(usize::MAX, |most| most.parse().unwrap());
        let newest = found.items.len().saturating_sub(most);
        let items: String = found.items[newest..]
            .iter()
            .filter(|(name, _)| asked.is_empty() || asked.contains(&name.as_str()))
            .map(|(name, payload)| format!("<item id='{name}'>{}</item>", text(payload)))
            .collect();
        let items = format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'>{items}</items></pubsub>"
        );
        self.reply(id, iq, &items);
    }

    fn publish(&mut self, id: u64, own: &str, iq: &Element, pubsub: &Element, action: &Element) {
        let node = action.attr("node").unwrap();
        let item = action.children().next().unwrap();
        let (name, payload) = (item.attr("id").unwrap(), item.children().next().unwrap());
        let options = pubsub.children().find(|child| child.name() == "publish-options");
        let wanted = options.map_or(
            Ok(Wanted {
                access: None,
                most: None,
            }),
            |options| read_form(options, self.options.counts),
        );
        let wanted = match wanted {
            Ok(wanted) => wanted,
            Err((condition, specific)) => {
                return self.reply_error(id, iq, condition, &pubsub_error(specific));
            }
        };
        let nodes = &mut self.accounts.get_mut(own).unwrap().nodes;
        let found = nodes.entry(node.to_owned()).or_insert_with(|| {
            let mut node = Node::new(wanted.access.unwrap_or(Access::Presence));
            node.most = wanted.most.unwrap_or(node.most);
            node
        });
        let met = wanted.access.is_none_or(|access| access == found.access)
            && wanted.most.is_none_or(|most| most == found.most);
        if !met {
            return self.reply_error(id, iq, "conflict", &pubsub_error("precondition-not-met"));
        }
        found.put(name.to_owned(), payload.clone());
        self.reply(id, iq, "");
        self.notify(own, node);
    }

    fn retract(&mut self, id: u64, own: &str, iq: &Element, action: &Element) {
        let node = action.attr("node").unwrap();
        let name = action.children().next().unwrap().attr("id").unwrap();
        let found = self.node(own, node).filter(|found| found.named(name).is_some());
        let Some(found) = found else {
            return self.reply_error(id, iq, "item-not-found", "");
        };
        found.items.retain(|(other, _)| other != name);
        self.reply(id, iq, "");
        if matches!(action.attr("notify"), Some("true" | "1")) {
            let inside = format!("<items node='{node}'><retract id='{name}'/></items>");
            self.notify_all(own, node, &inside);
        }
    }

    fn delete_node(&mut self, id: u64, own: &str, iq: &Element, node: &str) {
        if self.accounts.get_mut(own).unwrap().nodes.remove(node).is_none() {
            return self.reply_error(id, iq, "item-not-found", "");
        }
        self.reply(id, iq, "");
        self.notify_all(own, node, &format!("<delete node='{node}'/>"));
    }

    /// Puts an item on a node as if another client of the account had done so.
    pub fn put(&mut self, owner: &str, node: &str, payload: Element) {
        self.put_item(owner, node, "current", payload);
    }

    /// The same under an id; a node that is not there yet keeps every item.
    pub fn put_item(&mut self, owner: &str, node: &str, id: &str, payload: Element) {
        let nodes = &mut self.accounts.get_mut(owner).unwrap().nodes;
        let found = nodes.entry(node.to_owned()).or_insert_with(|| Node {
            most: Most::Max,
            ..Node::new(Access::Open)
        });
        found.put(id.to_owned(), payload);
        self.notify(owner, node);
    }

    /// What a marker tells our other devices is put on their node, and nobody else sees it (XEP-0490).
    pub(super) fn take_read_position(&mut self, own: &BareJid, to: &Jid, message: &mut Element) {
        let is_it = |child: &Element| child.is("displayed", READ_POSITIONS);
        let found = message.children().find(|child| is_it(child)).cloned();
        if let Some(displayed) = found {
            remove(message, is_it);
            self.put_item(own.as_str(), READ_POSITIONS, &to.to_string(), displayed);
            self.node(own.as_str(), READ_POSITIONS).unwrap().access = Access::Whitelist;
        }
    }

    /// Replaces the legacy device list of an account.
    pub fn put_list(&mut self, owner: &str, ids: &[u32]) {
        self.put_list_in(Dialect::Legacy, owner, ids);
    }

    /// Replaces a device list of an account.
    pub fn put_list_in(&mut self, dialect: Dialect, owner: &str, ids: &[u32]) {
        let ids: String = ids.iter().map(|id| format!("<device id='{id}'/>")).collect();
        let list = match dialect {
            Dialect::Legacy => format!("<list xmlns='eu.siacs.conversations.axolotl'>{ids}</list>"),
            Dialect::Omemo2 => format!("<devices xmlns='urn:xmpp:omemo:2'>{ids}</devices>"),
        };
        self.put(owner, devices_node(dialect), xml(&list));
    }

    /// The device ids on the legacy list of an account.
    pub fn list(&self, owner: &str) -> Vec<u32> {
        self.list_in(Dialect::Legacy, owner)
    }

    /// The device ids on a list of an account.
    pub fn list_in(&self, dialect: Dialect, owner: &str) -> Vec<u32> {
        let node = self.accounts[owner].nodes.get(devices_node(dialect));
        node.and_then(Node::item).map_or_else(Vec::new, |list| {
            list.children()
                .map(|device| device.attr("id").unwrap().parse().unwrap())
                .collect()
        })
    }

    /// Who follows the node is told what stands there.
    fn notify(&mut self, owner: &str, node: &str) {
        if let Some(inside) = self.newest(owner, node) {
            self.notify_all(owner, node, &inside);
        }
    }

    fn newest(&self, owner: &str, node: &str) -> Option<String> {
        let (name, payload) = self.accounts[owner].nodes.get(node)?.items.last()?;
        let payload = text(payload);
        Some(format!(
            "<items node='{node}'><item id='{name}'>{payload}</item></items>"
        ))
    }

    fn notify_all(&mut self, owner: &str, node: &str, inside: &str) {
        let mut people = match (list_of(node), node) {
            (Some(_), _) => self.watchers(owner),
            // Private: its owner's clients alone.
            (None, READ_POSITIONS | bookmarks::ITEMS | bookmarks::ONE_ITEM) => Vec::new(),
            (None, _) => return,
        };
        people.push(owner.to_owned());
        for person in people {
            for id in self.sessions_where(|s| s.present && s.jid.to_bare().as_str() == person) {
                for _ in 0..self.options.manners.events_of_each() {
                    self.send_event(id, owner, inside);
                }
            }
        }
    }

    fn send_event(&mut self, id: u64, owner: &str, inside: &str) {
        let event = format!(
            "<message xmlns='jabber:client' from='{owner}' type='headline'><event \
             xmlns='http://jabber.org/protocol/pubsub#event'>{inside}</event></message>"
        );
        self.deliver(id, xml(&event));
    }

    /// All that stood on a node is taken off at once.
    pub fn purge(&mut self, owner: &str, node: &str) {
        self.node(owner, node).unwrap().items.clear();
        self.notify_all(owner, node, &format!("<purge node='{node}'/>"));
    }

    /// The node goes.
    pub fn drop_node(&mut self, owner: &str, node: &str) {
        self.accounts.get_mut(owner).unwrap().nodes.remove(node).unwrap();
        self.notify_all(owner, node, &format!("<delete node='{node}'/>"));
    }

    /// One item is taken off.
    pub fn take_off(&mut self, owner: &str, node: &str, name: &str) {
        self.node(owner, node)
            .unwrap()
            .items
            .retain(|(other, _)| other != name);
        let inside = format!("<items node='{node}'><retract id='{name}'/></items>");
        self.notify_all(owner, node, &inside);
    }

    /// What somebody is told of an account's device lists who becomes present.
    pub(super) fn send_lists(&mut self, id: u64, owner: &str) {
        for dialect in Dialect::ALL {
            if let Some(inside) = self.newest(owner, devices_node(dialect)) {
                self.send_event(id, owner, &inside);
            }
        }
    }
}
