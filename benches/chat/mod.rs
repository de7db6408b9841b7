//! A long chat for the benchmarks, as an OMEMO client would have it.

#![allow(dead_code)] // each benchmark has its own part of this

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use susurro::api::State;
use susurro::model::{
    AccountId, Author, BareJid, ChatId, Clean, Contact, Fingerprint, MessageId, MessageState, Peer, Presence,
    Protection, Sharing, Subscription, Timestamp, Trust,
};
use susurro::protocol::{LocalAccount, Protocol};
use susurro::store::Way;
use susurro::store::about::corrections::{self, Correction};
use susurro::store::messages::{self, Inserted, NewMessage};
use susurro::store::{Writer, accounts, chats, reactions};
use susurro::vault::{self, Keys, Strength};

/// Rows of one transaction.
pub const TRANSACTION: i64 = 1_000;
/// Between two messages, in milliseconds.
const PACE: i64 = 60_000;

/// Whose chat it is.
pub fn peer() -> BareJid {
    BareJid::new("bob@mired.test").unwrap()
}

/// The core of an account that is present and reads no archive.
pub fn core(account: AccountId, jid: BareJid) -> Protocol {
    Protocol::new(LocalAccount {
        account,
        jid,
        resource: "here".to_owned(),
        present: true,
        archive: None,
        sharing: Sharing::default(),
    })
}

/// One of many contacts.
pub fn contact(n: usize) -> Contact {
    Contact {
        jid: BareJid::new(&format!("contact{n}@mired.test")).unwrap(),
        name: Some(Clean::line(&format!("Contact number {n}"))),
        in_roster: true,
        subscription: Subscription::Both,
        asked: false,
        requests: false,
    }
}

/// That one comes online.
pub fn here(n: usize) -> State {
    State::Presence {
        jid: contact(n).jid,
        presence: Some(Presence::here()),
    }
}

/// Row `n` of a chat, as an OMEMO client would send it: an id like a UUID, 20 to 80 characters of text.
pub fn message(chat: ChatId, from: &BareJid, n: i64) -> NewMessage {
    let scattered = n.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed());
    let words = "how are you today my friend, shall we meet at the station at seven or later? bring the map";
    let length = 20 + usize::try_from(n % 61).unwrap();
    NewMessage {
        chat,
        author: Author::Contact(from.clone()),
        stanza_id: format!("{scattered:016x}-{n:08x}"),
        server_id: None,
        time: Timestamp::from_millisecond(1_600_000_000_000 + n * PACE).unwrap(),
        body: Some(Clean::new(words.get(..length).unwrap())),
        unreadable: None,
        protection: Protection::OmemoLegacy,
        unstyled: false,
        markable: false,
        device: None,
        fingerprint: Some(Fingerprint([7; 32])),
        trust: Some(Trust::Verified),
        state: MessageState::Received,
    }
}

/// Rows `first .. first + TRANSACTION` in one transaction; the id of the last one.
pub fn insert(writer: &mut Writer, chat: ChatId, from: &BareJid, first: i64) -> MessageId {
    let tx = writer.transaction().unwrap();
    let mut last = None;
    for n in first..first + TRANSACTION {
        match messages::insert(&tx, &message(chat, from, n)).unwrap() {
            Inserted::New(id) => last = Some(id),
            Inserted::Duplicate(id) => panic!("row {n} is a duplicate of {id:?}"),
        }
    }
    tx.commit().unwrap();
    last.unwrap()
}

/// The rows of one transaction after they were talked about: every tenth was edited, every fifth got an emoji. `last`: as
/// [`insert`] gave it.
pub fn talk_about(writer: &mut Writer, from: &BareJid, last: MessageId) {
    let tx = writer.transaction().unwrap();
    let time = Timestamp::from_millisecond(1_800_000_000_000).unwrap();
    let way = Way {
        time,
        protection: Protection::OmemoLegacy,
        device: None,
        fingerprint: Some(Fingerprint([7; 32])),
        trust: Some(Trust::Verified),
    };
    for n in (0..TRANSACTION).step_by(5) {
        let message = MessageId(last.0 - n);
        let emojis = [Clean::new("\u{1f44d}")];
        assert!(reactions::set(&tx, message, from, &emojis, &way).unwrap());
        if n % 10 == 0 {
            let body = Clean::new("how are you today, shall we meet at the station at eight?");
            let correction = Correction {
                id: &format!("correction-{}", message.0),
                server_id: None,
                body: &body,
                unstyled: false,
                way,
            };
            corrections::apply(&tx, message, &correction, false).unwrap();
        }
    }
    tx.commit().unwrap();
}

/// Keys come out of a vault only, so one is drawn; its header is never written.
pub fn keys() -> Keys {
    let passphrase = "six words that nobody needs to guess";
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    vault::New::draw(passphrase, Strength::Light, 0, rng)
        .and_then(|new| new.keys())
        .unwrap()
}

pub fn make_chat(writer: &mut Writer, peer: &BareJid) -> (AccountId, ChatId) {
    let tx = writer.transaction().unwrap();
    let own = BareJid::new("ana@mired.test").unwrap();
    let account = match accounts::by_jid(&tx, &own).unwrap() {
        Some(account) => account.id,
        None => accounts::add(
            &tx,
            &own,
            "x",
            &susurro::model::AccountOptions::default(),
            "susurro.1",
        )
        .unwrap(),
    };
    let chat = chats::open(&tx, &Peer::new(account, peer.clone())).unwrap().id;
    tx.commit().unwrap();
    (account, chat)
}
