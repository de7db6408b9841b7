//! The node by which our own devices tell each other how far was read (XEP-0490). The server sees it, and
//! nobody else may: the node is private, and made so where it is not before anything is told. Servers
//! differ in what they take with an item, as with our keys (`keys::own_keys::repair`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use minidom::Element;

use crate::capabilities::Feature;
use crate::follow_ups::FollowUp;
use crate::iq::{Answer, Refusal};
use crate::purpose::ReadingPurpose;
use crate::turn::Turn;
use api::Change;
use model::{BareJid, ChatId, Position, Timestamp};
use stanza::mds;
use stanza::pubsub::{self, MaxItems};
use store::read_state::Announced;
use store::{Result, chats, read_state};

/// Positions in chats that are not here are kept for so many, while what was written there may still come.
const MOST_EARLY: usize = 1000;

/// What failed only for now is tried again so much later.
const LATER: Duration = Duration::from_secs(600);

/// What is known of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum NodeState {
    /// Nothing, or it is being asked or set right.
    #[default]
    Unknown,
    /// There is none: the first item makes it.
    Missing,
    /// It is there, and private.
    Right,
    /// It is there and takes no item as it must be.
    Refused,
}

/// The node on one stream.
pub(super) struct Node {
    state: NodeState,
    /// With so many items the node is asked to be; None: the server does not take that with an item.
    with_item: Option<MaxItems>,
    /// So many it was asked to hold as its owner.
    configured: Option<MaxItems>,
    /// What is on its way.
    publishing: BTreeSet<ChatId>,
    /// Read by other devices in chats that are not here.
    early: BTreeMap<BareJid, String>,
    /// There is nothing more to come that was written before.
    caught_up: bool,
    /// What was told again, since another device had told of less: once each, or two programs that differ
    /// would contradict each other for ever.
    corrected: BTreeSet<(ChatId, Position)>,
    /// When what failed is tried again.
    again: Option<Timestamp>,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            state: NodeState::Unknown,
            with_item: Some(MaxItems::Max),
            configured: None,
            publishing: BTreeSet::new(),
            early: BTreeMap::new(),
            caught_up: false,
            corrected: BTreeSet::new(),
            again: None,
        }
    }
}

impl Node {
    /// Asks what our other devices have read.
    pub(super) fn ask(&self, turn: &mut Turn<'_>) {
        turn.get(None, mds::fetch(), ReadingPurpose::Items);
    }

    /// Asks once more, if what failed is to be tried again by now.
    pub(super) fn try_again(&mut self, turn: &mut Turn<'_>) {
        if self.again.take_if(|again| *again <= turn.now).is_some() {
            self.state = NodeState::Unknown;
            self.configured = None;
            self.ask(turn);
        }
    }

    /// How long it is until then.
    pub(super) fn waits(&self, now: Timestamp) -> Option<Duration> {
        Some(self.again?.duration_since(now).unsigned_abs())
    }

    /// Nothing is told: for ever, or for now.
    fn give_up(&mut self, turn: &Turn<'_>, refusal: Option<&Refusal>) {
        self.state = NodeState::Refused;
        if refusal.is_some_and(is_for_now) {
            self.again = turn.now.checked_add(LATER).ok();
        }
    }

    /// Takes in what other devices have read.
    pub(super) fn take(
        &mut self,
        turn: &mut Turn<'_>,
        items: &[(String, Element)],
        told: Announced,
    ) -> Result<()> {
        for (item, payload) in items {
            if let Some((peer, id)) = mds::displayed(&turn.own.jid, item, payload) {
                self.read(turn, peer, id, told)?;
            }
        }
        Ok(())
    }

    fn read(&mut self, turn: &mut Turn<'_>, peer: BareJid, id: String, told: Announced) -> Result<()> {
        match chats::with_person(turn.tx, &turn.peer(&peer))? {
            Some(chat) => {
                turn.counters_matter = true;
                let heard = read_state::read_elsewhere(turn.tx, chat.id, &id, told)?;
                if heard.read {
                    turn.changed(Change::Chat(chat.id));
                }
                if let Some(behind) = heard.behind {
                    self.contradict(turn, chat.id, behind)?;
                }
            }
            None if !self.caught_up && self.early.len() < MOST_EARLY => {
                self.early.insert(peer, id);
            }
            None => {}
        }
        Ok(())
    }

    /// Another device told of less than was read: whoever logs in next would find no more.
    fn contradict(&mut self, turn: &mut Turn<'_>, chat: ChatId, behind: Position) -> Result<()> {
        // What we publish now takes the place of it.
        if !self.publishing.contains(&chat)
            && self.corrected.len() < MOST_EARLY
            && self.corrected.insert((chat, behind))
            && read_state::contradict(turn.tx, chat, behind)?
        {
            turn.follow(FollowUp::Read);
        }
        Ok(())
    }

    /// What came meanwhile may have made chats of which another device has told before.
    pub(super) fn on_caught_up(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.caught_up = true;
        for (peer, id) in std::mem::take(&mut self.early) {
            self.read(turn, peer, id, Announced::Before)?;
        }
        Ok(())
    }

