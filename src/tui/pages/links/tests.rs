use super::*;
use crate::recipients::fixture::*;

fn stage(texts: &[&str]) -> Stage {
    let mut stage = Stage::new();
    stage.contact("bob@mired.test", Some("Bob"));
    for text in texts {
        stage.message("bob@mired.test", text, |_| ());
    }
    stage.chat = Some(peer("bob@mired.test"));
    stage
}

const LONG: &str = "https://mired.test/a/path/that/is/longer/than/any/line/of/a/narrow/terminal?and=a&query=behind%20it#and-a-place";

#[test]
fn the_newest_link_stands_first_and_the_chosen_one_is_whole() {
    let mut stage = stage(&[
        "first https://one.test",
        "nothing",
        "two: https://two.test and",
        LONG,
    ]);
    let mut page = stage.look(|world| page(world).unwrap());
    assert_eq!(page.title(), "Links: 3 in this chat, the newest first");
    for (name, columns, lines) in [("usual", 80, 12), ("narrow", 40, 12)] {
        let picture = stage.picture(columns, lines, |world, area, buf| {
            page.draw(world, area, buf);
        });
        insta::assert_snapshot!(name, picture);
    }
    let asks = stage.look(|world| page.on_key(key("Enter"), world).unwrap());
    assert_eq!(asks, [Ask::Copy(LONG.to_owned())]);
    stage.look(|world| page.on_key(key("Down"), world).unwrap());
    let asks = stage.look(|world| page.on_key(key("c"), world).unwrap());
    assert_eq!(asks, [Ask::Copy("https://two.test".to_owned())]);
}

#[test]
fn a_chat_without_links_says_so() {
    let mut stage = stage(&["nothing"]);
    let mut page = stage.look(|world| page(world).unwrap());
    let picture = stage.picture(60, 3, |world, area, buf| {
        page.draw(world, area, buf);
    });
    assert!(picture.contains("There is no link"), "{picture}");
    assert!(
        stage
            .look(|world| page.on_key(key("Enter"), world).unwrap())
            .is_empty()
    );
}
