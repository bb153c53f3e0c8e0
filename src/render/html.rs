//! A report as one page that stands alone: no scripts, no requests, light or dark as the reader prefers.

use super::document::{BarPart, Block, Document};
use super::paint::Tone;
use super::plots;
use super::safe::clean;
use crate::engine::Report;
use crate::engine::cash::Cash;

const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#f6f5f2;--card:#fff;--ink:#1c1f24;--quiet:#5d6570;--line:#e3e1dc;--track:#ecebe6;\
--good:#17693a;--warn:#8a5a00;--bad:#b3261e;--goodbg:#e6f3ea;--warnbg:#fbf0d9;--badbg:#fbe6e4;\
--p0:#2f6db5;--p1:#e08a2c;--p2:#5b9f6f;--p3:#9c6bb3;--p4:#c4568a;--p5:#8a8f98}\
@media(prefers-color-scheme:dark){:root{--ground:#14161a;--card:#1c1f25;--ink:#e8e6e1;--quiet:#9aa2ad;--line:#31353d;--track:#2a2e36;\
--good:#6fcf97;--warn:#f0b64c;--bad:#ff8a80;--goodbg:#16301f;--warnbg:#352a12;--badbg:#3a1c1a;\
--p0:#6ea8e8;--p1:#f0a95c;--p2:#83c798;--p3:#c097d6;--p4:#e68ab4;--p5:#9aa2ad}}\
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}\
main{max-width:64rem;margin:0 auto;padding:2.5rem 1.25rem 3rem}h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem;letter-spacing:-.01em;overflow-wrap:anywhere}\
h2{font-size:1.05rem;margin:2.2rem 0 .7rem}h3{font-size:.95rem;margin:1.1rem 0 .3rem}p{margin:.4rem 0}\
.quiet{color:var(--quiet)}.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}\
.verdict{display:flex;align-items:center;gap:.8rem;margin:1.4rem 0 1rem;padding:.9rem 1.1rem;border-radius:10px;font-size:1.15rem;background:var(--track)}\
.verdict b{letter-spacing:.04em}.verdict.good{background:var(--goodbg)}.verdict.warn{background:var(--warnbg)}.verdict.bad{background:var(--badbg)}.verdict span{color:var(--ink)}\
.lenses{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.9rem}\
.lens{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.9rem 1.1rem}.lens h2{margin:0;font-size:.8rem;text-transform:uppercase;letter-spacing:.07em;color:var(--quiet);display:flex;justify-content:space-between}\
.lens p{margin:.45rem 0 0;font-size:1.02rem;line-height:1.4}\
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:0 1.4rem;align-items:start}\
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}table{border-collapse:collapse;width:100%}\
td,th{padding:.4rem .9rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}tr:first-child>*{border-top:0}\
th{font-weight:500;color:var(--quiet)}th[scope=col]{font-size:.78rem;text-transform:uppercase;letter-spacing:.05em}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
.u{white-space:nowrap;width:1%;padding-left:0;color:var(--quiet)}.wide{width:60%}.chip{white-space:nowrap;border-radius:99px;padding:.05rem .55rem;font-size:.82rem;font-weight:600}\
.chip.bad{background:var(--badbg)}.chip.warn{background:var(--warnbg)}.chip.good{background:var(--goodbg)}\
.dense{font-size:.86rem}.dense td,.dense th{padding:.35rem .6rem}.panel{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.1rem}svg{display:block;width:100%}.plots{grid-template-columns:repeat(auto-fit,minmax(min(24rem,100%),1fr))}.plot svg{overflow:visible}.plot text{font:12.5px system-ui,-apple-system,'Segoe UI',sans-serif;fill:var(--quiet)}.plot text.s{fill:var(--ink);font-weight:600}.mini{display:inline-block;width:4.5rem;height:.5rem;vertical-align:middle;margin-left:.5rem}\
.key{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.5rem;padding:0;margin:.8rem 0 .2rem;font-variant-numeric:tabular-nums}\
.key i{display:inline-block;width:.75rem;height:.75rem;border-radius:3px;margin-right:.45rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0}dt{color:var(--quiet);font-size:.85rem}dd{margin:0;overflow-wrap:anywhere}\
ul.says{margin:0;padding:.7rem 1.1rem .7rem 2.1rem;background:var(--card);border:1px solid var(--line);border-radius:10px}ul.says li{margin:.2rem 0}\
details{margin-top:2.2rem}summary{cursor:pointer;font-weight:600}footer{margin-top:2.5rem;font-size:.85rem}\
.plots .figures tr{display:grid;grid-template-columns:minmax(0,1fr) auto auto;border-top:1px solid var(--line)}.plots .figures tr:first-child{border:0}.plots .figures td,.plots .figures th{border:0}.plots .figures .wide{grid-column:1/-1;width:auto;padding-top:0}\
@media(max-width:40rem){main{padding-top:1.5rem}.figures tr{display:grid;grid-template-columns:minmax(0,1fr) auto auto;border-top:1px solid var(--line)}.figures tr:first-child{border:0}.figures td,.figures th{border:0}.figures .wide{grid-column:1/-1;width:auto;padding-top:0}}\
@page{margin:14mm}\
@media print{:root{color-scheme:light;--ground:#fff;--card:#fff;--ink:#1c1f24;--quiet:#4a515b;--line:#d5d3ce;--track:#ecebe6;\
--good:#17693a;--warn:#8a5a00;--bad:#b3261e;--goodbg:#e6f3ea;--warnbg:#fbf0d9;--badbg:#fbe6e4;--p0:#2f6db5;--p1:#e08a2c;--p2:#5b9f6f;--p3:#9c6bb3;--p4:#c4568a;--p5:#8a8f98}\
html{font-size:11px}body{background:#fff;font-size:11px;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{padding:0;max-width:none}h2,h3{break-after:avoid}h2{margin-top:1.6rem}\
.lenses{grid-template-columns:repeat(3,1fr)}.pair{grid-template-columns:repeat(3,1fr)}.plots{grid-template-columns:1fr 1fr}.scroll{overflow:visible}td,th{padding:.3rem .6rem}.dense{font-size:9px}.dense td,.dense th{padding:.25rem .4rem}.dense .n{white-space:normal}.mini{width:2.5rem}\
.pair>section,.panel,.lens,tr{break-inside:avoid}details::details-content{content-visibility:visible;block-size:auto}}";

/// A report with everything it has: every wall, the evidence, and plots. `cash` draws cost over time.
pub fn report(report: &Report, cash: Option<&Cash>) -> String {
    let mut drawn = String::new();
    let mut figure = |title: &str, svg: Option<String>| {
        if let Some(svg) = svg {
            drawn.push_str(&format!(
                "<section><h2>{}</h2><div class=\"panel plot\">\n{svg}</div></section>\n",
                escape(title)
            ));
        }
    };
    figure("Roofline of one accelerator", report.roofline.as_ref().and_then(plots::roofline));
    figure("Spent over time", cash.and_then(plots::over_time));
    figure("How hard each wall is pressed", plots::pressure(&report.walls));
    assemble(&super::document::document(report, true), &drawn)
}

/// Prints the document.
pub fn print(document: &Document) -> String {
    assemble(document, "")
}

/// The page: what is urgent, what is drawn, the rest.
fn assemble(document: &Document, drawn: &str) -> String {
    let title = escape(&document.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p class=\"quiet\">{}</p>\n",
        escape(&document.subtitle)
    );
    let (word, tone, sentence) = &document.verdict;
    out.push_str(&format!(
        "<p class=\"verdict {}\"><b>{}</b><span>{}</span></p>\n",
        class(*tone),
        escape(word),
        escape(sentence)
    ));
    if !document.lenses.is_empty() {
        out.push_str("<div class=\"lenses\">\n");
        for (word, tone, question, sentence) in &document.lenses {
            out.push_str(&format!(
                "<section class=\"lens\"><h2>{}<span class=\"{}\">{}</span></h2><p>{}</p></section>\n",
                escape(question),
                class(*tone),
                escape(word),
                escape(sentence)
            ));
        }
        out.push_str("</div>\n");
    }
    // What is short stands side by side.
    let short = |block: &Block| match block {
        Block::Figures(_, rows) => rows.iter().all(|row| row.note.is_empty()),
        _ => false,
    };
    // What fails and what would help comes before the figures: a page is read from the top.
    let urgent = |block: &&Block| matches!(block, Block::Sentences(_, Tone::Bad | Tone::Good, _));
    let (first, rest): (Vec<&Block>, Vec<&Block>) = document.blocks.iter().partition(urgent);
    for entry in first {
        block(&mut out, entry);
    }
    // What limits the plan stands beside the picture of its walls.
    let limits =
        |block: &Block| matches!(block, Block::Figures(title, _) if title == super::document::LIMITS);
    if !drawn.is_empty() {
        out.push_str(&format!("<div class=\"pair plots\">\n{drawn}"));
        for entry in rest.iter().filter(|entry| limits(entry)) {
            out.push_str("<section>\n");
            block(&mut out, entry);
            out.push_str("</section>\n");
        }
        out.push_str("</div>\n");
    }
    let mut paired = false;
    for entry in rest.into_iter().filter(|entry| drawn.is_empty() || !limits(entry)) {
        if short(entry) != paired {
            out.push_str(if paired { "</div>\n" } else { "<div class=\"pair\">\n" });
            paired = !paired;
        }
        out.push_str(if paired { "<section>\n" } else { "" });
        block(&mut out, entry);
        out.push_str(if paired { "</section>\n" } else { "" });
    }
    if paired {
        out.push_str("</div>\n");
    }
    out.push_str("<footer class=\"quiet\">Written by mlsysim-tui.</footer>\n</main>\n</body>\n</html>\n");
    out
}

fn block(out: &mut String, block: &Block) {
    match block {
        Block::Figures(title, rows) => {
            heading(out, title, Tone::Plain);
            let notes = rows.iter().any(|row| !row.note.is_empty());
            out.push_str("<div class=\"scroll\"><table class=\"figures\">\n");
            for row in rows {
                let note = if notes {
                    format!("<td class=\"quiet wide\">{}</td>", escape(&row.note))
                } else {
                    String::new()
                };
                out.push_str(&format!(
                    "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"u\">{}</td>{note}</tr>\n",
                    escape(&row.label),
                    escape(&row.value),
                    escape(&row.unit),
                ));
            }
            out.push_str("</table></div>\n");
        }
        Block::Bar(title, parts, total) => {
            heading(out, title, Tone::Plain);
            out.push_str("<div class=\"panel\">\n");
            bar(out, parts, total);
            out.push_str("<ul class=\"key\">\n");
            for (index, part) in parts.iter().enumerate() {
                out.push_str(&format!(
                    "<li><i style=\"background:var(--p{})\"></i>{} {}</li>\n",
                    index % 6,
                    escape(&part.label),
                    escape(&part.text)
                ));
            }
            out.push_str(&format!("</ul>\n<p class=\"quiet\">{}</p>\n</div>\n", escape(total)));
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
            out.push_str(&format!("<details><summary>{}</summary>\n", escape(title)));
            for card in cards {
                out.push_str(&format!("<section><h3>{}</h3><dl>\n", escape(&card.heading)));
                for (label, text) in &card.lines {
                    out.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", escape(label), escape(text)));
                }
                out.push_str("</dl></section>\n");
            }
            out.push_str("</details>\n");
        }
        Block::Table(title, head, rows) => {
            heading(out, title, Tone::Plain);
            out.push_str(&table(head, rows));
        }
    }
}

/// A sum against its limit as a picture: what stands behind the mark is too much.
fn bar(out: &mut String, parts: &[BarPart], total: &str) {
    const WIDTH: f64 = 1000.0;
    let share = |part: &BarPart| part.share.clamp(0.0, 1e6);
    let full = parts.iter().map(share).sum::<f64>().max(1.0);
    out.push_str(&format!(
        "<svg viewBox=\"0 0 1000 34\" height=\"34\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\"><rect width=\"1000\" height=\"34\" rx=\"6\" style=\"fill:var(--track)\"/>",
        escape(total)
    ));
    let mut from = 0.0;
    for (index, part) in parts.iter().enumerate() {
        let width = share(part) / full * WIDTH;
        out.push_str(&format!(
            "<rect x=\"{from:.2}\" width=\"{:.2}\" height=\"34\" style=\"fill:var(--p{})\"><title>{} {}</title></rect>",
            width.max(1.0),
            index % 6,
            escape(&part.label),
            escape(&part.text)
        ));
        from += width;
    }
    if full > 1.0 {
        out.push_str(&format!(
            "<rect x=\"{:.2}\" width=\"3\" height=\"34\" style=\"fill:var(--ink)\"><title>capacity</title></rect>",
            WIDTH / full - 1.5
        ));
    }
    out.push_str("</svg>\n");
}

/// A share as a small picture beside its number.
fn small_bar(cell: &str) -> String {
    let number: String = cell.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let Some(share) = number.parse::<f64>().ok().filter(|_| cell.ends_with('%')) else {
        return String::new();
    };
    let tone = if share >= 100.0 {
        "bad"
    } else if share >= 80.0 {
        "warn"
    } else {
        "p0"
    };
    format!(
        "<svg class=\"mini\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"100\" height=\"10\" rx=\"5\" style=\"fill:var(--track)\"/><rect width=\"{:.1}\" height=\"10\" rx=\"5\" style=\"fill:var(--{tone})\"/></svg>",
        share.clamp(0.0, 100.0)
    )
}

/// A table as HTML.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let numeric = |cell: &str| cell.starts_with(|first: char| first.is_ascii_digit() || "-$".contains(first));
    let dense = if head.len() > 5 { " class=\"dense\"" } else { "" };
    let mut out = format!("<div class=\"scroll\"><table{dense}>\n<tr>");
    for (column, cell) in head.iter().enumerate() {
        let numbers = rows.iter().any(|row| row.get(column).is_some_and(|cell| numeric(cell)));
        let class = if numbers { " class=\"n\"" } else { "" };
        out.push_str(&format!("<th scope=\"col\"{class}>{}</th>", escape(cell)));
    }
    out.push_str("</tr>\n");
    for row in rows {
        out.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let text = escape(cell);
            let content = match head.get(column).copied() {
                Some("pressure") => format!("{text}{}", small_bar(cell)),
                Some("state") => match cell.as_str() {
                    "violated" => format!("<span class=\"chip bad\">{text}</span>"),
                    "binding" | "near" => format!("<span class=\"chip warn\">{text}</span>"),
                    "clear" => format!("<span class=\"chip good\">{text}</span>"),
                    _ => format!("<span class=\"quiet\">{text}</span>"),
                },
                _ => text,
            };
            out.push_str(&format!("<td{}>{content}</td>", if numeric(cell) { " class=\"n\"" } else { "" }));
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
