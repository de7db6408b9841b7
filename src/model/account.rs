//! An account: how it is reached, and what of it was typed before there was one.

/// How to connect, as given to `account add`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountOptions {
    /// Host and port to use in place of DNS.
    pub server: Option<(String, u16)>,
    /// TLS from the first byte (XEP-0368), not STARTTLS.
    pub direct_tls: bool,
    /// Further trusted roots, the PEM text itself (the file may go away).
    pub ca_pem: Option<String>,
    /// PLAIN may be used if the server offers nothing better.
    pub allow_plain: bool,
}

/// An account as it was typed in the wizard, right or not; never its password.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountDraft {
    /// It is to be made on its server.
    pub make: bool,
    pub address: String,
    /// Host and port.
    pub server: String,
    pub direct_tls: bool,
    pub ca_file: String,
    pub allow_plain: bool,
}
