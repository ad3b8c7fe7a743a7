//! `compile --format json` and `jsonl`, as `docs/json.md` describes them.
//!
//! A property has many credentials and few different times and sets of keys, so the text of each of those is made
//! once and copied.

use serde::Serialize;

use crate::model::{Door, Property};
use crate::output::segments::WireSegment;
use crate::tables::{Credential, LockTable, Tables};

/// The head of a document; what is in it is also what the property is.
#[derive(Serialize)]
struct Head<'p> {
    version: u8,
    property: &'p str,
    timezone: &'p str,
    as_of: String,
    digest: &'p str,
}

/// The head of a lock.
#[derive(Serialize)]
struct LockHead<'p> {
    door: &'p str,
    name: Option<&'p str>,
    kind: &'p str,
    model: Option<&'p str>,
}

/// Renders the tables of one property.
pub struct Json<'t> {
    property: &'t Property,
    tables: &'t Tables,
    head: String,
    times: Vec<String>,
    keys: Vec<String>,
    people: Vec<String>,
}

impl<'t> Json<'t> {
    /// Prepares the texts that come again and again.
    ///
    /// # Errors
    /// Never in practice: what is written is texts and numbers.
    pub fn new(property: &'t Property, tables: &'t Tables) -> serde_json::Result<Self> {
        let digest = tables.digest(property).to_string();
        let head = serde_json::to_string(&Head {
            version: 1,
            property: property.text(property.id),
            timezone: property.timezone.name(),
            as_of: property.as_of.to_string(),
            digest: &digest,
        })?;
        let times = tables.all_segments().iter().map(|segments| {
            serde_json::to_string(&segments.iter().map(WireSegment::from).collect::<Vec<_>>())
        });
        let people = property.people.iter().map(|person| serde_json::to_string(property.text(person.id)));
        Ok(Self {
            property,
            tables,
            head,
            times: times.collect::<Result<_, _>>()?,
            keys: tables.all_keys().iter().map(serde_json::to_string).collect::<Result<_, _>>()?,
            people: people.collect::<Result<_, _>>()?,
        })
    }

    /// The whole property as one document on one line.
    ///
    /// # Errors
    /// Never in practice: what is written is texts and numbers.
    pub fn document(&self) -> serde_json::Result<String> {
        let mut text =
            String::with_capacity(self.tables.credentials() * 160 + self.tables.locks().count() * 96 + 256);
        text.push_str(open(&self.head));
        text.push_str(",\"locks\":[");
        for (index, lock) in self.tables.locks().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(open(&self.lock_head(lock)?));
            self.credentials(lock, &mut text);
            text.push('}');
        }
        text.push_str("]}\n");
        Ok(text)
    }

    /// One lock as a document on one line, with what the property is in front.
    ///
    /// # Errors
    /// Never in practice: what is written is texts and numbers.
    pub fn lock(&self, lock: LockTable<'_>) -> serde_json::Result<String> {
        let mut text = String::with_capacity(lock.credentials.len() * 160 + 256);
        text.push_str(open(&self.head));
        text.push(',');
        text.push_str(&open(&self.lock_head(lock)?)[1..]);
        self.credentials(lock, &mut text);
        text.push_str("}\n");
        Ok(text)
    }

    fn lock_head(&self, lock: LockTable<'_>) -> serde_json::Result<String> {
        let Door { id, name, kind, model, .. } = &self.property.doors[lock.door.index()];
        let text = |span| self.property.text(span);
        serde_json::to_string(&LockHead {
            door: text(*id),
            name: name.map(text),
            kind: kind.name(),
            model: model.map(|model| text(self.property.models[model.index()].id)),
        })
    }

    fn credentials(&self, lock: LockTable<'_>, text: &mut String) {
        text.push_str(",\"credentials\":[");
        for (index, credential) in lock.credentials.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            self.credential(*credential, text);
        }
        text.push(']');
    }

    fn credential(&self, credential: Credential, text: &mut String) {
        text.push_str("{\"person\":");
        text.push_str(&self.people[credential.person.index()]);
        text.push_str(",\"capability\":\"");
        text.push_str(credential.capability().name());
        text.push_str("\",\"keys\":");
        text.push_str(&self.keys[credential.keys.0 as usize]);
        text.push_str(",\"segments\":");
        text.push_str(&self.times[credential.times().0 as usize]);
        text.push('}');
    }
}

/// An object without its closing brace, to go on with.
fn open(object: &str) -> &str {
    object.strip_suffix('}').unwrap_or(object)
}
