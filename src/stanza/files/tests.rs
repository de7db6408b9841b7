use super::*;
use crate::content::{Scope, read};
use crate::xml::assert_renders;
use model::{Content, FileSecret};
use omemo::Dialect;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const IV: &str = "a0a1a2a3a4a5a6a7a8a9aaab";

fn said(inside: &str, scope: Scope) -> Content {
    let message = format!("<message xmlns='jabber:client'>{inside}</message>");
    read(&message.parse().unwrap(), scope).unwrap()
}

fn text(content: &Content) -> Option<&str> {
    content.text.as_ref().map(Clean::as_str)
}

fn cat() -> SharedFile {
    SharedFile {
        url: "https://up.mired.test/x/cat.jpg".to_owned(),
        secret: Some(FileSecret {
            cipher: FileCipher::GcmPerhapsBare,
            key: *b"0123456789abcdef0123456789abcdef",
            iv: vec![7; 12],
        }),
        name: Some(Clean::new("a cat.jpg")),
        media_type: Some(Clean::new("image/jpeg")),
        size: Some(5),
        sha256: Some([3; 32]),
    }
}

// Threat 63.
#[test]
fn the_address_with_its_key_is_a_file_in_all_forms_that_are_sent_and_nothing_else_is() {
    let upper = format!("{IV}{KEY}").to_uppercase();
    for words in [
        format!("aesgcm://h.test/f/cat.jpg#{IV}{KEY}"),
        format!("AESGCM://h.test/f/cat.jpg#{upper}"),
        format!("aesgcm://h.test/f/cat.jpg#{IV}00000000{KEY}"),
        format!(" aesgcm://h.test/f/cat.jpg#{IV}{KEY}\n"),
        format!("https://h.test/f/cat.jpg#{IV}{KEY}"),
        format!("aesgcm://h.test/f/cat.jpg#{IV}{KEY}\ndata:image/jpeg;base64,AAAA"),
    ] {
        let file = in_words(&words).unwrap();
        assert_eq!(file.url, "https://h.test/f/cat.jpg", "{words}");
        assert_eq!(file.name.unwrap().as_str(), "cat.jpg");
        assert_eq!(file.media_type.unwrap().as_str(), "image/jpeg");
        let secret = file.secret.as_ref().unwrap();
        assert_eq!(
            (secret.cipher, secret.key[1], secret.key[31]),
            (FileCipher::Gcm, 1, 31)
        );
        assert!(matches!(secret.iv.len(), 12 | 16));
    }
    let long = format!("data:image/jpeg;base64,{}", "A".repeat(17_000));
    for words in [
        format!("aesgcm://h.test/f#{KEY}"),
        format!("aesgcm://h.test/f#{IV}{KEY}0"),
        format!("aesgcm://h.test/f#{IV}{KEY}00"),
        format!("aesgcm://h.test/f#{IV}{}", KEY.replace("00", "xx")),
        format!("aesgcm://h.test/f{IV}{KEY}"),
        format!("aesgcm:///f#{IV}{KEY}"),
        format!("aesgcm://u:p@h.test/f#{IV}{KEY}"),
        format!("http://h.test/f#{IV}{KEY}"),
        format!("file://h.test/f#{IV}{KEY}"),
        format!("aesgcm://h.test/f f#{IV}{KEY}"),
        format!("look aesgcm://h.test/f#{IV}{KEY}"),
        format!("aesgcm://h.test/f#{IV}{KEY}\nlook"),
        format!("aesgcm://h.test/f#{IV}{KEY}\ndata:text/html;base64,AAAA"),
        format!("aesgcm://h.test/f#{IV}{KEY}\n{long}"),
        format!("aesgcm://h.test/f#{IV}{KEY}\naesgcm://h.test/g#{IV}{KEY}"),
    ] {
        assert_eq!(in_words(&words), None, "{words}");
        let envelope = said(&format!("<body>{words}</body>"), Scope::Envelope);
        assert!(envelope.files.is_empty());
        // Whatever it is, no key is kept in a text. Where there is no fragment, there is no key either.
        let has_key = text(&envelope).unwrap().contains(KEY);
        assert!(!has_key || !words.contains('#'), "{words}");
    }
}

// Threat 69.
#[test]
fn names_lose_their_folders_however_they_are_written() {
    for (end, name) in [
        ("a/b.jpg", Some("b.jpg")),
        ("%2e%2e%2fb.jpg", Some("b.jpg")),
        ("..%5Cb.jpg", Some("b.jpg")),
        ("b%20c.jpg?x=/y", Some("b c.jpg")),
        ("%C3%A4.jpg", Some("ä.jpg")),
        ("b%zz%2", Some("b%zz%2")),
        ("b%0a%1bc", Some("b c")),
        ("", None),
    ] {
        let file = in_words(&format!("aesgcm://h.test/{end}#{IV}{KEY}")).unwrap();
        assert_eq!(file.name.as_ref().map(Clean::as_str), name, "{end}");
    }
    let long = in_words(&format!("aesgcm://h.test/{}#{IV}{KEY}", "x".repeat(300))).unwrap();
    assert!(long.name.unwrap().as_str().len() <= 255);
    let wide = in_words(&format!("aesgcm://h.test/ü.jpg#{IV}{KEY}")).unwrap();
    assert_eq!(wide.url, "https://h.test/%C3%BC.jpg");
}

