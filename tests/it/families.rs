//! Every lowered table, evaluated as its family of locks would, against the oracle: exact where the verdict says so, never
//! wider where it does not, and never wider after any of the commands.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, TimeZone, Timelike};
use keyplan::access::Access;
use keyplan::locks::{Family, Limits, Program, Verdict, fit};
use keyplan::output::compile::target;
use keyplan::tables;
use keyplan::time::{Day, Interval, Minute};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::loaded;
use crate::oracle::runner;
use crate::reference::compare::telling_days;
use crate::reference::dice::Dice;
use crate::reference::evaluate::{granted, grants};
use crate::reference::expand::list;
use crate::reference::property::{Capability, midnight};
use crate::reference::random;
use crate::reference::spelling::spell;

/// A lock of a family, as far as commands have been given to it.
#[derive(Default)]
struct Lock {
    /// Users by their number: whether enabled, their kind, who has the code.
    users: BTreeMap<u64, Value>,
    schedules: BTreeMap<u64, Vec<Value>>,
    profiles: BTreeMap<u64, Value>,
    cards: Vec<Value>,
    calendars: BTreeMap<String, Value>,
    credentials: Vec<Value>,
    codes: Vec<Value>,
    /// The zone of the building; Seam counts in UTC.
    zone: chrono_tz::Tz,
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn text(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%dT%H:%M").to_string()
}

fn minute(at: NaiveDateTime) -> u64 {
    u64::from(at.hour() * 60 + at.minute())
}

impl Lock {
    fn take(&mut self, command: &Value) {
        let name = command["command"].as_str().or(command["methodName"].as_str()).unwrap();
        let args = &command["args"];
        match name {
            "SetUser" => {
                let user = self.users.entry(number(&command["userIndex"])).or_insert_with(|| json!({}));
                user["enabled"] = json!(command["userStatus"] == 1);
                user["type"] = command["userType"].clone();
                // What the double said: an occupied user is not added again.
                assert!(command["operationType"] == 2 || user["added"].is_null());
                user["added"] = json!(true);
            }
            "SetWeekDaySchedule" | "SetYearDaySchedule" => {
                assert!(
                    self.users.contains_key(&number(&command["userIndex"])),
                    "a schedule for a user that is not there"
                );
                self.schedules.entry(number(&command["userIndex"])).or_default().push(command.clone());
            }
            "SetCredential" => {
                self.users.get_mut(&number(&command["userIndex"])).unwrap()["code"] =
                    command["credentialData"].clone();
            }
            "setWeekDaySchedule" | "setDailyRepeatingSchedule" | "setYearDaySchedule" => {
                self.schedules.entry(number(&args[0]["userId"])).or_default().push(command.clone());
            }
            "set" => {
                self.users.insert(number(&args[0]), json!({"enabled": true, "code": args[2]}));
            }
            "set-time-profile" => {
                self.profiles.insert(number(&command["profile"]), command.clone());
            }
            "put-card" => self.cards.push(command.clone()),
            "CreateSchedule" => {
                self.calendars.insert(command["token"].as_str().unwrap().into(), command.clone());
            }
            "CreateAccessProfile" => assert!(self.calendars.contains_key(command["token"].as_str().unwrap())),
            "/access_codes/create" => {
                assert_eq!(command["starts_at"].is_null(), command["ends_at"].is_null(), "both or none");
                self.codes.push(command.clone());
            }
            "CreateCredential" => self.credentials.push(command.clone()),
            other => panic!("no lock knows {other}"),
        }
    }

