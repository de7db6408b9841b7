//! TLS: whom to trust, what to prefer, and what went wrong.
//!
//! The certificate is checked against the domain of the JID, never against an SRV target or `--server`
//! (threat 90, RFC 7590, RFC 6125). There is no way around the check but a further trusted root.

use std::io;
use std::sync::Arc;

use rustls_native_certs::load_native_certs;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{
    self, AlertDescription, CertificateError, ClientConfig, NamedGroup, OtherError, PeerIncompatible,
    ProtocolVersion, RootCertStore,
};
use zeroize::Zeroizing;

use crate::validity::not_after;
use model::Clean;
use model::failure::{CertificateFault, TlsFailure, TlsMismatch};

/// RFC 9266 §2.
const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";
/// XEP-0368 §3.
const ALPN: &[u8] = b"xmpp-client";
/// RFC 7301 §6: nothing newer is needed of a server of files, and some offer only newer ones to whoever says
/// nothing.
const ALPN_HTTP: &[u8] = b"http/1.1";
/// More certificates than any file of roots of one's own holds.
const MAX_EXTRA_ROOTS: usize = 1024;

/// The system's roots and, if given, those in `ca_pem`; TLS 1.3 or 1.2 with extended master secret (without
/// it the exporter does not bind anything, RFC 9266 §4); the hybrid post-quantum key exchange first.
pub fn config(ca_pem: Option<&str>) -> Result<Arc<ClientConfig>, TlsFailure> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(load_native_certs().certs);
    if let Some(pem) = ca_pem {
        add_extra(&mut roots, pem)?;
    }
    if roots.is_empty() {
        return Err(TlsFailure::NoRoots);
    }
    let provider = CryptoProvider {
        kx_groups: vec![
            aws_lc_rs::kx_group::X25519MLKEM768,
            aws_lc_rs::kx_group::X25519,
            aws_lc_rs::kx_group::SECP256R1,
            aws_lc_rs::kx_group::SECP384R1,
        ],
        ..aws_lc_rs::default_provider()
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| handshake_failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.require_ems = true;
    Ok(Arc::new(config))
}

/// For direct TLS: the port may be shared with other services (XEP-0368 §3).
pub fn with_alpn(config: &ClientConfig) -> Arc<ClientConfig> {
    speaking(config, ALPN)
}

/// For a server of files.
pub fn for_http(config: &ClientConfig) -> Arc<ClientConfig> {
    speaking(config, ALPN_HTTP)
}

fn speaking(config: &ClientConfig, protocol: &[u8]) -> Arc<ClientConfig> {
    let mut config = config.clone();
    config.alpn_protocols = vec![protocol.to_vec()];
    Arc::new(config)
}

fn add_extra(roots: &mut RootCertStore, pem: &str) -> Result<(), TlsFailure> {
    let mut added = 0;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()).take(MAX_EXTRA_ROOTS) {
        let certificate = certificate.map_err(|_| TlsFailure::CaFile)?;
        roots.add(certificate).map_err(|_| TlsFailure::CaFile)?;
        added += 1;
    }
    if added == 0 {
        Err(TlsFailure::CaFile)
    } else {
        Ok(())
    }
}

/// What is known of a connection.
pub struct Facts {
    /// "TLS 1.3 X25519MLKEM768".
    pub words: String,
    /// Until when the server's certificate is valid, as in "2027-02-28".
    pub valid_until: Option<String>,
    /// Whether it is TLS 1.3.
    pub tls13: bool,
    /// Channel binding data (RFC 9266).
    pub exporter: Zeroizing<Vec<u8>>,
}

/// The handshake, for the domain of the JID as an A-label.
pub async fn handshake<Io>(
    config: Arc<ClientConfig>,
    domain: &str,
    io: Io,
) -> Result<(TlsStream<Io>, Facts), TlsFailure>
where
    Io: AsyncRead + AsyncWrite + Unpin,
{
    let name =
        ServerName::try_from(domain.to_owned()).map_err(|_| TlsFailure::Domain(Clean::line(domain)))?;
    let stream = TlsConnector::from(config)
        .connect(name, io)
        .await
        .map_err(|error| explain(error, domain))?;
    let facts = facts(&stream).map_err(|error| handshake_failed(&error))?;
    Ok((stream, facts))
}

fn facts<Io>(stream: &TlsStream<Io>) -> Result<Facts, rustls::Error> {
    let connection = stream.get_ref().1;
    let version = connection.protocol_version();
    let mut words = match version {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        other => format!("{other:?}"),
    };
    if let Some(group) = connection.negotiated_key_exchange_group() {
        words.push(' ');
        words.push_str(&group_name(group.name()));
    }
    let exporter =
        connection.export_keying_material(Zeroizing::new(vec![0; 32]), EXPORTER_LABEL, Some(&[]))?;
    Ok(Facts {
        words,
        valid_until: connection
            .peer_certificates()
            .and_then(<[_]>::first)
            .and_then(|leaf| not_after(leaf)),
        tls13: version == Some(ProtocolVersion::TLSv1_3),
        exporter,
    })
}

