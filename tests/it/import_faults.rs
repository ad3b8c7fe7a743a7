//! `import` from locks in odd states, and from systems that are not there: what cannot be taken over as it is stays as it is, and
//! that is said.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::command::{Run, keyplan_with};
use crate::doubles::{Cloud, SEAM_KEY, Stick, free_port, scripted};

const LOCK: &str = "august_device_1";

fn said(run: &Run) -> String {
    format!("{}{}", run.stdout, run.stderr)
}

fn run_with(directory: &Path, arguments: &[&str], key: &str) -> Run {
    let identity = directory.join("identity").display().to_string();
    let environment = [("KEYPLAN_IDENTITY_FILE", identity.as_str()), ("SEAM_API_KEY", key)];
    keyplan_with(directory, &[arguments, &["-v", "-v"]].concat(), &environment)
}

fn run(directory: &Path, arguments: &[&str]) -> Run {
    run_with(directory, arguments, SEAM_KEY)
}

fn import(directory: &Path, address: &str, kind: &str, more: &[&str]) -> Run {
    let base = ["import", kind, "--address", address, "--timezone", "Europe/Berlin"];
    run(directory, &[&base[..], more].concat())
}

/// What is written beside the record.
fn written(directory: &Path) -> String {
    let names = ["property.yaml", "doors.yaml", "keys.yaml", "people.yaml", "keyplan.yaml"];
    names
        .iter()
        .map(|name| fs::read_to_string(directory.join("house").join(name)).unwrap_or_default())
        .collect()
}

fn has_nothing_to_do(directory: &Path) {
    for arguments in [&["plan", "house"][..], &["plan", "--refresh", "house"]] {
        let plan = run(directory, arguments);
        assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}", said(&plan));
    }
}

fn create(cloud: &Cloud, name: &str, code: &str) {
    let made = cloud.call("/access_codes/create", &json!({"device_id": LOCK, "name": name, "code": code}));
    assert_eq!(made["ok"], true, "{made}");
}

#[test]
fn codes_at_seam_are_told_apart_and_what_cannot_be_written_again_is_left_alone() {
    let cloud = Cloud::start();
    let address = format!("http://127.0.0.1:{}", cloud.port);
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    // Two codes with the same digits, one of which ends; one with an end and no start; names that tell a code.
    let january = json!({"type": "time_bound", "starts_at": "2089-12-31T23:00:00.000Z", "ends_at": "2090-01-31T23:00:00.000Z"});
    create(&cloud, "First", "314159");
    create(&cloud, "Second", "271828");
    cloud.damage("First", &january);
    cloud.damage("Second", &json!({"code": "314159"}));
    create(&cloud, "Open", "161803");
    let open = json!({"type": "time_bound", "starts_at": null, "ends_at": "2090-01-31T23:00:00.000Z"});
    cloud.damage("Open", &open);
    create(&cloud, "Anna 48-217", "48217");
    create(&cloud, "55001", "55001");
    create(&cloud, "Zoe\u{1b}[2J", "660022");
    // An answer that is lost is not one that says no.
    cloud.fail("/access_codes/update", "drop", 1);
    let imported = import(at, &address, "seam", &["--out", "house", "--claim", &format!("front={LOCK}")]);
    let told = said(&imported);
    assert_eq!(imported.code, 0, "{told}");
    assert!(told.contains("of `Open` is disabled, over, or not ours to read and to write again"), "{told}");
    let text = written(at);
    for digits in ["314159", "271828", "161803", "48217", "48-217", "55001", "660022", "\u{1b}"] {
        assert!(!told.contains(digits) && !text.contains(digits), "{digits} was told");
    }
    let codes: Vec<(String, String, bool)> = cloud
        .memory(LOCK)
        .into_iter()
        .map(|(name, code, starts, ends)| {
            (name.split(" (").next().unwrap().to_owned(), code, starts.or(ends).is_some())
        })
        .collect();
    let is_there = |name: &str, code: &str, dated: bool| {
        assert!(codes.contains(&(name.to_owned(), code.to_owned(), dated)), "{name}: {codes:?}");
    };
    is_there("First", "314159", true);
    is_there("Second", "314159", false);
    is_there("Open", "161803", true);
    has_nothing_to_do(at);
}

