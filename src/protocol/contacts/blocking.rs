//! Who is blocked (XEP-0191): by the server on every device where it can do that, else here only. The list is
//! fetched anew on every stream of a client that is present, and before a front end's command is carried out.

use std::collections::BTreeMap;

use jid::Jid;
use minidom::Element;

use crate::block_list;
use crate::capabilities::Feature;
use crate::follow_ups::FollowUp;
use crate::iq::{Answer, Refusal};
use crate::purpose::ContactsPurpose;
use crate::turn::Turn;
use ::stanza::blocking::{self as stanza, Push};
use ::stanza::iq;
use api::{Change, CommandId, Outcome};
use model::ContactsFailure;
use store::{Result, blocked, chats, contacts, deleted};

/// What the server can do, as far as this stream has shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Support {
    #[default]
    Unknown,
    /// It was asked.
    Asked,
    /// Its list is in the store.
    Listed,
    /// It says that it can, or nothing; its list could not be had.
    Unlisted,
    None,
}

/// What a front end wants.
#[derive(Debug, Clone)]
enum Act {
    Block(Jid),
    Unblock(Jid),
    List,
}

/// What waits for the server.
#[derive(Debug, Default)]
pub(crate) struct Blocking {
    support: Support,
    /// Until it is known what the server can do.
    waiting: Vec<(CommandId, Act)>,
    /// For its answer.
    acting: BTreeMap<CommandId, Act>,
}

impl Blocking {
    /// A new stream: everything is asked anew.
    pub(crate) fn restart(&mut self, turn: &mut Turn<'_>) {
        let old = std::mem::take(self);
        let waiting = old.waiting.into_iter().map(|(command, _)| command);
        for command in waiting.chain(old.acting.into_keys()) {
            turn.not_connected(command);
        }
        // To a one-shot command nothing is delivered that it would have to leave out.
        if turn.own.present {
            self.ask(turn);
        }
    }

    fn ask(&mut self, turn: &mut Turn<'_>) {
        if self.support == Support::Unknown {
            self.support = Support::Asked;
            turn.follow(FollowUp::AskServer);
        }
    }

    /// It is known what our server offers, or it does not say.
    pub(crate) fn on_server(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        if self.support != Support::Asked {
            return Ok(());
        }
        if turn.capabilities.server.has(Feature::Blocking) == Some(false) {
            return self.know(turn, Support::None, None);
        }
        // What it does not say is found out by asking for the list.
        turn.get(None, stanza::query(), ContactsPurpose::BlockList);
        Ok(())
    }

    /// The server's list.
    pub(crate) fn on_list(&mut self, turn: &mut Turn<'_>, answer: Answer) -> Result<()> {
        match answer {
            Ok(list) => match list.as_ref().and_then(stanza::parse) {
                Some(list) => {
                    blocked::replace_server(turn.tx, turn.own.account, &list)?;
                    changed(turn)?;
                    self.know(turn, Support::Listed, None)
                }
                // No list is not an empty one: nobody is let in again by it.
                None => self.know(turn, Support::Unlisted, Some(&model::Refusal::NoList)),
            },
            Err(refusal) if cannot(&refusal) => self.know(turn, Support::None, None),
            Err(refusal) => self.know(turn, Support::Unlisted, Some(&refusal.told())),
        }
    }

    /// What waited for this goes on.
    fn know(&mut self, turn: &mut Turn<'_>, support: Support, why: Option<&model::Refusal>) -> Result<()> {
        self.support = support;
        for (command, act) in std::mem::take(&mut self.waiting) {
            match (why, &act) {
                (Some(why), Act::List) => turn.refuse(command, ContactsFailure::BlockedNotShown(why.clone())),
                _ => self.perform(turn, command, act)?,
            }
        }
        if support == Support::Unlisted {
            // The next command tries again.
            self.support = Support::Unknown;
        }
        Ok(())
    }

    /// A front end blocks an address.
    pub(crate) fn block(&mut self, turn: &mut Turn<'_>, command: CommandId, jid: Jid) -> Result<()> {
        if block_list::is_ours(&turn.own.jid, &jid) {
            turn.refuse(command, ContactsFailure::OwnAddressBlocked);
            return Ok(());
        }
        self.want(turn, command, Act::Block(jid))
    }

    /// A front end lets an address go.
    pub(crate) fn unblock(&mut self, turn: &mut Turn<'_>, command: CommandId, jid: Jid) -> Result<()> {
        self.want(turn, command, Act::Unblock(jid))
    }

    /// A front end wants the list as it is now.
    pub(crate) fn list(&mut self, turn: &mut Turn<'_>, command: CommandId) -> Result<()> {
        // Others may have changed it on a stream that was told nothing of it.
        if self.support == Support::Listed {
            self.support = Support::Unknown;
        }
        self.want(turn, command, Act::List)
    }

