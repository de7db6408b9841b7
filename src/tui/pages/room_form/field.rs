//! One field of a form, as it came and as the person wants it.

use super::said;
use crate::theme::{Glyph, Theme};
use model::Clean;
use model::form::{Field, FieldKind};

/// Bytes that are taken of what is typed.
const LONGEST: usize = 4_000;
/// Stands between several addresses.
const BETWEEN: &str = ", ";

/// A field with what it is to be.
pub(super) struct Filled {
    field: Field,
    /// What it is to be: for a text the text, for a choice the value.
    wanted: String,
    before: String,
}

impl Filled {
    pub(super) fn new(field: &Field) -> Self {
        let before = match field.kind {
            FieldKind::Boolean => if field.is_true() { "1" } else { "0" }.to_owned(),
            _ => field.values.join(BETWEEN),
        };
        Self {
            field: field.clone(),
            wanted: before.clone(),
            before,
        }
    }

    /// What the room calls it.
    pub(super) fn label(&self) -> String {
        let label = self.field.label.as_ref().map(said);
        let label = label.filter(|label| !label.trim().is_empty());
        label.unwrap_or_else(|| said(&Clean::line(&self.field.var)))
    }

    pub(super) fn is_changed(&self) -> bool {
        self.wanted != self.before
    }

    /// Whether it is filled in by typing.
    pub(super) fn is_typed(&self) -> bool {
        let is_text = matches!(
            self.field.kind,
            FieldKind::Line | FieldKind::Jid | FieldKind::Jids | FieldKind::Secret
        );
        // Without anything to choose from the value is free.
        is_text || (self.field.kind == FieldKind::ListOne && self.field.options.is_empty())
    }

    /// What it is to be, in words; a secret in dots.
    pub(super) fn shown(&self, theme: &Theme) -> String {
        match self.field.kind {
            FieldKind::Boolean => if self.wanted == "1" { "yes" } else { "no" }.to_owned(),
            FieldKind::ListOne => {
                let mut options = self.field.options.iter();
                let option = options.find(|(_, value)| *value == self.wanted);
                let words = option.map(|(words, _)| words).filter(|words| !words.is_empty());
                words.map_or_else(|| said(&Clean::line(&self.wanted)), said)
            }
            FieldKind::Secret => theme
                .glyph(Glyph::Here)
                .repeat(self.wanted.chars().count().min(20)),
            _ => said(&Clean::new(&self.wanted)),
        }
    }

    /// The next of what can be chosen; false if that is no such field.
    pub(super) fn next(&mut self) -> bool {
        match self.field.kind {
            FieldKind::Boolean => {
                self.wanted = if self.wanted == "1" { "0" } else { "1" }.to_owned();
                true
            }
            FieldKind::ListOne if !self.field.options.is_empty() => {
                let options = &self.field.options;
                let at = options.iter().position(|(_, value)| *value == self.wanted);
                let next = at.map_or(0, |at| (at + 1) % options.len());
                if let Some((_, value)) = options.get(next) {
                    self.wanted.clone_from(value);
                }
                true
            }
            _ => false,
        }
    }

    pub(super) fn add(&mut self, text: &str) {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        if self.wanted.len() + text.len() <= LONGEST {
            self.wanted.push_str(&text);
        }
    }

    pub(super) fn rub_out(&mut self) {
        self.wanted.pop();
    }

    pub(super) fn empty(&mut self) {
        self.wanted.clear();
    }

    /// Its name and what it is to be, if that is something else than it was.
    pub(super) fn change(&self) -> Option<(Clean, Vec<Clean>)> {
        let values = match self.field.kind {
            FieldKind::Jids => {
                let each = self.wanted.split([',', ' ']).filter(|one| !one.is_empty());
                each.map(Clean::line).collect()
            }
            _ => vec![Clean::line(&self.wanted)],
        };
        self.is_changed().then(|| (Clean::line(&self.field.var), values))
    }
}
