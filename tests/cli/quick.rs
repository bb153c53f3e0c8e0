//! `eval MODEL HARDWARE`: what the call does not say, and what is wrong with it, in the call's own words.

use super::{code, json, run, stderr, stdout};

const PLAN: &str = "sample-plans/serve-llama3-70b-on-eight.yaml";

#[test]
fn a_wrong_word_is_told_of_the_argument() {
    for (arguments, said) in [
        (&["Llama3_8C", "H100"][..], "MODEL: unknown model `Llama3_8C`"),
        (&["Llama3_8B", "H1000"], "HARDWARE: unknown accelerator `H1000`"),
        (&["Llama3_8B", "H100", "-p", "fp17"], "`--precision` cannot be `fp17`"),
        (&["Llama3_8B", "H100", "-b", "0"], "`--batch-size` must be a whole number, at least 1"),
        (&["Llama3_8B", "H100", "-e", "2"], "`--efficiency` must be greater than 0"),
        (&["Llama3_8B", "H100", "--set", "hardware.acc=1"], "--set hardware.acc: unknown key `acc`"),
        (&[PLAN, "--set", "hardware.name=H1000"], "--set hardware.name: unknown accelerator `H1000`"),
    ] {
        let all: Vec<&str> = ["eval"].iter().chain(arguments).copied().collect();
        let output = run(&all);
        assert_eq!(code(&output), 1);
        let text = stderr(&output);
        assert!(text.contains(said), "{text}");
        assert!(!text.contains("-->") && !text.contains('^'), "nobody wrote that line: {text}");
    }
    let wrong = json(&run(&["eval", "Llama3_8B", "H1000", "--output", "json"]));
    let first = &wrong["diagnostics"][0];
    assert_eq!(first["argument"], "HARDWARE");
    assert!(first["line"].is_null() && first["column"].is_null(), "{first}");
    assert!(wrong["reason"].as_str().unwrap().starts_with("HARDWARE: "));
}

#[test]
fn what_was_assumed_is_said() {
    let head = |arguments: &[&str]| {
        let all: Vec<&str> = ["eval"].iter().chain(arguments).copied().collect();
        stdout(&run(&all)).lines().nth(1).unwrap().to_owned()
    };
    assert!(head(&["Llama3_8B", "H100"]).starts_with("batch 1, 2,048 tokens, fp16 (assumed) · serve"));
    assert!(head(&["Llama3_8B", "H100", "-b", "8"]).starts_with("2,048 tokens, fp16 (assumed)"));
    assert!(head(&["ResNet50", "H100", "-p", "int8"]).starts_with("batch 1 (assumed)"));
    assert!(!head(&[PLAN]).contains("assumed"));
}
