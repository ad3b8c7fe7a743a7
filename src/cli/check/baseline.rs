//! `--baseline`: findings that were there when keyplan came are kept in a file, which can only shrink.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::Failure;
use super::super::sink::{complain, replace_file};
use crate::diagnostic::Diagnostic;
use crate::rules::Rule;

/// A known finding: property, rule, object.
type Key = (String, String, String);

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    findings: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    property: String,
    rule: String,
    object: String,
    count: usize,
}

/// The baseline of a run.
pub(in crate::cli) struct Baseline {
    path: PathBuf,
    /// `None` when there is no file yet: then this run writes it.
    known: Option<BTreeMap<Key, usize>>,
}

/// What one property has of the baseline.
#[derive(Default)]
pub(in crate::cli) struct Used {
    /// The findings that are there, with how many of each.
    counts: BTreeMap<Key, usize>,
    /// Whether the property could be judged; if not, what is known of it stays.
    judged: Option<String>,
}

impl Baseline {
    pub(in crate::cli) fn read(path: &Path) -> Result<Self, Failure> {
        let told = |why: String| Failure::Told(format!("cannot read the baseline {}: {why}", path.display()));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { path: path.to_owned(), known: None });
            }
            Err(error) => return Err(told(error.to_string())),
        };
        let file: File = serde_json::from_str(&text).map_err(|error| told(error.to_string()))?;
        if file.version != 1 {
            return Err(told(format!("its version is {}, and this keyplan knows version 1", file.version)));
        }
        let known = file.findings.into_iter().map(|one| ((one.property, one.rule, one.object), one.count));
        Ok(Self { path: path.to_owned(), known: Some(known.collect()) })
    }

    /// Takes known findings out of those of a property. Mistakes of form are never known: nothing can be told of a
    /// property that is not understood.
    pub(in crate::cli) fn filter(
        &self,
        property: &str,
        judged: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Used {
        let mut used = Used { counts: BTreeMap::new(), judged: judged.then(|| property.to_owned()) };
        diagnostics.retain(|diagnostic| {
            let is_assertion = Rule::find(diagnostic.kind.name).is_some_and(Rule::is_assertion);
            // What the property itself demands is no finding to live with.
            if diagnostic.object.is_empty() || is_assertion {
                return true;
            }
            let key = (property.to_owned(), diagnostic.kind.name.to_owned(), diagnostic.object.clone());
            let count = used.counts.get(&key).copied().unwrap_or_default();
            let is_known =
                self.known.as_ref().is_none_or(|known| known.get(&key).is_some_and(|most| count < *most));
            if is_known {
                used.counts.insert(key, count + 1);
            }
            !is_known
        });
        used
    }

    /// Writes the file when there was none, or when findings are gone for good. `asked` tells whether a rule was asked
    /// in this run: what was not is still there.
    pub(in crate::cli) fn finish(self, used: Vec<Used>, asked: impl Fn(&str) -> bool) -> Result<(), Failure> {
        let Some(known) = self.known else {
            let counts: BTreeMap<Key, usize> = used.into_iter().flat_map(|one| one.counts).collect();
            let total: usize = counts.values().sum();
            write(&self.path, &counts)?;
            complain(&format!(
                "{} is new and holds {total} findings; only others are told from now on",
                self.path.display()
            ));
            return Ok(());
        };
        let mut left = known.clone();
        for one in used {
            let Some(property) = &one.judged else { continue };
            left.retain(|key, count| {
                if key.0 == *property && asked(&key.1) {
                    *count = one.counts.get(key).copied().unwrap_or_default();
                }
                *count > 0
            });
        }
        if left != known {
            let gone = known.values().sum::<usize>() - left.values().sum::<usize>();
            write(&self.path, &left)?;
            complain(&format!("{}: {gone} findings are mended and were taken out", self.path.display()));
        }
        Ok(())
    }
}

fn write(path: &Path, counts: &BTreeMap<Key, usize>) -> Result<(), Failure> {
    let findings = counts.iter().map(|((property, rule, object), count)| Entry {
        property: property.clone(),
        rule: rule.clone(),
        object: object.clone(),
        count: *count,
    });
    let file = File { version: 1, findings: findings.collect() };
    replace_file(path, &format!("{}\n", serde_json::to_string_pretty(&file)?))
}
