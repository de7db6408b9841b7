//! A file in words: its name, what it is, how large, and how far it has come. Names are the words of others:
//! they are shown as text of theirs is, and never decide what a file is taken for.

use crate::text;
use crate::theme::{Glyph, Theme};
use crate::transfers::TransferProgress;
use model::{Clean, FileState, MessageFile, shown};
use words::Face;

/// Bytes of a name that are looked at.
const LONGEST_NAME: usize = 300;
/// Columns of a bar.
const BAR: usize = 10;

/// How it is called.
pub fn name(file: &MessageFile) -> String {
    let named = file.name.as_ref().filter(|name| !name.as_str().trim().is_empty());
    match named {
        Some(name) => shown::one_line(&Clean::within(name.as_str(), LONGEST_NAME)),
        None => "a file without a name".to_owned(),
    }
}

/// What it is said to be.
pub fn kind(file: &MessageFile) -> &'static str {
    let media_type = file.media_type.as_ref().map_or("", Clean::as_str);
    match media_type.split('/').next().unwrap_or_default() {
        "image" => "picture",
        "audio" => "sound",
        "video" => "video",
        "text" => "text",
        _ if media_type == "application/pdf" => "PDF",
        _ => "file",
    }
}

/// How far it has come, in a few words.
pub fn state(file: &MessageFile, progress: Option<&TransferProgress>, theme: &Theme) -> String {
    let host = || {
        file.host
            .as_ref()
            .map(|host| shown::one_line(&Clean::within(host.as_str(), 200)))
    };
    match (file.state, progress) {
        (FileState::Moving, Some(progress)) => on_its_way(progress, theme),
        (FileState::Here, Some(progress)) if file.host.is_none() => on_its_way(progress, theme),
        (FileState::Moving, None) => "on its way".to_owned(),
        (FileState::Here, _) if file.host.is_none() => "here, to be sent".to_owned(),
        (FileState::Here, _) => "here".to_owned(),
        (FileState::Deleted, _) => "deleted here".to_owned(),
        (FileState::Failed, _) => match &file.failure {
            Some(failure) => {
                let why = words::failure(Face::Screen, &failure.clone().into());
                format!("failed: {}", shown::one_line(&why))
            }
            None => "failed".to_owned(),
        },
        (FileState::Remote, _) => match (host(), file.encrypted) {
            (Some(host), true) => format!("at {host}"),
            (Some(host), false) => format!("in clear at {host}"),
            (None, _) => "not here".to_owned(),
        },
    }
}

fn on_its_way(progress: &TransferProgress, theme: &Theme) -> String {
    let transfer = &progress.transfer;
    let way = if transfer.leaves { "up" } else { "down" };
    let dot = theme.glyph(Glyph::Dot);
    let mut facts = vec![match progress.percent() {
        Some(percent) => format!("{} {percent}% {way}", bar(percent, theme)),
        None => format!("{} {way}", words::size(transfer.done)),
    }];
    if transfer.waits {
        facts.push("waits for the connection".to_owned());
    } else {
        facts.extend(progress.speed.map(|speed| format!("{}/s", words::size(speed))));
        facts.extend(
            progress
                .left()
                .map(|seconds| format!("{} left", duration(seconds))),
        );
    }
    facts.join(&format!(" {dot} "))
}

/// Full and empty parts of a bar.
fn bar(percent: u64, theme: &Theme) -> String {
    let full = usize::try_from(percent.min(100)).unwrap_or(0) * BAR / 100;
    let (done, to_do) = (theme.glyph(Glyph::Done), theme.glyph(Glyph::ToDo));
    format!("{}{}", done.repeat(full), to_do.repeat(BAR - full))
}

/// Seconds for people: "40 s", "3 min", "2 h".
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=5_999 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

/// All of it in one line of at most so many columns. The state stands last and goes last: what it is goes
/// first, then how large it is, then the middle of the name.
pub fn line(
    file: &MessageFile,
    progress: Option<&TransferProgress>,
    theme: &Theme,
    columns: usize,
) -> String {
    let cut = theme.glyph(Glyph::Cut);
    let dot = format!(" {} ", theme.glyph(Glyph::Dot));
    let (name, state) = (name(file), state(file, progress, theme));
    let size = file.size.map(words::size);
    let about: [Vec<&str>; 3] = [
        std::iter::once(kind(file)).chain(size.as_deref()).collect(),
        size.as_deref().into_iter().collect(),
        Vec::new(),
    ];
    for about in &about {
        let mut facts = vec![name.as_str()];
        facts.extend(about);
        facts.push(&state);
        let line = facts.join(&dot);
        if text::width(&line) <= columns {
            return line;
        }
    }
    let rest = format!("{dot}{state}");
    // A name has at least a third.
    let room = columns.saturating_sub(text::width(&rest)).max(columns / 3);
    let short = shortened(&name, room, cut);
    text::fit(&format!("{short}{rest}"), columns, cut)
}

