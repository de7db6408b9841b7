//! What the steps look like.

use proptest::prelude::*;

use super::*;

/// Both design sizes, in black and white.
fn both(person: &mut Person) -> String {
    let framed = |person: &mut Person, columns: u16, rows: u16| {
        let edge = "-".repeat(columns.into());
        let seen = person.sees(columns, rows);
        let cursor = person.draws(MONO, columns, rows).1;
        let cursor = cursor.map_or("no cursor".to_owned(), |at| {
            format!("cursor at {}, {}", at.x, at.y)
        });
        format!("{edge}\n{seen}\n{edge}\n{cursor}\n")
    };
    framed(person, 80, 24) + &framed(person, 40, 12)
}

#[test]
fn unlock() {
    let mut person = Person::at(First::Unlock);
    person.types("sesame");
    insta::assert_snapshot!("unlock", both(&mut person));
    person.presses("Enter");
    insta::assert_snapshot!("unlock_opening", both(&mut person));
    person.hears(no("That passphrase does not open this vault."));
    insta::assert_snapshot!("unlock_wrong", both(&mut person));
}

#[test]
fn passphrase() {
    let mut person = Person::at(First::MakeVault);
    person.types(GOOD);
    insta::assert_snapshot!("passphrase", both(&mut person));
    person.presses("F2 Tab");
    insta::assert_snapshot!("passphrase_words", both(&mut person));
}

#[test]
fn account() {
    let mut person = Person::at_account();
    insta::assert_snapshot!("account", both(&mut person));
    person.presses("Space");
    person.types("mired.test");
    person.presses("Tab");
    person.types("sesame");
    insta::assert_snapshot!("account_to_be_made", both(&mut person));
    person.presses("F3 Tab Tab");
    insta::assert_snapshot!("account_more", both(&mut person));
}

#[test]
fn login() {
    let mut person = Person::at_login();
    person.hears(HostAnswer::Reached(Check::ServerFound));
    person.hears(HostAnswer::Step(model::Step::CheckingCertificate));
    insta::assert_snapshot!("login", both(&mut person));
    person.hears(no(
        "No secure connection: the certificate is not signed by anybody this machine trusts; if it is meant to be so, \
         name its CA file.",
    ));
    insta::assert_snapshot!("login_failed", both(&mut person));
    person.presses("r");
    person.hears(added());
    insta::assert_snapshot!("login_ready", both(&mut person));
}

#[test]
fn contact() {
    let mut person = Person::at_contact();
    person.types("bob@mired.test");
    insta::assert_snapshot!("contact", both(&mut person));
}

#[test]
fn in_ascii_and_in_the_middle_of_a_large_screen() {
    let ascii = Capabilities {
        colour: false,
        unicode: false,
    };
    let mut person = Person::at_login();
    person.hears(HostAnswer::Reached(Check::Encrypted));
    let seen = person.sees_with(ascii, 160, 50);
    assert!(seen.is_ascii(), "{seen}");
    insta::assert_snapshot!("login_large_ascii", seen);
}

/// Every run of cells of one look, with its look.
fn runs(person: &mut Person, columns: u16, rows: u16) -> String {
    let capabilities = Capabilities {
        colour: true,
        unicode: true,
    };
    let (buf, _) = person.draws(capabilities, columns, rows);
    let mut runs = String::new();
    for y in 0..rows {
        let mut x = 0;
        while x < columns {
            let look = buf[(x, y)].style();
            let run: String = (x..columns)
                .take_while(|x| buf[(*x, y)].style() == look)
                .map(|x| buf[(x, y)].symbol())
                .collect();
            x += u16::try_from(run.chars().count()).unwrap();
            if !run.trim().is_empty() {
                let modifiers = look.add_modifier;
                runs += &format!("{:?} {modifiers:?} {:?}\n", look.fg, run.trim_end());
            }
        }
    }
    runs
}

#[test]
fn in_colour() {
    let mut person = Person::at_login();
    person.hears(HostAnswer::Reached(Check::Encrypted));
    person.hears(no("The server refused the password."));
    insta::assert_snapshot!("login_in_colour", runs(&mut person, 60, 12));
}

/// Every step by its name, as somebody sees it who has begun to type.
fn steps() -> Vec<(&'static str, Person)> {
    let mut unlock = Person::at(First::Unlock);
    unlock.types("sesame");
    unlock.presses("Enter");
    unlock.hears(no("That passphrase does not open this vault."));
    let mut typed = Person::at(First::MakeVault);
    typed.types("violet");
    let mut offered = Person::at(First::MakeVault);
    offered.types(GOOD);
    offered.presses("F2 Tab");
    let mut account = Person::at_account();
    account.types("ana@mired.test");
    account.presses("F3 Tab Enter");
    let mut running = Person::at_login();
    running.hears(HostAnswer::Reached(Check::Encrypted));
    let mut ready = Person::at_login();
    ready.hears(added());
    let mut contact = Person::at_contact();
    contact.types("bob");
    contact.presses("Enter");
    vec![
        ("unlock", unlock),
        ("opening", Person::at(First::Opening)),
        ("passphrase", typed),
        ("passphrase_words", offered),
        ("account", account),
        ("login", running),
        ("login_ready", ready),
        ("contact", contact),
    ]
}

