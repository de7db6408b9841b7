//! A question that is answered by a letter pressed twice. What is asked is a [`Matter`]; how it is asked,
//! answered and painted stands here, once for all of them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::press_twice::{Pressed, Twice};
use crate::action::Action;
use crate::ask::{Ask, Context, Question};
use crate::key::Key;
use crate::pages::sheet::Sheet;
use crate::theme::Part;
use model::Fingerprint;

/// What is asked.
pub(super) trait Matter {
    /// It opens by itself, so what is typed may be meant for the composer.
    const BY_ITSELF: bool;

    /// Reads it again. False: there is nothing to ask any more.
    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool>;

    /// The key that is asked about, where there are several, one after the other.
    fn key(&self) -> Option<Fingerprint> {
        None
    }

    /// The question itself, in at most `lines` lines.
    fn ask(&self, world: &Context<'_>, sheet: &mut Sheet, lines: usize);

    /// The answers that there are now.
    fn offers(&self, world: &Context<'_>) -> Offers;

    /// Why it cannot be answered while the composer holds text, and what helps. Only
    /// of one that opens by itself.
    fn meanwhile(&self, _world: &Context<'_>) -> String {
        String::new()
    }

    /// What is to be asked when it is left without an answer.
    fn left(&self) -> Vec<Ask> {
        Vec::new()
    }
}

/// The answers of a question.
pub(super) struct Offers {
    pub(super) answers: Vec<Offered>,
    /// What the key that goes back does.
    pub(super) back: Words,
    /// Columns from which on the long words are taken.
    pub(super) wide: usize,
}

/// One answer.
pub(super) struct Offered {
    pub(super) letter: char,
    pub(super) words: Words,
    pub(super) asks: Vec<Ask>,
}

/// What a key does, in the words for a narrow and for a wide sheet, and once a letter was pressed.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) short: &'static str,
    pub(super) long: &'static str,
    pub(super) sure: &'static str,
}

impl Words {
    /// Of the key that goes back from what opened by itself.
    pub(super) const LATER: Self = Self {
        short: "later",
        long: "decide later",
        sure: "do not",
    };
}

/// The question about a matter; None if there is nothing to ask any more.
pub(super) fn about<M: Matter + 'static>(
    world: &Context<'_>,
    mut matter: M,
) -> store::Result<Option<Box<dyn Question>>> {
    let asked = matter.refresh(world)?;
    let twice = Twice::new(M::BY_ITSELF);
    Ok(asked.then(|| Box::new(Choice { matter, twice }) as Box<dyn Question>))
}

struct Choice<M> {
    matter: M,
    twice: Twice,
}

impl<M: Matter> Choice<M> {
    fn letters(&self, world: &Context<'_>) -> Vec<char> {
        let offers = self.matter.offers(world);
        offers.answers.iter().map(|offer| offer.letter).collect()
    }

    /// In at most `height` lines: the answers always.
    fn sheet(&self, world: &Context<'_>, width: u16, height: usize) -> Sheet {
        let mut answers = Sheet::new(width);
        self.answers(world, &mut answers);
        let lines = height.saturating_sub(answers.len());
        let mut sheet = Sheet::new(width);
        self.matter.ask(world, &mut sheet, lines);
        sheet.truncate(lines);
        sheet.append(answers);
        sheet
    }

    /// The keys that count now: all until one was pressed, then that one and the key that goes back.
    fn answers(&self, world: &Context<'_>, sheet: &mut Sheet) {
        if M::BY_ITSELF && world.composing {
            sheet.say(0, &self.matter.meanwhile(world), Part::Plain);
            return;
        }
        let offers = self.matter.offers(world);
        let wide = sheet.columns() >= offers.wide;
        let word = |words: &Words| if wide { words.long } else { words.short };
        let pressed = self.twice.sure();
        let mut keys: Vec<(String, &str)> = match pressed {
            Some(letter) => offers
                .answers
                .iter()
                .filter(|offer| offer.letter == letter)
                .map(|offer| (letter.to_string(), offer.words.sure))
                .collect(),
            None => offers
                .answers
                .iter()
                .map(|offer| (offer.letter.to_string(), word(&offer.words)))
                .collect(),
        };
        let back = pressed.map_or_else(|| word(&offers.back), |_| offers.back.sure);
        keys.push((world.keymap.name(Action::Back).to_string(), back));
        let keys: Vec<(&str, &str)> = keys.iter().map(|(key, what)| (key.as_str(), *what)).collect();
        sheet.keys(&keys);
    }
}

impl<M: Matter> Question for Choice<M> {
    fn height(&self, world: &Context<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns, usize::MAX).len()).unwrap_or(u16::MAX)
    }

    fn wants(&self, key: Key, world: &Context<'_>) -> bool {
        self.twice.wants(&self.letters(world), key, world)
    }

    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let letters = self.letters(world);
        Ok(match self.twice.press(&letters, key, world) {
            Pressed::Answered(letter) => {
                let mut offers = self.matter.offers(world).answers;
                let chosen = offers.iter().position(|offer| offer.letter == letter);
                chosen.map_or_else(Vec::new, |at| offers.swap_remove(at).asks)
            }
            Pressed::Typed(ask) => vec![ask],
            Pressed::Nothing => Vec::new(),
        })
    }

    fn left(&self) -> Vec<Ask> {
        self.matter.left()
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        let before = self.matter.key();
        let asked = self.matter.refresh(world)?;
        if self.matter.key() != before {
            self.twice.begin_anew();
        }
        Ok(asked)
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if !area.is_empty() {
            self.twice.painted(world);
            let sheet = self.sheet(world, area.width, usize::from(area.height));
            sheet.draw(world.theme, 0, area, buf);
        }
        None
    }
}
