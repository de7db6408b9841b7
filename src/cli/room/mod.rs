//! `susurro room`: rooms, and what is done to them (XEP-0045). Each command goes to its own way online;
//! where one has to be in the room for something, it goes in, does it, and is out again with its end.

mod config;
mod list;
mod members;
mod search;

use std::time::Duration;

use tokio::time::Instant;
use zeroize::Zeroizing;

use super::args::{Common, Room as Args, room as args};
use super::client::{Beside, Client, Console, one_shot, with_session_beside};
use super::open::{OpenProfile, with_profile};
use super::unlock::{SecretSource, new_form};
use super::{Exit, confirm, json, output, render, text};
use api::{Command, NewRoom, Outcome, RoomCommand, Secret};
use model::room::{Role, RoomFeature, RoomInfo};
use model::{BareJid, Clean, Message, Peer};
use serde::Serialize;
use store::{chats, rooms};

/// How long a server may take.
const TIMEOUT: Duration = Duration::from_secs(60);

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    if let Args::Destroy(args) = args
        && !args.yes
        && !confirm::possible()
    {
        return Err(Exit::usage(
            "There is no terminal to ask at. Add --yes to end the room without being asked.",
        ));
    }
    with_profile(common, |opened| match args {
        Args::Create(args) => create(opened, args),
        Args::Join(args) => join(opened, args),
        Args::Leave(room) => leave(opened, &room.jid),
        Args::Decline(room) => decline(opened, &room.jid),
        Args::List(args) => list::run(opened, args.json),
        Args::Info(args) => info(opened, &args.room.jid, args.json),
        Args::Members(args) => members::run(opened, &args.room.jid, args.json),
        Args::Invite(args) => invite(opened, &args.room.jid, &args.who),
        Args::Affiliation(args) => {
            let what = RoomCommand::SetAffiliation {
                who: args.who.clone(),
                to: args.to.into(),
                reason: None,
            };
            perform(opened, &args.room.jid, Stays::Outside, what).map(|_| ())
        }
        Args::Kick(args) => {
            let (nick, to) = (Clean::line(&args.nick), Role::None);
            let reason = None;
            let what = RoomCommand::SetRole { nick, to, reason };
            perform(opened, &args.room.jid, Stays::Inside, what).map(|_| ())
        }
        Args::Topic(args) => {
            let what = RoomCommand::SetTopic(topic(args.text.as_deref())?);
            perform(opened, &args.room.jid, Stays::Inside, what).map(|_| ())
        }
        Args::Config(args) => config::run(opened, args),
        Args::Destroy(args) => destroy(opened, args),
        Args::Search(args) => search::run(opened, args),
    })
}

/// Where one has to be for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stays {
    Inside,
    Outside,
}

/// One command about a room, from login to its end.
fn perform(
    opened: &mut OpenProfile,
    room: &BareJid,
    stays: Stays,
    what: RoomCommand,
) -> Result<Outcome, Exit> {
    let peer = Peer::new(opened.account()?.id, room.clone());
    online(opened, Console::new, async |client| {
        if stays == Stays::Inside {
            go_in(client, &peer).await?;
        }
        act(client, &peer, what).await
    })
}

/// A session that is there.
fn online<T, B: Beside>(
    opened: &mut OpenProfile,
    beside: impl FnOnce() -> Result<B, Exit>,
    work: impl AsyncFnOnce(&mut Client<B>) -> Result<T, Exit>,
) -> Result<T, Exit> {
    let options = one_shot(opened.account()?.id);
    with_session_beside(opened, options, beside, async |client| {
        client.ready(deadline()).await?;
        work(client).await
    })
}

async fn act<B: Beside>(client: &mut Client<B>, room: &Peer, what: RoomCommand) -> Result<Outcome, Exit> {
    let room = room.clone();
    client.perform(Command::Room { room, what }, deadline()).await
}

fn deadline() -> Instant {
    Instant::now() + TIMEOUT
}

/// Goes into one of the person's rooms. Into no other: what is wanted in it is refused then.
async fn go_in<B: Beside>(client: &mut Client<B>, room: &Peer) -> Result<(), Exit> {
    let chat = chats::by_peer(client.reader(), room)?;
    let known = match chat {
        Some(chat) => rooms::get(client.reader(), chat.id)?,
        None => None,
    };
    if known.is_some_and(|known| known.autojoin) {
        let (nick, password) = (None, None);
        act(client, room, RoomCommand::Join { nick, password }).await?;
    }
    Ok(())
}

