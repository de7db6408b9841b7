//! What a message says, read from a stanza or from the content of an envelope in the same way.
//! Where it stands decides what of it may be believed: [`permits`] is the one table of that.

use minidom::Element;

use super::files::{self, Named};
use super::ns;
use super::words::{self, Ambiguous};
use super::xml::{children, only_child, sane_id};
use model::{ChatState, Clean, Content, SharedFile, without_keys};
use omemo::Dialect;

mod about;
pub use about::MAX_REACTIONS;
pub use model::emoji;

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
    Correction,
    Retraction,
    Reactions,
    Reply,
    Files,
}

/// Whether something of this kind is believed where it stands: in clear, beside legacy, beside OMEMO 2,
/// beside others, in an envelope.
///
/// - To go on without encryption is asked where it is encrypted, or the server could ask it (threat 43).
/// - Beside what is encrypted stand words for others, or of somebody on the way (threats 44, 45). The
///   legacy dialect seals nothing but the text, so all else has no other place: what it can do at worst is
///   to show the text otherwise, to say of a message that left in the same dialect that it arrived or was
///   read, or that this one stands in the place of another one of its key, or answers one. What would hide
///   the text that was opened is not believed.
/// - In OMEMO 2 everything that belongs to the conversation lies inside (XEP-0384 §sce).
/// - What nobody has read acknowledges other messages, and is not acknowledged.
fn permits(scope: Scope, kind: Kind) -> bool {
    let [clear, legacy, omemo2, others, envelope] = match kind {
        Kind::Text | Kind::Files => [true, false, false, false, true],
        Kind::Unstyled => [true, true, false, false, true],
        Kind::Receipt | Kind::Displayed => [true, true, false, true, true],
        Kind::ChatState => [true, true, false, true, true],
        Kind::MarkerRequest => [true, true, false, false, true],
        Kind::ReceiptRequest => [true, true, false, false, true],
        Kind::OptOut => [false, false, false, false, true],
        Kind::Correction | Kind::Reply => [true, true, false, false, true],
        Kind::Retraction | Kind::Reactions => [true, false, false, false, true],
    };
    match scope {
        Scope::Clear => clear,
        Scope::Beside(Dialect::Legacy) => legacy,
        Scope::Beside(Dialect::Omemo2) => omemo2,
        Scope::BesideOther => others,
        Scope::Envelope => envelope,
    }
}

/// What `parent` says, a `<message>` or the `<content>` of an envelope, as far as it is believed
/// there.
pub(super) fn read(parent: &Element, scope: Scope) -> Result<Content, Ambiguous> {
    let permitted = |kind| permits(scope, kind);
    let retracts = permitted(Kind::Retraction)
        .then(|| about::retracts(parent))
        .flatten();
    let reactions = permitted(Kind::Reactions)
        .then(|| about::reactions(parent))
        .flatten();
    // Whatever text there is beside these stands there for those who do not know them.
    let says = permitted(Kind::Text) && retracts.is_none() && reactions.is_none();
    let named = match permitted(Kind::Files) && says {
        true => files::named(parent, scope == Scope::Envelope),
        false => Named::default(),
    };
    let text = match says {
        true => words::of(parent)?
            .filter(|_| !named.instead_of_words)
            .map(|text| without_keys(about::without_remark(parent, text))),
        false => None,
    };
    Ok(Content {
        text,
        unstyled: permitted(Kind::Unstyled) && parent.has_child("unstyled", ns::STYLING),
        receipt_for: permitted(Kind::Receipt).then(|| receipt_for(parent)).flatten(),
        wants_receipt: permitted(Kind::ReceiptRequest) && parent.has_child("request", ns::RECEIPTS),
        displayed: permitted(Kind::Displayed).then(|| displayed(parent)).flatten(),
        markable: permitted(Kind::MarkerRequest) && parent.has_child("markable", ns::CHAT_MARKERS),
        chat_state: permitted(Kind::ChatState).then(|| chat_state(parent)).flatten(),
        opt_out: permitted(Kind::OptOut).then(|| opt_out(parent)).flatten(),
        replaces: permitted(Kind::Correction)
            .then(|| about::replaces(parent))
            .flatten(),
        retracts,
        reactions,
        reply: permitted(Kind::Reply).then(|| about::reply(parent)).flatten(),
        files: named.files,
    })
}

/// What the words of a letter of the legacy dialect say, which has nothing but words: themselves, or the file
/// that they are.
pub fn of_letter(words: Clean) -> (Option<Clean>, Vec<SharedFile>) {
    match files::in_words(words.as_str()) {
        Some(file) => (None, vec![file]),
        None => (Some(without_keys(words)), Vec::new()),
    }
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
