//! `docs/keys.md`, from the table.

use std::fmt::Write as _;

use super::{Binding, Context, KeySet, bindings};
use crate::studio::{editor, glossary};

/// The table as Markdown, for `docs/keys.md`.
pub fn keys_markdown() -> String {
    let mut out = String::from(
        "# Keys of the studio\n\nWritten by the program from its key table; do not edit by hand.\n",
    );
    for context in Context::ALL {
        table(&mut out, context.title(), bindings(context));
        let also: Vec<String> =
            context.also().iter().map(|context| format!("*{}*", context.title().to_lowercase())).collect();
        if !also.is_empty() {
            let _ = writeln!(out, "\nHeard here too: {}.", also.join(", "));
        }
        if context == Context::Editor {
            out.push_str("\n### While typing, in every key set but vim's normal mode\n\n| key | does |\n| --- | --- |\n");
            for (keys, does) in editor::KEYS {
                let _ = writeln!(out, "| {keys} | {does} |");
            }
        }
    }
    out.push_str(
        "\n# Key sets\n\nThe setting `keys: default | emacs | vim`, or `--keys`, chooses one. What a set hears wins \
         over the tables above; the rest stays.\n",
    );
    for (title, bindings) in KeySet::ALL.into_iter().flat_map(KeySet::parts) {
        table(&mut out, title, bindings.iter());
    }
    out.push_str(
        "\n# Signs and words\n\nThe help (`f1`, `?`) shows them too, those of what is in front first.\n",
    );
    for (title, terms) in glossary::all() {
        let _ = write!(out, "\n## {title}\n\n| shown | means |\n| --- | --- |\n");
        for term in terms {
            let _ = writeln!(out, "| `{}` | {} |", term.word, term.meaning);
        }
    }
    out
}

fn table(out: &mut String, title: &str, bindings: impl Iterator<Item = &'static Binding>) {
    out.push_str("\n## ");
    out.push_str(title);
    out.push_str("\n\n| key | does | in full |\n| --- | --- | --- |\n");
    for binding in bindings {
        let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| {} | {} | {} |", keys.join(", "), binding.label, binding.description);
    }
}
