//! A plan as Markdown, for a pull request.

use super::human::{headline, short};
use super::people::groups;
use super::visits::visits;
use crate::output::words::escaped;
use crate::plan::Plan;

/// So many groups of people are shown before the rest is folded away.
const SHOWN: usize = 20;

/// A plan as a section of Markdown.
#[must_use]
pub fn plan_markdown(plan: &Plan) -> String {
    let mut text = format!("### Plan for {}\n\n{}\n", escaped(&plan.property), escaped(&headline(plan)));
    if plan.is_empty() {
        return text;
    }
    for danger in &plan.dangers {
        text.push_str(&format!(
            "\n> **Refused by the guard `{}`**: {}. If that is meant: `--allow {}`, with this digest.\n",
            danger.guard.name(),
            escaped(&danger.what),
            danger.guard.name()
        ));
    }
    for one in &plan.short {
        text.push_str(&format!("\n> {}\n", escaped(&short(one))));
    }
    let groups = groups(plan);
    text.push_str("\n| | who | what | cause |\n| --- | --- | --- | --- |\n");
    for (number, group) in groups.iter().enumerate() {
        if number == SHOWN {
            text.push_str(&format!(
                "\n<details><summary>{} more</summary>\n\n| | who | what | cause |\n| --- | --- | --- | --- |\n",
                groups.len() - SHOWN
            ));
        }
        text.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            group.sign(),
            escaped(&group.who(plan)),
            escaped(&group.what(plan)),
            escaped(group.cause())
        ));
    }
    if groups.len() > SHOWN {
        text.push_str("\n</details>\n");
    }
    let visits = visits(plan);
    if !visits.is_empty() {
        text.push_str(&format!("\nLocks that somebody has to visit:\n\n```text\n{visits}```\n"));
    }
    if let Some(due) = plan.due {
        text.push_str(&format!("\nThe next plan is due on {due}.\n"));
    }
    text.push_str(&format!("\nDigest `{}`\n", plan.digest));
    text
}
