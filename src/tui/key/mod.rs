//! One pressed key with its modifiers, and its name as people write it: "Alt-Enter", "Ctrl-P", "F1", "PgUp".
//!
//! Names show letters as they stand on the keyboard: "Ctrl-P" and "Alt-A" are without Shift, "Alt-Shift-A" is
//! with it. A letter by itself is what it types: "k" and "K" are two keys.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key as the terminal tells it, made comparable: Shift counts only where it changes nothing else
/// (Shift-Up, Shift-Tab), since a capital letter says it already; letters with Ctrl are lower case.
///
/// Shift-Tab is `Tab` with `SHIFT`, never `BackTab`; Ctrl-@ is Ctrl-Space, and Ctrl-/ is Ctrl-_,
/// since they are the same byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        Self::tidy(event.code, event.modifiers)
    }
}

impl From<KeyCode> for Key {
    fn from(code: KeyCode) -> Self {
        Self::tidy(code, KeyModifiers::NONE)
    }
}

/// The modifiers in the order in which names have them; the first spelling is ours,
/// the others are understood too.
const MODIFIERS: &[(KeyModifiers, &[&str])] = &[
    (KeyModifiers::CONTROL, &["Ctrl", "Control"]),
    (KeyModifiers::ALT, &["Alt"]),
    (KeyModifiers::SHIFT, &["Shift"]),
    (KeyModifiers::SUPER, &["Super"]),
    (KeyModifiers::HYPER, &["Hyper"]),
    (KeyModifiers::META, &["Meta"]),
];

/// The keys that are no characters; the first spelling is ours, the others are understood too.
const NAMED: &[(KeyCode, &[&str])] = &[
    (KeyCode::Enter, &["Enter", "Return"]),
    (KeyCode::Esc, &["Esc", "Escape"]),
    (KeyCode::Tab, &["Tab"]),
    (KeyCode::BackTab, &["BackTab"]),
    (KeyCode::Backspace, &["Backspace"]),
    (KeyCode::Delete, &["Delete", "Del"]),
    (KeyCode::Insert, &["Insert", "Ins"]),
    (KeyCode::Up, &["Up"]),
    (KeyCode::Down, &["Down"]),
    (KeyCode::Left, &["Left"]),
    (KeyCode::Right, &["Right"]),
    (KeyCode::Home, &["Home"]),
    (KeyCode::End, &["End"]),
    (KeyCode::PageUp, &["PgUp", "PageUp", "Page-Up"]),
    (KeyCode::PageDown, &["PgDn", "PgDown", "PageDown", "Page-Down"]),
    (KeyCode::Char(' '), &["Space"]),
    (KeyCode::CapsLock, &["CapsLock"]),
    (KeyCode::ScrollLock, &["ScrollLock"]),
    (KeyCode::NumLock, &["NumLock"]),
    (KeyCode::PrintScreen, &["PrintScreen"]),
    (KeyCode::Pause, &["Pause"]),
    (KeyCode::Menu, &["Menu"]),
    (KeyCode::KeypadBegin, &["KeypadBegin"]),
];

impl Key {
    /// One form for all that terminals (and people) call by different names.
    fn tidy(code: KeyCode, modifiers: KeyModifiers) -> Self {
        match code {
            KeyCode::BackTab => Self {
                code: KeyCode::Tab,
                modifiers: modifiers | KeyModifiers::SHIFT,
            },
            KeyCode::Null => Self {
                code: KeyCode::Char(' '),
                modifiers: (modifiers | KeyModifiers::CONTROL) - KeyModifiers::SHIFT,
            },
            KeyCode::Char(c) => Self {
                code: KeyCode::Char(tidy_char(c, modifiers)),
                modifiers: modifiers - KeyModifiers::SHIFT,
            },
            code => Self { code, modifiers },
        }
    }

