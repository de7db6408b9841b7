//! What is taken and what is refused.

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::*;

const FINGERPRINT: &str = "00112233 44556677 8899AABB CCDDEEFF 00112233 44556677 8899aabb ccddeeff";

fn read(line: &str) -> Result<Command, clap::Error> {
    let words = std::iter::once("susurro").chain(line.split_whitespace());
    Cli::try_parse_from(words).map(|cli| cli.command.expect("no command"))
}

fn read_words(words: &[&str]) -> Result<Command, clap::Error> {
    Cli::try_parse_from(words).map(|cli| cli.command.expect("no command"))
}

/// The command forms of the contract.
const RIGHT: &str = "\
init
init --kdf light
passphrase --new-passphrase-file f
passphrase --new-passphrase-command c
account add ana@mired.test --password-file f --server h:5222
account add ana@mired.test --password-file f --server 127.0.0.1
account add ana@mired.test --direct-tls --ca-file ca.pem --allow-plain
account register ana@mired.test --password-command c
account list
account password ana@mired.test
account remove ana@mired.test --yes
contact add bob@mired.test
contact add bob@mired.test Bob of Ede
contact add bob@mired.test --name Bob
contact accept irc.mired.test
send mired.test -
history xmpp:bob@mired.test?message
contact accept bob@mired.test
contact decline bob@mired.test
contact remove bob@mired.test
contact rename bob@mired.test Bob
contact list
send bob@mired.test -
send bob@mired.test
send bob@mired.test hello --plaintext --wait delivered --timeout 5 --json
listen --json --from bob@mired.test --count 3 --timeout 9
listen --json --all
history bob@mired.test --json --limit 5 --before id
history bob@mired.test --unread --json
read bob@mired.test
read bob@mired.test --until m12 --ref
trust list
trust list bob@mired.test --json
trust verify bob@mired.test 00112233 44556677 8899AABB CCDDEEFF 00112233 44556677 8899aabb ccddeeff
trust distrust bob@mired.test 00112233 44556677 8899AABB CCDDEEFF 00112233 44556677 8899aabb ccddeeff
devices --json
devices --offline
devices remove 1836542
devices rename Desk
devices reset bob@mired.test
devices reset bob@mired.test --device 1836542
encryption bob@mired.test
encryption bob@mired.test --json
encryption bob@mired.test on
encryption bob@mired.test off --yes
doctor
config
retry m12 --ref
withdraw m12 --ref
delete bob@mired.test m12 --ref --yes
history bob@mired.test --before m12 --ref
config --print
config --check
room create
room create hut@rooms.mired.test --name Hut --public --invite bob@mired.test --invite carol@mired.test
room join hut@rooms.mired.test --nick Ana --password-file f
room join xmpp:hut@rooms.mired.test?join
room leave hut@rooms.mired.test
room decline hut@rooms.mired.test
room list --json
room info hut@rooms.mired.test --json
room members hut@rooms.mired.test --json
room invite hut@rooms.mired.test bob@mired.test carol@mired.test
room affiliation hut@rooms.mired.test bob@mired.test owner
room affiliation hut@rooms.mired.test evil.test outcast
room kick hut@rooms.mired.test Bob
room topic hut@rooms.mired.test
room topic hut@rooms.mired.test -
room topic hut@rooms.mired.test Saturday
room config hut@rooms.mired.test --json
room config hut@rooms.mired.test roomname=Hut changesubject=no
room destroy hut@rooms.mired.test --yes
room destroy hut@rooms.mired.test --venue new@rooms.mired.test
room search
room search rooms.mired.test rust talk --json
completion bash
completion zsh
completion fish
completion elvish
completion powershell
man d";

/// What must be refused.
const WRONG: &str = "\
sing
send
send mired -
contact add bob@mired.test Bob --name Bob
account add mired.test
completion tcsh
completion
man
send bob@mired.test - --wait read
send bob@mired.test - --timeout -1
listen --count 0
history
history bob@mired.test --limit 0
trust verify
devices remove
devices remove 0
room
room create rooms.mired.test
room create --invite rooms.mired.test
room join
room join rooms.mired.test
room invite hut@rooms.mired.test
room affiliation hut@rooms.mired.test bob@mired.test
room affiliation hut@rooms.mired.test bob@mired.test boss
room kick hut@rooms.mired.test
room config hut@rooms.mired.test roomname
room destroy
devices remove phone
devices rename
devices reset
devices reset bob@mired.test --device 2147483648
encryption
encryption bob@mired.test maybe
encryption bob@mired.test on --json
delete bob@mired.test --ref
history bob@mired.test --ref
account add ana@mired.test --server h:
account add ana@mired.test --password-file f --password-command c
doctor --passphrase-file f --passphrase-command c
passphrase --new-passphrase-file f --new-passphrase-command c
config --print --check";

#[test]
fn the_definitions_hold_together() {
    Cli::command().debug_assert();
}

/// The commands that print objects, each by its words.
fn with_json(command: &clap::Command, path: &str) -> Vec<String> {
    let own = command
        .get_arguments()
        .any(|argument| argument.get_id() == "json");
    let below = command.get_subcommands().flat_map(|sub| {
        let path = format!("{path} {}", sub.get_name());
        with_json(sub, path.trim_start())
    });
    own.then(|| path.to_owned()).into_iter().chain(below).collect()
}

