//! A rectangle to write into, in roles instead of styles. No text leaves it, and what is cut says so with
//! an ellipsis.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::studio::app::{App, Hints};
use crate::studio::keymap;
use crate::studio::theme::{Role, Theme};

/// Fills of the parts of a stacked bar: told apart without colour.
const FILLS: [&str; 6] = ["█", "▓", "▒", "░", "▚", "▞"];
const ASCII_FILLS: [&str; 6] = ["#", "=", "+", "-", "%", "o"];
/// Eighths of a cell, for bars.
const EIGHTHS: [&str; 9] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// A piece of text and what it is.
pub type Span<'a> = (Role, &'a str);

/// The rectangle.
pub struct Canvas<'a> {
    /// Where it stands on the screen.
    pub area: Rect,
    buf: &'a mut Buffer,
    theme: &'a Theme,
    hints: &'a Hints,
    /// ASCII only.
    pub ascii: bool,
    /// The numbers are of an earlier text.
    pub stale: bool,
}

impl<'a> Canvas<'a> {
    /// A canvas over a part of the screen.
    pub fn new(app: &'a App, area: Rect, buf: &'a mut Buffer) -> Canvas<'a> {
        let area = area.intersection(buf.area);
        Canvas { area, buf, theme: &app.theme, hints: &app.hints, ascii: app.ascii, stale: false }
    }

    /// Columns.
    pub fn width(&self) -> u16 {
        self.area.width
    }

    /// Rows.
    pub fn height(&self) -> u16 {
        self.area.height
    }

    /// The screen position of a cell.
    pub fn position(&self, x: u16, y: u16) -> Position {
        Position::new(self.area.x + x, self.area.y + y)
    }

    fn style(&self, role: Role) -> Style {
        let mut style = self.theme.style(role);
        if role == Role::Text {
            // The face of the screen or of a dialog is painted already; text goes onto either.
            style.bg = None;
        }
        if self.stale { style.patch(self.theme.style(Role::Stale)) } else { style }
    }

    /// `unicode` or, where only ASCII may be shown, `ascii`.
    pub fn sign(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { unicode }
    }

    /// Writes text and says which column comes next. What does not fit ends in an ellipsis.
    pub fn text(&mut self, x: u16, y: u16, role: Role, text: &str) -> u16 {
        self.text_within(x, y, self.area.width, role, text)
    }

    /// Names a key and what it does; a click there is the key. Says which column comes next.
    pub fn hint(&mut self, x: u16, y: u16, key: &'static str, role: Role, label: &str) -> u16 {
        let end = self.spans(
            x,
            y,
            &[(Role::Key, keymap::shown(key, self.ascii)), (Role::Text, " "), (role, label)],
        );
        self.note(x..end, y, key);
        end
    }

    /// A click on these columns of a row is a key.
    pub fn note(&self, columns: std::ops::Range<u16>, y: u16, key: &'static str) {
        let at = self.position(columns.start, y);
        self.hints.note(
            Rect { x: at.x, y: at.y, width: columns.end.saturating_sub(columns.start), height: 1 },
            key,
        );
    }

    /// Writes text that must end before column `end`.
    pub fn text_within(&mut self, x: u16, y: u16, end: u16, role: Role, text: &str) -> u16 {
        let end = end.min(self.area.width);
        if y >= self.area.height || x >= end {
            return x;
        }
        let style = self.style(role);
        let room = usize::from(end - x);
        // Blanks that have no room are not missed.
        let text = if text.trim().is_empty() { text.get(..room).unwrap_or(text) } else { text };
        let mut column = x;
        let ellipsis = self.sign("…", "~");
        // Nearly all text: a byte is a cell, and nothing has to be measured.
        if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            let shown = if text.len() <= room { text.len() } else { room - 1 };
            for at in 0..shown {
                self.put(column, y, &text[at..=at], style);
                column += 1;
            }
            if shown < text.len() {
                self.put(column, y, ellipsis, style);
                column += 1;
            }
            return column;
        }
        let fits = text.width() <= room;
        for grapheme in text.graphemes(true) {
            let width = grapheme.width() as u16;
            if width == 0 || grapheme.chars().any(char::is_control) {
                continue;
            }
            let limit = if fits { end } else { end - 1 };
            if column + width > limit {
                break;
            }
            self.put(column, y, grapheme, style);
            column += width;
        }
        if !fits && column < end {
            self.put(column, y, ellipsis, style);
            column += 1;
        }
        column
    }

    fn put(&mut self, x: u16, y: u16, symbol: &str, style: Style) {
        let symbol = if self.ascii { plain(symbol) } else { symbol };
        if let Some(cell) = self.buf.cell_mut((self.area.x + x, self.area.y + y)) {
            cell.set_symbol(symbol).set_style(style);
            let width = if symbol.len() == 1 { 1 } else { symbol.width() as u16 };
            for hidden in 1..width {
                if let Some(cell) = self.buf.cell_mut((self.area.x + x + hidden, self.area.y + y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// Writes several pieces one after the other.
    pub fn spans(&mut self, x: u16, y: u16, spans: &[Span]) -> u16 {
        let mut column = x;
        for (role, text) in spans {
            column = self.text(column, y, *role, text);
        }
        column
    }

    /// Writes text that ends at column `end`; the answer is where it begins.
    pub fn text_right(&mut self, end: u16, y: u16, role: Role, text: &str) -> u16 {
        let start = end.min(self.area.width).saturating_sub(text.width() as u16);
        self.text_within(start, y, end, role, text);
        start
    }

    /// Writes wrapped text from row `y` on; the answer is the row after it. At most `rows` rows.
    pub fn paragraph(&mut self, x: u16, y: u16, rows: u16, role: Role, text: &str) -> u16 {
        let width = usize::from(self.area.width.saturating_sub(x));
        let lines = wrap(text, width);
        let rows = usize::from(rows.min(self.area.height.saturating_sub(y)));
        for (at, line) in lines.iter().take(rows).enumerate() {
            if at + 1 == rows && lines.len() > rows {
                // The last row takes all that is left, so that the ellipsis shows.
                let rest = lines[at..].join(" ");
                self.text(x, y + at as u16, role, &rest);
            } else {
                self.text(x, y + at as u16, role, line);
            }
        }
        y + lines.len().min(rows) as u16
    }

    /// Lays a style over a whole row.
    pub fn highlight(&mut self, y: u16, role: Role) {
        self.highlight_to(y, self.area.width, role);
    }

    /// Lays a style over a row up to a column.
    pub fn highlight_to(&mut self, y: u16, end: u16, role: Role) {
        if y < self.area.height {
            let style = self.style(role);
            let row = Rect { y: self.area.y + y, height: 1, width: end.min(self.area.width), ..self.area };
            self.buf.set_style(row, style);
        }
    }

    /// Empties the rectangle in a role.
    pub fn clear(&mut self, role: Role) {
        for row in self.area.rows() {
            for cell in row.columns().filter_map(|cell| cell.positions().next()) {
                if let Some(cell) = self.buf.cell_mut(cell) {
                    cell.reset();
                }
            }
        }
        self.buf.set_style(self.area, self.theme.style(Role::Text).patch(self.theme.style(role)));
    }

    /// How many rows of a list lie above and below those shown, at the right end of row `y`; nothing where all of them
    /// are seen.
    pub fn more(&mut self, first: usize, shown: usize, count: usize, y: u16) {
        let (above, below) = (first, count.saturating_sub(first + shown));
        let (up, down) = (self.sign("↑", "^"), self.sign("↓", "v"));
        let text = match (above, below) {
            (0, 0) => return,
            (0, below) => format!("{down} {below} more"),
            (above, 0) => format!("{up} {above} above"),
            (above, below) => format!("{up} {above}  {down} {below} more"),
        };
        self.text_right(self.area.width, y, Role::Key, &text);
    }

    /// A horizontal rule.
    pub fn rule(&mut self, y: u16, role: Role) {
        let sign = self.sign("─", "-");
        let line = sign.repeat(usize::from(self.area.width));
        self.text(0, y, role, &line);
    }

    /// A bar of `width` cells, `share` of it filled (more than 1 is full).
    pub fn bar(&mut self, x: u16, y: u16, width: u16, share: f64, role: Role) {
        let width = width.min(self.area.width.saturating_sub(x));
        if width == 0 || y >= self.area.height {
            return;
        }
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 };
        let mut eighths = (share * f64::from(width) * 8.0).round() as usize;
        if share > 0.0 {
            eighths = eighths.max(1);
        }
        let (filled, track) = (self.style(role), self.style(Role::Track));
        let rest = self.sign("·", ".");
        for at in 0..width {
            let here = eighths.saturating_sub(usize::from(at) * 8).min(8);
            let symbol = match (self.ascii, here) {
                (_, 0) => rest,
                (true, _) => "#",
                (false, here) => EIGHTHS[here],
            };
            self.put(x + at, y, symbol, if here == 0 { track } else { filled });
        }
    }

    /// A curve of one row, a value a cell, the newest at the right; `scale` is the value at full height.
    pub fn sparkline(&mut self, x: u16, y: u16, values: &[f64], scale: f64, role: Role) -> u16 {
        const ASCII_STEPS: [&str; 8] = ["_", "_", ".", "-", "=", "+", "*", "#"];
        const STEPS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
        let steps = if self.ascii { ASCII_STEPS } else { STEPS };
        let room = usize::from(self.area.width.saturating_sub(x));
        let values = &values[values.len().saturating_sub(room)..];
        let style = self.style(role);
        for (at, value) in values.iter().enumerate() {
            let share = if scale > 0.0 { (value / scale).clamp(0.0, 1.0) } else { 0.0 };
            self.put_within(x + at as u16, y, steps[(share * 7.0).round() as usize], style);
        }
        x + values.len() as u16
    }

    /// Whether parts can be told apart by colour; then they are solid and carry a letter, else each has a fill.
    fn coloured(&self) -> bool {
        !self.ascii && self.theme.style(Role::Series1).fg.is_some()
    }

    /// The fill of part number `index` of a stacked bar.
    fn fill(&self, index: usize) -> &'static str {
        match (self.ascii, self.coloured()) {
            (true, _) => ASCII_FILLS[index % ASCII_FILLS.len()],
            (_, true) => FILLS[0],
            _ => FILLS[index % FILLS.len()],
        }
    }

    /// The mark of part number `index` in a legend: its fill, with its letter where the bar has letters.
    pub fn swatch(&mut self, x: u16, y: u16, index: usize, label: &str) -> u16 {
        if self.coloured() {
            let letter = format!("{} ", letter(label));
            let style = self.style(series(index)).add_modifier(Modifier::REVERSED);
            for (at, symbol) in letter.graphemes(true).enumerate() {
                self.put_within(x + at as u16, y, symbol, style);
            }
        } else {
            let (fill, style) = (self.fill(index), self.style(series(index)));
            self.put_within(x, y, fill, style);
            self.put_within(x + 1, y, fill, style);
        }
        x + 3
    }

    fn put_within(&mut self, x: u16, y: u16, symbol: &str, style: Style) {
        if x < self.area.width && y < self.area.height {
            self.put(x, y, symbol, style);
        }
    }

    /// A line under a stacked bar: up to the limit, and what lies beyond it.
    pub fn limit_line(&mut self, y: u16, used: f64, scale: f64, limit: f64) {
        if !(scale.is_finite() && scale > 0.0) || y >= self.area.height {
            return;
        }
        let width = f64::from(self.area.width);
        let cell = |value: f64| (value / scale * width).round().clamp(0.0, width) as u16;
        let (within, beyond) = (self.style(Role::Dim), self.style(Role::Over));
        let end = cell(limit);
        for x in 0..end {
            let last = x + 1 == end;
            let symbol = if last { self.sign("┘", "|") } else { self.sign("─", "-") };
            self.put(x, y, symbol, within);
        }
        for x in end..cell(used) {
            let symbol = self.sign("▔", "^");
            self.put(x, y, symbol, beyond);
        }
    }

    /// A stacked bar over `rows` rows: parts in order, `scale` the value at full width, and a line at `limit`.
    pub fn stacked(&mut self, y: u16, rows: u16, parts: &[(&str, f64)], scale: f64, limit: Option<f64>) {
        let width = f64::from(self.area.width);
        if !(scale.is_finite() && scale > 0.0) {
            return;
        }
        let cell = |value: f64| (value / scale * width).round().clamp(0.0, width) as u16;
        let track = self.style(Role::Track);
        let rest = self.sign("·", ".");
        for row in y..(y + rows).min(self.area.height) {
            let mut sum = 0.0;
            let mut from = 0;
            for (index, (label, value)) in parts.iter().enumerate() {
                sum += value.max(0.0);
                let to = cell(sum);
                let (fill, style) = (self.fill(index), self.style(series(index)));
                for x in from..to {
                    self.put(x, row, fill, style);
                }
                if row == y && to - from >= 3 && self.coloured() {
                    let at = from + (to - from) / 2;
                    self.put(at, row, &letter(label), style.add_modifier(Modifier::REVERSED));
                }
                from = to;
            }
            for x in from..self.area.width {
                self.put(x, row, rest, track);
            }
            if let Some(limit) = limit {
                let at = cell(limit).min(self.area.width.saturating_sub(1));
                let (sign, style) = (self.sign("┃", "|"), self.style(Role::Strong));
                self.put(at, row, sign, style);
            }
        }
    }
}

/// The ASCII neighbour of a sign that units and equations use. Letters of names stay what they are.
fn plain(symbol: &str) -> &str {
    match symbol {
        "·" | "–" | "—" | "−" => "-",
        "µ" | "μ" => "u",
        "×" => "x",
        "≤" => "<",
        "³" => "3",
        "²" => "2",
        "∞" => "*",
        "▲" => "^",
        "▼" => "v",
        "≥" | "→" => ">",
        other => other,
    }
}

/// The letter that stands for a part.
fn letter(label: &str) -> String {
    label
        .chars()
        .find(|letter| letter.is_alphanumeric())
        .map_or(' ', |letter| letter.to_ascii_uppercase())
        .into()
}

/// The role of part number `index` of a sum.
pub fn series(index: usize) -> Role {
    const SERIES: [Role; 6] =
        [Role::Series1, Role::Series2, Role::Series3, Role::Series4, Role::Series5, Role::Series6];
    SERIES[index % SERIES.len()]
}

/// Lines of at most `width` columns, broken between words; longer words are broken where they must.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if width == 0 {
        return lines;
    }
    let mut line = String::new();
    let mut used = 0;
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        // A figure and its unit stay together.
        let unit =
            words.next_if(|next| is_figure(word) && is_unit(next) && word.width() + next.width() < width);
        let joined;
        let word = match unit {
            Some(unit) => {
                joined = format!("{word} {unit}");
                joined.as_str()
            }
            None => word,
        };
        let needed = word.width();
        if used > 0 && used + 1 + needed > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        if needed <= width - used {
            line.push_str(word);
            used += needed;
            continue;
        }
        for grapheme in word.graphemes(true) {
            let wide = grapheme.width();
            if used + wide > width && used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(grapheme);
            used += wide;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

fn is_figure(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '+', '-', '−', '<']);
    word.starts_with(|first: char| first.is_ascii_digit())
        && word.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ','))
}

