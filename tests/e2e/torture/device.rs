//! One of ours behind a line that breaks: it listens, writes and is killed.

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use super::BOB;
use crate::support::chance::Chance;
use crate::support::process::Process;
use crate::support::proxy::{Proxy, Way};
use crate::support::susurro::{Listener, Susurro};
use crate::support::{Address, wait_for};

pub struct Device {
    pub name: &'static str,
    pub ours: Susurro,
    pub proxy: Proxy,
    /// How often it was killed, and its line cut.
    pub kills: usize,
    pub cuts: usize,
    listener: Option<Listener>,
    sending: Option<Process>,
}

impl Device {
    pub fn login(name: &'static str, address: &Address, user: &str) -> Self {
        let proxy = Proxy::to(address.port);
        let ours = Susurro::with_account(&address.through(proxy.port()), user);
        Self {
            name,
            ours,
            proxy,
            kills: 0,
            cuts: 0,
            listener: None,
            sending: None,
        }
    }

    /// From now on it is connected whenever it can.
    pub fn listen(&mut self) {
        if self.listener.is_none() && self.sending.is_none() {
            self.listener = Some(self.ours.listen());
        }
    }

    /// Ends what it does without any warning.
    pub fn kill(&mut self) {
        if let Some(listener) = self.listener.take() {
            self.kills += 1;
            listener.kill();
        }
        if let Some(mut sending) = self.sending.take() {
            self.kills += 1;
            sending.kill();
        }
    }

    /// Begins to send, whatever it did before.
    pub fn begin_to_send(&mut self, text: &str) {
        self.kill();
        let input = self.ours.folder().join("tmp/input");
        std::fs::write(&input, text).unwrap();
        let mut command = self.ours.command(&["send", BOB, "-", "--timeout", "20"]);
        command.stdin(File::open(&input).unwrap());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        self.sending = Some(Process::spawn(&mut command));
    }

    /// Lets it come to an end, or kills it on the way.
    pub fn end_sending(&mut self, chance: &mut Chance) {
        if let Some(mut sending) = self.sending.take() {
            if chance.one_in(3) {
                std::thread::sleep(Duration::from_millis(chance.below(900)));
                self.kills += 1;
                sending.kill();
            } else {
                sending.wait();
            }
        }
    }

    /// Its line breaks, now or after some bytes: among those of a stanza, or before what acknowledges it.
    pub fn cut(&mut self, chance: &mut Chance) {
        self.cuts += 1;
        match chance.below(4) {
            0 => self.proxy.cut(),
            1 => self.proxy.cut_after(Way::ToServer, 1 + chance.below(1500)),
            _ => self.proxy.cut_after(Way::ToClient, 1 + chance.below(6000)),
        }
    }

    /// Nothing is broken any more; waits until it has heard `last` and what it wrote has left. Its history then.
    pub fn come_to_rest(&mut self, last: &str) -> Vec<Value> {
        self.proxy.refuse(false);
        self.proxy.cut();
        self.kill();
        let mut listener = self.ours.listen();
        while crate::support::susurro::body(&listener.next()) != last {}
        listener.interrupt();
        wait_for("everything to have left", || {
            let history = self.ours.history(BOB);
            if history.iter().all(|line| line["state"] != "queued") {
                return Some(history);
            }
            self.ours.receive_for(Duration::from_secs(3));
            None
        })
    }
}
