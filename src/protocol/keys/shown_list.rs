//! A device list as a server shows it: fetched, as an event, or as it stands after we published it.

use minidom::Element;

use crate::keys::priority::ranks;
use crate::turn::Turn;
use model::BareJid;
use omemo::Dialect;
use stanza::dialects::{self, Listed};
use stanza::pubsub;
use store::Result;

/// What can be read of it.
#[derive(Debug)]
pub(crate) struct ShownList {
    pub(crate) listed: Vec<Listed>,
    /// It is written as it is read: no device twice, no impossible one.
    pub(crate) tidy: bool,
    /// It names nothing but numbers that no device can have.
    pub(crate) impossible: bool,
}

impl ShownList {
    /// There is none.
    pub(crate) fn none() -> Self {
        Self {
            listed: Vec::new(),
            tidy: true,
            impossible: false,
        }
    }

    /// The payload of an answer; what is no list is an empty one.
    pub(crate) fn in_answer(
        turn: &Turn<'_>,
        jid: &BareJid,
        dialect: Dialect,
        payload: Option<&Element>,
    ) -> Result<Self> {
        let Some(answer) = payload else {
            return Ok(Self::none());
        };
        let rank = ranks(turn, jid)?;
        Ok(Self {
            listed: dialects::read_device_list_by(dialect, answer, &rank).unwrap_or_default(),
            tidy: dialects::is_tidy_answer(dialect, answer),
            impossible: dialects::is_impossible_answer(dialect, answer),
        })
    }

    /// The newest item of an event; None: it shows no list.
    pub(crate) fn in_event(
        turn: &Turn<'_>,
        jid: &BareJid,
        dialect: Dialect,
        event: &pubsub::Event,
    ) -> Result<Option<Self>> {
        let Some((_, list)) = event.items.last() else {
            return Ok(None);
        };
        let rank = ranks(turn, jid)?;
        let listed = dialects::parse_device_list_by(dialect, list, &rank);
        Ok(listed.map(|listed| Self {
            listed,
            tidy: dialects::is_tidy(dialect, list),
            impossible: dialects::is_impossible(dialect, list),
        }))
    }
}
