//! The difference of two texts, line by line.

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// In both.
    Same(String),
    /// Only in the first.
    Mine(String),
    /// Only in the second.
    Theirs(String),
}

/// Above this many cells of the comparison table, what differs is shown as one block.
const MAX_CELLS: usize = 4_000_000;

/// The difference between `mine` and `theirs`; what both have in common comes once.
pub fn diff(mine: &str, theirs: &str) -> Vec<DiffLine> {
    let a: Vec<&str> = mine.lines().collect();
    let b: Vec<&str> = theirs.lines().collect();
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (middle_a, middle_b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let same = |line: &&str| DiffLine::Same((*line).to_owned());
    let mut out: Vec<DiffLine> = a[..head].iter().map(same).collect();
    if middle_a.len().saturating_mul(middle_b.len()) > MAX_CELLS {
        out.extend(middle_a.iter().map(|line| DiffLine::Mine((*line).to_owned())));
        out.extend(middle_b.iter().map(|line| DiffLine::Theirs((*line).to_owned())));
    } else {
        longest_common(middle_a, middle_b, &mut out);
    }
    out.extend(a[a.len() - tail..].iter().map(same));
    out
}

/// Walks the table of longest common subsequences.
fn longest_common(a: &[&str], b: &[&str], out: &mut Vec<DiffLine>) {
    let columns = b.len() + 1;
    let mut table = vec![0u32; (a.len() + 1) * columns];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i * columns + j] = if a[i] == b[j] {
                table[(i + 1) * columns + j + 1] + 1
            } else {
                table[(i + 1) * columns + j].max(table[i * columns + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push(DiffLine::Same(a[i].to_owned()));
            i += 1;
            j += 1;
        } else if j == b.len() || (i < a.len() && table[(i + 1) * columns + j] >= table[i * columns + j + 1])
        {
            out.push(DiffLine::Mine(a[i].to_owned()));
            i += 1;
        } else {
            out.push(DiffLine::Theirs(b[j].to_owned()));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_shows_both_versions_and_what_stands_around_it() {
        let lines = diff("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 5\nc: 3\nd: 4\n");
        assert_eq!(
            lines,
            vec![
                DiffLine::Same("a: 1".into()),
                DiffLine::Mine("b: 2".into()),
                DiffLine::Theirs("b: 5".into()),
                DiffLine::Same("c: 3".into()),
                DiffLine::Theirs("d: 4".into()),
            ]
        );
    }

    #[test]
    fn each_side_can_be_read_back() {
        let (mine, theirs) = ("x\ny\nz\nw", "y\nq\nw\nw\n");
        let lines = diff(mine, theirs);
        let side = |mine_side: bool| -> Vec<String> {
            lines
                .iter()
                .filter_map(|line| match line {
                    DiffLine::Same(text) => Some(text.clone()),
                    DiffLine::Mine(text) => mine_side.then(|| text.clone()),
                    DiffLine::Theirs(text) => (!mine_side).then(|| text.clone()),
                })
                .collect()
        };
        assert_eq!(side(true).join("\n"), mine);
        assert_eq!(side(false).join("\n"), theirs.trim_end());
    }
}
