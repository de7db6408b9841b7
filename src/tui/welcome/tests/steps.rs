//! From step to step.

use super::*;

fn asks(request: Request) -> Vec<HostRequest> {
    vec![HostRequest::Request(request)]
}

#[test]
fn unlocking_asks_once_and_begins_when_the_session_runs() {
    let mut person = Person::at(First::Unlock);
    person.types("sesame");
    assert_eq!(person.presses("Enter"), asks(Request::Unlock(secret("sesame"))));
    person.types("more");
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("Opening the vault."));
    assert_eq!(person.0.hear(HostEvent::Live), [HostRequest::Begin]);
}

#[test]
fn a_wrong_passphrase_empties_the_field_says_so_and_can_be_typed_again() {
    let mut person = Person::at(First::Unlock);
    for _ in 0..20 {
        person.types("wrong");
        assert_eq!(person.presses("Enter"), asks(Request::Unlock(secret("wrong"))));
        assert!(
            person
                .hears(no("That passphrase does not open this vault."))
                .is_empty()
        );
        assert!(person.shows("That passphrase does not open this vault."));
    }
    person.types("s");
    assert!(!person.shows("That passphrase does not open this vault."));
    person.types("esame");
    assert_eq!(person.presses("Enter"), asks(Request::Unlock(secret("sesame"))));
}

#[test]
fn nothing_typed_does_not_unlock() {
    let mut person = Person::at(First::Unlock);
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("Type the passphrase first."));
}

#[test]
fn a_passphrase_can_be_pasted_with_the_newline_behind_it() {
    let mut person = Person::at(First::Unlock);
    person.0.on_paste("sesame\n");
    assert_eq!(person.presses("Enter"), asks(Request::Unlock(secret("sesame"))));
}

#[test]
fn a_vault_that_is_opened_by_somebody_else_begins_without_a_key() {
    let mut person = Person::at(First::Opening);
    person.types("sesame");
    assert!(person.presses("Enter").is_empty());
    assert_eq!(person.0.hear(HostEvent::Live), [HostRequest::Begin]);
}

#[test]
fn a_vault_without_an_account_leads_to_the_second_step() {
    let mut person = Person::at(First::Unlock);
    person.types("sesame");
    person.presses("Enter");
    assert!(person.hears(HostAnswer::NoAccount(None)).is_empty());
    assert!(person.shows("step 2 of 4"));
}

#[test]
fn control_c_leaves_at_once_while_that_costs_nothing_and_when_pressed_twice_while_the_vault_is_open() {
    for mut person in [
        Person::at(First::Unlock),
        Person::at(First::Opening),
        Person::at(First::MakeVault),
    ] {
        assert_eq!(person.presses("Ctrl-C"), [HostRequest::Leave]);
    }
    for mut person in [Person::at_account(), Person::at_login(), Person::at_contact()] {
        assert!(person.presses("Ctrl-C").is_empty());
        assert!(person.shows("Ctrl-C again leaves"));
        assert!(person.presses("Right").is_empty());
        assert!(!person.shows("Ctrl-C again leaves"));
        assert!(person.presses("Ctrl-C").is_empty());
        assert_eq!(person.presses("Ctrl-C"), [HostRequest::Leave]);
    }
}

#[test]
fn a_new_passphrase_is_good_and_typed_twice_before_a_vault_is_made() {
    let mut person = Person::at(First::MakeVault);
    person.types("short");
    assert!(person.shows("too short"));
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("It is too short. Use a few words."));
    person.presses("Ctrl-U");
    person.types(GOOD);
    assert!(person.shows("very good"));
    person.presses("Enter");
    person.types("something else");
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("The two are not the same."));
    person.types(GOOD);
    assert_eq!(person.presses("Enter"), asks(Request::MakeVault(secret(GOOD))));
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("Making the vault"));
    person.hears(HostAnswer::NoAccount(None));
    assert!(person.shows("step 2 of 4"));
}

#[test]
fn a_first_passphrase_made_weak_afterwards_is_not_taken() {
    let mut person = Person::at(First::MakeVault);
    person.types(GOOD);
    person.presses("Enter Up Ctrl-U");
    person.types("short");
    person.presses("Down");
    person.types("short");
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("It is too short."));
}

