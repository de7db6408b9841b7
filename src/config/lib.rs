//! The config file: `susurro/config.toml` in the XDG config folder. It may be absent, and it holds no JID
//! and no secret: accounts and their passwords are in the database. `susurro config` writes one with every
//! setting in it.
//!
//! ```toml
//! log = "debug"          # off (default), error, warn, info, debug, trace; into susurro.log in the profile folder
//! bell = false           # true (default): the terminal's bell for a new message
//! mouse = true           # false (default): the terminal's own selecting works
//! offline = false        # true (default): contacts who are offline stand in the list too
//! colour = "never"       # auto (default), always, never
//! glyphs = "ascii"       # auto (default), unicode, ascii
//! archive_days = 30      # 90 (default): so many days of the archive are read by itself
//! read_sync = false      # true (default): your other devices learn what you have read; your server sees it
//! read_markers = "on"    # encrypted (default), on, off: contacts learn that you have read what they wrote
//! typing = "off"         # encrypted (default), on, off: contacts learn that you write
//! links = "off"          # auto (default), on, off: whether the terminal is told where links lead
//! [keys]                 # actions by name, each with a key or a list of keys
//! find = ["Ctrl-P", "F5"]
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use thiserror::Error;
use toml::Spanned;

/// No config that a person writes is longer, in bytes.
const LIMIT: u64 = 64 * 1024;

/// What the file says, with the defaults for what it does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub log: Log,
    /// The terminal's bell for a new message.
    pub bell: bool,
    /// Wheel and clicks.
    pub mouse: bool,
    /// Contacts who are offline stand in the list too.
    pub offline: bool,
    pub colour: Colour,
    pub glyphs: Glyphs,
    pub links: Links,
    /// So many days of the server's archive are read by itself, at the first login.
    pub archive_days: u16,
    /// Our other devices are told what was read.
    pub read_sync: bool,
    /// Contacts are told that what they wrote was read.
    pub read_markers: Disclosure,
    /// Contacts are told that something is being written.
    pub typing: Disclosure,
    /// Action name → key names, as they are written; what they mean is the keymap's matter.
    pub keys: BTreeMap<String, Vec<String>>,
    pub source: Source,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            log: Log::default(),
            bell: true,
            mouse: false,
            offline: true,
            colour: Colour::default(),
            glyphs: Glyphs::default(),
            links: Links::default(),
            archive_days: 90,
            read_sync: true,
            read_markers: Disclosure::default(),
            typing: Disclosure::default(),
            keys: BTreeMap::new(),
            source: Source::default(),
        }
    }
}

/// Where a config was read, for errors that only its readers can see. Two configs
/// that say the same are the same.
#[derive(Debug, Clone, Default, Eq)]
pub struct Source {
    path: String,
    /// Action name → line, from 1.
    keys: BTreeMap<String, usize>,
}

impl PartialEq for Source {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// How much is written to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
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
    /// The level for `logging::start`; `None` for no log at all.
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

/// Whether the screen has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// As NO_COLOR and TERM say.
    #[default]
    Auto,
    Always,
    Never,
}

/// Which signs the screen is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Glyphs {
    /// As the locale says.
    #[default]
    Auto,
    Unicode,
    Ascii,
}

/// Whether the terminal is told where links lead (OSC 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Links {
    /// Where the environment names a terminal that has them.
    #[default]
    Auto,
    On,
    Off,
}

/// Where contacts are told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disclosure {
    Off,
    /// Where no server can read it: in OMEMO 2.
    #[default]
    Encrypted,
    /// In clear too.
    On,
}

/// The file as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    log: Log,
    bell: bool,
    mouse: bool,
    offline: bool,
    colour: Colour,
    glyphs: Glyphs,
    links: Links,
    archive_days: u16,
    read_sync: bool,
    read_markers: Disclosure,
    typing: Disclosure,
    keys: BTreeMap<String, Spanned<KeyNames>>,
}

impl Default for Written {
    fn default() -> Self {
        let config = Config::default();
        Self {
            log: config.log,
            bell: config.bell,
            mouse: config.mouse,
            offline: config.offline,
            colour: config.colour,
            glyphs: config.glyphs,
            links: config.links,
            archive_days: config.archive_days,
            read_sync: config.read_sync,
            read_markers: config.read_markers,
            typing: config.typing,
            keys: BTreeMap::new(),
        }
    }
}

