//! The ciphers of files on the wire (XEP-0454, XEP-0448), piece by piece: a file of any size passes through
//! a buffer.
//!
//! What comes out while a file is opened is not known to be genuine before the end of it: it goes into a
//! container that is none until then, and nowhere else.

use openssl::error::ErrorStack;
use openssl::symm::{Cipher, Crypter, Mode};
use zeroize::Zeroizing;

use model::{FileCipher, FileSecret, FilesFailure};

/// The tag of GCM, at the end of the file.
pub const TAG: usize = 16;
/// No more bytes may be sealed under one key and IV (NIST SP 800-38D §5.2.1.1).
const MOST: u64 = (1 << 36) - 32;
const BLOCK: usize = 16;

/// How many bytes lie at the address of a file of so many.
pub fn sealed_size(secret: Option<&FileSecret>, size: u64) -> Option<u64> {
    match secret.map(|secret| secret.cipher) {
        None => Some(size),
        Some(FileCipher::Gcm | FileCipher::GcmPerhapsBare) => (size <= MOST).then_some(size + TAG as u64),
        // Padded to whole blocks, by one byte at least.
        Some(FileCipher::Cbc) => (size / BLOCK as u64 + 1).checked_mul(BLOCK as u64),
    }
}

/// Seals a file, or lets it through.
pub struct Sealer(Option<(Crypter, FileCipher)>);

impl Sealer {
    /// # Errors
    /// A key or an IV that is none.
    pub fn new(secret: Option<&FileSecret>) -> Result<Self, FilesFailure> {
        let Some(secret) = secret else {
            return Ok(Self(None));
        };
        let crypter = crypter(secret, Mode::Encrypt)?;
        Ok(Self(Some((crypter, secret.cipher))))
    }

    /// A piece of it, as it leaves.
    ///
    /// # Errors
    /// None that an input could bring about.
    pub fn update(&mut self, clear: Vec<u8>) -> Result<Vec<u8>, FilesFailure> {
        let Some((crypter, _)) = &mut self.0 else {
            return Ok(clear);
        };
        let clear = Zeroizing::new(clear);
        let mut sealed = vec![0; clear.len() + BLOCK];
        let count = crypter.update(&clear, &mut sealed).map_err(failed)?;
        sealed.truncate(count);
        Ok(sealed)
    }

    /// What stands at the end.
    ///
    /// # Errors
    /// None that an input could bring about.
    pub fn finish(self) -> Result<Vec<u8>, FilesFailure> {
        let Some((mut crypter, cipher)) = self.0 else {
            return Ok(Vec::new());
        };
        let mut last = vec![0; BLOCK];
        let count = crypter.finalize(&mut last).map_err(failed)?;
        last.truncate(count);
        if cipher != FileCipher::Cbc {
            let mut tag = [0; TAG];
            crypter.get_tag(&mut tag).map_err(failed)?;
            last.extend_from_slice(&tag);
        }
        Ok(last)
    }
}

/// Opens a file, or lets it through.
pub struct Opener {
    crypter: Option<Crypter>,
    cipher: Option<FileCipher>,
    /// Of GCM: the newest bytes, which may be the tag.
    held: Vec<u8>,
    came: u64,
    /// Of the clear file, as its author said.
    size: Option<u64>,
}

impl Opener {
    /// # Errors
    /// A key or an IV that is none.
    pub fn new(secret: Option<&FileSecret>, size: Option<u64>) -> Result<Self, FilesFailure> {
        let crypter = secret.map(|secret| crypter(secret, Mode::Decrypt)).transpose()?;
        Ok(Self {
            crypter,
            cipher: secret.map(|secret| secret.cipher),
            held: Vec::new(),
            came: 0,
            size,
        })
    }

    /// Hands on what a piece holds. That it is genuine is known at the end alone.
    ///
    /// # Errors
    /// What `take` says.
    pub fn update(&mut self, piece: &[u8], clear: &mut Zeroizing<Vec<u8>>) -> Result<(), FilesFailure> {
        self.came += piece.len() as u64;
        clear.clear();
        let Some(crypter) = &mut self.crypter else {
            clear.extend_from_slice(piece);
            return Ok(());
        };
        if self.cipher == Some(FileCipher::Cbc) {
            return open(crypter, piece, clear);
        }
        // All but the last bytes of what was held and what came.
        let from_held = (self.held.len() + piece.len())
            .saturating_sub(TAG)
            .min(self.held.len());
        let rest = self.held.split_off(from_held);
        let first = std::mem::replace(&mut self.held, rest);
        let (now, later) = piece.split_at(piece.len() - (TAG - self.held.len()).min(piece.len()));
        self.held.extend_from_slice(later);
        open(crypter, &first, clear)?;
        open(crypter, now, clear)
    }

