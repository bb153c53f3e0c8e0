//! Writing a report beside the plan.

use std::path::{Path, PathBuf};

use crate::studio::app::App;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A page that stands alone, with plots.
    Html,
    /// Markdown.
    Markdown,
    /// The bytes of `eval --output json`.
    Json,
    /// The studio's screen as a picture.
    Svg,
}

impl Format {
    /// Every format, in the order of the dialog.
    pub const ALL: [Format; 4] = [Format::Html, Format::Markdown, Format::Json, Format::Svg];

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Format::Html => "HTML",
            Format::Markdown => "Markdown",
            Format::Json => "JSON",
            Format::Svg => "SVG",
        }
    }

    /// What it is for.
    pub fn purpose(self) -> &'static str {
        match self {
            Format::Html => "a page with plots that stands alone, to send and to print",
            Format::Markdown => "for notes and pull requests",
            Format::Json => "the bytes of eval --output json, for programs",
            Format::Svg => "this screen as a picture",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Markdown => "md",
            Format::Json => "json",
            Format::Svg => "svg",
        }
    }
}

/// The state of the dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Which format.
    pub format: Format,
    /// Where to.
    pub path: String,
    /// The file that is there already and that the next Enter writes over.
    pub exists: Option<String>,
}

impl Export {
    /// The dialog with a path beside the plan.
    pub fn new(app: &App) -> Export {
        let path = match &app.path {
            Some(path) => path.clone(),
            None => PathBuf::from(app.title.replace(' ', "-")),
        };
        let mut export = Export { format: Format::Html, path: path.display().to_string(), exists: None };
        export.take(Format::Html);
        export
    }

    /// Another format: the path's extension follows.
    pub fn take(&mut self, format: Format) {
        self.format = format;
        self.exists = None;
        self.path = Path::new(&self.path).with_extension(format.extension()).display().to_string();
    }

    /// The format after or before this one.
    pub fn turn(&mut self, forward: bool) {
        let count = Format::ALL.len();
        let at = Format::ALL.iter().position(|format| *format == self.format).unwrap_or(0);
        self.take(Format::ALL[(at + if forward { 1 } else { count - 1 }) % count]);
    }
}
