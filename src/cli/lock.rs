//! Locking by starting over: the process replaces itself by a fresh one of its own program,
//! which asks for the passphrase. A heap cannot be scrubbed reliably; exec gives all of it back
//! to the kernel, which clears it.
//!
//! Before this is called: connection closed, database closed, screen cleared (design §4). What exec does by
//! itself: the lock of the profile is let go and files are closed, since all of ours are close-on-exec.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Code, Exit};

/// The argument that makes the terminal the only source of the passphrase. It is global: it
/// stands before the subcommand.
pub const LOCKED: &str = "--locked";

/// Replaces this process by a locked one with the same arguments. Returns only when that failed, with the
/// reason; the caller must then end the process, since its memory holds the keys.
pub fn relaunch_locked() -> Exit {
    let error = again(&program(), env::args_os(), env::vars_os()).exec();
    let text = format!("Susurro is locked, but could not start anew to ask for the passphrase: {error}.");
    Exit::new(Code::Other, text)
}

/// Our own program file. Where an upgrade has taken it away, the kernel still knows the one that is running.
fn program() -> PathBuf {
    let kernel = Path::new("/proc/self/exe");
    match env::current_exe() {
        Ok(path) if path.is_file() => path,
        Ok(path) if !kernel.exists() => path,
        _ => kernel.into(),
    }
}

fn again(
    program: &Path,
    arguments: impl IntoIterator<Item = OsString>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Command {
    let mut arguments = arguments.into_iter();
    let mut command = Command::new(program);
    command.arg0(arguments.next().unwrap_or_else(|| "susurro".into()));
    // First, so that no `--` or subcommand stands before it; a later one of the same name goes.
    command.arg(LOCKED).args(without_locked(arguments));
    command
        .env_clear()
        .envs(variables.into_iter().filter(|(name, _)| !is_secret(name)));
    command
}

/// All but `--locked` itself; behind `--` everything is text and stays.
fn without_locked(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let mut options = true;
    arguments.filter(move |argument| {
        options &= argument != "--";
        !(options && argument == LOCKED)
    })
}

/// No secret of ours is ever read from a variable; one that is named like it was set by
/// mistake and goes no further.
fn is_secret(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    name.starts_with("SUSURRO_") && (name.contains("PASS") || name.contains("SECRET") || name.contains("KEY"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Vec<OsString> {
        texts.iter().map(OsString::from).collect()
    }

    fn arguments(given: &[&str]) -> Vec<String> {
        let command = again(Path::new("/bin/true"), strings(given), []);
        command
            .get_args()
            .map(|text| text.to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn locked_comes_first_and_once_and_the_rest_stays() {
        assert_eq!(arguments(&["susurro"]), ["--locked"]);
        assert_eq!(
            arguments(&["susurro", "--profile", "p", "listen", "--json"]),
            ["--locked", "--profile", "p", "listen", "--json"]
        );
        assert_eq!(
            arguments(&["susurro", "--locked", "listen"]),
            ["--locked", "listen"]
        );
        assert_eq!(
            arguments(&["susurro", "send", "x", "--", "--locked"]),
            ["--locked", "send", "x", "--", "--locked"]
        );
        assert_eq!(arguments(&[]), ["--locked"]);
    }

    #[test]
    fn variables_named_like_a_secret_of_ours_are_not_passed_on() {
        let variables = [
            ("HOME", "/home/ana"),
            ("SUSURRO_PROFILE", "/p"),
            ("SUSURRO_PASSPHRASE", "canary"),
            ("susurro_password", "canary"),
        ]
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let command = again(Path::new("/usr/bin/env"), strings(&["env"]), variables);
        let kept: Vec<&OsStr> = command.get_envs().map(|(name, _)| name).collect();
        assert_eq!(kept, ["HOME", "SUSURRO_PROFILE"]);
    }

    #[test]
    fn the_command_runs_with_those_arguments() {
        let echoed = again(Path::new("/bin/echo"), strings(&["susurro", "listen"]), []).output();
        assert_eq!(echoed.unwrap().stdout, b"--locked listen\n");
    }

    /// For real, in a child: it runs this very test, replaces itself, and what it has become is the test
    /// program again, which does not know the argument and says so.
    #[test]
    fn a_relaunched_process_is_the_same_program_with_locked() {
        const CHILD: &str = "SUSURRO_TEST_RELAUNCH";
        if env::var_os(CHILD).is_some() {
            let exit = relaunch_locked();
            panic!("still here: {}", exit.text);
        }
        let mut child = Command::new(env::current_exe().unwrap());
        child.env(CHILD, "1").args([
            "--exact",
            "cli::lock::tests::a_relaunched_process_is_the_same_program_with_locked",
        ]);
        let output = child.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("Unrecognized option: 'locked'"), "{said}");
    }

    #[test]
    fn our_program_is_found() {
        assert!(program().is_file());
    }
}
