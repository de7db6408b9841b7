//! XEP-0060 as far as PEP needs it (XEP-0163): fetch, publish with options, configure a node, events.

use minidom::Element;

use super::ns;
use super::xml::{Build, children, element, only_child};

/// At most this many items of one answer or event are read; the rest is ignored.
pub const MAX_ITEMS: usize = 1000;

/// What every node of ours is: readable by whoever wants to write to us, and kept while we are away.
const OPEN: [(&str, &str); 2] = [("pubsub#persist_items", "true"), ("pubsub#access_model", "open")];

/// The same of one that is nobody's business (XEP-0223).
const PRIVATE: [(&str, &str); 2] = [
    ("pubsub#persist_items", "true"),
    ("pubsub#access_model", "whitelist"),
];

/// Whoever comes is not shown what was published last: they ask.
const NEVER_BY_ITSELF: (&str, &str) = ("pubsub#send_last_published_item", "never");

/// `<pubsub><items node=…/></pubsub>` as the payload of a get; `max_items` 1.
pub fn fetch(node: &str) -> Element {
    let items = element("items", ns::PUBSUB)
        .with("node", node)
        .with("max_items", "1");
    element("pubsub", ns::PUBSUB).child(items)
}

/// The same for so many items, those that were published last.
pub fn fetch_newest(node: &str, items: usize) -> Element {
    let items = element("items", ns::PUBSUB)
        .with("node", node)
        .with("max_items", items.to_string());
    element("pubsub", ns::PUBSUB).child(items)
}

/// The same for the one item with this id.
pub fn fetch_item(node: &str, item: &str) -> Element {
    let item = element("item", ns::PUBSUB).with("id", item);
    let items = element("items", ns::PUBSUB).with("node", node).child(item);
    element("pubsub", ns::PUBSUB).child(items)
}

/// Takes one item of a node of ours away; whoever follows the node is told.
pub fn retract(node: &str, item: &str) -> Element {
    let item = element("item", ns::PUBSUB).with("id", item);
    let retract = element("retract", ns::PUBSUB)
        .with("node", node)
        .with("notify", "true")
        .child(item);
    element("pubsub", ns::PUBSUB).child(retract)
}

/// How many items a node must hold. XEP-0384 §bundles asks for `max`; a server that does not
/// know that word gets a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxItems {
    Max,
    Number(u32),
}

impl MaxItems {
    /// What to try when a server refuses this one.
    pub fn fewer(self) -> Option<Self> {
        match self {
            MaxItems::Max => Some(MaxItems::Number(1000)),
            MaxItems::Number(1000) => Some(MaxItems::Number(100)),
            MaxItems::Number(100) => Some(MaxItems::Number(10)),
            MaxItems::Number(_) => None,
        }
    }

    fn value(self) -> String {
        match self {
            MaxItems::Max => "max".to_owned(),
            MaxItems::Number(number) => number.to_string(),
        }
    }
}

/// The payloads of a fetch result, as (item id, payload), in order; at most 1000. None unless
/// it is the answer for `node`.
pub fn items(pubsub: &Element, node: &str) -> Option<Vec<(String, Element)>> {
    if !pubsub.is("pubsub", ns::PUBSUB) {
        return None;
    }
    let items = only_child(pubsub, "items", ns::PUBSUB).filter(|items| items.attr("node") == Some(node))?;
    Some(payloads(items, ns::PUBSUB))
}

/// Items without payload, or with several, are skipped: XEP-0060 §7.1 permits one.
fn payloads(items: &Element, namespace: &str) -> Vec<(String, Element)> {
    children(items, "item", namespace)
        .take(MAX_ITEMS)
        .filter_map(|item| {
            let mut payloads = item.children();
            let payload = payloads.next()?;
            if payloads.next().is_some() {
                return None;
            }
            Some((item.attr("id").unwrap_or_default().to_owned(), payload.clone()))
        })
        .collect()
}

/// Publishes one item with `access_model=open`, `persist_items=true` and, if given, `max_items` as
/// preconditions (publish-options, XEP-0060 §7.1.5).
pub fn publish_open(node: &str, item: &str, payload: Element, items: Option<MaxItems>) -> Element {
    publish(node, item, payload, form(ns::PUBLISH_OPTIONS, &OPEN, items))
}

