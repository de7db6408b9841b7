//! The text that `send` sends: from standard input or from the arguments.

use std::fs::File;
use std::io::{IsTerminal, Read, stdin};
use std::path::Path;

use super::Exit;
use model::Clean;

/// The longest text that is sent, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// The text that `argument` names: "-" is standard input, and so is nothing at all if that is no terminal.
pub fn body(argument: Option<&str>) -> Result<Clean, Exit> {
    match argument {
        Some("-") => from_reader(stdin().lock()),
        Some(text) => checked(text),
        None if !stdin().is_terminal() => from_reader(stdin().lock()),
        None => Err(Exit::usage(
            "There is no text. Pipe it in (echo \"…\" | susurro send JID -) or give it as the last argument.",
        )),
    }
}

/// Reads to the end, but never much more than is allowed.
fn from_reader(reader: impl Read) -> Result<Clean, Exit> {
    let mut bytes = Vec::new();
    reader
        .take(LONGEST as u64 + 2)
        .read_to_end(&mut bytes)
        .map_err(|error| Exit::other(format!("Standard input cannot be read: {error}.")))?;
    if bytes.len() > LONGEST + 1 {
        return Err(too_long());
    }
    let text =
        String::from_utf8(bytes).map_err(|_| Exit::usage("The text is not UTF-8. Convert it first."))?;
    checked(text.strip_suffix('\n').unwrap_or(&text))
}

/// The text in a file.
pub fn from_file(path: &Path) -> Result<Clean, Exit> {
    let file = File::open(path)
        .map_err(|error| Exit::other(format!("{} cannot be read: {error}.", path.display())))?;
    from_reader(file)
}

pub fn checked(text: &str) -> Result<Clean, Exit> {
    if text.len() > LONGEST {
        return Err(too_long());
    }
    let body = Clean::new(text);
    if body.as_str().trim().is_empty() {
        return Err(Exit::usage("The text is empty. Nothing is sent."));
    }
    Ok(body)
}

fn too_long() -> Exit {
    Exit::usage("The text is longer than 64 KiB. Send it in parts.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Code;

    fn read(input: &[u8]) -> Result<String, Exit> {
        from_reader(input).map(|body| body.as_str().to_owned())
    }

    #[test]
    fn one_trailing_newline_is_cut_and_no_more() {
        assert_eq!(read(b"hello\n"), Ok("hello".to_owned()));
        assert_eq!(read(b"hello\n\n"), Ok("hello\n".to_owned()));
        assert_eq!(read(b"hello"), Ok("hello".to_owned()));
        assert_eq!(read(b"\nhello"), Ok("\nhello".to_owned()));
    }

    #[test]
    fn an_empty_text_is_wrong_usage() {
        for input in ["", "\n", " \n", "\u{7}"] {
            assert_eq!(read(input.as_bytes()).unwrap_err().code, Code::Usage, "{input:?}");
        }
        assert_eq!(body(Some("")).unwrap_err().code, Code::Usage);
    }

    #[test]
    fn sixty_four_kibibytes_are_sent_and_one_byte_more_is_not() {
        let mut longest = vec![b'x'; LONGEST];
        assert_eq!(read(&longest).unwrap().len(), LONGEST);
        longest.push(b'\n');
        assert_eq!(read(&longest).unwrap().len(), LONGEST);
        longest.push(b'\n');
        assert_eq!(read(&longest).unwrap_err().code, Code::Usage);
        assert_eq!(read(&vec![b'x'; LONGEST + 1]).unwrap_err().code, Code::Usage);
        assert_eq!(
            body(Some(&"x".repeat(LONGEST + 1))).unwrap_err().code,
            Code::Usage
        );
    }

    #[test]
    fn an_endless_input_is_not_read_to_its_end() {
        assert_eq!(from_reader(std::io::repeat(b'x')).unwrap_err().code, Code::Usage);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(read(b"\xff\xfe").unwrap_err().code, Code::Usage);
    }
}
