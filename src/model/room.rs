//! Rooms (XEP-0045): how somebody stands in one, and what a room says of itself.

use std::collections::BTreeSet;

use super::{BareJid, Clean};

/// How somebody stands to a room for good (XEP-0045 §5.2), the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Affiliation {
    /// Banned.
    Outcast,
    None,
    Member,
    Admin,
    Owner,
}

impl Affiliation {
    /// All of them that a room keeps a list of.
    pub const LISTED: [Self; 4] = [Self::Owner, Self::Admin, Self::Member, Self::Outcast];

    /// Whether a room that is for members only is for them.
    pub fn is_member(self) -> bool {
        self >= Self::Member
    }
}

/// What somebody may do in a room while they are in it (XEP-0045 §5.1), the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Not in it.
    None,
    /// Reads.
    Visitor,
    Participant,
    Moderator,
}

/// What a room says that it is (XEP-0045 §6.4, §15.3), as far as anything follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoomFeature {
    MembersOnly,
    /// Everybody in it sees who everybody is.
    NonAnonymous,
    Persistent,
    /// It stands in no list of the service.
    Hidden,
    Moderated,
    PasswordProtected,
    /// It keeps an archive that can be asked (XEP-0313).
    Archive,
    /// The ids that it gives to messages can be relied on (XEP-0359).
    StableIds,
    /// It says who somebody is over all nicks (XEP-0421).
    OccupantIds,
    /// It answers for whoever pings themselves (XEP-0410).
    SelfPing,
    /// Moderators can take back what others wrote (XEP-0425), in the form of 2023 and later.
    Moderation,
    /// In the form before.
    ModerationBefore,
}

/// All that a room says.
pub type RoomFeatures = BTreeSet<RoomFeature>;

/// What is known of a room by asking.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomInfo {
    pub features: RoomFeatures,
    pub name: Option<Clean>,
    pub description: Option<Clean>,
    pub subject: Option<Clean>,
    /// How many are in it.
    pub occupants: Option<u32>,
}

/// A room that a service names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRoom {
    pub jid: BareJid,
    pub name: Option<Clean>,
    /// How many are in it, where that is said.
    pub occupants: Option<u32>,
}

/// What of a room is told to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomNotify {
    Always,
    /// What calls them by name.
    Mentions,
    Never,
}

/// Whether OMEMO can be for exactly the members of such a room: they are known, by their addresses, and
/// nobody else can read. The first feature that is missing otherwise.
pub fn missing_for_omemo(features: &RoomFeatures) -> Option<RoomFeature> {
    let needed = [RoomFeature::MembersOnly, RoomFeature::NonAnonymous];
    needed.into_iter().find(|feature| !features.contains(feature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_a_member_is_what_the_order_says() {
        assert!(Affiliation::LISTED.iter().filter(|one| one.is_member()).count() == 3);
        assert!(!Affiliation::None.is_member() && !Affiliation::Outcast.is_member());
        assert!(Role::Moderator > Role::Participant && Role::Visitor > Role::None);
    }

    #[test]
    fn a_room_for_omemo_is_for_members_who_see_each_other() {
        let mut room = RoomFeatures::from([RoomFeature::MembersOnly]);
        assert_eq!(missing_for_omemo(&room), Some(RoomFeature::NonAnonymous));
        room.insert(RoomFeature::NonAnonymous);
        assert_eq!(missing_for_omemo(&room), None);
        room.remove(&RoomFeature::MembersOnly);
        assert_eq!(missing_for_omemo(&room), Some(RoomFeature::MembersOnly));
    }
}