#[test]
fn what_we_write_is_read_again_by_both_kinds_of_readers() {
    let file = cat();
    let words = to_words(&file);
    assert!(words.starts_with("aesgcm://up.mired.test/x/cat.jpg#070707"));
    let read = in_words(&words).unwrap();
    assert_eq!(read.url, file.url);
    assert_eq!(
        read.secret.as_ref().map(|secret| secret.key),
        file.secret.as_ref().map(|secret| secret.key)
    );
    let elements = share(&file);
    elements.iter().for_each(assert_renders);
    let inside: String = elements.iter().map(String::from).collect();
    let content = said(&format!("<body>{words}</body>{inside}"), Scope::Envelope);
    assert_eq!(content.files, [file]);
    assert_eq!(content.text, None);
}

#[test]
fn a_share_needs_what_says_that_it_is_whole() {
    let inside = |file: &SharedFile| -> String { share(file).iter().map(String::from).collect() };
    let whole = inside(&cat());
    for broken in [
        whole.replace("sha-256", "sha-1"),
        whole.replace("<size>5</size>", ""),
        whole.replace("aes-256-gcm-nopadding", "aes-128-gcm-nopadding"),
        whole.replace("https://", "http://"),
        whole.replace("<key>", "<key>AAAA"),
        whole.replace("<iv>", "<iv>AAAA"),
    ] {
        assert_ne!(broken, whole);
        let content = said(&broken, Scope::Envelope);
        assert!(content.files.is_empty(), "{broken}");
    }
    let mut block = cat();
    if let Some(secret) = &mut block.secret {
        secret.cipher = FileCipher::Cbc;
        secret.iv = vec![1; 16];
    }
    assert_eq!(said(&inside(&block), Scope::Envelope).files, [block]);
}

#[test]
fn beside_something_sealed_and_in_clear_no_key_is_believed() {
    let inside: String = share(&cat()).iter().map(String::from).collect();
    for scope in [
        Scope::Beside(Dialect::Legacy),
        Scope::Beside(Dialect::Omemo2),
        Scope::BesideOther,
        Scope::Clear,
    ] {
        assert!(said(&inside, scope).files.is_empty());
    }
    let words = to_words(&cat());
    let clear = said(&format!("<body>{words}</body>"), Scope::Clear);
    assert!(clear.files.is_empty());
    assert_eq!(text(&clear), Some("aesgcm://up.mired.test/x/cat.jpg#…"));
}

#[test]
fn in_clear_a_link_that_is_the_words_is_a_file_and_another_one_is_words() {
    let url = "https://up.mired.test/x/cat.jpg";
    let link = String::from(&link(url));
    let content = said(&format!("<body>{url}</body>{link}"), Scope::Clear);
    assert_eq!(text(&content), None);
    assert_eq!(content.files.len(), 1);
    assert_eq!(
        (content.files[0].url.as_str(), &content.files[0].secret),
        (url, &None)
    );
    let other = said(&format!("<body>look</body>{link}"), Scope::Clear);
    assert_eq!(text(&other), Some(format!("look\n{url}").as_str()));
    assert!(other.files.is_empty());
    let plain = said(
        "<body>http://h.test/a</body><x xmlns='jabber:x:oob'><url>http://h.test/a</url></x>",
        Scope::Clear,
    );
    assert!(plain.files.is_empty() && plain.text.is_some());
}

#[test]
fn words_beside_a_share_stay_and_what_only_stands_for_one_elsewhere_goes() {
    let elements = share(&cat());
    let sharing = String::from(&elements[1]);
    let both = said(&format!("<body>my cat</body>{sharing}"), Scope::Envelope);
    assert_eq!((text(&both), both.files.len()), (Some("my cat"), 1));
    let marked = String::from(&elements[0]);
    let url = "https://up.mired.test/x/cat.jpg";
    let again = said(&format!("<body>{url}</body>{marked}"), Scope::Envelope);
    assert_eq!((text(&again), again.files.len()), (None, 0));
    // A share that nothing can be done with leaves the address in the words.
    let bad = sharing.replace("sha-256", "sha-1");
    let words = to_words(&cat());
    let content = said(&format!("<body>{words}</body>{marked}{bad}"), Scope::Envelope);
    assert_eq!((text(&content), content.files.len()), (None, 1));
}
