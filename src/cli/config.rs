//! `susurro config`: writes a config file in which every setting and every key is explained and
//! commented out, or checks the one there is. No profile is touched and no passphrase asked for: the
//! file holds nothing that is secret.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::args;
use super::{Exit, output, render};
use config::Config;
use tui::action::{ActionRow, KeyContext, TABLE};
use tui::keymap::Keymap;

/// Faults that are told at once; whoever has more of them reads on after mending these.
const MOST_FAULTS: usize = 20;

/// Writes, prints or checks the config file.
///
/// Exit: 1 there is one already, or it cannot be written, with nothing changed; 2 the
/// one there is cannot be used.
pub fn run(args: args::Config) -> Result<(), Exit> {
    if args.print {
        return output::results(text().lines());
    }
    let path = path()?;
    if args.check {
        return output::result(check(&path)?);
    }
    write(&path)?;
    output::result(shown(&path))?;
    output::say(
        "Every setting and key is in it, with its default. Take away the # before what you want to change.",
    );
    Ok(())
}

/// The config file with its keys, as the screen needs them; what is wrong with the keys is
/// said with file and line too.
///
/// Exit: 2 the file cannot be used.
pub fn load() -> Result<(Config, Keymap), Exit> {
    let config = Config::load().map_err(|error| Exit::usage(error.to_string()))?;
    match Keymap::new(&config.keys) {
        Ok(keymap) => Ok((config, keymap)),
        Err(_) => Err(Exit::usage(
            faults(&config).into_iter().next().unwrap_or_default(),
        )),
    }
}

fn path() -> Result<PathBuf, Exit> {
    Config::path().ok_or_else(|| {
        Exit::other("There is no home folder to keep the config file in. Set HOME, or XDG_CONFIG_HOME.")
    })
}

fn shown(path: &Path) -> String {
    render::identifier(path.display().to_string())
}

/// Says that the file at `path` can be used; else the exit says the last fault, the others having been said.
fn check(path: &Path) -> Result<String, Exit> {
    let config = Config::load_from(path).map_err(|error| Exit::usage(error.to_string()))?;
    let mut faults = faults(&config);
    faults.truncate(MOST_FAULTS);
    if let Some(last) = faults.pop() {
        faults.iter().for_each(output::say);
        return Err(Exit::usage(last));
    }
    Ok(match path.symlink_metadata() {
        Ok(_) => format!("{} can be used.", shown(path)),
        Err(_) => format!("There is no {}; the defaults hold.", shown(path)),
    })
}

/// What is wrong with the keys, a sentence each.
fn faults(config: &Config) -> Vec<String> {
    Keymap::faults(&config.keys)
        .into_iter()
        .map(|fault| config.wrong_keys(&fault.name, fault.words).to_string())
        .collect()
}

/// Writes the file, 0600, in a folder that is made where it is missing, 0700; never over
/// anything, nor through a link.
fn write(path: &Path) -> Result<(), Exit> {
    let failed = |error: io::Error| Exit::other(format!("{} cannot be written: {error}.", shown(path)));
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed)?;
    }
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = match made {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(Exit::other(format!(
                "{} is there already and is left as it is. To see every setting: susurro config --print",
                shown(path)
            )));
        }
        Err(error) => return Err(failed(error)),
    };
    file.write_all(text().as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| {
            // Half a file would stand in the way of the next try.
            let _ = fs::remove_file(path);
            failed(error)
        })
}

const SETTINGS: &str = "\
# Susurro's settings. What is commented out is the default: to change it, take away the # before its name.
# What you wrote is checked by: susurro config --check
# This file holds no address and no secret. Those are in the vault.

# How much is written to susurro.log in the profile folder: off, error, warn, info, debug or trace.
#log = \"off\"

# Ring the terminal's bell for a new message: true or false.
#bell = true

# Let the wheel scroll and clicks choose: true or false. When true, most terminals select text only with Shift held.
#mouse = false

# Contacts who are offline stand in the list: true or false (o in the list, or /offline, for once).
#offline = true

# Colours: auto (none where NO_COLOR is set or the terminal is dumb), always or never.
#colour = \"auto\"

# Signs and lines: auto (as the locale says), unicode or ascii.
#glyphs = \"auto\"

# Tell the terminal where links lead, so that a click opens the whole of a long one: auto (where it is known to have that),
# on or off.
#links = \"auto\"

# How many days of the server's archive are read when an account is new here: 0 to 65535. What came since you were last
# here is always read.
#archive_days = 90

# Tell your other devices what you have read, so that it is read on all of them: true or false. Your server sees in which
# chat you have read how far, and when.
#read_sync = true

# Tell contacts that you have read what they wrote, if they asked: encrypted (only inside OMEMO 2, where no server sees
# it), on (in clear too) or off.
#read_markers = \"encrypted\"

# Tell contacts that you are writing: encrypted (only inside OMEMO 2), on (in clear too) or off.
#typing = \"encrypted\"

# Keys: each action has one key (\"F5\"), several ([\"F5\", \"Alt-X\"]) or none ([]).
# Modifiers are Ctrl, Alt and Shift; keys are letters, F1 to F12, Enter, Esc, Tab, Space, Backspace, Delete, Insert,
# Up, Down, Left, Right, Home, End, PgUp and PgDn.
# Terminals send Ctrl-M as Enter, Ctrl-I as Tab and Ctrl-[ as Esc, and most send Shift-Enter and Ctrl-Enter as Enter.
[keys]
";

