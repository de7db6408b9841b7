//! How far a file has come, on one line of a terminal: bytes, speed, time left. Nothing elsewhere.

use std::io::{self, IsTerminal, Write};

use tokio::time::Instant;

use api::Transfer;

/// The line; it is taken away when the value goes.
pub struct Bar {
    shown: bool,
    /// None: stderr is no terminal.
    began: Option<Instant>,
}

impl Bar {
    pub fn new() -> Self {
        Self {
            shown: false,
            began: io::stderr().is_terminal().then(Instant::now),
        }
    }

    pub fn show(&mut self, transfer: &Transfer) {
        let Some(began) = self.began else { return };
        let line = line(transfer, began.elapsed().as_millis());
        // That nobody can be told is no reason to fail.
        let _ = write!(io::stderr().lock(), "\r\x1b[K{line}");
        self.shown = true;
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

fn line(transfer: &Transfer, milliseconds: u128) -> String {
    let Transfer { done, total, .. } = *transfer;
    let speed = u64::try_from(u128::from(done) * 1000 / milliseconds.max(1)).unwrap_or(u64::MAX);
    let mut line = ::words::size(done);
    if let Some(total) = total {
        let percent = done.saturating_mul(100) / total.max(1);
        line = format!("{percent} % of {}", ::words::size(total));
    }
    line.push_str(&format!(", {}/s", ::words::size(speed)));
    if let Some(total) = total
        && speed > 0
    {
        let left = total.saturating_sub(done) / speed;
        line.push_str(&format!(", {}:{:02} left", left / 60, left % 60));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::FileId;

    #[test]
    fn what_came_how_fast_and_what_is_left() {
        let transfer = |done, total| Transfer {
            file: FileId(1),
            leaves: true,
            done,
            total,
            waits: false,
        };
        assert_eq!(
            line(&transfer(1 << 20, Some(4 << 20)), 2000),
            "25 % of 4.0 MiB, 512.0 KiB/s, 0:06 left"
        );
        assert_eq!(line(&transfer(512, None), 1000), "512 bytes, 512 bytes/s");
        assert_eq!(line(&transfer(0, Some(0)), 0), "0 % of 0 bytes, 0 bytes/s");
    }
}
