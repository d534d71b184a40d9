//! The audio library: from an upload to what a caller hears, and what is refused on the way.

use std::time::Duration;

use hotline::config::setup::Role;
use serde_json::{Value, json};

use crate::house::{House, LOW_HZ, flow, heard, tone};

const LIBRARY_HZ: f64 = 1000.0;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_heard_once_somebody_else_approved_it_and_stays_while_it_is_used() {
    let house = House::open().await;
    let (status, row) = house.upload("welcome_2027", "welcome.wav", &tone(LIBRARY_HZ, 10, 16_000)).await;
    assert_eq!((status, row["state"].as_str()), (201, Some("pending")), "{row}");
    house.save(&flow("welcome_2027")).await;
    let (status, refused) = house.api("POST", "/flows/main/publish", json!({})).await;
    assert_eq!(status, 409);
    let found = refused["diagnostics"].as_array().expect("findings");
    assert!(found.iter().any(|one| one["code"] == "E121"), "not approved: {refused}");

    let approve = json!({ "state": "approved" });
    let (status, own) = house.api("POST", "/audio/welcome_2027/review", approve.clone()).await;
    assert_eq!(status, 409, "one's own upload: {own}");
    let reviewer = house.token("reviewer", Role::Admin).await;
    let (status, done) = house.api_as(&reviewer, "POST", "/audio/welcome_2027/review", approve).await;
    assert_eq!(status, 200, "{done}");
    let (status, version) = house.api("POST", "/flows/main/publish", json!({})).await;
    assert_eq!((status, &version["audio"]), (200, &json!(["welcome_2027"])), "{version}");

    let mut found = 0.0;
    for _ in 0..20 {
        let mut caller = house.caller().await;
        found = heard(&caller, &[LIBRARY_HZ, LOW_HZ]).await;
        caller.hang_up().await.expect("hung up");
        if found == LIBRARY_HZ {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(found, LIBRARY_HZ, "what was uploaded is heard");

    let (status, used) = house.api("DELETE", "/audio/welcome_2027", Value::Null).await;
    assert_eq!(status, 409);
    assert!(used["error"]["message"].as_str().is_some_and(|told| told.contains("main")), "{used}");
    let (status, rejected) =
        house.api_as(&reviewer, "POST", "/audio/welcome_2027/review", json!({ "state": "rejected" })).await;
    assert_eq!(status, 409, "what plays stays approved: {rejected}");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_sound_or_too_much_of_one_is_refused_each_in_its_own_words() {
    let house = House::open().await;
    let whole = tone(LIBRARY_HZ, 1, 16_000);
    let mut six = whole.clone();
    six[22] = 6;
    let mut wma = whole.clone();
    wma[20..22].copy_from_slice(&[0x61, 0x01]);
    let cases: &[(&str, Vec<u8>, u16, &str)] = &[
        ("empty.wav", Vec::new(), 422, "audio_empty"),
        ("text.wav", b"hello, this is a text and no sound".to_vec(), 422, "audio_wrong_kind"),
        ("big.wav", vec![0; 5 * 1024 * 1024 + 1], 422, "audio_too_large"),
        ("huge.wav", vec![0; 40 * 1024 * 1024], 422, "audio_too_large"),
        ("fast.wav", tone(LIBRARY_HZ, 1, 96_000), 422, "audio_sample_rate"),
        ("six.wav", six, 422, "audio_channels"),
        ("wma.wav", wma, 422, "audio_codec"),
        ("cut.wav", whole[..whole.len() - 100].to_vec(), 422, "audio_cut_off"),
    ];
    for (name, bytes, status, code) in cases {
        let (answered, told) = house.upload("attempt", name, bytes).await;
        assert_eq!((answered, told["error"]["code"].as_str()), (*status, Some(*code)), "{name}: {told}");
    }
    let (status, taken) = house.upload("low", "low.wav", &whole).await;
    assert_eq!(status, 409, "an id of the installation: {taken}");
    let (_, listed) = house.api("GET", "/audio", Value::Null).await;
    assert_eq!(listed, json!([]), "nothing of what was refused is kept");
    house.running.stop().await;
}
