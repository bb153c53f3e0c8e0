//! Themes: named roles to styles, read from YAML, with inheritance and a palette, brought down to what
//! the terminal can show.
//!
//! ```yaml
//! name: dusk
//! inherits: dark
//! palette: {sand: "#d7c7a0"}
//! roles:
//!   title: sand bold
//!   selection: black on sand
//! ```

mod colour;
mod role;

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};

pub use colour::ColorDepth;
pub use role::Role;

use crate::yaml::{self, Node, Value};

/// The shipped themes: file name without ending, and text.
const SHIPPED: [(&str, &str); 6] = [
    ("terminal", include_str!("../../themes/terminal.yaml")),
    ("dark", include_str!("../../themes/dark.yaml")),
    ("light", include_str!("../../themes/light.yaml")),
    ("high-contrast", include_str!("../../themes/high-contrast.yaml")),
    ("colour-blind", include_str!("../../themes/colour-blind.yaml")),
    ("mono", include_str!("../../themes/mono.yaml")),
];

/// How far a theme may inherit; more is taken for a circle.
const MAX_INHERITANCE: usize = 8;

/// A theme, resolved for one colour depth.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    styles: [Style; Role::COUNT],
}

impl Theme {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

/// Every theme there is, by name, and the depth that they are shown in.
#[derive(Debug, Clone)]
pub struct Themes {
    sources: Vec<(String, String)>,
    depth: ColorDepth,
}

impl Themes {
    /// The shipped themes and a user's (name, text); a user's theme of the same name takes the place of ours.
    pub fn new(depth: ColorDepth, user: Vec<(String, String)>) -> Themes {
        let mut sources: Vec<(String, String)> =
            SHIPPED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        for (name, text) in user {
            match sources.iter_mut().find(|(known, _)| *known == name) {
                Some(source) => source.1 = text,
                None => sources.push((name, text)),
            }
        }
        Themes { sources, depth }
    }

    /// The shipped themes with other ones of the user's.
    #[must_use]
    pub fn with_user(&self, user: Vec<(String, String)>) -> Themes {
        Themes::new(self.depth, user)
    }

    /// Names in the order in which the theme key walks through them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|(name, _)| name.as_str())
    }

    /// The name after `name`, round and round.
    pub fn after(&self, name: &str) -> String {
        let names: Vec<&str> = self.names().collect();
        let at = names.iter().position(|known| *known == name).map_or(0, |at| (at + 1) % names.len());
        names.get(at).map_or_else(|| "terminal".to_owned(), |name| (*name).to_owned())
    }

    /// A theme by name. Without colours every theme is `mono`: a theme that tells things apart by colour
    /// would tell nothing there.
    pub fn load(&self, name: &str) -> Result<Theme, String> {
        let source = if self.depth == ColorDepth::Mono { "mono" } else { name };
        let mut styles = [Style::new(); Role::COUNT];
        self.apply(source, &mut styles, 0)?;
        for style in &mut styles {
            *style = colour::degrade(*style, self.depth);
        }
        Ok(Theme { name: name.to_owned(), styles })
    }

    /// A theme by name, or the plainest one.
    pub fn load_or_default(&self, name: &str) -> Theme {
        self.load(name)
            .or_else(|_| self.load("terminal"))
            .unwrap_or_else(|_| Theme { name: "plain".into(), styles: [Style::new(); Role::COUNT] })
    }

    /// Lays a theme's roles over `styles`, its parents' first.
    fn apply(&self, name: &str, styles: &mut [Style; Role::COUNT], depth: usize) -> Result<(), String> {
        if depth > MAX_INHERITANCE {
            return Err(format!("theme {name}: inherits in a circle"));
        }
        let (_, text) = self.sources.iter().find(|(known, _)| known == name).ok_or_else(|| {
            format!("no theme named {name}; there are {}", self.names().collect::<Vec<_>>().join(", "))
        })?;
        let tree = yaml::parse(text).map_err(|error| format!("theme {name}: {error}"))?;
        let mut palette = BTreeMap::new();
        let mut roles = None;
        for (key, value) in entries(&tree) {
            match (key, &value.value) {
                ("inherits", Value::Text(parent)) => self.apply(parent, styles, depth + 1)?,
                ("palette", _) => {
                    for (key, value) in entries(value) {
                        let colour = text_of(value)
                            .and_then(|text| colour::parse(text, &palette))
                            .ok_or_else(|| format!("theme {name}: palette.{key} is no colour"))?;
                        palette.insert(key.to_owned(), colour);
                    }
                }
                ("roles", _) => roles = Some(value),
                ("name" | "description", _) => {}
                (key, _) => return Err(format!("theme {name}: unknown key {key}")),
            }
        }
        for (key, value) in roles.into_iter().flat_map(entries) {
            let role = Role::by_name(key).ok_or_else(|| format!("theme {name}: unknown role {key}"))?;
            if value.value == Value::Null && swallowed(text, value) {
                return Err(format!("theme {name}: {key}: a colour that begins with # stands in quotes"));
            }
            let text = text_of(value).ok_or_else(|| format!("theme {name}: {key} is no style"))?;
            styles[role as usize] = style(text, &palette).map_err(|word| {
                format!("theme {name}: {key}: no style is named {word}; there are {STYLES}")
            })?;
        }
        Ok(())
    }
}

