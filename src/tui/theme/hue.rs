//! A colour for each person (XEP-0392 version 1.0): the angle from SHA-1 of the bare JID, turned into a
//! colour by HSLuv (<https://www.hsluv.org>), at a lightness that is legible on black and on white.

use ratatui::style::Color;
use sha1::{Digest, Sha1};

use super::capabilities::Depth;

/// In the middle between black and white: a contrast of 4.5 to 1 with both.
const LIGHTNESS: f64 = 50.0;
const SATURATION: f64 = 100.0;
/// Relative luminances with a contrast of at least 3 to 1 with black and with white.
const LEGIBLE: std::ops::RangeInclusive<f64> = 0.1..=0.3;
/// What is greyer than this does not show its hue.
const VIVID: f64 = 60.0;

// XYZ of the sRGB primaries (IEC 61966-2-1), as the reference of HSLuv has them.
const TO_RGB: [[f64; 3]; 3] = [
    [3.240_969_941_904_521, -1.537_383_177_570_093, -0.498_610_760_293],
    [-0.969_243_636_280_87, 1.875_967_501_507_72, 0.041_555_057_407_175],
    [
        0.055_630_079_696_993,
        -0.203_976_958_888_97,
        1.056_971_514_242_878,
    ],
];
const TO_XYZ: [[f64; 3]; 3] = [
    [0.412_390_799_265_95, 0.357_584_339_383_87, 0.180_480_788_401_83],
    [0.212_639_005_871_51, 0.715_168_678_767_75, 0.072_192_315_360_733],
    [0.019_330_818_715_591, 0.119_194_779_794_62, 0.950_532_152_249_66],
];
/// u' and v' of the white point D65.
const WHITE: (f64, f64) = (0.197_830_006_642_84, 0.468_319_994_938_79);
/// The linear end of the CIE lightness curve.
const EPSILON: f64 = 216.0 / 24_389.0;
const KAPPA: f64 = 24_389.0 / 27.0;

/// The angle of a text in degrees (XEP-0392 §5.1).
pub(super) fn angle(text: &str) -> f64 {
    let digest = Sha1::digest(text.as_bytes());
    let mut first = digest.iter().copied();
    let (low, high) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    f64::from(u16::from_le_bytes([low, high])) / 65_536.0 * 360.0
}

/// The colours that names can have.
#[derive(Debug, Clone)]
pub(super) enum Palette {
    /// Any.
    Free,
    /// These, with their angles in degrees.
    Fixed(Vec<(f64, Color)>),
}

impl Palette {
    pub(super) fn new(depth: Depth) -> Self {
        match depth {
            Depth::True => Self::Free,
            Depth::Indexed => Self::Fixed(cube()),
            // The angles that xterm's own values have; what they look like is up to the terminal's theme.
            Depth::Sixteen => Self::Fixed(vec![
                (12.2, Color::Red),
                (85.9, Color::Yellow),
                (127.7, Color::Green),
                (192.2, Color::Cyan),
                (265.9, Color::Blue),
                (307.7, Color::Magenta),
            ]),
        }
    }

    /// The colour with the nearest angle (XEP-0392 §5.4).
    pub(super) fn nearest(&self, angle: f64) -> Color {
        let Self::Fixed(colours) = self else {
            let [red, green, blue] = rgb(angle, SATURATION, LIGHTNESS).map(byte);
            return Color::Rgb(red, green, blue);
        };
        let distance = |at: f64| (angle - at).rem_euclid(360.0).min((at - angle).rem_euclid(360.0));
        colours
            .iter()
            .min_by(|(a, _), (b, _)| distance(*a).total_cmp(&distance(*b)))
            .map_or(Color::Reset, |(_, colour)| *colour)
    }
}

