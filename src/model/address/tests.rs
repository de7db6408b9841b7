//! One address, whatever its spelling.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> String {
    typed(text).map_or_else(|wrong| format!("{wrong:?}"), |jid| jid.to_string())
}

#[test]
fn the_two_spellings_of_a_domain_are_one_address() {
    for text in [
        "ana@bücher.test",
        "ana@xn--bcher-kva.test",
        "Ana@XN--BCHER-KVA.test",
        "ana@BÜCHER.test",
        "ana@bu\u{308}cher.test",
        "ana@bücher\u{3002}test",
        "ana@bücher.test.",
        "xmpp:ana@xn--bcher-kva.test?message",
        "xmpp:ana@b%C3%BCcher.test",
    ] {
        assert_eq!(read(text), "ana@bücher.test", "{text}");
    }
    for text in ["ana@bücher.test/x", "ana@xn--bcher-kva.test/x"] {
        assert_eq!(jid(text).unwrap().as_str(), "ana@bücher.test/x");
        assert_eq!(
            bare(text.trim_end_matches("/x")).unwrap().as_str(),
            "ana@bücher.test"
        );
    }
    assert_eq!(read("xn--bcher-kva.test"), "bücher.test");
    assert_eq!(read("ana@xn--fiqs8s.xn--bcher-kva.test"), "ana@中国.bücher.test");
}

#[test]
fn an_a_label_that_old_rules_would_make_another_name_of_stays_one() {
    // straße.test by today's rules; nameprep would make it strasse.test, which is somebody else.
    for text in ["ana@xn--strae-oqa.test", "ana@XN--strae-oqa.test"] {
        assert_eq!(read(text), "ana@xn--strae-oqa.test");
    }
    // Not punycode of anything.
    let nonsense = "ana@xn--zzzzzzzzzzzzzz--.test";
    assert!(typed(nonsense).is_err() || read(nonsense) == nonsense);
}

#[test]
fn a_link_that_asks_to_add_somebody_may_say_what_they_are_called() {
    for (link, name) in [
        ("xmpp:bob@mired.test?roster;name=Bob", Some("Bob")),
        (
            " XMPP:bob@mired.test?Roster;group=Friends;Name=Bob%20%C3%B3%3B%26#x\n",
            Some("Bob \u{f3};&"),
        ),
        (
            "xmpp://ana@mired.test/bob@mired.test?roster;preauth=1;name=%20Bob%20",
            Some("Bob"),
        ),
        ("xmpp:bob@mired.test?roster&name=Bob", Some("Bob")),
        // No link, another wish, no name, one that is none.
        ("bob@mired.test?roster;name=Bob", None),
        ("xmpp:bob@mired.test?message;name=Bob", None),
        ("xmpp:bob@mired.test?roster", None),
        ("xmpp:bob@mired.test#?roster;name=Bob", None),
        ("xmpp:bob@mired.test?roster;name=", None),
        ("xmpp:bob@mired.test?roster;name=%20", None),
        ("xmpp:bob@mired.test?roster;name=Bob%0Aeve", None),
        ("xmpp:bob@mired.test?roster;name=Bob%1b[31m", None),
        ("xmpp:bob@mired.test?roster;name=%ff", None),
        ("xmpp:bob@mired.test?roster;name=%4", None),
    ] {
        assert_eq!(called(link).as_ref().map(Clean::as_str), name, "{link}");
    }
    let long = |bytes: usize| called(&format!("xmpp:bob@mired.test?roster;name={}", "x".repeat(bytes)));
    assert!(long(LONGEST_NAME).is_some() && long(LONGEST_NAME + 1).is_none());
}

#[test]
fn a_link_is_an_address_whatever_it_asks_for() {
    for text in [
        "xmpp:bob@mired.test",
        "XMPP:bob@mired.test",
        "xmpp:bob@mired.test?message",
        "xmpp:bob@mired.test?message;body=xmpp%3Aeve@mired.test",
        "xmpp:bob@mired.test?roster;name=Bob",
        "xmpp:bob@mired.test?omemo-sid-123=abc",
        "xmpp:bob@mired.test#fragment",
        "xmpp://ana@mired.test/bob@mired.test?message",
        "xmpp:bob%40mired.test",
        " xmpp:bob@mired.test\n",
    ] {
        assert_eq!(read(text), "bob@mired.test", "{text}");
    }
    assert_eq!(read("xmpp:irc.mired.test?register"), "irc.mired.test");
    assert_eq!(read("xmpp:d%5C27artagnan@mired.test"), r"d\27artagnan@mired.test");
    for text in [
        "xmpp:",
        "xmpp:?message",
        "xmpp://ana@mired.test",
        "xmpp:b%4",
        "xmpp:b%zz@mired.test",
        "xmpp:%ff@x.test",
    ] {
        assert!(typed(text).is_err(), "{text}");
    }
    // A link says that it is an address, so a word is a server.
    assert_eq!(read("xmpp:gateway"), "gateway");
}

