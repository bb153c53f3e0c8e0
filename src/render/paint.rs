//! Colour and columns of plain text.

use unicode_width::UnicodeWidthStr;

/// What a piece of text means; colour only repeats what the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// A heading.
    Strong,
    /// Less important.
    Quiet,
    /// Holds.
    Good,
    /// Look at this.
    Warn,
    /// Does not hold.
    Bad,
}

/// Colours text, or leaves it alone.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// True where escape sequences may be written.
    pub color: bool,
}

impl Paint {
    /// The text in the tone.
    pub fn tone(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_string(),
            Tone::Strong => "1",
            Tone::Quiet => "2",
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "1;31",
        };
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// The text, filled up on the right to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{:missing$}", "")
}

/// The text, filled up on the left to `width` columns.
pub fn pad_left(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{:missing$}{text}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paint_without_color_writes_no_escapes() {
        assert_eq!(Paint { color: false }.tone(Tone::Bad, "FAIL"), "FAIL");
        assert_eq!(Paint { color: true }.tone(Tone::Good, "PASS"), "\x1b[32mPASS\x1b[0m");
    }

    #[test]
    fn padding_counts_columns() {
        assert_eq!(pad("日本", 6), "日本  ");
        assert_eq!(pad_left("é", 3), "  é");
    }
}
