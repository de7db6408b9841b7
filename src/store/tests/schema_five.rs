//! A vault as schema 5 left it, in a file, with a conversation in OMEMO 2 under way: it opens, keeps
//! everything, and the conversation goes on.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use rusqlite::{Connection, params};

use super::{Place, jid, key};
use crate::{
    Reader, Reads, Writer, accounts, chats, contacts, file, left, messages, migrations, omemo as keys,
    outbox, settings, stream,
};
use model::{
    AccountId, ChatId, Clean, Direction, Fate, Left, Message, MessageFailure, MessageId, MessageState,
    Protection,
};
use omemo::{
    Content, DeviceId, Dialect, EncryptedMessage, IdentityKeyPair, LocalKeys, OwnDevice, PreKeyId,
    PreKeyPair, Recipient, SessionRecord, SignedPreKeyId, SignedPreKeyPair, Trust, key_exchange, open, seal,
};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
const ACCOUNT: AccountId = AccountId(1);
const DIALECT: Dialect = Dialect::Omemo2;

/// Ana, Bob, and what lies between them at the moment in which Ana's program was brought up to date.
struct Meeting {
    ana: OwnDevice,
    signed: SignedPreKeyPair,
    signature: [u8; 64],
    bob: OwnDevice,
    /// Bob's.
    record: SessionRecord,
    /// Ana's, as it is stored.
    stored: Vec<u8>,
    /// Bob wrote it before, and Ana has not seen it.
    on_its_way: EncryptedMessage,
}

impl Meeting {
    /// Bob began, Ana read it and answered.
    fn new(rng: &mut ChaCha20Rng) -> Self {
        let mut device = |id| OwnDevice {
            id: DeviceId::new(id).unwrap(),
            identity: IdentityKeyPair::generate(rng),
        };
        let (ana, bob) = (device(1001), device(8));
        let signed = SignedPreKeyPair::generate(SignedPreKeyId(1), rng);
        let signature = signed.sign(&ana.identity, DIALECT, rng);
        let prekey = PreKeyPair::generate(PreKeyId(5), rng);
        let bundle = ana.bundle_in(DIALECT, &signed, &signature, &[(prekey.id, prekey.public())]);
        let mut record = SessionRecord::initiate(&bob, &bundle.verify().unwrap(), None, rng);
        let first = written(&bob, (ANA, &ana), &mut record, "good morning", rng);
        assert_eq!(
            key_exchange(DIALECT, &first.keys[0].bytes).unwrap().prekey,
            prekey.id
        );
        let anas = LocalKeys {
            own: &ana,
            signed_prekeys: std::slice::from_ref(&signed),
            prekeys: &[prekey],
        };
        let mut hers = open(&first, &anas, None, None, rng).unwrap().record;
        let answer = written(&ana, (BOB, &bob), &mut hers, "good day to you", rng);
        let (text, mut record) = read(&bob, &answer, record, &ana, rng);
        assert_eq!(text, "good day to you");
        let on_its_way = written(&bob, (ANA, &ana), &mut record, "on its way", rng);
        Self {
            stored: hers.to_bytes().to_vec(),
            ana,
            signed,
            signature,
            bob,
            record,
            on_its_way,
        }
    }

