//! The list of sample plans, the first screen of a start without a file.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, wrap};
use super::prompt::hints;
use super::{frame, steady_list};
use crate::studio::app::App;
use crate::studio::keymap;
use crate::studio::theme::Role;

const WELCOME: &str = "A design studio for machine-learning systems: edit a plan, and see at once whether it fits, \
                       which wall binds, what it costs and what would help. Pick a plan to start from; \
                       it opens as an unnamed copy.";

/// Where the list begins and how many rows it has.
fn place(area: Rect, count: usize) -> (Rect, u16, u16) {
    let width = area.width.min(92);
    let intro = wrap(WELCOME, usize::from(width.saturating_sub(4))).len() as u16 + 1;
    let intro = if area.height >= intro + 10 { intro } else { 0 };
    let height = (count as u16 + intro + 4).min(area.height);
    let rect =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    (rect, intro, height.saturating_sub(intro + 4))
}

/// Draws the screen.
pub fn draw(app: &App, selected: usize, buf: &mut Buffer) -> Option<Position> {
    let area = Rect::new(0, 0, app.size.0, app.size.1);
    let choices = app.choices();
    let (rect, intro, rows) = place(area, choices.len());
    if app.on_disk.is_none() {
        Canvas::new(app, area, buf).clear(Role::Text);
    }
    let inner = frame::boxed(app, rect, "mlsysim-tui: open a plan", buf);
    let mut canvas = Canvas::new(app, inner, buf);
    if intro > 0 {
        canvas.paragraph(0, 0, intro, Role::Dim, WELCOME);
    }
    let names = choices.iter().map(|(name, _)| name.width()).max().unwrap_or(0) as u16;
    let first = steady_list(app, selected, choices.len(), usize::from(rows));
    let mut at = None;
    for (row, (name, title)) in choices.iter().skip(first).take(usize::from(rows)).enumerate() {
        let y = intro + row as u16;
        // A file says where it lies; a sample tells its story.
        let place = title.strip_suffix(name.as_str()).filter(|folder| !folder.is_empty());
        let (role, words) = place.map_or((Role::Text, title.as_str()), |folder| (Role::Dim, folder));
        if canvas.width() >= names + 30 {
            canvas.text(0, y, Role::Strong, name);
            canvas.text(names + 2, y, role, words);
        } else if place.is_some() {
            let x = canvas.text(0, y, Role::Strong, name);
            canvas.text(x + 2, y, role, words);
        } else {
            canvas.text(0, y, role, words);
        }
        if first + row == selected {
            canvas.highlight(y, Role::Selection);
            at = Some(canvas.position(0, y));
        }
    }
    let y = canvas.height().saturating_sub(1);
    let mut keys = vec![
        ("enter", "open"),
        ("shift-f1", "tour"),
        ("f2", "theme"),
        ("esc", if app.on_disk.is_none() { "quit" } else { "close" }),
    ];
    let shown = usize::from(rows).min(choices.len());
    canvas.more(first, shown, choices.len(), y.saturating_sub(1));
    let arrows = canvas.sign("↑↓", "up down");
    // Arrows need no word where there is no room.
    let needed: usize =
        keys.iter().map(|(key, word)| keymap::shown(key, app.ascii).width() + word.width() + 4).sum();
    let mut x = 0;
    if needed + arrows.width() + 6 <= usize::from(canvas.width()) {
        let (key, word) = keys.remove(0);
        x = canvas.hint(0, y, key, Role::Dim, word) + 3;
        x = canvas.spans(x, y, &[(Role::Key, arrows), (Role::Dim, " move")]) + 3;
    }
    hints(&mut canvas, x, y, Role::Dim, &keys);
    at
}

/// Which entry lies under a cell.
pub fn line_at(app: &App, selected: usize, column: u16, row: u16) -> Option<usize> {
    let count = app.choices().len();
    let (rect, intro, rows) = place(Rect::new(0, 0, app.size.0, app.size.1), count);
    if !(rect.x..rect.x + rect.width).contains(&column) {
        return None;
    }
    let line = row.checked_sub(rect.y + 1 + intro).filter(|line| *line < rows)?;
    let at = steady_list(app, selected, count, usize::from(rows)) + usize::from(line);
    (at < count).then_some(at)
}
