//! A building is taken over: `import` from the locks themselves, and then a plan has nothing to do; the next changes keep the
//! doorcodes that people had.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::command::{Run, keyplan_with};
use crate::doubles::{Cloud, Fabric, SEAM_KEY, Stick};

fn run(directory: &Path, arguments: &[&str]) -> Run {
    let identity = directory.join("identity").display().to_string();
    let environment = [("KEYPLAN_IDENTITY_FILE", identity.as_str()), ("SEAM_API_KEY", SEAM_KEY)];
    let run = keyplan_with(directory, &[arguments, &["-v", "-v"]].concat(), &environment);
    assert!(!run.stdout.contains(SEAM_KEY) && !run.stderr.contains(SEAM_KEY), "the key was printed");
    run
}

fn has_nothing_to_do(directory: &Path) {
    for arguments in [&["plan", "house"][..], &["plan", "--refresh", "house"]] {
        let plan = run(directory, arguments);
        assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    }
    let drift = run(directory, &["drift", "house"]);
    let fine =
        drift.stdout.contains("nothing differs") || drift.stdout.contains(" 0 entries of ours damaged");
    assert!(drift.code == 0 && fine, "{}{}", drift.stdout, drift.stderr);
}

fn property(directory: &Path) -> String {
    let mut text = String::new();
    let mut files: Vec<_> =
        fs::read_dir(directory.join("house")).unwrap().map(|one| one.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.is_file()) {
        text += &format!("# {}\n{}", file.file_name().unwrap().display(), fs::read_to_string(file).unwrap());
    }
    text
}

fn week_day(weekday: u8, from: (u8, u8), stop: (u8, u8)) -> serde_json::Value {
    json!({"weekday": weekday, "startHour": from.0, "startMinute": from.1, "stopHour": stop.0, "stopMinute": stop.1})
}

