//! Devices and their access codes, as Seam tells them.

use chrono_tz::Tz;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::locks::doorcode::Doorcode;
use crate::locks::seam::{self as dates, Dates};
use crate::locks::{Program, Ways};
use crate::model::Capability;
use crate::provider::{Called, CodeSeen, Stored, told};

#[derive(Deserialize)]
pub(super) struct Device {
    pub(super) device_id: String,
    pub(super) properties: Properties,
    #[serde(default)]
    pub(super) can_program_online_access_codes: bool,
}

#[derive(Deserialize)]
pub(super) struct Properties {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) online: Option<bool>,
    #[serde(default)]
    pub(super) max_active_codes_supported: Option<u32>,
    #[serde(default)]
    pub(super) battery: Option<Battery>,
}

#[derive(Deserialize)]
pub(super) struct Battery {
    #[serde(default)]
    pub(super) level: Option<f64>,
}

/// An access code, as Seam tells it.
#[derive(Deserialize)]
pub(super) struct Code {
    pub(super) access_code_id: String,
    pub(super) device_id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) code: Option<Zeroizing<String>>,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) starts_at: Option<String>,
    #[serde(default)]
    pub(super) ends_at: Option<String>,
    #[serde(default)]
    pub(super) created_at: String,
    /// Whether Seam lets it be changed.
    pub(super) is_managed: bool,
}

#[derive(Default, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) has_next_page: bool,
    #[serde(default)]
    pub(super) next_page_cursor: Option<String>,
}

impl Code {
    pub(super) fn slot(&self) -> Option<u32> {
        self.name.as_deref().and_then(dates::named).map(|(_, slot)| slot).filter(|_| self.is_managed)
    }

    /// When it opens; in words why nobody knows.
    pub(super) fn program(&self, zone: Tz) -> Result<Program, String> {
        match (self.kind.as_str(), self.starts_at.as_deref(), self.ends_at.as_deref()) {
            // Those of a code that became ongoing may still stand there.
            ("ongoing", ..) => dates::read(None, None, zone),
            ("time_bound", None, None) => Err("it has no dates".to_owned()),
            ("time_bound", starts, ends) => dates::read(starts, ends, zone),
            _ => Err("it is of a type that is not known".to_owned()),
        }
    }

    /// Its dates, to be sent again with a change of something else: without them Seam would take them away. `None` where they
    /// cannot be sent as they are.
    pub(super) fn dates(&self) -> Option<Option<Dates>> {
        match (self.kind.as_str(), &self.starts_at, &self.ends_at) {
            ("ongoing", ..) => Some(None),
            ("time_bound", Some(starts), Some(ends)) => {
                Some(Some(Dates { starts: starts.clone(), ends: ends.clone() }))
            }
            _ => None,
        }
    }

    pub(super) fn has(&self, digits: &str) -> bool {
        self.code.as_ref().is_some_and(|code| code.as_str() == digits)
    }

    pub(super) fn stored(&self, slot: u32, zone: Tz) -> Stored {
        let digits = self.code.as_ref().and_then(|code| Doorcode::new(code.clone()));
        let name = match self.name.as_deref().and_then(dates::named) {
            Some((person, _)) => Some(person.to_owned()),
            // Some name a code after its digits.
            None => self.name.clone().filter(|name| !digits.as_ref().is_some_and(|code| code.is_in(name))),
        };
        let code = match digits {
            _ if !self.is_managed => CodeSeen::Foreign,
            Some(code) => CodeSeen::Digits(code),
            None => CodeSeen::Hidden,
        };
        let name = name.map(|name| Called::Name(told::name(&name)));
        // One with dates that are none opens in no minute that anybody knows.
        let program = self.program(zone).unwrap_or_default();
        let ways = if program.0.is_empty() { Ways::default() } else { Ways::one(Capability::Doorcode) };
        Stored { slot, name, ways, program, code }
    }
}
