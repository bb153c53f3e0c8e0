//! A plan whose fields can be set without its text: what a search walks.
//!
//! An [`Outline`] reads a text once, up to the point where fields are held against each other. A value of a
//! field, written as it would stand in the text, becomes a [`Setter`]; it is checked by the same code that
//! reads plans. A [`Draft`] is the plan that setters change, and [`Draft::settle`] does what comes last in a
//! reading: it works out the fleet and says what contradicts what.

use std::collections::BTreeMap;

use super::super::edit;
use super::super::faults::{self, Fault, FleetText, Key};
use super::super::fields::{self, Field, Kind};
use super::super::{Diagnostic, Files, Options, Plan, Severity};
use super::assemble::{DEFAULT_BATCH_SIZE, DEFAULT_DURATION_DAYS, DEFAULT_SEQ_LEN};
use super::names::Names;
use super::{Decoder, Given, decoder};
use crate::registry::{Physics, Registry};
use crate::yaml::{self, Value};

/// A plan and how its text gives the size of its fleet.
#[derive(Debug, Clone)]
pub struct Draft {
    plan: Plan,
    fleet: FleetText,
}

impl Draft {
    /// Works out the fleet; what contradicts what, if anything. Without a fault the plan is what reading the
    /// text would give.
    pub fn settle(&mut self) -> Option<Fault> {
        let hardware = &mut self.plan.hardware;
        let facts = Some(&hardware.accelerator.facts);
        let (fleet, fault) = faults::fleet(&self.fleet, facts, self.plan.physics);
        hardware.accelerators = fleet.total;
        hardware.node_count = fleet.node_count;
        hardware.accelerators_per_node = fleet.per_node;
        fault.or_else(|| faults::of(&self.plan))
    }

    /// The plan; sound once [`Draft::settle`] has found no fault.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Sets a field of a draft to one value.
pub type Setter = Box<dyn Fn(&mut Draft) + Send + Sync>;

/// A text, read until fields are held against each other.
#[derive(Debug)]
pub struct Outline {
    values: BTreeMap<String, Given>,
    names: Names,
    physics: Physics,
    registry: Registry,
    draft: Option<Draft>,
    errors: Vec<Diagnostic>,
}

fn errors(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect()
}

impl Outline {
    /// Reads a text; `None` where it is not YAML, or no mapping.
    pub fn read(text: &str, registry: &Registry, options: Options<'_>) -> Option<Outline> {
        let tree = yaml::parse(text).ok()?;
        let mut decoder = decoder(text, &tree, registry, options);
        if !decoder.top_level() {
            return None;
        }
        decoder.block(&tree, "");
        decoder.required();
        decoder.extend_registry();
        let names = decoder.resolve();
        // Promises are checked here too: no field that can be set changes them.
        decoder.assertions();
        let fleet = decoder.fleet_text();
        let whole = faults::Fleet { total: 1, node_count: None, per_node: None };
        let draft = decoder.assemble(names.clone(), &whole).map(|plan| Draft { plan, fleet });
        let Decoder { values, physics, registry, diagnostics, .. } = decoder;
        Some(Outline { values, names, physics, registry, draft, errors: errors(diagnostics) })
    }

    /// What is wrong with single fields.
    pub fn errors(&self) -> &[Diagnostic] {
        &self.errors
    }

    /// The plan that the text would be, where what it needs is there.
    pub fn draft(&self) -> Option<Draft> {
        self.draft.clone()
    }

