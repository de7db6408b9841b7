//! `susurro chats`: every chat with what is unread in it; needs no connection.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::args::{Chats as Args, Common};
use super::open::{OpenProfile, with_profile};
use super::{Exit, json, output, render, time};
use model::BareJid;
use store::chats::{self, COUNTED, Overview};

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    with_profile(common, |opened| list(opened, args.json))
}

fn list(opened: &mut OpenProfile, json: bool) -> Result<(), Exit> {
    let account = opened.account()?;
    let mut all = opened.read(|tx| chats::overview(tx, account.id))?;
    sort(&mut all);
    if all.is_empty() && !json {
        output::say("There is no chat yet.");
    }
    let lines: Result<Vec<String>, Exit> = all
        .iter()
        .map(|chat| {
            if json {
                object(&account.jid, chat)
            } else {
                Ok(line(chat, time::zone()))
            }
        })
        .collect();
    output::results(lines?)
}

/// The newest first, those without a message last.
fn sort(all: &mut [Overview]) {
    all.sort_by_key(|chat| {
        let last = chat.last.as_ref().map(|last| last.time);
        (std::cmp::Reverse(last), chat.chat.peer.clone())
    });
}

#[derive(Serialize)]
struct ChatLine {
    chat: String,
    unread: u64,
    last_time: Option<String>,
    encrypted: bool,
    /// A stranger wrote first, and nobody has answered or accepted.
    request: bool,
}

fn object(account: &BareJid, chat: &Overview) -> Result<String, Exit> {
    let row = ChatLine {
        chat: chat.chat.peer.written(),
        unread: chat.unread,
        last_time: chat.last.as_ref().map(|last| last.time.to_string()),
        encrypted: chat.chat.encrypted,
        request: chat.chat.request,
    };
    json::object(account, row)
}

/// The exact address first: nothing of what others chose stands behind it.
fn line(chat: &Overview, zone: &TimeZone) -> String {
    let mut line = render::identifier(chat.chat.peer.written());
    line.push_str(match chat.chat.encrypted {
        true => " [encrypted]",
        false => " [IN CLEAR]",
    });
    match chat.unread {
        0 => {}
        unread if unread >= u64::from(COUNTED) => line.push_str(&format!(" {COUNTED} or more unread")),
        unread => line.push_str(&format!(" {unread} unread")),
    }
    if let Some(last) = &chat.last {
        line.push_str(&format!(" (last {})", time::moment(last.time, zone)));
    }
    if chat.chat.request && chat.chat.kind == model::ChatKind::Room {
        line.push_str(" (somebody asks you to come in: susurro room join, or: susurro room decline)");
    } else if chat.chat.request {
        line.push_str(" (a stranger: write to accept, or: susurro delete, susurro block)");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AccountId, ChatId, Clean, Direction, Peer};
    use store::chats::{Chat, Last};

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    fn overview(peer: &str, last: Option<&str>) -> Overview {
        Overview {
            chat: Chat {
                id: ChatId(1),
                peer: Peer::new(AccountId(1), jid(peer)),
                kind: model::ChatKind::Person,
                encrypted: true,
                opted_out: None,
                request: false,
                reveal: false,
            },
            last: last.map(|time| Last {
                event: None,
                time: time.parse().unwrap(),
                direction: Direction::In,
                failed: false,
                taken_back: false,
                nick: None,
                words: Some(Clean::new("hello")),
            }),
            unread: 0,
            draft: false,
        }
    }

    #[test]
    fn every_field_is_there_in_the_order_of_the_contract() {
        let mut chat = overview("bob@mired.test", Some("2026-11-20T12:00:00Z"));
        chat.unread = 2;
        insta::assert_snapshot!(object(&jid("ana@mired.test"), &chat).unwrap(), @r#"{"account":"ana@mired.test","chat":"bob@mired.test","unread":2,"last_time":"2026-11-20T12:00:00Z","encrypted":true,"request":false}"#);
        let mut chat = overview("eve@evil.test", None);
        (chat.chat.encrypted, chat.chat.request) = (false, true);
        insta::assert_snapshot!(object(&jid("ana@mired.test"), &chat).unwrap(), @r#"{"account":"ana@mired.test","chat":"eve@evil.test","unread":0,"last_time":null,"encrypted":false,"request":true}"#);
    }

    #[test]
    fn for_people_it_is_one_line_with_the_address_first() {
        let mut chat = overview("bob@mired.test", None);
        let line = |chat: &Overview| line(chat, &time::tests::ede());
        assert_eq!(line(&chat), "bob@mired.test [encrypted]");
        (chat.unread, chat.chat.encrypted) = (3, false);
        assert_eq!(line(&chat), "bob@mired.test [IN CLEAR] 3 unread");
        (chat.unread, chat.chat.request) = (u64::from(COUNTED), true);
        assert!(
            line(&chat).contains(" 1000 or more unread (a stranger:"),
            "{}",
            line(&chat)
        );
        // By the clock of whoever reads it, as `history` tells times.
        assert_eq!(
            line(&overview("bob@mired.test", Some("2026-11-20T12:00:00Z"))),
            "bob@mired.test [encrypted] (last 2026-11-20 13:00:00+01:00)"
        );
    }

    #[test]
    fn the_newest_stands_first_and_what_is_empty_last() {
        let mut all = [
            overview("zoe@mired.test", None),
            overview("bob@mired.test", Some("2026-11-19T12:00:00Z")),
            overview("carol@mired.test", None),
            overview("dave@mired.test", Some("2026-11-20T12:00:00Z")),
        ];
        sort(&mut all);
        let peers: Vec<&str> = all
            .iter()
            .map(|chat| chat.chat.peer.address.node().unwrap().as_str())
            .collect();
        assert_eq!(peers, ["dave", "bob", "carol", "zoe"]);
    }
}
