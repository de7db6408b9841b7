//! Reads what a program wrote to its terminal, byte by byte, and knows every sequence that ours may use.

/// One thing in a stream of terminal output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(char),
    Control(char),
    /// Parameters (with intermediates) and the final byte.
    Csi(String, char),
    Osc(String),
    /// Another escape sequence, by the character after ESC.
    Escape(char),
    /// What ends before it is whole.
    Torn(String),
}

/// The pieces of a stream, which may end in the middle of one.
///
/// # Panics
/// If it is not UTF-8.
pub fn pieces(bytes: &[u8]) -> Vec<Piece> {
    let (whole, torn) = match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.split_at(error.valid_up_to()),
        _ => (bytes, &[][..]),
    };
    let text = std::str::from_utf8(whole).expect("the program writes UTF-8");
    let mut found = pieces_of(text);
    if !torn.is_empty() {
        found.push(Piece::Torn(format!("{torn:02x?}")));
    }
    found
}

fn pieces_of(text: &str) -> Vec<Piece> {
    let mut rest = text.chars().peekable();
    let mut found = Vec::new();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            found.push(if c.is_control() {
                Piece::Control(c)
            } else {
                Piece::Text(c)
            });
            continue;
        }
        match rest.next() {
            Some('[') => {
                let mut parameters = String::new();
                loop {
                    match rest.next() {
                        Some(c @ '\u{40}'..='\u{7e}') => break found.push(Piece::Csi(parameters, c)),
                        Some(c @ '\u{20}'..='\u{3f}') => parameters.push(c),
                        _ => break found.push(Piece::Torn(parameters)),
                    }
                }
            }
            Some(']') => {
                let mut content = String::new();
                loop {
                    match rest.next() {
                        Some('\u{7}') => break found.push(Piece::Osc(content)),
                        Some('\u{1b}') if rest.peek() == Some(&'\\') => {
                            rest.next();
                            break found.push(Piece::Osc(content));
                        }
                        Some(c) if !c.is_control() => content.push(c),
                        _ => break found.push(Piece::Torn(content)),
                    }
                }
            }
            Some(c) => found.push(Piece::Escape(c)),
            None => found.push(Piece::Torn(String::new())),
        }
    }
    found
}

/// How many sequences set a colour.
pub fn colours(bytes: &[u8]) -> usize {
    let is_colour = |piece: &Piece| match piece {
        Piece::Csi(parameters, 'm') => parameters
            .split(';')
            .filter_map(|number| number.parse::<u32>().ok())
            .any(|number| matches!(number, 30..=38 | 40..=48 | 90..=97 | 100..=107)),
        _ => false,
    };
    pieces(bytes).iter().filter(|piece| is_colour(piece)).count()
}

/// Checks that a stream holds only what our program writes by itself.
///
/// # Panics
/// On the first piece that is none of ours.
pub fn only_ours(bytes: &[u8]) {
    for piece in pieces(bytes) {
        assert!(is_ours(&piece), "not ours: {piece:?}");
    }
}

fn is_ours(piece: &Piece) -> bool {
    match piece {
        // Overrides turn what stands beside them; isolates end where they began.
        Piece::Text(c) => !matches!(c, '\u{202a}'..='\u{202e}'),
        // The shell's own line ends, and the bell for a message.
        Piece::Control(c) => matches!(c, '\r' | '\n' | '\u{7}'),
        Piece::Csi(parameters, last) => match (parameters.as_str(), last) {
            // Cursor, erasing, style.
            (numbers, 'A'..='D' | 'G' | 'H' | 'J' | 'K' | 'm') => {
                numbers.chars().all(|c| c.is_ascii_digit() || c == ';')
            }
            // Other screen, cursor, wrapping at the edge, bracketed paste, focus, mouse.
            (mode, 'h' | 'l') => matches!(
                mode,
                "?1049" | "?25" | "?7" | "?2004" | "?1004" | "?1000" | "?1002" | "?1003" | "?1015" | "?1006"
            ),
            // The title, saved and brought back.
            ("22;0" | "23;0", 't') => true,
            _ => false,
        },
        Piece::Osc(content) => match content.split_once(';') {
            Some(("0", title)) => title.starts_with("susurro") || title.starts_with("Susurro"),
            // Where a link leads, and its end.
            Some(("8", ";")) => true,
            Some(("8", link)) => link.split_once(';').is_some_and(|(id, uri)| {
                let id = id.strip_prefix("id=").unwrap_or("?");
                id.chars().all(|c| c.is_ascii_digit() || c == '.')
                    && uri.get(..4).is_some_and(|web| web.eq_ignore_ascii_case("http"))
                    && uri.chars().all(|c| c.is_ascii_graphic())
            }),
            _ => false,
        },
        Piece::Escape(_) | Piece::Torn(_) => false,
    }
}

#[test]
fn what_is_not_ours_is_found() {
    let ours = "\u{1b}[?1049h\u{1b}[2J\u{1b}[3;7H\u{1b}[38;5;12mtext\u{1b}[0m\r\n\u{1b}]0;susurro\u{7}";
    only_ours(ours.as_bytes());
    assert_eq!(colours(ours.as_bytes()), 1);
    assert_eq!(colours("\u{1b}[0;1;7m".as_bytes()), 0);
    let foreign = [
        "\u{1b}]0;owned\u{7}",
        "\u{1b}]52;c;eA==\u{7}",
        "\u{1b}c",
        "\u{9b}31m",
        "\u{202e}x",
        "\u{1b}[?1;2c",
        "\u{1b}P",
        "\u{8}",
        "\u{1b}[",
        "\u{1b}[?9h",
    ];
    assert!(
        !pieces(&[b'x', 0xc3]).iter().all(is_ours),
        "half a character passed"
    );
    for text in foreign {
        assert!(!pieces(text.as_bytes()).iter().all(is_ours), "{text:?} passed");
    }
}
