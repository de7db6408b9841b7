//! The screen under load: a full frame, a key press while messages pour in, and the way from the unlocked
//! vault to the first frame with a long history.
//!
//! `cargo bench --bench screen`. The chat has 1,000,000 rows; `SUSURRO_BENCH_ROWS=100000` makes a quick run
//! of it. Goals: a frame of 200x50 under 2 ms; key to frame under 16 ms at the 99th percentile while 2,000
//! messages arrive; first screen under 50 ms.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

#[path = "chat/mod.rs"]
mod chat;

use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::layout::Rect;
use ratatui::{TerminalOptions, Viewport};
use susurro::api::{Change, Event};
use susurro::model::{AccountId, BareJid, Peer, Timestamp};
use susurro::store::messages::{self, Inserted};
use susurro::store::{Reader, Writer, chats, contacts};
use susurro::tui::app::{App, Input, Setup};
use susurro::tui::key::Key;
use susurro::tui::keymap::Keymap;
use susurro::tui::safe_backend::SafeBackend;
use susurro::tui::theme::{Capabilities, Theme};
use susurro::tui::view;
use susurro::vault::DatabaseKey;

const SIZE: (u16, u16) = (200, 50);
const FRAMES: usize = 400;
const ARRIVING: i64 = 2_000;
/// Between two key presses of somebody who types fast.
const TYPING: Duration = Duration::from_millis(20);
const OPENINGS: usize = 15;
/// In the list of somebody who has a whole company on the roster.
const CROWD: usize = 50_000;

/// Counts what a terminal would be sent.
struct Sink(u64);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Screen = Terminal<SafeBackend<Sink>>;

fn terminal() -> Screen {
    let area = Rect::new(0, 0, SIZE.0, SIZE.1);
    let options = TerminalOptions {
        viewport: Viewport::Fixed(area),
    };
    Terminal::with_options(SafeBackend::new(Sink(0)), options).unwrap()
}

fn app(account: AccountId, reader: &Reader) -> App {
    let setup = Setup {
        account,
        own: BareJid::new("ana@mired.test").unwrap(),
        keymap: Keymap::default(),
        theme: Theme::new(Capabilities {
            colour: true,
            unicode: true,
        }),
        zone: TimeZone::UTC,
        size: SIZE,
        mouse: false,
        bell: false,
        hide_offline: false,
    };
    App::new(setup, reader, Timestamp::now()).unwrap()
}

/// What the loop does between an input and the terminal.
fn frame(app: &mut App, reader: &Reader, screen: &mut Screen) {
    let now = Timestamp::now();
    app.settle(reader, now).unwrap();
    screen
        .draw(|frame| {
            view::draw(app, reader, now, frame.buffer_mut());
        })
        .unwrap();
}

fn press(app: &mut App, reader: &Reader, code: KeyCode) {
    let key = Key::from(KeyEvent::new(code, KeyModifiers::NONE));
    app.update(Input::Key(key), reader, Timestamp::now()).unwrap();
}

fn report(what: &str, times: &mut [Duration], goal: Duration) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    println!(
        "{what:<58} median {:>7.2} ms, p99 {:>7.2} ms (goal {} ms, {} times)",
        at(0.5),
        at(0.99),
        goal.as_millis(),
        times.len()
    );
}

/// Every frame shows other rows than the one before, so that nearly every cell changes.
fn frames(account: AccountId, reader: &Reader) {
    let (mut app, mut screen) = (app(account, reader), terminal());
    frame(&mut app, reader, &mut screen);
    let mut whole = Vec::new();
    let mut painting = Vec::new();
    for n in 0..FRAMES {
        press(
            &mut app,
            reader,
            if n % 40 < 20 {
                KeyCode::PageUp
            } else {
                KeyCode::PageDown
            },
        );
        app.settle(reader, Timestamp::now()).unwrap();
        let start = Instant::now();
        frame(&mut app, reader, &mut screen);
        painting.push(start.elapsed());
        let start = Instant::now();
        press(&mut app, reader, KeyCode::Char('a'));
        frame(&mut app, reader, &mut screen);
        whole.push(start.elapsed());
    }
    report(
        "a frame of 200x50, nearly every cell new",
        &mut painting,
        Duration::from_millis(2),
    );
    report(
        "a letter typed, to its frame",
        &mut whole,
        Duration::from_millis(16),
    );
}

/// Another thread stores messages as the session does, one transaction each, and tells of them.
fn pour(path: &Path, key: &DatabaseKey, rows: i64, account: AccountId, scope: impl FnOnce(Receiver<Event>)) {
    let (told, events) = channel();
    std::thread::scope(|threads| {
        threads.spawn(move || {
            let peer = chat::peer();
            let mut writer = Writer::open(path, key).unwrap();
            for n in rows..rows + ARRIVING {
                let tx = writer.transaction().unwrap();
                let chat = chats::open(&tx, &Peer::new(account, peer.clone())).unwrap().id;
                let Inserted::New(id) = messages::insert(&tx, &chat::message(chat, &peer, n)).unwrap() else {
                    panic!("a duplicate");
                };
                tx.commit().unwrap();
                if told.send(Event::Changed(Change::Messages(vec![id]))).is_err() {
                    break;
                }
            }
        });
        scope(events);
    });
}

