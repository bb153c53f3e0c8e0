//! A report for notes and pull requests.

use super::document::{self, Block, Document};
use super::numbers::{number, percent, si};
use crate::engine::Report;
use crate::engine::report::{Roofline, WallReading};

/// Cells of a bar made of letters.
const BAR: usize = 24;

/// A report with its plots as far as letters draw them: how hard each wall is pressed as bars, the roofline in
/// sentences. `detail` adds every wall and the evidence.
pub fn report(report: &Report, detail: bool) -> String {
    let mut drawn = String::new();
    let bars = pressure(&report.walls);
    if !bars.is_empty() {
        heading(&mut drawn, "How hard each wall is pressed");
        drawn.push_str(&format!("```text\n{bars}```\n\n"));
    }
    let places = report.roofline.as_ref().map(roofline).unwrap_or_default();
    if !places.is_empty() {
        heading(&mut drawn, "Roofline of one accelerator");
        drawn.push_str(&format!("{places}\n"));
    }
    assemble(&document::document(report, detail), &drawn)
}

/// One bar for each wall that has a pressure; a full bar is the limit.
fn pressure(walls: &[WallReading]) -> String {
    let read = walls.iter().filter_map(|wall| Some((wall, wall.pressure.filter(|share| share.is_finite())?)));
    let mut out = String::new();
    for (wall, share) in read {
        let filled = ((share * BAR as f64).round() as usize).min(BAR);
        let sign = if share > 1.0 { " !" } else { "" };
        out.push_str(&format!(
            "{:>2} {:<14} {}{} {:>6}{sign}\n",
            wall.number,
            wall.name,
            "█".repeat(filled),
            "·".repeat(BAR - filled),
            percent(share),
        ));
    }
    out
}

/// Each kind of work: how fast it is, of what roof, and on which side of the ridge.
fn roofline(roofline: &Roofline) -> String {
    let mut out = String::new();
    for point in &roofline.points {
        let roof = roofline.attainable(point.flop_per_byte);
        let Some((name, peak)) = roofline.ceilings.get(roofline.own).filter(|_| roof > 0.0) else { continue };
        let bound = if roof < *peak { "memory bandwidth" } else { "arithmetic" };
        out.push_str(&format!(
            "- {}: {} at {} FLOP/B, {} of the {name} roof, which {bound} sets there\n",
            escape(point.label),
            si(point.flop_per_s, "FLOP/s"),
            number(point.flop_per_byte),
            percent(point.flop_per_s / roof),
        ));
    }
    out
}

/// Prints the document.
pub fn print(document: &Document) -> String {
    assemble(document, "")
}

/// The document, and what is drawn before its blocks.
fn assemble(document: &Document, drawn: &str) -> String {
    let mut out = format!("# {}\n\n{}\n\n", escape(&document.title), escape(&document.subtitle));
    let (word, _, sentence) = &document.verdict;
    out.push_str(&format!("**{}** {}\n\n", escape(word), escape(sentence)));
    let lenses: Vec<Vec<String>> = document
        .lenses
        .iter()
        .map(|(word, _, question, sentence)| vec![(*question).to_string(), word.clone(), sentence.clone()])
        .collect();
    if !lenses.is_empty() {
        table(&mut out, &["lens", "status", "why"], &lenses);
    }
    out.push_str(drawn);
    // The bar of the cost terms is for eyes; here the terms themselves stand right above it.
    let told = |block: &&Block| !matches!(block, Block::Bar(title, ..) if title == document::SPLIT);
    for block in document.blocks.iter().filter(told) {
        match block {
            Block::Figures(title, rows) => {
                heading(&mut out, title);
                let notes = rows.iter().any(|row| !row.note.is_empty());
                let rows: Vec<Vec<String>> = rows
                    .iter()
                    .map(|row| {
                        let mut cells = vec![row.label.clone(), row.value.clone(), row.unit.clone()];
                        if notes {
                            cells.push(row.note.clone());
                        }
                        cells
                    })
                    .collect();
                let head: &[&str] =
                    if notes { &["", "value", "unit", "note"] } else { &["", "value", "unit"] };
                table(&mut out, head, &rows);
            }
            Block::Bar(title, parts, total) => {
                heading(&mut out, title);
                let bar = |share: f64| "█".repeat(((share * BAR as f64).round() as usize).min(2 * BAR));
                let rows: Vec<Vec<String>> = parts
                    .iter()
                    .map(|part| vec![part.label.clone(), part.text.clone(), bar(part.share.max(0.0))])
                    .collect();
                table(&mut out, &["part", "size", ""], &rows);
                out.push_str(&format!("{}\n\n", escape(total)));
            }
            Block::Sentences(title, _, items) => {
                heading(&mut out, title);
                for item in items {
                    out.push_str(&format!("- {}\n", escape(item)));
                }
                out.push('\n');
            }
            Block::Cards(title, cards) => {
                heading(&mut out, title);
                for card in cards {
                    out.push_str(&format!("### {}\n\n", escape(&card.heading)));
                    for (label, text) in &card.lines {
                        out.push_str(&format!("- {label}: {}\n", escape(text)));
                    }
                    out.push('\n');
                }
            }
            Block::Table(title, head, rows) => {
                heading(&mut out, title);
                table(&mut out, head, rows);
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// A table as Markdown.
pub fn table(out: &mut String, head: &[&str], rows: &[Vec<String>]) {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    out.push_str(&line(head.iter().map(|cell| escape(cell)).collect()));
    out.push_str(&line(head.iter().map(|_| "---".to_string()).collect()));
    for row in rows {
        out.push_str(&line(row.iter().map(|cell| escape(cell)).collect()));
    }
    out.push('\n');
}

fn heading(out: &mut String, title: &str) {
    out.push_str(&format!("## {}\n\n", escape(title)));
}

/// Text that Markdown shows as it is.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in super::safe::clean(text).chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                safe.push('\\');
                safe.push(character);
            }
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            plain => safe.push(plain),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out() {
        assert_eq!(escape("a|b <script> [x](y) *z*"), "a\\|b &lt;script&gt; \\[x\\](y) \\*z\\*");
        assert_eq!(escape("# one\n## two"), "\\# one \\#\\# two");
    }

    #[test]
    fn plots_are_drawn_in_letters() {
        let registry = crate::registry::Registry::builtin();
        let text = "version: \"1.0\"\nname: n\nworkload: {name: Llama3_70B, mode: serve, batch_size: 8}\nhardware: {name: H100}\n";
        let reading = crate::plan::read(text, &registry, crate::plan::Options::default());
        let plan = reading.plan.unwrap();
        let page = report(&crate::engine::evaluate(&plan, &registry), false);
        let bar = |name: &str| page.lines().find(|line| line.contains(name) && line.contains('%')).unwrap();
        // What exceeds its limit fills its bar and is marked.
        assert!(bar(" 2 Memory").contains(&"█".repeat(BAR)) && bar(" 2 Memory").ends_with('!'), "{page}");
        assert!(page.contains("of the fp16 roof, which memory bandwidth sets there"), "{page}");
        assert!(page.contains("| weights | 141.1 GB | ███"), "{page}");
    }
}
