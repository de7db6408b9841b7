//! What the screen reads: pages both ways, the overview, what is remembered, what is unread.

use proptest::prelude::*;

use super::{at, chat, incoming, insert_new, opened, outgoing, peer};
use crate::messages::{self, NewMessage};
use crate::{Transaction, Writer, chats};
use model::{AccountId, ChatId, Clean, MessageId, Place, Position, UnreadableReason};

fn ids(page: &[model::Message]) -> Vec<i64> {
    page.iter().map(|row| row.id.0).collect()
}

fn view(tx: &Transaction<'_>, chat: ChatId) -> chats::View {
    chats::view(tx, chat).unwrap().unwrap()
}

fn position(tx: &Transaction<'_>, id: MessageId) -> Position {
    messages::get(tx, id).unwrap().unwrap().position
}

fn unread(tx: &Transaction<'_>, account: AccountId) -> Vec<u64> {
    let all = chats::overview(tx, account).unwrap();
    all.iter().map(|chat| chat.unread).collect()
}

#[test]
fn pages_forwards_are_the_mirror_of_pages_backwards() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let other = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap().id;
    insert_new(&tx, &incoming(other, "m0", 6));
    for n in 0..60_i64 {
        let ms = n * 7919 % 13 * 1000 + (60 - n) * 13;
        insert_new(&tx, &incoming(chat, &format!("m{n}"), ms));
    }
    let all = ids(&messages::history(&tx, chat, None, 100).unwrap());
    assert_eq!(ids(&messages::oldest(&tx, chat, 100).unwrap()), all);
    for size in [1, 7, 59, 60, 1000] {
        let mut pages = ids(&messages::oldest(&tx, chat, size).unwrap());
        assert_eq!(pages, all[..size.min(60)], "the oldest {size}");
        loop {
            let last = position(&tx, MessageId(*pages.last().unwrap()));
            let page = messages::after(&tx, chat, last, size).unwrap();
            assert!(page.len() <= size);
            if page.is_empty() {
                break;
            }
            pages.extend(ids(&page));
        }
        assert_eq!(pages, all, "pages of {size}");
    }
    assert_eq!(messages::oldest(&tx, chat, 0).unwrap(), []);
}

#[test]
fn what_we_wrote_comes_back_newest_first_without_what_others_wrote() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    for n in 0..5_i64 {
        insert_new(&tx, &incoming(chat, &format!("in {n}"), n));
        let body = Some(Clean::new(&format!("mine {n}")));
        // The order of rows counts, not the time.
        insert_new(
            &tx,
            &NewMessage {
                body,
                ..outgoing(chat, &format!("out {n}"), -n)
            },
        );
    }
    // A message of our other device that could not be read.
    let unreadable = NewMessage {
        body: None,
        unreadable: Some(UnreadableReason::NoSession),
        ..outgoing(chat, "other", 9)
    };
    insert_new(&tx, &unreadable);
    let bodies = messages::own_bodies(&tx, chat, 3).unwrap();
    let bodies: Vec<&str> = bodies.iter().map(Clean::as_str).collect();
    assert_eq!(bodies, ["mine 4", "mine 3", "mine 2"]);
}

#[test]
fn the_overview_shows_each_chat_with_its_newest_row_and_its_unread_ones() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let empty = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap();
    insert_new(&tx, &incoming(bobs, "1", 5000));
    insert_new(&tx, &incoming(bobs, "2", 3000));
    insert_new(&tx, &outgoing(bobs, "3", 4000));
    chats::set_draft(&tx, empty.id, &Clean::new("half a")).unwrap();
    let expected = [
        chats::Overview {
            chat: chats::get(&tx, bobs).unwrap().unwrap(),
            last: Some(chats::Last {
                time: at(5000),
                direction: model::Direction::In,
                failed: false,
                taken_back: false,
                nick: None,
                words: Some(Clean::new("hello")),
                event: None,
            }),
            unread: 2,
            draft: false,
        },
        chats::Overview {
            chat: empty,
            last: None,
            unread: 0,
            draft: true,
        },
    ];
    assert_eq!(chats::overview(&tx, ana).unwrap(), expected);
    assert_eq!(chats::overview(&tx, AccountId(99)).unwrap(), []);
}

