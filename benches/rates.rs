//! The figures of BENCHMARKS.md: `cargo bench --bench rates`. Each is the ratio of two things done in turn in this run,
//! by the median of several rounds, so that it holds on other machines too.

#![allow(clippy::expect_used, unreachable_pub, dead_code, reason = "a bench that cannot go on should stop")]

mod measure;
mod portfolio;

use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use keyplan::access::Access;
use keyplan::diagnostic::Level;
use keyplan::load::{Discovery, Workspace, load};
use keyplan::output::compile::Json;
use keyplan::rules::{Policy, RULES};
use keyplan::source::Span;
use keyplan::syntax::{self, Tree};
use keyplan::tables::{self, Tables};
use measure::{as_of, find, medians, processes, say};
use serde::{Deserialize, Serialize};

fn files(root: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(root).expect("the bench wrote this directory") {
        let path = entry.expect("the bench wrote this directory").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn texts(root: &Path) -> Vec<String> {
    files(root).iter().map(|path| std::fs::read_to_string(path).expect("the bench wrote this file")).collect()
}

fn parse_all(texts: &[String], tree: &mut Tree) {
    for text in texts {
        let found = syntax::parse(text, Span::new(0, text.len() as u32), tree);
        assert!(found.is_empty(), "the bench's files are right");
        black_box(&tree);
    }
}

fn saphyr_events(texts: &[String]) {
    for text in texts {
        let mut events = 0;
        for event in saphyr_parser::Parser::new_from_str(text) {
            black_box(event.expect("the bench's files are right"));
            events += 1;
        }
        black_box(events);
    }
}

fn granit_events(texts: &[String]) {
    for text in texts {
        for event in granit_parser::Parser::new_from_str(text) {
            black_box(event.expect("the bench's files are right"));
        }
    }
}

/// What a program without places and findings of its own would read the files into.
mod typed {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "kebab-case")]
    pub struct File {
        pub keyplan: Option<u32>,
        pub property: Option<BTreeMap<String, String>>,
        pub lock_models: BTreeMap<String, serde_yaml::Value>,
        pub doors: BTreeMap<String, Door>,
        pub groups: BTreeMap<String, serde_yaml::Value>,
        pub holidays: BTreeMap<String, String>,
        pub schedules: BTreeMap<String, serde_yaml::Value>,
        pub keys: BTreeMap<String, serde_yaml::Value>,
        pub teams: BTreeMap<String, serde_yaml::Value>,
        pub people: BTreeMap<String, Person>,
        pub assignments: Vec<Assignment>,
    }

    #[derive(Deserialize)]
    pub struct Door {
        pub name: Option<String>,
        pub kind: String,
        pub floor: Option<i32>,
        pub lock: Option<Lock>,
    }

    #[derive(Deserialize)]
    pub struct Lock {
        pub model: String,
        pub firmware: String,
    }

    #[derive(Deserialize)]
    pub struct Person {
        pub name: String,
        pub unit: Option<String>,
        pub teams: Vec<String>,
        pub from: Option<String>,
        pub until: Option<String>,
    }

    #[derive(Deserialize)]
    pub struct Assignment {
        pub to: String,
        pub keys: Vec<String>,
        pub share: Option<bool>,
        pub from: Option<String>,
        pub until: Option<String>,
        pub reviewed: Option<String>,
        pub name: Option<String>,
    }
}

/// Reads and deserializes every file, one after the other.
fn typed_load(files: &[PathBuf]) {
    for path in files {
        let text = std::fs::read_to_string(path).expect("the bench wrote this file");
        let file: typed::File = serde_yaml::from_str(&text).expect("the bench's files are right");
        black_box(&file);
    }
}

