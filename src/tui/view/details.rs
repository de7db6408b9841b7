//! The third pane of wide terminals: the contact and their devices.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::app::{App, OpenChat};
use crate::text;
use crate::theme::{Glyph, Part};
use model::{DeviceKey, Fate, Form, Trust, Why, shown};

/// Devices listed at most; the page of fingerprints has them all.
const DEVICES: usize = 32;
/// Lines of what somebody says of their presence.
const STATUS: usize = 3;

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(open) = &app.chat_pane.open else { return };
    if area.is_empty() {
        return;
    }
    if let Some(room) = &open.room {
        return super::room::pane(app, open, room, area, buf);
    }
    let theme = &app.facts.theme;
    let mut lines: Vec<(String, Part)> = vec![
        (open.name.clone(), Part::Title),
        // The rule runs here.
        (String::new(), Part::Plain),
        (shown::identifier(&open.peer.written()), Part::Dim),
    ];
    if open.peer.within.is_some() {
        lines.push(("in private, by way of the room".to_owned(), Part::Dim));
        return put(app, &lines, area, buf);
    }
    lines.extend(presence(app, open, usize::from(area.width).saturating_sub(1)));
    lines.push((String::new(), Part::Plain));
    let devices = match open.recipients.devices.len() {
        1 => "1 device".to_owned(),
        many => format!("{many} devices"),
    };
    lines.push((devices, Part::Title));
    for device in open.recipients.devices.iter().take(DEVICES) {
        lines.extend(of_device(device, theme.glyph(Glyph::Dot), area.width));
    }
    lines.push((String::new(), Part::Plain));
    let key = app.facts.keymap.name(Action::Fingerprints);
    lines.push((format!("{key} compares and verifies"), Part::Dim));
    put(app, &lines, area, buf);
}

fn put(app: &App, lines: &[(String, Part)], area: Rect, buf: &mut Buffer) {
    let theme = &app.facts.theme;
    for ((line, part), y) in lines.iter().zip(area.y..area.bottom()) {
        let cut = text::fit(
            line,
            usize::from(area.width).saturating_sub(1),
            theme.glyph(Glyph::Cut),
        );
        text::put(buf, area.x + 1, y, area.right(), &cut, theme.style(*part));
    }
}

/// A device: its number and trust, what is the matter with it, its fingerprint.
fn of_device(device: &DeviceKey, dot: &str, columns: u16) -> Vec<(String, Part)> {
    let (word, part) = trust(device);
    let number = device
        .device
        .map_or("key".to_owned(), |device| device.to_string());
    let mut lines = vec![(format!("{number} {dot} {word}"), part)];
    if !device.active {
        let listed = match device.fate {
            Some(Fate::Written) => ("  on no list, but it wrote first", Part::Dim),
            _ => ("  on no list of theirs", Part::Waiting),
        };
        lines.push((listed.0.to_owned(), listed.1));
    }
    if device.downgraded {
        lines.push(("  fell back to the older OMEMO".to_owned(), Part::Waiting));
    }
    if let Some(fingerprint) = &device.fingerprint {
        let newer = device.ed25519.filter(|_| device.form() == Form::Omemo2);
        if newer.is_some() {
            lines.push(("  OMEMO 2 form:".to_owned(), Part::Dim));
        }
        let grouped = newer.map_or_else(|| fingerprint.grouped(), |form| form.grouped());
        let groups: Vec<&str> = grouped.split(' ').collect();
        let shown = groups.chunks(if columns >= 38 { 4 } else { 2 });
        lines.extend(shown.map(|groups| (format!("  {}", groups.join(" ")), Part::Dim)));
    }
    lines
}

/// Whether the contact is here, with its shape, and what they say of it.
fn presence(app: &App, open: &OpenChat, columns: usize) -> Vec<(String, Part)> {
    let words = super::presence(app, open).unwrap_or("does not show when they are online");
    let Some(presence) = app.facts.connectivity.here.get(&open.peer.address) else {
        return vec![(words.to_owned(), Part::Dim)];
    };
    let theme = &app.facts.theme;
    let shape = theme.glyph(Glyph::of(presence.availability));
    let mut lines = vec![(format!("{shape} {words}"), Part::Plain)];
    if let Some(status) = &presence.status {
        let mut said = text::wrap(&shown::one_line(status), columns.saturating_sub(2));
        if said.len() > STATUS {
            said.truncate(STATUS);
            if let Some(last) = said.last_mut() {
                last.push_str(theme.glyph(Glyph::Cut));
            }
        }
        lines.extend(said.into_iter().map(|line| (format!("  {line}"), Part::Dim)));
    }
    lines
}

fn trust(device: &DeviceKey) -> (&'static str, Part) {
    if matches!(device.fate, Some(Fate::LeftOut(Why::NotListed | Why::TakenOff))) {
        return ("left out", Part::Waiting);
    }
    match device.trust {
        Some(Trust::Verified) => ("verified", Part::Good),
        Some(Trust::Blind) => ("not verified", Part::Plain),
        Some(Trust::Undecided) => ("new, left out", Part::Waiting),
        Some(Trust::Distrusted) => ("distrusted, left out", Part::Bad),
        None => ("key not seen yet", Part::Dim),
    }
}
