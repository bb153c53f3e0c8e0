//! Plots of a report as SVG that takes its colours from the page: no scripts, no fonts, no requests.

use super::html::escape;
use super::numbers::{number, percent, si};
use crate::engine::cash::Cash;
use crate::engine::format;
use crate::engine::report::{Roofline, WallReading, WallState};

/// Width of a plot, in its own units.
const WIDTH: f64 = 440.0;
/// Height of a plane.
const HEIGHT: f64 = 250.0;
/// Room for the labels of the axes: left, right, top, bottom.
const MARGIN: (f64, f64, f64, f64) = (64.0, 10.0, 12.0, 34.0);

/// A plane with a place for each value.
struct Plane {
    x: (f64, f64),
    y: (f64, f64),
}

impl Plane {
    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let share = |value: f64, (low, high): (f64, f64)| {
            if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 }
        };
        let (width, height) = (WIDTH - MARGIN.0 - MARGIN.1, HEIGHT - MARGIN.2 - MARGIN.3);
        (MARGIN.0 + share(x, self.x) * width, MARGIN.2 + (1.0 - share(y, self.y)) * height)
    }

    fn line(&self, points: &[(f64, f64)], style: &str) -> String {
        let places: Vec<String> =
            points.iter().map(|(x, y)| self.at(*x, *y)).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        format!("<polyline points=\"{}\" style=\"fill:none;{style}\"/>\n", places.join(" "))
    }

    fn frame(&self) -> String {
        let (left, bottom) = self.at(self.x.0, self.y.0);
        let (right, top) = self.at(self.x.1, self.y.1);
        format!(
            "<path d=\"M{left:.1} {top:.1}V{bottom:.1}H{right:.1}\" style=\"fill:none;stroke:var(--line);stroke-width:1.5\"/>\n"
        )
    }
}

fn text(x: f64, y: f64, anchor: &str, class: &str, words: &str) -> String {
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{}</text>\n",
        escape(words)
    )
}

fn svg(height: f64, label: &str, content: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{}\">\n{content}</svg>\n",
        escape(label)
    )
}

/// Attainable speed over arithmetic intensity, both logarithmic, with the plan's work as points. `None` where
/// nothing can be drawn.
pub fn roofline(roofline: &Roofline) -> Option<String> {
    let log = |value: f64| value.max(f64::MIN_POSITIVE).log10();
    let own = roofline.ceilings.get(roofline.own)?;
    if roofline.bytes_per_s <= 0.0 || own.1 <= 0.0 {
        return None;
    }
    let ridge = |rate: f64| log(rate) - log(roofline.bytes_per_s);
    let points =
        || roofline.points.iter().filter(|point| point.flop_per_byte > 0.0 && point.flop_per_s > 0.0);
    let left = points().map(|point| log(point.flop_per_byte)).fold(ridge(own.1) - 2.0, f64::min).floor();
    let right = points().map(|point| log(point.flop_per_byte)).fold(ridge(own.1) + 1.0, f64::max).ceil();
    let top = roofline.ceilings.iter().map(|(_, rate)| log(*rate)).fold(f64::MIN, f64::max) + 0.25;
    let bottom = points()
        .map(|point| log(point.flop_per_s))
        .fold(left + log(roofline.bytes_per_s), f64::min)
        .max(top - 8.0)
        - 0.2;
    let plane = Plane { x: (left, right), y: (bottom, top) };
    let mut out = plane.frame();
    // A grid line for each decade of intensity.
    let decades = (right - left) as i32;
    for step in 0..=decades {
        let x = left + f64::from(step);
        let (place, base) = plane.at(x, bottom);
        out.push_str(&format!(
            "<path d=\"M{place:.1} {base:.1}V{:.1}\" style=\"stroke:var(--track)\"/>\n",
            MARGIN.2
        ));
        if decades <= 6 || step % 2 == 0 {
            out.push_str(&text(place, base + 15.0, "middle", "", &number(10f64.powf(x))));
        }
    }
    let (_, base) = plane.at(left, bottom);
    out.push_str(&text(WIDTH - MARGIN.1, base + 31.0, "end", "", "FLOP per byte"));
    for (index, (name, rate)) in roofline.ceilings.iter().enumerate() {
        let style = if index == roofline.own {
            "stroke:var(--p0);stroke-width:2.5"
        } else {
            "stroke:var(--quiet);stroke-width:1;stroke-dasharray:4 4"
        };
        let start = ridge(*rate).max(left);
        out.push_str(&plane.line(&[(start, log(*rate)), (right, log(*rate))], style));
        let (x, y) = plane.at(right, log(*rate));
        let words = format!("{name} {}", si(*rate, "FLOP/s"));
        let near = index > 0 && (log(roofline.ceilings[index - 1].1) - log(*rate)).abs() < 0.2;
        if index == roofline.own || !near {
            let class = if index == roofline.own { "s" } else { "" };
            out.push_str(&text(x, y - 5.0, "end", class, &words));
        }
    }
    let end = ridge(own.1).min(right);
    let foot = left.max(bottom - log(roofline.bytes_per_s));
    let slope = [(foot, foot + log(roofline.bytes_per_s)), (end, end + log(roofline.bytes_per_s))];
    out.push_str(&plane.line(&slope, "stroke:var(--p0);stroke-width:2.5"));
    for (index, point) in points().enumerate() {
        let (x, y) = plane.at(log(point.flop_per_byte), log(point.flop_per_s));
        let color = if index == 0 { "var(--p1)" } else { "var(--p2)" };
        out.push_str(&format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" style=\"fill:{color}\"/>\n"));
        let (at, anchor) = if x > WIDTH * 0.7 { (x - 9.0, "end") } else { (x + 9.0, "start") };
        out.push_str(&text(
            at,
            y + 15.0,
            anchor,
            "s",
            &format!("{} {}", point.label, si(point.flop_per_s, "FLOP/s")),
        ));
    }
    let words = format!("memory bandwidth {}", format::bytes_per_s(roofline.bytes_per_s));
    out.push_str(&text(MARGIN.0, MARGIN.2 - 1.0, "start", "", &words));
    Some(svg(HEIGHT, "roofline", &out))
}