fn check_all(discovery: &Discovery, mut also: impl FnMut(&keyplan::model::Property)) {
    let mut workspace = Workspace::default();
    for found in &discovery.properties {
        let loaded = load(found, None, as_of(), &|| 1, &mut workspace).expect("the bench wrote these files");
        assert!(
            loaded.diagnostics.iter().all(|one| one.level != Level::Error),
            "the bench's files are right"
        );
        also(&loaded.property);
        workspace.reclaim(loaded);
    }
}

/// Reads every property and asks all rules about it.
fn judge_all(discovery: &Discovery) {
    let policy = Policy::new(Some("high-security"), &[]);
    assert_eq!(policy.rules().count(), RULES.len(), "all rules are on");
    let mut workspace = Workspace::default();
    for found in &discovery.properties {
        let loaded = load(found, None, as_of(), &|| 1, &mut workspace).expect("the bench wrote these files");
        let access = Access::resolve(&loaded.property);
        black_box(keyplan::rules::check(&loaded.property, &access, &loaded.trees, &policy));
        workspace.reclaim(loaded);
    }
}

/// A row as long as a credential's in `compile --format json`.
#[derive(Serialize, Deserialize)]
struct Row<'r> {
    person: &'r str,
    capability: &'r str,
    keys: [&'r str; 1],
    segments: [Segment<'r>; 1],
}

#[derive(Serialize, Deserialize)]
struct Segment<'r> {
    from: Option<&'r str>,
    until: Option<&'r str>,
    weekly: Vec<Window<'r>>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Window<'r> {
    day: &'r str,
    from: &'r str,
    to: &'r str,
}

/// Writes rows by serde_json until there are so many bytes.
fn rows_by_serde_json(bytes: usize, rows: usize) {
    let window = Window { day: "mon", from: "00:00", to: "24:00" };
    let length =
        |windows: usize| serde_json::to_string(&row(vec![window; windows])).map_or(0, |text| text.len());
    fn row(weekly: Vec<Window<'_>>) -> Row<'_> {
        let segment = Segment { from: Some("2026-01-01T00:00"), until: Some("2027-01-01T00:00"), weekly };
        Row { person: "maya-lopez-100", capability: "unlock", keys: ["residences"], segments: [segment] }
    }
    let windows = (0..30).find(|windows| length(*windows) * rows >= bytes).unwrap_or(30);
    let row = row(vec![window; windows]);
    let mut text: Vec<u8> = Vec::with_capacity(1 << 22);
    let mut written = 0;
    while written < bytes {
        text.clear();
        while text.len() < 1 << 21 {
            serde_json::to_writer(&mut text, &row).expect("a row is writable");
        }
        written += text.len();
        black_box(&text);
    }
}

/// The most memory that this process ever had, in bytes.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or(0.0) * 1024.0
}

/// What a check of `root` adds to the memory of a process, measured in a process of its own.
fn memory_of(root: &Path) -> f64 {
    let me = std::env::current_exe().expect("this program");
    let output = Command::new(me).arg("memory").arg(root).output().expect("this program runs");
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(f64::NAN)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, root] = arguments.as_slice()
        && command == "memory"
    {
        let discovery = find(Path::new(root));
        let before = peak_memory();
        judge_all(&discovery);
        println!("{}", peak_memory() - before);
        return;
    }
    let directory = tempfile::tempdir().expect("a directory to write in");
    let root = directory.path();
    let of = |count: usize| root.join(format!("portfolio-{count}"));
    for count in [1, 10, 100, 1000] {
        portfolio::write(&of(count), count).expect("room on the disk");
    }
    portfolio::conformant(&root.join("conformant"), 20).expect("room on the disk");
    portfolio::campus(&root.join("campus"), 5_000, 50_000, 200).expect("room on the disk");
    println!("{:<88} {:>9}   wanted", "figure", "reached");
    parsing(&of(100), &root.join("conformant"));
    checking(&of);
    compiling(&of(100));
    let (hundred, thousand) = (watching(&of(100)), watching(&of(1000)));
    say("watch of 100 properties: ms from a save to the screen, beyond the debounce", hundred, "at most 20");
    say("watch of 1,000 properties / 100", thousand / hundred, "at most 2");
    campus(&root.join("campus"));
    starting(root);
}

