//! `diff --format markdown`: a comment on a pull request. A count first, then losses, gains, and everybody by name, folded.

use std::fmt::Write;

use super::human::heading;
use super::sentence::{Sentence, Voice};
use crate::access::Difference;

/// The longest comment in bytes; GitHub takes 65,536 characters.
const BUDGET: usize = 60_000;
/// What is kept free for the sentence that says what was left out.
const REST: usize = 400;
/// So many names stand in one folded line.
const NAMES: usize = 200;

/// By this line a later run finds the comment again.
const MARKER: &str = "<!-- keyplan diff -->\n";

/// A comment while it grows.
#[derive(Debug)]
pub struct Comment {
    text: String,
    /// Lines that did not fit.
    left_out: usize,
    /// Where the whole is to be found.
    whole: String,
}

impl Comment {
    /// An empty comment. `whole` says where all of it is to be found.
    #[must_use]
    pub fn new(whole: String) -> Self {
        Self { text: MARKER.to_owned(), left_out: 0, whole }
    }

    /// Adds a text, whole or, when it does not fit, not at all.
    fn add(&mut self, text: &str) -> bool {
        let fits = self.left_out == 0 && self.text.len() + text.len() + REST <= BUDGET;
        if fits {
            self.text.push_str(text);
        } else {
            self.left_out += 1;
        }
        fits
    }

    /// The whole comment.
    #[must_use]
    pub fn finish(mut self) -> String {
        if self.left_out > 0 {
            let left_out = self.left_out;
            // Writing to a text cannot fail.
            let _ = write!(self.text, "\n**{left_out} more lines do not fit here.** {}\n", self.whole);
        }
        self.text
    }
}

/// Adds the difference of one property to a comment.
pub fn markdown(difference: &Difference<'_>, notes: &[String], comment: &mut Comment) {
    let lines = difference.lines();
    let voice = Voice::new(difference);
    comment.add(&format!("### {}\n", escaped(&heading(difference, &lines))));
    for note in notes {
        comment.add(&format!("\n> {}\n", escaped(note)));
    }
    let sentences: Vec<(bool, Sentence)> =
        lines.iter().map(|line| (line.lost, voice.sentence(line))).collect();
    for (lost, title) in [(true, "Losses"), (false, "Gains")] {
        let mut of_kind = sentences.iter().filter(|(one, _)| *one == lost).peekable();
        if of_kind.peek().is_some() {
            comment.add(&format!("\n**{title}**\n\n"));
            for (_, sentence) in of_kind {
                comment.add(&format!("- {}\n", escaped(&sentence.text)));
            }
        }
    }
    let folded = |(lost, sentence): &(bool, Sentence)| {
        let mark = if *lost { "−" } else { "+" };
        let names = |all: &[String]| {
            let more = all.len().saturating_sub(NAMES);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{rest}", escaped(&all[..all.len() - more].join(", ")))
        };
        format!("- {mark} {}: {}\n", names(&sentence.people), names(&sentence.places))
    };
    if !sentences.is_empty()
        && comment.add("\n<details><summary>Everybody and every door by name</summary>\n\n")
    {
        for sentence in &sentences {
            comment.add(&folded(sentence));
        }
        // What is open is closed, whatever did not fit.
        comment.text.push_str("\n</details>\n");
    }
    comment.text.push('\n');
}

/// Text in which nothing is taken for Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A zero-width joiner keeps a name from being taken for somebody's account.
            '@' => escaped.push_str("@\u{2060}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\n' | '\r' => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}
