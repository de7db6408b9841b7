//! Whether a file is to be opened that could do something by itself.

use super::choice::{self, Matter, Offered, Offers, Words};
use super::parts;
use crate::ask::{Ask, Context, FileDeed, Question};
use crate::file_words;
use crate::pages::sheet::Sheet;
use crate::theme::Part;
use model::{Clean, FileState, MessageFile, shown};
use store::files;

/// The question; None if there is no such file any more.
pub fn question(
    world: &Context<'_>,
    file: &MessageFile,
    why: &Clean,
) -> store::Result<Option<Box<dyn Question>>> {
    choice::about(
        world,
        OpenActive {
            file: file.clone(),
            why: shown::one_line(why),
        },
    )
}

struct OpenActive {
    file: MessageFile,
    why: String,
}

impl Matter for OpenActive {
    const BY_ITSELF: bool = false;

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        let file = files::get(&world.store, self.file.id)?;
        Ok(file.is_some_and(|file| file.state == FileState::Here))
    }

    fn ask(&self, _world: &Context<'_>, sheet: &mut Sheet, lines: usize) {
        let head = format!("Open {}?", file_words::name(&self.file));
        sheet.say(0, &head, Part::Waiting);
        parts::explain(sheet, lines, &self.why, &self.why);
    }

    fn offers(&self, _world: &Context<'_>) -> Offers {
        let words = |short, sure| Words {
            short,
            long: short,
            sure,
        };
        let deed = FileDeed::Open {
            id: self.file.id,
            with: None,
            sure: true,
        };
        Offers {
            answers: vec![Offered {
                letter: 'y',
                words: words("open it", "again: open it all the same"),
                asks: vec![Ask::Close, Ask::File(deed)],
            }],
            back: words("do not", "do not"),
            wide: 0,
        }
    }
}
