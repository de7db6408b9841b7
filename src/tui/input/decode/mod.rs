//! Bytes to keys. What is not whole yet waits; what is no key of any terminal is passed over.

use crossterm::event::{Event, KeyCode, KeyModifiers};
use zeroize::{Zeroize, Zeroizing};

use super::csi;
use super::step::{DecodeStep, Typed, key};

const ESC: u8 = 0x1b;
/// The longest sequence that is a key or an answer; what is longer is none.
const LONGEST: usize = 64;
/// What ends a paste.
const PASTED: &[u8] = b"\x1b[201~";
/// Bytes of a paste that are kept: many messages' worth.
const MOST_PASTED: usize = 4 << 20;

/// Keeps what is not whole yet.
#[derive(Default)]
pub struct Decoder {
    kept: Zeroizing<Vec<u8>>,
    pasted: Option<Zeroizing<Vec<u8>>>,
}

impl Decoder {
    /// Takes bytes in; what they are, with those that were kept before.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Typed> {
        let mut found = Vec::new();
        for &byte in bytes {
            match &mut self.pasted {
                Some(pasted) => {
                    let end = add_pasted(pasted, byte);
                    if end {
                        found.extend(self.end_paste());
                    }
                }
                None => {
                    self.kept.push(byte);
                    self.step(false, &mut found);
                }
            }
        }
        found
    }

    /// Whether something is kept that may be whole as it is.
    pub fn is_waiting(&self) -> bool {
        match self.kept.as_slice() {
            [] => false,
            // The rest of a sequence may be on its way for as long as it wants: nobody types its beginning.
            [ESC, b'[', _, ..] | [ESC, ESC, b'[', _, ..] => false,
            _ => true,
        }
    }

    /// Nothing followed: what is kept is all there is.
    pub fn no_more(&mut self) -> Vec<Typed> {
        let mut found = Vec::new();
        if self.is_waiting() {
            self.step(true, &mut found);
        }
        found
    }

    /// Makes of what is kept as much as can be made.
    fn step(&mut self, is_all: bool, found: &mut Vec<Typed>) {
        while !self.kept.is_empty() {
            let step = match one(&self.kept) {
                DecodeStep::Waits if self.kept.len() > LONGEST => DecodeStep::Is(self.kept.len(), None),
                DecodeStep::Waits if is_all => alone(&self.kept),
                step => step,
            };
            match step {
                DecodeStep::Waits => return,
                DecodeStep::Is(count, typed) => {
                    self.drop_kept(count);
                    found.extend(typed);
                }
                DecodeStep::Paste(count) => {
                    self.drop_kept(count);
                    self.pasted = Some(Zeroizing::new(Vec::with_capacity(4096)));
                    return;
                }
            }
        }
    }

    fn drop_kept(&mut self, count: usize) {
        let rest = self.kept.get(count.max(1)..).unwrap_or_default().to_vec();
        self.kept.zeroize();
        *self.kept = rest;
    }

    fn end_paste(&mut self) -> Vec<Typed> {
        let Some(pasted) = self.pasted.take() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if std::str::from_utf8(&pasted).is_err() {
            found.push(Typed::NotUtf8);
        }
        let text = String::from_utf8_lossy(&pasted).into_owned();
        found.push(Typed::Event(Event::Paste(text)));
        found
    }
}

/// True if the paste is whole; its end is no part of it.
fn add_pasted(pasted: &mut Vec<u8>, byte: u8) -> bool {
    pasted.push(byte);
    if let Some(text) = pasted.strip_suffix(PASTED) {
        let length = text.len();
        pasted.truncate(length.min(MOST_PASTED));
        return true;
    }
    if pasted.len() > MOST_PASTED + PASTED.len() {
        // What is too much goes; what may be the beginning of the end stays.
        let at = pasted.len() - PASTED.len() - 1;
        pasted.remove(at);
    }
    false
}

