//! From times to programs that a lock can hold.

use super::{Held, Limits, Program, Ways, next_dates, slots};
use crate::access::TimesId;
use crate::model::Capability;
use crate::tables::Tables;
use crate::time::{Day, Interval, Minute, Segment, TimeSet, Week, Windows};

/// Why a lock cannot hold some access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// It knows no hours.
    NoSchedules,
    /// A week has more windows than it holds for one entry.
    Windows {
        /// So many the week has, as this lock counts.
        has: u32,
        /// So many fit.
        most: u32,
    },
    /// A window of the week is a single minute, as it counts them.
    OneMinute,
    /// It opens by doorcode only, and there is none.
    CodeOnly,
    /// It knows no sharing.
    NoSharing,
    /// It keeps one window at a time, and a day has more than one.
    OneAtATime,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSchedules => {
                f.write_str("the lock keeps no hours: access at every hour would fit, or none; a lock that keeps hours would fit too")
            }
            Self::Windows { has, most } => write!(
                f,
                "the week has {has} windows as this lock counts them, and it keeps {most}: hours with fewer windows would fit"
            ),
            Self::OneMinute => f.write_str(
                "the lock keeps no window of a single minute, as the first one after midnight of hours that end at 00:01: hours without it would fit",
            ),
            Self::CodeOnly => f.write_str("the lock opens by doorcode only: a key with doorcodes would fit"),
            Self::NoSharing => {
                f.write_str("the lock knows no sharing: guests need a key of their own")
            }
            Self::OneAtATime => f.write_str(
                "the lock keeps one window of dates at a time, and some day has more than one: hours with at most one window on each day, and none that run past midnight twice in a row, would fit",
            ),
        }
    }
}

/// How far a lock holds what the property says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// To the minute, in one entry.
    Exact,
    /// To the minute, in several entries or windows.
    Split,
    /// To the minute as long as keyplan comes back by this day.
    NeedsApply(Day),
    /// Not at all.
    Refused(Refusal),
}

impl Verdict {
    /// The word of every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Split => "split",
            Self::NeedsApply(_) => "needs-apply",
            Self::Refused(_) => "refused",
        }
    }
}

/// What a lock stores for a set of minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// A program for each entry that it takes; none when nothing is stored now.
    pub programs: Vec<Program>,
    /// How far that is what was asked.
    pub verdict: Verdict,
}

/// What a lock stores for one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lowered {
    /// The entries; their programs are indices into `programs`.
    pub entries: Vec<Held>,
    /// The programs of the entries.
    pub programs: Vec<Program>,
    /// How far each capability is held; `None` for one that is not asked for. In the order of [`Capability::ALL`].
    pub verdicts: [Option<Verdict>; 3],
}

/// What a lock stores for somebody who has each capability at these times.
#[must_use]
pub fn lower(tables: &Tables, times: [Option<TimesId>; 3], limits: &Limits, today: Day) -> Lowered {
    let mut lowered = Lowered::default();
    let mut groups: Vec<(TimesId, Ways)> = Vec::new();
    for (capability, times) in Capability::ALL.into_iter().zip(times) {
        let Some(times) = times else { continue };
        let refusal = match capability {
            Capability::Unlock if !limits.unlock => Some(Refusal::CodeOnly),
            Capability::Share if !limits.share => Some(Refusal::NoSharing),
            _ => None,
        };
        if let Some(refusal) = refusal {
            lowered.verdicts[capability as usize] = Some(Verdict::Refused(refusal));
            continue;
        }
        match groups.iter_mut().find(|(known, _)| *known == times) {
            Some((_, ways)) => *ways = ways.with(Ways::one(capability)),
            None => groups.push((times, Ways::one(capability))),
        }
    }
    let mut codes = 0;
    for (times, ways) in groups {
        let Fit { programs, verdict } = fit(tables.segments(times), limits, today);
        ways.each().for_each(|one| lowered.verdicts[one as usize] = Some(verdict));
        for program in programs {
            let part = if ways.has_doorcode() && limits.distinct_codes { codes } else { 0 };
            codes += u8::from(ways.has_doorcode());
            lowered.entries.push(Held { ways, program: lowered.programs.len() as u32, part });
            lowered.programs.push(program);
        }
    }
    // A lock that opens by doorcode alone does what `unlock` asks as far as the doorcode goes.
    if !limits.unlock
        && let [Some(unlock), Some(code), _] = times
        && unlock == code
    {
        lowered.verdicts[0] = lowered.verdicts[1];
    }
    lowered
}