    /// The statements are those of the program that wrote schema 5, in its columns.
    fn store(&self, conn: &Connection) {
        conn.execute_batch(EVERYTHING_ELSE).unwrap();
        let bob = self.bob.identity.public();
        for (sql, values) in [
            (
                "INSERT INTO omemo_own_device (account, device, identity, created, label) VALUES (1, 1001, ?1, 5, 'desk')",
                params![self.ana.identity.secret().as_slice()],
            ),
            (
                "INSERT INTO omemo_signed_prekeys (account, id, secret, signature, created, signature2)
                 VALUES (1, 1, ?1, ?2, 5, ?2)",
                params![self.signed.secret().as_slice(), self.signature],
            ),
            (
                "INSERT INTO omemo_devices (account, jid, dialect, device, identity, active, first_seen, last_seen, label, listed)
                 VALUES (1, 'bob@mired.test', 1, 8, ?1, 1, 5, 6, 'boat', 1)",
                params![bob.0],
            ),
            (
                "INSERT INTO omemo_sessions (account, jid, dialect, device, record) VALUES (1, 'bob@mired.test', 1, 8, ?1)",
                params![self.stored],
            ),
            (
                "INSERT INTO omemo_trust (account, jid, identity, trust, first_seen) VALUES (1, 'bob@mired.test', ?1, 2, 5)",
                params![bob.0],
            ),
            (
                "UPDATE messages SET fingerprint = ?1, trust = 2 WHERE stanza_id = 'b1'",
                params![bob.0],
            ),
        ] {
            assert_eq!(conn.execute(sql, values).unwrap(), 1, "{sql}");
        }
    }
}

/// Rows of the tables of schema 5 that hold no keys.
const EVERYTHING_ELSE: &str = "
    INSERT INTO accounts (jid, password, resource, proved, mechanism, next_prekey_id)
        VALUES ('ana@mired.test', CAST('sesame' AS BLOB), 'susurro.1', 1, 'SCRAM-SHA-256', 101);
    INSERT INTO contacts VALUES (1, 'bob@mired.test', 'Bob', 1, 3, 0, 0), (1, 'eve@evil.test', NULL, 0, 0, 0, 1);
    INSERT INTO chats (account, peer, encrypted, draft) VALUES (1, 'bob@mired.test', 1, 'half a word'),
        (1, 'carol@mired.test', 0, '');
    INSERT INTO messages (account, chat, sender, direction, stanza_id, server_id, time, body, unreadable, protection, state, failure,
                          listened, unread) VALUES
        (1, 1, 'bob@mired.test', 0, 'b1', 's1', 700000, 'good morning', NULL, 2, 0, NULL, 1, 0),
        (1, 1, 'ana@mired.test', 1, 'a1', NULL, 800000, 'good day to you', NULL, 2, 3, NULL, 0, 0),
        (1, 1, 'bob@mired.test', 0, 'b2', NULL, 900000, NULL, 5, 2, 0, NULL, 0, 1),
        (1, 1, 'ana@mired.test', 1, 'a2', NULL, 1000000, 'sealed', NULL, 2, 1, NULL, 0, 0),
        (1, 1, 'ana@mired.test', 1, 'a3', NULL, 1000000, 'waits', NULL, 2, 1, NULL, 0, 0),
        (1, 2, 'ana@mired.test', 1, 'a4', NULL, 1100000, 'in clear', NULL, 0, 1, NULL, 0, 0);
    UPDATE chats SET place = 1, place_hidden = 2 WHERE id = 1;
    UPDATE accounts SET current_chat = 1;
    INSERT INTO outbox (account, chat, message, clear, stanza, sequence) VALUES
        (1, 1, 4, 0, '<message id=''a2''/>', 7), (1, 1, 5, 0, NULL, NULL), (1, 2, 6, 1, NULL, NULL);
    INSERT INTO streams VALUES (1, 'sm-id', 'ana@mired.test/susurro.1', NULL, 41, 7);
    INSERT INTO omemo_device_lists VALUES (1, 'bob@mired.test', 1, 6);";

fn written(
    from: &OwnDevice,
    (to, device): (&str, &OwnDevice),
    record: &mut SessionRecord,
    text: &str,
    rng: &mut ChaCha20Rng,
) -> EncryptedMessage {
    let recipient = Recipient {
        jid: to,
        device: device.id,
        record,
    };
    seal(DIALECT, from, text.as_bytes(), &mut [recipient], rng)
}

