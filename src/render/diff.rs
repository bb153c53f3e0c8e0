//! The difference between two texts, line by line, as patches show it.

/// Lines shown before and after a change.
const CONTEXT: usize = 2;
/// Lines of the changed middle beyond which no alignment is looked for.
const MOST: usize = 2000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Same(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// A unified difference, empty where the texts are the same.
pub fn unified(old: &str, new: &str, name: &str) -> String {
    if old == new {
        return String::new();
    }
    let lines = aligned(&old.lines().collect::<Vec<_>>(), &new.lines().collect::<Vec<_>>());
    let mut out = format!("--- {name}\n+++ {name} (changed)\n");
    let near = |index: usize| {
        let from = index.saturating_sub(CONTEXT);
        let to = (index + CONTEXT + 1).min(lines.len());
        lines[from..to].iter().any(|line| !matches!(line, Line::Same(_)))
    };
    let (mut old_at, mut new_at, mut open) = (1_usize, 1_usize, false);
    for (index, line) in lines.iter().enumerate() {
        if near(index) {
            if !open {
                out.push_str(&format!("@@ line {old_at}, now {new_at} @@\n"));
            }
            let (sign, text) = match line {
                Line::Same(text) => (' ', text),
                Line::Old(text) => ('-', text),
                Line::New(text) => ('+', text),
            };
            out.push_str(&format!("{sign}{text}\n"));
        }
        open = near(index);
        old_at += usize::from(!matches!(line, Line::New(_)));
        new_at += usize::from(!matches!(line, Line::Old(_)));
    }
    out
}

/// Both texts in one order: what they share at both ends, then the longest common lines between.
fn aligned<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut lines: Vec<Line<'a>> = old[..head].iter().map(|line| Line::Same(line)).collect();
    if a.len() > MOST || b.len() > MOST {
        lines.extend(a.iter().map(|line| Line::Old(line)));
        lines.extend(b.iter().map(|line| Line::New(line)));
    } else {
        between(a, b, &mut lines);
    }
    lines.extend(old[old.len() - tail..].iter().map(|line| Line::Same(line)));
    lines
}

fn between<'a>(a: &[&'a str], b: &[&'a str], lines: &mut Vec<Line<'a>>) {
    let width = b.len() + 1;
    // Longest common run of lines from each pair of places on.
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i] == b[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            lines.push(Line::Same(a[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || longest[(i + 1) * width + j] >= longest[i * width + j + 1])
        {
            lines.push(Line::Old(a[i]));
            i += 1;
        } else {
            lines.push(Line::New(b[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_stand_between_their_neighbours() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nD\ne\nf\ng\nh\ni\n";
        assert_eq!(
            unified(old, new, "p.yaml"),
            "--- p.yaml\n+++ p.yaml (changed)\n@@ line 2, now 2 @@\n b\n c\n-d\n+D\n e\n f\n g\n h\n+i\n"
        );
        assert_eq!(unified(old, old, "p.yaml"), "");
    }

    #[test]
    fn far_changes_open_a_hunk_of_their_own() {
        let old: String = (0..40).fold(String::new(), |text, line| text + &format!("{line}\n"));
        let new = old.replace("3\n4\n", "3\nfour\n").replace("35\n", "");
        assert_eq!(unified(&old, &new, "p").matches("@@ line").count(), 2);
    }
}
