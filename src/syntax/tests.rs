//! The two parsers held against each other, and broken and hostile files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};

use super::*;

fn whole(text: &str) -> Span {
    Span::new(0, text.len() as u32)
}

/// What the fast path makes of a text, if it takes it.
fn by_fast_path(text: &str) -> Option<Tree> {
    let mut tree = Tree::default();
    fast::parse(text, whole(text), &mut tree).ok().map(|()| tree)
}

fn by_conformant_parser(text: &str) -> (Tree, Vec<Diagnostic>) {
    let (mut tree, mut found) = (Tree::default(), Vec::new());
    let _ = conformant::parse(text, whole(text), &mut tree, &mut found);
    (tree, found)
}

/// Whether the fast path took the text; when it did, the other parser must have built the same.
fn agree(text: &str) -> Result<bool, String> {
    let Some(fast) = by_fast_path(text) else { return Ok(false) };
    let (tree, found) = by_conformant_parser(text);
    if !found.is_empty() {
        return Err(format!("taken, but: {found:?}"));
    }
    if fast != tree {
        return Err(format!("fast {:#?}\nconformant {:#?}", fast.root(text), tree.root(text)));
    }
    Ok(true)
}

#[track_caller]
fn check_same(text: &str) {
    assert_eq!(agree(text), Ok(true), "{text:?}");
}

#[track_caller]
fn check_left(text: &str) {
    assert!(by_fast_path(text).is_none(), "{text:?}");
    agree(text).unwrap();
}

#[test]
fn the_plain_style_is_read_by_the_fast_path() {
    for text in [
        "",
        "# only a comment\n\n",
        "a: 1",
        "---\na: b # c\n",
        "\u{feff}a: b\r\nc:\r\n  - d\r\n  - e: f\r\n    g: h\r\n",
        "a:\n- b\n- c\nd: e\n",
        "a:\n  - - b\n    - c\n  -\n  - d\n",
        "a:\nb:\n  c:\n",
        "a: { b: c, d: [e, 'f', \"g\"], h: , i: {} }\nj: []\n",
        "a: [b, ]\n'k k': \"l\\n\\\"\"\nm: 'it''s'\n",
        "  a: b\n  c: d\n",
        "a:\n  b\nc:\n  'd'\n",
        "- a: b\n  c: [d]\n- - e\n- f\n",
        "a: b:c#d e\nhttp://x: y\n",
        "unit-{2..6}{01..10}{A..D}: { kind: residence }\n",
        "mon-thu: 06:00-22:00\nfri, sat: [06:00-12:00, 13:00-24:00]\n",
        "$door: x\ndoors: [$door]\nn: -1\n",
    ] {
        check_same(text);
    }
}

#[test]
fn what_it_does_not_know_is_left_to_the_conformant_parser() {
    for text in [
        "a: &b c\nd: *b\n",
        "a: |\n  b\n",
        "a: >-\n  b\n  c\n",
        "a: !!str b\n",
        "a: b\n  c\n",
        "<<: {a: b}\n",
        "a: {b: c,\n  d: e}\n",
        "a: \"b\n  c\"\n",
        "? a\n: b\n",
        "a: b\n---\nc: d\n",
        "%YAML 1.2\n---\na: b\n",
        "a:\tb\n",
        "\ta: b\n",
        "a: {b}\n",
        "[a]: b\n",
        "a: 'b' c\n",
        "a: b\n c: d\n",
        "a: @b\n",
    ] {
        check_left(text);
    }
}

/// Pieces that property files are made of, and some that they should not be.
fn line() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        "[a-z]{1,4}",
        "[a-z0-9]{1,3}-[0-9]{1,2}",
        Just("08:00-18:00".to_owned()),
        Just("2026-12-31".to_owned()),
        Just("'it''s'".to_owned()),
        Just("\"a \\\"b\\\"\"".to_owned()),
        Just("".to_owned()),
        Just("ü ß".to_owned()),
        Just("a#b".to_owned()),
        Just("a: b".to_owned()),
        Just("$door".to_owned()),
        "[-?:,{}\\[\\]#&*!|>'\"%@`a ]{1,4}",
    ];
    let flow =
        prop::collection::vec(scalar.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(", ")));
    let map = prop::collection::vec(("[a-z]{1,3}", scalar.clone()), 0..3).prop_map(|fields| {
        format!("{{ {} }}", fields.iter().map(|(k, v)| format!("{k}: {v}")).collect::<Vec<_>>().join(", "))
    });
    let value = prop_oneof![4 => scalar.clone(), 2 => flow, 2 => map];
    let comment = prop_oneof![5 => Just(String::new()), 1 => Just(" # c".to_owned()), 1 => Just("#c".to_owned()), 1 => Just("  ".to_owned())];
    let key = prop_oneof![5 => "[a-z]{1,4}", 1 => Just("fri, sat".to_owned()), 1 => Just("'k'".to_owned()), 1 => Just("u-{1..2}".to_owned()), 1 => scalar];
    let lead = prop_oneof![5 => Just(""), 2 => Just("- "), 1 => Just("- - "), 1 => Just("-   ")];
    let body = prop_oneof![
        6 => (key.clone(), value.clone()).prop_map(|(key, value)| format!("{key}: {value}")),
        3 => key.prop_map(|key| format!("{key}:")),
        2 => value,
        1 => Just(String::new()),
        1 => Just("# comment".to_owned()),
        1 => Just("---".to_owned()),
    ];
    let indent = prop_oneof![6 => Just(0usize), 3 => Just(2), 1 => 0usize..5];
    (indent, lead, body, comment)
        .prop_map(|(indent, lead, body, comment)| format!("{}{lead}{body}{comment}", " ".repeat(indent)))
}

