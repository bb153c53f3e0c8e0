//! Questions of one line, at the bottom of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::frame;
use crate::studio::app::App;
use crate::studio::keymap::{self, Context};
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Draws a prompt; the answer is the place of its cursor.
pub fn draw(app: &App, panes: &Panes, title: &str, text: &str, buf: &mut Buffer) -> Position {
    let height = 3.min(panes.body.height);
    let rect = Rect { y: panes.body.y + panes.body.height - height, height, ..panes.body };
    let inner = frame::boxed(app, rect, title, buf);
    let mut canvas = Canvas::new(app, inner, buf);
    // The end of a long text is what is being typed.
    let room = usize::from(canvas.width().saturating_sub(1));
    let mut shown = text;
    while shown.width() > room {
        let mut letters = shown.chars();
        letters.next();
        shown = letters.as_str();
    }
    let role = if app.line_selected { Role::Selection } else { Role::Strong };
    let x = canvas.text(0, 0, role, shown);
    Position::new(inner.x + x, inner.y)
}

/// The first of some titles, longest first, that a prompt has room for; else the last one.
pub fn title<'a>(panes: &Panes, titles: &[&'a str]) -> &'a str {
    let room = usize::from(panes.body.width).saturating_sub(6);
    titles.iter().find(|title| title.width() <= room).or(titles.last()).copied().unwrap_or_default()
}

/// Asks before unsaved text is lost.
pub fn leave(app: &App, panes: &Panes, buf: &mut Buffer) -> Position {
    let inner = frame::dialog(app, panes.body, "unsaved changes", (56, 6), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let text = format!("{} has changes that are not saved.", app.title);
    let y = canvas.paragraph(0, 0, 2, Role::Text, &text);
    keys(&mut canvas, y.max(1) + 1, Context::Leave);
    Position::new(inner.x, inner.y)
}

/// Offers what a crash left.
pub fn recovered(app: &App, panes: &Panes, place: &str, buf: &mut Buffer) -> Position {
    let inner = frame::dialog(app, panes.body, "unsaved text from the last time", (72, 8), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let text = format!("The program ended before this plan was saved. Its text was kept in {place}");
    let y = canvas.paragraph(0, 0, 4, Role::Text, &text);
    keys(&mut canvas, y + 1, Context::Recovered);
    Position::new(inner.x, inner.y)
}

/// The keys of a dialog on one row.
pub fn keys(canvas: &mut Canvas, y: u16, context: Context) {
    let pairs: Vec<(&'static str, &str)> =
        keymap::footer(context).into_iter().map(|binding| (binding.keys[0], binding.label)).collect();
    hints(canvas, 0, y, Role::Text, &pairs);
}

/// Keys and what they do, from a column of a row on. A narrow row sets them closer; the last ones are left out
/// rather than cut.
pub fn hints(canvas: &mut Canvas, mut x: u16, y: u16, role: Role, pairs: &[(&'static str, &str)]) {
    let room = usize::from(canvas.width());
    let ascii = canvas.ascii;
    let wide = |(key, word): &(&'static str, &str)| keymap::shown(key, ascii).width() + 1 + word.width();
    let needed = pairs.iter().map(|pair| wide(pair) + 3).sum::<usize>().saturating_sub(3);
    let gap = if usize::from(x) + needed <= room { 3 } else { 2 };
    for pair in pairs {
        if usize::from(x) + wide(pair) > room {
            break;
        }
        x = canvas.hint(x, y, pair.0, role, pair.1) + gap;
    }
}
