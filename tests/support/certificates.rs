//! A certificate authority per server, and the certificates with which a client must not be content.

use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

use super::scratch::Scratch;

/// What the server shows to whoever connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Valid for the domain, `localhost` and 127.0.0.1.
    Good,
    /// The same, but its time is over.
    Expired,
    /// Valid, from the same authority, for somebody else.
    WrongHost,
    /// Valid names, signed by nobody but itself.
    SelfSigned,
}

/// Where the files are.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The authority: what `--ca-file` gets.
    pub authority: PathBuf,
    pub chain: PathBuf,
    pub key: PathBuf,
    /// Chain and key in one file, as ejabberd wants it.
    pub both: PathBuf,
}

/// Makes an authority and a leaf for `domain` in `scratch`.
pub fn make(scratch: &Scratch, domain: &str, shown: Shown) -> Certificates {
    let authority_key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("no names to be wrong");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
        .distinguished_name
        .push(DnType::CommonName, "Susurro test authority");
    let authority = CertifiedIssuer::self_signed(params, authority_key).expect("an authority");

    let key = KeyPair::generate().expect("a key");
    let params = leaf(domain, shown);
    let certificate = match shown {
        Shown::SelfSigned => params.self_signed(&key),
        _ => params.signed_by(&key, &authority),
    }
    .expect("a certificate");
    let (chain, key) = (certificate.pem(), key.serialize_pem());
    Certificates {
        authority: scratch.file("tls/authority.pem", authority.pem()),
        both: scratch.file("tls/both.pem", format!("{chain}{key}")),
        chain: scratch.file("tls/chain.pem", chain),
        key: scratch.file("tls/key.pem", key),
    }
}

/// A domain as certificates name it.
fn ascii(domain: &str) -> String {
    idna::domain_to_ascii(domain).expect("a domain")
}

fn leaf(domain: &str, shown: Shown) -> CertificateParams {
    let names = match shown {
        Shown::WrongHost => vec!["elsewhere.test".to_owned()],
        _ => vec![ascii(domain), "localhost".to_owned(), "127.0.0.1".to_owned()],
    };
    let mut params = CertificateParams::new(names).expect("names that can be written");
    params
        .distinguished_name
        .push(DnType::CommonName, "Susurro test server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Some clients refuse a leaf that does not say whose it is.
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = if shown == Shown::Expired {
        date_time_ymd(2021, 1, 1)
    } else {
        date_time_ymd(2090, 1, 1)
    };
    params
}
