//! The graph as a picture: three columns, with arrows between them.

use maud::html;

use super::Graph;

const ROW: usize = 34;
const TOP: usize = 40;
/// Where each column begins, and how wide its boxes are.
const COLUMNS: [(usize, usize); 3] = [(10, 190), (360, 220), (740, 200)];
const WIDTH: usize = 950;
const HEADS: [&str; 3] = ["people", "keys", "doors"];
/// So many characters of a label fit a box.
const FITTING: usize = 26;

/// A picture of a graph, self-contained.
#[must_use]
pub fn svg(graph: &Graph) -> String {
    let mut rows = [0usize; 3];
    let mut places: Vec<(usize, usize)> = Vec::new();
    for node in &graph.nodes {
        places.push((COLUMNS[node.column].0, TOP + rows[node.column] * ROW));
        rows[node.column] += 1;
    }
    let height = TOP + rows.into_iter().max().unwrap_or_default() * ROW + 10;
    let line = |from: usize, to: usize| {
        let (x1, y1) = (places[from].0 + COLUMNS[graph.nodes[from].column].1, places[from].1 + 12);
        let (x2, y2) = (places[to].0, places[to].1 + 12);
        let middle = (x1 + x2) / 2;
        format!("M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}")
    };
    let short = |label: &str| {
        if label.chars().count() <= FITTING {
            return label.to_owned();
        }
        format!("{}…", label.chars().take(FITTING - 1).collect::<String>())
    };
    let markup = html! {
        svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label=(graph.name) width=(WIDTH) height=(height)
            viewBox=(format!("0 0 {WIDTH} {height}")) font-family="system-ui, sans-serif" font-size="12" {
            rect width="100%" height="100%" fill="white" {}
            @for (head, (x, _)) in HEADS.iter().zip(COLUMNS) {
                text x=(x) y="22" font-weight="bold" { (head) }
            }
            @for edge in &graph.edges {
                path d=(line(edge.from, edge.to)) fill="none" stroke="#68a" stroke-opacity="0.6" {
                    title { (graph.nodes[edge.from].label) " → " (graph.nodes[edge.to].label)
                        @if !edge.label.is_empty() { ": " (edge.label) } }
                }
            }
            @for (node, (x, y)) in graph.nodes.iter().zip(&places) {
                rect x=(x) y=(y) width=(COLUMNS[node.column].1) height="24" rx="4" fill="#eef3f8" stroke="#68a" {}
                text x=(x + 8) y=(y + 16) { (short(&node.label)) title { (node.label) } }
            }
        }
    };
    format!("{}\n", markup.into_string())
}
