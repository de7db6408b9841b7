//! Looks for words that must not be on the disk, in any form in which a program would write them by mistake.

use std::path::{Path, PathBuf};

/// A word that must not be found, under a name that may be shown.
#[derive(Debug, Clone)]
pub struct Canary {
    pub name: String,
    bytes: Vec<u8>,
}

impl Canary {
    pub fn text(name: &str, text: &str) -> Self {
        assert!(text.len() >= 6, "too short to mean anything: {text}");
        Self {
            name: name.to_owned(),
            bytes: text.as_bytes().to_vec(),
        }
    }

    /// A key or fingerprint given as hex.
    pub fn key(name: &str, hex: &str) -> Self {
        let bytes: Vec<u8> = hex
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("hex"), 16).expect("hex"))
            .collect();
        assert!(bytes.len() >= 16, "too short to mean anything: {hex}");
        Self {
            name: name.to_owned(),
            bytes,
        }
    }

    /// As it is, in UTF-16, in hex of both cases, and in base64 of both alphabets
    /// at each of the three offsets.
    fn forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
        let lower: String = self.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut forms = vec![
            ("as it is", self.bytes.clone()),
            (
                "in UTF-16",
                self.bytes.iter().flat_map(|&byte| [byte, 0]).collect(),
            ),
            ("in upper hex", lower.to_uppercase().into_bytes()),
            ("in hex", lower.into_bytes()),
        ];
        for skip in 0..3 {
            // Only groups of three whole bytes look the same whatever stands around them.
            let rest = self.bytes.get(skip..).unwrap_or_default();
            let whole = rest.get(..rest.len() / 3 * 3).unwrap_or_default();
            if whole.len() >= 6 {
                forms.push(("in base64", STANDARD_NO_PAD.encode(whole).into_bytes()));
                forms.push(("in base64", URL_SAFE_NO_PAD.encode(whole).into_bytes()));
            }
        }
        forms
    }

    /// In which form it stands in `content`, if it does.
    pub fn found_in(&self, content: &[u8]) -> Option<&'static str> {
        self.forms()
            .into_iter()
            .find(|(_, form)| contains(content, form))
            .map(|(how, _)| how)
    }
}

fn contains(content: &[u8], form: &[u8]) -> bool {
    let Some(&first) = form.first() else { return false };
    let mut rest = content;
    while let Some(place) = rest.iter().position(|&byte| byte == first) {
        rest = &rest[place..];
        if rest.starts_with(form) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

/// Every file below `folder`, and every file and folder name, that holds one of the canaries; one line each.
pub fn search(folder: &Path, canaries: &[Canary]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(folder) {
        let content = std::fs::read(&path).unwrap_or_default();
        let name = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .as_os_str()
            .as_encoded_bytes()
            .to_vec();
        for canary in canaries {
            if let Some(how) = canary.found_in(&content) {
                found.push(format!("{} {how} in {}", canary.name, path.display()));
            }
            if let Some(how) = canary.found_in(&name) {
                found.push(format!("{} {how} in the name {}", canary.name, path.display()));
            }
        }
    }
    found
}

/// All files below `folder`, at any depth; symbolic links are not followed.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}
