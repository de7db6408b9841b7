//! Lines that break, servers that die, and our own program killed: nothing lost, nothing
//! doubled, no key used twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::prosody::{Options, Prosody};
use crate::support::proxy::{Proxy, Way};
use crate::support::susurro::{Listener, Susurro, bodies, body};
use crate::support::{Address, wait_for};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

/// A server, a peer that reaches it directly, and one of ours that reaches it through a proxy.
fn ground(hibernation: u32) -> (Prosody, Proxy, Peer, Susurro) {
    let server = Prosody::with(Options {
        hibernation,
        ..Options::default()
    });
    let proxy = Proxy::to(server.address().port);
    let bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address().through(proxy.port()), "ana");
    (server, proxy, bob, ana)
}

/// Prints the messages up to the one that says `last`, that one included.
fn until(listener: &mut Listener, last: &str) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.last().is_none_or(|text| text != last) {
        let message = listener.next();
        assert_eq!(message["type"], "message", "{message}");
        texts.push(body(&message));
    }
    texts
}

/// What the peer could read, after a look at what it could not: the only stanza that may fail to open
/// is one that was read before, sent again byte for byte. Anything else that fails means that a
/// message key sealed two things.
pub fn readable(events: &[Value]) -> Vec<String> {
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    let mut texts = Vec::new();
    for event in events {
        let (Some(id), Some(xml)) = (event["id"].as_str(), event["xml"].as_str()) else {
            continue;
        };
        match event["event"].as_str() {
            Some("empty") => {
                seen.insert(id, sealed_part(xml));
            }
            Some("message") => {
                let before = seen.insert(id, sealed_part(xml));
                assert_eq!(before, None, "read twice: {xml}");
                texts.push(event["body"].as_str().expect("a body").to_owned());
            }
            Some("undecryptable" | "broken") => {
                assert_eq!(seen.get(id), Some(&sealed_part(xml)), "{event}");
            }
            _ => {}
        }
    }
    texts
}

/// The keys and the words of it, whatever names the namespaces have in this copy.
fn sealed_part(xml: &str) -> String {
    let start = xml.find("encrypted").expect("a sealed stanza");
    let end = xml.rfind("encrypted").expect("a sealed stanza");
    let texts = xml[start..end].split('<').filter_map(|tag| tag.split_once('>'));
    texts.map(|(_, text)| text).collect::<Vec<_>>().join(" ")
}

#[test]
fn lines_cut_in_the_middle_of_stanzas_lose_and_double_nothing() {
    let (_server, proxy, mut bob, ana) = ground(300);
    let mut listener = ana.listen();
    bob.send(ANA, "the line stands");
    until(&mut listener, "the line stands");
    let mut expected = Vec::new();
    let mut received = Vec::new();
    let mut within = 0;
    // Wherever the cut falls: in the first bytes of a stanza, in its middle, in a later one.
    for (round, bytes) in [1, 200, 900, 1500, 2600, 4100].into_iter().enumerate() {
        let way = if round % 2 == 0 {
            Way::ToClient
        } else {
            Way::ToServer
        };
        let before = proxy.accepted();
        proxy.cut_after(way, bytes / if way == Way::ToServer { 20 } else { 1 });
        for number in 0..5 {
            let text = format!("round {round} number {number}");
            bob.send(ANA, &text);
            expected.push(text);
        }
        received.extend(until(&mut listener, expected.last().expect("one was sent")));
        // A cut that this round did not reach is made now, so that every round has one.
        if proxy.accepted() == before {
            proxy.cut();
            wait_for("the line to be made anew", || {
                (proxy.accepted() > before).then_some(())
            });
        } else {
            within += 1;
        }
    }
    assert_eq!(received, expected);
    assert!(within >= 2, "only {within} cuts fell among the bytes of a round");
    let (_, rest) = listener.interrupt();
    assert_eq!(rest, Vec::<Value>::new());
    assert_eq!(bodies(&ana.history(BOB)).len(), expected.len() + 1);
}

#[test]
fn a_line_cut_while_the_server_refuses_comes_back_when_it_may() {
    let (_server, proxy, mut bob, ana) = ground(300);
    let mut listener = ana.listen();
    bob.send(ANA, "before");
    until(&mut listener, "before");
    proxy.refuse(true);
    proxy.cut();
    for text in ["one", "two", "three"] {
        bob.send(ANA, text);
    }
    bob.flush();
    wait_for("it to say when it tries again", || {
        listener.errors().contains("Next try at").then_some(())
    });
    assert!(
        listener.is_running(),
        "a line that is down is no reason to give up"
    );
    proxy.refuse(false);
    assert_eq!(until(&mut listener, "three"), ["one", "two", "three"]);
}

