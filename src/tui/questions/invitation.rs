//! Somebody asks the person to come into a room. Nobody goes in by themselves, whoever asks: the answer is a
//! letter that is pressed twice.

use super::choice::{self, Matter, Offered, Offers, Words};
use super::parts;
use crate::ask::{Ask, Context, Question};
use crate::list;
use crate::pages::sheet::Sheet;
use crate::theme::Part;
use api::{Command, RoomCommand};
use model::{Clean, Peer, shown};

/// Bytes of a name or a reason that are shown.
const LONGEST: usize = 200;

/// The question; None if there is nothing to ask any more.
pub fn question(
    world: &Context<'_>,
    room: &Peer,
    by: Option<&Clean>,
    reason: Option<&Clean>,
) -> store::Result<Option<Box<dyn Question>>> {
    let said = |words: &Clean| shown::one_line(&Clean::within(words.as_str(), LONGEST));
    let asked = Invitation {
        room: room.clone(),
        by: by.map_or_else(|| "Somebody".to_owned(), said),
        reason: reason.map(said).filter(|reason| !reason.trim().is_empty()),
    };
    choice::about(world, asked)
}

struct Invitation {
    room: Peer,
    by: String,
    reason: Option<String>,
}

impl Matter for Invitation {
    const BY_ITSELF: bool = true;

    /// Until the person is in it.
    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        Ok(world.rooms.own_nick(&self.room).is_none())
    }

    fn ask(&self, _world: &Context<'_>, sheet: &mut Sheet, lines: usize) {
        let head = format!("{} asks you to come into the room", self.by);
        let address = list::address(&self.room.address);
        sheet.flow(0, &[(head, Part::Waiting), (address, Part::Title)]);
        parts::explain(
            sheet,
            lines,
            "Whoever is in it sees that you come, and in some rooms your address.",
            "They see that you come.",
        );
        let mut reason = sheet.blank();
        if let Some(words) = &self.reason {
            reason.say(0, &format!("They say: \"{words}\""), Part::Dim);
        }
        if sheet.len() + reason.len() <= lines {
            sheet.append(reason);
        }
    }

    fn offers(&self, _world: &Context<'_>) -> Offers {
        let join = Ask::Command {
            command: Command::Room {
                room: self.room.clone(),
                what: RoomCommand::Join {
                    nick: None,
                    password: None,
                },
            },
            done: None,
        };
        let decline = Ask::Command {
            command: Command::Room {
                room: self.room.clone(),
                what: RoomCommand::Decline { reason: None },
            },
            done: Some("Whoever asked you is told that you do not come.".to_owned()),
        };
        let offered = |letter, words, asks| Offered { letter, words, asks };
        let words = |short, long, sure| Words { short, long, sure };
        Offers {
            answers: vec![
                offered(
                    'j',
                    words("join", "go into it", "again: go into it"),
                    vec![Ask::Close, join],
                ),
                offered(
                    'd',
                    words("decline", "decline", "again: tell them that you do not come"),
                    vec![Ask::Close, decline],
                ),
            ],
            back: Words {
                short: "stay out",
                long: "stay out",
                sure: "stay out",
            },
            wide: 40,
        }
    }

    fn meanwhile(&self, world: &Context<'_>) -> String {
        let cut = parts::cut(world.keymap, "your text");
        format!("To answer, first {cut}.")
    }

    fn left(&self) -> Vec<Ask> {
        let address = list::address(&self.room.address);
        vec![Ask::Say(format!("/join {address} goes into it later."))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipients::fixture::{Stage, key, peer};
    use api::{RoomStanding, RoomState};

    const TEAM: &str = "team@rooms.mired.test";

    fn asked(stage: &mut Stage) -> Option<Box<dyn Question>> {
        let by = Clean::line("bob@mired.test");
        let reason = Clean::line("tea\u{202e} and cake");
        stage.look(|world| question(world, &peer(TEAM), Some(&by), Some(&reason)).unwrap())
    }

    #[test]
    fn nobody_goes_into_a_room_but_by_two_presses() {
        let mut stage = Stage::new();
        let mut question = asked(&mut stage).unwrap();
        let press = |stage: &mut Stage, question: &mut Box<dyn Question>| {
            stage.picture(60, 6, |world, area, buf| {
                question.draw(world, area, buf);
            });
            stage.look(|world| question.on_key(key("j"), world).unwrap())
        };
        insta::assert_snapshot!(
            "invitation",
            stage.picture(60, 6, |world, area, buf| {
                question.draw(world, area, buf);
            })
        );
        assert_eq!(press(&mut stage, &mut question), []);
        let asks = press(&mut stage, &mut question);
        let is_join = |ask: &Ask| {
            matches!(ask, Ask::Command { command: Command::Room { room, what: RoomCommand::Join { .. } }, .. }
                if *room == peer(TEAM))
        };
        assert!(asks.iter().any(is_join), "{asks:?}");
    }

    #[test]
    fn whoever_is_in_it_is_not_asked() {
        let mut stage = Stage::new();
        let nick = Clean::line("ana");
        let standing = RoomState::Standing(RoomStanding::In { nick });
        stage.rooms.on_state(peer(TEAM), standing);
        assert!(asked(&mut stage).is_none());
    }
}
