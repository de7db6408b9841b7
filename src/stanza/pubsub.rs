//! XEP-0060 as far as PEP needs it (XEP-0163): fetch, publish with options, configure a node, events.

use minidom::Element;

use super::ns;
use super::xml::{Build, children, element, only_child};

/// At most this many items of one answer or event are read; the rest is ignored.
pub const MAX_ITEMS: usize = 1000;

/// What every node of ours is: readable by whoever wants to write to us, and kept while we are away.
const OPEN: [(&str, &str); 2] = [("pubsub#persist_items", "true"), ("pubsub#access_model", "open")];

/// `<pubsub><items node=…/></pubsub>` as the payload of a get; `max_items` 1.
pub fn fetch(node: &str) -> Element {
    let items = element("items", ns::PUBSUB)
        .with("node", node)
        .with("max_items", "1");
    element("pubsub", ns::PUBSUB).child(items)
}

/// The payloads of a fetch result, as (item id, payload), in order; at most 1000. None unless it is the answer for
/// `node`.
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

/// Publishes one item with `access_model=open` and `persist_items=true` as preconditions (publish-options).
pub fn publish_open(node: &str, item: &str, payload: Element) -> Element {
    let item = element("item", ns::PUBSUB).with("id", item).child(payload);
    let publish = element("publish", ns::PUBSUB).with("node", node).child(item);
    let options = element("publish-options", ns::PUBSUB).child(form(ns::PUBLISH_OPTIONS));
    element("pubsub", ns::PUBSUB).child(publish).child(options)
}

/// A submitted form with [`OPEN`] (XEP-0004).
fn form(form_type: &'static str) -> Element {
    let x = element("x", ns::DATA_FORMS)
        .with("type", "submit")
        .child(field("FORM_TYPE", form_type).with("type", "hidden"));
    OPEN.iter().fold(x, |x, (var, value)| x.child(field(var, value)))
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

/// The access model that a configuration form names.
pub fn access_model(owner: &Element) -> Option<String> {
    if !owner.is("pubsub", ns::PUBSUB_OWNER) {
        return None;
    }
    let configure = only_child(owner, "configure", ns::PUBSUB_OWNER)?;
    let form = only_child(configure, "x", ns::DATA_FORMS)?;
    let mut fields = children(form, "field", ns::DATA_FORMS)
        .filter(|field| field.attr("var") == Some("pubsub#access_model"));
    let field = fields.next()?;
    if fields.next().is_some() {
        return None;
    }
    let value = only_child(field, "value", ns::DATA_FORMS)?.text();
    Some(value.trim().to_owned())
}

/// Owner: sets `access_model=open`, `persist_items=true`.
pub fn set_config_open(node: &str) -> Element {
    element("pubsub", ns::PUBSUB_OWNER).child(
        element("configure", ns::PUBSUB_OWNER)
            .with("node", node)
            .child(form(ns::NODE_CONFIG)),
    )
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

/// None if the message carries no `<event>`, or carries one that came back as an error. Whose node it is, the `from`
/// of the message alone decides (threats 8, 9).
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
