//! Below the plan: what the headline figure would be for the values around the one under the cursor.

use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::number;
use crate::metrics::{Better, Metric};
use crate::studio::app::{App, Neighbourhood, Outcome, Value};
use crate::studio::theme::Role;

/// Draws the strip: a rule with the field, the curve, and the ends of the scale.
pub fn draw(app: &App, canvas: &mut Canvas) {
    canvas.rule(0, Role::Faint);
    let Some(found) = &app.around.found else {
        canvas.text(1, 0, Role::Dim, " neighbours ");
        return;
    };
    canvas.stale = app.stale() || found.revision != app.editor.revision();
    let field = match &found.field {
        Ok(field) => field,
        Err(why) => {
            canvas.text(1, 0, Role::Dim, " neighbours ");
            canvas.text(1, 2, Role::Dim, why);
            return;
        }
    };
    let Some(metric) = found.metric else {
        canvas.text(1, 0, Role::Dim, &format!(" {field} "));
        canvas.text(1, 2, Role::Dim, "this plan has no figure to show");
        return;
    };
    canvas.spans(
        1,
        0,
        &[
            (Role::Text, " "),
            (Role::Strong, field),
            (Role::Dim, " moves "),
            (Role::Info, metric.label),
            (Role::Text, " "),
        ],
    );
    summary(canvas, found, metric.better, |value| number::metric(metric, value));
    if let Some(second) = found.second {
        beside(canvas, found, second);
    }
    curve(canvas, found, |value| number::metric(metric, value));
}

/// The present value and the best one that holds.
fn summary(canvas: &mut Canvas, found: &Neighbourhood, better: Better, show: impl Fn(f64) -> String) {
    let Some(present) = found.values.get(found.at) else { return };
    let said = match (present.figure, present.outcome) {
        (_, Outcome::Impossible) => "not possible".to_owned(),
        (Some(figure), Outcome::Infeasible) => format!("{} (does not fit)", show(figure)),
        (Some(figure), Outcome::Breaks) => format!("{} (breaks a promise)", show(figure)),
        (Some(figure), _) => show(figure),
        (None, _) => "no figure".to_owned(),
    };
    let x = canvas.spans(1, 1, &[(Role::Accent, &present.written), (Role::Dim, ": "), (Role::Strong, &said)]);
    let sound = |value: &&Value| value.outcome == Outcome::Holds;
    let figures = found.values.iter().filter(sound).filter_map(|value| Some((value.figure?, value)));
    let best = match better {
        Better::Lower => figures.min_by(|a, b| a.0.total_cmp(&b.0)),
        Better::Higher => figures.max_by(|a, b| a.0.total_cmp(&b.0)),
        Better::Neither => None,
    };
    if let Some((figure, value)) = best.filter(|(figure, _)| Some(*figure) != present.figure) {
        let text = show(figure);
        let room = usize::from(canvas.width().saturating_sub(x));
        // A figure that is cut says another one.
        let fits = |word: &&str| word.width() + value.written.width() + 2 + text.width() <= room;
        if let Some(word) = ["   best of these ", "   best "].into_iter().find(|word| fits(word)) {
            let best =
                [(Role::Dim, word), (Role::Good, &value.written), (Role::Dim, ": "), (Role::Text, &text)];
            canvas.spans(x, 1, &best);
        }
    }
}

/// On the rule: the present value of the second figure, and the value that is best in it.
fn beside(canvas: &mut Canvas, found: &Neighbourhood, metric: &Metric) {
    let show = |value: f64| number::metric(metric, value);
    let Some(present) = found.values.get(found.at).and_then(|value| value.second) else { return };
    let figures = found.values.iter().filter(|value| value.outcome == Outcome::Holds);
    let best = figures
        .filter_map(|value| Some((value.second?, value)))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(figure, _)| *figure < present);
    let mut text = format!(" {} {}", metric.label, show(present));
    let width = usize::from(canvas.width());
    if let Some((figure, value)) = best {
        let more = format!(", {} in {}", show(figure), value.written);
        if text.width() + more.width() + 32 <= width {
            text.push_str(&more);
        }
    }
    text.push(' ');
    if text.width() + 30 <= width {
        canvas.text_right(canvas.width().saturating_sub(1), 0, Role::Text, &text);
    }
}

