//! The config file: `susurro/config.toml` in the XDG config folder. It may be absent, and it holds no JID and no
//! secret: accounts and their passwords are in the database.
//!
//! ```toml
//! log = "debug"   # off (default), error, warn, info, debug, trace; into susurro.log in the profile folder
//! ```

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::Deserialize;
use thiserror::Error;

/// No config that a person writes is longer, in bytes.
const LIMIT: u64 = 64 * 1024;

/// What the file says, with the defaults for what it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub log: Log,
}

/// How much is written to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Log {
    #[default]
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Log {
    /// The level for [`crate::logging::start`]; `None` for no log at all.
    pub fn level(self) -> Option<tracing::Level> {
        match self {
            Self::Off => None,
            Self::Error => Some(tracing::Level::ERROR),
            Self::Warn => Some(tracing::Level::WARN),
            Self::Info => Some(tracing::Level::INFO),
            Self::Debug => Some(tracing::Level::DEBUG),
            Self::Trace => Some(tracing::Level::TRACE),
        }
    }
}

/// Why the config file cannot be used, in a sentence that says where to look.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("{path}, line {line}: {what}.")]
    Wrong { path: String, line: usize, what: String },
    #[error("Could not read {path}: {source}.")]
    Io { path: String, source: io::Error },
}

impl Config {
    /// Reads the config file; without one, the defaults.
    pub fn load() -> Result<Self, ConfigError> {
        match Self::path() {
            Some(path) => Self::load_from(&path),
            None => Ok(Self::default()),
        }
    }

    /// Where the config file is looked for; `None` without a home folder.
    pub fn path() -> Option<PathBuf> {
        let folders = etcetera::base_strategy::Xdg::new().ok()?;
        Some(folders.config_dir().join("susurro").join("config.toml"))
    }

    fn load_from(path: &Path) -> Result<Self, ConfigError> {
        let io = |source| ConfigError::Io {
            path: path.display().to_string(),
            source,
        };
        let mut text = String::new();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(io(error)),
        };
        let length = file.take(LIMIT + 1).read_to_string(&mut text).map_err(io)?;
        if length as u64 > LIMIT {
            return Err(io(io::Error::other("it is longer than 64 KiB")));
        }
        toml::from_str(&text).map_err(|error| ConfigError::Wrong {
            path: path.display().to_string(),
            line: line_of(&text, error.span().map_or(0, |span| span.start)),
            what: error.message().trim_end_matches('.').replace('\n', "; "),
        })
    }
}

/// The number of the line that byte `at` of `text` is on, from 1.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: impl AsRef<[u8]>) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        Config::load_from(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_file_or_with_an_empty_one_the_log_is_off() {
        let absent = Config::load_from(Path::new("/nonexistent/config.toml")).unwrap();
        assert_eq!(absent, Config { log: Log::Off });
        assert_eq!(load("").unwrap(), absent);
        assert_eq!(load("# nothing\n").unwrap().log.level(), None);
    }

    #[test]
    fn the_log_level_is_read() {
        assert_eq!(
            load("log = \"debug\"").unwrap().log.level(),
            Some(tracing::Level::DEBUG)
        );
        assert_eq!(load("log = \"off\"").unwrap().log, Log::Off);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_key_and_line() {
        let error = load("# first\nlog = \"off\"\njid = \"x\"\n").unwrap_err();
        assert!(error.contains("line 3") && error.contains("`jid`"), "{error}");
    }

    #[test]
    fn a_wrong_value_and_a_broken_file_are_errors_with_the_line() {
        for (text, line, what) in [
            ("log = \"loud\"", "line 1", "`loud`"),
            ("\n\nlog = 3", "line 3", "wanted string"),
            ("log = \"off\"\nlog = \"off\"", "line 2", "duplicate"),
            ("log = \"off\"\n[log", "line 2", ""),
        ] {
            let error = load(text).unwrap_err();
            assert!(error.contains(line) && error.contains(what), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn an_endless_file_a_folder_and_no_text_are_errors() {
        assert!(load("#".repeat(70_000)).unwrap_err().contains("64 KiB"));
        assert!(load([0xff, 0xfe]).unwrap_err().contains("UTF-8"));
        assert!(matches!(
            Config::load_from(Path::new("/usr")),
            Err(ConfigError::Io { .. })
        ));
    }
}
