//! What a session does while there is no stream: commands are handled, and the person's word ends the wait.

use std::future::pending;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zeroize::Zeroizing;

use super::*;
use api::{Outcome, Remembered, Secret};
use model::{AccountId, AccountOptions, BareJid, address};
use store::{Reads, chats};

struct Bench {
    session: Session,
    commands: UnboundedSender<(CommandId, Command)>,
    events: UnboundedReceiver<Event>,
    account: AccountId,
}

fn jid(text: &str) -> BareJid {
    address::bare(text).unwrap()
}

/// A session that stays, whose server is nowhere.
fn bench() -> Bench {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let nowhere = AccountOptions {
        server: Some(("127.0.0.1".to_owned(), 1)),
        ..AccountOptions::default()
    };
    let account = accounts::add(&tx, &jid("ana@mired.test"), "wrong", &nowhere, "susurro.1").unwrap();
    tx.commit().unwrap();
    let options = SessionOptions {
        account,
        presence: true,
        resource: Resource::Stored,
        reconnect: true,
        stay: true,
    };
    let (commands, commands_in) = unbounded_channel();
    let (events_out, events) = unbounded_channel();
    Bench {
        session: Session::new(writer, options, commands_in, events_out),
        commands,
        events,
        account,
    }
}

fn draft(text: &str) -> Command {
    Command::Remember {
        chat: jid("bob@mired.test"),
        what: Remembered::Draft(Clean::new(text)),
    }
}

impl Bench {
    fn command(&self, id: u64, command: Command) {
        self.commands.send((CommandId(id), command)).unwrap();
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

    async fn wait(&mut self, waiting: Waiting) -> Option<End> {
        let mut core = Protocol::new(self.session.own().unwrap().unwrap());
        let until = pending::<()>();
        let waited = self.session.while_waiting(&mut core, waiting, until).await;
        waited.unwrap().1
    }
}

#[tokio::test]
async fn a_draft_is_kept_while_there_is_no_stream_and_connect_ends_the_wait() {
    let mut bench = bench();
    bench.command(1, draft("not sent yet"));
    bench.command(2, Command::Connect);
    bench.command(3, Command::Connect);
    assert!(matches!(bench.wait(Waiting::Idle).await, Some(End::Again)));
    assert_eq!(bench.done(), [(1, true), (2, true)]);
    let tx = bench.session.writer.transaction().unwrap();
    let chat = chats::by_peer(&tx, bench.account, &jid("bob@mired.test")).unwrap();
    let view = chats::view(&tx, chat.unwrap().id).unwrap().unwrap();
    assert_eq!(view.draft.as_str(), "not sent yet");
}

#[tokio::test]
async fn on_the_way_only_another_password_starts_anew() {
    let mut bench = bench();
    bench.command(1, Command::Connect);
    bench.command(
        2,
        Command::SetPassword(Secret(Zeroizing::new("right".to_owned()))),
    );
    assert!(matches!(bench.wait(Waiting::Dial).await, Some(End::Again)));
    assert_eq!(bench.done(), [(1, true), (2, true)]);
    let account = bench.session.account().unwrap().unwrap();
    assert_eq!(account.password.as_str(), "right");
}

#[tokio::test]
async fn a_front_end_that_leaves_ends_the_session_wherever_it_stands() {
    for stopped in [None, Some(no_account())] {
        let mut bench = bench();
        let own = bench.session.own().unwrap().unwrap();
        drop(bench.commands);
        assert_eq!(bench.session.one_life(own, stopped).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_error_of_the_store_is_told_and_the_session_stays_for_another_try() {
    let mut bench = bench();
    let tx = bench.session.writer.transaction().unwrap();
    tx.conn()
        .execute_batch("ALTER TABLE chats RENAME TO away")
        .unwrap();
    tx.commit().unwrap();
    bench.command(1, draft("one"));
    bench.command(2, draft("two"));
    bench.command(3, Command::Quit);
    bench.session.run().await;
    assert_eq!(bench.done(), [(1, false), (2, false), (3, true)]);
}

#[tokio::test]
async fn a_session_that_does_not_stay_ends_with_the_error() {
    let mut bench = bench();
    bench.session.options.stay = false;
    let tx = bench.session.writer.transaction().unwrap();
    tx.conn()
        .execute_batch("ALTER TABLE chats RENAME TO away")
        .unwrap();
    tx.commit().unwrap();
    bench.command(1, draft("one"));
    bench.command(2, draft("two"));
    bench.session.run().await;
    let mut last = None;
    while let Ok(event) = bench.events.try_recv() {
        last = Some(event);
    }
    assert!(matches!(
        last,
        Some(Event::State(State::Connection(Connection::Stopped {
            why: Some(_)
        })))
    ));
    assert!(bench.session.commands.try_recv().is_ok(), "nobody took it");
}
