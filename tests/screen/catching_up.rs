//! Not a check but a measurement, printed by `make figures`: how long it takes to catch up with what the archive holds
//! and store it, beside slixmpp-omemo in the same run at the same server, whose archive is in SQLite (Debian's
//! lua-dbi-sqlite3); what the server and we use of the processor for it, and of memory; how soon keys that are pressed
//! meanwhile are drawn, and how soon the first page is after a first login.
//!
//! Whoever wrote has left, and asks for no receipts: slixmpp-omemo gives none to what it finds in an archive, and two of
//! its kind answer each message of a long row with an empty one, until the archive holds nearly nothing else.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::desk::{Desk, Start};
use crate::figures::{memory, millis, processor_time};
use crate::support::Address;
use crate::support::peer::{Dialects, Peer};
use crate::support::process::Process;
use crate::support::prosody::{Options, Prosody};
use crate::support::susurro::Susurro;
use crate::typist::Typist;

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
/// How often it is looked how much memory is taken.
const GLANCE: Duration = Duration::from_millis(20);
/// So long a server does nothing that has nothing to do.
const CALM: Duration = Duration::from_secs(20);

/// How many messages, if the environment does not say otherwise.
fn messages() -> usize {
    std::env::var("FIGURES_MESSAGES").map_or(10_000, |text| text.parse().expect("a number"))
}

fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (act(), start.elapsed())
}

#[test]
#[ignore = "it measures for minutes; `make figures` runs it, in release"]
fn figures_of_catching_up() {
    for (dialects, name) in [(Dialects::Legacy, "legacy OMEMO"), (Dialects::Omemo2, "OMEMO 2")] {
        catch_up(dialects, name);
    }
}

fn catch_up(dialects: Dialects, name: &str) {
    let server = Prosody::with(Options {
        in_earnest: true,
        ..Options::default()
    });
    let address = server.address();
    let count = messages();
    println!(
        "{count} archived messages in {name}, from login until all are stored (Prosody, archive in SQLite):"
    );
    let (devices, mut other) = devices(dialects, &address);
    let (first, last) = fill(dialects, &address, &mut other, count);
    let [commands, screen] = &devices;
    let (_, empty) = timed(|| commands.run(&["history", BOB, "--limit", "1"]).expect(0));
    let worked = processor_time(server.id());
    let ours = synced(commands);
    assert_eq!(ours.new, count as u64 + 1);
    let sending = processor_time(server.id()).saturating_sub(worked);
    type_meanwhile(&server, screen, sending / 2);
    let newest = screen
        .run(&["history", BOB, "--limit", "1", "--json"])
        .expect(0)
        .json();
    let written = format!("message {}, about as long as people write", count - 1);
    assert_eq!(newest[0]["body"], written, "it caught up");
    other.come_online();
    let ((found, _), pages) = timed(|| other.read_between(&first, &last, false));
    let ((_, told), theirs) = timed(|| other.read_between(&first, &last, true));
    assert!(found >= count as u64, "{found}");
    let opened = told.iter().filter(|event| event["event"] == "message").count();
    assert_eq!(opened, count, "{:?}", told.first());
    for (who, took) in [
        ("susurro sync", ours.took),
        ("slixmpp-omemo", theirs),
        ("slixmpp, nothing opened", pages),
    ] {
        let rate = count as f64 / took.as_secs_f64();
        println!("  {who:<24} {:>8.2} s {rate:>8.0} a second", took.as_secs_f64());
    }
    println!(
        "  ratio                    {:>8.1}",
        theirs.as_secs_f64() / ours.took.as_secs_f64()
    );
    println!(
        "  of ours: unlocking and ending {:.2} s; on the processor the server {:.2} s, susurro {:.2} s",
        empty.as_secs_f64(),
        sending.as_secs_f64(),
        ours.worked.as_secs_f64()
    );
    println!("  private memory of susurro: {}", ours.memory);
    println!(
        "  the first page after a first login: {:.0} ms",
        millis(first_page(&address))
    );
}

