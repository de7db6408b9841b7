//! One message on its way, for the commands that send: watched until it has come as far as wanted, and told
//! by how it stands in the store at the end.
//!
//! Whatever happens, the end is decided by what stands in the store after the session has ended: what was
//! not sealed by then is withdrawn, what was sealed is never taken back (it would leave twice if the user
//! repeated it). Once a row is stored no failure of anything else, a full disk among them, ends with a
//! code that invites to repeat it.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::args::{Manner, Wait};
use super::client::{Client, Heard, interrupted, one_shot, stopped, with_session};
use super::open::OpenProfile;
use super::progress::Bar;
use super::{Code, Exit, json, offline, output, render, words};
use api::{Command, CommandId, Connection, Event, Outcome, State, Transfer};
use model::{AccountId, BareJid, Message, MessageId, MessageRef, MessageState, Peer};
use session::SessionOptions;
use store::left;
use store::{self, Reads, chats, messages, outbox};

/// How long the session may take to store a message (no network is needed for that).
const STORING: Duration = Duration::from_secs(30);
/// How long the reason of a failure may come after the failure.
const REASON: Duration = Duration::from_secs(2);

/// What is known of the row.
#[derive(Debug, Default)]
struct Issued {
    /// The newest row when the command was given; None: it was not.
    newest: Option<MessageId>,
    /// The row, with the id that people know it by.
    row: Option<(MessageId, String)>,
}

/// Gives the session this command, which stores a message, and tells what becomes of it.
pub fn send(opened: &mut OpenProfile, command: Command, manner: Manner) -> Result<(), Exit> {
    let replaces = matches!(command, Command::Retry { .. });
    let to = match &command {
        Command::Send { to, .. } => Some(to.clone()),
        _ => None,
    };
    follow(opened, (to.as_ref(), replaces), manner, async |_, _| Ok(command))
}

/// [`send`] of what is made ready only when the session is online; until when, it is told.
pub fn follow(
    opened: &mut OpenProfile,
    (to, replaces): (Option<&Peer>, bool),
    manner: Manner,
    prepare: impl AsyncFnOnce(&mut Client, Instant) -> Result<Command, Exit>,
) -> Result<(), Exit> {
    let account = opened.account()?;
    let options = SessionOptions {
        // A connection that is lost on the way is tried again while there is time; see
        // `Client::ready` for the first one.
        reconnect: true,
        ..one_shot(account.id)
    };
    let begins = match to {
        Some(to) => opened.read(|tx| chats::by_peer(tx, to))?.is_none(),
        None => false,
    };
    let mut issued = Issued::default();
    let waited = with_session(opened, options, async |client| {
        watch(client, prepare, manner, &mut issued).await
    });
    let Some(newest) = issued.newest else {
        return waited;
    };
    let row = match issued.row {
        Some(row) => Some(row),
        // The answer may have been lost while the row was not.
        None => match look(opened, |r| unheard_of(r, account.id, newest)) {
            Some(row) => row,
            None => return Err(unknown()),
        },
    };
    let Some((id, name)) = row else {
        return waited.and(Err(unknown()));
    };
    let (message, left) = settled(opened, id);
    let sent = SentLine {
        account: &account.jid,
        id: &name,
        row: id,
        state: message
            .as_ref()
            .map_or(MessageState::Queued, |message| message.state),
    };
    let Some(message) = message else {
        return told(&sent, manner, Err(unknown()));
    };
    let (shown, end) = verdict(&message, left, manner.wait, waited.err());
    let end = match begins && !shown {
        true => end.map_err(|exit| with_its_chat(exit, &message.peer.address)),
        false => end,
    };
    match shown {
        true => told(&sent, manner, end),
        // The id that was given names nothing any more.
        false if replaces => end.map_err(|exit| {
            let text = format!("{} The message has another id now: {name}.", exit.text);
            Exit::new(exit.code, text)
        }),
        false => end,
    }
}

/// A message that did not go may be to an address that nobody has: it is kept all the same, with its chat.
fn with_its_chat(exit: Exit, peer: &BareJid) -> Exit {
    let peer = render::identifier(peer.as_str());
    let text = format!(
        "{} It is kept in a new chat with {peer}; if the address was wrong, susurro delete {peer} takes that away.",
        exit.text
    );
    Exit { text, ..exit }
}

