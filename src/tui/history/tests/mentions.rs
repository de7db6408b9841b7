//! A name of ours behind an `@` stands out in what others write, and nothing else does.

use super::*;
use ratatui::style::Modifier;

const SIZE: (u16, u16) = (58, 8);

/// What stands out, line by line.
fn standing_out(body: &str, ours: bool) -> Vec<String> {
    let mut scene = Scene::new();
    scene.change(|tx, who| {
        let message = if ours {
            who.ana_says(body)
        } else {
            who.bob_says(body)
        };
        put(tx, &message);
    });
    let mut history = scene.open(SIZE);
    let buf = paint(&mut scene, &mut history, SIZE);
    let line = |y: u16| -> String {
        let cells = (0..SIZE.0).map(|x| &buf[(x, y)]);
        let out = cells.filter(|cell| cell.modifier.contains(Modifier::REVERSED));
        out.map(ratatui::buffer::Cell::symbol).collect()
    };
    (0..SIZE.1).map(line).filter(|line| !line.is_empty()).collect()
}

#[test]
fn a_call_of_ours_stands_out_in_what_others_write() {
    assert_eq!(standing_out("could you look at it, @ana?", false), ["@ana"]);
    assert_eq!(standing_out("could you look at it, @ana?", true), [""; 0]);
    assert_eq!(standing_out("could you look at it, @anabel?", false), [""; 0]);
    // With other looks, and over the end of a line.
    assert_eq!(standing_out("*could you*, @Ana", false), ["@Ana"]);
    let long = format!("{} @ana@mired.test", "x".repeat(30));
    assert_eq!(standing_out(&long, false).concat(), "@ana@mired.test");
}
