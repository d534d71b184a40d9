//! Set-up as data: idempotent, all or nothing, told in words.

use std::collections::BTreeMap;

use hotline::config::setup::{Role, Setup};
use hotline::store::{Answer, Finding, Passwords, Publication, Store, StoreError, When};

use crate::place::{admin, at};

const SAMPLE: &str = r#"
skill_groups:
  - { id: presales, name: 售前, answer_timeout_s: 15, wrap_up_s: 10, last_agent_first: true }
  - { id: support, name: ＳＵＰＰＯＲＴ, strategy: fewest_calls, answer_timeout_s: off }
agents:
  - { no: "1001", name: 王工, groups: [presales, support] }
  - { no: "1002", name: Li, role: supervisor }
numbers:
  "4008123602": reception
  "100": "builtin:echo"
  "200": { call_type: out }
trunks:
  - { name: carrier, sources: ["203.0.113.0/24", "2001:db8::/32"], uri: "sip:carrier.example:5060" }
http_allow: ["api.example.com:8443"]
"#;

const MD5: &str = "471605ce01d88cb7e72f8d7a8c775f23";
const SHA256: &str = "6691f824622d38170de90a3b4f6fb86fdbb6fe5a6feeeb0385b75d79e1543072";

fn read(text: &str) -> Setup {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

fn passwords(password: &str) -> Passwords {
    Passwords {
        realm: "hotline".to_owned(),
        by_agent: BTreeMap::from([("1001".to_owned(), password.to_owned())]),
        ..Passwords::default()
    }
}

async fn with_flow(store: &Store) {
    let publication = Publication { name: "reception".to_owned(), ..Publication::default() };
    store.load_flow("reception", "text", When::AtStart, &publication, &admin(), at(0)).await.expect("published");
}

/// The whole set-up as the store tells it.
async fn all(store: &Store) -> String {
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
        store.groups().await.expect("groups"),
        store.agents().await.expect("agents"),
        store.numbers().await.expect("numbers"),
        store.trunks().await.expect("trunks"),
        store.http_allow().await.expect("hosts"),
        store.credentials().await.expect("credentials").iter().map(|c| c.ha1_sha256.clone()).collect::<Vec<_>>(),
    )
}

