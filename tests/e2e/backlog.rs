//! Much that waits at the server.

use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, bodies};
use crate::support::wait_for;

const BOB: &str = "bob@mired.test";
/// More answers than were ever taken for a sign that the server is broken.
const MANY: usize = 6_000;

#[test]
fn thousands_of_offline_messages_that_ask_for_receipts_are_read_and_answered_on_one_stream() {
    let mut server = Prosody::without_archive();
    let ana = Susurro::with_account(&server.address(), "ana");
    server.stop();
    server.befriend("ana", BOB);
    server.leave_offline("ana", &format!("{BOB}/pc"), MANY);
    server.start_again();
    let mut listener = ana.listen();
    let texts = bodies(&listener.take(MANY));
    let expected: Vec<String> = (0..MANY).map(|number| number.to_string()).collect();
    assert_eq!(texts, expected);
    // The server keeps the receipts for Bob, who is not there.
    wait_for("every receipt", || {
        (server.stored_offline("bob") >= MANY).then_some(())
    });
    assert!(listener.is_running());
    listener.interrupt();
    assert_eq!(server.stored_offline("bob"), MANY);
    assert_eq!(server.stored_offline("ana"), 0);
    // The log began anew with the server.
    let logins = server.log().matches("Authenticated as ana").count();
    assert_eq!(logins, 1, "one stream");
}
