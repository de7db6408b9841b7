//! The laws, under random schedules.

use crate::world::{ANA, BOB, CAROL, Mishap, World};

use susurro::model::{Direction, MessageState};
use susurro::protocol::Timer;

/// Says which seed broke the law.
pub struct Seed(pub u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed was {}", self.0);
        }
    }
}

pub fn seeds(usual: u64) -> std::ops::Range<u64> {
    let first = std::env::var("SIMULATION_FROM").map_or(0, |text| text.parse().unwrap());
    let count = std::env::var("SIMULATION_SEEDS").map_or(usual, |text| text.parse().unwrap());
    first..first + count
}

const PEOPLE: [&str; 3] = [ANA, BOB, CAROL];

/// What was sent: from, to, body.
type Sent = Vec<(usize, usize, String)>;

fn send_one(world: &mut World, sent: &mut Sent) {
    let from = world.below(3);
    let to = (from + 1 + world.below(2)) % 3;
    let body = format!("secret-{}-end", world.observer.secrets.len());
    world.observer.secrets.push(body.clone());
    world.send(from, PEOPLE[to], &body);
    // A process that dies before the commit has taken nothing on.
    if world.clients[from].bodies(PEOPLE[to]).contains(&body) {
        sent.push((from, to, body));
    }
}

fn happen(world: &mut World, sent: &mut Sent) {
    let who = world.below(3);
    match world.below(100) {
        0..25 => send_one(world, sent),
        25..30 => world.cut(who),
        30..34 => world.crash(who),
        34..38 => world.mishap = Some((who, Mishap::Crash(world.below(8)))),
        38..42 => world.mishap = Some((who, Mishap::Cut(world.below(8)))),
        42..44 => world.mishap = Some((who, Mishap::BeforeCommit)),
        44..45 => world.server.restart(),
        45..55 => world.connect(who),
        55..58 => {
            // The network is never so slow that a request times out on a stream that stands.
            world.next_timer_where(|client, timer| match timer {
                Timer::Iq(_) | Timer::Ack => client.conn.is_none(),
                Timer::Publish
                | Timer::Completions
                | Timer::Notices
                | Timer::Reading
                | Timer::Progress
                | Timer::Entry(_)
                | Timer::Rooms
                | Timer::Bookmarks
                | Timer::Held
                | Timer::Archive => true,
                Timer::Silence => false,
            });
        }
        58..60 => world.server.ask_all(),
        60..62 => replay(world),
        62..63 => world.quit(who),
        _ => {
            for _ in 0..=world.below(12) {
                world.step();
            }
        }
    }
}

/// The server delivers a stanza a second time.
pub fn replay(world: &mut World) {
    let messages: Vec<usize> = (0..world.server.log.len())
        .filter(|place| world.server.log[*place].1.name() == "message")
        .collect();
    if messages.is_empty() {
        return;
    }
    let chosen = messages[world.below(messages.len())];
    let (from, mut stanza) = world.server.log[chosen].clone();
    let Some(to) = stanza
        .attr("to")
        .map(|to| to.split('/').next().unwrap().to_owned())
    else {
        return;
    };
    stanza.set_attr(
        minidom::rxml::Namespace::NONE,
        "from".try_into().unwrap(),
        format!("{from}/replayed"),
    );
    world.server.inject(&to, &stanza);
}

pub fn calm_down(world: &mut World) {
    world.mishap = None;
    for _ in 0..3 {
        world.connect_all();
        world.settle();
        world.server.ask_all();
        world.settle();
    }
}

fn check(world: &mut World, sent: &Sent) {
    for (from, to, body) in sent {
        let out: Vec<_> = world.clients[*from].history(PEOPLE[*to]);
        let rows: Vec<_> = out
            .iter()
            .filter(|row| row.body.as_ref().is_some_and(|b| b.as_str() == body))
            .collect();
        assert_eq!(rows.len(), 1, "{body} stands {} times at its sender", rows.len());
        assert!(
            matches!(rows[0].state, MessageState::Sent | MessageState::Delivered),
            "{body} ended as {:?} {:?}",
            rows[0].state,
            rows[0].failure
        );
        let count = world.clients[*to]
            .bodies(PEOPLE[*from])
            .iter()
            .filter(|b| *b == body)
            .count();
        assert_eq!(count, 1, "{body} arrived {count} times");
    }
    for (at, peer) in [(0, BOB), (0, CAROL), (1, ANA), (1, CAROL), (2, ANA), (2, BOB)] {
        let bodies = world.clients[at].bodies(peer);
        let unread: Vec<_> = bodies.iter().filter(|body| body.starts_with('!')).collect();
        assert!(
            unread.is_empty(),
            "client {at} has unreadable rows with {peer}: {unread:?}"
        );
        assert_eq!(
            world.clients[at].outbox(),
            0,
            "client {at} still has something to send"
        );
    }
    for ((from, to), ids) in &world.observer.order {
        let at = PEOPLE.iter().position(|jid| jid == from).unwrap();
        let rows = world.clients[at].history(to);
        let written: Vec<_> = rows
            .into_iter()
            .filter(|row| row.direction() == Direction::Out)
            .map(|row| row.stanza_id)
            .collect();
        assert_eq!(*ids, written, "{from} to {to}: not in order");
    }
    for ((from, to), count) in &world.observer.empties {
        let back = world.observer.empties.get(&(*to, *from)).unwrap_or(&0);
        assert!(count + back <= 8, "{count} empty messages from {from} to {to}");
    }
}

#[test]
fn every_message_arrives_once_and_readable_whatever_breaks_between() {
    for seed in seeds(120) {
        let _seed = Seed(seed);
        // They speak OMEMO 2 to each other where their servers let them.
        let mut world = match seed % 3 {
            0 => World::legacy(seed, &PEOPLE),
            _ => World::online(seed, &PEOPLE),
        };
        // Read alone, or as much together as is there.
        world.together = [1, 6, 40][seed as usize % 7 % 3];
        let mut sent = Sent::new();
        for _ in 0..120 {
            happen(&mut world, &mut sent);
        }
        calm_down(&mut world);
        check(&mut world, &sent);
    }
}
