//! Walls 1, 2, 3 and 14: what shares the time of a phase, and what must fit.

use super::super::format;
use super::super::report::{Phase, WallReading, WallState};
use super::super::walls::Wall;
use super::{PhaseLoads, ReadingInputs, blank, cite, state_of, without};

/// The phase that a wall is read in.
pub(super) struct View {
    pub phase: Phase,
    pub loads: PhaseLoads,
    pub binds: bool,
}

impl View {
    /// `the step`, `decode`, `prefill`.
    fn noun(&self) -> &'static str {
        match self.phase {
            Phase::Prefill => "prefill",
            Phase::Decode | Phase::Request => "decode",
            Phase::Step | Phase::Always => "the step",
        }
    }

    fn limit(&self) -> String {
        let noun = match self.phase {
            Phase::Prefill => "prefill",
            Phase::Decode | Phase::Request => "decode step",
            Phase::Step | Phase::Always => "step",
        };
        format!("{} {noun}", format::seconds(self.loads.total_s))
    }
}

pub(super) fn read(wall: &Wall, i: &ReadingInputs<'_>, view: &View) -> WallReading {
    match wall.number {
        1 => compute(wall, i, view),
        2 => memory(wall, i, view),
        3 => software(wall, i, view),
        _ => communication(wall, i, view),
    }
}

fn compute(wall: &Wall, i: &ReadingInputs<'_>, view: &View) -> WallReading {
    let (load, share) = (view.loads.compute, view.loads.share(1));
    let (time, noun) = (format::seconds(load.seconds), view.noun());
    let mut reading = WallReading {
        pressure: super::finite(share),
        limit: view.limit(),
        sentence: if view.binds {
            format!(
                "Arithmetic is {} of {noun}: fewer bits or more accelerators help.",
                format::percent(share)
            )
        } else {
            format!("Arithmetic takes {time}, {} of {noun}.", format::percent(share))
        },
        substituted: format!("{} / {} = {time}", format::flop(load.amount), format::flop_per_s(load.rate)),
        value: time,
        ..blank(wall, state_of(share, false))
    };
    cite(&mut reading, i.accelerator(), "peak_flop_per_s");
    cite(&mut reading, i.entry(), "inference_flop");
    reading
}

fn memory(wall: &Wall, i: &ReadingInputs<'_>, view: &View) -> WallReading {
    let share = view.loads.share(2);
    let fill = if i.capacity_bytes > 0.0 { i.footprint_bytes / i.capacity_bytes } else { f64::INFINITY };
    let (used, capacity) = (format::bytes(i.footprint_bytes), format::bytes(i.capacity_bytes));
    let load = view.loads.memory;
    let traffic = format::seconds(load.seconds);
    let violated = !i.fits();
    let by_time = !violated && (view.binds || share > fill);
    let pressure = if by_time { share } else { fill };
    let (filled, moved, noun) = (format::percent(fill), format::percent(share), view.noun());
    let mut reading = WallReading {
        pressure: super::finite(pressure),
        sentence: if violated {
            let less = if i.batch_fills { "a smaller batch, " } else { "" };
            format!("Needs {used} per accelerator and has {capacity}: {less}fewer bits or more accelerators.")
        } else if view.binds {
            format!("Moving data is {moved} of {noun}: fewer bits or more bandwidth help.")
        } else {
            format!("{used} of {capacity} are used ({filled}); moving data is {moved} of {noun}.")
        },
        substituted: format!(
            "{used} / {capacity} = {filled}; {} / {} = {traffic}",
            format::bytes(load.amount),
            format::bytes_per_s(load.rate),
        ),
        value: if by_time { traffic } else { used },
        limit: if by_time { view.limit() } else { capacity },
        ..blank(wall, state_of(pressure, violated))
    };
    if violated {
        reading.state = WallState::Violated;
    }
    cite(&mut reading, i.accelerator(), "memory_bytes");
    cite(&mut reading, i.accelerator(), "memory_bytes_per_s");
    cite(&mut reading, i.entry(), "parameters");
    reading
}

fn software(wall: &Wall, i: &ReadingInputs<'_>, view: &View) -> WallReading {
    let share = view.loads.share(3);
    let (time, noun) = (format::seconds(view.loads.overhead_s), view.noun());
    let mut reading = WallReading {
        pressure: super::finite(share),
        limit: view.limit(),
        sentence: if view.binds {
            format!(
                "Launches and host are {} of {noun}: a larger batch spreads them.",
                format::percent(share)
            )
        } else {
            format!(
                "Launches and host take {} of {noun}; the MFU is {}.",
                format::percent(share),
                format::percent(i.mfu)
            )
        },
        substituted: format!(
            "{time} / {} = {}; {} of peak assumed, MFU {}",
            format::seconds(view.loads.total_s),
            format::percent(share),
            format::percent(i.efficiency),
            format::percent(i.mfu)
        ),
        value: time,
        ..blank(wall, state_of(share, false))
    };
    reading.equation = "overhead share = (dispatch + layers × layer tax) / step";
    cite(&mut reading, i.accelerator(), "dispatch_tax_s");
    reading
}

fn communication(wall: &Wall, i: &ReadingInputs<'_>, view: &View) -> WallReading {
    let Some(talk) = &i.communication else {
        return without(wall, "one accelerator talks to nobody");
    };
    let share = view.loads.share(14);
    let mut terms = String::new();
    for (label, seconds) in [
        ("data parallel", talk.data_s),
        ("tensor parallel", talk.tensor_s),
        ("expert parallel", talk.expert_s),
        ("bubble", talk.bubble_s),
    ] {
        if seconds > 0.0 {
            if !terms.is_empty() {
                terms.push_str(" + ");
            }
            terms.push_str(label);
            terms.push(' ');
            terms.push_str(&format::seconds(seconds));
        }
    }
    let (time, noun) = (format::seconds(view.loads.talk_s), view.noun());
    let mut reading = WallReading {
        pressure: super::finite(share),
        limit: view.limit(),
        sentence: if view.binds {
            format!("Talking is {} of {noun}: a faster link or less division helps.", format::percent(share))
        } else {
            format!("Talking and waiting take {time}, {} of {noun}.", format::percent(share))
        },
        substituted: match (terms.is_empty(), talk.how.is_empty()) {
            (true, _) => "no collective".into(),
            (false, true) => terms,
            (false, false) => format!("{terms} ({})", talk.how),
        },
        value: time,
        ..blank(wall, state_of(share, false))
    };
    cite(&mut reading, i.accelerator(), "nvlink");
    reading
}
