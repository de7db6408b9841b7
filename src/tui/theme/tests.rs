//! What must hold for every glyph and style, with and without colour and Unicode.

use super::*;
use crate::text;

const PARTS: [Part; 10] = [
    Part::Plain,
    Part::Dim,
    Part::Title,
    Part::Chosen,
    Part::New,
    Part::Good,
    Part::Waiting,
    Part::Bad,
    Part::KeyName,
    Part::Own,
];

fn theme(colour: bool, unicode: bool) -> Theme {
    Theme::new(Capabilities { colour, unicode })
}

#[test]
fn every_glyph_has_its_columns_everywhere() {
    for unicode in [true, false] {
        let theme = theme(true, unicode);
        for glyph in Glyph::ALL {
            let drawn = theme.glyph(glyph);
            let columns = 1 + usize::from(matches!(glyph, Glyph::Delivered | Glyph::Displayed));
            assert_eq!(text::width(drawn), columns, "{glyph:?}");
            assert_eq!(drawn.chars().count(), columns, "{glyph:?}");
            assert!(unicode || drawn.is_ascii(), "{glyph:?}");
        }
    }
}

/// With U+FE0F unicode-width counts two columns for exactly the characters that can be shown as an emoji.
#[test]
fn no_glyph_can_be_shown_as_an_emoji() {
    use unicode_width::UnicodeWidthStr;
    let theme = theme(true, true);
    for glyph in Glyph::ALL {
        for c in theme.glyph(glyph).chars() {
            assert_eq!(format!("{c}\u{fe0f}").width(), 1, "{c}");
        }
    }
    assert_eq!("✔\u{fe0f}".width(), 2);
}

#[test]
fn glyphs_that_stand_in_the_same_place_differ() {
    let places: [&[Glyph]; 4] = [
        // Beside a chat and in the truth line.
        &[
            Glyph::Verified,
            Glyph::Unverified,
            Glyph::Attention,
            Glyph::Here,
            Glyph::Away,
            Glyph::Busy,
            Glyph::Current,
        ],
        // At the right edge of a message.
        &[
            Glyph::Queued,
            Glyph::Sent,
            Glyph::Delivered,
            Glyph::Displayed,
            Glyph::Failed,
        ],
        // What somebody could take for one another, wherever they stand.
        &[Glyph::Verified, Glyph::Sent, Glyph::Delivered],
        &[Glyph::Wall, Glyph::Rule, Glyph::Cross],
    ];
    for unicode in [true, false] {
        let theme = theme(true, unicode);
        for place in places {
            let mut drawn: Vec<_> = place.iter().map(|&glyph| theme.glyph(glyph)).collect();
            drawn.sort_unstable();
            drawn.dedup();
            assert_eq!(drawn.len(), place.len(), "{place:?}");
        }
    }
}

#[test]
fn without_colour_there_is_no_colour_at_all() {
    let theme = theme(false, true);
    let styles = PARTS
        .map(|part| theme.style(part))
        .into_iter()
        .chain([theme.person("bob@mired.test")]);
    for style in styles {
        assert_eq!((style.fg, style.bg), (None, None));
    }
    assert_ne!(theme.person("bob@mired.test"), theme.style(Part::Own));
}

#[test]
fn no_part_sets_a_background_or_blinks() {
    for colour in [true, false] {
        for part in PARTS {
            let style = theme(colour, true).style(part);
            assert_eq!(style.bg, None);
            assert!(
                !style
                    .add_modifier
                    .intersects(Modifier::SLOW_BLINK | Modifier::RAPID_BLINK | Modifier::HIDDEN)
            );
        }
    }
}

#[test]
fn states_differ_from_each_other_with_and_without_colour() {
    let states = [
        Part::Plain,
        Part::Dim,
        Part::Chosen,
        Part::New,
        Part::Good,
        Part::Waiting,
        Part::Bad,
    ];
    for colour in [true, false] {
        let theme = theme(colour, true);
        for (at, a) in states.iter().enumerate() {
            for b in &states[at + 1..] {
                assert_ne!(theme.style(*a), theme.style(*b), "{a:?} looks like {b:?}");
            }
        }
    }
}

#[test]
fn a_person_has_the_same_colour_on_every_day_and_two_people_mostly_differ() {
    let theme = theme(true, true);
    assert_eq!(theme.person("bob@mired.test"), theme.person("bob@mired.test"));
    let mut colours: Vec<_> = (0..100)
        .filter_map(|number| theme.person(&format!("person{number}@mired.test")).fg)
        .map(|colour| format!("{colour:?}"))
        .collect();
    colours.sort_unstable();
    colours.dedup();
    assert!(colours.len() >= 20, "only {} colours", colours.len());
}