#[test]
fn a_vault_that_cannot_be_made_says_why_and_keeps_what_was_typed() {
    let mut person = Person::at(First::MakeVault);
    person.types(GOOD);
    person.presses("Enter");
    person.types(GOOD);
    person.presses("Enter");
    person.hears(no("The disk is full."));
    assert!(person.shows("The disk is full."));
    assert_eq!(person.presses("Enter"), asks(Request::MakeVault(secret(GOOD))));
}

#[test]
fn six_words_are_shown_when_asked_for_used_by_a_key_and_typed_once_more() {
    let mut person = Person::at(First::MakeVault);
    assert!(person.presses("F3").is_empty());
    assert!(!person.shows("one two three four five six"));
    person.presses("F2");
    assert!(person.shows("one two three four five six"));
    person.presses("F3");
    assert!(person.presses("Enter").is_empty());
    person.types("one two three four five six");
    assert_eq!(
        person.presses("Enter"),
        asks(Request::MakeVault(secret("one two three four five six")))
    );
}

#[test]
fn escape_puts_the_six_words_away_and_keeps_what_was_typed() {
    let mut person = Person::at(First::MakeVault);
    person.types(GOOD);
    person.presses("F2 Esc");
    assert!(!person.shows("one two three"));
    person.presses("Esc");
    assert!(person.shows("This is the first step"));
    person.presses("Enter");
    person.types(GOOD);
    assert_eq!(person.presses("Enter"), asks(Request::MakeVault(secret(GOOD))));
}

#[test]
fn there_is_no_way_back_before_a_vault_that_is_made() {
    let mut person = Person::at_account();
    person.types("ana@mired.test");
    assert!(person.presses("Esc").is_empty());
    assert!(person.shows("The vault is made, so there is no step before this one."));
    assert!(person.shows("ana@mired.test"));
}

#[test]
fn an_account_with_all_that_can_be_said_of_it_is_asked_for_as_it_was_typed() {
    let mut person = Person::at_account();
    person.presses("Tab");
    person.types("ana@mired.test");
    person.presses("Tab");
    person.types("sesame");
    person.presses("F3");
    person.types("127.0.0.1:5222");
    person.presses("Tab Space Tab");
    person.types("/ca.pem");
    person.presses("Enter Space");
    let wanted = NewAccount {
        server: Some(("127.0.0.1".to_owned(), 5222)),
        direct_tls: true,
        ca_file: Some("/ca.pem".into()),
        allow_plain: true,
        ..new_account()
    };
    assert_eq!(person.presses("Enter"), asks(Request::Add(wanted)));
}

#[test]
fn a_new_account_is_registered_with_its_password_typed_twice() {
    let mut person = Person::at_account();
    person.presses("Space Enter");
    person.types("ana@mired.test");
    person.presses("Enter");
    person.types("sesame");
    person.presses("Enter");
    person.types("semame");
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("The two are not the same."));
    // The second one is empty again.
    person.types("sesame");
    assert_eq!(person.presses("Enter"), asks(Request::Register(new_account())));
}

#[test]
fn what_is_wrong_is_said_beside_its_field_and_goes_when_it_is_changed() {
    let mut person = Person::at_account();
    person.types("mired.test");
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("The name before the @ is missing."));
    person.presses("Home");
    person.types("ana@");
    assert!(!person.shows("The name before the @ is missing."));
    assert!(person.presses("Enter Enter").is_empty());
    assert!(person.shows("Type the password of the account."));
}

#[test]
fn a_wrong_field_that_was_left_is_said_and_stops_nobody() {
    let mut person = Person::at_account();
    person.types("mired.test");
    person.presses("Tab");
    assert!(person.shows("The name before the @ is missing."));
    person.types("sesame");
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("The name before the @ is missing."));
    person.presses("Home");
    person.types("ana@");
    person.presses("Tab");
    assert_eq!(person.presses("Enter"), asks(Request::Add(new_account())));
}

#[test]
fn a_wrong_server_is_found_even_when_it_is_not_shown() {
    let mut person = Person::at_account();
    person.presses("F3");
    person.types("nowhere:port");
    person.presses("F3 Home Shift-Tab");
    person.types("ana@mired.test");
    person.presses("Enter");
    person.types("sesame");
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("That is no port."));
}

