//! Who is in a room, or stands to it, and what can be done with each. Whatever puts somebody out, or lets
//! them do more, has to be pressed twice.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::pick::Pick;
use super::sheet::Sheet;
use crate::action::{Action, KeyContext};
use crate::ask::{Ask, Context, Page, PageName};
use crate::key::Key;
use crate::list;
use crate::members::{RoomPeople, Somebody};
use crate::rooms::RoomNow;
use crate::theme::{Glyph, Part};
use api::{Command, RoomCommand};
use model::room::{Affiliation, Role, RoomFeature};
use model::{Peer, shown};
use store::rooms::Room;

/// The page.
pub fn page(world: &Context<'_>, room: &Peer) -> store::Result<Box<dyn Page>> {
    let mut page = Members {
        room: room.clone(),
        kept: None,
        name: String::new(),
        people: Vec::new(),
        pick: Pick::default(),
        sure: None,
    };
    page.refresh(world)?;
    Ok(Box::new(page))
}

struct Members {
    room: Peer,
    kept: Option<Room>,
    name: String,
    people: Vec<Somebody>,
    pick: Pick,
    /// What was pressed once, about whoever is chosen.
    sure: Option<char>,
}

/// Something that can be done with somebody.
struct Deed {
    letter: char,
    words: &'static str,
    what: RoomCommand,
    done: String,
}

impl Members {
    /// What can be done with this one by us, as we stand now. The room has the last word.
    fn deeds(&self, world: &Context<'_>, one: &Somebody) -> Vec<Deed> {
        let ours = world.rooms.get(&self.room).and_then(RoomNow::ours);
        let Some(ours) = ours.filter(|_| !one.is_us) else {
            return Vec::new();
        };
        let mut deeds = Vec::new();
        let name = one.name();
        if let (Some((role, _)), Some(nick)) = (&one.here, &one.nick)
            && ours.role == Role::Moderator
        {
            let set = |to| RoomCommand::SetRole {
                nick: nick.clone(),
                to,
                reason: None,
            };
            let is_moderated = self
                .kept
                .as_ref()
                .is_some_and(|room| room.features.contains(&RoomFeature::Moderated));
            if *role == Role::Visitor {
                let done = format!("{name} may write.");
                deeds.push(deed('v', "let them write", set(Role::Participant), done));
            } else if is_moderated && one.affiliation < ours.affiliation {
                let done = format!("{name} may not write any more.");
                deeds.push(deed('v', "let them not write", set(Role::Visitor), done));
            }
            if one.affiliation < ours.affiliation || ours.affiliation == Affiliation::Owner {
                let done = format!("{name} is put out.");
                deeds.push(deed('k', "put out", set(Role::None), done));
            }
        }
        deeds.extend(affiliations(ours.affiliation, one));
        deeds
    }

    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        let Some(room) = &self.kept else {
            sheet.say(0, "This room is not kept any more.", Part::Plain);
            return sheet;
        };
        let address = shown::identifier(room.peer.address.as_str());
        sheet.flow(0, &[(address, Part::Dim), (what_it_is(room), Part::Dim)]);
        sheet.gap();
        for (place, one) in self.people.iter().enumerate() {
            sheet.item(Some(place));
            self.say(world, &mut sheet, place, one);
        }
        sheet.item(None);
        sheet
    }

    fn say(&self, world: &Context<'_>, sheet: &mut Sheet, place: usize, one: &Somebody) {
        let chosen = self.pick.is(place);
        let theme = world.theme;
        let mark = match chosen {
            true => theme.glyph(Glyph::Current),
            false => " ",
        };
        let name = match (chosen, one.here.is_some()) {
            (true, _) => Part::Chosen,
            (false, true) => Part::Plain,
            (false, false) => Part::Dim,
        };
        let mut pieces = vec![(one.name(), name)];
        if one.is_us {
            pieces.push(("you".to_owned(), Part::Dim));
        }
        if one.here.is_none() && one.affiliation.is_member() {
            pieces.push(("not here".to_owned(), Part::Dim));
        }
        pieces.push((one.standing().to_owned(), Part::Dim));
        if let Some((sign, words, part)) = one.key_state() {
            let sign = sign.map_or("", |sign| theme.glyph(sign));
            pieces.push((format!("{sign} {words}").trim().to_owned(), part));
        }
        // Beside a nick; without one it is the name.
        if let Some(jid) = one.jid.as_ref().filter(|_| one.nick.is_some()) {
            pieces.push((list::address(jid), Part::Dim));
        }
        pieces.retain(|(words, _)| !words.is_empty());
        let label = format!("{mark} {}", one.shape(theme));
        sheet.labelled((&label, Part::Good), 4, &pieces);
        let sure = self.sure.filter(|_| chosen);
        let deeds = self.deeds(world, one);
        if let Some(deed) = deeds.iter().find(|deed| Some(deed.letter) == sure) {
            let words = format!("{} again: {}", deed.letter, deed.words);
            sheet.say(4, &words, Part::Waiting);
        }
    }
}