/// What the bytes, which are not empty, begin with.
fn one(bytes: &[u8]) -> DecodeStep {
    match bytes {
        [ESC] | [ESC, b'[' | b'O' | ESC] => DecodeStep::Waits,
        [ESC, b'[', ..] => csi::one(bytes),
        [ESC, b'O', last, ..] => {
            DecodeStep::Is(3, csi::function(*last).map(|code| key(code, KeyModifiers::NONE)))
        }
        // How some terminals send a key with Alt.
        [ESC, rest @ ..] if matches!(rest, [ESC, b'[' | b'O', ..]) => with_alt(one(rest)),
        [ESC, ESC, ..] => DecodeStep::Is(1, Some(key(KeyCode::Esc, KeyModifiers::NONE))),
        [ESC, rest @ ..] => with_alt(plain(rest)),
        _ => plain(bytes),
    }
}

/// The same, if nothing else comes.
fn alone(bytes: &[u8]) -> DecodeStep {
    match bytes {
        [ESC, second @ (b'[' | b'O')] => {
            let letter = KeyCode::Char(char::from(*second));
            DecodeStep::Is(2, Some(key(letter, KeyModifiers::ALT | shifted(*second))))
        }
        [ESC, ..] => DecodeStep::Is(1, Some(key(KeyCode::Esc, KeyModifiers::NONE))),
        // The beginning of a letter that never came.
        _ => DecodeStep::Is(1, Some(Typed::NotUtf8)),
    }
}

fn shifted(letter: u8) -> KeyModifiers {
    match letter.is_ascii_uppercase() {
        true => KeyModifiers::SHIFT,
        false => KeyModifiers::NONE,
    }
}

fn with_alt(step: DecodeStep) -> DecodeStep {
    match step {
        DecodeStep::Is(count, Some(Typed::Event(Event::Key(mut key)))) => {
            key.modifiers |= KeyModifiers::ALT;
            DecodeStep::Is(count + 1, Some(Typed::Event(Event::Key(key))))
        }
        DecodeStep::Is(count, typed) => DecodeStep::Is(count + 1, typed),
        DecodeStep::Paste(count) => DecodeStep::Paste(count + 1),
        DecodeStep::Waits => DecodeStep::Waits,
    }
}

/// A letter or a control key.
fn plain(bytes: &[u8]) -> DecodeStep {
    let Some(&first) = bytes.first() else {
        return DecodeStep::Waits;
    };
    let control = |letter: u8| {
        let letter = KeyCode::Char(char::from(letter));
        DecodeStep::Is(1, Some(key(letter, KeyModifiers::CONTROL)))
    };
    let named = |code| DecodeStep::Is(1, Some(key(code, KeyModifiers::NONE)));
    match first {
        b'\r' => named(KeyCode::Enter),
        b'\t' => named(KeyCode::Tab),
        0x7f => named(KeyCode::Backspace),
        0 => control(b' '),
        0x01..=0x1a => control(first - 1 + b'a'),
        0x1c..=0x1f => control(first - 0x1c + b'4'),
        _ => letter(bytes),
    }
}

/// One character in UTF-8.
fn letter(bytes: &[u8]) -> DecodeStep {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let (whole, _) = bytes.split_at(error.valid_up_to());
            match (std::str::from_utf8(whole), error.error_len()) {
                (Ok(text), _) if !text.is_empty() => text,
                (_, None) => return DecodeStep::Waits,
                (_, Some(count)) => return DecodeStep::Is(count, Some(Typed::NotUtf8)),
            }
        }
    };
    match text.chars().next() {
        Some(c) => {
            let shift = if c.is_uppercase() {
                KeyModifiers::SHIFT
            } else {
                KeyModifiers::NONE
            };
            DecodeStep::Is(c.len_utf8(), Some(key(KeyCode::Char(c), shift)))
        }
        None => DecodeStep::Waits,
    }
}

#[cfg(test)]
mod tests;
