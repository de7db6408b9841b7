//! What is said of the way to a server, from its name to a stream.

use crate::Face;
use crate::deed::Deed;
use model::failure::{
    CertificateFault, DnsFailure, Doing, Expected, GuardFault, LookUpFault, NetFailure, StreamEnd, TcpFault,
    TlsFailure, TlsMismatch,
};

pub(super) fn failure(face: Face, failure: &NetFailure) -> String {
    let text = match failure {
        NetFailure::NoLocalpart => {
            "The address has no name before the @; an account is written like ana@mired.test."
        }
        NetFailure::NoRandom => "This system gives no random numbers; nothing can be done safely.",
        NetFailure::Interrupted => "The login was interrupted on this machine; try again.",
        NetFailure::TooLarge => {
            "What has to be sent for this is larger than the server takes before the login; choose a shorter name or password."
        }
        NetFailure::NoStarttls => return no_starttls(face),
        NetFailure::StarttlsFailed => "The server could not start TLS; try again later, or ask its operator.",
        NetFailure::NotXmpp => {
            "What answers there is not XMPP; check host and port, or ask the server's operator."
        }
        NetFailure::Unreadable => {
            "The server sent XML that cannot be read, so the connection was given up; try again later, or ask its operator."
        }
        NetFailure::Cut => "The connection was cut off; check the network, or try again later.",
        NetFailure::NoHost => "The server sends us to another host that is none; ask its operator.",
        NetFailure::BadDomain(domain) => {
            return format!(
                "{} is not a valid domain name; check the address.",
                domain.as_str()
            );
        }
        NetFailure::Name(why) => return format!("No connection: {}.", name(why)),
        NetFailure::Unreached { host, port, why } => return unreached(host.as_str(), *port, why),
        NetFailure::Silent(while_doing) => {
            return format!(
                "The server did not answer in time ({}); check the network, or try again later.",
                doing(*while_doing)
            );
        }
        NetFailure::Tls(why) => return format!("No secure connection: {}.", tls(face, why)),
        NetFailure::GivenUp(fault) => {
            return format!(
                "The connection was given up, because {}; try from another network.",
                guard(fault)
            );
        }
        NetFailure::Broken(kind) => {
            return format!("The connection broke ({}); check the network.", kind.as_str());
        }
        NetFailure::Unexpected(expected) => {
            return format!(
                "The server sent something else {}; it was not looked at further. Ask the server's operator.",
                instead(*expected)
            );
        }
        NetFailure::Ended { by, said } => return super::said(&ended(face, by), said.as_ref()),
        NetFailure::TooManyMoves(most) => {
            return format!(
                "The server sent us from host to host more than {most} times, which was not followed further; ask its operator."
            );
        }
    };
    text.to_owned()
}

fn no_starttls(face: Face) -> String {
    let direct = match face {
        Face::FirstRun => "direct TLS, with F3 beside the account, ".to_owned(),
        Face::Commands => format!("direct TLS{}, ", face.beside(Deed::DirectTls)),
        // How the account is reached is not changed there.
        Face::Screen => String::new(),
    };
    format!(
        "The server offers no encryption (STARTTLS is missing, or somebody in between took it out), so nothing was sent; try \
         {direct}another network, or ask the server's operator."
    )
}

fn name(why: &DnsFailure) -> String {
    match why {
        DnsFailure::NotOffered(domain) => {
            format!(
                "{} says that it has no XMPP server; check the address",
                domain.as_str()
            )
        }
        DnsFailure::NoAddress(host) => format!(
            "no address was found for {}; check the name, and that this machine is online",
            host.as_str()
        ),
        DnsFailure::Resolver => {
            "how this machine looks names up cannot be read; check its network settings (/etc/resolv.conf)"
                .to_owned()
        }
        DnsFailure::Failed(host, why) => format!(
            "looking up {} failed ({}); check the network, or try again later",
            host.as_str(),
            no_answer(why)
        ),
    }
}

fn no_answer(why: &LookUpFault) -> &str {
    match why {
        LookUpFault::Silent => "no answer in time",
        LookUpFault::Unreached => "no name server is reached",
        LookUpFault::Refused(code) => code.as_str(),
        LookUpFault::Other => "no usable answer",
    }
}

fn unreached(host: &str, port: u16, why: &TcpFault) -> String {
    match why {
        TcpFault::Silent => {
            format!("No connection to {host}:{port} (no answer in time); check the network, or the address.")
        }
        TcpFault::Refused => format!(
            "No connection to {host}:{port} (connection refused): no server listens there, or a firewall is in the way; \
             check host and port, or try again later."
        ),
        TcpFault::Other(kind) => format!(
            "No connection to {host}:{port} ({}); check the network, or the address.",
            kind.as_str()
        ),
    }
}

fn doing(doing: Doing) -> &'static str {
    match doing {
        Doing::LookingUp => "looking up the name",
        Doing::Connecting => "connecting",
        Doing::WaitingForTls => "waiting for TLS",
        Doing::SettingUpTls => "setting up TLS",
        Doing::OpeningStream => "opening the stream",
        Doing::ReadingFeatures => "reading what the server offers",
        Doing::Sending => "sending",
        Doing::LoggingIn => "logging in",
        Doing::AskingForForm => "asking for the form",
        Doing::MakingAccount => "making the account",
        Doing::Waiting => "waiting",
    }
}

