//! What each command asks for.

use super::*;
use crate::action::Action;
use crate::ask::{PageName, QuestionName, Switch};
use crate::recipients::fixture::peer;
use api::Command;
use model::Clean;

/// The commands to the session among what was asked for.
fn commands(asks: &[Ask]) -> Vec<Command> {
    let command = |ask: &Ask| match ask {
        Ask::Command { command, .. } => Some(command.clone()),
        _ => None,
    };
    asks.iter().filter_map(command).collect()
}

#[test]
fn commands_alone_show_and_do_what_they_say() {
    let mut stage = stage();
    for (text, ask) in [
        ("/details", Ask::Perform(Action::ToggleDetails)),
        ("/devices", Ask::Show(PageName::Devices)),
        ("/find", Ask::Show(PageName::Find)),
        ("/help", Ask::Show(PageName::Help)),
        ("/list", Ask::Perform(Action::ToggleList)),
        ("/lock", Ask::Perform(Action::Lock)),
        ("/newest", Ask::Perform(Action::Newest)),
        ("/next", Ask::Perform(Action::NextUnread)),
        ("/oldest", Ask::Perform(Action::Oldest)),
        ("/quit", Ask::Perform(Action::Leave)),
        ("/redraw", Ask::Perform(Action::Redraw)),
        ("/requests", Ask::Show(PageName::Requests)),
        ("/connect", Ask::Say("You are online already.".into())),
    ] {
        assert_eq!(asks(&mut stage, text), [ask]);
        let sentence = wrong(&mut stage, &format!("{text} the door"));
        assert!(sentence.contains(&format!("/{text}")), "{sentence}");
    }
}

#[test]
fn a_password_is_never_taken_from_the_line() {
    let mut stage = stage();
    assert!(matches!(
        asks(&mut stage, "/password")[..],
        [Ask::Question(QuestionName::Password { .. })]
    ));
    let sentence = wrong(&mut stage, "/password hunter2");
    assert!(!sentence.contains("hunter2") && sentence.contains("alone"));
}

#[test]
fn switches_are_on_off_or_the_other() {
    let mut stage = stage();
    for (text, what, on) in [
        ("/mouse", Switch::Mouse, None),
        ("/mouse ON", Switch::Mouse, Some(true)),
        ("/bell off", Switch::Bell, Some(false)),
    ] {
        assert_eq!(asks(&mut stage, text), [Ask::Switch { what, on }]);
    }
    assert_eq!(wrong(&mut stage, "/mouse maybe"), "Write it as /mouse [on|off].");
}

#[test]
fn a_chat_is_meant_by_name_address_or_the_beginning_of_only_one() {
    let mut stage = stage();
    for (text, who) in [
        ("/open Bob", "bob@mired.test"),
        ("/open bOBB", "bobby@mired.test"),
        ("/open carol white", "carol@mired.test"),
        ("/open CAROL@MIRED.TEST", "carol@mired.test"),
        ("/open dave@o", "dave@other.test"),
        ("/open stranger@mired.test", "stranger@mired.test"),
        ("/open xmpp:stranger@mired.test?message", "stranger@mired.test"),
    ] {
        assert_eq!(asks(&mut stage, text), [Ask::Open(peer(who))], "{text}");
    }
    assert_eq!(
        wrong(&mut stage, "/open dave"),
        "“dave” could be dave@mired.test, dave@other.test; write more of it."
    );
    assert_eq!(
        wrong(&mut stage, "/open nobody"),
        "No chat is called “nobody”; /find lists them all."
    );
    assert!(wrong(&mut stage, "/open").contains("/open CHAT"));
}

#[test]
fn a_sentence_lists_five_at_most() {
    let mut stage = Stage::new();
    many_contacts(&mut stage, 10_000);
    let sentence = wrong(&mut stage, "/open pers");
    assert_eq!(sentence.matches('@').count(), 5, "{sentence}");
    assert_eq!(
        asks(&mut stage, "/open person00999"),
        [Ask::Open(peer("person00999@mired.test"))]
    );
    assert_eq!(completed(&mut stage, "/open p").len(), 50);
}

#[test]
fn what_is_about_a_chat_is_about_the_open_one_unless_another_is_named() {
    let mut stage = stage();
    let page = |who| Ask::Show(PageName::Fingerprints(peer(who)));
    assert_eq!(asks(&mut stage, "/fingerprint"), [page("bob@mired.test")]);
    assert_eq!(asks(&mut stage, "/verify carol"), [page("carol@mired.test")]);
    assert_eq!(
        commands(&asks(&mut stage, "/refresh")),
        [Command::RefreshDevices(jid("bob@mired.test"))]
    );
    stage.chat = None;
    assert_eq!(
        wrong(&mut stage, "/fingerprint"),
        "No chat is open; write it as /fingerprint [CHAT]."
    );
}

#[test]
fn encryption_is_turned_off_only_by_a_question_where_the_chat_is_seen() {
    let mut stage = stage();
    let ask = |who| Ask::Question(QuestionName::GoClear(peer(who)));
    assert_eq!(asks(&mut stage, "/plaintext"), [ask("bob@mired.test")]);
    let carol = [Ask::Open(peer("carol@mired.test")), ask("carol@mired.test")];
    assert_eq!(asks(&mut stage, "/plaintext carol"), carol);
    assert!(matches!(asks(&mut stage, "/encrypt")[..], [Ask::Say(_)]));
    stage.clear("bob@mired.test");
    assert!(matches!(asks(&mut stage, "/plaintext")[..], [Ask::Say(_)]));
    let on = Command::SetEncryption {
        chat: model::Peer::new(model::AccountId(1), jid("bob@mired.test")),
        on: true,
    };
    assert_eq!(commands(&asks(&mut stage, "/encrypt")), [on]);
}

