//! What a line does while there is no stream: commands are handled, and the person's word ends the wait;
//! and lines beside one another.

use std::future::pending;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zeroize::Zeroizing;

use super::*;
use crate::line::LineState;
use crate::options::Resource;
use api::{Connection, Outcome, Remembered, Secret, State};
use model::failure::DatabaseFault;
use model::{AccountId, AccountOptions, BareJid, Clean, Peer, StreamFailure, Timestamp, address};
use store::{Reads, StoreError, accounts, chats, held, messages};

struct Bench {
    engine: Engine,
    commands: Option<UnboundedSender<(CommandId, Command)>>,
    events: UnboundedReceiver<Event>,
    account: AccountId,
}

fn jid(text: &str) -> BareJid {
    address::bare(text).unwrap()
}

/// A line that stays, whose server is nowhere.
fn bench() -> Bench {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let nowhere = AccountOptions {
        server: Some(("127.0.0.1".to_owned(), 1)),
        ..AccountOptions::default()
    };
    let account = accounts::add(&tx, &jid("ana@mired.test"), "wrong", &nowhere, "susurro.1").unwrap();
    tx.commit().unwrap();
    let mut engine = Engine::new(writer, None);
    let (commands, events) = add(&mut engine, options(account));
    Bench {
        engine,
        commands: Some(commands),
        events,
        account,
    }
}

fn options(account: AccountId) -> SessionOptions {
    SessionOptions {
        account,
        presence: true,
        resource: Resource::Stored,
        archive: None,
        sharing: model::Sharing::default(),
        reconnect: true,
        stay: true,
    }
}

type Ends = (UnboundedSender<(CommandId, Command)>, UnboundedReceiver<Event>);

fn add(engine: &mut Engine, options: SessionOptions) -> Ends {
    let (commands, commands_in) = unbounded_channel();
    let (events_out, events) = unbounded_channel();
    engine.add(options, commands_in, events_out);
    (commands, events)
}

fn draft(account: AccountId, text: &str) -> Command {
    Command::Remember {
        chat: Peer::new(account, jid("bob@mired.test")),
        what: Remembered::Draft {
            text: Clean::new(text),
            about: None,
        },
    }
}

impl Bench {
    fn command(&self, id: u64, command: Command) {
        let commands = self.commands.as_ref().unwrap();
        commands.send((CommandId(id), command)).unwrap();
    }

    /// How the commands ended that ended so far.
    fn done(&mut self) -> Vec<(u64, bool)> {
        std::iter::from_fn(|| self.events.try_recv().ok())
            .filter_map(|event| match event {
                Event::Done { command, result } => Some((command.0, result == Ok(Outcome::Done))),
                _ => None,
            })
            .collect()
    }

    fn line(&mut self) -> &mut Line {
        self.engine.lines.first_mut().unwrap()
    }

    /// A connection that is never made.
    fn dialling(&mut self) {
        self.line().state = LineState::Dialling(Box::pin(pending()));
    }

    async fn steps(&mut self, count: usize) {
        for _ in 0..count {
            assert!(self.engine.step().await);
        }
    }

    /// Nothing of the store can be written from now on.
    fn break_store(&mut self) {
        let tx = self.engine.shared.writer.transaction().unwrap();
        tx.conn()
            .execute_batch("ALTER TABLE chats RENAME TO away")
            .unwrap();
        tx.commit().unwrap();
    }
}

#[tokio::test]
async fn a_draft_is_kept_while_there_is_no_stream_and_connect_ends_the_wait() {
    let mut bench = bench();
    bench.line().state = LineState::Stopped;
    bench.command(1, draft(bench.account, "not sent yet"));
    bench.command(2, Command::Connect);
    bench.steps(1).await;
    assert!(matches!(bench.line().state, LineState::Stopped));
    bench.steps(1).await;
    assert!(matches!(bench.line().state, LineState::Dialling(_)));
    assert_eq!(bench.done(), [(1, true), (2, true)]);
    let tx = bench.engine.shared.writer.transaction().unwrap();
    let chat = chats::by_peer(&tx, &Peer::new(bench.account, jid("bob@mired.test"))).unwrap();
    let view = chats::view(&tx, chat.unwrap().id).unwrap().unwrap();
    assert_eq!(view.draft.as_str(), "not sent yet");
}

#[tokio::test]
async fn on_the_way_only_another_password_starts_anew() {
    let mut bench = bench();
    bench.dialling();
    let before = bench.line().since;
    bench.command(1, Command::Connect);
    bench.steps(1).await;
    assert_eq!(bench.line().since, before);
    bench.command(
        2,
        Command::SetPassword(Secret(Zeroizing::new("right".to_owned()))),
    );
    bench.steps(1).await;
    assert_ne!(bench.line().since, before);
    assert_eq!(bench.done(), [(1, true), (2, true)]);
    let tx = bench.engine.shared.writer.transaction().unwrap();
    let account = accounts::get(&tx, bench.account).unwrap().unwrap();
    assert_eq!(account.password.as_str(), "right");
}

#[tokio::test]
async fn a_front_end_that_leaves_ends_the_line_wherever_it_stands() {
    let stands: [fn() -> LineState; 3] = [
        || LineState::Stopped,
        || LineState::Dialling(Box::pin(pending())),
        || LineState::Waiting(Box::pin(tokio::time::sleep(Duration::from_secs(3600)))),
    ];
    for state in stands {
        let mut bench = bench();
        bench.line().state = state();
        drop(bench.commands.take());
        bench.engine.run().await;
        let mut last = None;
        while let Ok(event) = bench.events.try_recv() {
            last = Some(event);
        }
        let stopped = Event::State(State::Connection(Connection::Stopped { why: None }));
        assert_eq!(last, Some(stopped));
    }
}

