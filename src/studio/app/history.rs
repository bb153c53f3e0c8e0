//! How hard each wall was pressed in the course of the session.

use std::collections::VecDeque;

use crate::engine::Report;

/// Values kept of each wall: as many as a card can draw.
const KEPT: usize = 72;

/// The pressures of every wall since the plan was opened, oldest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    walls: Vec<(u8, VecDeque<f64>)>,
}

impl History {
    /// Takes in a report. A wall whose pressure is what it was gives no new value, so that typing a comment leaves
    /// no trace.
    pub fn record(&mut self, report: &Report) {
        for wall in &report.walls {
            let Some(pressure) = wall.pressure.filter(|pressure| pressure.is_finite()) else { continue };
            let known = self.walls.iter().position(|(number, _)| *number == wall.number);
            let at = known.unwrap_or_else(|| {
                self.walls.push((wall.number, VecDeque::new()));
                self.walls.len() - 1
            });
            let values = &mut self.walls[at].1;
            if values.back() == Some(&pressure) {
                continue;
            }
            if values.len() == KEPT {
                values.pop_front();
            }
            values.push_back(pressure);
        }
    }

    /// The values of one wall.
    pub fn of(&self, wall: u8) -> Vec<f64> {
        self.walls
            .iter()
            .find(|(number, _)| *number == wall)
            .map_or_else(Vec::new, |(_, values)| values.iter().copied().collect())
    }

    /// Forgets everything: another plan begins.
    pub fn clear(&mut self) {
        self.walls.clear();
    }
}
