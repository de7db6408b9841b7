//! What a message says, read from a stanza or from the content of an envelope in the same way.
//! Where it stands decides what of it may be believed: [`permits`] is the one table of that.

use minidom::Element;

use super::ns;
use super::words::{self, Ambiguous};
use super::xml::{children, only_child, sane_id};
use model::{ChatState, Clean, Content};
use omemo::Dialect;

/// The reason of an opt-out may have so many bytes.
const MAX_REASON: usize = 1024;

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// In a stanza that holds nothing encrypted.
    Clear,
    /// Beside an `<encrypted>` of this dialect that was opened, or beside one of which nothing
    /// could be.
    Beside(Dialect),
    /// Beside something that is encrypted in a way which this program does not speak.
    BesideOther,
    /// Inside an envelope (XEP-0420), which only OMEMO 2 has.
    Envelope,
}

/// What can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Unstyled,
    Receipt,
    ReceiptRequest,
    Displayed,
    MarkerRequest,
    ChatState,
    OptOut,
}

/// Whether something of this kind is believed where it stands.
///
/// | | in clear | beside legacy | beside OMEMO 2 | beside others | envelope |
/// |---|---|---|---|---|---|
/// | text | yes | – | – | – | yes |
/// | unstyled | yes | yes | – | – | yes |
/// | receipt | yes | yes | – | yes | yes |
/// | request for one | yes | yes | – | – | yes |
/// | displayed | yes | yes | – | yes | yes |
/// | request for that | yes | yes | – | – | yes |
/// | chat state | yes | yes | – | yes | yes |
/// | opt-out | – | – | – | – | yes |
fn permits(scope: Scope, kind: Kind) -> bool {
    match scope {
        // To go on without encryption is asked where it is encrypted, or the server could ask it
        // (threat 43).
        Scope::Clear => match kind {
            Kind::Text
            | Kind::Unstyled
            | Kind::Receipt
            | Kind::ReceiptRequest
            | Kind::Displayed
            | Kind::MarkerRequest
            | Kind::ChatState => true,
            Kind::OptOut => false,
        },
        // Words beside are for others, or of somebody on the way (threats 44, 45). The dialect
        // seals nothing but the text, so all else has no other place: what it can do at worst is to
        // show the text otherwise, or to say of a message that left in the same dialect that it
        // arrived, or was read.
        Scope::Beside(Dialect::Legacy) => match kind {
            Kind::Unstyled
            | Kind::Receipt
            | Kind::ReceiptRequest
            | Kind::Displayed
            | Kind::MarkerRequest
            | Kind::ChatState => true,
            Kind::Text | Kind::OptOut => false,
        },
        // Everything that belongs to the conversation lies inside (XEP-0384 §sce).
        Scope::Beside(Dialect::Omemo2) => match kind {
            Kind::Text
            | Kind::Unstyled
            | Kind::Receipt
            | Kind::ReceiptRequest
            | Kind::Displayed
            | Kind::MarkerRequest
            | Kind::ChatState
            | Kind::OptOut => false,
        },
        // Nobody has read it, so nothing is acknowledged.
        Scope::BesideOther => match kind {
            Kind::Receipt | Kind::Displayed | Kind::ChatState => true,
            Kind::Text | Kind::Unstyled | Kind::ReceiptRequest | Kind::MarkerRequest | Kind::OptOut => false,
        },
        Scope::Envelope => match kind {
            Kind::Text
            | Kind::Unstyled
            | Kind::Receipt
            | Kind::ReceiptRequest
            | Kind::Displayed
            | Kind::MarkerRequest
            | Kind::ChatState
            | Kind::OptOut => true,
        },
    }
}

/// What `parent` says, a `<message>` or the `<content>` of an envelope, as far as it is believed
/// there.
pub(super) fn read(parent: &Element, scope: Scope) -> Result<Content, Ambiguous> {
    let permitted = |kind| permits(scope, kind);
    Ok(Content {
        text: match permitted(Kind::Text) {
            true => words::of(parent)?,
            false => None,
        },
        unstyled: permitted(Kind::Unstyled) && parent.has_child("unstyled", ns::STYLING),
        receipt_for: permitted(Kind::Receipt).then(|| receipt_for(parent)).flatten(),
        wants_receipt: permitted(Kind::ReceiptRequest) && parent.has_child("request", ns::RECEIPTS),
        displayed: permitted(Kind::Displayed).then(|| displayed(parent)).flatten(),
        markable: permitted(Kind::MarkerRequest) && parent.has_child("markable", ns::CHAT_MARKERS),
        chat_state: permitted(Kind::ChatState).then(|| chat_state(parent)).flatten(),
        opt_out: permitted(Kind::OptOut).then(|| opt_out(parent)).flatten(),
    })
}

/// The id of the message that this is a receipt of. Of two receipts neither is believed.
fn receipt_for(parent: &Element) -> Option<String> {
    sane_id(only_child(parent, "received", ns::RECEIPTS)?.attr("id"))
}

/// The id of the message up to which was read. Of two markers neither is believed.
fn displayed(parent: &Element) -> Option<String> {
    sane_id(only_child(parent, "displayed", ns::CHAT_MARKERS)?.attr("id"))
}

/// The state of the chat. Of two neither is believed.
fn chat_state(parent: &Element) -> Option<ChatState> {
    let mut states = parent.children().filter(|child| child.has_ns(ns::CHAT_STATES));
    let first = states.next()?;
    if states.next().is_some() {
        return None;
    }
    ChatState::ALL
        .into_iter()
        .find(|state| state.name() == first.name())
}

/// The reason of an opt-out, empty if none is given or several.
fn opt_out(parent: &Element) -> Option<Clean> {
    let mut asked = children(parent, "opt-out", ns::OMEMO2);
    let first = asked.next()?;
    // Of several none gives the reason, but they do ask.
    let reason = match asked.next() {
        None => only_child(first, "reason", ns::OMEMO2),
        Some(_) => None,
    };
    Some(reason.map_or_else(Clean::default, |reason| {
        Clean::within(reason.text().trim(), MAX_REASON)
    }))
}

#[cfg(test)]
mod tests;