/// What is printed of a message that left, or will.
#[derive(Debug, Clone, Copy)]
struct SentLine<'a> {
    account: &'a BareJid,
    id: &'a str,
    row: MessageId,
    state: MessageState,
}

/// The same as an object.
#[derive(Serialize)]
struct Object<'a> {
    id: &'a str,
    state: &'static str,
    r#ref: String,
}

/// Prints the id. That this fails is no reason to repeat what was sent.
fn told(sent: &SentLine<'_>, manner: Manner, end: Result<(), Exit>) -> Result<(), Exit> {
    let printed = line(sent, manner.json).and_then(output::result);
    match (printed, end) {
        (Err(exit), Ok(())) if exit.code != Code::Done => {
            let text = format!("{} The message was sent ({}); do not repeat.", exit.text, sent.id);
            Err(Exit::new(Code::TimedOut, text))
        }
        (_, end) => end,
    }
}

fn line(sent: &SentLine<'_>, json: bool) -> Result<String, Exit> {
    if !json {
        return Ok(sent.id.to_owned());
    }
    let object = Object {
        id: sent.id,
        state: words::state(sent.state),
        r#ref: MessageRef::new(sent.row).to_string(),
    };
    json::object(sent.account, object)
}

/// Sends and waits until the message has come as far as is wanted. Err: it has
/// not, and why the waiting ended.
async fn watch(
    client: &mut Client,
    prepare: impl AsyncFnOnce(&mut Client, Instant) -> Result<Command, Exit>,
    manner: Manner,
    issued: &mut Issued,
) -> Result<(), Exit> {
    let deadline = Instant::now() + manner.timeout;
    client.ready(deadline).await?;
    let command = prepare(client, deadline).await?;
    issued.newest = Some(left::newest(client.reader())?);
    let number = client.command(command);
    let id = number_of(client, number).await?;
    let name = messages::get(client.reader(), id)?.map(|message| message.stanza_id);
    issued.row = name.map(|name| (id, name));
    let mut deadline = Instant::now() + manner.timeout;
    let mut bar = Bar::new();
    loop {
        match messages::get(client.reader(), id)? {
            Some(message) if reached(&message, manner.wait) => return Ok(()),
            // Failed, or come back.
            Some(message) if message.failure.is_some() => deadline = deadline.min(Instant::now() + REASON),
            _ => {}
        }
        match heard(client, number, deadline).await? {
            Progress::Refused(why) => return Err(why),
            // As long as something moves there is patience.
            Progress::Moves(transfer) if !transfer.waits => {
                bar.show(&transfer);
                deadline = Instant::now() + manner.timeout;
            }
            Progress::Nothing | Progress::Acknowledged | Progress::Done | Progress::Moves(_) => {}
        }
    }
}

/// What was heard of a command that was taken on.
pub(super) enum Progress {
    Nothing,
    Acknowledged,
    /// It is done.
    Done,
    /// A file is on its way.
    Moves(Transfer),
    /// It came to nothing.
    Refused(Exit),
}

/// One more thing that the session tells. Err: it is no use to wait any longer for what this command sent.
pub(super) async fn heard(
    client: &mut Client,
    number: CommandId,
    deadline: Instant,
) -> Result<Progress, Exit> {
    match client.hear(Some(deadline)).await {
        Heard::Event(Event::Done { command, result }) if command == number => Ok(match result {
            Err(failure) => Progress::Refused(failure.into()),
            Ok(Outcome::Acknowledged) => Progress::Acknowledged,
            Ok(Outcome::Done) => Progress::Done,
            Ok(_) => Progress::Nothing,
        }),
        Heard::Event(Event::State(State::Connection(Connection::Stopped { why }))) => Err(stopped(why)),
        Heard::Event(Event::State(State::Transfer(transfer))) => Ok(Progress::Moves(transfer)),
        Heard::Event(_) => Ok(Progress::Nothing),
        Heard::Ended => Err(stopped(None)),
        Heard::Deadline => Err(Exit::new(Code::TimedOut, "It could not be sent in time.")),
        Heard::Interrupted => Err(interrupted()),
    }
}

/// The row of the message. An interruption does not end this waiting: the row would be left behind unseen.
pub(super) async fn number_of(client: &mut Client, number: CommandId) -> Result<MessageId, Exit> {
    let deadline = Instant::now() + STORING;
    loop {
        match client.hear(Some(deadline)).await {
            Heard::Event(Event::Done { command, result }) if command == number => {
                return match result {
                    Ok(Outcome::Stored(id)) => Ok(id),
                    Ok(_) => Err(unknown()),
                    Err(failure) => Err(failure.into()),
                };
            }
            Heard::Event(_) | Heard::Interrupted => {}
            Heard::Ended => return Err(stopped(None)),
            Heard::Deadline => return Err(unknown()),
        }
    }
}

