//! A figure and what it was made from, down to facts that have a source.

/// How a figure follows from its inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// It is their sum; inputs that are subtracted are marked.
    Sum,
    /// It is their product; inputs that divide are marked.
    Product,
    /// The cube root of the sum of their cubes: near the largest, a quarter above it where two are equal.
    SmoothMaximum,
    /// The largest of them.
    Maximum,
    /// The smallest of them.
    Minimum,
    /// The whole part of its one input.
    Floor,
    /// The equation says how.
    Equation,
    /// It has no inputs: a fact, a field of the plan, a constant.
    Given,
}

impl Rule {
    /// `sum`, `product`, `smooth maximum`, …
    pub fn name(self) -> &'static str {
        match self {
            Rule::Sum => "sum",
            Rule::Product => "product",
            Rule::SmoothMaximum => "smooth maximum",
            Rule::Maximum => "maximum",
            Rule::Minimum => "minimum",
            Rule::Floor => "floor",
            Rule::Equation => "equation",
            Rule::Given => "given",
        }
    }

    /// What inputs make, each with whether it divides or is subtracted; `None` where the rule is not arithmetic.
    pub fn apply(self, inputs: &[(f64, bool)]) -> Option<f64> {
        let numbers = inputs.iter().map(|input| input.0);
        Some(match self {
            Rule::Sum => inputs.iter().map(|(number, minus)| if *minus { -number } else { *number }).sum(),
            Rule::Product => inputs
                .iter()
                .fold(1.0, |all, (number, below)| if *below { all / number } else { all * number }),
            Rule::SmoothMaximum => numbers.map(|number| number.powi(3)).sum::<f64>().cbrt(),
            Rule::Maximum => numbers.fold(f64::NEG_INFINITY, f64::max),
            Rule::Minimum => numbers.fold(f64::INFINITY, f64::min),
            Rule::Floor => numbers.sum::<f64>().floor(),
            Rule::Equation | Rule::Given => return None,
        })
    }

    /// Inputs by their words, joined as the rule combines them.
    fn join(self, inputs: &[Step], text: fn(&Step) -> &str) -> String {
        let cube = |step: &Step| {
            let text = text(step);
            if text.contains(' ') { format!("({text})³") } else { format!("{text}³") }
        };
        let list = |cubed: bool, between: &str| {
            let words: Vec<String> =
                inputs.iter().map(|step| if cubed { cube(step) } else { text(step).to_owned() }).collect();
            words.join(between)
        };
        match self {
            Rule::SmoothMaximum => format!("∛({})", list(true, " + ")),
            Rule::Maximum => format!("the largest of {}", list(false, " and ")),
            Rule::Minimum => format!("the smallest of {}", list(false, " and ")),
            Rule::Floor => format!("⌊{}⌋", list(false, " ")),
            Rule::Sum | Rule::Product => {
                let mut out = String::new();
                for (at, input) in inputs.iter().enumerate() {
                    out.push_str(match (at, self, input.divides) {
                        (0, _, false) => "",
                        (0, Rule::Sum, true) => "−",
                        (0, _, true) => "1 / ",
                        (_, Rule::Sum, false) => " + ",
                        (_, Rule::Sum, true) => " − ",
                        (_, _, true) => " / ",
                        _ => " × ",
                    });
                    out.push_str(text(input));
                }
                out
            }
            Rule::Equation | Rule::Given => String::new(),
        }
    }
}

/// A figure, opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it is, for example `facility energy`.
    pub name: String,
    /// Its value with unit.
    pub value: String,
    /// Its value in the unit of the inputs' arithmetic, where it is a number.
    pub number: Option<f64>,
    /// How it follows from its inputs.
    pub rule: Rule,
    /// True where it divides in the product above, or is subtracted in the sum above.
    pub divides: bool,
    /// The equation in names; empty for what is given.
    pub equation: String,
    /// The equation with values.
    pub substituted: String,
    /// Where it comes from: documents with their dates, or the field of the plan.
    pub sources: Vec<String>,
    /// What went in.
    pub inputs: Vec<Step>,
}

/// Who is cited, and for which facts.
type Cited<'a> = (&'a str, Vec<&'a str>);

/// `H100, price and power: DOCUMENT`. Who is cited for a fact is named, or all where nobody is.
fn cite(document: &str, subjects: &[Cited]) -> String {
    let named = subjects.iter().any(|(_, facts)| !facts.is_empty());
    let mut words: Vec<String> = subjects
        .iter()
        .filter(|(subject, facts)| !(subject.is_empty() || named && facts.is_empty()))
        .map(|(subject, facts)| match facts.split_last() {
            None => (*subject).to_owned(),
            Some((last, [])) => format!("{subject}, {last}"),
            Some((last, rest)) => format!("{subject}, {} and {last}", rest.join(", ")),
        })
        .collect();
    // "electricity" says no more than "electricity price".
    let all = words.clone();
    words.retain(|word| !all.iter().any(|other| other != word && other.starts_with(word.as_str())));
    if words.is_empty() { document.to_owned() } else { format!("{}: {document}", words.join("; ")) }
}

impl Step {
    /// Something that is given: a fact with its source, or a field of the plan.
    pub fn given(
        name: impl Into<String>,
        value: impl Into<String>,
        number: Option<f64>,
        source: impl Into<String>,
    ) -> Step {
        let source = source.into();
        Step {
            name: name.into(),
            value: value.into(),
            number,
            rule: Rule::Given,
            divides: false,
            equation: String::new(),
            substituted: String::new(),
            sources: if source.is_empty() { Vec::new() } else { vec![source] },
            inputs: Vec::new(),
        }
    }

