use mlsysim_tui::{plan::{self, Options, diagnostic}, registry::{Registry, Physics}};
fn main() {
    let arg = std::env::args().nth(1).unwrap();
    let reg = Registry::builtin();
    if arg.ends_with(".jsonl") {
        let mut bad = 0; 
        for line in std::fs::read_to_string(&arg).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = row["plan"].to_string();
            let r = plan::read(&text, &reg, Options { physics: Some(Physics::Mlsysim), ..Default::default() });
            let errs: Vec<_> = r.diagnostics.iter().filter(|d| d.severity == plan::Severity::Error).map(|d| format!("{}@{}: {}", d.code, d.path, d.message)).collect();
            if row.get("error").is_some() { println!("{} {} {} -> {}", if errs.is_empty() {"ACCEPTED"} else {"refused"}, row["id"], row["error"]["locations"], errs.join(" | ")); }
            else if !errs.is_empty() { bad += 1; println!("WRONGLY REFUSED {} {}", row["id"], errs.join(" | ")); }
            else if r.diagnostics.len() > 0 { for d in &r.diagnostics { if d.code != "no-effect" { println!("  {} {}", row["id"], d.message) } } }
        }
        println!("wrongly refused {bad}");
    } else {
        for f in std::env::args().skip(1) {
            let text = std::fs::read_to_string(&f).unwrap();
            let t = std::time::Instant::now();
            let r = plan::read(&text, &reg, Options::default());
            let e = t.elapsed();
            let t = std::time::Instant::now();
            for _ in 0..20 { let _ = plan::read(&text, &reg, Options::default()); }
            println!("{}plan: {} first {e:?} then {:?}", diagnostic::render(&r.diagnostics, &text, &f), r.plan.is_some(), t.elapsed()/20);
        }
    }
}
