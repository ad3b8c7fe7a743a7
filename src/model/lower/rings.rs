//! Rings in a graph of references.

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::source::Span;

/// A ring: what is in it or between its members, and one way round, each member with the reference that leads on.
pub(crate) type Ring = (Vec<NodeIndex>, Vec<(NodeIndex, Span)>);

/// Every knot of references that lead back to where they began, once, with one way round it. Edges carry the place of
/// the reference.
pub(crate) fn rings(graph: &DiGraph<(), Span>) -> Vec<Ring> {
    let mut rings: Vec<Ring> = tarjan_scc(graph)
        .into_iter()
        .map(|component| {
            let way = way_round(graph, &component);
            (component, way)
        })
        .filter(|(_, way)| !way.is_empty())
        .collect();
    rings.sort_by_key(|(_, way)| way.iter().map(|(node, _)| *node).min());
    rings
}

fn way_round(graph: &DiGraph<(), Span>, component: &[NodeIndex]) -> Vec<(NodeIndex, Span)> {
    // The first reference in the text that stays inside, so that the way is the same on every run.
    let step = |from: NodeIndex| {
        let inside = graph.edges(from).filter(|edge| component.contains(&edge.target()));
        inside.map(|edge| (*edge.weight(), edge.target())).min_by_key(|(span, _)| *span)
    };
    let Some(start) = component.iter().copied().min() else { return Vec::new() };
    let mut way: Vec<(NodeIndex, Span)> = Vec::new();
    let mut at = start;
    // Following one reference from each member must come back to a member already met.
    while let Some((span, next)) = step(at) {
        if let Some(first) = way.iter().position(|(node, _)| *node == at) {
            return way.split_off(first);
        }
        way.push((at, span));
        at = next;
    }
    Vec::new()
}
