//! Further copies of what was corrected, taken back or deleted, as an archive and other devices bring them: nothing
//! stands twice, nothing comes back, and what comes before its message finds it.

use susurro::api::Command;
use susurro::model::{Clean, Message};

use crate::archive::{
    forget_ranges, from_elsewhere, in_clear, later, numbered, online, verify_each_other, world as unconnected,
};
use crate::client::send;
use crate::server::{Manners, xml};
use crate::world::{ANA, BOB, World};

const CARL: &str = "carl@susurro.test";
const ALL: [Manners; 3] = [Manners::Prosody, Manners::Ejabberd, Manners::Openfire];

fn shown(world: &mut World, peer: &str) -> Vec<(String, u32)> {
    let text = |row: &Message| match &row.body {
        Some(body) => body.as_str().to_owned(),
        None if row.retracted.is_some() => "retracted".to_owned(),
        None => "?".to_owned(),
    };
    let rows = world.clients[0].history(peer);
    rows.iter().map(|row| (text(row), row.edited)).collect()
}

fn read_again(world: &mut World, at: usize) {
    world.quit(at);
    forget_ranges(world, at);
    later(world, 30);
    world.connect(at);
    world.settle();
}

/// Something in clear of Bob about his message `of`.
fn about(world: &mut World, id: &str, inside: &str) {
    let message = format!(
        "<message xmlns='jabber:client' type='chat' to='{ANA}' id='{id}'>{inside}<store xmlns='urn:xmpp:hints'/></message>"
    );
    world.server.relay(&format!("{BOB}/x"), xml(&message));
}

fn correction(world: &mut World, id: &str, of: &str, body: &str) {
    about(
        world,
        id,
        &format!("<body>{body}</body><replace xmlns='urn:xmpp:message-correct:0' id='{of}'/>"),
    );
}

#[test]
fn what_we_wrote_in_clear_and_edited_stands_once_whatever_the_archive_has() {
    for manners in ALL {
        let mut world = online(31, manners, &[ANA, BOB]);
        in_clear(&mut world, 0, BOB);
        for (text, edited) in [("one", "two"), ("three", "four")] {
            world.command(0, send(BOB, text));
            world.settle();
            let message = world.clients[0].history(BOB).pop().unwrap().id;
            let body = Clean::new(edited);
            let reveal = false;
            world.command(
                0,
                Command::Edit {
                    message,
                    body,
                    reveal,
                },
            );
            world.settle();
            later(&mut world, 5);
        }
        let message = world.clients[0].history(BOB)[1].id;
        world.command(
            0,
            Command::Retract {
                message,
                reveal: false,
            },
        );
        world.settle();
        let expected = [("two".to_owned(), 1), ("retracted".to_owned(), 0)];
        assert_eq!(shown(&mut world, BOB), expected, "{manners:?}");
        read_again(&mut world, 0);
        assert_eq!(shown(&mut world, BOB), expected, "{manners:?}");
    }
}

#[test]
fn what_was_corrected_and_then_deleted_no_archive_brings_back() {
    for manners in ALL {
        let mut world = online(32, manners, &[ANA]);
        from_elsewhere(&mut world, BOB, "m0", "stays");
        from_elsewhere(&mut world, BOB, "m1", "one");
        world.settle();
        correction(&mut world, "c1", "m1", "two");
        world.settle();
        correction(&mut world, "c2", "m1", "three");
        world.settle();
        let row = world.clients[0].history(BOB).pop().unwrap();
        assert_eq!(row.edited, 2);
        world.command(0, Command::DeleteMessage(row.id));
        read_again(&mut world, 0);
        assert_eq!(shown(&mut world, BOB), [("stays".to_owned(), 0)], "{manners:?}");
    }
}

#[test]
fn what_is_the_newest_of_a_chat_finds_its_message_pages_before() {
    for manners in ALL {
        for what in ["correction", "retraction"] {
            let mut world = unconnected(33, manners, &[ANA]);
            world.server.add_account(BOB);
            world.server.befriend(ANA, BOB);
            from_elsewhere(&mut world, BOB, "m1", "one");
            for body in numbered(240) {
                later(&mut world, 60);
                from_elsewhere(&mut world, CARL, &body, &body);
            }
            later(&mut world, 60);
            match what {
                "correction" => correction(&mut world, "c1", "m1", "two"),
                _ => about(
                    &mut world,
                    "r1",
                    "<body>taken back</body><retract xmlns='urn:xmpp:message-retract:1' id='m1'/>",
                ),
            }
            world.server.accounts.get_mut(ANA).unwrap().offline.clear();
            later(&mut world, 3600);
            world.connect(0);
            world.settle();
            let expected = match what {
                "correction" => [("two".to_owned(), 1)],
                _ => [("retracted".to_owned(), 0)],
            };
            assert_eq!(shown(&mut world, BOB), expected, "{manners:?} {what}");
        }
    }
}

/// A row as it shows: its words, how often it was edited, its emojis, whether it was taken back.
type Shown = (Option<String>, u32, Vec<String>, bool);

/// The chat with Bob on both devices of Ana.
fn on_both(world: &mut World) -> [Vec<Shown>; 2] {
    [0, 2].map(|at| {
        let rows = world.clients[at].history(BOB);
        let each = rows.iter().map(|row| {
            let body = row.body.as_ref().map(|body| body.as_str().to_owned());
            let emojis = row.reactions.iter().map(|given| given.emoji.as_str().to_owned());
            (body, row.edited, emojis.collect(), row.retracted.is_some())
        });
        each.collect()
    })
}

#[test]
fn two_devices_of_one_account_agree_on_what_was_said_about_messages() {
    for manners in ALL {
        let mut world = online(34, manners, &[ANA, BOB, ANA]);
        world.settle();
        verify_each_other(&mut world, 0, 2);
        world.command(0, send(BOB, "one"));
        world.settle();
        later(&mut world, 5);
        world.command(1, send(ANA, "from bob"));
        world.settle();
        let reveal = false;
        let ours = world.clients[0].history(BOB)[0].id;
        let body = Clean::new("two");
        world.command(
            0,
            Command::Edit {
                message: ours,
                body,
                reveal,
            },
        );
        world.settle();
        later(&mut world, 5);
        for (at, emoji) in [(0, "👍"), (2, "🎉")] {
            let message = world.clients[at].history(BOB)[1].id;
            let emojis = vec![Clean::new(emoji)];
            world.command(
                at,
                Command::React {
                    message,
                    emojis,
                    reveal,
                },
            );
            world.settle();
            later(&mut world, 5);
        }
        let expected = vec![
            (Some("two".to_owned()), 1, vec![], false),
            (Some("from bob".to_owned()), 0, vec!["🎉".to_owned()], false),
        ];
        assert_eq!(
            on_both(&mut world),
            [expected.clone(), expected.clone()],
            "{manners:?}"
        );
        // Neither has them twice from the archive.
        read_again(&mut world, 0);
        read_again(&mut world, 2);
        assert_eq!(on_both(&mut world), [expected.clone(), expected], "{manners:?}");
        world.command(
            0,
            Command::Retract {
                message: ours,
                reveal,
            },
        );
        world.settle();
        let [one, other] = on_both(&mut world);
        assert_eq!(one, other, "{manners:?}");
        assert!(one[0].3, "{manners:?}");
    }
}
