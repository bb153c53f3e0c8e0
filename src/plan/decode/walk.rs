//! Every key against the table of fields.

use super::super::fields::{self, Field, Kind, SYNONYMS};
use super::{Decoder, found, join, listed, nearest};
use crate::yaml::{Entry, Node, Value};

/// The 0.1 name of `hardware.accelerators`; read as a field, absent from the table.
pub(super) const LEGACY_NODES: Field = Field {
    path: "hardware.nodes",
    kind: Kind::Count { min: 1, max: fields::MAX_COUNT },
    auto: false,
    required: false,
    reference: true,
    unit: "",
    default: "",
    example: "8",
    doc: "Total accelerators, in plans of mlsysim 0.1.",
};

impl Decoder<'_> {
    /// Reads the keys of a mapping.
    pub(super) fn block(&mut self, node: &Node, path: &str) {
        let Value::Mapping(entries) = &node.value else { return };
        for (index, entry) in entries.iter().enumerate() {
            let full = join(path, &entry.key);
            if let Some(first) = entries[..index].iter().find(|earlier| earlier.key == entry.key) {
                self.duplicate(node, index, first, &full);
            } else if full == LEGACY_NODES.path {
                self.value(&LEGACY_NODES, &entry.value, &full);
            } else if let Some(field) = fields::field(&full) {
                self.value(field, &entry.value, &full);
            } else {
                self.unknown_key(entry, path, &full);
            }
        }
    }

    pub(super) fn value(&mut self, field: &'static Field, node: &Node, path: &str) {
        // Nothing after the colon is the same as no key.
        if node.value == Value::Null {
            return;
        }
        self.present.insert(path.to_owned());
        match (field.kind, &node.value) {
            (Kind::Block, Value::Mapping(_)) => self.block(node, path),
            (Kind::List, Value::Sequence(items)) => {
                let Some(item) = fields::field(&format!("{path}[]")) else { return };
                for (index, node) in items.iter().enumerate() {
                    self.value(item, node, &format!("{path}[{index}]"));
                }
            }
            (Kind::Block, _) => self.not_a_block(node, path),
            (Kind::List, _) => self.not_a_list(node, path),
            _ => self.scalar(field, node, path),
        }
    }

    fn not_a_block(&mut self, node: &Node, path: &str) {
        let keys = listed(fields::children(path).map(Field::key));
        let message = format!("`{path}` is a mapping, found {}", found(self.text, node));
        self.error("wrong-type", path, node.range.clone(), message).help =
            Some(format!("its keys are {keys}"));
        let has_name = fields::children(path).any(|field| field.key() == "name");
        if has_name && matches!(node.value, Value::Text(_)) && !node.aliased {
            let raw = node.raw(self.text).to_owned();
            self.fix(format!("write `{{name: {raw}}}`"), node.range.clone(), format!("{{name: {raw}}}"));
        }
    }

    fn not_a_list(&mut self, node: &Node, path: &str) {
        let message = format!("`{path}` is a list, found {}", found(self.text, node));
        self.error("wrong-type", path, node.range.clone(), message).help =
            Some("write each item on a line of its own, after `- `".into());
        let raw = node.raw(self.text);
        if !node.aliased && !raw.contains('\n') && !raw.is_empty() {
            let list = format!("[{raw}]");
            self.fix(format!("write `{list}`"), node.range.clone(), list);
        }
    }

    fn duplicate(&mut self, parent: &Node, index: usize, first: &Entry, path: &str) {
        let Value::Mapping(entries) = &parent.value else { return };
        let entry = &entries[index];
        let (line, _) = super::line_column(self.text, first.key_range.start);
        let message = format!("`{path}` is written twice; the first time on line {line}");
        self.error("duplicate-key", path, entry.key_range.clone(), message).help =
            Some("keep one of the two".into());
        if !parent.aliased
            && let Some(edit) = super::edit::removal(self.text, parent, index)
        {
            self.fix("remove this one", edit.range, edit.replacement);
        }
        let position = entries.iter().position(|other| other.key == entry.key);
        if !parent.aliased
            && let Some(edit) = position.and_then(|first| super::edit::removal(self.text, parent, first))
        {
            self.fix(format!("remove the one on line {line}"), edit.range, edit.replacement);
        }
    }

    fn unknown_key(&mut self, entry: &Entry, parent: &str, path: &str) {
        let key = entry.key.as_str();
        let place = if parent.is_empty() { String::new() } else { format!(" in `{parent}`") };
        let message = format!("unknown key `{}`{place}", super::shorten(key));
        let lower = key.to_lowercase();
        let siblings = || fields::children(parent);
        let meant = nearest(key, siblings().map(Field::key));
        let synonym =
            SYNONYMS.iter().find(|(name, _)| *name == lower).and_then(|(_, path)| fields::field(path));
        // The same key may stand in another block, or in a block of this one.
        let elsewhere =
            fields::FIELDS.iter().find(|field| field.key() == lower && !field.parent().is_empty());
        let beside = synonym.filter(|field| field.parent() == parent).map(Field::key).or(meant);
        let help = match (beside, synonym.or(elsewhere)) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, Some(field)) => format!("this belongs at `{}`", field.path),
            (None, None) if parent.is_empty() => format!("a plan has {}", listed(siblings().map(Field::key))),
            (None, None) => format!("`{parent}` has {}", listed(siblings().map(Field::key))),
        };
        self.error("unknown-key", path, entry.key_range.clone(), message).help = Some(help);
        if entry.value.aliased && entry.key_range == entry.value.range {
            return; // merged from elsewhere: there is no key here to rename
        }
        if let Some(meant) = beside
            && !self.spans.keys.contains_key(&join(parent, meant))
        {
            self.fix(format!("change to `{meant}`"), entry.key_range.clone(), meant);
        }
        if let (None, Some(field)) = (beside, synonym.or(elsewhere))
            && let Some(edit) = super::edit::moved(self.text, self.tree, path, field.path)
        {
            let title = format!("move to `{}`", field.path);
            self.fix(title, edit.range, edit.replacement);
        }
        self.fix_remove(format!("remove `{}`", super::shorten(key)), parent, key);
    }
}
