//! Ranges of doors: the braces of the shell, `unit-{2..6}{01..10}{A..D}`.

/// One range may not stand for more doors than this.
pub(super) const MAX_DOORS: usize = 100_000;

const TOO_MANY: &str = "has more than 100000 numbers";
const CHECK_NUMBERS: &str = "check the numbers in braces; a building has fewer doors than that";

/// Why a range cannot be expanded, in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadRange {
    pub(super) message: String,
    pub(super) help: Option<&'static str>,
}

/// Whether an id is a range.
pub(super) fn is_range(id: &str) -> bool {
    id.contains(['{', '}'])
}

enum Part<'t> {
    Text(&'t str),
    Choices(Vec<String>),
}

/// The ids that a range stands for, in order.
pub(super) fn expand(range: &str) -> Result<Vec<String>, BadRange> {
    let parts = parts(range)?;
    let count = parts.iter().fold(1usize, |count, part| match part {
        Part::Text(_) => count,
        Part::Choices(choices) => count.saturating_mul(choices.len()),
    });
    if count > MAX_DOORS {
        return Err(BadRange {
            message: format!("`{range}` stands for more than {MAX_DOORS} doors"),
            help: Some(CHECK_NUMBERS),
        });
    }
    let mut ids = vec![String::new()];
    for part in &parts {
        match part {
            Part::Text(text) => ids.iter_mut().for_each(|id| id.push_str(text)),
            Part::Choices(choices) => {
                ids = ids
                    .iter()
                    .flat_map(|id| choices.iter().map(move |choice| format!("{id}{choice}")))
                    .collect();
            }
        }
    }
    Ok(ids)
}

fn parts(range: &str) -> Result<Vec<Part<'_>>, BadRange> {
    let bad = |message: String| BadRange {
        message,
        help: Some("ranges are written as `{1..9}`, `{01..10}`, `{A..D}` or `{a,b,c}`"),
    };
    let mut parts = Vec::new();
    let mut rest = range;
    while let Some(open) = rest.find(['{', '}']) {
        if rest[open..].starts_with('}') {
            return Err(bad(format!("`{range}` has a `}}` without a `{{`")));
        }
        parts.push(Part::Text(&rest[..open]));
        let inner = &rest[open + 1..];
        let Some(close) = inner.find('}') else {
            return Err(bad(format!("`{range}` has a `{{` without a `}}`")));
        };
        let choices = choices(&inner[..close]).map_err(|why| {
            let message = format!("`{{{}}}` {why}", &inner[..close]);
            if why == TOO_MANY { BadRange { message, help: Some(CHECK_NUMBERS) } } else { bad(message) }
        })?;
        parts.push(Part::Choices(choices));
        rest = &inner[close + 1..];
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

fn choices(inner: &str) -> Result<Vec<String>, String> {
    if let Some((from, to)) = inner.split_once("..") {
        return between(from, to);
    }
    let choices: Vec<_> = inner.split(',').map(|choice| choice.trim().to_owned()).collect();
    if choices.len() < 2 || choices.iter().any(String::is_empty) {
        return Err("is neither a range nor a list".into());
    }
    Ok(choices)
}

/// From one number or letter to another, both included; numbers keep the width of a leading zero.
fn between(from: &str, to: &str) -> Result<Vec<String>, String> {
    if let (Some(first), Some(last)) = (letter(from), letter(to)) {
        if first.is_ascii_uppercase() != last.is_ascii_uppercase() {
            return Err("mixes capital and small letters".into());
        }
        return if first <= last {
            Ok((first..=last).map(String::from).collect())
        } else {
            Err(format!("runs backwards: write `{{{to}..{from}}}`"))
        };
    }
    let (Some(first), Some(last)) = (number(from), number(to)) else {
        return Err("runs from one number to another, or from one letter to another".into());
    };
    if first > last {
        return Err(format!("runs backwards: write `{{{to}..{from}}}`"));
    }
    // Refused before it is made: the caller counts the product of all parts, this is one of them.
    if last - first >= MAX_DOORS as u64 {
        return Err(TOO_MANY.into());
    }
    let padded = from.starts_with('0') && from.len() > 1 || to.starts_with('0') && to.len() > 1;
    if padded && from.len() != to.len() {
        return Err("has numbers of different lengths: write both with as many zeros".into());
    }
    let width = if padded { from.len() } else { 1 };
    Ok((first..=last).map(|number| format!("{number:0width$}")).collect())
}

fn letter(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let first = chars.next()?;
    (first.is_ascii_alphabetic() && chars.next().is_none()).then_some(first)
}

fn number(text: &str) -> Option<u64> {
    (!text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, expected: &str) {
        let found = match expand(range) {
            Ok(ids) => ids.join(" "),
            Err(bad) => format!("error: {}", bad.message),
        };
        assert_eq!(found, expected, "{range}");
    }

    #[test]
    fn braces_expand_as_in_a_shell() {
        check(
            "unit-{2..3}{01..02}{A..B}",
            "unit-201A unit-201B unit-202A unit-202B unit-301A unit-301B unit-302A unit-302B",
        );
        check("gate-{a,c}", "gate-a gate-c");
        check("d{8..11}", "d8 d9 d10 d11");
        check("d{08..11}x", "d08x d09x d10x d11x");
        check("plain", "plain");
    }

    #[test]
    fn what_cannot_be_expanded_says_why() {
        check("u{1..", "error: `u{1..` has a `{` without a `}`");
        check("u1}", "error: `u1}` has a `}` without a `{`");
        check("u{}", "error: `{}` is neither a range nor a list");
        check("u{6..2}", "error: `{6..2}` runs backwards: write `{2..6}`");
        check("u{1..x}", "error: `{1..x}` runs from one number to another, or from one letter to another");
        check(
            "u{01..100}",
            "error: `{01..100}` has numbers of different lengths: write both with as many zeros",
        );
        check("u{1..999}{1..999}", "error: `u{1..999}{1..999}` stands for more than 100000 doors");
        check("u{1..999999999}", "error: `{1..999999999}` has more than 100000 numbers");
    }
}
