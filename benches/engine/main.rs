//! Our engine beside libomemo-c, the library behind most clients: the same work, in one run, in turns.
//!
//! `cargo bench --bench engine`; `SUSURRO_BENCH_QUICK=1` only shows that it works. Needs a C
//! compiler, `libomemo-c-dev` and `libssl-dev` (`make setup` installs them). Each operation loads the
//! session record from bytes and makes bytes of it again, on both sides. The figures are CPU time;
//! medians of rounds in which the two take turns, so that a busy machine slows both. The ratio is the
//! median of the rounds' ratios.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

#[path = "../../tests/support/libomemo.rs"]
mod libomemo;
mod ours;

use std::time::Duration;

use libomemo::Talk;
use ours::Ours;
use susurro::omemo::Dialect;

/// A row: its name to the programs and to people, and how many operations make a round.
const ROWS: [(&str, &str, u32); 6] = [
    ("encrypt", "encrypt", 3000),
    ("decrypt", "decrypt, one direction", 3000),
    ("skipped", "decrypt, 1000 skipped keys", 100),
    ("step", "ratchet step at every message", 60),
    ("initiate", "session from bundle, first message", 25),
    ("accept", "session accepted, first message", 25),
];

const DIALECTS: [(Dialect, &str); 2] = [(Dialect::Legacy, "legacy"), (Dialect::Omemo2, "omemo2")];

/// So many devices are written to at once.
const DEVICES: [u32; 6] = [1, 10, 100, 300, 1000, 3000];

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
fn theirs(program: &mut Talk, dialect: &str, row: &str, count: u32) -> (Duration, u64) {
    let answer = program.ask(&format!("{dialect} {row} {count}"));
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["row"], row);
    let nanos = answer["ns"].as_f64().unwrap();
    let record = answer["record"].as_u64().unwrap();
    (Duration::from_secs_f64(nanos / 1e9), record)
}

/// Prints the rows of one dialect; the names of those in which we are slower.
fn compare(
    program: &mut Talk,
    ours: &mut Ours,
    dialect: &str,
    (rounds, part): (u32, u32),
) -> Vec<&'static str> {
    let mut slower = Vec::new();
    for (row, name, count) in ROWS {
        let count = count / part;
        let (mut us, mut them, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=rounds {
            let mine = ours.run(row, count);
            let (other, _) = theirs(program, dialect, row, count);
            // The first round warms up.
            if round > 0 {
                ratios.push((1e6 * other.as_secs_f64() / mine.as_secs_f64()) as u64);
                us.push(mine);
                them.push(other);
            }
        }
        let ratio = median(ratios) as f64 / 1e6;
        println!(
            "{dialect} {name:36} ours {:>9}   libomemo-c {:>9}   {ratio:4.1}x",
            micros(median(us)),
            micros(median(them))
        );
        if ratio <= 1.0 {
            slower.push(name);
        }
    }
    let (_, record) = theirs(program, dialect, "step", 1);
    println!(
        "{dialect} session record                       ours {:>3} bytes   libomemo-c {record:>3} bytes",
        ours.record()
    );
    slower
}

/// Prints what a message to many devices costs. Ours alone: libomemo-c knows nothing of it.
fn letters(ours: &mut Ours, dialect: &str, rounds: u32) {
    for devices in DEVICES {
        let took = median((0..=rounds).map(|_| ours.letter(devices)).collect());
        println!(
            "{dialect} one message, devices: {devices:<5}             ours {:>9}   {} each",
            micros(took),
            micros(took / devices)
        );
    }
}

fn main() {
    let quick = std::env::var_os("SUSURRO_BENCH_QUICK").is_some();
    let (rounds, part) = if quick { (1, 25) } else { (15, 1) };
    let folder = tempfile::tempdir().unwrap();
    let mut program = Talk::start(&libomemo::build("measure", folder.path()));
    let mut slower = Vec::new();
    for (dialect, name) in DIALECTS {
        let mut ours = Ours::new(dialect);
        slower.extend(compare(&mut program, &mut ours, name, (rounds, part)));
        letters(&mut ours, name, rounds);
    }
    // A quick run is too short to judge by.
    assert!(quick || slower.is_empty(), "slower than libomemo-c: {slower:?}");
}
