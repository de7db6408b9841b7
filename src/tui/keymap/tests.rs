//! What a config may change, and what it may not.

use proptest::prelude::*;

use super::*;
use crate::composer::Edit;

fn changes(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    pairs
        .iter()
        .map(|(name, keys)| ((*name).into(), keys.iter().map(|key| (*key).into()).collect()))
        .collect()
}

fn error(pairs: &[(&str, &[&str])]) -> String {
    Keymap::new(&changes(pairs)).unwrap_err()
}

fn key(name: &str) -> Key {
    name.parse().unwrap()
}

const WRITING: [KeyContext; 3] = [KeyContext::Composer, KeyContext::Main, KeyContext::Everywhere];
const SELECTING: [KeyContext; 3] = [KeyContext::Selection, KeyContext::Main, KeyContext::Everywhere];

#[test]
fn the_default_keys_are_those_of_the_table() {
    let keymap = Keymap::default();
    assert!(Keymap::faults(&BTreeMap::new()).is_empty());
    for row in TABLE {
        for name in row.keys {
            assert_eq!(
                keymap.action(&[row.context], key(name)),
                Some(row.action),
                "{name}"
            );
        }
        let names: Vec<_> = keymap.keys_of(row).iter().map(Key::to_string).collect();
        assert_eq!(names, row.keys);
    }
    assert_eq!(keymap.name(Action::Edit(Edit::Newline)), "Alt-Enter");
    assert_eq!(keymap.name(Action::Find), "Ctrl-P");
}

#[test]
fn a_key_means_what_the_innermost_context_says() {
    let keymap = Keymap::default();
    assert_eq!(keymap.action(&WRITING, key("Up")), Some(Action::Up));
    assert_eq!(keymap.action(&SELECTING, key("Up")), Some(Action::SelectUp));
    assert_eq!(keymap.action(&SELECTING, key("k")), Some(Action::SelectUp));
    assert_eq!(keymap.action(&WRITING, key("k")), None);
    assert_eq!(keymap.action(&SELECTING, key("PgUp")), Some(Action::PageUp));
    assert_eq!(keymap.action(&SELECTING, key("Esc")), Some(Action::Back));
    assert_eq!(keymap.action(&[KeyContext::Everywhere], key("PgUp")), None);
    assert_eq!(keymap.action(&[], key("Esc")), None);
}

#[test]
fn changed_keys_stand_in_the_place_of_the_old_ones() {
    let keymap = Keymap::new(&changes(&[("find", &["Ctrl-G", "F5"]), ("redraw", &[])])).unwrap();
    assert_eq!(keymap.action(&WRITING, key("Ctrl-G")), Some(Action::Find));
    assert_eq!(keymap.action(&WRITING, key("F5")), Some(Action::Find));
    assert_eq!(keymap.action(&WRITING, key("Ctrl-P")), None);
    assert_eq!(keymap.name(Action::Find), "Ctrl-G");
    assert_eq!(keymap.action(&WRITING, key("Ctrl-L")), None);
    assert_eq!(keymap.name(Action::Redraw), "");
}

#[test]
fn two_actions_can_swap_their_keys_and_a_key_named_twice_is_one() {
    let swapped = [("send", &["Ctrl-J", "Ctrl-j"][..]), ("new-line", &["Enter"])];
    let keymap = Keymap::new(&changes(&swapped)).unwrap();
    assert_eq!(
        keymap.action(&WRITING, key("Enter")),
        Some(Action::Edit(Edit::Newline))
    );
    assert_eq!(keymap.keys(Action::Send), [key("Ctrl-J")]);
}

#[test]
fn with_caps_lock_alt_letters_still_do_what_they_do() {
    let keymap = Keymap::default();
    assert_eq!(keymap.action(&WRITING, key("Alt-Shift-L")), Some(Action::Lock));
    let own = Keymap::new(&changes(&[("redraw", &["Alt-Shift-L"])])).unwrap();
    assert_eq!(own.action(&WRITING, key("Alt-Shift-L")), Some(Action::Redraw));
    assert_eq!(own.action(&WRITING, key("Alt-L")), Some(Action::Lock));
}

#[test]
fn what_is_wrong_is_said_with_the_name_of_the_action() {
    for (pairs, what) in [
        (&[("sing", &["F9"][..])][..], "there is no action “sing”"),
        (&[("newline", &["F9"])], "did you mean “new-line”?"),
        (&[("find", &["Ctrl-Foo"])], "keys of “find”: “Ctrl-Foo” is no key"),
        (
            &[("find", &["Ctrl-M"])],
            "keys of “find”: Ctrl-M reaches programs as Enter",
        ),
        (&[("find", &["Ctrl-I"])], "as Tab"),
        (&[("find", &["Ctrl-["])], "as Esc"),
        (&[("find", &["x"])], "x could not be typed any more"),
        (&[("lock", &["Space"])], "Space could not be typed any more"),
        (
            &[("find", &["Ctrl-K"])],
            "Ctrl-K is a key of “find” and of “kill-to-end”",
        ),
        (
            &[("kill-to-end", &["Ctrl-P"])],
            "Ctrl-P is a key of “kill-to-end” and of “find”",
        ),
        (
            &[("copy-message", &["k"])],
            "k is a key of “copy-message” and of “selection-up”",
        ),
        (
            &[("lock", &["Up"])],
            "Up is a key of “lock” and of “selection-up”",
        ),
        (&[("leave", &[])], "“leave” needs a key"),
        (&[("back", &[])], "“back” needs a key"),
    ] {
        let error = error(pairs);
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn a_letter_may_be_a_key_where_nothing_is_typed() {
    let keymap = Keymap::new(&changes(&[("copy-message", &["y", "Y"])])).unwrap();
    assert_eq!(keymap.action(&SELECTING, key("Y")), Some(Action::CopyMessage));
}

#[test]
fn all_faults_are_found_each_with_the_name_it_was_written_under() {
    let faults = Keymap::faults(&changes(&[
        ("find", &["Ctrl-K", "Foo"]),
        ("sing", &[]),
        ("lock", &["a"]),
    ]));
    let names: Vec<_> = faults.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(names, ["sing", "find", "lock", "find"]);
}

proptest! {
    #[test]
    fn a_keymap_without_faults_has_no_key_with_two_meanings(
        names in prop::collection::vec(prop::sample::select(TABLE), 0..6),
        keys in prop::collection::vec(prop::sample::select(vec![
            "Ctrl-P", "F5", "F6", "Alt-X", "Enter", "Esc", "k", "Up", "Ctrl-G", "Alt-Shift-X", "Insert",
        ]), 6),
    ) {
        let changes: BTreeMap<String, Vec<String>> = names
            .iter()
            .zip(&keys)
            .map(|(row, key)| (row.name.to_owned(), vec![(*key).to_owned()]))
            .collect();
        let Ok(keymap) = Keymap::new(&changes) else { return Ok(()) };
        for focus in [KeyContext::Composer, KeyContext::List, KeyContext::Selection] {
            let contexts = [focus, KeyContext::Main, KeyContext::Everywhere];
            for row in TABLE.iter().filter(|row| contexts.contains(&row.context)) {
                for key in keymap.keys_of(row) {
                    prop_assert_eq!(keymap.action(&contexts, key), Some(row.action));
                }
            }
        }
        prop_assert!(!keymap.keys(Action::Leave).is_empty() && !keymap.keys(Action::Back).is_empty());
    }
}
