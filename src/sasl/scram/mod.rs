//! SCRAM (RFC 5802, RFC 7677) as a chain of states, each made from the one before:
//!
//! [`ClientFirst`] —server-first→ [`Challenged`] —[`Challenged::prove`], the heavy part→
//! [`ClientFinal`] —server-final→ [`Verified`]. A login counts only with a [`Verified`], and the only
//! way to one is the server's right signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::SaslError;
use super::hash::Hash;
use super::mechanism::{Choice, Flag, Mechanism, Offer};
use super::saslprep::{escape, prepare};

/// RFC 7677 §4: at least 4,096.
const MIN_ROUNDS: u32 = 4_096;
/// Some seconds of work; more is an attack on our processor.
const MAX_ROUNDS: u32 = 10_000_000;
/// The longest server message and the longest salt, in bytes.
const MAX_MESSAGE: usize = 8 * 1024;
const MAX_SALT: usize = 1024;

/// The client-first-message is ready to be sent.
pub struct ClientFirst {
    hash: Hash,
    gs2_header: &'static str,
    /// Binding data (RFC 9266), empty without PLUS.
    binding: Zeroizing<Vec<u8>>,
    bare: String,
    nonce: String,
    password: Zeroizing<String>,
    /// Base64 of the hash that XEP-0474 wants to see, if the server sends one.
    downgrade_hash: String,
}

impl ClientFirst {
    /// Begins an exchange. `exporter`: what TLS exports for RFC 9266, used only if
    /// `choice` is a PLUS mechanism.
    pub fn new(
        choice: Choice,
        offer: &Offer,
        user: &str,
        password: &str,
        exporter: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, SaslError> {
        let mut nonce = [0; 24];
        rng.fill_bytes(&mut nonce);
        Self::with_nonce(choice, offer, user, password, exporter, BASE64.encode(nonce))
    }

    fn with_nonce(
        choice: Choice,
        offer: &Offer,
        user: &str,
        password: &str,
        exporter: &[u8],
        nonce: String,
    ) -> Result<Self, SaslError> {
        let (hash, binding) = match (choice.mechanism, choice.flag) {
            (Mechanism::ScramPlus(hash), Flag::Exporter) if !exporter.is_empty() => (hash, exporter),
            (Mechanism::Scram(hash), Flag::NotOffered | Flag::Unusable) => (hash, &[][..]),
            _ => {
                return Err(SaslError::Malformed(
                    "mechanism and channel binding do not belong together",
                ));
            }
        };
        Ok(Self {
            hash,
            gs2_header: choice.flag.gs2_header(),
            binding: Zeroizing::new(binding.to_vec()),
            bare: format!("n={},r={nonce}", escape(&prepare(user)?)),
            nonce,
            password: prepare(password)?,
            downgrade_hash: BASE64.encode(hash.digest(&offer.downgrade_string())),
        })
    }

    /// The client-first-message.
    pub fn message(&self) -> String {
        format!("{}{}", self.gs2_header, self.bare)
    }

    /// Checks the server-first-message; nothing was computed from the password yet.
    pub fn receive(self, server_first: &[u8]) -> Result<Challenged, SaslError> {
        let text = message_text(server_first)?;
        let first = ServerFirst::parse(text)?;
        // Without this a message recorded elsewhere would do.
        if !first.nonce.starts_with(&self.nonce) || first.nonce.len() == self.nonce.len() {
            return Err(SaslError::Nonce);
        }
        if first
            .downgrade_hash
            .is_some_and(|hash| hash != self.downgrade_hash)
        {
            return Err(SaslError::Downgraded);
        }
        let mut channel = Zeroizing::new(self.gs2_header.as_bytes().to_vec());
        channel.extend_from_slice(&self.binding);
        let without_proof = format!("c={},r={}", BASE64.encode(channel.as_slice()), first.nonce);
        Ok(Challenged {
            hash: self.hash,
            salt: first.salt,
            rounds: first.rounds,
            auth_message: format!("{},{text},{without_proof}", self.bare),
            without_proof,
            password: self.password,
        })
    }
}

/// The server's challenge was found sound.
pub struct Challenged {
    hash: Hash,
    salt: Vec<u8>,
    rounds: u32,
    auth_message: String,
    without_proof: String,
    password: Zeroizing<String>,
}

impl Challenged {
    /// PBKDF2 and the client's proof. Takes up to some seconds: not for a thread
    /// that has anything else to do.
    pub fn prove(self) -> ClientFinal {
        let hash = self.hash;
        let salted = hash.hi(self.password.as_bytes(), &self.salt, self.rounds);
        let client_key = hash.mac(&salted, b"Client Key");
        let stored_key = hash.digest(&client_key);
        let client_signature = hash.mac(&stored_key, self.auth_message.as_bytes());
        let proof: Vec<u8> = client_key
            .iter()
            .zip(client_signature.iter())
            .map(|(key, sign)| key ^ sign)
            .collect();
        let server_key = hash.mac(&salted, b"Server Key");
        ClientFinal {
            message: format!("{},p={}", self.without_proof, BASE64.encode(proof)),
            expected: hash.mac(&server_key, self.auth_message.as_bytes()),
        }
    }
}

/// The client-final-message is ready to be sent.
pub struct ClientFinal {
    message: String,
    expected: Zeroizing<Vec<u8>>,
}

impl ClientFinal {
    /// The client-final-message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Checks the server's signature, in constant time.
    pub fn verify(&self, server_final: &[u8]) -> Result<Verified, SaslError> {
        let text = message_text(server_final)?;
        // Extensions may follow after a comma.
        let first = text.split(',').next().unwrap_or_default();
        if let Some(error) = first.strip_prefix("e=") {
            let plain = error
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
                .take(64)
                .collect();
            return Err(SaslError::Refused(plain));
        }
        let signature = first.strip_prefix("v=").ok_or(SaslError::Unproved)?;
        let signature = BASE64.decode(signature).map_err(|_| SaslError::Signature)?;
        if self.expected.is_empty() || !bool::from(self.expected.as_slice().ct_eq(&signature)) {
            return Err(SaslError::Signature);
        }
        Ok(Verified(()))
    }
}

/// The server proved that it knows the password. Made by [`ClientFinal::verify`] alone.
#[derive(Debug)]
pub struct Verified(());

/// A server-first-message, taken apart.
struct ServerFirst<'a> {
    nonce: &'a str,
    salt: Vec<u8>,
    rounds: u32,
    downgrade_hash: Option<&'a str>,
}