    /// Tells what is to be told; false if there is more that could be.
    pub(super) fn publish(&mut self, turn: &mut Turn<'_>) -> Result<bool> {
        let may = matches!(self.state, NodeState::Right | NodeState::Missing);
        if !may || !takes_options(turn) {
            return Ok(true);
        }
        let under_way: Vec<ChatId> = self.publishing.iter().copied().collect();
        // Until it is known what the node holds, a second item could push out the first.
        let alone = self.state == NodeState::Missing;
        if alone && !under_way.is_empty() {
            return Ok(true);
        }
        let due = read_state::unsynced(turn.tx, turn.own.account, &under_way)?;
        for due in due.iter().take(if alone { 1 } else { due.len() }) {
            self.publishing.insert(due.chat);
            let publish = mds::publish(&turn.own.jid, &due.peer, &due.server_id, self.with_item);
            turn.set(None, publish, ReadingPurpose::Published(due.chat, due.position));
        }
        // The answers call again.
        Ok(true)
    }

    pub(super) fn on_answer(
        &mut self,
        turn: &mut Turn<'_>,
        purpose: ReadingPurpose,
        answer: Answer,
    ) -> Result<()> {
        match purpose {
            ReadingPurpose::Items => self.on_items(turn, answer),
            ReadingPurpose::Config => {
                self.on_config(turn, answer);
                Ok(())
            }
            ReadingPurpose::Configured => {
                self.on_configured(turn, &answer);
                Ok(())
            }
            ReadingPurpose::Published(chat, position) => self.on_published(turn, chat, position, answer),
        }
    }

    /// What is there is taken in; whether others can read it is asked too.
    fn on_items(&mut self, turn: &mut Turn<'_>, answer: Answer) -> Result<()> {
        match answer {
            Ok(Some(found)) => {
                if let Some(items) = pubsub::items(&found, mds::NODE) {
                    self.take(turn, &items, Announced::Before)?;
                }
                turn.get(None, pubsub::get_config(mds::NODE), ReadingPurpose::Config);
            }
            Err(refusal) if refusal.is("item-not-found") => self.state = NodeState::Missing,
            Err(refusal) => self.give_up(turn, Some(&refusal)),
            Ok(None) => self.give_up(turn, None),
        }
        Ok(())
    }

    fn on_config(&mut self, turn: &mut Turn<'_>, answer: Answer) {
        let config = answer.ok().flatten().and_then(|form| pubsub::config(&form));
        let access = config.as_ref().and_then(|config| config.access_model.as_deref());
        let items = config.as_ref().and_then(|config| config.max_items.as_deref());
        // A server that shows no configuration still refuses an item whose conditions its node does not meet.
        let private = access.is_none_or(|model| model == "whitelist");
        let narrow = items.is_some_and(|items| items.parse::<u32>().is_ok_and(|items| items < 10));
        match private && !narrow {
            true => self.state = NodeState::Right,
            false => self.configure(turn, MaxItems::Max),
        }
    }

    /// Sets the node right as its owner.
    fn configure(&mut self, turn: &mut Turn<'_>, items: MaxItems) {
        self.state = NodeState::Unknown;
        self.configured = Some(items);
        turn.set(None, mds::configure(items), ReadingPurpose::Configured);
    }

    fn on_configured(&mut self, turn: &mut Turn<'_>, answer: &Answer) {
        let fewer = self.configured.and_then(MaxItems::fewer);
        match (answer, fewer) {
            // With the item only what every server takes: what else there is was said.
            (Ok(_), _) => {
                self.with_item = None;
                self.state = NodeState::Right;
            }
            (Err(refusal), _) if refusal.is("item-not-found") => {
                self.with_item = None;
                self.state = NodeState::Missing;
            }
            (Err(Refusal::Error(_)), Some(fewer)) => self.configure(turn, fewer),
            (Err(refusal), _) => self.give_up(turn, Some(refusal)),
        }
    }

    fn on_published(
        &mut self,
        turn: &mut Turn<'_>,
        chat: ChatId,
        position: Position,
        answer: Answer,
    ) -> Result<()> {
        self.publishing.remove(&chat);
        match answer {
            Ok(_) => {
                turn.counters_matter = true;
                // What another device told before ours came to us before this answer.
                if !read_state::overtaken(turn.tx, chat, position)? {
                    read_state::set_synced(turn.tx, chat, position)?;
                }
                // The node that this item made holds one, unless it could be told otherwise.
                match (self.state, self.with_item) {
                    (NodeState::Missing, None) => self.configure(turn, MaxItems::Max),
                    (NodeState::Missing, Some(_)) => self.state = NodeState::Right,
                    _ => {}
                }
            }
            Err(Refusal::TimedOut) => self.give_up(turn, Some(&Refusal::TimedOut)),
            Err(_) if self.configured.is_none() => self.configure(turn, MaxItems::Max),
            Err(refusal) => {
                if matches!(self.state, NodeState::Right | NodeState::Missing) {
                    tracing::warn!(account = turn.own.account.0, refusal = ?refusal.told(), "read positions are refused");
                    self.give_up(turn, Some(&refusal));
                }
            }
        }
        Ok(())
    }
}

/// Whether the same may go well later.
fn is_for_now(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::TimedOut => true,
        Refusal::Error(error) => error.kind == "wait" || error.condition == "internal-server-error",
    }
}

/// Whether the server takes conditions with what is published: without them the node would be open to whoever
/// sees our presence (XEP-0490 §security).
fn takes_options(turn: &Turn<'_>) -> bool {
    let offers = |offer: &crate::capabilities::Offer| offer.has(Feature::PublishOptions) == Some(true);
    offers(&turn.capabilities.account) || offers(&turn.capabilities.server)
}