    /// Whether somebody can open it so at a minute.
    fn opens(
        &self,
        family: Family,
        person: &str,
        capability: Capability,
        at: NaiveDateTime,
        names: &[String],
    ) -> bool {
        match family {
            Family::Matter => self.users.iter().any(|(index, user)| {
                let theirs = match capability {
                    Capability::Doorcode => user["code"]["person"] == person,
                    _ => names.get(*index as usize - 1).is_some_and(|name| name == person),
                };
                theirs && user["enabled"] == true && self.matter_open(*index, &user["type"], at)
            }),
            Family::Zwave | Family::ZwaveDaily => self
                .users
                .iter()
                .any(|(index, user)| user["code"]["person"] == person && self.zwave_open(*index, at)),
            Family::Seam => self.codes.iter().any(|code| {
                let moment = |name: &str| Some(DateTime::parse_from_rfc3339(code[name].as_str()?).unwrap());
                let moments = match self.zone.from_local_datetime(&at) {
                    LocalResult::Single(one) => vec![one],
                    LocalResult::Ambiguous(one, other) => vec![one, other],
                    LocalResult::None => panic!("{at} never comes in {}", self.zone),
                };
                let opens = |at: &DateTime<chrono_tz::Tz>| {
                    moment("starts_at").is_none_or(|starts| *at >= starts)
                        && moment("ends_at").is_none_or(|ends| *at < ends)
                };
                code["code"]["person"] == person && moments.iter().any(opens)
            }),
            Family::Uhppote => self.cards.iter().any(|card| {
                let day = at.date().to_string();
                card["card"]["person"] == person
                    && (capability != Capability::Doorcode || card["PIN"].is_object())
                    && card["from"].as_str().unwrap() <= day.as_str()
                    && day.as_str() <= card["to"].as_str().unwrap()
                    && card["doors"]
                        .as_object()
                        .unwrap()
                        .values()
                        .any(|profile| self.uhppote_open(profile, at))
            }),
            Family::Onvif => self.credentials.iter().any(|credential| {
                let wanted = if capability == Capability::Doorcode { "pt:PIN" } else { "pt:Card" };
                credential["CredentialHolderReference"] == person
                    && list(&credential["CredentialIdentifier"]).iter().any(|one| one["Type"] == wanted)
                    && list(&credential["CredentialAccessProfile"]).iter().any(|link| {
                        link["ValidFrom"].as_str().is_none_or(|from| from <= text(at).as_str())
                            && link["ValidTo"].as_str().is_none_or(|to| text(at).as_str() < to)
                            && self.onvif_open(link["AccessProfileToken"].as_str().unwrap(), at)
                    })
            }),
        }
    }

    fn matter_open(&self, index: u64, kind: &Value, at: NaiveDateTime) -> bool {
        let schedules = self.schedules.get(&index).cloned().unwrap_or_default();
        let bit = 1u64 << at.weekday().num_days_from_sunday();
        let weekly: Vec<&Value> =
            schedules.iter().filter(|one| one["command"] == "SetWeekDaySchedule").collect();
        let yearly: Vec<&Value> =
            schedules.iter().filter(|one| one["command"] == "SetYearDaySchedule").collect();
        let in_week = weekly.iter().any(|one| {
            let clock = |hour: &str, minute: &str| number(&one[hour]) * 60 + number(&one[minute]);
            number(&one["daysMask"]) & bit != 0
                && (clock("startHour", "startMinute")..=clock("endHour", "endMinute")).contains(&minute(at))
        });
        let in_year = yearly.iter().any(|one| {
            // Local seconds since 2000, the last one included.
            let century = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
            let second = u64::try_from((at - century).num_seconds()).unwrap();
            (number(&one["localStartTime"])..=number(&one["localEndTime"])).contains(&second)
        });
        match number(kind) {
            // UserTypeEnum: unrestricted, year-day, week-day, schedule-restricted, for whom both must hold.
            0 => true,
            1 => in_year,
            2 => in_week,
            8 => in_week && in_year,
            other => panic!("a user of the type {other} is not for schedules"),
        }
    }

    fn zwave_open(&self, index: u64, at: NaiveDateTime) -> bool {
        let Some(schedules) = self.schedules.get(&index) else { return true };
        let kinds: Vec<&str> = schedules.iter().map(|one| one["methodName"].as_str().unwrap()).collect();
        assert!(kinds.iter().all(|kind| *kind == kinds[0]), "two kinds of schedules for one user");
        let weekday = u64::from(at.weekday().num_days_from_sunday());
        schedules.iter().any(|one| {
            let slot = &one["args"][1];
            let start = || number(&slot["startHour"]) * 60 + number(&slot["startMinute"]);
            match one["methodName"].as_str().unwrap() {
                // The minute that it stops at is taken to be open: the reading that is wider.
                "setWeekDaySchedule" => {
                    let stop = number(&slot["stopHour"]) * 60 + number(&slot["stopMinute"]);
                    slot["weekday"] == weekday && (start()..=stop).contains(&minute(at))
                }
                "setDailyRepeatingSchedule" => {
                    let lasts = number(&slot["durationHour"]) * 60 + number(&slot["durationMinute"]);
                    assert!(lasts < 1440, "a daily repeating schedule lasts less than a day");
                    let on = |day: u64| list(&slot["weekdays"]).iter().any(|one| *one == day);
                    let today = on(weekday) && (start()..start() + lasts).contains(&minute(at));
                    let overnight =
                        on((weekday + 6) % 7) && (start()..start() + lasts).contains(&(minute(at) + 1440));
                    today || overnight
                }
                _ => {
                    let moment = |end: &str| {
                        let part = |name: &str| number(&slot[format!("{end}{name}")]);
                        format!(
                            "{:04}-{:02}-{:02}T{:02}:{:02}",
                            2000 + part("Year"),
                            part("Month"),
                            part("Day"),
                            part("Hour"),
                            part("Minute")
                        )
                    };
                    (moment("start")..=moment("stop")).contains(&text(at))
                }
            }
        })
    }