    /// The registry of the plan: the given one, and the plan's own entries.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A field's value as a setter; one sentence where the value is not sound.
    pub fn setter(&self, path: &str, value: &str, files: &dyn Files) -> Result<Setter, String> {
        let field = fields::field(path).ok_or_else(|| format!("unknown field `{path}`"))?;
        let tree = yaml::parse(value).map_err(|error| error.message)?;
        let options = Options { physics: Some(self.physics), files };
        let mut decoder = decoder(value, &tree, &self.registry, options);
        if tree.value == Value::Null && field.required {
            return Err(format!("`{path}` has no value"));
        }
        decoder.single(field, path);
        let names = decoder.resolve();
        let found = errors(std::mem::take(&mut decoder.diagnostics));
        if let Some(error) = found.into_iter().next() {
            return Err(error.message);
        }
        let count = decoder.count(path).map_or(Key::Absent, Key::Is);
        match path {
            "hardware.accelerators" => return Ok(Box::new(move |draft| draft.fleet.total = count)),
            "hardware.node_count" => return Ok(Box::new(move |draft| draft.fleet.node_count = count)),
            "hardware.accelerators_per_node" => {
                return Ok(Box::new(move |draft| draft.fleet.per_node = count));
            }
            _ => {}
        }
        // The longest axes are numbers: no plan has to be put together for one of them.
        if let Some(setter) = figure(path, decoder.count(path), decoder.number(path)) {
            return Ok(setter);
        }
        // A plan in which this field is the only one that counts.
        for needed in ["version", "name"] {
            if let Some(given) = self.values.get(needed) {
                decoder.values.entry(needed.to_owned()).or_insert_with(|| given.clone());
            }
        }
        let names = Names {
            model: names.model.or_else(|| self.names.model.clone()),
            accelerator: names.accelerator.or_else(|| self.names.accelerator.clone()),
            ..names
        };
        let whole = faults::Fleet { total: 1, node_count: None, per_node: None };
        let plan = decoder.assemble(names, &whole);
        plan.and_then(|plan| setter(path, &plan)).ok_or_else(|| format!("`{path}` cannot be set"))
    }
}

impl Decoder<'_> {
    /// Reads the whole text as the value of one field.
    fn single(&mut self, field: &'static Field, path: &str) {
        let mut parent = field.parent();
        while !parent.is_empty() {
            self.present.insert(parent.to_owned());
            parent = fields::field(parent).map_or("", Field::parent);
        }
        let node = self.tree;
        self.value(field, node, path);
    }
}

/// True for fields that a draft can set; others need the text: they decide how everything else is read, or
/// are lists.
pub fn can_set(path: &str) -> bool {
    let block = |field: &Field| matches!(field.kind, Kind::Block | Kind::List);
    fields::field(path).is_some_and(|field| !block(field)) && path != "physics" && !path.contains('[')
}

/// A field that is a number, and that a plan has as it was read; `None` for every other.
fn figure(path: &str, count: Option<u64>, number: Option<f64>) -> Option<Setter> {
    /// A field of a block that a plan may have.
    macro_rules! inside {
        ($($block:ident).+ => $name:ident, $value:expr) => {{
            let value = $value;
            Box::new(move |draft: &mut Draft| {
                if let Some(to) = &mut draft.plan.$($block).+ {
                    to.$name = value;
                }
            })
        }};
    }
    Some(match path {
        "workload.batch_size" => {
            let count = count.unwrap_or(DEFAULT_BATCH_SIZE);
            Box::new(move |draft| draft.plan.workload.batch_size = count)
        }
        "workload.seq_len" => {
            let count = count.unwrap_or(DEFAULT_SEQ_LEN);
            Box::new(move |draft| draft.plan.workload.seq_len = count)
        }
        "workload.serve.prompt_tokens" => inside!(workload.serve => prompt_tokens, count),
        "workload.serve.output_tokens" => inside!(workload.serve => output_tokens, count),
        "workload.serve.request_rate" => inside!(workload.serve => request_rate_per_s, number),
        "workload.serve.cached_prefix_tokens" => inside!(workload.serve => cached_prefix_tokens, count),
        "workload.serve.prefill_chunk_tokens" => inside!(workload.serve => prefill_chunk_tokens, count),
        "workload.serve.kv_block_tokens" => inside!(workload.serve => kv_block_tokens, count),
        "workload.serve.draft_acceptance" => inside!(workload.serve => draft_acceptance, number),
        "workload.serve.reasoning_steps" => inside!(workload.serve => reasoning_steps, count),
        "workload.train.tokens" => inside!(workload.train => tokens, number),
        "workload.train.gradient_accumulation" => inside!(workload.train => gradient_accumulation, count),
        "workload.train.lora_rank" => inside!(workload.train => lora_rank, count),
        "workload.train.checkpoint_interval" => inside!(workload.train => checkpoint_interval_s, number),
        "workload.train.dp_epsilon" => inside!(workload.train => dp_epsilon, number),
        "hardware.intra_node_bw" => {
            Box::new(move |draft| draft.plan.hardware.intra_node_bytes_per_s = number)
        }
        "hardware.efficiency" => Box::new(move |draft| draft.plan.hardware.efficiency = number),
        "data.sample_bytes" => inside!(data => sample_bytes, number),
        "data.storage_bandwidth" => inside!(data => storage_bytes_per_s, number),
        "data.cpu_workers" => inside!(data => cpu_workers, count),
        "ops.electricity_usd_per_kwh" => inside!(ops => electricity_usd_per_kwh, number),
        "ops.rent_usd_per_accelerator_hour" => inside!(ops => rent_usd_per_accelerator_hour, number),
        "ops.utilization" => inside!(ops => utilization, number),
        "ops.duration_days" => inside!(ops => duration_days, number.unwrap_or(DEFAULT_DURATION_DAYS)),
        "ops.infrastructure_multiplier" => inside!(ops => infrastructure_multiplier, number.unwrap_or(1.0)),
        "ops.carbon_usd_per_tonne" => inside!(ops => carbon_usd_per_tonne, number.unwrap_or(0.0)),
        _ => return None,
    })
}