/// What a style is made of.
const STYLES: &str = "colours (of `palette`, by name, or \"#rrggbb\"), bold, dim, italic, underline, reverse, and on before \
                      a background";

/// Whether a comment stands where a value is absent: `title: #ff0000` is one.
fn swallowed(text: &str, absent: &Node) -> bool {
    let rest = text.get(absent.range.end..).unwrap_or_default();
    rest.lines().next().is_some_and(|line| line.trim_start_matches([':', ' ']).starts_with('#'))
}

/// Key and value pairs of a mapping; nothing for anything else.
fn entries(node: &Node) -> impl Iterator<Item = (&str, &Node)> {
    match &node.value {
        Value::Mapping(entries) => entries.as_slice(),
        _ => &[],
    }
    .iter()
    .map(|entry| (entry.key.as_str(), &entry.value))
}

/// The text of a node; an absent value is the empty style.
fn text_of(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(text),
        Value::Null => Some(""),
        _ => None,
    }
}

/// A style in words: `sand bold`, `black on sand`, `reverse`. The error is the word that was not understood.
fn style(text: &str, palette: &BTreeMap<String, Color>) -> Result<Style, String> {
    let mut style = Style::new();
    let mut background = false;
    for word in text.split_whitespace() {
        let modifier = match word {
            "on" => {
                background = true;
                continue;
            }
            "bold" => Modifier::BOLD,
            "dim" => Modifier::DIM,
            "italic" => Modifier::ITALIC,
            "underline" => Modifier::UNDERLINED,
            "reverse" => Modifier::REVERSED,
            _ => {
                let colour = colour::parse(word, palette).ok_or_else(|| word.to_owned())?;
                style = if background { style.bg(colour) } else { style.fg(colour) };
                background = false;
                continue;
            }
        };
        style = style.add_modifier(modifier);
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn themes(depth: ColorDepth) -> Themes {
        Themes::new(depth, Vec::new())
    }

    #[test]
    fn every_shipped_theme_loads_at_every_depth() {
        for depth in [ColorDepth::Mono, ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::True] {
            for name in themes(depth).names() {
                themes(depth).load(name).unwrap();
            }
        }
    }

    #[test]
    fn without_colours_no_theme_uses_any() {
        let themes = themes(ColorDepth::Mono);
        for name in themes.names() {
            let theme = themes.load(name).unwrap();
            for role in Role::ALL {
                let style = theme.style(role);
                assert_eq!((style.fg, style.bg), (None, None), "{name} {role:?}");
            }
            assert!(theme.style(Role::Selection).add_modifier.contains(Modifier::REVERSED));
        }
    }

    #[test]
    fn the_default_theme_leaves_the_palette_to_the_terminal() {
        let theme = themes(ColorDepth::True).load("terminal").unwrap();
        for role in Role::ALL {
            for colour in [theme.style(role).fg, theme.style(role).bg].into_iter().flatten() {
                assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{role:?} {colour:?}");
            }
        }
    }

    #[test]
    fn a_users_theme_inherits_and_names_its_colours() {
        let text = "inherits: dark\npalette: {sand: \"#d7c7a0\"}\nroles:\n  title: sand bold\n";
        let themes = Themes::new(ColorDepth::True, vec![("dusk".into(), text.into())]);
        let dusk = themes.load("dusk").unwrap();
        assert_eq!(dusk.style(Role::Title).fg, Some(Color::Rgb(0xd7, 0xc7, 0xa0)));
        assert_eq!(dusk.style(Role::Bad), themes.load("dark").unwrap().style(Role::Bad));
    }

    #[test]
    fn mistakes_in_a_theme_are_named() {
        for (text, word) in [
            ("roles: {titel: bold}", "titel"),
            ("roles: {title: boldd}", "boldd; there are colours"),
            ("roles:\n  title: #ff0000 bold\n", "title: a colour that begins with # stands in quotes"),
            ("inherits: nowhere", "nowhere"),
            ("inherits: mine", "circle"),
            ("colours: {}", "colours"),
        ] {
            let themes = Themes::new(ColorDepth::True, vec![("mine".into(), text.into())]);
            let error = themes.load("mine").unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn the_theme_key_walks_round() {
        let themes = themes(ColorDepth::True);
        let mut name = "terminal".to_owned();
        for _ in 0..SHIPPED.len() {
            name = themes.after(&name);
        }
        assert_eq!(name, "terminal");
    }
}
