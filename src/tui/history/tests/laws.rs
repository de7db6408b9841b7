//! What holds after whatever happens: the pane is full, the place is kept, every row can be reached.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::said::{Said, any_said, say};
use super::*;
use model::MessageFailure;
use store::{Reads, events, timeline};

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    Scroll(Scroll),
    Resize(u16, u16),
    Select(i32),
    Unselect,
    Click(u16),
    /// A message at this minute, of this many words, of Bob's or ours.
    Arrive(i64, usize, bool),
    /// A row goes, this one of those that there are.
    Vanish(usize),
    /// One of our rows is delivered or failed.
    Change(usize, bool),
    /// Something is said about one of the rows: an emoji, other words, that it is taken back.
    Say(usize, Said),
    /// A hole from this minute on, so many long; the archive fills as much; something of this minute cannot
    /// be read.
    Gap(i64, i64),
    Fill(i64, i64),
    Before(i64),
    /// The chat is left and opened again at its place.
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (-30..30_i32).prop_map(|lines| Step::Scroll(Scroll::Lines(lines))),
        3 => (-3..3_i32).prop_map(|pages| Step::Scroll(Scroll::Pages(pages))),
        1 => Just(Step::Scroll(Scroll::Oldest)),
        1 => Just(Step::Scroll(Scroll::Newest)),
        2 => size().prop_map(|(width, height)| Step::Resize(width, height)),
        2 => (-2..2_i32).prop_map(Step::Select),
        1 => Just(Step::Unselect),
        1 => (0..20_u16).prop_map(Step::Click),
        4 => arrival().prop_map(|(minute, words, own)| Step::Arrive(minute, words, own)),
        1 => (0..1000_usize).prop_map(Step::Vanish),
        1 => (0..1000_usize, any::<bool>()).prop_map(|(row, well)| Step::Change(row, well)),
        2 => (0..1000_usize, any_said()).prop_map(|(row, said)| Step::Say(row, said)),
        1 => hole().prop_map(|(from, minutes)| Step::Gap(from, minutes)),
        1 => hole().prop_map(|(from, minutes)| Step::Fill(from, 20 * minutes)),
        1 => minute().prop_map(Step::Before),
        2 => Just(Step::Reopen),
    ]
}

/// Mostly late.
fn minute() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 6000..6100_i64, 1 => 0..6000_i64]
}

/// Minute, words, whose.
fn arrival() -> impl Strategy<Value = (i64, usize, bool)> {
    (minute(), 1..60_usize, any::<bool>())
}

/// From which minute on, how many.
fn hole() -> impl Strategy<Value = (i64, i64)> {
    (minute(), 1..200_i64)
}

/// Rows, and holes among them.
type Rows = (Vec<(i64, usize, bool)>, Vec<(i64, i64)>);

fn rows(count: std::ops::Range<usize>) -> impl Strategy<Value = Rows> {
    (
        prop::collection::vec(arrival(), count),
        prop::collection::vec(hole(), 0..4),
    )
}

fn scene_with((rows, holes): Rows) -> Scene {
    let mut scene = Scene::new();
    for row in rows {
        arrive(&mut scene, row);
    }
    for (from, minutes) in holes {
        happen(&mut scene, &Step::Gap(from, minutes));
        happen(&mut scene, &Step::Before(from + minutes));
    }
    scene
}

fn minute_at(minute: i64) -> Timestamp {
    let start = at("2026-11-15T00:00:00Z").as_second();
    Timestamp::from_second(start + 60 * minute).unwrap()
}

/// Lines that nobody wrote come, change and go.
fn happen(scene: &mut Scene, step: &Step) {
    let account = scene.account;
    scene.change(|tx, who| match *step {
        Step::Gap(from, minutes) => {
            events::gap(tx, account, minute_at(from), minute_at(from + minutes)).unwrap();
        }
        Step::Fill(from, minutes) => {
            events::filled_in(tx, who.chat, minute_at(from), minute_at(from + minutes)).unwrap();
        }
        Step::Before(minute) => {
            events::before_device(tx, who.chat, minute_at(minute)).unwrap();
        }
        _ => {}
    });
}

fn size() -> impl Strategy<Value = (u16, u16)> {
    (prop_oneof![1 => 12..30_u16, 3 => 30..90_u16], 1..24_u16)
}

