//! Names that others chose, made into names of files that do no harm.

/// A name is no longer than this, in bytes: file systems take 255.
const LONGEST: usize = 120;

/// What Windows takes for devices, whatever stands behind a dot.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

/// A name that is one file in one folder: without folders, without what cannot be seen or turns the reading
/// direction, not hidden, not an option, not a device, and not long. "file" where nothing is left.
pub fn safe_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = base.chars().filter(|c| is_harmless(*c)).collect();
    let trimmed = visible
        .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '-' | '~'))
        .trim_end_matches(|c: char| c.is_whitespace() || c == '.');
    let short = shortened(trimmed);
    let stem = short
        .split('.')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_uppercase();
    let is_device = DEVICES.contains(&stem.as_str())
        || ((stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.len() == 4
            && stem.ends_with(|c: char| c.is_ascii_digit()));
    match (short.is_empty(), is_device) {
        (true, _) => "file".to_owned(),
        (false, true) => format!("_{short}"),
        (false, false) => short,
    }
}

/// The name in as many bytes as there may be, with its extension.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let mut end = LONGEST - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", stem.get(..end).unwrap_or_default().trim_end())
}

/// Neither a control nor invisible, and no sign that shells or file systems of any kind take for theirs.
fn is_harmless(c: char) -> bool {
    let sly = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' | '\u{fffd}');
    !c.is_control() && !sly && !matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whatever_somebody_calls_a_file_it_is_a_name_in_one_folder() {
        for (name, safe) in [
            ("holiday.jpg", "holiday.jpg"),
            ("../../.bashrc", "bashrc"),
            ("/etc/passwd", "passwd"),
            ("..", "file"),
            ("", "file"),
            ("a/b", "b"),
            ("C:\\windows\\a.txt", "a.txt"),
            ("-rf", "rf"),
            ("~root", "root"),
            ("cod\u{202e}gpj.exe", "codgpj.exe"),
            ("a\u{1b}[2Jb\n.txt", "a[2Jb.txt"),
            ("nul", "_nul"),
            ("CON.txt", "_CON.txt"),
            ("com1.x", "_com1.x"),
            ("a\0b", "ab"),
            (" . .x", "x"),
            ("Отпуск.jpg", "Отпуск.jpg"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        let long = safe_name(&format!("{}.jpeg", "ж".repeat(300)));
        assert!(long.len() <= LONGEST && long.ends_with("ж.jpeg"), "{long}");
    }

    proptest! {
        #[test]
        fn no_name_leaves_its_folder(name in "\\PC*|[./\\\\~-]{0,9}\\PC*") {
            let safe = safe_name(&name);
            prop_assert!(!safe.is_empty() && safe.len() <= LONGEST + 1);
            prop_assert!(!safe.contains('/') && !safe.contains('\0'));
            prop_assert!(!safe.starts_with(['.', '-', '~']));
            prop_assert_eq!(std::path::Path::new(&safe).components().count(), 1);
            prop_assert_eq!(safe_name(&safe), safe);
        }
    }
}
