//! Colours of pictures, as the terminal has them.

use ratatui::style::Color;

use super::capabilities::Depth;

/// The steps of xterm's cube of 6 × 6 × 6.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest colour that there is. With 16 they are the theme's, so nobody knows them: shades of grey would
/// be a guess too.
pub(super) fn nearest(depth: Depth, [red, green, blue]: [u8; 3]) -> Color {
    if depth == Depth::True {
        return Color::Rgb(red, green, blue);
    }
    let step = |part: u8| -> (u8, u8) {
        let far = |at: &u8| {
            STEPS
                .get(usize::from(*at))
                .map_or(u8::MAX, |step| step.abs_diff(part))
        };
        let at = (0..6).min_by_key(far).unwrap_or(0);
        (at, STEPS.get(usize::from(at)).copied().unwrap_or(0))
    };
    let (r, g, b) = (step(red), step(green), step(blue));
    let of = |parts: [u8; 3]| -> u32 {
        let difference = |(one, other): (u8, u8)| u32::from(one.abs_diff(other)).pow(2);
        let [r, g, b] = parts;
        [(r, red), (g, green), (b, blue)]
            .into_iter()
            .map(difference)
            .sum()
    };
    let grey = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
    let shade = u8::try_from(grey.saturating_sub(3) / 10).unwrap_or(23).min(23);
    let level = 8 + 10 * shade;
    if of([level; 3]) < of([r.1, g.1, b.1]) {
        Color::Indexed(232 + shade)
    } else {
        Color::Indexed(16 + 36 * r.0 + 6 * g.0 + b.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_of_the_colours_is_taken() {
        let indexed = |rgb| nearest(Depth::Indexed, rgb);
        assert_eq!(indexed([255, 0, 0]), Color::Indexed(196));
        assert_eq!(indexed([0, 0, 0]), Color::Indexed(16));
        assert_eq!(indexed([255, 255, 255]), Color::Indexed(231));
        assert_eq!(indexed([120, 118, 119]), Color::Indexed(243));
        assert_eq!(indexed([90, 140, 170]), Color::Indexed(67));
        assert_eq!(nearest(Depth::True, [1, 2, 3]), Color::Rgb(1, 2, 3));
    }
}
