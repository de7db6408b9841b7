//! The way in: which servers are trusted, which are not, and what a refusal is called.

use crate::support::certificates::Shown;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::prosody::{Options, Prosody};
use crate::support::susurro::{Susurro, bodies, finish};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

fn server_showing(shown: Shown) -> Prosody {
    Prosody::with(Options {
        shown,
        ..Options::default()
    })
}

/// Nothing of the account may stay behind a login that failed.
fn assert_no_account(susurro: &Susurro) {
    let listed = susurro.run(&["account", "list"]);
    assert!(!listed.out.contains("mired.test"), "{listed:?}");
}

#[test]
fn an_expired_certificate_a_wrong_name_and_a_self_signed_one_are_refused() {
    for shown in [Shown::Expired, Shown::WrongHost, Shown::SelfSigned] {
        let server = server_showing(shown);
        let ana = Susurro::with_vault();
        let refused = ana.add_account(&server.address(), "ana").expect(5);
        assert!(
            refused.err.to_lowercase().contains("certificate"),
            "{shown:?}: {}",
            refused.err
        );
        assert!(
            !server.log().contains("Authenticated as"),
            "{shown:?}: it logged in"
        );
        assert!(
            !server.log().contains("<auth "),
            "{shown:?}: it showed a password"
        );
        assert_no_account(&ana);
    }
}

#[test]
fn an_authority_of_ones_own_is_trusted_only_when_it_is_named() {
    let server = Prosody::start();
    let ana = Susurro::with_vault();
    let password = crate::support::prosody::password("ana");
    let refused = ana
        .add_account_with(&server.address(), "ana", &password, &["--no-ca-file"])
        .expect(5);
    assert!(
        refused.err.to_lowercase().contains("certificate"),
        "{}",
        refused.err
    );
    ana.add_account(&server.address(), "ana").expect(0);
    // The option is remembered.
    ana.listen().interrupt();
}

#[test]
fn a_server_without_starttls_is_refused() {
    let server = Prosody::with(Options {
        without: vec!["tls"],
        ..Options::default()
    });
    let ana = Susurro::with_vault();
    let refused = ana.add_account(&server.address(), "ana").expect(5);
    assert!(refused.err.contains("TLS"), "{}", refused.err);
    assert!(!server.log().contains("<auth "), "it showed a password in clear");
}

#[test]
fn a_wrong_password_ends_with_four_and_is_not_tried_again() {
    let server = Prosody::start();
    let ana = Susurro::with_vault();
    let refused = ana
        .add_account_with(&server.address(), "ana", "not the password", &[])
        .expect(4);
    assert!(refused.err.to_lowercase().contains("password"), "{}", refused.err);
    assert_no_account(&ana);
    // One that was right when it was stored, and is no longer.
    ana.add_account(&server.address(), "ana").expect(0);
    drop(server);
    let users = vec![("ana".to_owned(), "changed in the meantime".to_owned())];
    let server = Prosody::with(Options {
        users,
        ..Options::default()
    });
    let changed = ana
        .write_secret("new-password", "changed in the meantime")
        .display()
        .to_string();
    let _ = ana.run(&["account", "remove", ANA, "--yes"]);
    ana.add_account_with(&server.address(), "ana", "changed in the meantime", &[])
        .expect(0);
    ana.write_secret("wrong-password", "not that either");
    let wrong = ana.folder().join("secrets/wrong-password").display().to_string();
    let _ = ana.run(&["account", "password", ANA, "--password-file", &wrong]);
    let before = server.log().matches("<auth ").count();
    assert!(before > 0, "the log does not show what this test counts");
    ana.send(BOB, "hello").expect(4);
    let tried = server.log().matches("<auth ").count() - before;
    assert!(tried <= 1, "the wrong password was tried {tried} times");
    ana.run(&["account", "password", ANA, "--password-file", &changed])
        .expect(0);
    ana.listen().interrupt();
}

