//! The road by which a content came, and so whose word it is.

use crate::device_address::DeviceAddress;
use model::{Dialect, Fingerprint, Protection, Trust};

/// The key that a letter was opened with, and its trust.
pub(crate) type Key = (Fingerprint, Trust);

/// The road by which a content came.
pub(crate) enum Road<'a> {
    Clear,
    /// In or beside a letter that seals no more than the text, with the device that wrote it.
    Letter(Key, &'a DeviceAddress),
    /// With the device that wrote it.
    Envelope(Key, &'a DeviceAddress),
}

/// How what a letter of this dialect says was protected.
pub(crate) fn protection(dialect: Dialect) -> Protection {
    match dialect {
        Dialect::Legacy => Protection::OmemoLegacy,
        Dialect::Omemo2 => Protection::Omemo2,
    }
}

impl Road<'_> {
    pub(crate) fn protection(&self) -> Protection {
        match self {
            Self::Clear => Protection::Clear,
            Self::Letter(_, writer) => protection(writer.dialect),
            Self::Envelope(..) => Protection::Omemo2,
        }
    }

    pub(crate) fn key(&self) -> Option<Key> {
        match self {
            Self::Clear => None,
            Self::Letter(key, _) | Self::Envelope(key, _) => Some(*key),
        }
    }

    pub(crate) fn device(&self) -> Option<u32> {
        match self {
            Self::Clear => None,
            Self::Letter(_, writer) | Self::Envelope(_, writer) => Some(writer.device.get()),
        }
    }

    /// Whether what it says beside its text was sealed with it.
    pub(crate) fn is_sealed(&self) -> bool {
        matches!(self, Self::Envelope(..))
    }

    /// Whether anything follows from what it says beside its text. In an envelope it is the word of
    /// its key: nothing was sealed for a device that is not trusted, so it has nothing to
    /// acknowledge, and nothing to ask for. Elsewhere it is nobody's word, and counts for no more
    /// than that.
    pub(crate) fn is_heeded(&self) -> bool {
        match self {
            Self::Clear | Self::Letter(..) => true,
            Self::Envelope((_, trust), _) => trust.may_seal(),
        }
    }
}
