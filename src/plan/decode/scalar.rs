//! One value against its field: type, range, unit, word.

use super::super::edit;
use super::super::fields::{self, Bounds, Field, Kind, MAX_COUNT, PRECISIONS};
use super::{Decoder, Given, Severity, found, nearest, shorten};
use crate::units::{self, Dimension, UnitError};
use crate::yaml::{Node, Value};

/// Other spellings of number formats.
const PRECISION_NAMES: &[(&str, &str)] = &[
    ("float32", "fp32"),
    ("f32", "fp32"),
    ("float16", "fp16"),
    ("half", "fp16"),
    ("f16", "fp16"),
    ("bfloat16", "bf16"),
    ("float8", "fp8"),
    ("fp8_e4m3", "fp8"),
    ("fp8_e5m2", "fp8"),
    ("e4m3", "fp8"),
    ("w8a8", "int8"),
    ("w4a16", "awq"),
    ("q4", "q4_k_m"),
    ("q8", "q8_0"),
];

/// Other words for choices.
const CHOICE_NAMES: &[(&str, &str)] = &[
    ("infer", "serve"),
    ("inference", "serve"),
    ("serving", "serve"),
    ("training", "train"),
    ("finetune", "train"),
    ("reference", "mlsysim"),
    ("purchase", "buy"),
    ("own", "buy"),
    ("lease", "rent"),
    ("cloud", "rent"),
    ("off", "none"),
    ("trtllm", "tensorrt-llm"),
    ("pytorch", "fsdp"),
];

/// `2T` tokens as people write them, as a number: `2e12`.
fn counted(words: &str, dimension: Dimension) -> Option<String> {
    let bare = words.trim().trim_end_matches("tokens").trim_end_matches("tok").trim_end();
    let mut letters = bare.chars();
    let exponent = match letters.next_back()? {
        'k' | 'K' => 3,
        'm' | 'M' => 6,
        'b' | 'B' | 'g' | 'G' => 9,
        't' | 'T' => 12,
        _ => return None,
    };
    let number = letters.as_str().trim_end();
    let plain = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    (dimension == Dimension::Tokens && plain && number.parse::<f64>().is_ok())
        .then(|| format!("{number}e{exponent}"))
}

