//! The plans that the program carries: stories to start from, and the template of a new plan.

/// A plan that ships with the program.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// File name without ending.
    pub name: &'static str,
    /// The story in a few words.
    pub title: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! samples {
    ($($name:literal $title:literal;)*) => {
        &[$(Sample {
            name: $name,
            title: $title,
            text: include_str!(concat!("../../sample-plans/", $name, ".yaml")),
        }),*]
    };
}

/// Every sample plan, in the order of the chooser.
pub const SAMPLES: &[Sample] = samples! {
    "serve-llama3-70b" "Llama-3 70B on one H100: does it fit?";
    "serve-llama3-70b-on-eight" "The same on eight: what is a year of it?";
    "train-llama3-8b-64" "Train Llama-3 8B on 64 H100s";
    "moe-mixtral" "Mixture of experts: Mixtral 8x7B";
    "resnet50-a100" "Image batches: ResNet-50 on an A100";
    "tinyml-esp32" "TinyML: DS-CNN on an ESP32";
    "carbon-quebec" "Carbon: a year in Quebec";
    "carbon-poland" "Carbon: the same year in Poland";
    "sla-fails" "A latency promise that physics breaks";
    "reference-profile" "The same numbers as mlsysim 0.3.0";
};