#[test]
fn zwave_locks_are_taken_over_as_they_are() {
    let stick = Stick::start();
    // Somebody with the same digits at two locks at all hours; somebody with hours at one; somebody who is disabled.
    for (node, user, digits, status) in
        [(2, 1, "43215", 1), (5, 7, "43215", 1), (2, 4, "90817", 1), (5, 9, "66554", 2)]
    {
        stick.set(
            node,
            &json!({format!("UserCode_userIdStatus_{user}"): status, format!("UserCode_userCode_{user}"): digits}),
        );
    }
    for day in 1..=5u8 {
        stick.set(
            2,
            &json!({format!("ScheduleEntryLock_schedule_4_{day}_0"): week_day(day, (8, 0), (17, 59))}),
        );
    }
    let before = [stick.memory(2), stick.memory(5)];
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let address = format!("ws://127.0.0.1:{}", stick.server);
    let arguments = [
        "import",
        "zwave",
        "--address",
        &address,
        "--timezone",
        "Europe/Berlin",
        "--out",
        "house",
        "front=2",
        "back=5",
    ];
    let imported = run(at, &arguments);
    assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    assert!(imported.stderr.contains("`back`: the entry 9 is disabled"), "{}", imported.stderr);
    assert!(imported.stderr.contains("3 doorcodes are kept, sealed"), "{}", imported.stderr);
    let text = property(at);
    assert!(text.contains("mon-fri: 08:00-18:00") && text.contains("family: zwave, holders: 30"), "{text}");
    has_nothing_to_do(at);
    assert_eq!([stick.memory(2), stick.memory(5)], before, "nothing was changed in a lock");
    // Whoever has the hours leaves; whoever stays has the digits they had.
    let assignments = fs::read_to_string(at.join("house/property.yaml")).unwrap();
    assert!(text.contains("front-1") && text.contains("front-4"), "{text}{assignments}");
    let files = ["property.yaml", "people.yaml", "assignments.yaml", "keys.yaml"];
    let leaves = files.iter().map(|name| at.join("house").join(name)).filter(|path| path.is_file());
    for file in leaves {
        let kept: Vec<String> = fs::read_to_string(&file)
            .unwrap()
            .lines()
            .filter(|line| !line.contains("front-4"))
            .map(str::to_owned)
            .collect();
        fs::write(&file, kept.join("\n") + "\n").unwrap();
    }
    let settings = fs::read_to_string(at.join("house/keyplan.yaml")).unwrap();
    fs::write(
        at.join("house/keyplan.yaml"),
        settings
            + "limits: { revoke-share: 100% }
",
    )
    .unwrap();
    let applied = run(at, &["apply", "--yes", "house"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(stick.memory(2), (vec![(1, "43215".to_owned())], Vec::new()));
    assert_eq!(stick.memory(5).0, before[1].0);
    for said in [&imported, &applied] {
        for digits in ["43215", "90817", "66554"] {
            assert!(!said.stdout.contains(digits) && !said.stderr.contains(digits), "a doorcode was printed");
            assert!(!text.contains(digits), "a doorcode was written");
        }
    }
    // A second time nothing is overwritten.
    let again = run(at, &arguments);
    assert!(
        again.code == 2 && again.stderr.contains("is there already; nothing was written"),
        "{}",
        again.stderr
    );
    // All locks that take codes, when none is named; the old one and the switch are told apart.
    let all = run(at, &["import", "zwave", "--address", &address, "--timezone", "Europe/Berlin"]);
    assert!(
        all.code == 0 && all.stdout.contains("lock-2:") && all.stdout.contains("lock-5:"),
        "{}",
        all.stdout
    );
    assert!(!all.stdout.contains("lock-4:"), "{}", all.stdout);
}

#[test]
fn zwave_users_are_taken_over_under_the_names_that_keyplan_gives_them() {
    let stick = Stick::start();
    let user = |name: &str, active: bool| {
        json!({"userType": 0, "active": active, "credentialRule": 1, "expiringTimeoutMinutes": 0, "nameEncoding": 0,
            "userName": name, "modifierType": 3, "modifierNodeId": 0})
    };
    let code = |user: u32, code: &str| json!({"userId": user, "credentialData": code, "modifierType": 3, "modifierNodeId": 0});
    stick.set(
        6,
        &json!({
            "UserCredential_user_3": user("Ann Smith", true), "UserCredential_cred_1_5": code(3, "43215"),
            "UserCredential_user_4": user("bob", true), "UserCredential_cred_1_4": code(4, "90817"),
            "UserCredential_user_8": user("Gone", false), "UserCredential_cred_1_8": code(8, "66554"),
            "ScheduleEntryLock_schedule_4_1_0": week_day(2, (8, 0), (17, 59)),
        }),
    );
    let before = stick.users(6);
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let address = format!("ws://127.0.0.1:{}", stick.server);
    let base = ["import", "zwave", "--address", &address, "--timezone", "Europe/Berlin", "front=6"];
    let looked = run(at, &base);
    assert!(looked.code == 0 && looked.stdout.contains("ann-smith"), "{}{}", looked.stdout, looked.stderr);
    let asked = run(at, &[&base[..], &["--out", "house"]].concat());
    assert!(asked.code == 2 && asked.stderr.contains("as `ann-smith` for `Ann Smith`"), "{}", asked.stderr);
    assert_eq!(stick.users(6), before, "nothing was claimed yet");
    let imported = run(at, &[&base[..], &["--out", "house", "--claim"]].concat());
    assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    assert!(imported.stderr.contains("the entry 8 of `Gone` is disabled"), "{}", imported.stderr);
    let mut expected = before.clone();
    expected[0].1 = "ann-smith".to_owned();
    assert_eq!(stick.users(6), expected, "codes and states stay");
    has_nothing_to_do(at);
    for said in [&looked, &asked, &imported] {
        for digits in ["43215", "90817", "66554"] {
            assert!(!said.stdout.contains(digits) && !said.stderr.contains(digits), "a doorcode was printed");
        }
    }
    assert_eq!(stick.users(6), expected);
}

#[test]
fn codes_at_seam_are_taken_over_with_their_digits() {
    let cloud = Cloud::start();
    let create = |device: &str, name: &str, code: &str, dates: Option<(&str, &str)>| {
        let mut fields = json!({"device_id": device, "name": name, "code": code});
        if let Some((starts, ends)) = dates {
            (fields["starts_at"], fields["ends_at"]) = (starts.into(), ends.into());
        }
        let answer = cloud.call("/access_codes/create", &fields);
        assert_eq!(answer["ok"], true, "{answer}");
    };
    let stay = Some(("2089-12-31T23:00:00.000Z", "2090-01-31T23:00:00.000Z"));
    create("august_device_1", "Ann Smith", "43215", None);
    create("august_device_2", "Ann Smith", "54321", None);
    create("august_device_1", "Guest", "90817", stay);
    create("august_device_1", "Guest", "90818", None);
    cloud.call(
        "/access_codes/simulate/create_unmanaged_access_code",
        &json!({"device_id": "august_device_2", "name": "Landlord", "code": "66554"}),
    );
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let address = format!("http://127.0.0.1:{}", cloud.port);
    let base = ["import", "seam", "--address", &address, "--timezone", "Europe/Berlin"];
    let locks = ["front=august_device_1", "back=august_device_2"];
    let looked = run(at, &[&base[..], &locks].concat());
    assert!(looked.code == 0 && looked.stdout.contains("ann-smith"), "{}{}", looked.stdout, looked.stderr);
    let asked = run(at, &[&base[..], &["--out", "house"], &locks].concat());
    assert!(asked.code == 2 && asked.stderr.contains("Say `--claim`"), "{}", asked.stderr);
    assert!(
        cloud.memory("august_device_1").iter().all(|(name, ..)| !name.contains("keyplan")),
        "nothing was claimed yet"
    );
    let imported = run(at, &[&base[..], &["--out", "house", "--claim"], &locks].concat());
    assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    assert!(imported.stderr.contains("of `Landlord` is disabled, over, or not ours"), "{}", imported.stderr);
    let told = |device: &str| -> Vec<(String, String, bool)> {
        let codes = cloud.memory(device).into_iter();
        let mut codes: Vec<_> = codes.map(|(name, code, starts, _)| (code, name, starts.is_some())).collect();
        codes.sort();
        codes
    };
    let front: Vec<(String, String, bool)> = told("august_device_1");
    let digits: Vec<(&str, bool)> = front.iter().map(|(code, _, dated)| (code.as_str(), *dated)).collect();
    assert_eq!(digits, [("43215", false), ("90817", true), ("90818", false)]);
    let mut names: Vec<&str> = front.iter().map(|(_, name, _)| name.split(" (").next().unwrap()).collect();
    names.sort_unstable();
    // Ids are made of names; two entries of one lock are two people.
    assert_eq!(names, ["Guest", "ann-smith", "guest-2"], "{front:?}{}", imported.stderr);
    has_nothing_to_do(at);
    assert!(told("august_device_2").contains(&("66554".into(), "Landlord".into(), false)));
    assert!(!property(at).contains("43215") && !imported.stderr.contains("43215"));
}

/// What a Matter lock has of a user: name, type and code.
type MatterUser = (String, u64, String);

fn users(fabric: &Fabric) -> Vec<MatterUser> {
    let memory = fabric.memory();
    let list = |name: &str| memory[name].as_array().unwrap().clone();
    let digits = |user: &Value| {
        let code = list("codes").into_iter().find(|code| code["index"] == user["credentials"][0]);
        code.map_or_else(String::new, |code| code["digits"].as_str().unwrap().to_owned())
    };
    let user = |user: &Value| {
        (user["userName"].as_str().unwrap().to_owned(), user["userType"].as_u64().unwrap(), digits(user))
    };
    let mut users: Vec<MatterUser> = list("users").iter().map(user).collect();
    users.sort();
    users
}

fn code_of(fabric: &Fabric, name: &str) -> Option<String> {
    users(fabric).into_iter().find(|user| user.0 == name).map(|user| user.2)
}

/// Replaces a text in the files of the property; nothing takes whole lines away.
fn edit(directory: &Path, text: &str, by: Option<&str>) {
    let mut edited = 0;
    for name in ["property.yaml", "doors.yaml", "keys.yaml", "people.yaml"] {
        let path = directory.join("house").join(name);
        let Ok(before) = fs::read_to_string(&path) else { continue };
        let after = match by {
            Some(by) => before.replace(text, by),
            None => {
                before.lines().filter(|line| !line.contains(text)).map(|line| format!("{line}\n")).collect()
            }
        };
        edited += usize::from(after != before);
        fs::write(&path, after).unwrap();
    }
    assert!(edited > 0, "`{text}` stands nowhere");
}

/// Applies what a guard refuses, once somebody has read the plan and allows it.
fn allow(directory: &Path, guard: &str, more: &[&str]) -> Run {
    let plan = run(directory, &[&["plan", "--format", "json", "house"], more].concat());
    let document: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(document["refusals"][0]["guard"], guard, "{document}");
    let digest = document["digest"].as_str().unwrap();
    run(directory, &[&["apply", "--expect", digest, "--allow", guard, "house"], more].concat())
}

#[test]
fn matter_locks_are_taken_over_and_keep_the_codes_that_they_tell_nobody() {
    let fabric = Fabric::start();
    fabric.invite(1, "Ann Smith", 0, "43215");
    fabric.invite(2, "bob", 2, "908172");
    let week = json!({"weekDayIndex": 1, "userIndex": 2, "daysMask": 62, "startHour": 8, "startMinute": 0, "endHour": 17, "endMinute": 59});
    fabric.order("SetWeekDaySchedule", &week);
    fabric.invite(4, "", 0, "665544");
    // Somebody who is disabled, somebody without a code, somebody whose hours were never set, and a guest of another system.
    fabric.invite(5, "Cleo", 0, "778899");
    let status = |user: u32, status: u8| {
        json!({"operationType": 2, "userIndex": user, "userName": null, "userUniqueID": null, "userStatus": status,
            "userType": null, "credentialRule": null})
    };
    fabric.order("SetUser", &status(5, 3));
    fabric.invite(6, "Dan", 0, "112358");
    fabric.damage(&json!({"unpin": 6}));
    fabric.invite(7, "Eve", 2, "314159");
    fabric.damage(&json!({"guest": {"index": 9, "digits": "271828"}}));
    let before = users(&fabric);
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let address = format!("ws://127.0.0.1:{}/ws", fabric.port);
    let base = ["import", "matter", "--address", &address, "--timezone", "Europe/Berlin"];
    // All locks of the fabric, by the names that they have there.
    let looked = run(at, &base);
    assert!(looked.code == 0 && looked.stdout.contains("ann-smith"), "{}{}", looked.stdout, looked.stderr);
    assert!(
        looked.stdout.contains("model: matter-10-weekly-7-dated-2, provider: matter, id: \"1\""),
        "{}",
        looked.stdout
    );
    let asked = run(at, &[&base[..], &["--out", "house", "front=1"]].concat());
    assert!(asked.code == 2 && asked.stderr.contains("Say `--claim`"), "{}", asked.stderr);
    assert_eq!(users(&fabric), before, "nothing was claimed yet");
    let imported = run(at, &[&base[..], &["--out", "house", "--claim", "front=1"]].concat());
    assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    for told in [
        "`front`: the entry 5 of `Cleo` is disabled, over, or not ours to read",
        "`front`: the entry 6 of `Dan` has no doorcode",
        "`front`: the entry 7 of `Eve` is disabled, over, or not ours to read",
        "`front`: the entry 9 of `guest` is of another system, which alone can change it",
        "3 doorcodes stay in their locks, known to nobody here",
    ] {
        assert!(imported.stderr.contains(told), "{told}: {}", imported.stderr);
    }
    // Names are now the beginnings of ids; whatever else there was is as it was.
    let claimed = |(name, user_type, digits): MatterUser| {
        let names = [("Ann Smith", "ann-smith"), ("", "front-4")];
        let new = names.into_iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new.to_owned());
        (new, user_type, digits)
    };
    let mut expected: Vec<MatterUser> = before.into_iter().map(claimed).collect();
    expected.sort();
    assert_eq!(users(&fabric), expected);
    assert!(property(at).contains("mon-fri: 08:00-18:00"), "{}", property(at));
    has_nothing_to_do(at);
    // What is known of the codes is said.
    let listed = run(at, &["codes", "list", "house"]).stdout;
    assert!(
        listed.contains("3 doorcodes, 3 of them set elsewhere and not known here")
            && listed.contains("  bob: front (not known)"),
        "{listed}"
    );
    let revealed = run(at, &["codes", "reveal", "bob", "--property", "house"]);
    assert!(
        revealed.code == 2
            && revealed.stderr.contains("nobody here knows the doorcode of `bob` at front")
            && revealed.stderr.contains("keyplan codes rotate bob"),
        "{}",
        revealed.stderr
    );
    let shown = run(at, &["state", "show", "front", "--property", "house"]).stdout;
    assert_eq!(shown.matches("(doorcode set elsewhere, not known)").count(), 3, "{shown}");
    // Other hours leave the digits where they are, whoever has set them last.
    edit(at, "08:00-18:00", Some("09:00-18:00"));
    let plan = run(at, &["plan", "--format", "json", "house"]);
    let document: Value = serde_json::from_str(&plan.stdout).unwrap();
    let change = &document["changes"][0];
    assert_eq!(
        (&change["doorcode"], &change["doorcode_untold"]),
        (&json!("keeps"), &json!(true)),
        "{document}"
    );
    let applied = run(at, &["apply", "--yes", "house"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(users(&fabric), expected);
    assert_eq!(fabric.memory()["weekDays"][0]["startHour"], 9);
    fabric.damage(&json!({"pin": {"index": 2, "digits": "161803"}}));
    has_nothing_to_do(at);
    edit(at, "09:00-18:00", Some("10:00-18:00"));
    let applied = run(at, &["apply", "--yes", "house"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(code_of(&fabric, "bob").as_deref(), Some("161803"));
    assert_eq!(fabric.memory()["weekDays"][0]["startHour"], 10);
    has_nothing_to_do(at);
    // A code that is gone is damage, and nobody gets another unasked.
    fabric.damage(&json!({"unpin": 1}));
    let drift = run(at, &["drift", "house"]);
    assert!(
        drift.stdout.contains("entry of `ann-smith` was changed, its doorcode is gone"),
        "{}",
        drift.stdout
    );
    let refused = run(at, &["apply", "--yes", "--refresh", "house"]);
    assert!(
        refused.code == 11 && refused.stderr.contains("`ann-smith` would lose a doorcode for good"),
        "{}{}",
        refused.stdout,
        refused.stderr
    );
    assert_eq!(code_of(&fabric, "ann-smith").as_deref(), Some(""));
    let allowed = allow(at, "doorcodes", &["--refresh"]);
    assert_eq!(allowed.code, 0, "{}{}", allowed.stdout, allowed.stderr);
    let made = code_of(&fabric, "ann-smith").unwrap();
    assert!(made.len() >= 4 && made != "43215");
    has_nothing_to_do(at);
    assert!(run(at, &["codes", "list", "house"]).stdout.contains("  ann-smith: front\n"));
    // So is a whole entry, also where another change is what finds it.
    fabric.damage(&json!({"forget": 4}));
    edit(at, "10:00-18:00", Some("11:00-18:00"));
    let applied = run(at, &["apply", "--yes", "house"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(code_of(&fabric, "front-4"), None);
    let refused = run(at, &["apply", "--yes", "house"]);
    assert!(refused.code == 11 && refused.stderr.contains("`front-4` would lose"), "{}", refused.stderr);
    let allowed = allow(at, "doorcodes", &[]);
    assert_eq!(allowed.code, 0, "{}{}", allowed.stdout, allowed.stderr);
    let anew = code_of(&fabric, "front-4").unwrap();
    assert!(anew.len() >= 4 && anew != "665544");
    has_nothing_to_do(at);
    // Another code by somebody's word is one that is known from then on.
    let rotated = run(at, &["codes", "rotate", "bob", "--yes", "--property", "house"]);
    assert_eq!(rotated.code, 0, "{}", rotated.stderr);
    let applied = run(at, &["apply", "--yes", "house"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let bobs = code_of(&fabric, "bob").unwrap();
    assert!(bobs.len() >= 4 && bobs != "161803");
    assert!(run(at, &["codes", "list", "house"]).stdout.starts_with("house: 3 doorcodes\n"));
    has_nothing_to_do(at);
    // Whoever leaves is gone, and what is not ours is as it ever was.
    edit(at, "bob", None);
    let applied = run(at, &["apply", "--yes", "house"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let left: Vec<String> = users(&fabric).into_iter().map(|user| user.0).collect();
    assert_eq!(left, ["Cleo", "Dan", "Eve", "ann-smith", "front-4", "guest"]);
    assert_eq!(code_of(&fabric, "guest").as_deref(), Some("271828"));
    for said in [&imported, &applied, &allowed, &refused, &revealed] {
        for digits in ["43215", "908172", "665544", "161803", &made, &anew, &bobs] {
            assert!(!said.stdout.contains(digits) && !said.stderr.contains(digits), "a doorcode was printed");
        }
    }
}

/// What is ours in a lock leaves with its holder, also where nobody ever knew the code; and a new id keeps it.
#[test]
fn somebody_whose_code_nobody_knows_gets_another_id_and_leaves() {
    let fabric = Fabric::start();
    fabric.invite(1, "ann", 0, "43215");
    fabric.invite(2, "bob", 0, "908172");
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let address = format!("ws://127.0.0.1:{}/ws", fabric.port);
    let imported = run(
        at,
        &[
            "import",
            "matter",
            "--address",
            &address,
            "--timezone",
            "Europe/Berlin",
            "--out",
            "house",
            "--claim",
            "front=1",
        ],
    );
    assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    has_nothing_to_do(at);
    let moved = run(at, &["state", "mv", "person", "ann", "anna", "--property", "house"]);
    assert_eq!(moved.code, 0, "{}", moved.stderr);
    edit(at, "ann", Some("anna"));
    let applied = run(at, &["apply", "--yes", "--refresh", "house"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(code_of(&fabric, "anna").as_deref(), Some("43215"), "{:?}", users(&fabric));
    has_nothing_to_do(at);
    edit(at, ", bob", Some(""));
    edit(at, "  bob: ", None);
    let applied = run(at, &["apply", "--yes", "house"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(users(&fabric), [("anna".to_owned(), 0, "43215".to_owned())]);
    has_nothing_to_do(at);
}