fn arrive(scene: &mut Scene, (minute, words, own): (i64, usize, bool)) -> MessageId {
    scene.change(|tx, who| {
        let body = "word ".repeat(words);
        let message = if own {
            who.ana_says(&body)
        } else {
            who.bob_says(&body)
        };
        let time = minute_at(minute);
        put(tx, &NewMessage { time, ..message })
    })
}

fn ids(scene: &mut Scene) -> Vec<MessageId> {
    let chat = scene.chat;
    scene.look(|world| {
        messages::oldest(&world.store, chat, 10_000)
            .unwrap()
            .iter()
            .map(|row| row.id)
            .collect()
    })
}

/// The whole chat at one width, as one tall pane shows it.
struct Whole {
    lines: Vec<String>,
    /// Where each row begins.
    starts: BTreeMap<Position, usize>,
}

impl Whole {
    /// All lines of the chat, as wide as in `seen` and with the same row selected.
    fn of(scene: &mut Scene, seen: &History) -> Self {
        let (width, new) = (seen.sight().size.0, seen.sight().window.new);
        let mut history = scene.open((width, 5_000));
        history.selected = seen.selected.clone();
        history.sight_mut().window.new = new;
        scene.look(|world| history.sight_mut().settle(world).unwrap());
        let count = history.sight().view.map_or(0, |view| view.lines);
        assert!(count < 5_000);
        let mut at = 0;
        let mut starts = BTreeMap::new();
        for number in history.sight().window.lowest()..=history.sight().window.last() {
            starts.insert(history.sight().window.get(number).unwrap().position(), at);
            at += history.sight_mut().window.height(number);
        }
        let size = (width, count.max(1) as u16);
        history.sight_mut().size = size;
        let mut lines = shown(scene, &mut history, size);
        lines.truncate(count);
        Self { lines, starts }
    }

    /// Which of the lines the view has at its lower edge.
    fn edge(&self, history: &History) -> usize {
        let edge = history.sight().view.unwrap().edge;
        self.starts[&history.sight().window.get(edge.row).unwrap().position()] + edge.line
    }
}

fn check(scene: &mut Scene, history: &mut History) -> Result<(), TestCaseError> {
    let size = history.sight().size;
    let whole = Whole::of(scene, history);
    let all = &whole.lines;
    let seen = shown(scene, history, size);
    let Some(view) = history.sight().view else {
        prop_assert!(all.is_empty());
        return Ok(());
    };
    // Full, unless there is no more.
    prop_assert_eq!(view.lines, usize::from(size.1.max(1)).min(all.len()));
    // At the lower edge.
    let (blank, seen) = seen.split_at(seen.len() - view.lines);
    prop_assert!(blank.iter().all(String::is_empty));
    // A piece of the whole; at the upper edge the name is repeated.
    let edge = whole.edge(history);
    let top = edge + 1 - view.lines;
    prop_assert_eq!(&seen[1..], &all[top + 1..=edge]);
    prop_assert_eq!(history.at_end(), edge + 1 == all.len());
    prop_assert_eq!(history.at_end(), history.place().is_none());
    prop_assert!(!history.at_end() || history.arrived_below() == 0);
    // Bounded.
    prop_assert!(history.sight().window.rows().count() <= 4 * history.sight().page() + view.lines + 2);
    Ok(())
}

fn reopened(scene: &mut Scene, history: &History) -> History {
    let (chat, place, new, size) = (
        scene.chat,
        history.place(),
        history.sight().window.new,
        history.sight().size,
    );
    scene.look(|world| {
        let mut again = History::open(world, chat, place, None, size).unwrap();
        again.sight_mut().window.new = new;
        again.sight_mut().settle(world).unwrap();
        again
    })
}

/// The pane gets another size, and its old one back, and the other one again.
fn resize(scene: &mut Scene, history: &mut History, size: (u16, u16)) -> Result<(), TestCaseError> {
    // Where the ends of the chat hold the edge elsewhere, the anchor takes it back as soon as they can.
    let anchor = history.sight().anchor.map(|anchor| anchor.position);
    let old = history.sight().size;
    let before = shown(scene, history, old);
    scene.look(|world| history.resize(world, size).unwrap());
    if anchor.is_none() {
        prop_assert!(history.at_end());
    } else if let (Some(now), Some(view)) = (history.place(), history.sight().view) {
        // The same row at the edge, unless the chat has too little above it to fill the pane.
        let at_top = view.top.line == 0
            && history.sight().window.at_top()
            && view.top.row == history.sight().window.lowest();
        prop_assert!(at_top || Some(now.position) == anchor);
    }
    check(scene, history)?;
    // And back: everything is where it was.
    let kept = history.sight().anchor;
    scene.look(|world| history.resize(world, old).unwrap());
    prop_assert_eq!(before, shown(scene, history, old));
    scene.look(|world| history.resize(world, size).unwrap());
    prop_assert_eq!(kept, history.sight().anchor);
    Ok(())
}

