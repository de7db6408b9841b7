//! Not a check but a measurement, printed by `make figures`: memory, idle CPU and login time beside
//! Profanity's in the same run on the same server.

use std::time::{Duration, Instant};

use crate::desk::{Desk, Start};
use crate::support::profanity::Profanity;
use crate::support::prosody::Prosody;
use crate::support::susurro::Susurro;

const CONTACTS: usize = 50;
const IDLE: Duration = Duration::from_secs(60);
const SETTLE: Duration = Duration::from_secs(10);
const ROUNDS: usize = 15;

#[test]
#[ignore = "it measures for two minutes; `make figures` runs it, in release"]
fn figures() {
    let mut server = Prosody::start();
    server.stop();
    for user in ["ana", "bob"] {
        server.fill_roster(user, CONTACTS);
    }
    server.start_again();
    let profanity = Profanity::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let mut unlocking: Vec<_> = (0..ROUNDS).map(|_| until_unlocked(&ana)).collect();
    let mut logins: Vec<_> = (0..ROUNDS).map(|_| until_authenticated(&server, &ana)).collect();
    let listener = ana.listen();
    let desk = Desk::with(Susurro::with_account(&server.address(), "ana"), &Start::default());
    desk.wait("online");
    let screen = u32::try_from(desk.program().as_raw_nonzero().get()).expect("a process id");
    // What they do once after a login is not idling.
    std::thread::sleep(SETTLE);
    let ids = [
        ("susurro, the screen", screen),
        ("susurro listen", listener.id()),
        ("profanity", profanity.id()),
    ];
    let before = ids.map(|(_, id)| processor_time(id));
    std::thread::sleep(IDLE);
    println!("{CONTACTS} contacts, {} idle seconds:", IDLE.as_secs());
    for ((name, id), before) in ids.into_iter().zip(before) {
        let total = processor_time(id);
        assert!(
            total > Duration::ZERO,
            "{name} cannot have started without a processor"
        );
        let used = total.saturating_sub(before);
        let (resident, private) = memory(id);
        println!(
            "  {name:<20} resident {resident:>6} kB, of it private {private:>6} kB, CPU {:>8.3} ms",
            millis(used)
        );
    }
    let (unlock, login) = (median(&mut unlocking), median(&mut logins));
    println!("median of {ROUNDS}:");
    println!(
        "  start to authenticated {:>6.0} ms (vault with --kdf light)",
        millis(login)
    );
    println!(
        "  start to unlocked      {:>6.0} ms (a command that needs no server)",
        millis(unlock)
    );
    println!(
        "  unlocked to authenticated about {:>6.0} ms",
        millis(login.saturating_sub(unlock))
    );
}

/// A command that unlocks the vault, reads one row and ends.
fn until_unlocked(ana: &Susurro) -> Duration {
    let start = Instant::now();
    ana.run(&["account", "list"]).expect(0);
    start.elapsed()
}

fn until_authenticated(server: &Prosody, ana: &Susurro) -> Duration {
    let logins = || server.log().matches("Authenticated as ana").count();
    let before = logins();
    let start = Instant::now();
    let listener = ana.listen();
    while logins() == before {
        assert!(start.elapsed() < crate::support::PATIENCE, "no login");
        std::thread::sleep(Duration::from_millis(1));
    }
    let took = start.elapsed();
    listener.interrupt();
    took
}

/// Nanoseconds on the processor, of all threads that live.
pub fn processor_time(id: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{id}/task")).expect("it runs");
    tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse().ok())
        .map(Duration::from_nanos)
        .sum()
}

/// Resident and private (anonymous) memory in kB.
pub fn memory(id: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
    let field = |name: &str| {
        let line = status
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default();
        line.split_whitespace()
            .nth(1)
            .and_then(|number| number.parse().ok())
            .unwrap_or_default()
    };
    (field("VmRSS:"), field("RssAnon:"))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
