//! Whether a file does something by itself when it is opened: programs, scripts, pages, whatever stands in
//! their places.

use std::io::{Read, Seek, SeekFrom};

use zeroize::Zeroizing;

use crate::error::FilesResult;

/// So much of a file is looked at.
const LOOKED_AT: u64 = 16 << 20;

/// What desktops run, or what may hold what runs.
const NAMES: [&str; 40] = [
    "desktop", "sh", "bash", "zsh", "fish", "csh", "py", "pl", "rb", "php", "js", "mjs", "vbs", "ps1", "bat",
    "cmd", "com", "exe", "msi", "scr", "pif", "jar", "apk", "deb", "rpm", "run", "bin", "appimage", "html",
    "htm", "xhtml", "mht", "svg", "lnk", "url", "hta", "jnlp", "docm", "xlsm", "pptm",
];

/// Beginnings of what runs, of pages, and of what a desktop starts.
const BEGINNINGS: [&[u8]; 9] = [
    b"#!",
    b"\x7fELF",
    b"MZ",
    b"<!doctype html",
    b"<html",
    b"<svg",
    b"[desktop entry]",
    b"[internetshortcut]",
    b"\xca\xfe\xba\xbe",
];

/// Words by which a PDF does something.
const IN_PDF: [&[u8]; 5] = [
    b"/javascript",
    b"/js",
    b"/launch",
    b"/openaction",
    b"/embeddedfile",
];

/// By its name and by what is in it.
pub fn is_active(content: &mut (impl Read + Seek), name: &str) -> FilesResult<bool> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if NAMES.contains(&extension.trim().to_ascii_lowercase().as_str()) {
        return Ok(true);
    }
    content.seek(SeekFrom::Start(0))?;
    let mut bytes = Zeroizing::new(Vec::new());
    content.by_ref().take(LOOKED_AT).read_to_end(&mut bytes)?;
    content.seek(SeekFrom::Start(0))?;
    bytes.make_ascii_lowercase();
    let shown = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&bytes)
        .trim_ascii_start();
    let begins = |with: &[u8]| shown.starts_with(&with.to_ascii_lowercase());
    let page = shown.starts_with(b"<?xml") && (holds(shown, b"<svg") || holds(shown, b"<html"));
    let pdf = shown
        .get(..1024.min(shown.len()))
        .is_some_and(|head| holds(head, b"%pdf-"));
    Ok(page
        || BEGINNINGS.iter().any(|with| begins(with))
        || (pdf && IN_PDF.iter().any(|word| holds(shown, word))))
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn what_runs_or_acts_is_known_by_its_name_or_by_what_is_in_it() {
        let active = |bytes: &[u8], name: &str| is_active(&mut Cursor::new(bytes), name).unwrap();
        for name in [
            "a.desktop",
            "A.SH",
            "x.html",
            "x.svg",
            "x.exe",
            "x.jpg.lnk",
            "setup.AppImage",
        ] {
            assert!(active(b"", name), "{name}");
        }
        for bytes in [
            &b"#!/bin/sh"[..],
            b"\x7fELF\x02",
            b"MZ\x90",
            b"\xef\xbb\xbf  <!DOCTYPE HTML>",
            b"<?xml version='1.0'?><!-- --><svg/>",
            b"[Desktop Entry]\nExec=x",
            b"%PDF-1.7 1 0 obj << /OpenAction 2 0 R >>",
            b"%PDF-1.7 /JavaScript",
        ] {
            assert!(active(bytes, "holiday.jpg"), "{bytes:?}");
        }
        for (bytes, name) in [
            (&b"\xff\xd8\xff"[..], "holiday.jpg"),
            (b"%PDF-1.7 1 0 obj", "paper.pdf"),
            (b"hello <html>", "a.txt"),
            (b"", ""),
        ] {
            assert!(!active(bytes, name), "{name}");
        }
    }
}
