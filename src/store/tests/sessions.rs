//! The sessions of many devices, read at once.

use super::jid;
use super::omemo::{LEGACY, device_id, record, with_account};
use crate::omemo;
use ::omemo::SessionRecord;
use model::BareJid;

#[test]
fn the_sessions_of_many_come_in_their_order_or_not_at_all() {
    with_account(|tx, ana| {
        // What an address can have that JSON does not take as it is.
        let (bob, carol) = (jid("bob\\40work@mired.test"), jid("carol@mired.test"));
        let put = |jid, id, record: &SessionRecord| {
            omemo::put_session(tx, ana, jid, LEGACY, device_id(id), record).unwrap();
        };
        let records = [record(), record(), record()];
        put(&carol, 5, &records[0]);
        put(&bob, 7, &records[1]);
        put(&bob, 5, &records[2]);
        let get = |devices: &[(&BareJid, u32)]| {
            let devices: Vec<_> = devices.iter().map(|(jid, id)| (*jid, device_id(*id))).collect();
            let found = omemo::sealing_sessions(tx, ana, LEGACY, &devices).unwrap();
            found.map(|found| {
                found
                    .iter()
                    .map(|record| record.to_bytes().to_vec())
                    .collect::<Vec<_>>()
            })
        };
        let bytes = |which: [usize; 3]| Some(which.map(|which| records[which].to_bytes().to_vec()).to_vec());
        assert_eq!(get(&[(&bob, 5), (&carol, 5), (&bob, 7)]), bytes([2, 0, 1]));
        assert_eq!(get(&[(&bob, 5), (&carol, 6)]), None);
        assert_eq!(get(&[]), Some(Vec::new()));
        let with = |people: &[BareJid]| omemo::with_sessions(tx, ana, people).unwrap();
        let (five, seven) = (device_id(5), device_id(7));
        assert_eq!(
            with(std::slice::from_ref(&bob)),
            [(bob.clone(), LEGACY, five), (bob.clone(), LEGACY, seven)]
        );
        // One that seals no more is none.
        omemo::retire_session(tx, ana, &bob, LEGACY, five).unwrap();
        assert_eq!(get(&[(&bob, 5)]), None);
        assert_eq!(
            with(&[bob.clone(), carol.clone()]),
            [(bob.clone(), LEGACY, seven), (carol, LEGACY, five)]
        );
    });
}
