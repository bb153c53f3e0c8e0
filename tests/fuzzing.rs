//! The kept corpora of the fuzzers, replayed: a finding stays found.

use std::path::Path;

#[path = "fuzz/bodies.rs"]
mod bodies;

#[test]
fn kept_inputs_of_every_target_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    for (name, body) in bodies::TARGETS {
        let mut inputs: Vec<_> = std::fs::read_dir(root.join("corpus").join(name))
            .unwrap_or_else(|_| panic!("no corpus for {name}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "the corpus of {name} is empty");
        for input in inputs {
            let data = std::fs::read(&input).unwrap();
            let held = std::panic::catch_unwind(|| body(&data));
            assert!(held.is_ok(), "{name}: {}", input.display());
        }
        assert!(root.join("fuzz_targets").join(format!("{name}.rs")).exists(), "no fuzzer for {name}");
    }
}

#[test]
fn the_plans_of_the_field_fuzzer_get_as_far_as_the_engine() {
    use mlsysim_tui::plan::{Options, read};
    use mlsysim_tui::registry::Registry;
    let registry = Registry::builtin();
    let sound = |data: &[u8]| read(&bodies::plan_of(data), &registry, Options::default()).plan.is_some();
    assert!(sound(&[]), "{}", bodies::plan_of(&[]));
    // One field at a time, at its first value: but for a few that need others, all are plans.
    let fields = 0..=u8::MAX;
    let plans = fields.clone().filter(|field| sound(&[*field, 0])).count();
    assert!(plans * 10 > fields.count() * 8, "{plans} of 256");
}
