//! What the process does to keep its memory to itself, and the pages that keys live in.
//!
//! This is the one file of the program that may use `unsafe` (the lint is denied everywhere else). The
//! reasons: a key has to stay at one address that can be locked into memory and left out of dumps, which
//! needs pages of its own from `mmap`, and `mmap`, `mlock`, `madvise` and `munmap` act on raw addresses that
//! no safe wrapper covers. All of it is inside [`Locked`], which hands out nothing but ordinary references.
//! The rest of this file (`prctl`, `setrlimit`, `sysinfo`) goes through the safe functions of `rustix`.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::io;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::time::Duration;

use rustix::mm::{MapFlags, ProtFlags, mlock, mmap_anonymous, munmap};
use zeroize::Zeroize;

/// Shuts the process against core dumps and against other programs of the same user reading its memory. To be
/// called first thing in `main`, and again after every exec, since exec undoes it.
///
/// Returns what did not work, as sentences for stderr; the program goes on all the same.
#[must_use = "the warnings are for the user"]
pub fn harden() -> Vec<String> {
    let mut warnings = Vec::new();
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = rustix::process::setrlimit(rustix::process::Resource::Core, none) {
        warnings.push(format!("Core dumps could not be switched off: {error}."));
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            warnings.push(format!(
                "Other programs of yours can read the memory of this one: {error}."
            ));
        }
    }
    warnings
}

/// Memory of this machine (of the control group, where one sets less) in bytes;
/// `None` where it cannot be told.
pub fn total_memory() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        let info = rustix::system::sysinfo();
        #[allow(clippy::useless_conversion, reason = "a machine word, of 32 bits elsewhere")]
        let machine = u64::from(info.totalram).saturating_mul(u64::from(info.mem_unit));
        let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max")
            .ok()
            .and_then(|text| text.trim().parse::<u64>().ok());
        Some(group.map_or(machine, |group| machine.min(group)))
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// How long this thread has worked so far: unlike the time on the clock, it does not grow while others have
/// the processor. (Where there is no such figure: the clock.)
pub fn work_done() -> Duration {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::try_from(time).unwrap_or_default()
    }
    #[cfg(not(target_os = "linux"))]
    {
        static START: std::sync::LazyLock<std::time::Instant> =
            std::sync::LazyLock::new(std::time::Instant::now);
        START.elapsed()
    }
}

/// One secret value on pages of its own: locked into memory (never in swap), left out of core dumps,
/// overwritten before the pages go back. It has no Debug and is not Clone.
///
/// Make it with an empty value and write the secret through the reference: what is
/// moved in leaves a copy behind.
pub struct Locked<T: Zeroize> {
    value: NonNull<T>,
    length: usize,
    held: bool,
}

impl<T: Zeroize> Locked<T> {
    /// Puts `empty` on fresh pages. Only a machine without a single free page makes it fail; pages that
    /// cannot be locked are used all the same, see [`Locked::is_held`].
    pub fn new(empty: T) -> io::Result<Self> {
        let page = rustix::param::page_size();
        let length = size_of::<T>().max(1).next_multiple_of(page);
        if align_of::<T>() > page {
            return Err(io::ErrorKind::Unsupported.into());
        }
        // SAFETY: a null address asks for a new mapping wherever the kernel likes, so
        // no memory in use is touched.
        let address = unsafe {
            mmap_anonymous(
                std::ptr::null_mut(),
                length,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE,
            )
        }?;
        let value = NonNull::new(address.cast::<T>()).ok_or(io::ErrorKind::OutOfMemory)?;
        // SAFETY: `address..address + length` is the mapping made above: ours, whole pages, readable.
        let mut held = unsafe { mlock(address, length) }.is_ok();
        #[cfg(target_os = "linux")]
        {
            use rustix::mm::{Advice, madvise};
            // SAFETY: as above; DONTDUMP changes nothing but what a core dump holds.
            held &= unsafe { madvise(address, length, Advice::LinuxDontDump) }.is_ok();
        }
        // SAFETY: the mapping is writable, at least `size_of::<T>()` long, and aligned
        // to a page, so to T (checked).
        unsafe { value.as_ptr().write(empty) };
        Ok(Self { value, length, held })
    }