/// The same with `access_model=whitelist`; with `max_items` goes that it is sent to nobody who did not ask.
pub fn publish_private(node: &str, item: &str, payload: Element, items: Option<MaxItems>) -> Element {
    publish(node, item, payload, private(ns::PUBLISH_OPTIONS, items))
}

fn publish(node: &str, item: &str, payload: Element, options: Element) -> Element {
    let item = element("item", ns::PUBSUB).with("id", item).child(payload);
    let publish = element("publish", ns::PUBSUB).with("node", node).child(item);
    let options = element("publish-options", ns::PUBSUB).child(options);
    element("pubsub", ns::PUBSUB).child(publish).child(options)
}

/// A submitted form with these fields (XEP-0004).
fn form(form_type: &'static str, fields: &[(&str, &str)], items: Option<MaxItems>) -> Element {
    let x = element("x", ns::DATA_FORMS)
        .with("type", "submit")
        .child(field("FORM_TYPE", form_type).with("type", "hidden"));
    let x = fields
        .iter()
        .fold(x, |x, (var, value)| x.child(field(var, value)));
    match items {
        Some(items) => x.child(field("pubsub#max_items", &items.value())),
        None => x,
    }
}

fn private(form_type: &'static str, items: Option<MaxItems>) -> Element {
    let form = form(form_type, &PRIVATE, items);
    match items {
        Some(_) => form.child(field(NEVER_BY_ITSELF.0, NEVER_BY_ITSELF.1)),
        None => form,
    }
}

fn field(var: &str, value: &str) -> Element {
    element("field", ns::DATA_FORMS)
        .with("var", var)
        .child(element("value", ns::DATA_FORMS).content(value))
}

/// Owner: asks for the configuration form of a node.
pub fn get_config(node: &str) -> Element {
    element("pubsub", ns::PUBSUB_OWNER).child(element("configure", ns::PUBSUB_OWNER).with("node", node))
}

/// What a configuration form says of a node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeConfig {
    pub access_model: Option<String>,
    pub max_items: Option<String>,
}

/// None if it is no configuration form; a field that stands there twice is not read.
pub fn config(owner: &Element) -> Option<NodeConfig> {
    if !owner.is("pubsub", ns::PUBSUB_OWNER) {
        return None;
    }
    let configure = only_child(owner, "configure", ns::PUBSUB_OWNER)?;
    let form = only_child(configure, "x", ns::DATA_FORMS)?;
    Some(NodeConfig {
        access_model: only_field(form, "pubsub#access_model"),
        max_items: only_field(form, "pubsub#max_items"),
    })
}

fn only_field(form: &Element, var: &str) -> Option<String> {
    let mut fields = children(form, "field", ns::DATA_FORMS).filter(|field| field.attr("var") == Some(var));
    let field = fields.next()?;
    if fields.next().is_some() {
        return None;
    }
    let value = only_child(field, "value", ns::DATA_FORMS)?.text();
    Some(value.trim().to_owned())
}

/// The access model that a configuration form names.
pub fn access_model(owner: &Element) -> Option<String> {
    config(owner)?.access_model
}

/// Owner: sets `access_model=open`, `persist_items=true` and, if given, `max_items`.
pub fn set_config_open(node: &str, items: Option<MaxItems>) -> Element {
    set_config(node, form(ns::NODE_CONFIG, &OPEN, items))
}

/// Owner: sets `access_model=whitelist` and the rest of what a private node is.
pub fn set_config_private(node: &str, items: Option<MaxItems>) -> Element {
    set_config(node, private(ns::NODE_CONFIG, items))
}

fn set_config(node: &str, form: Element) -> Element {
    let configure = element("configure", ns::PUBSUB_OWNER)
        .with("node", node)
        .child(form);
    element("pubsub", ns::PUBSUB_OWNER).child(configure)
}

/// Owner: deletes a node.
pub fn delete_node(node: &str) -> Element {
    element("pubsub", ns::PUBSUB_OWNER).child(element("delete", ns::PUBSUB_OWNER).with("node", node))
}

