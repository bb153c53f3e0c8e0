//! The design space around the plan: points that fit, the frontier, this plan and the pinned one, and the
//! frontier as a table to pick from.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, wrap};
use super::{first_line, frame, number};
use crate::engine::Report;
use crate::metrics::Better;
use crate::plan::fields;
use crate::studio::app::{App, Design, Exploration, Offer, figure};
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Columns from which plot and table stand side by side.
const WIDE: u16 = 96;

/// Columns of the figures at the left of the plot.
const LABELS: u16 = 9;

/// Where the parts stand inside the dialog.
struct Places {
    plot: Rect,
    table: Rect,
}

impl Places {
    /// `head` rows are taken already; `designs` are to be listed.
    fn of(inner: Rect, head: u16, designs: usize) -> Places {
        let rest = Rect { y: inner.y + head, height: inner.height.saturating_sub(head), ..inner };
        if rest.width >= WIDE {
            let table = (rest.width * 2 / 5).max(46);
            let plot = Rect { width: rest.width - table - 2, ..rest };
            return Places { plot, table: Rect { x: rest.x + plot.width + 2, width: table, ..rest } };
        }
        // A short table leaves its room to the plot; a long one takes less than half.
        let listed = u16::try_from(designs).unwrap_or(u16::MAX).saturating_add(HEAD + FOOT);
        let height = (rest.height - listed.min(rest.height * 9 / 20)).max(6).min(rest.height);
        let plot = Rect { height, ..rest };
        let table = Rect { y: rest.y + height, height: rest.height - height, ..rest };
        Places { plot, table }
    }
}

