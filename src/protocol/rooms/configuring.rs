//! The form of a room: what its owner can change about it (XEP-0045 §10.2). The whole form goes back as it
//! came, with what is to be otherwise; what the room is then, it is asked.

use super::Rooms;
use super::managing::to;
use super::tasks::{Step, Task, purpose};
use crate::iq::Answer;
use crate::turn::Turn;
use api::Outcome;
use minidom::Element;
use model::form::{Field, FieldKind, RoomForm};
use model::{BareJid, Clean, RoomsFailure, address};
use stanza::disco;
use stanza::muc::owner;
use store::Result;

impl Rooms {
    /// The answer that such a task waits for.
    pub(super) fn on_configured(
        &mut self,
        turn: &mut Turn<'_>,
        number: u64,
        mut task: Task,
        answer: Answer,
    ) -> Result<()> {
        let room = task.room.clone();
        let payload = match answer {
            Ok(payload) => payload,
            Err(refusal) => {
                match task.step {
                    // It took the form; what it is now it will say another time.
                    Step::LookAgain => task.succeed(turn, Outcome::Done),
                    _ => task.refuse(turn, &refusal),
                }
                return Ok(());
            }
        };
        match &task.step {
            Step::Form => match owners_form(&room, payload) {
                Ok(form) => task.succeed(turn, Outcome::RoomForm(Box::new(form))),
                Err(why) => task.fail(turn, why),
            },
            Step::FormToFill(fields) => {
                match owners_form(&room, payload).and_then(|form| fill(&room, form, fields)) {
                    Ok(form) => {
                        task.step = Step::Configured;
                        self.tasks.go_on(number, task);
                        turn.set(Some(&to(&room)), owner::submit(&form), purpose(number));
                    }
                    Err(why) => task.fail(turn, why),
                }
            }
            Step::LookAgain => {
                self.on_looked_again(turn, &room, Ok(payload))?;
                task.succeed(turn, Outcome::Done);
            }
            _ => {
                task.step = Step::LookAgain;
                self.tasks.go_on(number, task);
                turn.get(Some(&to(&room)), disco::info_query(), purpose(number));
            }
        }
        Ok(())
    }
}

/// The form that came; where there is none, the room has it for others.
pub(super) fn owners_form(
    room: &BareJid,
    payload: Option<Element>,
) -> std::result::Result<RoomForm, RoomsFailure> {
    payload
        .and_then(|payload| owner::parse(&payload))
        .ok_or_else(|| RoomsFailure::NotAllowed(room.clone()))
}

/// The form with these fields as the person wants them.
fn fill(
    room: &BareJid,
    mut form: RoomForm,
    fields: &[(Clean, Vec<Clean>)],
) -> std::result::Result<RoomForm, RoomsFailure> {
    for (name, values) in fields {
        let field =
            named(&form, name.as_str()).ok_or_else(|| RoomsFailure::NoField(room.clone(), name.clone()))?;
        let values = taken(field, name, values)?;
        let var = field.var.clone();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        form.set(&var, &values);
    }
    Ok(form)
}

/// The field of this name, or of one that ends so (`membersonly` of `muc#roomconfig_membersonly`).
fn named<'a>(form: &'a RoomForm, name: &str) -> Option<&'a Field> {
    let ending = format!("roomconfig_{name}");
    let can_be_set = |field: &&Field| !matches!(field.kind, FieldKind::Fixed | FieldKind::Hidden);
    let exact = form.field(name).filter(can_be_set);
    exact.or_else(|| {
        let mut alike = form.fields.iter().filter(|field| field.var.ends_with(&ending));
        alike.next().filter(can_be_set)
    })
}

/// The values as the field takes them.
fn taken(field: &Field, name: &Clean, values: &[Clean]) -> std::result::Result<Vec<String>, RoomsFailure> {
    let bad = |value: &Clean| RoomsFailure::BadValue(name.clone(), value.clone());
    if let ([_, second, ..], false) = (values, field.kind.takes_many()) {
        return Err(bad(second));
    }
    let one = |value: &Clean| {
        let text = value.as_str();
        let taken = match field.kind {
            FieldKind::Boolean => match text {
                "1" | "true" | "yes" | "on" => Some("1".to_owned()),
                "0" | "false" | "no" | "off" => Some("0".to_owned()),
                _ => None,
            },
            FieldKind::ListOne | FieldKind::ListMany => {
                let can_be_chosen = field.options.iter().any(|(_, value)| value == text);
                (can_be_chosen || field.options.is_empty()).then(|| text.to_owned())
            }
            FieldKind::Jid | FieldKind::Jids => address::bare(text).ok().map(|jid| jid.to_string()),
            _ => Some(text.to_owned()),
        };
        taken.ok_or_else(|| bad(value))
    };
    values.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> RoomForm {
        let query = "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'>\
            <field type='hidden' var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>\
            <field type='boolean' var='muc#roomconfig_membersonly'/><field type='text-single' var='muc#roomconfig_roomname'/>\
            <field type='list-single' var='muc#roomconfig_whois'><option><value>anyone</value></option></field>\
            <field type='jid-multi' var='muc#roomconfig_roomadmins'/></x></query>";
        owner::parse(&query.parse().unwrap()).unwrap()
    }

    fn filled(name: &str, values: &[&str]) -> std::result::Result<Vec<String>, RoomsFailure> {
        let room = BareJid::new("team@muc.mired.test").unwrap();
        let values = values.iter().map(|value| Clean::line(value)).collect();
        let form = fill(&room, form(), &[(Clean::line(name), values)])?;
        Ok(named(&form, name).unwrap().values.clone())
    }

    #[test]
    fn a_field_is_known_by_its_name_or_by_what_is_special_about_it() {
        for name in ["muc#roomconfig_membersonly", "membersonly"] {
            assert_eq!(filled(name, &["yes"]), Ok(vec!["1".to_owned()]));
        }
        for name in ["nothing", "FORM_TYPE", ""] {
            assert!(
                matches!(filled(name, &["1"]), Err(RoomsFailure::NoField(..))),
                "{name}"
            );
        }
    }

    #[test]
    fn a_field_takes_what_it_can_and_nothing_else() {
        assert_eq!(filled("whois", &["anyone"]), Ok(vec!["anyone".to_owned()]));
        assert_eq!(filled("roomname", &["Our team"]), Ok(vec!["Our team".to_owned()]));
        assert_eq!(filled("roomname", &[]), Ok(vec![]));
        let admins = filled("roomadmins", &["a@x.test", "b@x.test"]).unwrap();
        assert_eq!(admins.len(), 2);
        for (name, values) in [
            ("membersonly", &["maybe"][..]),
            ("whois", &["everybody"]),
            ("roomadmins", &["@"]),
            ("roomname", &["a", "b"]),
        ] {
            assert!(
                matches!(filled(name, values), Err(RoomsFailure::BadValue(..))),
                "{name}"
            );
        }
    }
}
