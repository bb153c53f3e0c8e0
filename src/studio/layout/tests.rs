use super::*;

#[test]
fn breakpoints() {
    for (size, shape) in [
        ((140, 40), Shape::Wide),
        ((139, 40), Shape::Medium),
        ((84, 24), Shape::Medium),
        ((83, 24), Shape::Narrow),
        ((40, 10), Shape::Narrow),
        ((39, 40), Shape::Tiny),
        ((200, 9), Shape::Tiny),
        ((0, 0), Shape::Tiny),
    ] {
        assert_eq!(layout(size, Pane::Plan, false, false, &Sizes::default()).shape, shape, "{size:?}");
    }
}

#[test]
fn every_pane_can_be_reached_and_lies_on_the_screen() {
    for width in (40..260).step_by(7) {
        for height in (10..90).step_by(3) {
            for focus in Pane::ALL {
                let sizes = Sizes::default();
                for (zoom, watch) in [(false, false), (true, false), (false, true)] {
                    let panes = layout((width, height), focus, zoom, watch, &sizes);
                    for (_, rect) in &panes.places {
                        assert_eq!(rect.intersection(panes.body), *rect, "{width}x{height} {focus:?}");
                    }
                    if !(watch && focus == Pane::Plan) && (panes.body.height >= 24 || zoom) {
                        assert!(panes.place(focus).is_some(), "{width}x{height} {focus:?} {watch}");
                    }
                }
            }
        }
    }
}

#[test]
fn watching_shows_no_editor() {
    for width in [45, 100, 180] {
        assert_eq!(
            layout((width, 40), Pane::Verdict, false, true, &Sizes::default()).place(Pane::Plan),
            None
        );
    }
}

#[test]
fn zoom_gives_everything_to_the_focus() {
    let panes = layout((160, 50), Pane::Walls, true, false, &Sizes::default());
    assert_eq!(panes.places, vec![(Pane::Walls, panes.body)]);
}

#[test]
fn however_far_borders_are_moved_every_pane_keeps_room_on_the_screen() {
    for (width, height) in [(160, 50), (140, 24), (100, 30), (84, 20), (45, 40), (40, 12)] {
        for watch in [false, true] {
            for divider in Divider::ALL {
                for offset in [-200, -7, 7, 200] {
                    let before = layout((width, height), Pane::Verdict, false, watch, &Sizes::default());
                    let mut sizes = Sizes::default();
                    sizes.set(Class::of(before.shape, watch).unwrap(), *divider, offset);
                    let panes = layout((width, height), Pane::Verdict, false, watch, &sizes);
                    for (pane, rect) in &panes.places {
                        assert_eq!(
                            rect.intersection(panes.body),
                            *rect,
                            "{width}x{height} {divider:?} {offset}"
                        );
                        let least =
                            if before.place(*pane).is_some_and(|usual| usual.height < 3) { 0 } else { 2 };
                        assert!(
                            rect.height >= least,
                            "{pane:?} {width}x{height} {divider:?} {offset}: {rect:?}"
                        );
                        assert!(rect.width >= 12, "{pane:?} {width}x{height} {divider:?} {offset}: {rect:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_pane_grows_at_its_far_border_and_else_at_its_near_one() {
    let panes = layout((160, 50), Pane::Plan, false, false, &Sizes::default());
    let sideways = Step { vertical: true, grow: true };
    assert_eq!(
        panes.edge_of(Pane::Plan, sideways).map(|(edge, way)| (edge.divider, way)),
        Some((Divider::Plan, 1))
    );
    let (edge, way) = panes.edge_of(Pane::Money, sideways).unwrap();
    assert_eq!((edge.divider, way), (Divider::Walls, -1));
    let down = Step { vertical: false, grow: true };
    let (edge, way) = panes.edge_of(Pane::Problems, down).unwrap();
    assert_eq!((edge.divider, way), (Divider::Problems, -1));
}
