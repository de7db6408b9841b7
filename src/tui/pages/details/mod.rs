//! Everything about one message: time, device, key, ids, for whom it was sealed, and why it
//! cannot be read or was not sent.

mod about;

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::about::About;
use super::sheet::{Scroll, Sheet};
use super::words;
use crate::ask::{Ask, Context, Page};
use crate::key::Key;
use crate::list;
use crate::theme::{Glyph, Part};
use ::words::Face;
use model::{Author, Clean, DeviceKey, Dialect, Message, MessageId, Trust, shown};
use store::sealed::{self, SealedFor};
use store::{self, messages, omemo};

/// Lines of the message's text that are shown: it is read in the history.
const LONGEST_TEXT: usize = 6;
/// Characters of one of its lines that are shown.
const LONGEST_LINE: usize = 400;
/// Characters of an id that are shown.
const LONGEST_ID: usize = 120;
/// Columns of a name before its fact, where there is room for two columns.
const NAMES: u16 = 11;
/// From this many columns on, names and facts stand side by side.
const SIDE_BY_SIDE: usize = 50;

pub(super) use about::doubt;

/// The page.
pub fn page(world: &Context<'_>, id: MessageId) -> store::Result<Box<dyn Page>> {
    let mut page = Details {
        id,
        message: None,
        name: String::new(),
        key: None,
        sealed: Vec::new(),
        about: About::default(),
        scroll: Scroll::default(),
    };
    page.refresh(world)?;
    Ok(Box::new(page))
}

struct Details {
    id: MessageId,
    message: Option<Message>,
    /// Who wrote it.
    name: String,
    /// The key that it came with, as it is now.
    key: Option<DeviceKey>,
    /// For whom it was sealed, if it is ours.
    sealed: Vec<SealingLine>,
    about: About,
    scroll: Scroll,
}

/// A device that a message of ours was sealed for.
struct SealingLine {
    who: String,
    device: u32,
    /// What its owner calls it, else how its fingerprint begins.
    known_as: String,
    /// What was decided about its key at that time.
    trust: Trust,
    dialect: Dialect,
}

impl SealingLine {
    fn read(world: &Context<'_>, device: &SealedFor) -> store::Result<Self> {
        let keys = omemo::device_keys(&world.store, world.account, &device.jid)?;
        let label = keys
            .into_iter()
            .find(|key| key.fingerprint == Some(device.fingerprint))
            .and_then(|key| key.label);
        let begins = || {
            let grouped = device.fingerprint.grouped();
            grouped.split(' ').next().unwrap_or_default().to_owned()
        };
        Ok(Self {
            who: match device.jid == *world.own {
                true => "You".to_owned(),
                false => list::name_of(world, &device.jid)?,
            },
            device: device.device.get(),
            known_as: label.map_or_else(begins, |label| words::label(&label)),
            trust: device.trust,
            dialect: device.dialect,
        })
    }
}

impl Details {
    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        let Some(message) = &self.message else {
            sheet.say(0, "This message is not in the history any more.", Part::Plain);
            return sheet;
        };
        self.origin(&mut sheet, world, message);
        self.content(&mut sheet, world, message);
        self.about.say(&mut sheet);
        self.safety(&mut sheet, world, message);
        sheet.gap();
        fact(&mut sheet, "Id", &[(id(&message.stanza_id, world), Part::Dim)]);
        if let Some(server) = &message.server_id {
            fact(&mut sheet, "Server id", &[(id(server, world), Part::Dim)]);
        }
        sheet
    }

    fn origin(&self, sheet: &mut Sheet, world: &Context<'_>, message: &Message) {
        fact(
            sheet,
            "From",
            &[
                (
                    format!("{} {}", self.name, world.theme.glyph(Glyph::Dot)),
                    Part::Title,
                ),
                (list::address(message.from(world.own)), Part::Plain),
            ],
        );
        if message.peer.address != *message.from(world.own) {
            fact(
                sheet,
                "To",
                &[(list::address(&message.peer.address), Part::Plain)],
            );
        }
        fact(
            sheet,
            "Time",
            &[(words::second(message.time, world.zone), Part::Plain)],
        );
        let (state, part) = words::state(message);
        fact(sheet, "State", &[(state.to_owned(), part)]);
        if let Some(why) = &message.failure {
            let why = ::words::of_message(Face::Screen, &message.peer.address, why);
            fact(
                sheet,
                "Reason",
                &[(shown::one_line(&bounded(why.as_str(), world)), Part::Bad)],
            );
        }
    }

    fn content(&self, sheet: &mut Sheet, world: &Context<'_>, message: &Message) {
        if let Some(reason) = message.unreadable {
            fact(
                sheet,
                "Not read",
                &[(::words::unreadable(Face::Screen, reason), Part::Bad)],
            );
        }
        let Some(body) = &message.body else { return };
        let mut lines = shown::lines(body);
        let mut name = "Text";
        for line in lines.by_ref().take(LONGEST_TEXT) {
            let line = shown::one_line(&bounded(&line, world));
            fact(sheet, name, &[(line, Part::Plain)]);
            name = "";
        }
        let more = lines.count();
        if more > 0 {
            let s = if more == 1 { "" } else { "s" };
            fact(sheet, "", &[(format!("and {more} more line{s}"), Part::Dim)]);
        }
    }

    fn safety(&self, sheet: &mut Sheet, world: &Context<'_>, message: &Message) {
        let (protection, part) = words::protection(message.protection);
        sheet.gap();
        fact(sheet, "Protection", &[(protection.to_owned(), part)]);
        self.readers(sheet, world);
        let Some(fingerprint) = message.fingerprint else {
            return;
        };
        if let Some(then) = message.trust {
            fact(sheet, "Key", &[(words::trust_then(then).to_owned(), Part::Plain)]);
        }
        let now = self.key.as_ref().and_then(|key| key.trust);
        if let Some(trust) = now.filter(|trust| Some(*trust) != message.trust) {
            let (glyph, state, part) = words::trust(Some(trust));
            let glyph = world.theme.glyph(glyph).to_owned();
            fact(sheet, "Key now", &[(glyph, part), (state.to_owned(), part)]);
        }
        self.device(sheet, world);
        let indent = name(sheet, "Fingerprint");
        sheet.fingerprint(indent, &fingerprint.grouped(), Part::Plain);
        if let Some(form) = self.key.as_ref().and_then(|key| key.ed25519) {
            let indent = name(sheet, "OMEMO 2 form");
            sheet.fingerprint(indent, &form.grouped(), Part::Plain);
        }
    }

    /// For whom it was sealed.
    fn readers(&self, sheet: &mut Sheet, world: &Context<'_>) {
        let dot = world.theme.glyph(Glyph::Dot);
        let mut name = "Sealed for";
        for reader in &self.sealed {
            let (glyph, trust, part) = words::trust(Some(reader.trust));
            let pieces = [
                (world.theme.glyph(glyph).to_owned(), part),
                (
                    format!("{} {dot} {} {dot}", reader.who, reader.device),
                    Part::Plain,
                ),
                (format!("{trust} then {dot}"), part),
                (format!("{} {dot}", words::dialects(&[reader.dialect])), Part::Dim),
                // Their words stand last.
                (reader.known_as.clone(), Part::Dim),
            ];
            fact(sheet, name, &pieces);
            name = "";
        }
    }

    /// The device that has this key now.
    fn device(&self, sheet: &mut Sheet, world: &Context<'_>) {
        let Some((key, device)) = self.key.as_ref().and_then(|key| Some((key, key.device?))) else {
            return;
        };
        let used = match words::used(key) {
            "not in use" => "not in use any more",
            used => used,
        };
        let dot = world.theme.glyph(Glyph::Dot);
        let mut pieces = vec![(format!("{device} {dot} {used}"), Part::Plain)];
        // Their words stand last.
        pieces.extend(
            key.label
                .as_ref()
                .map(|label| (format!("{dot} {}", words::label(label)), Part::Plain)),
        );
        fact(sheet, "Device", &pieces);
    }
}