/// The end of a message of which nothing is known: it may be stored, and leave.
fn unknown() -> Exit {
    let text = "It is not known what became of the message; do not repeat it before you have looked (`susurro history`).";
    Exit::new(Code::TimedOut, text)
}

fn reached(message: &Message, wait: Wait) -> bool {
    match wait {
        Wait::Sent => match message.state {
            MessageState::Delivered | MessageState::Kept => true,
            // Not one of which a copy came back.
            state => state == MessageState::Sent && message.failure.is_none(),
        },
        // A note that is kept here is where it was to come.
        Wait::Delivered => matches!(message.state, MessageState::Delivered | MessageState::Kept),
    }
}

/// What a message that did not come all the way left in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Nothing: it left, or failed.
    Nothing,
    /// It goes out by itself: it was sealed, or could not be withdrawn.
    Stays,
    /// It was not sealed and is withdrawn now.
    Withdrawn,
}

/// The message once the session has ended. Where the store cannot be written to, as it is; None: nor read.
fn settled(opened: &mut OpenProfile, id: MessageId) -> (Option<Message>, Left) {
    let changed = offline::perform(opened, vec![Command::GiveUp(id)]);
    let found = look(opened, |r| {
        let message = messages::get(r, id)?;
        let waits = outbox::by_message(r, id)?.is_some();
        Ok((message, waits))
    });
    match (changed, found) {
        (_, None) => (None, Left::Stays),
        (Ok(1..), Some((message, _))) => (message, Left::Withdrawn),
        (_, Some((message, true))) => (message, Left::Stays),
        (_, Some((message, false))) => (message, Left::Nothing),
    }
}

/// Reads, whoever holds the writing connection; None: it cannot be read.
fn look<T>(opened: &mut OpenProfile, read: impl FnOnce(&store::Reader) -> store::Result<T>) -> Option<T> {
    let reader = opened.reader().ok()?;
    read(&reader).ok()
}

/// A row that was stored since, though nobody said so.
fn unheard_of(
    r: &impl Reads,
    account: AccountId,
    newest: MessageId,
) -> store::Result<Option<(MessageId, String)>> {
    let Some(id) = left::written_after(r, account, newest)? else {
        return Ok(None);
    };
    Ok(messages::get(r, id)?.map(|message| (id, message.stanza_id)))
}

/// Whether the id is printed (the message left, or will), and how the command ends. `why`: the end of the
/// waiting, if it ended early.
fn verdict(message: &Message, left: Left, wait: Wait, why: Option<Exit>) -> (bool, Result<(), Exit>) {
    let id = &message.stanza_id;
    let open = |text: String| (true, Err(Exit::new(Code::TimedOut, text)));
    match (left, message.state) {
        _ if reached(message, wait) => (true, Ok(())),
        (Left::Withdrawn, _) => {
            let why = why.unwrap_or_else(interrupted);
            let text = format!("The message was not sent and is withdrawn ({id}). {}", why.text);
            // Interrupted: it was not sent in the time that it was given.
            let code = if why.code == Code::Other {
                Code::TimedOut
            } else {
                why.code
            };
            (false, Err(Exit::new(code, text)))
        }
        (Left::Stays, _) => open(format!(
            "The message will be sent when next connected ({id}); do not repeat."
        )),
        (Left::Nothing, MessageState::Failed) if message.may_have_arrived() => {
            open(format!("{} Its id is {id}; do not repeat it.", reason(message)))
        }
        (Left::Nothing, MessageState::Failed) => (message.was_written(), Err(failed(message, why))),
        (Left::Nothing, _) if message.failure.is_some() => {
            open(format!("{} Its id is {id}; do not repeat it.", reason(message)))
        }
        (Left::Nothing, _) => open(format!(
            "The message was sent, but the other side did not acknowledge it in time ({id}); do not repeat."
        )),
    }
}

