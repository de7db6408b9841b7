//! Rooms (XEP-0045): what is asked of them, and what they say of those who are in them.

use model::room::{Affiliation, Role, RoomNotify};
use model::{BareJid, Clean, MessageId, Presence, RoomsFailure};

use super::Secret;

/// What is asked about one room. Those that the room must answer for are refused without a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomCommand {
    /// Goes in, and is there again after every start. Done = in it, and what was said before is being read:
    /// [`super::Outcome::Joined`]. Whoever is in it already stays, under this nick.
    Join {
        /// None: the one that we had in it, else our own name.
        nick: Option<Clean>,
        password: Option<Secret>,
    },
    /// Goes out, for good: on no device is it joined by itself any more. What was said stays here.
    Leave,
    /// Asks the room what it is; nobody need be in it. Done = [`super::Outcome::RoomInfo`].
    Look,
    /// Asks who stands how to it. Done = stored.
    Members,
    /// Lets somebody stand so to it, and asks who does then. Done = stored.
    SetAffiliation {
        who: BareJid,
        to: Affiliation,
        reason: Option<Clean>,
    },
    /// Makes somebody a member, where that is needed, and asks them to come.
    Invite {
        who: BareJid,
        reason: Option<Clean>,
    },
    /// Tells whoever asked us to come that we do not; what waited of it goes.
    Decline {
        reason: Option<Clean>,
    },
    /// Lets somebody who is in it do so much; [`Role::None`] puts them out.
    SetRole {
        nick: Clean,
        to: Role,
        reason: Option<Clean>,
    },
    /// Takes away what somebody wrote (XEP-0425), for everybody. Done = the room did.
    Moderate {
        message: MessageId,
        reason: Option<Clean>,
    },
    SetTopic(Clean),
    SetNick(Clean),
    /// Asks for the form of its owner. Done = [`super::Outcome::RoomForm`].
    Form,
    /// Changes fields of that form. Done = the room took it, and what it is then is stored.
    Configure(Vec<(Clean, Vec<Clean>)>),
    /// Ends it for everybody; `venue`: where it goes on.
    Destroy {
        venue: Option<BareJid>,
        reason: Option<Clean>,
    },
    /// Of what is said in it the person is told so much.
    SetNotify(RoomNotify),
}

/// A room that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRoom {
    /// None: on the service that the server names, under an address that nobody can guess.
    pub address: Option<BareJid>,
    pub name: Option<Clean>,
    /// A channel that anybody may enter and find; else a group of its members, who see who everybody is and
    /// can write to each other in OMEMO.
    pub is_public: bool,
    /// They are members from the beginning, and are asked to come.
    pub invited: Vec<BareJid>,
}

/// Where we stand in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomStanding {
    Out {
        /// None: the person went, or nobody tried.
        why: Option<RoomsFailure>,
    },
    Joining,
    In {
        nick: Clean,
    },
}

/// Somebody who is in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OccupantView {
    pub affiliation: Affiliation,
    pub role: Role,
    /// Who that is, where the room shows it.
    pub real: Option<BareJid>,
    /// Who that is over all nicks, where the room says it.
    pub occupant_id: Option<String>,
    pub presence: Presence,
}

/// What is known of a room on this stream; with any connection but `Online` nothing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomState {
    /// Where we stand; whoever was in it is not known any more, and is told anew.
    Standing(RoomStanding),
    /// Everybody who is in it.
    Everybody(Vec<(Clean, OccupantView)>),
    /// Somebody in it; None: they are not any more.
    Occupant { nick: Clean, here: Option<OccupantView> },
    /// What it is about at the moment.
    Topic(Clean),
}
