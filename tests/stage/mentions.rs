//! What calls the person by name in all rooms, and the end of a room.

use susurro::api::RoomCommand;
use susurro::store::{chats, messages};

use crate::rooms::{in_the_room, room};
use crate::stage::Stage;

/// Carol called Ana in the room, and Bob's chat is open.
fn called(size: (u16, u16)) -> Stage {
    let mut stage = in_the_room(size, false);
    stage.store(|tx, _| {
        let chat = chats::by_peer(tx, &room()).unwrap().unwrap().id;
        let all = messages::history(tx, chat, None, 10).unwrap();
        let last = all.last().unwrap();
        messages::set_mention(tx, last.id).unwrap();
    });
    stage.type_in("/open Bob");
    stage.press(&["Enter"]);
    stage.type_in("/mentions");
    stage.press(&["Enter"]);
    stage
}

#[test]
fn what_calls_the_person_is_one_page_and_enter_goes_there() {
    for (columns, rows) in [(80, 24), (40, 12), (160, 50)] {
        let mut stage = called((columns, rows));
        insta::assert_snapshot!(format!("mentions-{columns}x{rows}"), stage.text());
        stage.press(&["Enter"]);
        let text = stage.text();
        assert!(text.contains("list?"), "{text}");
        assert_eq!(stage.app().facts.chat, Some(room()));
    }
}

#[test]
fn nobody_calls() {
    let mut stage = in_the_room((80, 24), false);
    stage.type_in("/mentions");
    stage.press(&["Enter"]);
    assert!(stage.text().contains("Nobody calls you by name"));
}

#[test]
fn a_room_ends_by_a_word_and_by_no_key() {
    for (columns, rows) in [(80, 24), (40, 12), (160, 50)] {
        let mut stage = in_the_room((columns, rows), false);
        stage.type_in("/destroy");
        stage.press(&["Enter"]);
        insta::assert_snapshot!(format!("destroy-{columns}x{rows}"), stage.text());
        stage.type_in("yes");
        stage.press(&["Enter"]);
        assert!(stage.text().contains("not the word"), "{}", stage.text());
        let ends = |stage: &Stage| {
            let all = stage.of_rooms.iter();
            all.filter(|what| matches!(what, RoomCommand::Destroy { .. }))
                .count()
        };
        assert_eq!(ends(&stage), 0);
        stage.type_in("destroy");
        stage.press(&["Enter"]);
        assert_eq!(ends(&stage), 1);
    }
}
