//! Opening, following, what counts as seen, and how much is kept of a chat of any length.

use super::*;
use model::{MessageFailure, Place};

const SIZE: (u16, u16) = (58, 16);

fn open_at(scene: &mut Scene, place: Option<Place>, first_unread: Option<i64>, size: (u16, u16)) -> History {
    let chat = scene.chat;
    let first_unread = first_unread.map(|id| scene.position(id));
    scene.look(|world| History::open(world, chat, place, first_unread, size).unwrap())
}

fn arrive(scene: &mut Scene, body: &str, time: &str) -> MessageId {
    scene.change(|tx, who| {
        put(
            tx,
            &NewMessage {
                time: at(time),
                ..who.bob_says(body)
            },
        )
    })
}

/// The words at the end of the lines: what was written.
fn words(lines: &[String]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line.rsplit(' ').next().unwrap_or_default())
        .collect()
}

#[test]
fn a_chat_without_rows_says_so_and_takes_every_call() {
    let mut scene = Scene::new();
    for mut history in [History::empty(), scene.open(SIZE)] {
        for by in [
            Scroll::Lines(-3),
            Scroll::Pages(1),
            Scroll::Oldest,
            Scroll::Newest,
        ] {
            scroll(&mut scene, &mut history, by);
        }
        scene.look(|world| history.select(world, -1).unwrap());
        history.select_at(0);
        refresh(&mut scene, &mut history);
        assert!(history.at_end() && history.place().is_none() && history.selected().is_none());
        assert_eq!((history.newest_seen(), history.arrived_below()), (None, 0));
    }
    let mut history = scene.open(SIZE);
    let last = usize::from(SIZE.1) - 1;
    assert_eq!(shown(&mut scene, &mut history, SIZE)[last], " No messages yet.");
    arrive(&mut scene, "first", "2026-11-20T09:00:00Z");
    refresh(&mut scene, &mut history);
    let lines = shown(&mut scene, &mut history, SIZE);
    assert_eq!(lines[last], " 09:00 bob  first");
    assert!(lines[last - 1].contains(" Friday 20 November "), "{lines:#?}");
    assert!(
        lines[..last - 1].iter().all(|line| line.trim().is_empty()),
        "{lines:#?}"
    );
}

#[test]
fn with_many_unread_rows_the_new_line_stands_in_the_upper_third() {
    let mut scene = Scene::with_rows(200);
    let mut history = open_at(&mut scene, None, Some(101), SIZE);
    let lines = shown(&mut scene, &mut history, SIZE);
    assert!(lines[5].contains(" new "), "{lines:#?}");
    assert!(lines[6].ends_with(" 101"), "{lines:#?}");
    assert_eq!((history.at_end(), history.arrived_below()), (false, 90));
    assert_eq!(history.newest_seen(), Some(scene.position(110)));
}

#[test]
fn the_new_line_is_in_sight_even_if_the_pane_turns_out_smaller() {
    let mut scene = Scene::with_rows(200);
    for unread in [101, 185, 190] {
        let mut history = open_at(&mut scene, None, Some(unread), (100, 60));
        refresh(&mut scene, &mut history);
        scene.look(|world| history.resize(world, SIZE).unwrap());
        let lines = shown(&mut scene, &mut history, SIZE);
        let line = lines.iter().position(|line| line.contains(" new "));
        assert!(line.is_some_and(|line| line <= 5), "{unread}: {lines:#?}");
    }
}

#[test]
fn with_few_unread_rows_the_chat_opens_at_its_end() {
    let mut scene = Scene::with_rows(200);
    let mut history = open_at(&mut scene, None, Some(198), SIZE);
    assert!(history.at_end() && history.place().is_none());
    assert!(shown(&mut scene, &mut history, SIZE)[12].contains(" new "));
}

#[test]
fn a_place_is_where_it_was_left_and_one_that_is_gone_is_the_newest() {
    let mut scene = Scene::with_rows(200);
    let place = Place {
        position: scene.position(120),
        hidden: 0,
    };
    let mut history = open_at(&mut scene, Some(place), None, SIZE);
    assert!(shown(&mut scene, &mut history, SIZE)[15].ends_with(" 120"));
    assert_eq!((history.place(), history.arrived_below()), (Some(place), 0));
    let too_much = Place {
        position: scene.position(120),
        hidden: 9,
    };
    assert_eq!(
        open_at(&mut scene, Some(too_much), None, SIZE).place(),
        Some(place)
    );
    let gone = Place {
        position: Position(i64::MAX),
        hidden: 3,
    };
    assert!(open_at(&mut scene, Some(gone), None, SIZE).at_end());
}

