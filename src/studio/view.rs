//! What the screen shows. Reads the state and the layout; changes nothing but where the editor has scrolled to.

mod canvas;
mod card;
pub(crate) mod change;
mod chooser;
mod completion;
mod conflict;
mod entry;
mod explore;
mod flash;
mod frame;
mod help;
mod levers;
mod memory;
mod menu;
mod money;
mod neighbours;
mod number;
mod palette;
mod plot;
mod problems;
mod prompt;
pub(super) mod proposal;
mod roofline;
mod screens;
mod status;
mod time;
mod tour;
mod verdict;
mod walls;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};

use super::app::{App, Overlay};
use super::editor::EditorStyles;
use super::layout::{Pane, Panes, Shape};
use super::theme::{Role, Theme};
use canvas::Canvas;

pub use chooser::line_at as chooser_line_at;
pub use completion::item_at as completion_at;
pub use explore::{choice_at as explore_choice_at, design_at as explore_design_at};
pub use flash::Flash;
pub use frame::tab_width;
pub use palette::{Spot as PaletteSpot, line_at as palette_line_at};
pub use screens::{Hit, hit as screen_hit};
pub use status::tab_at;

/// Draws everything and puts the terminal's cursor where the focus is.
pub fn view(app: &mut App, frame: &mut Frame) {
    let area = frame.area();
    app.size = (area.width, area.height);
    let cursor = draw(app, area, frame.buffer_mut());
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// Draws into a buffer; the answer is where the terminal's cursor belongs.
pub fn draw(app: &mut App, area: Rect, buf: &mut Buffer) -> Option<Position> {
    app.settle_completions();
    fill(buf, area, app.theme.style(Role::Text));
    app.hints.clear();
    let panes = app.panes();
    let mut cursor = None;
    if panes.shape == Shape::Tiny {
        status::tiny(app, area, buf);
        return None;
    }
    frame::frames(app, &panes, buf);
    for (pane, rect) in &panes.places {
        let inner = super::layout::inner(panes.shape, *pane, *rect);
        if inner.is_empty() {
            continue;
        }
        let focused = app.focus == *pane && app.overlay == Overlay::None;
        if *pane == Pane::Plan {
            let styles = editor_styles(&app.theme, app.ascii);
            let whole = inner;
            let inner = app.editor_area(&panes).unwrap_or(inner);
            if inner != whole {
                let strip = Rect { y: inner.bottom(), height: whole.height - inner.height, ..whole };
                neighbours::draw(app, &mut Canvas::new(app, strip, buf));
            }
            let at = app.editor.render(inner, buf, &styles, focused);
            plain_underlines(inner, buf);
            overflow(app, inner, buf);
            cursor = if focused { at } else { cursor };
            continue;
        }
        let mut canvas = Canvas::new(app, inner, buf);
        app.hidden[usize::from(pane.number())].set((0, 0));
        let at = pane_content(app, &panes, *pane, &mut canvas);
        frame::scroll_mark(app, &panes, *pane, *rect, buf);
        if focused {
            cursor = Some(at.unwrap_or(Position::new(inner.x, inner.y)));
        }
    }
    status::header(app, &panes, buf);
    status::footer(app, &panes, buf);
    if app.overlay == Overlay::None
        && app.focus == Pane::Plan
        && let (Some(popup), Some(cursor)) = (&app.popup, cursor)
    {
        completion::draw(app, popup, &panes, cursor, buf);
    }
    let cursor = overlay(app, &panes, buf).or(cursor);
    tour::draw(app, &panes, buf);
    status::toast(app, &panes, buf);
    if app.watch {
        set_off(app, &panes, buf);
    }
    cursor
}

/// Gives every cell of an area a style. For all of a buffer without the search for each cell that `set_style` makes:
/// this is the largest area of every frame.
fn fill(buf: &mut Buffer, area: Rect, style: Style) {
    if area == buf.area {
        for cell in &mut buf.content {
            cell.set_style(style);
        }
    } else {
        buf.set_style(area, style);
    }
}

/// Compares the frame with the one before where a save asks for it, and sets off what changed.
fn set_off(app: &mut App, panes: &Panes, buf: &mut Buffer) {
    if app.flash == Flash::Armed {
        let cells = app.shown.as_ref().map(|before| flash::changed(before, buf, panes)).unwrap_or_default();
        app.flash = if cells.is_empty() { Flash::Off } else { Flash::On(cells) };
    }
    app.shown = Some(buf.clone());
    if let Flash::On(cells) = &app.flash {
        flash::lay_over(cells, buf);
    }
}

/// Gives underlined text the colour of its line. The line's own colour (SGR 58) is misread by many terminals as a
/// background, which hides the very text that has a problem.
fn plain_underlines(inner: Rect, buf: &mut Buffer) {
    let inner = inner.intersection(buf.area);
    for y in inner.top()..inner.bottom() {
        let start = buf.index_of(inner.x, y);
        for cell in &mut buf.content[start..start + usize::from(inner.width)] {
            if cell.underline_color != Color::Reset {
                cell.fg = cell.underline_color;
                cell.underline_color = Color::Reset;
            }
        }
    }
}

/// Marks the lines of the editor that go on to the right of it.
fn overflow(app: &App, inner: Rect, buf: &mut Buffer) {
    let mut canvas = Canvas::new(app, inner, buf);
    let sign = canvas.sign("…", "~");
    for row in app.editor.cut_rows() {
        canvas.text(inner.width.saturating_sub(1), *row, Role::Dim, sign);
    }
}

/// The content of a panel; the answer is where its selected line begins.
fn pane_content(app: &App, panes: &Panes, pane: Pane, canvas: &mut Canvas) -> Option<Position> {
    match pane {
        Pane::Plan => None,
        Pane::Verdict => verdict::draw(app, canvas),
        Pane::Walls => walls::draw(app, canvas, panes.shape == Shape::Narrow && panes.places.len() > 2),
        Pane::Memory => memory::draw(app, canvas),
        Pane::Time if app.roofline => roofline::draw(app, canvas),
        Pane::Time => time::draw(app, canvas),
        Pane::Money => money::draw(app, canvas),
        Pane::Problems => problems::draw(app, canvas),
    }
}

fn overlay(app: &App, panes: &Panes, buf: &mut Buffer) -> Option<Position> {
    match &app.overlay {
        Overlay::None => None,
        Overlay::Menu => Some(menu::draw(app, panes, buf)),
        Overlay::Palette(palette) => Some(palette::draw(app, palette, panes.body, buf)),
        Overlay::Help(scroll) => Some(help::draw(app, panes, *scroll, buf)),
        Overlay::Chooser(selected) => chooser::draw(app, *selected, buf),
        Overlay::Search(text) => {
            Some(prompt::draw(app, panes, &format!("find{}", matches_of(app)), text, buf))
        }
        Overlay::Replace { find, text } => {
            let title = format!("replace {find} with{}", matches_of(app));
            Some(prompt::draw(app, panes, &title, text, buf))
        }
        Overlay::Name { text, .. } => Some(prompt::draw(app, panes, "save as", text, buf)),
        Overlay::Conflict { difference, scroll, .. } => {
            Some(conflict::draw(app, panes, difference.as_deref(), *scroll, buf))
        }
        Overlay::Leave(_) => Some(prompt::leave(app, panes, buf)),
        Overlay::Recovered { place, .. } => Some(prompt::recovered(app, panes, place, buf)),
        Overlay::Command(text) => Some(prompt::draw(app, panes, "command", &format!(":{text}"), buf)),
        Overlay::Proposal { considered, scroll } => {
            Some(proposal::draw(app, panes, considered, *scroll, buf))
        }
        Overlay::Refusal { considered, text } => {
            let title = format!("refuse; a reason for {}, or just Enter", considered.proposal.who);
            Some(prompt::draw(app, panes, &title, text, buf))
        }
        Overlay::Entry { kind, id, scroll } => Some(entry::draw(app, panes, *kind, id, *scroll, buf)),
        Overlay::Vary(text) => {
            // What is asked about stays in view.
            explore::draw(app, panes, buf);
            let title = prompt::title(
                panes,
                &["vary FIELD=VALUES, as in accelerators,tensor=1,2,4,8", "vary, as in tensor=1,2,4,8"],
            );
            Some(prompt::draw(app, panes, title, text, buf))
        }
        Overlay::Limit { text, selected } => {
            explore::draw(app, panes, buf);
            Some(explore::limit(app, panes, text, *selected, buf))
        }
        Overlay::OpenTab(text) => Some(prompt::draw(app, panes, "open in a tab", text, buf)),
        Overlay::Screen(screen) => screens::draw(app, panes, screen, buf),
        Overlay::Explore => Some(explore::draw(app, panes, buf)),
        Overlay::Card(number, scroll) => card::draw(app, panes, *number, *scroll, buf),
    }
}

/// Which match of how many is selected, for the title of a prompt.
fn matches_of(app: &App) -> String {
    match app.editor.search_place() {
        (_, 0) => String::new(),
        (Some(at), count) => format!(": {} of {count}", at + 1),
        (None, count) => format!(": {count}"),
    }
}

/// Which line of a pane a screen row shows, for the mouse.
pub fn line_at(app: &App, pane: Pane, inner: Rect, row: u16) -> Option<usize> {
    let row = usize::from(row.checked_sub(inner.y)?);
    match pane {
        Pane::Walls => walls::line_at(app, inner, row),
        Pane::Problems => problems::line_at(app, inner, row),
        _ => None,
    }
}

/// First line shown so that the selected one is in view: a pure function, so that nothing has to be kept.
pub(super) fn first_line(selected: usize, count: usize, height: usize) -> usize {
    if height == 0 || count <= height {
        return 0;
    }
    // One line of context below where there is room for it, so that moving down shows what comes.
    let context = usize::from(height > 2);
    (selected + 1 + context).saturating_sub(height).min(count - height)
}

/// The first row shown of a pane so that the selected rows are in view. It moves no further than it must: what was
/// clicked stays under the mouse.
pub(super) fn steady(
    app: &App,
    pane: Pane,
    selected: std::ops::RangeInclusive<usize>,
    count: usize,
    height: usize,
) -> usize {
    let number = usize::from(pane.number());
    let first = steadily(&app.tops[number], selected, count, height);
    app.hidden[number].set((first, count.saturating_sub(first + height)));
    first
}

/// The same for the list in front of the panes.
pub(super) fn steady_list(app: &App, selected: usize, count: usize, height: usize) -> usize {
    steadily(&app.list_top, selected..=selected, count, height)
}

fn steadily(
    top: &std::cell::Cell<usize>,
    selected: std::ops::RangeInclusive<usize>,
    count: usize,
    height: usize,
) -> usize {
    let before = top.get().min(count.saturating_sub(height));
    let first = if *selected.start() < before {
        *selected.start()
    } else if *selected.end() >= before + height {
        first_line(*selected.end(), count, height).min(*selected.start())
    } else {
        before
    };
    top.set(first);
    first
}

fn editor_styles(theme: &Theme, ascii: bool) -> EditorStyles {
    EditorStyles {
        text: theme.style(Role::Text),
        gutter: theme.style(Role::Gutter),
        gutter_current: theme.style(Role::GutterCurrent),
        current_line: theme.style(Role::CursorLine),
        selection: theme.style(Role::Selection),
        search_match: theme.style(Role::SearchMatch),
        key: theme.style(Role::YamlKey),
        string: theme.style(Role::YamlString),
        number: theme.style(Role::YamlNumber),
        boolean: theme.style(Role::YamlKeyword),
        comment: theme.style(Role::YamlComment),
        punctuation: theme.style(Role::YamlPunctuation),
        anchor: theme.style(Role::YamlKeyword),
        error: theme.style(Role::Bad),
        warning: theme.style(Role::Warn),
        note: theme.style(Role::Info),
        folds: if ascii { ["+", "-", "..."] } else { ["▸", "▾", "⋯"] },
        signs: if ascii { ["x", "!", "i"] } else { ["✖", "▲", "●"] },
    }
}

#[cfg(test)]
mod tests {
    use super::first_line;

    #[test]
    fn the_selected_line_is_always_in_view() {
        for count in 0..30 {
            for height in 1..12 {
                for selected in 0..count {
                    let first = first_line(selected, count, height);
                    assert!(
                        first <= selected && selected < first + height,
                        "{selected} of {count} in {height}"
                    );
                    assert!(first + height <= count.max(height));
                }
            }
        }
    }
}
