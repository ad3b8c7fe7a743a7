//! Codes at Seam that are odd, and answers of Seam that say little.

use serde_json::json;

use crate::command::Run;
use crate::deployed::{House, Hub};
use crate::doubles::Cloud;

const LOCK: &str = "august_device_1";

fn house_on(cloud: &Cloud) -> House {
    House::new(vec![Hub::seam(cloud.port)])
}

fn said(run: &Run) -> String {
    format!("{}{}", run.stdout, run.stderr)
}

fn settles(house: &House) {
    let plan = house.run(&["plan", "--refresh", "house"]);
    assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}", said(&plan));
}

fn create(cloud: &Cloud, name: &str, code: &str) {
    let made = cloud.call("/access_codes/create", &json!({"device_id": LOCK, "name": name, "code": code}));
    assert_eq!(made["ok"], true, "{made}");
}

/// Whatever dates a code of somebody else has, the lock is worked on; and dates of our own that are none are damage.
#[test]
fn a_code_with_dates_that_are_none_holds_up_nobody() {
    let cloud = Cloud::start();
    let house = house_on(&cloud);
    create(&cloud, "Guest", "918273");
    house.write(&[("front", LOCK)], &[("ann", "always"), ("bob", "january")]);
    house.apply();
    for dates in [
        json!({"type": "time_bound", "starts_at": "9999-06-01T00:00:00.000Z", "ends_at": "9999-07-01T00:00:00.000Z"}),
        json!({"type": "time_bound", "starts_at": null, "ends_at": null}),
        json!({"type": "time_bound", "starts_at": "soon", "ends_at": "late"}),
        json!({"type": "weekly"}),
    ] {
        cloud.damage("Guest", &dates);
        settles(&house);
        cloud.damage("bob (keyplan 2)", &dates);
        let drift = house.run(&["drift", "house"]);
        assert!(drift.stdout.contains("1 entry of ours damaged"), "{dates}: {}", said(&drift));
        let run = house.run(&["apply", "--yes", "--refresh", "house"]);
        assert_eq!(run.code, 0, "{dates}: {}", said(&run));
        settles(&house);
    }
    // A code with an end and no start is one that ends, and not one for ever.
    let ends = json!({"type": "time_bound", "starts_at": null, "ends_at": "2090-01-31T23:00:00.000Z"});
    cloud.damage("ann (keyplan 1)", &ends);
    let drift = house.run(&["drift", "house"]);
    assert!(drift.stdout.contains("`ann` was changed, its hours are others"), "{}", said(&drift));
    let codes: Vec<String> = cloud.memory(LOCK).into_iter().map(|(_, code, ..)| code).collect();
    house.keeps_secrets(&codes);
}

/// What stands before Seam answers that it is out of order, and Seam has done it: nobody gets two codes, and none is taken for
/// not done.
#[test]
fn an_answer_of_a_gateway_says_nothing_of_what_was_done() {
    let cloud = Cloud::start();
    let house = house_on(&cloud);
    house.write(&[("front", LOCK)], &[("ann", "always")]);
    house.apply();
    for route in ["/access_codes/create", "/access_codes/update", "/access_codes/delete"] {
        let people: &[(&str, &str)] = match route {
            "/access_codes/create" => &[("ann", "always"), ("bob", "january")],
            "/access_codes/update" => &[("ann", "january"), ("bob", "january")],
            _ => &[("ann", "january")],
        };
        house.write(&[("front", LOCK)], people);
        // Once it is read that it was done; and when nothing is told any more, nobody says that nothing was done.
        cloud.faults(&json!([
            {"route": route, "fault": "gateway", "times": 1},
            {"route": "/access_codes/list", "fault": "out", "after": 1, "times": 99},
        ]));
        let run = house.run(&["apply", "--yes", "--format", "json", "house"]);
        assert!(run.code != 0 && run.stdout.contains("\"outcome\":\"unknown\""), "{route}: {}", said(&run));
        cloud.faults(&json!([]));
        let run = house.run(&["apply", "--yes", "--resume", "house"]);
        assert_eq!(run.code, 0, "{route}: {}", said(&run));
        assert_eq!(cloud.memory(LOCK).len(), people.len(), "{route}");
        settles(&house);
        cloud.faults(&json!([]));
    }
    let calls = cloud.calls("/access_codes/create");
    house.write(&[("front", LOCK)], &[("ann", "january"), ("cleo", "always")]);
    cloud.fail("/access_codes/create", "gateway", 1);
    house.apply();
    assert_eq!((cloud.memory(LOCK).len(), cloud.calls("/access_codes/create")), (2, calls + 1));
    // A server's word for why is told where it is one.
    house.write(&[("front", LOCK)], &[("ann", "january"), ("cleo", "always"), ("dan", "always")]);
    cloud.fail("/access_codes/create", "odd", 9);
    let run = house.run(&["apply", "--yes", "house"]);
    let told = said(&run);
    assert!(run.code != 0 && told.contains("it refuses: for a reason that it gives in no word"), "{told}");
    assert!(!told.contains("48217") && !told.contains('\u{1b}'), "{told}");
    cloud.faults(&json!([]));
    let codes: Vec<String> = cloud.memory(LOCK).into_iter().map(|(_, code, ..)| code).collect();
    house.keeps_secrets(&codes);
}
