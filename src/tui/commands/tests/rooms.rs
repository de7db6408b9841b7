//! Commands about rooms, and what Tab makes of nicks.

use super::*;
use crate::ask::PageName;
use api::{Command, NewRoom, OccupantView, RoomCommand, RoomStanding, RoomState};
use model::room::{Affiliation, Role, RoomNotify};
use model::{Clean, Policy, Presence};
use store::rooms;

const TEAM: &str = "team@rooms.mired.test";

/// Ana is in a room with Bobby, bo and Carol White, whom it shows.
fn in_a_room() -> Stage {
    let mut stage = stage();
    let room = peer(TEAM);
    stage.write(|tx| {
        let mut kept = rooms::open(tx, &room, "ana").unwrap().unwrap();
        kept.name = Some(Clean::line("The team"));
        rooms::set_bookmark(tx, &kept).unwrap();
    });
    let nick = Clean::line("ana");
    let tell = |stage: &mut Stage, state| stage.rooms.on_state(peer(TEAM), state);
    tell(&mut stage, RoomState::Standing(RoomStanding::In { nick }));
    let here = |nick: &str, real: Option<&str>| {
        let view = OccupantView {
            occupant_id: None,
            affiliation: Affiliation::Member,
            role: Role::Participant,
            real: real.map(jid),
            presence: Presence::here(),
        };
        (Clean::line(nick), view)
    };
    let everybody = vec![
        here("ana", Some("ana@mired.test")),
        here("Bobby", Some("bob@mired.test")),
        here("bo", None),
        here("Carol White", Some("carol@mired.test")),
    ];
    tell(&mut stage, RoomState::Everybody(everybody));
    stage.chat = Some(room);
    stage
}

