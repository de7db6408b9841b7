//! How large the screen is: as the terminal says, where that can be.
//!
//! A serial line or a container says nothing, or 0 by 0; a broken program in between may say anything up to
//! 65535 by 65535, for which nobody has memory.

use ratatui::layout::Size;

/// Where nobody says anything.
const USUAL: Size = Size {
    width: 80,
    height: 24,
};
/// More columns than any screen has, with the smallest letters.
const COLUMNS: u16 = 1024;
/// Cells that are painted at most: the largest screens, at some hundred bytes a cell.
const CELLS: u32 = 1024 * 256;

/// The size to paint at, when the terminal says `told`; `otherwise` is asked for what it does not know.
pub fn usable(told: Size, otherwise: impl FnOnce() -> Size) -> Size {
    let mut size = told;
    if told.width == 0 || told.height == 0 {
        let other = otherwise();
        let first = |sizes: [u16; 3]| sizes.into_iter().find(|cells| *cells > 0).unwrap_or(1);
        size.width = first([told.width, other.width, USUAL.width]);
        size.height = first([told.height, other.height, USUAL.height]);
    }
    size.width = size.width.min(COLUMNS);
    let rows = CELLS / u32::from(size.width);
    size.height = size.height.min(u16::try_from(rows).unwrap_or(u16::MAX));
    size
}

/// What LINES and COLUMNS say; 0 is nothing.
pub fn from_environment() -> Size {
    let cells = |name| std::env::var(name).ok().and_then(|text| text.trim().parse().ok());
    Size {
        width: cells("COLUMNS").unwrap_or(0),
        height: cells("LINES").unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(told: (u16, u16), other: (u16, u16)) -> (u16, u16) {
        let size = usable(told.into(), || other.into());
        (size.width, size.height)
    }

    #[test]
    fn a_terminal_that_knows_no_size_is_painted_at_the_usual_one_or_as_the_environment_says() {
        assert_eq!(at((0, 0), (0, 0)), (80, 24));
        assert_eq!(at((0, 0), (132, 43)), (132, 43));
        assert_eq!(at((0, 0), (132, 0)), (132, 24));
        assert_eq!(at((0, 50), (0, 0)), (80, 50));
        assert_eq!(at((40, 0), (132, 43)), (40, 43));
    }

    #[test]
    fn a_size_that_is_told_is_painted_at_up_to_what_there_is_memory_for() {
        for told in [(1, 1), (80, 24), (213, 58), (400, 120), (960, 270)] {
            assert_eq!(at(told, (10, 10)), told);
        }
        for told in [(65535, 65535), (2000, 2000), (1, 65535), (65535, 1)] {
            let (width, height) = at(told, (0, 0));
            assert!(width > 0 && height > 0 && width <= told.0 && height <= told.1);
            assert!(
                u32::from(width) * u32::from(height) <= CELLS,
                "{told:?}: {width} by {height}"
            );
        }
    }
}