#[test]
fn what_arrives_below_is_counted_and_does_not_pull() {
    let mut scene = Scene::with_rows(100);
    let mut history = scene.open(SIZE);
    scroll(&mut scene, &mut history, Scroll::Pages(-2));
    let before = shown(&mut scene, &mut history, SIZE);
    for n in 0..3 {
        arrive(&mut scene, "late", &format!("2026-11-20T09:0{n}:00Z"));
        // Of another time: above what is in sight, or in it, and so not below.
        arrive(&mut scene, "early", &format!("2026-11-18T09:0{n}:00Z"));
        refresh(&mut scene, &mut history);
        assert_eq!(history.arrived_below(), n + 1);
        assert_eq!(shown(&mut scene, &mut history, SIZE), before);
    }
    scene.change(|tx, who| {
        put(
            tx,
            &NewMessage {
                time: at("2026-11-20T10:00:00Z"),
                ..who.ana_says("from the other device")
            },
        )
    });
    refresh(&mut scene, &mut history);
    assert_eq!(history.arrived_below(), 3, "ours are not news");
    // The line stands above the first of them; what comes into sight is no longer below.
    scroll(&mut scene, &mut history, Scroll::Newest);
    let lines = shown(&mut scene, &mut history, SIZE);
    assert!(
        lines[11].contains(" new ") && lines[12].ends_with(" late"),
        "{lines:#?}"
    );
    assert_eq!(history.arrived_below(), 0);
    scroll(&mut scene, &mut history, Scroll::Lines(-1));
    assert_eq!(history.arrived_below(), 0);
}

#[test]
fn arrivals_are_counted_down_as_they_come_into_sight() {
    let mut scene = Scene::with_rows(100);
    let mut history = scene.open(SIZE);
    scroll(&mut scene, &mut history, Scroll::Lines(-10));
    scene.change(|tx, who| {
        for n in 0..500 {
            let time = Timestamp::from_second(at("2026-11-20T09:00:00Z").as_second() + 60 * n).unwrap();
            put(
                tx,
                &NewMessage {
                    time,
                    ..who.bob_says("x")
                },
            );
        }
    });
    refresh(&mut scene, &mut history);
    assert_eq!(history.arrived_below(), 500);
    // Ten old rows, a day and a "new" line.
    scroll(&mut scene, &mut history, Scroll::Lines(10 + 2 + 7));
    assert_eq!(history.arrived_below(), 493);
    assert_eq!(history.newest_seen(), Some(scene.position(107)));
}

#[test]
fn at_the_end_the_view_follows_but_a_selected_row_stays() {
    let mut scene = Scene::with_rows(100);
    let mut history = scene.open(SIZE);
    arrive(&mut scene, "followed", "2026-11-20T09:00:00Z");
    refresh(&mut scene, &mut history);
    assert!(shown(&mut scene, &mut history, SIZE)[15].ends_with(" followed"));
    scene.look(|world| history.select(world, -1).unwrap());
    arrive(&mut scene, "waits", "2026-11-20T09:01:00Z");
    refresh(&mut scene, &mut history);
    assert!(shown(&mut scene, &mut history, SIZE)[15].ends_with(" followed"));
    assert_eq!((history.at_end(), history.arrived_below()), (false, 1));
}

#[test]
fn a_row_below_the_edge_is_never_counted_as_seen() {
    let mut scene = Scene::with_rows(100);
    // Row 101 stands in the middle by its time, row 102 at the end.
    arrive(&mut scene, "old", "2026-11-19T00:50:30Z");
    arrive(&mut scene, "new", "2026-11-20T09:00:00Z");
    let place = Place {
        position: scene.position(101),
        hidden: 0,
    };
    let mut history = open_at(&mut scene, Some(place), Some(60), SIZE);
    assert_eq!(
        history.newest_seen(),
        Some(scene.position(101)),
        "51 to 100 are below"
    );
    scroll(&mut scene, &mut history, Scroll::Newest);
    assert_eq!(history.newest_seen(), Some(scene.position(102)));
    scroll(&mut scene, &mut history, Scroll::Oldest);
    assert_eq!(
        history.newest_seen(),
        Some(scene.position(102)),
        "what was seen stays seen"
    );
}