    /// Whether the pages are locked and kept out of dumps; where not, swap may come to hold the secret.
    pub fn is_held(&self) -> bool {
        self.held
    }
}

impl<T: Zeroize> Deref for Locked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: `value` points to a T that lives, on pages only we have, until
        // drop; `&self` forbids `&mut`.
        unsafe { self.value.as_ref() }
    }
}

impl<T: Zeroize> DerefMut for Locked<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` makes it the only reference.
        unsafe { self.value.as_mut() }
    }
}

impl<T: Zeroize> Drop for Locked<T> {
    fn drop(&mut self) {
        self.zeroize();
        // SAFETY: the value is whole, nobody refers to it any more, and it is not used after this.
        unsafe { self.value.as_ptr().drop_in_place() };
        // SAFETY: exactly the mapping made in `new`; unmapping unlocks. A failure
        // leaves a page of zeros mapped.
        let _ = unsafe { munmap(self.value.as_ptr().cast::<c_void>(), self.length) };
    }
}

impl<T: Zeroize> Zeroize for Locked<T> {
    fn zeroize(&mut self) {
        (**self).zeroize();
    }
}

impl<T: Zeroize> zeroize::ZeroizeOnDrop for Locked<T> {}

// SAFETY: a Locked owns its T as a Box does; the address is no property of a thread.
unsafe impl<T: Zeroize + Send> Send for Locked<T> {}
// SAFETY: `&Locked<T>` gives `&T` and nothing else.
unsafe impl<T: Zeroize + Sync> Sync for Locked<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_value_is_on_pages_of_its_own_and_keeps_what_is_written() {
        let mut one = Locked::new([0u8; 32]).unwrap();
        let two = Locked::new([1u8; 32]).unwrap();
        one.copy_from_slice(&[7; 32]);
        assert_eq!(*one, [7; 32]);
        assert_eq!(*two, [1; 32]);
        assert_eq!(one.as_ptr().addr() % rustix::param::page_size(), 0);
        assert_ne!(
            one.as_ptr().addr() / rustix::param::page_size(),
            two.as_ptr().addr() / rustix::param::page_size()
        );
        one.zeroize();
        assert_eq!(*one, [0; 32]);
    }

    #[test]
    fn a_value_larger_than_a_page_gets_the_pages_it_needs() {
        let mut large = Locked::new([0u8; 10_000]).unwrap();
        large.fill(0xa5);
        assert!(large.iter().all(|byte| *byte == 0xa5));
    }

    /// The kernel's own account of a mapping: "lo" (locked) and "dd" (not in dumps) among its flags.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_says_that_the_page_is_locked_and_not_dumped() {
        let key = Locked::new([0u8; 32]).unwrap();
        let start = format!("{:x}-", key.as_ptr().addr());
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let flags = maps
            .lines()
            .skip_while(|line| !line.starts_with(&start))
            .find(|line| line.starts_with("VmFlags:"));
        // A mapping beside ours with the same flags may have been merged with it: then no line starts there.
        let Some(flags) = flags else { return };
        let has = |flag| flags.split_whitespace().any(|word| word == flag);
        assert!(has("dd"), "{flags}");
        assert_eq!(has("lo"), key.is_held(), "{flags}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_hardened_process_is_not_dumpable_and_writes_no_core() {
        assert_eq!(harden(), Vec::<String>::new());
        assert_eq!(
            rustix::process::dumpable_behavior().unwrap(),
            rustix::process::DumpableBehavior::NotDumpable
        );
        let core = rustix::process::getrlimit(rustix::process::Resource::Core);
        assert_eq!((core.current, core.maximum), (Some(0), Some(0)));
    }

    #[test]
    fn the_work_of_this_thread_only_grows() {
        let before = work_done();
        let sum = (0..2_000_000u64).fold(0, |sum: u64, n| std::hint::black_box(sum.wrapping_mul(31) ^ n));
        std::hint::black_box(sum);
        assert!(work_done() > before);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_machine_has_some_memory() {
        assert!(total_memory().unwrap() > 64 << 20);
    }
}
