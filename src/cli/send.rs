//! `susurro send`: one message, from the text to the server's or the other side's acknowledgement.
//!
//! Whatever happens, the end is decided by what stands in the store after the session has ended: what was not sealed by then
//! is withdrawn, what was sealed is never taken back (it would leave twice if the user repeated it).

use std::time::Duration;

use tokio::time::Instant;

use super::args::{Common, Send, Wait};
use super::client::{Client, Heard, interrupted, one_shot, stopped, with_session};
use super::open::{Opened, with_profile};
use super::{Code, Exit, json, output, text, words};
use crate::api::{Command, CommandId, Connection, Event, Outcome, State};
use crate::model::{Clean, Message, MessageId, MessageState};
use crate::session::SessionOptions;
use crate::store::{self, Transaction, messages, outbox};

/// How long the session may take to store a message (no network is needed for that).
const STORING: Duration = Duration::from_secs(5);
/// How long the reason of a failure may come after the failure.
const REASON: Duration = Duration::from_secs(2);

pub fn run(common: &Common, args: &Send) -> Result<(), Exit> {
    let body = text::body(args.text.as_deref())?;
    with_profile(common, |opened| send(opened, args, body))
}

fn send(opened: &mut Opened, args: &Send, body: Clean) -> Result<(), Exit> {
    let options = SessionOptions {
        // A connection that is lost on the way is tried again while there is time; see `Client::ready` for the first one.
        reconnect: true,
        ..one_shot(opened.account()?.id)
    };
    let mut stored = None;
    let waited = with_session(opened, options, async |client| {
        watch(client, args, body, &mut stored).await
    });
    let Some(id) = stored else {
        return waited;
    };
    let (message, left) = opened.write(|tx| settle(tx, id))?;
    let Some(message) = message else {
        return Err(Exit::other("The message has disappeared from the store."));
    };
    let (shown, end) = verdict(&message, left, args.wait, waited.err());
    if shown {
        output::result(line(&message, args.json)?)?;
    }
    end
}

/// Sends and waits until the message has come as far as `args.wait` says. Err: it has not, and why the waiting ended.
async fn watch(
    client: &mut Client,
    args: &Send,
    body: Clean,
    stored: &mut Option<MessageId>,
) -> Result<(), Exit> {
    let deadline = Instant::now() + args.timeout;
    client.ready(deadline).await?;
    let number = client.command(Command::Send {
        to: args.jid.clone(),
        body,
        clear: args.plaintext,
    });
    let id = number_of(client, number).await?;
    *stored = Some(id);
    let mut deadline = deadline;
    loop {
        match messages::get(client.reader(), id)?.map(|message| message.state) {
            Some(state) if reached(state, args.wait) => return Ok(()),
            Some(MessageState::Failed) => deadline = deadline.min(Instant::now() + REASON),
            _ => {}
        }
        match client.hear(Some(deadline)).await {
            Heard::Event(Event::Done {
                command,
                result: Err(failure),
            }) if command == number => return Err(failure.into()),
            Heard::Event(Event::State(State::Connection(Connection::Stopped { why }))) => {
                return Err(stopped(why));
            }
            Heard::Event(_) => {}
            Heard::Ended => return Err(stopped(None)),
            Heard::Deadline => return Err(Exit::new(Code::TimedOut, "It could not be sent in time.")),
            Heard::Interrupted => return Err(interrupted()),
        }
    }
}

/// The row of the message. An interruption does not end this waiting: the row would be left behind unseen.
async fn number_of(client: &mut Client, number: CommandId) -> Result<MessageId, Exit> {
    let deadline = Instant::now() + STORING;
    loop {
        match client.hear(Some(deadline)).await {
            Heard::Event(Event::Done { command, result }) if command == number => {
                return match result {
                    Ok(Outcome::Stored(id)) => Ok(id),
                    Ok(Outcome::Done | Outcome::HereOnly) => {
                        Err(Exit::other("The session did not say what it stored."))
                    }
                    Err(failure) => Err(failure.into()),
                };
            }
            Heard::Event(_) | Heard::Interrupted => {}
            Heard::Ended => return Err(stopped(None)),
            Heard::Deadline => return Err(Exit::other("The message could not be stored in time.")),
        }
    }
}

fn reached(state: MessageState, wait: Wait) -> bool {
    match wait {
        Wait::Sent => matches!(
            state,
            MessageState::Sent | MessageState::Delivered | MessageState::Kept
        ),
        // A note that is kept here is where it was to come.
        Wait::Delivered => matches!(state, MessageState::Delivered | MessageState::Kept),
    }
}

/// What a message that did not come all the way left in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Nothing: it left, or failed.
    Nothing,
    /// It was sealed and goes out by itself.
    Sealed,
    /// It was not sealed and is withdrawn now.
    Withdrawn,
}

/// Looks at the message once the session has ended, and withdraws it if it is still unsealed.
fn settle(tx: &Transaction<'_>, id: MessageId) -> store::Result<(Option<Message>, Left)> {
    let message = messages::get(tx, id)?;
    if message.as_ref().map(|message| message.state) != Some(MessageState::Queued) {
        return Ok((message, Left::Nothing));
    }
    let row = outbox::by_message(tx, id)?;
    if row.as_ref().is_some_and(|row| row.stanza.is_some()) {
        return Ok((message, Left::Sealed));
    }
    if let Some(row) = row {
        outbox::remove(tx, row.id)?;
    }
    let why = Clean::new("It could not be sent in time and was withdrawn.");
    messages::set_state(tx, id, MessageState::Failed, Some(&why))?;
    Ok((messages::get(tx, id)?, Left::Withdrawn))
}