/// Keys of one action: one name or a list.
struct KeyNames(Vec<String>);

impl<'de> Deserialize<'de> for KeyNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = KeyNames;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key, as in \"Ctrl-P\", or a list of keys")
    }

    fn visit_str<E>(self, name: &str) -> Result<KeyNames, E> {
        Ok(KeyNames(vec![name.into()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<KeyNames, A::Error> {
        let mut all = Vec::new();
        while let Some(name) = names.next_element()? {
            all.push(name);
        }
        Ok(KeyNames(all))
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

    /// Reads this file; without it, the defaults.
    pub fn load_from(path: &Path) -> Result<Self, ConfigError> {
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
        Self::read(&text, &path.display().to_string())
    }

    /// Reads the text of a config file; `path` is for its errors.
    pub fn read(text: &str, path: &str) -> Result<Self, ConfigError> {
        let written: Written = toml::from_str(text).map_err(|error| ConfigError::Wrong {
            path: path.into(),
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            what: error.message().trim_end_matches('.').replace('\n', "; "),
        })?;
        let lines = written.keys.iter();
        let lines = lines.map(|(name, keys)| (name.clone(), line_of(text, keys.span().start)));
        Ok(Self {
            log: written.log,
            bell: written.bell,
            mouse: written.mouse,
            offline: written.offline,
            colour: written.colour,
            glyphs: written.glyphs,
            links: written.links,
            archive_days: written.archive_days,
            read_sync: written.read_sync,
            read_markers: written.read_markers,
            typing: written.typing,
            source: Source {
                path: path.into(),
                keys: lines.collect(),
            },
            keys: written
                .keys
                .into_iter()
                .map(|(name, keys)| (name, keys.into_inner().0))
                .collect(),
        })
    }

    /// What is wrong with the keys of an action, said with file and line.
    pub fn wrong_keys(&self, name: &str, what: impl Into<String>) -> ConfigError {
        ConfigError::Wrong {
            path: self.source.path.clone(),
            line: self.source.keys.get(name).copied().unwrap_or(1),
            what: what.into(),
        }
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
        assert_eq!(absent, Config::default());
        assert_eq!((absent.log, absent.bell, absent.mouse), (Log::Off, true, false));
        assert_eq!((absent.colour, absent.glyphs), (Colour::Auto, Glyphs::Auto));
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
    fn the_screen_s_settings_are_read() {
        let text = "bell = false\nmouse = true\noffline = false\ncolour = \"never\"\nglyphs = \"ascii\"\nlinks = \"off\"\n";
        let config = load(text).unwrap();
        assert_eq!((config.bell, config.mouse, config.offline), (false, true, false));
        assert_eq!((config.colour, config.glyphs), (Colour::Never, Glyphs::Ascii));
        assert_eq!(config.links, Links::Off);
    }

    #[test]
    fn keys_are_one_name_or_a_list_of_names_or_none() {
        let config = load("[keys]\nfind = \"Ctrl-G\"\nlock = [\"F9\", \"Alt-X\"]\nredraw = []\n").unwrap();
        let keys: Vec<_> = config
            .keys
            .iter()
            .map(|(name, keys)| (name.as_str(), keys.join(" ")))
            .collect();
        let expected = [("find", "Ctrl-G"), ("lock", "F9 Alt-X"), ("redraw", "")];
        assert_eq!(keys, expected.map(|(name, keys)| (name, keys.to_owned())));
    }

    #[test]
    fn what_is_wrong_with_keys_is_said_with_their_line() {
        let config = load("log = \"off\"\n[keys]\nfind = [\n  \"x\",\n]\nlock = \"y\"").unwrap();
        for (name, line) in [("find", "line 3"), ("lock", "line 6")] {
            let error = config.wrong_keys(name, "no").to_string();
            assert!(error.contains("config.toml, ") && error.contains(line), "{error}");
        }
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
            ("bell = \"no\"", "line 1", "boolean"),
            ("\ncolour = \"red\"", "line 2", "`red`"),
            ("links = \"maybe\"", "line 1", "`maybe`"),
            ("[keys]\nfind = 3", "line 2", "a key, as in \"Ctrl-P\", or a list"),
            ("[keys]\n\nfind = [\"F5\", 3]", "line 3", "string"),
            ("[keys]\nfind = \"F5\"\nfind = \"F6\"", "line 3", "duplicate"),
            ("keys = 3", "line 1", "map"),
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
