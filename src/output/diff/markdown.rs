//! `diff --format markdown`: a comment on a pull request. A count first, then losses, gains, and everybody by name, folded.

use super::human::heading;
use super::sentence::{Sentence, Voice};
use crate::access::Difference;
use crate::output::words::escaped;

/// The longest comment in bytes; GitHub takes 65,536 characters.
const BUDGET: usize = 60_000;
/// What is kept free for the sentence that says what was left out.
const REST: usize = 400;
/// So many names stand in one folded line.
const NAMES: usize = 200;

/// By this line a later run finds the comment again.
const MARKER: &str = "<!-- keyplan diff -->\n";

/// What a comment says of one property.
#[derive(Clone, Debug, Default)]
pub struct Section {
    head: Vec<String>,
    folded: Vec<String>,
}

/// What a comment says of the difference of one property.
#[must_use]
pub fn markdown(difference: &Difference<'_>, property: &str, notes: &[String]) -> Section {
    let lines = difference.lines();
    let voice = Voice::new(difference);
    let mut section = Section::default();
    section.head.push(format!("### {}\n", escaped(&heading(difference, property, &lines))));
    section.head.extend(notes.iter().map(|note| format!("\n> {}\n", escaped(note))));
    let sentences: Vec<(bool, Sentence)> =
        lines.iter().map(|line| (line.lost, voice.with_names(line))).collect();
    for (lost, title) in [(true, "Losses"), (false, "Gains")] {
        let mut of_kind = sentences.iter().filter(|(one, _)| *one == lost).peekable();
        if of_kind.peek().is_some() {
            section.head.push(format!("\n**{title}**\n\n"));
            section.head.extend(of_kind.map(|(_, sentence)| format!("- {}\n", escaped(&sentence.text))));
        }
    }
    section.folded = sentences.iter().map(|(lost, sentence)| folded(*lost, sentence)).collect();
    section
}

fn folded(lost: bool, sentence: &Sentence) -> String {
    let mark = if lost { "−" } else { "+" };
    let names = |all: &[String]| {
        let more = all.len().saturating_sub(NAMES);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{rest}", escaped(&all[..all.len() - more].join(", ")))
    };
    format!("- {mark} {}: {}\n", names(&sentence.people), names(&sentence.places))
}

/// The comment for all properties. What does not fit is counted, and `whole` says where all of it is to be found.
#[must_use]
pub fn comment(sections: &[Section], whole: &str) -> String {
    let mut text = MARKER.to_owned();
    let mut left_out = 0;
    let mut add = |text: &mut String, part: &str| {
        let fits = left_out == 0 && text.len() + part.len() + REST <= BUDGET;
        if fits {
            text.push_str(part);
        } else {
            left_out += 1;
        }
        fits
    };
    if sections.is_empty() {
        text.push_str("### Nobody gains or loses anything\n");
    }
    // What everybody must read comes before what few unfold.
    for section in sections {
        section.head.iter().for_each(|part| {
            add(&mut text, part);
        });
        text.push('\n');
    }
    let all = || sections.iter().flat_map(|section| &section.folded);
    let fold = "<details><summary>Everybody and every door by name</summary>\n\n";
    if all().next().is_some() && add(&mut text, fold) {
        all().for_each(|part| {
            add(&mut text, part);
        });
        // What is open is closed, whatever did not fit.
        text.push_str("\n</details>\n");
    }
    if left_out > 0 {
        text.push_str(&format!("\n**{left_out} more lines do not fit here.** {whole}\n"));
    }
    text
}
