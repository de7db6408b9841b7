//! Forwarding: the words of a message are brought to another chat, where the person sends them as their own.
//! XMPP has a wrapper for the stanza itself (XEP-0297), which no encryption here covers, so none is sent.

use super::App;
use crate::action::Action;
use crate::app::chat_pane::refuse;
use crate::ask::PageName;
use crate::recipients::ChatSecurity;
use model::{MessageId, MessagesFailure, Peer, Protection, Timestamp};
use store::{self, Reads, messages};

impl App {
    /// Asks for the chat that the selected message is forwarded to.
    pub(super) fn forward(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let Some(id) = self.chat_pane.selected_id(&self.facts.keymap, &mut self.out) else {
            return Ok(());
        };
        if self
            .chat_pane
            .selected()
            .is_none_or(|message| message.body.is_none())
        {
            refuse(&mut self.out, MessagesFailure::NoWords);
            return Ok(());
        }
        self.chat_pane.unselect();
        let world = self.facts.world(store, now);
        self.asking.show(&world, &PageName::Forward(id), &mut self.out)
    }

    /// Opens the chat and puts the words into its composer.
    pub(super) fn bring(
        &mut self,
        message: MessageId,
        to: &Peer,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        let message = messages::get(&store, message)?;
        let Some((body, protection)) =
            message.and_then(|message| message.body.map(|body| (body, message.protection)))
        else {
            refuse(&mut self.out, MessagesFailure::Gone);
            return Ok(());
        };
        self.open_chat(to, store, now)?;
        let fits = self.chat_pane.bring(body.as_str(), now);
        let open = self.chat_pane.open.as_ref();
        let clear = open.is_some_and(|open| open.recipients.security == ChatSecurity::Clear);
        let key = self.facts.keymap.name(Action::Send);
        if !fits {
            let words = "That is more than one message can hold; the rest was left out.";
            self.out.complain(words);
        } else if clear && protection != Protection::Clear {
            let words = format!(
                "This came encrypted, and this chat is in clear: after {key} every server on the way can read it."
            );
            self.out.complain(words);
        } else {
            self.out.say(format!("Nothing is sent before you press {key}."));
        }
        Ok(())
    }
}
