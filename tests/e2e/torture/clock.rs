//! A clock that jumps by a day, forwards and back, while the program runs.

use std::path::{Path, PathBuf};

use super::{ANA, BOB, Server, tally, whole};
use crate::support::chance::Chance;
use crate::support::peer::Peer;
use crate::support::proxy::Proxy;
use crate::support::susurro::{Susurro, body};

const JUMPS: u32 = 12;

/// Debian's libfaketime, if it is installed.
fn library() -> Option<PathBuf> {
    let folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(Path::new);
    let triplets = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let all = folders
        .map(Path::to_owned)
        .into_iter()
        .chain(triplets.map(|entry| entry.path()));
    all.map(|folder| folder.join("faketime/libfaketime.so.1"))
        .find(|path| path.exists())
}

#[test]
#[ignore = "make torture"]
fn a_clock_that_jumps_loses_and_doubles_nothing() {
    let Some(library) = library() else {
        println!("SKIPPED: no libfaketime here (apt-get install libfaketime)");
        return;
    };
    let mut chance = Chance::seeded();
    let server = Server::prosody(&mut chance);
    let address = server.address();
    let mut bob = Peer::login(&address, "bob");
    let proxy = Proxy::to(address.port);
    let mut ana = Susurro::with_account(&address.through(proxy.port()), "ana");
    let clock = ana.folder().join("clock");
    // Replaced as a whole: it is read at every look at the clock.
    let jump = |by: &str| {
        let next = clock.with_extension("next");
        std::fs::write(&next, by).unwrap();
        std::fs::rename(&next, &clock).unwrap();
    };
    jump("+0");
    for (name, value) in [
        ("LD_PRELOAD", library.as_os_str()),
        ("FAKETIME_TIMESTAMP_FILE", clock.as_os_str()),
        ("FAKETIME_NO_CACHE", "1".as_ref()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".as_ref()),
    ] {
        ana.set(name, value);
    }
    bob.subscribe(ANA);
    let (mut said, mut answered) = (Vec::new(), Vec::new());
    let mut listener = ana.listen();
    for number in 0..JUMPS {
        let by = chance.pick(&["+0", "+1d", "-1d", "+25h", "-25h"]);
        println!("jump to {by}");
        jump(by);
        let text = format!("{number} to ana");
        if chance.one_in(3) {
            proxy.cut();
        }
        bob.send(ANA, &text);
        assert_eq!(body(&listener.next()), text);
        said.push(text);
        if chance.one_in(2) {
            match chance.one_in(2) {
                true => listener.kill(),
                false => drop(listener.interrupt()),
            }
            let (missed, ours) = (format!("{number} while away"), format!("{number} to bob"));
            bob.send(ANA, &missed);
            bob.flush();
            jump(chance.pick(&["+0", "+1d", "-1d"]));
            ana.run(&["sync"]).expect(0);
            ana.send_now(BOB, &ours);
            assert_eq!(bob.bodies(1), [ours.as_str()]);
            listener = ana.listen();
            // What was printed just before a kill may be printed again.
            while body(&listener.next()) != missed {}
            said.push(missed);
            answered.push(ours);
        }
    }
    listener.interrupt();
    tally(JUMPS, "jumps of the clock");
    // What she wrote under a clock that ran ahead may stand below what came later, as it was shown then.
    let history = ana.history(BOB);
    whole(&history);
    for (direction, said) in [("in", &said), ("out", &answered)] {
        let of = history.iter().filter(|line| line["direction"] == direction);
        assert_eq!(of.map(body).collect::<Vec<_>>(), *said);
    }
}
