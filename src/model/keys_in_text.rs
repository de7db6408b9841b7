//! Addresses that carry the key of a file (XEP-0454): it is never shown, printed, copied or written down.

use super::Clean;

/// So many digits of hex in a fragment are a key.
const KEY: usize = 64;

/// `text` with "#…" in the place of the key of each such address, well-formed or not.
pub fn without_keys(text: Clean) -> Clean {
    // White space may have come into the address.
    let lower = text.as_str().to_ascii_lowercase();
    let has_address = lower.contains("aesgcm:") || lower.contains("://");
    let mut words = text.as_str().split(char::is_whitespace);
    let has = has_address && words.any(|word| key(word).is_some());
    if !has {
        return text;
    }
    let hidden: String = text
        .as_str()
        .split_inclusive(char::is_whitespace)
        .map(|word| match key(word) {
            Some(at) => {
                let (kept, rest) = word.split_at(at);
                let space = rest.chars().next_back().filter(|c| c.is_whitespace());
                format!("{kept}#…{}", space.map(String::from).unwrap_or_default())
            }
            None => word.to_owned(),
        })
        .collect();
    Clean::new(&hidden)
}

/// Where the fragment begins that is a key, or stands where one should.
fn key(word: &str) -> Option<usize> {
    let at = word.find('#')?;
    let (address, fragment) = word.split_at(at);
    let is_key = |fragment: &str| {
        let mut run = 0;
        fragment.bytes().any(|byte| {
            run = if byte.is_ascii_hexdigit() { run + 1 } else { 0 };
            run >= KEY
        })
    };
    let is_named = address.to_ascii_lowercase().contains("aesgcm:");
    let is_hidden = fragment.strip_prefix('#') == Some("…");
    let is_so = is_named || is_key(fragment);
    (is_so && !is_hidden).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Threat 63.
    #[test]
    fn no_key_of_a_file_stays_in_a_text() {
        let key = "0123456789abcdef".repeat(6);
        for (text, hidden) in [
            (format!("aesgcm://h/f.jpg#{key}"), "aesgcm://h/f.jpg#…".to_owned()),
            (
                format!("see AESGCM://h/f#{key}\nand go"),
                "see AESGCM://h/f#…\nand go".to_owned(),
            ),
            ("aesgcm:h#short".to_owned(), "aesgcm:h#…".to_owned()),
            (format!("> (aesgcm://h/f#{key})"), "> (aesgcm://h/f#…".to_owned()),
            (format!("https://h/f#{key}"), "https://h/f#…".to_owned()),
            ("https://h/f#part-2".to_owned(), "https://h/f#part-2".to_owned()),
            (format!("aesgcm://h/a b#{key}"), "aesgcm://h/a b#…".to_owned()),
            (format!("#{key}"), format!("#{key}")),
            ("a # b aesgcm: no".to_owned(), "a # b aesgcm: no".to_owned()),
        ] {
            let once = without_keys(Clean::new(&text));
            assert_eq!(once.as_str(), hidden);
            assert_eq!(without_keys(once.clone()), once);
        }
    }
}
