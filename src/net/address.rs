//! Names of models on a hub, and where and how they are asked for.

use std::env;

/// Where models are looked for without another word.
const HUGGING_FACE: &str = "https://huggingface.co";

/// Longest name of a model.
const LONGEST: usize = 200;

/// Where to fetch, as whom, and whether at all.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// Base address without a slash at its end.
    pub endpoint: String,
    /// Token sent to the endpoint, and to nobody else.
    pub token: Option<String>,
    /// Why nothing is fetched, where that is so.
    pub offline: Option<String>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token is a secret.
        f.debug_struct("Settings")
            .field("endpoint", &self.endpoint)
            .field("token", &self.token.is_some())
            .field("offline", &self.offline)
            .finish()
    }
}

impl Settings {
    /// From the environment: `HF_ENDPOINT`, `HF_TOKEN`, `MLSYSIM_TUI_OFFLINE`, `HF_HUB_OFFLINE`.
    /// `offline` is the option of that name.
    pub fn from_env(offline: bool) -> Settings {
        let value = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let on = |name: &&str| value(name).is_some_and(|value| is_on(&value));
        let offline = if offline {
            Some("`--offline` is given".to_owned())
        } else {
            let names = ["MLSYSIM_TUI_OFFLINE", "HF_HUB_OFFLINE"];
            names.iter().find(|name| on(name)).map(|name| format!("`{name}` is set"))
        };
        let endpoint = value("HF_ENDPOINT").unwrap_or_else(|| HUGGING_FACE.to_owned());
        Settings {
            endpoint: endpoint.trim().trim_end_matches('/').to_owned(),
            token: value("HF_TOKEN").map(|token| token.trim().to_owned()),
            offline,
        }
    }

    /// The host that tokens may be sent to: scheme, name and port.
    pub(super) fn authority(&self) -> &str {
        authority(&self.endpoint)
    }
}

fn is_on(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")
}

/// Scheme, host and port of an address.
pub(super) fn authority(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    &url[..end]
}

/// Whether an address may be asked: HTTPS, or this machine itself.
pub(super) fn check(url: &str) -> Result<(), String> {
    if url.starts_with("https://") {
        return Ok(());
    }
    let Some(rest) = url.strip_prefix("http://") else {
        return Err(format!("`{url}` is no https:// address"));
    };
    let host = authority(rest);
    let name = match host.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    if matches!(name, "127.0.0.1" | "localhost" | "::1") {
        Ok(())
    } else {
        Err(format!(
            "`{}` is not encrypted: write https://, http:// is for this machine only",
            authority(url)
        ))
    }
}

/// A model on a hub, and one of its revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// `organisation/model`, or a model of the first days without an organisation.
    pub(super) model: String,
    /// Branch, tag or commit.
    pub(super) revision: String,
}

impl Address {
    /// Reads `organisation/model`, with `@revision` behind it or not.
    pub(super) fn parse(name: &str) -> Result<Address, String> {
        let name = name.trim();
        let (model, revision) = name.split_once('@').unwrap_or((name, "main"));
        let plain = |part: &str| {
            !part.is_empty()
                && !part.contains("..")
                && !part.starts_with(['.', '-'])
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        let parts: Vec<&str> = model.split('/').collect();
        let sound = parts.len() <= 2 && parts.iter().all(|part| plain(part)) && plain(revision);
        if sound && name.len() <= LONGEST {
            Ok(Address { model: model.to_owned(), revision: revision.to_owned() })
        } else {
            Err("is no address of a model; write `hf://organisation/model`, with `@revision` behind it if need be".into())
        }
    }

    /// As written.
    pub(super) fn name(&self) -> String {
        if self.revision == "main" { self.model.clone() } else { format!("{}@{}", self.model, self.revision) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models_and_nothing_else() {
        for good in ["meta-llama/Llama-3.1-8B", "gpt2", "org/model@v1.0"] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["", "a/b/c", "../etc/passwd", "org/", "/model", "org/mo del", "a/b@", "a/b?x=1", "a/..", "é/x"]
        {
            assert!(Address::parse(bad).unwrap_err().contains("hf://organisation/model"), "{bad}");
        }
        assert!(Address::parse(&"x".repeat(300)).is_err());
    }

    #[test]
    fn only_this_machine_is_asked_without_encryption() {
        for good in
            ["https://huggingface.co/x", "http://127.0.0.1:8080/x", "http://[::1]:1/", "http://localhost"]
        {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in
            ["http://huggingface.co/x", "ftp://x", "file:///etc/passwd", "http://127.0.0.1.evil.org/", "//x"]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert_eq!(authority("https://a.b:8/c?d"), "https://a.b:8");
    }

    #[test]
    fn a_token_is_never_shown() {
        let settings =
            Settings { endpoint: HUGGING_FACE.into(), token: Some("secret".into()), offline: None };
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
