//! The log: our own events only, into one private file of the profile; and a panic that tells nothing.
//!
//! The libraries below us write JIDs, domains and whole stanzas to the `log` crate. So no logger for that
//! crate is ever installed (tracing-subscriber is built without its bridge), and of tracing's events those of
//! our own targets pass. What we write ourselves names accounts and chats by number.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Mutex;

use rustix::fs::OFlags;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

/// Our own targets: this one and all below it.
const TARGET: &str = "susurro";
const FILE: &str = "susurro.log";

/// Starts the log in `folder` (which exists and was checked) at `level` and louder. Once per process.
///
/// Errors: the file cannot be opened, or a log was started before.
pub fn start(folder: &Path, level: Level) -> io::Result<()> {
    tracing::subscriber::set_global_default(subscriber(open(folder)?, level)).map_err(io::Error::other)
}

/// Makes every panic of this process one line on stderr that says where it was and not what it said:
/// a payload may hold anything, a message or a key among it. What was set before (a terminal to
/// restore) is not run any more.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| (at.file(), at.line()));
        let _ = writeln!(io::stderr(), "{}", panic_line(place));
        if let Some((file, line)) = place {
            tracing::error!(file, line, "panic");
        }
    }));
}

fn panic_line(place: Option<(&str, u32)>) -> String {
    let place = place.map_or_else(String::new, |(file, line)| format!(" ({file}:{line})"));
    format!("susurro: a fault in the program itself{place}. Please report this line.")
}

fn open(folder: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
        .open(folder.join(FILE))?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("the log is not a plain file")),
    }
}

fn subscriber(file: File, level: Level) -> impl tracing::Subscriber + Send + Sync {
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(Mutex::new(file));
    tracing_subscriber::registry()
        .with(Targets::new().with_target(TARGET, level))
        .with(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn logged(level: Level, work: impl FnOnce()) -> String {
        let folder = tempfile::tempdir().unwrap();
        let subscriber = subscriber(open(folder.path()).unwrap(), level);
        tracing::subscriber::with_default(subscriber, work);
        let path = folder.path().join(FILE);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn our_events_up_to_the_level_are_written_and_foreign_ones_never() {
        let text = logged(Level::INFO, || {
            tracing::info!(account = 1, "online");
            tracing::info!(target: "susurro::net::dns", "looking up");
            tracing::debug!("too quiet");
            tracing::error!(target: "tokio_xmpp", "ana@mired.test");
            tracing::error!(target: "rustls::client", "mired.test");
        });
        assert!(text.contains("online") && text.contains("account=1"), "{text}");
        assert!(text.contains("looking up"), "{text}");
        assert!(!text.contains("too quiet") && !text.contains("mired"), "{text}");
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn what_the_log_crate_is_told_goes_nowhere() {
        let text = logged(Level::TRACE, || {
            assert_eq!(log::max_level(), log::LevelFilter::Off);
            log::error!("ana@mired.test");
        });
        assert_eq!(text, "");
    }

    #[test]
    fn a_log_goes_on_where_it_was_and_follows_no_link() {
        let folder = tempfile::tempdir().unwrap();
        for line in ["one\n", "two\n"] {
            open(folder.path()).unwrap().write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(folder.path().join(FILE)).unwrap(),
            "one\ntwo\n"
        );
        let linked = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(folder.path().join("other"), linked.path().join(FILE)).unwrap();
        assert!(open(linked.path()).is_err());
        assert!(!folder.path().join("other").exists());
    }

    /// For real, in a child that runs this very test: the hook is one for the whole process.
    #[test]
    fn a_panic_says_where_and_not_what() {
        const CHILD: &str = "SUSURRO_TEST_PANIC";
        if std::env::var_os(CHILD).is_some() {
            quiet_panics();
            panic!("canary {}", "of the payload");
        }
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args([
            "--exact",
            "--nocapture",
            "logging::tests::a_panic_says_where_and_not_what",
        ]);
        let output = child.env(CHILD, "1").output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!output.status.success());
        assert!(
            said.contains("a fault in the program itself (src/logging.rs:"),
            "{said}"
        );
        assert!(!said.contains("canary"), "{said}");
    }

    #[test]
    fn the_line_of_a_panic_is_its_place() {
        let line = panic_line(Some(("src/omemo/message.rs", 12)));
        assert!(line.contains("src/omemo/message.rs:12"), "{line}");
        assert!(!panic_line(None).contains('('));
    }
}