#[test]
fn every_step_in_colour() {
    for (name, mut person) in steps() {
        for (columns, rows) in [(80, 24), (40, 12)] {
            let name = format!("{name}_in_colour_{columns}x{rows}");
            insta::assert_snapshot!(name, runs(&mut person, columns, rows));
        }
    }
}

#[test]
fn every_step_is_ascii_where_only_that_can_be_shown() {
    let ascii = Capabilities {
        colour: false,
        unicode: false,
    };
    for (name, mut person) in steps() {
        for (columns, rows) in [(80, 24), (40, 12)] {
            let seen = person.sees_with(ascii, columns, rows);
            assert!(seen.is_ascii(), "{name}: {seen}");
        }
    }
}

/// Painted from where they are kept, and broken between words.
#[test]
fn the_six_words_are_seen_whole_on_any_screen() {
    for columns in 24..80 {
        let mut person = Person::at(First::MakeVault);
        person.presses("F2");
        let seen = person.sees(columns, 40);
        let seen: Vec<&str> = seen.split_whitespace().collect();
        let words = ["one", "two", "three", "four", "five", "six"];
        assert!(seen.windows(6).any(|six| six == words), "{seen:?}");
    }
}

#[test]
fn the_unlock_screen_tells_nothing_of_what_is_behind_it() {
    let mut person = Person::at(First::Unlock);
    let seen = person.sees(80, 24);
    let words: Vec<&str> = seen
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    assert_eq!(
        words,
        [
            "susurro",
            "locked",
            "Passphrase",
            "Enter",
            "open",
            "Ctrl",
            "Q",
            "leave"
        ]
    );
}

#[test]
fn no_secret_is_drawn() {
    let mut unlock = Person::at(First::Unlock);
    unlock.types("canary");
    let mut made = Person::at(First::MakeVault);
    made.types("canary canary canary");
    made.presses("Enter");
    made.types("canary");
    let mut account = Person::at_account();
    account.presses("Space Tab Tab");
    account.types("canary");
    account.presses("Tab");
    account.types("canary");
    for mut person in [unlock, made, account] {
        assert!(!person.sees(80, 24).contains("canary") && !person.sees(40, 12).contains("canary"));
    }
}

/// One of every step, with things in them.
fn everybody() -> Vec<Person> {
    let mut made = Person::at(First::MakeVault);
    made.types(GOOD);
    made.presses("F2");
    let mut account = Person::at_account();
    account.types("a@漢字.test");
    account.presses("F3 Tab Tab Tab");
    let mut failed = Person::at_login();
    failed.hears(no("The server says: \"\u{202e}שלום 漢字 \u{301}\""));
    let mut ready = Person::at_login();
    ready.hears(added());
    vec![
        Person::at(First::Unlock),
        Person::at(First::Opening),
        made,
        account,
        failed,
        ready,
        Person::at_contact(),
    ]
}

#[test]
fn every_size_is_drawn_with_the_cursor_inside() {
    for mut person in everybody() {
        for (columns, rows) in
            (1..60).flat_map(|size| [(size, 1), (1, size), (size, size), (size, 12), (80, size)])
        {
            let (buf, cursor) = person.draws(MONO, columns, rows);
            assert!(
                cursor.is_none_or(|cursor| buf.area.contains(cursor)),
                "{columns}x{rows}"
            );
        }
    }
}

#[test]
fn the_field_with_the_focus_is_seen_on_a_small_screen() {
    let mut person = Person::at_account();
    person.presses("Space F3");
    for _ in 0..4 {
        assert!(person.sees(40, 12).contains('▸'), "{}", person.sees(40, 12));
        person.presses("Tab");
    }
    for _ in 0..8 {
        assert!(person.sees(40, 12).contains('▸'), "{}", person.sees(40, 12));
        person.presses("Shift-Tab");
    }
}

proptest! {
    /// Whatever is pressed, pasted and answered, and however large the screen is meanwhile.
    #[test]
    fn nothing_makes_it_panic(inputs in prop::collection::vec((0_u8..40, any::<char>(), 1_u16..90, 1_u16..30), 0..40), first in 0..3) {
        let first = [First::MakeVault, First::Unlock, First::Opening][first as usize];
        let mut person = Person::at(first);
        for (input, letter, columns, rows) in inputs {
            let names = ["Enter", "Esc", "Tab", "Shift-Tab", "F2", "F3", "Space", "Backspace", "Left", "Home", "Ctrl-W", "r", "Up", "PgDn"];
            match names.get(usize::from(input)) {
                Some(name) => { person.presses(name); }
                None => match input {
                    20 => person.0.on_paste(&format!("{letter}{letter}@mired.test")),
                    21 => person.0.on_paste("ana@mired.test"),
                    22 => { person.hears(HostAnswer::NoAccount(None)); }
                    23 => { person.hears(added()); }
                    24 => { person.hears(no("No.")); }
                    25 => { person.0.hear(HostEvent::Live); }
                    26 => { person.hears(HostAnswer::Reached(Check::Registered)); }
                    _ => { person.0.on_key(Key::from(KeyCode::Char(letter))); }
                },
            }
            let (buf, cursor) = person.draws(MONO, columns, rows);
            prop_assert!(cursor.is_none_or(|cursor| buf.area.contains(cursor)));
        }
    }
}
