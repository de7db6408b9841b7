//! What a client may write in clear and a real server delivers: each text is a row, once, in
//! the order in which it came.

use serde_json::Value;

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, bodies};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

fn everything_is_read(address: &Address) {
    let mut bob = Peer::login(address, "bob");
    let ana = Susurro::with_account(address, "ana");
    let mut listener = ana.listen();
    listener.wait_present(1, address, "ana");
    let rich = "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>do you <b>see</b> \
                xhtml</body></html>";
    let old = "<body>look here</body><delay xmlns='urn:xmpp:delay' from='mired.test' stamp='2020-01-01T00:00:00Z'/>";
    let said = [
        ("type='chat' id='1'", "<body>good morning</body>", "good morning"),
        (
            "type='chat' id='1'",
            "<body>the meeting is cancelled</body>",
            "the meeting is cancelled",
        ),
        (
            "id='m2'",
            "<subject>call me back</subject>",
            "Subject: call me back",
        ),
        (
            "type='normal' id='m7'",
            "<subject>Invoice 42</subject><body>see subject</body>",
            "Subject: Invoice 42\nsee subject",
        ),
        ("type='chat' id='m5'", rich, "do you see xhtml"),
        (
            "type='chat' id='m13'",
            "<x xmlns='jabber:x:oob'><url>https://mired.test/f/cat.jpg</url></x>",
            "https://mired.test/f/cat.jpg",
        ),
        ("type='headline' id='m14'", "<body>news</body>", "news"),
        ("type='chat' id='m31'", old, "look here"),
        (
            "type='chat' id='m32'",
            "<body>the last one</body>",
            "the last one",
        ),
    ];
    let mut expected = Vec::new();
    for (attributes, inside, text) in said {
        bob.send_xml(&format!("<message to='{ANA}' {attributes}>{inside}</message>"));
        assert_eq!(listener.next()["body"], text);
        expected.push(text);
    }
    let (_, rest) = listener.interrupt();
    assert_eq!(rest, Vec::<Value>::new());
    assert_eq!(bodies(&ana.history(BOB)), expected);
}

#[test]
fn every_text_is_read_on_prosody() {
    let server = Prosody::start();
    everything_is_read(&server.address());
}

#[test]
fn every_text_is_read_on_ejabberd() {
    let server = Ejabberd::start();
    everything_is_read(&server.address());
}