/// A text of such lines, changed in places.
fn text() -> impl Strategy<Value = String> {
    let end = prop_oneof![8 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\n\n")];
    let start = prop_oneof![10 => Just(""), 1 => Just("\u{feff}"), 1 => Just("---\n")];
    let change = (
        any::<prop::sample::Index>(),
        prop::sample::select(b"\n\t :-#'\"{}[],&*!|>%@`?x\\~".to_vec()),
        0u8..3,
    );
    let lines = prop::collection::vec((line(), end), 1..7);
    let changes = prop_oneof![2 => Just(Vec::new()), 2 => prop::collection::vec(change, 1..4)];
    (start, lines, changes).prop_map(|(start, lines, changes)| {
        let mut text: Vec<char> = start.chars().collect();
        lines.iter().for_each(|(line, end)| text.extend(line.chars().chain(end.chars())));
        for (place, byte, how) in changes {
            let at = place.index(text.len().max(1)).min(text.len());
            match how {
                0 => text.insert(at, byte as char),
                1 if at < text.len() => text[at] = byte as char,
                _ if at < text.len() => {
                    text.remove(at);
                }
                _ => {}
            }
        }
        text.into_iter().collect()
    })
}

fn runner(cases: u32, seeds: &'static str) -> TestRunner {
    let cases =
        std::env::var("KEYPLAN_FUZZ_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(cases);
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(seeds)) as Box<_>);
    // The same texts in every run, unless another seed is asked for.
    let rng_seed = RngSeed::Fixed(std::env::var("KEYPLAN_SEED").map_or(1, |seed| seed.parse().unwrap()));
    TestRunner::new(Config {
        cases,
        failure_persistence,
        max_shrink_iters: 50_000,
        rng_seed,
        ..Config::default()
    })
}

