//! Money and carbon on the whole screen: every term, buying against renting over time, other prices, places ranked.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::{Hits, above, beside, line_hit};
use crate::engine::format::whole_days;
use crate::engine::report::Report;
use crate::search::fitting::Rank;
use crate::search::money::{Cash, Curve, Money};
use crate::studio::app::{App, MoneyView};
use crate::studio::theme::Role;
use crate::studio::view::canvas::Canvas;
use crate::studio::view::plot::{self, Plane};
use crate::studio::view::{number, steady_list};

/// From this width on plots stand beside the figures.
const BESIDE: u16 = 100;

/// Columns from which on a place shows what its electricity costs and emits, and how much of it the building takes.
const GRID: u16 = 74;

/// Draws the view.
pub fn draw(app: &App, view: MoneyView, area: Rect, buf: &mut Buffer, hits: &mut Hits) -> Option<Position> {
    let report = app.report.as_ref()?;
    let money = app.money.as_ref().filter(|(revision, _)| *revision == app.editor.revision());
    let Some((_, money)) = money else {
        Canvas::new(app, area, buf).text(0, 0, Role::Dim, "looking at other prices and places …");
        return None;
    };
    if area.width >= BESIDE {
        let (left, right) = beside(area, area.width / 2);
        let (top, rest) = above(right, terms_rows(report).min(right.height / 2));
        terms(report, money.cash.as_ref(), &mut Canvas::new(app, top, buf));
        let (time, sensitivity) = above(left, left.height * 3 / 5);
        over_time(money.cash.as_ref(), &mut Canvas::new(app, time, buf));
        prices(money, &mut Canvas::new(app, sensitivity, buf));
        return places(app, view, &mut Canvas::new(app, rest, buf), hits);
    }
    // One column: the curve, the terms, other prices in words, the places.
    let plot = if area.height >= 30 { 11 } else { 7.min(area.height / 3) };
    let (time, rest) = above(area, plot);
    over_time(money.cash.as_ref(), &mut Canvas::new(app, time, buf));
    let rows = if rest.height >= 20 { terms_rows(report).min(10) } else { 2 };
    let (top, rest) = above(rest, rows);
    terms(report, money.cash.as_ref(), &mut Canvas::new(app, top, buf));
    let (middle, rest) = above(rest, if rest.height >= 12 { 3 } else { 0 });
    in_words(money, &mut Canvas::new(app, middle, buf));
    places(app, view, &mut Canvas::new(app, rest, buf), hits)
}

fn terms_rows(report: &Report) -> u16 {
    let terms = report.tco.as_ref().map_or(0, |tco| tco.terms.len() as u16);
    terms + 5
}

/// Every term of the total, then carbon.
fn terms(report: &Report, cash: Option<&Cash>, canvas: &mut Canvas) {
    let Some(tco) = &report.tco else { return };
    let width = canvas.width();
    let line = |canvas: &mut Canvas, y: u16, label: &str, value: &str, strong: bool| {
        let start = canvas.text_right(width, y, if strong { Role::Strong } else { Role::Text }, value);
        canvas.text_within(0, y, start.saturating_sub(1), Role::Dim, label);
    };
    let days = format!("total over {} days", number::plain(tco.duration_days));
    let total = if tco.missing.is_empty() {
        number::usd(tco.total_usd)
    } else {
        format!("{} and what is not known", number::usd(tco.total_usd))
    };
    line(canvas, 0, &days, &total, true);
    if canvas.height() < 5 {
        if let Some(carbon) = &report.carbon {
            line(canvas, 1, "carbon, operation", &number::carbon(carbon.operational_kg), true);
        }
        return;
    }
    let mut y = 1;
    for (index, part) in tco.terms.iter().enumerate() {
        let x = canvas.swatch(0, y, index, part.label);
        canvas.text(x, y, Role::Text, part.label);
        let share = if tco.total_usd > 0.0 { part.value / tco.total_usd } else { 0.0 };
        let whole = cash.and_then(|cash| cash.purchase_usd).filter(|_| part.key == "capex_usd");
        if let Some(whole) = whole {
            // The curve beside it has all of the price, the total what is written off in the plan's time.
            let text = format!("written off, of {}", number::usd(whole));
            let from = part.label.width() as u16 + 4;
            if usize::from(from) + text.width() + 16 <= usize::from(width) {
                canvas.text(from + 1, y, Role::Dim, &text);
            }
        }
        canvas.text_right(width.saturating_sub(6), y, Role::Strong, &number::usd(part.value));
        canvas.text_right(width, y, Role::Dim, &number::percent(share));
        y += 1;
    }
    if !tco.missing.is_empty() {
        canvas.text(0, y, Role::Warn, &format!("! not in the total: {}", tco.missing.join(", ")));
        y += 1;
    }
    if let Some(carbon) = &report.carbon {
        line(canvas, y, "carbon, operation", &number::carbon(carbon.operational_kg), true);
        let grid = format!(
            "{} at {} g/kWh, PUE {}",
            number::energy(carbon.facility_energy_kwh),
            number::plain(carbon.grid_g_per_kwh),
            number::plain(carbon.pue)
        );
        let label = "energy at the meter";
        let fits = label.width() + grid.width() < usize::from(width);
        let grid = if fits { grid } else { number::energy(carbon.facility_energy_kwh) };
        line(canvas, y + 1, label, &grid, false);
        if let Some(embodied) = carbon.embodied_kg {
            line(canvas, y + 2, "carbon, manufacture", &number::carbon(embodied), false);
        }
    }
}

