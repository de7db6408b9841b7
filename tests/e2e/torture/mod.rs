//! Courses that go on for longer than a run of the tests should, broken by chance. `make torture` runs them again and
//! again; one of them by hand, with its seed:
//! `TORTURE_SEED=17 cargo test --test e2e torture::agreement -- --ignored`.

mod agreement;
mod clock;
mod device;
mod disk;
mod kills;
mod pages;

use serde_json::Value;

use crate::support::Address;
use crate::support::chance::Chance;
use crate::support::ejabberd::Ejabberd;
use crate::support::prosody::{Options, Prosody};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

/// One of the two, which can be struck and comes back.
enum Server {
    Prosody(Prosody),
    Ejabberd(Ejabberd),
}

impl Server {
    /// Prosody forgets streams that broke at once, soon, or not during a course.
    fn prosody(chance: &mut Chance) -> Self {
        Self::Prosody(Prosody::with(Options {
            hibernation: chance.pick(&[0, 1, 3, 300]),
            archive_page: chance.pick(&[3, 7, 50]),
            ..Options::default()
        }))
    }

    fn ejabberd() -> Self {
        Self::Ejabberd(Ejabberd::start())
    }

    fn address(&self) -> Address {
        match self {
            Self::Prosody(server) => server.address(),
            Self::Ejabberd(server) => server.address(),
        }
    }

    /// Prosody is killed. ejabberd keeps in memory for a while what it told its clients that it has, so that it is
    /// asked to end: what it loses itself nobody can bring back.
    fn fall_and_rise(&mut self) {
        match self {
            Self::Prosody(server) => {
                server.kill();
                server.start_again();
            }
            Self::Ejabberd(server) => {
                server.stop();
                server.start_again();
            }
        }
    }
}

/// Says how often something was done in this course; `make torture` adds it up.
fn tally(count: impl std::fmt::Display, what: &str) {
    println!("TALLY {count} {what}");
}

/// The texts of a history, of which nothing may be unreadable, missing or there twice.
fn whole(history: &[Value]) -> Vec<String> {
    let strange: Vec<_> = history.iter().filter(|line| line["type"] != "message").collect();
    assert!(strange.is_empty(), "{strange:#?}");
    let texts = crate::support::susurro::bodies(history);
    let mut distinct = texts.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), texts.len(), "doubled: {texts:#?}");
    texts
}
