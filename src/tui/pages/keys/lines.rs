//! How one key is written: what was decided, which device, its fingerprint in the forms
//! that people see, since when.

use crate::ask::Context;
use crate::pages::sheet::Sheet;
use crate::pages::words;
use crate::theme::{Glyph, Part};
use model::{DeviceKey, Dialect, Fate, Form, Trust, Why};

/// Kaidan takes whatever has the right length: the wrong form costs the encryption of its chat.
pub const WHICH_FORM: &str = "Kaidan and Converse show, and want typed in, the OMEMO 2 form. Given the older form Kaidan says \
                              \"verified\", distrusts the real key and goes on in clear.";

/// Which forms of a fingerprint are shown, and which of two is the one to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forms {
    /// That of the older OMEMO alone: nobody on this page sees the other.
    One,
    /// Both; None: it depends on the other person's program.
    Two(Option<Form>),
}

impl Forms {
    /// Both where the other one is known; the device's own program shows that of its better dialect.
    pub fn of_theirs(key: &DeviceKey) -> Self {
        Self::Two(Some(key.form()))
    }

    /// Our own key is compared by those whose keys are on the page, with what their programs show.
    pub fn of_ours<'a>(theirs: impl Iterator<Item = &'a DeviceKey>) -> Self {
        let theirs: Vec<&DeviceKey> = theirs.collect();
        let speaks = |dialect| theirs.iter().any(|key| key.dialects.first() == Some(&dialect));
        match (speaks(Dialect::Omemo2), speaks(Dialect::Legacy)) {
            (true, false) => Self::Two(Some(Form::Omemo2)),
            (false, true) => Self::One,
            _ => Self::Two(None),
        }
    }
}

/// One key: what was decided, which device, its fingerprint, since when.
pub fn write_key(sheet: &mut Sheet, world: &Context<'_>, key: &DeviceKey, forms: Forms, chosen: bool) {
    let theme = world.theme;
    let dot = theme.glyph(Glyph::Dot);
    let trust = key.fingerprint.map(|_| key.trust.unwrap_or(Trust::Undecided));
    let (glyph, state, part) = words::trust(trust);
    let device = match (key.device, key.this) {
        (Some(id), true) => format!("this device, {id}"),
        (Some(id), false) => format!("device {id}"),
        (None, _) => "no device".to_owned(),
    };
    let head = if key.this {
        vec![(device, Part::Good)]
    } else {
        vec![
            (format!("{} {state} {dot}", theme.glyph(glyph)), part),
            (
                format!("{device} {dot}"),
                if chosen { Part::Title } else { Part::Plain },
            ),
            (words::used(key).to_owned(), Part::Dim),
        ]
    };
    let mark = if chosen { theme.glyph(Glyph::Current) } else { " " };
    sheet.labelled((mark, Part::Title), 2, &head);
    // A name of theirs has a line of its own: it cannot pass for words of ours.
    if let Some(label) = &key.label {
        sheet.say(
            2,
            &words::label(label),
            if chosen { Part::Title } else { Part::Plain },
        );
    }
    fingerprints(sheet, key, forms, chosen);
    facts(sheet, world, key);
}

/// Whether a key is shown in both forms. What this device does not publish in OMEMO
/// 2 nobody sees in that form.
pub fn shows_two(key: &DeviceKey, forms: Forms) -> bool {
    let published = !key.this || key.dialects.contains(&Dialect::Omemo2);
    key.ed25519.is_some() && forms != Forms::One && published
}

/// One form with its name, or one below the other, that to compare first.
fn fingerprints(sheet: &mut Sheet, key: &DeviceKey, forms: Forms, chosen: bool) {
    let Some(fingerprint) = key.fingerprint else {
        return;
    };
    let shown = if chosen { Part::Title } else { Part::Plain };
    let older = (Form::Legacy, fingerprint.grouped());
    let Some(newer) = key.ed25519.filter(|_| shows_two(key, forms)) else {
        return sheet.fingerprint(2, &older.1, shown);
    };
    let newer = (Form::Omemo2, newer.grouped());
    let rows = match forms {
        Forms::Two(Some(Form::Omemo2)) => [newer, older],
        _ => [older, newer],
    };
    for (form, grouped) in rows {
        let this_one = forms == Forms::Two(Some(form));
        let name = words::form(form);
        let name = if this_one {
            format!("{name}: compare this one")
        } else {
            name.to_owned()
        };
        let either = forms == Forms::Two(None);
        sheet.say(2, &name, if this_one { Part::Plain } else { Part::Dim });
        sheet.fingerprint(2, &grouped, if this_one || either { shown } else { Part::Dim });
    }
}

/// What it publishes, whether that became less, since when it is known.
fn facts(sheet: &mut Sheet, world: &Context<'_>, key: &DeviceKey) {
    let dot = world.theme.glyph(Glyph::Dot);
    let mut known = Vec::new();
    if !key.dialects.is_empty() {
        known.push(words::dialects(&key.dialects));
    }
    if !key.this {
        known.push(format!(
            "first seen {}",
            words::minute(key.first_seen, world.zone)
        ));
        known.extend(
            key.last_seen
                .map(|last| format!("wrote last {}", words::minute(last, world.zone))),
        );
    }
    let last = known.len().saturating_sub(1);
    let pieces: Vec<(String, Part)> = known
        .into_iter()
        .enumerate()
        .map(|(at, fact)| if at < last { format!("{fact} {dot}") } else { fact })
        .map(|fact| (fact, Part::Dim))
        .collect();
    sheet.flow(2, &pieces);
    let attention = world.theme.glyph(Glyph::Attention);
    if key.downgraded {
        let words = format!(
            "{attention} fell back to the older OMEMO: another program there, or a server that hides its newer keys"
        );
        sheet.say(2, &words, Part::Waiting);
    }
    if let Some(Fate::LeftOut(why @ (Why::NotListed | Why::TakenOff))) = key.fate {
        sheet.say(
            2,
            &format!("{attention} left out: {}", ::words::left_out(why)),
            Part::Waiting,
        );
    }
    if key.is_stale(world.now) {
        sheet.say(
            2,
            &format!("{attention} silent for six weeks or more"),
            Part::Waiting,
        );
    }
}
