//! Signs and words of the screen, explained. The help shows them before the keys, the menu those of the pane that has
//! the focus, and `docs/keys.md` all of them.

use super::keymap::Context;
use super::layout::Pane;

/// A sign or a word, and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// As it is shown.
    pub word: &'static str,
    /// The same from ASCII only.
    pub ascii: &'static str,
    /// One sentence.
    pub meaning: &'static str,
    /// A few words, for the menu.
    pub brief: &'static str,
}

const fn term(word: &'static str, ascii: &'static str, brief: &'static str, meaning: &'static str) -> Term {
    Term { word, ascii, meaning, brief }
}

const VERDICT: &[Term] = &[
    term(
        "✔ ✖ –",
        "+ x -",
        "yes, no, not judged",
        "A lens says yes, says no, or is not judged because one before it says no.",
    ),
    term(
        "(×0.80–1.29)",
        "(x0.80-1.29)",
        "the band of measurements around a prediction",
        "The band of a predicted time: measurements lay between 0.80 and 1.29 of what was predicted. `assumed` says that \
         none stand behind it.",
    ),
    term(
        "(idle)",
        "(idle)",
        "nobody waits before the request",
        "The time to the first token of a request that finds nobody before it: without workload.serve.request_rate \
         nothing is known about a queue.",
    ),
    term(
        "▲12 % worse",
        "^12 % worse",
        "change since the pinned numbers",
        "The change since the pinned numbers: up or down, by how much, and whether that is good.",
    ),
];

const WALLS: &[Term] = &[
    term(
        "▶",
        ">",
        "binds",
        "The wall that binds: what limits the plan now. To move another one changes little.",
    ),
    term(
        "▷ prefill",
        "- prefill",
        "binds while prompts are read",
        "The wall that binds one phase of serving, like the reading of prompts. The other sign stands at the wall of the \
         tokens, into which most of the time goes.",
    ),
    term("✖", "x", "violated", "A wall that the plan runs into: more is asked for than there is."),
    term("!", "!", "80 % of its limit or more", "A wall that is near: 80 % of its limit or more is used."),
    term(
        "· ?",
        ". ?",
        "no reading, needs a field",
        "No reading: the wall does not apply, or ? needs a field. The row says which.",
    ),
    term(
        "5 of 22 read",
        "5 of 22 read",
        "walls with a reading in this plan",
        "So many walls have a reading in this plan. The others say why they have none.",
    ),
];

const MEMORY: &[Term] = &[
    term(
        "┃",
        "|",
        "the capacity of one accelerator",
        "The capacity of one accelerator; what lies beyond it does not fit.",
    ),
    term(
        "GB, GiB",
        "GB, GiB",
        "10⁹ and 2³⁰ bytes",
        "Figures are decimal: 1 GB is 10⁹ bytes. Memory chips are made by 1 GiB, 2³⁰ bytes, and are sold by it under the \
         name GB: an accelerator of 80 GB has 80 GiB, which are 85.9 GB here. A plan may say either, and means what it \
         says.",
    ),
];

const MONEY: &[Term] = &[
    term(
        "!",
        "!",
        "what the total lacks",
        "What the total does not contain, because no price of it is known.",
    ),
    term(
        "?/kWh",
        "?/kWh",
        "the price is not known",
        "No price of electricity is known there; a general one is assumed.",
    ),
    term(
        "rented instead",
        "rented instead",
        "the same time at rental prices",
        "What the same accelerators cost when they are rented for the same time.",
    ),
    term(
        "capex",
        "capex",
        "the share of the price in this time",
        "The share of the purchase that falls into the plan's time: it is written off over three years. Against rent the \
         whole price counts, paid on the first day.",
    ),
];

const PROBLEMS: &[Term] = &[
    term(
        "✖ ▲ ●",
        "x ! i",
        "error, warning, note",
        "An error (there are no new numbers before it is mended), a warning, a note.",
    ),
    term(
        "→",
        ">",
        "a suggestion, evaluated",
        "A suggestion: an edit that was evaluated before it is offered, with what it changes.",
    ),
];

