//! Inputs of a resolver out of a JSON object: typed, defaulted, every key accounted for.

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::engine::common::Precision;
use crate::engine::walls::error::{WallError, precision};
use crate::registry::{Accelerator, Entry, Grid, Model, NotFound, Physics, Registry};

/// How like an expected key a stray one must be to be taken for it.
const ALIKE: f64 = 0.8;

/// Reads one object. Remembers what was asked for, so that [`Reader::finish`] can refuse what was not.
pub(super) struct Reader<'a> {
    inputs: &'a Map<String, Value>,
    registry: &'a Registry,
    physics: Physics,
    /// Put before keys in messages: empty, or `fleet.`.
    prefix: &'static str,
    asked: RefCell<Vec<&'static str>>,
}

fn kind(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => format!("`{}`", other.to_string().trim_matches('"')),
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        inputs: &'a Map<String, Value>,
        registry: &'a Registry,
        physics: Physics,
    ) -> Reader<'a> {
        Reader { inputs, registry, physics, prefix: "", asked: RefCell::new(Vec::new()) }
    }

    /// A reader of an object inside this one.
    pub(super) fn nested(&self, inputs: &'a Map<String, Value>, prefix: &'static str) -> Reader<'a> {
        Reader { inputs, prefix, asked: RefCell::new(Vec::new()), ..*self }
    }

    pub(super) fn registry(&self) -> &'a Registry {
        self.registry
    }

    /// Whose facts are looked up.
    pub(super) fn physics(&self) -> Physics {
        self.physics
    }

    /// A key's full name.
    pub(super) fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// The value, `None` where the key is absent or null.
    pub(super) fn value(&self, key: &'static str) -> Option<&'a Value> {
        self.asked.borrow_mut().push(key);
        self.inputs.get(key).filter(|value| !value.is_null())
    }

    fn wrong(&self, key: &str, wanted: &str, found: &Value) -> WallError {
        WallError::schema(self.name(key), format!("must be {wanted}, is {}", kind(found)))
    }

    fn missing(&self, key: &'static str) -> WallError {
        let like = self
            .inputs
            .keys()
            .filter(|given| !self.asked.borrow().contains(&given.as_str()))
            .find(|given| strsim::jaro_winkler(given, key) > ALIKE);
        let hint = like.map(|given| format!("; `{given}` is no input")).unwrap_or_default();
        WallError::schema(self.name(key), format!("is required{hint}"))
    }

    /// A number, where given.
    pub(super) fn number_opt(&self, key: &'static str) -> Result<Option<f64>, WallError> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => match value.as_f64().filter(|number| number.is_finite()) {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong(key, "a number", value)),
            },
        }
    }

    pub(super) fn number(&self, key: &'static str, default: f64) -> Result<f64, WallError> {
        Ok(self.number_opt(key)?.unwrap_or(default))
    }

    pub(super) fn required_number(&self, key: &'static str) -> Result<f64, WallError> {
        self.number_opt(key)?.ok_or_else(|| self.missing(key))
    }

    /// A whole number, where given. `8.0` is one; a negative one is refused as a value, not as a type.
    pub(super) fn whole_opt(&self, key: &'static str) -> Result<Option<u64>, WallError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        if let Some(whole) = value.as_u64() {
            return Ok(Some(whole));
        }
        match value.as_f64() {
            Some(number) if number < 0.0 && number.fract() == 0.0 => {
                Err(WallError::bad_input(self.name(key), format!("must not be negative, is {number}")))
            }
            Some(number) if number.fract() == 0.0 && number < 9e15 => Ok(Some(number as u64)),
            _ => Err(self.wrong(key, "a whole number", value)),
        }
    }

    pub(super) fn whole(&self, key: &'static str, default: u64) -> Result<u64, WallError> {
        Ok(self.whole_opt(key)?.unwrap_or(default))
    }

    pub(super) fn required_whole(&self, key: &'static str) -> Result<u64, WallError> {
        self.whole_opt(key)?.ok_or_else(|| self.missing(key))
    }

    pub(super) fn flag(&self, key: &'static str, default: bool) -> Result<bool, WallError> {
        match self.value(key) {
            None => Ok(default),
            Some(value) => value.as_bool().ok_or_else(|| self.wrong(key, "true or false", value)),
        }
    }

    pub(super) fn text_opt(&self, key: &'static str) -> Result<Option<&'a str>, WallError> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| self.wrong(key, "text", value)),
        }
    }

    pub(super) fn text(&self, key: &'static str, default: &'static str) -> Result<&'a str, WallError> {
        Ok(self.text_opt(key)?.unwrap_or(default))
    }

    pub(super) fn required_text(&self, key: &'static str) -> Result<&'a str, WallError> {
        self.text_opt(key)?.ok_or_else(|| self.missing(key))
    }

    /// A precision key, fp16 where not given.
    pub(super) fn precision(&self) -> Result<Precision, WallError> {
        precision("precision", self.text("precision", "fp16")?)
    }

    /// The share of peak reached, one half where not given.
    pub(super) fn efficiency(&self) -> Result<f64, WallError> {
        self.number("efficiency", crate::engine::common::constants::DEFAULT_EFFICIENCY)
    }

    /// What a name that names nothing is answered with.
    pub(super) fn unknown(&self, key: &str, what: &str, name: &str, nearest: &[String]) -> WallError {
        let hint = nearest.first().map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
        WallError::bad_input(self.name(key), format!("no {what} is called `{name}`{hint}"))
    }

    /// The same, where the facts of the studio may have what the reference's lack.
    fn unknown_to_reference(
        &self,
        key: &str,
        what: &str,
        name: &str,
        nearest: &[String],
        elsewhere: bool,
    ) -> WallError {
        if elsewhere {
            let message = format!("mlsysim 0.3.0 has no {what} called `{name}`; --physics studio has");
            return WallError::bad_input(self.name(key), message);
        }
        self.unknown(key, what, name, nearest)
    }

    pub(super) fn accelerator(&self, key: &'static str) -> Result<Arc<Entry<Accelerator>>, WallError> {
        let name = self.required_text(key)?;
        self.registry.accelerator(self.physics, name).map_err(|NotFound { nearest }| {
            let elsewhere = self.registry.accelerator(Physics::Studio, name).is_ok();
            self.unknown_to_reference(key, "accelerator", name, &nearest, elsewhere)
        })
    }

    pub(super) fn hardware(&self) -> Result<Arc<Entry<Accelerator>>, WallError> {
        self.accelerator("hardware")
    }

    pub(super) fn model_named(&self, key: &'static str) -> Result<Arc<Entry<Model>>, WallError> {
        let name = self.required_text(key)?;
        self.registry.model(self.physics, name).map_err(|NotFound { nearest }| {
            let elsewhere = self.registry.model(Physics::Studio, name).is_ok();
            self.unknown_to_reference(key, "model", name, &nearest, elsewhere)
        })
    }

    pub(super) fn model(&self) -> Result<Arc<Entry<Model>>, WallError> {
        self.model_named("model")
    }

    pub(super) fn grid(&self, key: &'static str) -> Result<Option<Arc<Entry<Grid>>>, WallError> {
        let Some(name) = self.text_opt(key)? else { return Ok(None) };
        self.registry
            .grid(self.physics, name)
            .map(Some)
            .map_err(|NotFound { nearest }| self.unknown(key, "grid", name, &nearest))
    }

    /// Refuses keys that nobody asked for.
    pub(super) fn finish(&self) -> Result<(), WallError> {
        let asked = self.asked.borrow();
        let Some(stray) = self.inputs.keys().find(|key| !asked.contains(&key.as_str())) else {
            return Ok(());
        };
        let nearest = asked
            .iter()
            .map(|known| (strsim::jaro_winkler(known, stray), known))
            .filter(|(likeness, _)| *likeness > ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let message = match nearest {
            Some((_, known)) => format!("is no input; did you mean `{known}`?"),
            None => format!("is no input; there are {}", asked.join(", ")),
        };
        Err(WallError::schema(self.name(stray), message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::walls::error::Category;

    fn object(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn types_are_checked_and_named() {
        let inputs = object(r#"{"batch_size": 8.0, "seq_len": 2.5, "n": -1, "flag": "yes"}"#);
        let registry = Registry::builtin();
        let reader = Reader::new(&inputs, &registry, Physics::Mlsysim);
        assert_eq!(reader.whole("batch_size", 1).unwrap(), 8);
        assert_eq!(
            reader.whole("seq_len", 1).unwrap_err().to_string(),
            "seq_len: must be a whole number, is `2.5`"
        );
        assert_eq!(reader.whole("n", 1).unwrap_err().category, Category::BadInput);
        assert_eq!(
            reader.flag("flag", false).unwrap_err().to_string(),
            "flag: must be true or false, is `yes`"
        );
    }

    #[test]
    fn a_misspelt_key_is_pointed_out_both_ways() {
        let inputs = object(r#"{"batchsize": 8}"#);
        let registry = Registry::builtin();
        let reader = Reader::new(&inputs, &registry, Physics::Mlsysim);
        assert_eq!(
            reader.required_whole("batch_size").unwrap_err().to_string(),
            "batch_size: is required; `batchsize` is no input"
        );
        assert_eq!(
            reader.finish().unwrap_err().to_string(),
            "batchsize: is no input; did you mean `batch_size`?"
        );
    }
}