#[test]
fn a_flood_is_counted_up_to_a_limit() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let counted = i64::from(chats::COUNTED);
    for n in 0..counted + 5 {
        insert_new(&tx, &incoming(chat, &n.to_string(), n));
    }
    assert_eq!(unread(&tx, ana), [u64::from(chats::COUNTED)]);
    let last = messages::history(&tx, chat, None, 1).unwrap()[0].position;
    assert!(messages::set_read(&tx, chat, last).unwrap());
    assert!(!messages::set_read(&tx, chat, last).unwrap());
    assert_eq!(unread(&tx, ana), [0]);
}

#[test]
fn a_draft_that_corrects_stays_a_correction_when_its_message_goes() {
    use crate::drafts;
    use model::DraftAbout;
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let id = insert_new(&tx, &outgoing(bobs, "one", 1));
    let other = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap().id;
    for about in [DraftAbout::Answer(id), DraftAbout::Correction(Some(id))] {
        drafts::set_about(&tx, bobs, Some(about)).unwrap();
        assert_eq!(view(&tx, bobs).draft_about, Some(about));
    }
    // That of another chat is none of this one.
    drafts::set_about(&tx, other, Some(DraftAbout::Answer(id))).unwrap();
    assert_eq!(view(&tx, other).draft_about, None);
    assert!(crate::deleted::message(&tx, id).unwrap());
    assert_eq!(view(&tx, bobs).draft_about, Some(DraftAbout::Correction(None)));
    drafts::set_about(&tx, bobs, None).unwrap();
    assert_eq!(view(&tx, bobs).draft_about, None);
}

#[test]
fn drafts_and_the_open_chat_are_remembered() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let carols = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap();
    assert_eq!(chats::current(&tx, ana).unwrap(), None);
    assert_eq!(view(&tx, bobs).draft, Clean::default());
    let draft = Clean::new("two\nlines, 'quotes' \u{301}");
    chats::set_draft(&tx, bobs, &draft).unwrap();
    chats::set_current(&tx, ana, carols.id).unwrap();
    assert_eq!(view(&tx, bobs).draft, draft);
    assert_eq!(view(&tx, carols.id).draft, Clean::default());
    assert_eq!(chats::current(&tx, ana).unwrap(), Some(carols));
    chats::set_draft(&tx, bobs, &Clean::default()).unwrap();
    assert_eq!(view(&tx, bobs).draft, Clean::default());
    assert_eq!(chats::view(&tx, ChatId(99)).unwrap(), None);
}

#[test]
fn a_place_is_remembered_for_each_chat() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let carols = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap().id;
    let row = insert_new(&tx, &incoming(bobs, "1", 1));
    let position = position(&tx, row);
    let place = |hidden| Some(Place { position, hidden });
    for hidden in [0, 3, u16::MAX] {
        chats::set_place(&tx, bobs, place(hidden)).unwrap();
        assert_eq!(view(&tx, bobs).place, place(hidden));
    }
    assert_eq!(view(&tx, carols).place, None);
    chats::set_place(&tx, bobs, None).unwrap();
    assert_eq!(view(&tx, bobs).place, None, "the newest");
}

#[test]
fn what_could_not_be_read_and_now_can_is_unread_again_unless_it_is_ours() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    for (new, expected) in [(incoming(chat, "1", 1), 1), (outgoing(chat, "2", 2), 0)] {
        let row = insert_new(
            &tx,
            &NewMessage {
                body: None,
                unreadable: Some(UnreadableReason::NoSession),
                ..new
            },
        );
        let up_to = position(&tx, row);
        messages::set_read(&tx, chat, up_to).unwrap();
        messages::set_readable(&tx, row, &opened(&Clean::new("now"))).unwrap();
        assert_eq!(unread(&tx, ana), [expected]);
        messages::set_read(&tx, chat, up_to).unwrap();
    }
}