fn parsing(plain: &Path, folded: &Path) {
    let texts = self::texts(plain);
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut tree = Tree::default();
    let [ours, saphyr] = medians([&mut || parse_all(&texts, &mut tree), &mut || saphyr_events(&texts)]);
    say("parse to the tree with spans: MB/s", bytes as f64 / ours / 1e6, "");
    say("saphyr-parser, bare events: MB/s", bytes as f64 / saphyr / 1e6, "");
    say("parse to the tree / saphyr-parser's bare events: times the rate", saphyr / ours, "at least 8");
    let mut texts = self::texts(folded);
    texts.retain(|text| text.contains(">-"));
    let [ours, granit] = medians([&mut || parse_all(&texts, &mut tree), &mut || granit_events(&texts)]);
    say("files for the conformant parser: rate / that parser's own rate", granit / ours, "at least 0.9");
}

fn checking(of: &impl Fn(usize) -> PathBuf) {
    let discovery = find(&of(100));
    let files = self::files(&of(100));
    let [ours, judged, typed] =
        medians([&mut || check_all(&discovery, |_| {}), &mut || judge_all(&discovery), &mut || {
            typed_load(&files)
        }]);
    say("reading 100 properties, without rules: ms on one thread", ours * 1e3, "");
    say("the same / typed load of the same bytes by serde_yaml", ours / typed, "at most 0.20, better 0.10");
    say("check of 100 properties with all rules: ms on one thread", judged * 1e3, "");
    say("the same / typed load of the same bytes by serde_yaml", judged / typed, "at most 0.33");
    let (small, large) = (find(&of(10)), find(&of(1000)));
    let [ten, thousand] = medians([&mut || judge_all(&small), &mut || judge_all(&large)]);
    say(
        "growth exponent of check from 10 to 1,000 properties",
        (thousand / ten).ln() / 100f64.ln(),
        "at most 1.05",
    );
    let (keyplan, path) = (env!("CARGO_BIN_EXE_keyplan"), of(1000).display().to_string());
    let one = [keyplan, "check", &path, "--threads", "1"];
    let two = [keyplan, "check", &path, "--threads", "2"];
    let [one, two] = processes([&one, &two], 7);
    say("check of 1,000 properties: one thread / two threads", one / two, "at least 1.7");
    let (ten, thousand) = (memory_of(&of(10)), memory_of(&of(1000)));
    say("peak memory of check: 1,000 properties / 10", thousand / ten, "at most 1.2");
}

/// Milliseconds from a save to the findings on the screen, without the wait for the save to be over, by the median.
fn watching(root: &Path) -> f64 {
    const DEBOUNCE: f64 = 10.0;
    let mut child = Command::new(env!("CARGO_BIN_EXE_keyplan"))
        .args(["watch", "--format", "json", "--as-of", "2026-11-23", "--debounce", "10"])
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()
        .expect("keyplan runs");
    let mut screens = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut screen = || screens.next().and_then(Result::ok).expect("a screen");
    screen();
    let mut milliseconds = Vec::new();
    for round in 0..60 {
        let path = root.join(format!("house-{:04}/assignments.yaml", round % 10));
        let text = std::fs::read_to_string(&path).expect("the bench wrote this file");
        let start = Instant::now();
        std::fs::write(&path, format!("{text}# saved again\n")).expect("room on the disk");
        screen();
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3 - DEBOUNCE);
        std::fs::write(&path, text).expect("room on the disk");
        screen();
    }
    child.kill().and_then(|()| child.wait()).expect("it ends");
    milliseconds.sort_by(f64::total_cmp);
    milliseconds[milliseconds.len() / 2]
}