#[test]
fn tls_from_the_first_byte_is_as_good() {
    let server = Prosody::start();
    let direct = server.address().through(server.direct_tls_port());
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_vault();
    let password = crate::support::prosody::password("ana");
    ana.add_account_with(&direct, "ana", &password, &["--direct-tls"])
        .expect(0);
    ana.send_now(BOB, "directly");
    assert_eq!(bob.bodies(1), ["directly"]);
}

#[test]
fn nobody_listening_and_a_server_that_says_nothing_end_with_five() {
    let server = Prosody::start();
    let ana = Susurro::with_account(&server.address(), "ana");
    drop(server);
    let refused = ana.run_with_input(&["send", BOB, "-", "--timeout", "5"], "is anybody there");
    assert!(matches!(refused.code(), Some(5 | 7)), "{refused:?}");
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let carol = Susurro::with_vault();
    let password = carol.write_secret("password", "whatever").display().to_string();
    let there = format!("127.0.0.1:{port}");
    let given_up = carol.run(&[
        "account",
        "add",
        "carol@mired.test",
        "--password-file",
        &password,
        "--server",
        &there,
    ]);
    assert!(matches!(given_up.code(), Some(5 | 7)), "{given_up:?}");
}

#[test]
fn an_account_can_be_made_on_a_server_that_lets_people_in() {
    let server = Prosody::start();
    let ana = Susurro::with_vault();
    let password = ana
        .write_secret("password", "a new long password")
        .display()
        .to_string();
    let there = format!("127.0.0.1:{}", server.address().port);
    let authority = server.address().ca_file.display().to_string();
    let options = [
        "--password-file",
        &password,
        "--server",
        &there,
        "--ca-file",
        &authority,
    ];
    ana.run(&[&["account", "register", "newcomer@mired.test"][..], &options].concat())
        .expect(0);
    let mut bob = Peer::login(&server.address(), "bob");
    ana.send_now(BOB, "I am new here");
    assert_eq!(bob.message()["from"], "newcomer@mired.test");
    // The name is taken now, and the server says so.
    let second = Susurro::with_vault();
    let password = second
        .write_secret("password", "another long password")
        .display()
        .to_string();
    let options = [
        "--password-file",
        &password,
        "--server",
        &there,
        "--ca-file",
        &authority,
    ];
    second
        .run(&[&["account", "register", "newcomer@mired.test"][..], &options].concat())
        .expect(8);
}

#[test]
fn the_same_login_and_round_trip_on_ejabberd() {
    let mut server = Ejabberd::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "from the other server");
    assert_eq!(bob.bodies(1), ["from the other server"]);
    for text in ["one", "two", "three"] {
        bob.send(ANA, text);
    }
    bob.flush();
    assert_eq!(bodies(&ana.receive(3)), ["one", "two", "three"]);
    let mut listener = ana.listen();
    listener.wait_present(1, &server.address(), "ana");
    bob.send(ANA, "live");
    assert_eq!(listener.next()["body"], "live");
    server.kill();
    server.start_again();
    listener.wait_present(2, &server.address(), "ana");
    bob.go_offline();
    bob.come_online();
    bob.send(ANA, "after the server was gone");
    assert_eq!(listener.next()["body"], "after the server was gone");
    let carol = Susurro::with_vault();
    carol
        .add_account_with(&server.address(), "carol", "wrong", &[])
        .expect(4);
    let direct = server.address().through(server.direct_tls_port());
    let password = crate::support::prosody::password("carol");
    carol
        .add_account_with(&direct, "carol", &password, &["--direct-tls"])
        .expect(0);
}

#[test]
fn a_vault_in_use_is_refused_and_names_who_has_it() {
    let server = Prosody::start();
    let ana = Susurro::with_account(&server.address(), "ana");
    let listener = ana.listen();
    listener.wait_online(1);
    let refused = ana.run(&["history", BOB]).expect(3);
    let process = format!("process {} (susurro listen)", listener.id());
    assert!(refused.err.contains(&process), "{refused:?}");
    listener.interrupt();
    ana.run(&["history", BOB]).expect(0);
}

