//! Any bytes through the front end: no panic, every place inside the text, and where the fast path takes a file, the
//! conformant parser builds the same tree. What can be understood goes on through access and all rules.

#![no_main]

use keyplan::access::Access;
use keyplan::diagnostic::{Diagnostic, Level};
use keyplan::model::{AsOf, Files, Input, InputKind, lower};
use keyplan::rules::{Policy, check};
use keyplan::source::{Sources, Span};
use keyplan::syntax::{Tree, parse, parse_conformant, scrub};
use keyplan::time::Day;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    scrub(&mut bytes);
    let Ok(text) = std::str::from_utf8(&bytes) else { panic!("scrubbed bytes are text") };
    let file = Span::new(0, text.len() as u32);
    let (mut tree, mut other) = (Tree::default(), Tree::default());
    let found = parse(text, file, &mut tree);
    for diagnostic in &found {
        assert!(text.get(diagnostic.span.start as usize..diagnostic.span.end as usize).is_some());
    }
    if !found.is_empty() {
        return;
    }
    assert_eq!(parse_conformant(text, file, &mut other), []);
    assert_eq!(tree, other);
    let mut sources = Sources::default();
    sources.add("property.yaml".into(), "property.yaml".into(), text);
    let inputs = [Input { file: 0, kind: InputKind::Part(tree) }];
    let as_of = AsOf::Day(Day::parse("2026-11-23").expect("a date"));
    let files =
        Files { inputs: &inputs, providers: None, as_of, parts_missing: false, rosters_missing: false };
    let (property, found) = lower(sources, &files);
    if found.iter().any(|one: &Diagnostic| one.level == Level::Error) {
        return;
    }
    let access = Access::resolve(&property);
    let trees = [(0, other)];
    for diagnostic in check(&property, &access, &trees, &Policy::new(Some("high-security"), &[])) {
        let span = property.sources.written(diagnostic.span);
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?}");
        for edit in diagnostic.fix.iter().flat_map(|fix| &fix.edits) {
            assert!(text.get(edit.span.start as usize..edit.span.end as usize).is_some(), "{edit:?}");
        }
    }
});
