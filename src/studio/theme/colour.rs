//! Colours: names, hex, and the way down to terminals with fewer of them.

use std::collections::BTreeMap;

use ratatui::style::{Color, Style};

/// How many colours can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorDepth {
    /// None: bold, underline, dim and reverse only.
    Mono,
    /// The sixteen of the user's palette.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// 24 bits.
    True,
}

impl ColorDepth {
    /// What the environment allows; `variable` looks one up. `NO_COLOR` with any text turns colours off.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> ColorDepth {
        if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            return ColorDepth::Mono;
        }
        let term = variable("TERM").unwrap_or_default();
        let colorterm = variable("COLORTERM").unwrap_or_default();
        if term == "dumb" || term.ends_with("-mono") || term == "vt100" || term == "vt220" {
            ColorDepth::Mono
        } else if colorterm == "truecolor" || colorterm == "24bit" || term.ends_with("-direct") {
            ColorDepth::True
        } else if term.contains("256color") || !colorterm.is_empty() || term == "xterm-kitty" {
            ColorDepth::Ansi256
        } else {
            ColorDepth::Ansi16
        }
    }
}

const NAMES: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
];

/// A colour in words: a name of the palette, an ANSI name, or `#rrggbb`.
pub(super) fn parse(word: &str, palette: &BTreeMap<String, Color>) -> Option<Color> {
    if let Some(colour) = palette.get(word) {
        return Some(*colour);
    }
    if let Some(hex) = word.strip_prefix('#') {
        if hex.len() != 6 || !hex.is_ascii() {
            return None;
        }
        let value = u32::from_str_radix(hex, 16).ok()?;
        let [_, red, green, blue] = value.to_be_bytes();
        return Some(Color::Rgb(red, green, blue));
    }
    NAMES.iter().find(|(name, _)| *name == word).map(|(_, colour)| *colour)
}

/// The nearest style that a terminal of this depth can show.
pub(super) fn degrade(style: Style, depth: ColorDepth) -> Style {
    let down = |colour: Color| match (depth, colour) {
        (ColorDepth::Mono, _) => None,
        (ColorDepth::Ansi256, Color::Rgb(red, green, blue)) => Some(Color::Indexed(to_256(red, green, blue))),
        (ColorDepth::Ansi16, Color::Rgb(red, green, blue)) => Some(to_16(red, green, blue)),
        _ => Some(colour),
    };
    Style { fg: style.fg.and_then(down), bg: style.bg.and_then(down), ..style }
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let square = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    // The eye is most sensitive to green and least to blue.
    3 * square(a.0, b.0) + 6 * square(a.1, b.1) + square(a.2, b.2)
}

/// Nearest of xterm's 6×6×6 cube and grey ramp.
fn to_256(red: u8, green: u8, blue: u8) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |value: u8| (0..6u8).min_by_key(|at| LEVELS[usize::from(*at)].abs_diff(value)).unwrap_or(0);
    let (r, g, b) = (level(red), level(green), level(blue));
    let cube = (LEVELS[usize::from(r)], LEVELS[usize::from(g)], LEVELS[usize::from(b)]);
    let grey_at = (0..24u8)
        .min_by_key(|at| distance((8 + at * 10, 8 + at * 10, 8 + at * 10), (red, green, blue)))
        .unwrap_or(0);
    let grey = 8 + grey_at * 10;
    if distance((grey, grey, grey), (red, green, blue)) < distance(cube, (red, green, blue)) {
        232 + grey_at
    } else {
        16 + 36 * r + 6 * g + b
    }
}

/// Nearest of the sixteen, as xterm paints them.
fn to_16(red: u8, green: u8, blue: u8) -> Color {
    const SIXTEEN: [(u8, u8, u8); 16] = [
        (0, 0, 0),
        (205, 0, 0),
        (0, 205, 0),
        (205, 205, 0),
        (0, 0, 238),
        (205, 0, 205),
        (0, 205, 205),
        (229, 229, 229),
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    ];
    let nearest = (0..16).min_by_key(|at| distance(SIXTEEN[*at], (red, green, blue))).unwrap_or(7);
    NAMES[nearest + 1].1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(variables: &[(&str, &str)]) -> ColorDepth {
        ColorDepth::detect(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_decides_the_depth() {
        assert_eq!(depth(&[("TERM", "xterm-256color")]), ColorDepth::Ansi256);
        assert_eq!(depth(&[("TERM", "xterm"), ("COLORTERM", "truecolor")]), ColorDepth::True);
        assert_eq!(depth(&[("TERM", "linux")]), ColorDepth::Ansi16);
        assert_eq!(depth(&[("TERM", "dumb")]), ColorDepth::Mono);
        assert_eq!(depth(&[("TERM", "xterm"), ("NO_COLOR", "1")]), ColorDepth::Mono);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("NO_COLOR", "")]), ColorDepth::Ansi256);
    }

    #[test]
    fn colours_come_down_to_their_neighbours() {
        assert_eq!(to_256(255, 0, 0), 196);
        assert_eq!(to_256(128, 128, 128), 244);
        assert_eq!(to_16(250, 10, 10), Color::LightRed);
        assert_eq!(to_16(1, 1, 1), Color::Black);
    }

    #[test]
    fn a_colour_is_a_name_or_six_digits() {
        let none = BTreeMap::new();
        assert_eq!(parse("#0a0B0c", &none), Some(Color::Rgb(10, 11, 12)));
        for word in ["#12345", "#é1234", "#gggggg", "rot", ""] {
            assert_eq!(parse(word, &none), None, "{word}");
        }
    }
}
