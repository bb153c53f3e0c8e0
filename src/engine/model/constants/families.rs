//! Hardware families and the shares of peak and bandwidth that they attain.

/// Hardware families that share constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// V100.
    Volta,
    /// T4.
    Turing,
    /// A100, A800, A30.
    Ampere,
    /// H100, H200, H800, H20, GH200.
    Hopper,
    /// B200, GB200, B300, GB300.
    Blackwell,
    /// A10, A40, A6000, RTX 30.
    AmpereGddr,
    /// L4, L40S, RTX 40, RTX Ada.
    Ada,
    /// RTX 50.
    BlackwellGddr,
    /// MI250X, MI300X and later.
    Cdna,
    /// Apple silicon.
    Apple,
    /// Google TPU.
    Tpu,
    /// Intel Gaudi.
    Gaudi,
    /// Anything with HBM-class bandwidth.
    GenericHbm,
    /// Anything with GDDR-class bandwidth.
    GenericGddr,
    /// Anything slower.
    GenericEdge,
}

/// Constants of a family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FamilyConstants {
    /// Name in output.
    pub name: &'static str,
    /// Attained share of the 16-bit peak in large GEMMs.
    pub gemm: f64,
    /// Attained share of memory bandwidth.
    pub memory: f64,
    /// W per Tflop/s below which the part is power limited; 0 where unknown.
    pub power_reference: f64,
    /// FlashAttention-2 is native to the part.
    pub fa2_native: bool,
    /// True where at least one of the two shares was fitted to measurements.
    pub fitted: bool,
}

const fn family(
    name: &'static str,
    gemm: f64,
    memory: f64,
    power_reference: f64,
    fa2_native: bool,
    fitted: bool,
) -> FamilyConstants {
    FamilyConstants { name, gemm, memory, power_reference, fa2_native, fitted }
}

impl Family {
    /// The family's constants.
    pub const fn constants(self) -> FamilyConstants {
        match self {
            Family::Volta => family("volta", 0.63, 0.80, 2.80, true, true),
            Family::Turing => family("turing", 0.55, 0.80, 1.08, true, false),
            Family::Ampere => family("ampere", 0.686, 0.808, 1.28, true, true),
            Family::Hopper => family("hopper", 0.61, 0.79, 0.708, false, true),
            Family::Blackwell => family("blackwell", 0.656, 0.80, 0.445, false, true),
            Family::AmpereGddr => family("ampere-gddr", 0.64, 0.903, 2.46, true, true),
            Family::Ada => family("ada", 0.64, 0.93, 1.36, true, true),
            Family::BlackwellGddr => family("blackwell-gddr", 0.62, 0.91, 1.37, true, false),
            Family::Cdna => family("cdna", 0.50, 0.735, 0.57, false, true),
            Family::Apple => family("apple", 0.743, 0.848, 0.0, true, true),
            Family::Tpu => family("tpu", 0.85, 0.85, 0.0, true, false),
            Family::Gaudi => family("gaudi", 0.65, 0.80, 0.0, true, false),
            Family::GenericHbm => family("generic-hbm", 0.60, 0.80, 0.0, true, false),
            Family::GenericGddr => family("generic-gddr", 0.55, 0.85, 0.0, true, false),
            Family::GenericEdge => family("generic-edge", 0.50, 0.70, 0.0, true, false),
        }
    }

    /// Every family.
    pub const ALL: [Family; 15] = [
        Family::Volta,
        Family::Turing,
        Family::Ampere,
        Family::Hopper,
        Family::Blackwell,
        Family::AmpereGddr,
        Family::Ada,
        Family::BlackwellGddr,
        Family::Cdna,
        Family::Apple,
        Family::Tpu,
        Family::Gaudi,
        Family::GenericHbm,
        Family::GenericGddr,
        Family::GenericEdge,
    ];

    /// The family of a name such as `hopper`.
    pub fn by_name(name: &str) -> Option<Family> {
        Family::ALL.into_iter().find(|family| family.constants().name == name)
    }

    /// The family of a part whose maker's line is not known, by bandwidth (bytes/s).
    pub fn by_bandwidth(bandwidth: f64) -> Family {
        if bandwidth >= 1.4e12 {
            Family::GenericHbm
        } else if bandwidth >= 2.5e11 {
            Family::GenericGddr
        } else {
            Family::GenericEdge
        }
    }

    /// The family of a registry id, display name or alias; by bandwidth where no word is known.
    pub fn of_device(name: &str, bandwidth: f64) -> Family {
        // First match wins: an `RTX 5000 Ada` is no RTX 50, and a `GH200` is named before an `H200`.
        const WORDS: &[(&str, Family)] = &[
            ("ada", Family::Ada),
            ("rtx50", Family::BlackwellGddr),
            ("rtx40", Family::Ada),
            ("rtx30", Family::AmpereGddr),
            ("rtx20", Family::Turing),
            ("titanrtx", Family::Turing),
            ("quadrortx", Family::Turing),
            ("5090", Family::BlackwellGddr),
            ("5080", Family::BlackwellGddr),
            ("4090", Family::Ada),
            ("4080", Family::Ada),
            ("4070", Family::Ada),
            ("3090", Family::AmpereGddr),
            ("3080", Family::AmpereGddr),
            ("3070", Family::AmpereGddr),
            ("jetson", Family::GenericEdge),
            ("gh200", Family::Hopper),
            ("gb200", Family::Blackwell),
            ("gb300", Family::Blackwell),
            ("h100", Family::Hopper),
            ("h200", Family::Hopper),
            ("h800", Family::Hopper),
            ("h20", Family::Hopper),
            ("b100", Family::Blackwell),
            ("b200", Family::Blackwell),
            ("b300", Family::Blackwell),
            ("a6000", Family::AmpereGddr),
            ("rtxa", Family::AmpereGddr),
            ("a100", Family::Ampere),
            ("a800", Family::Ampere),
            ("a30", Family::Ampere),
            ("v100", Family::Volta),
            ("mi100", Family::Cdna),
            ("mi2", Family::Cdna),
            ("mi3", Family::Cdna),
            ("tpu", Family::Tpu),
            ("gaudi", Family::Gaudi),
            ("l40", Family::Ada),
            ("blackwell", Family::BlackwellGddr),
            ("a10", Family::AmpereGddr),
            ("a40", Family::AmpereGddr),
            ("apple", Family::Apple),
            ("macbook", Family::Apple),
        ];
        let word: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        if let Some((_, family)) = WORDS.iter().find(|(part, _)| word.contains(part)) {
            return *family;
        }
        // Short names only as whole words: `t4` must not match `nrf52840`.
        let is_word = |short: &str| {
            name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.eq_ignore_ascii_case(short))
        };
        if is_word("t4") {
            Family::Turing
        } else if is_word("a2") || is_word("a16") {
            Family::AmpereGddr
        } else if is_word("l4") {
            Family::Ada
        } else if ["m1", "m2", "m3", "m4"].iter().any(|chip| is_word(chip)) {
            Family::Apple
        } else {
            Family::by_bandwidth(bandwidth)
        }
    }

    /// Whether every device of the family multiplies 4-bit floats. Of AMD's, those do whose peak the registry has.
    pub fn has_fp4(self) -> bool {
        matches!(self, Family::Blackwell | Family::BlackwellGddr)
    }
}