/// What a lock stores for some segments that are not over today.
#[must_use]
pub fn fit(segments: &[Segment], limits: &Limits, today: Day) -> Fit {
    if limits.holds_any_program() {
        return Fit { programs: vec![Program(segments.to_vec())], verdict: Verdict::Exact };
    }
    if limits.next_dates && limits.weekly == Some(0) && segments.iter().any(|one| !one.is_plain()) {
        return next_dates::fit(&TimeSet::of_segments(segments), today);
    }
    let mut due: Option<Day> = None;
    let mut programs = Vec::new();
    let mut split = false;
    for (week, pieces) in weeks(segments, limits, today) {
        let windows = slots::weekly(&week, limits);
        if let Some(most) = limits.weekly.filter(|most| windows.len() > *most as usize) {
            let has = windows.len() as u32;
            let refusal = if most == 0 { Refusal::NoSchedules } else { Refusal::Windows { has, most } };
            return Fit { programs: Vec::new(), verdict: Verdict::Refused(refusal) };
        }
        if windows.iter().any(|window| window.minutes < limits.least_minutes()) {
            return Fit { programs: Vec::new(), verdict: Verdict::Refused(Refusal::OneMinute) };
        }
        split |= slots::is_cut(&week, limits);
        let timed = !windows.is_empty();
        let dated = if limits.one_kind && timed { Some(0) } else { limits.dated };
        let (kept, next) = in_dates(pieces, dated, today);
        due = [due, next].into_iter().flatten().min();
        if !kept.is_empty() {
            programs.push(Program(kept));
        }
    }
    if !limits.one_week {
        let mut all: Vec<Segment> = programs.into_iter().flat_map(|program| program.0).collect();
        all.sort_by_key(|segment| segment.from);
        programs = vec![Program(all)];
        programs.retain(|program| !program.0.is_empty());
    }
    let verdict = match due {
        Some(day) => Verdict::NeedsApply(day),
        None if programs.len() > 1 || split => Verdict::Split,
        None => Verdict::Exact,
    };
    Fit { programs, verdict }
}

/// The segments by what one entry can hold together: one week each, or all.
fn weeks(segments: &[Segment], limits: &Limits, today: Day) -> Vec<(Week, Vec<Segment>)> {
    let mut pieces: Vec<Segment> = Vec::new();
    for segment in segments {
        if limits.holidays {
            pieces.push(segment.clone());
        } else {
            expand(segment, today, &mut pieces);
        }
    }
    let mut weeks: Vec<(Week, Vec<Segment>)> = Vec::new();
    for piece in pieces {
        match weeks.iter_mut().find(|(week, _)| *week == piece.weekly) {
            Some((_, same)) => same.push(piece),
            None => weeks.push((piece.weekly.clone(), vec![piece])),
        }
    }
    weeks
}

/// Cuts a segment at the dates that differ from their weekday, which are pieces of their own then.
fn expand(segment: &Segment, today: Day, pieces: &mut Vec<Segment>) {
    let closed = segment.holidays_closed.iter().map(|day| (*day, Windows::default()));
    let mut odd: Vec<(Day, Windows)> = segment.holidays.iter().cloned().chain(closed).collect();
    odd.retain(|(day, _)| *day >= today);
    odd.sort_unstable_by_key(|(day, _)| *day);
    let mut rest = segment.interval();
    let mut push = |interval: Interval, weekly: Week| {
        let plain = Segment {
            from: interval.from(),
            until: interval.until(),
            weekly,
            holidays: Vec::new(),
            holidays_closed: Vec::new(),
        };
        // A few days around a holiday may have nothing open at all.
        if !interval.is_empty() && !TimeSet::of_segments(std::slice::from_ref(&plain)).is_empty() {
            pieces.push(plain);
        }
    };
    for (day, open) in odd {
        let date = Interval::of_day(day).intersect(rest);
        if date.is_empty() {
            continue;
        }
        push(Interval::new(rest.from(), date.from()), segment.weekly.clone());
        push(date, Week::of_day(day.weekday(), &open));
        rest = Interval::new(date.until(), rest.until());
    }
    push(rest, segment.weekly.clone());
}

/// Those pieces of one week that a lock with so many dated windows keeps now, and the day on which that changes.
fn in_dates(mut pieces: Vec<Segment>, dated: Option<u32>, today: Day) -> (Vec<Segment>, Option<Day>) {
    let start = today.start();
    pieces.retain(|piece| piece.until.is_none_or(|until| until > start));
    let Some(most) = dated else { return (pieces, None) };
    // A date that has come needs no window of its own.
    let undated = |piece: &Segment| piece.from.is_none_or(|from| from <= start) && piece.until.is_none();
    if pieces.iter().all(undated) {
        pieces.iter_mut().for_each(|piece| piece.from = None);
        return (pieces, None);
    }
    if pieces.len() <= most as usize {
        return (pieces, None);
    }
    if most == 0 {
        // It cannot tell one day from another: it holds what is on today, until somebody comes back.
        let now = pieces.iter().position(|piece| piece.interval().contains(start));
        let later = pieces.iter().filter_map(|piece| piece.from).find(|from| *from > start);
        let Some(now) = now else {
            // What begins within today is held from the next run on: less, not more.
            return (Vec::new(), later.map(Minute::day));
        };
        let mut piece = pieces.swap_remove(now);
        let ends = piece.until;
        // An end within the day comes before keyplan does, unless it is taken away today.
        if ends.is_some_and(|ends| ends.day() == today && ends != start) {
            return (Vec::new(), Some(today));
        }
        (piece.from, piece.until) = (None, None);
        return (vec![piece], [ends.map(Minute::day), later.map(Minute::day)].into_iter().flatten().min());
    }
    let left_out = pieces.split_off(most as usize);
    let next = left_out.first().and_then(|piece| piece.from).map(Minute::day);
    (pieces, next)
}