impl<'a> ServerFirst<'a> {
    /// `r=…,s=…,i=…` in this order, then extensions. A mandatory extension (`m=`) is one that we do not know.
    fn parse(text: &'a str) -> Result<Self, SaslError> {
        let mut parts = text.split(',');
        let mut take = |prefix: &str, what| {
            parts
                .next()
                .and_then(|part| part.strip_prefix(prefix))
                .ok_or(SaslError::Malformed(what))
        };
        let nonce = take("r=", "no nonce")?;
        let salt = take("s=", "no salt")?;
        let rounds = take("i=", "no iteration count")?;
        if !nonce.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SaslError::Malformed("unprintable nonce"));
        }
        let salt = BASE64
            .decode(salt)
            .map_err(|_| SaslError::Malformed("salt is not base64"))?;
        if salt.is_empty() || salt.len() > MAX_SALT {
            return Err(SaslError::Malformed("salt of a senseless length"));
        }
        let mut downgrade_hash = None;
        for part in parts {
            match part.split_once('=') {
                Some(("h", hash)) if downgrade_hash.is_none() => downgrade_hash = Some(hash),
                Some(("h" | "m" | "r" | "s" | "i", _)) | None => {
                    return Err(SaslError::Malformed("an attribute that cannot stand there"));
                }
                Some(_) => {}
            }
        }
        Ok(Self {
            nonce,
            salt,
            rounds: rounds_of(rounds)?,
            downgrade_hash,
        })
    }
}

/// An iteration count within the bounds. Signs and leading zeros are not in the grammar (posit-number).
fn rounds_of(text: &str) -> Result<u32, SaslError> {
    if text.is_empty() || text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SaslError::Malformed("the iteration count is not a number"));
    }
    let count = text.parse::<u64>().unwrap_or(u64::MAX);
    match u32::try_from(count) {
        Ok(rounds) if (MIN_ROUNDS..=MAX_ROUNDS).contains(&rounds) => Ok(rounds),
        _ => Err(SaslError::Iterations(count)),
    }
}

/// A message as text, if it is of a sensible length.
fn message_text(message: &[u8]) -> Result<&str, SaslError> {
    if message.len() > MAX_MESSAGE {
        return Err(SaslError::Malformed("too long"));
    }
    std::str::from_utf8(message).map_err(|_| SaslError::Malformed("not UTF-8"))
}

#[cfg(test)]
mod tests;
