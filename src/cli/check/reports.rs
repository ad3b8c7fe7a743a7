//! Findings on their way to every output that was asked for.

use super::super::format::{Kind, Output};
use super::super::sink::Sink;
use super::super::{Failure, Global};
use crate::diagnostic::{Diagnostic, Level};
use crate::output::check::{Human, Summary, concise, finding, report};
use crate::source::Sources;

/// The outputs that were asked for; shared by all threads, which render.
pub(in crate::cli) struct Formats {
    outputs: Vec<Output>,
    human: Human,
}

/// The findings of one property, rendered.
pub(in crate::cli) struct Rendered {
    /// For each output, each finding.
    texts: Vec<Vec<String>>,
    counts: Summary,
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
        let property = (!property.is_empty()).then_some(property);
        let one = |kind: Kind, diagnostic: &Diagnostic| match kind {
            Kind::Concise => Ok(concise(diagnostic, sources)),
            Kind::Json => finding(diagnostic, sources, property),
            _ => Ok(self.human.render(diagnostic, sources)),
        };
        let mut texts = Vec::new();
        for output in &self.outputs {
            texts.push(
                diagnostics
                    .iter()
                    .map(|diagnostic| one(output.kind, diagnostic))
                    .collect::<Result<_, _>>()?,
            );
        }
        let count = |level| diagnostics.iter().filter(|diagnostic| diagnostic.level == level).count();
        let counts = Summary {
            properties: 0,
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            infos: count(Level::Info),
        };
        Ok(Rendered { texts, counts })
    }
}

/// One output.
struct Report {
    kind: Kind,
    sink: Sink,
    /// The findings of a document that is only written whole.
    held: Vec<String>,
}

/// Every output, written by one thread.
pub(in crate::cli) struct Reports(Vec<Report>);

impl Reports {
    pub(in crate::cli) fn open(formats: &Formats) -> Result<Self, Failure> {
        let open =
            |output: &Output| Ok(Report { kind: output.kind, sink: Sink::open(output)?, held: Vec::new() });
        formats.outputs.iter().map(open).collect::<Result<_, _>>().map(Self)
    }

    /// The first output alone, on standard error, for commands whose results are something else.
    pub(in crate::cli) fn beside(formats: &Formats) -> Self {
        let kind = formats.outputs.first().map_or(Kind::Human, |output| output.kind);
        Self(vec![Report { kind, sink: Sink::stderr(), held: Vec::new() }])
    }

    /// Takes the findings of one property and counts them.
    pub(in crate::cli) fn write(&mut self, rendered: Rendered, total: &mut Summary) -> Result<(), Failure> {
        let Rendered { texts, counts } = rendered;
        total.errors += counts.errors;
        total.warnings += counts.warnings;
        total.infos += counts.infos;
        for (report, texts) in self.0.iter_mut().zip(texts) {
            if report.kind == Kind::Json {
                report.held.extend(texts);
            } else {
                texts.iter().try_for_each(|text| report.sink.write(text))?;
            }
        }
        Ok(())
    }

    /// Ends every output, with how much was found.
    pub(in crate::cli) fn end(self, total: &Summary, quiet: u8) -> Result<(), Failure> {
        for mut report in self.0 {
            match report.kind {
                Kind::Json => report.sink.write(&self::report(&report.held, total)?)?,
                Kind::Human if quiet == 0 => report.sink.write(&in_words(total))?,
                _ => {}
            }
            report.sink.finish()?;
        }
        Ok(())
    }
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
