//! The two dialects of OMEMO on the wire, and the table of constants in which they differ.

/// Which OMEMO: the wire format and the constants of the key schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// XEP-0384 0.3, `eu.siacs.conversations.axolotl`.
    Legacy,
    /// XEP-0384 0.8 and later, `urn:xmpp:omemo:2`.
    Omemo2,
}
