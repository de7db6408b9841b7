//! What is typed: sent, run, completed, given back; pasted text is only text (threat 81).

use std::time::Duration;

use susurro::model::{MessageState, Protection};
use susurro::tui::app::Effect;

use crate::stage::{MONO, Stage};

fn stage() -> Stage {
    let mut stage = Stage::new((80, 24), MONO);
    stage.bob("hello");
    stage.start();
    stage.online();
    stage
}

fn composed(stage: &Stage) -> String {
    stage.app().chat_pane.composer.text().to_owned()
}

#[test]
fn enter_sends_and_the_message_is_in_sight_at_once() {
    let mut stage = stage();
    stage.type_in("On my way");
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("bob@mired.test").len(), 1);
    assert_eq!(composed(&stage), "");
    assert!(stage.text().contains("On my way"));
    assert!(stage.text().contains("1 queued"));
}

#[test]
fn several_lines_are_one_message() {
    let mut stage = stage();
    stage.type_in("one");
    stage.press(&["Alt-Enter"]);
    stage.type_in("two");
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("bob@mired.test")[0].0, "one\ntwo");
}

#[test]
fn an_empty_or_blank_text_is_not_sent() {
    let mut stage = stage();
    stage.press(&["Enter"]);
    stage.type_in("   ");
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("bob@mired.test"), []);
}

#[test]
fn a_paste_is_text_whatever_it_holds() {
    for text in [
        "/lock\n",
        "one\ntwo\n",
        "/quit",
        "\x1b[201~/lock\r",
        "yes\nclear\n",
    ] {
        let mut stage = stage();
        stage.paste(text);
        assert_eq!(stage.sent("bob@mired.test"), [], "{text:?}");
        let acted = stage
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Lock | Effect::Quit));
        assert!(!acted, "{text:?}");
        assert!(!composed(&stage).contains('\x1b'));
    }
}

#[test]
fn a_pasted_command_is_asked_about_before_it_runs_or_goes() {
    let mut stage = stage();
    stage.paste("/lock");
    stage.press(&["Enter"]);
    assert!(stage.effects.iter().all(|effect| *effect != Effect::Lock));
    assert_eq!(stage.sent("bob@mired.test"), []);
    stage.press(&["Esc"]);
    assert_eq!(composed(&stage), "/lock", "Esc leaves everything as it was");
    stage.press(&["Enter", "r", "r"]);
    assert!(stage.effects.contains(&Effect::Lock));
}

#[test]
fn a_mistyped_command_is_not_sent_to_people() {
    for text in ["/lcok", " /lock", "/hepl me"] {
        let mut stage = stage();
        stage.type_in(text);
        stage.press(&["Enter", "Enter"]);
        assert_eq!(stage.sent("bob@mired.test"), [], "{text}");
        // Twice: whoever types on has not answered.
        stage.press(&["s", "s"]);
        assert_eq!(stage.sent("bob@mired.test").len(), 1, "{text}: sent on request");
    }
}

#[test]
fn two_slashes_send_one() {
    let mut stage = stage();
    stage.type_in("//etc is a folder");
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("bob@mired.test")[0].0, "/etc is a folder");
}

#[test]
fn ten_thousand_pasted_lines_wait_in_the_composer() {
    let mut stage = stage();
    let text: String = (0..10_000).map(|n| format!("line {n}\n")).collect();
    stage.paste(&text);
    assert_eq!(stage.sent("bob@mired.test"), []);
    assert!(composed(&stage).lines().count() >= 10_000);
    assert!(
        stage.text().contains("10000 lines were pasted"),
        "{}",
        stage.text()
    );
    stage.press(&["Ctrl-_"]);
    assert_eq!(composed(&stage), "", "one undo takes it back");
}

#[test]
fn own_history_comes_back_with_up() {
    let mut stage = stage();
    for text in ["first", "second"] {
        stage.type_in(text);
        stage.press(&["Enter"]);
    }
    stage.press(&["Up"]);
    assert_eq!(composed(&stage), "second");
    stage.press(&["Up"]);
    assert_eq!(composed(&stage), "first");
    stage.press(&["Down", "Down"]);
    assert_eq!(composed(&stage), "");
}

#[test]
fn tab_completes_commands_and_chats() {
    let mut stage = stage();
    stage.type_in("/fing");
    stage.press(&["Tab"]);
    assert_eq!(composed(&stage).trim_end(), "/fingerprint");
    stage.press(&["Ctrl-U"]);
    stage.type_in("/open car");
    stage.press(&["Tab", "Enter"]);
    assert_eq!(
        stage.app().facts.chat.as_ref().unwrap().address.as_str(),
        "carol@mired.test"
    );
}