#[test]
fn the_objects_of_every_command_are_documented_with_their_account() {
    let page = include_str!("../../../docs/json.md");
    let commands = with_json(&Cli::command(), "");
    assert!(commands.contains(&"trust list".to_owned()), "{commands:?}");
    for command in commands {
        let headed = |section: &&str| {
            let heading = section.lines().next().unwrap_or_default();
            [format!("`{command}`"), format!("`{command} ")]
                .iter()
                .any(|name| heading.contains(name))
        };
        let section = page.split("\n## ").skip(1).find(headed);
        let section = section.unwrap_or_else(|| panic!("{command} is not documented"));
        assert!(section.contains("| `account` |"), "{command}");
    }
}

#[test]
fn every_form_of_the_contract_is_taken() {
    for form in RIGHT.lines() {
        assert!(read(form).is_ok(), "{form:?} was refused");
    }
}

#[test]
fn wrong_usage_is_an_error_of_code_two() {
    for form in WRONG.lines() {
        let wrong = read(form).unwrap_err();
        assert_eq!(wrong.exit_code(), 2, "{form:?}: {wrong}");
    }
}

#[test]
fn without_a_command_the_screen_starts_whatever_common_options_there_are() {
    for line in [
        &["susurro"][..],
        &["susurro", "--locked"],
        &["susurro", "--profile", "p", "--passphrase-file", "f"],
    ] {
        let cli = Cli::try_parse_from(line).unwrap();
        assert!(cli.command.is_none(), "{line:?}");
    }
    let help = Cli::try_parse_from(["susurro", "--help"]).unwrap_err();
    assert_eq!(help.kind(), ErrorKind::DisplayHelp);
    let help = help.to_string();
    assert!(help.contains("Without a command the screen starts"), "{help}");
    assert!(help.contains("doctor"), "{help}");
}

#[test]
fn common_options_stand_before_or_after_the_command() {
    for line in [
        ["susurro", "--profile", "p", "devices"],
        ["susurro", "devices", "--profile", "p"],
    ] {
        let cli = Cli::try_parse_from(line).unwrap();
        assert_eq!(cli.common.profile.as_deref(), Some(std::path::Path::new("p")));
    }
    for line in [
        ["susurro", "--profile", "p", "devices", "remove", "1"],
        ["susurro", "devices", "--profile", "p", "remove", "1"],
        ["susurro", "devices", "remove", "1", "--profile", "p"],
    ] {
        let cli = Cli::try_parse_from(line).unwrap();
        assert_eq!(cli.common.profile.as_deref(), Some(std::path::Path::new("p")));
    }
}

#[test]
fn a_fingerprint_comes_whole_or_in_groups() {
    let line = format!("trust verify bob@mired.test {FINGERPRINT}");
    let Command::Trust(Trust::Verify(key)) = read(&line).unwrap() else {
        panic!("not read as trust verify");
    };
    assert_eq!(key.fingerprint.join(" "), FINGERPRINT);
    let line = ["susurro", "trust", "verify", "bob@mired.test", FINGERPRINT];
    let Command::Trust(Trust::Verify(key)) = read_words(&line).unwrap() else {
        panic!("not read as trust verify");
    };
    assert_eq!(key.fingerprint, [FINGERPRINT]);
}

#[test]
fn the_help_of_send_shows_standard_input_first_and_the_hidden_option_nowhere() {
    let help = read("send --help").unwrap_err();
    assert_eq!(help.kind(), ErrorKind::DisplayHelp);
    let help = help.to_string();
    let piped = help.find("| susurro send bob@mired.test -").unwrap();
    let typed = help.find("susurro send bob@mired.test \"").unwrap();
    assert!(piped < typed, "{help}");
    assert!(!help.contains("--locked"), "{help}");
}

#[test]
fn the_options_of_a_command_stand_apart_from_those_of_every_command() {
    for form in ["send --help", "send -h", "contact add --help", "devices --help"] {
        let help = read(form).unwrap_err().to_string();
        let apart = help.find("Options of every command:").unwrap();
        assert!(help.find("--passphrase-file").unwrap() > apart, "{help}");
        let own = help.find("Options:").unwrap();
        assert!(own < apart, "{help}");
        assert!(help.find("--help").unwrap() < apart, "{help}");
    }
}

#[test]
fn what_each_command_costs_stands_in_the_help() {
    let help = read("--help").unwrap_err().to_string();
    assert!(
        help.contains("half a gigabyte") && help.contains("--kdf light"),
        "{help}"
    );
}

#[test]
fn send_waits_thirty_seconds_for_the_server_by_default() {
    let Command::Send(send) = read("send bob@mired.test -").unwrap() else {
        panic!("not read as send");
    };
    assert_eq!(
        (send.manner.wait, send.manner.timeout),
        (Wait::Sent, Duration::from_secs(30))
    );
}

#[test]
fn a_device_loses_its_name_by_an_empty_one() {
    let line = ["susurro", "devices", "rename", ""];
    let Command::Devices(Devices {
        act: Some(DeviceAct::Rename { name }),
        ..
    }) = read_words(&line).unwrap()
    else {
        panic!("not read as devices rename");
    };
    assert!(name.is_empty());
}
