use super::*;

const PLAN: &str = "version: \"1.0\"\nname: x\nworkload: {name: Llama3_8B, mode: serve}\nhardware: {name: H100}\nconstraints:\n  assert:\n    - {metric: performance.itl_ms, max: 40}\n";

fn all(given: &str) -> Result<Vec<Axis>, AxisError> {
    let registry = Registry::builtin();
    let reading = plan::read(PLAN, &registry, Options::default());
    let base = Base::of(PLAN, &reading, &registry, Options::default()).unwrap();
    parse(given, &base)
}

fn read(given: &str) -> Result<Axis, AxisError> {
    let mut axes = all(given)?;
    assert_eq!(axes.len(), 1);
    Ok(axes.remove(0))
}

fn values(given: &str) -> String {
    read(given).unwrap_or_else(|error| panic!("{}", error.render())).values.join(" ")
}

fn wrong(given: &str) -> String {
    all(given).expect_err(given).render()
}

#[test]
fn numbers_in_lists_steps_and_factors() {
    assert_eq!(values("workload.batch_size=1..5"), "1 2 3 4 5");
    assert_eq!(values("workload.batch_size=1..1024*2").split(' ').count(), 11);
    assert_eq!(values("workload.batch_size=1..1000*2").split(' ').next_back(), Some("512"));
    assert_eq!(values("workload.batch_size=8..64+8"), "8 16 24 32 40 48 56 64");
    assert_eq!(values("workload.batch_size=1..4*1.5"), "1 2 3");
    assert_eq!(values("workload.batch_size=1, 2,4 , 1..3"), "1 2 4 3");
    assert_eq!(values("hardware.efficiency=0.1..0.5+0.1"), "0.1 0.2 0.3 0.4 0.5");
    assert_eq!(values("hardware.efficiency=10%..30%+10,auto"), "10% 20% 30% auto");
    assert_eq!(values("hardware.fabric_bandwidth=100..400 Gbit/s*2"), "100 Gbit/s 200 Gbit/s 400 Gbit/s");
    assert_eq!(values("hardware.fabric_bandwidth=25 GB/s,50GB/s"), "25 GB/s 50GB/s");
    assert_eq!(values("workload.serve.request_rate=1..3/s+1"), "1/s 2/s 3/s");
    assert_eq!(values("workload.train.tokens=1e9..1e+12*10").split(' ').count(), 4);
    assert_eq!(values("constraints.assert[0].max=10,20"), "10 20");
}

#[test]
fn words_names_and_everything() {
    assert_eq!(values("parallelism.zero=all"), "0 1 2 3");
    assert_eq!(values("parallelism.recompute=None,SELECTIVE,auto"), "none selective auto");
    assert_eq!(values("parallelism.overlap=all"), "true false");
    assert_eq!(values("hardware.name=h100,NVIDIA H100,A100"), "H100 A100");
    assert!(values("hardware.precision=all").contains("mxfp4"));
    assert!(values("hardware.name=all").split(' ').count() > 50);
    assert_eq!(values("workload.serve.draft_model=null,Llama3_8B"), "null Llama3_8B");
    assert_eq!(values("name=\"a, b\",c"), "\"a, b\" c");
}

#[test]
fn fields_by_their_short_names() {
    assert_eq!(read("batch_size=1").unwrap().path, "workload.batch_size");
    assert_eq!(read("tp=1,2").unwrap().path, "parallelism.tensor");
    assert_eq!(read("kv_precision=fp8").unwrap().path, "workload.serve.kv_precision");
    assert!(wrong("name2=1").contains("unknown field"));
    assert!(wrong("hardware.naem=H100").contains("did you mean hardware.name?"));
    assert!(wrong("hardware=H100").contains("hardware.accelerators"));
    assert!(wrong("batch_size").contains("FIELD=VALUES"));
}

