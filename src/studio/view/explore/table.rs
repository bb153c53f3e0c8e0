//! The frontier as a table to pick from, and the picked design beside the plan.

use ratatui::layout::Position;
use unicode_width::UnicodeWidthStr;

use super::super::{change, number, steady_list};
use super::{brief, name};
use crate::engine::figures::Figures;
use crate::metrics::{Lens, METRICS, Metric};
use crate::studio::app::{App, Design, Exploration, figure};
use crate::studio::theme::Role;
use crate::studio::view::canvas::{Canvas, wrap};

/// Rows of the table before its designs.
pub(super) const HEAD: u16 = 1;
/// Rows below the table: what the selected design changes.
pub(super) const FOOT: u16 = 3;

/// Figures by which a design is judged, as far as it has them.
const JUDGED: &[(Lens, &str)] = &[
    (Lens::Feasibility, "memory_utilization"),
    (Lens::Performance, "ttft_ms"),
    (Lens::Performance, "itl_ms"),
    (Lens::Performance, "request_latency_ms"),
    (Lens::Performance, "output_tokens_per_s"),
    (Lens::Performance, "max_concurrency"),
    (Lens::Performance, "step_latency"),
    (Lens::Performance, "time_to_train_days"),
    (Lens::Performance, "tokens_per_s"),
    (Lens::Performance, "mfu"),
    (Lens::Macro, "tco_usd"),
    (Lens::Macro, "usd_per_million_tokens"),
    (Lens::Macro, "carbon_footprint"),
    (Lens::Macro, "energy_kwh"),
];

/// Columns of a table from which on its two figures have their whole names.
const WORDS: u16 = 80;
/// Columns between two of the table.
const GAP: u16 = 2;
/// Columns of the mark of the selected design.
const MARK: u16 = 2;
/// Fewest designs that are listed before the figures of the selected one take room below them.
const LISTED: u16 = 6;
/// Fewest rows of figures that are worth it.
const COMPARED: u16 = 5;
/// Fewest columns of a value that is cut because nothing else gives way any more.
const CUT: u16 = 5;

/// One column of the table.
struct Column {
    /// Its place among the figures and values of a design.
    at: usize,
    head: String,
    /// Columns of the screen.
    width: u16,
}

/// The columns that a width has room for. What tells designs apart is never left out: a column whose value is the
/// same in every design goes first, then headings are cut, and at last names.
pub(super) struct Columns {
    shown: Vec<Column>,
    /// What is the same in every design and not listed, in words.
    same: Vec<String>,
    /// Whether a heading or a name had to be cut.
    pub(super) cut: bool,
}

impl Columns {
    /// For a table of so many columns of the screen.
    pub(super) fn of(found: &Exploration, width: u16) -> Columns {
        let rows: Vec<Vec<String>> = found.frontier.iter().map(|design| cells(found, design)).collect();
        let widest = |at: usize| rows.iter().map(|row| row[at].width()).max().unwrap_or(0) as u16;
        let label = |which, brief_only: bool| {
            let metric = found.metric(which);
            if brief_only { brief(metric) } else { metric.label }.to_owned()
        };
        let make = |brief_only| -> Vec<Column> {
            [label(0, brief_only), label(1, brief_only)]
                .into_iter()
                .chain(found.varied.iter().map(|path| name(path)))
                .enumerate()
                .map(|(at, head)| Column { at, width: widest(at).max(head.width() as u16), head })
                .collect()
        };
        // Beside a plot a word has to do: the head of the view names both figures in full.
        let (mut columns, mut same) = (make(width < WORDS), Vec::new());
        if wide(&columns) > width {
            columns = make(true);
        }
        while wide(&columns) > width {
            let constant = |column: &Column| {
                column.at > 1 && rows.windows(2).all(|pair| pair[0][column.at] == pair[1][column.at])
            };
            let Some(last) = columns.iter().rposition(constant) else { break };
            let column = columns.remove(last);
            let value = rows.first().map_or("", |row| &row[column.at]);
            same.insert(0, format!("{} {value}", column.head));
        }
        if wide(&columns) > width {
            for column in columns.iter_mut().filter(|column| column.at > 1) {
                column.head = found.varied.get(column.at - 2).map_or_else(String::new, |path| terse(path));
                column.width = widest(column.at).max(column.head.width() as u16);
            }
        }
        // A heading explains; a figure or a value is what is chosen by.
        let over = |columns: &[Column]| wide(columns).saturating_sub(width);
        let cut = over(&columns) > 0;
        for cut_values in [false, true] {
            while over(&columns) > 0 {
                let give = |column: &Column| {
                    let least = if cut_values { CUT } else { widest(column.at).max(3) };
                    column.width.saturating_sub(least) * u16::from(!cut_values || column.at > 1)
                };
                let Some(column) = columns.iter_mut().max_by_key(|column| give(column)) else { break };
                if give(column) == 0 {
                    break;
                }
                column.width -= 1;
            }
        }
        Columns { shown: columns, same, cut }
    }

    /// Columns of the screen.
    pub(super) fn width(&self) -> u16 {
        wide(&self.shown)
    }
}