/// The value of a field in `plan`, to be put into other plans.
fn setter(path: &str, plan: &Plan) -> Option<Setter> {
    /// A field that every plan has.
    macro_rules! field {
        ($($name:ident).+) => {{
            let value = plan.$($name).+.clone();
            Some(Box::new(move |draft: &mut Draft| draft.plan.$($name).+.clone_from(&value)))
        }};
    }
    /// A field of a block that a plan may have.
    macro_rules! inside {
        ($($block:ident).+ => $($name:ident),+) => {{
            let from = plan.$($block).+.as_ref()?;
            let value = ($(from.$name.clone(),)+);
            Some(Box::new(move |draft: &mut Draft| {
                if let Some(to) = &mut draft.plan.$($block).+ {
                    let ($($name,)+) = &value;
                    $(to.$name.clone_from($name);)+
                }
            }))
        }};
    }
    match path {
        "version" => field!(version),
        "name" => field!(name),
        "workload.name" => field!(workload.model),
        "workload.mode" => field!(workload.mode),
        "workload.stack" => field!(workload.stack),
        "workload.serve.kv_precision" => inside!(workload.serve => kv_precision),
        "workload.serve.draft_model" => inside!(workload.serve => draft_model),
        "workload.serve.decode_hardware" => inside!(workload.serve => decode_hardware),
        "workload.train.optimizer" => inside!(workload.train => optimizer),
        "hardware.name" => field!(hardware.accelerator),
        "hardware.fabric_bandwidth" => {
            let (rate, given) = (plan.hardware.fabric_bytes_per_s, plan.hardware.fabric_given);
            Some(Box::new(move |draft: &mut Draft| {
                draft.plan.hardware.fabric_bytes_per_s = rate;
                draft.plan.hardware.fabric_given = given;
            }))
        }
        "hardware.precision" => field!(hardware.precision),
        "parallelism.tensor" => field!(parallelism.tensor),
        "parallelism.pipeline" => field!(parallelism.pipeline),
        "parallelism.data" => field!(parallelism.data),
        "parallelism.expert" => field!(parallelism.expert),
        "parallelism.context" => field!(parallelism.context),
        "parallelism.zero" => field!(parallelism.zero),
        "parallelism.microbatches" => field!(parallelism.microbatches),
        "parallelism.virtual_stages" => field!(parallelism.virtual_stages),
        "parallelism.recompute" => field!(parallelism.recompute),
        "parallelism.overlap" => field!(parallelism.overlap),
        "data.dataset" => inside!(data => dataset),
        "ops.region" => inside!(ops => region, region_name),
        "ops.acquisition" => inside!(ops => acquisition),
        _ => None,
    }
}

/// Whether a value could stand in a text at all: on one line, and YAML by itself.
pub fn is_value(value: &str) -> Result<(), edit::EditError> {
    let value = value.trim();
    if value.contains(['\n', '\r']) || yaml::parse(value).is_err() {
        return Err(edit::EditError::BadValue(value.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::NoFiles;

    const PLAN: &str = "version: 1\nname: x\nworkload: {name: Llama3_8B, mode: serve, serve: {}, train: {}}\nhardware: {name: H100}\ndata: {}\nops: {}\n";

    #[test]
    fn every_field_that_can_be_set_has_a_setter() {
        let outline = Outline::read(PLAN, &Registry::builtin(), Options::default()).unwrap();
        assert!(outline.errors().is_empty(), "{:?}", outline.errors());
        for field in fields::FIELDS.iter().filter(|field| can_set(field.path)) {
            let made = outline.setter(field.path, field.example, &NoFiles);
            assert!(made.is_ok(), "{}: {:?}", field.path, made.err());
            if !field.required {
                assert!(outline.setter(field.path, "null", &NoFiles).is_ok(), "{}", field.path);
            }
        }
    }

    #[test]
    fn an_unsound_value_is_refused_in_the_words_of_the_reader() {
        let outline = Outline::read(PLAN, &Registry::builtin(), Options::default()).unwrap();
        let why = |path, value| outline.setter(path, value, &NoFiles).err().unwrap_or_default();
        assert!(why("hardware.precision", "fp99").contains("cannot be `fp99`"));
        assert!(why("hardware.name", "H1000000").contains("unknown accelerator"));
        assert!(why("hardware.accelerators", "0").contains("at least 1"));
        assert!(why("hardware.name", "").contains("no value"));
        assert!(why("ops.region", "Atlantis").contains("unknown region"));
    }
}
