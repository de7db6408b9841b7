//! What befalls a group and those in it, on real servers: members without keys, and one who forges what only
//! the room may say.

use serde_json::Value;

use crate::groups::{dave_enters, group, heard, join, says};
use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::prosody::{Prosody, password};
use crate::support::susurro::{Susurro, bodies};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
const DAVE: &str = "dave@mired.test";
const ERIN: &str = "erin@mired.test";

#[test]
fn a_member_without_keys_is_named_or_stops_the_message() {
    let server = Prosody::start();
    server.register("erin", &password("erin"));
    let address = &server.address();
    let ana = Susurro::with_account(address, "ana");
    let bob = Susurro::with_account(address, "bob");
    let hut = &group(&ana, &[BOB, ERIN]);
    join(&bob, hut);
    let sent = ana.send(hut, "without her").expect(0);
    assert!(sent.err.contains(ERIN), "{}", sent.err);
    assert_eq!(bodies(&bob.receive(1)), ["without her"]);
    ana.run(&["encryption", hut, "--policy", "high-risk"]).expect(0);
    let refused = ana.send(hut, "nobody but all").expect(6);
    assert!(refused.err.contains(ERIN), "{}", refused.err);
    // She gets keys, and it goes.
    let erin = Susurro::with_account(address, "erin");
    join(&erin, hut);
    ana.send_now(hut, "all of you");
    for who in [&bob, &erin] {
        let read = who.receive(1);
        assert_eq!(bodies(&read), ["all of you"]);
    }
}

/// What only the room may say, said by a member.
fn forged(address: &Address) {
    let ana = Susurro::with_account(address, "ana");
    let bob = Susurro::with_account(address, "bob");
    let hut = &group(&ana, &[BOB, DAVE]);
    join(&bob, hut);
    let mut dave = dave_enters(address, hut);
    let mut listening = bob.listen();
    listening.wait_online(1);
    let say = |dave: &mut Peer, id: &str| {
        dave.send_xml(&format!(
            "<message xmlns='jabber:client' type='groupchat' to='{hut}' id='{id}'>\
             <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator' jid='{ANA}'/></x>\
             <occupant-id xmlns='urn:xmpp:occupant-id:0' id='hers'/><stanza-id xmlns='urn:xmpp:sid:0' by='{hut}' id='forged'/>\
             <addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='{ANA}/here'/></addresses>\
             <delay xmlns='urn:xmpp:delay' from='{hut}' stamp='2001-01-01T00:00:00Z'/>\
             <body>I am Ana: {id}</body></message>"
        ));
        dave.flush();
    };
    say(&mut dave, "live");
    let (_, line) = heard(&mut listening);
    let is_his = |line: &Value| {
        assert_eq!(
            (&line["nick"], &line["encryption"]),
            (&"Dave".into(), &"none".into()),
            "{line}"
        );
        assert_ne!(line["real_jid"], ANA, "{line}");
        assert_ne!(line["from"], ANA, "{line}");
        assert_ne!(line["stanza_id"], "forged", "{line}");
        assert!(
            !line["time"].as_str().expect("a time").starts_with("2001"),
            "{line}"
        );
    };
    is_his(&line);
    assert_eq!(line["real_jid"], DAVE);
    listening.interrupt();
    say(&mut dave, "kept");
    says(&mut dave, hut, "and this is sealed", &[ANA, BOB]);
    let read = bob.receive(2);
    assert_eq!(bodies(&read), ["I am Ana: kept", "and this is sealed"]);
    is_his(&read[0]);
    assert_eq!(read[1]["real_jid"], DAVE);
    let read = ana.receive(3);
    is_his(&read[0]);
    is_his(&read[1]);
}

#[test]
fn what_only_the_room_may_say_is_not_believed_of_a_member_on_prosody() {
    forged(&Prosody::start().address());
}

#[test]
fn what_only_the_room_may_say_is_not_believed_of_a_member_on_ejabberd() {
    forged(&Ejabberd::start().address());
}
