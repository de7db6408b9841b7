//! The way by which something came that is kept beside a message.

use rusqlite::Row;

use super::codes::Code;
use super::{Result, rows};
use model::{Fingerprint, Protection, Timestamp, Trust};

/// When something was said, how it was protected on its way, and by which device's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub time: Timestamp,
    pub protection: Protection,
    pub device: Option<u32>,
    pub fingerprint: Option<Fingerprint>,
    /// What was thought of the key then.
    pub trust: Option<Trust>,
}

/// Servers stamp what they keep in whole seconds, and by so much too early: within that, what comes later
/// counts as said later.
const STAMPS_MS: i64 = 2000;

impl Way {
    /// Whether it was certainly said before `other`.
    pub(super) fn is_before(&self, other: Timestamp) -> bool {
        other.as_millisecond() - self.time.as_millisecond() > STAMPS_MS
    }

    /// From five columns, the first of which is this one: time, protection, device, fingerprint, trust.
    pub(super) fn read(row: &Row<'_>, first: usize) -> Result<Self> {
        let fingerprint = rows::optional_bytes(row, first + 3, "fingerprint")?;
        Ok(Self {
            time: rows::time(row, first)?,
            protection: rows::code(row, first + 1)?,
            device: rows::get(row, first + 2)?,
            fingerprint: fingerprint.map(|bytes| Fingerprint(*bytes)),
            trust: rows::optional_code(row, first + 4)?,
        })
    }

    /// As they are stored.
    pub(super) fn columns(&self) -> Columns {
        (
            self.time.as_millisecond(),
            self.protection.code(),
            self.device,
            self.fingerprint.map(|fingerprint| fingerprint.0),
            self.trust.map(Code::code),
        )
    }
}

pub(super) type Columns = (i64, i64, Option<u32>, Option<[u8; 32]>, Option<i64>);
