//! Our engine beside libomemo-c, the library behind most clients: the same work, in one run, in turns.
//!
//! `cargo bench --bench engine`; `SUSURRO_BENCH_QUICK=1` only shows that it works. Needs a C compiler, `libomemo-c-dev` and
//! `libssl-dev` (`make setup` installs them). Each operation loads the session record from bytes and makes
//! bytes of it again, on both sides. The figures are CPU time; medians of rounds in which the two take turns, so that a
//! busy machine slows both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

#[path = "../tests/support/libomemo.rs"]
mod libomemo;
#[path = "engine/ours.rs"]
mod ours;

use std::time::Duration;

use libomemo::Talk;
use ours::Ours;

/// A row: its name to the programs and to people, and how many operations make a round.
const ROWS: [(&str, &str, u32); 6] = [
    ("encrypt", "encrypt", 3000),
    ("decrypt", "decrypt, one direction", 3000),
    ("skipped", "decrypt, 1000 skipped keys", 100),
    ("step", "ratchet step at every message", 60),
    ("initiate", "session from bundle, first message", 25),
    ("accept", "session accepted, first message", 25),
];

const DEVICES: u32 = 300;

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

fn micros(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    let digits = usize::from(micros < 100.0);
    format!("{micros:.digits$} µs")
}

/// CPU time of an operation, and the bytes of the record.
fn theirs(program: &mut Talk, row: &str, count: u32) -> (Duration, u64) {
    let answer = program.ask(&format!("{row} {count}"));
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["row"], row);
    let nanos = answer["ns"].as_f64().unwrap();
    let record = answer["record"].as_u64().unwrap();
    (Duration::from_secs_f64(nanos / 1e9), record)
}

fn main() {
    let quick = std::env::var_os("SUSURRO_BENCH_QUICK").is_some();
    let (rounds, part) = if quick { (1, 25) } else { (15, 1) };
    let folder = tempfile::tempdir().unwrap();
    let mut program = Talk::start(&libomemo::build("measure", folder.path()));
    let mut ours = Ours::new();
    let mut slower = Vec::new();
    let mut their_record = 0;
    for (row, name, count) in ROWS {
        let count = count / part;
        let (mut us, mut them) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let mine = ours.run(row, count);
            let (other, record) = theirs(&mut program, row, count);
            // The first round warms up.
            if round > 0 {
                us.push(mine);
                them.push(other);
            }
            if row == "encrypt" {
                their_record = record;
            }
        }
        let (us, them) = (median(us), median(them));
        let ratio = them.as_secs_f64() / us.as_secs_f64();
        println!(
            "{name:36} ours {:>9}   libomemo-c {:>9}   {ratio:4.1}x",
            micros(us),
            micros(them)
        );
        if ratio <= 1.0 {
            slower.push(name);
        }
    }
    let letters = (0..=rounds).map(|_| ours.letter(DEVICES)).collect();
    println!(
        "one message for {DEVICES} devices          ours {:>9}",
        micros(median(letters))
    );
    println!(
        "session record                       ours {:>3} bytes   libomemo-c {their_record:>3} bytes",
        ours.record()
    );
    // A quick run is too short to judge by.
    assert!(quick || slower.is_empty(), "slower than libomemo-c: {slower:?}");
}