fn instead(expected: Expected) -> &'static str {
    match expected {
        Expected::Features => "instead of saying what it offers",
        Expected::Tls => "before TLS",
        Expected::Login => "during the login",
        Expected::Form => "as the form",
        Expected::Registration => "during the registration",
    }
}

fn tls(face: Face, why: &TlsFailure) -> String {
    match why {
        TlsFailure::NoRoots => {
            "no trusted certificates were found on this system; install its ca-certificates, or add a CA file"
                .to_owned()
        }
        TlsFailure::CaFile => "the CA file holds no usable certificate; give another one".to_owned(),
        TlsFailure::Domain(domain) => format!(
            "{} is not a name that a certificate can be for; check the address",
            domain.as_str()
        ),
        TlsFailure::Certificate(domain, fault) => certificate(face, domain.as_str(), fault),
        TlsFailure::Alert(alert) => format!("the server broke off the TLS handshake ({})", alert.as_str()),
        TlsFailure::Incompatible(what) => format!(
            "the server's TLS is too old or too different: there is no {} that both sides know; ask its operator",
            in_common(*what)
        ),
        TlsFailure::NoTls => "the server does not speak TLS at this address; check host and port".to_owned(),
        TlsFailure::Misbehaved => {
            "the server, or somebody in between, broke a rule of TLS; try from another network".to_owned()
        }
        TlsFailure::Handshake => "the TLS handshake failed; try again later".to_owned(),
        TlsFailure::Broken(why) => format!(
            "the connection broke while TLS was set up: {}; try again later",
            why.as_str()
        ),
    }
}

fn in_common(what: TlsMismatch) -> &'static str {
    match what {
        TlsMismatch::Version => "version",
        TlsMismatch::Cipher => "cipher",
        TlsMismatch::KeyExchange => "key exchange",
        TlsMismatch::Signature => "signature scheme",
        TlsMismatch::Extension => "form of an extension",
    }
}

/// A certificate's fault, and the remedy.
fn certificate(face: Face, domain: &str, fault: &CertificateFault) -> String {
    match fault {
        CertificateFault::Expired => format!(
            "the certificate of {domain} has expired; the server's operator has to renew it (or this machine's clock is \
             wrong)"
        ),
        CertificateFault::NotYet => {
            format!("the certificate of {domain} is not valid yet; check this machine's clock")
        }
        CertificateFault::OtherName => format!(
            "the server's certificate is not for {domain}; somebody may be in between, or its operator has to get a \
             certificate for that name"
        ),
        CertificateFault::UnknownIssuer => {
            let give = match face {
                Face::FirstRun => "name its CA file, with F3 beside the account".to_owned(),
                Face::Commands => format!("give its CA{}", face.beside(Deed::GiveCa)),
                Face::Screen => {
                    "add its CA to those that this system trusts, and start Susurro again".to_owned()
                }
            };
            format!(
                "the certificate of {domain} is signed by nobody that this system trusts (self-signed, or a CA of its own); \
                 if it is meant to be so, {give}"
            )
        }
        CertificateFault::Revoked => {
            format!("the certificate of {domain} was revoked; ask the server's operator")
        }
        CertificateFault::OtherPurpose => {
            format!("the certificate of {domain} is not meant for a server; ask its operator")
        }
        CertificateFault::Authority => format!(
            "the certificate of {domain} is that of a CA and not of a server; the server's operator has to get one for the \
             server itself"
        ),
        CertificateFault::Malformed => {
            format!("the certificate of {domain} cannot be read; ask the server's operator")
        }
        CertificateFault::Unknown => format!(
            "the certificate of {domain} demands or is signed with something that this program does not know; ask the server's \
             operator"
        ),
        CertificateFault::Other => {
            format!("the certificate of {domain} is not valid; ask the server's operator")
        }
    }
}

fn guard(fault: &GuardFault) -> String {
    match fault {
        GuardFault::Forbidden(what) => format!("the server sent a {}, which XMPP forbids", what.as_str()),
        GuardFault::Malformed(how) => format!("the server sent malformed XML: {}", how.as_str()),
        GuardFault::Header => "the server's stream header is too large".to_owned(),
        GuardFault::Endless => "the server sent a stanza without end".to_owned(),
        GuardFault::Early => "the server sent something before it was its turn".to_owned(),
    }
}

fn ended(face: Face, by: &StreamEnd) -> String {
    let given = face.beside(Deed::NameServer);
    match by {
        StreamEnd::NotServed(domain) => format!(
            "The server there does not serve {}; check the address, or the server given for it{given}.",
            domain.as_str()
        ),
        StreamEnd::Elsewhere => format!(
            "The server sends us to another host in a way that is not followed; if that is meant, give it as the server of the \
             account{given}."
        ),
        StreamEnd::Restarting => "The server is restarting; try again later.".to_owned(),
        StreamEnd::Trouble(condition) => {
            format!("The server has trouble ({}); try again later.", condition.as_str())
        }
        StreamEnd::Policy => {
            "The server broke off for a rule of its own (policy-violation); try again later.".to_owned()
        }
        StreamEnd::Conflict => {
            "The server ended this stream because another one took its place; see where else this account is logged in."
                .to_owned()
        }
        StreamEnd::NotLoggedIn => {
            "The server ended the stream because we are not logged in; try again later.".to_owned()
        }
        StreamEnd::Other(condition) => {
            format!("The server ended the stream ({}); ask its operator.", condition.as_str())
        }
    }
}
