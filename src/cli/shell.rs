//! `susurro completion` and `susurro man`: both are made from what the program itself takes, so they cannot
//! say anything else. No profile is touched and no passphrase asked for.

use std::fs;
use std::io;
use std::path::Path;

use clap::{Command, CommandFactory};

use super::args::{Cli, Completion, Man};
use super::{Exit, output, render};

/// Prints what a shell needs to complete commands and options.
pub fn completion(args: Completion) -> Result<(), Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "susurro", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    output::results(script.lines())
}

/// Writes a manual page for each command.
pub fn man(args: &Man) -> Result<(), Exit> {
    let failed = |error: io::Error| {
        Exit::other(format!(
            "The manual pages cannot be written to {}: {error}.",
            args.dir.display()
        ))
    };
    let pages = pages().map_err(failed)?;
    write(&args.dir, &pages).map_err(failed)?;
    output::say(format!(
        "{} manual pages are written to {}. If man does not find them there: man {}",
        pages.len(),
        render::identifier(args.dir.display().to_string()),
        render::identifier(args.dir.join("susurro.1").display().to_string()),
    ));
    Ok(())
}

fn write(folder: &Path, pages: &[(String, Vec<u8>)]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    pages
        .iter()
        .try_for_each(|(name, page)| fs::write(folder.join(name), page))
}

/// Each command's page by its file name, the program's own first.
fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut program = Cli::command().disable_help_subcommand(true);
    // So that each command knows the options of every command, and its whole name.
    program.build();
    let mut pages = Vec::new();
    collect(&program, &mut pages)?;
    Ok(pages)
}

fn collect(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command.clone());
    man.render(&mut page)?;
    pages.push((man.get_filename(), page));
    let mut below = command.get_subcommands().filter(|below| !below.is_hide_set());
    below.try_for_each(|below| collect(below, pages))
}

#[cfg(test)]
mod tests {
    use clap_complete::Shell;

    use super::*;

    /// Every command with those below it, as they are typed: "account add".
    fn commands(command: &Command, name: &str, found: &mut Vec<String>) {
        for below in command.get_subcommands() {
            let name = format!("{name} {}", below.get_name());
            found.push(name.trim().to_owned());
            commands(below, &name, found);
        }
    }

    #[test]
    fn every_command_has_a_page_that_names_itself_and_its_options() {
        let pages = pages().unwrap();
        let mut all = Vec::new();
        commands(&Cli::command(), "", &mut all);
        assert_eq!(pages.len(), all.len() + 1);
        for command in all {
            let name = format!("susurro-{}.1", command.replace(' ', "-"));
            let (_, page) = pages.iter().find(|(found, _)| *found == name).unwrap();
            let page = String::from_utf8(page.clone()).unwrap();
            assert!(
                page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"),
                "{name}"
            );
            assert!(page.contains("\\-\\-passphrase\\-file"), "{name}");
            assert!(!page.contains("\\-\\-locked"), "{name}");
        }
        let (first, page) = &pages[0];
        let page = String::from_utf8(page.clone()).unwrap();
        assert_eq!(first, "susurro.1");
        assert!(page.contains("Exit codes") && page.contains("memory"), "{page}");
    }

    #[test]
    fn a_shell_learns_every_command() {
        let mut all = Vec::new();
        commands(&Cli::command(), "", &mut all);
        for shell in [
            Shell::Bash,
            Shell::Zsh,
            Shell::Fish,
            Shell::Elvish,
            Shell::PowerShell,
        ] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "susurro", &mut script);
            let script = String::from_utf8(script).unwrap();
            for command in &all {
                let word = command.rsplit(' ').next().unwrap();
                assert!(script.contains(word), "{shell}: {command}");
            }
            assert!(script.contains("passphrase-file"), "{shell}");
        }
    }

    #[test]
    fn pages_are_written_into_a_folder_that_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("man/man1");
        man(&Man { dir: dir.clone() }).unwrap();
        man(&Man { dir: dir.clone() }).unwrap();
        assert!(dir.join("susurro.1").is_file() && dir.join("susurro-trust-verify.1").is_file());
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(man(&Man { dir: file }).is_err());
    }
}