/// A name with its middle cut out, so that how it ends is seen.
fn shortened(name: &str, columns: usize, cut: &str) -> String {
    if text::width(name) <= columns {
        return name.to_owned();
    }
    let ending = name
        .rfind('.')
        .and_then(|dot| name.get(dot..))
        .unwrap_or_default();
    let ending_width = text::width(ending);
    if ending_width == 0 || ending_width > 8 || ending_width + 4 > columns {
        return text::fit(name, columns, cut);
    }
    let stem = name.get(..name.len() - ending.len()).unwrap_or_default();
    format!("{}{ending}", text::fit(stem, columns - ending_width, cut))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Capabilities;
    use api::Transfer;
    use model::{FileId, FilesFailure, MessageId};

    fn theme() -> Theme {
        Theme::new(Capabilities {
            colour: false,
            unicode: true,
        })
    }

    fn cat() -> MessageFile {
        MessageFile {
            id: FileId(1),
            message: MessageId(1),
            number: 0,
            name: Some(Clean::line("the cat on the roof.jpg")),
            media_type: Some(Clean::line("image/jpeg")),
            size: Some(1_258_291),
            sha256: None,
            host: Some(Clean::line("up.mired.test")),
            encrypted: true,
            state: FileState::Remote,
            failure: None,
            container: None,
            stored: None,
        }
    }

    #[test]
    fn narrow_lines_lose_what_matters_least() {
        let widths = [80, 50, 44, 36, 24, 12, 5, 1];
        let lines: Vec<String> = widths.map(|width| line(&cat(), None, &theme(), width)).into();
        assert_eq!(
            lines,
            [
                "the cat on the roof.jpg · picture · 1.1 MiB · at up.mired.test",
                "the cat on the roof.jpg · at up.mired.test",
                "the cat on the roof.jpg · at up.mired.test",
                "the cat on t….jpg · at up.mired.test",
                "the….jpg · at up.mired.…",
                "the… · at u…",
                "… · …",
                "…",
            ]
        );
        for (line, width) in lines.iter().zip(widths) {
            assert!(text::width(line) <= width, "{line}");
        }
    }

    #[test]
    fn what_is_on_its_way_says_how_far_how_quickly_and_how_long() {
        let mut file = cat();
        file.state = FileState::Moving;
        let mut progress = TransferProgress {
            transfer: Transfer {
                file: file.id,
                leaves: false,
                done: 430_000,
                total: Some(1_000_000),
                waits: false,
            },
            speed: Some(122_880),
        };
        let mut lines = vec![state(&file, Some(&progress), &theme())];
        progress.transfer.waits = true;
        progress.transfer.leaves = true;
        lines.push(state(&file, Some(&progress), &theme()));
        progress.transfer.total = None;
        lines.push(state(&file, Some(&progress), &theme()));
        lines.push(state(&file, None, &theme()));
        assert_eq!(
            lines,
            [
                "████░░░░░░ 43% down · 120.0 KiB/s · 5 s left",
                "████░░░░░░ 43% up · waits for the connection",
                "419.9 KiB up · waits for the connection",
                "on its way",
            ]
        );
    }

    #[test]
    fn every_state_has_words() {
        let failed = MessageFile {
            failure: Some(FilesFailure::NotAuthentic),
            ..cat()
        };
        let mut lines = Vec::new();
        for of in [
            FileState::Remote,
            FileState::Here,
            FileState::Failed,
            FileState::Deleted,
        ] {
            for file in [&cat(), &failed] {
                let file = MessageFile {
                    state: of,
                    ..file.clone()
                };
                lines.push(state(&file, None, &theme()));
            }
        }
        let ours = MessageFile {
            host: None,
            encrypted: false,
            state: FileState::Here,
            ..cat()
        };
        lines.push(state(&ours, None, &theme()));
        let clear = MessageFile {
            encrypted: false,
            ..cat()
        };
        lines.push(state(&clear, None, &theme()));
        lines.dedup();
        assert_eq!(
            lines,
            [
                "at up.mired.test",
                "here",
                "failed",
                "failed: What lies at the address is not the file that was sent: nothing was kept.",
                "deleted here",
                "here, to be sent",
                "in clear at up.mired.test",
            ]
        );
    }

    #[test]
    fn names_of_others_stay_in_one_line_and_in_their_columns() {
        let names = [
            "",
            "  ",
            "a\nb.jpg",
            "\u{202e}gpj.exe",
            "../../x",
            ".",
            "漢字漢字漢字漢字漢字.png",
            "x.aaaaaaaaaaaaaaaaaaaa",
        ];
        for name in names {
            let file = MessageFile {
                name: Some(Clean::new(name)),
                ..cat()
            };
            for width in 0..60 {
                let line = line(&file, None, &theme(), width);
                assert!(
                    !line.contains('\n') && text::width(&line) <= width,
                    "{name:?} {width} {line}"
                );
            }
        }
    }
}