#[tokio::test]
async fn an_error_of_the_store_is_told_and_the_line_stays_for_another_try() {
    let mut bench = bench();
    bench.break_store();
    bench.command(1, draft(bench.account, "one"));
    bench.command(2, draft(bench.account, "two"));
    bench.command(3, Command::Quit);
    bench.engine.run().await;
    assert_eq!(bench.done(), [(1, false), (2, false), (3, true)]);
}

#[tokio::test]
async fn a_line_goes_on_by_itself_when_a_full_disk_has_room_again() {
    let mut bench = bench();
    let pages = |bench: &mut Bench, most: u32| {
        let tx = bench.engine.shared.writer.transaction().unwrap();
        tx.conn()
            .query_row(&format!("PRAGMA max_page_count = {most}"), [], |row| {
                row.get::<_, i64>(0)
            })
            .unwrap();
    };
    pages(&mut bench, 1);
    bench.dialling();
    let long = "x".repeat(100_000);
    // On the way a draft that cannot be kept changes nothing.
    bench.command(1, draft(bench.account, &long));
    bench.steps(1).await;
    assert!(matches!(bench.line().state, LineState::Dialling(_)));
    // What a stream brings cannot be stored.
    let failed = Err(StoreError::Full);
    let Engine { shared, lines, .. } = &mut bench.engine;
    lines.first_mut().unwrap().unless_failed(shared, failed, false);
    assert!(matches!(bench.line().state, LineState::Waiting(_)));
    bench.command(2, draft(bench.account, &long));
    bench.steps(1).await;
    let (mut done, mut why) = (Vec::new(), None);
    while let Ok(event) = bench.events.try_recv() {
        match event {
            Event::Done { result, .. } => done.push(result.is_ok()),
            Event::State(State::Connection(Connection::Waiting { why: told, .. })) => why = Some(told),
            _ => {}
        }
    }
    assert_eq!(done, [false, false]);
    assert_eq!(why, Some(StreamFailure::Database(DatabaseFault::Full).into()));
    // There is room, and nobody says a word.
    pages(&mut bench, 1_000_000);
    bench.steps(1).await;
    assert!(matches!(bench.line().state, LineState::Dialling(_)));
    bench.command(3, draft(bench.account, &long));
    bench.steps(1).await;
    assert_eq!(bench.done(), [(3, true)]);
}

/// A process was killed while it caught up: what came live then was told to the server, and is here.
#[tokio::test]
async fn what_waited_for_a_catch_up_is_shown_where_there_is_no_connection() {
    let mut bench = bench();
    let tx = bench.engine.shared.writer.transaction().unwrap();
    let stanza = "<message xmlns='jabber:client' type='chat' from='bob@mired.test/x' to='ana@mired.test' id='1'>\
                  <body>kept</body></message>";
    held::push(&tx, bench.account, Timestamp::UNIX_EPOCH, stanza).unwrap();
    tx.commit().unwrap();
    while !matches!(bench.line().state, LineState::Waiting(_)) {
        bench.steps(1).await;
    }
    let tx = bench.engine.shared.writer.transaction().unwrap();
    let chat = chats::by_peer(&tx, &Peer::new(bench.account, jid("bob@mired.test"))).unwrap();
    let rows = messages::history(&tx, chat.unwrap().id, None, 10).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(held::count(&tx, bench.account).unwrap(), 0);
}

#[tokio::test]
async fn a_line_that_does_not_stay_ends_with_the_error() {
    let mut bench = bench();
    bench.dialling();
    bench.line().options.stay = false;
    bench.break_store();
    bench.command(1, draft(bench.account, "one"));
    bench.command(2, draft(bench.account, "two"));
    bench.engine.run().await;
    let mut done = Vec::new();
    let mut last = None;
    while let Ok(event) = bench.events.try_recv() {
        if let Event::Done { command, .. } = &event {
            done.push(command.0);
        }
        last = Some(event);
    }
    assert!(matches!(
        last,
        Some(Event::State(State::Connection(Connection::Stopped {
            why: Some(_)
        })))
    ));
    assert_eq!(done, [1], "nobody takes the other one");
}

#[tokio::test]
async fn each_line_has_its_own_front_end_and_its_own_end() {
    let mut bench = bench();
    bench.dialling();
    let tx = bench.engine.shared.writer.transaction().unwrap();
    let nowhere = AccountOptions {
        server: Some(("127.0.0.1".to_owned(), 1)),
        ..AccountOptions::default()
    };
    let other = accounts::add(&tx, &jid("eva@else.test"), "hers", &nowhere, "susurro.2").unwrap();
    tx.commit().unwrap();
    let (commands, mut events) = add(&mut bench.engine, options(other));
    bench.engine.lines.last_mut().unwrap().state = LineState::Stopped;
    bench.command(1, draft(bench.account, "from ana"));
    commands.send((CommandId(1), draft(other, "from eva"))).unwrap();
    commands.send((CommandId(2), Command::Quit)).unwrap();
    bench.steps(3).await;
    assert_eq!(bench.engine.lines.len(), 1);
    let mut ended = false;
    while let Ok(event) = events.try_recv() {
        ended |= event == Event::State(State::Connection(Connection::Stopped { why: None }));
    }
    assert!(ended && events.is_closed());
    assert_eq!(bench.done(), [(1, true)]);
    for (account, said) in [(bench.account, "from ana"), (other, "from eva")] {
        let tx = bench.engine.shared.writer.transaction().unwrap();
        let chat = chats::by_peer(&tx, &Peer::new(account, jid("bob@mired.test"))).unwrap();
        let view = chats::view(&tx, chat.unwrap().id).unwrap().unwrap();
        assert_eq!(view.draft.as_str(), said);
    }
}
