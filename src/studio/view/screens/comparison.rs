//! Plans side by side, the best cell of each metric marked; what was edited, and which edit explains which change.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::{Hits, tabs};
use crate::engine::Report;
use crate::engine::report::Status;
use crate::metrics::Metric;
use crate::render::{
    comparison::{self, best},
    told::repeats_in_all,
};
use crate::search::attribution::{Attribution, MOST_EDITS, Story};
use crate::studio::app::{App, Comparison};
use crate::studio::theme::Role;
use crate::studio::view::canvas::{Canvas, wrap};
use crate::studio::view::{change, number};

/// Columns of a metric's name, and of a plan.
const LABEL: u16 = 26;
const CELL: u16 = 17;
/// Columns of a change.
const CHANGE: u16 = 16;

/// One row below the head.
type Row = Vec<(u16, Role, String)>;

/// Draws the view.
pub fn draw(app: &App, view: &Comparison, area: Rect, buf: &mut Buffer, hits: &mut Hits) -> Option<Position> {
    let mut canvas = Canvas::new(app, area, buf);
    let Some(report) = &app.report else { return None };
    let Some(rivals) = &view.rivals else {
        canvas.text(0, 0, Role::Dim, "evaluating the others …");
        return None;
    };
    if rivals.is_empty() {
        canvas.paragraph(
            0,
            0,
            6,
            Role::Dim,
            "Nothing to compare with: no other accelerator carries this plan. Pin a baseline with b, open another plan in a tab with O, or keep the plan in a git repository.",
        );
        return None;
    }
    let names: Vec<&str> = rivals.iter().map(|rival| rival.name.as_str()).collect();
    let against = view.against.min(rivals.len() - 1);
    let machines = view.same_plan();
    let top = u16::from(machines);
    if machines {
        let text =
            "the same plan on other accelerators, the best first; b pins a plan to compare with instead";
        let text = if text.width() <= usize::from(area.width) {
            text
        } else {
            "the same plan on other accelerators"
        };
        canvas.text(0, 0, Role::Info, text);
    }
    let x = canvas.text(0, top, Role::Dim, "against ");
    let head = Rect {
        x: area.x + x,
        y: area.y + top,
        width: area.width.saturating_sub(x),
        height: 1.min(area.height.saturating_sub(top)),
    };
    tabs(&mut Canvas::new(app, head, buf), 0, &names, against, hits);
    let mut canvas = Canvas::new(app, area, buf);
    let (other, attribution) = match &rivals[against].answer {
        Ok((report, attribution)) => (report, attribution),
        Err(why) => {
            canvas.paragraph(0, top + 2, 4, Role::Warn, why);
            return None;
        }
    };
    // This plan, the chosen rival, then the others as far as there is room.
    let mut columns: Vec<(&str, &Report)> = vec![("this plan", report), (names[against], other)];
    for (at, rival) in rivals.iter().enumerate().filter(|(at, _)| *at != against) {
        if let Ok((report, _)) = &rival.answer {
            columns.push((names[at], report));
        }
    }
    let label = LABEL.min(area.width * 2 / 5);
    let cell = CELL.min((area.width.saturating_sub(label)) / 2);
    let room = (area.width.saturating_sub(label) / cell.max(1)).max(2);
    columns.truncate(usize::from(room));
    let table = label + columns.len() as u16 * cell + CHANGE;
    let split = area.width >= table + 56;
    let mut y = top + 2;
    for (at, (name, _)) in columns.iter().enumerate() {
        let from = label + at as u16 * cell;
        canvas.text_within(from, y, from + cell - 1, Role::Title, name);
    }
    y += 1;
    let mut rows = figures(&canvas, &columns, label, cell, area.width, app.ascii);
    let words = usize::from(if split { area.width - table - 2 } else { area.width });
    let since = if machines { "what differs from" } else { "edits since" };
    let mut beside = edits(attribution, &format!("{since} {}", names[against]), words);
    beside.extend(stories(app, report, other, attribution, words, machines));
    if split {
        // Beside the table where there is room: what changed is read together with why.
        let place = Rect { x: area.x + table + 2, width: area.width - table - 2, ..area };
        let mut right = Canvas::new(app, place, buf);
        let height = usize::from(area.height.saturating_sub(top + 2));
        let last = beside.len().saturating_sub(height + 1);
        app.scroll_last.set(last);
        let first = view.scroll.min(last);
        for (row, y) in beside.iter().skip(first + 1).take(height).zip(top + 2..) {
            for (x, role, text) in row {
                right.text(*x, y, *role, text);
            }
        }
        canvas = Canvas::new(app, Rect { width: table, ..area }, buf);
    } else {
        rows.extend(beside);
    }
    let height = usize::from(area.height.saturating_sub(y));
    let last = rows.len().saturating_sub(height);
    // Where two lists stand side by side the longer one says how far.
    app.scroll_last.set(if split { app.scroll_last.get().max(last) } else { last });
    let first = view.scroll.min(last);
    let more = first + height < rows.len() && area.height > 4;
    for row in rows.iter().skip(first).take(height) {
        for (x, role, text) in row {
            let in_table = row.len() > 1 && *x >= label;
            let end = if in_table { x + cell - 1 } else { area.width };
            let end = if in_table && row.last().is_some_and(|last| last.0 == *x) { area.width } else { end };
            let end = if row.len() > 2 && *x == 0 { label - 1 } else { end };
            let end = if more && y + 1 == area.height { end.min(area.width.saturating_sub(8)) } else { end };
            canvas.text_within(*x, y, end, *role, text);
        }
        y += 1;
    }
    if more {
        let more = canvas.sign("↓ more", "v more");
        canvas.text_right(area.width, area.height - 1, Role::Key, more);
    }
    None
}

