//! Money, energy, carbon and water, step by step down to prices, powers and grids.

use super::step::Step;
use super::tree::Builder;
use crate::engine::common::constants::{
    AMORTIZATION_YEARS, DAYS_PER_YEAR, DYNAMIC_POWER_FRACTION, IDLE_POWER_FRACTION, MAINTENANCE_SHARE,
};
use crate::engine::format;
use crate::engine::report::{Carbon, Part, Tco};
use crate::metrics::Lens;
use crate::plan::Ops;

fn kwh(value: f64) -> String {
    format!("{} kWh", format::figure(value))
}

/// Money in full: a sum must add up in the reader's eyes.
pub(super) fn usd(value: f64) -> String {
    if value.abs() >= 100.0 { format!("${}", format::grouped(value)) } else { format::usd(value) }
}

/// Costs of servers and their energy: the share of a year that the plan lasts, and so on.
const PRACTICE: &str = "Barroso et al. 2018, The Datacenter as a Computer";

impl Builder<'_> {
    fn ops(&self) -> Option<&Ops> {
        self.plan.ops.as_ref()
    }

    fn tco(&self) -> Option<&Tco> {
        self.report.tco.as_ref()
    }

    fn carbon(&self) -> Option<&Carbon> {
        self.report.carbon.as_ref()
    }

    fn days(&self) -> Option<Step> {
        let days = self.ops()?.duration_days;
        Some(Step::given(
            "duration",
            format!("{} days", format::figure(days)),
            Some(days),
            "plan: ops.duration_days",
        ))
    }

    pub(super) fn electricity(&self) -> Option<Step> {
        let tco = self.tco()?;
        let price = tco.electricity_usd_per_kwh;
        Some(Step::given(
            "electricity price",
            format!("${}/kWh", format::figure(price)),
            Some(price),
            tco.electricity_source.clone(),
        ))
    }

    fn purchase(&self) -> Option<Vec<Step>> {
        let (device, ops) = (&self.plan.hardware.accelerator, self.ops()?);
        let price = device.facts.unit_cost_usd?;
        let chips = device.facts.accelerator_count.map_or(1.0, |count| f64::from(count.max(1)));
        let mut steps = vec![
            self.fact(&format!("price of one {}", device.id), usd(price), price, "unit_cost_usd"),
            self.accelerators(),
        ];
        if chips > 1.0 {
            let name = "accelerators in one of them";
            steps.push(self.fact(name, format::figure(chips), chips, "accelerator_count").below());
        }
        let around = ops.infrastructure_multiplier;
        steps.push(Step::given(
            "infrastructure multiplier",
            format::figure(around),
            Some(around),
            if around == 1.0 {
                "plan: ops.infrastructure_multiplier; 1 is the accelerators alone, without servers and network"
            } else {
                "plan: ops.infrastructure_multiplier"
            },
        ));
        Some(steps)
    }

    /// One term of the total.
    pub(super) fn term(&self, part: &Part) -> Step {
        let opened = match part.key {
            "capex_usd" => self.purchase().zip(self.days()).map(|(mut inputs, days)| {
                inputs.push(days);
                inputs.push(year().below());
                inputs.push(
                    Step::given(
                        "write-off",
                        format!("{AMORTIZATION_YEARS} years"),
                        Some(AMORTIZATION_YEARS),
                        PRACTICE,
                    )
                    .below(),
                );
                inputs
            }),
            "maintenance_usd" => self.purchase().zip(self.days()).map(|(mut inputs, days)| {
                let share = MAINTENANCE_SHARE;
                inputs.push(Step::given(
                    "maintenance a year",
                    super::pass::share(share),
                    Some(share),
                    PRACTICE,
                ));
                inputs.push(days);
                inputs.push(year().below());
                inputs
            }),
            "energy_usd" => self.energy_term(part.value, false),
            "host_energy_usd" => self.energy_term(part.value, true),
            "rent_usd" => self.rent(),
            "carbon_usd" => self.carbon_price(),
            _ => None,
        };
        let second = self.report.warnings.iter().any(|warning| warning.code == "decode_pool")
            || self.plan.workload.serve.as_ref().is_some_and(|serve| serve.decode_hardware.is_some());
        let Some(inputs) = opened else {
            return Step::given(part.label, usd(part.value), Some(part.value), "");
        };
        let step = Step::product(part.label, usd(part.value), part.value, inputs);
        if second {
            // Two pools of different accelerators: the inputs are those of the first one.
            let text = step.substituted.clone();
            let equation = format!("{}, and the same of the decode pool", step.equation);
            return Step::equation(part.label, usd(part.value), equation, text, step.inputs);
        }
        step
    }

    fn energy_term(&self, value: f64, hosts: bool) -> Option<Vec<Step>> {
        let electricity = self.electricity()?;
        let price = electricity.number.filter(|price| *price > 0.0)?;
        let energy = value / price;
        let facility = if hosts {
            Step::equation(
                "facility energy of hosts",
                kwh(energy),
                "what the smallest published server draws beside its accelerators × PUE",
                "",
                vec![self.pue()?],
            )
        } else {
            self.device_energy(energy)?
        };
        Some(vec![Step { number: Some(energy), ..facility }, electricity])
    }

    /// Facility energy of the accelerators alone.
    fn device_energy(&self, facility: f64) -> Option<Step> {
        let (facts, days) = (&self.plan.hardware.accelerator.facts, self.days()?);
        let pue = self.pue()?;
        let (power, factor) = (facts.tdp_w?, pue.number?);
        let machines = facility / factor;
        let mut inputs = vec![
            self.fact(
                "power of one at full load",
                format!("{} kW", format::figure(power / 1e3)),
                power / 1e3,
                "tdp_w",
            ),
            self.accelerators(),
            self.power_share(power, machines, days.number?)?,
            days,
            Step::given("hours a day", "24 h", Some(24.0), ""),
        ];
        if let Some(chips) = facts.accelerator_count.filter(|chips| *chips > 1) {
            let chips = f64::from(chips);
            inputs.push(
                self.fact("accelerators in one of them", format::figure(chips), chips, "accelerator_count")
                    .below(),
            );
        }
        let machines = Step::product("energy of the accelerators", kwh(machines), machines, inputs);
        Some(Step::product("facility energy of accelerators", kwh(facility), facility, vec![machines, pue]))
    }

    /// Share of full power: idle share plus what the load adds.
    fn power_share(&self, power: f64, machines: f64, days: f64) -> Option<Step> {
        let chips = self
            .plan
            .hardware
            .accelerator
            .facts
            .accelerator_count
            .map_or(1.0, |count| f64::from(count.max(1)));
        let count = self.plan.hardware.accelerators.max(1) as f64;
        let share = machines * 1e3 * chips / (power * count * days * 24.0);
        let stated = self.ops()?.utilization;
        let load = (share - IDLE_POWER_FRACTION) / DYNAMIC_POWER_FRACTION;
        let source =
            if stated.is_some() { "plan: ops.utilization" } else { "the achieved share of peak (MFU)" };
        let inputs = vec![
            Step::given(
                "idle share",
                super::pass::share(IDLE_POWER_FRACTION),
                Some(IDLE_POWER_FRACTION),
                PRACTICE,
            ),
            Step::product(
                "share that the load adds",
                super::pass::share(load * DYNAMIC_POWER_FRACTION),
                load * DYNAMIC_POWER_FRACTION,
                vec![
                    Step::given("utilization", super::pass::share(load), Some(load), source),
                    Step::given(
                        "dynamic share",
                        super::pass::share(DYNAMIC_POWER_FRACTION),
                        Some(DYNAMIC_POWER_FRACTION),
                        PRACTICE,
                    ),
                ],
            ),
        ];
        Some(Step::sum("share of full power", super::pass::share(share), share, inputs))
    }

    fn pue(&self) -> Option<Step> {
        let pue = self.carbon()?.pue;
        Some(self.grid_fact("PUE", format::figure(pue), pue, "pue"))
    }

    pub(super) fn facility_energy(&self) -> Option<Step> {
        let carbon = self.carbon()?;
        let inputs = vec![self.machine_energy()?, self.pue()?];
        Some(Step::product(
            "facility energy",
            kwh(carbon.facility_energy_kwh),
            carbon.facility_energy_kwh,
            inputs,
        ))
    }

    /// Energy of accelerators and hosts.
    pub(super) fn machine_energy(&self) -> Option<Step> {
        let carbon = self.carbon()?;
        let price = self.tco()?.electricity_usd_per_kwh;
        let terms = &self.tco()?.terms;
        let of =
            |key: &str| terms.iter().find(|term| term.key == key).map(|term| term.value / price / carbon.pue);
        let name = "energy of the machines";
        let value = kwh(carbon.it_energy_kwh);
        let Some(devices) = of("energy_usd").filter(|_| price > 0.0) else {
            // Rented: the energy is counted, its parts are not priced.
            let text = "power × share of full power × hours, of accelerators and hosts";
            let power = self.plan.hardware.accelerator.facts.tdp_w?;
            let fact = self.fact(
                "power of one at full load",
                format!("{} W", format::figure(power)),
                power,
                "tdp_w",
            );
            let inputs = vec![fact, self.accelerators(), self.days()?];
            return Some(Step {
                number: Some(carbon.it_energy_kwh),
                ..Step::equation(name, value, text, "", inputs)
            });
        };
        let facility = self.device_energy(devices * carbon.pue)?;
        let mut inputs: Vec<Step> = facility.inputs.into_iter().take(1).collect();
        if let Some(hosts) = of("host_energy_usd") {
            let step = Step::equation(
                "energy of hosts",
                kwh(hosts),
                "what the smallest published server draws beside its accelerators, rising and falling with them",
                "",
                Vec::new(),
            );
            inputs.push(Step { number: Some(hosts), ..step });
        }
        Some(Step::sum(name, value, carbon.it_energy_kwh, inputs))
    }

    fn rent(&self) -> Option<Vec<Step>> {
        let (device, ops) = (&self.plan.hardware.accelerator, self.ops()?);
        let rate = ops.rent_usd_per_accelerator_hour.or(device.facts.rent_usd_per_accelerator_hour)?;
        let source = self.tco()?.rent_source.clone().unwrap_or_default();
        Some(vec![
            Step::given("rent of one", format!("${}/h", format::figure(rate)), Some(rate), source),
            self.accelerators(),
            Step::given("hours a day", "24 h", Some(24.0), ""),
            self.days()?,
        ])
    }

    fn carbon_price(&self) -> Option<Vec<Step>> {
        let price = self.ops()?.carbon_usd_per_tonne;
        let shown = format!("${}/t", format::figure(price));
        Some(vec![
            self.emitted()?,
            Step::given("carbon price", shown, Some(price), "plan: ops.carbon_usd_per_tonne"),
        ])
    }

    /// Tonnes of operation.
    pub(super) fn emitted(&self) -> Option<Step> {
        let carbon = self.carbon()?;
        let intensity = carbon.grid_g_per_kwh;
        let tonnes = carbon.operational_kg / 1e3;
        let shown = format!("{} g CO2e/kWh", format::figure(intensity));
        let inputs = vec![
            self.facility_energy()?,
            self.grid_fact("carbon intensity of the grid", shown, intensity, "carbon_g_per_kwh"),
            Step::given("grams in a tonne", "1,000,000", Some(1e6), "").below(),
        ];
        Some(Step::product("carbon of operation", format::carbon_kg(carbon.operational_kg), tonnes, inputs))
    }

    /// A metric of the macro lens.
    pub(super) fn macro_metric(&self, key: &str) -> Option<Step> {
        let tco = self.tco();
        let step = match key {
            "tco_usd" => {
                let tco = tco?;
                let terms = tco.terms.iter().map(|part| self.term(part)).collect();
                Step::sum("TCO", usd(tco.total_usd), tco.total_usd, terms)
            }
            "annual_tco_usd" => {
                let total = self.macro_metric("tco_usd")?;
                let value = self.report.metric(Lens::Macro, key)?;
                Step::product("TCO per year", usd(value), value, vec![total, year(), self.days()?.below()])
            }
            "capex" | "maintenance_usd" => {
                let wanted = if key == "capex" { "capex_usd" } else { key };
                self.term(tco?.terms.iter().find(|term| term.key == wanted)?)
            }
            "energy_cost" => {
                let terms = tco?.terms.iter().filter(|term| term.key.ends_with("energy_usd"));
                let value = self.report.metric(Lens::Macro, key)?;
                Step::sum("energy cost", usd(value), value, terms.map(|part| self.term(part)).collect())
            }
            "energy_kwh" => self.facility_energy()?,
            "carbon_footprint" => self.emitted()?,
            "water_liters" => {
                let carbon = self.carbon()?;
                let grid = self.ops()?.region.as_ref()?;
                let rate = grid.facts.wue_l_per_kwh;
                let shown = format!("{} L/kWh", format::figure(rate));
                let inputs = vec![
                    self.machine_energy()?,
                    self.grid_fact("water of the region", shown, rate, "wue_l_per_kwh"),
                ];
                Step::product(
                    "water",
                    format!("{} L", format::figure(carbon.water_l)),
                    carbon.water_l,
                    inputs,
                )
            }
            "usd_per_million_tokens" => {
                let value = self.report.metric(Lens::Macro, key)?;
                let inputs = vec![self.macro_metric("tco_usd")?, self.million_tokens()?.below()];
                Step::product("cost per million tokens", usd(value), value, inputs)
            }
            "g_co2_per_million_tokens" => {
                let value = self.report.metric(Lens::Macro, key)?;
                let inputs = vec![
                    self.emitted()?,
                    Step::given("grams in a tonne", "1,000,000", Some(1e6), ""),
                    self.million_tokens()?.below(),
                ];
                Step::product(
                    "carbon per million tokens",
                    format!("{} g", format::figure(value)),
                    value,
                    inputs,
                )
            }
            _ => return None,
        };
        Some(step)
    }

    fn million_tokens(&self) -> Option<Step> {
        let key = ["output_tokens_per_s", "tokens_per_s"]
            .into_iter()
            .find(|key| self.report.metric(Lens::Performance, key).is_some())?;
        let rate = self.report.metric(Lens::Performance, key)?;
        let days = self.days()?;
        let busy = self.ops()?.utilization.unwrap_or(1.0);
        let millions = rate * 86_400.0 * days.number? * busy / 1e6;
        let mut rate_step = self.speed(key);
        rate_step.number = Some(rate);
        let mut inputs = vec![rate_step, days, Step::given("seconds a day", "86,400 s", Some(86_400.0), "")];
        if self.ops()?.utilization.is_some() {
            inputs.push(Step::given(
                "utilization",
                super::pass::share(busy),
                Some(busy),
                "plan: ops.utilization",
            ));
        }
        inputs.push(Step::given("tokens in a million", "1,000,000", Some(1e6), "").below());
        Some(Step::product("millions of tokens", format::figure(millions), millions, inputs))
    }
}

fn year() -> Step {
    Step::given("days a year", "365 days", Some(DAYS_PER_YEAR), "")
}
