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

/// The action of a key in a context. In the editor and on panels the keys of [`Context::Anywhere`] count too.
pub fn action(context: Context, key: KeyEvent) -> Option<Action> {
    let find = |wanted: Context| {
        BINDINGS
            .iter()
            .find(|binding| binding.context == wanted && binding.keys.iter().any(|name| matches(name, key)))
            .map(|binding| binding.action)
    };
    find(context).or_else(|| match context {
        Context::Editor | Context::Panel => find(Context::Anywhere),
        _ => None,
    })
}

/// The bindings that the footer shows in a context, best first.
pub fn footer(context: Context) -> Vec<&'static Binding> {
    let anywhere = context == Context::Editor;
    let mut shown: Vec<&Binding> = BINDINGS
        .iter()
        .filter(|binding| binding.footer.is_some())
        .filter(|binding| binding.context == context || (anywhere && binding.context == Context::Anywhere))
        .collect();
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
            [here, Context::Anywhere]
                .into_iter()
                .flat_map(bindings)
                .filter(|binding| binding.action == wanted)
                .find_map(key)
        })
}