    /// The end of it: what was held back, if that belongs to the file. Whether its hash has to hold, because
    /// nothing here vouches for it.
    ///
    /// # Errors
    /// It is not what was sealed.
    pub fn finish(mut self, clear: &mut Zeroizing<Vec<u8>>) -> Result<bool, FilesFailure> {
        clear.clear();
        let (Some(mut crypter), Some(cipher)) = (self.crypter.take(), self.cipher) else {
            return Ok(false);
        };
        let forged = |_| FilesFailure::NotAuthentic;
        if cipher == FileCipher::Cbc {
            let mut last = Zeroizing::new([0; 2 * BLOCK]);
            let count = crypter.finalize(&mut *last).map_err(forged)?;
            clear.extend_from_slice(last.get(..count).unwrap_or_default());
            return Ok(true);
        }
        if cipher == FileCipher::GcmPerhapsBare && self.size == Some(self.came) {
            open(&mut crypter, &self.held, clear)?;
            return Ok(true);
        }
        if self.held.len() != TAG {
            return Err(FilesFailure::NotAuthentic);
        }
        crypter.set_tag(&self.held).map_err(forged)?;
        crypter.finalize(&mut [0; BLOCK]).map_err(forged)?;
        Ok(false)
    }
}

fn open(crypter: &mut Crypter, sealed: &[u8], clear: &mut Zeroizing<Vec<u8>>) -> Result<(), FilesFailure> {
    let before = clear.len();
    clear.resize(before + sealed.len() + BLOCK, 0);
    let into = clear.get_mut(before..).unwrap_or_default();
    let count = crypter.update(sealed, into).map_err(failed)?;
    clear.truncate(before + count);
    Ok(())
}

fn crypter(secret: &FileSecret, mode: Mode) -> Result<Crypter, FilesFailure> {
    let fits = match secret.cipher {
        FileCipher::Gcm | FileCipher::GcmPerhapsBare => matches!(secret.iv.len(), 12 | 16),
        FileCipher::Cbc => secret.iv.len() == BLOCK,
    };
    if !fits {
        return Err(FilesFailure::NotAuthentic);
    }
    let cipher = match secret.cipher {
        FileCipher::Gcm | FileCipher::GcmPerhapsBare => Cipher::aes_256_gcm(),
        FileCipher::Cbc => Cipher::aes_256_cbc(),
    };
    Crypter::new(cipher, mode, &secret.key, Some(&secret.iv)).map_err(failed)
}

