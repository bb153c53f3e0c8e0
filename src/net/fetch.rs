//! One request for the configuration of a model, and what can go wrong with it.

use std::io;

use ureq::Agent;
use ureq::http::Response;

use super::address::{Address, Settings, authority, check};
use super::{CONNECT, LARGEST, TOTAL};

/// Most redirections that are followed.
const REDIRECTIONS: usize = 5;

/// The text of a model's `config.json`, or one sentence why there is none.
pub(super) fn config(settings: &Settings, address: &Address) -> Result<String, String> {
    check(&settings.endpoint).map_err(|reason| format!("HF_ENDPOINT: {reason}"))?;
    let mut url = format!("{}/{}/resolve/{}/config.json", settings.endpoint, address.model, address.revision);
    let agent = agent(&url);
    for _ in 0..=REDIRECTIONS {
        let mut request = agent.get(&url).header("accept", "application/json");
        // The token is for the hub alone, not for where it sends us.
        if let Some(token) = settings.token.as_ref().filter(|_| authority(&url) == settings.authority()) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.call().map_err(|error| problem(&error, &url))?;
        match response.status().as_u16() {
            200 => return body(&mut response, &url),
            301 | 302 | 303 | 307 | 308 => url = follow(settings, &url, &response)?,
            status => return Err(refused(settings, address, status, &response)),
        }
    }
    Err(format!("{} redirects without end", host(&settings.endpoint)))
}

fn agent(url: &str) -> Agent {
    let mut config = Agent::config_builder()
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(TOTAL))
        // Followed by hand: each address is checked, and the token stays with the hub.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("mlsysim-tui/", env!("CARGO_PKG_VERSION")));
    if url.starts_with("http://") {
        // This machine itself, past any proxy.
        config = config.proxy(None);
    }
    Agent::new_with_config(config.build())
}

fn host(url: &str) -> &str {
    let authority = authority(url);
    authority.split_once("://").map_or(authority, |(_, host)| host)
}

fn body(response: &mut Response<ureq::Body>, url: &str) -> Result<String, String> {
    let bytes = match response.body_mut().with_config().limit(LARGEST).read_to_vec() {
        Ok(bytes) => bytes,
        Err(ureq::Error::BodyExceedsLimit(_)) => {
            return Err(format!(
                "its config.json is larger than {} KiB, which no configuration is",
                LARGEST / 1024
            ));
        }
        Err(error) => return Err(problem(&error, url)),
    };
    let text = String::from_utf8(bytes).map_err(|_| "its config.json is no text".to_owned())?;
    // Only what can be a configuration is kept: a page of a captive portal is not.
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(serde_json::Value::Object(_)) => Ok(text),
        Ok(_) => Err("its config.json is no JSON object".to_owned()),
        Err(error) => Err(format!("{} did not answer with JSON: {error}", host(url))),
    }
}

/// Where a redirection leads, if it may.
fn follow(settings: &Settings, from: &str, response: &Response<ureq::Body>) -> Result<String, String> {
    let to = response.headers().get("location").and_then(|value| value.to_str().ok());
    let to = to.ok_or_else(|| format!("{} redirects without saying where", host(from)))?;
    let url = if to.starts_with('/') && !to.starts_with("//") {
        format!("{}{to}", authority(from))
    } else {
        to.to_owned()
    };
    let same = authority(&url) == settings.authority();
    if url.starts_with("https://") || (same && check(&url).is_ok()) {
        Ok(url)
    } else {
        let shown: String = url.chars().take(80).collect();
        Err(format!("{} redirects to `{shown}`, which is not encrypted: not followed", host(from)))
    }
}

/// A status that is no success, in words that say what to do.
fn refused(settings: &Settings, address: &Address, status: u16, response: &Response<ureq::Body>) -> String {
    let hub = host(&settings.endpoint);
    let code = response.headers().get("x-error-code").and_then(|value| value.to_str().ok()).unwrap_or("");
    let page = format!("{}/{}", settings.endpoint, address.model);
    let token =
        if settings.token.is_some() { "the token in HF_TOKEN has no access" } else { "HF_TOKEN is not set" };
    match (status, code) {
        (401 | 404, "RepoNotFound") | (404, "") => {
            let private =
                if settings.token.is_some() { "" } else { ", or it is private and HF_TOKEN is not set" };
            format!("{hub} has no such model{private}")
        }
        (404, "RevisionNotFound") => format!("the model has no revision `{}`", address.revision),
        (404, _) => {
            "the model has no config.json: it may be a set of adapters, or weights in another format".into()
        }
        (401 | 403, _) => {
            format!("the model is gated ({status}), {token}: accept its licence at {page}, then set HF_TOKEN")
        }
        (429, _) => format!("{hub} asks to slow down (429): try again in a minute"),
        (500..=599, _) => format!("{hub} is in trouble ({status}): try again later"),
        _ => format!("{hub} answers with status {status}"),
    }
}

/// A connection that failed.
fn problem(error: &ureq::Error, url: &str) -> String {
    let host = host(url);
    match error {
        ureq::Error::HostNotFound => format!("{host} is not found: is this machine offline?"),
        ureq::Error::ConnectionFailed => format!("{host} does not answer: is this machine offline?"),
        ureq::Error::Timeout(_) => {
            format!(
                "{host} does not answer in time ({} s to connect, {} s in all)",
                CONNECT.as_secs(),
                TOTAL.as_secs()
            )
        }
        ureq::Error::Rustls(why) => secure(host, &why.to_string()),
        ureq::Error::Tls(why) => secure(host, why),
        ureq::Error::Io(why) if why.kind() == io::ErrorKind::InvalidData => secure(host, &why.to_string()),
        ureq::Error::Io(why) => match why.kind() {
            io::ErrorKind::ConnectionRefused => format!("{host} refuses the connection"),
            _ => format!("{host} cannot be reached: {why}"),
        },
        other => format!("{host} cannot be reached: {other}"),
    }
}

fn secure(host: &str, why: &str) -> String {
    format!("no secure connection to {host}: {why}")
}
