//! The rooms of a person on two devices and in a program that we did not write: what one joins, all
//! are in, after every start; what one leaves, all have left; and nobody takes all of them away at once.

use serde_json::{Value, json};

use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::prosody::Prosody;
use crate::support::susurro::{Listener, Susurro};
use crate::support::{Address, wait_for};

const ANA: &str = "ana@mired.test";
const ITEMS: &str = "urn:xmpp:bookmarks:1";
const ONE_ITEM: &str = "storage:bookmarks";

/// Ana's two devices, another program of hers, and two rooms that anybody may enter, in which Carol sees who
/// is there.
struct Ground {
    phone: Susurro,
    desk: Susurro,
    other: Peer,
    carol: Peer,
    rooms: [String; 2],
    /// Where the list lies.
    node: &'static str,
}

impl Ground {
    fn new(address: &Address, node: &'static str) -> Self {
        let bob = Susurro::with_account(address, "bob");
        let rooms = ["team", "choir"].map(|name| {
            let room = format!("{name}@rooms.mired.test");
            bob.run(&["room", "create", &room, "--public"]).expect(0);
            room
        });
        let mut carol = Peer::login(address, "carol");
        for room in &rooms {
            carol.call(json!({"do": "enter", "room": room, "nick": "carol"}));
        }
        Self {
            phone: Susurro::with_account(address, "ana"),
            desk: Susurro::with_account(address, "ana"),
            other: Peer::login(address, "ana"),
            carol,
            rooms,
            node,
        }
    }

    /// Looked at, and nothing is done for it: a command in place of this would log in each time.
    fn is_in(&mut self, room: &str) -> bool {
        let there = self.carol.call(json!({"do": "there", "room": room}));
        there
            .as_array()
            .is_some_and(|nicks| nicks.contains(&"ana".into()))
    }

    fn until_in(&mut self, room: &str, wanted: bool) {
        wait_for(&format!("Ana in {room}: {wanted}"), || {
            (self.is_in(room) == wanted).then_some(())
        });
    }

    /// What the server has about a room.
    fn listed(&mut self, room: &str) -> Option<String> {
        let command = json!({"do": "items", "of": ANA, "node": self.node});
        let items = self.other.try_call(command).unwrap_or(Value::Null);
        let all = match self.node {
            ITEMS => items[room].as_str()?.to_owned(),
            _ => items["current"].as_str()?.to_owned(),
        };
        // Where each has an item, that is its name.
        (self.node == ITEMS || all.contains(room)).then_some(all)
    }

    fn join(&self, room: &str) {
        self.phone.run(&["room", "join", room]).expect(0);
    }

    fn leave(&self, room: &str) {
        self.phone.run(&["room", "leave", room]).expect(0);
    }
}

fn storage(rooms: &[(&str, bool)]) -> String {
    let rooms: String = rooms
        .iter()
        .map(|(room, autojoin)| {
            format!(
                "<conference jid='{room}' autojoin='{autojoin}' name='Ours'><nick>ana</nick></conference>"
            )
        })
        .collect();
    format!("<storage xmlns='{ONE_ITEM}'>{rooms}</storage>")
}

/// What one device joins, the other is in, at once and after every start.
fn devices_agree(ground: &mut Ground) -> Listener {
    let [team, choir] = ground.rooms.clone();
    let desk = ground.desk.listen();
    desk.wait_online(1);
    ground.join(&team);
    let written = ground
        .listed(&team)
        .expect("the list is written when the command ends");
    assert!(written.contains("true"), "{written}");
    ground.until_in(&team, true);
    desk.interrupt();
    ground.until_in(&team, false);
    let desk = ground.desk.listen();
    ground.until_in(&team, true);
    ground.leave(&team);
    assert_eq!(ground.listed(&team), None);
    ground.until_in(&team, false);
    assert!(!ground.is_in(&choir));
    let configuration = ground.other.configuration(ground.node);
    assert_eq!(configuration["access_model"], "whitelist");
    desk
}

/// A careless program takes the whole list away; the server tells of it at once, or not before the next login.
fn an_emptied_list_asks(ground: &mut Ground, mut desk: Listener, is_told: bool) {
    let rooms = ground.rooms.clone();
    for room in &rooms {
        ground.join(room);
        ground.until_in(room, true);
    }
    ground.other.delete_node(ground.node);
    if !is_told {
        desk.interrupt();
        desk = ground.desk.listen();
    }
    wait_for("the warning", || {
        desk.errors().contains("emptied the list of rooms").then_some(())
    });
    for room in &rooms {
        ground.until_in(room, true);
    }
    // By the person's word one is on it again.
    ground.join(&rooms[0]);
    assert!(ground.listed(&rooms[0]).is_some());
    desk.interrupt();
}

#[test]
fn rooms_are_on_all_devices_on_prosody() {
    let server = Prosody::start();
    let mut ground = Ground::new(&server.address(), ITEMS);
    let desk = devices_agree(&mut ground);
    let [team, choir] = ground.rooms.clone();
    // In the older form, which Prosody makes the newer one of.
    for (autojoin, others) in [(true, false), (false, true)] {
        let all = storage(&[(&team, autojoin), (&choir, others)]);
        ground.other.publish(ONE_ITEM, "current", &all);
        ground.until_in(&team, autojoin);
        ground.until_in(&choir, others);
    }
    // In the newer one, with what we do not know.
    let beside = format!(
        "<conference xmlns='{ITEMS}' autojoin='1' name='Ours'><nick>ana</nick><extensions><mine xmlns='urn:other'/>\
         </extensions></conference>"
    );
    ground.other.publish(ITEMS, &team, &beside);
    ground.until_in(&team, true);
    ground.phone.run(&["listen", "--timeout", "3"]).expect(0);
    ground.leave(&team);
    ground.until_in(&team, false);
    let kept = ground.listed(&team).unwrap();
    assert!(kept.contains("urn:other") && kept.contains("false"), "{kept}");
    ground.other.retract(ITEMS, &choir);
    ground.until_in(&choir, false);
    an_emptied_list_asks(&mut ground, desk, true);
}

#[test]
fn rooms_are_on_all_devices_on_ejabberd() {
    let server = Ejabberd::start();
    let mut ground = Ground::new(&server.address(), ONE_ITEM);
    let desk = devices_agree(&mut ground);
    let [team, choir] = ground.rooms.clone();
    // In the oldest form, which ejabberd makes the node of.
    for (autojoin, others) in [(true, false), (false, true)] {
        let all = storage(&[(&team, autojoin), (&choir, others)]);
        ground.other.send_xml(&format!(
            "<iq xmlns='jabber:client' type='set' id='private'><query xmlns='jabber:iq:private'>{all}</query></iq>"
        ));
        ground.until_in(&team, autojoin);
        ground.until_in(&choir, others);
    }
    // Who is there for a moment knows of the rooms that it heard of.
    ground.phone.run(&["listen", "--timeout", "3"]).expect(0);
    ground.leave(&choir);
    ground.until_in(&choir, false);
    an_emptied_list_asks(&mut ground, desk, false);
}
