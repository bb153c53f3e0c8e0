//! Writes reports: the only part of the export that touches files.

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, Format, Overlay};
use super::message::Message;
use super::{picture, view};
use crate::engine::{cash, json};
use crate::files::{self, SaveError};
use crate::render::{html, markdown, safe};

/// Writes a report of the plan in front; never over a file, unless that was said twice.
pub fn write(app: &mut App, path: &Path, format: Format, overwrite: bool) -> Message {
    if path.exists() && !overwrite {
        return Message::ExportExists(path.to_owned());
    }
    let Some(text) = render(app, format) else {
        return Message::SaveFailed("there is no report to write".into());
    };
    match files::save(path, &text, None) {
        Ok(_) => Message::Exported(path.to_owned()),
        Err(SaveError::Conflict { .. }) => Message::ExportExists(path.to_owned()),
        Err(error) => Message::SaveFailed(error.to_string()),
    }
}

/// The report in a form.
pub fn render(app: &mut App, format: Format) -> Option<String> {
    let (plan, report) = (app.reading.plan.as_ref()?, app.report.as_ref()?);
    Some(match format {
        Format::Markdown => markdown::report(report, true),
        Format::Html => {
            let cash = cash::cash(plan, app.reading.registry_or(&app.registry));
            html::report(report, cash.as_ref())
        }
        Format::Json => {
            let text = serde_json::to_string_pretty(&json::flat(report, false)).ok()?;
            format!("{}\n", safe::escape_controls_in_json(&text))
        }
        Format::Svg => screen(app),
    })
}

/// What the screen shows without the dialog.
fn screen(app: &mut App) -> String {
    let overlay = std::mem::replace(&mut app.overlay, Overlay::None);
    let area = Rect::new(0, 0, app.size.0, app.size.1);
    let mut buffer = Buffer::empty(area);
    view::draw(app, area, &mut buffer);
    app.overlay = overlay;
    picture::svg(&buffer, &format!("mlsysim-tui on {}", app.title))
}