#[test]
fn lock_and_leave_keep_the_draft_first() {
    for (key, effect) in [
        ("Alt-L", Effect::Lock),
        ("Ctrl-Z", Effect::Suspend),
        ("Ctrl-Q", Effect::Quit),
    ] {
        let mut stage = stage();
        stage.type_in("half a thought");
        stage.press(&[key]);
        assert!(stage.effects.contains(&effect));
        stage.start();
        assert_eq!(composed(&stage), "half a thought");
    }
}

#[test]
fn control_c_clears_first_and_leaves_when_it_comes_twice_within_two_seconds() {
    let mut stage = stage();
    stage.type_in("half a thought");
    stage.press(&["Ctrl-C"]);
    assert_eq!(composed(&stage), "");
    stage.press(&["Ctrl-Y"]);
    assert_eq!(composed(&stage), "half a thought");
    // Another key between, or more time, and it begins anew.
    stage.press(&["Ctrl-C", "Ctrl-C", "Left", "Ctrl-C"]);
    stage.now = stage.now.checked_add(Duration::from_millis(2001)).unwrap();
    assert_eq!(stage.app().deadline().map(|due| due <= stage.now), Some(true));
    stage.press(&["Ctrl-C"]);
    assert!(!stage.effects.contains(&Effect::Quit));
    stage.now = stage.now.checked_add(Duration::from_secs(2)).unwrap();
    stage.press(&["Ctrl-C"]);
    assert!(stage.effects.contains(&Effect::Quit));
    // On a page it clears nothing that is written below.
    let mut stage = self::stage();
    stage.type_in("half a thought");
    stage.press(&["F1", "Ctrl-C", "Esc"]);
    assert_eq!(composed(&stage), "half a thought");
    assert!(!stage.effects.contains(&Effect::Quit));
}

#[test]
fn what_the_writer_does_is_sent_with_one_key() {
    let mut stage = stage();
    stage.type_in("/me waves");
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("bob@mired.test").last().unwrap().0, "/me waves");
}

#[test]
fn a_message_queued_offline_shows_as_queued_and_protected() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.bob("hello");
    stage.start();
    stage.type_in("later");
    stage.press(&["Enter"]);
    let sent = stage.sent("bob@mired.test");
    assert_eq!(sent[0].1, MessageState::Queued);
    assert_ne!(sent[0].2, Protection::Clear);
}

#[test]
fn who_has_nobody_yet_can_add_somebody() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.store(|tx, account| {
        for name in ["bob", "carol", "dave"] {
            let jid = crate::stage::jid(&format!("{name}@mired.test"));
            susurro::store::contacts::remove(tx, account, &jid).unwrap();
        }
    });
    stage.start();
    stage.online();
    stage.type_in("hello?");
    stage.press(&["Enter"]);
    assert!(stage.text().contains("Open a chat first"), "{}", stage.text());
    assert_eq!(composed(&stage), "hello?");
    stage.press(&["Ctrl-U"]);
    stage.type_in("/add bob@mired.test Bob");
    stage.press(&["Enter"]);
    assert_eq!(composed(&stage), "");
    assert_eq!(
        stage.app().facts.chat.as_ref().unwrap().address.as_str(),
        "bob@mired.test"
    );
}

#[test]
fn one_key_cuts_everything_and_one_takes_it_back() {
    let mut stage = stage();
    let lines = "a line of many\n".repeat(10_000);
    stage.paste(&lines);
    stage.press(&["Up"]);
    let before = composed(&stage);
    stage.press(&["Ctrl-X"]);
    assert_eq!(composed(&stage), "");
    stage.press(&["Ctrl-_"]);
    assert_eq!(composed(&stage), before);
    stage.press(&["Ctrl-X", "Ctrl-Y"]);
    assert_eq!(composed(&stage), before);
    // What others wrote stays text when it comes back.
    stage.press(&["Ctrl-X"]);
    stage.paste("/lock");
    stage.press(&["Ctrl-X", "Ctrl-Y", "Enter"]);
    assert!(!stage.effects.contains(&Effect::Lock));
}

#[test]
fn the_smallest_footer_names_the_key_that_finds_all_the_others() {
    let mut stage = stage();
    stage.resize(40, 12);
    let text = stage.text();
    let footer = text.lines().last().unwrap();
    assert!(
        footer.contains("Enter send") && footer.contains("Ctrl-P find"),
        "{text}"
    );
}
