//! Taking back a message of ours that left.

use super::choice::{self, Matter, Offered, Offers, Words};
use super::parts;
use crate::ask::{Ask, Context, Question};
use crate::history::Quote;
use crate::list;
use crate::pages::sheet::Sheet;
use crate::text;
use crate::theme::{Glyph, Part};
use api::Command;
use model::{Message, MessageId};
use store::messages;

/// The question; None if there is nothing to take back any more.
pub fn question(world: &Context<'_>, id: MessageId) -> store::Result<Option<Box<dyn Question>>> {
    let Some(message) = messages::get(&world.store, id)? else {
        return Ok(None);
    };
    let name = list::name_of_chat(world, &message.peer)?;
    choice::about(
        world,
        TakeBack {
            id,
            name,
            quote: None,
        },
    )
}

struct TakeBack {
    id: MessageId,
    /// To whom it went.
    name: String,
    quote: Option<Quote>,
}

impl Matter for TakeBack {
    const BY_ITSELF: bool = false;

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        let message: Option<Message> = messages::get(&world.store, self.id)?;
        self.quote = message.as_ref().and_then(Quote::of);
        Ok(self.quote.is_some())
    }

    fn ask(&self, world: &Context<'_>, sheet: &mut Sheet, lines: usize) {
        let words = self.quote.as_ref().map_or("", |quote| quote.words.as_str());
        let head = "Take back this message?";
        let room = sheet.columns().saturating_sub(text::width(head) + 1).max(1);
        let words = text::fit(words, room, world.theme.glyph(Glyph::Cut));
        sheet.flow(0, &[(head.to_owned(), Part::Waiting), (words, Part::Dim)]);
        let long = format!(
            "Its words go here, and {}'s programs are asked to remove them. Not all do (Conversations keeps them), and what \
             was read was read.",
            self.name
        );
        parts::explain(
            sheet,
            lines,
            &long,
            "The others are asked to remove it; not all programs do.",
        );
    }

    fn offers(&self, _world: &Context<'_>) -> Offers {
        let words = |words, sure| Words {
            short: words,
            long: words,
            sure,
        };
        let command = Command::Retract {
            message: self.id,
            reveal: false,
        };
        let asks = vec![
            Ask::Close,
            Ask::SayAbout {
                command: Box::new(command),
                done: Some("It is taken back here, and the others are asked to remove it.".to_owned()),
            },
        ];
        Offers {
            answers: vec![Offered {
                letter: 'y',
                words: words("take back", "again: take it back"),
                asks,
            }],
            back: words("keep it", "keep it"),
            wide: 0,
        }
    }
}