async fn findings(store: &Store, text: &str) -> Vec<Finding> {
    match store.apply_setup(&read(text), &Passwords::default(), &admin(), at(9)).await {
        Err(StoreError::Setup(findings)) => findings,
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn a_second_time_changes_nothing(place: Place) {
        with_flow(&place.store).await;
        let first = place.store.apply_setup(&read(SAMPLE), &passwords("correct horse"), &admin(), at(1)).await.expect("applied");
        assert_eq!(first.changes.len(), 9, "{:?}", first.changes);
        assert!(first.changes.iter().all(|change| change.change == "added" || change.what == "http_allow"));
        let before = all(&place.store).await;
        let second = place.store.apply_setup(&read(SAMPLE), &passwords("correct horse"), &admin(), at(2)).await.expect("applied");
        assert_eq!(second.changes, []);
        assert_eq!(all(&place.store).await, before);
    }

    async fn tells_each_change_in_words(place: Place) {
        with_flow(&place.store).await;
        place.store.apply_setup(&read(SAMPLE), &passwords("correct horse"), &admin(), at(1)).await.expect("applied");
        let changed = SAMPLE.replace("answer_timeout_s: 15", "answer_timeout_s: 30").replace("wrap_up_s: 10", "wrap_up_s: off")
            .replace("groups: [presales, support]", "groups: [support]").replace("\"builtin:echo\"", "\"builtin:tone\"")
            .replace("call_type: out", "call_type: out, answer_after_ms: 3000");
        let applied = place.store.apply_setup(&read(&changed), &passwords("other horse"), &admin(), at(2)).await.expect("applied");
        let words: Vec<String> = applied.changes.iter().map(ToString::to_string).collect();
        assert_eq!(words, [
            "skill group presales: answer_timeout_s 15 -> 30, wrap_up_s 10 -> off",
            "agent 1001: groups presales+support -> support, password changed",
            "number 100: answer builtin:echo -> builtin:tone",
            "number 200: answer_after_ms 0 -> 3000",
        ]);
        assert_eq!(place.store.agent("1001").await.expect("there").groups, ["support"]);
    }

    async fn what_it_does_not_name_stays(place: Place) {
        with_flow(&place.store).await;
        place.store.apply_setup(&read(SAMPLE), &passwords("correct horse"), &admin(), at(1)).await.expect("applied");
        let before = all(&place.store).await;
        let applied = place.store.apply_setup(&Setup::default(), &Passwords::default(), &admin(), at(2)).await.expect("applied");
        assert_eq!(applied.changes, []);
        let without_password = read("agents: [{ no: \"1001\", name: 王工, groups: [presales, support] }]");
        place.store.apply_setup(&without_password, &Passwords::default(), &admin(), at(3)).await.expect("applied");
        assert_eq!(all(&place.store).await, before);
    }

    async fn one_fault_changes_nothing_and_every_fault_is_told_with_its_place(place: Place) {
        let before = all(&place.store).await;
        let broken = r#"
skill_groups:
  - { id: good, name: 一二三四五六七八九十一二三四五六七八九十 }
  - { id: long, name: 一二三四五六七八九十一二三四五六七八九十ａ }
  - { id: same, name: good name }
  - { id: twin, name: " good name " }
  - { id: "bad id", name: x }
agents:
  - { no: "10-01", name: x }
  - { no: "1001", name: x, groups: [nobody] }
  - { no: "1001", name: y }
  - { no: "2001", name: a, role: founder }
  - { no: "2002", name: b, role: founder }
numbers:
  "400": missing
  "401": "builtin:nothing"
  "402": { answer_after_ms: 60001 }
trunks:
  - { name: t, sources: ["10.0.0.1/8"] }
  - { name: u, sources: ["10.0.0.0/40"], uri: "http://x" }
http_allow: ["https://x/"]
"#;
        let places: Vec<String> = findings(&place.store, broken).await.into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, [
            "skill_groups[1].name", "skill_groups[3].name", "skill_groups[4].id", "agents[0].no", "agents[1].groups[0]",
            "agents[2].no", "agents", "numbers.400", "numbers.401", "numbers.402.answer_after_ms", "trunks[0].sources[0]", "trunks[1].sources[0]",
            "trunks[1].uri", "http_allow[0]",
        ]);
        assert_eq!(all(&place.store).await, before);
    }

    async fn a_name_that_another_group_of_the_store_has_is_refused_unless_that_one_changes_too(place: Place) {
        let name = |a: &str, b: &str| format!("skill_groups: [{{ id: a, name: {a} }}, {{ id: b, name: {b} }}]");
        place.store.apply_setup(&read(&name("one", "two")), &Passwords::default(), &admin(), at(1)).await.expect("applied");
        assert_eq!(findings(&place.store, "skill_groups: [{ id: c, name: one }]").await[0].place, "skill_groups[0].name");
        place.store.apply_setup(&read(&name("two", "one")), &Passwords::default(), &admin(), at(2)).await.expect("swapped");
    }

    async fn a_phone_proves_its_password_by_either_hash(place: Place) {
        place.store.apply_setup(&read("agents: [{ no: \"1001\", name: x }]"), &passwords("secret words"), &admin(), at(1)).await.expect("applied");
        let credentials = place.store.credentials().await.expect("listed");
        // echo -n '1001:hotline:secret words' | md5sum, and sha256sum
        assert_eq!(credentials[0].ha1_md5, MD5);
        assert_eq!(credentials[0].ha1_sha256, SHA256);
        assert!(!format!("{credentials:?}").contains(MD5));
        assert_eq!(place.store.agent("1001").await.expect("there").role, Role::Agent);
    }

    async fn a_guessable_password_is_applied_with_a_warning(place: Place) {
        let applied = place.store.apply_setup(&read("agents: [{ no: \"1001\", name: x }]"), &passwords("1001"), &admin(), at(1)).await.expect("applied");
        assert_eq!(applied.warnings[0].place, "agents.1001.password");
    }

    async fn a_group_is_deleted_only_when_no_published_flow_uses_it_and_its_agents_stay(place: Place) {
        let publication = Publication { skill_groups: vec!["presales".to_owned()], ..Publication::default() };
        with_flow(&place.store).await;
        place.store.apply_setup(&read(SAMPLE), &Passwords::default(), &admin(), at(1)).await.expect("applied");
        place.store.load_flow("uses", "t", When::Asked, &publication, &admin(), at(2)).await.expect("published");
        let refused = place.store.delete_group("presales", &admin(), at(3)).await;
        assert!(matches!(&refused, Err(StoreError::Refused(why)) if why.contains("uses")), "{refused:?}");
        place.store.delete_group("support", &admin(), at(4)).await.expect("deleted");
        assert_eq!(place.store.agent("1001").await.expect("stays").groups, ["presales"]);
        assert!(matches!(place.store.delete_group("support", &admin(), at(5)).await, Err(StoreError::NotFound { .. })));
    }

    async fn a_trunks_password_is_kept_and_shown_nowhere(place: Place) {
        let text = |login: &str| read(&format!("trunks: [{{ name: b, uri: \"sip:carrier.example\", priority: 2, login: {{ user: u{login} }} }}, \
            {{ name: c, priority: 1, max_calls: 30, translate: [{{ strip: \"0\", prefix: \"+86\" }}], allow: [\"0\"] }}]"));
        assert_eq!(findings(&place.store, "trunks: [{ name: b, login: { user: u } }]").await[0].place, "trunks[0].login.password");
        let by_trunk = BTreeMap::from([("b".to_owned(), "correct horse".to_owned())]);
        let secret = Passwords { by_trunk, ..Passwords::default() };
        place.store.apply_setup(&text(", password: { env: X }"), &secret, &admin(), at(1)).await.expect("applied");
        let again = place.store.apply_setup(&text(""), &Passwords::default(), &admin(), at(2)).await.expect("without it the old one stays");
        assert_eq!(again.changes, []);
        let rows = place.store.trunks().await.expect("listed");
        assert_eq!(rows.iter().map(|row| (row.trunk.name.as_str(), row.password_set)).collect::<Vec<_>>(), [("c", false), ("b", true)], "by priority");
        assert_eq!((rows[0].trunk.max_calls, rows[0].trunk.allow.clone()), (Some(30), vec!["0".to_owned()]));
        let passwords = place.store.trunk_passwords().await.expect("read");
        assert_eq!(passwords.0.get("b").map(String::as_str), Some("correct horse"));
        let shown = format!("{}{passwords:?}{rows:?}", serde_json::to_string(&rows).expect("JSON"));
        assert!(!shown.contains("horse") && !shown.contains("env"), "{shown}");
        let by_trunk = BTreeMap::from([("b".to_owned(), "other horse".to_owned())]);
        let applied = place.store.apply_setup(&text(""), &Passwords { by_trunk, ..Passwords::default() }, &admin(), at(3)).await.expect("applied");
        assert_eq!(applied.changes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["trunk b: password changed"]);
    }

    async fn a_number_is_bound_again_at_once(place: Place) {
        with_flow(&place.store).await;
        place.store.apply_setup(&read(SAMPLE), &Passwords::default(), &admin(), at(1)).await.expect("applied");
        place.store.bind_number("200", &Answer::Flow("reception".to_owned()), Some("test"), &admin(), at(2)).await.expect("bound");
        let flow = place.store.flow("reception").await.expect("there");
        assert_eq!(flow.numbers, ["200", "4008123602"]);
        assert!(matches!(place.store.bind_number("999", &Answer::Nothing, None, &admin(), at(3)).await, Err(StoreError::NotFound { .. })));
    }
}