#[test]
fn a_stream_that_the_server_forgot_is_begun_anew_without_loss() {
    let server = Prosody::with(Options {
        hibernation: 1,
        without: vec!["mam"],
        ..Options::default()
    });
    let proxy = Proxy::to(server.address().port);
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address().through(proxy.port()), "ana");
    let mut listener = ana.listen();
    bob.send(ANA, "before");
    until(&mut listener, "before");
    proxy.refuse(true);
    proxy.cut();
    for text in ["one", "two"] {
        bob.send(ANA, text);
    }
    bob.flush();
    // Longer than the server keeps the stream; what it held goes to the offline store.
    wait_for("the messages to be stored", || {
        (server.stored_offline("ana") >= 2).then_some(())
    });
    proxy.refuse(false);
    assert_eq!(until(&mut listener, "two"), ["one", "two"]);
}

/// Where records begin and end, and so where a cut falls, is a real server's to say. This holds wherever it
/// does; each place by itself, without any chance, is in `edge/acknowledgements.rs` and
/// `simulation/acknowledgements.rs`.
#[test]
fn wherever_a_line_is_cut_around_a_message_it_is_read_once_or_withdrawn() {
    // The server forgets a stream as soon as it breaks, so that nothing is resumed and
    // what is not acked must go again.
    let (_server, proxy, mut bob, ana) = ground(0);
    ana.send_now(BOB, "to know how much the server says");
    let before = proxy.carried(Way::ToClient);
    ana.send_now(BOB, "and once more");
    let all = proxy.carried(Way::ToClient) - before;
    // From the last words at the close of the stream, over the acknowledgement, to the answers
    // before the message went out.
    let mut codes = BTreeMap::new();
    for round in 0..10 {
        let text = format!("round {round}");
        proxy.cut_after(Way::ToClient, all.saturating_sub(30 + 60 * round).max(1));
        let sent = ana.run_with_input(&["send", BOB, "-", "--timeout", "8"], &text);
        proxy.cut();
        assert!(matches!(sent.code(), Some(0 | 5 | 7)), "{sent:?}");
        codes.insert(text, sent.code());
    }
    ana.send_now(BOB, "after");
    let mut events = bob.events_until("after");
    events.extend(bob.events_so_far());
    let mut read = readable(&events);
    for (text, code) in codes {
        // Withdrawn, as it says, or delivered; with 7 it may be either.
        if code != Some(7) {
            assert_eq!(
                read.contains(&text),
                code == Some(0),
                "{text} ended with {code:?}"
            );
        }
    }
    let told = ana.history(BOB);
    assert!(
        told.iter().all(|message| message["state"] != "queued"),
        "{told:#?}"
    );
    // What was given up after several cuts may have been read.
    let (failed, kept): (Vec<_>, Vec<_>) = told.iter().partition(|message| message["state"] == "failed");
    read.retain(|text| failed.iter().all(|message| body(message) != *text));
    assert_eq!(read, kept.into_iter().map(body).collect::<Vec<_>>());
}

#[test]
fn a_server_that_was_killed_and_started_again_is_found_again() {
    let (mut server, _proxy, mut bob, ana) = ground(300);
    let mut listener = ana.listen();
    bob.send(ANA, "before");
    until(&mut listener, "before");
    for round in 0..2 {
        server.kill();
        server.start_again();
        bob.kill();
        bob.come_online();
        let text = format!("after death {round}");
        bob.send(ANA, &text);
        assert_eq!(until(&mut listener, &text), [text]);
    }
    assert!(listener.is_running());
}

#[test]
fn killed_while_messages_flow_in_it_loses_and_doubles_nothing() {
    // Prosody keeps the stream of somebody who vanished for a moment, then stores what it held.
    let (server, _proxy, mut bob, ana) = ground(2);
    messages_come_through_kills(&server.address(), &mut bob, &ana, &eight_kills());
}

#[test]
fn killed_while_messages_flow_in_from_ejabberd_it_loses_and_doubles_nothing() {
    let server = Ejabberd::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    messages_come_through_kills(&server.address(), &mut bob, &ana, &eight_kills());
}