fn group_name(group: NamedGroup) -> String {
    match group {
        NamedGroup::secp256r1 => "P-256".into(),
        NamedGroup::secp384r1 => "P-384".into(),
        other => format!("{other:?}"),
    }
}

/// Rustls hides its own error inside an io error.
fn explain(error: io::Error, domain: &str) -> TlsFailure {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        Some(rustls::Error::InvalidCertificate(reason)) => {
            TlsFailure::Certificate(Clean::line(domain), certificate(reason))
        }
        Some(rustls::Error::AlertReceived(alert)) => TlsFailure::Alert(alert_name(*alert)),
        Some(rustls::Error::PeerIncompatible(reason)) => TlsFailure::Incompatible(mismatch(reason)),
        Some(rustls::Error::InvalidMessage(_)) => TlsFailure::NoTls,
        Some(other) => handshake_failed(other),
        None => TlsFailure::Broken(Clean::line(&error.to_string())),
    }
}

/// What goes into the log and not before a person: rustls' own words.
fn handshake_failed(error: &rustls::Error) -> TlsFailure {
    tracing::warn!("the TLS handshake failed: {error}");
    match error {
        rustls::Error::PeerMisbehaved(_)
        | rustls::Error::InappropriateMessage { .. }
        | rustls::Error::InappropriateHandshakeMessage { .. }
        | rustls::Error::PeerSentOversizedRecord
        | rustls::Error::DecryptError => TlsFailure::Misbehaved,
        _ => TlsFailure::Handshake,
    }
}

/// The name of an alert in RFC 8446 §6: `HandshakeFailure` is `handshake_failure` there.
fn alert_name(alert: AlertDescription) -> Clean {
    let mut name = String::new();
    for letter in format!("{alert:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    Clean::line(&name)
}

fn mismatch(reason: &PeerIncompatible) -> TlsMismatch {
    match reason {
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled => TlsMismatch::Version,
        PeerIncompatible::NoCipherSuitesInCommon => TlsMismatch::Cipher,
        PeerIncompatible::NoKxGroupsInCommon | PeerIncompatible::NoEcPointFormatsInCommon => {
            TlsMismatch::KeyExchange
        }
        PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => TlsMismatch::Signature,
        _ => TlsMismatch::Extension,
    }
}

/// A certificate's fault.
fn certificate(reason: &CertificateError) -> CertificateFault {
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateFault::NotYet
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::OtherName
        }
        // A bad signature is what another CA of the same name makes.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => CertificateFault::UnknownIssuer,
        CertificateError::Revoked => CertificateFault::Revoked,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            CertificateFault::OtherPurpose
        }
        CertificateError::BadEncoding => CertificateFault::Malformed,
        CertificateError::UnhandledCriticalExtension
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            CertificateFault::Unknown
        }
        CertificateError::Other(other) if is_authority(other) => CertificateFault::Authority,
        other => {
            tracing::warn!("the certificate is not valid: {other:?}");
            CertificateFault::Other
        }
    }
}

/// Whether webpki refused the certificate of a CA in the place of a server's: its errors are known here by
/// name alone.
fn is_authority(error: &OtherError) -> bool {
    format!("{:?}", error.0) == "CaUsedAsEndEntity"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_without_a_certificate_is_refused() {
        assert!(matches!(config(Some("")), Err(TlsFailure::CaFile)));
        assert!(matches!(
            config(Some(
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
            )),
            Err(TlsFailure::CaFile)
        ));
    }

    #[test]
    fn what_rustls_says_becomes_a_code_or_a_name_of_the_protocol() {
        let broken = |error| explain(io::Error::other(error), "mired.test");
        let alert = |name| TlsFailure::Alert(Clean::line(name));
        assert_eq!(
            broken(rustls::Error::AlertReceived(AlertDescription::HandshakeFailure)),
            alert("handshake_failure")
        );
        assert_eq!(
            broken(rustls::Error::PeerIncompatible(
                PeerIncompatible::NoCipherSuitesInCommon
            )),
            TlsFailure::Incompatible(TlsMismatch::Cipher)
        );
        assert_eq!(broken(rustls::Error::DecryptError), TlsFailure::Misbehaved);
        assert_eq!(broken(rustls::Error::HandshakeNotComplete), TlsFailure::Handshake);
        let certificate = |fault| TlsFailure::Certificate(Clean::line("mired.test"), fault);
        assert_eq!(
            broken(rustls::Error::InvalidCertificate(CertificateError::BadEncoding)),
            certificate(CertificateFault::Malformed)
        );
    }

    #[test]
    fn the_hybrid_key_exchange_comes_first() {
        let ca = rcgen::generate_simple_self_signed(vec!["mired.test".into()]).unwrap();
        let config = config(Some(&ca.cert.pem())).unwrap();
        let groups: Vec<_> = config
            .crypto_provider()
            .kx_groups
            .iter()
            .map(|group| group.name())
            .collect();
        assert_eq!(groups.first(), Some(&NamedGroup::X25519MLKEM768));
        assert!(config.alpn_protocols.is_empty());
        assert_eq!(with_alpn(&config).alpn_protocols, [b"xmpp-client"]);
        assert_eq!(for_http(&config).alpn_protocols, [b"http/1.1"]);
    }
}