fn is_unit(word: &str) -> bool {
    const UNITS: [&str; 17] = [
        "%", "B", "kB", "MB", "GB", "TB", "GB/s", "TB/s", "ns", "µs", "ms", "s", "h", "days", "kg", "t",
        "MWh",
    ];
    UNITS.contains(&word.trim_end_matches(['.', ',', ';', ':', ')']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Registry;
    use crate::studio::app::Start;
    use crate::studio::theme::{ColorDepth, Themes};

    #[test]
    fn plain_text_is_cut_as_any_other_is() {
        let app = App::new(Start {
            registry: Registry::builtin(),
            physics: None,
            watch: false,
            ascii: false,
            themes: Themes::new(ColorDepth::True, Vec::new()),
            theme: "dark".into(),
            size: (80, 24),
        });
        let row = |text: &str, x: u16, end: u16| {
            let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
            let next = Canvas::new(&app, buf.area, &mut buf).text_within(x, 0, end, Role::Text, text);
            (buf.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>(), next)
        };
        for (ascii, other) in [("", ""), ("a", "é"), ("abcd", "abcé"), ("abcdefghij", "abcdefghié")] {
            for x in 0..9 {
                for end in 0..9 {
                    let (text, next) = row(other, x, end);
                    assert_eq!(
                        row(ascii, x, end),
                        (text.replace('é', &ascii[ascii.len().max(1) - 1..]), next)
                    );
                }
            }
        }
        assert_eq!(row("abcdefghij", 2, 7).0, "  abcd… ");
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrap("needs 141.2 GB of 85.9 GB", 12), ["needs", "141.2 GB of", "85.9 GB"]);
        assert_eq!(wrap("55 % of decode (31 %)", 10), ["55 % of", "decode", "(31 %)"]);
        assert_eq!(wrap("日本語 text", 5), ["日本", "語", "text"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert!(wrap("", 10).is_empty() && wrap("x", 0).is_empty());
    }
}