/// Takes away what somebody else wrote in a room.
pub fn moderate(opened: &mut OpenProfile, message: &Message, reason: Option<Clean>) -> Result<(), Exit> {
    let room = message.peer.address.clone();
    let message = message.id;
    let what = RoomCommand::Moderate { message, reason };
    perform(opened, &room, Stays::Inside, what).map(|_| ())
}

fn create(opened: &mut OpenProfile, args: &args::NewRoom) -> Result<(), Exit> {
    let account = opened.account()?.id;
    let new = NewRoom {
        address: args.jid.clone(),
        name: args.name.as_deref().map(Clean::line),
        is_public: args.public,
        invited: Vec::new(),
    };
    online(opened, Console::new, async |client| {
        let made = client.perform(Command::CreateRoom(new), deadline()).await?;
        let Outcome::Room(room) = made else {
            return Err(Exit::other("The room was made, and nobody knows where."));
        };
        output::result(render::identifier(room.as_str()))?;
        invite_all(client, &Peer::new(account, room), &args.invite).await
    })
}

/// Everybody is asked, whatever became of the one before; the first reason is the end.
async fn invite_all<B: Beside>(client: &mut Client<B>, room: &Peer, people: &[BareJid]) -> Result<(), Exit> {
    let mut end = Ok(());
    for who in people {
        let (who, reason) = (who.clone(), None);
        let shown = render::identifier(who.as_str());
        if let Err(exit) = act(client, room, RoomCommand::Invite { who, reason }).await {
            let exit = Exit {
                text: format!("{shown} is not invited. {}", exit.text),
                ..exit
            };
            match end {
                Ok(()) => end = Err(exit),
                Err(_) => output::say(exit.text),
            }
        }
    }
    end
}

fn invite(opened: &mut OpenProfile, room: &BareJid, who: &[BareJid]) -> Result<(), Exit> {
    let peer = Peer::new(opened.account()?.id, room.clone());
    online(opened, Console::new, async |client| {
        go_in(client, &peer).await?;
        invite_all(client, &peer, who).await
    })
}

fn join(opened: &mut OpenProfile, args: &args::Join) -> Result<(), Exit> {
    let what = RoomCommand::Join {
        nick: args.nick.as_deref().map(Clean::line),
        password: password(args)?.map(Secret),
    };
    let room = render::identifier(args.room.jid.as_str());
    if let Outcome::Joined(nick) = perform(opened, &args.room.jid, Stays::Outside, what)? {
        output::say(format!(
            "{room} is one of your rooms, and you are called {} in it. `susurro listen` and the screen go in by themselves.",
            nick.as_str()
        ));
    }
    Ok(())
}

fn password(args: &args::Join) -> Result<Option<Zeroizing<String>>, Exit> {
    match &args.password_file {
        None => Ok(None),
        Some(file) => {
            let source = SecretSource::new(Some(file.clone()), None, false);
            new_form(&source.read("The room's password", false)?).map(Some)
        }
    }
}

fn leave(opened: &mut OpenProfile, room: &BareJid) -> Result<(), Exit> {
    perform(opened, room, Stays::Outside, RoomCommand::Leave)?;
    output::say(format!(
        "{} is no room of yours any more. What was said in it stays here; `susurro delete` takes it away.",
        render::identifier(room.as_str())
    ));
    Ok(())
}

fn decline(opened: &mut OpenProfile, room: &BareJid) -> Result<(), Exit> {
    let reason = None;
    perform(opened, room, Stays::Outside, RoomCommand::Decline { reason }).map(|_| ())
}

/// What a room is to be about; nothing takes it away.
fn topic(argument: Option<&str>) -> Result<Clean, Exit> {
    match argument {
        Some(text) if text.trim().is_empty() => Ok(Clean::line("")),
        other => text::body(other),
    }
}

fn destroy(opened: &mut OpenProfile, args: &args::Destroy) -> Result<(), Exit> {
    let room = render::identifier(args.room.jid.as_str());
    let question = format!("End the room {room} for everybody? It cannot be brought back.");
    if !args.yes && !confirm::confirmed(&question)? {
        return Err(Exit::other("Nothing is ended."));
    }
    let (venue, reason) = (args.venue.clone(), None);
    let what = RoomCommand::Destroy { venue, reason };
    perform(opened, &args.room.jid, Stays::Outside, what)?;
    output::say(format!(
        "The room {room} is ended. What was said in it stays here."
    ));
    Ok(())
}

