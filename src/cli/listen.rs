//! `susurro listen`: prints inbound rows that it has not printed on this profile yet,
//! oldest first, then live ones.
//!
//! A row is printed, flushed and only then marked as printed: a crash between prints it again
//! rather than never. What is marked is the row as it was printed: one that becomes readable
//! meanwhile is printed once more.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::args::{Common, Listen};
use super::client::{Client, Heard, stopped, with_session};
use super::interrupt::OutputReader;
use super::open::{OpenProfile, with_profile};
use super::{Code, Exit, json, offline, output, render, time};
use api::{Aside, Change, Command, CommandId, Connection, Event, Printed, State};
use model::{AccountId, BareJid, ChatEvent, Message, Peer, Timestamp};
use session::{Resource, SessionOptions};
use store::about::corrections;
use store::timeline::Entry;
use store::{self, Reads, messages, opt_outs};
use words::Face;

/// Rows printed and marked at a time.
const PAGE: usize = 100;

pub fn run(common: &Common, args: &Listen) -> Result<(), Exit> {
    with_profile(common, |opened| listen(opened, args))
}

fn listen(opened: &mut OpenProfile, args: &Listen) -> Result<(), Exit> {
    let account = opened.account()?;
    let options = SessionOptions {
        account: account.id,
        presence: true,
        resource: Resource::Stored,
        archive: Some(opened.archive_days()),
        sharing: opened.sharing(),
        reconnect: true,
        stay: false,
    };
    let mut printer = Printer::new(args, account.id, account.jid);
    let done = with_session(opened, options, async |client| watch(client, &mut printer).await);
    // What the session had no time to mark is marked here, or it would be printed again.
    let unmarked = Command::MarkListened(printer.unmarked.into_iter().collect());
    let marked = offline::perform(opened, vec![unmarked]);
    done?;
    marked.map(|_| ())
}

/// Prints until there is nothing more to wait for.
async fn watch(client: &mut Client, printer: &mut Printer<'_>) -> Result<(), Exit> {
    let deadline = printer.args.timeout.map(|timeout| Instant::now() + timeout);
    let reader = OutputReader::new();
    printer.print(client)?;
    while printer.left != Some(0) {
        let heard = tokio::select! {
            heard = client.hear(deadline) => heard,
            () = reader.gone() => return Err(Exit::quiet()),
        };
        match heard {
            Heard::Event(Event::Changed(Change::Messages(_))) => printer.print(client)?,
            Heard::Event(Event::Changed(Change::Events(_))) => {
                printer.events = true;
                printer.print(client)?;
            }
            Heard::Event(Event::Done { command, result }) => {
                printer.marked(command, result.is_ok());
                printer.print(client)?;
            }
            Heard::Event(Event::State(State::Connection(connection))) => {
                printer.told(connection)?;
            }
            Heard::Event(Event::Aside(aside)) => printer.aside(&aside)?,
            Heard::Event(_) => {}
            Heard::Ended => return Err(stopped(None)),
            Heard::Interrupted => return Ok(()),
            Heard::Deadline => return printer.out_of_time(),
        }
    }
    Ok(())
}

/// What came in and is to be printed.
struct New {
    chat: Peer,
    entry: Entry,
    /// Its newest words came as a correction: the id of that, and when.
    correction: Option<(String, Timestamp)>,
}

impl New {
    fn message(row: Message) -> Self {
        Self {
            chat: row.peer.clone(),
            entry: Entry::Message(row),
            correction: None,
        }
    }

    fn printed(&self) -> Printed {
        match &self.entry {
            Entry::Message(row) => Printed::of(row),
            Entry::Event(event) => Printed::Event(event.id),
        }
    }
}

/// Both in the order in which they came; of two that came by different tables their places tell.
fn in_order(rows: Vec<Message>, events: Vec<(Peer, ChatEvent)>) -> Vec<New> {
    let mut all = Vec::with_capacity(rows.len() + events.len());
    let mut rows = rows.into_iter().peekable();
    for (chat, event) in events {
        while let Some(row) = rows.next_if(|row| row.position < event.position) {
            all.push(New::message(row));
        }
        let entry = Entry::Event(event);
        all.push(New {
            chat,
            entry,
            correction: None,
        });
    }
    all.extend(rows.map(New::message));
    all
}

