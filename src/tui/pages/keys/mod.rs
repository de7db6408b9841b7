//! Keys to choose from and to decide about: what the pages of fingerprints and of own devices share.

mod lines;

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::sheet::{Scroll, Sheet};
use crate::ask::{Ask, Context};
use crate::key::Key;
use crate::list;
use crate::recipients::is_undecided;
use crate::theme::Theme;
use api::Command;
use lines::Forms;
use model::{BareJid, DeviceKey, Dialect, Fingerprint, Trust};
use store::{self, omemo};

/// The keys of one person.
pub struct Owner {
    pub jid: BareJid,
    pub name: String,
    pub keys: Vec<DeviceKey>,
}

impl Owner {
    /// This device first, then active ones, then what was in use once; the order
    /// stays when one is decided about.
    pub fn read(world: &Context<'_>, jid: &BareJid) -> store::Result<Self> {
        let mut keys = omemo::device_keys(&world.store, world.account, jid)?;
        keys.sort_by_key(|key| (!key.this, !key.active, key.fingerprint.is_none()));
        Ok(Self {
            name: if jid == world.own {
                "You".to_owned()
            } else {
                list::name_of(world, jid)?
            },
            keys,
            jid: jid.clone(),
        })
    }
}

/// A decision, and what it replaced.
struct Decided {
    jid: BareJid,
    fingerprint: Fingerprint,
    before: Trust,
}

/// Which device or key: what is chosen stays chosen when others come or go.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ChosenKey {
    jid: BareJid,
    device: Option<u32>,
    fingerprint: Option<Fingerprint>,
}

impl ChosenKey {
    fn of((jid, key): (&BareJid, &DeviceKey)) -> Self {
        Self {
            jid: jid.clone(),
            device: key.device,
            fingerprint: key.fingerprint,
        }
    }
}

/// Below so many columns the decisions are named in one word each.
const NARROW: u16 = 48;

/// The keys on a page, one of them chosen.
#[derive(Default)]
pub struct KeyList {
    pub owners: Vec<Owner>,
    chosen: Option<ChosenKey>,
    undo: Option<Decided>,
    pub scroll: Scroll,
    /// Only what was painted can be decided about.
    painted: bool,
    /// It was painted where there is room for few words alone.
    narrow: bool,
}

impl KeyList {
    /// Shows these people's keys. The choice stays; at first it is a key that waits for a
    /// decision, else one not verified.
    pub fn show(&mut self, owners: Vec<Owner>) {
        self.owners = owners;
        let kept = self
            .chosen
            .as_ref()
            .filter(|chosen| self.all().any(|one| ChosenKey::of(one) == **chosen));
        if kept.is_some() {
            return;
        }
        let first =
            |wanted: &dyn Fn(&DeviceKey) -> bool| self.all().find(|(_, key)| wanted(key)).map(ChosenKey::of);
        let chosen = first(&is_undecided)
            .or_else(|| first(&|key| key.trust == Some(Trust::Blind)))
            .or_else(|| first(&|key| key.fingerprint.is_some()))
            .or_else(|| first(&|_| true));
        self.chosen = chosen;
        self.painted = false;
        self.scroll.follow();
    }

    /// What can be chosen, in the order of the page: keys to decide about, and devices that showed none yet.
    fn all(&self) -> impl Iterator<Item = (&BareJid, &DeviceKey)> {
        self.owners
            .iter()
            .flat_map(|owner| owner.keys.iter().map(move |key| (&owner.jid, key)))
            .filter(|(_, key)| !key.this)
    }

    /// Its place, whose it is, and the key.
    pub fn chosen(&self) -> Option<(usize, &BareJid, &DeviceKey)> {
        let chosen = self.chosen.as_ref()?;
        let (place, (jid, key)) = self
            .all()
            .enumerate()
            .find(|(_, one)| ChosenKey::of(*one) == *chosen)?;
        Some((place, jid, key))
    }

    /// Whether what is chosen was seen: only then can something be done about it.
    pub fn was_seen(&self) -> bool {
        self.painted
    }

    fn place(&self) -> Option<usize> {
        self.chosen().map(|(place, ..)| place)
    }

    /// Paints the page with the chosen one in sight.
    pub fn draw(&mut self, sheet: &Sheet, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let place = self.place();
        self.scroll.draw(sheet, place, theme, area, buf);
        self.painted = !area.is_empty();
        self.narrow = area.width < NARROW;
    }

    fn step(&mut self, by: isize) {
        let place = self.place().unwrap_or(0).saturating_add_signed(by);
        let last = self.all().count().saturating_sub(1);
        let next = self.all().nth(place.min(last)).map(ChosenKey::of);
        self.chosen = next;
        self.scroll.follow();
    }

    /// What a key does on such a page; None: nothing here.
    pub fn on_key(&mut self, key: Key) -> Option<Vec<Ask>> {
        match key.code {
            KeyCode::Up => self.step(-1),
            KeyCode::Down => self.step(1),
            KeyCode::PageUp => self.scroll.by(-self.scroll.page()),
            KeyCode::PageDown => self.scroll.by(self.scroll.page()),
            KeyCode::Home => self.scroll.to(false),
            KeyCode::End => self.scroll.to(true),
            _ => {
                return match key.typed()? {
                    'v' => self.decide(Trust::Verified),
                    't' => self.decide(Trust::Blind),
                    'x' => self.decide(Trust::Distrusted),
                    'u' => self.undo(),
                    's' => self.begin_anew(),
                    _ => None,
                };
            }
        }
        Some(Vec::new())
    }