/// A field in a few letters, as people in the field write it.
fn terse(path: &str) -> String {
    let part = |path: &str| match path {
        "hardware.accelerators" => "n".to_owned(),
        "hardware.precision" => "prec".to_owned(),
        "parallelism.tensor" => "TP".to_owned(),
        "parallelism.pipeline" => "PP".to_owned(),
        "parallelism.data" => "DP".to_owned(),
        "parallelism.expert" => "EP".to_owned(),
        path => name(path),
    };
    path.split(',').map(part).collect::<Vec<_>>().join("+")
}

fn wide(columns: &[Column]) -> u16 {
    MARK + columns.iter().map(|column| column.width + GAP).sum::<u16>().saturating_sub(GAP)
}

/// The figures by which a design is judged, as far as it has them.
fn judged(design: &Figures) -> Vec<(&'static Metric, f64)> {
    JUDGED
        .iter()
        .filter_map(|(lens, key)| METRICS.iter().find(|metric| metric.lens == *lens && metric.key == *key))
        .filter_map(|metric| Some((metric, design.metric(metric.lens, metric.key)?)))
        .collect()
}

/// The figures of a design from a place on, beside those of the plan.
fn against(app: &App, design: &Figures, canvas: &mut Canvas, left: u16, y: u16) {
    let plan = app.report.as_ref().filter(|_| !app.stale());
    let rows: Vec<_> = judged(design)
        .into_iter()
        .map(|(metric, value)| {
            let before = plan.and_then(|report| figure(report, metric));
            let shown = before.map_or_else(String::new, |before| number::beside_label(metric, before));
            (metric, value, number::beside_label(metric, value), before, shown)
        })
        .collect();
    let widest = rows.iter().map(|row| row.2.width().max(row.4.width())).max().unwrap_or(0).max(11) as u16;
    let names = rows.iter().map(|row| row.0.label.width()).max().unwrap_or(0) as u16;
    let names = names.max(12).min(canvas.width().saturating_sub(left + 2 * (widest + GAP)));
    let mine = left + names + GAP + widest;
    let yours = mine + GAP + widest;
    canvas.text_right(mine, y, Role::Dim, "this design");
    if plan.is_some() {
        canvas.text_right(yours, y, Role::Dim, "this plan");
    }
    let last = canvas.height();
    for (row, (metric, value, shown, before, shown_before)) in rows.into_iter().enumerate() {
        let y = y + 1 + row as u16;
        if y >= last {
            return;
        }
        canvas.text_within(left, y, left + names, Role::Dim, metric.label);
        canvas.text_right(mine, y, Role::Strong, &shown);
        let Some(before) = before else { continue };
        canvas.text_right(yours, y, Role::Text, &shown_before);
        let Some((role, words)) = change::words(metric, before, value, app.ascii) else { continue };
        // Arrow and size have room where the word for it has none.
        let room = usize::from(canvas.width().saturating_sub(yours + 2));
        let size = words.split(' ').next().unwrap_or_default();
        if let Some(text) = [words.as_str(), size].into_iter().find(|text| text.width() <= room) {
            canvas.text(yours + 2, y, role, text);
        }
    }
}

/// Columns that the figures of a design take beside the list.
const BESIDE: u16 = 62;

/// Where the list of the table ends, and where the figures of the selected design begin: beside it or below it.
pub(super) struct Parts {
    /// Designs that are listed at once.
    pub listed: u16,
    /// Where the figures begin, column and row, where there is room for them.
    figures: Option<(u16, u16)>,
}

impl Parts {
    pub(super) fn of(found: &Exploration, columns: &Columns, (width, height): (u16, u16)) -> Parts {
        let room = if height > HEAD + FOOT { height - HEAD - FOOT } else { height.saturating_sub(HEAD) };
        let designs = u16::try_from(found.frontier.len()).unwrap_or(u16::MAX);
        let rows = found.frontier.first().and_then(|design| design.figures.as_ref()).map_or(0, judged_count);
        let whole = Parts { listed: room, figures: None };
        if rows == 0 {
            return whole;
        }
        if columns.width() + 3 + BESIDE <= width && height >= COMPARED {
            return Parts { figures: Some((columns.width() + 3, 0)), ..whole };
        }
        // The list gives way, down to a few rows, and then the figures do.
        if room < designs.min(LISTED) + COMPARED {
            return whole;
        }
        let listed = designs.min(room.saturating_sub(rows + 1).max(LISTED));
        Parts { listed, figures: Some((0, HEAD + listed + FOOT)) }
    }
}

fn judged_count(design: &Figures) -> u16 {
    judged(design).len() as u16
}