/// The file: comments and defaults. Lines of words begin with \"# \", settings with # and their name.
fn text() -> String {
    let mut text = SETTINGS.to_owned();
    for context in KeyContext::ALL {
        text.push_str(&format!("\n# {}:\n", context.words()));
        let rows = || TABLE.iter().filter(move |row| row.context == context);
        let width = rows().map(|row| setting(row).len()).max().unwrap_or_default();
        for row in rows() {
            text.push_str(&format!("#{:width$}  # {}\n", setting(row), row.words));
        }
    }
    text
}

fn setting(row: &ActionRow) -> String {
    let keys: Vec<String> = row
        .keys
        .iter()
        .map(|key| toml::Value::from(*key).to_string())
        .collect();
    format!("{} = [{}]", row.name, keys.join(", "))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::cli::Code;
    use config::{Colour, Glyphs, Log};

    /// The text with every setting live: lines of words begin with "# ".
    fn uncommented() -> String {
        let live = |line: &str| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
            _ => format!("{line}\n"),
        };
        text().lines().map(live).collect()
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_fresh_file_changes_nothing() {
        assert_eq!(Config::read(&text(), "f").unwrap(), Config::default());
    }

    #[test]
    fn with_every_line_live_the_settings_are_the_defaults_and_every_action_has_its_keys() {
        let config = Config::read(&uncommented(), "f").unwrap();
        let settings = Config {
            keys: Config::default().keys,
            ..config.clone()
        };
        assert_eq!(settings, Config::default());
        for row in TABLE {
            assert_eq!(config.keys.get(row.name).unwrap(), row.keys, "{}", row.name);
        }
        assert_eq!(config.keys.len(), TABLE.len());
        assert!(Keymap::faults(&config.keys).is_empty());
    }

    #[test]
    fn every_setting_is_in_the_file() {
        // The settings are those that the parser says it knows.
        let known = Config::read("x = 1", "f").unwrap_err().to_string();
        let names = known.split('`').skip(3).step_by(2);
        let text = text();
        let mut count = 0;
        for name in names {
            count += 1;
            assert!(
                text.contains(&format!("\n#{name} = ")) || text.contains(&format!("\n[{name}]\n")),
                "{name}"
            );
        }
        assert_eq!(count, 12, "{known}");
    }

    #[test]
    fn each_value_that_the_comments_name_is_one() {
        let read = |line: &str| Config::read(line, "f").unwrap();
        for log in ["off", "error", "warn", "info", "debug", "trace"] {
            let level = read(&format!("log = {log:?}")).log;
            assert_eq!(level == Log::Off, log == "off");
        }
        assert_eq!(read("colour = \"always\"").colour, Colour::Always);
        assert_eq!(read("colour = \"never\"").colour, Colour::Never);
        assert_eq!(read("glyphs = \"unicode\"").glyphs, Glyphs::Unicode);
        assert_eq!(read("glyphs = \"ascii\"").glyphs, Glyphs::Ascii);
        for told in ["off", "encrypted", "on"] {
            let config = read(&format!(
                "read_sync = false\nread_markers = {told:?}\ntyping = {told:?}"
            ));
            assert!(
                !config.read_sync && config.read_markers == config.typing,
                "{told}"
            );
        }
        assert!(
            Keymap::new(&read("[keys]\nfind = \"F5\"\nredraw = [\"F6\", \"Alt-X\"]\nlock = []").keys).is_ok()
        );
    }

    #[test]
    fn lines_are_short_enough_to_read() {
        for line in text().lines() {
            assert!(line.len() <= 130, "{line}");
        }
    }

    #[test]
    fn the_file_is_for_its_owner_only_and_so_is_a_folder_that_is_made_for_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/susurro/config.toml");
        write(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(fs::read_to_string(&path).unwrap(), text());
        assert!(check(&path).unwrap().contains("can be used"));
    }

    #[test]
    fn nothing_is_written_over_a_file_or_through_a_link() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.toml");
        fs::write(&path, "log = \"warn\"\n").unwrap();
        let refused = write(&path).unwrap_err();
        assert!(
            refused.text.contains("susurro config --print"),
            "{}",
            refused.text
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "log = \"warn\"\n");

        let (link, target) = (home.path().join("link"), home.path().join("target"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert_eq!(write(&link).unwrap_err().code, Code::Other);
        assert!(!target.exists());
    }

    #[test]
    fn a_check_says_what_is_wrong_and_where_and_ends_with_2() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.toml");
        assert!(check(&path).unwrap().contains("the defaults hold"));
        for (text, line, what) in [
            ("bell = 3", "line 1", "boolean"),
            ("[keys]\nsing = \"F9\"", "line 2", "no action “sing”"),
            ("\n[keys]\nfind = \"Ctrl-M\"", "line 3", "Enter"),
            ("[keys]\nfind = \"Ctrl-K\"", "line 2", "“kill-to-end”"),
            ("[keys]\nleave = []", "line 2", "needs a key"),
        ] {
            fs::write(&path, text).unwrap();
            let exit = check(&path).unwrap_err();
            assert_eq!(exit.code, Code::Usage);
            assert!(
                exit.text.contains(line) && exit.text.contains(what),
                "{}",
                exit.text
            );
        }
    }
}
