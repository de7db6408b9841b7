//! Six random words: a passphrase that a person can remember and no machine can guess.
//!
//! The list is the EFF's large one (7776 words, CC BY 3.0 US, see `assets/eff-large-wordlist.LICENSE`); six
//! words are 77.5 bits, which no guessing gets through when each guess costs an Argon2id run.

use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

static LIST: &str = include_str!("../../assets/eff-large-wordlist.txt");
/// Words in the list: five dice.
const LIST_LENGTH: u16 = 7776;
const WORDS: usize = 6;
const LONGEST: usize = 9;

/// Six words drawn evenly and independently, with a space between each two.
pub fn six_words(rng: &mut dyn CryptoRng) -> Zeroizing<String> {
    // Room for all of it at once: a string that grows leaves its beginnings behind in memory.
    let mut out = Zeroizing::new(String::with_capacity(WORDS * (LONGEST + 1)));
    for _ in 0..WORDS {
        if !out.is_empty() {
            out.push(' ');
        }
        // The list has exactly LIST_LENGTH lines (a test counts them), so there always is a word.
        out.push_str(LIST.lines().nth(draw(rng).into()).unwrap_or_default());
    }
    out
}

/// An even draw from 0..7776: of the 65,536 values of two bytes, those over the last
/// whole multiple are thrown away.
fn draw(rng: &mut dyn CryptoRng) -> u16 {
    const WHOLE: u16 = u16::MAX / LIST_LENGTH * LIST_LENGTH;
    let mut bytes = [0; 2];
    loop {
        rng.fill_bytes(&mut bytes);
        let value = u16::from_le_bytes(bytes);
        bytes.zeroize();
        if value < WHOLE {
            return value % LIST_LENGTH;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_is_7776_different_plain_words_of_at_most_nine_letters() {
        let words: BTreeSet<&str> = LIST.lines().collect();
        assert_eq!(LIST.lines().count(), usize::from(LIST_LENGTH));
        assert_eq!(words.len(), usize::from(LIST_LENGTH));
        for word in words {
            assert!((3..=LONGEST).contains(&word.len()), "{word}");
            assert!(
                word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{word}"
            );
        }
    }

    #[test]
    fn six_words_are_six_words_of_the_list_and_strong_enough() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        for _ in 0..20 {
            let words = six_words(&mut rng);
            assert_eq!(words.split(' ').count(), 6);
            assert!(words.split(' ').all(|word| LIST.lines().any(|line| line == word)));
            assert_eq!(crate::check_strength(&words), Ok(()));
        }
        assert_ne!(*six_words(&mut rng), *six_words(&mut rng));
    }

    #[test]
    fn every_word_can_be_drawn_and_none_is_much_likelier() {
        let mut rng = ChaCha20Rng::seed_from_u64(4);
        let mut drawn = vec![0u32; LIST_LENGTH.into()];
        for _ in 0..100 * u32::from(LIST_LENGTH) {
            drawn[usize::from(draw(&mut rng))] += 1;
        }
        // Mean 100, standard deviation 10.
        assert!(drawn.iter().all(|count| (40..=160).contains(count)));
    }
}
