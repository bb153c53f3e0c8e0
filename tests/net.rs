//! Models fetched from a hub: a server on this machine plays Hugging Face.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use mlsysim_tui::files::PlanFiles;
use mlsysim_tui::net::{ModelHub, Settings};
use mlsysim_tui::plan::{self, Fetched, Hub, HubOnly, Options};
use mlsysim_tui::registry::Registry;

const LLAMA: &str = r#"{"model_type":"llama","hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,
"num_key_value_heads":8,"intermediate_size":14336,"vocab_size":128256,"tie_word_embeddings":false}"#;

/// A server that answers each request with what `answer` makes of it, and keeps the requests.
fn serve(answer: impl Fn(&str) -> String + Send + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let request = request(&mut stream);
            requests.lock().unwrap().push(request.clone());
            // A client that is gone is no concern of the server.
            let _ = stream.write_all(answer(&request).as_bytes());
        }
    });
    (address, seen)
}

fn request(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut text = Vec::new();
    let mut chunk = [0; 1024];
    while !text.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(count) => text.extend_from_slice(&chunk[..count]),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn settings(endpoint: String) -> Settings {
    Settings { endpoint, token: None, offline: None }
}

fn hub(address: &str, cache: &Path) -> ModelHub {
    ModelHub::waiting(settings(format!("http://{address}")), Some(cache.to_owned()))
}

fn failure(hub: &dyn Hub, name: &str) -> String {
    match hub.config(name) {
        Fetched::Failed(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn reading(hub: impl Hub + 'static, model: &str) -> plan::Reading {
    let text = format!(
        "version: \"1.0\"\nname: x\nworkload: {{name: \"{model}\", batch_size: 1, seq_len: 1024}}\nhardware: {{name: H100}}\n"
    );
    let files = HubOnly(Some(Arc::new(hub)));
    plan::read(&text, &Registry::builtin(), Options { physics: None, files: &files })
}

#[test]
fn a_model_of_a_hub_is_counted_exactly_and_fetched_once() {
    let cache = tempfile::tempdir().unwrap();
    let (address, seen) = serve(|_| answer("200 OK", "content-type: application/json\r\n", LLAMA));
    let reading = reading(hub(&address, cache.path()), "hf://meta-llama/Meta-Llama-3-8B");
    assert!(!reading.has_errors(), "{:?}", reading.diagnostics);
    let model = reading.plan.unwrap().workload.model;
    assert_eq!(model.facts.parameters, Some(8_030_261_248.0));
    // Another run of the program finds it in the cache.
    let again = hub(&address, cache.path());
    assert!(matches!(again.config("meta-llama/Meta-Llama-3-8B"), Fetched::Text(_)));
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(
        seen[0].starts_with("GET /meta-llama/Meta-Llama-3-8B/resolve/main/config.json HTTP/1.1"),
        "{}",
        seen[0]
    );
}

#[test]
fn refusals_say_what_to_do() {
    let cache = tempfile::tempdir().unwrap();
    let (address, _) = serve(|request| {
        let code = |code: &str| format!("x-error-code: {code}\r\n");
        if request.contains("/org/gated/") {
            answer("401 Unauthorized", &code("GatedRepo"), "")
        } else if request.contains("/org/forbidden/") {
            answer("403 Forbidden", "", "")
        } else if request.contains("/org/missing/") {
            answer("401 Unauthorized", &code("RepoNotFound"), "")
        } else if request.contains("/org/empty/") {
            answer("404 Not Found", &code("EntryNotFound"), "")
        } else if request.contains("/org/page/") {
            answer("200 OK", "", "<html>sign in to the wireless network</html>")
        } else if request.contains("/org/large/") {
            answer("200 OK", "", &format!("{{\"x\": \"{}\"}}", "y".repeat(2 << 20)))
        } else if request.contains("/org/away/") {
            answer("302 Found", "location: http://example.org/config.json\r\n", "")
        } else if request.contains("/org/round/") {
            answer("302 Found", "location: /org/round/resolve/main/config.json\r\n", "")
        } else {
            answer("503 Service Unavailable", "", "")
        }
    });
    let hub = hub(&address, cache.path());
    for (name, words) in [
        ("org/gated", "accept its licence at http://127.0.0.1"),
        ("org/gated", "HF_TOKEN is not set"),
        ("org/forbidden", "gated (403)"),
        ("org/missing", "no such model, or it is private"),
        ("org/empty", "no config.json"),
        ("org/page", "did not answer with JSON"),
        ("org/large", "larger than 1024 KiB"),
        ("org/away", "not encrypted: not followed"),
        ("org/round", "redirects without end"),
        ("org/ill", "in trouble (503)"),
        ("org/../../etc", "hf://organisation/model"),
    ] {
        let reason = failure(&hub, name);
        assert!(reason.contains(words), "{name}: {reason}");
    }
    // Nothing of that was kept.
    assert!(!cache.path().join("models").exists());
}

#[test]
fn a_redirection_on_the_hub_is_followed_and_the_token_stays_there() {
    let cache = tempfile::tempdir().unwrap();
    let (address, seen) = serve(|request| {
        if request.contains("/resolve-cache/") {
            answer("200 OK", "", LLAMA)
        } else {
            answer("307 Temporary Redirect", "location: /api/resolve-cache/config.json\r\n", "")
        }
    });
    let settings = Settings { token: Some("hf_secret".into()), ..settings(format!("http://{address}")) };
    let hub = ModelHub::waiting(settings, Some(cache.path().to_owned()));
    assert!(matches!(hub.config("org/model"), Fetched::Text(_)));
    let seen = seen.lock().unwrap();
    assert!(
        seen.len() == 2 && seen.iter().all(|request| request.contains("authorization: Bearer hf_secret"))
    );
}

#[test]
fn an_unencrypted_hub_elsewhere_and_a_listener_without_tls_are_refused() {
    let hub = |endpoint: &str| ModelHub::waiting(settings(endpoint.to_owned()), None);
    let reason = failure(&hub("http://example.org"), "org/model");
    assert!(reason.contains("HF_ENDPOINT") && reason.contains("not encrypted"), "{reason}");
    // A server that speaks before it is spoken to, and no TLS.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let _ = stream.write_all(answer("400 Bad Request", "", "plain text").as_bytes());
            request(&mut stream);
        }
    });
    let reason = failure(&hub(&format!("https://{address}")), "org/model");
    assert!(reason.contains("no secure connection to 127.0.0.1"), "{reason}");
}

#[test]
fn offline_is_said_and_what_the_cache_has_is_used() {
    let cache = tempfile::tempdir().unwrap();
    let (address, seen) = serve(|_| answer("200 OK", "", LLAMA));
    assert!(matches!(hub(&address, cache.path()).config("org/model"), Fetched::Text(_)));
    let offline = || {
        let settings = Settings {
            offline: Some("`--offline` is given".into()),
            ..settings(format!("http://{address}"))
        };
        ModelHub::waiting(settings, Some(cache.path().to_owned()))
    };
    assert!(matches!(offline().config("org/model"), Fetched::Text(_)));
    assert_eq!(failure(&offline(), "org/other"), "nothing is fetched: `--offline` is given");
    assert_eq!(seen.lock().unwrap().len(), 1);
    // The registry has the model that could not be fetched: one key writes it.
    let reading = reading(offline(), "hf://meta-llama/Llama-3.1-70B");
    let problem = reading.diagnostics.iter().find(|one| one.code == "not-fetched").unwrap();
    assert!(problem.help.as_ref().unwrap().contains("Llama3_70B"), "{problem:?}");
    assert_eq!(problem.fixes[0].replacement, "Llama3_70B");
}

/// Asks until there is an answer; the hub tells when to ask again.
fn settled(hub: &ModelHub, name: &str, told: &Receiver<()>) -> Fetched {
    loop {
        match hub.config(name) {
            Fetched::Pending => told.recv_timeout(Duration::from_secs(30)).unwrap(),
            other => return other,
        }
    }
}

#[test]
fn in_the_background_nobody_waits_and_half_typed_names_are_not_asked_for() {
    let cache = tempfile::tempdir().unwrap();
    let (address, seen) = serve(|_| answer("200 OK", "", LLAMA));
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let hub = ModelHub::in_background(
        settings(format!("http://{address}")),
        Some(cache.path().to_owned()),
        move || {
            let _ = tell.lock().unwrap().send(());
        },
    );
    for typed in ["org/m", "org/mo", "org/mod", "org/mode", "org/model"] {
        assert_eq!(hub.config(typed), Fetched::Pending);
    }
    assert!(matches!(settled(&hub, "org/model", &told), Fetched::Text(_)));
    assert!(matches!(hub.config("org/model"), Fetched::Text(_)));
    let seen = seen.lock().unwrap();
    assert!(seen.len() == 1 && seen[0].contains("/org/model/resolve/"), "{seen:?}");
}

#[test]
fn a_plan_that_waits_for_its_model_says_so() {
    #[derive(Debug)]
    struct Slow;
    impl Hub for Slow {
        fn config(&self, _: &str) -> Fetched {
            Fetched::Pending
        }
    }
    let reading = reading(Slow, "hf://org/model");
    assert_eq!(reading.diagnostics[0].code, "fetching");
    assert!(reading.diagnostics[0].message.contains("fetching the configuration of org/model"));
    // Without a hub there is nobody to ask.
    let files = PlanFiles::new(".");
    let text = "version: '1'\nname: x\nworkload: {name: hf://org/model}\nhardware: {name: H100}\n";
    let reading = plan::read(text, &Registry::builtin(), Options { physics: None, files: &files });
    assert_eq!(reading.diagnostics[0].code, "not-fetched");
}
