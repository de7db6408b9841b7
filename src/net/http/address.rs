//! Where a file lies: `https` addresses, and which machines they may lead to.

use std::net::{IpAddr, Ipv4Addr};

use url::{Host, Url};

/// Longer addresses are none that a service gives.
const LONGEST: usize = 8192;

/// An `https` address without a name or a password in it. The part behind `#` is not kept: it is not for the
/// host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(Url);

impl Address {
    /// None: nothing that is fetched.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        Self::of(Url::parse(text).ok()?)
    }

    /// Where a redirect leads (RFC 9110 §10.2.2).
    pub(super) fn onward(&self, location: &str) -> Option<Self> {
        if location.len() > LONGEST {
            return None;
        }
        Self::of(self.0.join(location).ok()?)
    }

    fn of(mut url: Url) -> Option<Self> {
        url.set_fragment(None);
        let plain = url.username().is_empty() && url.password().is_none();
        (url.scheme() == "https" && url.has_host() && plain).then_some(Self(url))
    }

    /// As certificates and DNS know it; an IPv6 address without its brackets.
    pub(super) fn host(&self) -> String {
        match self.0.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// What stands in the header `Host`.
    pub(super) fn authority(&self) -> &str {
        self.0.authority()
    }

    /// Path and query: what is asked for.
    pub(super) fn target(&self) -> String {
        match self.0.query() {
            Some(query) => format!("{}?{query}", self.0.path()),
            None => self.0.path().to_owned(),
        }
    }
}

/// Whether it is an address of the internet, and none of this machine or of the networks behind it (threat
/// 65).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => {
            if let Some(mapped) = address.to_ipv4_mapped() {
                return is_public_v4(mapped);
            }
            // NAT64 (RFC 6052): the last four bytes are where it leads.
            if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() {
                let bits = (u32::from(high) << 16) | u32::from(low);
                return is_public_v4(Ipv4Addr::from_bits(bits));
            }
            !(address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local())
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    // RFC 6598: between a provider and its customers.
    let shared = first == 100 && second & 0xc0 == 64;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || first == 0
        || shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_without_a_password_is_an_address() {
        let address = Address::parse("HTTPS://Files.Mired.Test/a%20b/\u{e9}.jpg?x=1#secret").unwrap();
        assert_eq!(address.host(), "files.mired.test");
        assert_eq!(address.port(), 443);
        assert_eq!(address.target(), "/a%20b/%C3%A9.jpg?x=1");
        for refused in [
            "http://mired.test/a",
            "aesgcm://mired.test/a",
            "file:///etc/passwd",
            "https://ana:secret@mired.test/a",
            "https://ana@mired.test/a",
            "https:///",
            "/a",
            "",
        ] {
            assert_eq!(Address::parse(refused), None, "{refused}");
        }
        let long = format!("https://mired.test/{}", "a".repeat(LONGEST));
        assert_eq!(Address::parse(&long), None);
    }

    #[test]
    fn a_redirect_stays_with_https() {
        let address = Address::parse("https://mired.test:5443/a/b?c").unwrap();
        let onward = |location| {
            let next = address.onward(location)?;
            Some(format!("{} {}", next.authority(), next.target()))
        };
        assert_eq!(onward("/d"), Some("mired.test:5443 /d".to_owned()));
        assert_eq!(onward("d"), Some("mired.test:5443 /a/d".to_owned()));
        assert_eq!(onward("//b.test/d"), Some("b.test /d".to_owned()));
        assert_eq!(onward("https://b.test"), Some("b.test /".to_owned()));
        assert_eq!(onward("http://b.test/d"), None);
        assert_eq!(onward("file:///d"), None);
        assert_eq!(onward("https://ana:x@b.test/d"), None);
    }

    #[test]
    fn addresses_behind_the_internet_are_known() {
        let public = |address: &str| is_public(address.parse().unwrap());
        for inside in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
        ] {
            assert!(!public(inside), "{inside}");
        }
        for outside in [
            "8.8.8.8",
            "100.128.0.1",
            "2001:db8::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(public(outside), "{outside}");
        }
    }
}