    /// The character that typing this key inserts, if any.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() && !c.is_control() => Some(c),
            _ => None,
        }
    }

    /// The same key as it arrives where Caps Lock is on: an Alt-letter without Shift.
    #[must_use]
    pub fn without_shift(self) -> Option<Self> {
        match self.code {
            KeyCode::Char(c) if c.is_ascii_uppercase() && self.modifiers.contains(KeyModifiers::ALT) => {
                Some(Self {
                    code: KeyCode::Char(c.to_ascii_lowercase()),
                    ..self
                })
            }
            _ => None,
        }
    }

    /// Why a terminal cannot tell this key from another, where it cannot (XTerm Control Sequences, "C1 and
    /// C0 controls"; a control key is one byte, and several keys share some of them): the end of a
    /// sentence that begins with its name.
    pub fn untold(self) -> Option<String> {
        let (control, alt) = (KeyModifiers::CONTROL, KeyModifiers::ALT);
        match self.code {
            KeyCode::Char(c) if self.modifiers.contains(control) => match c {
                'm' => Some("reaches programs as Enter".into()),
                'i' => Some("reaches programs as Tab".into()),
                '[' | '3' => Some("reaches programs as Esc".into()),
                '?' | '8' => Some("reaches programs as Backspace".into()),
                'a'..='z' | ' ' | '\\' | ']' | '^' | '_' => None,
                c => Some(format!("reaches programs as a mere {c} from most terminals")),
            },
            KeyCode::Char('O' | '[') if self.modifiers == alt => {
                Some("cannot be told from the beginning of an arrow key".into())
            }
            KeyCode::Esc if self.modifiers.contains(alt) => Some("reaches programs as Esc".into()),
            KeyCode::Media(_) | KeyCode::Modifier(_) => Some("does not reach programs".into()),
            _ => None,
        }
    }
}

fn tidy_char(c: char, modifiers: KeyModifiers) -> char {
    let shift = modifiers.contains(KeyModifiers::SHIFT);
    if !modifiers.contains(KeyModifiers::CONTROL) {
        return if shift { cased(c, c.to_uppercase()) } else { c };
    }
    match c {
        // What the bytes 0 and 1C to 1F are called differs: crossterm says 4 to 7,
        // people say what stands on the key.
        '2' | '@' => ' ',
        '4' => '\\',
        '5' => ']',
        '6' => '^',
        '7' | '/' => '_',
        '-' if shift => '_',
        c => cased(c, c.to_lowercase()),
    }
}

/// `c` in the other case, where that is one character.
fn cased(c: char, mut other: impl Iterator<Item = char>) -> char {
    match (other.next(), other.next()) {
        (Some(other), None) => other,
        _ => c,
    }
}

/// A name of no key, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no key; write it like Ctrl-P, Alt-Enter, F1, PgUp or Alt-A")]
pub struct NoKey(pub String);

impl FromStr for Key {
    type Err = NoKey;

    /// Reads a name, in whatever case modifiers and named keys are written; "Ctrl+P" will do too.
    fn from_str(name: &str) -> Result<Self, NoKey> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = name.trim();
        while let Some((modifier, behind)) = modifier(rest) {
            modifiers |= modifier;
            rest = behind;
        }
        let code = code(rest).ok_or_else(|| NoKey(name.into()))?;
        // "Alt-A" is what stands on the keyboard; Shift must be said.
        let without_shift = !modifiers.is_empty() && !modifiers.contains(KeyModifiers::SHIFT);
        let code = match code {
            KeyCode::Char(c) if without_shift => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Ok(Self::tidy(code, modifiers))
    }
}

/// A modifier that `name` begins with, and what stands behind it.
fn modifier(name: &str) -> Option<(KeyModifiers, &str)> {
    MODIFIERS.iter().find_map(|(modifier, spellings)| {
        let behind = spellings.iter().find_map(|spelling| {
            let (head, tail) = name.split_at_checked(spelling.len())?;
            let tail = tail.strip_prefix(['-', '+'])?;
            (head.eq_ignore_ascii_case(spelling) && !tail.is_empty()).then_some(tail)
        })?;
        Some((*modifier, behind))
    })
}

fn code(name: &str) -> Option<KeyCode> {
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return (!letter.is_control()).then_some(KeyCode::Char(letter));
    }
    let same = |spelling: &&str| spelling.eq_ignore_ascii_case(name);
    if let Some((code, _)) = NAMED.iter().find(|(_, spellings)| spellings.iter().any(same)) {
        return Some(*code);
    }
    let number = name.strip_prefix(['F', 'f'])?;
    let plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    plain.then(|| number.parse().ok().map(KeyCode::F)).flatten()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (_, spellings) in MODIFIERS.iter().filter(|(one, _)| self.modifiers.contains(*one)) {
            write!(f, "{}-", spellings.first().copied().unwrap_or_default())?;
        }
        if let Some((_, spellings)) = NAMED.iter().find(|(code, _)| *code == self.code) {
            return f.write_str(spellings.first().copied().unwrap_or_default());
        }
        match self.code {
            KeyCode::F(number) => write!(f, "F{number}"),
            KeyCode::Char(c) if c.is_control() => write!(f, "{}", c.escape_unicode()),
            KeyCode::Char(c) if self.modifiers.is_empty() => write!(f, "{c}"),
            KeyCode::Char(c) if c.is_ascii_uppercase() => write!(f, "Shift-{c}"),
            KeyCode::Char(c) => write!(f, "{}", c.to_ascii_uppercase()),
            code => write!(f, "{code}"),
        }
    }
}

#[cfg(test)]
mod tests;
