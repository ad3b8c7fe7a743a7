//! `keyplan.yaml`: the settings of a portfolio.

use super::names::nearest;
use super::{Lower, Section};
use crate::diagnostic::{self, Diagnostic, Kind};
use crate::model::language::{LimitsField, ProviderField, RuleSettingsField, SettingsField, StateField};
use crate::model::settings::{KnownRule, Provider, Settings};
use crate::source::{Made, Sources, Span};
use crate::syntax::{Node, NodeKind, Tree};

const PROFILES: &[&str] = &["home", "managed", "high-security"];
const LEVELS: &[&str] = &["error", "warning", "info", "off"];

/// Lowers `keyplan.yaml`, the only file of `sources`. An empty file is a file without settings. `rules` are the
/// rules that there are.
#[must_use]
pub fn lower_settings(sources: &Sources, tree: &Tree, rules: &[KnownRule]) -> (Settings, Vec<Diagnostic>) {
    let mut lower = Lower::new(sources, Made::default(), None);
    let mut settings = Settings::default();
    if let Some(root) = tree.root(sources.text()) {
        lower.settings(root, rules, &mut settings);
    }
    let mut diagnostics = lower.diagnostics;
    let made = lower.texts.made;
    diagnostic::sort(&mut diagnostics, |span| if span.is_made() { made.origin(span) } else { span });
    (settings, diagnostics)
}

impl<'a> Lower<'a> {
    fn settings(&mut self, root: Node<'a>, rules: &[KnownRule], settings: &mut Settings) {
        if !matches!(root.kind(), NodeKind::Mapping | NodeKind::Null | NodeKind::Lost) {
            self.wrong_shape(root, "keyplan.yaml has sections, as `rules:` and `providers:`");
            return;
        }
        let top = self.first_line(root.span());
        self.fields(top, root, |lower, field, key, value| match field {
            SettingsField::Keyplan => lower.version(&[Section { key, value }]),
            SettingsField::Rules => lower.rule_settings(key, value, rules, settings),
            SettingsField::Limits => lower.limits(key, value, settings),
            SettingsField::State => {
                lower.fields(key.span(), value, |lower, field, key, value| match field {
                    StateField::Backend => {
                        lower.choice(key, value, &["sqlite"], |word| (word == "sqlite").then_some(()));
                    }
                    StateField::Path => settings.state_path = lower.owned(key, value),
                });
            }
            SettingsField::Providers => lower.provider_settings(key, value, settings),
        });
    }

    fn owned(&mut self, key: Node<'a>, value: Node<'a>) -> Option<String> {
        self.text(key, value).map(|span| self.get(span).to_owned())
    }

    /// The name of a variable of the environment. What is none is not repeated: it may be the secret itself.
    fn variable(&mut self, key: Node<'a>, value: Node<'a>) -> Option<String> {
        let name = self.owned(key, value)?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if name.chars().all(plain)
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && !name.is_empty()
        {
            return Some(name);
        }
        let message = "`key-variable` names a variable of the environment, as SEAM_API_KEY";
        let help = "a key itself has no place in this file: whoever reads it could open the doors";
        self.report(Diagnostic::new(Kind::BAD_VALUE, value.span(), message).help(help));
        None
    }