/// What buying and renting cost as time goes on.
fn over_time(cash: Option<&Cash>, canvas: &mut Canvas) {
    let (width, height) = (canvas.width(), canvas.height());
    canvas.text(0, 0, Role::Title, "spent over time");
    let Some(cash) = cash else {
        canvas.text(0, 1, Role::Dim, "nothing here can be priced");
        return;
    };
    let horizon = cash.horizon_days();
    let curve = |spent: &dyn Fn(f64) -> Option<f64>| -> Option<Vec<(f64, f64)>> {
        Some(vec![(0.0, spent(0.0)?), (horizon, spent(horizon)?)])
    };
    let (buy, rent) = (curve(&|days| cash.bought(days)), curve(&|days| cash.rented(days)));
    let mut x = 17;
    let words = [
        ["bought, whole price", "rented by the hour"],
        ["bought, whole price", "rented"],
        ["bought", "rented"],
    ];
    let needed = |pair: &[&str; 2]| 17 + pair.iter().map(|word| word.width() + 4).sum::<usize>();
    let fits = words.into_iter().find(|pair| needed(pair) <= usize::from(width) + 2);
    let [bought, rents] = fits.unwrap_or(["bought", "rented"]);
    for (index, name, role, known) in
        [(0, bought, Role::Series1, buy.is_some()), (1, rents, Role::Series2, rent.is_some())]
    {
        if known {
            let sign = if canvas.ascii { ["*", "o"][index] } else { plot::SIGNS[index] };
            x = canvas.spans(
                x,
                0,
                &[(role, sign), (Role::Text, " "), (Role::Text, name), (Role::Text, "  ")],
            );
        }
    }
    let even = cash.break_even_days.map(|days| {
        if days > cash.write_off_days {
            "rent is cheaper until what was bought is written off".to_owned()
        } else {
            format!("buying is cheaper after {}", whole_days(days))
        }
    });
    let words = match (even, cash.missing.is_empty()) {
        (Some(words), _) => words,
        (None, false) => format!("not known: {}", cash.missing.join(", ")),
        (None, true) => "rent is always the cheaper one".into(),
    };
    let narrow = x + words.width() as u16 + 2 > width;
    if narrow {
        canvas.text(0, 1, Role::Strong, &words);
    } else {
        canvas.text_right(width, 0, Role::Strong, &words);
    }
    let top = if narrow { 2 } else { 1 };
    let axis = 9.min(width / 4);
    if height < top + 3 {
        return;
    }
    let most = [&buy, &rent]
        .into_iter()
        .flatten()
        .filter_map(|points| points.last())
        .map(|point| point.1)
        .fold(0.0, f64::max);
    if most <= 0.0 {
        return;
    }
    let plane =
        Plane { place: (axis, top, width - axis, height - top - 1), x: (0.0, horizon), y: (0.0, most) };
    canvas.text_right(axis - 1, top, Role::Dim, &number::usd(most));
    canvas.text_right(axis - 1, height - 2, Role::Dim, "$0");
    canvas.text(axis, height - 1, Role::Dim, "0");
    canvas.text_right(width, height - 1, Role::Dim, &format!("{} days", number::plain(horizon)));
    // The plan's own end, and the break-even.
    let (end, _) = plane.cell(cash.duration_days, 0.0);
    if cash.duration_days < horizon {
        for y in top..height - 1 {
            let sign = canvas.sign("┊", "|");
            canvas.text(end, y, Role::Faint, sign);
        }
        let text = format!("{} (plan)", number::plain(cash.duration_days));
        if end + (text.width() as u16) + 14 < width && end > axis + 2 {
            canvas.text(end, height - 1, Role::Dim, &text);
        }
    }
    if let Some(points) = &buy {
        plane.line(canvas, 0, Role::Series1, points);
    }
    if let Some(points) = &rent {
        plane.line(canvas, 1, Role::Series2, points);
    }
    if let (Some(days), Some(spent)) =
        (cash.break_even_days, cash.break_even_days.and_then(|days| cash.bought(days)))
        && days <= horizon
    {
        let (x, y) = plane.cell(days, spent);
        let sign = canvas.sign("◆", "X");
        canvas.text(x, y, Role::Accent, sign);
    }
}

