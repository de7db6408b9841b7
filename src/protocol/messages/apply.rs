//! What a message says is brought into the store here and nowhere else, whichever road it came by:
//! in clear, from a letter of the legacy dialect, from an envelope. What of it may be believed
//! where it stood was asked before (`stanza::content`); here it is asked what it may set in motion.

use crate::device_address::DeviceAddress;
use crate::follow_ups::FollowUp;
use crate::messages::arrivals::{Arrival, Readable, store_readable};
use crate::messages::opt_out::on_opt_out;
use crate::messages::receipts;
use crate::messages::said::{self, Word};
use crate::turn::Turn;
use model::{Content, Dialect, Fingerprint, Protection, Trust};
use stanza::received::Received;
use store::Result;

/// The key that a letter was opened with, and its trust.
pub(crate) type Key = (Fingerprint, Trust);

/// The road by which a content came.
pub(crate) enum Road<'a> {
    Clear,
    /// In or beside a letter that seals no more than the text, with the device that wrote it.
    Letter(Key, &'a DeviceAddress),
    /// With the device that wrote it.
    Envelope(Key, &'a DeviceAddress),
}

/// How what a letter of this dialect says was protected.
pub(crate) fn protection(dialect: Dialect) -> Protection {
    match dialect {
        Dialect::Legacy => Protection::OmemoLegacy,
        Dialect::Omemo2 => Protection::Omemo2,
    }
}

impl Road<'_> {
    fn protection(&self) -> Protection {
        match self {
            Self::Clear => Protection::Clear,
            Self::Letter(_, writer) => protection(writer.dialect),
            Self::Envelope(..) => Protection::Omemo2,
        }
    }

    fn key(&self) -> Option<Key> {
        match self {
            Self::Clear => None,
            Self::Letter(key, _) | Self::Envelope(key, _) => Some(*key),
        }
    }

    fn device(&self) -> Option<u32> {
        match self {
            Self::Clear => None,
            Self::Letter(_, writer) | Self::Envelope(_, writer) => Some(writer.device.get()),
        }
    }

    /// Whether what it says beside its text was sealed with it.
    fn is_sealed(&self) -> bool {
        matches!(self, Self::Envelope(..))
    }

    /// Whether anything follows from what it says beside its text. In an envelope it is the word of
    /// its key: nothing was sealed for a device that is not trusted, so it has nothing to
    /// acknowledge, and nothing to ask for. Elsewhere it is nobody's word, and counts for no more
    /// than that.
    fn is_heeded(&self) -> bool {
        match self {
            Self::Clear | Self::Letter(..) => true,
            Self::Envelope((_, trust), _) => trust.may_seal(),
        }
    }
}

/// Brings a content into the store: what it acknowledges, what it asks for, its row, and the
/// receipt for that.
pub(crate) fn apply(
    turn: &mut Turn<'_>,
    arrival: &Arrival<'_>,
    content: Content,
    road: &Road<'_>,
) -> Result<()> {
    // Whatever a content says must be dealt with here: no `..`.
    let Content {
        text,
        unstyled,
        receipt_for,
        wants_receipt,
        displayed,
        markable,
        chat_state,
        opt_out,
    } = content;
    let heeded = road.is_heeded();
    let word = Word {
        protection: road.protection(),
        key: road.key(),
        sealed: road.is_sealed(),
    };
    if let Some(of) = receipt_for.filter(|_| heeded) {
        receipts::on_receipt(turn, arrival.received, &of, &word)?;
    }
    if let Some(up_to) = displayed.filter(|_| heeded) {
        receipts::on_displayed(turn, arrival.received, &up_to, &word)?;
    }
    if let Some(state) = chat_state.filter(|_| heeded) {
        said::on_state(turn, arrival.received, state, &word)?;
    }
    let asked = match opt_out {
        Some(reason) => on_opt_out(turn, arrival.received, &reason, heeded)?,
        None => false,
    };
    let Some(body) = text else {
        return answer_if(turn, arrival.received, road, asked && wants_receipt && heeded);
    };
    let readable = Readable {
        body,
        protection: road.protection(),
        device: road.device(),
        key: road.key(),
        unstyled,
        markable: markable && heeded,
    };
    let new = store_readable(turn, arrival, readable)? || asked;
    answer_if(turn, arrival.received, road, new && wants_receipt && heeded)
}

/// The receipt, if there is to be one, travels as the message did.
fn answer_if(turn: &mut Turn<'_>, received: &Received, road: &Road<'_>, wanted: bool) -> Result<()> {
    match road {
        _ if !wanted => Ok(()),
        Road::Clear | Road::Letter(..) => receipts::answer(turn, received),
        Road::Envelope(_, target) => {
            if receipts::answer_sealed(turn, received, target)? {
                turn.follow(FollowUp::Written(vec![(*target).clone()]));
            }
            Ok(())
        }
    }
}
