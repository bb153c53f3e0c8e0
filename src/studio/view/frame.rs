//! Frames and titles.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::border;
use ratatui::symbols::merge::MergeStrategy;
use ratatui::widgets::{Block, Borders, Widget};
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use crate::studio::app::{App, Overlay};
use crate::studio::layout::{Page, Pane, Panes, Shape};
use crate::studio::theme::Role;

/// Frames from ASCII only.
pub(super) const ASCII: border::Set = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Columns that the tab of a pane takes in a shared frame.
pub fn tab_width(pane: Pane) -> u16 {
    pane.word().len() as u16 + 4
}

/// Draws every frame, the focused one last so that it lies on top of its neighbours.
pub fn frames(app: &App, panes: &Panes, buf: &mut Buffer) {
    let (focused, others): (Vec<_>, Vec<_>) =
        panes.places.iter().copied().partition(|(pane, _)| *pane == app.focus);
    for (pane, rect) in others.into_iter().chain(focused) {
        match panes.shape {
            Shape::Narrow => rule(app, pane, rect, buf),
            _ => block(app, pane, rect, buf),
        }
    }
    if panes.shape != Shape::Narrow {
        // After all frames: a neighbour's frame would lie over a title.
        for (pane, rect) in &panes.places {
            title(app, panes, *pane, *rect, buf);
        }
    }
    if let Some(tabs) = panes.tabs {
        page_tabs(app, tabs, buf);
    }
}

/// Says on the frame of a pane that rows lie above or below those shown.
pub fn scroll_mark(app: &App, panes: &Panes, pane: Pane, rect: Rect, buf: &mut Buffer) {
    let (above, below) = app.hidden[usize::from(pane.number())].get();
    if (above, below) == (0, 0) {
        return;
    }
    let mut canvas = Canvas::new(app, rect, buf);
    let (up, down) = (canvas.sign("↑", "^"), canvas.sign("↓", "v"));
    if panes.shape == Shape::Narrow {
        let x = 1 + name(app, pane).width() as u16 + 2;
        let marks = [(up, above), (down, below)].map(|(sign, count)| match count {
            0 => String::new(),
            count => format!("{sign}{count} "),
        });
        canvas.text(x, 0, Role::Key, &marks.concat());
        return;
    }
    let (x, bottom) = (rect.width.saturating_sub(1), rect.height.saturating_sub(2));
    if above > 0 {
        canvas.text(x, 1, Role::Key, up);
    }
    if below > 0 {
        canvas.text(x, bottom, Role::Key, down);
    }
}

fn border_style(app: &App, focused: bool) -> Style {
    app.theme.style(if focused { Role::BorderFocus } else { Role::Border })
}

fn block(app: &App, pane: Pane, rect: Rect, buf: &mut Buffer) {
    let (set, merge) =
        if app.ascii { (ASCII, MergeStrategy::Replace) } else { (border::PLAIN, MergeStrategy::Exact) };
    Block::new()
        .borders(Borders::ALL)
        .border_set(set)
        .border_style(border_style(app, pane == app.focus))
        .merge_borders(merge)
        .render(rect, buf);
}

fn title(app: &App, panes: &Panes, pane: Pane, rect: Rect, buf: &mut Buffer) {
    let focused = pane == app.focus;
    let line = Rect { x: rect.x + 2, y: rect.y, width: rect.width.saturating_sub(4), height: 1 };
    let mut canvas = Canvas::new(app, line, buf);
    let mut x = 0;
    let shared = panes.group.len() > 1 && panes.group.contains(&pane);
    let tabs: &[Pane] = if shared { &panes.group } else { &[pane] };
    for tab in tabs {
        let role = match (*tab == pane, focused) {
            (true, true) => Role::TitleFocus,
            (true, false) => Role::Title,
            (false, _) => Role::Faint,
        };
        let name = if shared { tab.word() } else { name(app, *tab) };
        x = canvas.spans(
            x,
            0,
            &[(Role::Key, &format!(" {} ", tab.number())), (role, name), (Role::Title, " ")],
        );
        x += 1;
    }
    let mut note = note(app, pane);
    // Where letters are commands: the way to the ranking of places. The days of the plan give way to it.
    let places = pane == Pane::Money && app.focus != Pane::Plan && app.overlay == Overlay::None;
    if places && !shared {
        let region = note.split(" · ").next().unwrap_or_default().to_owned();
        let room = |note: &str| usize::from(x) + note.width() + 13 <= usize::from(line.width);
        if let Some(shown) = [note.clone(), region].into_iter().find(|note| room(note)) {
            note = shown;
            x = canvas.text(x, 0, Role::Title, " ");
            x = canvas.hint(x, 0, "m", Role::Dim, "places ");
        }
    }
    let needed = note.width() as u16 + 2;
    if !note.is_empty() && x + needed <= line.width {
        canvas.text_right(line.width, 0, note_role(app, pane), &format!(" {note} "));
    } else if matches!(pane, Pane::Verdict | Pane::Money) && !note.is_empty() && line.width > x + 12 {
        canvas.text(x + 1, 0, note_role(app, pane), &format!(" {note} "));
    }
}