fn info(opened: &mut OpenProfile, room: &BareJid, json: bool) -> Result<(), Exit> {
    let account = opened.account()?.jid;
    let Outcome::RoomInfo(info) = perform(opened, room, Stays::Outside, RoomCommand::Look)? else {
        return Ok(());
    };
    match json {
        true => output::result(object(&account, room, &info)?),
        false => output::results(lines(room, &info)),
    }
}

#[derive(Serialize)]
struct InfoLine<'a> {
    jid: &'a str,
    name: Option<&'a str>,
    description: Option<&'a str>,
    topic: Option<&'a str>,
    occupants: Option<u32>,
    members_only: bool,
    non_anonymous: bool,
    persistent: bool,
    hidden: bool,
    moderated: bool,
    password: bool,
    archive: bool,
}

fn object(account: &BareJid, room: &BareJid, info: &RoomInfo) -> Result<String, Exit> {
    let text = |words: &'_ Option<Clean>| words.as_ref().map(|words| words.as_str().to_owned());
    let (name, description, topic) = (text(&info.name), text(&info.description), text(&info.subject));
    let is = |feature| info.features.contains(&feature);
    let row = InfoLine {
        jid: room.as_str(),
        name: name.as_deref(),
        description: description.as_deref(),
        topic: topic.as_deref(),
        occupants: info.occupants,
        members_only: is(RoomFeature::MembersOnly),
        non_anonymous: is(RoomFeature::NonAnonymous),
        persistent: is(RoomFeature::Persistent),
        hidden: is(RoomFeature::Hidden),
        moderated: is(RoomFeature::Moderated),
        password: is(RoomFeature::PasswordProtected),
        archive: is(RoomFeature::Archive),
    };
    json::object(account, row)
}

fn lines(room: &BareJid, info: &RoomInfo) -> Vec<String> {
    let mut lines = vec![render::identifier(room.as_str())];
    let mut say = |what: &str, words: &Option<Clean>| {
        if let Some(words) = words {
            lines.push(format!("  {what}: {}", render::sentence(words.as_str())));
        }
    };
    say("name", &info.name);
    say("description", &info.description);
    say("topic", &info.subject);
    if let Some(count) = info.occupants {
        lines.push(format!("  in it now: {count}"));
    }
    let kinds = [
        (
            RoomFeature::MembersOnly,
            "only members can enter",
            "anybody can enter",
        ),
        (
            RoomFeature::NonAnonymous,
            "everybody in it sees the addresses of all",
            "addresses are hidden from most",
        ),
        (
            RoomFeature::Persistent,
            "it stays when the last one leaves",
            "it ends when the last one leaves",
        ),
        (
            RoomFeature::Hidden,
            "it stands in no public list",
            "it can be found",
        ),
        (RoomFeature::Moderated, "not everybody may write", ""),
        (RoomFeature::PasswordProtected, "it asks for a password", ""),
        (RoomFeature::Archive, "it keeps an archive", "it keeps no archive"),
    ];
    for (feature, so, otherwise) in kinds {
        let said = match info.features.contains(&feature) {
            true => so,
            false => otherwise,
        };
        if !said.is_empty() {
            lines.push(format!("  {said}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hut() -> (BareJid, RoomInfo) {
        let info = RoomInfo {
            features: [RoomFeature::MembersOnly, RoomFeature::NonAnonymous].into(),
            name: Some(Clean::line("Mountain hut")),
            occupants: Some(3),
            ..RoomInfo::default()
        };
        (BareJid::new("hut@rooms.mired.test").unwrap(), info)
    }

    #[test]
    fn what_a_room_is_is_said_in_words() {
        let (room, info) = hut();
        insta::assert_snapshot!(lines(&room, &info).join("\n"), @r"
        hut@rooms.mired.test
          name: Mountain hut
          in it now: 3
          only members can enter
          everybody in it sees the addresses of all
          it ends when the last one leaves
          it can be found
          it keeps no archive
        ");
    }

    #[test]
    fn what_a_room_is_has_every_field() {
        let (room, info) = hut();
        let ana = BareJid::new("ana@mired.test").unwrap();
        insta::assert_snapshot!(object(&ana, &room, &info).unwrap(), @r#"{"account":"ana@mired.test","jid":"hut@rooms.mired.test","name":"Mountain hut","description":null,"topic":null,"occupants":3,"members_only":true,"non_anonymous":true,"persistent":false,"hidden":false,"moderated":false,"password":false,"archive":false}"#);
    }

    #[test]
    fn an_empty_topic_takes_it_away() {
        assert_eq!(topic(Some("")).unwrap().as_str(), "");
        assert_eq!(topic(Some("Saturday")).unwrap().as_str(), "Saturday");
    }
}