/// Three devices of Ana's: two of ours, and one of slixmpp's that sends no presence, so that nothing but its archive tells
/// it anything.
fn devices(dialects: Dialects, address: &Address) -> ([Susurro; 2], Peer) {
    let ours = [(); 2].map(|()| Susurro::with_account(address, "ana"));
    // Of strangers no more than a thousand messages are kept.
    ours[0].run(&["contact", "add", BOB]).expect(0);
    for home in &ours {
        home.run(&["sync"]).expect(0);
    }
    let mut other = Peer::offline(address, "ana").silent().speaks(dialects);
    other.come_online();
    (ours, other)
}

/// Bob writes while none of them is there, and leaves. The ids of what stands before and of the last message.
fn fill(dialects: Dialects, address: &Address, other: &mut Peer, count: usize) -> (String, String) {
    let mut bob = Peer::speaking(dialects, address, "bob");
    bob.subscribe(ANA);
    bob.send_unasked(ANA, "the first");
    bob.flush();
    let first = newest(other);
    other.catch_up(None);
    other.go_offline();
    for number in 0..count {
        bob.send_unasked(ANA, &format!("message {number}, about as long as people write"));
        if number % 50 == 49 {
            bob.flush();
        }
    }
    bob.flush();
    bob.go_offline();
    other.come_online();
    let last = newest(other);
    other.go_offline();
    (first, last)
}

fn newest(peer: &mut Peer) -> String {
    let page = peer
        .archive_page(json!({}), json!({"before": "", "max": 1}))
        .expect("an archive");
    page["last"].as_str().expect("something in it").to_owned()
}

struct Synced {
    took: Duration,
    /// Messages that came, and can be read.
    new: u64,
    /// On the processor.
    worked: Duration,
    /// The most in each fifth of the time.
    memory: String,
}

/// What a command takes that catches up.
fn synced(ana: &Susurro) -> Synced {
    let start = Instant::now();
    let mut command = ana.command(&["sync", "--json"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut program = Process::spawn(&mut command);
    let (mut seen, mut worked) = (Vec::new(), Duration::ZERO);
    while program.is_running() {
        seen.push(memory(program.id()).1);
        worked = worked.max(processor_time(program.id()));
        std::thread::sleep(GLANCE);
    }
    let took = start.elapsed();
    let mut said = String::new();
    let output = program.child().stdout.as_mut().expect("piped");
    output.read_to_string(&mut said).expect("text");
    let said: Value = serde_json::from_str(&said).expect("a line");
    let most = |part: &[u64]| format!("{} kB", part.iter().max().copied().unwrap_or_default());
    let fifths: Vec<_> = seen.chunks(seen.len().div_ceil(5)).map(most).collect();
    Synced {
        took,
        new: said["new"].as_u64().expect("a number"),
        worked,
        memory: fifths.join(", "),
    }
}

/// Somebody types while the screen catches up, until the server, which has at least so much to do for it, has nothing to do
/// any more.
fn type_meanwhile(server: &Prosody, home: &Susurro, least: Duration) {
    let typist = Typist::at(home);
    let begin = processor_time(server.id());
    let (mut worked, mut since) = (begin, Instant::now());
    while worked < begin + least || since.elapsed() < CALM {
        std::thread::sleep(GLANCE);
        let now = processor_time(server.id());
        if now > worked + Duration::from_millis(1) {
            (worked, since) = (now, Instant::now());
        }
    }
    let took = typist.stop(since.elapsed());
    assert!(!took.is_empty(), "nothing was typed in time");
    let part = |of: f64| took[((took.len() - 1) as f64 * of) as usize];
    println!(
        "  {} keys meanwhile, each until it was drawn: median {:.1} ms, p99 {:.1} ms, worst {:.1} ms",
        took.len(),
        part(0.5),
        part(0.99),
        part(1.0)
    );
}

/// From "online" in the header to the newest chat in the list, on a device that is new to this account.
fn first_page(address: &Address) -> Duration {
    let desk = Desk::with(Susurro::with_account(address, "ana"), &Start::default());
    desk.wait("online");
    timed(|| desk.wait("bob")).1
}
