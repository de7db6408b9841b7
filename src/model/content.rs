//! What a message says, whichever way it came and however it was protected.

use super::{ChatState, Clean, Reactions, Reply, SharedFile};

/// What one message says, each part of it once. Where a part stood, and whether it may be believed
/// there, was asked when it was read; what it sets in motion is asked when it is brought into the
/// store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// Words for a person: the body, the subject, a link. None: there is nothing to show.
    pub text: Option<Clean>,
    /// Its writer asks to show the text as it is (XEP-0393 §7).
    pub unstyled: bool,
    /// A delivery receipt (XEP-0184): the id of the message that it is about.
    pub receipt_for: Option<String>,
    /// A request for a receipt of this message (XEP-0184).
    pub wants_receipt: bool,
    /// A marker of the other side (XEP-0333): the id of the message up to which they have read.
    pub displayed: Option<String>,
    /// A request for a marker once this message was read (XEP-0333).
    pub markable: bool,
    /// What its writer does with the chat at this moment (XEP-0085).
    pub chat_state: Option<ChatState>,
    /// A request to go on without encryption (XEP-0384 §opt-out): its reason, empty if none is
    /// given.
    pub opt_out: Option<Clean>,
    /// The id of the author's own message that this one takes the place of (XEP-0308).
    pub replaces: Option<String>,
    /// The id of the author's own message that is taken back (XEP-0424). It has no text then.
    pub retracts: Option<String>,
    /// What is thought of a message (XEP-0444). It has no text then.
    pub reactions: Option<Reactions>,
    /// The message that it answers (XEP-0461); its quote is still part of the text.
    pub reply: Option<Reply>,
    /// Files that come with it (XEP-0454, XEP-0447).
    pub files: Vec<SharedFile>,
}