/// Columns of one value at most.
const WIDEST: u16 = 4;

fn curve(canvas: &mut Canvas, found: &Neighbourhood, show: impl Fn(f64) -> String) {
    const STEPS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let rows = canvas.height().saturating_sub(3);
    let figures: Vec<f64> = found.values.iter().filter_map(|value| value.figure).collect();
    let (low, high) = figures.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), figure| {
        (low.min(*figure), high.max(*figure))
    });
    if rows == 0 || figures.is_empty() {
        return;
    }
    // From zero where the values are far apart; else the axis begins near the lowest and says so.
    let base = if low > 0.5 * high { low - 0.25 * (high - low).max(1e-3 * high.abs()) } else { low.min(0.0) };
    let (top, bottom) = (show(high), show(base));
    let label = top.chars().count().max(bottom.chars().count()) as u16;
    let count = found.values.len() as u16;
    let room = canvas.width().saturating_sub(label + 3);
    if room < count {
        return;
    }
    let each = (room / count).clamp(1, WIDEST);
    canvas.text_right(1 + label, 2, Role::Dim, &top);
    canvas.text_right(1 + label, 1 + rows, Role::Dim, &bottom);
    let left = label + 3;
    for (index, value) in found.values.iter().enumerate() {
        let x = left + index as u16 * each;
        let present = index == found.at;
        let role = match value.outcome {
            _ if present => Role::Accent,
            Outcome::Holds => Role::Info,
            Outcome::Breaks => Role::Warn,
            Outcome::Infeasible | Outcome::Impossible => Role::Bad,
        };
        let share = value.figure.map_or(0.0, |figure| ((figure - base) / (high - base)).clamp(0.0, 1.0));
        let eighths =
            if value.figure.is_some() { ((share * f64::from(rows) * 8.0).round() as u16).max(1) } else { 0 };
        // What does not hold has a pattern of its own, so that it is told without colour.
        let (full, doubtful) = match value.outcome {
            Outcome::Holds => (canvas.sign("█", "#"), false),
            Outcome::Breaks => (canvas.sign("▒", "%"), true),
            Outcome::Infeasible | Outcome::Impossible => (canvas.sign("░", "x"), true),
        };
        let width = each.saturating_sub(1).max(1);
        for row in 0..rows {
            let here = eighths.saturating_sub(row * 8).min(8);
            let y = 1 + rows - row;
            let symbol = match here {
                0 if row == 0 && value.figure.is_none() => canvas.sign("×", "x"),
                0 => continue,
                8 => full,
                _ if doubtful || canvas.ascii => full,
                here => STEPS[usize::from(here)],
            };
            canvas.text(x, y, role, &symbol.repeat(usize::from(width)));
        }
        if present {
            canvas.text(x, 2 + rows, Role::Accent, &canvas.sign("▲", "^").repeat(usize::from(width)));
        }
    }
    ends(canvas, found, left, each, 2 + rows);
}

/// The first and the last value below the curve, where the mark of the present one leaves room.
fn ends(canvas: &mut Canvas, found: &Neighbourhood, left: u16, each: u16, y: u16) {
    let (Some(first), Some(last)) = (found.values.first(), found.values.last()) else { return };
    let mark = left + found.at as u16 * each;
    if left + first.written.chars().count() as u16 + 1 < mark {
        canvas.text(left, y, Role::Dim, &first.written);
    }
    let end = left + found.values.len() as u16 * each;
    let start = end.saturating_sub(last.written.chars().count() as u16);
    if start > mark + each {
        canvas.text(start, y, Role::Dim, &last.written);
    } else if mark + each + 1 + last.written.chars().count() as u16 <= canvas.width()
        && found.at + 1 < found.values.len()
    {
        canvas.text(mark + each + 1, y, Role::Dim, &last.written);
    }
}
