use super::*;
use crate::recipients::fixture::{Stage, jid, key, peer};
use api::RoomState;
use model::room::RoomFeatures;
use model::{Clean, Trust};
use store::{chats, rooms};

const TEAM: &str = "team@rooms.mired.test";

/// A group in which we stand so, with Bob, a member, in it and Carol, an admin, not.
fn team(ours: Affiliation, role: Role) -> (Stage, Box<dyn Page>) {
    let mut stage = Stage::new();
    stage.devices("bob@mired.test", &[(1, 0x11, Some(Trust::Blind))]);
    let people = [
        ("ana", ours),
        ("bob", Affiliation::Member),
        ("carol", Affiliation::Admin),
    ];
    let kept = stage.group(&peer(TEAM), "ana", &people);
    let features = RoomFeatures::from([RoomFeature::MembersOnly, RoomFeature::Archive]);
    stage.write(|tx| rooms::set_features(tx, kept.chat, &features).unwrap());
    let (ana, bob) = (Some("ana@mired.test"), Some("bob@mired.test"));
    let everybody = [
        ("ana", ana, ours, role),
        ("bob", bob, Affiliation::Member, Role::Participant),
    ];
    stage.inside(&peer(TEAM), "ana", &everybody);
    let page = stage.look(|world| page(world, &peer(TEAM)).unwrap());
    (stage, page)
}

fn press(stage: &mut Stage, page: &mut Box<dyn Page>, name: &str) -> Vec<Ask> {
    let asks = stage.look(|world| page.on_key(key(name), world).unwrap());
    picture(stage, page, 70);
    asks
}

fn picture(stage: &mut Stage, page: &mut Box<dyn Page>, columns: u16) -> String {
    stage.picture(columns, 12, |world, area, buf| {
        page.draw(world, area, buf);
    })
}

/// The command that two presses ask for.
fn twice(stage: &mut Stage, page: &mut Box<dyn Page>, letter: &str) -> Option<RoomCommand> {
    assert_eq!(press(stage, page, letter), [], "one press is enough");
    match press(stage, page, letter).as_slice() {
        [
            Ask::Command {
                command: Command::Room { what, .. },
                ..
            },
        ] => Some(what.clone()),
        _ => None,
    }
}

#[test]
fn everybody_is_shown_with_how_they_stand_and_their_keys() {
    let (mut stage, mut page) = team(Affiliation::Owner, Role::Moderator);
    assert_eq!(page.title(), "#team: 2 here, 3 members");
    for columns in [70, 40] {
        let name = format!("members-{columns}");
        insta::assert_snapshot!(name, picture(&mut stage, &mut page, columns));
    }
}

#[test]
fn what_puts_somebody_out_is_pressed_twice_in_a_row() {
    let (mut stage, mut page) = team(Affiliation::Owner, Role::Moderator);
    picture(&mut stage, &mut page, 70);
    press(&mut stage, &mut page, "Down");
    assert_eq!(press(&mut stage, &mut page, "k"), []);
    assert!(picture(&mut stage, &mut page, 70).contains("k again: put out"));
    // Something else in between.
    press(&mut stage, &mut page, "Down");
    press(&mut stage, &mut page, "Up");
    let kick = RoomCommand::SetRole {
        nick: Clean::line("bob"),
        to: Role::None,
        reason: None,
    };
    assert_eq!(twice(&mut stage, &mut page, "k"), Some(kick));
    let ban = RoomCommand::SetAffiliation {
        who: jid("bob@mired.test"),
        to: Affiliation::Outcast,
        reason: None,
    };
    assert_eq!(twice(&mut stage, &mut page, "b"), Some(ban));
    // Somebody else stands there when the second press comes.
    assert_eq!(press(&mut stage, &mut page, "b"), []);
    let gone = RoomState::Occupant {
        nick: Clean::line("bob"),
        here: None,
    };
    stage.rooms.on_state(peer(TEAM), gone);
    stage.write(|tx| {
        let chat = chats::by_peer(tx, &peer(TEAM)).unwrap().unwrap().id;
        rooms::set_list(tx, chat, Affiliation::Member, &[]).unwrap();
    });
    stage.look(|world| page.refresh(world).unwrap());
    assert_eq!(press(&mut stage, &mut page, "b"), []);
}

#[test]
fn only_what_the_room_lets_us_do_is_offered() {
    let letters = |ours, role| {
        let (mut stage, mut page) = team(ours, role);
        picture(&mut stage, &mut page, 70);
        let mut all = Vec::new();
        for _ in 0..3 {
            let keys = stage.look(|world| page.keys(world));
            let name = |(key, _): &(String, String)| key.clone();
            all.push(keys.iter().map(name).collect::<Vec<_>>().join(" "));
            press(&mut stage, &mut page, "Down");
        }
        all
    };
    // Ana herself, Bob, Carol.
    assert_eq!(
        letters(Affiliation::Owner, Role::Moderator),
        ["i", "Enter f k x b a o i w", "Enter f x b m o i"]
    );
    // Here Carol is not in it, and comes after Bob.
    assert_eq!(
        letters(Affiliation::Admin, Role::Moderator),
        ["i", "Enter f k x b i w", "Enter f i"]
    );
    assert_eq!(
        letters(Affiliation::Member, Role::Participant),
        ["i", "Enter f i w", "Enter f i"]
    );
}

#[test]
fn whoever_is_chosen_can_be_written_to_and_their_keys_compared() {
    let (mut stage, mut page) = team(Affiliation::Member, Role::Participant);
    picture(&mut stage, &mut page, 70);
    press(&mut stage, &mut page, "Down");
    let bob = peer("bob@mired.test");
    assert_eq!(press(&mut stage, &mut page, "Enter"), [Ask::Open(bob.clone())]);
    assert_eq!(
        press(&mut stage, &mut page, "f"),
        [Ask::Show(PageName::Fingerprints(bob))]
    );
}
