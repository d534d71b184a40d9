//! Publication: at once, at a set time, by the command line; rolled back; broken, without harm to the version that runs.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::house::{HIGH_HZ, House, LOW_HZ, NUMBER, TEST_NUMBER, flow, heard};

const BOTH: &[f64] = &[LOW_HZ, HIGH_HZ];

/// Calls until the tone is heard, since another process's change is seen within a second.
async fn until_heard(house: &House, hz: f64) {
    for _ in 0..20 {
        let mut caller = house.caller().await;
        let found = heard(&caller, BOTH).await;
        caller.hang_up().await.expect("hung up");
        if found == hz {
            return;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    panic!("new calls do not hear {hz} Hz");
}

/// Until the switch has read the set-up in which the test number plays a tone to everybody.
async fn until_read(house: &House) {
    for _ in 0..100 {
        let mut caller = house.phone("13800138000").await;
        if caller.call(TEST_NUMBER).await.is_ok() {
            return caller.hang_up().await.expect("hung up");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the changed set-up is not read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_counts_for_new_calls_at_once_and_calls_that_are_up_stay_on_their_version() {
    let house = House::open().await;
    let before = house.caller().await;
    assert_eq!(heard(&before, BOTH).await, LOW_HZ);

    house.save(&flow("high")).await;
    let (status, version) = house.api("POST", "/flows/main/publish", json!({ "why": "louder" })).await;
    assert_eq!((status, &version["version"]), (200, &json!(2)), "{version}");
    until_heard(&house, HIGH_HZ).await;
    assert_eq!(heard(&before, BOTH).await, LOW_HZ, "a call that is up stays on its version");

    let (status, diff) = house.api("GET", "/flows/main/diff?from=1&to=2", Value::Null).await;
    let text = diff["diff"].as_str().expect("a diff");
    assert_eq!(status, 200);
    assert!(text.contains("-  hello: { en-US: [{ audio: low }] }"), "{text}");
    assert!(text.contains("+  hello: { en-US: [{ audio: high }] }"), "{text}");

    let (status, back) = house.api("POST", "/flows/main/roll-back", json!({ "version": 1, "why": "worse" })).await;
    assert_eq!(status, 200, "{back}");
    until_heard(&house, LOW_HZ).await;
    let (_, log) = house.api("GET", "/audit?limit=50", Value::Null).await;
    let acts: Vec<&str> =
        log["items"].as_array().expect("a page").iter().filter_map(|row| row["action"].as_str()).collect();
    assert_eq!(acts[..3], ["roll_back", "publish", "edit"], "{log}");
    assert_eq!((log["items"][1]["who"].as_str(), log["items"][1]["why"].as_str()), (Some("admin"), Some("louder")));
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_with_errors_is_refused_with_its_findings_and_nothing_changes() {
    let house = House::open().await;
    house.save(&flow("nowhere")).await;
    let (status, refused) = house.api("POST", "/flows/main/publish", json!({})).await;
    assert_eq!((status, refused["error"]["code"].as_str()), (409, Some("flow_has_errors")), "{refused}");
    let found = refused["diagnostics"].as_array().expect("findings");
    assert!(found.iter().any(|one| one["code"] == "E105" && one["line"] == 6), "{refused}");
    let (_, listed) = house.api("GET", "/flows", Value::Null).await;
    assert_eq!((listed[0]["published"].as_i64(), listed[0]["state"].as_str()), (Some(1), Some("in_use")));
    until_heard(&house, LOW_HZ).await;

    let (status, _) = house.api("DELETE", "/flows/main/draft", Value::Null).await;
    assert_eq!(status, 200);
    let (status, gone) = house.api("POST", "/flows/main/publish", json!({})).await;
    assert_eq!(status, 404, "{gone}");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_publication_happens_at_its_time_and_not_when_its_draft_was_edited_or_is_broken() {
    let house = House::open().await;
    let plan = async |content: &str| {
        house.save(content).await;
        let at = house.now().0 + 1500;
        let (status, planned) = house.api("PUT", "/flows/main/schedule", json!({ "at": at, "why": "night" })).await;
        assert_eq!(status, 200, "{planned}");
    };
    let last = async || {
        for _ in 0..100 {
            let (_, listed) = house.api("GET", "/flows", Value::Null).await;
            if listed[0]["scheduled_at"].is_null() {
                let (_, log) = house.api("GET", "/audit?limit=1", Value::Null).await;
                return (listed[0]["published"].as_i64(), log["items"][0].clone());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the plan stays");
    };
    plan(&flow("nowhere")).await;
    let (published, told) = last().await;
    assert_eq!((published, told["action"].as_str()), (Some(1), Some("cancel_schedule")), "{told}");
    assert!(told["why"].as_str().expect("a reason").contains("E105"), "{told}");

    plan(&flow("high")).await;
    house.save(&format!("{}# edited\n", flow("high"))).await;
    let (published, told) = last().await;
    assert_eq!(published, Some(1), "{told}");
    assert!(told["why"].as_str().expect("a reason").contains("edited"), "{told}");

    plan(&flow("high")).await;
    let (published, told) = last().await;
    assert_eq!((published, told["action"].as_str(), told["who"].as_str()), (Some(2), Some("publish"), Some("admin")));
    until_heard(&house, HIGH_HZ).await;
    house.running.stop().await;
}

/// Fault 19.
#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_cannot_be_read_leaves_the_good_one_and_every_call_in_place() {
    let house = House::open().await;
    let before = house.caller().await;
    house.save(&flow("high")).await;
    let (status, _) = house.api("POST", "/flows/main/publish", json!({})).await;
    assert_eq!(status, 200);
    until_heard(&house, HIGH_HZ).await;

    // A row that was damaged from outside, then a change that makes the switch read everything anew.
    let url = format!("sqlite:{}", house.config.data.join("hotline.db").display());
    let mut raw = sqlx::SqlitePool::connect(&url).await.expect("the database");
    sqlx::query("UPDATE flow_versions SET content = 'ivr: [' WHERE version = 2").execute(&raw).await.expect("damaged");
    let (status, _) = house.api("PUT", &format!("/numbers/{TEST_NUMBER}"), json!({ "flow": "builtin:tone" })).await;
    assert_eq!(status, 200);
    until_read(&house).await;
    until_heard(&house, HIGH_HZ).await;
    assert_eq!(heard(&before, BOTH).await, LOW_HZ, "a call that is up goes on");

    // A switch that starts on it runs the newest version that can be read.
    let House { running, folder, config, .. } = house;
    running.stop().await;
    raw.close().await;
    raw = sqlx::SqlitePool::connect(&url).await.expect("the database");
    let running = hotline::app::start(&config).await.expect("it starts");
    let server = running.sip_udp().expect("udp");
    let mut caller = hotline::driver::phone::Phone::bind("1", server, hotline::app::seed().expect("randomness"))
        .await
        .expect("a phone");
    caller.call(NUMBER).await.expect("answered");
    assert_eq!(heard(&caller, BOTH).await, LOW_HZ);
    raw.close().await;
    running.stop().await;
    drop(folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_publishes_all_of_its_files_or_none() {
    let house = House::open().await;
    let config = house.folder.path().join("hotline.yaml");
    let text = "data: data\nflows: flows\naudio: audio\nsip: { listen: [\"udp:127.0.0.1:0\"] }\nhttp: { listen: \"127.0.0.1:0\" }\n";
    std::fs::write(&config, text).expect("a configuration");
    let hotline = |args: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_hotline"))
            .args(["flow", "--config", config.to_str().expect("a path"), "--language", "en-US"])
            .args(args)
            .current_dir(house.folder.path())
            .output()
            .expect("it runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    std::fs::write(house.folder.path().join("flows/main.yaml"), flow("high")).expect("a flow");
    std::fs::write(house.folder.path().join("flows/other.yaml"), flow("high"))
        .expect("a flow whose id is not its name");
    let (code, _, told) = hotline(&["publish"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("E004") && told.contains("nothing is published"), "{told}");
    until_heard(&house, LOW_HZ).await;

    std::fs::remove_file(house.folder.path().join("flows/other.yaml")).expect("removed");
    let (code, told, errors) = hotline(&["publish", "--why", "spring"]);
    assert_eq!((code, told.as_str()), (Some(0), "main version 2\n"), "{errors}");
    until_heard(&house, HIGH_HZ).await;
    let (_, told, _) = hotline(&["versions", "main"]);
    assert!(
        told.lines().next().is_some_and(|line| line.starts_with("v2 ") && line.ends_with("command line: spring")),
        "{told}"
    );
    let (code, _, told) = hotline(&["withdraw", "main"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("in use (使用中) by 400"), "{told}");
    let (code, told, _) = hotline(&["roll-back", "main", "1"]);
    assert_eq!((code, told.as_str()), (Some(0), "new calls run main version 1\n"));
    until_heard(&house, LOW_HZ).await;
    let (_, told, _) = hotline(&["list"]);
    assert!(told.contains("in_use") && told.contains("v1") && told.contains("400"), "{told}");
    house.running.stop().await;
}
