//! A drawn frame as an SVG picture, for the documentation and for sharing a screen.
//!
//! One `<rect>` for each run of equal background and one `<text>` for each run of equal style, so the
//! file stays small and its text can be selected.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Width and height of a cell, in SVG user units.
const CELL: (f64, f64) = (8.4, 18.0);
const FOREGROUND: &str = "#d8dee9";
const BACKGROUND: &str = "#1b1f27";
/// The sixteen terminal colours, in the usual order, as a quiet dark palette.
const ANSI: [&str; 16] = [
    "#2e3440", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9", "#6b7280",
    "#ff8b94", "#b8e29a", "#ffd694", "#8ecbff", "#dd9bf0", "#7fd8e2", "#ffffff",
];

/// The hexadecimal form of a terminal colour; `None` is the terminal's default.
fn hex(color: Color) -> Option<String> {
    let ansi = |index: usize| Some(ANSI[index].to_owned());
    match color {
        Color::Reset => None,
        Color::Black => ansi(0),
        Color::Red => ansi(1),
        Color::Green => ansi(2),
        Color::Yellow => ansi(3),
        Color::Blue => ansi(4),
        Color::Magenta => ansi(5),
        Color::Cyan => ansi(6),
        Color::Gray => ansi(7),
        Color::DarkGray => ansi(8),
        Color::LightRed => ansi(9),
        Color::LightGreen => ansi(10),
        Color::LightYellow => ansi(11),
        Color::LightBlue => ansi(12),
        Color::LightMagenta => ansi(13),
        Color::LightCyan => ansi(14),
        Color::White => ansi(15),
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Indexed(index) => Some(indexed(index)),
    }
}

/// The 256-colour palette: 16 named, a 6×6×6 cube, 24 greys.
fn indexed(index: u8) -> String {
    match index {
        0..=15 => ANSI[usize::from(index)].to_owned(),
        16..=231 => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * u16::from(step) };
            let cube = index - 16;
            format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        232..=255 => {
            let grey = 8 + 10 * u16::from(index - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
    }
}

/// What of a cell's style the picture shows.
#[derive(PartialEq, Clone)]
struct Look {
    foreground: String,
    background: Option<String>,
    modifier: Modifier,
}

fn look(cell: &Cell) -> Look {
    let (mut foreground, mut background) = (hex(cell.fg), hex(cell.bg));
    if cell.modifier.contains(Modifier::REVERSED) {
        let swapped = foreground.take().unwrap_or_else(|| FOREGROUND.to_owned());
        foreground = Some(background.take().unwrap_or_else(|| BACKGROUND.to_owned()));
        background = Some(swapped);
    }
    Look {
        foreground: foreground.unwrap_or_else(|| FOREGROUND.to_owned()),
        background,
        modifier: cell.modifier,
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The frame as a self-contained SVG document titled `title`.
pub fn svg(buffer: &Buffer, title: &str) -> String {
    let area = buffer.area;
    let (width, height) = (f64::from(area.width) * CELL.0 + 16.0, f64::from(area.height) * CELL.1 + 16.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" role=\"img\">\n\
         <title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"14\" \
         style=\"white-space:pre\">\n",
        escape(title)
    );
    for row in 0..area.height {
        let mut column = 0;
        while column < area.width {
            let start = column;
            let Some(first) = buffer.cell((area.x + column, area.y + row)) else { break };
            let style = look(first);
            let mut text = String::new();
            while column < area.width {
                let Some(cell) = buffer.cell((area.x + column, area.y + row)) else { break };
                if look(cell) != style {
                    break;
                }
                text.push_str(cell.symbol());
                // A wide character owns the next cell too.
                column += u16::try_from(cell.symbol().width().max(1)).unwrap_or(1);
            }
            run(&mut out, &style, &text, (start, row), column - start);
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn run(out: &mut String, style: &Look, text: &str, (column, row): (u16, u16), columns: u16) {
    let (x, y) = (8.0 + f64::from(column) * CELL.0, 8.0 + f64::from(row) * CELL.1);
    let width = f64::from(columns) * CELL.0;
    // Writing to a String cannot fail.
    if let Some(background) = &style.background {
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{background}\"/>",
            CELL.1
        );
    }
    if text.trim().is_empty() || style.modifier.contains(Modifier::HIDDEN) {
        return;
    }
    let mut attributes = String::new();
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::DIM, " opacity=\"0.6\""),
    ] {
        if style.modifier.contains(modifier) {
            attributes.push_str(attribute);
        }
    }
    // Renderers drop spaces at the ends of a text, which would stretch the rest: place what can be seen.
    let seen = text.trim_start();
    let x = x + (text.width() - seen.width()) as f64 * CELL.0;
    let seen = seen.trim_end();
    let width = seen.width() as f64 * CELL.0;
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{attributes}>{}</text>",
        y + 13.5,
        style.foreground,
        escape(seen)
    );
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn text_is_escaped_and_styles_split_runs() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "a<b", Style::new());
        buffer.set_string(3, 0, "red", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
        let picture = svg(&buffer, "t & t");
        assert!(picture.contains("<title>t &amp; t</title>"));
        assert!(picture.contains(">a&lt;b</text>"));
        assert!(picture.contains("fill=\"#e06c75\" font-weight=\"bold\">red</text>"));
    }

    #[test]
    fn reversed_cells_swap_colours_and_wide_characters_keep_columns() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "日本", Style::new().add_modifier(Modifier::REVERSED));
        let picture = svg(&buffer, "wide");
        assert!(
            picture.contains(&format!("width=\"{:.1}\" height=\"18.0\" fill=\"{FOREGROUND}\"", 4.0 * CELL.0))
        );
        assert!(picture.contains(">日本</text>"));
    }
}
