//! Which panes stand where in each shape.

use super::cutter::Cutter;
use super::{Divider, MIN_COLUMNS, Page, Pane, Panes};

/// Plan, walls and figures side by side.
pub(super) fn wide(panes: &mut Panes, cut: &mut Cutter, focus: Pane, watch: bool) {
    let rows = if cut.area.height >= 40 { 8 } else { 6 };
    let problems = cut.bottom(Divider::Problems, rows, 3);
    if !watch {
        let columns = (cut.area.width * 38 / 100).max(54);
        panes.places.push((Pane::Plan, cut.left(Divider::Plan, columns, 2 * MIN_COLUMNS)));
    }
    panes.places.push((Pane::Verdict, cut.top(Divider::Verdict, 8, 2)));
    let columns = cut.area.width * 53 / 100;
    panes.places.push((Pane::Walls, cut.left(Divider::Walls, columns, MIN_COLUMNS)));
    let memory = if cut.area.height >= 28 { 12 } else { 8 };
    panes.places.push((Pane::Memory, cut.top(Divider::Memory, memory, 1)));
    if cut.area.height >= 16 {
        // Tall screens have room for what moves the step as well.
        let rows = if cut.area.height >= 28 { 13 } else { 8 };
        panes.places.push((Pane::Time, cut.top(Divider::Time, rows, 1)));
        panes.places.push((Pane::Money, cut.area));
    } else {
        panes.places.push((if focus == Pane::Time { Pane::Time } else { Pane::Money }, cut.area));
        panes.group = vec![Pane::Money, Pane::Time];
    }
    panes.places.push((Pane::Problems, problems));
}

/// The plan beside the panels.
pub(super) fn medium(panes: &mut Panes, cut: &mut Cutter, focus: Pane, watch: bool) {
    let tall = cut.area.height >= 42;
    let columns = cut.area.width * 48 / 100;
    let left = cut.left(Divider::Plan, columns, MIN_COLUMNS);
    let right = cut.turn(left);
    let problems = cut.bottom(Divider::Problems, if tall { 9 } else { 7 }, if watch { 2 } else { 1 });
    let mut group = vec![Pane::Walls, Pane::Money, Pane::Time];
    if watch {
        panes.places.push((Pane::Verdict, cut.top(Divider::Verdict, 8, 1)));
        if cut.area.height >= 20 {
            panes.places.push((Pane::Memory, cut.top(Divider::Memory, 12, 1)));
            panes.places.push((Pane::Time, cut.area));
            group.retain(|pane| *pane != Pane::Time);
        } else {
            panes.places.push((Pane::Memory, cut.area));
        }
        cut.turn(right);
    } else {
        panes.places.push((Pane::Plan, cut.area));
        cut.turn(right);
        panes.places.push((Pane::Verdict, cut.top(Divider::Verdict, 8, 2)));
        panes.places.push((Pane::Memory, cut.top(Divider::Memory, if tall { 9 } else { 7 }, 1)));
    }
    if cut.area.height >= 24 {
        let rows = if cut.area.height >= 38 { 27 } else { cut.area.height - 10 };
        panes.places.push((Pane::Walls, cut.top(Divider::WallsBottom, rows, 1)));
        group.retain(|pane| *pane != Pane::Walls);
    }
    let front = if group.contains(&focus) { focus } else { group[0] };
    panes.places.push((front, cut.area));
    panes.group = group;
    panes.places.push((Pane::Problems, problems));
}

/// One column.
pub(super) fn narrow(panes: &mut Panes, cut: &mut Cutter, focus: Pane, watch: bool) {
    let tall = cut.area.height >= 26;
    let page = match Page::of(focus) {
        Page::Plan if watch => Page::Overview,
        page => page,
    };
    match page {
        Page::Plan => {
            panes.places.push((
                Pane::Verdict,
                cut.top(Divider::Verdict, if tall { 7 } else { 4 }, if tall { 3 } else { 2 }),
            ));
            if tall {
                panes.places.push((Pane::Memory, cut.top(Divider::Memory, 3, 2)));
            }
            let problems = cut.bottom(Divider::Problems, if tall { 6 } else { 3 }, 1);
            panes.places.push((Pane::Plan, cut.area));
            panes.places.push((Pane::Problems, problems));
        }
        Page::Overview => {
            panes.places.push((
                Pane::Verdict,
                cut.top(Divider::Verdict, if tall { 8 } else { 4 }, if tall { 4 } else { 2 }),
            ));
            panes.places.push((
                Pane::Memory,
                cut.top(Divider::Memory, if tall { 7 } else { 3 }, if tall { 3 } else { 1 }),
            ));
            if tall {
                panes.places.push((Pane::Walls, cut.top(Divider::WallsBottom, 8, 2)));
                let rows = cut.area.height / 2;
                panes.places.push((Pane::Problems, cut.top(Divider::Problems, rows, 1)));
                panes.places.push((Pane::Money, cut.area));
            } else {
                if cut.area.height >= 12 {
                    panes.places.push((Pane::Walls, cut.top(Divider::WallsBottom, 6, 2)));
                }
                panes.places.push((Pane::Problems, cut.area));
            }
        }
        Page::Walls => panes.places.push((Pane::Walls, cut.area)),
        Page::Money => {
            panes.places.push((Pane::Time, cut.top(Divider::Time, 7, 1)));
            panes.places.push((Pane::Money, cut.area));
        }
    }
}