fn deed(letter: char, words: &'static str, what: RoomCommand, done: String) -> Deed {
    Deed {
        letter,
        words,
        what,
        done,
    }
}

/// How we can let somebody stand to the room (XEP-0045 §5.2.1): owners do all, admins what is below them.
fn affiliations(ours: Affiliation, one: &Somebody) -> Vec<Deed> {
    let Some(who) = one.jid.clone() else {
        return Vec::new();
    };
    let name = one.name();
    let theirs = one.affiliation;
    let is_owner = ours == Affiliation::Owner;
    let mut deeds = Vec::new();
    let mut offer = |letter, words, to, done: &str| {
        let highest = theirs.max(to);
        let may = is_owner || (ours == Affiliation::Admin && highest < Affiliation::Admin);
        if may && theirs != to {
            let (who, reason) = (who.clone(), None);
            let what = RoomCommand::SetAffiliation { who, to, reason };
            deeds.push(deed(letter, words, what, format!("{name} {done}")));
        }
    };
    match theirs {
        Affiliation::Outcast => offer('x', "lift the ban", Affiliation::None, "may come in again."),
        Affiliation::None => {}
        _ => offer(
            'x',
            "take membership away",
            Affiliation::None,
            "is no member any more.",
        ),
    }
    offer('b', "ban", Affiliation::Outcast, "is banned.");
    offer('m', "make a member", Affiliation::Member, "is a member.");
    offer('a', "make an admin", Affiliation::Admin, "is an admin.");
    offer('o', "make an owner", Affiliation::Owner, "is an owner.");
    deeds
}

/// What follows from what the room says of itself.
fn what_it_is(room: &Room) -> String {
    if room.features.is_empty() {
        return "not known yet what it is".to_owned();
    }
    let has = |feature| room.features.contains(&feature);
    let facts = [
        Some(match has(RoomFeature::MembersOnly) {
            true => "for members only",
            false => "open to everybody",
        }),
        Some(match has(RoomFeature::NonAnonymous) {
            true => "everybody sees who is who",
            false => "only moderators see who is who",
        }),
        has(RoomFeature::Moderated).then_some("moderated"),
        (!has(RoomFeature::Hidden)).then_some("listed"),
        (!has(RoomFeature::Persistent)).then_some("ends with the last who leaves"),
        has(RoomFeature::PasswordProtected).then_some("with a password"),
        has(RoomFeature::Archive).then_some("keeps what is said"),
    ];
    let facts: Vec<&str> = facts.into_iter().flatten().collect();
    facts.join(", ")
}

impl Page for Members {
    fn title(&self) -> String {
        let here = self.people.iter().filter(|one| one.here.is_some()).count();
        let members = self
            .people
            .iter()
            .filter(|one| one.affiliation.is_member())
            .count();
        format!("{}: {here} here, {members} members", self.name)
    }

