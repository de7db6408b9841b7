//! The archive (XEP-0313) and copies (XEP-0280), at servers of three manners: what was missed is here
//! once, in order, on each device; what is older counts as read; what was deleted stays so; holes are
//! told.

mod away;
mod back;
mod back_laws;
mod changes;
mod clocks;
pub mod devices;
mod failing;
mod holes;
mod mute;
mod older;

use std::time::Duration;

use crate::client::chat;
use crate::laws::{Seed, seeds};
use crate::server::{Manners, xml};
use crate::world::{ANA, BOB, World};

use susurro::api::{Command, Remembered};
use susurro::model::{ChatEventKind, Direction, Trust};
use susurro::store::{Reads, chats, messages};

/// Those that keep what has no body, as messages in OMEMO 2.
pub const KEEPING: [Manners; 2] = [Manners::Prosody, Manners::Ejabberd];
const ALL: [Manners; 3] = [Manners::Prosody, Manners::Ejabberd, Manners::Openfire];

/// Nobody is online yet, and everybody reads ninety days of what the server keeps.
pub fn world(seed: u64, manners: Manners, people: &[&str]) -> World {
    let mut world = World::new(seed, people);
    world.server.options.manners = manners;
    world.server.options.archive = true;
    world.server.options.carbons = true;
    for client in &mut world.clients {
        client.archive = Some(90);
    }
    world
}

pub fn online(seed: u64, manners: Manners, people: &[&str]) -> World {
    let mut world = world(seed, manners, people);
    for client in 0..people.len() {
        world.connect(client);
        world.settle();
    }
    world
}

/// The person says on each of both devices that the other one is theirs.
pub fn verify_each_other(world: &mut World, one: usize, other: usize) {
    for (at, whose) in [(one, other), (other, one)] {
        let fingerprint = world.clients[whose].identity().fingerprint();
        let jid = world.clients[at].jid.clone();
        let trust = Trust::Verified;
        world.command(
            at,
            Command::SetTrust {
                jid,
                fingerprint,
                trust,
            },
        );
        world.settle();
    }
}

pub fn later(world: &mut World, seconds: u64) {
    world.pass(Duration::from_secs(seconds));
}

pub fn unread(world: &mut World, at: usize, peer: &str) -> u64 {
    world.clients[at].read(|tx, account| {
        let all = chats::overview(tx, account).unwrap();
        all.into_iter()
            .find(|chat| chat.chat.peer.address.as_str() == peer)
            .map_or(0, |chat| chat.unread)
    })
}

/// Lines of the history that nobody wrote.
fn events(world: &mut World, at: usize, peer: &str) -> Vec<ChatEventKind> {
    let events = world.clients[at].events(peer);
    events.into_iter().map(|(kind, _)| kind).collect()
}

pub fn in_clear(world: &mut World, at: usize, to: &str) {
    let chat = chat(to);
    world.command(at, Command::SetEncryption { chat, on: false });
}

/// A message in clear of somebody elsewhere, through the server.
pub fn from_elsewhere(world: &mut World, from: &str, id: &str, body: &str) {
    let message = format!(
        "<message xmlns='jabber:client' type='chat' to='{ANA}' id='{id}'><body>{body}</body>\
         <request xmlns='urn:xmpp:receipts'/></message>"
    );
    world.server.relay(&format!("{from}/x"), xml(&message));
}

fn receipts_of(world: &World, from: &str) -> usize {
    let is_receipt = |message: &minidom::Element| message.has_child("received", "urn:xmpp:receipts");
    let sent = world.server.log.iter();
    sent.filter(|(sender, message)| sender == from && is_receipt(message))
        .count()
}

pub fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("message {number}")).collect()
}

/// As if nothing had been read of the archive.
pub fn forget_ranges(world: &mut World, at: usize) {
    let tx = world.clients[at].writer.transaction().unwrap();
    tx.conn().execute("DELETE FROM archive_ranges", []).unwrap();
    tx.commit().unwrap();
}
