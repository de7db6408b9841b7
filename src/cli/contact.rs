//! `susurro contact`: the roster, and who asks to be in it.

use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Serialize;
use tokio::time::Instant;

use super::args::{Common, Contact as Args};
use super::client::{Beside, Console, one_shot, with_session_beside};
use super::open::{OpenProfile, with_profile};
use super::{Exit, json, output, parse, render, time, words};
use api::Command;
use model::{BareJid, Clean, Contact, Timestamp, address};
use store::contacts;

/// How long the server may take.
const TIMEOUT: Duration = Duration::from_secs(30);

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    with_profile(common, |opened| {
        if let Args::List { json, offline } = args {
            return list(opened, *json, *offline);
        }
        let jid = subject(args);
        if jid == Some(&opened.account()?.jid) {
            return Err(Exit::usage("This is your own address."));
        }
        match command(args)? {
            Some(command) => perform(opened, Some(command), Console::new),
            None => Ok(()),
        }
    })
}

fn subject(args: &Args) -> Option<&BareJid> {
    match args {
        Args::Add { jid, .. } => Some(&jid.jid),
        Args::Accept { jid } | Args::Decline { jid } | Args::Remove { jid } | Args::Rename { jid, .. } => {
            Some(jid)
        }
        Args::List { .. } => None,
    }
}

fn command(args: &Args) -> Result<Option<Command>, Exit> {
    Ok(Some(match args {
        Args::Add { jid, words, name } => Command::AddContact {
            jid: jid.jid.clone(),
            name: called(words, name.as_deref())?.or_else(|| jid.called.clone()),
        },
        Args::Accept { jid } => Command::AcceptContact(jid.clone()),
        Args::Decline { jid } => Command::DeclineContact(jid.clone()),
        Args::Remove { jid } => Command::RemoveContact(jid.clone()),
        Args::Rename { jid, name } => Command::RenameContact {
            jid: jid.clone(),
            name: Clean::line(name),
        },
        Args::List { .. } => return Ok(None),
    }))
}

/// What a new contact is called: the words behind the address, else what the option says.
fn called(words: &[String], option: Option<&str>) -> Result<Option<Clean>, Exit> {
    if words.is_empty() {
        return Ok(option.map(Clean::line));
    }
    let name =
        parse::contact_name(&words.join(" ")).map_err(|wrong| Exit::usage(format!("NAME: {wrong}.")))?;
    Ok(Some(Clean::line(&name)))
}

/// Connects, which brings the roster, and performs `command` if there is one.
pub fn perform<B: Beside>(
    opened: &mut OpenProfile,
    command: Option<Command>,
    beside: impl FnOnce() -> Result<B, Exit>,
) -> Result<(), Exit> {
    let options = one_shot(opened.account()?.id);
    with_session_beside(opened, options, beside, async |client| {
        client.ready(Instant::now() + TIMEOUT).await?;
        // A roster may be long: it has the same time once more.
        match command {
            Some(command) => client
                .perform(command, Instant::now() + TIMEOUT)
                .await
                .map(|_| ()),
            None => Ok(()),
        }
    })
}

fn list(opened: &mut OpenProfile, json: bool, offline: bool) -> Result<(), Exit> {
    let account = opened.account()?;
    let refresh = Some(Command::RefreshContacts);
    if !offline && let Err(exit) = perform(opened, refresh, Console::new) {
        let seen = opened.read(|tx| contacts::seen(tx, account.id))?;
        output::say(format!("{} {}", last_seen(seen, time::zone()), exit.text));
    }
    let contacts = opened.read(|tx| contacts::all(tx, account.id))?;
    let lines: Result<Vec<String>, Exit> = contacts
        .iter()
        .map(|contact| match json {
            true => object(&account.jid, contact),
            false => Ok(line(contact)),
        })
        .collect();
    output::results(lines?)
}

/// What is said above a list that could not be read anew.
fn last_seen(seen: Option<Timestamp>, zone: &TimeZone) -> String {
    match seen {
        Some(seen) => format!("This is the list as last seen on {}.", time::moment(seen, zone)),
        None => "This is the list as last seen; it may be incomplete.".to_owned(),
    }
}

