//! ROOT, the one random key that a vault holds, and the keys made from it.

use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::hardening::Locked;
use super::kdf::KEY_LENGTH;
use super::{Result, VaultError};

/// K_db: the raw key of SQLCipher. Zeroised on drop, no Debug.
pub struct DatabaseKey(Zeroizing<[u8; KEY_LENGTH]>);

impl DatabaseKey {
    /// A raw key of 32 bytes.
    pub fn new(key: Zeroizing<[u8; KEY_LENGTH]>) -> Self {
        Self(key)
    }

    /// The raw key, for the one statement that hands it to SQLCipher.
    pub fn expose(&self) -> &[u8; KEY_LENGTH] {
        &self.0
    }
}

/// K_att: the key of attachments. Zeroised on drop, no Debug.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct AttachmentKey(pub(crate) [u8; KEY_LENGTH]);

impl AttachmentKey {
    /// A raw key of 32 bytes.
    pub fn of_bytes(key: [u8; KEY_LENGTH]) -> Self {
        Self(key)
    }

    /// The key of one container: HKDF-SHA-256(K_att, no salt, "susurro file v1 " ‖ id).
    pub fn of_container(&self, id: &[u8; 16], out: &mut [u8; KEY_LENGTH]) -> Result<()> {
        derive(&self.0, None, &[b"susurro file v1 ", id], out)
    }
}

/// K_misc: for whatever is to be sealed outside the database. Zeroised on drop, no Debug.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct MiscKey(pub(crate) [u8; KEY_LENGTH]);

/// What an opened vault gives: one key for each use, none of which tells anything
/// about the others or about ROOT.
pub struct Keys {
    pub database: Locked<DatabaseKey>,
    pub attachments: Locked<AttachmentKey>,
    pub misc: Locked<MiscKey>,
}

impl Zeroize for DatabaseKey {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Keys {
    /// Whether all keys are on locked pages ([`Locked::is_held`]).
    pub fn are_held(&self) -> bool {
        self.database.is_held() && self.attachments.is_held() && self.misc.is_held()
    }
}

/// ROOT: 32 random bytes, made with the vault and never changed; each slot holds it sealed.
pub(super) struct Root(pub(super) Locked<[u8; KEY_LENGTH]>);

impl Root {
    pub(super) fn empty() -> Result<Self> {
        page([0; KEY_LENGTH]).map(Self)
    }

    pub(super) fn random(rng: &mut dyn CryptoRng) -> Result<Self> {
        let mut root = Self::empty()?;
        rng.fill_bytes(&mut *root.0);
        Ok(root)
    }

    /// K_db, K_att, K_misc = HKDF-SHA-256(ROOT, no salt, "susurro root v1" ‖ use).
    pub(super) fn keys(&self) -> Result<Keys> {
        let mut keys = Keys {
            database: page(DatabaseKey::new(Zeroizing::new([0; KEY_LENGTH])))?,
            attachments: page(AttachmentKey([0; KEY_LENGTH]))?,
            misc: page(MiscKey([0; KEY_LENGTH]))?,
        };
        let make = |name: &[u8], out| derive(&self.0, None, &[b"susurro root v1 ", name], out);
        make(b"database", &mut keys.database.0)?;
        make(b"attachments", &mut keys.attachments.0)?;
        make(b"misc", &mut keys.misc.0)?;
        Ok(keys)
    }
}

/// HKDF-SHA-256 (RFC 5869), 32 bytes straight into `out`.
pub(super) fn derive(
    input: &[u8; KEY_LENGTH],
    salt: Option<&[u8]>,
    info: &[&[u8]],
    out: &mut [u8; KEY_LENGTH],
) -> Result<()> {
    let (mut extracted, hkdf) = Hkdf::<Sha256>::extract(salt, input);
    extracted.as_mut_slice().zeroize();
    hkdf.expand_multi_info(info, out)
        .map_err(|_| VaultError::Internal("HKDF gives 32 bytes"))
}

/// A page for a secret that is written into it later.
pub(super) fn page<T: Zeroize>(empty: T) -> Result<Locked<T>> {
    Locked::new(empty).map_err(|_| VaultError::TooLittleMemory(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Expected bytes computed with Python's `hmac` and `hashlib` after RFC 5869: a database made today must
    /// open with every later version.
    #[test]
    fn the_three_keys_of_a_root_never_change() {
        let mut root = Root::empty().unwrap();
        root.0
            .iter_mut()
            .zip(0u8..)
            .for_each(|(place, byte)| *place = byte);
        let keys = root.keys().unwrap();
        assert_eq!(
            hex(&*keys.database.0),
            "3469095e72ab50123e91f119e171694993291421cb2402c8dacf8f89d50254a6"
        );
        assert_eq!(
            hex(&keys.attachments.0),
            "65d529f19b05cb14993a73f65cf9fe1b4e2de54273b20baa43f13895ac6ee256"
        );
        assert_eq!(
            hex(&keys.misc.0),
            "2290d88c61a96b806ff171fa1a7d872e82ee27427f9eeb64e5ae412ee49b1f88"
        );
    }

    #[test]
    fn two_roots_share_no_key() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let one = Root::random(&mut rng).unwrap().keys().unwrap();
        let two = Root::random(&mut rng).unwrap().keys().unwrap();
        assert_ne!(*one.database.0, *two.database.0);
        assert_ne!(one.attachments.0, two.attachments.0);
        assert_ne!(one.misc.0, two.misc.0);
    }

    #[test]
    fn keys_are_overwritten_by_zeroize() {
        let mut keys = Root::random(&mut ChaCha20Rng::seed_from_u64(2))
            .unwrap()
            .keys()
            .unwrap();
        keys.database.zeroize();
        keys.attachments.zeroize();
        assert_eq!(*keys.database.0, [0; 32]);
        assert_eq!(keys.attachments.0, [0; 32]);
    }
}