/// Somebody types while messages pour in: from the moment the key is due to the end of its frame.
fn typing(account: AccountId, reader: &Reader, path: &Path, key: &DatabaseKey, rows: i64) {
    let (mut app, mut screen) = (app(account, reader), terminal());
    frame(&mut app, reader, &mut screen);
    let mut times = Vec::new();
    let mut arrived = 0;
    pour(path, key, rows, account, |events| {
        let mut due = Instant::now();
        loop {
            // The loop of the screen: everything that is there, bounded, then one frame.
            match events.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(event) => {
                    for event in std::iter::once(event).chain(events.try_iter().take(511)) {
                        arrived += 1;
                        app.update(Input::Event(event), reader, Timestamp::now()).unwrap();
                    }
                }
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
            }
            let pressed = due <= Instant::now();
            if pressed {
                press(&mut app, reader, KeyCode::Char('a'));
            }
            frame(&mut app, reader, &mut screen);
            if pressed {
                times.push(due.elapsed());
                due = Instant::now() + TYPING;
            }
        }
    });
    assert_eq!(arrived, ARRIVING, "every message was told");
    report(
        "a key while 2,000 messages arrive, to its frame",
        &mut times,
        Duration::from_millis(16),
    );
}

/// From the key of the database to the first frame.
fn opening(account: AccountId, path: &Path, key: &DatabaseKey, rows: i64) {
    let mut times = Vec::new();
    for _ in 0..OPENINGS {
        let start = Instant::now();
        let reader = Reader::open(path, key).unwrap();
        let mut app = app(account, &reader);
        frame(&mut app, &reader, &mut terminal());
        times.push(start.elapsed());
    }
    report(
        &format!("first screen with {rows} messages"),
        &mut times,
        Duration::from_millis(50),
    );
}

/// From another chat into the long one, to its frame.
fn into_the_chat(account: AccountId, reader: &Reader) {
    let (mut app, mut screen) = (app(account, reader), terminal());
    frame(&mut app, reader, &mut screen);
    let long = app.facts.chat.clone();
    let mut times = Vec::new();
    for n in 0..2 * OPENINGS {
        let code = if n % 2 == 0 { KeyCode::Down } else { KeyCode::Up };
        let key = Key::from(KeyEvent::new(code, KeyModifiers::ALT));
        let start = Instant::now();
        app.update(Input::Key(key), reader, Timestamp::now()).unwrap();
        frame(&mut app, reader, &mut screen);
        assert_eq!(app.facts.chat == long, n % 2 == 1, "it goes there and back");
        if n % 2 == 1 {
            times.push(start.elapsed());
        }
    }
    report(
        "opening the chat, to its frame",
        &mut times,
        Duration::from_millis(10),
    );
}

/// With a roster as large as they come: the list folded, since there is a chat, and shown whole.
fn crowd(folder: &Path, key: &DatabaseKey) {
    for (how, folded) in [("folded", true), ("shown", false)] {
        let path = folder.join(how);
        let mut writer = Writer::create(&path, key).unwrap();
        let (account, chat) = chat::make_chat(&mut writer, &chat::peer());
        let tx = writer.transaction().unwrap();
        for n in 0..CROWD {
            contacts::put(&tx, account, &chat::contact(n)).unwrap();
        }
        if folded {
            messages::insert(&tx, &chat::message(chat, &chat::peer(), 0)).unwrap();
        }
        tx.commit().unwrap();
        writer.close().unwrap();
        let reader = Reader::open(&path, key).unwrap();
        let (mut app, mut screen) = (app(account, &reader), terminal());
        frame(&mut app, &reader, &mut screen);
        let mut timed = |what: &str, times: usize, input: &dyn Fn(usize) -> Input, goal| {
            let mut all = Vec::new();
            for n in 0..times {
                let start = Instant::now();
                app.update(input(n), &reader, Timestamp::now()).unwrap();
                frame(&mut app, &reader, &mut screen);
                all.push(start.elapsed());
            }
            report(
                &format!("{CROWD} contacts {how}: {what}"),
                &mut all,
                Duration::from_millis(goal),
            );
        };
        let letter = |_| Input::Key(Key::from(KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE)));
        timed("a letter typed", 100, &letter, 16);
        let here = |n| Input::Event(Event::State(chat::here(n)));
        timed("somebody comes online", 100, &here, 16);
        let chats = |_| Input::Event(Event::Changed(Change::Chats));
        timed("a message arrives", 20, &chats, 50);
        let contacts = |_| Input::Event(Event::Changed(Change::Contacts));
        timed("a contact changes", 5, &contacts, 500);
    }
}

fn main() {
    let rows = std::env::var("SUSURRO_BENCH_ROWS").map_or(1_000_000, |rows| rows.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("susurro.db");
    let key = chat::keys().database;
    let mut writer = Writer::create(&path, &key).unwrap();
    let (account, chat) = chat::make_chat(&mut writer, &chat::peer());
    for first in (0..rows).step_by(usize::try_from(chat::TRANSACTION).unwrap()) {
        let last = chat::insert(&mut writer, chat, &chat::peer(), first);
        chat::talk_about(&mut writer, &chat::peer(), last);
    }
    let tx = writer.transaction().unwrap();
    let newest = messages::history(&tx, chat, None, 1).unwrap().remove(0).position;
    messages::set_read(&tx, chat, newest).unwrap();
    for n in 0..50 {
        contacts::put(&tx, account, &chat::contact(n)).unwrap();
    }
    // Another chat to come from: contacts are folded.
    let other = chat::contact(0).jid;
    let beside = chats::open(&tx, &Peer::new(account, other.clone())).unwrap().id;
    messages::insert(&tx, &chat::message(beside, &other, 0)).unwrap();
    chats::set_current(&tx, account, chat).unwrap();
    tx.commit().unwrap();
    writer.close().unwrap();
    let reader = Reader::open(&path, &key).unwrap();
    frames(account, &reader);
    into_the_chat(account, &reader);
    opening(account, &path, &key, rows);
    typing(account, &reader, &path, &key, rows);
    crowd(folder.path(), &key);
}