/// The legible and vivid colours of xterm's cube of 6 × 6 × 6, which terminal themes leave as it is.
fn cube() -> Vec<(f64, Color)> {
    const STEPS: [f64; 6] = [0.0, 95.0, 135.0, 175.0, 215.0, 255.0];
    let all = STEPS
        .into_iter()
        .flat_map(|red| STEPS.into_iter().map(move |green| (red, green)))
        .flat_map(|(red, green)| STEPS.into_iter().map(move |blue| [red, green, blue]));
    (16_u8..)
        .zip(all)
        .filter_map(|(index, colour)| {
            let colour = colour.map(|part| part / 255.0);
            let (hue, saturation, _) = hsluv(colour);
            (LEGIBLE.contains(&luminance(colour)) && saturation >= VIVID)
                .then_some((hue, Color::Indexed(index)))
        })
        .collect()
}

/// From 0 to 1 to a byte.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn byte(part: f64) -> u8 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn times(matrix: &[[f64; 3]; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    matrix.map(|[a, b, c]| a * x + b * y + c * z)
}

/// sRGB's curve, from light to signal and back.
fn encoded(part: f64) -> f64 {
    if part <= 0.003_130_8 {
        12.92 * part
    } else {
        1.055 * part.powf(1.0 / 2.4) - 0.055
    }
}

fn decoded(part: f64) -> f64 {
    if part <= 0.040_45 {
        part / 12.92
    } else {
        ((part + 0.055) / 1.055).powf(2.4)
    }
}

/// Relative luminance, from 0 to 1, of an sRGB colour.
fn luminance(colour: [f64; 3]) -> f64 {
    let [_, y, _] = times(&TO_XYZ, colour.map(decoded));
    y
}

/// The largest chroma that sRGB has at this lightness (0 to 100, neither end) and hue (degrees).
fn most_chroma(lightness: f64, hue: f64) -> f64 {
    let (sine, cosine) = hue.to_radians().sin_cos();
    let cube = ((lightness + 16.0) / 116.0).powi(3);
    let scaled = if cube > EPSILON { cube } else { lightness / KAPPA };
    TO_RGB
        .iter()
        .flat_map(|row| [(row, 0.0), (row, 1.0)])
        .map(|([x, y, z], limit)| {
            // The line in the plane of u and v on which this part of the colour is at its limit.
            let above = (284_517.0 * x - 94_839.0 * z) * scaled;
            let below = (632_260.0 * z - 126_452.0 * y) * scaled + 126_452.0 * limit;
            let constant = (838_422.0 * z + 769_860.0 * y + 731_718.0 * x) * lightness * scaled
                - 769_860.0 * limit * lightness;
            (constant / below) / (sine - above / below * cosine)
        })
        .filter(|length| *length >= 0.0)
        .fold(f64::INFINITY, f64::min)
}

/// sRGB, each part from 0 to 1, of hue (degrees), saturation and lightness (0 to 100, neither end).
fn rgb(hue: f64, saturation: f64, lightness: f64) -> [f64; 3] {
    let chroma = most_chroma(lightness, hue) * saturation / 100.0;
    let (sine, cosine) = hue.to_radians().sin_cos();
    let u = chroma * cosine / (13.0 * lightness) + WHITE.0;
    let v = chroma * sine / (13.0 * lightness) + WHITE.1;
    let y = if lightness > 8.0 {
        ((lightness + 16.0) / 116.0).powi(3)
    } else {
        lightness / KAPPA
    };
    let x = 9.0 * y * u / (4.0 * v);
    let z = (9.0 * y - 15.0 * v * y - v * x) / (3.0 * v);
    times(&TO_RGB, [x, y, z]).map(encoded)
}