#[test]
fn selecting_goes_from_the_newest_in_sight_to_the_oldest_and_back_until_none_is_left() {
    let mut scene = Scene::with_rows(100);
    let mut history = scene.open(SIZE);
    scroll(&mut scene, &mut history, Scroll::Pages(-1));
    scene.look(|world| history.select(world, -1).unwrap());
    assert_eq!(history.selected().unwrap().id, MessageId(85));
    for id in (1..85).rev().chain([1, 1]) {
        scene.look(|world| history.select(world, -1).unwrap());
        assert_eq!(history.selected().unwrap().id, MessageId(id));
        let lines = shown(&mut scene, &mut history, SIZE);
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with('▸') && line.ends_with(&format!(" {id}")))
        );
    }
    // However far the view goes, it comes back to the selected row.
    scroll(&mut scene, &mut history, Scroll::Newest);
    for id in 2..=100 {
        scene.look(|world| history.select(world, 1).unwrap());
        assert_eq!(history.selected().unwrap().id, MessageId(id));
        let lines = shown(&mut scene, &mut history, SIZE);
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with('▸') && line.ends_with(&format!(" {id}")))
        );
    }
    scene.look(|world| history.select(world, 1).unwrap());
    assert!(history.selected().is_none() && history.at_end());
}

#[test]
fn a_click_selects_the_row_under_it_and_a_day_is_no_row() {
    let mut scene = Scene::with_rows(3);
    let mut history = scene.open(SIZE);
    // The day and the rows stand at the lower edge.
    let day = SIZE.1 - 4;
    for row in [0, day - 1, day] {
        history.select_at(row);
        assert!(history.selected().is_none());
    }
    history.select_at(day + 2);
    assert_eq!(history.selected().unwrap().id, MessageId(2));
    history.select_at(SIZE.1);
    assert_eq!(history.selected().unwrap().id, MessageId(2));
    history.unselect();
    assert!(history.selected().is_none());
}

#[test]
fn the_selected_row_is_shown_as_the_store_has_it() {
    let mut scene = Scene::with_rows(100);
    let mut history = scene.open(SIZE);
    scene.look(|world| history.select(world, -1).unwrap());
    scroll(&mut scene, &mut history, Scroll::Oldest);
    let reason = MessageFailure::Refused(Clean::new("nobody there"));
    scene.change(|tx, _| {
        messages::set_state(tx, MessageId(100), MessageState::Failed, Some(&reason)).unwrap()
    });
    refresh(&mut scene, &mut history);
    assert_eq!(history.selected().unwrap().failure, Some(reason));
}

#[test]
fn somebody_who_looks_again_sees_where_the_unread_rows_begin() {
    let mut scene = Scene::with_rows(10);
    let tenth = scene.position(10);
    scene.change(|tx, who| messages::set_read(tx, who.chat, tenth).unwrap());
    let mut history = scene.open(SIZE);
    arrive(&mut scene, "while-away", "2026-11-19T09:00:00Z");
    refresh(&mut scene, &mut history);
    assert_eq!(
        words(&shown(&mut scene, &mut history, SIZE))[14..],
        ["10", "while-away"]
    );
    scene.look(|world| history.show_new(world).unwrap());
    assert!(shown(&mut scene, &mut history, SIZE)[14].contains(" new "));
}

#[test]
fn a_hundred_thousand_rows_are_walked_to_the_oldest_and_back_with_a_few_hundred_in_memory() {
    let mut scene = Scene::with_rows(100_000);
    let mut history = scene.open(SIZE);
    let bound = 6 * SIZE.1 as usize + 64;
    for (by, times) in [
        (Scroll::Pages(-1), 300),
        (Scroll::Pages(2), 60),
        (Scroll::Oldest, 1),
        (Scroll::Pages(1), 300),
        (Scroll::Newest, 1),
        (Scroll::Lines(i32::MIN), 3),
        (Scroll::Lines(i32::MAX), 4),
    ] {
        for _ in 0..times {
            scroll(&mut scene, &mut history, by);
            assert!(history.sight().window.rows().count() <= bound);
            assert_eq!(history.sight().view.unwrap().lines, 16);
        }
    }
    assert!(history.at_end());
    assert!(shown(&mut scene, &mut history, SIZE)[15].ends_with(" 100000"));
    scroll(&mut scene, &mut history, Scroll::Oldest);
    assert!(shown(&mut scene, &mut history, SIZE)[1].ends_with(" 00:01 bob  1"));
}

#[test]
fn rows_of_the_greatest_length_do_not_fill_the_memory() {
    let mut scene = Scene::new();
    let body = "0123456789 ".repeat(Clean::MAX_BYTES / 11);
    scene.change(|tx, who| {
        for _ in 0..24 {
            put(tx, &who.bob_says(&body));
        }
    });
    let mut history = scene.open(SIZE);
    for _ in 0..12 {
        scroll(&mut scene, &mut history, Scroll::Lines(-400));
        assert!(history.sight().window.rows().count() <= 12);
    }
}
