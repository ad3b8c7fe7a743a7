//! The language version, and which property it is.

use super::names::nearest;
use super::{Lower, Section};
use crate::diagnostic::{Diagnostic, Kind, Level};
use crate::model::language::PropertyField;
use crate::model::shape::Fields;
use crate::source::Span;
use crate::syntax::Node;

impl<'a> Lower<'a> {
    /// `keyplan: 1`, which every file may say and one must.
    pub(super) fn version(&mut self, sections: &[Section<'a>]) {
        for section in sections {
            let Some(span) = self.text(section.key, section.value) else { continue };
            if self.get(span) != "1" {
                let message = format!(
                    "`keyplan: {}` names a version of the language that is not known here",
                    self.get(span)
                );
                self.report(
                    Diagnostic::new(Kind::UNKNOWN_VERSION, section.value.span(), message)
                        .help("write `keyplan: 1`"),
                );
            }
        }
        if sections.is_empty() && !self.sections_lost("keyplan") {
            let mut diagnostic = Diagnostic::new(
                Kind::UNKNOWN_VERSION,
                self.top(),
                "this property does not say which version of the language it is written in",
            )
            .help("write `keyplan: 1` at the top of the file");
            diagnostic.level = Level::Warning;
            self.report(diagnostic);
        }
    }

    /// `property:`, whose fields may stand in several files but each only once.
    pub(super) fn header(&mut self, sections: &[Section<'a>]) {
        let mut first_of: [Option<Span>; 8] = [None; 8];
        let Some(first) = sections.first() else {
            if !self.sections_lost("property") {
                let diagnostic = Diagnostic::new(
                    Kind::MISSING_FIELD,
                    self.top(),
                    "this property has no `property:` section",
                )
                .help("begin with `property: { id: my-building, timezone: America/New_York }`");
                self.report(diagnostic);
            }
            return;
        };
        // One mapping written in several files is still one: what one file misses another may have.
        let several = sections.len() > 1;
        for section in sections {
            let owner = section.key.span();
            let before = self.diagnostics.len();
            self.fields(owner, section.value, |lower, field: PropertyField, key, value| {
                let slot = &mut first_of[field.index()];
                if let Some(first) = *slot {
                    let message =
                        format!("`{}` is written twice for this property", key.scalar().unwrap_or_default());
                    lower.report(
                        Diagnostic::new(Kind::REPEATED_FIELD, key.span(), message)
                            .related(first, "the first one"),
                    );
                    return;
                }
                *slot = Some(key.span());
                match field {
                    PropertyField::Id => {
                        if let Some(span) =
                            lower.text(key, value).and_then(|_| lower.id(value, "a property", ""))
                        {
                            lower.property.id = span;
                        }
                    }
                    PropertyField::Name => lower.property.name = lower.text(key, value),
                    PropertyField::Timezone => lower.timezone(key, value),
                    PropertyField::Description | PropertyField::Address => {
                        lower.text(key, value);
                    }
                }
            });
            if several {
                let mut index = 0;
                self.diagnostics.retain(|diagnostic| {
                    index += 1;
                    index <= before || diagnostic.kind != Kind::MISSING_FIELD
                });
            }
        }
        if several {
            for field in PropertyField::SHAPE
                .fields
                .iter()
                .enumerate()
                .filter(|(i, f)| f.required && first_of[*i].is_none())
            {
                let message = format!("a property needs `{}`, which is missing here", field.1.name);
                self.report(
                    Diagnostic::new(Kind::MISSING_FIELD, first.key.span(), message).help(field.1.doc),
                );
            }
        }
    }

    fn timezone(&mut self, key: Node<'a>, value: Node<'a>) {
        let Some(span) = self.text(key, value) else { return };
        let name = self.get(span).to_owned();
        match name.parse() {
            Ok(zone) => self.property.timezone = zone,
            Err(_) => {
                let message = format!("there is no time zone `{name}`");
                let diagnostic = Diagnostic::new(Kind::UNKNOWN_TIMEZONE, value.span(), message);
                let near = nearest(&name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()))
                    .or_else(|| by_city(&name));
                self.report(match near {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                    None => diagnostic
                        .help("write the IANA name of the zone, as America/New_York or Europe/Berlin"),
                });
            }
        }
    }
}

/// The zone whose last part is the city that somebody wrote, with a blank or without its continent.
fn by_city(name: &str) -> Option<&'static str> {
    let city = name.rsplit('/').next()?.replace(' ', "_").to_lowercase();
    chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        .find(|zone| zone.rsplit('/').next().is_some_and(|last| last.to_lowercase() == city))
}