/// Hue (degrees), saturation and lightness of an sRGB colour; greys have no saturation.
fn hsluv(colour: [f64; 3]) -> (f64, f64, f64) {
    let [x, y, z] = times(&TO_XYZ, colour.map(decoded));
    let lightness = if y > EPSILON {
        116.0 * y.cbrt() - 16.0
    } else {
        KAPPA * y
    };
    let sum = x + 15.0 * y + 3.0 * z;
    if sum <= 0.0 || lightness > 99.999 {
        return (0.0, 0.0, lightness);
    }
    let u = 13.0 * lightness * (4.0 * x / sum - WHITE.0);
    let v = 13.0 * lightness * (9.0 * y / sum - WHITE.1);
    let chroma = u.hypot(v);
    let hue = v.atan2(u).to_degrees().rem_euclid(360.0);
    (hue, chroma / most_chroma(lightness, hue) * 100.0, lightness)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast as WCAG 2 defines it.
    fn contrast(a: f64, b: f64) -> f64 {
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn is_legible(colour: [f64; 3]) -> bool {
        let luminance = luminance(colour);
        contrast(luminance, 0.0) >= 3.0 && contrast(luminance, 1.0) >= 3.0
    }

    #[test]
    fn angles_and_colours_are_those_of_the_vectors_in_the_specification() {
        for (text, degrees, expected) in [
            ("Romeo", 327.255_249, [0.865, 0.000, 0.686]),
            ("juliet@capulet.lit", 209.410_400, [0.000, 0.515, 0.573]),
            ("😺", 331.199_341, [0.872, 0.000, 0.659]),
            ("council", 359.994_507, [0.918, 0.000, 0.394]),
            ("Board", 171.430_664, [0.000, 0.527, 0.457]),
        ] {
            assert!((angle(text) - degrees).abs() < 1e-6, "{text}");
            for (part, expected) in rgb(angle(text), 100.0, 50.0).into_iter().zip(expected) {
                assert!((part - expected).abs() < 6e-4, "{text}: {part} is not {expected}");
            }
        }
    }

    #[test]
    fn conversion_there_and_back_is_the_same_colour() {
        for hue in 0..360 {
            let hue = f64::from(hue);
            let (back, saturation, lightness) = hsluv(rgb(hue, 80.0, 50.0));
            assert!((back - hue).abs() < 0.01, "{hue} becomes {back}");
            assert!((saturation - 80.0).abs() < 0.01 && (lightness - 50.0).abs() < 0.01);
        }
        assert!(hsluv([0.5; 3]).1 < 0.01);
        assert_eq!(hsluv([0.0; 3]).1, 0.0);
        assert_eq!(hsluv([1.0; 3]).1, 0.0);
    }

    #[test]
    fn every_angle_is_legible_on_black_and_on_white() {
        let (free, fixed) = (Palette::new(Depth::True), Palette::new(Depth::Indexed));
        for step in 0..3600 {
            let angle = f64::from(step) / 10.0;
            let Color::Rgb(red, green, blue) = free.nearest(angle) else {
                panic!("not a free colour");
            };
            assert!(
                is_legible([red, green, blue].map(|part| f64::from(part) / 255.0)),
                "{angle}"
            );
            let Color::Indexed(index) = fixed.nearest(angle) else {
                panic!("not an indexed colour");
            };
            let index = index - 16;
            let parts = [index / 36, index / 6 % 6, index % 6];
            let colour = parts.map(|part| {
                if part == 0 {
                    0.0
                } else {
                    f64::from(part * 40 + 55) / 255.0
                }
            });
            assert!(is_legible(colour), "{angle}: {parts:?}");
        }
    }

    #[test]
    fn the_nearest_colour_is_near_and_there_are_many() {
        let Palette::Fixed(colours) = Palette::new(Depth::Indexed) else {
            panic!("no palette");
        };
        assert!(colours.len() >= 24, "only {} colours", colours.len());
        let fixed = Palette::new(Depth::Indexed);
        for degree in 0..360 {
            let chosen = fixed.nearest(f64::from(degree));
            let (at, _) = colours.iter().find(|(_, colour)| *colour == chosen).unwrap();
            let away = (f64::from(degree) - at).rem_euclid(360.0);
            assert!(away.min(360.0 - away) < 25.0, "{degree} is shown as {at}");
        }
    }

    #[test]
    fn sixteen_colours_are_chosen_by_their_hue() {
        let sixteen = Palette::new(Depth::Sixteen);
        for (angle, colour) in [
            (0.0, Color::Red),
            (350.0, Color::Red),
            (100.0, Color::Yellow),
            (209.0, Color::Cyan),
            (300.0, Color::Magenta),
        ] {
            assert_eq!(sixteen.nearest(angle), colour, "{angle}");
        }
    }
}
