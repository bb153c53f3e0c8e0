//! Fields held against each other and against the profile.

use super::super::edit;
use super::super::faults::{self, Fault};
use super::super::fields::{self, Field};
use super::names::Names;
use super::shape::Shape;
use super::{
    Decoder, Given, NOT_EVALUATED_YET, READ_BY_WALLS, READ_BY_WALLS_OF_A_RUN, READ_BY_WALLS_OF_A_SERVICE,
    join, nearest, shorten,
};
use crate::metrics::{self, METRICS};
use crate::registry::{Entry, Physics, Table, WorkloadKind};
use crate::yaml::Value;

impl Decoder<'_> {
    /// Keys that must be there and are not.
    pub(super) fn required(&mut self) {
        for field in fields::FIELDS.iter().filter(|field| field.required && !field.path.contains("[]")) {
            let parent = field.parent();
            if self.present(field.path) || !(parent.is_empty() || self.is_block(parent)) {
                continue;
            }
            // A misspelt key is reported as such; that it is missing under its right name is no news.
            let misspelt = self.diagnostics.iter().any(|other| {
                other.code == "unknown-key"
                    && other.path.rsplit_once('.').map_or("", |(parent, _)| parent) == parent
                    && other.fixes.first().is_some_and(|fix| fix.replacement == field.key())
            });
            if !misspelt {
                self.missing(field, field.path, parent);
            }
        }
    }

    fn is_block(&self, path: &str) -> bool {
        self.node(path).is_some_and(|node| matches!(node.value, Value::Mapping(_)))
    }

    fn missing(&mut self, field: &Field, path: &str, parent: &str) {
        let range = self.key_range(path);
        let written = self.spans.keys.contains_key(path);
        let message = if written { format!("`{path}` has no value") } else { format!("`{path}` is missing") };
        self.error("missing-key", path, range, message).help = Some(field.doc.to_owned());
        let (keys, value): (&[&str], &str) = match field.path {
            "version" => (&["version"], "\"1.0\""),
            "name" => (&["name"], "My plan"),
            "workload" => (&["workload", "name"], "Llama3_8B"),
            "hardware" => (&["hardware", "name"], "H100"),
            _ => (&[field.key()], field.example),
        };
        let shown = format!("add `{}: {value}`", keys.join(": "));
        if written {
            // Its own empty value is the place.
            match keys {
                [_] => {
                    let replacement = format!(" {value}");
                    self.fix_value(shown, path, replacement);
                }
                [_, rest @ ..] => self.fix_insert(shown, path, rest, value),
                [] => {}
            }
        } else if field.path == "version" && !self.tree.aliased && !self.tree.raw(self.text).starts_with('{')
        {
            let start = self.tree.range.start;
            self.fix(shown, start..start, "version: \"1.0\"\n");
        } else {
            self.fix_insert(shown, parent, keys, value);
        }
    }

    /// Everything that takes more than one field to see.
    pub(super) fn rules(&mut self, shape: &Shape) {
        self.assertions();
        if self.is_mlsysim() {
            self.without_effect_in_mlsysim(shape);
            return;
        }
        self.mode_and_blocks(shape);
        self.division(shape);
        self.serving();
        self.money();
        for path in NOT_EVALUATED_YET {
            let dead = self
                .diagnostics
                .iter()
                .any(|other| other.code == "no-effect" && path.starts_with(other.path.as_str()));
            if self.present(path) && !dead && !self.is_neutral(path) {
                let range = self.key_range(path);
                let message = format!("`{path}` is checked, but not evaluated yet: it changes no number");
                self.warning("not-evaluated", path, range, message);
            }
        }
    }

    /// Fields of ours that mlsysim 0.3.0 does not have; the topmost of a block speaks for all of it, unless
    /// the walls read a part of the block.
    fn without_effect_in_mlsysim(&mut self, shape: &Shape) {
        let of_mode = if shape.total > 1 { READ_BY_WALLS_OF_A_RUN } else { READ_BY_WALLS_OF_A_SERVICE };
        let takes_effect = |path: &str| {
            path == "physics"
                || path == "registry"
                || of_mode.contains(&path)
                || READ_BY_WALLS.contains(&path)
        };
        let mut read: Vec<&str> = Vec::new();
        for field in fields::FIELDS.iter().filter(|field| takes_effect(field.path)) {
            if self.present(field.path) {
                read.push(field.parent());
            }
        }
        for field in fields::FIELDS {
            let parent = field.parent();
            let below =
                fields::field(parent).is_some_and(|parent| !parent.reference) && !read.contains(&parent);
            let idle = field.reference || below || takes_effect(field.path) || read.contains(&field.path);
            if idle || !self.present(field.path) {
                continue;
            }
            let message =
                format!("`{}` is not part of mlsysim 0.3.0; ignored under `physics: mlsysim`", field.path);
            let range = self.key_range(field.path);
            self.warning("no-effect", field.path, range, message);
        }
        if self.words("ops.region").is_some_and(|name| !name.eq_ignore_ascii_case("US_Avg"))
            && self.diagnostics.iter().all(|diagnostic| diagnostic.path != "ops.region")
        {
            let message = "mlsysim 0.3.0 does not use the region: it computes with US_Avg".to_owned();
            let range = self.value_range("ops.region");
            self.warning("no-effect", "ops.region", range, message);
        }
    }

    fn mode_and_blocks(&mut self, shape: &Shape) {
        let (serve, train) = (self.present("workload.serve"), self.present("workload.train"));
        match self.words("workload.mode").unwrap_or("auto") {
            "auto" if serve && train => {
                let range = self.key_range("workload.train");
                let fault = Fault::TwoModes;
                self.error(fault.code(), fault.path(), range, fault.to_string()).help =
                    Some("set `workload.mode` to `serve` or `train`".into());
                for mode in ["serve", "train"] {
                    if self.spans.keys.contains_key("workload.mode") {
                        self.fix_value(format!("set `mode: {mode}`"), "workload.mode", mode);
                    } else {
                        self.fix_insert(format!("add `mode: {mode}`"), "workload", &["mode"], mode);
                    }
                }
            }
            "serve" if train => self.dead("workload.train", "this plan serves (`mode: serve`)"),
            "train" if serve => self.dead("workload.serve", "this plan trains (`mode: train`)"),
            _ => {}
        }
        if self.serves(shape) {
            for key in ["zero", "recompute", "virtual_stages"] {
                let path = join("parallelism", key);
                let idle = match self.values.get(&path) {
                    Some(Given::Count(value)) => *value == u64::from(key != "zero"),
                    Some(Given::Text(word)) => word == "none",
                    _ => false,
                };
                if self.present(&path) && !idle {
                    self.dead(&path, "it belongs to training, and this plan serves");
                }
            }
        }
    }

    /// Whether the plan answers requests.
    fn serves(&self, shape: &Shape) -> bool {
        let one = shape.total == 1;
        match self.words("workload.mode").unwrap_or("auto") {
            _ if self.is_mlsysim() => one,
            "serve" => true,
            "train" => false,
            _ => self.present("workload.serve") || (!self.present("workload.train") && one),
        }
    }

    /// Parts of `data` that no wall reads.
    pub(super) fn data(&mut self, names: &Names, shape: &Shape) {
        let Some(model) = names.model.as_deref().filter(|_| self.present("data")) else { return };
        let kind = model.facts.kind;
        let prompted = kind.is_transformer() || matches!(kind, WorkloadKind::Ssm | WorkloadKind::Diffusion);
        if self.serves(shape) && prompted {
            self.dead("data", "requests bring their own input, and this plan serves");
            return;
        }
        let path = "data.dataset";
        if !self.present(path) {
            return;
        }
        if self.present("data.sample_bytes") {
            self.dead(path, "`sample_bytes` says how large a sample is");
            return;
        }
        let Some(name) = self.words(path).map(str::to_owned) else { return };
        let known = |entry: &Entry<Table>| entry.group == "dataset";
        if self.registry.table(Physics::Studio, &name).is_ok_and(|entry| known(&entry)) {
            return;
        }
        let all: Vec<String> = self
            .registry
            .tables(Physics::Studio)
            .filter(|entry| known(entry))
            .map(|entry| entry.id.clone())
            .collect();
        let meant = nearest(&name, all.iter().map(String::as_str)).map(str::to_owned);
        let range = self.value_range(path);
        let message =
            format!("`{}` is no data set of the registry, so its samples have no size", shorten(&name));
        self.warning("unknown-name", path, range, message).help = Some(match &meant {
            Some(meant) => format!("did you mean `{meant}`? or give `sample_bytes`"),
            None => "give `sample_bytes` instead".into(),
        });
        if let Some(meant) = meant {
            self.fix_value(format!("change to {meant}"), path, edit::scalar(&meant));
        }
    }

    /// True where the value written is what its absence means.
    fn is_neutral(&self, path: &str) -> bool {
        let default = fields::field(path).map_or("", |field| field.default);
        match self.values.get(path) {
            Some(Given::Count(value)) => value.to_string() == default,
            Some(Given::Text(word)) => word == default,
            _ => false,
        }
    }

    fn dead(&mut self, path: &str, why: &str) {
        let range = self.key_range(path);
        self.warning("no-effect", path, range, format!("`{path}` has no effect: {why}"));
    }

    /// Tensor × pipeline × context × data is the number of accelerators.
    fn division(&mut self, shape: &Shape) {
        let Some(fault) = faults::division(&self.parallelism(), shape.total) else { return };
        let range = self.value_range(fault.path());
        let diagnostic = self.error(fault.code(), fault.path(), range, fault.to_string());
        match fault {
            Fault::Indivisible { model, .. } => {
                diagnostic.help = Some("change `hardware.accelerators` or the division".into());
                self.fix_total(model, shape);
            }
            Fault::Product { data, product, total, .. } => {
                diagnostic.help = Some("leave `data` out: it follows from the others".into());
                let data = (total / (product / data.max(1)).max(1)).to_string();
                self.fix_value(format!("change to {data}"), fault.path(), data);
                self.fix_total(product, shape);
            }
            _ => {}
        }
    }

    /// Offers to change the number of accelerators to the next multiple.
    fn fix_total(&mut self, multiple: u64, shape: &Shape) {
        if multiple > 1 << 20 || shape.node_count.is_some() {
            return;
        }
        let total = (shape.total.div_ceil(multiple) * multiple).to_string();
        if self.spans.keys.contains_key("hardware.accelerators") {
            self.fix_value(format!("use {total} accelerators"), "hardware.accelerators", total);
        } else {
            self.fix_insert(format!("add `accelerators: {total}`"), "hardware", &["accelerators"], &total);
        }
    }

    fn serving(&mut self) {
        let path = "workload.serve.cached_prefix_tokens";
        let prompt = self.count("workload.serve.prompt_tokens");
        if let Some(fault) = faults::prefix(self.count(path), prompt)
            && let Some(prompt) = prompt
        {
            let range = self.value_range(path);
            self.error(fault.code(), path, range, fault.to_string()).help = Some(format!("at most {prompt}"));
            self.fix_value(format!("change to {prompt}"), path, prompt.to_string());
        }
        if self.present("workload.serve.draft_acceptance") && !self.present("workload.serve.draft_model") {
            self.dead("workload.serve.draft_acceptance", "there is no `draft_model`");
        }
    }

    fn money(&mut self) {
        let path = "ops.rent_usd_per_accelerator_hour";
        if self.present(path) && self.words("ops.acquisition") != Some("rent") {
            self.dead(path, "the accelerators are bought (`acquisition: buy`)");
            self.fix_insert("add `acquisition: rent`", "ops", &["acquisition"], "rent");
        }
    }

    pub(super) fn assertions(&mut self) {
        for path in self.items("constraints.assert") {
            if self.is_block(&path) {
                self.assertion(&path);
            }
        }
    }

    fn assertion(&mut self, path: &str) {
        let name_path = join(path, "metric");
        if let Some(field) = fields::field(&name_path)
            && !self.present(&name_path)
        {
            self.missing(field, &name_path, path);
        }
        if let Some(name) = self.words(&name_path).map(str::to_owned)
            && metrics::by_assertion_name(&name).is_none()
        {
            self.unknown_metric(&name_path, &name);
        }
        let (max, min) = (join(path, "max"), join(path, "min"));
        if !self.present(&max) && !self.present(&min) {
            let range = self.value_range(path);
            let message = "this assertion has neither `max` nor `min` and always holds".to_owned();
            if self.is_mlsysim() {
                self.warning("no-effect", path, range, message);
            } else {
                self.error("missing-key", path, range, message);
            }
        }
        if let (Some(high), Some(low)) = (self.number(&max), self.number(&min))
            && low > high
        {
            let range = self.value_range(&min);
            let message =
                format!("no value is at least {low} and at most {high}: this assertion always fails");
            self.warning("empty-range", &min, range, message);
        }
    }

    fn unknown_metric(&mut self, path: &str, name: &str) {
        let full = |metric: &metrics::Metric| format!("{}.{}", metric.lens.name(), metric.key);
        let all: Vec<String> = METRICS.iter().map(full).collect();
        // A key without its lens, or with the prefix of the flat JSON.
        let bare = METRICS.iter().find(|metric| {
            name == metric.key || name.strip_prefix(metric.lens.prefix()).is_some_and(|key| key == metric.key)
        });
        // A mistyped key without its lens is nearer to a key than to a whole name.
        let near_key = || {
            let near = nearest(name, METRICS.iter().map(|metric| metric.key))?;
            METRICS.iter().find(|metric| metric.key == near).map(full)
        };
        let meant = bare
            .map(full)
            .or_else(|| nearest(name, all.iter().map(String::as_str)).map(str::to_owned))
            .or_else(near_key);
        let range = self.value_range(path);
        let message = format!("unknown metric `{}`", shorten(name));
        let diagnostic = if self.is_mlsysim() {
            self.warning(
                "unknown-name",
                path,
                range,
                format!("{message}; the assertion fails as unavailable"),
            )
        } else {
            self.error("unknown-name", path, range, message)
        };
        let of_lens: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .filter(|full| full.split('.').next() == name.split('.').next())
            .collect();
        diagnostic.help = Some(match (&meant, of_lens.is_empty()) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, false) => format!("there are {}", super::listed(of_lens.into_iter())),
            (None, true) => format!("there are {}", super::listed(all.iter().map(String::as_str))),
        });
        if let Some(meant) = meant {
            self.fix_value(format!("change to {meant}"), path, edit::scalar(&meant));
        }
    }
}
