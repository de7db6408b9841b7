//! What the line above the composer promises is what sealing does, whatever devices there are: listed or
//! not, in either dialect, with and without keys on the server, sessions and decisions.

use std::collections::BTreeSet;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use susurro::api::{Command, RoomCommand};
use susurro::model::{AddressedDevice, Audience, BareJid, Fate, MessageId, MessageState, Peer, Trust};
use susurro::omemo::{DeviceId, Dialect};
use susurro::store::{Transaction, chats, messages, omemo as stored, sealed};

use crate::dialects::{BOTH, LEGACY, OMEMO2, tell};
use crate::laws::{Seed, seeds};
use crate::robot::Robot;
use crate::server::Room;
use crate::wire;
use crate::world::{ANA, BOB, CAROL, World};

/// A device in a dialect.
type Address = (String, u32, Dialect);

struct Scene {
    world: World,
    /// The chat that Ana writes into.
    to: &'static str,
    robots: Vec<Robot>,
    /// Whose bundles are on the server.
    published: BTreeSet<Address>,
    rng: ChaCha20Rng,
}

/// What came of all scenes, so that none of it goes untried.
#[derive(Debug, Default)]
struct Tried {
    written: usize,
    left_out: usize,
    unavailable: usize,
    fell_back: usize,
    unlisted: usize,
    ours: usize,
    failed: usize,
}

const ROOM: &str = "team@muc.mired.test";
const DAN: &str = "dan@mired.test";

fn one_of<T: Copy>(rng: &mut ChaCha20Rng, of: &[T]) -> T {
    of[rng.next_u32() as usize % of.len()]
}

impl Scene {
    fn new(seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (bobs, ours) = (1 + rng.next_u32() % 5, rng.next_u32() % 3);
        let devices = [(BOB, 11, bobs), (ANA, 41, ours)];
        let mut scene = Self::with(seed, BOB, rng, &devices);
        scene.world.connect(0);
        scene.world.settle();
        scene
    }

    /// A room of these four, Carol not a contact of Ana's.
    fn in_room(seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut some = |most| rng.next_u32() % most;
        let devices = [
            (BOB, 11, some(4)),
            (CAROL, 21, some(3)),
            (DAN, 31, some(3)),
            (ANA, 41, some(3)),
        ];
        let mut scene = Self::with(seed, ROOM, rng, &devices);
        let room = Room::private(ANA, &[BOB, CAROL, DAN, "mired.test", "nobody@mired.test"]);
        scene.world.server.rooms.insert(ROOM.to_owned(), room);
        scene.world.connect(0);
        scene.world.settle();
        let room = Peer::new(scene.world.clients[0].account, BareJid::new(ROOM).unwrap());
        let what = RoomCommand::Join {
            nick: None,
            password: None,
        };
        scene.world.command(0, Command::Room { room, what });
        scene.world.settle();
        scene
    }

    fn with(seed: u64, to: &'static str, mut rng: ChaCha20Rng, devices: &[(&str, u32, u32)]) -> Self {
        let mut world = World::new(seed, &[ANA]);
        for (jid, ..) in devices.iter().filter(|(jid, ..)| *jid != ANA) {
            world.server.add_account(jid);
        }
        world.server.befriend(ANA, BOB);
        let (mut robots, mut published) = (Vec::new(), BTreeSet::new());
        for (jid, first, count) in devices.iter().copied() {
            for id in first..first + count {
                let mut robot = Robot::new(jid, id, seed * 100 + u64::from(id));
                for dialect in one_of(&mut rng, &[&[][..], LEGACY, OMEMO2, BOTH, BOTH]) {
                    let mut ids = world.server.list_in(*dialect, jid);
                    ids.push(id);
                    world.server.put_list_in(*dialect, jid, &ids);
                    if !rng.next_u32().is_multiple_of(4) {
                        robot.publish_in(*dialect, &mut world);
                        published.insert((jid.to_owned(), id, *dialect));
                    }
                }
                robots.push(robot);
            }
        }
        Self {
            world,
            to,
            robots,
            published,
            rng,
        }
    }

