//! What the terminal can show, as far as the environment tells.

use std::env;

/// How much the terminal may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// False with NO_COLOR (any value but empty), TERM=dumb or `colour = "never"`.
    pub colour: bool,
    /// False in a locale without UTF-8, or with `glyphs = "ascii"`.
    pub unicode: bool,
}

/// How many colours there are to choose from, where there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The 16 of the terminal's theme.
    Sixteen,
    /// xterm's 256.
    Indexed,
    /// 24 bits.
    True,
}

impl Capabilities {
    /// As the config says, else as the environment does.
    pub fn detect(colour: Option<bool>, unicode: Option<bool>) -> Self {
        Self::from(colour, unicode, |name| env::var(name).ok())
    }

    /// What the config says goes before NO_COLOR, as <https://no-color.org> asks.
    fn from(colour: Option<bool>, unicode: Option<bool>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        Self {
            colour: colour.unwrap_or_else(|| set("NO_COLOR").is_none() && term != "dumb"),
            // The fonts of the Linux console have no ✓.
            unicode: unicode.unwrap_or_else(|| {
                locale.is_some_and(|locale| is_utf8(&locale)) && term != "dumb" && term != "linux"
            }),
        }
    }
}

impl Depth {
    /// As COLORTERM and TERM say.
    pub fn detect() -> Self {
        Self::from(|name| env::var(name).ok())
    }

    fn from(variable: impl Fn(&str) -> Option<String>) -> Self {
        let colours = variable("COLORTERM").unwrap_or_default();
        let term = variable("TERM").unwrap_or_default();
        if matches!(colours.as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") || !colours.is_empty() {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }
}

/// Whether the terminal can be told where links lead (OSC 8): as the config says, else where the
/// environment names one that is known for it. What stands between us and a terminal (tmux,
/// screen) may pass it on or not.
pub fn has_links(setting: Option<bool>) -> bool {
    setting.unwrap_or_else(|| knows_links(|name| env::var(name).ok()))
}

fn knows_links(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let term = set("TERM").unwrap_or_default();
    let is = |names: &[&str]| names.iter().any(|name| term.starts_with(name));
    if set("TMUX").is_some() || set("STY").is_some() || is(&["tmux", "screen"]) {
        return false;
    }
    if matches!(term.as_str(), "" | "dumb" | "linux") {
        return false;
    }
    let vte = set("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    let program = set("TERM_PROGRAM").unwrap_or_default();
    vte.is_some_and(|version| version >= 5000)
        || ["KITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION"]
            .iter()
            .any(|name| set(name).is_some())
        || ["iTerm.app", "WezTerm", "vscode", "ghostty"].contains(&program.as_str())
        || is(&["foot", "alacritty", "xterm-kitty", "xterm-ghostty"])
}

/// The part of a locale's name behind the dot: de_DE.UTF-8, C.utf8, en_US.UTF-8@euro.
fn is_utf8(locale: &str) -> bool {
    let encoding = locale.split_once('.').map_or(locale, |(_, encoding)| encoding);
    let encoding = encoding.split('@').next().unwrap_or_default();
    encoding.eq_ignore_ascii_case("UTF-8") || encoding.eq_ignore_ascii_case("UTF8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capabilities(variables: &[(&str, &str)], colour: Option<bool>, unicode: Option<bool>) -> (bool, bool) {
        let capabilities = Capabilities::from(colour, unicode, |name| value(variables, name));
        (capabilities.colour, capabilities.unicode)
    }

    fn value(variables: &[(&str, &str)], name: &str) -> Option<String> {
        let (_, value) = variables.iter().find(|(set, _)| *set == name)?;
        Some((*value).to_owned())
    }

    #[test]
    fn links_are_told_to_terminals_that_are_known_for_them() {
        let xterm = ("TERM", "xterm-256color");
        for (variables, known) in [
            (&[xterm][..], false),
            (&[xterm, ("VTE_VERSION", "7600")], true),
            (&[xterm, ("VTE_VERSION", "4900")], false),
            (&[xterm, ("VTE_VERSION", "new")], false),
            (&[xterm, ("KITTY_WINDOW_ID", "1")], true),
            (&[xterm, ("KONSOLE_VERSION", "220401")], true),
            (&[xterm, ("WT_SESSION", "x")], true),
            (&[xterm, ("TERM_PROGRAM", "iTerm.app")], true),
            (&[xterm, ("TERM_PROGRAM", "Apple_Terminal")], false),
            (&[("TERM", "foot")], true),
            (&[("TERM", "alacritty")], true),
            (&[("TERM", "xterm-kitty")], true),
            (&[("TERM", "tmux-256color"), ("VTE_VERSION", "7600")], false),
            (&[xterm, ("VTE_VERSION", "7600"), ("TMUX", "/tmp/x")], false),
            (&[xterm, ("VTE_VERSION", "7600"), ("STY", "1.x")], false),
            (&[("TERM", "linux"), ("VTE_VERSION", "7600")], false),
            (&[("VTE_VERSION", "7600")], false),
        ] {
            assert_eq!(knows_links(|name| value(variables, name)), known, "{variables:?}");
        }
    }

    const UTF8: (&str, &str) = ("LANG", "de_DE.UTF-8");

    #[test]
    fn the_environment_decides_where_the_config_does_not() {
        assert_eq!(capabilities(&[UTF8, ("TERM", "xterm")], None, None), (true, true));
        assert_eq!(
            capabilities(&[UTF8, ("NO_COLOR", "0")], None, None),
            (false, true)
        );
        assert_eq!(capabilities(&[UTF8, ("NO_COLOR", "")], None, None), (true, true));
        assert_eq!(
            capabilities(&[UTF8, ("TERM", "dumb")], None, None),
            (false, false)
        );
        assert_eq!(
            capabilities(&[UTF8, ("TERM", "linux")], None, None),
            (true, false)
        );
        let dumb = [("TERM", "dumb"), ("NO_COLOR", "1")];
        assert_eq!(capabilities(&dumb, Some(true), Some(true)), (true, true));
        assert_eq!(capabilities(&[UTF8], Some(false), Some(false)), (false, false));
    }

    #[test]
    fn the_first_locale_variable_that_is_set_counts() {
        for (variables, unicode) in [
            (&[][..], false),
            (&[("LANG", "C")], false),
            (&[("LANG", "C.utf8")], true),
            (&[UTF8, ("LC_ALL", "C")], false),
            (&[UTF8, ("LC_ALL", "")], true),
            (&[UTF8, ("LC_CTYPE", "de_DE.ISO-8859-1")], false),
            (&[("LC_CTYPE", "UTF-8")], true),
            (&[("LANG", "ca_ES.UTF-8@valencia")], true),
        ] {
            assert_eq!(capabilities(variables, None, None).1, unicode, "{variables:?}");
        }
    }

    #[test]
    fn the_terminal_says_how_many_colours_it_has() {
        for (variables, depth) in [
            (
                &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..],
                Depth::True,
            ),
            (&[("TERM", "tmux-256color")], Depth::Indexed),
            (
                &[("TERM", "xterm"), ("COLORTERM", "gnome-terminal")],
                Depth::Indexed,
            ),
            (&[("TERM", "screen")], Depth::Sixteen),
            (&[("TERM", "xterm-direct")], Depth::True),
            (&[], Depth::Sixteen),
        ] {
            assert_eq!(Depth::from(|name| value(variables, name)), depth, "{variables:?}");
        }
    }
}
