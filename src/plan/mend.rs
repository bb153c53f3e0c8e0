//! Fixes that leave no choice, applied to a text until there are none left.

use super::{Diagnostic, Fix, Severity, edit};

/// Fixes may uncover others; no plan needs more rounds than this.
const ROUNDS: usize = 8;

/// The fix of a problem that leaves no choice: the one there is, or the one that keeps what was written. An
/// error is never mended by removing what its writer meant.
fn only_fix(diagnostic: &Diagnostic) -> Option<&Fix> {
    let (removals, others): (Vec<&Fix>, Vec<&Fix>) =
        diagnostic.fixes.iter().partition(|fix| fix.replacement.trim().is_empty());
    match (others.as_slice(), removals.as_slice()) {
        ([fix], _) => Some(fix),
        ([], [fix]) if diagnostic.severity != Severity::Error => Some(fix),
        _ => None,
    }
}

/// The text with each fix that leaves no choice applied, and what was done, line by line. `read` gives the
/// problems of a text.
pub fn mend(text: &str, read: impl Fn(&str) -> Vec<Diagnostic>) -> (String, Vec<String>) {
    let mut text = text.to_owned();
    let mut titles = Vec::new();
    for _ in 0..ROUNDS {
        let diagnostics = read(&text);
        let mut fixes: Vec<_> = diagnostics.iter().filter_map(|one| Some((one, only_fix(one)?))).collect();
        // From the end, so that places before stay where they are.
        fixes.sort_by_key(|(_, fix)| std::cmp::Reverse((fix.range.start, fix.range.end)));
        let mut edited = text.clone();
        let mut free = usize::MAX;
        let mut applied = Vec::new();
        for (diagnostic, fix) in fixes {
            if fix.range.end <= free
                && let Some(changed) = edit::apply_fix(&edited, fix)
            {
                edited = changed;
                free = fix.range.start;
                applied.push(format!("line {}: {}", diagnostic.line, fix.title));
            }
        }
        if edited == text {
            break;
        }
        // A fix that makes things worse is none.
        let errors =
            |found: &[Diagnostic]| found.iter().filter(|one| one.severity == Severity::Error).count();
        if errors(&read(&edited)) > errors(&diagnostics) {
            break;
        }
        text = edited;
        applied.reverse();
        titles.append(&mut applied);
    }
    (text, titles)
}