#[test]
fn the_registry_by_its_facts() {
    let found = values("hardware.name=accelerators(memory>=80GB, vendor=nvidia, year>=2022)");
    let found: Vec<&str> = found.split(' ').collect();
    assert!(found.contains(&"H100") && found.contains(&"H200") && found.contains(&"B200"), "{found:?}");
    assert!(!found.contains(&"A100") && !found.contains(&"MI300X") && !found.contains(&"L4"));
    assert!(values("hardware.name=A100,accelerators(name=h200)").starts_with("A100 H200"));
    assert!(values("ops.region=regions(carbon<=50)").split(' ').any(|id| id == "Quebec"));
    assert!(values("workload.name=models(parameters<=2B,kind=transformer)").contains("TinyLlama"));
    let known = values("hardware.name=accelerators(fp8)");
    assert!(known.split(' ').any(|id| id == "H100") && !known.split(' ').any(|id| id == "A100"));
    let strict = values("hardware.name=accelerators(memory>80GB)");
    assert!(strict.len() >= values("hardware.name=accelerators(memory ≥ 81 GB)").len());
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    assert_eq!(
        wrong("batch_size=1,0..4"),
        "`workload.batch_size` must be a whole number, at least 1, found `0`\n  batch_size=1,0..4\n               ^^^^"
    );
    assert_eq!(
        wrong("hardware.name=A100,H100x"),
        "unknown accelerator `H100x`\n  hardware.name=A100,H100x\n                     ^^^^^\n  did you mean `H100`?"
    );
    assert!(wrong("batch_size=8..1").contains("write 1..8"));
    assert!(wrong("batch_size=8..1*2").contains("write 1..8*2"));
    assert!(wrong("batch_size=1..8*1").contains("a factor is more than 1"));
    assert!(wrong("batch_size=1..8+0").contains("a step is more than 0"));
    assert!(wrong("batch_size=0..8*2").contains("begins above 0"));
    assert!(wrong("batch_size=1..8.5").contains("no whole number"));
    assert!(wrong("batch_size=1..x").contains("`x` is no number"));
    assert!(wrong("batch_size=1,,2").contains("a value of workload.batch_size is missing"));
    assert!(wrong("batch_size=1..100000000").contains("at most 1000000"));
    assert!(wrong("batch_size=all").contains("no list of all"));
    assert!(wrong("efficiency=0.1..0.9").contains("needs a step"));
    assert!(wrong("efficiency=0.1..0.9/4").ends_with("write the step itself: 0.1..0.9+0.2"));
    assert!(wrong("batch_size=1..64/").contains("not divided by `/`"));
    assert!(wrong("fabric_bandwidth=100").contains("needs a unit"));
    assert!(wrong("fabric_bandwidth=100 Gbit/s..1 GB/s*2").contains("one unit"));
    assert!(wrong("hardware.name=accelerators(memory>=80)").contains("needs a unit"));
    assert!(wrong("hardware.name=accelerators(memry>=80GB)").contains("did you mean memory?"));
    assert!(wrong("hardware.name=accelerators(memory>=80TB)").contains("no entry of the registry"));
    assert!(wrong("hardware.name=models(year>=2022)").contains("write accelerators(…)"));
    assert!(wrong("hardware.name=accelerators(memory>=80GB").contains("not closed"));
    assert!(wrong("batch_size=accelerators(fp8)").contains("takes no filter"));
    assert!(wrong("hardware.name=\"H100").contains("not closed"));
}

/// `path=values` of each axis, `+` before one that turns with the one before it.
fn together(given: &str) -> String {
    let axes = all(given).unwrap_or_else(|error| panic!("{}", error.render()));
    let one = |axis: &Axis| {
        format!("{}{}={}", if axis.linked { "+" } else { "" }, axis.path, axis.values.join(","))
    };
    axes.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn fields_that_turn_together() {
    assert_eq!(
        together("hardware.accelerators,parallelism.tensor=1,2,4,8"),
        "hardware.accelerators=1,2,4,8 +parallelism.tensor=1,2,4,8"
    );
    assert_eq!(together("gpus , tp = 1..4*2"), "hardware.accelerators=1,2,4 +parallelism.tensor=1,2,4");
    assert_eq!(
        together("gpus=8..32*2; pp=1,2,4; hardware.name=\"H100\",H200,A100"),
        "hardware.accelerators=8,16,32 +parallelism.pipeline=1,2,4 +hardware.name=H100,H200,A100"
    );
    // Only what is the same in every field comes twice.
    assert_eq!(
        together("gpus=8,8,16,8;tp=1,2,2,1"),
        "hardware.accelerators=8,8,16 +parallelism.tensor=1,2,2"
    );
    assert_eq!(
        wrong("gpus=8,16;tp=1,2,4"),
        "hardware.accelerators takes 2 values and parallelism.tensor takes 3\n  gpus=8,16;tp=1,2,4\n               ^^^^^\n  fields that turn together take as many values each"
    );
    assert!(wrong("gpus,tpp=1,2").contains("unknown field `tpp`"));
    assert!(wrong("gpus,=1,2").contains("a field is missing"));
    assert!(wrong("gpus=1,2;").contains("FIELD=VALUES"));
    // A value outside what one of the fields takes is told for that field.
    assert!(wrong("gpus,zero=3,4").contains("`parallelism.zero`"));
    assert_eq!(values("name=\"a;b\""), "a;b");
}

#[test]
fn no_text_is_a_panic() {
    for given in [
        "=",
        "=1",
        "batch_size=",
        "batch_size=..",
        "batch_size=1..",
        "batch_size=..*",
        "batch_size=1..*2",
        "batch_size=1..2+",
        "batch_size=é..ü",
        "hardware.name=accelerators()",
        "hardware.name=accelerators(=)",
        "hardware.name=accelerators(≥)",
        "hardware.name=(",
        "hardware.name=)",
        "x=\"",
        "batch_size=1..2e",
        "batch_size=1e999..2",
        ";",
        ",=;,=",
        "gpus=1;=",
        "é;ü=1",
    ] {
        let _ = all(given).map_err(|error| error.render());
    }
}