    /// Somebody becomes a member of the room, or is none any more.
    fn change_members(&mut self) {
        let who = one_of(&mut self.rng, &[BOB, CAROL, DAN]);
        let stands = one_of(&mut self.rng, &["owner", "member", "member", "none", "outcast"]);
        self.world.server.set_affiliation(ROOM, who, stands);
        self.world.settle();
    }

    /// Something happens to one of the devices.
    fn happen(&mut self, number: usize) {
        if self.to == ROOM && (self.robots.is_empty() || self.rng.next_u32().is_multiple_of(3)) {
            return self.change_members();
        }
        let at = self.rng.next_u32() as usize % self.robots.len();
        let robot = &mut self.robots[at];
        let jid = BareJid::new(&robot.jid).unwrap();
        match self.rng.next_u32() % 5 {
            0 | 1 if robot.jid != ANA => {
                let dialect = one_of(&mut self.rng, BOTH);
                tell(&mut self.world, robot, dialect, &format!("r{number}"), "hello");
            }
            2 => {
                let dialect = one_of(&mut self.rng, BOTH);
                let mut ids = self.world.server.list_in(dialect, &robot.jid);
                ids.retain(|id| *id != robot.own.id.get());
                self.world.server.put_list_in(dialect, &robot.jid, &ids);
            }
            _ => {
                let trusts = [Trust::Undecided, Trust::Blind, Trust::Verified, Trust::Distrusted];
                let trust = one_of(&mut self.rng, &trusts);
                let key = robot.own.identity.public();
                let now = self.world.now;
                let client = &mut self.world.clients[0];
                let account = client.account;
                let tx = client.writer.transaction().unwrap();
                stored::set_trust(&tx, account, &jid, &key, trust, now).unwrap();
                tx.commit().unwrap();
            }
        }
        self.world.settle();
    }