/// Whether the id is printed (the message left, or will), and how the command ends. `why`: the end of the waiting, if it ended early.
fn verdict(message: &Message, left: Left, wait: Wait, why: Option<Exit>) -> (bool, Result<(), Exit>) {
    let id = &message.stanza_id;
    match (left, message.state) {
        (_, state) if reached(state, wait) => (true, Ok(())),
        (Left::Withdrawn, _) => {
            let why = why.unwrap_or_else(interrupted);
            let text = format!("The message was not sent and is withdrawn. {}", why.text);
            // Interrupted: it was not sent in the time that it was given.
            let code = if why.code == Code::Other {
                Code::TimedOut
            } else {
                why.code
            };
            (false, Err(Exit::new(code, text)))
        }
        (Left::Sealed, _) => {
            let text = format!("The message will be sent when next connected ({id}); do not repeat.");
            (true, Err(Exit::new(Code::TimedOut, text)))
        }
        (Left::Nothing, MessageState::Failed) => {
            let exit = why
                .filter(|why| !matches!(why.code, Code::TimedOut | Code::Other))
                .unwrap_or_else(|| {
                    let reason = message
                        .failure
                        .as_ref()
                        .map_or("No reason was given.", |text| text.as_str());
                    Exit::new(Code::Answered, format!("The message failed. {reason}"))
                });
            (exit.code == Code::Answered, Err(exit))
        }
        (Left::Nothing, _) => {
            let text = format!(
                "The message was sent, but the other side did not acknowledge it in time ({id}); do not repeat."
            );
            (true, Err(Exit::new(Code::TimedOut, text)))
        }
    }
}

fn line(message: &Message, json: bool) -> Result<String, Exit> {
    if !json {
        return Ok(message.stanza_id.clone());
    }
    let sent = json::Sent {
        id: &message.stanza_id,
        state: words::state(message.state),
    };
    json::line(&sent).map_err(|error| Exit::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::outgoing;
    use crate::model::BareJid;
    use crate::store::accounts::{self, AccountOptions};
    use crate::store::{Writer, chats};

    fn message(state: MessageState) -> Message {
        Message { state, ..outgoing() }
    }

    fn end(state: MessageState, left: Left, wait: Wait, why: Option<Exit>) -> (bool, Option<Exit>) {
        let (shown, end) = verdict(&message(state), left, wait, why);
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
            let (shown, exit) = end(MessageState::Queued, Left::Sealed, Wait::Sent, why);
            let exit = exit.unwrap();
            assert!(shown);
            assert_eq!(exit.code, Code::TimedOut);
            assert_eq!(
                exit.text,
                "The message will be sent when next connected (i-1); do not repeat."
            );
        }
    }

    #[test]
    fn an_error_stanza_is_answered_and_a_missing_key_is_unsafe() {
        let (shown, exit) = end(MessageState::Failed, Left::Nothing, Wait::Sent, timed_out());
        assert!(shown);
        assert_eq!(exit.unwrap().code, Code::Answered);
        let no_key = Some(Exit::new(Code::Unsafe, "no key"));
        let (shown, exit) = end(MessageState::Failed, Left::Nothing, Wait::Sent, no_key);
        assert!(!shown);
        assert_eq!(exit.unwrap().code, Code::Unsafe);
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
        let sent = message(MessageState::Sent);
        assert_eq!(line(&sent, false).unwrap(), "i-1");
        assert_eq!(line(&sent, true).unwrap(), r#"{"id":"i-1","state":"sent"}"#);
    }

    /// A queued message of Ana's in a store of its own, waiting in the outbox.
    fn queued(writer: &mut Writer) -> (MessageId, i64) {
        let tx = writer.transaction().unwrap();
        let ana = BareJid::new("ana@mired.test").unwrap();
        let account = accounts::add(&tx, &ana, "secret", &AccountOptions::default(), "r").unwrap();
        let chat = chats::open(&tx, account, &BareJid::new("bob@mired.test").unwrap()).unwrap();
        let message = outgoing();
        let new = messages::NewMessage {
            chat: chat.id,
            from: ana,
            direction: message.direction,
            stanza_id: message.stanza_id,
            server_id: None,
            time: message.time,
            body: message.body,
            unreadable: None,
            protection: message.protection,
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

    #[test]
    fn what_was_not_sealed_is_out_of_the_outbox_and_failed() {
        let mut writer = Writer::in_memory().unwrap();
        let (id, _) = queued(&mut writer);
        let tx = writer.transaction().unwrap();
        let (message, left) = settle(&tx, id).unwrap();
        assert_eq!(left, Left::Withdrawn);
        assert_eq!(message.unwrap().state, MessageState::Failed);
        assert_eq!(outbox::by_message(&tx, id).unwrap(), None);
    }

    #[test]
    fn what_was_sealed_stays_as_it_is() {
        let mut writer = Writer::in_memory().unwrap();
        let (id, row) = queued(&mut writer);
        let tx = writer.transaction().unwrap();
        outbox::set_sealed(&tx, row, "<message/>").unwrap();
        let (message, left) = settle(&tx, id).unwrap();
        assert_eq!(left, Left::Sealed);
        assert_eq!(message.unwrap().state, MessageState::Queued);
        assert!(outbox::by_message(&tx, id).unwrap().is_some());
    }

    #[test]
    fn what_was_sent_is_not_touched() {
        let mut writer = Writer::in_memory().unwrap();
        let (id, row) = queued(&mut writer);
        let tx = writer.transaction().unwrap();
        outbox::remove(&tx, row).unwrap();
        messages::set_state(&tx, id, MessageState::Sent, None).unwrap();
        let (message, left) = settle(&tx, id).unwrap();
        assert_eq!(left, Left::Nothing);
        assert_eq!(message.unwrap().state, MessageState::Sent);
    }
}