#[test]
fn what_the_fast_path_takes_the_conformant_parser_reads_alike() {
    let (made, taken) = (AtomicU64::new(0), AtomicU64::new(0));
    let outcome = runner(20_000, "src/syntax/proptest-regressions/same_tree.txt").run(&text(), |text| {
        made.fetch_add(1, Ordering::Relaxed);
        if agree(&text).map_err(TestCaseError::fail)? {
            taken.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    });
    let (made, taken) = (made.into_inner(), taken.into_inner());
    println!("{made} texts, {taken} of them taken by the fast path");
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(taken * 10 > made, "only {taken} of {made} texts were taken");
}

/// What another reader makes of a text, as far as ours can tell: numbers and truth values are texts to us.
fn same_value(node: Node<'_>, value: &serde_yaml::Value) -> bool {
    use serde_yaml::Value;
    match (node.kind(), value) {
        (NodeKind::Null, Value::Null) => true,
        (NodeKind::Scalar, Value::String(text)) => node.scalar() == Some(text),
        (NodeKind::Scalar, Value::Null | Value::Bool(_) | Value::Number(_)) => node.style() == Style::Plain,
        (NodeKind::Sequence, Value::Sequence(items)) => {
            node.items().count() == items.len()
                && node.items().zip(items).all(|(node, value)| same_value(node, value))
        }
        (NodeKind::Mapping, Value::Mapping(fields)) => {
            node.entries().count() == fields.len()
                && node
                    .entries()
                    .zip(fields)
                    .all(|((key, node), (other, value))| same_value(key, other) && same_value(node, value))
        }
        _ => false,
    }
}

#[test]
fn a_second_witness_reads_the_same_values() {
    let (made, compared) = (AtomicU64::new(0), AtomicU64::new(0));
    let outcome = runner(5_000, "src/syntax/proptest-regressions/same_values.txt").run(&text(), |text| {
        made.fetch_add(1, Ordering::Relaxed);
        // The witness counts a byte-order mark as a column.
        let Some(tree) = by_fast_path(text.trim_start_matches('\u{feff}')) else { return Ok(()) };
        let text = text.trim_start_matches('\u{feff}');
        // The witness refuses repeated keys, and does not know some forms of texts; then it says nothing.
        let Ok(value) = serde_yaml::from_str::<serde_yaml::Value>(text) else { return Ok(()) };
        let Some(root) = tree.root(text) else { return Ok(()) };
        compared.fetch_add(1, Ordering::Relaxed);
        prop_assert!(same_value(root, &value), "{root:#?}\n{value:#?}");
        Ok(())
    });
    println!("{} texts, {} of them compared", made.into_inner(), compared.into_inner());
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Every place lies in the text and between its characters.
fn places_are_right(text: &str, node: Node<'_>) {
    let Span { start, end } = node.span();
    assert!(text.get(start as usize..end as usize).is_some(), "{node:?}");
    node.items().for_each(|item| places_are_right(text, item));
    node.entries().for_each(|(key, value)| {
        places_are_right(text, key);
        places_are_right(text, value);
    });
}

fn survives(text: &str) -> Vec<Diagnostic> {
    let mut tree = Tree::default();
    let found = parse(text, whole(text), &mut tree);
    for diagnostic in &found {
        let Span { start, end } = diagnostic.span;
        assert!(text.get(start as usize..end as usize).is_some(), "{text:?}: {diagnostic:?}");
    }
    if let Some(root) = tree.root(text) {
        places_are_right(text, root);
    }
    tree.comments().iter().for_each(|comment| assert!(text[comment.start as usize..].starts_with('#')));
    found
}

#[test]
fn no_text_breaks_the_front_end() {
    let outcome = runner(20_000, "src/syntax/proptest-regressions/survives.txt").run(&text(), |text| {
        survives(&text);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let outcome = runner(20_000, "src/syntax/proptest-regressions/bytes.txt").run(
        &prop::collection::vec(any::<u8>(), 0..200),
        |mut bytes| {
            scrub(&mut bytes);
            survives(std::str::from_utf8(&bytes).unwrap());
            Ok(())
        },
    );
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn hostile_texts_end_in_findings() {
    let deep_block: String =
        (0..10_000).map(|depth| format!("{}a:\n", " ".repeat(depth.min(2000)))).collect();
    let bomb = (0..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        format!("{text}a{}: &a{} [*a{n}, *a{n}]\n", n + 1, n + 1)
    });
    for (what, text, wanted) in [
        ("brackets", "[".repeat(100_000), Kind::TOO_BIG),
        ("closed brackets", format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000)), Kind::TOO_BIG),
        ("braces", "{a: ".repeat(10_000), Kind::TOO_BIG),
        ("dashes", "- ".repeat(10_000), Kind::TOO_BIG),
        ("deep block", deep_block, Kind::TOO_BIG),
        ("aliases", bomb, Kind::FORBIDDEN),
        ("a quote", format!("a: \"{}", "x\n".repeat(100_000)), Kind::SYNTAX),
    ] {
        let found = survives(&text);
        assert!(found.iter().any(|one| one.kind == wanted), "{what}: {found:?}");
        assert!(found.len() <= 130, "{what}: {} findings", found.len());
    }
    let long = format!("a: {}\nb: c\n", "x".repeat(20 << 20));
    assert_eq!(survives(&long), []);
}

#[test]
fn each_mistake_of_a_broken_file_is_told_and_the_rest_is_read() {
    let text =
        "doors:\n  a: { kind: x\n  b: { kind: y }\n  c: \"z\n  d: [\n    e,\n  ]\nkeys:\n  f g\n  h: i: j\n";
    let mut tree = Tree::default();
    let found = parse(text, whole(text), &mut tree);
    let lines: Vec<usize> =
        found.iter().map(|one| text[..one.span.start as usize].matches('\n').count() + 1).collect();
    assert_eq!(lines, [2, 4, 9, 10], "{found:#?}");
    let root = tree.root(text).unwrap();
    let (_, doors) = root.entries().next().unwrap();
    let kinds: Vec<_> = doors.entries().map(|(key, value)| (key.scalar().unwrap(), value.kind())).collect();
    assert_eq!(
        kinds,
        [("a", NodeKind::Lost), ("b", NodeKind::Mapping), ("c", NodeKind::Lost), ("d", NodeKind::Sequence)]
    );
}
