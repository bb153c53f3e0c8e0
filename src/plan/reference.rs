//! The reference of the plan language, written from the table of fields.

use std::fmt::Write as _;

use super::fields::{self, FIELDS, Field, Kind};

const HEAD: &str = "\
<!-- Written from src/plan/fields.rs by `UPDATE=1 cargo test --test runner plans`. -->

# The plan, field by field

A plan is one YAML mapping. A key that is not listed here is an error; a key without a value counts as absent.
Fields marked ● are those of mlsysim 0.3.0. The others have no effect under `physics: mlsysim`, except `physics`
and `registry` themselves. Where `auto` is allowed, the program chooses and the report shows what it chose.
";

/// The whole reference as Markdown: one table for each block.
pub fn markdown() -> String {
    let mut out = HEAD.to_owned();
    table(&mut out, "", "");
    for field in FIELDS.iter().filter(|field| field.kind == Kind::Block) {
        table(&mut out, field.path, field.doc);
    }
    out
}

fn table(out: &mut String, path: &str, doc: &str) {
    let title = if path.is_empty() { "The top".to_owned() } else { format!("`{path}`") };
    // Writing to a `String` cannot fail.
    let _ = write!(out, "\n## {title}\n\n");
    if !doc.is_empty() {
        let _ = write!(out, "{doc}\n\n");
    }
    let _ = writeln!(
        out,
        "| key | 0.3.0 | what | allowed | default | example |\n| --- | --- | --- | --- | --- | --- |"
    );
    for field in fields::children(path) {
        row(out, field);
    }
}

fn row(out: &mut String, field: &Field) {
    let mark = if field.reference { "●" } else { "" };
    let unit = if field.unit.is_empty() { String::new() } else { format!(", in {}", field.unit) };
    let default = if field.required { "**required**" } else { field.default };
    let example = if field.example.is_empty() { String::new() } else { format!("`{}`", field.example) };
    let allowed = fields::allowed(field);
    let _ = writeln!(
        out,
        "| `{}` | {mark} | {} | {allowed}{unit} | {default} | {example} |",
        field.key(),
        field.doc
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_row() {
        let text = markdown();
        for field in FIELDS.iter().filter(|field| !field.path.ends_with("[]")) {
            assert!(text.contains(&format!("| `{}` |", field.key())), "{}", field.path);
        }
        assert!(text.contains("## `constraints.assert[]`"));
        assert!(text.lines().filter(|line| line.starts_with('|')).all(|line| line.matches('|').count() == 7));
    }
}