/// A PEP event (the payload of a headline message): its node and items. A retraction or purge gives no items.
#[derive(Debug, Clone)]
pub struct Event {
    pub node: String,
    pub items: Vec<(String, Element)>,
    /// The node was deleted or purged, or an item retracted.
    pub removed: bool,
}

/// None if the message carries no `<event>`, or carries one that came back as an error. Whose node it is, the
/// `from` of the message alone decides (threats 8, 9).
pub fn event(message: &Element) -> Option<Event> {
    if !message.is("message", ns::CLIENT) || matches!(message.attr("type"), Some("error" | "groupchat")) {
        return None;
    }
    let event = only_child(message, "event", ns::PUBSUB_EVENT)?;
    let mut actions = event.children().filter(|child| child.has_ns(ns::PUBSUB_EVENT));
    let action = actions.next()?;
    if actions.next().is_some() {
        return None;
    }
    let node = action.attr("node")?.to_owned();
    match action.name() {
        "items" => Some(Event {
            node,
            items: payloads(action, ns::PUBSUB_EVENT),
            removed: action.has_child("retract", ns::PUBSUB_EVENT),
        }),
        "delete" | "purge" => Some(Event {
            node,
            items: Vec::new(),
            removed: true,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    const LIST: &str = "<list xmlns='eu.siacs.conversations.axolotl'><device id='1'/></list>";

    fn fetched(inside: &str) -> Option<Vec<(String, Element)>> {
        let pubsub = format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'>{inside}</pubsub>");
        items(&pubsub.parse().unwrap(), "n")
    }

    fn happened(attributes: &str, inside: &str) -> Option<Event> {
        event(
            &format!(
                "<message xmlns='jabber:client' from='bob@mired.test' {attributes}>\
                 <event xmlns='http://jabber.org/protocol/pubsub#event'>{inside}</event></message>"
            )
            .parse()
            .unwrap(),
        )
    }

    #[test]
    fn items_of_the_node_are_read_in_order_under_any_id() {
        let found = fetched(&format!(
            "<items node='n'><item id='1'>{LIST}</item><item>{LIST}</item><item id='empty'/>\
             <item id='two'>{LIST}{LIST}</item></items>"
        ))
        .unwrap();
        let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["1", ""]);
        assert!(
            found
                .iter()
                .all(|(_, payload)| payload.is("list", ns::OMEMO_LEGACY))
        );
        assert_eq!(fetched("<items node='n'/>").unwrap().len(), 0);
    }

    #[test]
    fn an_answer_for_another_node_or_for_two_is_none() {
        for bad in [
            "",
            "<items node='m'/>",
            "<items/>",
            "<items node='n'/><items node='n'/>",
        ] {
            assert!(fetched(bad).is_none(), "{bad}");
        }
        assert!(items(&"<pubsub xmlns='urn:x'/>".parse().unwrap(), "n").is_none());
    }

    #[test]
    fn no_more_than_a_thousand_items_are_read() {
        let many: String = (0..1100)
            .map(|n| format!("<item id='{n}'>{LIST}</item>"))
            .collect();
        assert_eq!(
            fetched(&format!("<items node='n'>{many}</items>")).unwrap().len(),
            MAX_ITEMS
        );
    }

    #[test]
    fn publishing_demands_an_open_and_persistent_node() {
        let published = publish_open("n", "current", LIST.parse().unwrap(), None);
        assert_renders(&published);
        let expected = format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'><item id='current'>{LIST}</item></publish>\
             <publish-options><x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>\
             <field var='pubsub#persist_items'><value>true</value></field>\
             <field var='pubsub#access_model'><value>open</value></field></x></publish-options></pubsub>"
        );
        assert_eq!(published, expected.parse().unwrap());
    }

    #[test]
    fn the_other_requests_are_as_the_xep_writes_them() {
        let owner = "http://jabber.org/protocol/pubsub#owner";
        for (element, xml) in [
            (
                fetch("n"),
                "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n' max_items='1'/></pubsub>"
                    .to_owned(),
            ),
            (
                get_config("n"),
                format!("<pubsub xmlns='{owner}'><configure node='n'/></pubsub>"),
            ),
            (
                delete_node("n"),
                format!("<pubsub xmlns='{owner}'><delete node='n'/></pubsub>"),
            ),
            (
                fetch_item("n", "7"),
                "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n'><item id='7'/></items></pubsub>"
                    .to_owned(),
            ),
            (
                retract("n", "7"),
                "<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='n' notify='true'><item id='7'/></retract>\
                 </pubsub>"
                    .to_owned(),
            ),
        ] {
            assert_eq!(element, xml.parse().unwrap());
            assert_renders(&element);
        }
        assert_renders(&set_config_open("n", None));
    }

    #[test]
    fn how_many_items_a_node_keeps_is_said_and_asked_for_less_and_less() {
        let mut items = Some(MaxItems::Max);
        let mut asked = Vec::new();
        while let Some(now) = items {
            let published = publish_open("n", "7", LIST.parse().unwrap(), Some(now));
            assert_renders(&published);
            let set = set_config_open("n", Some(now));
            assert_renders(&set);
            let found = config(&set).unwrap();
            assert_eq!(found.access_model.as_deref(), Some("open"));
            let said = found.max_items.unwrap();
            let field = format!("<field var='pubsub#max_items'><value>{said}</value></field>");
            assert!(String::from(&published).contains(&field));
            asked.push(said);
            items = now.fewer();
        }
        assert_eq!(asked, ["max", "1000", "100", "10"]);
        assert_eq!(MaxItems::Number(7).fewer(), None);
        assert_eq!(config(&set_config_open("n", None)).unwrap().max_items, None);
    }

    #[test]
    fn the_access_model_is_read_from_the_form() {
        assert_eq!(access_model(&set_config_open("n", None)).as_deref(), Some("open"));
        let form = |fields: &str| {
            format!(
                "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='n'>\
                 <x xmlns='jabber:x:data' type='form'>{fields}</x></configure></pubsub>"
            )
            .parse()
            .unwrap()
        };
        let whitelist = "<field var='pubsub#access_model' type='list-single'><option><value>open</value></option>\
                         <value>whitelist</value></field>";
        assert_eq!(access_model(&form(whitelist)).as_deref(), Some("whitelist"));
        for bad in [
            String::new(),
            whitelist.repeat(2),
            "<field var='pubsub#access_model'/>".to_owned(),
        ] {
            assert_eq!(access_model(&form(&bad)), None, "{bad}");
        }
        assert_eq!(access_model(&get_config("n")), None);
        assert_eq!(access_model(&fetch("n")), None);
    }

    #[test]
    fn an_event_gives_its_node_and_items() {
        for kind in ["type='headline'", ""] {
            let event = happened(
                kind,
                &format!("<items node='n'><item id='x'>{LIST}</item></items>"),
            )
            .unwrap();
            assert_eq!(
                (event.node.as_str(), event.items.len(), event.removed),
                ("n", 1, false)
            );
        }
    }

    #[test]
    fn retracted_purged_and_deleted_is_removed() {
        for inside in [
            "<items node='n'><retract id='x'/></items>",
            "<purge node='n'/>",
            "<delete node='n'/>",
        ] {
            let event = happened("", inside).unwrap();
            assert!(event.removed && event.items.is_empty(), "{inside}");
        }
    }

    #[test]
    fn what_is_no_event_of_one_node_is_none() {
        for bad in [
            "",
            "<items/>",
            "<purge/>",
            "<configuration node='n'/>",
            "<items node='n'/><items node='m'/>",
            "<items xmlns='urn:x' node='n'/>",
        ] {
            assert!(happened("", bad).is_none(), "{bad}");
        }
        for kind in ["type='error'", "type='groupchat'"] {
            assert!(happened(kind, "<items node='n'/>").is_none(), "{kind}");
        }
        let twice =
            "<event xmlns='http://jabber.org/protocol/pubsub#event'><purge node='n'/></event>".repeat(2);
        let message = format!("<message xmlns='jabber:client'>{twice}</message>");
        assert!(event(&message.parse().unwrap()).is_none());
    }
}