#[test]
fn the_list_fills_as_marks_are_reached_and_only_its_end_leads_on() {
    let mut person = Person::at_login();
    assert!(person.presses("Enter").is_empty());
    person.hears(HostAnswer::Step(model::Step::LookingUp(Clean::line(
        "mired.test",
    ))));
    assert!(person.shows("looking up mired.test"));
    for (check, done) in [
        (Check::ServerFound, 1),
        (Check::Encrypted, 2),
        (Check::LoggedIn, 3),
        (Check::KeysPublished, 4),
    ] {
        person.hears(HostAnswer::Reached(check));
        assert_eq!(person.sees(80, 24).matches(" done").count(), done);
        assert!(person.presses("Enter").is_empty());
    }
    assert!(!person.shows("Account made"));
    person.hears(added());
    assert!(person.shows("ana@mired.test is ready."));
    assert!(person.shows("TLS 1.3 X25519MLKEM768"));
    person.presses("Enter");
    assert!(person.shows("step 4 of 4"));
}

#[test]
fn what_failed_is_said_beside_its_mark_and_can_be_tried_again() {
    let mut person = Person::at_login();
    person.hears(HostAnswer::Reached(Check::Encrypted));
    person.hears(no("The server does not know this name or password."));
    let seen = person.sees(80, 24);
    let failed = seen.lines().position(|line| line.contains("failed")).unwrap();
    assert!(seen.lines().nth(failed).unwrap().contains("Logged in"));
    assert!(
        seen.lines().nth(failed + 1).unwrap().contains("does not know"),
        "{seen}"
    );
    assert_eq!(person.presses("r"), asks(Request::Add(new_account())));
    assert!(!person.shows("failed"));
}

#[test]
fn back_from_a_failure_everything_typed_is_there_and_can_be_changed() {
    let mut person = Person::at_login();
    person.hears(no("No."));
    person.presses("Esc");
    assert!(person.shows("ana@mired.test"));
    person.types("!");
    let password = secret("sesame!");
    let wanted = NewAccount {
        password,
        ..new_account()
    };
    assert_eq!(person.presses("Enter"), asks(Request::Add(wanted)));
}

#[test]
fn a_login_that_is_stopped_goes_back_when_it_has_stopped_and_says_no_failure() {
    let mut person = Person::at_login();
    assert_eq!(person.presses("Esc"), asks(Request::Cancel));
    assert!(person.presses("Esc").is_empty());
    assert!(person.presses("r").is_empty());
    assert!(person.shows("stopping"));
    person.hears(no("Interrupted."));
    assert!(person.shows("step 2 of 4") && !person.shows("Interrupted."));
    assert_eq!(person.presses("Enter"), asks(Request::Add(new_account())));
}

#[test]
fn a_stop_that_comes_too_late_is_no_harm() {
    let mut person = Person::at_login();
    person.presses("Esc");
    person.hears(added());
    assert!(person.shows("is ready."));
    person.presses("Enter");
    assert!(person.shows("step 4 of 4"));
}

#[test]
fn an_account_that_was_made_before_the_failure_is_added_the_next_time() {
    for leave in ["r", "Esc Enter"] {
        let mut person = Person::at_account();
        person.presses("Space Enter");
        person.types("ana@mired.test");
        person.presses("Enter");
        person.types("sesame");
        person.presses("Enter");
        person.types("sesame");
        person.presses("Enter");
        person.hears(HostAnswer::Reached(Check::Registered));
        assert!(person.shows("Account made"));
        person.hears(no("No connection."));
        assert_eq!(
            person.presses(leave),
            asks(Request::Add(new_account())),
            "{leave}"
        );
    }
}

fn bob(name: Option<&str>) -> Request {
    Request::AddContact {
        jid: jid("bob@mired.test"),
        name: name.map(Clean::line),
    }
}

#[test]
fn the_first_contact_is_added_and_the_main_screen_begins_when_the_session_runs() {
    let mut person = Person::at_contact();
    person.types("ana@mired.test");
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("That is your own address."));
    person.presses("Ctrl-U");
    assert!(person.presses("Enter").is_empty());
    person.types("bob@mired.test");
    person.presses("Enter");
    person.types("Bob");
    assert_eq!(person.presses("Enter"), asks(bob(Some("Bob"))));
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("Asking the server."));
    assert_eq!(person.0.hear(HostEvent::Live), [HostRequest::Begin]);
}

