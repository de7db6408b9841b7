//! Whether a text calls somebody by the name that they have in a room.

/// Whether `name` stands in `text` as a word of its own, whatever its case: in rooms people write it with or
/// without a sign before it.
pub fn calls(text: &str, name: &str) -> bool {
    let name = name.trim().to_lowercase();
    if name.is_empty() {
        return false;
    }
    let text = text.to_lowercase();
    let mut found = text.match_indices(&name);
    found.any(|(at, name)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let behind = text
            .get(at + name.len()..)
            .and_then(|behind| behind.chars().next());
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_word(before) && !is_word(behind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_called_where_it_is_a_word() {
        for text in [
            "ana: there?",
            "ask @Ana, please",
            "ANA",
            "is it (ana)?",
            "Ánà and ana",
        ] {
            assert!(calls(text, "ana"), "{text}");
        }
        for text in ["banana", "anais", "ana_2", "", "an a"] {
            assert!(!calls(text, "ana"), "{text}");
        }
        assert!(calls("hi Big Bob!", "big bob"));
        assert!(!calls("anything", "") && !calls("anything", "  "));
        // Letters that change their length with their case.
        assert!(calls("İzmir ve İpek burada", "İpek"));
    }
}
