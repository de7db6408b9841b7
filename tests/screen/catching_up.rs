//! Not a check but a measurement, printed by `make figures`: how long it takes to catch up with what the archive holds
//! and store it, beside slixmpp-omemo in the same run at the same server, whose archive is in SQLite (Debian's
//! lua-dbi-sqlite3); what memory it takes meanwhile; how soon the first page is on the screen after a first login.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::desk::{Desk, Start};
use crate::figures::{memory, millis};
use crate::support::peer::{Dialects, Peer};
use crate::support::process::Process;
use crate::support::prosody::{Options, Prosody};
use crate::support::susurro::Susurro;

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
/// How often it is looked how much memory is taken.
const GLANCE: Duration = Duration::from_millis(20);

/// How many messages, if the environment does not say otherwise.
fn messages() -> usize {
    std::env::var("FIGURES_MESSAGES").map_or(10_000, |text| text.parse().expect("a number"))
}

fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (act(), start.elapsed())
}

fn server() -> Prosody {
    Prosody::with(Options {
        in_earnest: true,
        ..Options::default()
    })
}

#[test]
#[ignore = "it measures for minutes; `make figures` runs it, in release"]
fn figures_of_catching_up() {
    for (dialects, name) in [(Dialects::Legacy, "legacy OMEMO"), (Dialects::Omemo2, "OMEMO 2")] {
        catch_up(dialects, name);
    }
}

fn catch_up(dialects: Dialects, name: &str) {
    let server = server();
    let address = server.address();
    let ana = Susurro::with_account(&address, "ana");
    ana.run(&["sync"]).expect(0);
    let mut other = Peer::speaking(dialects, &address, "ana");
    let mut bob = Peer::speaking(dialects, &address, "bob");
    bob.subscribe(ANA);
    bob.send(ANA, "the first");
    other.message();
    ana.run(&["sync"]).expect(0);
    let newest = other.archive(Some(BOB)).pop().expect("the first")["archived"].clone();
    other.go_offline();
    let count = messages();
    for number in 0..count {
        bob.send(ANA, &format!("message {number}, about as long as people write"));
        if number % 50 == 49 {
            bob.flush();
        }
    }
    bob.flush();
    let (_, empty) = timed(|| ana.run(&["history", BOB, "--limit", "1"]).expect(0));
    let (ours, anonymous) = synced(&ana);
    assert_eq!(
        ana.run(&["history", BOB, "--limit", "20000", "--json"])
            .expect(0)
            .json()
            .len(),
        count + 1
    );
    other.come_online();
    // What the server needs for it alone: the same pages, and nobody opens anything.
    let (_, pages) = timed(|| other.archive(Some(BOB)));
    let (_, theirs) = timed(|| other.catch_up(newest.as_str()));
    println!(
        "{count} archived messages in {name}, from login until all are stored (Prosody, archive in SQLite):"
    );
    for (who, took) in [
        ("susurro sync", ours),
        ("slixmpp-omemo", theirs),
        ("slixmpp, nothing opened", pages),
    ] {
        let rate = count as f64 / took.as_secs_f64();
        println!("  {who:<24} {:>8.2} s {rate:>8.0} a second", took.as_secs_f64());
    }
    println!(
        "  ratio                    {:>8.1}",
        theirs.as_secs_f64() / ours.as_secs_f64()
    );
    println!("  of it unlocking and ending {:>6.2} s", empty.as_secs_f64());
    println!("  private memory of susurro: {anonymous}");
    println!(
        "  the first page after a first login: {:.0} ms",
        millis(first_page(&address))
    );
}

/// How long a command took that catches up, and what memory it took in each fifth of that time.
fn synced(ana: &Susurro) -> (Duration, String) {
    let start = Instant::now();
    let mut command = ana.command(&["sync"]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let mut program = Process::spawn(&mut command);
    let mut seen = Vec::new();
    while program.is_running() {
        seen.push(memory(program.id()).1);
        std::thread::sleep(GLANCE);
    }
    let took = start.elapsed();
    assert!(program.wait().success(), "it caught up");
    let most = |part: &[u64]| format!("{} kB", part.iter().max().copied().unwrap_or_default());
    let fifths: Vec<_> = seen.chunks(seen.len().div_ceil(5)).map(most).collect();
    (took, fifths.join(", "))
}

/// From "online" in the header to the newest chat in the list, on a device that is new to this account.
fn first_page(address: &crate::support::Address) -> Duration {
    let desk = Desk::with(Susurro::with_account(address, "ana"), &Start::default());
    desk.wait("online");
    timed(|| desk.wait("bob")).1
}
