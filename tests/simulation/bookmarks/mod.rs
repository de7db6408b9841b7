//! The list of rooms that a server keeps for all devices, in each of its three forms: what another device
//! does is done here, what is done here is told, and nobody takes all rooms away at once.

mod kept;
mod odd;
mod taken;

use minidom::Element;

use susurro::api::{Event, RoomStanding, RoomState, State};
use susurro::model::{BareJid, ChatKind, Notice, RoomsNotice};
use susurro::store::bookmarks::Bookmarked;
use susurro::store::rooms::{self, Room};

use crate::client::chat;
use crate::server::{Lists, Manners, text, xml};
use crate::world::{ANA, World};

const ITEMS: &str = "urn:xmpp:bookmarks:1";
const ONE_ITEM: &str = "storage:bookmarks";
const TEAM: &str = "team@muc.mired.test";
const CHOIR: &str = "choir@muc.mired.test";
const EXTENSIONS: &str = "<extensions><mine xmlns='urn:other'>kept</mine></extensions>";

/// Ana's devices at a server with this kind of lists.
fn online(seed: u64, lists: Lists, devices: usize) -> World {
    let mut world = World::new(seed, &[ANA, ANA][..devices]);
    world.server.options.lists = lists;
    if lists == Lists::Conversion {
        world.server.options.manners = Manners::Ejabberd;
    }
    world.connect_all();
    world.settle();
    world
}

fn conference(autojoin: bool, inside: &str) -> Element {
    xml(&format!(
        "<conference xmlns='{ITEMS}' autojoin='{autojoin}' name='Name'><nick>ana</nick>{inside}</conference>"
    ))
}

fn storage(rooms: &[(&str, bool)]) -> Element {
    let rooms: String = rooms
        .iter()
        .map(|(room, autojoin)| format!("<conference jid='{room}' autojoin='{autojoin}' name='Name'/>"))
        .collect();
    xml(&format!(
        "<storage xmlns='{ONE_ITEM}'><url name='Home' url='https://mired.test'/>{rooms}</storage>"
    ))
}

/// Another program of Ana's writes the list, as it is written there.
fn write(world: &mut World, rooms: &[(&str, bool)]) {
    match world.server.options.lists {
        Lists::Compat => {
            for (room, autojoin) in rooms {
                let item = conference(*autojoin, EXTENSIONS);
                world.server.put_item(ANA, ITEMS, room, item);
            }
        }
        _ => world.server.put(ANA, ONE_ITEM, storage(rooms)),
    }
    world.settle();
}

fn room(world: &mut World, at: usize, address: &str) -> Option<Room> {
    world.clients[at].read(|tx, _| {
        let found = susurro::store::chats::by_peer(tx, &chat(address)).unwrap()?;
        assert_eq!(found.kind, ChatKind::Room);
        rooms::get(tx, found.id).unwrap()
    })
}

fn autojoin(world: &mut World, at: usize, address: &str) -> Option<bool> {
    room(world, at, address).map(|room| room.autojoin)
}

/// What stands on the list about a room, in the form of XEP-0402.
fn listed(world: &mut World, address: &str) -> Option<String> {
    if world.server.options.lists == Lists::Compat {
        return world.server.node(ANA, ITEMS)?.named(address).map(text);
    }
    let storage = world.server.node(ANA, ONE_ITEM)?.item()?.clone();
    let found = storage
        .children()
        .find(|child| child.attr("jid") == Some(address))?;
    Some(text(found))
}

/// A room that the person has here, of which our server is to be told.
fn keep(world: &mut World, at: usize, address: &str, change: impl FnOnce(&mut Room)) {
    world.clients[at].read(|_, _| ());
    let tx = world.clients[at].writer.transaction().unwrap();
    let mut room = rooms::open(&tx, &chat(address), "ana").unwrap().unwrap();
    room.bookmarked = Bookmarked::Due;
    change(&mut room);
    rooms::set_bookmark(&tx, &room).unwrap();
    tx.commit().unwrap();
}

/// How often the device went into the room, or tried to.
fn went_in(world: &World, at: usize, address: &str) -> usize {
    let asks = |said: &&String| {
        said.starts_with("C: <iq") && said.contains("disco#info") && said.contains(&format!("to='{address}'"))
    };
    world.clients[at].trace.iter().filter(asks).count()
}

fn went_out(world: &World, at: usize, address: &str) -> bool {
    let address: BareJid = address.parse().unwrap();
    let newest = world.clients[at]
        .events
        .iter()
        .rev()
        .find_map(|event| match event {
            Event::State(State::Room {
                room,
                state: RoomState::Standing(standing),
            }) if room.address == address => Some(standing),
            _ => None,
        });
    matches!(newest, Some(RoomStanding::Out { why: None }))
}

/// How often the device wrote on the list.
fn writes(world: &World, at: usize) -> usize {
    let is_write = |said: &&String| {
        let of_list = said.contains(ITEMS) || said.contains(ONE_ITEM);
        said.starts_with("C: ") && of_list && said.contains("type='set'")
    };
    world.clients[at].trace.iter().filter(is_write).count()
}

fn notices(world: &World, at: usize) -> Vec<RoomsNotice> {
    let notices = world.clients[at].events.iter().filter_map(|event| match event {
        Event::Notice(Notice::Rooms(notice)) => Some(notice.clone()),
        _ => None,
    });
    // The servers here have no rooms.
    notices
        .filter(|notice| !matches!(notice, RoomsNotice::NotJoined(_)))
        .collect()
}
