//! Session records from any bytes.

use crate::ratchet::{RECEIVING_MOST, ReceivingChain};
use crate::record::ARCHIVED_MOST;
use crate::session::Role;
use crate::tests::{Person, seeded};
use crate::wire::{self, RatchetHeader};
use crate::{Dialect, OpenError, SessionRecord, primitives};

/// Bytes are a record or none. A record gives the same bytes again, can seal, opens what fits once, and
/// refuses what does not without changing.
pub fn record(data: &[u8]) {
    let Ok(mut record) = SessionRecord::from_bytes(data) else {
        return;
    };
    assert_eq!(*record.to_bytes(), data);
    bounded(&record);
    let rng = &mut seeded(1);
    let own = Person::new(2, rng);
    refuses(&mut record, &own);
    opens_what_fits(&record, &own);
    for _ in 0..3 {
        let before = record.to_bytes();
        let unanswered = record.is_unanswered();
        let next = record.current.ratchet.sending.next;
        let (kex, bytes) = record.encrypt(&own.own, &[7; 32]);
        assert_eq!(kex, unanswered);
        assert!(bytes.len() <= 512);
        // At the end of the counter's range the chain key still turns.
        assert_ne!(*record.to_bytes(), *before);
        assert_eq!(record.current.ratchet.sending.next, next.saturating_add(1));
        record = reloaded(&record);
    }
}

/// Through the store and back.
fn reloaded(record: &SessionRecord) -> SessionRecord {
    let bytes = record.to_bytes();
    let again = SessionRecord::from_bytes(&bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(*again.to_bytes(), *bytes);
    again
}

fn bounded(record: &SessionRecord) {
    assert!(record.archived.len() <= ARCHIVED_MOST);
    for state in std::iter::once(&record.current).chain(&record.archived) {
        assert!(state.ratchet.receiving.len() <= RECEIVING_MOST);
        assert!(state.ratchet.skipped() <= record.dialect().constants().skip_most as usize);
    }
}

/// A message on every ratchet key that the record knows, with a MAC of nobody.
fn refuses(record: &mut SessionRecord, own: &Person) {
    let dialect = record.dialect();
    let before = record.to_bytes();
    let chains: Vec<_> = record.current.ratchet.receiving.iter().map(place).collect();
    for (ratchet_key, next) in chains {
        for counter in [0, next.saturating_sub(1), next, next.saturating_add(1), u32::MAX] {
            let header = RatchetHeader {
                ratchet_key,
                counter,
                previous: 0,
            };
            let mac = vec![0; dialect.constants().mac_length];
            let framed = wire::write_message(dialect, &header, &[0; 48]);
            let bytes = wire::attach_mac(dialect, framed, &mac);
            assert!(record.decrypt(&own.own, &bytes, &mut seeded(2)).is_err());
            assert_eq!(*record.to_bytes(), *before);
        }
    }
}

fn place(chain: &ReceivingChain) -> (crate::tests::PublicKey, u32) {
    (chain.ratchet_key, chain.next)
}

/// The message that the other side would send next in each chain opens, and does not open again.
fn opens_what_fits(record: &SessionRecord, own: &Person) {
    let dialect = record.dialect();
    for chain in &record.current.ratchet.receiving {
        // A ratchet key that nobody can have cannot be read from the wire either.
        if chain.next == u32::MAX || !primitives::is_plain_point(&chain.ratchet_key.0) {
            continue;
        }
        let bytes = next_message(record, own, chain);
        let mut record = record.clone();
        let opened = record.decrypt(&own.own, &bytes, &mut seeded(3));
        let opened = opened.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(*opened, vec![5; 32]);
        assert!(!record.is_unanswered());
        let mut record = reloaded(&record);
        bounded(&record);
        let again = record.decrypt(&own.own, &bytes, &mut seeded(4));
        assert_eq!(again.err(), Some(OpenError::Duplicate));
        assert_eq!(record.dialect(), dialect);
    }
}

/// As the other side seals it.
fn next_message(record: &SessionRecord, own: &Person, chain: &ReceivingChain) -> Vec<u8> {
    let dialect = record.dialect();
    let (ours, theirs) = (own.own.identity.encoded(dialect), &record.theirs.encoded);
    let ours_first = dialect == Dialect::Omemo2 && record.current.role == Role::Initiator;
    let (first, second) = if ours_first {
        (ours, theirs)
    } else {
        (theirs, ours)
    };
    let associated = wire::associated_data(dialect, first, second);
    let header = RatchetHeader {
        ratchet_key: chain.ratchet_key,
        counter: chain.next,
        previous: 0,
    };
    let (key, _) = chain.key.turn();
    let (framed, mac) = key.seal(
        dialect.constants(),
        associated.as_slice(),
        &[5; 32],
        |ciphertext| wire::write_message(dialect, &header, ciphertext),
    );
    wire::attach_mac(dialect, framed, &mac[..dialect.constants().mac_length])
}
