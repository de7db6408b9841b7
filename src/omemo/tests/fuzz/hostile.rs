//! Letters from any bytes, opened by somebody who knows nobody yet and by somebody who has a session.

use std::sync::OnceLock;

use super::Choices;
use crate::tests::{DIALECTS, Person, Recipient, letter, seeded};
use crate::{
    Content, Dialect, EncryptedKey, EncryptedMessage, IdentityKey, OpenError, Opened, SessionRecord,
    key_exchange, open, seal_key_transport, wire,
};

/// Who reads, and what was truly sealed for them by Ana and not opened yet.
pub(super) struct Scene {
    ana: Person,
    bob: Person,
    bobs: Option<SessionRecord>,
    pub(super) genuine: Vec<EncryptedMessage>,
    texts: Vec<&'static str>,
}

/// By dialect: before the first letter, and after some.
pub(super) fn scenes() -> &'static [[Scene; 2]; 2] {
    static SCENES: OnceLock<[[Scene; 2]; 2]> = OnceLock::new();
    SCENES.get_or_init(|| DIALECTS.map(|dialect| [strangers(dialect), friends(dialect)]))
}

fn strangers(dialect: Dialect) -> Scene {
    let rng = &mut seeded(60);
    let (ana, bob) = (Person::new(1, rng), Person::new(2, rng));
    let mut anas = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), None, rng);
    let texts = vec!["first", "second"];
    let mut genuine: Vec<_> = texts
        .iter()
        .map(|text| letter(&ana, &bob, &mut anas, text, rng))
        .collect();
    genuine.push(transport(&ana, &bob, &mut anas));
    Scene {
        ana,
        bob,
        bobs: None,
        genuine,
        texts,
    }
}

fn friends(dialect: Dialect) -> Scene {
    let (ana, mut anas, bob, bobs) = crate::tests::acquainted(dialect, 61);
    let rng = &mut seeded(61);
    letter(&ana, &bob, &mut anas, "lost on the way", rng);
    let mut genuine = vec![
        letter(&ana, &bob, &mut anas, "in a chain", rng),
        transport(&ana, &bob, &mut anas),
    ];
    let mut anew = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), Some(anas), rng);
    genuine.push(letter(&ana, &bob, &mut anew, "begun anew", rng));
    Scene {
        ana,
        bob,
        bobs: Some(bobs),
        genuine,
        texts: vec!["in a chain", "begun anew"],
    }
}

fn transport(ana: &Person, bob: &Person, record: &mut SessionRecord) -> EncryptedMessage {
    let dialect = record.dialect();
    let mut recipients = [Recipient {
        jid: "bob@mired.test",
        device: bob.own.id,
        record,
    }];
    seal_key_transport(dialect, &ana.own, &mut recipients, &mut seeded(62))
}

/// Opens a letter made of bytes. Only what Ana sealed opens, once; what does not open changes nothing.
pub fn hostile(data: &[u8]) {
    let (scene, known, letter) = read(&mut Choices::new(data));
    let (local, before) = (
        scene.bob.local(),
        scene.bobs.as_ref().map(SessionRecord::to_bytes),
    );
    match open(&letter, &local, scene.bobs.clone(), known, &mut seeded(63)) {
        Ok(opened) => {
            is_genuine(scene, &letter, &opened);
            assert!(known.is_none_or(|known| known == opened.identity));
            let again = open(&letter, &local, Some(opened.record), known, &mut seeded(64));
            // Several keys in one letter may be several true messages; each opens
            // once, so that there is an end.
            assert!(letter.keys.len() > 1 || again.err() == Some(OpenError::Duplicate));
        }
        Err(OpenError::IdentityChanged(other)) => {
            assert!(known.is_some() || other != scene.ana.own.identity.public())
        }
        Err(_) => {}
    }
    for key in &letter.keys {
        let mut record = scene.bobs.clone();
        let rng = &mut seeded(65);
        let opened = match (&mut record, key.kex) {
            (Some(record), false) => record.decrypt(&scene.bob.own, &key.bytes, rng).is_ok(),
            (None, false) => false,
            (record, true) => SessionRecord::accept(record, letter.dialect, &local, &key.bytes, rng).is_ok(),
        };
        let after = record.as_ref().map(SessionRecord::to_bytes);
        assert_eq!(
            after != before,
            opened,
            "opened and unchanged, or changed and not opened"
        );
    }
}

