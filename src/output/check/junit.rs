//! JUnit reports: a suite for each property, a failed case for each error or warning, a skipped one for each remark.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::concise;
use crate::diagnostic::{Diagnostic, Level};
use crate::source::Sources;

/// The findings of one property as a suite, called by its id or the path of its first file. A property without
/// findings has one case that passed.
#[must_use]
pub fn suite(name: &str, diagnostics: &[Diagnostic], sources: &Sources) -> TestSuite {
    let mut suite = TestSuite::new(name);
    for diagnostic in diagnostics {
        let mut status = match diagnostic.level {
            Level::Error | Level::Warning => TestCaseStatus::non_success(NonSuccessKind::Failure),
            Level::Info => TestCaseStatus::skipped(),
        };
        status.set_type(diagnostic.level.name());
        status.set_message(diagnostic.message.as_str());
        status.set_description(concise(diagnostic, sources).trim_end());
        let place = sources.place(diagnostic.span);
        let case_name = place.map_or_else(
            || diagnostic.kind.name.to_owned(),
            |place| format!("{} {}:{}:{}", diagnostic.kind.name, place.file, place.line, place.column),
        );
        let mut case = TestCase::new(case_name, status);
        case.set_classname(format!("keyplan.{}", diagnostic.kind.name));
        suite.add_test_case(case);
    }
    if diagnostics.is_empty() {
        let mut case = TestCase::new("keyplan check", TestCaseStatus::success());
        case.set_classname("keyplan");
        suite.add_test_case(case);
    }
    suite
}

/// The whole report.
///
/// # Errors
/// Never in practice: what is written is texts.
pub fn junit(suites: Vec<TestSuite>) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("keyplan");
    report.add_test_suites(suites);
    report.to_string().map(|text| without_skipped_in_all(&text))
}

/// The schema of Jenkins has no count of skipped cases for all suites together, and refuses a report with one.
fn without_skipped_in_all(text: &str) -> String {
    let Some(start) = text.find("<testsuites ") else { return text.to_owned() };
    let end = text[start..].find('>').map_or(text.len(), |length| start + length);
    let Some(at) = text[start..end].find(" skipped=\"") else { return text.to_owned() };
    let from = start + at;
    let value = from + " skipped=\"".len();
    let to = text[value..end].find('"').map_or(value, |length| value + length + 1);
    format!("{}{}", &text[..from], &text[to..])
}
