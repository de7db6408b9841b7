//! Where passphrases and passwords come from: a file or descriptor, a command, the terminal.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use super::prompt;
use crate::cli::{Code, Exit, output};
use vault::{Forms, LONGEST};

/// What is longer than this, notes below the secret included, is the wrong file.
const LIMIT: usize = 64 * 1024;
/// How often two different answers to "again" are put up with.
const TRIES: usize = 3;

/// Where a secret is to be read from; neither given: the terminal. Serves `--passphrase-…`,
/// `--new-passphrase-…` and `--password-…` alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretSource {
    /// A file, or a descriptor such as /dev/fd/3.
    pub file: Option<PathBuf>,
    /// A command whose standard output is the secret; split into words as a shell would, run without one.
    pub command: Option<String>,
}

/// The terminal as far as secrets need it.
pub(in crate::cli) trait Terminal {
    /// Asks for a secret without showing what is typed.
    fn ask(&mut self, prompt: &str) -> io::Result<Zeroizing<String>>;
    /// Shows text on the terminal itself, never in a file that output was redirected to.
    fn say(&mut self, text: &str) -> io::Result<()>;
}

impl SecretSource {
    /// The source that the arguments name; with `--locked` nothing but the terminal counts.
    pub fn new(file: Option<PathBuf>, command: Option<String>, locked: bool) -> Self {
        match locked {
            true => Self::default(),
            false => Self { file, command },
        }
    }

    /// Whether the secret will be asked for on the terminal.
    pub fn is_terminal(&self) -> bool {
        self.file.is_none() && self.command.is_none()
    }

    /// Reads the secret; `prompt` is for the terminal ("Passphrase"), and with `confirm`
    /// it is asked for twice there.
    ///
    /// Exit: 2 both sources, or none and no terminal; 1 the source does not give a secret.
    pub fn read(&self, prompt: &str, confirm: bool) -> Result<Forms, Exit> {
        let mut terminal = match self.is_terminal() {
            true => Some(open_terminal()?),
            false => None,
        };
        self.read_with(terminal.as_mut().map(|tty| tty as _), prompt, confirm)
    }

    /// [`SecretSource::read`] with the terminal as an argument.
    pub(in crate::cli) fn read_with(
        &self,
        terminal: Option<&mut dyn Terminal>,
        prompt: &str,
        confirm: bool,
    ) -> Result<Forms, Exit> {
        let bytes = match (&self.file, &self.command, terminal) {
            (Some(_), Some(_), _) => {
                return Err(usage(
                    "Name a file or a command to read the secret from, not both.",
                ));
            }
            (Some(file), None, _) => from_file(file)?,
            (None, Some(command), _) => from_command(command)?,
            (None, None, Some(terminal)) => return from_terminal(terminal, prompt, confirm),
            (None, None, None) => return Err(no_source()),
        };
        usable(
            Forms::given(&bytes).ok_or_else(|| other("What was read as the secret is not text in UTF-8."))?,
            bytes.len(),
        )
    }
}

/// What a new secret is: the first line of what was given, in NFC.
pub fn new_form(given: &Forms) -> Result<Zeroizing<String>, Exit> {
    match given.new_form() {
        Some(form) => Ok(Zeroizing::new(form.to_owned())),
        None => Err(other(
            "The first line of what was given is empty. The first line is the secret; what stands below it does not count.",
        )),
    }
}

fn usage(text: &str) -> Exit {
    Exit::new(Code::Usage, text)
}

fn other(text: impl Into<String>) -> Exit {
    Exit::new(Code::Other, text)
}

fn no_source() -> Exit {
    usage("There is no terminal to ask on. Use --passphrase-file or --passphrase-command (or their like).")
}

fn usable(forms: Forms, given: usize) -> Result<Forms, Exit> {
    match (forms.is_empty(), given > LONGEST) {
        (false, _) => Ok(forms),
        (true, false) => Err(other("The secret that was given is empty.")),
        (true, true) => Err(other(format!("The secret is longer than {LONGEST} bytes."))),
    }
}

/// All of it, into a buffer that never grows: one that did would leave its beginnings behind in memory.
fn read_all(mut from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; LIMIT + 1]);
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
    if filled > LIMIT {
        return Err(io::Error::other(format!("it is longer than {LIMIT} bytes")));
    }
    bytes.truncate(filled);
    Ok(bytes)
}

fn from_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Exit> {
    let failed = |error| {
        other(format!(
            "The secret could not be read from {}: {error}.",
            path.display()
        ))
    };
    let file = File::open(path).map_err(failed)?;
    if file.metadata().is_ok_and(|facts| is_open_to_others(&facts)) {
        let path = path.display();
        output::say(format!(
            "Warning: other users of this machine can read {path}. Close it to them: chmod 600 {path}"
        ));
    }
    read_all(file).map_err(failed)
}

