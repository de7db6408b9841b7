//! The key of one message, and what it does: encrypt and authenticate, check and decrypt.

use zeroize::Zeroizing;

use crate::OpenError;
use crate::dialect::Constants;
use crate::primitives::{self, HmacKey, Secret};

/// MK: the key of one message, used once.
#[derive(Clone)]
pub(crate) struct MessageKey(pub(crate) Secret);

impl MessageKey {
    /// Encrypts; hands the ciphertext to `frame`, which builds the bytes to be authenticated,
    /// and gives them with the MAC.
    pub(crate) fn seal(
        &self,
        constants: &Constants,
        associated: &[u8],
        plaintext: &[u8],
        frame: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> (Vec<u8>, Secret) {
        let keys = self.expand(constants);
        let framed = frame(&primitives::cbc_encrypt(&keys.cipher, &keys.iv, plaintext));
        let mac = keys.mac.tag(&[associated, &framed]);
        (framed, mac)
    }

    /// MAC first, then decryption.
    pub(super) fn open(
        &self,
        constants: &Constants,
        associated: &[u8],
        message: &crate::wire::Message<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let keys = self.expand(constants);
        let mac = keys.mac.tag(&[associated, message.authenticated]);
        let expected = mac.get(..constants.mac_length).unwrap_or_default();
        if !primitives::equal(expected, message.mac) {
            return Err(OpenError::Damaged);
        }
        primitives::cbc_decrypt(&keys.cipher, &keys.iv, message.ciphertext).ok_or(OpenError::Damaged)
    }

    fn expand(&self, constants: &Constants) -> CipherKeys {
        let out = primitives::hkdf::<80>(&[0; 32], self.0.as_ref(), constants.message_info);
        let mut keys = CipherKeys {
            cipher: Secret::default(),
            mac: HmacKey::new(&[0; 32]),
            iv: [0; 16],
        };
        if let Some((cipher, rest)) = out.split_first_chunk::<32>()
            && let Some((mac, iv)) = rest.split_first_chunk::<32>()
        {
            *keys.cipher = *cipher;
            keys.mac = HmacKey::new(mac);
            keys.iv.copy_from_slice(iv);
        }
        keys
    }
}

/// What encrypts and authenticates one message.
struct CipherKeys {
    cipher: Secret,
    mac: HmacKey,
    iv: [u8; 16],
}
