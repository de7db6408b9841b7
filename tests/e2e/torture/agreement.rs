//! Two of ours and a program that we did not write on one account, and somebody who writes to them and is written to,
//! while lines are cut, programs killed and servers fall: in the end all agree on what was said.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::device::Device;
use super::{ANA, BOB, Server, tally, whole};
use crate::faults::readable;
use crate::peers::own_fingerprint;
use crate::support::chance::Chance;
use crate::support::peer::Peer;
use crate::support::susurro::{bodies, body};
use crate::support::wait_for;

const DEEDS: u64 = 40;

struct Course {
    chance: Chance,
    server: Server,
    ours: [Device; 2],
    third: Peer,
    bob: Peer,
    /// What Bob and the third device heard, over all their lives.
    bob_heard: Vec<Value>,
    third_heard: Vec<Value>,
    /// What Bob wrote, and the third device: the server has it.
    bob_wrote: Vec<String>,
    third_wrote: Vec<String>,
    /// What Bob wrote, by the stanza's id.
    ids: BTreeMap<String, String>,
    texts: u32,
    /// How often the server fell.
    falls: u32,
}

/// Whether it could not be opened and comes from one of the two that are not ours.
fn fails_a_peer(event: &Value) -> bool {
    let from = event["full"].as_str().unwrap_or_default();
    event["event"] == "undecryptable" && from.contains("/peer-")
}

/// A peer asks for keys on the side, and refuses to write until it has them. The stanza's id.
fn write(peer: &mut Peer, to: &str, text: &str) -> String {
    let send = json!({"do": "send", "to": to, "body": text});
    let id = wait_for("a peer to know the keys", || peer.try_call(send.clone()).ok());
    peer.flush();
    id.as_str().unwrap_or_default().to_owned()
}

fn id(event: &Value) -> String {
    event["id"].as_str().unwrap_or_default().to_owned()
}

impl Course {
    fn begin(chance: Chance, server: Server) -> Self {
        let address = server.address();
        let mut bob = Peer::login(&address, "bob");
        let ours = ["desk", "laptop"].map(|name| Device::login(name, &address, "ana"));
        let mut third = Peer::login(&address, "ana");
        third.wants_carbons();
        // A device that comes later gets nothing to read before its owner has said that it is theirs.
        let keys = [
            own_fingerprint(&ours[0].ours),
            own_fingerprint(&ours[1].ours),
            third.fingerprint(),
        ];
        for (device, own) in ours.iter().zip(&keys) {
            device.ours.run(&["sync"]).expect(0);
            for key in keys.iter().filter(|key| *key != own) {
                device.ours.run(&["trust", "verify", ANA, key]).expect(0);
            }
        }
        bob.subscribe(ANA);
        let mut course = Self {
            chance,
            server,
            ours,
            third,
            bob,
            bob_heard: Vec::new(),
            third_heard: Vec::new(),
            bob_wrote: Vec::new(),
            third_wrote: Vec::new(),
            ids: BTreeMap::new(),
            texts: 0,
            falls: 0,
        };
        course.begin_sessions();
        course
    }

    /// One after the other: where two begin a session with each other at once, ours keep both, and the two that are not
    /// ours only what they got last.
    fn begin_sessions(&mut self) {
        self.third_writes("hello from the third".to_owned());
        self.bob_writes("hello from bob".to_owned());
        for device in &mut self.ours {
            let mut listener = device.ours.listen();
            while body(&listener.next()) != "hello from bob" {}
            listener.interrupt();
            let hello = format!("hello from {}", device.name);
            device.ours.send_now(BOB, &hello);
            let heard = self.bob.events_until(&hello);
            self.bob_heard.extend(heard);
        }
        self.settle();
    }

    fn text(&mut self, of: &str) -> String {
        self.texts += 1;
        format!("{} from {of}", self.texts)
    }

    /// The server has it then.
    fn bob_writes(&mut self, text: String) {
        let id = write(&mut self.bob, ANA, &text);
        self.ids.insert(id, text.clone());
        self.bob_wrote.push(text);
    }

    fn third_writes(&mut self, text: String) {
        write(&mut self.third, BOB, &text);
        self.third_wrote.push(text);
    }

    /// All that the two strangers were sent so far is with them.
    fn settle(&mut self) {
        self.bob_heard.extend(self.bob.events_so_far());
        self.third_heard.extend(self.third.events_so_far());
    }