    fn opened(&self, _world: &Context<'_>) -> Vec<Command> {
        vec![Command::Room {
            room: self.room.clone(),
            what: RoomCommand::Members,
        }]
    }

    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let sure = self.sure.take();
        // The key that opened it where there is no pane.
        if world.keymap.action(&[KeyContext::Main], key) == Some(Action::ToggleDetails) {
            return Ok(vec![Ask::Close]);
        }
        if let Some(place) = self.pick.moved(key) {
            self.pick.choose(place, self.people.len());
            return Ok(Vec::new());
        }
        let Some(one) = self.pick.seen_of(&self.people) else {
            return Ok(Vec::new());
        };
        if key.typed() == Some('i') {
            return Ok(vec![Ask::Close, Ask::Compose("/invite ".to_owned())]);
        }
        let person = one.jid.as_ref().filter(|_| !one.is_us);
        let is_here = one.here.is_some() && !one.is_us;
        if let Some(nick) = one.nick.as_ref().filter(|_| is_here)
            && (key.typed() == Some('w') || (person.is_none() && key.code == KeyCode::Enter))
        {
            return Ok(vec![Ask::Open(list::in_private(world, &self.room, nick))]);
        }
        if let Some(jid) = person {
            let peer = world.peer(jid);
            match (key.code, key.typed()) {
                (KeyCode::Enter, _) => return Ok(vec![Ask::Open(peer)]),
                (_, Some('f')) => return Ok(vec![Ask::Show(PageName::Fingerprints(peer))]),
                _ => {}
            }
        }
        let Some(letter) = key.typed() else {
            return Ok(Vec::new());
        };
        let deeds = self.deeds(world, one);
        let Some(deed) = deeds.into_iter().find(|deed| deed.letter == letter) else {
            return Ok(Vec::new());
        };
        if sure != Some(letter) {
            self.sure = Some(letter);
            return Ok(Vec::new());
        }
        Ok(vec![Ask::Command {
            command: Command::Room {
                room: self.room.clone(),
                what: deed.what,
            },
            done: Some(deed.done),
        }])
    }

    fn on_wheel(&mut self, lines: i32) {
        self.pick.scroll.by(lines);
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        let before = self.pick.of(&self.people).cloned();
        self.kept = list::room_of(world, &self.room)?;
        self.people = match &self.kept {
            Some(room) => {
                self.name = list::name_of_room(room);
                let people = RoomPeople::read(world, room)?;
                people.everybody(world.rooms.get(&self.room), world.own)
            }
            None => Vec::new(),
        };
        let mut people = self.people.iter();
        let place = before.and_then(|before| people.position(|one| one.is(&before)));
        if !self.pick.keep(place, self.people.len()) {
            self.sure = None;
        }
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.pick.draw(&sheet, world.theme, area, buf);
        None
    }

    fn keys(&self, world: &Context<'_>) -> Vec<(String, String)> {
        let mut keys: Vec<(String, String)> = Vec::new();
        if let Some(one) = self.pick.of(&self.people) {
            let deeds = self.deeds(world, one);
            let pair = |deed: &Deed| (deed.letter.to_string(), deed.words.to_owned());
            if let Some(sure) = deeds.iter().find(|deed| Some(deed.letter) == self.sure) {
                let (letter, words) = pair(sure);
                return vec![(letter, format!("again: {words}"))];
            }
            if one.jid.is_some() && !one.is_us {
                keys.push(("Enter".into(), "write to them".into()));
                keys.push(("f".into(), "keys".into()));
            }
            keys.extend(deeds.iter().map(pair));
        }
        keys.push(("i".into(), "invite".into()));
        let one = self.pick.of(&self.people);
        if one.is_some_and(|one| one.here.is_some() && one.nick.is_some() && !one.is_us) {
            keys.push(("w".into(), "in private".into()));
        }
        keys
    }
}

#[cfg(test)]
mod tests;