/// What was printed, and what of it is marked.
struct Printer<'a> {
    args: &'a Listen,
    account: AccountId,
    jid: BareJid,
    /// Whether the last that was said is that we are online.
    online: bool,
    /// Somebody may have asked for something that was not printed.
    events: bool,
    /// How many rows may still be printed, if that is limited.
    left: Option<u64>,
    /// Printed, and not known to be marked.
    unmarked: BTreeSet<Printed>,
    /// The command that marks rows now, and which.
    marking: Option<(CommandId, Vec<Printed>)>,
}

impl<'a> Printer<'a> {
    fn new(args: &'a Listen, account: AccountId, jid: BareJid) -> Self {
        Self {
            args,
            account,
            jid,
            online: false,
            events: true,
            left: args.count,
            unmarked: BTreeSet::new(),
            marking: None,
        }
    }

    /// Says where the connection stands, once each; one that ended for good ends the listening.
    fn told(&mut self, connection: Connection) -> Result<(), Exit> {
        match connection {
            Connection::Connecting { .. } => {}
            Connection::Online(_) if self.online => {}
            Connection::Online(online) => {
                self.online = true;
                let how = if online.resumed { "Online again" } else { "Online" };
                output::say(format!("{how} as {}.", render::identifier(self.jid.as_str())));
            }
            Connection::Waiting { why, next_try } => {
                self.online = false;
                let next_try = time::clock(next_try, time::zone());
                output::say(format!(
                    "Not connected. {} Next try at {next_try}.",
                    words::failure(Face::Commands, &why).as_str()
                ));
            }
            Connection::Stopped { why } => return Err(stopped(why)),
        }
        Ok(())
    }

    /// Prints a page of what is new, and has it marked. Nothing while the last page is being
    /// marked: its end calls again.
    fn print(&mut self, client: &mut Client) -> Result<(), Exit> {
        if self.marking.is_some() {
            return Ok(());
        }
        let new = self.news(client.reader())?;
        if new.is_empty() {
            return Ok(());
        }
        for entry in &new {
            output::result(self.line(entry)?)?;
            self.unmarked.insert(entry.printed());
            self.left = self.left.map(|left| left.saturating_sub(1));
        }
        let printed: Vec<Printed> = new.iter().map(New::printed).collect();
        let number = client.command(Command::MarkListened(printed.clone()));
        self.marking = Some((number, printed));
        Ok(())
    }

    /// Prints what is said live and is no message, for who wants all. It is printed once, or never: it stands
    /// nowhere afterwards.
    fn aside(&self, aside: &Aside) -> Result<(), Exit> {
        let from = self.args.from.as_ref();
        let wanted = from.is_none_or(|from| *from == aside.chat.address);
        match self.args.all && wanted {
            true => output::result(json::aside(&self.jid, aside)?),
            false => Ok(()),
        }
    }

    /// What is to be printed next, oldest first.
    fn news(&mut self, r: &impl Reads) -> store::Result<Vec<New>> {
        // Rows whose marking failed are still among the unlistened ones: room for them,
        // so that they hide no new row.
        let limit = PAGE + self.unmarked.len();
        let wanted = self
            .left
            .map_or(PAGE, |left| usize::try_from(left).unwrap_or(PAGE).min(PAGE));
        let from = self.args.from.as_ref();
        let rows = messages::unlistened(r, self.account, from, limit)?;
        let events = match self.events {
            true => opt_outs::unlistened(r, self.account, from, limit)?,
            false => Vec::new(),
        };
        self.events = !events.is_empty();
        let mut news = in_order(rows, events);
        news.retain(|entry| !self.unmarked.contains(&entry.printed()));
        news.truncate(wanted);
        for new in &mut news {
            if let Entry::Message(row) = &new.entry
                && row.edited > 0
            {
                new.correction = corrections::newest(r, row.id)?;
            }
        }
        Ok(news)
    }

    /// A command has ended.
    fn marked(&mut self, command: CommandId, well: bool) {
        let Some((_, rows)) = self.marking.take_if(|(number, _)| *number == command) else {
            return;
        };
        if well {
            for row in rows {
                self.unmarked.remove(&row);
            }
        }
    }

    fn line(&self, new: &New) -> Result<String, Exit> {
        let chat = &new.chat.written();
        match (&new.entry, self.args.json) {
            (Entry::Message(row), true) => match &new.correction {
                Some(correction) if self.args.all => json::change(&self.jid, row, correction),
                Some(correction) => json::correction(&self.jid, row, correction),
                None => json::message(&self.jid, row),
            },
            (Entry::Message(row), false) => {
                Ok(render::message(&self.jid, row, time::zone(), output::width()))
            }
            (Entry::Event(event), true) => json::event((&self.jid, chat), event),
            (Entry::Event(event), false) => Ok(render::event(chat, event, time::zone())),
        }
    }

