//! The laws among programs of different age: susurro and robots that speak one dialect or
//! both, under random schedules.

use std::collections::{BTreeMap, BTreeSet};

use susurro::model::{BareJid, MessageState};
use susurro::omemo::Dialect;
use susurro::stanza::message;

use crate::dialects::{BOTH, LEGACY, OMEMO2};
use crate::laws::{Seed, calm_down, replay, seeds};
use crate::robot::Robot;
use crate::world::{ANA, BOB, CAROL, Mishap, World};

/// Ana and Carol write with susurro; Bob has an old program and one that speaks both dialects, Dora
/// one that speaks OMEMO 2 alone.
struct Mixed {
    world: World,
    robots: Vec<(Robot, &'static [Dialect])>,
    sent: Vec<Words>,
    /// How often each robot (by its place) heard each body.
    heard: BTreeMap<(usize, String), usize>,
    number: usize,
}

/// Who wrote what to whom; a robot by its place, susurro by its client.
enum Words {
    Out {
        from: usize,
        to: &'static str,
        body: String,
    },
    In {
        from: usize,
        to: usize,
        body: String,
    },
}

const DORA: &str = "dora@mired.test";
const SUSURRO: [&str; 2] = [ANA, CAROL];

impl Mixed {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed, &SUSURRO);
        let robots: [(&str, u32, &'static [Dialect]); 3] =
            [(BOB, 71, LEGACY), (BOB, 72, BOTH), (DORA, 73, OMEMO2)];
        let robots = robots.map(|(jid, id, spoken)| {
            if !world.server.accounts.contains_key(jid) {
                world.server.add_account(jid);
                for known in SUSURRO {
                    world.server.befriend(known, jid);
                }
            }
            let mut robot = Robot::new(jid, id, seed * 100 + u64::from(id));
            robot.appear(&mut world, spoken);
            (robot, spoken)
        });
        world.connect_all();
        world.settle();
        Self {
            world,
            robots: robots.into(),
            sent: Vec::new(),
            heard: BTreeMap::new(),
            number: 0,
        }
    }

    /// The robots at addresses that somebody wrote to; in most runs all of them.
    fn written_to(&self) -> BTreeSet<usize> {
        let is_written_to = |jid: &str| {
            let to = |words: &Words| matches!(words, Words::Out { to, .. } if *to == jid);
            self.sent.iter().any(to)
        };
        let places = self.robots.iter().enumerate();
        places
            .filter(|(_, (robot, _))| is_written_to(robot.jid.as_str()))
            .map(|(place, _)| place)
            .collect()
    }

    fn body(&mut self) -> String {
        self.number += 1;
        let body = format!("secret-{}-end", self.number);
        self.world.observer.secrets.push(body.clone());
        body
    }

    fn write_to_robots(&mut self) {
        let from = self.world.below(2);
        let to = [BOB, DORA, SUSURRO[1 - from]][self.world.below(3)];
        let body = self.body();
        self.world.send(from, to, &body);
        // A process that dies before the commit has taken nothing on.
        if self.world.clients[from].bodies(to).contains(&body) {
            self.sent.push(Words::Out { from, to, body });
        }
    }

    /// A robot writes to a susurro, in one of its dialects or in both at once.
    fn write_from_robot(&mut self) {
        let (from, to) = (self.world.below(3), self.world.below(2));
        let body = self.body();
        let together = self.world.below(4) == 0;
        let first = self.world.below(2);
        let world = &mut self.world;
        let (robot, spoken) = &mut self.robots[from];
        let device = world.clients[to].device();
        let spoken: Vec<Dialect> = match (together, spoken.get(first)) {
            (true, _) | (_, None) => spoken.to_vec(),
            (false, Some(one)) => vec![*one],
        };
        let letters: Vec<_> = spoken
            .into_iter()
            .map(|dialect| {
                if !robot.records.contains_key(&(dialect, device)) {
                    robot.begin_in(dialect, world, SUSURRO[to], device);
                }
                robot.write(dialect, (SUSURRO[to], device), world.now, &body)
            })
            .collect();
        let asks = letters.iter().any(|letter| letter.dialect == Dialect::Legacy);
        let id = format!("robot-{from}-{}", self.number);
        let stanza = robot.stanza_of(SUSURRO[to], &id, &letters, asks);
        world.server.relay(&format!("{}/robot", robot.jid), stanza);
        self.sent.push(Words::In { from, to, body });
    }

    /// The robots fetch their messages, and answer as honest clients do.
    fn read(&mut self) {
        for account in [BOB, DORA] {
            let mail: Vec<_> = self
                .world
                .server
                .accounts
                .get_mut(account)
                .unwrap()
                .offline
                .drain(..)
                .collect();
            for stanza in mail {
                self.read_one(account, &stanza);
            }
        }
    }

    fn read_one(&mut self, account: &str, stanza: &minidom::Element) {
        let from: BareJid = stanza
            .attr("from")
            .unwrap()
            .split('/')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        for place in 0..self.robots.len() {
            let (robot, _) = &mut self.robots[place];
            if robot.jid != account {
                continue;
            }
            for heard in robot.hear(stanza) {
                let to = (from.as_str(), heard.sid);
                if let Some(body) = heard.body {
                    *self.heard.entry((place, body)).or_default() += 1;
                }
                let answer = match (heard.asks, heard.wants_answer) {
                    (true, _) => {
                        let content = message::receipt_content(stanza.attr("id").unwrap());
                        let plaintext = robot.envelope(from.as_str(), self.world.now, content);
                        robot.seal_in(heard.dialect, to, &plaintext)
                    }
                    (false, true) => robot.seal_empty(heard.dialect, to),
                    (false, false) => continue,
                };
                self.number += 1;
                let id = format!("answer-{place}-{}", self.number);
                let answer = robot.stanza_of(from.as_str(), &id, &[answer], false);
                self.world.server.relay(&format!("{}/robot", robot.jid), answer);
            }
        }
    }

    fn happen(&mut self) {
        let who = self.world.below(2);
        match self.world.below(100) {
            0..14 => self.write_to_robots(),
            14..28 => self.write_from_robot(),
            28..40 => self.read(),
            40..45 => self.world.cut(who),
            45..49 => self.world.crash(who),
            49..53 => self.world.mishap = Some((who, Mishap::Crash(self.world.below(8)))),
            53..57 => self.world.mishap = Some((who, Mishap::Cut(self.world.below(8)))),
            57..59 => self.world.mishap = Some((who, Mishap::BeforeCommit)),
            59..60 => self.world.server.restart(),
            60..70 => self.world.connect(who),
            70..72 => replay(&mut self.world),
            _ => {
                for _ in 0..=self.world.below(12) {
                    self.world.step();
                }
            }
        }
    }

    /// Whether two began with the same prekey of somebody: they choose at random, and whoever is the second
    /// cannot be read (XEP-0384 §bundles).
    fn chose_the_same_prekey(&mut self) -> bool {
        let mut senders: BTreeMap<(usize, String), BTreeSet<String>> = BTreeMap::new();
        for (at, client) in self.world.clients.iter_mut().enumerate() {
            let ours = format!(" rid='{}'>", client.device());
            for line in client.trace.iter().filter(|line| line.starts_with("S: <message")) {
                let from = line
                    .split("from='")
                    .nth(1)
                    .and_then(|from| from.split('/').next());
                let exchanges = line.split(" kex='true'").skip(1);
                for exchange in exchanges.filter_map(|rest| rest.strip_prefix(ours.as_str())) {
                    // The number of the prekey stands first.
                    let prekey = exchange.chars().take(4).collect();
                    let from = from.unwrap_or_default().to_owned();
                    senders.entry((at, prekey)).or_default().insert(from);
                }
            }
        }
        senders.values().any(|senders| senders.len() > 1)
    }

    fn check(&mut self) {
        for words in &self.sent {
            match words {
                Words::Out { from, to, body } => {
                    let row = self.world.clients[*from]
                        .history(to)
                        .into_iter()
                        .find(|row| row.body.as_ref().is_some_and(|found| found.as_str() == body));
                    let state = row.as_ref().map(|row| row.state);
                    assert!(
                        matches!(state, Some(MessageState::Sent | MessageState::Delivered)),
                        "{body} ended as {row:?}"
                    );
                    for (place, _) in self
                        .robots
                        .iter()
                        .enumerate()
                        .filter(|(_, (robot, _))| robot.jid == *to)
                    {
                        let times = self.heard.get(&(place, body.clone()));
                        assert_eq!(times, Some(&1), "robot {place} heard {body}");
                    }
                    if let Some(at) = SUSURRO.iter().position(|jid| jid == to) {
                        let bodies = self.world.clients[at].bodies(SUSURRO[*from]);
                        assert_eq!(bodies.iter().filter(|found| *found == body).count(), 1, "{body}");
                    }
                }
                Words::In { from, to, body } => {
                    let bodies = self.world.clients[*to].bodies(&self.robots[*from].0.jid);
                    let times = bodies.iter().filter(|found| *found == body).count();
                    assert_eq!(times, 1, "{body} from robot {from}: {bodies:?}");
                }
            }
        }
        for client in &mut self.world.clients {
            for peer in [ANA, BOB, CAROL, DORA] {
                let bodies = client.bodies(peer);
                assert!(
                    bodies.iter().all(|body| !body.starts_with('!')),
                    "{peer}: {bodies:?}"
                );
            }
            assert_eq!(client.outbox(), 0);
            let notices = client.notices();
            assert!(
                !notices.iter().any(|notice| notice.contains("(downgrade)")),
                "{notices:?}"
            );
        }
        for ((from, to), count) in &self.world.observer.empties {
            assert!(*count <= 12, "{count} empty messages from {from} to {to}");
        }
    }
}

#[test]
fn messages_to_and_from_others_in_either_dialect_arrive_once_whatever_breaks_between() {
    for seed in seeds(50) {
        let _seed = Seed(seed);
        let mut mixed = Mixed::new(seed);
        for _ in 0..120 {
            mixed.happen();
        }
        for _ in 0..3 {
            calm_down(&mut mixed.world);
            mixed.read();
        }
        calm_down(&mut mixed.world);
        if mixed.chose_the_same_prekey() {
            continue;
        }
        mixed.check();
        let hearing: BTreeSet<usize> = mixed.heard.keys().map(|(place, _)| *place).collect();
        assert_eq!(hearing, mixed.written_to(), "somebody heard nothing");
    }
}
