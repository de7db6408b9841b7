//! Rooms: what is kept of them, and who stands how to them.

use model::room::{Affiliation, RoomFeature, RoomFeatures};
use model::{ChatKind, Clean, Peer, Policy};

use super::{Place, account, jid};
use crate::rooms::{self, Member, Room};
use crate::{Transaction, accounts, chats, omemo, policies};
use model::room::RoomNotify;

fn team(tx: &Transaction<'_>) -> Room {
    let account = account(tx);
    let peer = Peer::new(account, jid("team@muc.mired.test"));
    rooms::open(tx, &peer, "Ana").unwrap().unwrap()
}

fn member(who: &str, affiliation: Affiliation) -> Member {
    let jid = jid(&format!("{who}@mired.test"));
    let nick = None;
    Member {
        jid,
        affiliation,
        nick,
    }
}

#[test]
fn a_room_is_there_after_the_database_was_closed() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let mut room = team(&tx);
    assert_eq!(chats::get(&tx, room.chat).unwrap().unwrap().kind, ChatKind::Room);
    assert!(room.autojoin && !room.suspect && room.features.is_empty());
    room.name = Some(Clean::line("The team"));
    room.notify = RoomNotify::Mentions;
    room.pinned = true;
    room.extensions = "<mine xmlns='urn:other'/>".into();
    rooms::set_bookmark(&tx, &room).unwrap();
    room.features = RoomFeatures::from([
        RoomFeature::MembersOnly,
        RoomFeature::NonAnonymous,
        RoomFeature::Archive,
    ]);
    rooms::set_features(&tx, room.chat, &room.features).unwrap();
    rooms::set_password(&tx, room.chat, Some("secret")).unwrap();
    room.suspect = true;
    rooms::set_suspect(&tx, room.chat, true).unwrap();
    tx.commit().unwrap();
    writer.close().unwrap();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    assert_eq!(rooms::all(&tx, room.peer.account).unwrap(), [room.clone()]);
    assert_eq!(
        rooms::password(&tx, room.chat).unwrap().unwrap().as_str(),
        "secret"
    );
    // Opened again it stays what it is.
    assert_eq!(
        rooms::open(&tx, &room.peer, "Another").unwrap(),
        Some(room.clone())
    );
    chats::remove(&tx, room.chat).unwrap();
    assert_eq!(rooms::get(&tx, room.chat).unwrap(), None);
}

#[test]
fn a_person_is_no_room() {
    let mut writer = crate::Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let account = account(&tx);
    let bob = Peer::new(account, jid("bob@mired.test"));
    chats::open(&tx, &bob).unwrap();
    assert_eq!(rooms::open(&tx, &bob, "Ana").unwrap(), None);
    assert_eq!(rooms::all(&tx, account).unwrap(), []);
}

#[test]
fn a_list_is_the_whole_truth_of_one_affiliation() {
    let mut writer = crate::Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let chat = team(&tx).chat;
    let names = |tx: &Transaction<'_>| -> Vec<(String, Affiliation)> {
        let all = rooms::members(tx, chat).unwrap();
        all.into_iter()
            .map(|one| (one.jid.to_string(), one.affiliation))
            .collect()
    };
    let members = [
        member("bob", Affiliation::Member),
        member("carol", Affiliation::Member),
    ];
    assert!(rooms::set_list(&tx, chat, Affiliation::Member, &members).unwrap());
    assert!(
        !rooms::set_list(&tx, chat, Affiliation::Member, &members).unwrap(),
        "nothing new"
    );
    assert!(rooms::set_member(&tx, chat, &member("ana", Affiliation::Owner)).unwrap());
    let expected = [
        ("ana@mired.test".to_owned(), Affiliation::Owner),
        ("bob@mired.test".to_owned(), Affiliation::Member),
        ("carol@mired.test".to_owned(), Affiliation::Member),
    ];
    assert_eq!(names(&tx), expected);
    // Carol is gone, Bob is banned; the owner stands on another list.
    assert!(rooms::set_list(&tx, chat, Affiliation::Member, &members[..1]).unwrap());
    assert!(rooms::set_member(&tx, chat, &member("bob", Affiliation::Outcast)).unwrap());
    assert_eq!(
        names(&tx)[1..],
        [("bob@mired.test".to_owned(), Affiliation::Outcast)]
    );
    assert_eq!(
        rooms::affiliation(&tx, chat, &jid("bob@mired.test")).unwrap(),
        Affiliation::Outcast
    );
    assert_eq!(
        rooms::affiliation(&tx, chat, &jid("eve@mired.test")).unwrap(),
        Affiliation::None
    );
    assert!(rooms::set_member(&tx, chat, &member("bob", Affiliation::None)).unwrap());
    assert!(!rooms::set_member(&tx, chat, &member("bob", Affiliation::None)).unwrap());
    assert_eq!(names(&tx).len(), 1);
}