/// Something is said about a row.
fn hear(scene: &mut Scene, history: &mut History, which: usize, said: Said) -> Result<(), TestCaseError> {
    let place = history.place();
    let ids = ids(scene);
    if let Some(id) = ids.get(which % ids.len().max(1)) {
        say(scene, *id, said);
    }
    refresh(scene, history);
    // The row at the edge may have become shorter, and what stands above too little for the pane.
    if let (Some(before), Some(now)) = (place, history.place()) {
        let view = history.sight().view.unwrap();
        let at_top = history.sight().window.at_top() && view.top.row == history.sight().window.lowest();
        prop_assert!(at_top || before.position == now.position);
    }
    Ok(())
}

/// A row goes.
fn vanish(scene: &mut Scene, history: &mut History, which: usize) -> Result<(), TestCaseError> {
    let place = history.place();
    let ids = ids(scene);
    let mut gone = None;
    if let Some(id) = ids.get(which % ids.len().max(1)) {
        let id = id.0;
        gone = Some(scene.position(id));
        scene.change(|tx, _| {
            tx.conn()
                .execute("DELETE FROM messages WHERE id = ?1", [id])
                .unwrap()
        });
    }
    refresh(scene, history);
    if let (Some(before), Some(now)) = (place, history.place())
        && gone != Some(before.position)
    {
        // What stood above it may have been all that there was to fill the pane.
        let view = history.sight().view.unwrap();
        let at_top = history.sight().window.at_top() && view.top.row == history.sight().window.lowest();
        prop_assert!(at_top || before.position == now.position);
    }
    Ok(())
}

/// A message arrives, somewhere.
fn receive(scene: &mut Scene, history: &mut History, what: (i64, usize, bool)) -> Result<(), TestCaseError> {
    let (at_end, place) = (history.at_end(), history.place());
    let selected = history.selected().is_some();
    // A day line at the edge goes to a row that arrives between it and its own.
    let on_head = history
        .sight()
        .view
        .is_some_and(|view| view.edge.line < history.sight().window.head(view.edge.row).len());
    arrive(scene, what);
    refresh(scene, history);
    if at_end && !selected {
        prop_assert!(history.at_end(), "at the end the view follows");
    } else if !at_end && !on_head {
        prop_assert_eq!(place, history.place(), "scrolled back the view stays");
    }
    Ok(())
}

/// Lines that nobody wrote come, change and go: whoever looks at something else sees no move.
fn see_happen(scene: &mut Scene, history: &mut History, step: &Step) -> Result<(), TestCaseError> {
    let (at_end, place) = (history.at_end(), history.place());
    let selected = history.selected().map(|row| row.id);
    let on_head = history
        .sight()
        .view
        .is_some_and(|view| view.edge.line < history.sight().window.head(view.edge.row).len());
    happen(scene, step);
    refresh(scene, history);
    prop_assert_eq!(history.selected().map(|row| row.id), selected);
    let chat = scene.chat;
    let stands = |scene: &mut Scene, position| {
        let entry = scene.look(|world| timeline::nearest(&world.store, chat, position).unwrap());
        entry.is_some_and(|entry| entry.position() == position)
    };
    if at_end && selected.is_none() {
        prop_assert!(history.at_end(), "at the end the view follows");
    } else if let Some(place) = place
        && !on_head
        && stands(scene, place.position)
    {
        let view = history.sight().view.unwrap();
        let at_top = history.sight().window.at_top() && view.top.row == history.sight().window.lowest();
        // Where what stood below it went, that is the end now, and no place.
        let at_edge = history.sight().window.get(view.edge.row).unwrap().position();
        prop_assert!(at_top || at_edge == place.position);
    }
    Ok(())
}

/// One of the rows is delivered or failed.
fn change(scene: &mut Scene, which: usize, well: bool) {
    let ids = ids(scene);
    if let Some(id) = ids.get(which % ids.len().max(1)) {
        let (state, failure) = if well {
            (MessageState::Sent, None)
        } else {
            (
                MessageState::Failed,
                Some(MessageFailure::Refused(Clean::new("nobody there"))),
            )
        };
        scene.change(|tx, _| messages::set_state(tx, *id, state, failure.as_ref()).unwrap());
    }
}

