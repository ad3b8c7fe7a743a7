//! The minutes that a question is about: a moment, a time that comes every week, or a holiday.

use crate::model::{Property, nearest};
use crate::time::clocks::skipped;
use crate::time::{DAYS, DateError, Day, Interval, Minute, TimeSet, Week, Windows};

/// Minutes that somebody asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The minutes, from the as-of day on unless a date was named; never empty.
    pub minutes: TimeSet,
    /// In the words of the question.
    pub text: String,
}

/// How much of what was asked is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// None of it.
    Never,
    /// All of it.
    Always,
    /// These minutes.
    Sometimes(TimeSet),
}

impl Asked {
    /// Reads what was asked: `2026-12-24T18:00`, `2026-12-24`, `fri 23:00`, `fri`, `23:00`, or the name of a holiday, which
    /// may have a time behind it. What names no date is asked of every date from the as-of day on.
    ///
    /// # Errors
    /// In words, when it is none of these, or when clocks never show it.
    pub fn parse(text: &str, property: &Property) -> Result<Self, String> {
        let words = text.trim();
        let asked = |minutes: TimeSet| Ok(Self { minutes, text: words.to_owned() });
        let ahead = Interval::new(Some(property.as_of.start()), None);
        match Minute::parse_start(words) {
            Ok(minute) if words.len() == 10 => return asked(whole_day(minute.day())),
            Ok(minute) => return Self::moment(minute, words, property),
            Err(DateError::Malformed) => {}
            Err(_) => return Err(format!("`{words}` is on no calendar, or before 1900 or after 2999")),
        }
        let (name, time) = match words.rsplit_once(' ') {
            Some((name, last)) if time(last).is_some() => (name.trim(), time(last)),
            _ if time(words).is_some() => ("", time(words)),
            _ => (words, None),
        };
        let windows = time.map_or_else(|| Windows::one(0, 1440), |minute| Windows::one(minute, minute + 1));
        if name.is_empty() {
            let days: [Windows; 7] = std::array::from_fn(|_| windows.clone());
            return asked(TimeSet::weekly(Week::of_days(&days)).clip(ahead));
        }
        let lower = name.to_lowercase();
        if let Some(day) = DAYS.iter().position(|day| lower.starts_with(day) && is_weekday(&lower)) {
            return asked(TimeSet::weekly(Week::of_day(day, &windows)).clip(ahead));
        }
        let named = |span| property.text(span).to_lowercase() == lower;
        let holidays = property.holidays.iter().filter(|holiday| holiday.name.is_some_and(named));
        let minutes = holidays.fold(TimeSet::never(), |all, holiday| {
            all.union(
                &TimeSet::weekly(Week::of_day(holiday.day.weekday(), &windows))
                    .clip(Interval::of_day(holiday.day)),
            )
        });
        if !minutes.is_empty() {
            return asked(minutes);
        }
        let names =
            property.holidays.iter().filter_map(|holiday| holiday.name).map(|name| property.text(name));
        let meant = nearest(name, names).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        Err(format!(
            "`{words}` is no time: write `2026-12-24T18:00`, `2026-12-24`, `fri 23:00`, or the name of a holiday of the property{meant}"
        ))
    }

    fn moment(minute: Minute, words: &str, property: &Property) -> Result<Self, String> {
        let zone = property.timezone;
        if let Some(shift) = skipped(zone, minute) {
            let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
            return Err(format!(
                "there is no `{words}` in {zone}: on {} clocks go forward from {} to {}",
                shift.day,
                clock(shift.from),
                clock(shift.to)
            ));
        }
        let minutes = TimeSet::always().clip(Interval::new(Some(minute), Some(Minute(minute.0 + 1))));
        Ok(Self { minutes, text: words.to_owned() })
    }

    /// How much of what was asked is in a set.
    #[must_use]
    pub fn of(&self, times: &TimeSet) -> Granted {
        let granted = self.minutes.intersection(times);
        if granted.is_empty() {
            Granted::Never
        } else if self.minutes.difference(times).is_empty() {
            Granted::Always
        } else {
            Granted::Sometimes(granted)
        }
    }
}

fn whole_day(day: Day) -> TimeSet {
    TimeSet::always().clip(Interval::of_day(day))
}

/// A minute of the day.
fn time(text: &str) -> Option<u16> {
    let [h1, h2, b':', m1, m2] = text.as_bytes() else { return None };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let (hours, minutes) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn is_weekday(word: &str) -> bool {
    const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    DAYS.contains(&word) || NAMES.contains(&word)
}
