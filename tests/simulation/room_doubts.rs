//! What of a room is not to be believed, or not done without end: who wrote before we looked, words that look
//! like another's, owners who are none of those that were, a room that lets in and puts out.

use susurro::api::RoomCommand;
use susurro::model::{Author, BareJid, MessageState, Peer, Timestamp};
use susurro::protocol::Timer;
use susurro::store::{chats, rooms, statements};

use crate::client::send;
use crate::played::{BOB, EVE, HUT, Hut, join, occupant, room, words};
use crate::server::text;
use crate::world::{ANA, World};

const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

fn online() -> World {
    let mut world = World::new(1, &[ANA]);
    world.clients[0].archive = Some(30);
    world.connect(0);
    world.settle();
    world
}

fn inside(mut hut: Hut) -> (World, Hut) {
    let mut world = online();
    join(&mut world, None);
    hut.serve(&mut world);
    (world, hut)
}

/// An answer of the room's archive: words under this nick that name one address.
fn archived(query: &str, id: &str, at: Timestamp, nick: &str, jid: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='{HUT}' to='{ANA}'><result xmlns='urn:xmpp:mam:2' queryid='{query}' id='{id}'>\
         <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='{at}'/>\
         <message xmlns='jabber:client' type='groupchat' from='{HUT}/{nick}' id='m{id}'><body>it is me</body>\
         <x xmlns='http://jabber.org/protocol/muc#user'><item jid='{jid}' affiliation='member' role='participant'/></x>\
         </message></forwarded></result></message>"
    )
}

/// What the room shows today says nothing of what it showed then: what stood beside the words may be their
/// sender's own (one server keeps it, and adds its own word only where it shows everybody).
#[test]
fn of_what_is_older_than_our_first_look_nobody_is_named_by_what_stands_in_it() {
    let mut hut = Hut::new();
    hut.silent = vec!["archive"];
    let mut world = online();
    let before = world.now - SECOND * 3600;
    join(&mut world, None);
    let came = hut.serve(&mut world);
    let asked = came
        .iter()
        .rfind(|stanza| text(stanza).contains("urn:xmpp:mam:2"))
        .unwrap();
    let query = asked.children().next().unwrap().attr("queryid").unwrap();
    world.pass(SECOND * 5);
    let after = world.now;
    world.deliver(0, &archived(query, "1", before, "Ghost", BOB));
    world.deliver(0, &archived(query, "2", after, "Dave", "dave@mired.test"));
    hut.silent.clear();
    for answer in hut.answer(asked) {
        world.deliver(0, &answer);
    }
    hut.serve(&mut world);
    let real: Vec<Option<String>> = world.clients[0]
        .history(HUT)
        .into_iter()
        .map(|row| match row.author {
            Author::Occupant { real, .. } => real.map(|real| real.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(real, [None, Some("dave@mired.test".to_owned())]);
}

#[test]
fn where_nobody_has_an_address_the_words_of_one_do_not_hide_those_of_another() {
    let mut hut = Hut::new();
    hut.features.retain(|feature| *feature != "muc_nonanonymous");
    let (mut world, _) = inside(hut);
    for nick in ["Eve", "Bob"] {
        world.deliver(0, &occupant(nick, None, ""));
    }
    let same = words("Eve", "1", "ok");
    world.deliver(0, &same);
    let other = words("Bob", "1", "ok").replace("id='s1'", "id='s2'");
    world.deliver(0, &other);
    // The very same comes once more.
    world.deliver(0, &other);
    world.flow();
    assert_eq!(world.clients[0].bodies(HUT), ["ok", "ok"]);
    // Also where the room gives no ids.
    let nameless = |nick: &str| words(nick, "7", "no").replace("stanza-id", "nothing");
    world.deliver(0, &nameless("Eve"));
    world.deliver(0, &nameless("Bob"));
    world.flow();
    assert_eq!(world.clients[0].bodies(HUT), ["ok", "ok", "no", "no"]);
}

#[test]
fn lists_that_are_refused_are_not_those_of_last_time() {
    let (mut world, mut hut) = inside(Hut::new());
    hut.refuses = vec![("list", "forbidden")];
    room(&mut world, RoomCommand::Members);
    hut.serve(&mut world);
    world.command(0, send(HUT, "for whom?"));
    hut.serve(&mut world);
    let (state, why) = world.clients[0].last(HUT);
    assert_eq!(state, MessageState::Failed);
    assert!(why.contains("who its members are"), "{why}");
}

/// Statements for ten members more whom the room shows by their presence.
fn cost(world: &mut World, from: usize) -> u64 {
    let before = statements();
    for number in from..from + 10 {
        let who = format!("m{number}@mired.test");
        world.deliver(0, &occupant(&format!("m{number}"), Some(&who), ""));
        world.flow();
    }
    statements() - before
}

#[test]
fn each_member_more_costs_what_the_first_did() {
    let (mut world, _) = inside(Hut::new());
    let first = cost(&mut world, 0);
    for tens in 1..9 {
        cost(&mut world, 10 * tens);
    }
    let last = cost(&mut world, 90);
    assert!(last <= first + first / 4, "{first} statements, then {last}");
}

fn is_suspect(world: &mut World) -> bool {
    world.clients[0].read(|tx, account| {
        let peer = Peer::new(account, BareJid::new(HUT).unwrap());
        let chat = chats::by_peer(tx, &peer).unwrap().unwrap();
        rooms::get(tx, chat.id).unwrap().unwrap().suspect
    })
}

fn reads_lists(world: &mut World, hut: &mut Hut) {
    room(world, RoomCommand::Members);
    hut.serve(world);
}

#[test]
fn a_room_of_which_no_owner_is_left_is_another_one_until_the_person_goes_in_again() {
    let mut hut = Hut::new();
    hut.owners = vec![BOB];
    let (mut world, mut hut) = inside(hut);
    assert!(!is_suspect(&mut world));
    // Whom the room makes an owner before our eyes is one.
    let now = format!(
        "<message xmlns='jabber:client' from='{HUT}' to='{ANA}'><x xmlns='http://jabber.org/protocol/muc#user'>\
         <item affiliation='owner' jid='carol@mired.test'/></x></message>"
    );
    world.deliver(0, &now);
    hut.owners = vec!["carol@mired.test"];
    reads_lists(&mut world, &mut hut);
    assert!(!is_suspect(&mut world));
    hut.owners = vec![EVE];
    reads_lists(&mut world, &mut hut);
    assert!(is_suspect(&mut world));
    world.command(0, send(HUT, "for whom?"));
    hut.serve(&mut world);
    assert_eq!(world.clients[0].last(HUT).0, MessageState::Failed);
    join(&mut world, None);
    hut.serve(&mut world);
    assert!(!is_suspect(&mut world), "the person looked at it");
}

/// A fault puts us out (status 333).
fn puts_out(world: &mut World) {
    let gone = occupant("ana", Some(ANA), "<status code='333'/><status code='110'/>");
    world.deliver(0, &gone.replace("<presence ", "<presence type='unavailable' "));
}

#[test]
fn a_room_that_lets_in_and_puts_out_is_entered_later_and_later() {
    let (mut world, mut hut) = inside(Hut::new());
    let end = world.now + SECOND * 3600;
    let mut entered = 0;
    while world.now < end {
        puts_out(&mut world);
        hut.serve(&mut world);
        if world.next_timer_where(|_, timer| timer == Timer::Rooms).is_none() {
            break;
        }
        let came = hut.serve(&mut world);
        entered += came.iter().filter(|stanza| stanza.name() == "presence").count();
    }
    assert!((3..20).contains(&entered), "entered {entered} times in an hour");
}
