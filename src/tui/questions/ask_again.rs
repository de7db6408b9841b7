//! Asking for a message that cannot be read, and sending one again that could not be read there. Both write
//! to somebody, so what is written is shown before.

use super::choice::{self, Matter, Offered, Offers, Words};
use super::parts;
use crate::ask::{Ask, Context, Question};
use crate::history::Quote;
use crate::list;
use crate::pages::sheet::Sheet;
use crate::text;
use crate::theme::{Glyph, Part};
use ::words::please_send_again;
use api::Command;
use model::{Clean, Message, MessageId, UnreadableReason};
use store::messages;

/// Asks whether a message is to be asked for; None if it can be read by now.
pub fn asking(world: &Context<'_>, id: MessageId) -> store::Result<Option<Box<dyn Question>>> {
    let Some(message) = messages::get(&world.store, id)? else {
        return Ok(None);
    };
    let Some(reason) = message.unreadable else {
        return Ok(None);
    };
    let matter = AskAgain {
        id,
        name: list::name_of(world, &message.peer.address)?,
        words: request(world, &message, reason),
    };
    choice::about(world, matter)
}

/// What is written.
fn request(world: &Context<'_>, message: &Message, reason: UnreadableReason) -> String {
    let [now, then] = [world.now, message.time].map(|time| time.to_zoned(world.zone.clone()));
    let form = match now.date() == then.date() {
        true => "%H:%M",
        false => "%Y-%m-%d, %H:%M",
    };
    please_send_again(reason, &then.strftime(form).to_string())
}

struct AskAgain {
    id: MessageId,
    /// Whom.
    name: String,
    words: String,
}

impl Matter for AskAgain {
    const BY_ITSELF: bool = false;

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        let message = messages::get(&world.store, self.id)?;
        Ok(message.is_some_and(|message| message.unreadable.is_some() && !message.asked))
    }

    fn ask(&self, _world: &Context<'_>, sheet: &mut Sheet, lines: usize) {
        let head = format!("Ask {} to send it again? This writes:", self.name);
        sheet.flow(0, &[(head, Part::Waiting)]);
        sheet.flow(1, &[(self.words.clone(), Part::Plain)]);
        let long = "If a session is what failed, a new one begins with that. When it is sent again, it stands here in its place.";
        parts::explain(sheet, lines, long, "When it comes again, it stands here.");
    }

    fn offers(&self, _world: &Context<'_>) -> Offers {
        let command = Command::AskAgain {
            message: self.id,
            body: Clean::new(&self.words),
            reveal: false,
        };
        let done = "Asked. When it is sent again, it stands here in its place.";
        offers(command, done, ("ask", "again: ask for it"), "do not ask")
    }
}

/// Asks whether a message of ours is to be sent once more; None if it has no words any more.
pub fn sending(world: &Context<'_>, id: MessageId) -> store::Result<Option<Box<dyn Question>>> {
    let Some(message) = messages::get(&world.store, id)? else {
        return Ok(None);
    };
    let name = list::name_of(world, &message.peer.address)?;
    let quote = None;
    choice::about(world, Resend { id, name, quote })
}

struct Resend {
    id: MessageId,
    /// To whom.
    name: String,
    quote: Option<Quote>,
}

impl Matter for Resend {
    const BY_ITSELF: bool = false;

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        let message = messages::get(&world.store, self.id)?;
        self.quote = message.as_ref().and_then(Quote::of);
        Ok(self.quote.is_some())
    }

    fn ask(&self, world: &Context<'_>, sheet: &mut Sheet, lines: usize) {
        let words = self.quote.as_ref().map_or("", |quote| quote.words.as_str());
        let head = format!("Send this to {} again?", self.name);
        let room = sheet.columns().saturating_sub(text::width(&head) + 1).max(1);
        let words = text::fit(words, room, world.theme.glyph(Glyph::Cut));
        sheet.flow(0, &[(head, Part::Waiting), (words, Part::Dim)]);
        let long = "For a device that could not read it. It goes to everybody in the chat, in the place of the first one: where that \
                    was read nothing changes, or the program says that it was edited.";
        parts::explain(sheet, lines, long, "It takes the place of the first one.");
    }

    fn offers(&self, _world: &Context<'_>) -> Offers {
        let command = Command::Resend {
            message: self.id,
            reveal: false,
        };
        let done = "It is sent again, in the place of the first one.";
        offers(command, done, ("send again", "again: send it"), "do not send")
    }
}

fn offers(
    command: Command,
    done: &str,
    (yes, sure): (&'static str, &'static str),
    back: &'static str,
) -> Offers {
    let words = |words, sure| Words {
        short: words,
        long: words,
        sure,
    };
    let asks = vec![
        Ask::Close,
        Ask::SayAbout {
            command: Box::new(command),
            done: Some(done.to_owned()),
        },
    ];
    Offers {
        answers: vec![Offered {
            letter: 'y',
            words: words(yes, sure),
            asks,
        }],
        back: words(back, back),
        wide: 0,
    }
}
