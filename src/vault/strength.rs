//! Which passphrases are refused. Whoever has the disk can guess without limit, so
//! this is the vault's thickness.

use std::fmt;

use zxcvbn::Score;

const LEAST_LENGTH: usize = 8;
/// More than 10^8 guesses by zxcvbn's estimate, each of which costs a run of Argon2id here.
const LEAST_SCORE: Score = Score::Three;

/// Why a passphrase is refused and what would be better, in whole sentences. Never
/// holds any of the passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness(String);

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Refuses what is short or easy to guess (zxcvbn, score under 3 of 4).
///
/// The estimator takes copies of the passphrase that it does not overwrite, so this is for commands that make
/// or change a vault and end soon after, not for those that stay.
pub fn check_strength(passphrase: &str) -> Result<(), Weakness> {
    if passphrase.chars().count() < LEAST_LENGTH {
        return Err(Weakness(format!(
            "It has fewer than {LEAST_LENGTH} characters. Use a few words, for example six random ones."
        )));
    }
    let estimate = estimate(passphrase);
    if estimate.score() >= LEAST_SCORE {
        return Ok(());
    }
    let mut sentences = Vec::new();
    if let Some(feedback) = estimate.feedback() {
        sentences.extend(feedback.warning().map(|warning| warning.to_string()));
        sentences.extend(feedback.suggestions().iter().map(ToString::to_string));
    }
    if sentences.is_empty() {
        sentences.push("It is too easy to guess. Use a few words, for example six random ones.".into());
    }
    Err(Weakness(sentences.join(" ")))
}

/// How good a passphrase is, in a few words, for somebody who is still typing it. Those that are
/// not called good are refused.
pub fn in_words(passphrase: &str) -> &'static str {
    if passphrase.chars().count() < LEAST_LENGTH {
        return "too short";
    }
    match estimate(passphrase).score() {
        Score::Four => "very good",
        Score::Three => "good",
        Score::Two => "not quite enough",
        _ => "easy to guess",
    }
}

fn estimate(passphrase: &str) -> zxcvbn::Entropy {
    zxcvbn::zxcvbn(passphrase, &["susurro", "xmpp", "omemo", "jabber"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_good_is_taken_and_nothing_else() {
        for (passphrase, words) in [
            ("", "too short"),
            ("kJ8#x!q", "too short"),
            ("letmein123", "easy to guess"),
            ("susurroomemo", "easy to guess"),
            ("correct horse battery staple plume", "very good"),
            ("vV7$kq2!Lz0wTe", "very good"),
        ] {
            assert_eq!(in_words(passphrase), words, "{passphrase}");
            assert_eq!(
                check_strength(passphrase).is_ok(),
                words.ends_with("good"),
                "{passphrase}"
            );
        }
    }

    #[test]
    fn weak_passphrases_are_refused_with_a_reason_and_advice() {
        for (weak, reason) in [
            ("", "fewer than 8"),
            ("kJ8#x!q", "fewer than 8"),
            ("letmein123", "similar to a commonly used password"),
            ("aaaaaaaaaaaaaaaa", "Repeats"),
            ("abcdefghijkl", "Sequences"),
            ("qwertyuiop", "common password"),
            ("P@ssw0rd123", "similar to a commonly used password"),
            ("susurroomemo", "Add another word"),
        ] {
            let weakness = check_strength(weak).expect_err(weak).to_string();
            assert!(weakness.contains(reason), "{weak}: {weakness}");
            assert!(weakness.ends_with('.'), "{weakness}");
            assert!(weak.is_empty() || !weakness.contains(weak), "{weakness}");
        }
    }

    #[test]
    fn good_passphrases_pass() {
        for good in [
            "correct horse battery staple plume",
            "vV7$kq2!Lz0wTe",
            "un mot de passe assez long et étrange",
        ] {
            assert_eq!(check_strength(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn length_counts_characters_and_very_long_ones_are_no_trouble() {
        assert!(check_strength("éééé").is_err());
        assert_eq!(
            check_strength(&"correct horse battery staple ".repeat(1000)),
            Ok(())
        );
    }
}
