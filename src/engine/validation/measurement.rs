//! A row of a table of measurements, typed.

use super::super::model::training::Recompute;

/// What a row measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Optimizer steps.
    Train,
    /// Prompts.
    Prefill,
    /// Tokens one by one.
    Decode,
    /// Whole requests, or a server.
    Serve,
    /// Bytes.
    Memory,
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::Train, Kind::Prefill, Kind::Decode, Kind::Serve, Kind::Memory];

    /// The name in a table.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Train => "train",
            Kind::Prefill => "prefill",
            Kind::Decode => "decode",
            Kind::Serve => "serve",
            Kind::Memory => "memory",
        }
    }
}

/// A figure beyond this is a mistake: no count, length or size here comes near it.
const LARGEST: f64 = 1e18;

macro_rules! measurement {
    ($($field:ident),*) => {
        /// One row. `None` is a figure that the table leaves empty.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(missing_docs)] // The fields are the columns of a table, by their names there.
        pub struct Measurement {
            pub id: String,
            pub kind: Kind,
            pub metric: String,
            pub unit: String,
            pub model: String,
            pub hardware: String,
            pub precision: String,
            pub kv_precision: String,
            pub ffn_type: String,
            pub source: String,
            pub notes: String,
            pub zero: Option<u8>,
            pub recompute: Option<Recompute>,
            $(pub $field: Option<f64>,)*
        }

        impl Measurement {
            /// Reads a row from its columns; `column` gives the text of one, empty where there is none.
            pub fn read<'a>(column: impl Fn(&str) -> &'a str) -> Result<Measurement, String> {
                let text = |name: &str| column(name).trim().to_owned();
                $(let $field = number(stringify!($field), column(stringify!($field)))?;)*
                let kind = column("kind").trim();
                let kind = Kind::ALL
                    .into_iter()
                    .find(|known| known.name().eq_ignore_ascii_case(kind))
                    .ok_or_else(|| format!("`kind` is {}; it must be train, prefill, decode, serve or memory", shown(kind)))?;
                let row = Measurement {
                    id: text("id"),
                    kind,
                    metric: text("metric"),
                    unit: text("unit"),
                    model: text("model"),
                    hardware: text("hardware"),
                    precision: text("precision").to_lowercase(),
                    kv_precision: text("kv_precision").to_lowercase(),
                    ffn_type: text("ffn_type").to_lowercase(),
                    source: text("source"),
                    notes: text("notes"),
                    zero: stage(column("zero"))?,
                    recompute: recompute(column("recompute"))?,
                    $($field,)*
                };
                if row.metric.is_empty() {
                    return Err("`metric` is empty".to_owned());
                }
                if row.hardware.is_empty() {
                    return Err("`hardware` is empty".to_owned());
                }
                Ok(row)
            }
        }
    };
}

measurement!(
    params,
    active_params,
    layers,
    hidden,
    heads,
    kv_heads,
    head_dim,
    ffn,
    vocab,
    n_experts,
    top_k,
    moe_ffn,
    seq_len,
    input_len,
    output_len,
    batch,
    n_accel,
    accel_per_node,
    tp,
    pp,
    vpp,
    cp,
    dp,
    ep,
    global_batch,
    micro_batch,
    value
);

impl Measurement {
    /// Whether the row is about a training process, its time or its memory.
    pub fn trains(&self) -> bool {
        self.kind == Kind::Train || self.metric.starts_with("train_")
    }
}

/// Text of a cell in a message, cut where it is long.
fn shown(text: &str) -> String {
    if text.is_empty() {
        return "empty".to_owned();
    }
    let mut cut: String = text.chars().take(24).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    format!("`{cut}`")
}

/// A figure; empty and 0 both mean that there is none, save for the length of a prompt.
fn number(name: &str, text: &str) -> Result<Option<f64>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let figure: f64 = text.parse().map_err(|_| format!("`{name}` is {}, which is no number", shown(text)))?;
    if !figure.is_finite() || figure.abs() > LARGEST {
        return Err(format!("`{name}` is {}, which is out of range", shown(text)));
    }
    if figure < 0.0 {
        return Err(format!("`{name}` is {}; it cannot be negative", shown(text)));
    }
    let empty = figure == 0.0 && !matches!(name, "input_len" | "output_len");
    Ok((!empty).then_some(figure))
}

fn stage(text: &str) -> Result<Option<u8>, String> {
    match text.trim() {
        "" => Ok(None),
        "0" => Ok(Some(0)),
        "1" => Ok(Some(1)),
        "2" => Ok(Some(2)),
        "3" => Ok(Some(3)),
        other => Err(format!("`zero` is {}; it must be 0, 1, 2 or 3", shown(other))),
    }
}

fn recompute(text: &str) -> Result<Option<Recompute>, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "auto" => Ok(None),
        "none" => Ok(Some(Recompute::None)),
        "selective" => Ok(Some(Recompute::Selective)),
        "full" => Ok(Some(Recompute::Full)),
        other => Err(format!("`recompute` is {}; it must be none, selective or full", shown(other))),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A row from `column value` pairs.
    pub(in super::super) fn row(cells: &[(&str, &str)]) -> Result<Measurement, String> {
        Measurement::read(|name| {
            cells.iter().find(|(column, _)| *column == name).map_or("", |(_, text)| *text)
        })
    }

    const SOUND: [(&str, &str); 3] = [("kind", "Train"), ("hardware", "H100"), ("metric", "step_time_s")];

    #[test]
    fn a_wrong_cell_is_named() {
        assert!(row(&SOUND).is_ok());
        for (cell, message) in [
            (("layers", "many"), "`layers` is `many`, which is no number"),
            (("hidden", "NaN"), "`hidden` is `NaN`, which is out of range"),
            (("tp", "-1"), "`tp` is `-1`; it cannot be negative"),
            (("batch", "1e300"), "`batch` is `1e300`, which is out of range"),
            (("zero", "4"), "`zero` is `4`; it must be 0, 1, 2 or 3"),
            (("recompute", "some"), "`recompute` is `some`; it must be none, selective or full"),
        ] {
            let mut cells = SOUND.to_vec();
            cells.push(cell);
            assert_eq!(row(&cells).unwrap_err(), message);
        }
        assert_eq!(
            row(&[("kind", "guess")]).unwrap_err(),
            "`kind` is `guess`; it must be train, prefill, decode, serve or memory"
        );
        assert_eq!(row(&SOUND[..2]).unwrap_err(), "`metric` is empty");
    }

    #[test]
    fn zero_is_a_length_but_no_size() {
        let mut cells = SOUND.to_vec();
        cells.extend([("input_len", "0"), ("n_experts", "0"), ("heads", " 32 ")]);
        let row = row(&cells).unwrap();
        assert_eq!((row.input_len, row.n_experts, row.heads), (Some(0.0), None, Some(32.0)));
    }
}