#[derive(Debug, Clone)]
enum Op {
    In(bool, usize),
    Out(usize),
    Read(usize, usize),
    Listened(usize, bool),
    Readable(usize),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (any::<bool>(), 0..2_usize).prop_map(|(readable, chat)| Op::In(readable, chat)),
        2 => (0..2_usize).prop_map(Op::Out),
        2 => (0..2_usize, 0..40_usize).prop_map(|(chat, row)| Op::Read(chat, row)),
        1 => (0..40_usize, any::<bool>()).prop_map(|(row, readable)| Op::Listened(row, readable)),
        1 => (0..40_usize).prop_map(Op::Readable),
    ]
}

/// What the store says of both chats is what `unread` says of each of their rows (with chat, and whether it
/// came in).
fn agrees(
    tx: &Transaction<'_>,
    ana: AccountId,
    both: [ChatId; 2],
    rows: &[(MessageId, usize, bool)],
    unread: impl Fn(MessageId, usize) -> bool,
) -> Result<(), TestCaseError> {
    for (number, seen) in chats::overview(tx, ana).unwrap().iter().enumerate() {
        let mut mine = Vec::new();
        for (row, _, _) in rows
            .iter()
            .filter(|(_, chat, inbound)| *chat == number && *inbound)
        {
            prop_assert_eq!(messages::is_unread(tx, *row).unwrap(), unread(*row, number));
            mine.extend(Some(position(tx, *row)).filter(|_| unread(*row, number)));
        }
        prop_assert_eq!(seen.unread, mine.len() as u64);
        prop_assert_eq!(view(tx, both[number]).first_unread, mine.into_iter().min());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Unread is what came in below the read position, and what could be read only later; the first of it in
    /// the order of the history is found.
    #[test]
    fn unread_is_what_came_in_and_was_not_shown(ops in prop::collection::vec(op(), 0..60)) {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (ana, bobs) = chat(&tx);
        let both = [bobs, chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap().id];
        let mut rows: Vec<(MessageId, usize, bool)> = Vec::new();
        let mut read = [Position(0); 2];
        let mut fresh: Vec<MessageId> = Vec::new();
        let mut closed: Vec<MessageId> = Vec::new();
        for (n, op) in ops.into_iter().enumerate() {
            // Times go to and fro: the order of rows is another one than that of the history.
            let (id, ms) = (n.to_string(), (n as i64 * 7919 % 13) * 500);
            match op {
                Op::In(readable, chat) => {
                    let mut new = incoming(both[chat], &id, ms);
                    if !readable {
                        (new.body, new.unreadable) = (None, Some(UnreadableReason::NoSession));
                    }
                    let row = insert_new(&tx, &new);
                    rows.push((row, chat, true));
                    closed.extend(Some(row).filter(|_| !readable));
                }
                Op::Out(chat) => rows.push((insert_new(&tx, &outgoing(both[chat], &id, ms)), chat, false)),
                Op::Read(chat, row) => {
                    let Some((up_to, _, _)) = rows.get(row).copied() else { continue };
                    let up_to = position(&tx, up_to);
                    read[chat] = read[chat].max(up_to);
                    fresh.retain(|row| {
                        let row = messages::get(&tx, *row).unwrap().unwrap();
                        row.chat != both[chat] || row.position > up_to
                    });
                    messages::set_read(&tx, both[chat], up_to).unwrap();
                }
                Op::Listened(row, readable) => {
                    let Some((row, chat, inbound)) = rows.get(row).copied() else { continue };
                    let as_printed = readable != closed.contains(&row);
                    prop_assert_eq!(messages::set_listened(&tx, row, readable, 0).unwrap(), as_printed);
                    if as_printed {
                        fresh.retain(|other| *other != row);
                    }
                    if as_printed && inbound {
                        read[chat] = read[chat].max(position(&tx, row));
                    }
                }
                Op::Readable(row) => {
                    let Some((row, _, _)) = rows.get(row).copied() else { continue };
                    let was_closed = closed.contains(&row);
                    closed.retain(|other| *other != row);
                    let done = messages::set_readable(&tx, row, &opened(&Clean::new("x")));
                    prop_assert_eq!(done.is_ok(), was_closed);
                    fresh.extend(Some(row).filter(|_| was_closed));
                }
            }
            let unread = |row, chat: usize| position(&tx, row) > read[chat] || fresh.contains(&row);
            agrees(&tx, ana, both, &rows, unread)?;
        }
    }
}
