//! Any bytes through the front end: no panic, every place inside the text, and where the fast path takes a file, the
//! conformant parser builds the same tree.

#![no_main]

use keyplan::source::Span;
use keyplan::syntax::{Tree, parse, parse_conformant, scrub};

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
    if found.is_empty() {
        assert_eq!(parse_conformant(text, file, &mut other), []);
        assert_eq!(tree, other);
    }
});
