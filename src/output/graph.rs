//! Who has which keys, and what they open, as a graph: DOT, Mermaid, or a picture.

mod svg;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::model::{Property, Who};
use crate::output::words;
use crate::time::Interval;
pub use svg::svg;

/// Something in one of the three columns: recipients, keys, places.
struct Node {
    label: String,
    column: usize,
}

/// An arrow, with what it says.
struct Edge {
    from: usize,
    to: usize,
    label: String,
}

/// Recipients, keys and places with their arrows.
pub struct Graph {
    name: String,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

impl Graph {
    /// The graph of a property: from recipients of assignments to keys, from keys to the groups and doors that they name.
    #[must_use]
    pub fn new(property: &Property) -> Self {
        let mut graph = Self {
            name: property.text(property.name.unwrap_or(property.id)).to_owned(),
            nodes: Vec::new(),
            edges: Vec::new(),
        };
        let mut known: BTreeMap<(usize, String), usize> = BTreeMap::new();
        for assignment in &property.assignments {
            for given in &property.key_lists[assignment.keys.index()] {
                let key = graph.node(&mut known, 1, property.key_name(*given));
                let share = assignment.share.unwrap_or(property.keys[given.key.index()].share);
                let dates = words::dates(assignment.dates, Interval::ALWAYS);
                let label = [if share { "may share" } else { "" }, &dates];
                let label = label.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
                for who in property.recipients(assignment) {
                    let who = match who {
                        Who::Person(person) => property.text(property.people[person.index()].id),
                        Who::Team(team) => property.text(property.teams[team.index()].id),
                        Who::Everyone => "everyone",
                    };
                    let who = graph.node(&mut known, 0, who.to_owned());
                    graph.edge(who, key, label.clone());
                }
            }
        }
        for (number, key) in property.keys.iter().enumerate() {
            let id = property.text(property.keys[number].id).to_owned();
            // An instance that is given outright opens what its key says.
            let held: Vec<usize> = known
                .iter()
                .filter(|((column, name), _)| {
                    *column == 1 && (*name == id || name.starts_with(&format!("{id}/")))
                })
                .map(|(_, node)| *node)
                .collect();
            let keys = if held.is_empty() { vec![graph.node(&mut known, 1, id)] } else { held };
            let own = key.each.as_ref().and_then(|each| each.own);
            let settings = key.lines.iter().map(|line| line.setting).chain(own);
            let mut told: Vec<crate::source::Span> = Vec::new();
            for setting in settings {
                if told.contains(&setting.span) {
                    continue;
                }
                told.push(setting.span);
                let schedule = setting.schedule.map(|id| property.text(property.schedules[id.index()].id));
                let label = [schedule.unwrap_or(""), if setting.doorcode { "" } else { "no doorcode" }];
                let label = label.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
                let place = match property.text(setting.span) {
                    "$door" => "the own home".to_owned(),
                    name => name.to_owned(),
                };
                let place = graph.node(&mut known, 2, place);
                keys.iter().for_each(|key| graph.edge(*key, place, label.clone()));
            }
        }
        graph
    }

    fn node(&mut self, known: &mut BTreeMap<(usize, String), usize>, column: usize, label: String) -> usize {
        *known.entry((column, label)).or_insert_with_key(|(column, label)| {
            self.nodes.push(Node { label: label.clone(), column: *column });
            self.nodes.len() - 1
        })
    }

    fn edge(&mut self, from: usize, to: usize, label: String) {
        let same = |edge: &&mut Edge| edge.from == from && edge.to == to;
        match self.edges.iter_mut().find(same) {
            Some(edge) if edge.label == label => {}
            Some(edge) => edge.label = format!("{}; {label}", edge.label),
            None => self.edges.push(Edge { from, to, label }),
        }
    }

    /// The graph in the language of Graphviz (graphviz.org/doc/info/lang.html).
    #[must_use]
    pub fn dot(&self) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let mut text = format!("digraph {} {{\n  rankdir=LR;\n", quoted(&self.name));
        for (number, Node { label, column }) in self.nodes.iter().enumerate() {
            let shape = ["ellipse", "box", "folder"][*column];
            // Writing to a text cannot fail.
            let _ = writeln!(text, "  n{number} [label={}, shape={shape}];", quoted(label));
        }
        for Edge { from, to, label } in &self.edges {
            let label = if label.is_empty() { String::new() } else { format!(" [label={}]", quoted(label)) };
            let _ = writeln!(text, "  n{from} -> n{to}{label};");
        }
        text.push_str("}\n");
        text
    }

    /// The graph in the language of Mermaid (mermaid.js.org/syntax/flowchart.html).
    #[must_use]
    pub fn mermaid(&self) -> String {
        let quoted = |text: &str| {
            let text =
                text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
            format!("\"{}\"", text.replace('`', "#96;"))
        };
        let mut text = String::from("flowchart LR\n");
        for (number, Node { label, column }) in self.nodes.iter().enumerate() {
            let (open, close) = [("([", "])"), ("[", "]"), ("[[", "]]")][*column];
            let _ = writeln!(text, "  n{number}{open}{}{close}", quoted(label));
        }
        for Edge { from, to, label } in &self.edges {
            let label = if label.is_empty() { String::new() } else { format!("|{}|", quoted(label)) };
            let _ = writeln!(text, "  n{from} -->{label} n{to}");
        }
        text
    }
}
