//! `rules` and `explain`: the registry and its pages.

use std::fmt::Write;

use serde::Serialize;

use crate::diagnostic::{KINDS, Kind, Level};
use crate::rules::{Profile, RULES, Rule};

#[derive(Serialize)]
struct Wire<'r> {
    code: &'r str,
    name: &'r str,
    summary: &'r str,
    levels: Levels,
    since: &'r str,
    source: &'r str,
    life_safety: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Levels {
    home: &'static str,
    managed: &'static str,
    high_security: &'static str,
}

#[derive(Serialize)]
struct WireMistake<'r> {
    code: &'r str,
    name: &'r str,
    summary: &'r str,
}

fn level(level: Option<Level>) -> &'static str {
    level.map_or("off", Level::name)
}

fn wire(rule: &Rule, page: bool) -> Wire<'_> {
    let [home, managed, high_security] = rule.levels.map(level);
    Wire {
        code: rule.kind.code,
        name: rule.kind.name,
        summary: rule.kind.summary,
        levels: Levels { home, managed, high_security },
        since: rule.since,
        source: rule.source,
        life_safety: rule.is_life_safety(),
        page: page.then_some(rule.page),
    }
}

fn wire_mistake(kind: &Kind) -> WireMistake<'_> {
    WireMistake { code: kind.code, name: kind.name, summary: kind.summary }
}

/// All rules and mistakes as one JSON document.
///
/// # Errors
/// Never in practice: what is written is texts.
pub fn json() -> serde_json::Result<String> {
    let rules: Vec<_> = RULES.iter().map(|rule| wire(rule, false)).collect();
    let mistakes: Vec<_> = KINDS.iter().map(|kind| wire_mistake(kind)).collect();
    let document = serde_json::json!({ "version": 1, "rules": rules, "mistakes": mistakes });
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

/// One rule with its page as JSON.
///
/// # Errors
/// As [`json`].
pub fn one_json(rule: &Rule) -> serde_json::Result<String> {
    let document = serde_json::json!({ "version": 1, "rule": wire(rule, true) });
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

/// One mistake as JSON.
///
/// # Errors
/// As [`json`].
pub fn mistake_json(kind: &Kind) -> serde_json::Result<String> {
    let document = serde_json::json!({ "version": 1, "mistake": wire_mistake(kind) });
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

/// All rules for people.
#[must_use]
pub fn human() -> String {
    let mut text = String::from("Rules, with their levels in the profiles home / managed / high-security.\n");
    text.push_str("`keyplan explain RULE` shows the page of one.\n");
    let width = RULES.iter().map(|rule| rule.kind.name.len()).max().unwrap_or_default();
    let mut chapter = "";
    for rule in RULES {
        let code = &rule.kind.code[..3];
        if chapter != code {
            chapter = code;
            let _ = writeln!(text, "\n{}", heading(code));
        }
        let levels = rule.levels.map(level).join(" / ");
        let name = rule.kind.name;
        let _ = writeln!(text, "  {}  {name:<width$}  {levels:<27}  {}", rule.kind.code, rule.kind.summary);
    }
    let _ = writeln!(text, "\nMistakes of form; always errors unless they say otherwise");
    for kind in KINDS {
        let _ = writeln!(text, "  {}  {:<width$}  {}", kind.code, kind.name, kind.summary);
    }
    text
}

fn heading(code: &str) -> &'static str {
    match code {
        "KP1" => "Access",
        "KP2" => "Doorcodes and sharing",
        "KP3" => "Fewest keys",
        "KP4" => "Inventory",
        "KP5" => "Time",
        "KP6" => "Locks",
        _ => "Upkeep",
    }
}

/// All rules as a table for documents.
#[must_use]
pub fn markdown() -> String {
    let profiles = Profile::ALL.map(Profile::name).join(" | ");
    let mut text = format!("| code | rule | {profiles} | finds |\n| --- | --- | --- | --- | --- | --- |\n");
    for rule in RULES {
        let levels = rule.levels.map(level).join(" | ");
        let Kind { code, name, summary, .. } = rule.kind;
        let _ = writeln!(text, "| {code} | [{name}](../src/rules/{name}.md) | {levels} | {summary} |");
    }
    text
}

/// The page of a rule, with what the registry knows of it.
#[must_use]
pub fn page(rule: &Rule) -> String {
    let [home, managed, high_security] = rule.levels.map(level);
    let allowed = match rule.is_life_safety() {
        true => "no; it is about life safety",
        false if rule.is_assertion() => "no; the property itself demands it",
        false => "by a comment with a reason",
    };
    format!(
        "{}\n## Facts\n\n- code: {}, since {}\n- level: {home} in `home`, {managed} in `managed`, {high_security} in `high-security`\n- can be allowed: {allowed}\n- source: {}\n",
        rule.page, rule.kind.code, rule.since, rule.source
    )
}

/// What a mistake of form is.
#[must_use]
pub fn mistake(kind: &Kind) -> String {
    format!(
        "# {}\n\n{} ({})\n\nA property with such a mistake cannot be understood in full; the finding says what to write instead.\n",
        kind.name, kind.summary, kind.code
    )
}
