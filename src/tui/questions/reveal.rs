//! What is to be said about a message cannot be encrypted for everybody who reads the chat: the old OMEMO
//! encrypts nothing but words.

use super::choice::{self, Matter, Offered, Offers, Words};
use super::parts;
use crate::ask::{Ask, Context, Question};
use crate::list;
use crate::pages::sheet::Sheet;
use crate::theme::Part;
use api::Command;
use model::Peer;
use store::chats;

/// The question; None if the person allowed it meanwhile.
pub fn question(
    world: &Context<'_>,
    peer: &Peer,
    command: &Command,
    done: Option<&str>,
) -> store::Result<Option<Box<dyn Question>>> {
    let matter = Reveal {
        name: list::name_of_chat(world, peer)?,
        peer: peer.clone(),
        command: command.clone(),
        done: done.map(str::to_owned),
    };
    choice::about(world, matter)
}

struct Reveal {
    peer: Peer,
    name: String,
    /// What was refused.
    command: Command,
    done: Option<String>,
}

impl Reveal {
    /// What the server would see.
    fn shows(&self) -> &'static str {
        match self.command {
            Command::Reply { .. } | Command::Retry { .. } => "which message you answer",
            Command::AskAgain { .. } => "which message you ask for",
            Command::Resend { .. } => "that you send a message again, and which",
            Command::Edit { .. } => "that you change a message, and which",
            Command::Retract { .. } => "that you take back a message, and which",
            _ => "which message you react to, and with which emoji",
        }
    }

    fn allowed(&self) -> Command {
        let mut command = self.command.clone();
        if let Command::Reply { reveal, .. }
        | Command::Retry { reveal, .. }
        | Command::Edit { reveal, .. }
        | Command::Retract { reveal, .. }
        | Command::AskAgain { reveal, .. }
        | Command::Resend { reveal, .. }
        | Command::React { reveal, .. } = &mut command
        {
            *reveal = true;
        }
        command
    }
}

impl Matter for Reveal {
    const BY_ITSELF: bool = false;

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        let chat = chats::by_peer(&world.store, &self.peer)?;
        Ok(chat.is_some_and(|chat| !chat.reveal))
    }

    fn ask(&self, _world: &Context<'_>, sheet: &mut Sheet, lines: usize) {
        let head = format!("The server would see {}.", self.shows());
        sheet.flow(0, &[(head, Part::Waiting)]);
        let long = format!(
            "A device that reads the chat with {} knows only the old OMEMO, which encrypts nothing but words. The words stay \
             encrypted.",
            self.name
        );
        parts::explain(sheet, lines, &long, "Not the words: they stay encrypted.");
    }

    fn offers(&self, _world: &Context<'_>) -> Offers {
        let asks = vec![
            Ask::Close,
            Ask::SayAbout {
                command: Box::new(self.allowed()),
                done: self.done.clone(),
            },
        ];
        Offers {
            answers: vec![Offered {
                letter: 's',
                words: Words {
                    short: "send all the same (remembered)",
                    long: "send all the same (remembered for this chat)",
                    sure: "again: send it, in this chat from now on",
                },
                asks,
            }],
            back: Words {
                short: "do not send",
                long: "do not send",
                sure: "do not send",
            },
            wide: 66,
        }
    }
}