    fn read<T>(&mut self, look: impl FnOnce(&Transaction<'_>, susurro::model::AccountId) -> T) -> T {
        self.world.clients[0].read(look)
    }

    fn sessions(&mut self) -> BTreeSet<Address> {
        let all: Vec<(String, DeviceId)> = self
            .robots
            .iter()
            .map(|robot| (robot.jid.clone(), robot.own.id))
            .collect();
        self.read(|tx, account| {
            let stands = |(jid, id): &(String, DeviceId), dialect| {
                let jid = BareJid::new(jid).unwrap();
                stored::has_session(tx, account, &jid, dialect, *id).unwrap()
            };
            all.iter()
                .flat_map(|device| BOTH.iter().map(move |dialect| (device, *dialect)))
                .filter(|(device, dialect)| stands(device, *dialect))
                .map(|((jid, id), dialect)| (jid.clone(), id.get(), dialect))
                .collect()
        })
    }

    /// What the line is made of.
    fn line(&mut self) -> Audience {
        let to = BareJid::new(self.to).unwrap();
        self.read(|tx, account| {
            let chat = chats::by_peer(tx, &Peer::new(account, to)).unwrap().unwrap();
            stored::audience_of(tx, &chat).unwrap()
        })
    }

    /// Ana writes; the message, how far it came, and for whom it was sealed.
    fn write(&mut self, body: &str) -> (MessageId, MessageState, BTreeSet<Address>) {
        let before = self.world.server.log.len();
        self.world.send(0, self.to, body);
        self.world.settle();
        let bob = BareJid::new(self.to).unwrap();
        let (id, state, sealed) = self.read(|tx, account| {
            let chat = chats::by_peer(tx, &Peer::new(account, bob.clone()))
                .unwrap()
                .unwrap();
            let last = messages::history(tx, chat.id, None, 1).unwrap().pop().unwrap();
            (last.id, last.state, sealed::of(tx, last.id).unwrap())
        });
        let sealed = sealed
            .iter()
            .map(|device| (device.jid.to_string(), device.device.get(), device.dialect));
        let sealed: BTreeSet<Address> = sealed.collect();
        let mut wired: Vec<(u32, Dialect)> = self.world.server.log[before..]
            .iter()
            .filter_map(|(_, stanza)| wire::read(stanza))
            .filter(|seen| seen.payload)
            .flat_map(|seen| seen.keys)
            .map(|key| (key.rid, key.dialect))
            .collect();
        wired.sort_unstable();
        let mut noted: Vec<(u32, Dialect)> = sealed.iter().map(|(_, id, dialect)| (*id, *dialect)).collect();
        noted.sort_unstable();
        assert_eq!(wired, noted, "what is noted is what left");
        (id, state, sealed)
    }
}

/// Each device of the line, and what became of it.
fn check(
    line: &Audience,
    state: MessageState,
    sealed: &BTreeSet<Address>,
    reachable: impl Fn(&Address) -> bool,
    tried: &mut Tried,
) {
    let address =
        |jid: &BareJid, device: &AddressedDevice, dialect| (jid.to_string(), device.id.get(), dialect);
    let mut accounted = BTreeSet::new();
    for person in &line.people {
        for device in &person.devices {
            let its = address(&person.jid, device, device.dialect);
            let legacy = address(&person.jid, device, Dialect::Legacy);
            let can = reachable(&its);
            if state == MessageState::Failed {
                assert!(
                    person.ours || !device.is_written() || !can,
                    "{device:?} could be written to"
                );
                continue;
            }
            match device.fate {
                Fate::Written if can => {
                    assert!(sealed.contains(&its), "{device:?} was promised");
                    tried.written += 1;
                    tried.unlisted += usize::from(!device.listed);
                    tried.ours += usize::from(person.ours);
                    accounted.insert(its);
                }
                // The server did not give what the line could not know to be missing.
                Fate::Written | Fate::LookedUp => {
                    assert!(!sealed.contains(&its) || its == legacy, "{device:?}");
                    tried.unavailable += 1;
                    if device.dialect == Dialect::Omemo2 && sealed.contains(&legacy) {
                        assert!(reachable(&legacy));
                        tried.fell_back += 1;
                        accounted.insert(legacy);
                    }
                }
                Fate::LeftOut(_) => tried.left_out += 1,
                Fate::Unavailable => panic!("who only reads cannot know that"),
            }
        }
    }
    assert!(
        sealed.is_subset(&accounted),
        "somebody reads it who was not promised: {sealed:?}, {line:?}"
    );
    tried.failed += usize::from(state == MessageState::Failed);
}

#[test]
fn what_the_line_promises_is_what_sealing_does() {
    try_all(200, Scene::new);
}

#[test]
fn so_it_is_in_a_room_whoever_comes_and_goes() {
    try_all(90, Scene::in_room);
}

fn try_all(most: u64, scene: impl Fn(u64) -> Scene) {
    let mut tried = Tried::default();
    for seed in seeds(most) {
        let _seed = Seed(seed);
        let mut scene = scene(seed);
        for round in 0..4 {
            for number in 0..scene.rng.next_u32() % 4 {
                scene.happen(round * 10 + number as usize);
            }
            let sessions = scene.sessions();
            let (_, state, sealed) = scene.write(&format!("round {round}"));
            // As the line is once every answer is in: those are stored before anything is sealed.
            let line = scene.line();
            let published = scene.published.clone();
            let reachable = |its: &Address| sessions.contains(its) || published.contains(its);
            check(&line, state, &sealed, reachable, &mut tried);
            for (jid, ..) in sealed.iter().filter(|(jid, ..)| scene.to == ROOM && jid != ANA) {
                let stands = scene.world.server.rooms[ROOM].affiliations[jid];
                assert!(matches!(stands, "owner" | "member"), "{jid} is {stands}");
            }
        }
    }
    let Tried {
        written,
        left_out,
        unavailable,
        fell_back,
        unlisted,
        ours,
        failed,
    } = tried;
    let all = [written, left_out, unavailable, fell_back, unlisted, ours, failed];
    if std::env::var_os("SIMULATION_SEEDS").is_none() {
        assert!(
            all.iter().all(|count| *count >= 3),
            "something was not tried: {all:?}"
        );
    }
}
