//! The counters of a stream against what servers may say.

use super::*;

/// Counts a stanza that is kept there.
fn count(counters: &mut Counters, kept: Kept) -> u32 {
    counters.count_out(&Element::bare("message", "jabber:client"), kept)
}

fn managed() -> Counters {
    Counters {
        acks: Acks::Managed { resumable: true },
        ..Counters::new()
    }
}

fn rows(rows: &[i64]) -> Result<Acked, BadAck> {
    Ok(Acked {
        rows: rows.to_vec(),
        answers: Vec::new(),
    })
}

#[test]
fn an_ack_frees_the_rows_up_to_its_count_and_no_more() {
    let mut counters = managed();
    for kept in [
        Kept::Row(1),
        Kept::Nowhere,
        Kept::Answer(9),
        Kept::Row(2),
        Kept::Row(3),
    ] {
        count(&mut counters, kept);
    }
    let first = Acked {
        rows: vec![1, 2],
        answers: vec![9],
    };
    assert_eq!(counters.acknowledge(4), Ok(first));
    assert_eq!(counters.acknowledge(4), rows(&[]));
    assert_eq!(counters.acknowledge(5), rows(&[3]));
}

#[test]
fn an_ack_for_what_was_never_sent_or_was_acknowledged_before_is_refused() {
    let mut counters = managed();
    count(&mut counters, Kept::Row(1));
    assert_eq!(counters.acknowledge(2), Err(BadAck));
    assert_eq!(counters.acknowledge(1), rows(&[1]));
    assert_eq!(counters.acknowledge(0), Err(BadAck));
}

#[test]
fn counters_wrap_at_two_to_the_thirty_two() {
    let mut counters = managed();
    counters.rebase(u32::MAX);
    assert_eq!(counters.next_out(), 0);
    assert_eq!(count(&mut counters, Kept::Row(7)), 0);
    assert!(counters.ask());
    assert_eq!(count(&mut counters, Kept::Row(8)), 1);
    assert!(!counters.ask());
    assert_eq!(counters.acknowledge(0), rows(&[7]));
    assert!(counters.still_asked(0));
    assert!(!counters.still_asked(1));
}

#[test]
fn what_is_sent_again_after_a_resumption_is_counted_from_the_servers_number() {
    let mut counters = managed();
    for kept in [Kept::Row(1), Kept::Nowhere, Kept::Answer(2), Kept::Row(3)] {
        count(&mut counters, kept);
    }
    assert_eq!(counters.acknowledge(1), rows(&[1]));
    assert_eq!(counters.rebase(1).len(), 1, "the rows are in the store");
    assert_eq!(count(&mut counters, Kept::Row(3)), 2);
}

#[test]
fn without_stream_management_only_rows_are_kept_for_the_ping() {
    let mut counters = Counters {
        acks: Acks::Ping,
        ..Counters::new()
    };
    count(&mut counters, Kept::Nowhere);
    count(&mut counters, Kept::Row(1));
    assert_eq!(counters.unacked(), 1);
    assert_eq!(counters.acknowledge(counters.outbound()), rows(&[1]));
}

#[test]
fn what_is_kept_for_sending_again_is_bounded_and_counted_all_the_same() {
    let mut counters = managed();
    for _ in 0..Counters::MOST_ELEMENTS + 100 {
        count(&mut counters, Kept::Nowhere);
    }
    assert!(!counters.has_room());
    let all = u32::try_from(counters.unacked()).unwrap();
    assert_eq!(counters.acknowledge(all - 150), rows(&[]));
    assert_eq!(counters.rebase(all - 150).len(), 50);
    count(&mut counters, Kept::Nowhere);
    assert_eq!(counters.rebase(0).len(), 1);
}
