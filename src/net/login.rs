//! Which account to log in to, and how.

use model::{AccountOptions, BareJid};

/// Where to log in and how.
#[derive(Debug, Clone)]
pub struct Login {
    pub jid: BareJid,
    pub options: AccountOptions,
    /// Host and port that the server named for a resumption (XEP-0198 `location`), tried first.
    pub location: Option<String>,
    /// The strongest mechanism used before; a weaker one is refused.
    pub mechanism: Option<String>,
}
