//! The numbers of a configuration by the names that families give them.

use serde_json::{Map, Value};

/// More than any model has; layers are walked one by one.
const MOST_LAYERS: u32 = 10_000;

/// A configuration, the language model's part of it first.
pub(super) struct Config<'a> {
    shape: &'a Map<String, Value>,
    root: &'a Map<String, Value>,
}

impl<'a> Config<'a> {
    pub(super) fn new(shape: &'a Map<String, Value>, root: &'a Map<String, Value>) -> Self {
        Config { shape, root }
    }

    /// A part of the whole configuration, such as `vision_config`.
    pub(super) fn part(&self, key: &str) -> Option<Config<'a>> {
        match self.root.get(key) {
            Some(Value::Object(part)) => Some(Config { shape: part, root: part }),
            _ => None,
        }
    }

    /// The first of `keys` that is there; an error where it is not a whole number above zero.
    pub(super) fn count(&self, keys: &[&str]) -> Result<Option<u32>, String> {
        for key in keys {
            match self.shape.get(*key) {
                None | Some(Value::Null) => {}
                Some(value) => {
                    let number = value.as_f64().filter(|n| n.fract() == 0.0 && *n >= 1.0 && *n <= 1e8);
                    return number.map(|n| Some(n as u32)).ok_or_else(|| {
                        format!("`{key}` is {value}, not a whole number from 1 to 100,000,000")
                    });
                }
            }
        }
        Ok(None)
    }

    /// The same, and an error where none of them is there.
    pub(super) fn need(&self, keys: &[&str]) -> Result<u32, String> {
        self.count(keys)?.ok_or_else(|| format!("`{}` is missing", keys.first().unwrap_or(&"")))
    }

    /// The same as a float.
    pub(super) fn size(&self, keys: &[&str]) -> Result<f64, String> {
        self.need(keys).map(f64::from)
    }

    /// Layers, a number that can be walked.
    pub(super) fn layers(&self, keys: &[&str]) -> Result<u32, String> {
        let layers = self.need(keys)?;
        if layers > MOST_LAYERS {
            return Err(format!("{layers} layers are more than any model has"));
        }
        Ok(layers)
    }

    /// A whole number from zero; zero where it is not given.
    pub(super) fn or_zero(&self, keys: &[&str]) -> u32 {
        let found = keys.iter().find_map(|key| self.shape.get(*key).and_then(Value::as_u64));
        found.and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.shape.get(key).and_then(Value::as_bool)
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.shape.get(key).and_then(Value::as_str)
    }

    pub(super) fn list(&self, key: &str) -> Option<&'a Vec<Value>> {
        self.shape.get(key).and_then(Value::as_array)
    }

    /// Whether the output matrix is the embedding: said beside the shape or around it.
    pub(super) fn tied(&self, default: bool) -> bool {
        let key = "tie_word_embeddings";
        self.flag(key).or_else(|| self.root.get(key).and_then(Value::as_bool)).unwrap_or(default)
    }

    /// Number of layers that a list of layer kinds gives a kind.
    pub(super) fn layers_of_kind(&self, kind: &str) -> Option<u32> {
        let list = self.list("layer_types")?;
        u32::try_from(list.iter().filter(|entry| *entry == kind).count()).ok()
    }

    /// How stored weights are quantised, where the configuration says so.
    pub(super) fn quantization(&self) -> Option<&'a str> {
        let part = self.shape.get("quantization_config").or_else(|| self.root.get("quantization_config"))?;
        part.get("quant_method").and_then(Value::as_str)
    }
}