    /// The end by `--timeout`: a success unless a number of messages was waited for.
    fn out_of_time(&self) -> Result<(), Exit> {
        match (self.args.count, self.left) {
            (Some(count), Some(left)) if left > 0 => Err(Exit::new(
                Code::TimedOut,
                format!("Only {} of {count} messages came in time.", count - left),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::incoming;
    use model::AccountOptions;
    use model::ChatEventKind;
    use model::{Author, Clean, MessageId, UnreadableReason};
    use store::accounts;
    use store::messages::{Inserted, NewMessage};
    use store::opt_outs::Stand;
    use store::{Transaction, Writer, chats};

    fn mark(tx: &Transaction<'_>, rows: &BTreeSet<Printed>) -> store::Result<()> {
        rows.iter().try_for_each(|row| match row {
            Printed::Message { id, readable, edited } => {
                messages::set_listened(tx, *id, *readable, *edited).map(|_| ())
            }
            Printed::Event(id) => opt_outs::set_listened(tx, *id),
        })
    }

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    fn listen(from: Option<&str>, count: Option<u64>) -> Listen {
        Listen {
            json: false,
            all: false,
            from: from.map(jid),
            count,
            timeout: None,
        }
    }

    /// Ana's account, with `count` messages of Bob's and as many of Carol's.
    fn account(tx: &Transaction<'_>, count: usize) -> AccountId {
        let account = accounts::add(
            tx,
            &jid("ana@mired.test"),
            "secret",
            &AccountOptions::default(),
            "r",
        )
        .unwrap();
        for (from, number) in (0..count).flat_map(|n| [("bob@mired.test", n), ("carol@mired.test", n)]) {
            messages::insert(tx, &row(tx, account, from, number)).unwrap();
        }
        account
    }

    fn row(tx: &Transaction<'_>, account: AccountId, from: &str, number: usize) -> NewMessage {
        let message = incoming(&format!("{number}"));
        NewMessage {
            chat: chats::open(tx, &Peer::new(account, jid(from))).unwrap().id,
            author: Author::Contact(jid(from)),
            stanza_id: format!("{from} {number}"),
            server_id: None,
            time: message.time,
            body: message.body,
            unreadable: None,
            protection: message.protection,
            unstyled: false,
            markable: false,
            device: None,
            fingerprint: message.fingerprint,
            trust: message.trust,
            state: message.state,
        }
    }

    fn shown(printer: &mut Printer<'_>, tx: &Transaction<'_>) -> Vec<String> {
        let news = printer.news(tx).unwrap();
        let shown = news.iter().map(|new| match &new.entry {
            Entry::Message(row) => row.stanza_id.clone(),
            Entry::Event(event) => format!("{} asks: {}", new.chat.address, event.reason.as_str()),
        });
        shown.collect()
    }

    #[test]
    fn rows_come_oldest_first_no_more_than_wanted_and_only_from_whom_is_wanted() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let account = account(&tx, 2);
        let all = listen(None, None);
        let mut printer = Printer::new(&all, account, jid("ana@mired.test"));
        assert_eq!(
            shown(&mut printer, &tx),
            [
                "bob@mired.test 0",
                "carol@mired.test 0",
                "bob@mired.test 1",
                "carol@mired.test 1"
            ]
        );
        let some = listen(Some("carol@mired.test"), Some(1));
        let mut printer = Printer::new(&some, account, jid("ana@mired.test"));
        assert_eq!(shown(&mut printer, &tx), ["carol@mired.test 0"]);
    }

    /// Somebody may only ask for something, and that is to be heard of too.
    #[test]
    fn who_asks_to_go_on_without_encryption_is_printed_once_among_the_messages() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let account = account(&tx, 1);
        let bobs = chats::open(&tx, &Peer::new(account, jid("bob@mired.test")))
            .unwrap()
            .id;
        let asked = (&Clean::new("please"), incoming("").time);
        opt_outs::put(&tx, bobs, ChatEventKind::OptOut, asked, Stand::Live).unwrap();
        messages::append(&tx, &row(&tx, account, "bob@mired.test", 1)).unwrap();
        let (all, carols) = (listen(None, None), listen(Some("carol@mired.test"), None));
        let mut printer = Printer::new(&all, account, jid("ana@mired.test"));
        let expected = [
            "bob@mired.test 0",
            "carol@mired.test 0",
            "bob@mired.test asks: please",
            "bob@mired.test 1",
        ];
        assert_eq!(shown(&mut printer, &tx), expected);
        let mut of_carol = Printer::new(&carols, account, jid("ana@mired.test"));
        assert_eq!(shown(&mut of_carol, &tx), ["carol@mired.test 0"]);
        let printed: BTreeSet<Printed> = printer.news(&tx).unwrap().iter().map(New::printed).collect();
        mark(&tx, &printed).unwrap();
        assert!(printer.news(&tx).unwrap().is_empty());
        // Until it is told that there is more, no table of lines is read.
        assert!(!printer.events);
        opt_outs::put(&tx, bobs, ChatEventKind::OptOut, asked, Stand::Live).unwrap();
        printer.events = true;
        assert_eq!(shown(&mut printer, &tx), ["bob@mired.test asks: please"]);
    }

    #[test]
    fn a_row_that_was_printed_is_not_printed_again_marked_or_not_and_hides_none() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let account = account(&tx, PAGE);
        let all = listen(None, None);
        let mut printer = Printer::new(&all, account, jid("ana@mired.test"));
        let mut seen = BTreeSet::new();
        for marked in [false, true] {
            let page = printer.news(&tx).unwrap();
            assert_eq!(page.len(), PAGE);
            for entry in &page {
                assert!(seen.insert(entry.printed()), "printed twice");
                printer.unmarked.insert(entry.printed());
            }
            if marked {
                mark(&tx, &printer.unmarked).unwrap();
                printer.unmarked.clear();
            }
        }
        assert!(printer.news(&tx).unwrap().is_empty());
    }

    #[test]
    fn a_row_that_becomes_readable_while_it_is_being_marked_is_printed_with_its_words() {
        for marked_well in [true, false] {
            let mut writer = Writer::in_memory().unwrap();
            let tx = writer.transaction().unwrap();
            let account = account(&tx, 0);
            let closed = NewMessage {
                body: None,
                unreadable: Some(UnreadableReason::Damaged),
                ..row(&tx, account, "bob@mired.test", 0)
            };
            let Inserted::New(id) = messages::insert(&tx, &closed).unwrap() else {
                panic!("a new row")
            };
            let all = listen(None, None);
            let mut printer = Printer::new(&all, account, jid("ana@mired.test"));
            let printed: Vec<Printed> = printer.news(&tx).unwrap().iter().map(New::printed).collect();
            assert_eq!(
                printed,
                [Printed::Message {
                    id,
                    readable: false,
                    edited: 0
                }]
            );
            printer.unmarked.extend(&printed);
            printer.marking = Some((CommandId(1), printed));
            let opened = messages::Opened {
                body: &Clean::new("the words"),
                unstyled: false,
                markable: false,
                protection: model::Protection::OmemoLegacy,
                device: None,
                fingerprint: None,
                trust: None,
            };
            messages::set_readable(&tx, id, &opened).unwrap();
            if marked_well {
                mark(&tx, &printer.unmarked).unwrap();
            }
            printer.marked(CommandId(1), marked_well);
            let again = printer.news(&tx).unwrap();
            assert_eq!(again.len(), 1);
            let row = again[0].entry.message().unwrap();
            assert_eq!(row.body, Some(Clean::new("the words")));
            printer.unmarked.insert(Printed::of(row));
            mark(&tx, &printer.unmarked).unwrap();
            assert!(messages::unlistened(&tx, account, None, 9).unwrap().is_empty());
        }
    }

    #[test]
    fn only_a_marking_that_went_well_forgets_its_rows() {
        let all = listen(None, None);
        let mut printer = Printer::new(&all, AccountId(1), jid("ana@mired.test"));
        for (well, left) in [(false, 1), (true, 0)] {
            let row = Printed::Message {
                id: MessageId(1),
                readable: true,
                edited: 0,
            };
            printer.unmarked = BTreeSet::from([row]);
            printer.marking = Some((CommandId(4), vec![row]));
            printer.marked(CommandId(3), true);
            assert!(printer.marking.is_some());
            printer.marked(CommandId(4), well);
            assert!(printer.marking.is_none());
            assert_eq!(printer.unmarked.len(), left);
        }
    }

    #[test]
    fn the_end_of_the_time_is_a_failure_only_if_messages_were_counted_and_are_missing() {
        for (count, left, code) in [
            (None, None, None),
            (Some(2), Some(1), Some(Code::TimedOut)),
            (Some(2), Some(0), None),
        ] {
            let args = listen(None, count);
            let mut printer = Printer::new(&args, AccountId(1), jid("ana@mired.test"));
            printer.left = left;
            assert_eq!(printer.out_of_time().err().map(|exit| exit.code), code);
        }
    }
}
