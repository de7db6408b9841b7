//! The two dialects of OMEMO on the wire, and the table of constants in which they differ.

/// Which OMEMO: the wire format and the constants of the key schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// XEP-0384 0.3, `eu.siacs.conversations.axolotl`.
    Legacy,
    /// XEP-0384 0.8 and later, `urn:xmpp:omemo:2`.
    Omemo2,
}

/// What differs between the dialects and is not a matter of encoding (that is in `wire`).
pub(super) struct Constants {
    /// HKDF info of X3DH.
    pub(super) x3dh_info: &'static [u8],
    /// HKDF info of KDF_RK.
    pub(super) root_info: &'static [u8],
    /// HKDF info that turns a message key into cipher key, MAC key and IV.
    pub(super) message_info: &'static [u8],
    /// How many bytes of the HMAC are sent.
    pub(super) mac_length: usize,
    /// Most messages that one message may skip, and most skipped keys that one state keeps.
    pub(super) skip_most: u32,
}

const LEGACY: Constants = Constants {
    x3dh_info: b"WhisperText",
    root_info: b"WhisperRatchet",
    message_info: b"WhisperMessageKeys",
    mac_length: 8,
    skip_most: 2000,
};

const OMEMO2: Constants = Constants {
    x3dh_info: b"OMEMO X3DH",
    root_info: b"OMEMO Root Chain",
    message_info: b"OMEMO Message Key Material",
    mac_length: 16,
    skip_most: 1000,
};

impl Dialect {
    /// Both, the newer one first: what is preferred where there is a choice.
    pub const ALL: [Dialect; 2] = [Dialect::Omemo2, Dialect::Legacy];

    /// Its row of the table.
    pub(super) const fn constants(self) -> &'static Constants {
        match self {
            Dialect::Legacy => &LEGACY,
            Dialect::Omemo2 => &OMEMO2,
        }
    }
}
