//! Texts that are one plain scalar and nothing else, read without the parser, which takes microseconds for each: the
//! values of an axis are that, up to a million of them, and an open list of completions asks about every name in it.
//! Whatever is not clearly one of these is left to the parser.

use super::Value;

/// What the parser would read from this text, where that is plain to see.
pub(super) fn scalar(text: &str) -> Option<Value> {
    if let Some(number) = integer(text) {
        return Some(Value::Integer(number));
    }
    if let Some(number) = decimal(text) {
        return Some(Value::Float(number));
    }
    is_word(text).then(|| Value::Text(text.to_owned()))
}

fn integer(text: &str) -> Option<i64> {
    let digits = text.as_bytes();
    // Up to 18 digits fit an i64; a leading zero is left to the parser.
    let plain = (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    (plain && (digits[0] != b'0' || digits.len() == 1)).then(|| text.parse().ok()).flatten()
}

/// Steps of a price, of a share.
fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.')?;
    let plain = whole == "0" || integer(whole).is_some_and(|number| number > 0);
    let digits = (1..=18).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    (plain && digits).then(|| text.parse().ok()).flatten()
}

/// A name of the registry, mostly. Nothing in it has a meaning in YAML, and it is none of its constants.
fn is_word(text: &str) -> bool {
    const CONSTANTS: [&str; 10] =
        ["true", "false", "yes", "no", "on", "off", "null", "nan", "inf", "infinity"];
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.len() > 1
        && bytes.iter().all(plain)
        && !CONSTANTS.iter().any(|constant| constant.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::super::{parse, parse_any};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_scalar_alone_is_what_the_parser_makes_of_it() {
        let numbers = [
            "0",
            "7",
            "00",
            "08",
            "1_000",
            "-1",
            "+1",
            "0x1f",
            "999999999999999999",
            "9223372036854775807",
            "0.1",
            "1.0",
            "00.1",
            "1.",
            ".5",
            "1.5e3",
            "-0.5",
            "1.2.3",
            "0.000001",
            "123456789.123456789",
        ];
        let words = [
            "H100",
            "Llama3_70B",
            "gpt-oss-120b",
            "meta-llama/Llama-3.1-70B",
            "e5",
            "E1.5",
            "x",
            "y",
            "n",
            "True",
            "FALSE",
            "Null",
            "~",
            "yes",
            "No",
            "on",
            "OFF",
            "NaN",
            "Inf",
            "Infinity",
            ".inf",
            "a.",
            "a-",
            "a/",
            "null_",
            "---",
            "a---",
            "a:",
            "a b",
            "a#",
            "&a",
            "*a",
            "!a",
            "a\n",
        ];
        for text in numbers.into_iter().chain(words) {
            assert_eq!(parse(text), parse_any(text), "{text}");
        }
        assert_eq!(scalar("Llama3_70B"), Some(Value::Text("Llama3_70B".into())));
        assert_eq!(scalar("true"), None);
    }

    proptest! {
        #[test]
        fn any_number_alone_is_what_the_parser_makes_of_it(text in "[0-9]{1,20}") {
            prop_assert_eq!(parse(&text), parse_any(&text));
        }

        #[test]
        fn any_decimal_alone_is_what_the_parser_makes_of_it(text in "[0-9]{1,19}\\.[0-9]{0,19}") {
            prop_assert_eq!(parse(&text), parse_any(&text));
        }

        #[test]
        fn any_word_alone_is_what_the_parser_makes_of_it(text in "[A-Za-z][A-Za-z0-9_./-]{0,12}") {
            prop_assert_eq!(parse(&text), parse_any(&text));
        }
    }
}