/// Draws the view.
pub fn draw(app: &App, panes: &Panes, buf: &mut Buffer) -> Position {
    let body = panes.body;
    let inner = frame::dialog(app, body, "explore", (body.width, body.height), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let found = match &app.explore.found {
        None => {
            let text = canvas.sign("looking around …", "looking around ...");
            canvas.text(0, 0, Role::Dim, text);
            return Position::new(inner.x, inner.y);
        }
        Some(Err(why)) => {
            canvas.paragraph(0, 0, inner.height, Role::Bad, why);
            return Position::new(inner.x, inner.y);
        }
        Some(Ok(found)) => found,
    };
    let head = header(&mut canvas, found);
    let places = Places::of(inner, head, found.frontier.len());
    Plot::of(app, found, places.plot).draw(app, found, &mut Canvas::new(app, places.plot, buf));
    let row = table(app, found, &mut Canvas::new(app, places.table, buf));
    row.unwrap_or(Position::new(inner.x, inner.y))
}

/// The rows above plot and table: what is weighed, how far the work is, the axes. The answer is how many.
fn header(canvas: &mut Canvas, found: &Exploration) -> u16 {
    let (done, of, fit) = found.counts;
    let ring = if found.finished { "" } else { canvas.sign(" …", " ...") };
    let (less, more) = (canvas.sign("↓", "(less)"), canvas.sign("↑", "(more)"));
    let count = |count: u64| number::plain(count as f64);
    let points = if done == of { count(of) } else { format!("{} of {}", count(done), count(of)) };
    let state = format!("{points} points, {} fit{ring}", count(fit));
    let goal = |which| {
        let metric = found.metric(which);
        let arrow = match metric.better {
            Better::Lower => less,
            _ => more,
        };
        format!("{} {arrow}", metric.label)
    };
    let goals = format!("{}  against  {}", goal(1), goal(0));
    let width = canvas.width();
    let mut rows = 1;
    canvas.text(0, 0, Role::Strong, &goals);
    if goals.width() + state.width() + 3 <= usize::from(width) {
        canvas.text_right(width, 0, Role::Dim, &state);
    } else {
        canvas.text(0, 1, Role::Dim, &state);
        rows = 2;
    }
    let (mut x, mut y) = (0, rows);
    for (at, offer) in found.offers.iter().enumerate().take(9) {
        let digit = (at + 1).to_string();
        let (name, range) = (name(&offer.path), range(offer, canvas.sign("…", "..")));
        let needed = (digit.width() + name.width() + range.width() + 4) as u16;
        if x > 0 && x + needed > width {
            // A fourth row is worth less than the plot.
            if y > rows + 1 {
                break;
            }
            (x, y) = (0, y + 1);
        }
        let (text, more) = if offer.on { (Role::Text, Role::Info) } else { (Role::Faint, Role::Faint) };
        x = canvas.spans(
            x,
            y,
            &[(Role::Key, &digit), (text, " "), (text, &name), (more, " "), (more, &range)],
        );
        x += 2;
    }
    // A row of air.
    y + 2
}

/// `1…512`, `16 values`, or `off`.
fn range(offer: &Offer, to: &str) -> String {
    if !offer.on {
        return "off".into();
    }
    let (first, last) = &offer.ends;
    let numeric = first.parse::<f64>().is_ok() && last.parse::<f64>().is_ok();
    if numeric || offer.count == 2 { format!("{first}{to}{last}") } else { format!("{} values", offer.count) }
}

/// A field in a word.
fn name(path: &str) -> String {
    if let Some((first, others)) = path.split_once(',') {
        return format!("{}+{}", name(first), name(others));
    }
    match path {
        "hardware.name" => "device".into(),
        "hardware.accelerators" => "count".into(),
        "hardware.node_count" => "nodes".into(),
        "workload.batch_size" => "batch".into(),
        "workload.name" => "model".into(),
        "workload.serve.kv_precision" => "KV".into(),
        path => fields::field(path).map_or(path.to_owned(), |field| field.key().replace('_', " ")),
    }
}

/// One axis of the plot: its ends, and whether it is logarithmic.
#[derive(Debug, Clone, Copy)]
struct Ruler {
    low: f64,
    high: f64,
    log: bool,
}

impl Ruler {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Ruler {
        let finite = values.filter(|value| value.is_finite());
        let low = finite.clone().fold(f64::INFINITY, f64::min);
        let high = finite.fold(f64::NEG_INFINITY, f64::max);
        if low > high {
            return Ruler { low: 0.0, high: 1.0, log: false };
        }
        let log = low > 0.0 && high / low > 8.0;
        // One value alone stands in the middle.
        let (low, high) = if high > low {
            (low, high)
        } else {
            (low - low.abs().max(1.0) * 0.5, high + high.abs().max(1.0) * 0.5)
        };
        Ruler { low, high, log }
    }

    /// 0 at the low end, 1 at the high end.
    fn share(&self, value: f64) -> f64 {
        let scale = |value: f64| if self.log { value.ln() } else { value };
        let (low, high) = (scale(self.low), scale(self.high));
        ((scale(value) - low) / (high - low)).clamp(0.0, 1.0)
    }
}

/// The plane of the plot, inside its rectangle.
struct Plot {
    x: Ruler,
    y: Ruler,
    width: u16,
    height: u16,
}

impl Plot {
    fn of(app: &App, found: &Exploration, area: Rect) -> Plot {
        let marks: Vec<(f64, f64)> = [app.report.as_ref(), app.baseline.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(|report| place(found, report))
            .collect();
        let all = found.dots.iter().map(|dot| dot.at).chain(marks.iter().copied());
        Plot {
            x: Ruler::of(all.clone().map(|at| at.0)),
            y: Ruler::of(all.map(|at| at.1)),
            width: area.width.saturating_sub(LABELS + 1),
            // Ticks and a legend below.
            height: area.height.saturating_sub(3),
        }
    }

    fn drawable(&self) -> bool {
        self.width >= 12 && self.height >= 3
    }

    /// Dot of a place, two columns and four rows to a cell.
    fn dot(&self, at: (f64, f64)) -> (u16, u16) {
        let columns = f64::from(self.width * 2 - 1);
        let rows = f64::from(self.height * 4 - 1);
        ((self.x.share(at.0) * columns).round() as u16, ((1.0 - self.y.share(at.1)) * rows).round() as u16)
    }

    /// Cell of a place, in the plot's rectangle.
    fn cell(&self, at: (f64, f64)) -> (u16, u16) {
        let (x, y) = self.dot(at);
        (LABELS + 1 + x / 2, y / 4)
    }

    fn draw(&self, app: &App, found: &Exploration, canvas: &mut Canvas) {
        if !self.drawable() {
            return;
        }
        self.frame(found, canvas);
        self.cloud(found, canvas);
        let sign = canvas.sign("●", "o");
        for design in &found.frontier {
            let (x, y) = self.cell(design.dot.at);
            canvas.text(x, y, Role::Good, sign);
        }
        let pinned = app.baseline.as_ref().and_then(|report| place(found, report));
        let plan = app.report.as_ref().filter(|_| !app.stale()).and_then(|report| place(found, report));
        let (pin, own) = (canvas.sign("◇", "+"), canvas.sign("◆", "@"));
        if let Some(at) = pinned {
            let (x, y) = self.cell(at);
            canvas.text(x, y, Role::Info, pin);
        }
        if let Some(at) = plan {
            let (x, y) = self.cell(at);
            canvas.text(x, y, Role::Accent, own);
        }
        if let Some(design) = app.explore.design() {
            let (x, y) = self.cell(design.dot.at);
            canvas.text(x, y, Role::Selection, sign);
        }
        let mut legend = vec![(Role::Good, sign), (Role::Dim, " best")];
        if plan.is_some() {
            legend.extend([(Role::Accent, own), (Role::Dim, " this plan")]);
        }
        if pinned.is_some() {
            legend.extend([(Role::Info, pin), (Role::Dim, " pinned")]);
        }
        let fits = canvas.sign("⠶", ":");
        legend.extend([(Role::Series1, fits), (Role::Dim, " fits")]);
        let mut x = LABELS + 1;
        for pair in legend.chunks(2) {
            x = canvas.spans(x, self.height + 2, pair) + 2;
        }
    }

    /// Lines at the left and below, with figures at their ends.
    fn frame(&self, found: &Exploration, canvas: &mut Canvas) {
        let (bar, corner, line) = (canvas.sign("│", "|"), canvas.sign("└", "+"), canvas.sign("─", "-"));
        for y in 0..self.height {
            canvas.text(LABELS, y, Role::Faint, bar);
        }
        canvas.text(LABELS, self.height, Role::Faint, corner);
        canvas.text(LABELS + 1, self.height, Role::Faint, &line.repeat(usize::from(self.width)));
        let (x, y) = (found.metric(0), found.metric(1));
        let show = |metric, value| number::metric(metric, value);
        canvas.text_right(LABELS, 0, Role::Dim, &short(&show(y, self.y.high), LABELS));
        canvas.text_right(LABELS, self.height - 1, Role::Dim, &short(&show(y, self.y.low), LABELS));
        let end = LABELS + 1 + self.width;
        let (left, right) = (show(x, self.x.low), show(x, self.x.high));
        let from = canvas.text(LABELS + 1, self.height + 1, Role::Dim, &left);
        let to = canvas.text_right(end, self.height + 1, Role::Dim, &right);
        let scale = if self.x.log { ", log" } else { "" };
        let label = format!("{}{scale}", x.label);
        let middle = from + (to.saturating_sub(from)).saturating_sub(label.width() as u16) / 2;
        if middle > from + 1 && middle + label.width() as u16 + 1 < to {
            canvas.text(middle, self.height + 1, Role::Text, &label);
        }
    }

    /// The points that fit; those that break a promise are fainter.
    fn cloud(&self, found: &Exploration, canvas: &mut Canvas) {
        let mut cells = vec![(0_u8, false); usize::from(self.width) * usize::from(self.height)];
        for dot in &found.dots {
            let (x, y) = self.dot(dot.at);
            let cell = &mut cells[usize::from(y / 4) * usize::from(self.width) + usize::from(x / 2)];
            cell.0 |= super::roofline::braille(usize::from(x % 2), usize::from(y % 4));
            cell.1 |= dot.ok;
        }
        for (at, (bits, ok)) in cells.into_iter().enumerate().filter(|(_, (bits, _))| *bits != 0) {
            let x = LABELS + 1 + (at % usize::from(self.width)) as u16;
            let y = (at / usize::from(self.width)) as u16;
            let letter = match (canvas.ascii, ok) {
                (true, true) => ':',
                (true, false) => '.',
                (false, _) => char::from_u32(0x2800 + u32::from(bits)).unwrap_or('.'),
            };
            let role = if ok { Role::Series1 } else { Role::Faint };
            canvas.text(x, y, role, letter.encode_utf8(&mut [0; 4]));
        }
    }
}

/// Where a report stands in the plane.
fn place(found: &Exploration, report: &Report) -> Option<(f64, f64)> {
    Some((figure(report, found.metric(0))?, figure(report, found.metric(1))?))
}

/// A figure without its blank where it would not fit.
fn short(text: &str, width: u16) -> String {
    if text.width() <= usize::from(width) { text.to_owned() } else { text.replace(' ', "") }
}

/// Rows of the table before its designs.
const HEAD: u16 = 1;
/// Rows below the table: what the selected design changes.
const FOOT: u16 = 3;

/// The designs of the frontier; the answer is where the selected one stands.
fn table(app: &App, found: &Exploration, canvas: &mut Canvas) -> Option<Position> {
    if found.frontier.is_empty() {
        let text = match (&found.refused, found.finished, found.counts.2) {
            (_, false, _) => "no design yet".to_owned(),
            (_, true, 1..) => "no design keeps every promise of the plan".to_owned(),
            (Some(why), true, _) => format!("no point fits; some are no plans: {why}"),
            (None, true, _) => "no point fits: turn another axis on".to_owned(),
        };
        let height = canvas.height();
        canvas.paragraph(0, 0, height, Role::Warn, &text);
        return None;
    }
    let room = usize::from(rows(canvas.height()));
    let first = first_line(app.explore.selected, found.frontier.len(), room);
    let shown = found.frontier.iter().enumerate().skip(first).take(room);
    let heads: Vec<String> = [found.metric(0).label.to_owned(), found.metric(1).label.to_owned()]
        .into_iter()
        .chain(found.varied.iter().map(|path| name(path)))
        .collect();
    let lines: Vec<(usize, Vec<String>)> = shown.map(|(at, design)| (at, cells(found, design))).collect();
    let cells = |column: usize| lines.iter().map(move |(_, cells)| cells[column].width()).max().unwrap_or(0);
    // Long labels of the two figures are cut where all columns would not fit; figures and values never are.
    let values: usize = (2..heads.len()).map(|column| heads[column].width().max(cells(column)) + 2).sum();
    let spare = usize::from(canvas.width()).saturating_sub(values + 2 + 2);
    let whole = (0..2).map(|column| heads[column].width().max(cells(column))).sum::<usize>() <= spare;
    let label = if whole { usize::MAX } else { (spare / 2).max(6) };
    let widths: Vec<u16> = (0..heads.len())
        .map(|column| {
            let head = heads[column].width();
            cells(column).max(if column < 2 { head.min(label) } else { head }) as u16
        })
        .collect();
    let mut x = 2;
    for (head, width) in heads.iter().zip(&widths) {
        canvas.text_within(x, 0, x + width, Role::Dim, head);
        x += width + 2;
    }
    let mut at_selected = None;
    for (row, (at, cells)) in lines.iter().enumerate() {
        let y = HEAD + row as u16;
        let selected = *at == app.explore.selected;
        if selected {
            canvas.highlight(y, Role::Selection);
            at_selected = Some(canvas.position(0, y));
        }
        let sign = canvas.sign("▸", ">");
        canvas.text(
            0,
            y,
            if selected { Role::Selection } else { Role::Good },
            if selected { sign } else { " " },
        );
        let mut x = 2;
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let role = match (selected, column < 2) {
                (true, _) => Role::Selection,
                (false, true) => Role::Strong,
                (false, false) => Role::Text,
            };
            let at = if column < 2 { x + width - (cell.width() as u16).min(*width) } else { x };
            canvas.text_within(at, y, x + width, role, cell);
            x += width + 2;
        }
    }
    if canvas.height() > HEAD + FOOT {
        let y = canvas.height() - FOOT + 1;
        let (more, rest) = (found.frontier.len(), canvas.width());
        if let Some(design) = app.explore.design() {
            let words = if design.edits.is_empty() {
                "this is the plan as it is".to_owned()
            } else {
                let edits = design.edits.iter().map(|(path, value)| format!("{} {value}", name(path)));
                format!("enter writes: {}", edits.collect::<Vec<_>>().join(", "))
            };
            let lines = wrap(&words, usize::from(rest));
            let role = if design.edits.is_empty() { Role::Dim } else { Role::Text };
            for (row, line) in lines.iter().take(2).enumerate() {
                canvas.text(0, y + row as u16, role, line);
            }
        }
        if more > room {
            // In the row of air, so that no column loses its name.
            let place = format!("{} of {more}", app.explore.selected + 1);
            canvas.text_right(rest, y - 1, Role::Dim, &place);
        }
    }
    at_selected
}

fn cells(found: &Exploration, design: &Design) -> Vec<String> {
    let figures =
        [number::metric(found.metric(0), design.dot.at.0), number::metric(found.metric(1), design.dot.at.1)];
    figures.into_iter().chain(design.values.iter().map(|value| value.trim_matches('"').to_owned())).collect()
}

/// How many designs a table of a height shows.
fn rows(height: u16) -> u16 {
    if height > HEAD + FOOT { height - HEAD - FOOT } else { height.saturating_sub(HEAD) }
}

/// The design under the mouse: a row of the table, or the nearest mark of the plot.
pub fn design_at(app: &App, column: u16, row: u16) -> Option<usize> {
    let Some(Ok(found)) = &app.explore.found else { return None };
    let panes = app.panes();
    let body = panes.body;
    // The same steps as drawing takes, on a screen that nobody sees.
    let mut unseen = Buffer::empty(body);
    let inner = frame::dialog(app, body, "", (body.width, body.height), &mut unseen);
    let head = header(&mut Canvas::new(app, inner, &mut unseen), found);
    let places = Places::of(inner, head, found.frontier.len());
    let at = Position::new(column, row);
    if places.table.contains(at) {
        let room = usize::from(rows(places.table.height));
        let first = first_line(app.explore.selected, found.frontier.len(), room);
        let line = usize::from(row.checked_sub(places.table.y + HEAD)?);
        return (line < room).then_some(first + line).filter(|index| *index < found.frontier.len());
    }
    if !places.plot.contains(at) {
        return None;
    }
    let plot = Plot::of(app, found, places.plot);
    if !plot.drawable() {
        return None;
    }
    let away = |design: &Design| {
        let (x, y) = plot.cell(design.dot.at);
        let (x, y) = (places.plot.x + x, places.plot.y + y);
        // A row is about two columns high.
        u32::from(x.abs_diff(column)) + 2 * u32::from(y.abs_diff(row))
    };
    let nearest = found.frontier.iter().map(away).enumerate().min_by_key(|(_, away)| *away);
    nearest.filter(|(_, away)| *away <= 6).map(|(index, _)| index)
}
