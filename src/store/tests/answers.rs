//! What is kept for a stream that goes on: answers that are not acknowledged, presences.

use super::{account, jid};
use crate::answers::{self, Answer, Unsealed};
use crate::presences::{self, Client};
use crate::{Transaction, Writer};
use model::{AccountId, Availability, Clean, Jid, Presence};
use omemo::{DeviceId, Dialect};

/// A row in each table.
pub(super) fn fill(tx: &Transaction<'_>, account: AccountId) {
    answers::hold(tx, account, "<message/>", true).unwrap();
    presences::replace(tx, account, &jid("bob@mired.test"), &[client("pc", 0)]).unwrap();
}

fn client(resource: &str, priority: i8) -> Client {
    Client {
        resource: resource.to_owned(),
        priority,
        presence: Presence {
            availability: Availability::DoNotDisturb,
            status: Some(Clean::new("In the assembly")),
        },
    }
}

fn unsealed(device: u32, receipt: Option<&str>) -> Unsealed {
    Unsealed {
        peer: jid("bob@mired.test"),
        device: DeviceId::new(device).unwrap(),
        dialect: Dialect::Omemo2,
        receipt: receipt.map(|id| {
            (
                Jid::new("bob@mired.test/📱")
                    .or(Jid::new("bob@mired.test/pc"))
                    .unwrap(),
                id.to_owned(),
            )
        }),
    }
}

#[test]
fn answers_are_held_sent_and_gone_in_order() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let sent = answers::push_sent(&tx, ana, "<message id='1'/>", 7).unwrap();
    answers::hold(&tx, ana, "<message id='2'/>", true).unwrap();
    answers::hold(&tx, ana, "<iq id='3'/>", false).unwrap();
    let receipt = unsealed(4, Some("m1"));
    let empty = unsealed(4, None);
    for unsealed in [&receipt, &empty, &empty, &receipt] {
        answers::hold_unsealed(&tx, ana, unsealed).unwrap();
    }
    let held = |tx: &Transaction<'_>| {
        let held = answers::held(tx, ana, 100).unwrap();
        held.into_iter().map(|(_, answer)| answer).collect::<Vec<_>>()
    };
    let rendered = |text: &str| Answer::Rendered(text.to_owned());
    let expected = vec![
        rendered("<message id='2'/>"),
        rendered("<iq id='3'/>"),
        Answer::Unsealed(receipt.clone()),
        Answer::Unsealed(empty.clone()),
        Answer::Unsealed(receipt.clone()),
    ];
    assert_eq!(held(&tx), expected);
    assert_eq!(answers::count_held(&tx, ana).unwrap(), 5);
    let (first, _) = answers::held(&tx, ana, 1).unwrap().remove(0);
    answers::set_sent(&tx, first, "<message id='2'/>", u32::MAX).unwrap();
    assert_eq!(
        answers::sent(&tx, ana).unwrap(),
        [
            (sent, 7, "<message id='1'/>".to_owned()),
            (first, u32::MAX, "<message id='2'/>".to_owned())
        ]
    );
    answers::remove(&tx, sent).unwrap();
    // Another stream: what was not acknowledged goes first, as it was before what never left.
    answers::restart(&tx, ana).unwrap();
    assert_eq!(answers::sent(&tx, ana).unwrap(), []);
    let kept = [&expected[0], &expected[2], &expected[3], &expected[4]];
    assert_eq!(held(&tx).iter().collect::<Vec<_>>(), kept);
    answers::set_sent(&tx, first, "<message id='2'/>", 1).unwrap();
    answers::remove_sent(&tx, ana).unwrap();
    assert_eq!(answers::count_held(&tx, ana).unwrap(), 3);
}

#[test]
fn presences_are_replaced_by_contact() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let (bob, carol) = (jid("bob@mired.test"), jid("carol@mired.test"));
    presences::replace(&tx, ana, &bob, &[client("pc", -128), client("", 127)]).unwrap();
    presences::replace(&tx, ana, &carol, &[client("pc", 0)]).unwrap();
    let all = vec![
        (bob.clone(), client("", 127)),
        (bob.clone(), client("pc", -128)),
        (carol.clone(), client("pc", 0)),
    ];
    assert_eq!(presences::all(&tx, ana).unwrap(), all);
    presences::replace(&tx, ana, &bob, &[]).unwrap();
    assert_eq!(presences::all(&tx, ana).unwrap(), all[2..]);
    presences::clear(&tx, ana).unwrap();
    assert_eq!(presences::all(&tx, ana).unwrap(), []);
}
