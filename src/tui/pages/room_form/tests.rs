use super::*;
use crate::recipients::fixture::{Stage, jid, key, peer};
use model::form::Field;

const TEAM: &str = "team@rooms.mired.test";

fn field(var: &str, kind: FieldKind, label: &str, values: &[&str]) -> Field {
    let options = [("Anyone", "anyone"), ("Moderators only", "moderators")];
    let options = options.map(|(words, value)| (Clean::line(words), value.to_owned()));
    Field {
        var: var.to_owned(),
        kind,
        label: Some(Clean::line(label)),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        options: if kind == FieldKind::ListOne {
            options.to_vec()
        } else {
            Vec::new()
        },
        required: false,
    }
}

fn form() -> (Stage, Box<dyn Page>) {
    let form = RoomForm {
        title: None,
        instructions: Some(Clean::line("Complete and submit this form")),
        fields: vec![
            field("FORM_TYPE", FieldKind::Hidden, "", &["x"]),
            field("muc#roomconfig_roomname", FieldKind::Line, "Name", &["Tea"]),
            field("", FieldKind::Fixed, "", &["Who may come"]),
            field(
                "muc#roomconfig_membersonly",
                FieldKind::Boolean,
                "Only members",
                &["1"],
            ),
            field(
                "muc#roomconfig_whois",
                FieldKind::ListOne,
                "Who sees addresses",
                &["anyone"],
            ),
            field(
                "muc#roomconfig_roomsecret",
                FieldKind::Secret,
                "Password",
                &["tea"],
            ),
            field(
                "muc#roomconfig_roomowners",
                FieldKind::Jids,
                "",
                &["ana@mired.test"],
            ),
            field("muc#roomconfig_lines", FieldKind::Lines, "Rules", &["one", "two"]),
        ],
    };
    let mut stage = Stage::new();
    let page = stage.look(|world| page(world, &peer(TEAM), &form).unwrap());
    (stage, page)
}

fn press(stage: &mut Stage, page: &mut Box<dyn Page>, keys: &[&str]) -> Vec<Ask> {
    let mut asks = Vec::new();
    for name in keys {
        asks = stage.look(|world| page.on_key(key(name), world).unwrap());
        picture(stage, page, 60);
    }
    asks
}

fn picture(stage: &mut Stage, page: &mut Box<dyn Page>, columns: u16) -> String {
    stage.picture(columns, 14, |world, area, buf| {
        page.draw(world, area, buf);
    })
}

#[test]
fn what_a_room_is_stands_field_by_field() {
    let (mut stage, mut page) = form();
    for columns in [60, 40] {
        insta::assert_snapshot!(format!("form-{columns}"), picture(&mut stage, &mut page, columns));
    }
    let text = picture(&mut stage, &mut page, 60);
    assert!(!text.contains("tea") && !text.contains("FORM_TYPE"), "{text}");
}

#[test]
fn what_is_changed_is_sent_at_once_and_nothing_else() {
    let (mut stage, mut page) = form();
    picture(&mut stage, &mut page, 60);
    assert!(matches!(
        press(&mut stage, &mut page, &["s"]).as_slice(),
        [Ask::Say(_)]
    ));
    // Letters belong to the field while it is written.
    press(&mut stage, &mut page, &["Enter", "s", "Space", "2", "Enter"]);
    press(
        &mut stage,
        &mut page,
        &["Down", "Enter", "Down", "Enter", "Down", "Down"],
    );
    press(
        &mut stage,
        &mut page,
        &["Enter", "Ctrl-U", "b", "@", "x", ",", "c", "@", "y", "Enter"],
    );
    assert!(page.title().contains("4 changed"), "{}", page.title());
    let line = Clean::line;
    let wanted = vec![
        (line("muc#roomconfig_roomname"), vec![line("Teas 2")]),
        (line("muc#roomconfig_membersonly"), vec![line("0")]),
        (line("muc#roomconfig_whois"), vec![line("moderators")]),
        (line("muc#roomconfig_roomowners"), vec![line("b@x"), line("c@y")]),
    ];
    let asks = press(&mut stage, &mut page, &["s"]);
    let sent = asks.iter().find_map(|ask| match ask {
        Ask::Command {
            command: Command::Room { room, what },
            ..
        } => Some((room.address.clone(), what.clone())),
        _ => None,
    });
    assert_eq!(sent, Some((jid(TEAM), RoomCommand::Configure(wanted))));
    assert_eq!(asks.first(), Some(&Ask::Close));
}

#[test]
fn what_was_changed_back_is_not_sent() {
    let (mut stage, mut page) = form();
    press(&mut stage, &mut page, &["Down", "Enter", "Enter"]);
    assert!(matches!(
        press(&mut stage, &mut page, &["s"]).as_slice(),
        [Ask::Say(_)]
    ));
    // Of several lines nothing is made one.
    press(&mut stage, &mut page, &["End"]);
    assert!(matches!(
        press(&mut stage, &mut page, &["Enter"]).as_slice(),
        [Ask::Say(_)]
    ));
    assert_eq!(page.title(), "What team is");
}
