//! A report for notes and pull requests.

use super::document::{self, Block, Document};

/// Prints the document.
pub fn print(document: &Document) -> String {
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
                let rows: Vec<Vec<String>> =
                    parts.iter().map(|part| vec![part.label.clone(), part.text.clone()]).collect();
                table(&mut out, &["part", "size"], &rows);
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
}
