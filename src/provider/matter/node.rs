//! What a server tells of its nodes.

use serde_json::Value;

use super::connection::DOOR_LOCK;
use crate::provider::{Listed, LockName, ProviderError, told};

/// Attributes of the Door Lock cluster, and of all.
mod attribute {
    pub(super) const USERS: u32 = 17;
    pub(super) const PINS: u32 = 18;
    pub(super) const WEEK_DAYS: u32 = 20;
    pub(super) const YEAR_DAYS: u32 = 21;
    pub(super) const LONGEST: u32 = 23;
    pub(super) const SHORTEST: u32 = 24;
    pub(super) const FEATURES: u32 = 65_532;
}
/// Of the node: the label that somebody gave it (Basic Information), and what its clock shows (Time Synchronization), in
/// microseconds since 2000 (clusters 0x28 and 0x38 of the Matter Core Specification).
const LABEL: &str = "0/40/5";
pub(super) const TIME: &str = "0/56/0";
/// The start of 2000, in seconds since 1970.
const EPOCH: i64 = 946_684_800;
/// Features: PINs, and users.
const NEEDED: u64 = 1 | 1 << 8;

/// A lock, and what it can hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holds {
    pub(super) node: u64,
    pub(super) endpoint: u16,
    /// The number of our fabric in this lock.
    pub(super) fabric: u64,
    pub(super) users: u32,
    pub(super) week_days: u32,
    pub(super) year_days: u32,
    pub(super) digits: (u32, u32),
    /// Whether it tells what its clock shows.
    pub(super) tells_time: bool,
}

impl Holds {
    /// What the lock of a node can hold, from what the server knows of it.
    pub(super) fn of(node: u64, endpoint: Option<u16>, attributes: &Value) -> Result<Self, ProviderError> {
        let has_locks = |endpoint: &u16| !attributes[path(*endpoint, attribute::FEATURES)].is_null();
        let endpoints: Vec<u16> = match endpoint {
            Some(endpoint) => Some(endpoint).into_iter().filter(has_locks).collect(),
            None => endpoints(attributes),
        };
        let endpoint = match endpoints[..] {
            [one] => one,
            [] => return Err(ProviderError::Refused(format!("node {node} is no lock"))),
            _ => {
                return Err(ProviderError::Refused(format!(
                    "node {node} is several locks: say which endpoint, as `lock: {{ id: \"{node}/{}\" }}`",
                    endpoints[0]
                )));
            }
        };
        let number = |id: u32| attributes[path(endpoint, id)].as_u64();
        let has_users = keeps_codes(attributes, endpoint);
        let count = |id: u32| number(id).and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
        if !has_users {
            return Err(ProviderError::Refused(format!(
                "the lock of node {node} keeps no users with codes, so that nobody can be given one"
            )));
        }
        let users = count(attribute::USERS).min(count(attribute::PINS));
        let (week_days, year_days) = (count(attribute::WEEK_DAYS), count(attribute::YEAR_DAYS));
        // Attributes of 16 and of 8 bits.
        for (has, most, what) in [
            (users, u32::from(u16::MAX), "users"),
            (week_days, u32::from(u8::MAX), "week-day schedules for each user"),
            (year_days, u32::from(u8::MAX), "year-day schedules for each user"),
        ] {
            if has > most {
                return Err(ProviderError::Refused(format!(
                    "the lock of node {node} says that it has {has} {what}, which no lock has"
                )));
            }
        }
        if users == 0 {
            return Err(ProviderError::Refused(format!(
                "the lock of node {node} does not say how many users and doorcodes it holds: let the server interview it anew"
            )));
        }
        Ok(Self {
            node,
            endpoint,
            fabric: attributes["0/62/5"].as_u64().unwrap_or(0),
            users,
            week_days,
            year_days,
            digits: (count(attribute::SHORTEST), count(attribute::LONGEST)),
            tells_time: attributes.get(TIME).is_some(),
        })
    }
}