#[test]
fn what_is_not_there_ends_with_its_own_code() {
    let cloud = Cloud::start();
    let address = format!("http://127.0.0.1:{}", cloud.port);
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let nobody = free_port();
    for (kind, address) in [
        ("zwave", format!("ws://127.0.0.1:{nobody}")),
        ("matter", format!("ws://127.0.0.1:{nobody}/ws")),
        ("seam", format!("http://127.0.0.1:{nobody}")),
    ] {
        for lock in [&[][..], &["front=2"]] {
            let run = import(at, &address, kind, lock);
            assert!(run.code == 16, "{kind} {lock:?}: {} {}", run.code, said(&run));
        }
    }
    let base = ["import", "seam", "--address", &address, "--timezone", "Europe/Berlin"];
    for key in ["", "seam_wrong_key"] {
        assert_eq!(run_with(at, &base, key).code, 16);
    }
    create(&cloud, "Ann", "314159");
    // One of two locks is not there: the other is taken over, and that not all of it was done is seen.
    let front = format!("front={LOCK}");
    let looked = import(at, &address, "seam", &[&front, "ghost=nowhere"]);
    assert!(looked.code == 16 && looked.stdout.contains("  Ann: "), "{}", said(&looked));
    // No name is taken.
    cloud.fail("/access_codes/update", "out", 99);
    let imported = import(at, &address, "seam", &["--out", "house", "--claim", &front]);
    let told = said(&imported);
    assert!(imported.code == 16 && told.contains("delete house and import again"), "{told}");
    assert_eq!(cloud.memory(LOCK)[0].0, "Ann");
    cloud.faults(&json!([]));
    fs::remove_dir_all(at.join("house")).unwrap();
    let imported = import(at, &address, "seam", &["--out", "house", "--claim", &front]);
    assert_eq!(imported.code, 0, "{}", said(&imported));
    has_nothing_to_do(at);
}

/// A call of which the driver says that it failed may have been done: the user has the new name, and is taken over.
#[test]
fn a_name_that_was_given_and_not_confirmed_is_read_back() {
    for keeps in [true, false] {
        let name = Mutex::new("Ann Smith".to_owned());
        let port = scripted(json!({"type": "version", "maxSchemaVersion": 48}), move |asked| {
            let mut name = name.lock().unwrap();
            let command = asked["methodName"].as_str().or(asked["command"].as_str()).unwrap();
            let failed = |code: u16| {
                json!({"type": "result", "messageId": asked["messageId"], "success": false,
                    "errorCode": "zwave_error", "zwaveErrorCode": code})
            };
            let user = json!({"userId": 1, "active": true, "userType": 0, "userName": *name});
            let code = json!({"userId": 1, "type": 1, "slot": 1, "data": "48217"});
            let pins =
                json!({"numberOfCredentialSlots": 2, "minCredentialLength": 4, "maxCredentialLength": 8});
            let result = match command.rsplit('.').next().unwrap() {
                "get_state" => json!({"state": {
                    "status": 4, "ready": true, "statistics": {"timeoutResponse": 0, "commandsDroppedRX": 0},
                    "endpoints": [{"commandClasses": [{"id": 131, "version": 1}]}],
                }}),
                "get_user_capabilities_cached" => {
                    json!({"capabilities": {"maxUsers": 2, "maxUserNameLength": 16}})
                }
                "get_credential_capabilities_cached" => {
                    json!({"capabilities": {"supportedCredentialTypes": {"1": pins}}})
                }
                "get_users" => json!({"users": [user]}),
                "get_user" => json!({"user": user}),
                "get_all_credentials" | "get_credentials" => json!({"credentials": [code]}),
                "set_user" => {
                    if keeps {
                        *name = asked["options"]["userName"].as_str().unwrap().to_owned();
                    }
                    return failed(204);
                }
                "getNumSlots" => return failed(302),
                _ => Value::Null,
            };
            json!({"type": "result", "messageId": asked["messageId"], "success": true, "result": result})
        });
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        let address = format!("ws://127.0.0.1:{port}");
        let imported = import(at, &address, "zwave", &["--out", "house", "--claim", "front=2"]);
        let told = said(&imported);
        assert_eq!(imported.code, if keeps { 0 } else { 16 }, "{told}");
        assert!(keeps || told.contains("the entry 1 stays as it is"), "{told}");
        assert!(!told.contains("48217"), "a doorcode was printed");
        if keeps {
            has_nothing_to_do(at);
        }
    }
}