#[test]
fn what_is_encrypted_for_a_room_goes_to_its_members_whether_they_are_there_or_not() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let room = team(&tx);
    let chat = chats::get(&tx, room.chat).unwrap().unwrap();
    for (who, affiliation) in [
        ("owner", Affiliation::Owner),
        ("admin", Affiliation::Admin),
        ("member", Affiliation::Member),
        ("ana", Affiliation::Owner),
        ("banned", Affiliation::Outcast),
    ] {
        rooms::set_member(&tx, room.chat, &member(who, affiliation)).unwrap();
    }
    // A whole server may be a member: it has no keys.
    let server = Member {
        jid: jid("mired.test"),
        affiliation: Affiliation::Member,
        nick: None,
    };
    rooms::set_member(&tx, room.chat, &server).unwrap();
    let own = accounts::get(&tx, room.peer.account).unwrap().unwrap().jid;
    assert_eq!(own, jid("ana@mired.test"));
    let people = ["admin", "member", "owner"].map(|who| jid(&format!("{who}@mired.test")));
    assert_eq!(rooms::recipients(&tx, room.chat).unwrap(), people);
    let audience = omemo::audience_of(&tx, &chat).unwrap();
    let who = |person: &model::AddressedPerson| person.jid.clone();
    assert_eq!(audience.others().map(who).collect::<Vec<_>>(), people);
    assert_eq!(audience.ours().map(who), Some(own));
    // Whoever was put out or is none any more gets the next one no more, and who was added does.
    rooms::set_member(&tx, room.chat, &member("admin", Affiliation::Outcast)).unwrap();
    rooms::set_member(&tx, room.chat, &member("member", Affiliation::None)).unwrap();
    rooms::set_member(&tx, room.chat, &member("new", Affiliation::Member)).unwrap();
    let people = ["new", "owner"].map(|who| jid(&format!("{who}@mired.test")));
    assert_eq!(rooms::recipients(&tx, room.chat).unwrap(), people);
    let person = chats::open(&tx, &Peer::new(room.peer.account, jid("bob@mired.test"))).unwrap();
    assert_eq!(omemo::people_of(&tx, &person).unwrap(), [jid("bob@mired.test")]);
}

#[test]
fn who_was_confirmed_stays_so_whatever_the_room_says_of_itself() {
    let mut writer = Place::new().writer();
    let tx = writer.transaction().unwrap();
    let room = team(&tx);
    assert_eq!(policies::get(&tx, room.chat).unwrap(), Policy::Everyday);
    policies::set(&tx, room.chat, Policy::Verified).unwrap();
    assert_eq!(policies::get(&tx, room.chat).unwrap(), Policy::Verified);
    let people = ["bob@mired.test", "eve@bücher.test"].map(jid);
    policies::set_confirmed(&tx, room.chat, &people).unwrap();
    let features = RoomFeatures::from([RoomFeature::MembersOnly, RoomFeature::NonAnonymous]);
    rooms::set_features(&tx, room.chat, &features).unwrap();
    assert_eq!(policies::confirmed(&tx, room.chat).unwrap(), people);
    let known = || rooms::get(&tx, room.chat).unwrap().unwrap().features;
    assert_eq!(known(), features);
    policies::set_confirmed(&tx, room.chat, &people[..1]).unwrap();
    assert_eq!(policies::confirmed(&tx, room.chat).unwrap(), people[..1]);
    policies::set_confirmed(&tx, room.chat, &[]).unwrap();
    assert_eq!(
        (policies::confirmed(&tx, room.chat).unwrap(), known()),
        (vec![], features)
    );
}