/// Whether the file of a secret can be read by group or others. What is no plain file,
/// such as a pipe, keeps nothing.
fn is_open_to_others(facts: &Metadata) -> bool {
    facts.is_file() && facts.mode() & 0o044 != 0
}

fn from_command(line: &str) -> Result<Zeroizing<Vec<u8>>, Exit> {
    let words = shlex::split(line).unwrap_or_default();
    let Some((program, arguments)) = words.split_first() else {
        return Err(usage(
            "The command that gives the secret is empty or has a quote that does not end.",
        ));
    };
    let failed = |error| {
        other(format!(
            "The command that gives the secret could not be run: {error}."
        ))
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let output = child
        .stdout
        .take()
        .ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe));
    let secret = output.and_then(read_all);
    if secret.is_err() {
        // It may have more to say than we want to hear.
        let _ = child.kill();
    }
    let status = child.wait().map_err(failed)?;
    let secret = secret.map_err(|error| {
        other(format!(
            "What the command gave as the secret cannot be used: {error}."
        ))
    })?;
    match status.success() {
        true => Ok(secret),
        false => Err(other(format!(
            "The command that gives the secret failed ({status})."
        ))),
    }
}

fn from_terminal(terminal: &mut dyn Terminal, prompt: &str, confirm: bool) -> Result<Forms, Exit> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::Interrupted => other("Nothing was typed."),
        _ => other(format!("The terminal could not be read: {error}.")),
    };
    for _ in 0..TRIES {
        let typed = terminal.ask(&format!("{prompt}: ")).map_err(failed)?;
        let secret = usable(Forms::typed(&typed), typed.len())?;
        if !confirm {
            return Ok(secret);
        }
        let again = terminal.ask(&format!("{prompt}, again: ")).map_err(failed)?;
        if Forms::typed(&again).new_form() == secret.new_form() {
            return Ok(secret);
        }
        terminal.say("The two are not the same.\n").map_err(failed)?;
    }
    Err(other("The two were never the same. Nothing was changed."))
}

/// The terminal that this process was started from.
pub(in crate::cli) struct Tty(File);

/// The terminal, if a person sits there: there is one, and not both input and messages go
/// elsewhere (as in a script).
pub(in crate::cli) fn open_terminal() -> Result<Tty, Exit> {
    if !io::stdin().is_terminal() && !io::stderr().is_terminal() {
        return Err(no_source());
    }
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty");
    tty.map(Tty).map_err(|_| no_source())
}