/// Title of a pane: the time line gives its place to the roofline.
fn name(app: &App, pane: Pane) -> &'static str {
    if pane == Pane::Time && app.roofline { "roofline of one accelerator" } else { pane.title() }
}

fn note_role(app: &App, pane: Pane) -> Role {
    if app.stale() && pane != Pane::Problems && pane != Pane::Plan { Role::Warn } else { Role::Dim }
}

/// The narrow shape has rules instead of frames: they cost a line, not two columns.
fn rule(app: &App, pane: Pane, rect: Rect, buf: &mut Buffer) {
    let focused = pane == app.focus;
    let mut canvas = Canvas::new(app, Rect { height: 1.min(rect.height), ..rect }, buf);
    canvas.rule(0, if focused { Role::BorderFocus } else { Role::Border });
    let role = if focused { Role::TitleFocus } else { Role::Title };
    let x = canvas.text(1, 0, role, &format!(" {} ", name(app, pane)));
    let note = note(app, pane);
    if !note.is_empty() && x + (note.width() as u16) + 3 < rect.width {
        canvas.text_right(rect.width - 1, 0, note_role(app, pane), &format!(" {note} "));
    }
}

/// What stands at the right end of a title.
fn note(app: &App, pane: Pane) -> String {
    match pane {
        Pane::Plan => {
            let (row, column) = app.editor.cursor();
            format!("{}:{}", row + 1, column + 1)
        }
        Pane::Problems => super::problems::count(app),
        _ if app.stale() => "stale".into(),
        Pane::Verdict => app.report.as_ref().map_or_else(String::new, |report| report.scenario.clone()),
        Pane::Walls => super::walls::count(app),
        Pane::Money => {
            app.report.as_ref().and_then(|report| report.tco.as_ref()).map_or_else(String::new, |tco| {
                // What stands in brackets explains the name; the pane's title has no room for it.
                let region = tco.region.split(" (").next().unwrap_or(&tco.region);
                format!("{region} · {} d", super::number::plain(tco.duration_days))
            })
        }
        Pane::Memory | Pane::Time => String::new(),
    }
}

fn page_tabs(app: &App, tabs: Rect, buf: &mut Buffer) {
    let mut canvas = Canvas::new(app, tabs, buf);
    let mut x = 0;
    for page in Page::ALL {
        let role = if Page::of(app.focus) == page { Role::Selection } else { Role::Dim };
        x = canvas.text(x, 0, role, page.label());
    }
}

/// A box in the middle of the screen, emptied, with a title; the answer is its content.
pub fn dialog(app: &App, area: Rect, title: &str, size: (u16, u16), buf: &mut Buffer) -> Rect {
    let width = size.0.min(area.width);
    let height = size.1.min(area.height);
    let rect =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    boxed(app, rect, title, buf)
}

/// A box at a place, emptied, with a title; the answer is its content.
pub fn boxed(app: &App, rect: Rect, title: &str, buf: &mut Buffer) -> Rect {
    Canvas::new(app, rect, buf).clear(Role::Dialog);
    let face = app.theme.style(Role::Text).patch(app.theme.style(Role::Dialog));
    Block::new()
        .borders(Borders::ALL)
        .border_set(if app.ascii { ASCII } else { border::ROUNDED })
        .border_style(face.patch(app.theme.style(Role::BorderFocus)))
        .render(rect, buf);
    let line =
        Rect { x: rect.x + 2, y: rect.y, width: rect.width.saturating_sub(4), height: 1.min(rect.height) };
    Canvas::new(app, line, buf).text(0, 0, Role::TitleFocus, &format!(" {title} "));
    Rect {
        x: rect.x + 2.min(rect.width),
        y: rect.y + 1.min(rect.height),
        width: rect.width.saturating_sub(4),
        height: rect.height.saturating_sub(2),
    }
}