    /// The sum of its inputs.
    pub fn sum(name: impl Into<String>, value: impl Into<String>, number: f64, inputs: Vec<Step>) -> Step {
        Step::of(Rule::Sum, name, value, number, inputs)
    }

    /// The product of its inputs; those made with [`Step::below`] divide.
    pub fn product(
        name: impl Into<String>,
        value: impl Into<String>,
        number: f64,
        inputs: Vec<Step>,
    ) -> Step {
        Step::of(Rule::Product, name, value, number, inputs)
    }

    /// What a rule makes of its inputs.
    pub fn of(
        rule: Rule,
        name: impl Into<String>,
        value: impl Into<String>,
        number: f64,
        inputs: Vec<Step>,
    ) -> Step {
        Step {
            equation: rule.join(&inputs, |step| &step.name),
            substituted: rule.join(&inputs, |step| &step.value),
            name: name.into(),
            value: value.into(),
            number: Some(number),
            rule,
            divides: false,
            sources: Vec::new(),
            inputs,
        }
    }

    /// A figure whose equation is not arithmetic on its inputs alone.
    pub fn equation(
        name: impl Into<String>,
        value: impl Into<String>,
        equation: impl Into<String>,
        substituted: impl Into<String>,
        inputs: Vec<Step>,
    ) -> Step {
        Step {
            name: name.into(),
            value: value.into(),
            number: None,
            rule: Rule::Equation,
            divides: false,
            equation: equation.into(),
            substituted: substituted.into(),
            sources: Vec::new(),
            inputs,
        }
    }

    /// Its sources for reading: a document that is cited for several facts is named once, with all of them.
    pub fn citations(&self) -> Vec<String> {
        let mut found: Vec<(String, Vec<Cited>)> = Vec::new();
        for source in &self.sources {
            let (subject, document) = source.split_once(": ").unwrap_or(("", source));
            let document = document.replace("(checked ", "(");
            let (subject, fact) = subject.split_once(", ").unwrap_or((subject, ""));
            let at = found.iter().position(|(known, _)| *known == document).unwrap_or_else(|| {
                found.push((document, Vec::new()));
                found.len() - 1
            });
            let subjects = &mut found[at].1;
            let place = subjects.iter().position(|(known, _)| *known == subject).unwrap_or_else(|| {
                subjects.push((subject, Vec::new()));
                subjects.len() - 1
            });
            // "memory" says no more than "memory of one H100".
            let facts = &mut subjects[place].1;
            if !fact.is_empty() && !facts.iter().any(|known| known.starts_with(fact)) {
                facts.retain(|known| !fact.starts_with(known));
                facts.push(fact);
            }
        }
        found.into_iter().map(|(document, subjects)| manual(&cite(&document, &subjects))).collect()
    }

    /// The same as an input that divides, or is subtracted.
    #[must_use]
    pub fn below(mut self) -> Step {
        self.divides = true;
        self
    }

    /// The same with further sources.
    #[must_use]
    pub fn with_sources(mut self, sources: impl IntoIterator<Item = String>) -> Step {
        for source in sources {
            if !self.sources.contains(&source) {
                self.sources.push(source);
            }
        }
        self
    }

    /// What the inputs give by the rule; `None` where the rule is none of arithmetic or an input is no number.
    pub fn recomputed(&self) -> Option<f64> {
        let inputs: Option<Vec<(f64, bool)>> =
            self.inputs.iter().map(|input| Some((input.number?, input.divides))).collect();
        self.rule.apply(&inputs?)
    }

    /// The same without what it was made from, which stands elsewhere in the tree.
    #[must_use]
    pub fn brief(&self) -> Step {
        Step {
            rule: Rule::Given,
            equation: String::new(),
            substituted: String::new(),
            sources: Vec::new(),
            inputs: Vec::new(),
            ..self.clone()
        }
    }

    /// The same under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Step {
        self.name = name.into();
        self
    }

    /// Every step of the tree with its depth, top down.
    pub fn walk(&self) -> Vec<(usize, &Step)> {
        fn visit<'a>(step: &'a Step, depth: usize, list: &mut Vec<(usize, &'a Step)>) {
            list.push((depth, step));
            for input in &step.inputs {
                visit(input, depth + 1, list);
            }
        }
        let mut list = Vec::new();
        visit(self, 0, &mut list);
        list
    }
}

/// The page of the manual that a source names by its file alone, by its title and the section to read.
fn manual(source: &str) -> String {
    const FILE: &str = "docs/physics.md";
    let Some((before, after)) = source.split_once(FILE) else { return source.to_owned() };
    let section = if source.contains("measurements of the family") {
        "Evidence"
    } else if after.contains("other models") {
        "From a plan to a time, other models"
    } else {
        "From a plan to a time"
    };
    let rest = after.trim_start_matches(", from a plan to a time").trim_start_matches(", other models");
    format!("{before}manual of mlsysim-tui, The physics of the studio profile ({FILE}): {section}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_named_once_with_all_that_it_is_cited_for() {
        let step = Step::given("TCO", "$1", Some(1.0), "H100, price: A sheet (2026-06-11)").with_sources(
            [
                "H100, power: A sheet (2026-06-11)",
                "NVIDIA H100: A sheet (checked 2026-06-11)",
                "electricity price: Quebec: A tariff (2026)",
                "electricity: Quebec: A tariff (2026)",
                "plan: ops.region",
                "A book, 2018",
            ]
            .map(str::to_owned),
        );
        assert_eq!(
            step.citations(),
            [
                "H100, price and power: A sheet (2026-06-11)",
                "electricity price: Quebec: A tariff (2026)",
                "plan: ops.region",
                "A book, 2018",
            ]
        );
    }
}
