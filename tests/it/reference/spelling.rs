//! Writes a property as files, in one of the many spellings that mean the same.

mod schedules;
mod sections;

use super::dice::Dice;
use super::property::Property;
use super::yaml::{Node, write};

/// File names and texts; the same seed gives the same spelling.
pub(crate) fn spell(property: &Property, seed: u64) -> Vec<(String, String)> {
    let mut dice = Dice::new(seed);
    let mut sections = sections::sections(property, &mut dice);
    let mut tables = Vec::new();
    if !property.people.is_empty() && dice.one_in(3) {
        tables.push(("people.csv".to_owned(), sections::roster(property, &mut dice)));
        sections.push(("people".into(), Node::Map(vec![("from".into(), Node::text("people.csv"))])));
    } else {
        sections.push(("people".into(), sections::people(property, &mut dice)));
    }
    let header = sections::header(property);
    let mut files: Vec<(String, String)> = spread(header, sections, &mut dice)
        .into_iter()
        .map(|(name, entries)| (name, write(entries, &mut dice)))
        .collect();
    files.extend(tables);
    dice.shuffle(&mut files);
    files
}

type File = (String, Vec<(String, Node)>);

/// Sections go to any file, whole or entry by entry; what names the property stays in `property.yaml`.
fn spread(header: Vec<(String, Node)>, sections: Vec<(String, Node)>, dice: &mut Dice) -> Vec<File> {
    let names = ["property.yaml", "people.yaml", "doors.yml", "a.yaml"];
    let mut files: Vec<File> =
        names[..=dice.below(4)].iter().map(|name| ((*name).into(), Vec::new())).collect();
    files[0].1 = header;
    for (section, node) in sections {
        let split = dice.one_in(3);
        let whole_goes_to = dice.below(files.len());
        let mut file_of = || {
            if split { dice.below(files.len()) } else { whole_goes_to }
        };
        let mut parts: Vec<(usize, Node)> = Vec::new();
        match node {
            Node::Map(entries) => {
                parts.extend(entries.into_iter().map(|entry| (file_of(), Node::Map(vec![entry]))))
            }
            Node::List(items) => {
                parts.extend(items.into_iter().map(|item| (file_of(), Node::List(vec![item]))))
            }
            Node::Plain(_) | Node::Text(_) => parts.push((whole_goes_to, node)),
        }
        for (file, part) in parts {
            let entries = &mut files[file].1;
            match (entries.iter_mut().find(|(name, _)| *name == section).map(|(_, node)| node), part) {
                (Some(Node::Map(entries)), Node::Map(more)) => entries.extend(more),
                (Some(Node::List(items)), Node::List(more)) => items.extend(more),
                (_, part) => entries.push((section.clone(), part)),
            }
        }
    }
    files.retain(|(_, entries)| !entries.is_empty());
    files
}