fn read(
    own: &OwnDevice,
    letter: &EncryptedMessage,
    record: SessionRecord,
    from: &OwnDevice,
    rng: &mut ChaCha20Rng,
) -> (String, SessionRecord) {
    let local = LocalKeys {
        own,
        signed_prekeys: &[],
        prekeys: &[],
    };
    let opened = open(letter, &local, Some(record), Some(from.identity.public()), rng).unwrap();
    let Content::Payload(text) = &opened.content else {
        panic!("an empty letter")
    };
    (String::from_utf8(text.to_vec()).unwrap(), opened.record)
}

/// The file of that time, and who is in it.
fn vault(place: &Place, rng: &mut ChaCha20Rng) -> Meeting {
    file::make_private(&place.path).unwrap();
    let mut conn = Connection::open(&place.path).unwrap();
    settings::unlock(&conn, &key(1)).unwrap();
    settings::set(&conn, "journal_mode", "WAL").unwrap();
    migrations::apply(&mut conn, &migrations::ALL[..5]).unwrap();
    let meeting = Meeting::new(rng);
    meeting.store(&conn);
    conn.close().unwrap();
    meeting
}

#[test]
fn a_conversation_of_schema_five_goes_on_where_it_was() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let place = Place::new();
    let meeting = vault(&place, &mut rng);
    let (bob, eight) = (jid(BOB), meeting.bob.id);
    let mut writer = Writer::open(&place.path, &key(1)).unwrap();
    assert_eq!(writer.faults().unwrap(), 0);
    let tx = writer.transaction().unwrap();
    assert_eq!(migrations::version(tx.conn()).unwrap(), migrations::known());
    let own = keys::own_device(&tx, ACCOUNT).unwrap().unwrap();
    assert_eq!(own.identity.public(), meeting.ana.identity.public());
    // Whose key it is, in the form that was not stored before too, and that it is written to.
    let known = keys::keys(&tx, ACCOUNT, &bob).unwrap();
    let [known] = known.as_slice() else {
        panic!("{known:?}")
    };
    assert_eq!(
        (known.identity, known.trust),
        (meeting.bob.identity.public(), Trust::Verified)
    );
    assert_eq!(known.ed25519, Some(meeting.bob.identity.ed25519()));
    let fates: Vec<_> = keys::addressed(&tx, ACCOUNT, &bob).unwrap();
    assert_eq!(
        fates
            .iter()
            .map(|device| (device.id, device.fate))
            .collect::<Vec<_>>(),
        [(eight, Fate::Written)]
    );
    // What was on its way is read, and what is answered too.
    let record = keys::session(&tx, ACCOUNT, &bob, DIALECT, eight)
        .unwrap()
        .unwrap();
    let (text, mut record) = read(&own, &meeting.on_its_way, record, &meeting.bob, &mut rng);
    assert_eq!(text, "on its way");
    let answer = written(&own, (BOB, &meeting.bob), &mut record, "it came", &mut rng);
    keys::put_session(&tx, ACCOUNT, &bob, DIALECT, eight, &record).unwrap();
    tx.commit().unwrap();
    let (text, mut theirs) = read(&meeting.bob, &answer, meeting.record, &meeting.ana, &mut rng);
    assert_eq!(text, "it came");
    let next = written(&meeting.bob, (ANA, &own), &mut theirs, "and on", &mut rng);
    writer.close().unwrap();
    let reader = Reader::open(&place.path, &key(1)).unwrap();
    let record = keys::session(&reader, ACCOUNT, &bob, DIALECT, eight)
        .unwrap()
        .unwrap();
    assert_eq!(read(&own, &next, record, &meeting.bob, &mut rng).0, "and on");
}

