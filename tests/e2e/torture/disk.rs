//! A disk that is full while messages come: it says so, goes on by itself when there is room, and nothing is lost.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use super::{ANA, BOB, Server, tally, whole};
use crate::support::chance::Chance;
use crate::support::peer::Peer;
use crate::support::process::{self, Lines, Process};
use crate::support::susurro::{Susurro, body};
use crate::support::wait_for;

const ROUNDS: u32 = 4;

/// A small disk in memory, which needs no root where a user may make name spaces: it is there for one process alone, and
/// reached by way of that.
struct Disk {
    holder: Process,
    /// As everybody else sees it.
    path: PathBuf,
}

impl Disk {
    /// None where this machine lets nobody mount.
    fn mount(at: &std::path::Path, mib: u32) -> Option<Self> {
        let script =
            format!("mount -t tmpfs -o size={mib}m tmpfs \"$1\" && echo there && exec sleep infinity");
        let mut command = process::command("unshare");
        command
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, "sh"])
            .arg(at)
            .stdout(Stdio::piped());
        let mut holder = Process::spawn(&mut command);
        let lines = Lines::of(holder.child().stdout.take()?);
        lines.find(|line| line == "there")?;
        let path = PathBuf::from(format!("/proc/{}/root{}", holder.id(), at.display()));
        Some(Self { holder, path })
    }

    /// Leaves so many bytes of room.
    fn fill(&self, room: u64) {
        let free = rustix::fs::statvfs(&self.path).expect("our own disk");
        let free = free.f_bavail * free.f_frsize;
        let most = usize::try_from(free.saturating_sub(room)).expect("a small disk");
        std::fs::write(self.path.join("ballast"), vec![0; most]).expect("there was room");
    }

    fn free(&self) {
        std::fs::remove_file(self.path.join("ballast")).expect("it was filled");
    }
}

#[test]
#[ignore = "make torture"]
fn on_a_full_disk_it_says_so_and_goes_on_when_there_is_room() {
    let mut chance = Chance::seeded();
    let mut ana = Susurro::fresh();
    let place = ana.folder().join("disk");
    std::fs::create_dir(&place).unwrap();
    let Some(disk) = Disk::mount(&place, 3) else {
        println!("SKIPPED: this machine lets nobody mount a disk in memory");
        return;
    };
    let server = Server::prosody(&mut chance);
    let mut bob = Peer::login(&server.address(), "bob");
    ana.keep_profile_in(&place, disk.holder.id());
    ana.run(&["init", "--kdf", "light"]).expect(0);
    ana.add_account(&server.address(), "ana").expect(0);
    bob.subscribe(ANA);
    ana.send_now(BOB, "before");
    bob.bodies(1);
    let mut said = vec!["before".to_owned()];
    for round in 0..ROUNDS {
        let mut listener = ana.listen();
        listener.wait_online(1);
        let before = listener.errors().len();
        let told = |listener: &crate::support::susurro::Listener| {
            listener.errors()[before..].contains("the disk is full")
        };
        disk.fill(chance.below(160_000));
        let mut last = String::new();
        for number in 0.. {
            last = format!("{number} of round {round}: {}", "x".repeat(2000));
            bob.send(ANA, &last);
            bob.flush();
            said.push(last.clone());
            if told(&listener) || number > 200 {
                break;
            }
        }
        wait_for("it to say that the disk is full", || {
            told(&listener).then_some(())
        });
        assert!(listener.is_running(), "{}", listener.errors());
        // What cannot be stored does not leave, and it is said why.
        if chance.one_in(2) {
            listener.kill();
            let sent = ana.send(BOB, "not now");
            assert_ne!(sent.code(), Some(0), "{sent:?}");
            assert!(sent.err.contains("isk is full"), "{sent:?}");
            listener = ana.listen();
        }
        std::thread::sleep(Duration::from_millis(chance.below(3000)));
        disk.free();
        while body(&listener.next()) != last {}
        listener.interrupt();
        let report = ana.run(&["doctor"]);
        assert!(report.out.contains("the database is sound"), "{report:?}");
    }
    tally(ROUNDS, "full disks");
    let history = ana.history(BOB);
    let kept: Vec<_> = history
        .into_iter()
        .filter(|line| line["state"] != "failed")
        .collect();
    assert_eq!(whole(&kept), said);
    assert_eq!(
        bob.events_so_far()
            .iter()
            .filter(|event| event["body"] == "not now")
            .count(),
        0
    );
}
