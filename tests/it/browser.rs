//! The pages of `report` and `diff` in a real browser: opened from the disk, searched, and looked at.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

use crate::command::{keyplan, root};

/// A browser without a window, spoken to on loopback by its own protocol
/// (chromedevtools.github.io/devtools-protocol).
struct Browser {
    process: Child,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    calls: u64,
    _profile: tempfile::TempDir,
}

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

impl Browser {
    fn open(page: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let named = std::env::var("KEYPLAN_BROWSER").ok();
        let mut names = named.iter().map(String::as_str).chain(NAMES);
        let start = |name: &str| {
            Command::new(name)
                .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
                .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
                // Nothing outside this machine is ever asked.
                .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-port=0"])
                .arg(format!("--user-data-dir={}", profile.path().display()))
                .arg("about:blank")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .ok()
        };
        let mut process = names.find_map(start).expect(
            "this test needs Chromium or Chrome: install one (`apt-get install chromium`), or name it in KEYPLAN_BROWSER",
        );
        let mut errors = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = errors
            .by_ref()
            .find_map(|line| line.unwrap().strip_prefix("DevTools listening on ").map(str::to_owned));
        // Whatever else it complains of must not fill the pipe.
        std::thread::spawn(move || errors.for_each(drop));
        let (socket, _) = tungstenite::connect(address.expect("the browser says where it listens")).unwrap();
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        }
        let mut browser = Self { process, socket, session: None, calls: 0, _profile: profile };
        let target =
            browser.call("Target.createTarget", json!({ "url": format!("file://{}", page.display()) }));
        let attached =
            browser.call("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for _ in 0..200 {
            if browser.see("location.protocol == 'file:' && document.readyState == 'complete'") == true {
                return browser;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the page never came");
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.clone().into();
        }
        self.socket.send(Message::text(message.to_string())).unwrap();
        loop {
            let message = match self.socket.read() {
                // Another test's signal is no answer.
                Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::Interrupted => {
                    continue;
                }
                message => message.unwrap(),
            };
            let Message::Text(text) = message else { continue };
            let answer: Value = serde_json::from_str(&text).unwrap();
            if answer["id"] == self.calls {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    /// The value of an expression on the page.
    fn see(&mut self, expression: &str) -> Value {
        let result =
            self.call("Runtime.evaluate", json!({ "expression": expression, "returnByValue": true }));
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Types into the search as a keyboard would.
    fn search(&mut self, text: &str) {
        self.see("document.getElementById('search').focus(), document.getElementById('search').select()");
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// The first words of each row of the table that can be seen.
    fn rows(&mut self) -> Vec<String> {
        let shown = "[...document.querySelectorAll('tbody tr')].filter(row => row.getClientRects().length)\
                     .map(row => row.cells[0].innerText.trim())";
        self.see(shown).as_array().unwrap().iter().map(|row| row.as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends with all that it started, and is waited for.
        let _ = self.socket.send(Message::text(r#"{"id":0,"method":"Browser.close"}"#));
        for _ in 0..100 {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn page(arguments: &[&str]) -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("page.html");
    let format = format!("html={}", path.display());
    let run = keyplan(root(), &[arguments, &["--as-of", "2026-11-23", "--format", &format]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    (directory, path)
}

#[test]
fn the_report_is_read_and_searched_in_a_browser() {
    let (_directory, path) = page(&["report", "examples/1800-main-st"]);
    let mut browser = Browser::open(&path);
    assert_eq!(browser.see("document.querySelector('h1').innerText"), "1800 Main St");
    assert_eq!(browser.rows().len(), 459);
    // Whoever has hours is told which, with a picture of the week to look at.
    let link = browser.see("document.querySelector('td a').getAttribute('href')");
    let week = format!("document.getElementById('{}')", link.as_str().unwrap().trim_start_matches('#'));
    assert!(browser.see(&format!("{week}.querySelector('svg').getBoundingClientRect().width > 100")) == true);
    assert!(browser.see(&format!("{week}.querySelectorAll('rect.open').length > 0")) == true);
    browser.search("aaron-keller");
    let rows = browser.rows();
    assert!(rows.len() == 1 && rows[0].starts_with("Aaron Keller (aaron-keller)"), "{rows:?}");
    assert!(rows[0].contains("unit-403A"), "{rows:?}");
    // A home finds who lives there.
    browser.search("unit-403A");
    assert!(browser.rows().iter().any(|row| row.starts_with("Aaron Keller")));
    browser.search("nobody of this name");
    assert_eq!(browser.rows(), Vec::<String>::new());
    assert!(browser.see("document.getElementById('found').innerText").as_str().unwrap().starts_with("0 of"));
    browser.search(" ");
    assert_eq!(browser.rows().len(), 459);
    // Nothing is loaded from anywhere.
    assert_eq!(browser.see("performance.getEntriesByType('resource').length"), 0);
}

#[test]
fn differences_stand_on_the_page_also_without_scripts() {
    let (_directory, path) = page(&["diff", "--to", "2026-12-31", "examples/1800-main-st"]);
    let text = std::fs::read_to_string(&path).unwrap();
    let (start, end) = (text.find("<script>").unwrap(), text.find("</script>").unwrap());
    std::fs::write(&path, format!("{}{}", &text[..start], &text[end..])).unwrap();
    let mut browser = Browser::open(&path);
    assert_eq!(browser.see("document.querySelector('.search').getClientRects().length"), 0);
    let heading = browser.see("document.querySelector('.heading').innerText");
    assert!(heading.as_str().unwrap().starts_with("1800-main-st: "), "{heading}");
    let lost = "[...document.querySelectorAll('li.lost')].map(one => one.innerText)";
    let lost = browser.see(lost);
    let told = lost.as_array().unwrap().iter().any(|one| {
        let one = one.as_str().unwrap();
        one.starts_with("Henrik Greene (henrik-greene) loses the own home") && one.contains("from 2026-12-20")
    });
    assert!(told, "{lost}");
    assert_eq!(browser.rows().len(), 459);
}

#[test]
fn no_text_of_a_property_becomes_markup() {
    let directory = tempfile::tempdir().unwrap();
    let property = "keyplan: 1\nproperty: { id: p, name: \"<img src=x onerror=alert(1)>\", timezone: UTC }\n\
        doors: { d: { kind: entrance, name: \"</script><script>document.title=1</script>\" } }\n\
        keys: { k: { doors: [d] } }\npeople: { x: { name: \"<b>\\\"'&\" } }\nassignments: [{ to: x, keys: k }]\n";
    std::fs::write(directory.path().join("property.yaml"), property).unwrap();
    let (_pages, path) = page(&["report", directory.path().to_str().unwrap()]);
    let mut browser = Browser::open(&path);
    assert_eq!(browser.see("document.title"), "keyplan report");
    assert_eq!(browser.see("document.querySelectorAll('img, b').length"), 0);
    assert_eq!(browser.see("document.querySelector('h1').innerText"), "<img src=x onerror=alert(1)>");
    assert!(browser.rows()[0].starts_with("<b>\"'& (x)"));
}
