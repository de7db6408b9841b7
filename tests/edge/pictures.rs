//! The process that decodes pictures: the program itself, started with nothing but two pipes.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use susurro::files::pictures::{ARGUMENT, Decoder, PictureError};

/// One red point.
const RED: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_susurro"))
}

#[test]
fn the_program_decodes_a_picture_for_itself_and_makes_it_a_jpeg() {
    let decoder = Decoder::of(program());
    let pixels = decoder.pixels(&mut Cursor::new(RED), (10, 10)).unwrap();
    assert_eq!((pixels.width, pixels.height), (1, 1));
    assert_eq!(pixels.rgba.as_slice(), [255, 0, 0, 255]);
    let jpeg = decoder.smaller(&mut Cursor::new(RED), (10, 10)).unwrap();
    assert!(jpeg.bytes.starts_with(b"\xff\xd8\xff"));
    let cut = decoder
        .pixels(&mut Cursor::new(&RED[..24]), (10, 10))
        .unwrap_err();
    assert!(matches!(cut, PictureError::Broken), "{cut}");
}

/// What the system says of a process under this name.
fn told(id: u32, file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{id}/{file}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next().map(str::to_owned)
}

#[test]
fn what_decodes_can_open_nothing_and_has_a_bound_on_memory_and_time() {
    // As from a shell that leaves a descriptor open: the pipe of errors, under another number.
    let mut child = Command::new("/bin/sh")
        .args(["-c", "exec \"$0\" \"$1\" 7>&2 2>/dev/null"])
        .arg(program())
        .arg(ARGUMENT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id();
    // The bound on time is the last one that it sets.
    let deadline = Instant::now() + Duration::from_secs(30);
    while told(id, "limits", "Max cpu time").as_deref() != Some("10") && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    for (name, limit) in [
        ("Max cpu time", "10"),
        ("Max file size", "0"),
        ("Max core file size", "0"),
        ("Max processes", "0"),
        ("Max open files", "0"),
        ("Max address space", "805306368"),
    ] {
        assert_eq!(told(id, "limits", name).as_deref(), Some(limit), "{name}");
    }
    let (ends, ended) = mpsc::channel();
    let mut errors = child.stderr.take().unwrap();
    std::thread::spawn(move || ends.send(errors.read_to_end(&mut Vec::new())));
    let closed = ended.recv_timeout(Duration::from_secs(30));
    assert_eq!(closed.expect("the other descriptor is closed").unwrap(), 0);
    // What is no question ends it, without an answer.
    child.stdin.take().unwrap().write_all(&[7; 64]).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stdout.is_empty());
}