/// Total cost under other prices, as small curves where there is room for them.
fn prices(money: &Money, canvas: &mut Canvas) {
    if canvas.height() < 8 || canvas.width() < 44 {
        in_words(money, canvas);
        return;
    }
    let half = canvas.width() / 2;
    let sides = [
        ("electricity", money.electricity.as_ref(), "/kWh", 0),
        ("carbon price", money.carbon.as_ref(), "/t", half + 1),
    ];
    // One scale for both: what hardly moves the total looks flat beside what does.
    let ends = sides
        .iter()
        .filter_map(|(_, curve, ..)| *curve)
        .flat_map(|curve| curve.points.first().into_iter().chain(curve.points.last()).map(|point| point.1));
    let least = ends.clone().fold(f64::INFINITY, f64::min);
    let most = ends.fold(0.0, f64::max);
    // A curve that hardly rises must not look steep.
    let floor = if least > 0.0 && (most - least) / most > 0.02 { least - (most - least) * 0.1 } else { 0.0 };
    for (name, curve, unit, from) in sides {
        if let Some(curve) = curve {
            let scale = (floor, most.max(floor + 1.0));
            small(canvas, name, curve, unit, (from, half.saturating_sub(2)), scale);
        }
    }
}

fn small(
    canvas: &mut Canvas,
    name: &str,
    curve: &Curve,
    unit: &str,
    (from, width): (u16, u16),
    scale: (f64, f64),
) {
    let (height, end) = (canvas.height(), from + width);
    let price = |value: f64| format!("${}{unit}", number::plain(value));
    let (Some(first), Some(last)) = (curve.points.first(), curve.points.last()) else { return };
    canvas.text_within(from, 1, end, Role::Title, &format!("total by {name}"));
    let top = 3;
    let words = match (number::usd(first.1), number::usd(last.1)) {
        (least, most) if least == most => format!("{least} at every price"),
        (least, most) => format!("{least} to {most}"),
    };
    canvas.text_within(from, 2, end, Role::Dim, &words);
    let plane =
        Plane { place: (from, top, width, height.saturating_sub(top + 1)), x: (first.0, last.0), y: scale };
    plane.line(canvas, 0, Role::Series3, &curve.points);
    let here =
        curve.points.iter().min_by(|a, b| (a.0 - curve.here).abs().total_cmp(&(b.0 - curve.here).abs()));
    if let Some(point) = here {
        let value = point.1 + curve.slope() * (curve.here - point.0);
        let (x, y) = plane.cell(curve.here, value);
        let sign = canvas.sign("●", "@");
        canvas.text(x, y, Role::Accent, sign);
    }
    canvas.text(from, height - 1, Role::Dim, &price(first.0));
    let here = format!("{} here", price(curve.here));
    canvas.text_right(end, height - 1, Role::Dim, &price(last.0));
    let (x, room) = (from + price(first.0).width() as u16 + 2, price(last.0).width() as u16 + 2);
    if x + (here.width() as u16) + room < end {
        canvas.text(x, height - 1, Role::Accent, &here);
    }
}

fn in_words(money: &Money, canvas: &mut Canvas) {
    let sides = [
        ("electricity", money.electricity.as_ref(), 0.01, "ct/kWh"),
        ("carbon", money.carbon.as_ref(), 10.0, ""),
    ];
    let mut y = 0;
    for (name, curve, step, _) in sides {
        let Some(curve) = curve else { continue };
        let change = number::usd(curve.slope() * step);
        let text = if name == "carbon" {
            format!("+$10 a tonne of carbon: +{change}")
        } else {
            format!("+1 ct/kWh: +{change} on the total")
        };
        canvas.text(0, y, Role::Text, &text);
        y += 1;
    }
}

