//! Looking up the devices of those who are in a room before anything is written to them.

use std::collections::BTreeSet;

use super::means::is_recent;
use super::{Devices, Fetch};
use crate::turn::Turn;
use model::{Audience, BareJid, ChatId};
use store::chats::Chat;
use store::{Result, chats, omemo as keys};

/// So many people wait to be looked up; whoever is beyond that is when something is written to them.
const MOST: usize = 500;
/// So many bundles are kept for later. Of the others the key is known.
const MOST_BUNDLES: usize = 300;

/// A room in which what is written is sealed, while we are online.
fn encrypted(turn: &Turn<'_>, chat: ChatId) -> Result<Option<Chat>> {
    let chat = chats::get(turn.tx, chat)?.filter(|chat| chat.encrypted && chat.is_room());
    Ok(chat.filter(|_| turn.counters.online))
}

impl Devices {
    /// Looks up those who are in an encrypted room, a few at once: everybody whose list is not current, or
    /// whoever never showed one. The lists of the others are asked for when something is written.
    pub(crate) fn look_ahead(&mut self, turn: &mut Turn<'_>, chat: ChatId, everybody: bool) -> Result<()> {
        let Some(chat) = encrypted(turn, chat)? else {
            return Ok(());
        };
        let people = keys::people_of(turn.tx, &chat)?;
        self.look_up(turn, people, everybody)
    }

    /// The same of those alone who came into it.
    pub(crate) fn look_ahead_of(
        &mut self,
        turn: &mut Turn<'_>,
        chat: ChatId,
        mut people: Vec<BareJid>,
    ) -> Result<()> {
        people.retain(|jid| *jid != turn.own.jid && jid.node().is_some());
        match encrypted(turn, chat)? {
            Some(_) if !people.is_empty() => self.look_up(turn, people, false),
            _ => Ok(()),
        }
    }

    fn look_up(&mut self, turn: &mut Turn<'_>, people: Vec<BareJid>, everybody: bool) -> Result<()> {
        for jid in people {
            if self.ahead.len() >= MOST {
                break;
            }
            if everybody || !keys::list_known(turn.tx, turn.own.account, &jid)? {
                self.ahead.insert(jid);
            }
        }
        self.go_on_ahead(turn)
    }

    /// Something was answered: the next ones.
    pub(crate) fn go_on_ahead(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        if self.ahead.is_empty() {
            return Ok(());
        }
        let busy = self.busy();
        let waiting: Vec<BareJid> = self.ahead.difference(&busy).cloned().collect();
        for jid in waiting {
            if self.free() == 0 {
                break;
            }
            let one = std::slice::from_ref(&jid);
            if self.ask_for_lists_of(turn, one)? {
                continue;
            }
            let mut people = self.audience(turn, one)?.people;
            people.retain(|person| person.jid == jid);
            if !self.ask_for_bundles_of(turn, &Audience { people })? {
                self.ahead.remove(&jid);
            }
        }
        self.bound_bundles(turn);
        Ok(())
    }

    /// About whom a question is on its way.
    fn busy(&self) -> BTreeSet<BareJid> {
        let bundles = self.bundles.iter();
        let asked = bundles.filter(|(_, fetch)| matches!(fetch, Fetch::Asked));
        let asked = asked.map(|(address, _)| &address.jid);
        asked
            .chain(self.asked.iter().map(|(jid, _)| jid))
            .cloned()
            .collect()
    }

    /// What came for nobody in particular is kept for a while, and not without end.
    fn bound_bundles(&mut self, turn: &Turn<'_>) {
        let is_held = |fetch: &&Fetch| matches!(fetch, Fetch::Got(..));
        let too_many = self.bundles.values().filter(is_held).count() > MOST_BUNDLES;
        let ahead = &self.ahead;
        self.bundles.retain(|address, fetch| match fetch {
            Fetch::Got(_, at) => is_recent(turn.now, *at) && (!too_many || ahead.contains(&address.jid)),
            Fetch::Asked | Fetch::Failed(..) => true,
        });
    }
}
