//! The views that fill the screen between the first and the last line.

mod browser;
mod comparison;
mod derivation;
mod export;
mod money;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::canvas::Canvas;
use super::frame;
use crate::studio::app::{App, Overlay, Screen};
use crate::studio::layout::{Panes, Shape};
use crate::studio::theme::Role;

/// What lies under a cell of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// A tab, by its place.
    Tab(usize),
    /// A line of the list, by its place.
    Line(usize),
}

/// The places of a view that can be clicked.
pub type Hits = Vec<(Rect, Hit)>;

/// Draws a view; the answer is where the terminal's cursor belongs.
pub fn draw(app: &App, panes: &Panes, screen: &Screen, buf: &mut Buffer) -> Option<Position> {
    let mut hits = Hits::new();
    paint(app, panes, screen, buf, &mut hits)
}

/// What lies under a cell: the view is drawn once more, so that nothing has to be kept in step.
pub fn hit(app: &App, column: u16, row: u16) -> Option<Hit> {
    let Overlay::Screen(screen) = &app.overlay else { return None };
    let area = Rect::new(0, 0, app.size.0, app.size.1);
    let mut hits = Hits::new();
    paint(app, &app.panes(), screen, &mut Buffer::empty(area), &mut hits);
    hits.iter().find(|(place, _)| place.contains(Position::new(column, row))).map(|(_, hit)| *hit)
}

fn paint(app: &App, panes: &Panes, screen: &Screen, buf: &mut Buffer, hits: &mut Hits) -> Option<Position> {
    match screen {
        Screen::Export(view) => Some(export::draw(app, panes, view, buf, hits)),
        Screen::Registry(view) => {
            let inner = room(app, panes, "registry", buf);
            Some(browser::draw(app, view, inner, buf, hits))
        }
        Screen::Derivation(view) => {
            let inner = room(app, panes, &format!("where it comes from: {}", view.title), buf);
            derivation::draw(app, view, inner, buf, hits).or(Some(inner.as_position()))
        }
        Screen::Comparison(view) => {
            let inner = room(app, panes, "compare", buf);
            // Where nothing is selected the cursor stands at the head, so that a reader of the screen finds it.
            comparison::draw(app, view, inner, buf, hits).or(Some(inner.as_position()))
        }
        Screen::Money(view) => {
            let inner = room(app, panes, "money and carbon", buf);
            money::draw(app, *view, inner, buf, hits).or(Some(inner.as_position()))
        }
    }
}

/// The room of a view, emptied, with a title: a frame where there is room for one, else a rule.
fn room(app: &App, panes: &Panes, title: &str, buf: &mut Buffer) -> Rect {
    let top = panes.header.bottom();
    let area = Rect { y: top, height: panes.footer.y.saturating_sub(top), ..panes.header };
    if panes.shape != Shape::Narrow {
        return frame::boxed(app, area, title, buf);
    }
    let mut canvas = Canvas::new(app, area, buf);
    canvas.clear(Role::Text);
    canvas.rule(0, Role::BorderFocus);
    canvas.text(1, 0, Role::TitleFocus, &format!(" {title} "));
    Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(1),
    }
}

/// Tabs on one row; what does not fit is left out except the front one, which is always seen.
fn tabs(canvas: &mut Canvas, y: u16, names: &[&str], front: usize, hits: &mut Hits) -> u16 {
    let needed: usize = names.iter().map(|name| name.chars().count() + 3).sum();
    let skip = if needed > usize::from(canvas.width()) { front.saturating_sub(1) } else { 0 };
    let mut x = 0;
    for (at, name) in names.iter().enumerate().skip(skip) {
        let width = name.chars().count() as u16 + 2;
        if x + width > canvas.width() && at > front {
            break;
        }
        let role = if at == front { Role::Selection } else { Role::Dim };
        let start = canvas.position(x, y);
        x = canvas.text(x, y, role, &format!(" {name} "));
        hits.push((Rect { x: start.x, y: start.y, width, height: 1 }, Hit::Tab(at)));
        x += 1;
    }
    x
}

/// Notes a row of a canvas as a line of the list.
fn line_hit(canvas: &Canvas, y: u16, line: usize, hits: &mut Hits) {
    let start = canvas.position(0, y);
    hits.push((Rect { x: start.x, y: start.y, width: canvas.width(), height: 1 }, Hit::Line(line)));
}

/// A rectangle cut in two beside one another, with a column between.
fn beside(area: Rect, left: u16) -> (Rect, Rect) {
    let left = left.min(area.width);
    let rest = area.width.saturating_sub(left + 2);
    (Rect { width: left, ..area }, Rect { x: area.x + area.width - rest, width: rest, ..area })
}

/// A rectangle cut in two one above the other.
fn above(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
}
