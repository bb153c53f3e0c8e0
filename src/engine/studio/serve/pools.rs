//! Prefill and decode on different accelerators.
//!
//! The plan's accelerators work on prompts; as many of `decode_hardware` write the tokens. Each pool is
//! divided by itself, and the KV cache of a prompt travels over the fabric, every accelerator sending its
//! share over its own network card.

use super::Placement;
use crate::engine::common::Resolved;
use crate::engine::model::constants::NET_INTER;
use crate::engine::model::{Stack, memory};
use crate::engine::studio::Query;
use crate::engine::studio::facts::Chip;
use crate::engine::studio::machine::Machine;
use crate::registry::{Accelerator, Entry};

/// The second pool's machine. What `first` has more of than the plan says (wall 21 asks what a tenth more
/// would bring), it has more of as well.
pub(super) fn machine<'a>(
    query: &Query<'_>,
    first: &Machine<'_>,
    (entry, chip): (&'a Entry<Accelerator>, &Chip),
    stack: &Stack,
) -> Resolved<Machine<'a>> {
    let plain = super::super::machine(query)?.under(stack);
    let mut second = Machine::with(&query.plan.hardware, entry, chip)?.under(stack);
    second.peak_scale = first.peak_scale;
    let more = |value: f64, scaled: f64, base: f64| if base > 0.0 { value * scaled / base } else { value };
    let (device, scaled, base) = (&mut second.device, &first.device, &plain.device);
    device.peak16 = more(device.peak16, scaled.peak16, base.peak16);
    device.peak32 *= first.peak_scale;
    device.bandwidth = more(device.bandwidth, scaled.bandwidth, base.bandwidth);
    if let Some(bridge) = &mut device.bridge {
        bridge.one_way = more(bridge.one_way, scaled.intra, base.intra);
    }
    device.intra = more(device.intra, scaled.intra, base.intra);
    device.power_w *= first.peak_scale;
    second.nic = more(second.nic, first.nic, plain.nic);
    Ok(second)
}

/// Seconds that the KV cache of one prompt takes from pool to pool.
pub(super) fn transfer(prefill: &Placement, decode: &Placement, prompt: f64) -> f64 {
    let share = |placement: &Placement| memory::kv_token_local(&placement.case, placement.serving.kv_bytes);
    prompt * share(prefill).max(share(decode)) / (prefill.case.nic.min(decode.case.nic) * NET_INTER)
}