fn compiling(root: &Path) {
    let discovery = find(root);
    let compile = || {
        let (mut bytes, mut rows) = (0, 0);
        check_all(&discovery, |property| {
            let tables = tables::compile(property, &Access::resolve(property));
            let json =
                Json::new(property, &tables).and_then(|json| json.document()).expect("tables are writable");
            bytes += json.len();
            rows += tables.credentials();
            black_box(json);
        });
        (bytes, rows)
    };
    let (size, count) = compile();
    let [compile, check, serde] = medians([
        &mut || {
            compile();
        },
        &mut || check_all(&discovery, |_| {}),
        &mut || rows_by_serde_json(size, count),
    ]);
    say("credentials of 100 properties", count as f64, "1.37 million");
    say("compile --format json of 100 properties: ms on one thread", compile * 1e3, "");
    say("serde_json writing rows of the same size: ms", serde * 1e3, "");
    say("compile / (1.5 check + serde_json's rows)", compile / (1.5 * check + serde), "at most 1");
    let mut properties = Vec::new();
    for found in &discovery.properties {
        let loaded = load(found, None, as_of(), &|| 1, &mut Workspace::default())
            .expect("the bench wrote these files");
        properties.push(loaded.property);
    }
    let mut tables: Vec<Tables> = Vec::new();
    let [seconds] = medians([&mut || {
        tables =
            properties.iter().map(|property| tables::compile(property, &Access::resolve(property))).collect();
    }]);
    say("compile in memory: million credentials a second", count as f64 / seconds / 1e6, "at least 25");
    let memory: usize = tables.iter().map(Tables::memory).sum();
    say("bytes of a credential in memory", memory as f64 / count as f64, "at most 12");
}

fn campus(root: &Path) {
    let discovery = find(root);
    let files = self::files(root);
    let mut tree = Tree::default();
    let mut text = String::new();
    let mut read_and_parse = || {
        for path in &files {
            text.clear();
            let read = std::fs::File::open(path)
                .and_then(|mut file| std::io::Read::read_to_string(&mut file, &mut text));
            assert!(read.is_ok() && syntax::is_clean(&text), "the bench's files are right");
            let found = syntax::parse(&text, Span::new(0, text.len() as u32), &mut tree);
            assert!(found.is_empty(), "the bench's files are right");
        }
    };
    let mut workspace = Workspace::default();
    let mut check = || {
        let loaded = load(&discovery.properties[0], None, as_of(), &|| 1, &mut workspace)
            .expect("the bench wrote this");
        assert!(
            loaded.diagnostics.iter().all(|one| one.level != Level::Error),
            "the bench's files are right"
        );
        workspace.reclaim(loaded);
    };
    let [parse, check] = medians([&mut read_and_parse, &mut check]);
    say("campus of 5,000 doors and 50,000 people: parse, ms", parse * 1e3, "");
    say("campus: check / its parse", check / parse, "at most 1.3");
    let size: u64 = files.iter().map(|path| path.metadata().map_or(0, |metadata| metadata.len())).sum();
    say(
        "campus: peak memory that check adds / size of the source",
        memory_of(root) / size as f64,
        "at most 3",
    );
}

fn starting(root: &Path) {
    let (source, empty) = (root.join("empty.rs"), root.join("empty"));
    std::fs::write(&source, "fn main() {}").expect("room on the disk");
    let built = Command::new("rustc")
        .args(["--edition=2024", "-O", "-Ctarget-feature=+crt-static", "-o"])
        .args([&empty, &source])
        .status();
    if !built.is_ok_and(|status| status.success()) {
        println!("an empty static program cannot be built here");
        return;
    }
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/walk-up.yaml");
    let (empty, example) = (empty.display().to_string(), example.display().to_string());
    let [ours, empty] = processes([&[env!("CARGO_BIN_EXE_keyplan"), "check", &example], &[&empty]], 101);
    say("check of the single-file example, start to finish: ms", ours * 1e3, "");
    say("the same / an empty static Rust program", ours / empty, "at most 3.5");
}