    fn uhppote_open(&self, profile: &Value, at: NaiveDateTime) -> bool {
        if *profile == 1 {
            return true;
        }
        // A card that names a profile that is not there opens at any time.
        let Some(one) = self.profiles.get(&number(profile)) else { return true };
        let (day, weekday) = (at.date().to_string(), at.weekday());
        let name = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
            [weekday.num_days_from_monday() as usize];
        let time = at.format("%H:%M").to_string();
        let spans = list(&one["segments"]);
        assert!(spans.len() <= 3, "more than three spans");
        let own = one["from"].as_str().unwrap() <= day.as_str()
            && day.as_str() <= one["to"].as_str().unwrap()
            && list(&one["weekdays"]).iter().any(|one| one == name)
            && spans.iter().any(|span| {
                span[0].as_str().unwrap() <= time.as_str() && time.as_str() <= span[1].as_str().unwrap()
            });
        own || !one["linked"].is_null() && self.uhppote_open(&one["linked"], at)
    }

    fn onvif_open(&self, token: &str, at: NaiveDateTime) -> bool {
        let schedule = &self.calendars[token];
        let day = at.date().to_string();
        let time = at.format("%H%M00").to_string();
        if let Some(special) = list(&schedule["SpecialDays"]).iter().find(|one| one["Date"] == day) {
            return list(&special["TimeRange"]).iter().any(|range| {
                range["From"].as_str().unwrap() <= time.as_str()
                    && time.as_str() < range["Until"].as_str().unwrap()
            });
        }
        let calendar = schedule["Standard"].as_str().unwrap();
        let name = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][at.weekday().num_days_from_monday() as usize];
        calendar.split("BEGIN:VEVENT").skip(1).any(|event| {
            let field =
                |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
            let (start, end) = (field("DTSTART:"), field("DTEND:"));
            let date = NaiveDate::parse_from_str(&start[..8], "%Y%m%d").unwrap();
            assert!(field("RRULE:").ends_with(
                &["MO", "TU", "WE", "TH", "FR", "SA", "SU"][date.weekday().num_days_from_monday() as usize]
            ));
            let until = if end[..8] == start[..8] { end[9..].to_owned() } else { "240000".to_owned() };
            field("RRULE:").ends_with(name) && start[9..] <= *time && *time < *until
        })
    }
}

