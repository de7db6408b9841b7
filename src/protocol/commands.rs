//! What a front end asks for.

use crate::block_list;
use crate::contacts::roster;
use crate::follow_ups::FollowUp;
use crate::keys::trust;
use crate::messages::ToNick;
use crate::messages::about::ours;
use crate::messages::composed::Composed;
use crate::messages::{preflight, requests, retry};
use crate::purpose::ContactsPurpose;
use crate::router::Core;
use crate::turn::Turn;
use api::{Change, Command, CommandId, Failure, FileCommand, Outcome, Printed, Remembered};
use model::{BareJid, FilesFailure, KeysFailure, MessageFailure, MessagesFailure, Peer};
use omemo::{IdentityKey, Trust};
use store::{Result, accounts, chats, drafts, files, messages, opt_outs, read_state};

impl Core {
    pub(crate) fn on_command(&mut self, turn: &mut Turn<'_>, id: CommandId, command: Command) -> Result<()> {
        if let Some(elsewhere) = names_another_account(turn, &command)? {
            turn.refuse(id, elsewhere);
            return Ok(());
        }
        match command {
            Command::Send { to, body, clear } => self.submit(turn, id, &to, (Composed::words(body), clear)),
            Command::Reply { .. }
            | Command::Edit { .. }
            | Command::Retract { .. }
            | Command::AskAgain { .. }
            | Command::Resend { .. }
            | Command::React { .. } => self.say_about(turn, id, command),
            Command::AcceptRequest(peer) => requests::accept(turn, id, &peer),
            Command::DeleteMessage(message) => requests::delete_message(turn, id, message),
            Command::DeleteChat(peer) => requests::delete_chat(turn, id, &peer),
            Command::Retry {
                message,
                again,
                reveal,
            } => retry::retry(&mut self.messages.outgoing, turn, id, message, (again, reveal)),
            Command::GiveUpWords { message, since } => retry::give_up_words(turn, id, message, since),
            Command::Withdraw(message) => retry::withdraw(&mut self.messages.outgoing, turn, id, message),
            Command::GiveUp(message) => retry::give_up(&mut self.messages.outgoing, turn, id, message),
            Command::SetEncryption { .. } | Command::SetPolicy { .. } => {
                self.on_encryption(turn, id, command)
            }
            Command::SetTrust {
                jid,
                fingerprint,
                trust,
            } => self.set_trust(turn, id, &jid, &fingerprint.identity_key(), trust),
            Command::MarkListened(_)
            | Command::Remember { .. }
            | Command::Typing { .. }
            | Command::Looks(_)
            | Command::Connect
            | Command::SetPassword(_) => {
                self.on_told(turn, command)?;
                turn.done(id, Ok(Outcome::Done));
                Ok(())
            }
            Command::File(what) => self.on_file(turn, id, what),
            Command::RenameDevice(label) => self.keys.own.rename(turn, id, &label),
            Command::Quit => {
                turn.tell_held_notices();
                turn.done(id, Ok(Outcome::Done));
                // Nobody gathers them any more.
                self.messages.completions.send(turn)?;
                self.archive.give_up_waiting(turn)?;
                self.stream.quit(turn)
            }
            online => self.on_online_command(turn, id, online),
        }
    }

    /// What is only told, and done with that.
    fn on_told(&mut self, turn: &mut Turn<'_>, command: Command) -> Result<()> {
        match command {
            Command::MarkListened(rows) => {
                mark_listened(turn, &rows)?;
                turn.follow(FollowUp::Read);
                Ok(())
            }
            Command::SetPassword(password) => accounts::set_password(turn.tx, turn.own.account, &password.0),
            Command::Remember { chat, what } => {
                if let Some(change) = remember(turn, &chat, &what)? {
                    turn.changed(change);
                }
                Ok(())
            }
            Command::Typing { chat, state } => {
                let here = self.contacts.presences.is_here(&chat.address);
                self.typing.tell(turn, here, &chat, state)
            }
            Command::Looks(looks) => {
                self.stream.looked_at(turn, looks);
                Ok(())
            }
            // The session's own; here nothing is left to do.
            _ => Ok(()),
        }
    }

    /// Whoever gets an answer knows that nothing else is being written.
    fn say_about(&mut self, turn: &mut Turn<'_>, id: CommandId, command: Command) -> Result<()> {
        if let Command::Reply { to, .. } = &command
            && let Some(answered) = messages::get(turn.tx, *to)?
        {
            self.typing.written(&answered.peer);
        }
        ours::on_command(&mut self.messages.outgoing, turn, id, command)
    }