const EXPLORE: &[Term] = &[
    term(
        "axis",
        "axis",
        "",
        "A field of the plan and the values it is tried with. A digit turns an axis on or off, v types another one.",
    ),
    term(
        "point",
        "point",
        "",
        "One plan of the space: one value of every axis that is on, evaluated like any plan.",
    ),
    term(
        "A ↓ against B ↓",
        "A (less) against B (less)",
        "",
        "The two figures that are weighed against each other, and whether less or more of each is wanted; tab takes \
         the next two.",
    ),
    term(
        "dominated",
        "dominated",
        "",
        "A point is dominated where another one is at least as good in both figures and better in one.",
    ),
    term(
        "● best",
        "o best",
        "",
        "The frontier: the points that nothing dominates. They are listed; with any other one something is given away.",
    ),
    term("⠶ fits", ": fits", "", "A point that fits in memory and is dominated."),
    term(
        "× breaks a promise",
        ". breaks a promise",
        "",
        "Designs that fit, but an assertion under `constraints:` does not hold. They are never listed.",
    ),
    term(
        "within ITL ≤ 40 ms",
        "within ITL <= 40 ms",
        "",
        "Limits of this view alone, typed with l: a point beyond one counts like one that breaks a promise. The plan \
         does not get them.",
    ),
    term("◆ ◇", "@ +", "", "Where this plan stands, and the pinned one."),
    term("▸", ">", "", "The selected design; enter writes the fields in which it differs from the plan."),
];

const MONEY_VIEW: &[Term] = &[
    term(
        "━ bought, whole price",
        "* bought, whole price",
        "",
        "Money spent by a day when everything is paid on the first one, and then electricity and upkeep. The total beside \
         it counts of the price only what is written off in the plan's time.",
    ),
    term(
        "╍ rented",
        "o rented",
        "",
        "Money spent by a day when the same accelerators are rented by the hour.",
    ),
    term("◆", "X", "", "The day from which on buying has cost less than renting."),
    term("●", "@", "", "This plan's own price on the curve of the total by price."),
    term("▸", ">", "", "The place that the plan names."),
    term("$?/kWh", "$?/kWh", "", "No price of electricity is known for the place; a general one is assumed."),
];

const COMPARISON: &[Term] = &[
    term("✔", "+", "", "The best of its row; what does not fit counts for memory only."),
    term(
        "after the others",
        "after the others",
        "",
        "What an edit changes when it is made last, because alone it makes no plan that can be evaluated.",
    ),
    term(
        "because they interact",
        "because they interact",
        "",
        "What the edits change together beyond what each one changes alone.",
    ),
];

/// The terms of a pane.
pub fn of_pane(pane: Pane) -> &'static [Term] {
    match pane {
        Pane::Plan | Pane::Problems => PROBLEMS,
        Pane::Verdict | Pane::Time => VERDICT,
        Pane::Walls => WALLS,
        Pane::Memory => MEMORY,
        Pane::Money => MONEY,
    }
}

/// The terms of a view, under a heading each; those of every pane where a pane has the focus.
pub fn of(context: Context) -> Vec<(&'static str, &'static [Term])> {
    match context {
        Context::Explore => vec![("What the design space shows", EXPLORE)],
        Context::Money => vec![("What the money view shows", MONEY_VIEW)],
        Context::Comparison => vec![("What the comparison shows", COMPARISON)],
        Context::Card => vec![("Signs of the walls", WALLS)],
        Context::Editor | Context::Panel => vec![
            ("Signs and words of the verdict", VERDICT),
            ("Signs and words of the walls", WALLS),
            ("Signs of the memory", MEMORY),
            ("Signs and words of money and carbon", MONEY),
            ("Signs of the problems", PROBLEMS),
        ],
        _ => Vec::new(),
    }
}

/// Every heading and its terms, for the documentation.
pub fn all() -> Vec<(&'static str, &'static [Term])> {
    [Context::Panel, Context::Explore, Context::Money, Context::Comparison].into_iter().flat_map(of).collect()
}
