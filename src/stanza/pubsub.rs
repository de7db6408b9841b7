//! XEP-0060 as far as PEP needs it (XEP-0163): fetch, publish with options, configure a node, events.

use minidom::Element;

/// `<pubsub><items node=…/></pubsub>` as the payload of a get; `max_items` 1.
pub fn fetch(_node: &str) -> Element {
    todo!()
}
/// The payloads of a fetch result, as (item id, payload), in order; at most 1000.
pub fn items(_pubsub: &Element, _node: &str) -> Option<Vec<(String, Element)>> {
    todo!()
}
/// Publishes one item with `access_model=open` and `persist_items=true` as preconditions (publish-options).
pub fn publish_open(_node: &str, _item: &str, _payload: Element) -> Element {
    todo!()
}
/// Owner: asks for the configuration form of a node.
pub fn get_config(_node: &str) -> Element {
    todo!()
}
/// The access model that a configuration form names.
pub fn access_model(_owner: &Element) -> Option<String> {
    todo!()
}
/// Owner: sets `access_model=open`, `persist_items=true`.
pub fn set_config_open(_node: &str) -> Element {
    todo!()
}
/// Owner: deletes a node.
pub fn delete_node(_node: &str) -> Element {
    todo!()
}

/// A PEP event (the payload of a headline message): its node and items. A retraction or purge gives no items.
#[derive(Debug, Clone)]
pub struct Event {
    pub node: String,
    pub items: Vec<(String, Element)>,
    /// The node was deleted or purged, or an item retracted.
    pub removed: bool,
}

/// None if the message carries no `<event>`.
pub fn event(_message: &Element) -> Option<Event> {
    todo!()
}
