//! Holidays and schedules: days, windows, and which of them cannot be.

use super::names::nearest;
use super::{Lower, Section};
use crate::diagnostic::{Diagnostic, Kind};
use crate::model::{Holiday, Schedule, ScheduleId};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::time::{DAYS, Schedule as Hours, Window};

/// The place of `holidays` after the seven days.
const HOLIDAYS: usize = 7;

impl<'a> Lower<'a> {
    /// `holidays:`
    pub(super) fn holidays(&mut self, sections: &[Section<'a>]) {
        let mut holidays: Vec<Holiday> = Vec::new();
        for (key, value) in self.entries(sections, "holidays") {
            let Some(span) = self.text_of(key, || "`holidays` takes dates, each with its name".into()) else {
                continue;
            };
            let Some(day) = self.day(key, span) else { continue };
            let name = match value.kind() {
                NodeKind::Null => None,
                _ => self.text(key, value),
            };
            match holidays.iter().find(|known| known.day == day) {
                Some(first) => {
                    let message = format!("the holiday `{}` is written twice", self.get(span));
                    let first = first.span;
                    self.report(
                        Diagnostic::new(Kind::REPEATED_ID, key.span(), message)
                            .related(first, "the first one"),
                    );
                }
                None => holidays.push(Holiday { day, span, name }),
            }
        }
        holidays.sort_by_key(|holiday| holiday.day);
        self.property.holidays = holidays;
    }

    /// `schedules:`
    pub(super) fn schedules(&mut self, sections: &[Section<'a>]) {
        for (key, value) in self.entries(sections, "schedules") {
            let Some(id) = self.id(key, "a schedule", "always") else {
                self.spaces.schedules.lose(key.scalar().unwrap_or_default());
                continue;
            };
            let (hours, written) = self.hours(key, value);
            let Self { texts, property, spaces, .. } = self;
            let number = property.schedules.len() as u32;
            property.schedules.push(Schedule { id, hours, written, used: false });
            let schedules = &property.schedules;
            let known = spaces
                .schedules
                .insert(texts.get(id), number, |known| texts.get(schedules[known as usize].id));
            if let Err(first) = known {
                self.property.schedules.pop();
                self.repeated_id(id, "schedule", self.property.schedules[first as usize].id);
            }
        }
    }

    fn hours(&mut self, key: Node<'a>, value: Node<'a>) -> (Hours, [Option<Span>; 8]) {
        let mut hours = Hours::default();
        let mut written = [None; 8];
        match value.kind() {
            NodeKind::Mapping => {}
            NodeKind::Lost => return (hours, written),
            NodeKind::Null => {
                let message = format!("the schedule `{}` has no days", key.scalar().unwrap_or_default());
                self.report(
                    Diagnostic::new(Kind::MISSING_FIELD, key.span(), message)
                        .help("write the days and hours below it, as `mon-fri: 08:00-18:00`"),
                );
                return (hours, written);
            }
            _ => {
                self.wrong_shape(value, "a schedule has days and hours, as `mon-fri: 08:00-18:00`");
                return (hours, written);
            }
        }
        // Where each day was mentioned first.
        let mut mentioned: [Option<Span>; 8] = [None; 8];
        for (key, value) in value.entries() {
            let days = self.days(key, &mut mentioned);
            let windows = self.windows(key, value);
            for day in days {
                written[day] = Some(value.span());
                match day {
                    HOLIDAYS => hours.holidays = Some(windows.clone()),
                    day => hours.weekly[day].clone_from(&windows),
                }
            }
        }
        (hours, written)
    }

    /// The days that a line is for.
    fn days(&mut self, key: Node<'a>, mentioned: &mut [Option<Span>; 8]) -> Vec<usize> {
        let Some(span) = self.text_of(key, || "a line of a schedule begins with days".into()) else {
            return Vec::new();
        };
        let text = self.get(span).to_owned();
        let mut days = Vec::new();
        let mut repeated: Vec<&str> = Vec::new();
        let mut first = None;
        for word in text.split(',').map(str::trim) {
            let Some(found) = days_of(word) else {
                self.unknown_days(key, &text, word);
                continue;
            };
            for day in found {
                if let Some(place) = mentioned[day] {
                    repeated.push(if day == HOLIDAYS { "holidays" } else { DAYS[day] });
                    first.get_or_insert(place);
                } else {
                    mentioned[day] = Some(key.span());
                    days.push(day);
                }
            }
        }
        if let Some(first) = first {
            let days = repeated.iter().map(|day| format!("`{day}`")).collect::<Vec<_>>().join(", ");
            let verb = if repeated.len() == 1 { "is" } else { "are" };
            let diagnostic = Diagnostic::new(
                Kind::BAD_DAYS,
                key.span(),
                format!("{days} {verb} mentioned twice in this schedule"),
            )
            .help("give each day one line; several windows stand in a list, as `[08:00-12:00, 13:00-18:00]`");
            self.report(if first == key.span() {
                diagnostic
            } else {
                diagnostic.related(first, "mentioned here first")
            });
        }
        days
    }

    fn unknown_days(&mut self, key: Node<'a>, text: &str, word: &str) {
        let known = || DAYS.into_iter().chain(["daily", "weekdays", "weekends", "holidays"]);
        let message = if text == word {
            format!("`{word}` is no day of a schedule")
        } else {
            format!("`{word}` in `{text}` is no day of a schedule")
        };
        let diagnostic = Diagnostic::new(Kind::BAD_DAYS, key.span(), message);
        // A range is wrong in one of its ends; a long name is known by its first three letters.
        let mend = |part: &str| {
            let lower = part.trim().to_lowercase();
            let short: String = lower.chars().take(3).collect();
            if let Some(day) = DAYS.iter().find(|day| **day == short)
                && lower.ends_with("day")
            {
                return Some((*day).to_owned());
            }
            nearest(&lower, known()).map(str::to_owned)
        };
        let meant = match word.split_once('-') {
            Some((from, to)) => mend(from).zip(mend(to)).map(|(from, to)| format!("{from}-{to}")),
            None => mend(word),
        };
        self.report(match meant.filter(|meant| days_of(meant).is_some()) {
            Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
            None => diagnostic.help(
                "days are mon tue wed thu fri sat sun, ranges as mon-fri, lists as `fri, sat`, and daily, weekdays, weekends, holidays",
            ),
        });
    }

    /// The windows of a line.
    fn windows(&mut self, key: Node<'a>, value: Node<'a>) -> Vec<Window> {
        let mut windows = Vec::new();
        let what = format!("`{}`", key.scalar().unwrap_or_default());
        let alone = value.kind() == NodeKind::Scalar;
        if value.kind() == NodeKind::Null {
            let message = format!("no hours stand behind {what}");
            self.report(Diagnostic::new(Kind::WRONG_SHAPE, key.span(), message).help(
                "write hours or `closed`; within `{ }` several days go into quotes, as `\"fri, sat\": 09:00-18:00`",
            ));
            return windows;
        }
        self.one_or_many(&what, value, |lower, span, item| {
            if lower.get(span) == "closed" {
                if !alone {
                    let message = "`closed` stands among hours here".to_owned();
                    lower.report(
                        Diagnostic::new(Kind::BAD_TIME, item.span(), message)
                            .help("write `closed` alone, or only the hours"),
                    );
                }
                return;
            }
            match window(lower.get(span)) {
                Ok(window) => windows.push(window),
                Err((message, help)) => {
                    lower.report(Diagnostic::new(Kind::BAD_TIME, item.span(), message).help(help));
                }
            }
        });
        if value.kind() == NodeKind::Sequence && value.items().next().is_none() {
            let message = format!("{what} has an empty list of hours");
            self.report(Diagnostic::new(Kind::BAD_TIME, value.span(), message).help("write `closed`"));
        }
        windows
    }

    /// The schedule of a reference; the outer `None` when it names nothing, which is reported.
    pub(super) fn schedule(&mut self, span: Span) -> Option<Option<ScheduleId>> {
        let name = self.get(span);
        if name == "always" {
            return Some(None);
        }
        let found =
            self.spaces.schedules.find(name, |number| self.get(self.property.schedules[number as usize].id));
        if found.is_none() && !self.spaces.schedules.may_be_lost(name) {
            let name = name.to_owned();
            if window(&name).is_ok() {
                let message = format!("`{name}` are hours; a schedule is named here");
                let help = "write the hours under `schedules:` with a name, and the name here";
                self.report(Diagnostic::new(Kind::UNKNOWN_NAME, span, message).help(help));
                return None;
            }
            let near = self.near(&name, |lower| {
                let known = lower.property.schedules.iter().map(|schedule| lower.get(schedule.id));
                nearest(&name, known.chain(["always"])).map(str::to_owned)
            });
            self.unknown(span, &name, "schedule", near, "list it under `schedules:`");
        }
        found.map(|number| {
            self.property.schedules[number as usize].used = true;
            Some(ScheduleId(number))
        })
    }
}

/// A week as texts name it that are no YAML: `mon-fri 08:00-18:00; sat 10:00-12:00 13:00-18:00`, or `always`.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn week_of(text: &str) -> Result<Hours, String> {
    let mut hours = Hours::default();
    if text.trim() == "always" {
        hours.weekly = std::array::from_fn(|_| vec![Window { from: 0, to: 1440 }]);
        return Ok(hours);
    }
    let form = "hours are `always`, or days with windows, as `mon-fri 08:00-18:00; sat 10:00-14:00`";
    for part in text.split(';') {
        let mut words = part.split_whitespace();
        let named = words.next().unwrap_or_default();
        let days = days_of(named).filter(|days| !days.contains(&HOLIDAYS));
        let days = days.ok_or_else(|| format!("`{named}` is no day of the week; {form}"))?;
        let windows = words.map(window).collect::<Result<Vec<_>, _>>();
        let windows = windows.map_err(|(what, help)| format!("{what}; {help}"))?;
        if windows.is_empty() {
            return Err(format!("no hours stand behind `{named}`; {form}"));
        }
        days.into_iter().for_each(|day| hours.weekly[day].extend(&windows));
    }
    Ok(hours)
}

/// The days of a word; `None` when it is none.
fn days_of(word: &str) -> Option<Vec<usize>> {
    let day = |name: &str| DAYS.iter().position(|known| *known == name.trim());
    match word {
        "daily" => return Some((0..7).collect()),
        "weekdays" => return Some((0..5).collect()),
        "weekends" => return Some(vec![5, 6]),
        "holidays" => return Some(vec![HOLIDAYS]),
        _ => {}
    }
    let Some((from, to)) = word.split_once('-') else { return day(word).map(|day| vec![day]) };
    let (from, to) = (day(from)?, day(to)?);
    let length = (to + 7 - from) % 7 + 1;
    Some((from..from + length).map(|day| day % 7).collect())
}

type Flaw = (String, &'static str);

/// A window as it is written, `HH:MM-HH:MM`.
fn window(text: &str) -> Result<Window, Flaw> {
    const FORM: &str = "write hours as `08:00-18:00`, from 00:00 to 24:00";
    let malformed = || (format!("`{text}` is no window of hours"), FORM);
    if text.contains(',') {
        return Err((
            format!("`{text}` are several windows"),
            "write them as a list: `[08:00-12:00, 13:00-18:00]`",
        ));
    }
    let (from, to) = text.split_once('-').ok_or_else(malformed)?;
    let from_text = from.trim();
    let to_text = to.trim();
    let time = |part: &str| match time(part) {
        Some(minute) if minute <= 1440 => Ok(minute),
        Some(_) => Err((format!("there is no `{part}` on a clock"), "a day ends at 24:00")),
        None => Err(malformed()),
    };
    let (from, to) = (time(from_text)?, time(to_text)?);
    if from == 1440 {
        return Err((format!("no window begins at `{from_text}`"), "begin it at 00:00 of the next day"));
    }
    if from == to {
        return Err((
            format!("`{text}` begins and ends at the same minute"),
            "for the whole day write `00:00-24:00`; for no hours write `closed`",
        ));
    }
    if to == 0 {
        // As written it would run into the next day for no minute at all.
        return Ok(Window { from, to: 1440 });
    }
    Ok(Window { from, to })
}

/// Minutes since midnight of `HH:MM`; more than 1440 for a time that no clock shows.
fn time(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if hours.len() != 2 || minutes.len() != 2 || !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    Some(if minutes < 60 { hours * 60 + minutes } else { u16::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_run_over_the_end_of_the_week() {
        assert_eq!(days_of("sat-mon"), Some(vec![5, 6, 0]));
        assert_eq!(days_of("mon-fri"), Some(vec![0, 1, 2, 3, 4]));
        assert_eq!(days_of("mon-mon"), Some(vec![0]));
        assert_eq!(days_of("monday"), None);
    }

    #[test]
    fn windows_are_clock_times() {
        assert_eq!(window("08:00-18:00"), Ok(Window { from: 480, to: 1080 }));
        assert_eq!(window("22:00-06:00"), Ok(Window { from: 1320, to: 360 }));
        assert_eq!(window("22:00-00:00"), Ok(Window { from: 1320, to: 1440 }));
        for bad in [
            "25:00-26:00",
            "08:00-08:00",
            "8-18",
            "08:60-09:00",
            "24:00-06:00",
            "08:00",
            "00:00-24:01",
            "8:00-18:00",
        ] {
            assert!(window(bad).is_err(), "{bad}");
        }
    }
}
