//! Which rules are asked: `--select`, `--ignore`, `--no-ignores`.

use clap::builder::FalseyValueParser;

use crate::rules::{Policy, Rule};

#[derive(clap::Args, Clone, Debug, Default)]
pub(in crate::cli) struct Selection {
    /// Ask only these rules, by name or code
    #[arg(long, value_name = "RULE", env = "KEYPLAN_SELECT", value_delimiter = ',', value_parser = rule)]
    select: Vec<&'static Rule>,
    /// Do not ask these rules
    #[arg(long, value_name = "RULE", env = "KEYPLAN_IGNORE", value_delimiter = ',', value_parser = rule)]
    ignore: Vec<&'static Rule>,
    /// Tell also what allow comments allow
    #[arg(long, env = "KEYPLAN_NO_IGNORES", value_parser = FalseyValueParser::new())]
    no_ignores: bool,
}

impl Selection {
    pub(in crate::cli) fn narrow(&self, policy: Policy) -> Policy {
        let policy = policy.narrowed(&self.select, &self.ignore);
        if self.no_ignores { policy.without_comments() } else { policy }
    }
}

/// The rule of a name or a code.
pub(in crate::cli) fn rule(name: &str) -> Result<&'static Rule, String> {
    Rule::find(name).ok_or_else(|| match Rule::nearest(name) {
        Some(near) => format!("there is no such rule; did you mean `{near}`?"),
        None => "there is no such rule; `keyplan rules` lists them all".into(),
    })
}
