//! What rooms say that they are, as the words that stand in the database.

use rusqlite::params;

use super::{Reads, Result, StoreError, Transaction, rows};
use model::ChatId;
use model::room::RoomFeature;

/// Stands before an address among the words of a room: as the room was when the person looked at it, and so
/// were its members.
pub(super) const CONFIRMED: char = '=';

/// Stands before a time: since then we know that the room shows everybody's address.
pub(super) const SHOWN: char = '@';

/// The words of a room: what it is, and who was confirmed to be in it.
pub(super) fn said(r: &impl Reads, chat: ChatId) -> Result<String> {
    let sql = "SELECT features FROM rooms WHERE chat = ?1";
    let said = rows::first(r, sql, [chat.0], |row| Ok(rows::text(row, 0)?.to_owned()))?;
    said.ok_or(StoreError::Missing("room"))
}

pub(super) fn put_said<'a>(
    tx: &Transaction<'_>,
    chat: ChatId,
    words: impl Iterator<Item = &'a str>,
) -> Result<()> {
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let sql = "UPDATE rooms SET features = ?2 WHERE chat = ?1";
    rows::must_change(tx, "room", sql, params![chat.0, words.join(" ")])
}

/// The features, and the words that they are stored as. A word that nobody knows is a later program's.
const FEATURES: [(RoomFeature, &str); 12] = [
    (RoomFeature::MembersOnly, "members-only"),
    (RoomFeature::NonAnonymous, "non-anonymous"),
    (RoomFeature::Persistent, "persistent"),
    (RoomFeature::Hidden, "hidden"),
    (RoomFeature::Moderated, "moderated"),
    (RoomFeature::PasswordProtected, "password"),
    (RoomFeature::Archive, "archive"),
    (RoomFeature::StableIds, "stable-ids"),
    (RoomFeature::OccupantIds, "occupant-ids"),
    (RoomFeature::SelfPing, "self-ping"),
    (RoomFeature::Moderation, "moderation"),
    (RoomFeature::ModerationBefore, "moderation-0"),
];

pub(super) fn word(feature: RoomFeature) -> &'static str {
    let found = FEATURES.iter().find(|(known, _)| *known == feature);
    found.map_or("", |(_, word)| word)
}

pub(super) fn feature(word: &str) -> Option<RoomFeature> {
    let found = FEATURES.iter().find(|(_, known)| *known == word);
    found.map(|(feature, _)| *feature)
}
