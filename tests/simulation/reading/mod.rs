//! How far was read: on one device and so on the other (XEP-0490), and as contacts are told (XEP-0333).

mod devices;
mod markers;
mod node;

use minidom::Element;

use susurro::api::{Command, Remembered};
use susurro::store::{chats, messages};

use crate::archive::{KEEPING, in_clear, later, online, unread, verify_each_other};
use crate::client::chat;
use crate::server::{Access, Manners, xml};
use crate::world::{ANA, BOB, EVE, World};

const NODE: &str = "urn:xmpp:mds:displayed:0";
const MARKERS: &str = "urn:xmpp:chat-markers:0";

/// The person looks at a chat on this device, down to its end.
fn read_all(world: &mut World, at: usize, peer: &str) {
    let newest = world.clients[at].read(|tx, _| {
        let chat = chats::by_peer(tx, &chat(peer)).unwrap()?;
        let newest = messages::history(tx, chat.id, None, 1).unwrap();
        newest.first().map(|row| row.position)
    });
    if let Some(newest) = newest {
        let what = Remembered::Read(newest);
        world.command(
            at,
            Command::Remember {
                chat: chat(peer),
                what,
            },
        );
    }
}

/// Two devices of Ana, and Bob, who wrote this to her.
fn written(seed: u64, manners: Manners, bodies: &[&str]) -> World {
    let mut world = online(seed, manners, &[ANA, BOB, ANA]);
    world.settle();
    verify_each_other(&mut world, 0, 2);
    write(&mut world, bodies);
    world
}

fn write(world: &mut World, bodies: &[&str]) {
    for body in bodies {
        later(world, 2);
        world.send(1, ANA, body);
        world.settle();
    }
}

/// The ids that Ana's archive has of what Bob wrote, the newest last.
fn archived(world: &World) -> Vec<String> {
    let entries = world.server.accounts[ANA].archive.entries.iter();
    let of_bob = entries.filter(|entry| {
        let from = entry.message.attr("from").unwrap_or_default();
        from.starts_with(BOB) && entry.message.attr("id").is_some()
    });
    of_bob.map(|entry| entry.id.clone()).collect()
}

/// What stands on Ana's node about the chat with somebody.
fn told(world: &mut World, peer: &str) -> Option<String> {
    let displayed = world.server.node(ANA, NODE)?.named(peer)?.clone();
    let id = displayed.get_child("stanza-id", "urn:xmpp:sid:0").unwrap();
    assert_eq!(id.attr("by"), Some(ANA));
    Some(id.attr("id").unwrap().to_owned())
}

fn displayed(by: &str, id: &str) -> Element {
    xml(&format!(
        "<displayed xmlns='{NODE}'><stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='{id}'/></displayed>"
    ))
}

/// Another client of Ana has read up to that message.
fn read_by_another(world: &mut World, peer: &str, id: &str) {
    world.server.put_item(ANA, NODE, peer, displayed(ANA, id));
    world.settle();
}

fn unread_on_both(world: &mut World) -> [u64; 2] {
    [0, 2].map(|at| unread(world, at, BOB))
}
