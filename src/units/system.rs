//! Our own system of quantities on `uom`: seven base dimensions, so that FLOP, tokens and dollars are not
//! all "plain numbers" to the compiler as they are in SI.
//!
//! Only this file uses `uom` (its macros call one another by bare name, so `lib.rs` has to let them in). What leaves it are `f64`s with the unit in the name.

#[macro_use]
mod work {
    quantity! {
        /// Operations (base unit FLOP).
        quantity: Work; "work";
        /// Work.
        dimension: Q<P1, Z0, Z0, Z0, Z0, Z0, Z0>;
        units {
            @flop: 1.0; "FLOP", "operation", "operations";
        }
    }
}

#[macro_use]
mod data {
    quantity! {
        /// Data (base unit byte).
        quantity: Data; "data";
        /// Data.
        dimension: Q<Z0, P1, Z0, Z0, Z0, Z0, Z0>;
        units {
            @byte: 1.0; "B", "byte", "bytes";
        }
    }
}

#[macro_use]
mod time {
    quantity! {
        /// Time (base unit second).
        quantity: Time; "time";
        /// Time.
        dimension: Q<Z0, Z0, P1, Z0, Z0, Z0, Z0>;
        units {
            @second: 1.0; "s", "second", "seconds";
            @hour: 3600.0; "h", "hour", "hours";
        }
    }
}

#[macro_use]
mod energy {
    quantity! {
        /// Energy (base unit joule).
        quantity: Energy; "energy";
        /// Energy.
        dimension: Q<Z0, Z0, Z0, P1, Z0, Z0, Z0>;
        units {
            @joule: 1.0; "J", "joule", "joules";
            @kilowatt_hour: 3.6e6; "kWh", "kilowatt-hour", "kilowatt-hours";
        }
    }
}

#[macro_use]
mod money {
    quantity! {
        /// Money (base unit US dollar).
        quantity: Money; "money";
        /// Money.
        dimension: Q<Z0, Z0, Z0, Z0, P1, Z0, Z0>;
        units {
            @dollar: 1.0; "USD", "dollar", "dollars";
        }
    }
}

#[macro_use]
mod carbon {
    quantity! {
        /// Carbon (base unit kilogram of CO2 equivalent).
        quantity: Carbon; "carbon";
        /// Carbon.
        dimension: Q<Z0, Z0, Z0, Z0, Z0, P1, Z0>;
        units {
            @kilogram: 1.0; "kg", "kilogram", "kilograms";
        }
    }
}

#[macro_use]
mod tokens {
    quantity! {
        /// Tokens (base unit token).
        quantity: Tokens; "tokens";
        /// Tokens.
        dimension: Q<Z0, Z0, Z0, Z0, Z0, Z0, P1>;
        units {
            @token: 1.0; "tok", "token", "tokens";
        }
    }
}

mod work_rate {
    quantity! {
        /// Work per time (base unit FLOP/s).
        quantity: WorkRate; "work rate";
        /// Work over time.
        dimension: Q<P1, Z0, N1, Z0, Z0, Z0, Z0>;
        units {
            @flop_per_second: 1.0; "FLOP/s", "operation per second", "operations per second";
        }
    }
}

mod data_rate {
    quantity! {
        /// Data per time (base unit B/s).
        quantity: DataRate; "data rate";
        /// Data over time.
        dimension: Q<Z0, P1, N1, Z0, Z0, Z0, Z0>;
        units {
            @byte_per_second: 1.0; "B/s", "byte per second", "bytes per second";
        }
    }
}

mod intensity {
    quantity! {
        /// Work per data (base unit FLOP/B).
        quantity: Intensity; "arithmetic intensity";
        /// Work over data.
        dimension: Q<P1, N1, Z0, Z0, Z0, Z0, Z0>;
        units {
            @flop_per_byte: 1.0; "FLOP/B", "operation per byte", "operations per byte";
        }
    }
}

mod power {
    quantity! {
        /// Energy per time (base unit watt).
        quantity: Power; "power";
        /// Energy over time.
        dimension: Q<Z0, Z0, N1, P1, Z0, Z0, Z0>;
        units {
            @watt: 1.0; "W", "watt", "watts";
        }
    }
}

mod hourly_price {
    quantity! {
        /// Money per time (base unit USD/s).
        quantity: HourlyPrice; "price per time";
        /// Money over time.
        dimension: Q<Z0, Z0, N1, Z0, P1, Z0, Z0>;
        units {
            @dollar_per_second: 1.0; "USD/s", "dollar per second", "dollars per second";
            @dollar_per_hour: 1.0 / 3600.0; "USD/h", "dollar per hour", "dollars per hour";
        }
    }
}

