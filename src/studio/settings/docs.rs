//! The settings as a page of the documentation.

use std::fmt::Write as _;

use super::{FIELDS, Kind};

const HEAD: &str = "\
# Settings

Written by the program from its table of settings; do not edit by hand.

The studio reads `settings.yaml` in the configuration directory (on Linux `~/.config/mlsysim-tui`; the variable
`MLSYSIM_TUI_CONFIG_DIR` names another one). The file is optional, and so is every key. A change counts as soon as it
is saved. A mistake is shown among the problems with its line and column, what is allowed and the nearest name; that
key keeps its default and the others count.

";

const TAIL: &str = "
Arguments win over the file: `--theme`, `--keys`, `--ascii`, `--no-animation` and `--no-mouse`. `NO_COLOR`, `--color never` and
terminals without colours win over every theme.

An editor that knows JSON Schema completes and checks the file:

```text
mlsysim-tui schema --type settings > settings.schema.json
```

```yaml
# yaml-language-server: $schema=settings.schema.json
theme: auto            # light or dark, as the terminal is
dark_theme: high-contrast
borders: unicode
message_seconds: 8
```

With `theme: auto` the terminal is asked for its background once, before the first frame. A terminal that does not
answer within a tenth of a second is taken for what `COLORFGBG` says, else for dark.
";

/// `docs/settings.md`.
pub fn settings_markdown() -> String {
    let mut out = String::from(HEAD);
    out.push_str("| key | values | default | what it does |\n| --- | --- | --- | --- |\n");
    for field in FIELDS {
        let values = match field.kind {
            Kind::Switch => "`true`, `false`".to_owned(),
            Kind::Words(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            Kind::Number(least, most) => format!("{least} to {most}"),
            Kind::Theme(true) => "`auto` or a theme".to_owned(),
            Kind::Theme(false) => "a theme".to_owned(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| `{}` | {values} | `{}` | {} |", field.key, field.default, field.doc);
    }
    out.push_str(TAIL);
    out
}
