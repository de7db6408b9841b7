//! Links in the history, as far as a terminal that has them: each painted piece leads to the whole.

use ratatui::backend::Backend;

use super::*;
use crate::emulated::linked::Linked;
use crate::safe_backend::SafeBackend;

const SIZE: (u16, u16) = (50, 8);
const LONG: &str = "https://mired.test/a/path/that/is/longer/than/one/line/of/this?and=a&query#and-a-place";

/// Paints frame after frame, each onto the one before, and reads what the terminal shows.
struct Painter {
    terminal: Linked,
    before: Buffer,
    bytes: Vec<u8>,
}

impl Painter {
    fn new() -> Self {
        Self {
            terminal: Linked::default(),
            before: Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1)),
            bytes: Vec::new(),
        }
    }

    /// The texts of the cells that lead somewhere, by where.
    fn frame(
        &mut self,
        scene: &mut Scene,
        history: &mut History,
        links: &mut Table,
    ) -> BTreeMap<String, String> {
        let mut next = paint(scene, history, SIZE);
        history.links().paint_what_changed(links, &mut next);
        links.clone_from(history.links());
        self.bytes.clear();
        let mut careful = SafeBackend::new(&mut self.bytes);
        careful.links().replace(links.clone());
        careful.draw(self.before.diff_iter(&next)).unwrap();
        self.terminal.process(&self.bytes);
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for ((y, x), link) in &self.terminal.cells {
            texts
                .entry(link.clone())
                .or_default()
                .push_str(next[(*x, *y)].symbol());
        }
        self.before = next;
        texts
    }
}

fn scene(texts: &[&str]) -> Scene {
    let mut scene = Scene::new();
    scene.theme = Theme::new(Capabilities {
        colour: true,
        unicode: false,
    });
    scene.change(|tx, who| {
        for (at_minute, text) in texts.iter().enumerate() {
            let time = at(&format!("2026-11-19T09:{at_minute:02}:00Z"));
            put(
                tx,
                &NewMessage {
                    time,
                    ..who.bob_says(text)
                },
            );
        }
    });
    scene
}

#[test]
fn each_piece_of_a_long_link_leads_to_the_whole_one() {
    let mut scene = scene(&[
        &format!("look: {LONG} and https://two.test/."),
        "aesgcm://mired.test/f#00ff",
    ]);
    let mut history = scene.open(SIZE);
    let (mut painter, mut links) = (Painter::new(), Table::default());
    let texts = painter.frame(&mut scene, &mut history, &mut links);
    let wanted = [
        (format!("id=1.1;{LONG}"), LONG.to_owned()),
        (
            "id=1.2;https://two.test/".to_owned(),
            "https://two.test/".to_owned(),
        ),
    ];
    assert_eq!(texts, BTreeMap::from(wanted));
    // The pieces stand in several rows, and nothing of ours leads anywhere.
    let rows: std::collections::BTreeSet<u16> = painter.terminal.cells.keys().map(|(y, _)| *y).collect();
    assert!(rows.len() >= 3, "{rows:?}");
}

#[test]
fn a_cell_that_shows_the_same_and_leads_elsewhere_is_painted_again() {
    let texts: Vec<String> = (0..30).map(|n| format!("https://mired.test/{n:02}")).collect();
    let mut scene = scene(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let mut history = scene.open(SIZE);
    let (mut painter, mut links) = (Painter::new(), Table::default());
    for by in [0, -1, -5, 3, -30, 2] {
        scroll(&mut scene, &mut history, Scroll::Lines(by));
        let texts = painter.frame(&mut scene, &mut history, &mut links);
        assert!(texts.len() >= 7, "{texts:?}");
        for (link, shown) in texts {
            assert!(link.ends_with(&format!(";{shown}")), "{link} shows {shown}");
        }
    }
    // What did not change is not sent again.
    painter.frame(&mut scene, &mut history, &mut links);
    painter.frame(&mut scene, &mut history, &mut links);
    assert!(painter.bytes.is_empty());
}
