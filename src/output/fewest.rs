//! Fewest keys, rendered.

use serde::Serialize;

use super::words::{count, some};
use crate::proof::{Bound, Claim, Flaw, Key, Verdict};

/// What was found, with names.
#[derive(Debug)]
pub struct Found {
    /// The keys, and why there are no fewer.
    pub claim: Claim,
    /// All keys, those that stay as they are among them.
    pub keys: Vec<Key>,
    /// How many keys there are today; a table has none.
    pub keys_before: Option<usize>,
    /// How many of the keys are private.
    pub private: usize,
    /// How many of the keys are none of the claim's, since they stay as they are.
    pub beside: usize,
    /// How many keys are left that nobody has.
    pub idle: usize,
    /// Some keys are for people who by the rules never share one.
    pub mixes: bool,
    /// How many people there are.
    pub people: usize,
    /// How many different needs they have.
    pub kinds_of_need: usize,
    /// What would change, in words; of a property.
    pub steps: Vec<Step>,
}

/// One step from today's keys to fewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What to do.
    pub what: String,
    /// How many keys it saves.
    pub saves: usize,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    property: Option<&'a str>,
    keys_before: Option<usize>,
    keys_after: usize,
    lower_bound: usize,
    proved_minimal: bool,
    private: usize,
    people: usize,
    kinds_of_need: usize,
    steps: &'a [Step],
    keys: &'a [Key],
}

impl Found {
    fn is_proved(&self) -> bool {
        self.claim.keys_after + self.idle == self.claim.lower_bound
    }

    /// As JSON, one document and a line end.
    ///
    /// # Errors
    /// Never in practice: what is written is texts and numbers.
    pub fn json(&self) -> serde_json::Result<String> {
        let document = Document {
            version: 1,
            property: self.claim.property.as_deref(),
            keys_before: self.keys_before,
            keys_after: self.claim.keys_after + self.beside + self.idle,
            lower_bound: self.claim.lower_bound + self.beside,
            proved_minimal: self.is_proved(),
            private: self.private,
            people: self.people,
            kinds_of_need: self.kinds_of_need,
            steps: &self.steps,
            keys: &self.keys,
        };
        serde_json::to_string(&document).map(|text| text + "\n")
    }

    /// For a reader; with `keys` each key, with `explain` why there are no fewer.
    #[must_use]
    pub fn human(&self, keys: bool, explain: bool) -> String {
        let keys_after = self.claim.keys_after + self.beside + self.idle;
        let lower_bound = self.claim.lower_bound + self.beside;
        let mut text = format!(
            "{}, {}\n",
            count(self.people, "person", "people"),
            count(self.kinds_of_need, "kind of need", "kinds of need")
        );
        if let Some(id) = &self.claim.property {
            text.insert_str(0, &format!("{id}: "));
        }
        if let Some(before) = self.keys_before {
            text.push_str(&format!("  today      {}\n", count(before, "key", "keys")));
        }
        let split = if self.private > 0 {
            format!(" ({} private and {} shared)", self.private, keys_after - self.private)
        } else {
            String::new()
        };
        let told = if self.is_proved() {
            format!("{}{split}, and no fewer would do: proved", count(keys_after, "key", "keys"))
        } else {
            format!(
                "between {lower_bound} and {}{split}: nothing better was found, and nothing more was proved",
                count(keys_after, "key", "keys")
            )
        };
        text.push_str(&format!("  the fewest {told}\n"));
        if self.mixes {
            text.push_str("  some keys are for people of different kinds, or shared by some of those who have them; no others were made so\n");
        }
        for step in &self.steps {
            let saves = if step.saves > 0 { format!(" (saves {})", step.saves) } else { String::new() };
            text.push_str(&format!("  {}{saves}\n", step.what));
        }
        if keys {
            for Key { name, people, permissions } in &self.keys {
                text.push_str(&format!("  {name}: {} for {}\n", some(permissions, 4), some(people, 4)));
            }
        }
        if explain {
            self.claim.bounds.iter().for_each(|bound| text.push_str(&because(bound)));
        }
        text
    }
}

/// Why some grants need so many keys, in words.
fn because(bound: &Bound) -> String {
    let list = |grants: &[(String, String)]| -> String {
        grants.iter().map(|(person, permission)| format!("    `{permission}` of `{person}`\n")).collect()
    };
    match bound {
        Bound::Apart { apart } if apart.len() == 1 => format!("  this needs a key:\n{}", list(apart)),
        Bound::Apart { apart } => format!(
            "  these {0} need {0} different keys, because with any two of them on one key somebody would gain something:\n{1}",
            apart.len(),
            list(apart)
        ),
        Bound::Refuted { grants, keys, clauses, .. } => format!(
            "  {} are not enough for these, as {} show which `keyplan proof check` follows:\n{}",
            count(*keys, "key", "keys"),
            count(clauses.len(), "step", "steps"),
            list(grants)
        ),
    }
}

/// What the check of a proof came to, for a reader.
#[must_use]
pub fn verdict_human(checked: &Result<Verdict, Flaw>) -> String {
    match checked {
        Ok(Verdict { keys, lower_bound, refutations }) => {
            let fewer = if keys == lower_bound {
                "and no fewer would do".to_owned()
            } else {
                format!("and at least {lower_bound} are needed")
            };
            let followed = match refutations {
                0 => String::new(),
                some => format!(" ({} followed)", count(*some, "refutation", "refutations")),
            };
            format!(
                "holds: {} give everybody exactly what they need, {fewer}{followed}\n",
                count(*keys, "key", "keys")
            )
        }
        Err(flaw) => format!("does not hold: {flaw}\n"),
    }
}

/// The same as JSON, one document and a line end.
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn verdict_json(checked: &Result<Verdict, Flaw>) -> serde_json::Result<String> {
    let document = match checked {
        Ok(Verdict { keys, lower_bound, refutations }) => serde_json::json!({
            "version": 1, "holds": true, "keys": keys, "lower_bound": lower_bound,
            "proved_minimal": keys == lower_bound, "refutations": refutations,
        }),
        Err(flaw) => serde_json::json!({"version": 1, "holds": false, "because": flaw.to_string()}),
    };
    serde_json::to_string(&document).map(|text| text + "\n")
}
