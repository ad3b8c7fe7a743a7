//! The engine of fewest keys against brute force, planted tables and tables made to be hard.

use std::collections::{BTreeSet, HashMap};

use keyplan::optimize::{Bound, Effort, Fewest, Needs, fewest};

use crate::optimize::building_set;
use crate::reference::dice::Dice;

const EFFORT: Effort<'_> = Effort { conflicts: 20_000, looks: 30_000, stop: &|| false };

/// A table of so many people and permissions, each needed with a chance in a hundred.
fn random(dice: &mut Dice, people: usize, permissions: u32, percent: usize) -> Vec<Vec<u32>> {
    (0..people).map(|_| (0..permissions).filter(|_| dice.below(100) < percent).collect()).collect()
}

/// A table that so many random keys give.
fn planted(
    dice: &mut Dice,
    people: usize,
    permissions: u32,
    keys: usize,
    of_100: usize,
    each: usize,
) -> Vec<Vec<u32>> {
    let mut needs: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); people];
    for _ in 0..keys {
        let opens: Vec<u32> = (0..permissions).filter(|_| dice.below(100) < of_100).collect();
        for need in &mut needs {
            if dice.below(keys) < each {
                need.extend(&opens);
            }
        }
    }
    needs.into_iter().map(|need| need.into_iter().collect()).collect()
}

/// That keys give exactly what is needed, and that what is said to be needed at least is shown.
fn check(people: &[Vec<u32>], found: &Fewest) {
    let mut given: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); people.len()];
    for key in found.private.iter().chain(&found.shared) {
        assert!(!key.people.is_empty() && !key.permissions.is_empty());
        for person in &key.people {
            given[*person as usize].extend(&key.permissions);
        }
    }
    for (need, given) in people.iter().zip(&given) {
        let need: BTreeSet<u32> = need.iter().copied().collect();
        assert_eq!(&need, given);
    }
    assert!(found.lower_bound() <= found.keys());
    let has = |person: u32, permission: u32| people[person as usize].contains(&permission);
    let fit = |one: (u32, u32), other: (u32, u32)| has(one.0, other.1) && has(other.0, one.1);
    let mut before: Vec<(u32, u32)> = Vec::new();
    for bound in &found.bounds {
        let grants = match bound {
            Bound::Apart(grants) => grants,
            Bound::Refuted(refutation) => &refutation.grants,
        };
        for (index, one) in grants.iter().enumerate() {
            assert!(has(one.0, one.1));
            assert!(before.iter().all(|other| !fit(*one, *other)));
            if matches!(bound, Bound::Apart(_)) {
                assert!(grants[..index].iter().all(|other| !fit(*one, *other)));
            }
        }
        before.extend(grants);
    }
}

/// The fewest keys by trying all sets of largest keys.
fn brute(people: &[Vec<u32>], permissions: u32) -> usize {
    let rows: Vec<u32> = people.iter().map(|need| need.iter().fold(0, |all, one| all | 1 << one)).collect();
    let mut keys: BTreeSet<(u32, u32)> = BTreeSet::new();
    for holders in 1u32..1 << people.len() {
        let opens = (0..people.len())
            .filter(|one| holders >> one & 1 == 1)
            .fold(u32::MAX, |all, one| all & rows[one]);
        if opens & ((1 << permissions) - 1) != 0 {
            let whole = (0..people.len())
                .filter(|one| rows[*one] & opens == opens)
                .fold(0, |all, one| all | 1 << one);
            keys.insert((whole, opens));
        }
    }
    let keys: Vec<(u32, u32)> = keys.into_iter().collect();
    let width = permissions as usize;
    let cells = |(holders, opens): (u32, u32)| -> u64 {
        (0..people.len())
            .filter(|one| holders >> one & 1 == 1)
            .fold(0, |all, one| all | u64::from(opens) << (one * width))
    };
    let all: u64 = rows.iter().enumerate().fold(0, |all, (one, row)| all | u64::from(*row) << (one * width));
    let keys: Vec<u64> = keys.into_iter().map(cells).collect();
    fn covers(keys: &[u64], left: u64, most: usize) -> bool {
        if left == 0 {
            return true;
        }
        if most == 0 {
            return false;
        }
        let first = left & left.wrapping_neg();
        keys.iter().filter(|key| *key & first != 0).any(|key| covers(keys, left & !key, most - 1))
    }
    (0..).find(|most| covers(&keys, all, *most)).unwrap_or_default()
}

