//! Calls of Seam's API: a POST with JSON each way, and the key as a bearer.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::{Agent, Error, Timeout};
use zeroize::Zeroizing;

use crate::provider::told::word;

/// Where Seam is.
const SEAM: &str = "https://connect.getseam.com";
/// Where the key is, when the settings do not say.
const VARIABLE: &str = "SEAM_API_KEY";
/// A server that does not take a connection for so long will not.
const PATIENCE: Duration = Duration::from_secs(5);
/// Seam asks a lock over its maker's cloud before it answers.
const ANSWER: Duration = Duration::from_secs(60);
/// Servers end connections that nobody used for a while; one that is about to end loses a call.
const IDLE: Duration = Duration::from_secs(2);
/// How often a call is made again that came too soon, and the longest wait before it.
const TOO_SOON: (u32, u64) = (5, 30);
/// The largest answer that is read, in bytes: a page of codes has a thousandth of it.
const LARGEST: u64 = 64 << 20;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Nothing was sent, or nothing was done with it.
    Unreachable(String),
    /// It was sent, and no answer came.
    Lost(String),
    /// Seam said no: its word for why, as `device_not_found`. Its text is left out: a code may stand there.
    Refused(String),
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: RefusalKind,
}

#[derive(Default, Deserialize)]
struct RefusalKind {
    #[serde(rename = "type", default)]
    kind: String,
}

/// The API of one workspace.
pub(super) struct Calls {
    agent: Agent,
    address: String,
    variable: String,
}

impl Calls {
    /// The API at an address, with the key in a variable of the environment; Seam's own where there is none.
    pub(super) fn new(address: Option<&str>, variable: Option<&str>) -> Result<Self, String> {
        let address = address.unwrap_or(SEAM).trim_end_matches('/');
        let uri: ureq::http::Uri = address
            .parse()
            .map_err(|_| format!("`{address}` is no address; leave `address:` out for Seam itself"))?;
        let is_near = is_loopback(uri.host().unwrap_or_default());
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_near => {}
            _ => {
                return Err(format!(
                    "`{address}` must begin with https:// since doorcodes and the key cross the network; http:// is for servers on this machine"
                ));
            }
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            // The key is for this server, and for none that it may name.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_age(IDLE)
            .timeout_connect(Some(PATIENCE))
            .timeout_global(Some(ANSWER));
        if is_near {
            config = config.proxy(None);
        }
        let variable = variable.unwrap_or(VARIABLE).to_owned();
        Ok(Self { agent: config.build().into(), address: address.to_owned(), variable })
    }

    /// Calls a route with fields, and gives the object of the answer that has a name.
    pub(super) fn call<T: DeserializeOwned>(
        &self,
        route: &str,
        fields: &Value,
        name: &str,
    ) -> Result<T, Trouble> {
        let mut answer = self.answer(route, fields)?;
        serde_json::from_value(answer[name].take())
            .map_err(|_| Trouble::Lost(format!("the answer of {route} has no `{name}` that can be read")))
    }

    /// Calls a route, again when Seam says that it came too soon.
    pub(super) fn answer(&self, route: &str, fields: &Value) -> Result<Value, Trouble> {
        let variable = &self.variable;
        let key = std::env::var(variable).map(Zeroizing::new).unwrap_or_default();
        if key.trim().is_empty() {
            return Err(Trouble::Unreachable(format!(
                "there is no key: make one in the console of Seam, and put it into the environment as {variable}"
            )));
        }
        let bearer = Zeroizing::new(format!("Bearer {}", key.trim()));
        let body = Zeroizing::new(fields.to_string());
        let mut tried = 0;
        loop {
            let request = self
                .agent
                .post(format!("{}{route}", self.address))
                .header("authorization", bearer.as_str())
                .header("content-type", "application/json");
            let mut response = request.send(body.as_bytes()).map_err(|error| self.trouble(&error))?;
            let status = response.status().as_u16();
            if status == 429 && tried < TOO_SOON.0 {
                let wait = response.headers().get("retry-after").and_then(|wait| wait.to_str().ok());
                let wait = wait.and_then(|wait| wait.parse().ok()).unwrap_or(1 << tried);
                std::thread::sleep(Duration::from_secs(wait.min(TOO_SOON.1)));
                tried += 1;
                continue;
            }
            let text = response.body_mut().with_config().limit(LARGEST).read_to_vec();
            let text = Zeroizing::new(text.map_err(|error| self.trouble(&error))?);
            if (200..300).contains(&status) {
                return serde_json::from_slice(&text)
                    .map_err(|_| Trouble::Lost(format!("the answer of {route} is no JSON")));
            }
            let refusal: Refusal = serde_json::from_slice(&text).unwrap_or_default();
            return Err(refused(status, refusal.error.kind, variable));
        }
    }

    fn trouble(&self, error: &Error) -> Trouble {
        let why = format!("{}: {error}", self.address);
        let refused = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
        match error {
            Error::HostNotFound
            | Error::ConnectionFailed
            | Error::Timeout(Timeout::Resolve | Timeout::Connect)
            | Error::Tls(_)
            | Error::Rustls(_)
            | Error::ConnectProxyFailed(_) => Trouble::Unreachable(why),
            Error::Io(error) if refused(error) => Trouble::Unreachable(why),
            _ => Trouble::Lost(why),
        }
    }
}

/// What an answer that is no success means.
fn refused(status: u16, kind: String, variable: &str) -> Trouble {
    match status {
        401 | 403 => Trouble::Refused(format!(
            "Seam does not take the key in {variable}: is it of this workspace, and was it not taken back?"
        )),
        429 => Trouble::Unreachable("Seam says that there are too many calls; try again in a minute".into()),
        // Seam itself says that it is out of order, and did nothing.
        503 if !kind.is_empty() => Trouble::Unreachable("Seam is out of order, status 503".into()),
        // What stands before Seam does not know whether it did it.
        502..=504 => Trouble::Lost(format!("Seam is out of order, status {status}")),
        // It may have done a part of it.
        500.. => Trouble::Lost(format!("Seam failed, status {status}")),
        _ if kind.is_empty() => {
            Trouble::Refused(format!("it answered status {status}, which is not how Seam answers"))
        }
        _ => Trouble::Refused(word(&kind)),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
