//! Argon2id (RFC 9106): from the passphrase to K_pw, and how dear that is.
//!
//! What a vault costs to open is chosen once, when it is made, and stands in its header. A header is a file
//! that somebody may have changed, so its figures are held to a floor (no cheap vault is ever opened) and to
//! a cap (no header makes us take all memory or run for hours).

use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Version};
use zeroize::Zeroize;

use super::hardening::{Locked, total_memory, work_done};
use super::{Result, VaultError};

/// Length of the salt in bytes (RFC 9106 §3.1 recommends 16).
pub const SALT_LENGTH: usize = 16;
/// Length of a key in bytes.
pub const KEY_LENGTH: usize = 32;

const MIB: u32 = 1024;
/// The floor: RFC 9106 §4, second recommended choice.
const FLOOR: Params = Params {
    memory_kib: 64 * MIB,
    passes: 3,
    lanes: 4,
};
const FLOOR_WORK: u64 = FLOOR.memory_kib as u64 * FLOOR.passes as u64;
const DEFAULT_MEMORY_KIB: u32 = 512 * MIB;
const MEMORY_CAP_KIB: u32 = 4096 * MIB;
const PASSES_CAP: u32 = 32;
const LANES_CAP: u32 = 16;

/// The time that opening shall take: at least the first, at most the last, aimed at the middle.
const WANTED: [f64; 3] = [1.0, 1.25, 1.5];

/// How dear guessing shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strength {
    /// Calibrated on this machine to 1–1.5 s, with as much memory as is decent.
    #[default]
    Default,
    /// The floor: 64 MiB, 3 passes, 4 lanes. For tests, demonstrations and small machines.
    Light,
}

/// The parameters of Argon2id, as they stand in the header. Those that exist are within floor and cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// m, in KiB.
    memory_kib: u32,
    /// t.
    passes: u32,
    /// p.
    lanes: u32,
}

/// Length of [`Params::to_bytes`].
pub const PARAMS_LENGTH: usize = 12;

impl Params {
    /// The parameters for a new vault on this machine.
    pub fn choose(strength: Strength) -> Result<Self> {
        match strength {
            Strength::Light => Ok(FLOOR),
            Strength::Default => calibrate(total_memory(), &mut time_of),
        }
    }

    /// m, t and p, each as 4 bytes, little-endian.
    pub fn to_bytes(self) -> [u8; PARAMS_LENGTH] {
        let mut out = [0; PARAMS_LENGTH];
        let figures = [self.memory_kib, self.passes, self.lanes];
        for (place, figure) in out.chunks_exact_mut(4).zip(figures) {
            place.copy_from_slice(&figure.to_le_bytes());
        }
        out
    }

    /// Reads [`Params::to_bytes`] back and refuses what is under the floor or over the cap.
    pub fn from_bytes(bytes: [u8; PARAMS_LENGTH]) -> Result<Self> {
        let [m0, m1, m2, m3, t0, t1, t2, t3, p0, p1, p2, p3] = bytes;
        let params = Self {
            memory_kib: u32::from_le_bytes([m0, m1, m2, m3]),
            passes: u32::from_le_bytes([t0, t1, t2, t3]),
            lanes: u32::from_le_bytes([p0, p1, p2, p3]),
        };
        let within = (FLOOR.memory_kib..=MEMORY_CAP_KIB).contains(&params.memory_kib)
            && (1..=PASSES_CAP).contains(&params.passes)
            && (1..=LANES_CAP).contains(&params.lanes)
            && u64::from(params.memory_kib) * u64::from(params.passes) >= FLOOR_WORK;
        within.then_some(params).ok_or(VaultError::Params)
    }

    /// K_pw = Argon2id(passphrase, salt; m, t, p), 32 bytes. Takes m KiB of memory
    /// and gives it back overwritten.
    pub fn derive(self, passphrase: &[u8], salt: &[u8; SALT_LENGTH]) -> Result<Locked<[u8; KEY_LENGTH]>> {
        let too_little = || VaultError::TooLittleMemory(self.memory_kib / MIB);
        let bytes = u64::from(self.memory_kib) * 1024;
        if total_memory().is_some_and(|total| bytes > total) {
            return Err(too_little());
        }
        let params = argon2::Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_LENGTH))
            .map_err(|_| VaultError::Params)?;
        // Reserved by hand, so that a machine without the memory gives an error and not an abort, and
        // overwritten by hand: argon2's own allocation is freed as it is.
        let mut blocks = Blocks(Vec::new());
        blocks
            .0
            .try_reserve_exact(params.block_count())
            .map_err(|_| too_little())?;
        blocks.0.resize(params.block_count(), Block::new());
        let mut key = Locked::new([0; KEY_LENGTH]).map_err(|_| too_little())?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(passphrase, salt, &mut *key, &mut blocks.0)
            .map_err(|_| VaultError::Params)?;
        Ok(key)
    }

    /// m in KiB, t and p in words, for `doctor`.
    pub fn describe(self) -> String {
        format!(
            "Argon2id, {} MiB, {} passes, {} lanes",
            self.memory_kib / MIB,
            self.passes,
            self.lanes
        )
    }
}

/// The memory of one run; what was computed in it says much about the passphrase.
struct Blocks(Vec<Block>);