/// A fact with its name before it, or above it where there is no room for two columns.
fn fact(sheet: &mut Sheet, what: &str, pieces: &[(String, Part)]) {
    let indent = if sheet.columns() >= SIDE_BY_SIDE { NAMES } else { 2 };
    if indent == NAMES {
        sheet.labelled((what, Part::Dim), indent, pieces);
        return;
    }
    if !what.is_empty() {
        sheet.push(0, vec![(what.to_owned(), Part::Dim)]);
    }
    sheet.flow(indent, pieces);
}

/// The name of a fact that follows as lines of its own; how far they are indented.
fn name(sheet: &mut Sheet, what: &str) -> u16 {
    sheet.push(0, vec![(what.to_owned(), Part::Dim)]);
    2
}

/// A line that is not endless.
fn bounded(line: &str, world: &Context<'_>) -> Clean {
    let mut start: String = line.chars().take(LONGEST_LINE).collect();
    if start.len() < line.len() {
        start.push_str(world.theme.glyph(Glyph::Cut));
    }
    Clean::new(&start)
}

fn id(id: &str, world: &Context<'_>) -> String {
    if id.is_empty() {
        return "none".to_owned();
    }
    let mut start: String = id.chars().take(LONGEST_ID).collect();
    if start.len() < id.len() {
        start.push_str(world.theme.glyph(Glyph::Cut));
    }
    shown::identifier(&start)
}

impl Page for Details {
    fn title(&self) -> String {
        "Message".to_owned()
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        match (key.code, key.typed()) {
            (KeyCode::Up, _) => self.scroll.by(-1),
            (KeyCode::Down, _) => self.scroll.by(1),
            (KeyCode::PageUp, _) => self.scroll.by(-self.scroll.page()),
            (KeyCode::PageDown, _) => self.scroll.by(self.scroll.page()),
            (KeyCode::Home, _) => self.scroll.to(false),
            (KeyCode::End, _) => self.scroll.to(true),
            (_, Some('c')) => {
                let body = self.message.as_ref().and_then(|message| message.body.as_ref());
                return Ok(match body {
                    Some(body) => vec![Ask::Copy(body.as_str().to_owned())],
                    None => vec![Ask::Complain("There is no text to copy.".to_owned())],
                });
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    fn on_wheel(&mut self, lines: i32) {
        self.scroll.by(lines);
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        self.message =
            messages::get(&world.store, self.id)?.filter(|message| message.peer.account == world.account);
        let Some(message) = &self.message else {
            return Ok(());
        };
        self.about = About::read(world, message)?;
        self.sealed = sealed::of(&world.store, self.id)?
            .iter()
            .map(|device| SealingLine::read(world, device))
            .collect::<store::Result<_>>()?;
        self.name = match &message.author {
            Author::Us => "You".to_owned(),
            author => list::name_of_author(world, &message.peer, author)?,
        };
        let keys = omemo::device_keys(&world.store, world.account, message.from(world.own))?;
        self.key = keys
            .into_iter()
            .find(|key| key.fingerprint.is_some() && key.fingerprint == message.fingerprint);
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.scroll.draw(&sheet, None, world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        let body = self.message.as_ref().and_then(|message| message.body.as_ref());
        body.map(|_| ("c".to_owned(), "copy the text".to_owned()))
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests;
