//! The short name by which a person or a script names one message to this program.
//!
//! The id of a stanza cannot be that name: whoever sends it chooses it, so a contact can give a second
//! message the id of a first. A ref is made here, of the number of the row. Rows of all accounts of a vault
//! are counted together and a number is never used again (AUTOINCREMENT), so a ref names one message of the
//! vault for ever, or nothing any more.
//!
//! It is `m`, the number in Crockford's base 32 (lower case: neither `i`, `l`, `o` nor `u`, which look like
//! others), and one character that checks the others. Read from the left with the weights …, a², a, 1, where
//! `a` is 2 in the field of 32 elements, all characters sum up to 0. `a` has the order 31 and there are 14
//! characters at most, so the weights all differ: one wrong character, or two that changed places, never make
//! the ref of another message.

use std::fmt;

use super::MessageId;

const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const PREFIX: char = 'm';
/// The digits of the largest number: 63 bits.
const LONGEST: usize = 13;

/// The name of one message of this vault; see the head of this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageRef(MessageId);

impl MessageRef {
    pub fn new(message: MessageId) -> Self {
        Self(message)
    }

    pub fn message(self) -> MessageId {
        self.0
    }

    /// The ref that is written exactly like this. Each has one spelling, so no two texts are the same ref.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = text
            .strip_prefix(PREFIX)?
            .bytes()
            .map(value)
            .collect::<Option<Vec<u8>>>()?;
        let check = digits.pop()?;
        if digits.len() > LONGEST || digits.first().is_none_or(|first| *first == 0) || check != sum(&digits) {
            return None;
        }
        let mut number: i64 = 0;
        for digit in digits {
            number = number.checked_mul(32)?.checked_add(digit.into())?;
        }
        Some(Self(MessageId(number)))
    }
}

impl fmt::Display for MessageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0.0.max(0).unsigned_abs();
        let mut digits = Vec::with_capacity(LONGEST + 1);
        while left > 0 {
            digits.push((left & 31) as u8);
            left >>= 5;
        }
        digits.reverse();
        digits.push(sum(&digits));
        let letters = digits.iter().filter_map(|digit| DIGITS.get(usize::from(*digit)));
        write!(
            f,
            "{PREFIX}{}",
            letters.map(|letter| char::from(*letter)).collect::<String>()
        )
    }
}

fn value(letter: u8) -> Option<u8> {
    let at = DIGITS.iter().position(|digit| *digit == letter)?;
    u8::try_from(at).ok()
}

/// The character that brings the weighted sum to 0: in this field, the sum of what stands before it.
fn sum(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |sum, digit| twice(sum ^ digit))
}

/// Times `a`, in the field of 32 elements that x⁵ + x² + 1 makes.
fn twice(element: u8) -> u8 {
    let shifted = element << 1;
    if shifted & 0b10_0000 == 0 {
        shifted
    } else {
        shifted ^ 0b10_0101
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(number: i64) -> String {
        MessageRef::new(MessageId(number)).to_string()
    }

    #[test]
    fn a_ref_keeps_its_spelling_for_ever() {
        for (number, spelled) in [
            (1, "m12"),
            (2, "m24"),
            (31, "mzv"),
            (32, "m104"),
            (1_000_000, "mygj00"),
            (i64::MAX, "m7zzzzzzzzzzzz6"),
        ] {
            assert_eq!(name(number), spelled);
        }
    }

    #[test]
    fn what_is_spelled_otherwise_is_no_ref() {
        assert!(MessageRef::parse("m12").is_some());
        for other in [
            "",
            "m",
            "m0",
            "m00",
            "m012",
            "M12",
            "12",
            "m 12",
            "m12 ",
            "m1",
            "m2",
            "m1z",
            "n12",
            "m1é",
            "m80000000000006",
            "mzzzzzzzzzzzzzzzz",
        ] {
            assert_eq!(MessageRef::parse(other), None, "{other}");
        }
        // Nothing that could be: no number above that of the largest row, whatever its last character.
        for last in DIGITS {
            assert_eq!(
                MessageRef::parse(&format!("m8000000000000{}", char::from(*last))),
                None
            );
        }
    }

    proptest! {
        #[test]
        fn a_ref_is_read_as_it_was_written(number in 1..=i64::MAX) {
            let written = name(number);
            prop_assert_eq!(MessageRef::parse(&written), Some(MessageRef::new(MessageId(number))));
            prop_assert!(written.len() <= 15);
        }

        #[test]
        fn what_is_read_is_written_like_that(text in "m[0-9a-z]{1,15}") {
            if let Some(read) = MessageRef::parse(&text) {
                prop_assert_eq!(read.to_string(), text);
            }
        }

        #[test]
        fn one_wrong_character_or_two_that_changed_places_name_no_message(
            number in 1..=i64::MAX, at in 1usize..15, other in 1usize..15, letter in 0usize..32
        ) {
            let written = name(number).into_bytes();
            prop_assume!(at < written.len() && other < written.len());
            let mut wrong = written.clone();
            wrong[at] = DIGITS[letter];
            let mut swapped = written.clone();
            swapped.swap(at, other);
            for typed in [wrong, swapped] {
                let read = MessageRef::parse(std::str::from_utf8(&typed).unwrap());
                prop_assert_eq!(read.is_some(), typed == written);
            }
        }
    }
}
