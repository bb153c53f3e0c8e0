//! A plan given as a JSON object, as YAML text.
//!
//! JSON is nearly YAML: what needs care is kept here. Numbers keep their kind (`1.0` stays a
//! float), text is escaped for YAML, and a key that stands twice stays twice, so that the plan's
//! own reader reports it.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::cli::out::escape_controls_in_json;

/// A plan's YAML text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanText {
    /// The text.
    pub text: String,
    /// True where somebody wrote this text, false where it was made from an object.
    pub written: bool,
}

impl<'de> Deserialize<'de> for PlanText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Top)
    }
}

/// The plan itself: text is YAML already.
struct Top;

impl<'de> Visitor<'de> for Top {
    type Value = PlanText;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a plan as an object or as YAML text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PlanText, E> {
        Ok(PlanText { text: text.to_string(), written: true })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PlanText, A::Error> {
        let mut text = String::with_capacity(256);
        Flow(&mut text).visit_map(map)?;
        Ok(PlanText { text, written: false })
    }
}

/// Writes any JSON value as flow YAML.
struct Flow<'a>(&'a mut String);

impl Flow<'_> {
    fn scalar(self, value: impl Into<Value>) {
        self.0.push_str(&escape_controls_in_json(&value.into().to_string()));
    }
}

impl<'de> DeserializeSeed<'de> for Flow<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Flow<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.push_str("null");
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.push('[');
        let mut first = true;
        loop {
            let before = self.0.len();
            if !first {
                self.0.push_str(", ");
            }
            if items.next_element_seed(Flow(self.0))?.is_none() {
                self.0.truncate(before);
                break;
            }
            first = false;
        }
        self.0.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        self.0.push('{');
        let mut first = true;
        while let Some(key) = entries.next_key::<String>()? {
            if !first {
                self.0.push_str(", ");
            }
            first = false;
            Flow(self.0).scalar(key);
            self.0.push_str(": ");
            entries.next_value_seed(Flow(self.0))?;
        }
        self.0.push('}');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        serde_json::from_str::<PlanText>(json).unwrap().text
    }

    #[test]
    fn objects_become_flow_yaml_with_numbers_of_the_same_kind() {
        assert_eq!(
            text(r#"{"a": 1.0, "b": [2.5, 3, -4, 1e16], "c": {"d": null, "e": true}}"#),
            r#"{"a": 1.0, "b": [2.5, 3, -4, 1e+16], "c": {"d": null, "e": true}}"#
                .replace("1e+16", &serde_json::json!(1e16).to_string())
        );
        assert_eq!(text("{}"), "{}");
        assert_eq!(text(r#"{"a": []}"#), r#"{"a": []}"#);
    }

    #[test]
    fn text_is_escaped_for_yaml_and_pairs_are_joined() {
        assert_eq!(text(r#"{"n": "a\/b \ud83d\ude00 \u009b"}"#), "{\"n\": \"a/b 😀 \\u009b\"}");
    }

    #[test]
    fn a_key_that_stands_twice_stays_twice() {
        assert_eq!(text(r#"{"a": 1, "a": 2}"#), r#"{"a": 1, "a": 2}"#);
    }

    #[test]
    fn yaml_text_is_taken_as_it_is() {
        let plan: PlanText = serde_json::from_str(r#""version: \"1.0\"\n""#).unwrap();
        assert_eq!(plan, PlanText { text: "version: \"1.0\"\n".into(), written: true });
        assert!(serde_json::from_str::<PlanText>("3").is_err());
    }
}