#[derive(Serialize)]
struct ContactLine<'a> {
    jid: &'a str,
    name: Option<&'a str>,
    subscription: &'static str,
    in_roster: bool,
    asked: bool,
    requests: bool,
}

fn object(account: &BareJid, contact: &Contact) -> Result<String, Exit> {
    let row = ContactLine {
        jid: contact.jid.as_str(),
        name: contact.name.as_ref().map(Clean::as_str),
        subscription: words::subscription(contact.subscription),
        in_roster: contact.in_roster,
        asked: contact.asked,
        requests: contact.requests,
    };
    json::object(account, row)
}

/// The exact address first, then where things stand, then the name: a name cannot pass for an address.
fn line(contact: &Contact) -> String {
    let mut line = format!(
        "{} [{}]",
        render::identifier(contact.jid.as_str()),
        words::sees(contact.subscription)
    );
    if let Some(plain) = address::unescaped(&contact.jid) {
        line.push_str(&format!(" ({})", render::identifier(plain)));
    }
    if let Some(name) = &contact.name {
        line.push(' ');
        line.push_str(&render::sentence(name.as_str()));
    }
    if contact.asked {
        line.push_str(" (asked, no answer yet)");
    }
    if contact.requests {
        line.push_str(" (asks to see your presence: contact accept or contact decline)");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Subscription;

    fn bob() -> Contact {
        Contact {
            jid: BareJid::new("bob@mired.test").unwrap(),
            name: Some(Clean::new("Bob\neve@mired.test [both]")),
            in_roster: true,
            subscription: Subscription::To,
            asked: false,
            requests: true,
        }
    }

    #[test]
    fn a_contact_is_one_line_whatever_its_name() {
        insta::assert_snapshot!(line(&bob()), @"bob@mired.test [you see them, they do not see you] Bob ⏎ eve@mired.test [both] (asks to see your presence: contact accept or contact decline)");
    }

    #[test]
    fn where_things_stand_is_said_in_words_and_what_is_escaped_is_shown_plainly_too() {
        for (subscription, words) in [
            (Subscription::None, "neither sees the other"),
            (Subscription::To, "you see them, they do not see you"),
            (Subscription::From, "they see you, you do not see them"),
            (Subscription::Both, "you see each other"),
        ] {
            let contact = Contact {
                subscription,
                requests: false,
                name: None,
                ..bob()
            };
            assert_eq!(line(&contact), format!("bob@mired.test [{words}]"));
        }
        let escaped = Contact {
            jid: BareJid::new(r"d\27artagnan@mired.test").unwrap(),
            requests: false,
            name: None,
            ..bob()
        };
        insta::assert_snapshot!(line(&escaped), @r"d\27artagnan@mired.test [you see them, they do not see you] (d'artagnan@mired.test)");
    }

    #[test]
    fn a_name_is_the_words_behind_the_address_or_the_option() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let name = |name: Option<Clean>| name.map(|name| name.as_str().to_owned());
        assert_eq!(called(&[], None), Ok(None));
        assert_eq!(name(called(&[], Some("Bob")).unwrap()).as_deref(), Some("Bob"));
        let three = called(&words(&["Bob", "of", "Ede"]), None).unwrap();
        assert_eq!(name(three).as_deref(), Some("Bob of Ede"));
        let bad = called(&words(&["a\nb"]), None).unwrap_err();
        assert_eq!(bad.code, crate::cli::Code::Usage);
    }

    #[test]
    fn a_list_that_could_not_be_read_says_when_it_was() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let seen = "2026-11-30T02:10:07Z".parse().ok();
        insta::assert_snapshot!(last_seen(seen, &zone), @"This is the list as last seen on 2026-11-30 03:10:07+01:00.");
        insta::assert_snapshot!(last_seen(None, &zone), @"This is the list as last seen; it may be incomplete.");
    }

    #[test]
    fn a_contact_is_an_object_with_every_field() {
        insta::assert_snapshot!(
            object(&BareJid::new("ana@mired.test").unwrap(), &Contact { name: None, ..bob() }).unwrap(),
            @r#"{"account":"ana@mired.test","jid":"bob@mired.test","name":null,"subscription":"to","in_roster":true,"asked":false,"requests":true}"#
        );
    }
}
