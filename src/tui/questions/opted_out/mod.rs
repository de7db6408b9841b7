//! The open chat's peer asked, inside an encrypted message, to go on without encryption (XEP-0384 0.9
//! §opt-out). Nothing is sent until the person decided.
//!
//! It opens by itself, so its letters have to be pressed twice. Going on in clear asks
//! for a typed word after that.

use super::choice::{self, Matter, Offered, Offers, Words};
use super::parts;
use crate::ask::{Ask, Context, Question, QuestionName};
use crate::list;
use crate::pages::sheet::Sheet;
use crate::theme::Part;
use api::Command;
use model::{Clean, Peer, shown};
use store::chats;

/// Characters of their reason that are shown; the history has more of it, and `susurro history` all.
const LONGEST: usize = 200;

/// The question; None if there is nothing to ask any more.
pub fn question(world: &Context<'_>, peer: &Peer) -> store::Result<Option<Box<dyn Question>>> {
    let asked = OptedOut {
        peer: peer.clone(),
        name: String::new(),
        reason: Clean::default(),
    };
    choice::about(world, asked)
}

struct OptedOut {
    peer: Peer,
    name: String,
    reason: Clean,
}

impl Matter for OptedOut {
    const BY_ITSELF: bool = true;

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        self.name = list::name_of(world, &self.peer.address)?;
        let chat = chats::by_peer(&world.store, &self.peer)?;
        let asked = chat.filter(|chat| chat.encrypted).and_then(|chat| chat.opted_out);
        let Some(reason) = asked else {
            return Ok(false);
        };
        let reason: String = reason.as_str().chars().take(LONGEST).collect();
        self.reason = Clean::line(&reason);
        Ok(true)
    }

    /// Who first, then what it means, then their reason.
    fn ask(&self, _world: &Context<'_>, sheet: &mut Sheet, lines: usize) {
        let head = format!("{} asks to go on without encryption.", self.name);
        sheet.flow(
            0,
            &[
                (head, Part::Waiting),
                (list::address(&self.peer.address), Part::Title),
            ],
        );
        parts::explain(
            sheet,
            lines,
            "Nothing is sent until you decide. In clear, both servers can read all that is written here.",
            "Nothing is sent until you decide.",
        );
        let mut reason = sheet.blank();
        if !self.reason.is_empty() {
            let words = format!("They say: \"{}\"", shown::one_line(&self.reason));
            reason.say(0, &words, Part::Dim);
        }
        if sheet.len() + reason.len() <= lines {
            sheet.append(reason);
        }
    }

    fn offers(&self, _world: &Context<'_>) -> Offers {
        // It stays until the store has the answer.
        let encrypt = vec![Ask::Command {
            command: Command::SetEncryption {
                chat: self.peer.clone(),
                on: true,
            },
            done: Some(format!("What you write to {} stays encrypted.", self.name)),
        }];
        let clear = vec![
            Ask::Close,
            Ask::Question(QuestionName::GoClear(self.peer.clone())),
        ];
        Offers {
            answers: vec![
                Offered {
                    letter: 's',
                    words: Words {
                        short: "encrypted",
                        long: "stay encrypted",
                        sure: "again: stay encrypted",
                    },
                    asks: encrypt,
                },
                Offered {
                    letter: 'p',
                    words: Words {
                        short: "in clear",
                        long: "turn encryption off",
                        sure: "again: turn encryption off",
                    },
                    asks: clear,
                },
            ],
            back: Words::LATER,
            wide: 57,
        }
    }

    fn meanwhile(&self, world: &Context<'_>) -> String {
        let cut = parts::cut(world.keymap, "your text");
        format!("To answer, first {cut}.")
    }

    fn left(&self) -> Vec<Ask> {
        vec![Ask::LaterAbout(self.peer.clone())]
    }
}

#[cfg(test)]
mod tests;
