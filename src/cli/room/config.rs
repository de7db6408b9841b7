//! `susurro room config`: the form of a room, shown and changed.

use serde::Serialize;

use super::{Stays, act, deadline, online};
use crate::cli::args::room::Settings;
use crate::cli::client::Console;
use crate::cli::open::OpenProfile;
use crate::cli::{Exit, json, output, render};
use api::{Command, Outcome, RoomCommand};
use model::form::{Field, FieldKind, RoomForm};
use model::{BareJid, Clean, Peer};

pub fn run(opened: &mut OpenProfile, args: &Settings) -> Result<(), Exit> {
    let account = opened.account()?;
    let room = &args.room.jid;
    if args.settings.is_empty() {
        let shown = super::perform(opened, room, Stays::Outside, RoomCommand::Form)?;
        return show(&account.jid, shown, args.json);
    }
    let peer = Peer::new(account.id, room.clone());
    let shown = online(opened, Console::new, async |client| {
        act(client, &peer, RoomCommand::Configure(gathered(&args.settings))).await?;
        if !args.json {
            return Ok(Outcome::Done);
        }
        let (room, what) = (peer.clone(), RoomCommand::Form);
        client.perform(Command::Room { room, what }, deadline()).await
    })?;
    show(&account.jid, shown, args.json)
}

/// What is given several times is one field with several values; an empty one has none.
fn gathered(settings: &[(String, String)]) -> Vec<(Clean, Vec<Clean>)> {
    let mut fields: Vec<(Clean, Vec<Clean>)> = Vec::new();
    for (key, value) in settings {
        let (key, value) = (Clean::line(key), Clean::new(value));
        let values = Some(value).filter(|value| !value.is_empty());
        match fields.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => known.extend(values),
            None => fields.push((key, values.into_iter().collect())),
        }
    }
    fields
}

fn show(account: &BareJid, shown: Outcome, json: bool) -> Result<(), Exit> {
    let Outcome::RoomForm(form) = shown else {
        return Ok(());
    };
    let lines: Result<Vec<String>, Exit> = fields(&form)
        .map(|field| match json {
            true => object(account, field),
            false => Ok(line(field)),
        })
        .collect();
    output::results(lines?)
}

/// Those that can be changed.
fn fields(form: &RoomForm) -> impl Iterator<Item = &Field> {
    let can_be_set = |field: &&Field| !matches!(field.kind, FieldKind::Fixed | FieldKind::Hidden);
    form.fields.iter().filter(can_be_set)
}

#[derive(Serialize)]
struct FieldLine<'a> {
    key: &'a str,
    label: Option<&'a str>,
    r#type: &'static str,
    values: Vec<&'a str>,
    options: Vec<&'a str>,
}

fn object(account: &BareJid, field: &Field) -> Result<String, Exit> {
    let row = FieldLine {
        key: &field.var,
        label: field.label.as_ref().map(Clean::as_str),
        r#type: match field.kind {
            FieldKind::Boolean => "boolean",
            FieldKind::Jids => "jid-multi",
            FieldKind::Jid => "jid-single",
            FieldKind::ListMany => "list-multi",
            FieldKind::ListOne => "list-single",
            FieldKind::Lines => "text-multi",
            FieldKind::Secret => "text-private",
            FieldKind::Line | FieldKind::Fixed | FieldKind::Hidden => "text-single",
        },
        values: values(field),
        options: field.options.iter().map(|(_, value)| value.as_str()).collect(),
    };
    json::object(account, row)
}

/// Of a boolean always one.
fn values(field: &Field) -> Vec<&str> {
    match field.kind {
        FieldKind::Boolean if field.is_true() => vec!["1"],
        FieldKind::Boolean => vec!["0"],
        _ => field.values.iter().map(String::as_str).collect(),
    }
}

fn line(field: &Field) -> String {
    let shown: Vec<String> = match field.kind {
        FieldKind::Boolean if field.is_true() => vec!["yes".to_owned()],
        FieldKind::Boolean => vec!["no".to_owned()],
        _ => values(field).into_iter().map(render::sentence).collect(),
    };
    let mut line = format!("{}={}", render::identifier(&field.var), shown.join(", "));
    let options: Vec<String> = field
        .options
        .iter()
        .map(|(_, value)| render::identifier(value))
        .collect();
    if !options.is_empty() {
        line.push_str(&format!(" (of {})", options.join(", ")));
    }
    if let Some(label) = &field.label {
        line.push_str(&format!("  # {}", render::sentence(label.as_str())));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind, values: &[&str]) -> Field {
        Field {
            var: "muc#roomconfig_whois".to_owned(),
            kind,
            label: Some(Clean::line("Who sees addresses")),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            options: Vec::new(),
            required: false,
        }
    }

    #[test]
    fn a_setting_is_one_line_as_it_is_typed() {
        let mut whois = field(FieldKind::ListOne, &["anyone"]);
        whois.options = vec![
            (Clean::line("Anyone"), "anyone".to_owned()),
            (Clean::line("Moderators"), "moderators".to_owned()),
        ];
        insta::assert_snapshot!(line(&whois), @"muc#roomconfig_whois=anyone (of anyone, moderators)  # Who sees addresses");
        insta::assert_snapshot!(line(&field(FieldKind::Boolean, &[])), @"muc#roomconfig_whois=no  # Who sees addresses");
        let ana = BareJid::new("ana@mired.test").unwrap();
        insta::assert_snapshot!(object(&ana, &whois).unwrap(), @r#"{"account":"ana@mired.test","key":"muc#roomconfig_whois","label":"Who sees addresses","type":"list-single","values":["anyone"],"options":["anyone","moderators"]}"#);
    }

    #[test]
    fn what_is_given_several_times_is_one_setting() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let gathered = gathered(&[pair("a", "1"), pair("b", ""), pair("a", "2")]);
        let shown: Vec<_> = gathered
            .iter()
            .map(|(key, values)| (key.as_str(), values.len()))
            .collect();
        assert_eq!(shown, [("a", 2), ("b", 0)]);
    }
}