mod token_rate {
    quantity! {
        /// Tokens per time (base unit tok/s).
        quantity: TokenRate; "token rate";
        /// Tokens over time.
        dimension: Q<Z0, Z0, N1, Z0, Z0, Z0, P1>;
        units {
            @token_per_second: 1.0; "tok/s", "token per second", "tokens per second";
        }
    }
}

system! {
    /// The quantities of machine-learning systems.
    quantities: Q {
        work: flop, W;
        data: byte, B;
        time: second, T;
        energy: joule, E;
        money: dollar, M;
        carbon: kilogram, C;
        tokens: token, N;
    }

    /// The units of machine-learning systems.
    units: U {
        mod work::Work,
        mod data::Data,
        mod time::Time,
        mod energy::Energy,
        mod money::Money,
        mod carbon::Carbon,
        mod tokens::Tokens,
        mod work_rate::WorkRate,
        mod data_rate::DataRate,
        mod intensity::Intensity,
        mod power::Power,
        mod hourly_price::HourlyPrice,
        mod token_rate::TokenRate,
    }
}

/// The quantities over `f64`.
mod typed {
    mod system {
        pub use super::super::*;
    }
    Q!(self::system, f64);
}

/// Operations per byte at which a device turns from memory-bound to compute-bound: peak over bandwidth.
/// Infinite for a device without memory traffic, so that nothing is compute-bound on it by accident.
pub fn ridge_flop_per_byte(peak_flop_per_s: f64, memory_bytes_per_s: f64) -> f64 {
    let peak = typed::WorkRate::new::<work_rate::flop_per_second>(peak_flop_per_s);
    let bandwidth = typed::DataRate::new::<data_rate::byte_per_second>(memory_bytes_per_s);
    let ridge: typed::Intensity = peak / bandwidth;
    ridge.get::<intensity::flop_per_byte>()
}

/// Seconds to move `bytes` over a link.
pub fn transfer_s(bytes: f64, bytes_per_s: f64) -> f64 {
    let amount = typed::Data::new::<data::byte>(bytes);
    let rate = typed::DataRate::new::<data_rate::byte_per_second>(bytes_per_s);
    let time: typed::Time = amount / rate;
    time.get::<time::second>()
}

/// Seconds to do `flop` operations at a rate.
pub fn compute_s(flop: f64, flop_per_s: f64) -> f64 {
    let amount = typed::Work::new::<work::flop>(flop);
    let rate = typed::WorkRate::new::<work_rate::flop_per_second>(flop_per_s);
    let time: typed::Time = amount / rate;
    time.get::<time::second>()
}

/// Kilowatt-hours that `watts` draw in `seconds`.
pub fn energy_kwh(watts: f64, seconds: f64) -> f64 {
    let power = typed::Power::new::<power::watt>(watts);
    let energy: typed::Energy = power * typed::Time::new::<time::second>(seconds);
    energy.get::<energy::kilowatt_hour>()
}

/// US dollars of rent for `hours` at an hourly price.
pub fn rent_usd(usd_per_hour: f64, hours: f64) -> f64 {
    let price = typed::HourlyPrice::new::<hourly_price::dollar_per_hour>(usd_per_hour);
    let rent: typed::Money = price * typed::Time::new::<time::hour>(hours);
    rent.get::<money::dollar>()
}

/// US dollars per million tokens of a fleet that costs `usd_per_hour` and gives `tokens_per_s`.
pub fn usd_per_million_tokens(usd_per_hour: f64, tokens_per_s: f64) -> f64 {
    let price = typed::HourlyPrice::new::<hourly_price::dollar_per_hour>(usd_per_hour);
    let rate = typed::TokenRate::new::<token_rate::token_per_second>(tokens_per_s);
    let each = price / rate;
    let cost: typed::Money = each * typed::Tokens::new::<tokens::token>(1e6);
    cost.get::<money::dollar>()
}

/// Kilograms of CO2e of `kwh` at a grid's intensity.
pub fn carbon_kg(kwh: f64, g_per_kwh: f64) -> f64 {
    let one = typed::Energy::new::<energy::kilowatt_hour>(1.0);
    let intensity = typed::Carbon::new::<carbon::kilogram>(g_per_kwh / 1000.0) / one;
    let carbon: typed::Carbon = intensity * typed::Energy::new::<energy::kilowatt_hour>(kwh);
    carbon.get::<carbon::kilogram>()
}