/// The places for this plan.
fn places(app: &App, view: MoneyView, canvas: &mut Canvas, hits: &mut Hits) -> Option<Position> {
    let list = view.places(app);
    let own = app
        .reading
        .plan
        .as_ref()
        .and_then(|plan| plan.ops.as_ref()?.region.as_ref().map(|grid| grid.id.clone()));
    let (width, height) = (canvas.width(), canvas.height());
    if height < 3 {
        return None;
    }
    let by = if view.rank == Rank::Cost { "by cost" } else { "by carbon" };
    canvas.rule(0, Role::Border);
    let x = canvas.text(0, 0, Role::Title, &format!("places {by} "));
    let rank = own.as_ref().and_then(|own| list.iter().position(|place| place.id == *own));
    if let Some(rank) = rank {
        let text = format!(" this plan's is {} of {} ", rank + 1, list.len());
        if x + (text.width() as u16) < width {
            canvas.text_right(width, 0, Role::Dim, &text);
        }
    }
    // What makes a place dear or dirty, where there is room: its columns are named above them.
    let head = u16::from(width >= GRID && height >= 6);
    if head > 0 {
        for (end, text) in [
            (width, "carbon"),
            (width.saturating_sub(14), "total"),
            (width.saturating_sub(24), "PUE"),
            (width.saturating_sub(30), "g/kWh"),
            (width.saturating_sub(37), "$/kWh"),
        ] {
            canvas.text_right(end, 1, Role::Dim, text);
        }
    }
    let selected = view.selected.min(list.len().saturating_sub(1));
    // Without columns for them these figures are told of the selected place.
    let foot = u16::from(head == 0 && height >= 5);
    let rows = usize::from(height - 1 - head - foot);
    if let Some(place) = list.get(selected).filter(|_| foot > 0) {
        let price =
            if place.assumed_price { "?".to_owned() } else { number::plain(place.electricity_usd_per_kwh) };
        let grid = place.grid_g_per_kwh.map(|grid| format!(", {} g/kWh", number::plain(grid)));
        let pue = place.pue.map(|pue| format!(", PUE {pue:.2}"));
        let text = format!("${price}/kWh{}{}", grid.unwrap_or_default(), pue.unwrap_or_default());
        let sign = canvas.sign("▸ ", "> ");
        canvas.spans(
            0,
            height - 1,
            &[(Role::Dim, if own.as_ref() == Some(&place.id) { sign } else { "  " }), (Role::Dim, &text)],
        );
    }
    let first = steady_list(app, selected, list.len(), rows);
    let mut cursor = None;
    for (row, place) in list.iter().enumerate().skip(first).take(rows) {
        let y = (row - first) as u16 + 1 + head;
        let here = own.as_deref() == Some(place.id.as_str());
        let sign = if here { canvas.sign("▸", ">") } else { " " };
        canvas.text(0, y, Role::Accent, sign);
        let carbon = place.carbon_kg.map_or_else(|| "–".into(), number::carbon);
        let cost = place.tco_usd.map_or_else(|| "–".into(), number::usd);
        let price =
            if place.assumed_price { "?".to_owned() } else { number::plain(place.electricity_usd_per_kwh) };
        let (first_role, second_role) =
            if view.rank == Rank::Cost { (Role::Strong, Role::Text) } else { (Role::Text, Role::Strong) };
        canvas.text_right(width, y, second_role, &carbon);
        let mut end = width.saturating_sub(14);
        canvas.text_right(end, y, first_role, &cost);
        end = end.saturating_sub(10);
        if width >= GRID {
            let grid = place.grid_g_per_kwh.map_or_else(|| "–".into(), number::plain);
            let pue = place.pue.map_or_else(|| "–".into(), |pue| format!("{pue:.2}"));
            canvas.text_right(end, y, Role::Dim, &pue);
            canvas.text_right(end.saturating_sub(6), y, Role::Dim, &grid);
            canvas.text_right(end.saturating_sub(13), y, Role::Dim, &format!("${price}"));
            end = end.saturating_sub(20);
        } else {
            // Nothing stands between the name and the total: the name takes its room.
            end += 3;
        }
        canvas.text_within(
            2,
            y,
            end.saturating_sub(1),
            if here { Role::Strong } else { Role::Text },
            &place.name,
        );
        if row == selected {
            canvas.highlight(y, Role::Selection);
            cursor = Some(canvas.position(0, y));
        }
        line_hit(canvas, y, row, hits);
    }
    cursor
}
