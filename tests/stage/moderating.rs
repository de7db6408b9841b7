//! Taking away what others wrote in a room that we moderate.

use susurro::api::{Change, Event, RoomCommand, RoomState};
use susurro::model::Clean;
use susurro::model::room::{Affiliation, Role};
use susurro::store::about::retractions;

use crate::rooms::{in_the_room, occupant, tell};
use crate::stage::Stage;

/// Ana moderates the room.
fn moderates(stage: &mut Stage) {
    let (nick, here) = occupant("ana", Some("ana"), Affiliation::Owner, Role::Moderator);
    let here = Some(here);
    tell(stage, RoomState::Occupant { nick, here });
}

#[test]
fn a_moderator_takes_away_what_others_wrote_and_says_why() {
    let mut stage = in_the_room((80, 24), false);
    stage.press(&["Ctrl-Up", "w"]);
    assert!(stage.text().contains("Only a message that you wrote"));
    let mut stage = in_the_room((80, 24), false);
    moderates(&mut stage);
    stage.press(&["Ctrl-Up", "w"]);
    stage.text();
    stage.type_in("off topic");
    insta::assert_snapshot!("moderating", stage.text());
    stage.press(&["Enter"]);
    let asked = stage.of_rooms.iter().rev().find_map(|what| match what {
        RoomCommand::Moderate { message, reason } => Some((*message, reason.clone())),
        _ => None,
    });
    let (message, reason) = asked.expect("a question to the room");
    assert_eq!(reason, Some(Clean::line("off topic")));
    stage.store(|tx, _| retractions::moderate(tx, message, reason.as_ref()).unwrap());
    stage.event(Event::Changed(Change::Messages(vec![message])));
    stage.settle();
    insta::assert_snapshot!("moderated", stage.text());
    stage.resize(40, 12);
    insta::assert_snapshot!("moderated_40x12", stage.text());
}
