//! How the people of one chat are called in the gutter.

use crate::model::BareJid;
use crate::store;
use crate::tui::ask::World;
use crate::tui::list;
use crate::tui::text;

/// Names that are kept at most. A chat has two; a hostile store may have more.
const KEPT: usize = 64;

/// Names, read once and kept until the store says that contacts changed.
#[derive(Debug, Default)]
pub(super) struct Names {
    own: Option<BareJid>,
    known: Vec<(BareJid, String)>,
    /// Columns of the widest of the names that the chat is known by.
    widest: usize,
}

impl Names {
    /// Our own and the peer's. Two that are alike would say that we wrote what they wrote: then theirs is the whole address.
    pub(super) fn read(world: &World<'_>, peer: &BareJid) -> store::Result<Self> {
        let own = list::name_of(world, world.own)?;
        let mut theirs = list::name_of(world, peer)?;
        if peer != world.own && theirs.to_lowercase() == own.to_lowercase() {
            theirs = list::address(peer);
        }
        Ok(Self {
            own: Some(world.own.clone()),
            widest: text::width(&own).max(text::width(&theirs)),
            known: vec![(world.own.clone(), own), (peer.clone(), theirs)],
        })
    }

    /// Learns how `jid` is called, if it is somebody else in the chat.
    pub(super) fn learn(&mut self, world: &World<'_>, jid: &BareJid) -> store::Result<()> {
        if self.known.len() < KEPT && self.get(jid).is_none() {
            self.known.push((jid.clone(), list::name_of(world, jid)?));
        }
        Ok(())
    }

    pub(super) fn get(&self, jid: &BareJid) -> Option<&str> {
        let found = self.known.iter().find(|(known, _)| known == jid);
        found.map(|(_, name)| name.as_str())
    }

    pub(super) fn is_own(&self, jid: &BareJid) -> bool {
        self.own.as_ref() == Some(jid)
    }

    /// Columns.
    pub(super) fn widest(&self) -> usize {
        self.widest
    }
}