    /// A file is sent as words are; all else about files is for their part.
    fn on_file(&mut self, turn: &mut Turn<'_>, id: CommandId, what: FileCommand) -> Result<()> {
        match what {
            FileCommand::Send { to, file, clear } => {
                self.submit(turn, id, &to, (Composed::File(&file), clear))
            }
            what => self.files.on_command(turn, id, what),
        }
    }

    /// Nothing goes to whom the person blocked; whom they write to is no stranger.
    fn submit(
        &mut self,
        turn: &mut Turn<'_>,
        id: CommandId,
        to: &Peer,
        what: (Composed<'_>, bool),
    ) -> Result<()> {
        if block_list::covers(turn, &to.address)? {
            turn.refuse(id, Failure::Message(to.address.clone(), MessageFailure::Blocked));
            return Ok(());
        }
        if to.within.is_some() {
            let (Composed::Words(body, _), clear) = what else {
                turn.refuse(id, FilesFailure::InPrivate);
                return Ok(());
            };
            let (to, outgoing) = (to.clone(), &mut self.messages.outgoing);
            return outgoing.submit_to_nick(turn, id, ToNick { to, body, clear });
        }
        requests::take_up(turn, to)?;
        self.typing.written(to);
        self.messages.outgoing.submit_any(turn, id, to, what)
    }

    /// How a chat is encrypted.
    fn on_encryption(&mut self, turn: &mut Turn<'_>, id: CommandId, command: Command) -> Result<()> {
        match command {
            Command::SetEncryption { chat, on } => self.set_encryption(turn, id, &chat, on),
            Command::SetPolicy {
                room,
                policy,
                members,
            } => preflight::set_policy(turn, id, &room, policy, &members),
            _ => Ok(()),
        }
    }

    fn set_encryption(&mut self, turn: &mut Turn<'_>, id: CommandId, peer: &Peer, on: bool) -> Result<()> {
        let chat = chats::open(turn.tx, peer)?;
        chats::set_encrypted(turn.tx, chat.id, on)?;
        // Whatever the peer asked for: the person has decided now.
        chats::set_opted_out(turn.tx, chat.id, None)?;
        if on {
            self.messages.outgoing.stop_clear(turn, chat.id)?;
        }
        turn.changed(Change::Chats);
        turn.done(id, Ok(Outcome::Done));
        Ok(())
    }

    /// Commands that mean nothing without a connection.
    fn on_online_command(&mut self, turn: &mut Turn<'_>, id: CommandId, command: Command) -> Result<()> {
        if !turn.counters.online {
            turn.not_connected(id);
            return Ok(());
        }
        match command {
            Command::AddContact { jid, name } => roster::add(
                turn,
                id,
                &jid,
                name.as_ref(),
                self.contacts.roster.groups_of(&jid),
                false,
            ),
            Command::RefreshContacts => {
                turn.get(None, stanza::roster::query(), ContactsPurpose::RosterRead(id));
                Ok(())
            }
            Command::AcceptContact(jid) => {
                roster::accept(turn, id, &jid, self.contacts.roster.groups_of(&jid))
            }
            Command::DeclineContact(jid) => roster::decline(turn, id, &jid),
            Command::RemoveContact(jid) => roster::remove(turn, id, &jid),
            Command::RenameContact { jid, name } => {
                roster::rename(turn, id, &jid, &name, self.contacts.roster.groups_of(&jid))
            }
            Command::Room { room, what } => self.rooms.on_command(turn, id, room, what),
            Command::CreateRoom(new) => self.rooms.create(turn, id, new),
            Command::SearchRooms { service, words } => {
                self.rooms.search(turn, id, service, words);
                Ok(())
            }
            Command::ReadBack { chat, hole } => self.of_chat.ask(turn, id, chat, hole),
            Command::Block(jid) => self.contacts.blocking.block(turn, id, jid),
            Command::Unblock(jid) => self.contacts.blocking.unblock(turn, id, jid),
            Command::ListBlocked => self.contacts.blocking.list(turn, id),
            Command::RefreshDevices(jid) => self.keys.devices.refresh(turn, id, jid),
            Command::RemoveDevice(device) => self.keys.own.remove(turn, id, device),
            Command::ResetSessions { jid, device } => {
                self.messages.completions.reset(turn, id, &jid, device);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn set_trust(
        &mut self,
        turn: &mut Turn<'_>,
        id: CommandId,
        jid: &BareJid,
        identity: &IdentityKey,
        trust: Trust,
    ) -> Result<()> {
        let own = &turn.own.jid;
        match trust::decide(turn.tx, turn.own.account, own, jid, identity, trust, turn.now)? {
            None => {
                turn.refuse(id, KeysFailure::UnknownFingerprint(jid.clone()));
            }
            Some(failed) => {
                if !failed.is_empty() {
                    turn.changed(Change::Messages(failed));
                }
                turn.changed(Change::Devices(jid.clone()));
                turn.done(id, Ok(Outcome::Done));
            }
        }
        self.messages.outgoing.look_again();
        Ok(())
    }
}

/// Of a command that names a chat or a message of another account than this core's: there is none here.
/// (Rows of all accounts are numbered together.)
fn names_another_account(turn: &Turn<'_>, command: &Command) -> Result<Option<MessagesFailure>> {
    let own = turn.own.account;
    let message = match command {
        Command::Send { to: chat, .. }
        | Command::File(FileCommand::Send { to: chat, .. })
        | Command::SetEncryption { chat, .. }
        | Command::AcceptRequest(chat)
        | Command::DeleteChat(chat)
        | Command::Typing { chat, .. }
        | Command::ReadBack { chat, .. }
        | Command::Room { room: chat, .. }
        | Command::SetPolicy { room: chat, .. }
        | Command::Remember { chat, .. } => {
            let other = chat.account != own;
            return Ok(other.then(|| MessagesFailure::NoChat(chat.address.clone())));
        }
        Command::DeleteMessage(message)
        | Command::Withdraw(message)
        | Command::GiveUp(message)
        | Command::GiveUpWords { message, .. }
        | Command::Retry { message, .. }
        | Command::Reply { to: message, .. }
        | Command::Edit { message, .. }
        | Command::Retract { message, .. }
        | Command::AskAgain { message, .. }
        | Command::Resend { message, .. }
        | Command::React { message, .. } => *message,
        Command::File(FileCommand::Get(file) | FileCommand::Stop(file) | FileCommand::Delete(file)) => {
            match files::get(turn.tx, *file)? {
                Some(file) => file.message,
                None => return Ok(None),
            }
        }
        _ => return Ok(None),
    };
    let found = messages::get(turn.tx, message)?;
    let other = found.is_some_and(|found| found.peer.account != own);
    Ok(other.then_some(MessagesFailure::Gone))
}

fn mark_listened(turn: &Turn<'_>, printed: &[Printed]) -> Result<()> {
    for entry in printed {
        match entry {
            Printed::Message { id, readable, edited } => {
                read_state::printed_here(turn.tx, *id, *readable, *edited)?;
            }
            Printed::Event(id) => opt_outs::set_listened(turn.tx, *id)?,
        }
    }
    Ok(())
}

/// Keeps what the screen wants to know again; what of the list of chats looks different afterwards.
fn remember(turn: &mut Turn<'_>, peer: &Peer, what: &Remembered) -> Result<Option<Change>> {
    let there = chats::by_peer(turn.tx, peer)?;
    let new = there.is_none();
    let worth_a_chat = match what {
        Remembered::Draft { text, .. } => !text.is_empty(),
        Remembered::Current => true,
        Remembered::Place(_) | Remembered::Read(_) => false,
    };
    // What a screen remembers of a chat that was deleted meanwhile does not bring it back.
    if new && !worth_a_chat {
        return Ok(None);
    }
    let chat = chats::open(turn.tx, peer)?.id;
    let changed = match what {
        Remembered::Draft { text, about } => {
            let before = chats::view(turn.tx, chat)?.is_some_and(|view| view.draft.is_empty());
            chats::set_draft(turn.tx, chat, text)?;
            drafts::set_about(turn.tx, chat, *about)?;
            before != text.is_empty()
        }
        Remembered::Place(place) => {
            chats::set_place(turn.tx, chat, *place)?;
            false
        }
        Remembered::Read(up_to) => {
            turn.follow(FollowUp::Read);
            read_state::read_here(turn.tx, chat, *up_to)?
        }
        Remembered::Current => {
            chats::set_current(turn.tx, turn.own.account, chat)?;
            turn.follow(FollowUp::LookUp {
                chat,
                everybody: true,
            });
            false
        }
    };
    Ok((new || changed).then_some(match what {
        Remembered::Read(_) => Change::Chat(chat),
        _ => Change::Chats,
    }))
}
