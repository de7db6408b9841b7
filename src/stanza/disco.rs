//! Service discovery (XEP-0030) and the features that we advertise (XEP-0115 verification string, SHA-1).

use minidom::Element;

/// What we advertise. `devicelist+notify` is among them: it subscribes us to our contacts' device lists.
pub fn own_features() -> Vec<String> {
    todo!()
}
/// The caps `node` of this client.
pub const NODE: &str = "https://susurro.im";
/// The verification string of [`own_features`] (XEP-0115 §5).
pub fn own_ver() -> String {
    todo!()
}
/// The `<c/>` of our presence.
pub fn caps() -> Element {
    todo!()
}
/// Query payload.
pub fn info_query() -> Element {
    todo!()
}
/// The answer to a disco#info query; `node` echoed if the query had one that is ours; None if the node is unknown.
pub fn own_info(_query: &Element) -> Option<Element> {
    todo!()
}
/// The features and identities ("category/type") of a result; at most 1000.
pub fn parse_info(_query: &Element) -> Option<Info> {
    todo!()
}

/// What an entity says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Info {
    pub identities: Vec<String>,
    pub features: Vec<String>,
}
