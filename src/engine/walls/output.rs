//! Results as JSON: keys carry their unit, infinities are the words `inf` and `-inf`.

use serde_json::{Map, Number, Value};

/// A value that a result can hold. `None` leaves the key out.
pub trait Figure {
    /// The value as JSON.
    fn figure(&self) -> Option<Value>;
}

impl Figure for f64 {
    /// Infinities are words; what is no number at all is null.
    fn figure(&self) -> Option<Value> {
        Some(match Number::from_f64(*self) {
            Some(number) => Value::Number(number),
            None if self.is_nan() => Value::Null,
            None if *self > 0.0 => Value::from("inf"),
            None => Value::from("-inf"),
        })
    }
}

impl Figure for u64 {
    fn figure(&self) -> Option<Value> {
        Some(Value::from(*self))
    }
}

impl Figure for bool {
    fn figure(&self) -> Option<Value> {
        Some(Value::from(*self))
    }
}

impl Figure for &'static str {
    fn figure(&self) -> Option<Value> {
        Some(Value::from(*self))
    }
}

impl Figure for String {
    fn figure(&self) -> Option<Value> {
        Some(Value::from(self.as_str()))
    }
}

impl<T: Figure> Figure for Option<T> {
    fn figure(&self) -> Option<Value> {
        self.as_ref().and_then(Figure::figure)
    }
}

impl<T: Figure> Figure for Vec<T> {
    fn figure(&self) -> Option<Value> {
        Some(Value::Array(self.iter().filter_map(Figure::figure).collect()))
    }
}

/// Adds one field to an object, unless it has nothing to say.
pub fn put(object: &mut Map<String, Value>, key: &str, value: &dyn Figure) {
    if let Some(value) = value.figure() {
        object.insert(key.to_owned(), value);
    }
}

/// Declares a result struct whose JSON keys are its field names (`=> "key"` where they differ).
macro_rules! output {
    (@key $field:ident $key:literal) => { $key };
    (@key $field:ident) => { stringify!($field) };
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* pub $field:ident : $type:ty $(=> $key:literal)?),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type),*
        }

        impl $name {
            /// The result as a JSON object, units in the keys.
            pub fn to_json(&self) -> serde_json::Value {
                let mut object = serde_json::Map::new();
                $($crate::engine::walls::output::put(
                    &mut object,
                    $crate::engine::walls::output::output!(@key $field $($key)?),
                    &self.$field,
                );)*
                serde_json::Value::Object(object)
            }
        }

        impl $crate::engine::walls::output::Figure for $name {
            fn figure(&self) -> Option<serde_json::Value> {
                Some(self.to_json())
            }
        }
    };
}
pub(crate) use output;

#[cfg(test)]
mod tests {
    use super::*;

    output! {
        /// A sample.
        pub struct Sample {
            /// A number.
            pub ratio: f64,
            /// Renamed.
            pub energy_j: f64 => "energy_J",
            /// Absent.
            pub note: Option<&'static str>,
        }
    }

    #[test]
    fn infinities_are_words_and_absent_fields_stay_out() {
        let sample = Sample { ratio: f64::INFINITY, energy_j: 2.0, note: None };
        assert_eq!(sample.to_json().to_string(), r#"{"ratio":"inf","energy_J":2.0}"#);
        assert_eq!(f64::NEG_INFINITY.figure(), Some(Value::from("-inf")));
        assert_eq!(f64::NAN.figure(), Some(Value::Null));
    }
}