/// The locks that keep users with codes, among nodes that a server tells.
pub(super) fn listed(nodes: &Value) -> Vec<Listed> {
    let mut listed = Vec::new();
    for node in nodes.as_array().into_iter().flatten() {
        let (Some(id), attributes) = (node["node_id"].as_u64(), &node["attributes"]) else { continue };
        let all = endpoints(attributes);
        for endpoint in all.iter().filter(|endpoint| keeps_codes(attributes, **endpoint)) {
            let address = if all.len() == 1 { id.to_string() } else { format!("{id}/{endpoint}") };
            listed.push(Listed { address, name: attributes[LABEL].as_str().map(told::name) });
        }
    }
    listed
}

/// The path of an attribute of the Door Lock cluster.
fn path(endpoint: u16, id: u32) -> String {
    format!("{endpoint}/{DOOR_LOCK}/{id}")
}

/// The endpoints of a node that are locks.
fn endpoints(attributes: &Value) -> Vec<u16> {
    let keys = attributes.as_object().into_iter().flat_map(|attributes| attributes.keys());
    let ends = format!("/{DOOR_LOCK}/{}", attribute::FEATURES);
    let mut endpoints: Vec<u16> =
        keys.filter_map(|key| key.strip_suffix(&ends)).filter_map(|endpoint| endpoint.parse().ok()).collect();
    endpoints.sort_unstable();
    endpoints
}

/// Whether an endpoint keeps users with codes.
fn keeps_codes(attributes: &Value, endpoint: u16) -> bool {
    attributes[path(endpoint, attribute::FEATURES)].as_u64().unwrap_or(0) & NEEDED == NEEDED
}

/// The number of a node, and of its endpoint where it is said.
pub(super) fn place_of(lock: LockName<'_>) -> Result<(u64, Option<u16>), ProviderError> {
    let (node, endpoint) = match lock.address.split_once('/') {
        Some((node, endpoint)) => (node, Some(endpoint)),
        None => (lock.address, None),
    };
    // Numbers in one way only, so that two doors with one lock are seen to have it.
    let is_plain = |number: &str| !number.starts_with(['0', '+']) || number == "0";
    let node = node.parse().ok().filter(|_| is_plain(node) && endpoint.is_none_or(is_plain));
    let place = match endpoint {
        None => node.map(|node| (node, None)),
        Some(endpoint) => node.zip(endpoint.parse().ok()).map(|(node, endpoint)| (node, Some(endpoint))),
    };
    place.ok_or_else(|| {
        ProviderError::Refused(format!(
            "`{}` is no node of a Matter fabric; write its number under the door, as `lock: {{ id: \"12\" }}`",
            lock.address
        ))
    })
}

/// How many seconds a clock is ahead that shows so many microseconds since 2000.
pub(super) fn ahead(shown: i64) -> i64 {
    shown / 1_000_000 + EPOCH - chrono::Utc::now().timestamp()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn locks_that_keep_codes_are_listed_by_node_and_where_there_are_several_by_endpoint() {
        let told = json!([
            {"node_id": 4, "available": false, "attributes": {"0/40/5": "front", "1/257/65532": 257}},
            {"node_id": 5, "attributes": {"0/40/5": "", "1/257/65532": 257, "3/257/65532": 257, "2/6/65532": 0}},
            // It keeps no users.
            {"node_id": 6, "attributes": {"1/257/65532": 1}},
        ]);
        let listed: Vec<(String, Option<String>)> =
            listed(&told).into_iter().map(|one| (one.address, one.name)).collect();
        let named = |address: &str, name: &str| (address.to_owned(), Some(name.to_owned()));
        assert_eq!(listed, [named("4", "front"), named("5/1", ""), named("5/3", "")]);
    }

    #[test]
    fn a_clock_counts_from_the_year_2000_on() {
        let now = (chrono::Utc::now().timestamp() - EPOCH) * 1_000_000;
        assert!((599..=600).contains(&ahead(now + 600_000_000)));
    }
}
