//! A report for a terminal, a log or a screen reader: words carry the meaning, colour repeats it.

use unicode_width::UnicodeWidthStr;

use super::document::{self, BarPart, Block, Document, Figure};
use super::paint::{Paint, Tone, pad, pad_left};

/// Columns of a bar at its limit.
const BAR: usize = 40;

/// Prints the document.
pub fn print(document: &Document, paint: Paint) -> String {
    let mut out = String::with_capacity(2048);
    let mut line = |text: &str| {
        out.push_str(text.trim_end());
        out.push('\n');
    };
    line(&paint.tone(Tone::Strong, &document.title));
    line(&paint.tone(Tone::Quiet, &document.subtitle));
    line("");
    let (word, tone, sentence) = &document.verdict;
    line(&format!("{}  {sentence}", paint.tone(*tone, word)));
    for lens in lens_lines(document, paint) {
        line(&lens);
    }
    // The bar of the cost terms is for eyes; here the terms themselves stand right above it.
    let told = |block: &&Block| !matches!(block, Block::Bar(title, ..) if title == document::SPLIT);
    for block in document.blocks.iter().filter(told) {
        line("");
        match block {
            Block::Figures(title, rows) => {
                line(&paint.tone(Tone::Strong, title));
                figures(rows, paint, &mut line);
            }
            Block::Bar(title, parts, total) => {
                line(&paint.tone(Tone::Strong, title));
                line(&format!("  {}", bar(parts)));
                let width = widest(parts.iter().map(|part| part.label.as_str()));
                let value = widest(parts.iter().map(|part| part.text.as_str()));
                for (index, part) in parts.iter().enumerate() {
                    let sign = fill(index);
                    line(&format!("  {sign} {}  {}", pad(&part.label, width), pad_left(&part.text, value)));
                }
                line(&format!("  {total}"));
            }
            Block::Sentences(title, tone, items) => {
                line(&paint.tone(*tone, title));
                for item in items {
                    line(&format!("  - {item}"));
                }
            }
            Block::Cards(title, cards) => {
                line(&paint.tone(Tone::Strong, title));
                for card in cards {
                    line(&format!("  {}", card.heading));
                    let width = widest(card.lines.iter().map(|(label, _)| *label));
                    for (label, text) in &card.lines {
                        line(&format!("    {}  {text}", paint.tone(Tone::Quiet, &pad(label, width))));
                    }
                }
            }
            Block::Table(title, head, rows) => {
                line(&paint.tone(Tone::Strong, title));
                for row in table(head, rows, paint) {
                    line(&format!("  {row}"));
                }
            }
        }
    }
    out
}

/// The three lenses, one line each: what a screen reader needs first.
pub fn lens_lines(document: &Document, paint: Paint) -> Vec<String> {
    let status = widest(document.lenses.iter().map(|(status, ..)| status.as_str()));
    let question = widest(document.lenses.iter().map(|(_, _, question, _)| *question));
    document
        .lenses
        .iter()
        .map(|(word, tone, asked, sentence)| {
            format!("  {}  {}  {sentence}", pad(asked, question), paint.tone(*tone, &pad(word, status)))
        })
        .collect()
}

/// A plain table with aligned columns; columns of numbers are aligned on the right.
pub fn table(head: &[&str], rows: &[Vec<String>], paint: Paint) -> Vec<String> {
    let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            widest(rows.iter().map(|row| row.get(column).map_or("", String::as_str)).chain([head[column]]))
        })
        .collect();
    let numeric: Vec<bool> = (0..head.len())
        .map(|column| {
            rows.iter().all(|row| {
                let text = cell(row, column);
                text.is_empty()
                    || text.starts_with(|first: char| first.is_ascii_digit() || "-–∞".contains(first))
            })
        })
        .collect();
    let align = |texts: &[String]| {
        let cells: Vec<String> = (0..head.len())
            .map(|column| {
                let text = cell(texts, column);
                if numeric[column] { pad_left(&text, widths[column]) } else { pad(&text, widths[column]) }
            })
            .collect();
        cells.join("  ").trim_end().to_string()
    };
    let head: Vec<String> = head.iter().map(ToString::to_string).collect();
    let mut lines = vec![paint.tone(Tone::Quiet, &align(&head))];
    lines.extend(rows.iter().map(|row| align(row)));
    lines
}

fn figures(rows: &[Figure], paint: Paint, line: &mut impl FnMut(&str)) {
    let label = widest(rows.iter().map(|row| row.label.as_str()));
    // Names stand on the left, numbers on the right.
    let names =
        rows.iter().any(|row| row.value.chars().any(char::is_alphabetic) && row.unit.starts_with("at "));
    let value = widest(rows.iter().map(|row| row.value.as_str()));
    let unit = widest(rows.iter().map(|row| row.unit.as_str()));
    for row in rows {
        let number = if names { pad(&row.value, value) } else { pad_left(&row.value, value) };
        let note = if row.note.is_empty() { String::new() } else { paint.tone(Tone::Quiet, &row.note) };
        line(&format!("  {}  {number} {}  {note}", pad(&row.label, label), pad(&row.unit, unit)));
    }
}

fn fill(index: usize) -> char {
    ['█', '▓', '▒', '░', '#', '=', '+', ':'][index % 8]
}

/// One bar: the part up to `|` is what there is, what stands behind it is too much.
fn bar(parts: &[BarPart]) -> String {
    let mut cells = String::new();
    let mut exact = 0.0;
    let mut drawn = 0;
    for (index, part) in parts.iter().enumerate() {
        exact += part.share.clamp(0.0, 2.0) * BAR as f64;
        // Twice the capacity is as far as a bar is drawn.
        let until = (exact.round() as usize).min(2 * BAR);
        for _ in drawn..until {
            if cells.chars().count() == BAR {
                cells.push('|');
            }
            cells.push(fill(index));
        }
        drawn = drawn.max(until);
    }
    if drawn <= BAR {
        cells.extend(std::iter::repeat_n('·', BAR - drawn));
        cells.push('|');
    } else if exact.round() as usize > 2 * BAR {
        cells.push('…');
    }
    cells
}

/// Columns of the widest text.
pub fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(UnicodeWidthStr::width).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(share: f64) -> BarPart {
        BarPart { label: "weights".into(), text: "1 GB".into(), share }
    }

    #[test]
    fn a_bar_shows_room_and_excess() {
        assert_eq!(bar(&[part(0.5)]), format!("{}{}|", "█".repeat(20), "·".repeat(20)));
        assert_eq!(bar(&[part(1.0), part(0.25)]), format!("{}|{}", "█".repeat(40), "▓".repeat(10)));
        assert_eq!(bar(&[part(f64::INFINITY)]).chars().count(), 2 * BAR + 1);
        assert!(bar(&[part(900.0), part(1.0)]).ends_with('…'));
    }

    #[test]
    fn tables_align_numbers_on_the_right() {
        let rows = vec![vec!["H100".to_string(), "989".into()], vec!["ESP32".into(), "1.5".into()]];
        let lines = table(&["id", "peak"], &rows, Paint { color: false });
        assert_eq!(lines, ["id     peak", "H100    989", "ESP32   1.5"]);
    }
}
