//! Pictures as they are painted in the history: shrunk to few pixels elsewhere, two of them in each cell.

use std::collections::BTreeMap;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::theme::Theme;
use model::{FileId, FileState, MessageFile};

/// Columns and rows of a picture in the history at most.
pub const SMALL: (u16, u16) = (40, 12);
/// Pictures that are kept; of more the oldest files' go.
const MOST: usize = 300;
/// Larger files are opened by another program, in bytes.
const LARGEST: u64 = 32 << 20;
/// Above a pixel, and the one beneath it.
const HALF: &str = "▀";

/// A picture, a byte each of red, green and blue for every pixel, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    pub width: u16,
    pub height: u16,
    pub rgb: Vec<u8>,
}

impl Pixels {
    /// None if there are not as many bytes as it has pixels.
    pub fn new(width: u16, height: u16, rgb: Vec<u8>) -> Option<Self> {
        let needed = usize::from(width) * usize::from(height) * 3;
        (needed > 0 && rgb.len() == needed).then_some(Self { width, height, rgb })
    }

    fn at(&self, x: u16, y: u16) -> Option<[u8; 3]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let from = (usize::from(y) * usize::from(self.width) + usize::from(x)) * 3;
        self.rgb.get(from..from + 3)?.try_into().ok()
    }

    /// Rows of cells that it takes.
    pub fn rows(&self) -> u16 {
        self.height.div_ceil(2)
    }

    /// Paints one row of cells, cut where `area` ends.
    pub fn draw_row(&self, row: u16, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        for (x, column) in (area.x..area.right()).zip(0..self.width) {
            let colour = |y: u16| self.at(column, y).map(|rgb| theme.pixel(rgb));
            let (Some(upper), lower) = (colour(row * 2), colour(row * 2 + 1)) else {
                return;
            };
            let style = match lower {
                Some(lower) => Style::new().fg(upper).bg(lower),
                None => Style::new().fg(upper),
            };
            if let Some(cell) = buf.cell_mut((x, area.y)) {
                cell.set_symbol(HALF).set_style(style);
            }
        }
    }
}

/// What is known of one.
#[derive(Debug)]
enum Known {
    Asked,
    Shown(Arc<Pixels>),
    /// It cannot be shown.
    Not,
}

/// The pictures of the history.
#[derive(Debug)]
pub struct Pictures {
    pub on: bool,
    known: BTreeMap<FileId, Known>,
}

impl Pictures {
    /// None yet; `on`: they are to be shown.
    pub fn new(on: bool) -> Self {
        Self {
            on,
            known: BTreeMap::new(),
        }
    }

    /// The picture that this file is, if it is here and was shrunk.
    pub fn of(&self, file: &MessageFile) -> Option<&Arc<Pixels>> {
        match self.known.get(&file.id) {
            Some(Known::Shown(pixels)) if self.on && file.state == FileState::Here => Some(pixels),
            _ => None,
        }
    }

    /// Whether it is to be asked for now; that is noted.
    pub fn wants(&mut self, file: &MessageFile) -> bool {
        let small = file.size.is_none_or(|size| size <= LARGEST);
        let is_here = file.state == FileState::Here && file.container.is_some();
        let wanted = self.on && is_here && small && crate::file_words::kind(file) == "picture";
        if !wanted || self.known.contains_key(&file.id) {
            return false;
        }
        if self.known.len() >= MOST {
            self.known.pop_first();
        }
        self.known.insert(file.id, Known::Asked);
        true
    }

    /// It was shrunk; None: it cannot be shown.
    pub fn put(&mut self, file: FileId, pixels: Option<Pixels>) {
        let known = pixels.map_or(Known::Not, |pixels| Known::Shown(Arc::new(pixels)));
        self.known.insert(file, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::{Capabilities, Depth};
    use model::{ContainerId, MessageId};
    use ratatui::style::Color;

    const UPPER: [u8; 3] = [255, 0, 0];
    const LOWER: [u8; 3] = [0, 0, 255];

    fn theme(depth: Depth) -> Theme {
        let capabilities = Capabilities {
            colour: true,
            unicode: true,
        };
        Theme::with_depth(capabilities, depth)
    }

    fn picture() -> Pixels {
        let rgb = [UPPER, UPPER, LOWER, LOWER, UPPER, UPPER].concat();
        Pixels::new(2, 3, rgb).unwrap()
    }

    #[test]
    fn each_cell_has_two_pixels_in_colours_that_the_terminal_has() {
        let area = Rect::new(0, 0, 4, 2);
        for (depth, red, blue) in [
            (Depth::True, Color::Rgb(255, 0, 0), Color::Rgb(0, 0, 255)),
            (Depth::Indexed, Color::Indexed(196), Color::Indexed(21)),
        ] {
            let mut buf = Buffer::empty(area);
            for row in 0..picture().rows() {
                let line = Rect::new(1, row, 3, 1);
                picture().draw_row(row, &theme(depth), line, &mut buf);
            }
            assert_eq!((buf[(1, 0)].fg, buf[(1, 0)].bg), (red, blue));
            assert_eq!((buf[(2, 1)].fg, buf[(2, 1)].bg), (red, Color::Reset));
            assert_eq!((buf[(0, 0)].symbol(), buf[(3, 0)].symbol()), (" ", " "));
        }
        // Where there is no room for it, nothing is painted and nothing breaks.
        let mut buf = Buffer::empty(Rect::new(0, 0, 1, 1));
        picture().draw_row(0, &theme(Depth::True), Rect::new(5, 5, 9, 9), &mut buf);
        picture().draw_row(9, &theme(Depth::True), Rect::new(0, 0, 9, 9), &mut buf);
        assert_eq!(buf, Buffer::empty(Rect::new(0, 0, 1, 1)));
    }

    #[test]
    fn what_is_no_picture_of_that_size_is_none() {
        assert_eq!(Pixels::new(2, 2, vec![0; 11]), None);
        assert_eq!(Pixels::new(0, 0, Vec::new()), None);
        assert!(Pixels::new(u16::MAX, u16::MAX, Vec::new()).is_none());
    }

    #[test]
    fn a_picture_is_asked_for_once_and_only_if_it_is_here_and_no_larger_than_is_sensible() {
        let file = |state, size| MessageFile {
            id: FileId(1),
            message: MessageId(1),
            number: 0,
            name: None,
            media_type: Some(model::Clean::line("image/png")),
            size,
            sha256: None,
            host: None,
            encrypted: true,
            state,
            failure: None,
            container: Some(ContainerId([0; 16])),
            stored: None,
        };
        let mut pictures = Pictures::new(true);
        assert!(!pictures.wants(&file(FileState::Remote, Some(1))));
        assert!(!pictures.wants(&file(FileState::Here, Some(1 << 40))));
        let here = file(FileState::Here, Some(1));
        assert!(pictures.wants(&here));
        assert!(!pictures.wants(&here));
        assert_eq!(pictures.of(&here), None);
        pictures.put(here.id, Some(picture()));
        assert_eq!(pictures.of(&here).unwrap().rows(), 2);
        // What was deleted is not shown any more.
        assert_eq!(pictures.of(&file(FileState::Deleted, None)), None);
        pictures.on = false;
        assert_eq!(pictures.of(&here), None);
    }
}
