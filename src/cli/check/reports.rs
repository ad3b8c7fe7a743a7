//! Findings on their way to every output that was asked for.

use std::sync::Arc;

use quick_junit::TestSuite;

use super::super::format::{Kind, Output};
use super::super::sink::Sink;
use super::super::{Failure, Global};
use crate::access::NextChange;
use crate::diagnostic::{Diagnostic, Level};
use crate::output::check::{
    Human, Next, Summary, concise, finding, github, gitlab, junit, log, masked, report, result, row, suite,
    table,
};
use crate::source::Sources;

/// The outputs that were asked for; shared by all threads, which render.
pub(in crate::cli) struct Formats {
    outputs: Vec<Output>,
    human: Human,
}

/// The findings of one property, rendered.
#[derive(Clone, Default)]
pub(in crate::cli) struct Rendered {
    property: String,
    /// For each output, each finding.
    texts: Vec<Vec<Arc<str>>>,
    /// For JUnit.
    suite: Option<TestSuite>,
    counts: Summary,
    /// Whether its mistakes kept the rules from being asked.
    unjudged: bool,
    fixable: usize,
    /// When access next changes by itself, and where.
    next: Option<Next>,
}

impl Rendered {
    /// Adds when access next changes by itself.
    pub(in crate::cli) fn next_change(&mut self, change: Option<NextChange>) {
        self.next = change.map(|change| Next { property: self.property.clone(), change });
    }
}

impl Formats {
    pub(in crate::cli) fn new(global: &Global, outputs: Vec<Output>) -> Self {
        // A file is never coloured, whatever the terminal can do.
        let color = global.colored() && outputs.iter().all(|output| output.file.is_none());
        Self { outputs, human: Human::new(color) }
    }

    /// Renders findings for every output. `property` is the id, empty where it could not be read.
    pub(in crate::cli) fn render(
        &self,
        diagnostics: &[Diagnostic],
        sources: &Sources,
        property: &str,
    ) -> Result<Rendered, Failure> {
        let id = property.to_owned();
        let property = (!property.is_empty()).then_some(property);
        let text = masked(diagnostics, sources);
        let one = |kind: Kind, diagnostic: &Diagnostic| match kind {
            Kind::Concise => Ok(concise(diagnostic, sources)),
            Kind::Json => finding(diagnostic, sources, property),
            Kind::Sarif => result(diagnostic, sources, &text, property),
            Kind::Github => Ok(github(diagnostic, sources)),
            Kind::Gitlab => gitlab(diagnostic, sources, &text, property),
            Kind::Markdown => Ok(row(diagnostic, sources)),
            _ => Ok(self.human.render(diagnostic, sources, &text)),
        };
        let mut texts = Vec::new();
        for output in self.outputs.iter() {
            let mut rendered = Vec::new();
            if output.kind != Kind::Junit {
                for diagnostic in diagnostics {
                    rendered.push(one(output.kind, diagnostic)?.into());
                }
            }
            texts.push(rendered);
        }
        let wanted = self.outputs.iter().any(|output| output.kind == Kind::Junit);
        let name = || property.or_else(|| sources.files().first().map(|file| file.path.as_str()));
        let suite = wanted.then(|| suite(name().unwrap_or("property"), diagnostics, sources));
        let count = |level| diagnostics.iter().filter(|diagnostic| diagnostic.level == level).count();
        let counts = Summary {
            properties: 0,
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            infos: count(Level::Info),
        };
        let safe = |one: &&Diagnostic| one.fix.as_ref().is_some_and(|fix| fix.safe);
        let fixable = diagnostics.iter().filter(safe).count();
        // A rule's findings are about something; those without are mistakes of form, of which errors bar the rules.
        let form = |one: &Diagnostic| one.level == Level::Error && one.object.is_empty();
        Ok(Rendered {
            property: id,
            texts,
            suite,
            counts,
            unjudged: diagnostics.iter().any(form),
            fixable,
            next: None,
        })
    }
}

/// One output.
struct Report {
    kind: Kind,
    sink: Sink,
    /// The findings of a document that is only written whole.
    held: Vec<Arc<str>>,
    suites: Vec<TestSuite>,
}

/// Every output, written by one thread.
pub(in crate::cli) struct Reports {
    reports: Vec<Report>,
    /// Whether JSON documents go on one line each, since more of them follow.
    on_one_line: bool,
    unjudged: usize,
    fixable: usize,
    /// The first of all properties.
    next: Option<Next>,
}

impl Reports {
    pub(in crate::cli) fn open(formats: &Formats) -> Result<Self, Failure> {
        let open = |output: &Output| {
            let sink = Sink::open(output)?;
            Ok(Report { kind: output.kind, sink, held: Vec::new(), suites: Vec::new() })
        };
        let reports = formats.outputs.iter().map(open).collect::<Result<_, Failure>>()?;
        Ok(Self { reports, on_one_line: false, unjudged: 0, fixable: 0, next: None })
    }