fn failed(error: ErrorStack) -> FilesFailure {
    tracing::error!("OpenSSL: {error}");
    FilesFailure::NotAuthentic
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sealed by Python's `cryptography` under the bytes 0 to 31, with an IV that begins at 100: the bytes 0
    /// to 39,
    const GCM_12: &str = "481adc657dec5099366b55e3d66864f252d314199f79e565bfc8b653e7bebb57b4c862e36837bd23316876ed67d89faf9c61e912697bbe7a";
    const GCM_16: &str = "d8b24152e01121dfbaf0a7824bdae26a4a604ad388faf61cdd990e7585ea19d75be0acef44eec5e6e92bb6ac2e8b7245cb1314dbaad8aea3";
    const CBC: &str =
        "1b4dd132a4c840a32931649f08e9c042097899abe7ae5b31fbe063c45c9287b2766e0a992bec63bcf007291e9d6af114";
    /// and nothing at all.
    const GCM_NOTHING: &str = "609bd50f6ad76df665f048ba8c5fd706";

    fn secret(cipher: FileCipher, iv: u8) -> FileSecret {
        let mut key = [0; 32];
        key.iter_mut().zip(0..).for_each(|(to, byte)| *to = byte);
        FileSecret {
            cipher,
            key,
            iv: (100..100 + iv).collect(),
        }
    }

    fn known() -> [(FileSecret, Vec<u8>, &'static str); 4] {
        let bytes: Vec<u8> = (0..40).collect();
        [
            (secret(FileCipher::Gcm, 12), bytes.clone(), GCM_12),
            (secret(FileCipher::Gcm, 16), bytes.clone(), GCM_16),
            (secret(FileCipher::Cbc, 16), bytes, CBC),
            (secret(FileCipher::Gcm, 12), Vec::new(), GCM_NOTHING),
        ]
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = hex.as_bytes().chunks(2);
        digits
            .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
            .collect()
    }

    /// All that comes out, and whether the hash has to decide.
    fn opened(
        secret: Option<&FileSecret>,
        size: Option<u64>,
        sealed: &[u8],
        step: usize,
    ) -> Result<(Vec<u8>, bool), FilesFailure> {
        let mut opener = Opener::new(secret, size)?;
        let (mut all, mut clear) = (Vec::new(), Zeroizing::new(Vec::new()));
        for piece in sealed.chunks(step) {
            opener.update(piece, &mut clear)?;
            all.extend_from_slice(&clear);
        }
        let hash_decides = opener.finish(&mut clear)?;
        all.extend_from_slice(&clear);
        Ok((all, hash_decides))
    }

    #[test]
    fn sealed_as_others_seal_whatever_the_pieces() {
        for (secret, clear, sealed) in known() {
            for step in 1..=41 {
                let mut sealer = Sealer::new(Some(&secret)).unwrap();
                let mut all = Vec::new();
                for piece in clear.chunks(step) {
                    all.extend(sealer.update(piece.to_vec()).unwrap());
                }
                all.extend(sealer.finish().unwrap());
                assert_eq!(hex(&all), sealed, "{:?} {step}", secret.cipher);
                assert_eq!(
                    sealed_size(Some(&secret), clear.len() as u64),
                    Some(all.len() as u64)
                );
            }
        }
    }

    #[test]
    fn opened_whatever_the_pieces() {
        for (secret, clear, sealed) in known() {
            let sealed = bytes(sealed);
            for step in 1..=sealed.len() {
                let opened = opened(Some(&secret), None, &sealed, step).unwrap();
                assert_eq!(
                    opened,
                    (clear.clone(), secret.cipher == FileCipher::Cbc),
                    "{step}"
                );
            }
        }
        assert_eq!(
            opened(None, None, b"as it is", 3).unwrap(),
            (b"as it is".to_vec(), false)
        );
    }

    /// Threat 64.
    #[test]
    fn whatever_was_changed_or_cut_off_does_not_pass() {
        let secret = secret(FileCipher::Gcm, 12);
        let sealed = bytes(GCM_12);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(
                opened(Some(&secret), None, &changed, 7),
                Err(FilesFailure::NotAuthentic)
            );
            let cut = &sealed[..at];
            assert_eq!(
                opened(Some(&secret), None, cut, 7),
                Err(FilesFailure::NotAuthentic)
            );
        }
        let longer = [sealed.as_slice(), &[0]].concat();
        assert_eq!(
            opened(Some(&secret), None, &longer, 7),
            Err(FilesFailure::NotAuthentic)
        );
    }

    /// Kaidan appends no tag: the envelope's hash decides then. Where there is one, it counts.
    #[test]
    fn a_tag_may_be_missing_only_where_the_length_says_so() {
        let secret = secret(FileCipher::GcmPerhapsBare, 12);
        let (clear, sealed) = ((0..40).collect::<Vec<u8>>(), bytes(GCM_12));
        let bare = &sealed[..40];
        for step in 1..=40 {
            let bare = opened(Some(&secret), Some(40), bare, step).unwrap();
            assert_eq!(bare, (clear.clone(), true));
            let whole = opened(Some(&secret), Some(40), &sealed, step).unwrap();
            assert_eq!(whole, (clear.clone(), false));
        }
        assert!(opened(Some(&secret), None, bare, 7).is_err());
        assert!(opened(Some(&secret), Some(39), bare, 7).is_err());
    }

    #[test]
    fn an_iv_of_another_length_is_none() {
        for (cipher, iv) in [(FileCipher::Gcm, 0), (FileCipher::Gcm, 13), (FileCipher::Cbc, 12)] {
            assert!(Opener::new(Some(&secret(cipher, iv)), None).is_err());
            assert!(Sealer::new(Some(&secret(cipher, iv))).is_err());
        }
    }

    #[test]
    fn no_key_is_used_for_more_than_it_is_good_for() {
        let secret = secret(FileCipher::Gcm, 12);
        let most = (64 << 30) - 32;
        assert_eq!(sealed_size(Some(&secret), most), Some(most + 16));
        assert_eq!(sealed_size(Some(&secret), most + 1), None);
    }
}
