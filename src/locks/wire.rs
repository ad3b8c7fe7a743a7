//! Segments as every JSON document has them, written and read.

use serde::{Deserialize, Serialize};

use crate::time::{DAYS, Day, Minute, Segment, Week, Windows};

/// A segment: half-open local date-times, `null` without bound, and windows.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WireSegment {
    from: Option<String>,
    until: Option<String>,
    weekly: Vec<WireWindow>,
    holidays: Vec<WireWindow>,
    holidays_closed: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireWindow {
    day: String,
    from: String,
    to: String,
}

impl From<&Segment> for WireSegment {
    fn from(segment: &Segment) -> Self {
        let Segment { from, until, weekly, holidays, holidays_closed } = segment;
        let moment = |minute: &Option<Minute>| minute.map(|minute| minute.to_string());
        let window =
            |day: String, (from, to): &(u16, u16)| WireWindow { day, from: time(*from), to: time(*to) };
        let mut weekly_windows = Vec::new();
        for (number, name) in DAYS.iter().enumerate() {
            weekly_windows
                .extend(weekly.day(number).as_slice().iter().map(|one| window((*name).to_owned(), one)));
        }
        let holiday = |(day, open): &(Day, Windows)| {
            let windows: Vec<_> = open.as_slice().iter().map(|one| window(day.to_string(), one)).collect();
            windows
        };
        Self {
            from: moment(from),
            until: moment(until),
            weekly: weekly_windows,
            holidays: holidays.iter().flat_map(holiday).collect(),
            holidays_closed: holidays_closed.iter().map(ToString::to_string).collect(),
        }
    }
}

impl TryFrom<WireSegment> for Segment {
    type Error = String;

    fn try_from(wire: WireSegment) -> Result<Self, String> {
        let moment = |text: Option<String>| {
            text.map(|text| Minute::parse_start(&text).map_err(|_| format!("`{text}` is no date-time")))
                .transpose()
        };
        let date = |text: &str| Day::parse(text).map_err(|_| format!("`{text}` is no date"));
        let mut days: [Vec<(u16, u16)>; 7] = Default::default();
        for window in &wire.weekly {
            let day = DAYS.iter().position(|name| *name == window.day);
            let day = day.ok_or_else(|| format!("`{}` is no day of the week", window.day))?;
            days[day].push(window.minutes()?);
        }
        let mut holidays: Vec<(Day, Vec<(u16, u16)>)> = Vec::new();
        for window in &wire.holidays {
            let (day, minutes) = (date(&window.day)?, window.minutes()?);
            match holidays.last_mut() {
                Some((last, windows)) if *last == day => windows.push(minutes),
                _ => holidays.push((day, vec![minutes])),
            }
        }
        Ok(Self {
            from: moment(wire.from)?,
            until: moment(wire.until)?,
            weekly: Week::of_days(&days.map(Windows::new)),
            holidays: holidays.into_iter().map(|(day, windows)| (day, Windows::new(windows))).collect(),
            holidays_closed: wire.holidays_closed.iter().map(|day| date(day)).collect::<Result<_, _>>()?,
        })
    }
}

impl WireWindow {
    fn minutes(&self) -> Result<(u16, u16), String> {
        let minute = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let two = |text: &str| (text.len() == 2).then(|| text.parse::<u16>().ok()).flatten();
            let (hour, minute) = (two(hour)?, two(minute)?);
            (minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
        };
        let read = |text: &str| minute(text).ok_or_else(|| format!("`{text}` is no time of day"));
        let (from, to) = (read(&self.from)?, read(&self.to)?);
        if from >= to {
            return Err(format!("the window {}-{} ends before it begins", self.from, self.to));
        }
        Ok((from, to))
    }
}

/// A minute of the day, as `08:00`; the end of a day is `24:00`.
#[must_use]
pub fn time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
