//! X3DH: the shared secret that a session begins with (Signal's specification, with the
//! info string of each dialect).
//!
//! With A the initiator and B the responder:
//!
//! ```text
//! DH1 = DH(IK_A, SPK_B)   DH2 = DH(EK_A, IK_B)   DH3 = DH(EK_A, SPK_B)   DH4 = DH(EK_A, OPK_B)
//! SK  = HKDF-SHA256(salt = 32 zero bytes, ikm = 0xFF * 32 ‖ DH1 ‖ DH2 ‖ DH3 ‖ DH4, info, 32)
//! ```

use zeroize::Zeroizing;

use super::keys::KeyPair;
use super::primitives::{self, Point, Secret};
use super::{Dialect, IdentityKeyPair};

/// The responder's public keys, all of them checked with the bundle: no product with them is zero.
pub(super) struct Responder {
    pub(super) identity: Point,
    pub(super) signed_prekey: Point,
    pub(super) prekey: Point,
}

/// SK as the initiator computes it. `ephemeral` is EK_A.
pub(super) fn initiate(
    dialect: Dialect,
    own: &IdentityKeyPair,
    ephemeral: &KeyPair,
    theirs: &Responder,
) -> Secret {
    let dh1 = own.agree(&theirs.signed_prekey);
    let dh2 = ephemeral.agree(&theirs.identity);
    let dh3 = ephemeral.agree(&theirs.signed_prekey);
    let dh4 = ephemeral.agree(&theirs.prekey);
    derive(dialect, [&dh1, &dh2, &dh3, &dh4])
}

/// SK as the responder computes it, from keys that came with a message; None if one
/// of them contributes nothing.
pub(super) fn respond(
    dialect: Dialect,
    own: &IdentityKeyPair,
    signed_prekey: &KeyPair,
    prekey: &KeyPair,
    their_identity: &Point,
    base_key: &Point,
) -> Option<Secret> {
    let dh1 = signed_prekey.agree_checked(their_identity)?;
    let dh2 = own.agree_checked(base_key)?;
    let dh3 = signed_prekey.agree_checked(base_key)?;
    let dh4 = prekey.agree_checked(base_key)?;
    Some(derive(dialect, [&dh1, &dh2, &dh3, &dh4]))
}

fn derive(dialect: Dialect, products: [&Secret; 4]) -> Secret {
    let mut ikm = Zeroizing::new([0xff; 32 * 5]);
    let (parts, _) = ikm.as_chunks_mut::<32>();
    for (part, product) in parts.iter_mut().skip(1).zip(products) {
        *part = **product;
    }
    primitives::hkdf(&[0; 32], ikm.as_ref(), dialect.constants().x3dh_info)
}