impl Decoder<'_> {
    /// Checks a scalar and keeps it where it is sound.
    pub(super) fn scalar(&mut self, field: &'static Field, node: &Node, path: &str) {
        if field.auto && matches!(&node.value, Value::Text(word) if word.eq_ignore_ascii_case("auto")) {
            self.values.insert(path.to_owned(), Given::Auto);
            return;
        }
        let given = match field.kind {
            Kind::Text => self.plain_text(field, node, path),
            Kind::Model | Kind::Accelerator | Kind::Region | Kind::Metric | Kind::Path => {
                self.plain_text(field, node, path).and_then(|given| match given {
                    Given::Text(name) if name.trim().is_empty() => {
                        self.wrong_type(field, node, path);
                        None
                    }
                    Given::Text(name) => Some(Given::Text(name.trim().to_owned())),
                    other => Some(other),
                })
            }
            Kind::Count { min, max } => self.whole_number(field, node, path, min, max),
            Kind::Number(bounds) => self.plain_number(field, node, path, bounds),
            Kind::Quantity { dimension, bare } => self.quantity(field, node, path, dimension, bare),
            Kind::Flag => self.switch(field, node, path),
            Kind::Choice(choices) => self.choice(field, node, path, choices),
            Kind::Precision => self.precision(field, node, path),
            Kind::Block | Kind::List => None,
        };
        if let Some(given) = given {
            self.values.insert(path.to_owned(), given);
        }
    }

    fn wrong_type(&mut self, field: &Field, node: &Node, path: &str) {
        let what =
            if found(self.text, node) == "``" { "an empty text".into() } else { found(self.text, node) };
        let message = format!("`{path}` cannot be {what}");
        self.error("wrong-type", path, node.range.clone(), message).help =
            Some(format!("allowed: {}", fields::allowed(field)));
    }

    fn out_of_range(&mut self, node: &Node, path: &str, must: &str) {
        let message = format!("`{path}` must be {must}, found {}", found(self.text, node));
        self.error("out-of-range", path, node.range.clone(), message);
    }

    /// Text; a number or a word like `true` counts as the text it is written as.
    fn plain_text(&mut self, field: &Field, node: &Node, path: &str) -> Option<Given> {
        match &node.value {
            Value::Text(words) => Some(Given::Text(words.clone())),
            Value::Integer(number) if node.aliased => Some(Given::Text(number.to_string())),
            Value::Float(number) if node.aliased => Some(Given::Text(number.to_string())),
            Value::Bool(flag) if node.aliased => Some(Given::Text(flag.to_string())),
            Value::Integer(_) | Value::Float(_) | Value::Bool(_) => {
                Some(Given::Text(node.raw(self.text).to_owned()))
            }
            _ => {
                self.wrong_type(field, node, path);
                None
            }
        }
    }

    /// The number that a node holds; a quoted number is one too, with a note.
    fn numeric(&mut self, field: &Field, node: &Node, path: &str) -> Option<f64> {
        match &node.value {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            Value::Text(words) => {
                let words = words.trim();
                if let Ok(number) = words.parse::<f64>() {
                    let message = format!("`{path}` is a number in quotes; it is read as {words}");
                    self.report(Severity::Note, "quoted-number", path, node.range.clone(), message);
                    self.fix_value("remove the quotes", path, words);
                    return Some(number);
                }
                let ratio =
                    matches!(field.kind, Kind::Number(_)) && field.unit.is_empty() && words.ends_with('%');
                if ratio && let Ok(number) = units::parse_as(words, Dimension::Ratio) {
                    return Some(number);
                }
                self.wrong_type(field, node, path);
                let digits = words.replace([',', '_', ' ', '\''], "");
                if digits != words && digits.parse::<f64>().is_ok_and(f64::is_finite) {
                    self.fix_value(format!("write {digits}"), path, digits);
                }
                None
            }
            _ => {
                self.wrong_type(field, node, path);
                None
            }
        }
    }

    fn whole_number(&mut self, field: &Field, node: &Node, path: &str, min: u64, max: u64) -> Option<Given> {
        let must = match (min, max) {
            (min, MAX_COUNT) => format!("a whole number, at least {min}"),
            (min, max) => format!("a whole number from {min} to {max}"),
        };
        let Some(number) = self.numeric(field, node, path) else {
            self.fix_thousands(node, path);
            return None;
        };
        if number > max as f64 && number.is_finite() {
            self.out_of_range(node, path, &format!("at most {max}"));
            return None;
        }
        if !(number.is_finite() && number.fract() == 0.0 && number >= min as f64) {
            self.out_of_range(node, path, &must);
            return None;
        }
        Some(Given::Count(number as u64))
    }

    /// `32k` tokens may be 32,768 or 32,000; both are offered.
    fn fix_thousands(&mut self, node: &Node, path: &str) {
        let Value::Text(words) = &node.value else { return };
        let Some(number) =
            words.trim().strip_suffix(['k', 'K']).and_then(|number| number.trim().parse::<u32>().ok())
        else {
            return;
        };
        for thousand in [1024_u64, 1000] {
            let value = (u64::from(number) * thousand).to_string();
            self.fix_value(format!("change to {value}"), path, value);
        }
    }

    fn plain_number(&mut self, field: &Field, node: &Node, path: &str, bounds: Bounds) -> Option<Given> {
        let number = self.numeric(field, node, path)?;
        if !bounds.contains(number) {
            self.out_of_range(node, path, &bounds.describe());
            if bounds == Bounds::SHARE && number > 1.0 && number <= 100.0 {
                let share = number / 100.0;
                self.fix_value(format!("write {share} for {number} %"), path, share.to_string());
            }
            return None;
        }
        Some(Given::Number(number))
    }

    fn quantity(
        &mut self,
        field: &Field,
        node: &Node,
        path: &str,
        dimension: Dimension,
        bare: bool,
    ) -> Option<Given> {
        let value = match &node.value {
            Value::Integer(_) | Value::Float(_) if bare => self.numeric(field, node, path)?,
            Value::Integer(_) | Value::Float(_) => return self.without_unit(field, node, path, dimension),
            Value::Text(words) if words.trim().parse::<f64>().is_ok() => {
                if !bare {
                    return self.without_unit(field, node, path, dimension);
                }
                self.numeric(field, node, path)?
            }
            Value::Text(words) => match units::parse_as(words, dimension) {
                Ok(value) => value,
                Err(error) => {
                    let code = match error {
                        UnitError::UnknownUnit { .. } => "unknown-unit",
                        UnitError::WrongDimension { .. } | UnitError::NoDimension { .. } => "wrong-dimension",
                        _ => "wrong-type",
                    };
                    let nearest = match &error {
                        UnitError::UnknownUnit { .. } if counted(words, dimension).is_some() => {
                            counted(words, dimension)
                        }
                        UnitError::UnknownUnit { unit, nearest: Some(near) } => {
                            Some(words.replacen(unit, near, 1))
                        }
                        _ => None,
                    };
                    let message = match (&error, counted(words, dimension)) {
                        (UnitError::UnknownUnit { unit, .. }, Some(_)) => {
                            format!("`{path}`: `{unit}` is no unit; tokens are a plain number")
                        }
                        _ => format!("`{path}`: {error}"),
                    };
                    self.error(code, path, node.range.clone(), message).help =
                        Some(format!("allowed: {}", fields::allowed(field)));
                    let bare = counted(words, dimension).is_some();
                    if let Some(corrected) = nearest
                        && (bare || units::parse_as(&corrected, dimension).is_ok())
                    {
                        self.fix_value(format!("change to {corrected}"), path, edit::scalar(&corrected));
                    }
                    return None;
                }
            },
            _ => {
                self.wrong_type(field, node, path);
                return None;
            }
        };
        // 0.3.0 takes a bandwidth of zero and fails later, in the evaluation.
        let zero_passes = self.is_mlsysim() && field.reference;
        let bounds = if zero_passes { Bounds::NOT_NEGATIVE } else { Bounds::POSITIVE };
        if !bounds.contains(value) {
            self.out_of_range(node, path, &bounds.describe());
            return None;
        }
        Some(Given::Number(value))
    }

    /// A number that could be anything: megabytes, gigabits, … The writer has to say.
    fn without_unit(
        &mut self,
        field: &Field,
        node: &Node,
        path: &str,
        dimension: Dimension,
    ) -> Option<Given> {
        let number = match &node.value {
            Value::Text(words) => words.trim().to_owned(),
            _ => found(self.text, node).trim_matches('`').to_owned(),
        };
        let message = format!("`{path}` needs a unit, found `{number}`");
        self.error("missing-unit", path, node.range.clone(), message).help =
            Some(format!("allowed: {}", fields::allowed(field)));
        let units: &[&str] = match dimension {
            Dimension::DataRate => &[" GB/s", " Gbit/s"],
            Dimension::Rate => &["/s"],
            Dimension::Time => &[" min", " s"],
            _ => &[],
        };
        for unit in units {
            self.fix_value(format!("write {number}{unit}"), path, format!("{number}{unit}"));
        }
        None
    }

    fn switch(&mut self, field: &Field, node: &Node, path: &str) -> Option<Given> {
        if let Value::Bool(flag) = node.value {
            return Some(Given::Flag(flag));
        }
        self.wrong_type(field, node, path);
        if let Value::Text(word) = &node.value {
            let meant = match word.to_lowercase().as_str() {
                "yes" | "on" | "y" | "true" => Some("true"),
                "no" | "off" | "n" | "false" => Some("false"),
                _ => None,
            };
            if let Some(meant) = meant {
                self.fix_value(format!("change to {meant}"), path, meant);
            }
        }
        None
    }

    fn choice(
        &mut self,
        field: &Field,
        node: &Node,
        path: &str,
        choices: &[(&'static str, &str)],
    ) -> Option<Given> {
        let Value::Text(word) = &node.value else {
            self.wrong_type(field, node, path);
            return None;
        };
        let word = word.trim();
        if let Some((key, _)) = choices.iter().find(|(key, _)| key.eq_ignore_ascii_case(word)) {
            return Some(Given::Text((*key).to_owned()));
        }
        let lower = word.to_lowercase();
        let synonym = CHOICE_NAMES
            .iter()
            .filter(|(name, _)| *name == lower)
            .find_map(|(_, key)| choices.iter().find(|(choice, _)| choice == key));
        let meant = synonym.map(|(key, _)| *key);
        let meant = meant.or_else(|| nearest(word, choices.iter().map(|(key, _)| *key)));
        self.unknown_word(field, node, path, word, meant);
        None
    }

    fn precision(&mut self, field: &Field, node: &Node, path: &str) -> Option<Given> {
        let words = match self.plain_text(field, node, path)? {
            Given::Text(words) => words.trim().to_lowercase(),
            _ => return None,
        };
        let known = PRECISIONS.iter().find(|precision| precision.key == words);
        // A KV precision is no field of 0.3.0: there it has no effect, whatever it is.
        let reference_only = self.is_mlsysim() && field.reference;
        match known {
            Some(precision) if precision.reference || !reference_only => {
                Some(Given::Text(precision.key.to_owned()))
            }
            Some(precision) => {
                let message = format!("`{}` is not a precision of mlsysim 0.3.0", precision.key);
                let names = PRECISIONS.iter().filter(|other| other.reference).map(|other| other.key);
                self.error("unknown-value", path, node.range.clone(), message).help =
                    Some(format!("it has {}; or evaluate with `physics: studio`", super::listed(names)));
                None
            }
            None => {
                let synonym = PRECISION_NAMES.iter().find(|(name, _)| *name == words).map(|(_, key)| *key);
                let meant =
                    synonym.or_else(|| nearest(&words, PRECISIONS.iter().map(|precision| precision.key)));
                self.unknown_word(field, node, path, &words, meant);
                None
            }
        }
    }

    fn unknown_word(&mut self, field: &Field, node: &Node, path: &str, word: &str, meant: Option<&str>) {
        let message = match word {
            "" => format!("`{path}` is empty"),
            word => format!("`{path}` cannot be `{}`", shorten(word)),
        };
        let allowed = fields::allowed(field);
        self.error("unknown-value", path, node.range.clone(), message).help = Some(match meant {
            Some(meant) => format!("did you mean `{meant}`? Allowed: {allowed}"),
            None => format!("allowed: {allowed}"),
        });
        if let Some(meant) = meant {
            self.fix_value(format!("change to {meant}"), path, meant);
        }
    }
}