#[test]
fn the_history_of_schema_five_is_as_it_was() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let place = Place::new();
    let meeting = vault(&place, &mut rng);
    let mut writer = Writer::open(&place.path, &key(1)).unwrap();
    let tx = writer.transaction().unwrap();
    let account = accounts::by_jid(&tx, &jid(ANA)).unwrap().unwrap();
    assert_eq!((account.id, account.proved), (ACCOUNT, true));
    let rows = messages::history(&tx, ChatId(1), None, 100).unwrap();
    let told = |row: &Message| {
        let body = row.body.as_ref().map(|body| body.as_str().to_owned());
        (row.stanza_id.clone(), body, row.state, row.left)
    };
    let row =
        |id: &str, body: Option<&str>, state, left| (id.to_owned(), body.map(str::to_owned), state, left);
    assert_eq!(
        rows.iter().map(told).collect::<Vec<_>>(),
        [
            row("b1", Some("good morning"), MessageState::Received, Left::Not),
            row("a1", Some("good day to you"), MessageState::Delivered, Left::Not),
            row("b2", None, MessageState::Received, Left::Not),
            row("a2", Some("sealed"), MessageState::Queued, Left::Perhaps),
            row("a3", Some("waits"), MessageState::Queued, Left::Not),
        ]
    );
    assert_eq!(
        rows[0].fingerprint,
        Some(meeting.bob.identity.public().fingerprint())
    );
    assert_eq!(
        (rows[0].trust, rows[0].protection),
        (Some(Trust::Verified), Protection::Omemo2)
    );
    assert_eq!(
        (rows[0].direction(), rows[0].server_id.as_deref()),
        (Direction::In, Some("s1"))
    );
    let unread: Vec<bool> = [1, 3]
        .map(|id| messages::is_unread(&tx, MessageId(id)).unwrap())
        .into();
    assert_eq!(unread, [false, true]);
}

#[test]
fn what_waits_since_schema_five_leaves_in_its_order_and_what_was_sealed_stays() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let place = Place::new();
    vault(&place, &mut rng);
    let mut writer = Writer::open(&place.path, &key(1)).unwrap();
    let tx = writer.transaction().unwrap();
    // What was sealed keeps its number, and only what never left may be taken back.
    let waiting = outbox::all(&tx, ACCOUNT).unwrap();
    let waiting: Vec<_> = waiting
        .iter()
        .map(|row| {
            (
                row.message.0,
                row.clear,
                row.stanza.as_deref(),
                row.sequence,
                row.blamed,
            )
        })
        .collect();
    assert_eq!(
        waiting,
        [
            (4, false, Some("<message id='a2'/>"), Some(7), 0),
            (5, false, None, None, 0),
            (6, true, None, None, 0),
        ]
    );
    assert_eq!(
        left::withdraw(&tx, MessageId(4), &MessageFailure::TakenBack).unwrap(),
        left::Withdrawn::MayHaveLeft
    );
}

#[test]
fn contacts_stream_and_place_of_schema_five_are_as_they_were() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let place = Place::new();
    vault(&place, &mut rng);
    let mut writer = Writer::open(&place.path, &key(1)).unwrap();
    let tx = writer.transaction().unwrap();
    assert_eq!(stream::get(&tx, ACCOUNT).unwrap().unwrap().sm_id, "sm-id");
    let contacts = contacts::all(&tx, ACCOUNT).unwrap();
    let contacts: Vec<_> = contacts
        .iter()
        .map(|contact| {
            (
                contact.jid.as_str(),
                contact.name.as_ref().map(Clean::as_str),
                contact.requests,
            )
        })
        .collect();
    assert_eq!(
        contacts,
        [(BOB, Some("Bob"), false), ("eve@evil.test", None, true)]
    );
    let chat = chats::current(&tx, ACCOUNT).unwrap().unwrap();
    assert_eq!((chat.id, chat.encrypted, chat.request), (ChatId(1), true, false));
    let view = chats::view(&tx, chat.id).unwrap().unwrap();
    assert_eq!(view.draft.as_str(), "half a word");
    let first = messages::get(&tx, MessageId(1)).unwrap().unwrap();
    assert_eq!(view.place.map(|place| place.position), Some(first.position));
}
