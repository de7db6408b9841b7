//! Why the server ended a stream, in words.

use minidom::Element;

/// A stream error (RFC 6120 §4.9.3) in words. The condition is a name that the server chose.
pub(super) fn closed_because(error: &Element) -> String {
    let condition = error
        .children()
        .find(|child| child.name() != "text")
        .map_or("undefined-condition", Element::name);
    match condition {
        "conflict" => {
            "The server ended this connection because another one took its place; see where else this \
                       account is logged in."
                .to_owned()
        }
        "system-shutdown" | "reset" => "The server is restarting; try again later.".to_owned(),
        other => {
            let other: String = other.chars().take(60).collect();
            format!("The server closed the stream ({other}); try again later, or ask its operator.")
        }
    }
}