    fn deed(&mut self) {
        let which = self.chance.index(2);
        let deed = self.chance.below(20);
        println!("deed {deed} with {}", self.ours[which].name);
        match deed {
            0..=5 => {
                for _ in 0..=self.chance.below(4) {
                    let text = self.text("bob");
                    self.bob_writes(text);
                }
            }
            6..=8 => {
                let text = self.text(self.ours[which].name);
                self.ours[which].begin_to_send(&text);
                self.ours[which].end_sending(&mut self.chance);
            }
            // Both at once.
            9..=10 => {
                let texts = self
                    .ours
                    .each_ref()
                    .map(|device| device.name)
                    .map(|name| self.text(name));
                for (device, text) in self.ours.iter_mut().zip(&texts) {
                    device.begin_to_send(text);
                }
                for device in &mut self.ours {
                    device.end_sending(&mut self.chance);
                }
            }
            11..=12 => {
                let text = self.text("the third");
                self.third_writes(text);
            }
            13..=15 => self.ours[which].cut(&mut self.chance),
            16..=17 => self.ours[which].kill(),
            18 => {
                let refused = self.chance.one_in(2);
                self.ours[which].proxy.refuse(refused);
            }
            _ => {
                self.settle();
                self.bob.kill();
                self.third.kill();
                self.server.fall_and_rise();
                self.falls += 1;
                self.bob.come_online();
                self.third.come_online();
                self.third.wants_carbons();
            }
        }
        for device in &mut self.ours {
            if !self.chance.one_in(4) {
                device.listen();
            }
        }
    }

    /// Nothing breaks any more: what does each of them have?
    fn end(mut self) {
        for device in &mut self.ours {
            device.kill();
        }
        let last = self.text("bob, the last");
        self.bob_writes(last.clone());
        let Self { mut ours, .. } = self;
        tally(ours.iter().map(|device| device.kills).sum::<usize>(), "kills");
        tally(ours.iter().map(|device| device.cuts).sum::<usize>(), "cuts");
        tally(self.falls, "falls of a server");
        let mut histories = ours.each_mut().map(|device| device.come_to_rest(&last));
        // What one of them wrote at the very end the other one learns now.
        for (device, history) in ours.iter().zip(&mut histories) {
            device.ours.run(&["sync"]).expect(0);
            *history = device.ours.history(BOB);
        }
        // What they lost with a server that fell is in the archive; the rest of that they cannot open again.
        self.bob.catch_up(None);
        self.bob_heard.extend(self.bob.events_so_far());
        self.third.catch_up(None);
        self.third_heard.extend(self.third.events_so_far());
        // An archive holds what they wrote themselves, too.
        for heard in [&mut self.bob_heard, &mut self.third_heard] {
            heard.retain(|event| event["error"] != "not for this device");
        }
        // Where these two lose each other, that is their own matter.
        let excused: BTreeSet<String> = self
            .third_heard
            .iter()
            .filter(|event| fails_a_peer(event))
            .map(id)
            .collect();
        for heard in [&mut self.bob_heard, &mut self.third_heard] {
            heard.retain(|event| !fails_a_peer(event));
        }
        let arrived: BTreeSet<String> = readable(&self.bob_heard).into_iter().collect();
        let written = self.bob_wrote.iter().chain(&self.third_wrote);
        let all: BTreeSet<String> = arrived.iter().chain(written).cloned().collect();
        for (device, history) in ours.iter().zip(&histories) {
            // What was given up may have arrived all the same, and was said to be unsure.
            let (failed, kept): (Vec<_>, Vec<_>) = history
                .iter()
                .cloned()
                .partition(|line| line["state"] == "failed");
            let unsure: BTreeSet<String> = bodies(&failed).into_iter().collect();
            let texts: BTreeSet<String> = whole(&kept).into_iter().collect();
            let lost: Vec<_> = all
                .iter()
                .filter(|text| !texts.contains(*text) && !unsure.contains(*text))
                .collect();
            let made_up: Vec<_> = texts.difference(&all).collect();
            assert!(
                lost.is_empty() && made_up.is_empty(),
                "{}: lost {lost:?}, made up {made_up:?}",
                device.name
            );
            let of_bob = kept.iter().filter(|line| line["direction"] == "in");
            let of_bob: Vec<String> = of_bob.map(body).collect();
            assert_eq!(of_bob, self.bob_wrote, "{}: in another order", device.name);
        }
        let third: BTreeSet<String> = readable(&self.third_heard).into_iter().collect();
        let excused: BTreeSet<&String> = excused.iter().filter_map(|id| self.ids.get(id)).collect();
        let meant = |text: &&String| !self.third_wrote.contains(text) && !excused.contains(text);
        let missed: Vec<_> = all.difference(&third).filter(meant).collect();
        assert!(missed.is_empty(), "the third device could not read {missed:?}");
    }
}

fn all_agree(chance: Chance, server: Server) {
    let mut course = Course::begin(chance, server);
    for _ in 0..DEEDS {
        course.deed();
    }
    course.end();
}

#[test]
#[ignore = "make torture"]
fn all_devices_agree_whatever_breaks_on_prosody() {
    let mut chance = Chance::seeded();
    let server = Server::prosody(&mut chance);
    all_agree(chance, server);
}

#[test]
#[ignore = "make torture"]
fn all_devices_agree_whatever_breaks_on_ejabberd() {
    all_agree(Chance::seeded(), Server::ejabberd());
}