/// One of the keys holds, bit for bit, what Ana sealed, and the content is hers.
fn is_genuine(scene: &Scene, letter: &EncryptedMessage, opened: &Opened) {
    let sealed: Vec<_> = scene
        .genuine
        .iter()
        .flat_map(|letter| &letter.keys)
        .map(inner)
        .collect();
    assert!(letter.keys.iter().any(|key| sealed.contains(&inner(key))));
    assert_eq!(opened.identity, scene.ana.own.identity.public());
    assert_eq!(opened.new_session, opened.spent.is_some());
    match &opened.content {
        Content::KeyTransport => assert!(letter.payload.is_none()),
        // A key transport of a legacy client is the key of an empty payload.
        Content::Payload(text) => {
            assert!(
                text.is_empty()
                    || scene
                        .texts
                        .iter()
                        .any(|known| known.as_bytes() == text.as_slice())
            );
        }
    }
}

/// What the MAC covers, and the MAC.
fn inner(key: &EncryptedKey) -> Option<(Vec<u8>, Vec<u8>)> {
    DIALECTS.into_iter().find_map(|dialect| {
        let message = if key.is_exchange(dialect) {
            wire::read_exchange(dialect, &key.bytes).ok()?.message
        } else {
            &key.bytes
        };
        let message = wire::read_message(dialect, message).ok()?;
        Some((message.authenticated.to_vec(), message.mac.to_vec()))
    })
}

/// Scene, known identity key and letter as bytes say: dialect and scene, known identity, keys
/// (flags, length, bytes), payload.
fn read(choices: &mut Choices<'_>) -> (&'static Scene, Option<IdentityKey>, EncryptedMessage) {
    let first = choices.byte();
    let dialect = usize::from(first & 1);
    let scene = &scenes()[dialect][usize::from(first >> 1 & 1)];
    let known = match choices.byte() % 3 {
        0 => None,
        1 => Some(scene.ana.own.identity.public()),
        _ => Some(IdentityKey([9; 32])),
    };
    let keys = (0..=choices.byte() % 3)
        .map(|_| {
            let kex = choices.byte() & 1 == 1;
            let length = choices.number();
            EncryptedKey {
                jid: String::new(),
                rid: scene.bob.own.id,
                kex,
                bytes: choices.take(length).to_vec(),
            }
        })
        .collect();
    let (has_payload, iv) = (choices.byte() & 1 == 1, usize::from(choices.byte()));
    let letter = EncryptedMessage {
        dialect: DIALECTS[dialect],
        sid: scene.ana.own.id,
        keys,
        iv: choices.take(iv).to_vec(),
        payload: has_payload.then(|| choices.take(usize::MAX).to_vec()),
    };
    for key in &letter.keys {
        let _ = key_exchange(letter.dialect, &key.bytes);
    }
    (scene, known, letter)
}

/// The bytes from which [`hostile`] reads this letter.
#[cfg(test)]
pub(super) fn written(dialect: usize, scene: usize, known: u8, letter: &EncryptedMessage) -> Vec<u8> {
    let mut out = vec![(dialect | scene << 1) as u8, known, (letter.keys.len() - 1) as u8];
    for key in &letter.keys {
        out.push(u8::from(key.kex));
        out.extend((key.bytes.len() as u16).to_be_bytes());
        out.extend(&key.bytes);
    }
    out.push(u8::from(letter.payload.is_some()));
    out.push(letter.iv.len() as u8);
    out.extend(&letter.iv);
    out.extend(letter.payload.iter().flatten());
    out
}