#[test]
fn every_family_holds_what_its_verdicts_say_and_never_more() {
    let (judged, locks, verdicts) =
        (AtomicU64::new(0), AtomicU64::new(0), std::sync::Mutex::new(BTreeMap::new()));
    let cases = (random::property(), any::<u64>());
    let outcome = runner(120, "tests/it/proptest-regressions/families.txt").run(&cases, |(property, seed)| {
        let Ok(loaded) = loaded(&spell(&property, seed), property.as_of) else { return Ok(()) };
        let written = &loaded.property;
        let tables = tables::compile(written, &Access::resolve(written));
        let mut dice = Dice::new(seed);
        let mut minutes: Vec<NaiveDateTime> = telling_days(&property, &mut Dice::new(seed))
            .into_iter()
            .flat_map(|day| day.minutes.into_iter().map(|minute| minute.wall))
            .filter(|wall| *wall >= midnight(property.as_of))
            .collect();
        dice.shuffle(&mut minutes);
        minutes.truncate(250);
        for family in Family::ALL {
            for table in tables.locks() {
                let document: Value =
                    serde_json::from_str(&target(written, &tables, table, family)).unwrap();
                let door = document["door"].as_str().unwrap();
                let mut lock = Lock { zone: written.timezone, ..Lock::default() };
                let commands = list(&document["commands"]);
                // Whose each user of a Matter lock is; keyplan knows by the number.
                let names: Vec<String> = commands
                    .iter()
                    .filter(|one| one["command"] == "SetUser" && one["operationType"] == 0)
                    .map(|one| {
                        let name = one["userName"].as_str().unwrap();
                        let full = property.people.iter().find(|person| person.id.starts_with(name));
                        full.map_or_else(String::new, |person| person.id.clone())
                    })
                    .collect();
                let check = |lock: &Lock, whole: bool, sample: &[NaiveDateTime]| {
                    for verdict in list(&document["verdicts"]) {
                        let person = verdict["person"].as_str().unwrap();
                        let capability =
                            *Capability::ALL.iter().find(|one| verdict["capability"] == one.name()).unwrap();
                        if capability == Capability::Share {
                            continue;
                        }
                        let given = grants(&property, person, door);
                        let kind = verdict["verdict"].as_str().unwrap();
                        if whole {
                            *verdicts.lock().unwrap().entry((family.name(), kind.to_owned())).or_insert(0u64) += 1;
                        }
                        for at in sample {
                            let until = verdict["until"].as_str();
                            if until.is_some_and(|until| at.date().to_string().as_str() >= until) {
                                continue;
                            }
                            let should = granted(&property, &given, capability, *at);
                            let does = lock.opens(family, person, capability, *at, &names);
                            let fine = match (kind, whole) {
                                // Until the day on which keyplan comes back it is right to the minute too.
                                ("exact" | "split" | "needs-apply", true) => does == should,
                                ("refused", _) if capability == Capability::Unlock => true,
                                _ => !does || should,
                            };
                            assert!(
                                fine,
                                "{} {door} {person} {} {at}: {kind}, should {should}, does {does}, whole {whole}\n{}",
                                family.name(),
                                capability.name(),
                                document
                            );
                            judged.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                };
                for command in commands {
                    lock.take(command);
                    check(&lock, false, &minutes[..minutes.len().min(6)]);
                }
                check(&lock, true, &minutes);
                locks.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    });
    println!(
        "{} minutes judged at {} locks: {:?}",
        judged.load(Ordering::Relaxed),
        locks.load(Ordering::Relaxed),
        verdicts.lock().unwrap()
    );
    if let Err(error) = outcome {
        panic!("{}", error.to_string().chars().take(3000).collect::<String>());
    }
}

/// Weekly hours as their next dates: what a lock holds is right to the minute until somebody comes back, on whatever day
/// it is looked at, and what is refused has two windows on some day.
#[test]
fn hours_as_their_next_dates_are_right_until_the_day_of_the_next_run() {
    let told: [AtomicU64; 3] = Default::default();
    let cases = (random::property(), any::<u64>());
    let outcome =
        runner(120, "tests/it/proptest-regressions/next-dates.txt").run(&cases, |(property, seed)| {
            let Ok(loaded) = loaded(&spell(&property, seed), property.as_of) else { return Ok(()) };
            let tables = tables::compile(&loaded.property, &Access::resolve(&loaded.property));
            let limits = Limits { next_dates: true, ..Family::Seam.limits() };
            for segments in tables.all_segments() {
                let should = Program(segments.clone()).times();
                for ahead in [0, 1, 2, 3, 10, 100, 300] {
                    let today = Day(loaded.property.as_of.0 + ahead);
                    let ahead = Interval::new(Some(today.start()), None);
                    let held = fit(segments, &limits, today);
                    let does = match &held.programs[..] {
                        [] => keyplan::time::TimeSet::never(),
                        [one] => one.times(),
                        more => panic!("{} windows at once", more.len()),
                    };
                    assert!(does.clip(ahead).difference(&should).is_empty(), "wider: {held:?}");
                    let until: Option<Minute> = match held.verdict {
                        Verdict::Exact => None,
                        Verdict::NeedsApply(day) => {
                            assert!(day > today, "the day of the next run is over: {held:?}");
                            Some(day.start())
                        }
                        Verdict::Split => panic!("{held:?}"),
                        Verdict::Refused(_) => {
                            let two = |day: i32| should.on(Day(today.0 + day)).as_slice().len() > 1;
                            assert!(held.programs.is_empty() && (0..400).any(two), "{held:?}");
                            told[2].fetch_add(1, Ordering::Relaxed);
                            continue;
                        }
                    };
                    told[usize::from(until.is_some())].fetch_add(1, Ordering::Relaxed);
                    let within = Interval::new(Some(today.start()), until);
                    assert!(
                        does.clip(within).same_as(&should.clip(within)),
                        "{today}: {held:?} of {segments:?}"
                    );
                }
            }
            Ok(())
        });
    println!("exact, due and refused: {told:?}");
    if let Err(error) = outcome {
        panic!("{}", error.to_string().chars().take(3000).collect::<String>());
    }
}