#[test]
fn both_commands_answer_a_request_to_stop_encrypting() {
    let mut stage = stage();
    stage.opted_out("bob@mired.test", "");
    let on = Command::SetEncryption {
        chat: model::Peer::new(model::AccountId(1), jid("bob@mired.test")),
        on: true,
    };
    assert_eq!(commands(&asks(&mut stage, "/encrypt")), [on]);
    let ask = Ask::Question(QuestionName::GoClear(peer("bob@mired.test")));
    assert_eq!(asks(&mut stage, "/plaintext"), [ask]);
}

#[test]
fn sessions_are_begun_anew_with_all_devices_of_a_chat() {
    let mut stage = stage();
    for (text, who) in [("/reset", "bob@mired.test"), ("/reset carol", "carol@mired.test")] {
        let anew = Command::ResetSessions {
            jid: jid(who),
            device: None,
        };
        assert_eq!(commands(&asks(&mut stage, text)), [anew]);
    }
}

#[test]
fn a_new_contact_is_asked_and_the_chat_opened() {
    let mut stage = stage();
    let add = |name: Option<&str>| Command::AddContact {
        jid: jid("erin@mired.test"),
        name: name.map(Clean::line),
    };
    let asked = asks(&mut stage, "/add erin@mired.test");
    assert_eq!(commands(&asked), [add(None)]);
    assert_eq!(asked.last(), Some(&Ask::Open(peer("erin@mired.test"))));
    assert_eq!(
        commands(&asks(
            &mut stage,
            "/add xmpp:erin@mired.test?roster  Erin of  Ede "
        )),
        [add(Some("Erin of  Ede"))]
    );
    // What a link calls them, unless the person calls them something else.
    for (typed, name) in [("", "Erin E"), (" Rin", "Rin")] {
        let line = format!("/add xmpp:erin@mired.test?roster;name=Erin%20E{typed}");
        assert_eq!(commands(&asks(&mut stage, &line)), [add(Some(name))]);
    }
    let gateway = Ask::Command {
        command: Command::AddContact {
            jid: jid("irc.mired.test"),
            name: Some(Clean::line("The gateway")),
        },
        done: Some("irc.mired.test is asked to be your contact.".into()),
    };
    assert_eq!(
        asks(&mut stage, "/add irc.mired.test The gateway"),
        [gateway, Ask::Open(peer("irc.mired.test"))]
    );
    for text in [
        "/add",
        "/add erin",
        "/add erin@mired.test/phone",
        "/add @",
        "/add ana@mired.test",
    ] {
        let sentence = wrong(&mut stage, text);
        assert!(sentence.ends_with('.') && sentence.len() < 100, "{sentence}");
    }
    assert!(
        commands(&asks(&mut stage, "/add bob@mired.test")).is_empty(),
        "he is one already"
    );
}

#[test]
fn somebody_who_asks_is_accepted_instead_of_asked() {
    let mut stage = stage();
    requests(&mut stage, "erin@mired.test");
    let erin = jid("erin@mired.test");
    assert_eq!(
        commands(&asks(&mut stage, "/add erin@mired.test Erin")),
        [
            Command::AcceptContact(erin.clone()),
            Command::RenameContact {
                jid: erin,
                name: Clean::line("Erin"),
            }
        ]
    );
}

#[test]
fn a_request_is_answered_without_an_address_if_it_is_the_only_one() {
    let mut stage = stage();
    assert_eq!(wrong(&mut stage, "/accept"), "Nobody asks to be your contact.");
    requests(&mut stage, "erin@mired.test");
    let erin = jid("erin@mired.test");
    assert_eq!(
        commands(&asks(&mut stage, "/accept")),
        [Command::AcceptContact(erin.clone())]
    );
    assert_eq!(
        commands(&asks(&mut stage, "/decline")),
        [Command::DeclineContact(erin.clone())]
    );
    requests(&mut stage, "frank@mired.test");
    assert_eq!(
        wrong(&mut stage, "/accept"),
        "2 people ask; write it as /accept [ADDRESS], or /requests to see them."
    );
    assert_eq!(
        commands(&asks(&mut stage, "/accept e")),
        [Command::AcceptContact(erin)]
    );
    assert!(wrong(&mut stage, "/decline bob@mired.test").contains("does not ask"));
}

#[test]
fn only_contacts_are_renamed_and_removed() {
    let mut stage = stage();
    let renamed = Command::RenameContact {
        jid: jid("bob@mired.test"),
        name: Clean::line("Bob the builder"),
    };
    assert_eq!(commands(&asks(&mut stage, "/rename Bob the builder")), [renamed]);
    assert!(wrong(&mut stage, "/rename").contains("/rename NAME"));
    let remove = |who| Ask::Question(QuestionName::RemoveContact(jid(who)));
    assert_eq!(asks(&mut stage, "/remove"), [remove("bob@mired.test")]);
    stage.open("stranger@mired.test");
    stage.chat = Some(peer("stranger@mired.test"));
    assert_eq!(wrong(&mut stage, "/remove"), "stranger@mired.test is no contact.");
    assert!(wrong(&mut stage, "/rename Eve").contains("/add stranger@mired.test"));
}

#[test]
fn strangers_who_ask_are_no_chats() {
    let mut stage = stage();
    requests(&mut stage, "zoe@mired.test");
    assert!(wrong(&mut stage, "/open zoe").starts_with("No chat"));
}

#[test]
fn what_sentences_repeat_is_bounded_and_shows_what_hides() {
    let mut stage = stage();
    let sentence = wrong(&mut stage, &format!("/open {}\u{202e}", "x".repeat(10_000)));
    assert!(sentence.chars().count() < 120 && !sentence.contains('\u{202e}'));
}