/// What buying and renting cost as time goes on, the break-even marked.
pub fn over_time(cash: &Cash) -> Option<String> {
    let horizon = cash.horizon_days();
    let spent = |curve: &dyn Fn(f64) -> Option<f64>| -> Option<[(f64, f64); 2]> {
        Some([(0.0, curve(0.0)?), (horizon, curve(horizon)?)])
    };
    let (buy, rent) = (spent(&|days| cash.bought(days)), spent(&|days| cash.rented(days)));
    let most = [&buy, &rent].into_iter().flatten().map(|points| points[1].1).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let plane = Plane { x: (0.0, horizon), y: (0.0, most * 1.08) };
    let mut out = plane.frame();
    for share in [0.0, 0.5, 1.0] {
        let (x, y) = plane.at(0.0, most * share);
        out.push_str(&text(
            x - 7.0,
            y + 4.0,
            "end",
            "",
            &if share == 0.0 { "$0".to_owned() } else { format::usd(most * share) },
        ));
    }
    let (_, base) = plane.at(0.0, 0.0);
    for share in [0.0, 0.5, 1.0] {
        let (x, _) = plane.at(horizon * share, 0.0);
        let anchor = if share > 0.9 { "end" } else { "middle" };
        let unit = if share > 0.9 { " days" } else { "" };
        out.push_str(&text(
            x,
            base + 16.0,
            anchor,
            "",
            &format!("{}{unit}", number((horizon * share).round())),
        ));
    }
    let (end, _) = plane.at(cash.duration_days, 0.0);
    out.push_str(&format!(
        "<path d=\"M{end:.1} {base:.1}V{:.1}\" style=\"stroke:var(--quiet);stroke-dasharray:3 4\"/>\n",
        MARGIN.2
    ));
    for (curve, color, name) in [(&buy, "var(--p0)", "buy"), (&rent, "var(--p1)", "rent")] {
        let Some(points) = curve else { continue };
        out.push_str(&plane.line(points, &format!("stroke:{color};stroke-width:2.5")));
        let (x, y) = plane.at(points[1].0 * 0.12, points[0].1 + (points[1].1 - points[0].1) * 0.12);
        out.push_str(&text(x, y - 8.0, "start", "s", name));
    }
    let mut words = format!("the plan lasts {} days", format::figure(cash.duration_days));
    if let Some(days) = cash.break_even_days.filter(|days| *days <= horizon) {
        let spent = cash.bought(days).unwrap_or(0.0);
        let (x, y) = plane.at(days, spent);
        out.push_str(&format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" style=\"fill:var(--ink)\"/>\n"));
        words.push_str(&format!("; buying is cheaper after {}", format::whole_days(days)));
    }
    if !cash.missing.is_empty() {
        words.push_str(&format!("; not known: {}", cash.missing.join(", ")));
    }
    out.push_str(&text(WIDTH - MARGIN.1, base + 32.0, "end", "", &words));
    Some(svg(HEIGHT, &words, &out))
}

/// A bar for each wall that has a reading; the line is the limit.
pub fn pressure(walls: &[WallReading]) -> Option<String> {
    const ROW: f64 = 19.0;
    const LABELS: f64 = 132.0;
    const VALUES: f64 = 52.0;
    let read: Vec<(&WallReading, f64)> = walls
        .iter()
        .filter_map(|wall| Some((wall, wall.pressure.filter(|pressure| pressure.is_finite())?)))
        .collect();
    if read.is_empty() {
        return None;
    }
    let scale = read.iter().map(|(_, pressure)| *pressure).fold(1.0, f64::max).min(2.0);
    let room = WIDTH - LABELS - VALUES;
    let mut out = String::new();
    for (row, (wall, pressure)) in read.iter().enumerate() {
        let y = row as f64 * ROW;
        let color = match wall.state {
            WallState::Violated => "var(--bad)",
            WallState::Binding | WallState::Near => "var(--warn)",
            _ => "var(--p0)",
        };
        let class = if matches!(wall.state, WallState::Violated | WallState::Binding) { "s" } else { "" };
        let width = (pressure.max(0.0) / scale).min(1.0) * room;
        out.push_str(&text(0.0, y + 13.0, "start", class, &format!("{} {}", wall.number, wall.name)));
        out.push_str(&format!(
            "<rect x=\"{LABELS}\" y=\"{:.1}\" width=\"{room:.1}\" height=\"9\" rx=\"4\" style=\"fill:var(--track)\"/><rect x=\"{LABELS}\" y=\"{:.1}\" width=\"{:.1}\" height=\"9\" rx=\"4\" style=\"fill:{color}\"/>\n",
            y + 4.0,
            y + 4.0,
            width.max(1.0)
        ));
        out.push_str(&text(WIDTH, y + 13.0, "end", class, &percent(*pressure)));
    }
    let height = read.len() as f64 * ROW;
    let limit = LABELS + room / scale;
    out.push_str(&format!(
        "<path d=\"M{limit:.1} 0V{height:.1}\" style=\"stroke:var(--ink);stroke-width:1.5\"/>\n"
    ));
    out.push_str(&text(limit, height + 13.0, "middle", "", "limit"));
    Some(svg(height + 18.0, "pressure of each wall", &out))
}
