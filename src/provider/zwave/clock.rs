//! How far the clock of a lock is off, where it tells its clock in one of the ways that Z-Wave knows.
//!
//! Time Parameters (139) tell a moment, and Time (138) what a clock on the wall shows, or which time zone the lock counts in;
//! Clock (129) tells weekday, hour and minute. What a wall shows is held against the time zone of the property, by which the
//! hours in the lock are meant.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono::{Datelike, Offset};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::node::{Node, State};
use crate::provider::ProviderError;

const CLOCK: u8 = 129;
const TIME: u8 = 138;
const TIME_PARAMETERS: u8 = 139;
const WEEK: i64 = 7 * 24 * 3600;

/// Seconds by which the clock of a lock is ahead; `None` where it does not tell.
pub(super) fn ahead(node: &Node<'_>, state: &State, timezone: Tz) -> Result<Option<i64>, ProviderError> {
    let ask = |class: u8, method: &str| node.ask(class, method, &json!([]));
    if state.has(TIME_PARAMETERS) {
        let moment = ask(TIME_PARAMETERS, "get")?;
        let Some(off) = of_moment(&moment, Utc::now()) else { return Ok(None) };
        // One that is told its time zone is told the time in UTC, and shows it by that.
        let zone = match state.version(TIME) {
            Some(2..) => of_zone(&ask(TIME, "getTimezone")?, timezone, Utc::now()),
            _ => 0,
        };
        return Ok(Some(off + zone));
    }
    if state.has(TIME) {
        let (date, time) = (ask(TIME, "getDate")?, ask(TIME, "getTime")?);
        return Ok(of_wall(&date, &time, wall(timezone, Utc::now())));
    }
    if state.has(CLOCK) {
        return Ok(of_weekday(&ask(CLOCK, "get")?, wall(timezone, Utc::now())));
    }
    Ok(None)
}

/// What clocks on the wall show.
fn wall(timezone: Tz, now: DateTime<Utc>) -> NaiveDateTime {
    now.with_timezone(&timezone).naive_local()
}

fn of_moment(moment: &Value, now: DateTime<Utc>) -> Option<i64> {
    let told = DateTime::parse_from_rfc3339(moment.as_str()?).ok()?;
    Some((told.to_utc() - now).num_seconds())
}

/// By how much the time zone of a lock shows another time. It tells two offsets, and not which of them holds now.
fn of_zone(zone: &Value, timezone: Tz, now: DateTime<Utc>) -> i64 {
    // What is no time zone is none.
    let minutes = |name: &str| zone[name].as_i64().filter(|minutes| (-1440..=1440).contains(minutes));
    let Some(standard) = minutes("standardOffset") else { return 0 };
    let meant = i64::from(timezone.offset_from_utc_datetime(&now.naive_utc()).fix().local_minus_utc());
    let summer = standard + minutes("dstOffset").unwrap_or(0);
    let off = [standard, summer].map(|offset| offset * 60 - meant);
    if off[0].abs() <= off[1].abs() { off[0] } else { off[1] }
}

fn of_wall(date: &Value, time: &Value, now: NaiveDateTime) -> Option<i64> {
    let part = |value: &Value, name: &str| value[name].as_u64().and_then(|part| u32::try_from(part).ok());
    let year = date["year"].as_i64().and_then(|year| i32::try_from(year).ok())?;
    let day = NaiveDate::from_ymd_opt(year, part(date, "month")?, part(date, "day")?)?;
    let told = day.and_hms_opt(part(time, "hour")?, part(time, "minute")?, part(time, "second")?)?;
    Some((told - now).num_seconds())
}

/// To the minute, and to half a week: which week it is such a clock does not tell.
fn of_weekday(told: &Value, now: NaiveDateTime) -> Option<i64> {
    let part = |name: &str, all: std::ops::Range<i64>| told[name].as_i64().filter(|part| all.contains(part));
    // Monday is 1, and 0 is not known.
    let weekday = part("weekday", 1..8)?;
    let told = ((weekday - 1) * 24 + part("hour", 0..24)?) * 60 + part("minute", 0..60)?;
    let now = TimeDelta::days(i64::from(now.weekday().num_days_from_monday())).num_minutes()
        + i64::from(now.hour() * 60 + now.minute());
    let off = ((told - now) * 60).rem_euclid(WEEK);
    Some(if off > WEEK / 2 { off - WEEK } else { off })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 7, 12, 22, 30, 10).unwrap()
    }

    #[test]
    fn a_moment_and_a_zone_are_told_apart() {
        assert_eq!(of_moment(&json!("2026-07-12T22:31:10.000Z"), now()), Some(60));
        assert_eq!(of_moment(&Value::Null, now()), None);
        let zone = |standard: i64, summer: i64| {
            let told = json!({"standardOffset": standard, "dstOffset": summer});
            of_zone(&told, chrono_tz::Europe::Berlin, now())
        };
        assert_eq!(zone(60, 60), 0);
        assert_eq!(zone(60, 0), -3600, "no daylight saving");
        assert_eq!(zone(0, 0), -7200, "never told where it is");
        assert_eq!(of_zone(&Value::Null, chrono_tz::Europe::Berlin, now()), 0);
    }

    #[test]
    fn a_wall_clock_is_held_against_the_zone_of_the_property() {
        let wall = wall(chrono_tz::Europe::Berlin, now());
        let date = json!({"year": 2026, "month": 7, "day": 13});
        let time = |hour: u8| json!({"hour": hour, "minute": 30, "second": 0});
        assert_eq!(of_wall(&date, &time(0), wall), Some(-10));
        assert_eq!(of_wall(&date, &time(1), wall), Some(3590));
        assert_eq!(of_wall(&date, &Value::Null, wall), None);
        // It is Monday, half past midnight.
        let clock = |weekday: u8, hour: u8| json!({"weekday": weekday, "hour": hour, "minute": 30});
        assert_eq!(of_weekday(&clock(1, 0), wall), Some(0));
        assert_eq!(of_weekday(&clock(7, 23), wall), Some(-3600));
        assert_eq!(of_weekday(&clock(2, 0), wall), Some(86_400));
        assert_eq!(of_weekday(&clock(0, 0), wall), None);
    }

    #[test]
    fn a_clock_that_shows_no_time_is_not_told() {
        let (now, zone) = (now(), chrono_tz::Europe::Berlin);
        let wall = wall(zone, now);
        for huge in [i64::MAX, i64::MIN, 1 << 62, 24, -1] {
            let clock = json!({"weekday": 1, "hour": huge, "minute": 30});
            assert_eq!(of_weekday(&clock, wall), None, "{huge}");
            let clock = json!({"weekday": 1, "hour": 0, "minute": if huge == 24 { 60 } else { huge }});
            assert_eq!(of_weekday(&clock, wall), None, "{huge}");
            let told = json!({"standardOffset": huge.saturating_mul(100), "dstOffset": huge});
            assert!(of_zone(&told, zone, now).abs() < 86_400 * 2, "{huge}");
            let date = json!({"year": huge, "month": 7, "day": 13});
            let _ = of_wall(&date, &json!({"hour": huge, "minute": 0, "second": 0}), wall);
        }
        assert!(of_moment(&json!("9999-12-31T23:59:59Z"), now).is_some());
    }
}
