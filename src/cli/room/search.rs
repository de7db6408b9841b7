//! `susurro room search`: rooms that can be found.

use serde::Serialize;

use super::{deadline, online};
use crate::cli::args::room::Search;
use crate::cli::client::Console;
use crate::cli::open::OpenProfile;
use crate::cli::{Exit, json, output, parse, render};
use api::{Command, Outcome};
use model::room::FoundRoom;
use model::{BareJid, Clean};

pub fn run(opened: &mut OpenProfile, args: &Search) -> Result<(), Exit> {
    let account = opened.account()?.jid;
    let (service, words) = read(&args.words);
    let outcome = online(opened, Console::new, async |client| {
        let words = Clean::line(&words);
        let command = Command::SearchRooms { service, words };
        client.perform(command, deadline()).await
    })?;
    let Outcome::Rooms(found) = outcome else {
        return Ok(());
    };
    if found.is_empty() && !args.json {
        output::say("No room was found. Private groups are in no list: ask somebody in one to invite you.");
    }
    let lines: Result<Vec<String>, Exit> = found
        .iter()
        .map(|room| match args.json {
            true => object(&account, room),
            false => Ok(line(room)),
        })
        .collect();
    output::results(lines?)
}

/// The first word is a service if it looks like a server.
fn read(words: &[String]) -> (Option<BareJid>, String) {
    let service = words
        .first()
        .filter(|word| word.contains('.') && !word.contains('@'))
        .and_then(|word| parse::jid(word).ok());
    let rest = match service {
        Some(_) => words.get(1..).unwrap_or_default(),
        None => words,
    };
    (service, rest.join(" "))
}

#[derive(Serialize)]
struct FoundLine<'a> {
    jid: &'a str,
    name: Option<&'a str>,
    occupants: Option<u32>,
}

fn object(account: &BareJid, room: &FoundRoom) -> Result<String, Exit> {
    let row = FoundLine {
        jid: room.jid.as_str(),
        name: room.name.as_ref().map(Clean::as_str),
        occupants: room.occupants,
    };
    json::object(account, row)
}

fn line(room: &FoundRoom) -> String {
    let mut line = render::identifier(room.jid.as_str());
    if let Some(name) = &room.name {
        line.push(' ');
        line.push_str(&render::sentence(name.as_str()));
    }
    if let Some(occupants) = room.occupants {
        line.push_str(&format!(" ({occupants} in it)"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_a_service_if_it_can_be_one() {
        let read = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let (service, words) = read(&words);
            (service.map(|service| service.to_string()), words)
        };
        let rooms = Some("rooms.mired.test".to_owned());
        assert_eq!(read(""), (None, String::new()));
        assert_eq!(read("rust talk"), (None, "rust talk".to_owned()));
        assert_eq!(read("rooms.mired.test"), (rooms.clone(), String::new()));
        assert_eq!(
            read("rooms.mired.test rust talk"),
            (rooms, "rust talk".to_owned())
        );
    }

    #[test]
    fn a_found_room_is_a_line_or_an_object() {
        let room = FoundRoom {
            jid: BareJid::new("rust@rooms.mired.test").unwrap(),
            name: Some(Clean::line("Rust")),
            occupants: Some(12),
        };
        assert_eq!(line(&room), "rust@rooms.mired.test Rust (12 in it)");
        let ana = BareJid::new("ana@mired.test").unwrap();
        insta::assert_snapshot!(object(&ana, &room).unwrap(), @r#"{"account":"ana@mired.test","jid":"rust@rooms.mired.test","name":"Rust","occupants":12}"#);
    }
}