fn verdict(report: &Report) -> (Role, &'static str) {
    match report.status {
        Status::Ok => (Role::Good, "holds"),
        Status::Infeasible => (Role::Bad, "does not fit"),
        Status::SlaFailed => (Role::Bad, "misses a limit"),
        Status::Error => (Role::Bad, "no evaluation"),
    }
}

fn figures(
    canvas: &Canvas,
    columns: &[(&str, &Report)],
    label: u16,
    cell: u16,
    width: u16,
    ascii: bool,
) -> Vec<Row> {
    let at = |column: usize| label + column as u16 * cell;
    let mut rows: Vec<Row> = Vec::new();
    let mut first = vec![(0, Role::Dim, "verdict".to_owned())];
    let mut second = vec![(0, Role::Dim, "binding wall".to_owned())];
    for (column, (_, report)) in columns.iter().enumerate() {
        let (role, word) = verdict(report);
        first.push((at(column), role, word.to_owned()));
        let wall = report.binding_wall().map_or("–", |wall| wall.name);
        second.push((at(column), Role::Text, wall.to_owned()));
    }
    rows.extend([first, second]);
    let reports: Vec<&Report> = columns.iter().map(|(_, report)| *report).collect();
    let mark = canvas.sign("✔", "+");
    for (metric, values, winners) in best(&reports) {
        if repeats_in_all(&reports, metric) {
            continue;
        }
        let mut row = vec![(0, Role::Dim, metric.label.to_owned())];
        for (column, value) in values.iter().enumerate() {
            let wins = winners.contains(&column);
            let shown = value.map_or_else(|| "–".to_owned(), |value| number::beside_label(metric, value));
            let (role, text) =
                if wins { (Role::Good, format!("{shown} {mark}")) } else { (Role::Text, shown) };
            row.push((at(column), role, text));
        }
        if let (Some(Some(now)), Some(Some(before))) = (values.first(), values.get(1))
            && width >= at(columns.len()) + 16
            && let Some((role, text)) = change::words(metric, *before, *now, ascii)
        {
            row.push((at(columns.len()), role, text));
        }
        rows.push(row);
    }
    let note = format!("{mark} the best of its row; what does not fit counts for memory only");
    rows.extend(wrap(&note, usize::from(width)).into_iter().map(|line| vec![(0, Role::Dim, line)]));
    rows
}

fn edits(attribution: &Attribution, title: &str, width: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = vec![vec![], vec![(0, Role::Title, title.to_owned())]];
    if attribution.edits.is_empty() {
        rows.push(vec![(0, Role::Dim, "none: the plans say the same".into())]);
    }
    for (at, edit) in attribution.edits.iter().enumerate() {
        for (line, text) in wrap(&edit.sentence(), width.saturating_sub(4)).into_iter().enumerate() {
            let number = if line == 0 { format!("{:>2}", at + 1) } else { String::new() };
            rows.push(vec![(0, Role::Key, number), (4, Role::Text, text)]);
        }
    }
    rows
}

fn stories(
    app: &App,
    report: &Report,
    other: &Report,
    attribution: &Attribution,
    width: usize,
    machines: bool,
) -> Vec<Row> {
    // The accelerator alone differs: there is nothing to tell apart.
    let title = if machines { "what this plan has instead" } else { "which edit explains what" };
    let mut rows: Vec<Row> = vec![vec![], vec![(0, Role::Title, title.into())]];
    if attribution.edits.len() > MOST_EDITS {
        let text = format!("more than {MOST_EDITS} edits: they are not tried one by one");
        rows.push(vec![(0, Role::Dim, text)]);
        return rows;
    }
    let before = rows.len();
    for (metric, ..) in best(&[report, other]) {
        if repeats_in_all(&[report, other], metric) {
            continue;
        }
        let Some(story) = attribution.story(metric, other, report) else { continue };
        let (role, moved) = change::words(metric, story.values.0, story.values.1, app.ascii)
            .unwrap_or((Role::Dim, String::new()));
        rows.push(vec![
            (0, Role::Strong, format!("{}  ", metric.label)),
            (metric.label.width() as u16 + 2, role, moved),
        ]);
        let text = told(app, metric, &story, machines);
        rows.extend(wrap(&text, width.saturating_sub(4)).into_iter().map(|line| vec![(4, Role::Text, line)]));
    }
    if rows.len() == before {
        rows.push(vec![(0, Role::Dim, "no figure changes".into())]);
    }
    rows
}

/// The values, and the edits behind their change.
fn told(app: &App, metric: &Metric, story: &Story, machines: bool) -> String {
    let arrow = if app.ascii { "->" } else { "→" };
    let shown = |value: f64| number::metric(metric, value);
    let shares = story.shares.iter().map(|share| (share.edit + 1, share.alone, share.last));
    let interaction = story.interacts().then_some(story.interaction);
    let (from, to) = (shown(story.values.0), shown(story.values.1));
    if machines {
        return format!("{from} {arrow} {to}");
    }
    format!("{from} {arrow} {to}: {}", comparison::told(shares, interaction, shown))
}
