//! A catch-up that is cut and killed among its pages, again and again: in the end everything is there once, in order.

use super::{ANA, BOB, Server, tally, whole};
use crate::support::chance::Chance;
use crate::support::peer::Peer;
use crate::support::process::Process;
use crate::support::proxy::{Proxy, Way};
use crate::support::susurro::Susurro;
use crate::support::wait_for;

const MISSED: u64 = 120;

fn pages_are_cut(mut chance: Chance, server: &Server) {
    let address = server.address();
    let mut bob = Peer::login(&address, "bob");
    let proxy = Proxy::to(address.port);
    let ana = Susurro::with_account(&address.through(proxy.port()), "ana");
    bob.subscribe(ANA);
    bob.send(ANA, "0");
    assert_eq!(crate::support::susurro::bodies(&ana.receive(1)), ["0"]);
    let mut written = vec!["0".to_owned()];
    for round in 0..3_u64 {
        for number in 0..MISSED / 3 {
            let text = format!("{number} of round {round}");
            match chance.below(3) {
                0 => bob.send_plain(ANA, &text),
                _ => bob.send(ANA, &text),
            };
            written.push(text);
        }
        bob.flush();
        for _ in 0..4 {
            proxy.cut_after(Way::ToClient, 2_500 + chance.below(60_000));
            let mut command = ana.command(&["sync"]);
            command
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null());
            let mut process = Process::spawn(&mut command);
            let before = proxy.carried(Way::ToClient);
            let until = before + 2_500 + chance.below(60_000);
            wait_for("it to be cut or to be killed", || {
                (!process.is_running() || proxy.carried(Way::ToClient) >= until).then_some(())
            });
            process.kill();
            proxy.cut();
        }
        // What comes live meanwhile waits for the pages.
        if chance.one_in(2) {
            let mut listener = ana.listen();
            let live = format!("live in round {round}");
            bob.send(ANA, &live);
            written.push(live.clone());
            while crate::support::susurro::body(&listener.next()) != live {}
            listener.kill();
        }
    }
    ana.run(&["sync"]).expect(0);
    assert_eq!(whole(&ana.history(BOB)), written);
    tally(12, "catch-ups cut or killed");
}

#[test]
#[ignore = "make torture"]
fn pages_that_are_cut_lose_and_double_nothing_on_prosody() {
    let mut chance = Chance::seeded();
    let server = Server::prosody(&mut chance);
    pages_are_cut(chance, &server);
}

#[test]
#[ignore = "make torture"]
fn pages_that_are_cut_lose_and_double_nothing_on_ejabberd() {
    pages_are_cut(Chance::seeded(), &Server::ejabberd());
}