#[test]
fn a_resource_and_a_mere_word_are_told_apart_from_an_address() {
    let bob = BareJid::new("bob@mired.test").unwrap();
    for text in [
        "bob@mired.test/phone",
        "bob@mired.test/a@b",
        "xmpp:bob@mired.test/phone?message",
    ] {
        assert_eq!(typed(text), Err(Wrong::Resource(bob.clone())), "{text}");
    }
    for text in ["bob", "e.g.", "1.5", "v1.2"] {
        assert_eq!(typed(text), Err(Wrong::Word), "{text}");
    }
    for text in ["mired.test", "irc.mired.test", "localhost", "127.0.0.1", "[::1]"] {
        assert_eq!(read(text), text);
    }
    for text in [
        "",
        "@",
        "bob@",
        "@mired.test",
        "a..b",
        "bob@mired test",
        "a@b@c",
        "bob@nowhere@else",
        "bob bob@localhos",
        " @mired.test",
    ] {
        assert!(
            matches!(typed(text), Err(Wrong::NoAddress(_) | Wrong::Link)),
            "{text:?}"
        );
    }
}

/// The examples of XEP-0106 §3, typed as people would.
#[test]
fn what_is_escaped_is_typed_and_shown_plainly() {
    for (plain, address) in [
        ("space cadet@example.com", r"space\20cadet@example.com"),
        (
            "call me \"ishmael\"@example.com",
            r"call\20me\20\22ishmael\22@example.com",
        ),
        ("at&t guy@example.com", r"at\26t\20guy@example.com"),
        ("d'artagnan@example.com", r"d\27artagnan@example.com"),
        ("/.fanboy@example.com", r"\2f.fanboy@example.com"),
        ("::foo::@example.com", r"\3a\3afoo\3a\3a@example.com"),
        ("<foo>@example.com", r"\3cfoo\3e@example.com"),
        ("user@host@example.com", r"user\40host@example.com"),
        (r"c:\net@example.com", r"c\3a\net@example.com"),
        (r"c:\cool stuff@example.com", r"c\3a\cool\20stuff@example.com"),
        (r"c:\5commas@example.com", r"c\3a\5c5commas@example.com"),
        ("a/b@example.com", r"a\2fb@example.com"),
    ] {
        assert_eq!(read(plain), address);
        let jid = BareJid::new(address).unwrap();
        assert_eq!(unescaped(&jid).as_deref(), Some(plain));
        // The address itself stays what it is.
        assert_eq!(read(address), address);
    }
    for address in [
        "bob@mired.test",
        r"c\net@example.com",
        r"a\2@example.com",
        "mired.test",
    ] {
        assert_eq!(unescaped(&BareJid::new(address).unwrap()), None, "{address}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_the_normal_form_is_its_own(text in "\\PC{0,30}") {
        if let Ok(read) = typed(&text) {
            prop_assert_eq!(bare(read.as_str()).unwrap(), read);
        }
    }

    #[test]
    fn any_local_part_that_is_typed_plainly_is_shown_as_it_was_typed(node in "[a-z \"&'/:<>@\\\\2c]{1,12}") {
        prop_assume!(!node.starts_with(' ') && !node.ends_with(' '));
        let escaped = escape(&node);
        prop_assert_eq!(unescape(&escaped), node);
    }

    #[test]
    fn both_spellings_of_any_domain_are_one(label in "[a-zäöüéñß中文]{1,12}") {
        let unicode = format!("ana@{label}.test");
        let ascii = idna::domain_to_ascii(&format!("{label}.test")).unwrap();
        if let (Ok(one), Ok(two)) = (bare(&unicode), bare(&format!("ana@{ascii}"))) {
            let sharp = label.contains('ß');
            prop_assert!(one == two || sharp, "{} {}", one, two);
        }
    }
}
