//! A change as people read it: its direction as an arrow, its size, and a word for better or worse.

use super::number;
use crate::metrics::{Better, Metric};
use crate::studio::theme::Role;

/// `▲12% worse`; `None` where nothing changes.
pub fn words(metric: &Metric, before: f64, now: f64, ascii: bool) -> Option<(Role, String)> {
    signed(metric.judged([before, now]), before, now, ascii)
}

/// The same for a figure that is no metric of the table.
pub fn signed(better: Better, before: f64, now: f64, ascii: bool) -> Option<(Role, String)> {
    if before == now {
        return None;
    }
    let up = now > before;
    let arrow = match (up, ascii) {
        (true, false) => "▲",
        (false, false) => "▼",
        (true, true) => "^",
        (false, true) => "v",
    };
    let size =
        if before == 0.0 { number::plain(now) } else { number::percent(((now - before) / before).abs()) };
    let (role, word) = match (better, up) {
        (Better::Neither, _) => (Role::Dim, ""),
        (Better::Lower, false) | (Better::Higher, true) => (Role::Good, " better"),
        _ => (Role::Warn, " worse"),
    };
    Some((role, format!("{arrow}{size}{word}")))
}