#[test]
fn small_tables_agree_with_brute_force() {
    let mut dice = Dice::new(seed(61));
    let (mut tables, mut refuted) = (0, 0);
    for round in 0..1_000 {
        let (people, permissions) = (2 + dice.below(6), 2 + dice.below(6) as u32);
        let percent = 30 + 10 * (round % 6);
        let table = random(&mut dice, people, permissions, percent);
        let found = fewest(&Needs::new(&table), EFFORT);
        check(&table, &found);
        assert!(found.is_proved());
        assert_eq!(found.keys(), brute(&table, permissions), "{table:?}");
        tables += 1;
        refuted += found.bounds.iter().filter(|bound| matches!(bound, Bound::Refuted(_))).count();
    }
    println!("{tables} tables, {refuted} parts of them refuted");
}

#[test]
fn what_everybody_has_anyway_needs_no_key() {
    let all = [(0, 0), (0, 1), (1, 0), (1, 1)];
    let table = vec![vec![0, 1], vec![0, 1]];
    let found = fewest(&Needs::new(&table).with_free(&all), EFFORT);
    assert_eq!((found.keys(), found.lower_bound()), (0, 0));
    let found = fewest(&Needs::new(&table).with_free(&all[1..]), EFFORT);
    assert_eq!((found.keys(), found.lower_bound()), (1, 1));
}

#[test]
fn rules_about_what_is_never_mixed_cost_as_many_keys_as_is_known() {
    // Homes private; then residents and staff apart; then what is shared and what is not.
    for (name, known) in [("main-200", [138, 138, 139])] {
        let (mut people, mut kinds, mut names) = (Vec::new(), Vec::new(), Vec::new());
        let mut numbers: HashMap<String, u32> = HashMap::new();
        for line in building_set(name).lines().skip(1) {
            let (person, permission) = line.split_once(',').unwrap();
            if names.last().is_none_or(|last| last != person) {
                names.push(person.to_owned());
                kinds.push(u32::from(person.starts_with("res-")));
                people.push(Vec::new());
            }
            let next = numbers.len() as u32;
            people.last_mut().unwrap().push(*numbers.entry(permission.to_owned()).or_insert(next));
        }
        let mut permissions = vec![String::new(); numbers.len()];
        numbers.into_iter().for_each(|(name, number)| permissions[number as usize] = name);
        let pinned: Vec<bool> = permissions.iter().map(|name| name.starts_with("home:")).collect();
        let classes: Vec<u32> = permissions.iter().map(|name| u32::from(name.ends_with("|s"))).collect();
        let private = Needs::new(&people).with_pinned(&pinned);
        let apart = private.clone().with_kinds(&kinds);
        let both = apart.clone().with_classes(&classes);
        for (needs, known) in [private, apart, both].iter().zip(known) {
            let found = fewest(needs, EFFORT);
            assert_eq!((found.keys(), found.lower_bound()), (known, known), "{name}");
        }
    }
}

#[test]
fn planted_tables_never_need_more_keys_than_were_planted() {
    let mut dice = Dice::new(seed(62));
    for (of_100, each) in [(6, 2), (10, 2), (15, 3)] {
        let mut proved = 0;
        for keys in (1..60).step_by(3) {
            let table = planted(&mut dice, 20 + 3 * keys, 10 + 2 * keys as u32, keys, of_100, each);
            let found = fewest(&Needs::new(&table), EFFORT);
            check(&table, &found);
            assert!(found.keys() <= keys, "{of_100} % and {each} each: {} for {keys}", found.keys());
            proved += usize::from(found.is_proved());
        }
        println!("{of_100} % and {each} each: {proved} of 20 proved");
    }
}

#[test]
fn dense_tables_end_with_a_bracket() {
    let mut dice = Dice::new(seed(63));
    for (people, permissions, percent) in [(12, 12, 50), (25, 25, 50), (60, 60, 80), (150, 150, 50)] {
        let table = random(&mut dice, people, permissions, percent);
        let start = std::time::Instant::now();
        let found = fewest(&Needs::new(&table), EFFORT);
        check(&table, &found);
        println!(
            "{people} x {permissions}, {percent} %: {} to {} in {:?}",
            found.lower_bound(),
            found.keys(),
            start.elapsed()
        );
    }
}

/// The seed of a test: its own number, or one made with `KEYPLAN_SEED`.
fn seed(own: u64) -> u64 {
    std::env::var("KEYPLAN_SEED")
        .ok()
        .and_then(|text| text.parse::<u64>().ok())
        .map_or(own, |seed| seed * 100 + own)
}
