//! The one key table. Dispatch, footer, menu, help screen and `docs/keys.md` are all read from it, so
//! that they cannot disagree.

use crossterm::event::KeyEvent;

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// Keys in words (`ctrl-s`, `alt-enter`, `?`); the first one is shown.
    pub keys: &'static [&'static str],
    /// Where it is heard.
    pub context: Context,
    /// One or two words for footer and menu.
    pub label: &'static str,
    /// One sentence for help and documentation.
    pub description: &'static str,
    /// Place in the footer, smaller first; `None` keeps it out.
    pub footer: Option<u8>,
}

macro_rules! keys {
    ($($context:ident $action:expr, [$($key:literal),+] $label:literal $footer:expr, $description:literal;)*) => {
        &[$(Binding {
            action: $action, keys: &[$($key),+], context: Context::$context,
            label: $label, description: $description, footer: $footer,
        }),*]
    };
}

mod action;
mod context;
mod docs;
mod names;
pub mod sets;
mod table;
#[cfg(test)]
mod tests;

pub use action::Action;
use action::Action as A;
pub use context::Context;
pub use docs::keys_markdown;
use names::matches;
pub use names::{events, shown};
pub use sets::KeySet;
pub use table::BINDINGS;

/// What else people call an action; empty where nothing comes to mind.
pub fn called(action: Action) -> &'static str {
    table::CALLED.iter().find(|(known, _)| *known == action).map_or("", |(_, words)| words)
}

/// The action of a key in a context: its own keys, then those of the contexts that are heard there too.
pub fn action(context: Context, key: KeyEvent) -> Option<Action> {
    let find = |wanted: Context| {
        BINDINGS
            .iter()
            .find(|binding| binding.context == wanted && binding.keys.iter().any(|name| matches(name, key)))
            .map(|binding| binding.action)
    };
    find(context).or_else(|| context.also().iter().copied().find_map(find))
}

/// The bindings that the footer shows in a context, best first, each action once.
pub fn footer(context: Context) -> Vec<&'static Binding> {
    // A panel has letters of its own for what is heard anywhere.
    let panel = context == Context::Panel || context.also().contains(&Context::Panel);
    let also = context.also().iter().filter(|also| !panel || **also != Context::Anywhere);
    let mut shown: Vec<&Binding> = Vec::new();
    for binding in std::iter::once(&context).chain(also).flat_map(|context| bindings(*context)) {
        let told = binding.context != context && bindings(context).any(|own| own.keys[0] == binding.keys[0]);
        let known = told || shown.iter().any(|other| other.action == binding.action);
        if binding.footer.is_some() && !known {
            shown.push(binding);
        }
    }
    shown.sort_by_key(|binding| binding.footer);
    shown
}

/// The bindings that the footer shows in the editor of a key set: its own first.
pub fn editor_footer(set: KeySet) -> Vec<&'static Binding> {
    let mut own: Vec<&Binding> = set
        .parts()
        .first()
        .map_or(&[][..], |part| part.1)
        .iter()
        .filter(|binding| binding.footer.is_some())
        .collect();
    own.sort_by_key(|binding| binding.footer);
    if set != KeySet::Vim {
        own.extend(footer(Context::Editor).into_iter().filter(|common| {
            !set.parts().iter().flat_map(|part| part.1).any(|own| own.action == common.action)
        }));
        own.sort_by_key(|binding| binding.footer);
    }
    own
}

/// The bindings of one context, in table order.
pub fn bindings(context: Context) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| binding.context == context)
}

/// What can be chosen from a list: every action of the contexts once, in table order. A studio that only watches
/// leaves out what needs an editor.
pub fn choices(contexts: &[Context], watch: bool) -> Vec<&'static Binding> {
    let mut chosen: Vec<&'static Binding> = Vec::new();
    for binding in contexts.iter().flat_map(|context| bindings(*context)) {
        let action = binding.action;
        let known = chosen.iter().any(|other| other.action == action);
        if !(known || action.only_by_key() || (watch && action.edits())) {
            chosen.push(binding);
        }
    }
    chosen
}

/// The key that does something from where the focus is; in the editor a key set's own come first.
pub fn key_for(wanted: Action, here: Context, set: KeySet) -> Option<&'static str> {
    let own: &[Binding] =
        if here == Context::Editor { set.parts().first().map_or(&[], |(_, bindings)| bindings) } else { &[] };
    let every = if here == Context::Editor { set.parts() } else { &[] };
    let taken = |key: &str| {
        every.iter().flat_map(|(_, bindings)| bindings.iter()).any(|binding| binding.keys.contains(&key))
    };
    let key = |binding: &'static Binding| binding.keys.iter().copied().find(|key| !taken(key));
    own.iter()
        .find(|binding| binding.action == wanted)
        .and_then(|binding| binding.keys.first().copied())
        .or_else(|| {
            std::iter::once(here)
                .chain(here.also().iter().copied())
                .chain([Context::Anywhere])
                .flat_map(bindings)
                .filter(|binding| binding.action == wanted)
                .find_map(key)
        })
}
