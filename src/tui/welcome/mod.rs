//! Unlocking and the first run: one screen a step, back at any time, nothing typed is lost.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::front::{Answer, First, Request, Start};
use super::key::Key;
use super::theme::Theme;
use crate::api::{Command, Event};
use crate::model::Fingerprint;

/// What the welcome wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    Request(Request),
    /// To the session, once there is one (the first contact).
    Command(Command),
    /// The main screen may begin.
    Begin,
    Leave,
}

/// What the welcome hears of an answer; the session itself stays with the loop.
pub enum Heard {
    Answer(Answer),
    /// The session runs (its channels are the loop's); the wizard may have one more step.
    Live,
    /// From the session, while the wizard still shows its last step.
    Event(Event),
}

/// The unlock screen or the wizard.
pub struct Welcome {
    first: First,
    fingerprint: Option<Fingerprint>,
}

impl Welcome {
    pub fn new(start: &Start) -> Self {
        Self {
            first: start.first,
            fingerprint: None,
        }
    }

    pub fn on_key(&mut self, key: Key) -> Vec<Wish> {
        todo!("{key:?}{:?}{:?}", self.first, self.fingerprint)
    }

    pub fn on_paste(&mut self, text: &str) {
        todo!("{text}")
    }

    pub fn hear(&mut self, heard: Heard) -> Vec<Wish> {
        let _ = heard;
        todo!()
    }

    /// Paints the whole screen; where the cursor stands.
    pub fn draw(&mut self, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<Position> {
        todo!("{theme:?}{area:?}{:?}", buf.area)
    }
}
