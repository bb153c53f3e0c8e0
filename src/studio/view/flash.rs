//! What a save from outside changed on the screen, set off for a moment: while watching nobody types, so nothing else
//! says where to look.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use crate::studio::layout::Panes;

/// The words that changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Flash {
    /// Nothing is set off.
    #[default]
    Off,
    /// The next frame is compared with the one before it.
    Armed,
    /// These cells are set off.
    On(Vec<Position>),
}

/// Cells of the words of the panes that differ between two frames. Bars and curves tell of themselves.
pub fn changed(before: &Buffer, now: &Buffer, panes: &Panes) -> Vec<Position> {
    let mut cells = Vec::new();
    if before.area != now.area {
        return cells;
    }
    for (pane, rect) in &panes.places {
        let inner = crate::studio::layout::inner(panes.shape, *pane, *rect).intersection(now.area);
        for y in inner.top()..inner.bottom() {
            word_changes(before, now, Rect { y, height: 1, ..inner }, &mut cells);
        }
    }
    cells
}

fn word_changes(before: &Buffer, now: &Buffer, row: Rect, cells: &mut Vec<Position>) {
    let is_word = |position: Position| {
        now[position].symbol().chars().all(|letter| letter.is_alphanumeric() || "$%.,+-/".contains(letter))
    };
    let mut x = row.left();
    while x < row.right() {
        let begin = x;
        while x < row.right() && is_word(Position::new(x, row.y)) {
            x += 1;
        }
        let word: Vec<Position> = (begin..x).map(|x| Position::new(x, row.y)).collect();
        if word.iter().any(|cell| before[*cell].symbol() != now[*cell].symbol()) {
            cells.extend(word);
        }
        x += 1;
    }
}

/// Sets cells off, by weight and reversal: without colours too.
pub fn lay_over(cells: &[Position], buf: &mut Buffer) {
    for cell in cells {
        if let Some(cell) = buf.cell_mut(*cell) {
            cell.modifier.insert(Modifier::BOLD | Modifier::REVERSED);
            cell.modifier.remove(Modifier::DIM);
        }
    }
}