    fn want(&mut self, turn: &mut Turn<'_>, command: CommandId, act: Act) -> Result<()> {
        match self.support {
            Support::Listed | Support::None => self.perform(turn, command, act),
            Support::Unknown | Support::Asked | Support::Unlisted => {
                self.waiting.push((command, act));
                self.ask(turn);
                Ok(())
            }
        }
    }

    fn perform(&mut self, turn: &mut Turn<'_>, command: CommandId, act: Act) -> Result<()> {
        let account = turn.own.account;
        let alone = self.support == Support::None;
        match &act {
            Act::List => {
                turn.done(command, Ok(if alone { Outcome::HereOnly } else { Outcome::Done }));
                return Ok(());
            }
            Act::Block(jid) => {
                let known = blocked::get(turn.tx, account, jid)?;
                if known.is_none() {
                    // From now on, whatever the server says.
                    blocked::put(turn.tx, account, jid, false)?;
                    changed(turn)?;
                }
                if alone {
                    turn.done(command, Ok(Outcome::HereOnly));
                    return Ok(());
                }
                turn.set(None, stanza::block(jid), ContactsPurpose::Blocking(command));
            }
            Act::Unblock(jid) => match blocked::get(turn.tx, account, jid)? {
                None => {
                    turn.refuse(command, ContactsFailure::NotBlocked(jid.clone()));
                    return Ok(());
                }
                Some(entry) if alone || !entry.at_server => {
                    blocked::remove(turn.tx, account, jid)?;
                    changed(turn)?;
                    turn.done(command, Ok(Outcome::Done));
                    return Ok(());
                }
                Some(_) => turn.set(None, stanza::unblock(jid), ContactsPurpose::Blocking(command)),
            },
        }
        self.acting.insert(command, act);
        Ok(())
    }

    /// The server's answer to a change.
    pub(crate) fn on_changed(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        answer: Answer,
    ) -> Result<()> {
        let account = turn.own.account;
        let Some(act) = self.acting.remove(&command) else {
            return Ok(());
        };
        match (&act, &answer) {
            (Act::Block(jid), Ok(_)) => blocked::put(turn.tx, account, jid, true)?,
            (Act::Unblock(jid), Ok(_)) => blocked::remove(turn.tx, account, jid)?,
            _ => {}
        }
        changed(turn)?;
        let result = match (act, answer) {
            (_, Ok(_)) => Ok(Outcome::Done),
            (Act::Block(_), Err(refusal)) if cannot(&refusal) => {
                self.support = Support::None;
                Ok(Outcome::HereOnly)
            }
            (Act::Block(jid), Err(refusal)) => Err(ContactsFailure::BlockRefused(jid, refusal.told())),
            (Act::Unblock(jid), Err(refusal)) => Err(ContactsFailure::UnblockRefused(jid, refusal.told())),
            (Act::List, Err(refusal)) => Err(ContactsFailure::BlockedNotShown(refusal.told())),
        };
        turn.done(command, result.map_err(Into::into));
        Ok(())
    }

    /// Another client of ours has blocked or unblocked somebody; only our own account may say so.
    pub(crate) fn on_push(
        &mut self,
        turn: &mut Turn<'_>,
        id: &str,
        from: Option<&Jid>,
        payload: &Element,
    ) -> Result<()> {
        let account = turn.own.account;
        if from.is_some_and(|from| from.as_str() != turn.own.jid.as_str()) {
            turn.send(iq::error(from, id, "cancel", "service-unavailable"));
            return Ok(());
        }
        match stanza::push(payload) {
            None => {
                turn.send(iq::error(from, id, "modify", "bad-request"));
                return Ok(());
            }
            Some(Push::Block(jids)) => jids
                .iter()
                .try_for_each(|jid| blocked::put(turn.tx, account, jid, true))?,
            Some(Push::Unblock(jids)) => jids
                .iter()
                .try_for_each(|jid| blocked::remove(turn.tx, account, jid))?,
            Some(Push::UnblockAll) => blocked::clear_server(turn.tx, account)?,
        }
        changed(turn)?;
        turn.send(iq::result(from, id, None));
        Ok(())
    }
}

/// The list changed: nobody on it waits among the requests any more.
fn changed(turn: &mut Turn<'_>) -> Result<()> {
    turn.loaded.blocks.set(None);
    let account = turn.own.account;
    let mut gone = false;
    for jid in contacts::asking(turn.tx, account)? {
        if turn.blocks(&jid)? {
            contacts::set_request(turn.tx, account, &jid, false)?;
        }
    }
    for chat in chats::waiting(turn.tx, account)? {
        if turn.blocks(&chat.peer.address)? {
            let files = store::files::containers_of(turn.tx, chat.id)?;
            deleted::chat(turn.tx, chat.id, turn.now)?;
            turn.follow(FollowUp::FilesGone(files));
            gone = true;
        }
    }
    if gone {
        turn.changed(Change::Chats);
    }
    turn.changed(Change::Contacts);
    Ok(())
}

/// Whether a server says that it has no such thing.
fn cannot(refusal: &Refusal) -> bool {
    refusal.is("service-unavailable") || refusal.is("feature-not-implemented")
}