    fn rule_settings(
        &mut self,
        key: Node<'a>,
        value: Node<'a>,
        rules: &[KnownRule],
        settings: &mut Settings,
    ) {
        let word = |words: &'static [&'static str]| {
            move |text: &str| words.iter().find(|w| **w == text).map(|w| (*w).to_owned())
        };
        self.fields(key.span(), value, |lower, field, key, value| match field {
            RuleSettingsField::Profile => {
                settings.profile = lower.choice(key, value, PROFILES, word(PROFILES))
            }
            RuleSettingsField::Levels => {
                let mut named: Vec<(String, Span)> = Vec::new();
                for (rule, level) in lower.entries(&[Section { key, value }], "levels") {
                    let Some(span) = lower.text_of(rule, || "`levels` takes rules".into()) else { continue };
                    let written = lower.get(span).to_owned();
                    let known = rules.iter().find(|known| known.name == written || known.code == written);
                    let Some(known) = known else {
                        let names = rules.iter().flat_map(|known| [known.name, known.code]);
                        lower.unknown_name(span, "rule", names, "`keyplan rules` lists them all");
                        continue;
                    };
                    let name = known.name.to_owned();
                    if known.fixed || known.binding && level.scalar() == Some("off") {
                        let (message, help) = if known.fixed {
                            (
                                format!(
                                    "`{written}` has no level: what a property asserts holds or does not"
                                ),
                                "take this line out",
                            )
                        } else {
                            (
                                format!("`{written}` cannot be turned off: it is about life safety"),
                                "set it to `warning` or `info` at the least",
                            )
                        };
                        lower.report(Diagnostic::new(Kind::BAD_VALUE, level.span(), message).help(help));
                        continue;
                    }
                    if let Some((_, first)) = named.iter().find(|(known, _)| *known == name) {
                        let message = format!("the rule `{name}` has a level already");
                        let diagnostic = Diagnostic::new(Kind::REPEATED_FIELD, rule.span(), message);
                        lower.report(diagnostic.related(*first, "the first one").help("keep one of the two"));
                    } else if let Some(level) = lower.choice(rule, level, LEVELS, word(LEVELS)) {
                        named.push((name.clone(), rule.span()));
                        settings.levels.push((name, level));
                    }
                }
            }
        });
    }

    fn limits(&mut self, key: Node<'a>, value: Node<'a>, settings: &mut Settings) {
        let percent = |text: &str| {
            let number: u8 = text.strip_suffix('%')?.trim_end().parse().ok()?;
            (number <= 100).then_some(number)
        };
        self.fields(key.span(), value, |lower, field, key, value| match field {
            LimitsField::RevokeShare => {
                settings.revoke_share = lower.form(key, value, "a share, as 30%", percent)
            }
            LimitsField::RevokeCount => {
                settings.revoke_count =
                    lower.whole(key, value, 0, 1_000_000).and_then(|count| u32::try_from(count).ok());
            }
        });
    }

    fn provider_settings(&mut self, key: Node<'a>, value: Node<'a>, settings: &mut Settings) {
        let mut known: Vec<(String, Span)> = Vec::new();
        for (key, value) in self.entries(&[Section { key, value }], "providers") {
            let (mut kind, mut path, mut address, mut key_variable, mut plain) =
                (None, None, None, None, false);
            self.fields(key.span(), value, |lower, field, key, value| match field {
                ProviderField::Kind => kind = lower.owned(key, value),
                ProviderField::Path => path = lower.owned(key, value),
                ProviderField::Address => address = lower.owned(key, value),
                ProviderField::KeyVariable => key_variable = lower.variable(key, value),
                ProviderField::Plain => plain = lower.truth(key, value) == Some(true),
                ProviderField::Description => {
                    lower.text(key, value);
                }
            });
            let Some(id) = self.id(key, "a provider", "") else { continue };
            let name = self.get(id).to_owned();
            if let Some((_, first)) = known.iter().find(|(other, _)| *other == name) {
                self.repeated_id(id, "provider", *first);
                continue;
            }
            known.push((name.clone(), id));
            // Which kinds there are, the providers know; here only what is plainly a slip is told.
            if let Some(kind) = kind {
                if kind != "files" && nearest(&kind, std::iter::once("files")).is_some() {
                    let message = format!("there is no kind of provider `{kind}`");
                    self.report(
                        Diagnostic::new(Kind::BAD_VALUE, value.span(), message).help("did you mean `files`?"),
                    );
                }
                settings.providers.push(Provider { id: name, kind, path, address, key_variable, plain });
            }
        }
    }
}
