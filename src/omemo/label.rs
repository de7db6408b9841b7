//! Device labels: what their owner calls a device, signed by its identity key so that no server invents one
//! (XEP-0384 0.9 §devices). OMEMO 2 only; the identity key is the same in both dialects.

use rand_core::CryptoRng;

use super::primitives::Point;
use super::{IdentityKey, OwnDevice};

impl OwnDevice {
    /// The signature to publish with `label`, over its UTF-8 bytes. Draws 64 bytes.
    pub fn sign_label(&self, label: &str, rng: &mut dyn CryptoRng) -> [u8; 64] {
        self.identity.sign(label.as_bytes(), rng)
    }
}

impl IdentityKey {
    /// Whether the holder of this key signed `label`. The sign of its Ed25519 form is not known
    /// here (some libraries publish it with sign bit 1), so both are tried: whoever can sign under
    /// one can sign under the other.
    pub fn has_signed(&self, label: &str, signature: &[u8]) -> bool {
        let Ok(mut signature) = <[u8; 64]>::try_from(signature) else {
            return false;
        };
        let point = Point::lift(&self.0);
        let verifies = |signature: &[u8; 64]| point.verify(label.as_bytes(), signature);
        let [.., last] = &mut signature;
        // There the sign stands in the legacy form; a signature of Ed25519 has a zero.
        if *last & 0x80 != 0 {
            return false;
        }
        if verifies(&signature) {
            return true;
        }
        let [.., last] = &mut signature;
        *last |= 0x80;
        verifies(&signature)
    }
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::{DeviceId, IdentityKeyPair};

    fn device() -> OwnDevice {
        let rng = &mut UnwrapErr(SysRng);
        OwnDevice {
            id: DeviceId::random(rng),
            identity: IdentityKeyPair::generate(rng),
        }
    }

    #[test]
    fn a_label_is_believed_from_the_key_that_signed_it_and_only_as_it_was_signed() {
        for _ in 0..8 {
            let (ours, other) = (device(), device());
            let signature = ours.sign_label("Susurro on the boat ⛵", &mut UnwrapErr(SysRng));
            let key = ours.identity.public();
            assert!(key.has_signed("Susurro on the boat ⛵", &signature));
            assert!(!key.has_signed("Susurro on the boat", &signature));
            assert!(
                !other
                    .identity
                    .public()
                    .has_signed("Susurro on the boat ⛵", &signature)
            );
            for bit in [0, 7, 255, 300, 511] {
                let mut damaged = signature;
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert!(!key.has_signed("Susurro on the boat ⛵", &damaged), "bit {bit}");
            }
            assert!(!key.has_signed("Susurro on the boat ⛵", &signature[..63]));
        }
    }
}
