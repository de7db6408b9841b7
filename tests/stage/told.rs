//! What a message said before, what it answers, and what the marks beneath it mean.

use susurro::model::{Clean, MessageState, Protection, ReplyTo};
use susurro::store::messages;

use crate::about::{BOB, rows, stage};
use crate::stage::jid;

#[test]
fn the_earlier_versions_of_a_message_are_a_page() {
    let mut stage = stage(true);
    for more in ["!", "?"] {
        stage.minutes(1);
        stage.press(&["Ctrl-Up", "Ctrl-Up", "e"]);
        stage.type_in(more);
        stage.press(&["Enter"]);
        // Two that wait together are one.
        let first = rows(&mut stage)[0].id;
        stage.store(|tx, _| {
            for row in susurro::store::outbox::about(tx, first).unwrap() {
                susurro::store::outbox::remove(tx, row.id).unwrap();
            }
        });
    }
    stage.press(&["Ctrl-Up", "Ctrl-Up", "v"]);
    insta::assert_snapshot!("versions", stage.text());
    stage.press(&["Esc", "d"]);
    assert!(stage.text().contains("2 times"), "{}", stage.text());
}

#[test]
fn g_goes_to_what_is_answered_however_far_away_it_is() {
    let mut stage = stage(true);
    stage.press(&["Ctrl-Up", "g"]);
    assert!(stage.text().contains("answers no other one"));
    let asked = rows(&mut stage)[1].stanza_id.clone();
    for n in 0..80 {
        stage.bob(&format!("line {n}"));
    }
    let answer = stage.own("Late, but yes", MessageState::Sent);
    let to = ReplyTo {
        id: asked,
        author: None,
    };
    stage.store(|tx, _| messages::set_reply(tx, answer, &to).unwrap());
    stage.event(susurro::api::Event::Changed(susurro::api::Change::Messages(
        vec![answer],
    )));
    stage.press(&["Ctrl-End", "Ctrl-Up"]);
    assert!(
        stage.text().contains("g go to what it answers"),
        "{}",
        stage.text()
    );
    stage.press(&["g"]);
    assert!(
        stage.text().contains("▸11:04 Bob  Shall we move"),
        "{}",
        stage.text()
    );
}

#[test]
fn the_details_say_what_the_marks_mean() {
    use susurro::store::{Way, about::corrections, reactions};
    let mut stage = stage(false);
    let asked = rows(&mut stage)[1].id;
    let now = stage.now;
    stage.store(|tx, _| {
        let way = |protection| Way {
            time: now,
            protection,
            device: None,
            fingerprint: None,
            trust: None,
        };
        let body = Clean::new("Shall we move it?");
        let correction = corrections::Correction {
            id: "c1",
            server_id: None,
            body: &body,
            unstyled: false,
            way: way(Protection::OmemoLegacy),
        };
        corrections::apply(tx, asked, &correction, false).unwrap();
        let party = [Clean::new("🎉")];
        reactions::set(tx, asked, &jid(BOB), &party, &way(Protection::Clear)).unwrap();
    });
    stage.event(susurro::api::Event::Changed(susurro::api::Change::Messages(
        vec![asked],
    )));
    assert!(stage.text().contains("└ edited? · 🎉?"), "{}", stage.text());
    stage.press(&["Ctrl-Up", "d"]);
    insta::assert_snapshot!("details", stage.text());
}

#[test]
fn what_could_not_be_said_in_the_end_is_told_like_other_news() {
    let mut stage = stage(true);
    let notice = susurro::model::Notice::NotSaid {
        peer: jid(BOB),
        failure: susurro::model::MessageFailure::TrustWithdrawn,
    };
    stage.event(susurro::api::Event::Notice(notice));
    let text = stage.text();
    assert!(
        text.contains("What you changed in the chat with bob@mired.test is undone."),
        "{text}"
    );
}

#[test]
fn the_list_says_that_the_newest_message_was_taken_back() {
    let mut stage = stage(true);
    stage.resize(160, 50);
    let asked = rows(&mut stage)[1].id;
    stage.store(|tx, _| {
        use susurro::store::about::retractions;
        assert!(retractions::apply(tx, asked, susurro::model::Retracted::Author).unwrap());
    });
    stage.event(susurro::api::Event::Changed(susurro::api::Change::Messages(
        vec![asked],
    )));
    let text = stage.text();
    assert!(
        text.contains("[taken back]") && text.contains("[taken back by its author]"),
        "{text}"
    );
}
