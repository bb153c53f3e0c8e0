//! The design space around the plan: points that fit, the frontier, this plan and the pinned one, and the
//! frontier as a table to pick from.

mod limit;
mod plot;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

pub use self::limit::{choice_at, limit};
use self::plot::Plot;
use self::table::{Columns, FOOT, HEAD, Parts, table};
use super::canvas::Canvas;
use super::{frame, number, steady_list};
use crate::metrics::{Better, Metric};
use crate::plan::fields;
use crate::studio::app::{App, Design, Exploration, Offer};
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Columns from which plot and table stand side by side.
const WIDE: u16 = 96;

/// Fewest columns of a plot that has the table beside it.
const PLOT: u16 = 40;

/// Rows from which every axis is named, however many rows that takes.
const TALL: u16 = 30;

/// Columns of the figures at the left of the plot.
const LABELS: u16 = 9;

/// Where the parts stand inside the dialog.
struct Places {
    plot: Rect,
    table: Rect,
}

impl Places {
    /// `head` rows are taken already.
    fn of(inner: Rect, head: u16, found: &Exploration) -> Places {
        let rest = Rect { y: inner.y + head, height: inner.height.saturating_sub(head), ..inner };
        let most = rest.width.saturating_sub(PLOT + 2);
        let columns = Columns::of(found, most);
        // Columns that tell designs apart are worth more than a wide plot.
        if rest.width >= WIDE && !columns.cut {
            let table = (rest.width * 2 / 5).max(46).max(columns.width()).min(most);
            let plot = Rect { width: rest.width - table - 2, ..rest };
            return Places { plot, table: Rect { x: rest.x + plot.width + 2, width: table, ..rest } };
        }
        // A short table leaves its room to the plot; a long one takes about half.
        let designs = u16::try_from(found.frontier.len()).unwrap_or(u16::MAX);
        let listed = designs.saturating_add(HEAD + FOOT);
        let share = if rest.height < 24 { 11 } else { 9 };
        let height = (rest.height - listed.min(rest.height * share / 20)).max(6).min(rest.height);
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
    let places = Places::of(inner, head, found);
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
    let goal = |which, name: fn(&'static Metric) -> &'static str| {
        let metric = found.metric(which);
        let arrow = match metric.better {
            Better::Lower => less,
            _ => more,
        };
        format!("{} {arrow}", name(metric))
    };
    let goals = |name| format!("{}  against  {}", goal(1, name), goal(0, name));
    let width = canvas.width();
    let whole = goals(|metric| metric.label);
    let goals = if whole.width() <= usize::from(width) { whole } else { goals(brief) };
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
            // A fourth row is worth less than the plot, where that is low.
            if y > rows + 1 && canvas.height() < TALL {
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
    y = limit::told(canvas, found, y);
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

/// A metric in a word, where its label has no room.
fn brief(metric: &'static Metric) -> &'static str {
    match metric.key {
        "usd_per_million_tokens" => "$/Mtok",
        "g_co2_per_million_tokens" => "g/Mtok",
        "request_latency_ms" => "latency",
        "step_latency" => "step",
        "output_tokens_per_s" | "tokens_per_s" => "tokens/s",
        "fleet_throughput" => "samples/s",
        "time_to_train_days" => "training",
        "memory_utilization" => "memory",
        _ => metric.label,
    }
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

/// The design under the mouse: a row of the table, or the nearest mark of the plot.
pub fn design_at(app: &App, column: u16, row: u16) -> Option<usize> {
    let Some(Ok(found)) = &app.explore.found else { return None };
    let panes = app.panes();
    let body = panes.body;
    // The same steps as drawing takes, on a screen that nobody sees.
    let mut unseen = Buffer::empty(body);
    let inner = frame::dialog(app, body, "", (body.width, body.height), &mut unseen);
    let head = header(&mut Canvas::new(app, inner, &mut unseen), found);
    let places = Places::of(inner, head, found);
    let at = Position::new(column, row);
    if places.table.contains(at) {
        let size = (places.table.width, places.table.height);
        let room = usize::from(Parts::of(found, &Columns::of(found, size.0), size).listed);
        let first = steady_list(app, app.explore.selected, found.frontier.len(), room);
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