/// The end of a message that failed: with the code of its failure, if that was told.
pub(super) fn failed(message: &Message, why: Option<Exit>) -> Exit {
    let its = |why: &Exit| match why.code {
        Code::TimedOut => false,
        Code::Other | Code::Vault => why.text == reason(message),
        _ => true,
    };
    why.filter(its).unwrap_or_else(|| {
        let text = format!("The message failed. {}", reason(message));
        Exit::new(Code::Answered, text)
    })
}

fn reason(message: &Message) -> String {
    words::failed(message).map_or_else(
        || "No reason was given.".to_owned(),
        |why| why.as_str().to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::outgoing;
    use model::Left as Way;
    use model::{AccountOptions, Author};
    use store::accounts;
    use store::{Transaction, Writer};

    fn message(state: MessageState) -> Message {
        Message { state, ..outgoing() }
    }

    fn on_its_way(state: MessageState) -> Message {
        Message {
            failure: None,
            ..message(state)
        }
    }

    fn end(state: MessageState, left: Left, wait: Wait, why: Option<Exit>) -> (bool, Option<Exit>) {
        let message = match state {
            MessageState::Failed => message(state),
            _ => on_its_way(state),
        };
        let (shown, end) = verdict(&message, left, wait, why);
        (shown, end.err())
    }

    fn timed_out() -> Option<Exit> {
        Some(Exit::new(Code::TimedOut, "It could not be sent in time."))
    }

    #[test]
    fn a_message_that_came_as_far_as_wanted_is_a_success_even_if_the_time_was_up() {
        for (state, wait) in [
            (MessageState::Sent, Wait::Sent),
            (MessageState::Delivered, Wait::Sent),
            (MessageState::Delivered, Wait::Delivered),
            (MessageState::Kept, Wait::Sent),
            (MessageState::Kept, Wait::Delivered),
        ] {
            assert_eq!(end(state, Left::Nothing, wait, timed_out()), (true, None));
        }
    }

    #[test]
    fn an_unsealed_message_is_withdrawn_with_the_code_of_what_was_in_the_way() {
        for code in [Code::NoConnection, Code::Unsafe, Code::TimedOut] {
            let (shown, exit) = end(
                MessageState::Failed,
                Left::Withdrawn,
                Wait::Sent,
                Some(Exit::new(code, "why")),
            );
            assert!(!shown);
            assert_eq!(exit.unwrap().code, code);
        }
    }

    #[test]
    fn a_sealed_message_stays_and_its_id_is_told_whatever_was_in_the_way() {
        for why in [
            timed_out(),
            Some(interrupted()),
            Some(Exit::new(Code::NoConnection, "gone")),
        ] {
            let (shown, exit) = end(MessageState::Queued, Left::Stays, Wait::Sent, why);
            let exit = exit.unwrap();
            assert!(shown);
            assert_eq!(exit.code, Code::TimedOut);
            assert_eq!(
                exit.text,
                "The message will be sent when next connected (i-1); do not repeat."
            );
        }
    }

    /// How the command ends for a message that failed, or of which a copy came back, after it went this far.
    fn end_of(state: MessageState, left: Way, why: Option<Exit>) -> (bool, Exit) {
        let message = Message {
            left,
            ..message(state)
        };
        let (shown, end) = verdict(&message, Left::Nothing, Wait::Sent, why);
        (shown, end.unwrap_err())
    }

    #[test]
    fn an_error_stanza_is_answered_and_a_missing_key_is_unsafe() {
        let (shown, exit) = end_of(MessageState::Failed, Way::Refused, timed_out());
        assert!(shown);
        assert_eq!(exit.code, Code::Answered);
        let no_key = Some(Exit::new(Code::Unsafe, "no key"));
        let (shown, exit) = end(MessageState::Failed, Left::Nothing, Wait::Sent, no_key);
        assert!(!shown);
        assert_eq!(exit.unwrap().code, Code::Unsafe);
    }

    #[test]
    fn what_is_too_long_fails_with_the_code_of_its_failure() {
        let why = Exit::other("nobody there");
        let (shown, exit) = end_of(MessageState::Failed, Way::Not, Some(why.clone()));
        assert_eq!((shown, exit), (false, why));
    }

    #[test]
    fn what_may_have_arrived_is_not_to_be_repeated_whatever_else_went_wrong() {
        let disk = Exit::other("The local database failed: database or disk is full.");
        let vault = Exit::new(Code::Vault, "no");
        for (state, left) in [
            (MessageState::Failed, Way::Perhaps),
            (MessageState::Sent, Way::Perhaps),
        ] {
            for why in [None, timed_out(), Some(disk.clone()), Some(vault.clone())] {
                let (shown, exit) = end_of(state, left, why);
                assert!(shown);
                assert_eq!(exit.code, Code::TimedOut);
                assert_eq!(exit.text, "nobody there Its id is i-1; do not repeat it.");
            }
        }
        for why in [disk, vault] {
            let (shown, exit) = end(MessageState::Queued, Left::Stays, Wait::Sent, Some(why));
            assert!(shown);
            assert_eq!(exit.unwrap().code, Code::TimedOut);
        }
    }

    #[test]
    fn a_receipt_that_does_not_come_is_a_timeout_of_a_message_that_was_sent() {
        let (shown, exit) = end(MessageState::Sent, Left::Nothing, Wait::Delivered, timed_out());
        assert!(shown);
        let exit = exit.unwrap();
        assert_eq!(exit.code, Code::TimedOut);
        assert!(exit.text.contains("do not repeat"), "{}", exit.text);
    }

    #[test]
    fn the_id_is_printed_bare_or_as_an_object() {
        let sent = SentLine {
            account: &BareJid::new("ana@mired.test").unwrap(),
            id: "i-1",
            row: MessageId(1),
            state: MessageState::Sent,
        };
        assert_eq!(line(&sent, false).unwrap(), "i-1");
        let object = line(&sent, true).unwrap();
        assert_eq!(
            object,
            r#"{"account":"ana@mired.test","id":"i-1","state":"sent","ref":"m12"}"#
        );
    }

    /// A queued message of Ana's in a store of its own, waiting in the outbox.
    fn queued(writer: &mut Writer) -> (MessageId, i64) {
        let tx = writer.transaction().unwrap();
        let ana = BareJid::new("ana@mired.test").unwrap();
        let account = accounts::add(&tx, &ana, "secret", &AccountOptions::default(), "r").unwrap();
        let chat = chats::open(
            &tx,
            &model::Peer::new(account, BareJid::new("bob@mired.test").unwrap()),
        )
        .unwrap();
        let message = outgoing();
        let new = messages::NewMessage {
            chat: chat.id,
            author: Author::Us,
            stanza_id: message.stanza_id,
            server_id: None,
            time: message.time,
            body: message.body,
            unreadable: None,
            protection: message.protection,
            unstyled: false,
            markable: false,
            device: None,
            fingerprint: None,
            trust: None,
            state: MessageState::Queued,
        };
        let messages::Inserted::New(id) = messages::insert(&tx, &new).unwrap() else {
            panic!("there was one already");
        };
        let row = outbox::push(&tx, account, chat.id, id, false).unwrap();
        tx.commit().unwrap();
        (id, row)
    }

    /// How many messages it changes that nobody waits for this one, and how that one is then.
    fn given_up(tx: &Transaction<'_>, id: MessageId) -> (usize, MessageState, bool) {
        let account = accounts::all(tx).unwrap().remove(0);
        let changed = offline::handle(tx, &account, vec![Command::GiveUp(id)])
            .unwrap()
            .unwrap();
        let waits = outbox::by_message(tx, id).unwrap().is_some();
        let message = messages::get(tx, id).unwrap().unwrap();
        (changed, message.state, waits)
    }

    #[test]
    fn what_was_not_sealed_is_out_of_the_outbox_and_failed() {
        let mut writer = Writer::in_memory().unwrap();
        let (id, _) = queued(&mut writer);
        let tx = writer.transaction().unwrap();
        assert_eq!(given_up(&tx, id), (1, MessageState::Failed, false));
    }

    #[test]
    fn what_was_sealed_stays_as_it_is() {
        let mut writer = Writer::in_memory().unwrap();
        let (id, row) = queued(&mut writer);
        let tx = writer.transaction().unwrap();
        outbox::set_sealed(&tx, row, "<message/>").unwrap();
        assert_eq!(given_up(&tx, id), (0, MessageState::Queued, true));
    }

    #[test]
    fn what_was_sent_is_not_touched() {
        let mut writer = Writer::in_memory().unwrap();
        let (id, row) = queued(&mut writer);
        let tx = writer.transaction().unwrap();
        outbox::remove(&tx, row).unwrap();
        messages::set_state(&tx, id, MessageState::Sent, None).unwrap();
        assert_eq!(given_up(&tx, id), (0, MessageState::Sent, false));
    }
}