fn take(scene: &mut Scene, history: &mut History, step: Step) -> Result<(), TestCaseError> {
    match step {
        Step::Scroll(by) => {
            scroll(scene, history, by);
            match by {
                Scroll::Newest => prop_assert!(history.at_end()),
                Scroll::Oldest => prop_assert!(
                    history
                        .sight()
                        .view
                        .is_none_or(|view| view.top.line == 0 && history.sight().window.at_top())
                ),
                _ => {}
            }
        }
        Step::Resize(width, height) => resize(scene, history, (width, height))?,
        Step::Select(by) => {
            scene.look(|world| history.select(world, by).unwrap());
            if by != 0
                && let Some(position) = history.selected().map(|row| row.position)
            {
                let view = history.sight().view.unwrap();
                let row = history.sight().window.find(position).unwrap();
                prop_assert!(
                    view.top.row <= row && row <= view.edge.row,
                    "the chosen row is in sight"
                );
            }
        }
        Step::Unselect => history.unselect(),
        Step::Click(row) => history.select_at(row),
        Step::Arrive(minute, words, own) => receive(scene, history, (minute, words, own))?,
        Step::Gap(..) | Step::Fill(..) | Step::Before(_) => see_happen(scene, history, &step)?,
        Step::Vanish(which) => vanish(scene, history, which)?,
        Step::Change(which, well) => {
            change(scene, which, well);
            refresh(scene, history);
        }
        Step::Say(which, said) => hear(scene, history, which, said)?,
        Step::Reopen => {
            let size = history.sight().size;
            history.unselect();
            let before = shown(scene, history, size);
            *history = reopened(scene, history);
            prop_assert_eq!(
                before,
                shown(scene, history, size),
                "opened again it shows the same"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_pane_is_full_and_the_place_is_kept(
        rows in rows(0..40),
        size in size(),
        steps in prop::collection::vec(step(), 1..20),
    ) {
        let mut scene = scene_with(rows);
        let mut history = scene.open(size);
        check(&mut scene, &mut history)?;
        for step in steps {
            take(&mut scene, &mut history, step)?;
            check(&mut scene, &mut history)?;
        }
    }

    #[test]
    fn scrolling_down_undoes_scrolling_up(
        rows in rows(0..40),
        size in size(),
        start in 0..200_i32,
        lines in 0..100_i32,
    ) {
        let mut scene = scene_with(rows);
        let mut history = scene.open(size);
        scroll(&mut scene, &mut history, Scroll::Lines(-start));
        let whole = Whole::of(&mut scene, &history);
        let edge = history.sight().view.map(|_| whole.edge(&history));
        let before = shown(&mut scene, &mut history, size);
        scroll(&mut scene, &mut history, Scroll::Lines(-lines));
        let moved = edge.map_or(0, |edge| edge - whole.edge(&history));
        prop_assert!(moved <= lines as usize);
        scroll(&mut scene, &mut history, Scroll::Lines(moved as i32));
        prop_assert_eq!(before, shown(&mut scene, &mut history, size));
    }

    #[test]
    fn every_line_can_be_reached_by_lines_and_by_pages(
        rows in rows(1..30),
        size in size(),
    ) {
        let mut scene = scene_with(rows);
        let mut history = scene.open(size);
        let whole = Whole::of(&mut scene, &history);
        let all = whole.lines.len();
        for step in [Scroll::Lines(-1), Scroll::Pages(-1), Scroll::Lines(1), Scroll::Pages(1)] {
            let mut edges = vec![whole.edge(&history)];
            for _ in 0..all + 1 {
                scroll(&mut scene, &mut history, step);
                edges.push(whole.edge(&history));
            }
            let upwards = matches!(step, Scroll::Lines(-1) | Scroll::Pages(-1));
            let lines = history.sight().view.unwrap().lines;
            prop_assert_eq!(*edges.last().unwrap(), if upwards { lines - 1 } else { all - 1 });
            // No step leaves a line out, and a page keeps one in sight.
            for (from, to) in edges.iter().zip(&edges[1..]) {
                prop_assert!(from.abs_diff(*to) <= lines.saturating_sub(1).max(1));
            }
        }
    }
}