/// What is asked of the room.
fn asked(stage: &mut Stage, text: &str) -> RoomCommand {
    match asks(stage, text).as_slice() {
        [
            Ask::Command {
                command: Command::Room { room, what },
                ..
            },
        ] if *room == peer(TEAM) => what.clone(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_room_is_asked_for_what_was_written() {
    let mut stage = in_a_room();
    let line = Clean::line;
    let role = |nick| RoomCommand::SetRole {
        nick: line(nick),
        to: Role::None,
        reason: None,
    };
    let ban = |who| RoomCommand::SetAffiliation {
        who: jid(who),
        to: Affiliation::Outcast,
        reason: None,
    };
    let invite = |who| RoomCommand::Invite {
        who: jid(who),
        reason: None,
    };
    for (text, what) in [
        ("/leave", RoomCommand::Leave),
        ("/config", RoomCommand::Form),
        (
            "/topic Friday at eight",
            RoomCommand::SetTopic(line("Friday at eight")),
        ),
        ("/nick Anna B", RoomCommand::SetNick(line("Anna B"))),
        ("/notify Mentions", RoomCommand::SetNotify(RoomNotify::Mentions)),
        ("/kick bo", role("bo")),
        ("/kick @BOBBY", role("Bobby")),
        ("/kick carol w", role("Carol White")),
        ("/ban bobby", ban("bob@mired.test")),
        ("/ban eve@evil.test", ban("eve@evil.test")),
        ("/invite Dave@mired.test", invite("dave@mired.test")),
        ("/invite Carol White", invite("carol@mired.test")),
        ("/invite new@other.test", invite("new@other.test")),
        (
            "/invite new@other.test tea and cake",
            RoomCommand::Invite {
                who: jid("new@other.test"),
                reason: Some(line("tea and cake")),
            },
        ),
    ] {
        assert_eq!(asked(&mut stage, text), what, "{text}");
    }
    assert_eq!(
        asks(&mut stage, "/members"),
        [Ask::Show(PageName::Members(peer(TEAM)))]
    );
    assert_eq!(
        asks(&mut stage, "/fingerprint"),
        [Ask::Show(PageName::Members(peer(TEAM)))]
    );
    assert_eq!(
        asks(&mut stage, "/topic"),
        [Ask::Say("The room has no topic.".into())]
    );
}

#[test]
fn what_cannot_be_meant_is_said() {
    let mut stage = in_a_room();
    for (text, part) in [
        ("/kick", "Write it as /kick NICK."),
        ("/kick nobody", "Nobody in the room is called “nobody”"),
        ("/ban bo", "does not show who bo is"),
        ("/invite Dave", "could be"),
        ("/nick", "Write it as /nick NICK."),
        (
            "/notify often",
            "Write it as /notify WHEN: always, mentions or never.",
        ),
        ("/delete", "leave it first with /leave"),
        ("/reset", "is a room"),
        ("/rename Bob", "/config"),
        ("/add team@rooms.mired.test", "/join goes in"),
    ] {
        let sentence = wrong(&mut stage, text);
        assert!(sentence.contains(part), "{text}: {sentence}");
    }
}

#[test]
fn in_a_chat_with_a_person_they_explain_themselves() {
    let mut stage = stage();
    let sentence = wrong(&mut stage, "/leave");
    assert!(
        sentence.contains("a chat with Bob and no room") && sentence.contains("/quit"),
        "{sentence}"
    );
    for (text, part) in [
        ("/invite carol", "/create makes a group"),
        ("/nick Bo", "/rename gives a contact another name"),
        ("/kick carol", "/kick is for rooms"),
        ("/config", "/join goes into one"),
    ] {
        let sentence = wrong(&mut stage, text);
        assert!(sentence.contains(part), "{text}: {sentence}");
    }
    stage.chat = None;
    assert!(wrong(&mut stage, "/leave").starts_with("No room is open"));
}

#[test]
fn a_room_is_joined_by_address_by_name_or_again() {
    let mut stage = in_a_room();
    let join = |nick: Option<&str>| RoomCommand::Join {
        nick: nick.map(Clean::line),
        password: None,
    };
    assert_eq!(asked(&mut stage, "/join"), join(None));
    assert_eq!(asked(&mut stage, "/join the team"), join(None));
    assert_eq!(
        asked(&mut stage, &format!("/join {TEAM} Anna B")),
        join(Some("Anna B"))
    );
    assert_eq!(asked(&mut stage, &format!("/join xmpp:{TEAM}?join")), join(None));
    assert!(wrong(&mut stage, "/join nowhere").contains("no address of a room"));
    stage.chat = Some(peer("bob@mired.test"));
    assert!(wrong(&mut stage, "/join").contains("Which room?"));
}

#[test]
fn a_group_is_made_with_a_name_or_without() {
    let mut stage = stage();
    for (text, name) in [("/create", None), ("/create Tea at five", Some("Tea at five"))] {
        let room = NewRoom {
            address: None,
            name: name.map(Clean::line),
            is_public: false,
            invited: Vec::new(),
        };
        let made = asks(&mut stage, text);
        assert!(
            matches!(made.as_slice(), [Ask::Command { command: Command::CreateRoom(new), .. }] if *new == room),
            "{made:?}"
        );
    }
}

#[test]
fn tab_completes_nicks_behind_an_at_sign_and_at_the_beginning() {
    let mut stage = in_a_room();
    assert_eq!(completed(&mut stage, "Bo"), ["Bobby: ", "bo: "]);
    assert_eq!(completed(&mut stage, "yes @bob"), ["yes @Bobby "]);
    assert_eq!(completed(&mut stage, "(@carol w"), ["(@Carol White "]);
    assert_eq!(completed(&mut stage, "carol w"), ["Carol White: "]);
    // Our own is nobody to be called.
    assert_eq!(completed(&mut stage, "an"), [""; 0]);
    assert_eq!(completed(&mut stage, "yes bo"), [""; 0]);
    assert_eq!(completed(&mut stage, ""), [""; 0]);
    assert_eq!(completed(&mut stage, "one\nbo"), [""; 0]);
    assert_eq!(completed(&mut stage, "/kick Car"), ["/kick Carol White"]);
    // A room is no person to be called or asked.
    stage.chat = Some(peer("bob@mired.test"));
    assert_eq!(completed(&mut stage, "@#the"), [""; 0]);
}

#[test]
fn who_must_be_able_to_read_is_said_and_set_with_those_who_are_members_now() {
    let mut stage = in_a_room();
    stage.write(|tx| {
        let room = rooms::open(tx, &peer(TEAM), "ana").unwrap().unwrap();
        for who in ["ana@mired.test", "bob@mired.test"] {
            let member = rooms::Member {
                jid: jid(who),
                affiliation: Affiliation::Member,
                nick: None,
            };
            rooms::set_member(tx, room.chat, &member).unwrap();
        }
    });
    match asks(&mut stage, "/policy").as_slice() {
        [Ask::Say(said)] => assert!(said.starts_with("The policy is everyday"), "{said}"),
        other => panic!("{other:?}"),
    }
    match asks(&mut stage, "/policy verified").as_slice() {
        [
            Ask::Command {
                command:
                    Command::SetPolicy {
                        room,
                        policy,
                        members,
                    },
                done: Some(done),
            },
        ] => {
            assert_eq!((room, policy), (&peer(TEAM), &Policy::Verified));
            assert_eq!(members.as_slice(), [jid("bob@mired.test")]);
            assert!(done.starts_with("You and bob@mired.test"), "{done}");
        }
        other => panic!("{other:?}"),
    }
}