impl Drop for Blocks {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// How long one run takes here, by the work of this thread: a machine that is busy while a vault is made must
/// not get a cheaper vault for ever.
fn time_of(params: Params) -> Result<Duration> {
    let start = work_done();
    let key = params.derive(b"how long does this take", &[0; SALT_LENGTH])?;
    drop(key);
    Ok(work_done().saturating_sub(start))
}

/// Memory first: the default amount (at most a quarter of `total_memory`), then as many passes as
/// bring the time over a second. Only a machine on which that takes too long gets less memory.
/// `measure` runs Argon2id once.
fn calibrate(
    total_memory: Option<u64>,
    measure: &mut dyn FnMut(Params) -> Result<Duration>,
) -> Result<Params> {
    let [least, aim, most] = WANTED;
    let quarter = total_memory.map_or(u64::from(DEFAULT_MEMORY_KIB), |bytes| bytes / 1024 / 4);
    let quarter = u32::try_from(quarter).unwrap_or(u32::MAX);
    let memory_kib = quarter.clamp(FLOOR.memory_kib, DEFAULT_MEMORY_KIB);
    let with = |passes| Params {
        memory_kib,
        passes,
        lanes: FLOOR.lanes,
    };
    // The first pass takes longer than the others: the memory is fetched in it.
    let first = measure(with(1))?.as_secs_f64().max(1e-6);
    let next = (measure(with(2))?.as_secs_f64() - first).max(first / 4.0);
    let more = ((least - first).max(0.0) / next).ceil();
    let mut params = with((1 + more as u32).min(PASSES_CAP));
    let estimate = first + more * next;
    if estimate > most {
        let less = (f64::from(memory_kib) * aim / estimate) as u32;
        params.memory_kib = less.max(FLOOR.memory_kib) / MIB * MIB;
    }
    while u64::from(params.memory_kib) * u64::from(params.passes) < FLOOR_WORK {
        params.passes += 1;
    }
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GIB: u64 = 1 << 30;

    fn params(memory_mib: u32, passes: u32, lanes: u32) -> Params {
        Params {
            memory_kib: memory_mib * MIB,
            passes,
            lanes,
        }
    }

    /// A machine that fills a MiB in `seconds`, and fetches it in as much again.
    fn machine(seconds: f64) -> impl FnMut(Params) -> Result<Duration> {
        move |params| {
            let one = f64::from(params.memory_kib / MIB) * seconds;
            Ok(Duration::from_secs_f64(one * f64::from(params.passes + 1)))
        }
    }

    /// Argon2id with m = 64 MiB, t = 3, p = 4 and no secret or associated data; the expected bytes are
    /// those of `argon2-cffi` 25.1 (the reference C code): hash_secret_raw(b"correct horse",
    /// b"0123456789abcdef", 3, 65536, 4, 32, Type.ID).
    #[test]
    fn the_key_is_what_the_reference_implementation_computes() {
        let key = FLOOR.derive(b"correct horse", b"0123456789abcdef").unwrap();
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "2f56f5363a695288ff28810e46ad69a1fe3068bc6494cd26a8a673b7d9c2b0a2"
        );
    }

    #[test]
    fn figures_under_the_floor_or_over_the_cap_are_refused() {
        for good in [
            params(64, 3, 4),
            params(192, 1, 1),
            params(4096, 32, 16),
            params(512, 2, 4),
        ] {
            assert_eq!(Params::from_bytes(good.to_bytes()).unwrap(), good);
        }
        for bad in [
            params(63, 4, 4),
            params(64, 2, 4),
            params(64, 0, 4),
            params(64, 33, 4),
            params(64, 3, 0),
            params(64, 3, 17),
            params(4097, 3, 4),
            Params {
                memory_kib: u32::MAX,
                passes: u32::MAX,
                lanes: u32::MAX,
            },
        ] {
            assert!(
                matches!(Params::from_bytes(bad.to_bytes()), Err(VaultError::Params)),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn memory_comes_first_and_passes_fill_the_second() {
        let chosen = calibrate(Some(16 * GIB), &mut machine(0.0005)).unwrap();
        assert_eq!(chosen, params(512, 3, 4));
        let fast = calibrate(Some(16 * GIB), &mut machine(0.000_05)).unwrap();
        assert_eq!(fast.memory_kib, 512 * MIB);
        assert!(fast.passes > 30);
    }

    #[test]
    fn a_small_machine_gives_a_quarter_of_its_memory() {
        let chosen = calibrate(Some(GIB), &mut machine(0.0005)).unwrap();
        assert_eq!(chosen.memory_kib, 256 * MIB);
    }

    #[test]
    fn a_slow_machine_gets_less_memory_but_never_less_than_the_floor() {
        let slow = calibrate(Some(16 * GIB), &mut machine(0.004)).unwrap();
        assert!(
            slow.memory_kib < 512 * MIB && slow.memory_kib > 64 * MIB,
            "{slow:?}"
        );
        let slowest = calibrate(Some(16 * GIB), &mut machine(1.0)).unwrap();
        assert_eq!(slowest, params(64, 3, 4));
        assert_eq!(calibrate(Some(0), &mut machine(1.0)).unwrap(), params(64, 3, 4));
    }

    proptest! {
        #[test]
        fn whatever_the_machine_the_choice_can_be_read_back(
            total in any::<Option<u64>>(), a in 0u64..100_000_000_000, b in 0u64..100_000_000_000,
        ) {
            let mut times = [a, b].into_iter().map(Duration::from_nanos);
            let chosen = calibrate(total, &mut |_| Ok(times.next().unwrap())).unwrap();
            prop_assert_eq!(Params::from_bytes(chosen.to_bytes()).unwrap(), chosen);
        }
    }
}
