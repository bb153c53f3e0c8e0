//! What quantities measure, and the units their values are kept in.

/// What a quantity measures. Values are in [`Dimension::unit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Bytes.
    Data,
    /// Bytes per second.
    DataRate,
    /// Floating-point (or integer) operations.
    Work,
    /// Operations per second.
    WorkRate,
    /// Operations per byte.
    Intensity,
    /// Seconds.
    Time,
    /// Joules.
    Energy,
    /// Watts.
    Power,
    /// US dollars.
    Money,
    /// US dollars per hour.
    HourlyPrice,
    /// US dollars per kWh.
    EnergyPrice,
    /// US dollars per byte.
    DataPrice,
    /// US dollars per token.
    TokenPrice,
    /// Kilograms of CO2e.
    Carbon,
    /// Grams of CO2e per kWh.
    CarbonIntensity,
    /// Tokens.
    Tokens,
    /// Tokens per second.
    TokenRate,
    /// Joules per byte.
    EnergyPerByte,
    /// Joules per operation.
    EnergyPerWork,
    /// Events per second.
    Rate,
    /// A plain number; `%` is a hundredth.
    Ratio,
}

/// Exponents of work, data, time, energy, money, carbon and tokens.
pub(super) type Powers = [i8; 7];

/// What is known of a dimension.
pub(super) struct Row {
    pub(super) dimension: Dimension,
    pub(super) powers: Powers,
    name: &'static str,
    unit: &'static str,
    example: &'static str,
    /// What 1 of the unit is in base units, `10^exponent * numerator / denominator`: only the prices and
    /// the carbon intensity differ from 1.
    pub(super) unit_scale: (i32, u128, u128),
}

const fn row(
    dimension: Dimension,
    powers: Powers,
    name: &'static str,
    unit: &'static str,
    example: &'static str,
    unit_scale: (i32, u128, u128),
) -> Row {
    Row { dimension, powers, name, unit, example, unit_scale }
}

pub(super) const DIMENSIONS: [Row; 21] = [
    row(Dimension::Data, [0, 1, 0, 0, 0, 0, 0], "data", "B", "80 GiB", (0, 1, 1)),
    row(Dimension::DataRate, [0, 1, -1, 0, 0, 0, 0], "a data rate", "B/s", "50 GB/s", (0, 1, 1)),
    row(Dimension::Work, [1, 0, 0, 0, 0, 0, 0], "work", "FLOP", "16 GFLOP", (0, 1, 1)),
    row(Dimension::WorkRate, [1, 0, -1, 0, 0, 0, 0], "a rate of work", "FLOP/s", "989 TFLOP/s", (0, 1, 1)),
    row(Dimension::Intensity, [1, -1, 0, 0, 0, 0, 0], "work per byte", "FLOP/B", "295 FLOP/B", (0, 1, 1)),
    row(Dimension::Time, [0, 0, 1, 0, 0, 0, 0], "time", "s", "30 min", (0, 1, 1)),
    row(Dimension::Energy, [0, 0, 0, 1, 0, 0, 0], "energy", "J", "3 kWh", (0, 1, 1)),
    row(Dimension::Power, [0, 0, -1, 1, 0, 0, 0], "power", "W", "700 W", (0, 1, 1)),
    row(Dimension::Money, [0, 0, 0, 0, 1, 0, 0], "money", "USD", "25000 USD", (0, 1, 1)),
    row(
        Dimension::HourlyPrice,
        [0, 0, -1, 0, 1, 0, 0],
        "a price per time",
        "USD/h",
        "2.5 USD/h",
        (-2, 1, 36),
    ),
    row(
        Dimension::EnergyPrice,
        [0, 0, 0, -1, 1, 0, 0],
        "a price of energy",
        "USD/kWh",
        "0.12 USD/kWh",
        (-5, 1, 36),
    ),
    row(Dimension::DataPrice, [0, -1, 0, 0, 1, 0, 0], "a price per byte", "USD/B", "0.09 USD/GB", (0, 1, 1)),
    row(
        Dimension::TokenPrice,
        [0, 0, 0, 0, 1, 0, -1],
        "a price per token",
        "USD/token",
        "2 USD/Mtok",
        (0, 1, 1),
    ),
    row(Dimension::Carbon, [0, 0, 0, 0, 0, 1, 0], "carbon", "kg", "164 kg", (0, 1, 1)),
    row(
        Dimension::CarbonIntensity,
        [0, 0, 0, -1, 0, 1, 0],
        "a carbon intensity",
        "g/kWh",
        "20 g/kWh",
        (-8, 1, 36),
    ),
    row(Dimension::Tokens, [0, 0, 0, 0, 0, 0, 1], "tokens", "token", "15 Ttok", (0, 1, 1)),
    row(Dimension::TokenRate, [0, 0, -1, 0, 0, 0, 1], "a token rate", "token/s", "120 tok/s", (0, 1, 1)),
    row(Dimension::EnergyPerByte, [0, -1, 0, 1, 0, 0, 0], "energy per byte", "J/B", "160 pJ/B", (0, 1, 1)),
    row(
        Dimension::EnergyPerWork,
        [-1, 0, 0, 1, 0, 0, 0],
        "energy per operation",
        "J/FLOP",
        "1 pJ/FLOP",
        (0, 1, 1),
    ),
    row(Dimension::Rate, [0, 0, -1, 0, 0, 0, 0], "a rate", "1/s", "4/s", (0, 1, 1)),
    row(Dimension::Ratio, [0, 0, 0, 0, 0, 0, 0], "a plain number", "", "0.5", (0, 1, 1)),
];

impl Dimension {
    fn row(self) -> &'static Row {
        // Every dimension has its row; the fallback keeps this total without a panic.
        DIMENSIONS.iter().find(|row| row.dimension == self).unwrap_or(&DIMENSIONS[20])
    }

    /// In words, for messages: `a data rate`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The unit its values are in: `B/s`. Empty for a plain number.
    pub fn unit(self) -> &'static str {
        self.row().unit
    }

    /// How one may be written: `50 GB/s`.
    pub fn example(self) -> &'static str {
        self.row().example
    }
}
