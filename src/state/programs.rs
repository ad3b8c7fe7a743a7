//! Programs as the state keeps them: numbers as little-endian bytes, since there are as many as people with dates.

use crate::locks::Program;
use crate::time::{Day, Minute, Segment, Week, Windows};

/// No bound.
const NONE: i32 = i32::MIN;

pub(super) fn blob(program: &Program) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Segment { from, until, weekly, holidays, holidays_closed } in &program.0 {
        for bound in [from, until] {
            bytes.extend(bound.map_or(NONE, |minute| minute.0).to_le_bytes());
        }
        (0..7).for_each(|day| windows(&mut bytes, &weekly.day(day)));
        bytes.extend((holidays.len() as u16).to_le_bytes());
        for (day, open) in holidays {
            bytes.extend(day.0.to_le_bytes());
            windows(&mut bytes, open);
        }
        bytes.extend((holidays_closed.len() as u16).to_le_bytes());
        holidays_closed.iter().for_each(|day| bytes.extend(day.0.to_le_bytes()));
    }
    bytes
}

fn windows(bytes: &mut Vec<u8>, windows: &Windows) {
    bytes.extend((windows.as_slice().len() as u16).to_le_bytes());
    for (from, to) in windows.as_slice() {
        bytes.extend(from.to_le_bytes());
        bytes.extend(to.to_le_bytes());
    }
}

/// What the bytes mean; `None` when they are not from here.
pub(super) fn program(bytes: &[u8]) -> Option<Program> {
    let mut rest = Reader(bytes);
    let mut segments = Vec::new();
    while !rest.0.is_empty() {
        let bound = |number: i32| (number != NONE).then_some(Minute(number));
        let (from, until) = (bound(rest.number()?), bound(rest.number()?));
        let mut days: [Windows; 7] = Default::default();
        for day in &mut days {
            *day = rest.windows()?;
        }
        let count = rest.short()?;
        let holidays =
            (0..count).map(|_| Some((Day(rest.number()?), rest.windows()?))).collect::<Option<_>>()?;
        let count = rest.short()?;
        let holidays_closed = (0..count).map(|_| rest.number().map(Day)).collect::<Option<_>>()?;
        segments.push(Segment { from, until, weekly: Week::of_days(&days), holidays, holidays_closed });
    }
    Some(Program(segments))
}

struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_at_checked(N)?;
        self.0 = rest;
        head.try_into().ok()
    }

    fn number(&mut self) -> Option<i32> {
        self.take().map(i32::from_le_bytes)
    }

    fn short(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn windows(&mut self) -> Option<Windows> {
        let count = self.short()?;
        let window = |_| Some((self.short()?, self.short()?));
        (0..count).map(window).collect::<Option<Vec<_>>>().map(Windows::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_shorter() {
        let segment = |from: Option<i32>| Segment {
            from: from.map(Minute),
            until: Some(Minute(29_000_000)),
            weekly: Week::of_days(&std::array::from_fn(|day| Windows::one(480, 1000 + day as u16))),
            holidays: vec![(Day(20_000), Windows::new(vec![(0, 60), (120, 1440)]))],
            holidays_closed: vec![Day(20_010), Day(20_020)],
        };
        let whole = Program(vec![segment(None), segment(Some(28_000_000))]);
        let bytes = blob(&whole);
        assert_eq!(program(&bytes), Some(whole.clone()));
        for length in 1..bytes.len() {
            assert_ne!(program(&bytes[..length]), Some(whole.clone()));
        }
    }
}
