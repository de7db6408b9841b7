//! What the store has of the chats: those that are listed, and those of strangers, which wait elsewhere.

use crate::ask::Context;
use store::chats::{self, Overview};

/// The requests and the chats.
pub(super) fn overviews(world: &Context<'_>) -> store::Result<(Vec<Overview>, Vec<Overview>)> {
    let all = chats::overview(&world.store, world.account)?;
    let (mut requests, chats): (Vec<_>, Vec<_>) = all.into_iter().partition(|overview| overview.chat.request);
    requests.sort_by(|one, other| {
        one.chat
            .peer
            .address
            .as_str()
            .cmp(other.chat.peer.address.as_str())
    });
    Ok((requests, chats))
}
