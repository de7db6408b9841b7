//! Where the parts of the main screen stand, at any size.

use ratatui::layout::Rect;

/// Under this many columns there is one pane: the list or the chat.
pub const TWO_PANES: u16 = 60;
/// From this many columns on a third pane can stand open.
pub const THREE_PANES: u16 = 120;

/// What the person wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub list: bool,
    pub details: bool,
    /// The list has the focus; where there is one pane, it is the list then.
    pub on_list: bool,
    /// Lines above the history that say what is the matter with a room; 0: none.
    pub warning: u16,
    /// Lines of the composer's text, at least 1.
    pub composer: u16,
    /// A line above it says what becomes of that text.
    pub heading: bool,
    /// Lines that the question needs; 0: none.
    pub question: u16,
    /// Lines of the footer, at least 1.
    pub footer: u16,
}

/// The parts. A part that is not shown has no area.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Areas {
    pub header: Rect,
    /// The list with its title.
    pub list: Rect,
    /// The chat's title line.
    pub title: Rect,
    /// The rule below the titles.
    pub rule: Rect,
    /// What is the matter with a room.
    pub warning: Rect,
    /// The history, or the page that stands in its place.
    pub history: Rect,
    pub truth: Rect,
    /// What becomes of the composer's text, if no message of its own.
    pub heading: Rect,
    pub composer: Rect,
    pub question: Rect,
    pub details: Rect,
    pub footer: Rect,
    /// Columns of the walls between the panes, in the order from the left.
    pub walls: [Option<u16>; 2],
}

impl Areas {
    /// The rows of the list below its title (and the rule).
    pub fn list_rows(&self) -> Rect {
        let above = (1 + self.rule.height).min(self.list.height);
        Rect {
            y: self.list.y + above,
            height: self.list.height - above,
            ..self.list
        }
    }
}

/// Splits the screen. Every area lies inside of it, whatever its size.
pub fn areas(size: (u16, u16), wanted: Wanted) -> Areas {
    let (width, height) = size;
    let mut areas = Areas::default();
    let full = Rect::new(0, 0, width, height);
    if height == 0 || width == 0 {
        return areas;
    }
    let header = u16::from(height >= 8);
    let footer = match height {
        0..6 => 0,
        _ => wanted.footer.clamp(1, (height / 3).max(1)),
    };
    areas.header = Rect::new(0, 0, width, header);
    areas.footer = Rect::new(0, height - footer, width, footer);
    let middle = Rect::new(0, header, width, height - header - footer);
    let (list, chat, details) = panes(middle, wanted, &mut areas.walls);
    areas.list = list;
    areas.details = details;
    if chat.width > 0 {
        split_chat(&mut areas, chat, wanted, height);
    }
    if height >= 16 {
        areas.rule = Rect::new(0, header + 1, width, 1).intersection(full);
    }
    areas
}

/// The panes from the left to the right.
fn panes(middle: Rect, wanted: Wanted, walls: &mut [Option<u16>; 2]) -> (Rect, Rect, Rect) {
    let none = Rect::default();
    if middle.width < TWO_PANES {
        return match wanted.on_list {
            true => (middle, none, none),
            false => (none, middle, none),
        };
    }
    let mut chat = middle;
    let mut list = none;
    if wanted.list {
        let columns = match middle.width {
            0..80 => 20,
            80..100 => 24,
            100..140 => 28,
            _ => 34,
        };
        list = Rect {
            width: columns,
            ..middle
        };
        walls[0] = Some(columns);
        chat.x = columns + 1;
        chat.width = middle.width - columns - 1;
    }
    let mut details = none;
    if wanted.details && middle.width >= THREE_PANES {
        let columns = (middle.width / 4).clamp(30, 46);
        details = Rect {
            x: middle.right() - columns,
            width: columns,
            ..middle
        };
        walls[1] = Some(details.x - 1);
        chat.width -= columns + 1;
    }
    (list, chat, details)
}

/// Title, rule, history, truth line, composer and question, one below the other. The history gives way first,
/// down to three lines; then the question and the composer share what is left.
fn split_chat(areas: &mut Areas, chat: Rect, wanted: Wanted, height: u16) {
    let title = u16::from(chat.height >= 5);
    let rule = u16::from(height >= 16);
    let truth = u16::from(chat.height >= 2);
    let free = chat.height.saturating_sub(title + rule + truth);
    let heading = u16::from(wanted.heading && free >= 3);
    let free = free - heading;
    let warning = wanted.warning.min(free.saturating_sub(4).min(3));
    let free = free - warning;
    let most = (free / 3).clamp(1, 8);
    let composer = wanted.composer.clamp(1, most).min(free);
    let left = free - composer;
    let question = wanted.question.min(left.saturating_sub(3).max(left / 2));
    let history = left - question;
    let mut y = chat.y;
    let mut next = |lines: u16| {
        let area = Rect::new(chat.x, y, chat.width, lines);
        y += lines;
        area
    };
    areas.title = next(title);
    next(rule);
    areas.warning = next(warning);
    areas.history = next(history);
    areas.truth = next(truth);
    areas.heading = next(heading);
    areas.composer = next(composer);
    areas.question = next(question);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_part_lies_inside_and_none_covers_another(
            width in 0_u16..220, height in 0_u16..70, list: bool, details: bool, on_list: bool,
            warning in 0_u16..5, composer in 1_u16..40, heading: bool, question in 0_u16..30, footer in 0_u16..6,
        ) {
            let wanted = Wanted { list, details, on_list, warning, composer, heading, question, footer };
            let a = areas((width, height), wanted);
            let screen = Rect::new(0, 0, width, height);
            let parts = [a.header, a.list, a.title, a.warning, a.history, a.truth, a.heading, a.composer, a.question, a.details, a.footer];
            for (at, part) in parts.iter().enumerate() {
                prop_assert!(part.is_empty() || screen.intersection(*part) == *part, "{part:?} of {screen:?}");
                for other in &parts[at + 1..] {
                    prop_assert!(part.intersection(*other).is_empty(), "{part:?} over {other:?}");
                }
            }
            let on_chat = width > 0 && !(width < TWO_PANES && on_list);
            prop_assert!(!on_chat || height == 0 || a.composer.height > 0, "no room to type");
            prop_assert!(a.walls.iter().flatten().all(|x| *x < width));
        }
    }

    #[test]
    fn at_the_design_size_the_history_has_most_of_the_screen() {
        let wanted = Wanted {
            list: true,
            details: true,
            on_list: false,
            warning: 0,
            composer: 1,
            heading: false,
            question: 0,
            footer: 1,
        };
        let a = areas((80, 24), wanted);
        assert_eq!(a.list.width, 24);
        assert_eq!((a.history.width, a.history.height), (55, 18));
        assert!(a.details.is_empty());
    }
}