impl Terminal for Tty {
    fn ask(&mut self, prompt: &str) -> io::Result<Zeroizing<String>> {
        prompt::ask(&self.0, prompt)
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        let text = match output::columns(&self.0) {
            Some(width) => output::wrap(text, width),
            None => text.to_owned(),
        };
        self.0.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::unlock::tests::{Script, file};
    use tempfile::TempDir;

    fn secret(given: Forms) -> Result<String, Exit> {
        new_form(&given).map(|secret| secret.to_string())
    }

    fn read_file(content: impl AsRef<[u8]>) -> Result<String, Exit> {
        let folder = TempDir::new().unwrap();
        file(&folder, content).read("Passphrase", true).and_then(secret)
    }

    fn read_command(command: &str) -> Result<String, Exit> {
        let source = SecretSource::new(None, Some(command.into()), false);
        source.read("Passphrase", true).and_then(secret)
    }

    fn type_in(answers: &[&'static str], confirm: bool) -> (Result<String, Exit>, String) {
        let mut script = Script {
            answers: answers.into(),
            ..Script::default()
        };
        let read = SecretSource::default().read_with(Some(&mut script), "Passphrase", confirm);
        (read.and_then(secret), script.shown)
    }

    #[test]
    fn a_new_secret_is_the_first_line_without_its_end_in_nfc() {
        for (content, secret) in [
            ("abc", "abc"),
            ("abc\n", "abc"),
            ("abc\r\n", "abc"),
            ("abc\n\n", "abc"),
            ("abc\nurl: mired.test\nnote: x\n", "abc"),
            ("abc\r", "abc"),
            (" a b \n", " a b "),
            ("a\u{308}\n", "\u{e4}"),
        ] {
            assert_eq!(read_file(content).unwrap(), secret);
        }
        assert_eq!(read_file("x".repeat(LONGEST)).unwrap().len(), LONGEST);
        let notes = "note\n".repeat(LONGEST);
        assert_eq!(read_file(format!("abc\n{notes}")).unwrap(), "abc");
    }

    #[test]
    fn a_file_that_is_empty_too_long_no_text_or_not_there_is_an_error() {
        for content in [
            &b""[..],
            b"\n",
            b"\r\n",
            b"\nabc",
            b"\xff\xfe",
            &[b'x'; LONGEST + 1],
            &[b'\n'; LIMIT + 1],
        ] {
            assert_eq!(read_file(content).unwrap_err().code, Code::Other);
        }
        let absent = SecretSource::new(Some("/nonexistent/secret".into()), None, false);
        let exit = absent.read("Passphrase", false).err().unwrap();
        assert!(exit.code == Code::Other && exit.text.contains("/nonexistent/secret"));
        let endless = SecretSource::new(Some("/dev/zero".into()), None, false);
        assert_eq!(endless.read("Passphrase", false).err().unwrap().code, Code::Other);
    }

    #[test]
    fn a_descriptor_is_a_file_too() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"over the pipe\n").unwrap();
        drop(writer);
        let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));
        let source = SecretSource::new(Some(path.into()), None, false);
        let read = source.read("Passphrase", false).and_then(secret);
        assert_eq!(read.unwrap(), "over the pipe");
    }

    #[test]
    fn a_command_is_split_into_words_and_no_shell_sees_it() {
        assert_eq!(read_command("echo abc").unwrap(), "abc");
        assert_eq!(
            read_command("printf '%s' 'a  b' \"c d\" e\\ f").unwrap(),
            "a  bc de f"
        );
        assert_eq!(
            read_command("echo $HOME `id` ; false | cat > x").unwrap(),
            "$HOME `id` ; false | cat > x"
        );
    }

    #[test]
    fn a_command_has_no_standard_input() {
        assert_eq!(read_command("sh -c 'cat; echo end'").unwrap(), "end");
    }

    #[test]
    fn a_command_that_fails_gives_nothing_is_not_there_or_never_ends_is_an_error() {
        for bad in ["sh -c 'echo abc; exit 3'", "true", "/nonexistent/program", "yes"] {
            assert_eq!(read_command(bad).unwrap_err().code, Code::Other, "{bad}");
        }
        for wrong in ["", "  ", "echo 'abc"] {
            assert_eq!(read_command(wrong).unwrap_err().code, Code::Usage, "{wrong}");
        }
    }

    #[test]
    fn no_error_of_a_source_repeats_what_it_gave() {
        for exit in [
            read_command("sh -c 'echo canary; exit 1'").unwrap_err(),
            read_file(b"canary\xff").unwrap_err(),
        ] {
            assert!(!exit.text.contains("canary"), "{}", exit.text);
        }
    }

    #[test]
    fn a_new_secret_is_typed_twice_and_an_old_one_once() {
        assert_eq!(type_in(&["abc"], false).0.unwrap(), "abc");
        assert_eq!(type_in(&["abc", "abc"], true).0.unwrap(), "abc");
        let (read, shown) = type_in(&["abc", "abd", "xyz", "xyz"], true);
        assert_eq!(read.unwrap(), "xyz");
        assert!(
            shown.contains("not the same") && !shown.contains("abc"),
            "{shown}"
        );
        assert_eq!(
            type_in(&["a", "b", "a", "b", "a", "b", "a", "a"], true)
                .0
                .unwrap_err()
                .code,
            Code::Other
        );
        assert_eq!(type_in(&[""], false).0.unwrap_err().code, Code::Other);
        assert_eq!(type_in(&[], false).0.unwrap_err().code, Code::Other);
    }

    #[test]
    fn two_sources_or_none_and_no_terminal_is_wrong_usage() {
        let both = SecretSource::new(Some("a".into()), Some("b".into()), false);
        assert_eq!(both.read("Passphrase", false).err().unwrap().code, Code::Usage);
        let none = SecretSource::default().read_with(None, "Passphrase", false);
        assert_eq!(none.err().unwrap().code, Code::Usage);
    }

    #[test]
    fn only_a_plain_file_that_group_or_others_can_read_is_open_to_them() {
        use std::os::unix::fs::PermissionsExt;
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "abc").unwrap();
        for (mode, open) in [
            (0o600, false),
            (0o400, false),
            (0o640, true),
            (0o604, true),
            (0o644, true),
        ] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            assert_eq!(is_open_to_others(&path.metadata().unwrap()), open, "{mode:o}");
        }
        assert!(!is_open_to_others(&Path::new("/dev/null").metadata().unwrap()));
    }

    #[test]
    fn typed_in_two_ways_it_is_the_same() {
        assert_eq!(type_in(&["a\u{308}", "\u{e4}"], true).0.unwrap(), "\u{e4}");
    }

    #[test]
    fn locked_leaves_only_the_terminal() {
        let source = SecretSource::new(Some("a".into()), Some("b".into()), true);
        assert!(source.is_terminal());
        assert_eq!(source, SecretSource::default());
    }
}
