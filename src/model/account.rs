//! How an account is reached.

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