    /// The same for one of many states that follow each other.
    pub(in crate::cli) fn open_again(formats: &Formats) -> Result<Self, Failure> {
        Ok(Self { on_one_line: true, ..Self::open(formats)? })
    }

    /// For commands whose results are something else: findings for people, on standard error, so that standard output holds
    /// results only.
    pub(in crate::cli) fn beside(global: &Global) -> (Formats, Self) {
        let formats = Formats::new(global, vec![Output { kind: Kind::Human, file: None }]);
        let report = Report { kind: Kind::Human, sink: Sink::stderr(), held: Vec::new(), suites: Vec::new() };
        let reports = Self { reports: vec![report], on_one_line: false, unjudged: 0, fixable: 0, next: None };
        (formats, reports)
    }

    /// Takes the findings of one property and counts them.
    pub(in crate::cli) fn write(&mut self, rendered: &Rendered, total: &mut Summary) -> Result<(), Failure> {
        let Rendered { texts, suite, counts, unjudged, fixable, next, property: _ } = rendered;
        total.errors += counts.errors;
        total.warnings += counts.warnings;
        total.infos += counts.infos;
        self.unjudged += usize::from(*unjudged);
        self.fixable += *fixable;
        let sooner = |next: &&Next| self.next.as_ref().is_none_or(|known| next.change.day < known.change.day);
        if let Some(next) = next.as_ref().filter(sooner) {
            self.next = Some(next.clone());
        }
        for (report, texts) in self.reports.iter_mut().zip(texts) {
            match report.kind {
                Kind::Json | Kind::Sarif | Kind::Gitlab | Kind::Markdown => {
                    report.held.extend_from_slice(texts)
                }
                Kind::Junit => report.suites.extend(suite.clone()),
                _ => texts.iter().try_for_each(|text| report.sink.write(text))?,
            }
        }
        Ok(())
    }

    /// Ends every output, with how much was found.
    pub(in crate::cli) fn end(self, total: &Summary, quiet: u8) -> Result<(), Failure> {
        for mut report in self.reports {
            match report.kind {
                Kind::Json if self.on_one_line => {
                    // Within JSON texts a line end is always escaped.
                    let text = self::report(&report.held, total, self.next.as_ref())?.replace('\n', "");
                    report.sink.write(&format!("{text}\n"))?;
                }
                Kind::Json => report.sink.write(&self::report(&report.held, total, self.next.as_ref())?)?,
                Kind::Sarif => report.sink.write(&log(&report.held)?)?,
                Kind::Gitlab => report.sink.write(&list(&report.held))?,
                Kind::Markdown => report.sink.write(&table(&report.held, total, &in_words(total)))?,
                Kind::Junit => {
                    let text = junit(report.suites)
                        .map_err(|error| Failure::Told(format!("cannot write XML: {error}")))?;
                    report.sink.write(&text)?;
                }
                Kind::Human if quiet == 0 => {
                    report.sink.write(&in_words(total))?;
                    report.sink.write(&hints(self.unjudged, self.fixable))?;
                    if let Some(next) = &self.next {
                        report.sink.write(&next_in_words(next, total.properties))?;
                    }
                }
                _ => {}
            }
            report.sink.finish()?;
        }
        Ok(())
    }
}

/// JSON texts as a list.
fn list(items: &[Arc<str>]) -> String {
    if items.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", items.join(",\n")) }
}

fn hints(unjudged: usize, fixable: usize) -> String {
    let mut text = String::new();
    if unjudged > 0 {
        text.push_str("best practice is judged once the errors are mended\n");
    }
    if fixable > 0 {
        let what = if fixable == 1 { "one of them" } else { "some of them" };
        text.push_str(&format!(
            "`keyplan check --fix` mends {what} and changes nobody's access; --diff shows how\n"
        ));
    }
    text
}

fn next_in_words(next: &Next, properties: usize) -> String {
    let place = if properties > 1 { format!(" at {}", next.property) } else { String::new() };
    let NextChange { day, reasons } = &next.change;
    format!(
        "next, access changes by itself on {day}{place}: {}; `keyplan diff --to {day}` tells how\n",
        reasons.join(", ")
    )
}

fn in_words(total: &Summary) -> String {
    let count = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    };
    let properties = count(total.properties, "property", "properties");
    let found: Vec<String> = [
        (total.errors, "error", "errors"),
        (total.warnings, "warning", "warnings"),
        (total.infos, "remark", "remarks"),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, one, many)| count(number, one, many))
    .collect();
    if found.is_empty() {
        format!("{properties} checked, nothing to mend\n")
    } else {
        format!("{properties} checked: {}\n", found.join(", "))
    }
}
