//! Messages that do not simply leave: too large, failed, taken back, sent again, and
//! written on a disk that is full.

use std::process::Command;

use serde_json::Value;

use crate::support::peer::Peer;
use crate::support::prosody::{Options, Prosody};
use crate::support::susurro::{Ended, Susurro, bodies, finish};

const BOB: &str = "bob@mired.test";
const CAROL: &str = "carol@mired.test";

/// The newest message with somebody.
fn last(ana: &Susurro, peer: &str) -> Value {
    ana.history(peer).pop().expect("a message")
}

fn id(message: &Value) -> String {
    message["id"].as_str().expect("an id").to_owned()
}

#[test]
fn what_prosody_does_not_take_fails_and_the_next_leaves() {
    let server = Prosody::with(Options {
        extra: "c2s_stanza_size_limit = 20000".to_owned(),
        ..Options::default()
    });
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "before");
    let failed = ana.send(BOB, &"x".repeat(17_000)).expect(8);
    assert!(failed.err.contains("Send it in parts"), "{}", failed.err);
    assert_eq!(last(&ana, BOB)["state"], "failed");
    ana.send_now(BOB, "after");
    assert_eq!(bob.bodies(2), ["before", "after"]);
    // It is known now how much this server takes, which it does not say.
    let refused = ana.send(BOB, &"x".repeat(17_500)).expect(1);
    assert!(
        refused.err.contains("this text of 17500 bytes"),
        "{}",
        refused.err
    );
    let report = ana.run(&["doctor"]);
    assert!(
        report.out.contains("no message waits to be sent"),
        "{}",
        report.out
    );
    assert!(
        report.out.contains("to bob@mired.test failed: Not sent:"),
        "{}",
        report.out
    );
    for part in [&"x".repeat(8_000), "the end"] {
        ana.send_now(BOB, part);
    }
    assert_eq!(bob.bodies(2)[1], "the end");
}

#[test]
fn what_most_servers_do_not_take_is_refused_with_its_length() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.run(&["encryption", BOB, "off", "--yes"]).expect(0);
    // Each letter takes five bytes on its way.
    let refused = ana.send(BOB, &"&".repeat(60_000)).expect(1);
    assert!(refused.err.contains("takes 262144 at once"), "{}", refused.err);
    ana.send_now(BOB, &"&".repeat(50_000));
    ana.send_now(BOB, "after");
    assert_eq!(bob.bodies(2)[1], "after");
}

#[test]
fn a_message_is_taken_back_or_sent_again_by_its_id() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    // Carol publishes no keys.
    ana.send(CAROL, "hello").expect(6);
    let failed = id(&last(&ana, CAROL));
    let refused = ana.run(&["retry", &failed]).expect(6);
    assert_eq!(ana.history(CAROL).len(), 1, "the row is replaced");
    let again = id(&last(&ana, CAROL));
    let told = format!("The message has another id now: {again}.");
    assert!(refused.err.contains(&told), "{}", refused.err);
    assert_ne!(again, failed);
    ana.run(&["withdraw", &again]).expect(0);
    let taken_back = last(&ana, CAROL);
    assert_eq!(taken_back["reason"], "taken-back");
    assert_eq!(taken_back["reason_text"], "Taken back before it was sent.");
    ana.run(&["encryption", CAROL, "off", "--yes"]).expect(0);
    let refused = ana.run(&["retry", &again]).expect(6);
    assert!(refused.err.contains("to be encrypted"), "{}", refused.err);
    for command in ["retry", "withdraw"] {
        let nobody = ana.run(&[command, "0123456789abcdef"]).expect(2);
        assert!(nobody.err.contains("No message has this"), "{}", nobody.err);
    }

    // Bob is away, so that nothing says that he has it.
    ana.send_now(BOB, "hello");
    bob.bodies(1);
    bob.kill();
    let sent = ana.send_now(BOB, "once");
    let refused = ana.run(&["withdraw", &sent]).expect(6);
    assert!(refused.err.contains("may have left"), "{}", refused.err);
    let refused = ana.run(&["retry", &sent]).expect(6);
    assert!(refused.err.contains("may have arrived"), "{}", refused.err);
    let again = ana.run(&["retry", "--again", "--json", &sent]).expect(0).json();
    assert_eq!(again[0]["state"], "sent");
    assert_ne!(again[0]["id"], sent);
    assert_eq!(ana.history(BOB).len(), 2);
    assert_eq!(id(&last(&ana, BOB)), again[0]["id"]);
    bob.come_online();
    assert_eq!(bob.bodies(2), ["once", "once"]);
}

/// `send` with files of at most so many KiB, as on a disk that fills up.
fn send_on_a_full_disk(ana: &Susurro, kib: usize, text: &str) -> Ended {
    let plain = ana.command(&["send", BOB, "-", "--timeout", "10"]);
    let mut limited = Command::new("sh");
    // Ignored, the signal becomes an error of writing.
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", kib * 2);
    limited
        .args(["-c", &script, "sh"])
        .arg(plain.get_program())
        .args(plain.get_args());
    limited.env_clear();
    for (name, value) in plain.get_envs() {
        limited.env(name, value.unwrap_or_default());
    }
    limited.current_dir(plain.get_current_dir().expect("a folder"));
    finish(&mut limited, text)
}

#[test]
fn on_a_full_disk_no_exit_code_invites_to_repeat_what_leaves_later() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "before");
    bob.bodies(1);
    let mut codes = Vec::new();
    for kib in (40..400).step_by(24) {
        let text = format!("with {kib} KiB");
        let ended = send_on_a_full_disk(&ana, kib, &text);
        let code = ended.code().expect("no signal ended it");
        let after = format!("after {kib} KiB");
        ana.send_now(BOB, &after);
        let events = bob.events_until(&after);
        let got = events
            .iter()
            .filter(|event| event["body"] == text.as_str())
            .count();
        match code {
            0 => assert_eq!(got, 1, "{kib}: {ended:?}"),
            7 => {
                assert!(got <= 1, "{kib}: {ended:?}");
                let told = ended.err.contains("do not repeat") && !ended.out.is_empty();
                assert!(told || ended.err.contains("is withdrawn"), "{kib}: {ended:?}");
            }
            _ => assert_eq!(got, 0, "{kib}: it may be repeated, but left: {ended:?}"),
        }
        let kept = bodies(&ana.history(BOB))
            .iter()
            .filter(|body| **body == text)
            .count();
        assert!(kept <= 1);
        codes.push(code);
    }
    // It did fill up at some point, and there was room in the end.
    assert!(codes.iter().any(|code| *code != 0), "{codes:?}");
    assert!(codes.contains(&0), "{codes:?}");
}
