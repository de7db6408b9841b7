//! Free loopback ports for servers that cannot be told to choose one themselves.

use std::net::{TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range from which the kernel takes the ports of outgoing connections, so that none of those can
/// slip in between our look and the server's bind.
const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port that no other test gets as long as this lives, not even one of another process, and not while the
/// server that has it is being started again.
#[derive(Debug)]
pub struct Port {
    pub number: u16,
    /// The same number of UDP, which no server of ours uses: whoever has it has the port,
    /// and the kernel gives it back.
    _claim: UdpSocket,
}

/// A port that is free now. A program that is no test of ours may still win the race, so a server that could
/// not bind is started again on another port.
pub fn free() -> Port {
    // Test binaries that run beside each other begin at different places.
    let offset = std::process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let number = FIRST + offset.wrapping_add(step) % COUNT;
        let number = u16::try_from(number).expect("the range is below 65536");
        let Ok(claim) = UdpSocket::bind(("127.0.0.1", number)) else {
            continue;
        };
        if TcpListener::bind(("127.0.0.1", number)).is_ok() {
            return Port {
                number,
                _claim: claim,
            };
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}