/// When a listener to whom six messages come is killed.
pub struct Kill {
    /// After it printed so many: at the most those six.
    pub after: usize,
    /// And so many milliseconds more.
    pub pause: u64,
}

/// At another moment each: before, within and after the messages.
fn eight_kills() -> Vec<Kill> {
    let kill = |round: u64| Kill {
        after: usize::try_from(round % 4 * 2).expect("it is small"),
        pause: 17 * round,
    };
    (0..8).map(kill).collect()
}

pub fn messages_come_through_kills(address: &Address, bob: &mut Peer, ana: &Susurro, kills: &[Kill]) {
    let mut printed: Vec<String> = Vec::new();
    let mut sent = vec!["the first".to_owned()];
    // One that was heard, before anybody dies: what comes to a server between a login and the presence that
    // follows it, ejabberd may keep until the next login, and all the lives below resume this one.
    let mut listener = ana.listen();
    listener.wait_present(1, address, "ana");
    bob.send(ANA, "the first");
    printed.extend(until(&mut listener, "the first"));
    listener.kill();
    for (round, kill) in kills.iter().enumerate() {
        let mut listener = ana.listen();
        for number in 0..6 {
            let text = format!("round {round} number {number}");
            bob.send(ANA, &text);
            sent.push(text);
        }
        for _ in 0..kill.after {
            printed.push(body(&listener.next()));
        }
        std::thread::sleep(Duration::from_millis(kill.pause));
        listener.kill();
    }
    bob.send(ANA, "the last");
    sent.push("the last".to_owned());
    let mut listener = ana.listen();
    printed.extend(until(&mut listener, "the last"));
    listener.interrupt();
    let told = ana.history(BOB);
    assert!(
        told.iter().all(|message| message["type"] == "message"),
        "{told:#?}"
    );
    let kept = bodies(&told);
    let distinct: BTreeSet<_> = kept.iter().collect();
    assert_eq!(distinct.len(), kept.len(), "doubled: {kept:#?}");
    assert_eq!(distinct, sent.iter().collect::<BTreeSet<_>>(), "lost or made up");
    // What was printed is in there; a line may be printed again if the kill fell
    // between printing and noting it.
    assert!(printed.iter().all(|text| kept.contains(text)));
    // And the ratchet still turns both ways.
    ana.send_now(BOB, "still here");
    assert_eq!(bob.bodies(1), ["still here"]);
}

#[test]
fn killed_while_messages_flow_out_it_sends_each_once_and_uses_no_key_twice() {
    let (_server, _proxy, mut bob, ana) = ground(2);
    let shares: Vec<u32> = (1..=10).map(|round| round * 100 / 8).collect();
    messages_leave_through_kills(&mut bob, &ana, &shares);
}

/// Kills it after these hundredths of the time that sending takes here.
pub fn messages_leave_through_kills(bob: &mut Peer, ana: &Susurro, shares: &[u32]) {
    let before = ana.history(BOB).len();
    ana.send_now(BOB, "before");
    let mut wanted = vec!["before".to_owned(), "at leisure".to_owned()];
    // The kills are spread over as long as it takes here.
    let start = Instant::now();
    ana.send_now(BOB, "at leisure");
    let whole = start.elapsed();
    for (round, share) in shares.iter().enumerate() {
        let text = format!("round {round}");
        let input = ana.folder().join("tmp/input");
        std::fs::write(&input, &text).unwrap();
        let mut command = ana.command(&["send", BOB, "-"]);
        command.stdin(std::fs::File::open(&input).unwrap());
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        let mut process = crate::support::process::Process::spawn(&mut command);
        std::thread::sleep(whole * *share / 100);
        process.kill();
        wanted.push(text);
    }
    ana.send_now(BOB, "after");
    wanted.push("after".to_owned());
    let mut events = bob.events_until("after");
    events.extend(bob.events_so_far());
    let read = readable(&events);
    // Everything that is in our history as sent has arrived, and everything that arrived is in our history.
    let told = ana.history(BOB);
    let sent: BTreeSet<String> = told[before..]
        .iter()
        .filter(|message| message["state"] != "queued" && message["state"] != "failed")
        .map(body)
        .collect();
    assert_eq!(sent, read.iter().cloned().collect::<BTreeSet<_>>());
    assert!(read.iter().all(|text| wanted.contains(text)));
}