#[test]
fn what_a_link_calls_the_first_contact_is_offered_as_the_name() {
    let mut person = Person::at_contact();
    person.types("xmpp:bob@mired.test?roster;name=Bobby");
    assert!(person.presses("Enter").is_empty());
    assert_eq!(person.presses("Enter"), asks(bob(Some("Bobby"))));
    // What the person typed stands.
    let mut person = Person::at_contact();
    person.presses("Tab");
    person.types("Bob");
    person.presses("Backtab");
    person.types("xmpp:bob@mired.test?roster;name=Bobby");
    assert!(person.presses("Enter").is_empty());
    assert_eq!(person.presses("Enter"), asks(bob(Some("Bob"))));
}

#[test]
fn a_contact_that_cannot_be_added_is_said_beside_it_and_can_be_tried_again_or_left() {
    let mut person = Person::at_contact();
    person.types("bob@mired.test");
    person.presses("Enter Enter");
    person.hears(no("No connection."));
    assert!(person.shows("No connection.") && person.shows("bob@mired.test"));
    assert_eq!(person.presses("Enter"), asks(bob(None)));
    person.hears(no("No connection."));
    assert_eq!(person.presses("Esc"), asks(Request::Begin));
    assert_eq!(person.0.hear(HostEvent::Live), [HostRequest::Begin]);
}

#[test]
fn adding_the_first_contact_can_be_stopped() {
    let mut person = Person::at_contact();
    person.types("bob@mired.test");
    assert_eq!(person.presses("Enter Enter"), asks(bob(None)));
    assert_eq!(person.presses("Esc"), asks(Request::Cancel));
    assert!(person.presses("Esc").is_empty());
    person.hears(no("Interrupted."));
    assert!(person.shows("bob@mired.test") && !person.shows("Interrupted."));
}

#[test]
fn answers_that_nobody_waits_for_change_nothing() {
    for mut person in [
        Person::at(First::MakeVault),
        Person::at_account(),
        Person::at_contact(),
    ] {
        let before = person.sees(80, 24);
        person.hears(HostAnswer::Step(model::Step::LoggingIn));
        assert_eq!(person.sees(80, 24), before);
    }
}

#[test]
fn from_the_last_field_tab_leads_to_the_first() {
    let mut person = Person::at_account();
    person.presses("Tab Tab Tab Tab");
    person.types("ana@mired.test");
    assert!(person.shows("Address ana@mired.test"), "{}", person.sees(80, 24));
    person.presses("Shift-Tab Shift-Tab");
    person.types("sesame");
    person.presses("Up");
    assert!(person.shows("▸ Address"), "{}", person.sees(80, 24));
    let mut person = Person::at(First::MakeVault);
    person.presses("Tab Tab");
    person.types(GOOD);
    assert!(person.shows("very good"));
}

#[test]
fn other_fields_are_only_offered_where_there_are_some() {
    let mut person = Person::at(First::MakeVault);
    assert!(person.shows("other fields"));
    person.types(GOOD);
    person.presses("Enter");
    person.types(GOOD);
    person.presses("Enter");
    assert!(person.shows("Making the vault") && !person.shows("other fields"));
    let mut person = Person::at_contact();
    assert!(person.shows("other fields"));
    person.types("bob@mired.test");
    person.presses("Enter Enter");
    assert!(!person.shows("other fields"));
}

#[test]
fn a_ca_file_that_cannot_be_read_is_said_beside_its_field_before_any_server_is_asked() {
    let mut person = Person::at_account();
    person.types("ana@mired.test");
    person.presses("Enter");
    person.types("sesame");
    person.presses("F3 Tab Tab");
    person.types("/nowhere.pem");
    person.presses("Tab");
    assert!(person.shows("The CA file cannot be read."));
    // Nor can it be passed over, shown or not.
    person.presses("F3 F3 F3");
    assert!(person.presses("Enter").is_empty());
    assert!(person.shows("step 2 of 4") && person.shows("The CA file cannot be read."));
    person.presses("Ctrl-U Tab");
    assert_eq!(person.presses("Enter"), asks(Request::Add(new_account())));
}

#[test]
fn what_was_typed_about_the_account_is_kept_without_its_passwords_and_shown_the_next_time() {
    let mut person = Person::at_account();
    assert_eq!(person.0.unkept(), None);
    person.presses("Space Enter");
    person.types("ana@mired.test");
    person.presses("Enter");
    person.types("sesame");
    person.presses("F3");
    person.types("127.0.0.1:");
    let typed = person.0.unkept().unwrap();
    assert!(!format!("{typed:?}").contains("sesame"));
    assert_eq!(person.0.unkept(), None, "it is kept already");
    let mut person = Person::at(First::Unlock);
    person.hears(HostAnswer::NoAccount(Some(typed)));
    assert!(person.shows("Address ana@mired.test") && person.shows("server 127.0.0.1:"));
    assert!(person.shows("(x) Make a new one"));
    assert_eq!(person.0.unkept(), None);
    // Once the account is there, nothing is kept.
    let mut person = Person::at_login();
    assert!(person.0.unkept().is_some());
    person.hears(added());
    person.presses("Enter");
    assert_eq!(person.0.unkept(), None);
}

