//! For whom messages of ours were sealed.

use super::{chat, insert_new, jid, outgoing};
use crate::sealed::{self, SealedFor};
use crate::{Reads, Writer};
use model::{Dialect, MessageId, Trust};
use omemo::{DeviceId, Fingerprint};

/// A device that something was sealed for.
pub(super) fn sealed_for(who: &str, device: u32) -> SealedFor {
    SealedFor {
        jid: jid(who),
        device: DeviceId::new(device).unwrap(),
        fingerprint: Fingerprint([device as u8; 32]),
        trust: Trust::Blind,
        dialect: Dialect::Omemo2,
    }
}

#[test]
fn whom_a_message_was_sealed_for_comes_back_and_goes_with_it() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let message = insert_new(&tx, &outgoing(chat, "out", 1));
    let mut devices = [
        sealed_for("ana@mired.test", 9),
        sealed_for("bob@mired.test", 7),
        sealed_for("bob\\40work@mired.test", 2_147_483_647),
    ];
    devices[1].trust = Trust::Verified;
    devices[2].dialect = Dialect::Legacy;
    sealed::put(&tx, message, &devices).unwrap();
    assert_eq!(sealed::of(&tx, message).unwrap(), devices);
    assert_eq!(sealed::of(&tx, MessageId(message.0 + 1)).unwrap(), []);
    let delete = "DELETE FROM messages";
    tx.conn().execute(delete, []).unwrap();
    assert_eq!(sealed::of(&tx, message).unwrap(), []);
}