    fn decide(&mut self, trust: Trust) -> Option<Vec<Ask>> {
        if !self.painted {
            return Some(Vec::new());
        }
        let (_, jid, key) = self.chosen()?;
        let decided = Decided {
            jid: jid.clone(),
            fingerprint: key.fingerprint?,
            before: key.trust.unwrap_or(Trust::Undecided),
        };
        if key.trust == Some(trust) {
            return Some(Vec::new());
        }
        let what = match trust {
            Trust::Verified => "is verified",
            Trust::Blind => "is trusted, not verified",
            Trust::Distrusted => "is distrusted and left out",
            Trust::Undecided => "waits for your decision",
        };
        let done = format!("{} {what} now; u takes it back.", called(key));
        let ask = set(&decided.jid, decided.fingerprint, trust, done);
        self.undo = Some(decided);
        Some(vec![ask])
    }

    /// New sessions with the chosen device: what helps where messages cannot be read
    /// any more (XEP-0384 §rules).
    fn begin_anew(&mut self) -> Option<Vec<Ask>> {
        let (_, jid, key) = self
            .chosen()
            .filter(|(.., key)| self.painted && has_sessions(key))?;
        let device = key.device?;
        Some(vec![Ask::Command {
            command: Command::ResetSessions {
                jid: jid.clone(),
                device: Some(device),
            },
            done: Some(format!(
                "Begun anew with device {device}; what could not be read has to be sent again."
            )),
        }])
    }

    fn undo(&mut self) -> Option<Vec<Ask>> {
        let last = self.undo.take()?;
        let done = "Taken back: the key is as it was before.".to_owned();
        Some(vec![set(&last.jid, last.fingerprint, last.before, done)])
    }

    /// The keys that matter, for the footer.
    pub fn hints(&self) -> Vec<(String, String)> {
        let mut hints = Vec::new();
        if let Some((_, _, key)) = self.chosen() {
            // All three decisions are named before anything else is, or none would be made but the first.
            let offers = match self.narrow {
                false => [
                    ("v", "verified: it is the same", Trust::Verified),
                    ("x", "distrust", Trust::Distrusted),
                    ("t", "trust unverified", Trust::Blind),
                ],
                true => [
                    ("v", "same", Trust::Verified),
                    ("x", "bad", Trust::Distrusted),
                    ("t", "trust", Trust::Blind),
                ],
            };
            let open = offers
                .into_iter()
                .filter(|(_, _, trust)| key.fingerprint.is_some() && key.trust != Some(*trust));
            hints.extend(open.map(|(key, what, _)| (key.to_owned(), what.to_owned())));
            if has_sessions(key) {
                hints.push(("s".to_owned(), "new session".to_owned()));
            }
        }
        if self.undo.is_some() {
            hints.insert(0, ("u".to_owned(), "take back".to_owned()));
        }
        hints
    }

    /// Asks for what cannot be compared yet, wherever there is a connection: a device that showed no key, or
    /// one of OMEMO 2 whose form there is not known.
    pub fn missing(&self, world: &Context<'_>) -> Vec<Command> {
        let lacks = |key: &DeviceKey| {
            let newer = key.dialects.contains(&Dialect::Omemo2) && key.ed25519.is_none();
            !key.this && key.active && (key.fingerprint.is_none() || newer)
        };
        let wanted = self.owners.iter().filter(|owner| {
            let nobody = owner.jid != *world.own && owner.keys.is_empty();
            world.online && (nobody || owner.keys.iter().any(lacks))
        });
        wanted
            .map(|owner| Command::RefreshDevices(owner.jid.clone()))
            .collect()
    }

    /// Which form of a fingerprint is compared with whom, if the page shows two.
    pub fn which_form(&self, world: &Context<'_>) -> Option<&'static str> {
        let two = |key: &DeviceKey| lines::shows_two(key, self.forms(world, key));
        let mut keys = self.owners.iter().flat_map(|owner| &owner.keys);
        keys.any(two).then_some(lines::WHICH_FORM)
    }

    fn forms(&self, world: &Context<'_>, key: &DeviceKey) -> Forms {
        if key.this {
            self.forms_of_ours(world)
        } else {
            Forms::of_theirs(key)
        }
    }

    fn forms_of_ours(&self, world: &Context<'_>) -> Forms {
        let others = self.owners.iter().filter(|other| other.jid != *world.own);
        Forms::of_ours(others.flat_map(|other| &other.keys))
    }

    /// One person's keys; `from`: the place of their first key that can be chosen. Returns
    /// the place after their last.
    pub fn write(&self, sheet: &mut Sheet, world: &Context<'_>, owner: &Owner, from: usize) -> usize {
        let mut place = from;
        for key in &owner.keys {
            let choosable = !key.this;
            let item = choosable.then_some(place);
            sheet.gap();
            sheet.item(item);
            let forms = self.forms(world, key);
            let chosen = item.is_some() && item == self.place();
            lines::write_key(sheet, world, key, forms, chosen);
            sheet.item(None);
            place += usize::from(choosable);
        }
        place
    }
}

/// Whether it is a device that may be written to, now or after a decision.
fn has_sessions(key: &DeviceKey) -> bool {
    key.active && key.device.is_some() && key.trust != Some(Trust::Distrusted)
}

fn set(jid: &BareJid, fingerprint: Fingerprint, trust: Trust, done: String) -> Ask {
    Ask::Command {
        command: Command::SetTrust {
            jid: jid.clone(),
            fingerprint,
            trust,
        },
        done: Some(done),
    }
}

fn called(key: &DeviceKey) -> String {
    match key.device {
        Some(id) => format!("The key of device {id}"),
        None => "The key".to_owned(),
    }
}