#[test]
fn down_goes_through_both_lines_of_the_choice_and_chooses_nothing_by_that() {
    let mut person = Person::at_account();
    person.presses("Down Down");
    person.types("ana@mired.test");
    person.presses("Enter");
    person.types("sesame");
    assert_eq!(person.presses("Enter"), asks(Request::Add(new_account())));

    // Enter takes the line where it is pressed; Up comes back to it.
    let mut person = Person::at_account();
    person.presses("Down Enter");
    person.types("ana@mired.test");
    person.presses("Up Up Space Down Down");
    assert!(person.shows("(x) I have an account"));
    person.presses("Up Enter");
    assert!(person.shows("(x) Make a new one"));
    person.presses("Enter");
    person.types("sesame");
    person.presses("Enter");
    person.types("sesame");
    assert_eq!(person.presses("Enter"), asks(Request::Register(new_account())));
}

#[test]
fn a_server_without_a_port_has_the_usual_one() {
    for (direct, port) in [(false, 5222), (true, 5223)] {
        let mut person = Person::at_account();
        person.types("ana@mired.test");
        person.presses("Enter");
        person.types("sesame");
        person.presses("F3");
        person.types("127.0.0.1");
        person.presses(if direct {
            "Enter Space Enter Enter"
        } else {
            "Enter Enter Enter"
        });
        let wanted = NewAccount {
            server: Some(("127.0.0.1".to_owned(), port)),
            direct_tls: direct,
            ..new_account()
        };
        assert_eq!(person.presses("Enter"), asks(Request::Add(wanted)));
    }
}

/// What is typed next goes where it is needed, whichever row was the last one.
#[test]
fn after_a_login_that_failed_the_cursor_is_where_something_has_to_be_changed() {
    let failing = |reached: Option<Check>, make: bool, why: &str| {
        let mut person = Person::at_account();
        person.presses(if make { "Down Enter" } else { "Enter" });
        person.types("ana@mired.test");
        person.presses("Enter");
        person.types("sesame");
        if make {
            person.presses("Enter");
            person.types("sesame");
        }
        // The last row is one of those that are shown by a key.
        person.presses("F3 Enter Enter Enter Enter");
        if let Some(check) = reached {
            person.hears(HostAnswer::Reached(check));
        }
        person.hears(HostAnswer::Refused(Refused::new(FailureKind::NoConnection, why)));
        person.presses("Esc");
        assert!(person.shows(why), "{why}");
        person.types("X");
        person
    };
    let mut person = failing(Some(Check::Encrypted), false, "The server refused the password.");
    let wanted = NewAccount {
        password: secret("sesameX"),
        ..new_account()
    };
    person.presses("Enter Enter Enter Enter");
    assert_eq!(person.presses("Enter"), asks(Request::Add(wanted)));

    let mut person = failing(
        Some(Check::Encrypted),
        true,
        "This name is taken; choose another.",
    );
    assert!(person.shows("ana@mired.testX"));
    let mut person = failing(None, false, "There is no such server.");
    assert!(person.shows("ana@mired.testX"));
    let mut person = failing(
        Some(Check::ServerFound),
        false,
        "The certificate is not to be trusted.",
    );
    person.presses("Backspace");
    person.types("/ca.pem");
    assert!(person.shows("CA file (PEM) /ca.pem"));
    let mut person = failing(Some(Check::Encrypted), false, "If you trust it, permit PLAIN.");
    person.presses("Space");
    assert!(person.shows("[x] Permit PLAIN"));
}

#[test]
fn a_contact_that_the_server_refuses_is_typed_anew_where_it_was_typed() {
    let mut person = Person::at_contact();
    person.types("bob@mired.test");
    person.presses("Enter");
    person.types("Bob");
    person.presses("Enter");
    person.hears(HostAnswer::Refused(Refused::new(
        FailureKind::Answered,
        "The server refused it.",
    )));
    person.types("X");
    assert!(person.shows("bob@mired.testX"));
}