#[test]
fn a_database_without_its_vault_is_not_given_a_new_one() {
    let ana = Susurro::with_vault();
    ana.run(&["account", "list"]).expect(0);
    let vault = ana.profile().join("vault");
    let aside = ana.profile().join("aside");
    std::fs::rename(&vault, &aside).unwrap();
    let refused = ana.run(&["init", "--kdf", "light"]).expect(1);
    assert!(refused.err.contains("Put the file `vault` back"), "{refused:?}");
    std::fs::rename(&aside, &vault).unwrap();
    std::fs::set_permissions(&vault, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    ana.run(&["account", "list"]).expect(0);
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&vault).unwrap());
    assert_eq!(mode & 0o777, 0o600, "closed to others again");
}

#[test]
fn a_vault_without_its_database_is_not_given_a_new_one() {
    let ana = Susurro::with_vault();
    let database = ana.profile().join("messages.db");
    let whole = std::fs::read(&database).unwrap();
    assert!(!whole.is_empty(), "init makes it");
    for left in [None, Some(""), Some("x")] {
        std::fs::remove_file(&database).unwrap();
        if let Some(left) = left {
            std::fs::write(&database, left).unwrap();
        }
        for command in [
            &["account", "list"][..],
            &["doctor"],
            &["history", "bob@mired.test"],
            &["passphrase", "--new-passphrase-command", "echo x"],
        ] {
            let refused = ana.run(command).expect(3);
            let said = format!("{}{}", refused.out, refused.err);
            assert!(
                said.contains("messages.db") && said.contains("Nothing was changed"),
                "{said}"
            );
        }
        let found = std::fs::read_to_string(&database).ok();
        assert_eq!(found.as_deref(), left);
        assert_eq!(
            std::fs::read_dir(ana.profile()).unwrap().count(),
            2 + usize::from(left.is_some())
        );
        std::fs::write(&database, &whole).unwrap();
    }
    ana.run(&["account", "list"]).expect(0);
}

#[test]
fn a_passphrase_is_its_first_line_however_it_is_spelt_and_an_open_file_warns() {
    let ana = Susurro::fresh();
    let secret = |name: &str, content: &str| ana.write_secret(name, content).display().to_string();
    let made = secret(
        "made",
        "canci\u{f3}n tram horse staple seven\nurl: mired.test\nnote: x",
    );
    let given = |file: &str, command: &[&str]| {
        let mut all = vec!["--passphrase-file", file];
        all.extend(command);
        finish(&mut ana.command_without_passphrase(&all), "")
    };
    given(&made, &["init", "--kdf", "light"]).expect(0);
    for spelt in [
        "canci\u{f3}n tram horse staple seven",
        "cancio\u{301}n tram horse staple seven",
        "cancio\u{301}n tram horse staple seven\r\nother notes",
    ] {
        let file = secret("spelt", spelt);
        let opened = given(&file, &["account", "list"]).expect(0);
        assert!(!opened.err.contains("Warning"), "{}", opened.err);
    }
    let file = secret("wrong", "cancion tram horse staple seven");
    given(&file, &["account", "list"]).expect(3);
    std::fs::set_permissions(&made, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let opened = given(&made, &["account", "list"]).expect(0);
    assert!(opened.err.contains("chmod 600"), "{}", opened.err);
}

#[test]
fn a_password_with_emoji_logs_in_where_the_server_takes_it() {
    // The second one is younger than any table that a server may have.
    let secret = "smile\u{1F600}\u{1FAE0}";
    let server = Prosody::with(Options {
        users: vec![("ana".to_owned(), secret.to_owned())],
        ..Options::default()
    });
    let ana = Susurro::with_vault();
    ana.add_account_with(&server.address(), "ana", "smile\u{1F600}", &[])
        .expect(4);
    ana.add_account_with(&server.address(), "ana", secret, &[])
        .expect(0);
    ana.run(&["doctor"]).expect(0);
}