/// The designs of the frontier; the answer is where the selected one stands.
pub(super) fn table(app: &App, found: &Exploration, canvas: &mut Canvas) -> Option<Position> {
    if found.frontier.is_empty() {
        let text = match (&found.refused, found.finished, found.counts.2) {
            (_, false, _) => "no design yet".to_owned(),
            (_, true, fit @ 1..) if !found.limits.is_empty() => {
                let fit = number::plain(fit as f64);
                format!("{fit} designs fit, and none keeps every limit and promise: l changes the limits")
            }
            (_, true, 1..) => "no design keeps every promise of the plan".to_owned(),
            (Some(why), true, _) => format!("no point fits; some are no plans: {why}"),
            (None, true, _) => "no point fits: turn another axis on".to_owned(),
        };
        let height = canvas.height();
        canvas.paragraph(0, 0, height, Role::Warn, &text);
        return None;
    }
    let columns = Columns::of(found, canvas.width());
    let parts = Parts::of(found, &columns, (canvas.width(), canvas.height()));
    let room = usize::from(parts.listed);
    let first = steady_list(app, app.explore.selected, found.frontier.len(), room);
    let end_of_list = match parts.figures {
        Some((left, _)) if left > 0 => left.saturating_sub(GAP),
        _ => canvas.width(),
    };
    let mut x = MARK;
    for column in &columns.shown {
        let right = column.at < 2;
        let start = if right { x + column.width.saturating_sub(column.head.width() as u16) } else { x };
        canvas.text_within(start, 0, x + column.width, Role::Dim, &column.head);
        x += column.width + GAP;
    }
    let mut at_selected = None;
    let mut end = HEAD;
    for (at, design) in found.frontier.iter().enumerate().skip(first).take(room) {
        let (y, cells) = (end, cells(found, design));
        end += 1;
        let selected = at == app.explore.selected;
        if selected {
            canvas.highlight_to(y, end_of_list, Role::Selection);
            at_selected = Some(canvas.position(0, y));
            let sign = canvas.sign("▸", ">");
            canvas.text(0, y, Role::Selection, sign);
        }
        let mut x = MARK;
        for column in &columns.shown {
            let cell = &cells[column.at];
            let role = match (selected, column.at < 2) {
                (true, _) => Role::Selection,
                (false, true) => Role::Strong,
                (false, false) => Role::Text,
            };
            let start =
                if column.at < 2 { x + column.width - (cell.width() as u16).min(column.width) } else { x };
            canvas.text_within(start, y, x + column.width, role, cell);
            x += column.width + GAP;
        }
    }
    if canvas.height() > HEAD + FOOT {
        below(app, found, canvas, (end, end_of_list), &columns.same, room);
    }
    if let (Some((left, y)), Some(figures)) =
        (parts.figures, app.explore.design().and_then(|design| design.figures.as_ref()))
    {
        against(app, figures, canvas, left, y);
    }
    at_selected
}

/// Below the list: what is the same in every design, which of how many is selected, and what Enter writes.
fn below(
    app: &App,
    found: &Exploration,
    canvas: &mut Canvas,
    (y, end): (u16, u16),
    same: &[String],
    room: usize,
) {
    let many = found.frontier.len();
    // In the row of air, so that no column loses its name.
    let place = if many > room { format!("{} of {many}", app.explore.selected + 1) } else { String::new() };
    canvas.text_right(end, y, Role::Dim, &place);
    if !same.is_empty() {
        let end = end.saturating_sub(place.width() as u16 + GAP);
        canvas.text_within(0, y, end, Role::Dim, &format!("in all of them: {}", same.join(", ")));
    }
    let Some(design) = app.explore.design() else { return };
    let mut words = if design.edits.is_empty() {
        "this is the plan as it is".to_owned()
    } else {
        let edits = design.edits.iter().map(|(path, value)| format!("{} {value}", name(path)));
        format!("enter writes: {}", edits.collect::<Vec<_>>().join(", "))
    };
    if !design.warnings.is_empty() {
        let warned: Vec<String> = design.warnings.iter().map(|code| code.replace('_', " ")).collect();
        words.extend([" (warns: ", &warned.join(", "), ")"]);
    }
    words.push_str(&division(found, design));
    let role = if design.edits.is_empty() { Role::Dim } else { Role::Text };
    for (row, line) in wrap(&words, usize::from(end)).iter().take(2).enumerate() {
        canvas.text_within(0, y + 1 + row as u16, end, role, line);
    }
}

/// How the engine divides the fleet of a design, where the design itself does not say it.
fn division(found: &Exploration, design: &Design) -> String {
    let Some(split) = design.figures.as_ref().and_then(|figures| figures.parallelism) else {
        return String::new();
    };
    let parts: Vec<String> = [
        ("tensor", split.tensor),
        ("pipeline", split.pipeline),
        ("data", split.data),
        ("expert", split.expert),
    ]
    .into_iter()
    .filter(|(name, size)| *size > 1 && !found.varied.iter().any(|path| path.ends_with(name)))
    .map(|(name, size)| format!("{name} {size}"))
    .collect();
    if parts.is_empty() { String::new() } else { format!("; divided: {}", parts.join(", ")) }
}

fn cells(found: &Exploration, design: &Design) -> Vec<String> {
    let figures =
        [number::metric(found.metric(0), design.dot.at.0), number::metric(found.metric(1), design.dot.at.1)];
    figures.into_iter().chain(design.values.iter().map(|value| value.trim_matches('"').to_owned())).collect()
}
