//! Chance with a seed: what it decided can be had again.

use std::time::{SystemTime, UNIX_EPOCH};

/// The variable that says which seed it shall be.
const SEED: &str = "TORTURE_SEED";

/// Numbers that nobody foresees, and that are the same for the same seed (`SplitMix64`).
pub struct Chance(u64);

impl Chance {
    /// With the seed that the environment names, or one that nobody tried; says which, where a failure shows it.
    pub fn seeded() -> Self {
        let new = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.map_or(0, |since| u64::from(since.subsec_nanos()) ^ since.as_secs())
        };
        let named = std::env::var(SEED).ok();
        let seed = named.map_or_else(new, |seed| seed.parse().expect("a seed is a number"));
        eprintln!("{SEED}={seed}");
        Self(seed)
    }

    /// One of `0..bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("below a length")
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}