fn week_day(weekday: u8) -> Value {
    json!({"weekday": weekday, "startHour": 8, "startMinute": 0, "stopHour": 17, "stopMinute": 59})
}

fn january(year: u8) -> Value {
    json!({"startYear": year, "startMonth": 1, "startDay": 1, "startHour": 0, "startMinute": 0,
        "stopYear": year, "stopMonth": 1, "stopDay": 31, "stopHour": 23, "stopMinute": 59})
}

fn night() -> Value {
    json!({"weekdays": [1, 2, 3, 4, 5], "startHour": 22, "startMinute": 0, "durationHour": 8, "durationMinute": 0})
}

/// The model that is written is one of the lock, so that a plan leaves its hours; hours that no model has are left alone.
#[test]
fn hours_are_taken_over_in_a_model_that_has_them() {
    let stick = Stick::that_keeps_codes();
    let code = |user: u32, code: &str| json!({format!("UserCode_userIdStatus_{user}"): 1, format!("UserCode_userCode_{user}"): code});
    let hours = |user: u32, slot: u32, kind: u32, value: Value| json!({format!("ScheduleEntryLock_schedule_{user}_{slot}_{kind}"): value});
    // A lock of nights; one with three dates for somebody, and both kinds at once for somebody else; one of weekdays.
    stick.set(2, &code(1, "43215"));
    stick.set(2, &hours(1, 1, 2, night()));
    stick.set(8, &code(1, "54321"));
    (1..=3u8).for_each(|slot| stick.set(8, &hours(1, slot.into(), 1, january(88 + slot))));
    stick.set(8, &code(2, "90817"));
    stick.set(8, &hours(2, 1, 0, week_day(1)));
    stick.set(8, &hours(2, 1, 1, january(90)));
    stick.set(5, &code(1, "66554"));
    (1..=5u8).for_each(|slot| stick.set(5, &hours(1, slot.into(), 0, week_day(slot))));
    stick.set(3, &json!({"UserCode_userIdStatus_1": 1, "UserCode_userCode_1": "77889"}));
    let before: Vec<_> = [2, 3, 5, 8].iter().map(|node| stick.memory(*node)).collect();
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let address = format!("ws://127.0.0.1:{}", stick.server);
    let locks = ["nights=2", "old=3", "days=5", "dates=8"];
    let imported = import(at, &address, "zwave", &[&["--out", "house"][..], &locks].concat());
    let told = said(&imported);
    assert_eq!(imported.code, 0, "{told}");
    assert!(told.contains("`dates`: the entry 2 has hours that no plan would leave as they are"), "{told}");
    let text = written(at);
    for model in [
        "zwave-daily-30-weekly-2: { family: zwave-daily, holders: 30, doorcodes: { capacity: 30 }, schedules: { per-holder: 2 } }",
        "zwave-10-weekly-1-dated-0: { family: zwave, holders: 10, doorcodes: { capacity: 10 }, schedules: { per-holder: 1, dated: 0 } }",
        "zwave-30: { family: zwave, holders: 30, doorcodes: { capacity: 30 } }",
        "zwave-30-dated-4: { family: zwave, holders: 30, doorcodes: { capacity: 30 }, schedules: { dated: 4 } }",
    ] {
        assert!(text.contains(model), "{model}: {text}");
    }
    has_nothing_to_do(at);
    let after: Vec<_> = [2, 3, 5, 8].iter().map(|node| stick.memory(*node)).collect();
    assert_eq!(before, after);
}
