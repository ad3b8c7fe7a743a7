//! One page of HTML for a property: readable without a server, and without scripts but for the search.

mod matrix;
mod week;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::diff::Sentence;
use super::words::count;
use crate::access::Access;
use crate::model::Property;
use crate::optimize::{Building, Rules};
use matrix::Matrix;

const STYLE: &str = include_str!("report/style.css");
const SEARCH: &str = include_str!("report/search.js");

/// What a page says of the difference of a property.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// How many people lose and gain something.
    pub heading: String,
    /// What a reader must know beside the changes.
    pub notes: Vec<String>,
    /// Lost, or else gained, and the line in words.
    pub sentences: Vec<(bool, Sentence)>,
}

/// What a page says of one property. `changes` where it is compared with another.
#[must_use]
pub fn section(property: &Property, access: &Access, changes: Option<&Changes>) -> String {
    let id = property.text(property.id);
    let name = property.name.map_or(id, |name| property.text(name));
    let matrix = Matrix::new(property, access);
    let alike = Rules { keep: &[], kind_of: &|_| 0, mixed: true, one_of_each: true };
    let needs = Building::of(property, access, alike).needs.kinds_of_need();
    let markup = html! {
        section.property id=(id) {
            h1 { (name) }
            p.facts {
                (count(property.doors.len(), "door", "doors")) ", "
                (count(property.people.len(), "person", "people")) ", "
                (count(needs, "kind of need", "kinds of need")) ", "
                (count(property.keys.len(), "key", "keys")) "; as of " (property.as_of) " in " (property.timezone.name())
            }
            @if let Some(changes) = changes { (differences(changes)) }
            (matrix.table())
            (matrix.doors())
            (matrix.weeks())
        }
    };
    markup.into_string()
}

fn differences(changes: &Changes) -> Markup {
    let part = |lost: bool, title: &str| {
        let of_kind: Vec<&Sentence> =
            changes.sentences.iter().filter(|(one, _)| *one == lost).map(|(_, sentence)| sentence).collect();
        html! {
            @if !of_kind.is_empty() {
                h3 { (title) }
                ul.changes {
                    @for sentence in of_kind {
                        li.lost[lost].gained[!lost]
                            data-text=(searched(&[&sentence.people.join(" "), &sentence.places.join(" "), &sentence.text])) {
                            (sentence.text)
                            details {
                                summary { "by name" }
                                p { (sentence.people.join(", ")) }
                                p { (sentence.places.join(", ")) }
                            }
                        }
                    }
                }
            }
        }
    };
    html! {
        h2 { "What changes" }
        p.heading { (changes.heading) }
        @for note in &changes.notes { p.note { (note) } }
        (part(true, "Losses"))
        (part(false, "Gains"))
    }
}

/// The text that a search looks in.
fn searched(texts: &[&str]) -> String {
    texts.join(" ").to_lowercase()
}

/// The whole page around the sections of properties.
#[must_use]
pub fn page(title: &str, sections: &[String]) -> String {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                div.search hidden {
                    label for="search" { "Search people and doors " }
                    input #search type="search" autocomplete="off";
                    " " output #found for="search" {}
                }
                @for section in sections { (PreEscaped(section)) }
                script { (PreEscaped(SEARCH)) }
            }
        }
    };
    let mut text = markup.into_string();
    text.push('\n');
    text
}
