//! A report as one page that stands alone: no scripts, no requests, light or dark as the reader prefers.

use super::document::{Block, Document};
use crate::cli::out::{Tone, clean};

const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#fbfaf8;--card:#fff;--ink:#1c1f24;--quiet:#626a75;--line:#e3e1dc;--good:#186b3a;--warn:#8a5a00;--bad:#b3261e;\
--p0:#2f6db5;--p1:#e08a2c;--p2:#5b9f6f;--p3:#9c6bb3;--p4:#c4568a;--p5:#8a8f98}\
@media(prefers-color-scheme:dark){:root{--ground:#14161a;--card:#1c1f25;--ink:#e8e6e1;--quiet:#9aa2ad;--line:#31353d;--good:#6fcf97;--warn:#f0b64c;--bad:#ff8a80;\
--p0:#6ea8e8;--p1:#f0a95c;--p2:#83c798;--p3:#c097d6;--p4:#e68ab4;--p5:#9aa2ad}}\
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe UI',sans-serif}\
main{max-width:60rem;margin:0 auto;padding:3rem 1.25rem 4rem}h1{font-size:1.9rem;line-height:1.2;margin:0 0 .25rem;overflow-wrap:anywhere}\
h2{font-size:1.05rem;margin:2.25rem 0 .6rem}.quiet{color:var(--quiet)}.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}\
.verdict{font-size:1.2rem;margin:1.5rem 0 1rem}.verdict b{letter-spacing:.03em;margin-right:.6rem}\
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}table{border-collapse:collapse;width:100%}\
td,th{padding:.45rem .9rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}tr:first-child>*{border-top:0}\
th{font-weight:600;color:var(--quiet);font-size:.85rem}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
.bar{display:flex;height:1.6rem;border-radius:6px;overflow:hidden;background:var(--line);position:relative}.bar i{display:block;min-width:1px}\
.mark{position:absolute;top:0;bottom:0;width:2px;background:var(--ink)}.key{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;padding:0;margin:.7rem 0}\
.key i{display:inline-block;width:.8rem;height:.8rem;border-radius:3px;margin-right:.4rem}h3{font-size:.95rem;margin:1.2rem 0 .3rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0}dt{color:var(--quiet);font-size:.85rem}dd{margin:0;overflow-wrap:anywhere}ul.says{margin:0;padding-left:1.2rem}footer{margin-top:3rem;font-size:.85rem}";

/// Prints the document.
pub fn print(document: &Document) -> String {
    let title = escape(&document.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p class=\"quiet\">{}</p>\n",
        escape(&document.subtitle)
    );
    let (word, tone, sentence) = &document.verdict;
    out.push_str(&format!(
        "<p class=\"verdict\"><b class=\"{}\">{}</b>{}</p>\n",
        class(*tone),
        escape(word),
        escape(sentence)
    ));
    out.push_str("<div class=\"scroll\"><table>\n");
    for (word, tone, question, sentence) in &document.lenses {
        out.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td class=\"{}\">{}</td><td>{}</td></tr>\n",
            escape(question),
            class(*tone),
            escape(word),
            escape(sentence)
        ));
    }
    out.push_str("</table></div>\n");
    for entry in &document.blocks {
        block(&mut out, entry);
    }
    out.push_str("<footer class=\"quiet\">Written by mlsysim-tui.</footer>\n</main>\n</body>\n</html>\n");
    out
}

fn block(out: &mut String, block: &Block) {
    match block {
        Block::Figures(title, rows) => {
            heading(out, title, Tone::Plain);
            out.push_str("<div class=\"scroll\"><table>\n");
            for row in rows {
                out.push_str(&format!(
                    "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td>{}</td><td class=\"quiet\">{}</td></tr>\n",
                    escape(&row.label),
                    escape(&row.value),
                    escape(&row.unit),
                    escape(&row.note)
                ));
            }
            out.push_str("</table></div>\n");
        }
        Block::Bar(title, parts, total) => {
            heading(out, title, Tone::Plain);
            let sum: f64 = parts.iter().map(|part| part.share.clamp(0.0, 1e6)).sum();
            let full = sum.max(1.0);
            out.push_str(&format!("<div class=\"bar\" role=\"img\" aria-label=\"{}\">", escape(total)));
            for (index, part) in parts.iter().enumerate() {
                out.push_str(&format!(
                    "<i style=\"width:{:.3}%;background:var(--p{})\"></i>",
                    part.share.clamp(0.0, 1e6) / full * 100.0,
                    index % 6
                ));
            }
            if full > 1.0 {
                out.push_str(&format!("<span class=\"mark\" style=\"left:{:.3}%\"></span>", 100.0 / full));
            }
            out.push_str("</div>\n<ul class=\"key\">\n");
            for (index, part) in parts.iter().enumerate() {
                out.push_str(&format!(
                    "<li><i style=\"background:var(--p{})\"></i>{} {}</li>\n",
                    index % 6,
                    escape(&part.label),
                    escape(&part.text)
                ));
            }
            out.push_str(&format!("</ul>\n<p>{}</p>\n", escape(total)));
        }
        Block::Sentences(title, tone, items) => {
            heading(out, title, *tone);
            out.push_str("<ul class=\"says\">\n");
            for item in items {
                out.push_str(&format!("<li>{}</li>\n", escape(item)));
            }
            out.push_str("</ul>\n");
        }
        Block::Cards(title, cards) => {
            heading(out, title, Tone::Plain);
            for card in cards {
                out.push_str(&format!("<section><h3>{}</h3><dl>\n", escape(&card.heading)));
                for (label, text) in &card.lines {
                    out.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", escape(label), escape(text)));
                }
                out.push_str("</dl></section>\n");
            }
        }
        Block::Table(title, head, rows) => {
            heading(out, title, Tone::Plain);
            out.push_str(&table(head, rows));
        }
    }
}

/// A table as HTML.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::from("<div class=\"scroll\"><table>\n<tr>");
    for cell in head {
        out.push_str(&format!("<th scope=\"col\">{}</th>", escape(cell)));
    }
    out.push_str("</tr>\n");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let number = cell.starts_with(|first: char| first.is_ascii_digit() || first == '-');
            out.push_str(&format!("<td{}>{}</td>", if number { " class=\"n\"" } else { "" }, escape(cell)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table></div>\n");
    out
}

/// A page around content that is HTML already.
pub fn page(title: &str, content: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{content}<footer class=\"quiet\">Written by mlsysim-tui.</footer>\n</main>\n</body>\n</html>\n"
    )
}

fn heading(out: &mut String, title: &str, tone: Tone) {
    out.push_str(&format!("<h2 class=\"{}\">{}</h2>\n", class(tone), escape(title)));
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain | Tone::Strong => "plain",
        Tone::Quiet => "quiet",
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    }
}

/// Text that HTML shows as it is, also inside attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in clean(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
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
        assert_eq!(escape("<script>\"&'"), "&lt;script&gt;&quot;&amp;&#39;");
        assert!(!table(&["x"], &[vec!["<b>".into()]]).contains("<b>"));
    }
}
