//! Calls on phone boxes through the whole switch: a pseudo-terminal at one end, desk, API and record at the other.

mod phonebox;

use std::sync::Arc;
use std::time::Duration;

use hotline::app::{self, Running};
use hotline::base::{CallId, UtcMillis};
use hotline::call::live::{Live, Pop};
use hotline::config::setup::Role;
use hotline::config::{Config, HttpSection, SipSection};
use hotline::driver::phonebox::BoxConfig;
use hotline::store::{Actor, CallFilter, CallRow, CallSort, NewToken, Order, PageRequest};
use phonebox::pty::{Device, text};
use serde_json::{Value, json};
use tokio::sync::broadcast;

const PATIENCE: Duration = Duration::from_secs(30);
const SETUP: &str = r#"
skill_groups: [{ id: shop, name: 店面, wrap_up_s: 1 }, { id: back, name: 后台 }]
agents:
  - { no: "1001", name: 王工, groups: [shop], password: first-secret }
  - { no: "1002", name: 李工, groups: [shop], password: second-secret }
  - { no: "1003", name: 赵工, groups: [back], password: third-secret }
"#;

/// A switch with one box, bound to agent 1001, and its line.
struct House {
    running: Running,
    device: Device,
    live: broadcast::Receiver<Arc<Live>>,
    http: reqwest::Client,
    _folder: tempfile::TempDir,
}

impl House {
    async fn with(profile: &str) -> House {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("setup.yaml"), SETUP).expect("a set-up");
        let device = Device::plug_in();
        let shop = BoxConfig {
            id: "shop".into(),
            agent: Some("1001".into()),
            group: Some("shop".into()),
            number: Some("02161234567".into()),
            zone: Some("Asia/Shanghai".into()),
            ..BoxConfig::on_port(&text(&device.path), profile)
        };
        let config = Config {
            data: folder.path().join("data"),
            setup: Some(folder.path().join("setup.yaml")),
            sip: SipSection { listen: vec!["udp:127.0.0.1:0".parse().expect("an address")], ..SipSection::default() },
            http: HttpSection { listen: "127.0.0.1:0".parse().expect("an address"), ..HttpSection::default() },
            boxes: vec![shop],
            ..Config::default()
        };
        let running = app::start(&config).await.expect("the switch starts");
        let live = running.live.subscribe();
        House { running, device, live, http: reqwest::Client::new(), _folder: folder }
    }

    async fn token(&self, role: Role, agent: Option<&str>) -> String {
        let new =
            NewToken { name: format!("{role:?} {agent:?}"), role, agent: agent.map(str::to_owned), expires_at: None };
        let mut rng = app::seed().expect("randomness");
        self.running.store.create_token(&new, &mut rng, &Actor::switch(), UtcMillis(0)).await.expect("a token")
    }

    async fn get(&self, token: &str, path: &str) -> (u16, Value) {
        let url = format!("{}/api/v1/{path}", self.running.ready.http);
        let answer = self.http.get(url).bearer_auth(token).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.expect("text")).unwrap_or_default())
    }

    async fn post(&self, token: &str, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/api/v1/{path}", self.running.ready.http);
        let request = self.http.post(url).bearer_auth(token).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.expect("text")).unwrap_or_default())
    }

    /// Waits until the box is as wanted.
    async fn box_is(&self, token: &str, state: &str) -> Value {
        for _ in 0..600 {
            let (_, shown) = self.get(token, "phoneboxes/shop").await;
            if shown["state"] == state {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the box is never {state}");
    }

    async fn next<T>(&mut self, wanted: impl Fn(&Live) -> Option<T>) -> T {
        let found = async {
            loop {
                if let Some(found) = self.live.recv().await.ok().as_deref().and_then(&wanted) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.expect("it happens in time")
    }

    async fn pop(&mut self) -> (CallId, String, Pop) {
        self.next(|live| match live {
            Live::Ringing { call, agent, pop, .. } => Some((*call, agent.clone(), pop.as_ref().clone())),
            _ => None,
        })
        .await
    }

    async fn ticket(&mut self) -> i64 {
        self.next(|live| match live {
            Live::Ticket { ticket, .. } => Some(*ticket),
            _ => None,
        })
        .await
    }

    async fn prompt(&mut self, what: &str) {
        let is = |event: &Value| event["type"] == "prompt" && event["what"] == what;
        self.next(|live| match live {
            Live::PhoneBox { event, agent: Some(agent), .. } if is(event) && agent == "1001" => Some(()),
            _ => None,
        })
        .await;
    }

    async fn calls(&self) -> Vec<CallRow> {
        let page = PageRequest { limit: None, after: None };
        let store = &self.running.store;
        store.calls(&CallFilter::default(), CallSort::Started, Order::default(), &page).await.expect("calls").items
    }
}

fn run<F: Future<Output = ()>>(test: impl FnOnce() -> F) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(test());
}

#[test]
fn a_ring_pops_the_desk_and_the_answered_call_has_record_customer_and_ticket() {
    run(|| async {
        let mut house = House::with("cn-ring-cid-hook").await;
        let token = house.token(Role::Supervisor, None).await;
        house.box_is(&token, "ready").await;
        house.device.send(b"&RING:1:CID::HOOK:0*");
        house.device.send(b"&RING:1:CID:0808113013800138000:HOOK:0*");
        let (call, agent, pop) = house.pop().await;
        assert_eq!(
            (agent.as_str(), pop.caller.as_deref(), pop.called.as_str()),
            ("1001", Some("13800138000"), "02161234567")
        );
        let (_, _, pop) = house.pop().await;
        assert!(pop.customer.as_ref().is_some_and(|customer| customer.new), "the new customer's card: {pop:?}");
        house.device.send(b"&RING:1:CID::HOOK:1*");
        house.next(|live| matches!(live, Live::Answered { agent, .. } if agent == "1001").then_some(())).await;
        house.device.send(b"&RING:0:CID::HOOK:0*");
        let ticket = house.ticket().await;
        let row = house.running.store.call(call).await.expect("the record");
        assert_eq!((row.result.name(), row.agent.as_deref()), ("answered", Some("1001")));
        assert_eq!((row.skill_group.as_deref(), row.caller.as_deref()), (Some("shop"), Some("13800138000")));
        let ticket = house.running.store.ticket(ticket).await.expect("the ticket");
        assert_eq!((ticket.agent.as_deref(), ticket.customer), (Some("1001"), row.customer));
        // The same caller again is known, and the card pops with the first message.
        house.device.send(b"&RING:1:CID::HOOK:0*&RING:1:CID:0808113113800138000:HOOK:0*");
        let known = loop {
            if let (_, _, Pop { customer: Some(customer), .. }) = house.pop().await {
                break customer;
            }
        };
        assert_eq!((Some(known.id), known.new, known.calls, known.open_tickets), (row.customer, false, 1, 1));
        house.device.send(b"&RING:0:CID::HOOK:0*");
        house.ticket().await;
        let missed = house.calls().await.into_iter().find(|row| row.id != call).expect("a second call");
        assert_eq!(missed.result.name(), "abandoned", "the hook says that nobody answered");
        house.running.stop().await;
    });
}

#[test]
fn an_outgoing_call_is_dialled_from_the_desk_and_kept_only_when_it_succeeded() {
    run(|| async {
        let mut house = House::with("cn-ring-cid-hook").await;
        let supervisor = house.token(Role::Supervisor, None).await;
        let own = house.token(Role::Agent, Some("1001")).await;
        let other = house.token(Role::Agent, Some("1002")).await;
        house.box_is(&supervisor, "ready").await;
        let dial = json!({ "number": "13800138000" });
        assert_eq!(house.post(&own, "phoneboxes/shop/outcome", json!({ "success": true })).await.0, 409);
        assert_eq!(house.post(&own, "phoneboxes/none/dial", dial.clone()).await.0, 404);
        for success in [false, true] {
            assert_eq!(house.post(&own, "phoneboxes/shop/dial", dial.clone()).await.0, 200);
            house.device.hear(b"&RING:0:CID::HOOK:1*");
            house.prompt("dial_on_phone").await;
            assert_eq!(house.post(&other, "phoneboxes/shop/dial", dial.clone()).await.0, 409, "the line is in use");
            house.device.send(b"&RING:0:CID::HOOK:1*");
            house
                .next(|live| matches!(live, Live::PhoneBox { event, .. } if event["type"] == "dial_done").then_some(()))
                .await;
            house.device.send(b"&RING:0:CID::HOOK:0*");
            house
                .next(|live| matches!(live, Live::PhoneBox { event, .. } if event["type"] == "on_hook").then_some(()))
                .await;
            assert_eq!(house.post(&own, "phoneboxes/shop/outcome", json!({ "success": success })).await.0, 200);
            if !success {
                assert!(house.calls().await.is_empty());
            }
        }
        let ticket = house.ticket().await;
        let calls = house.calls().await;
        let [row] = calls.as_slice() else { panic!("one call: {calls:?}") };
        assert_eq!((row.called.as_str(), row.agent.as_deref()), ("13800138000", Some("1001")));
        let ticket = house.running.store.ticket(ticket).await.expect("the ticket");
        assert_eq!((ticket.call, ticket.customer), (Some(row.id), row.customer));
        assert!(row.customer.is_some());
        house.running.stop().await;
    });
}

fn answer_like_a_modem(device: &mut Device) {
    for asked in ["ATZ\r", "ATE0V1Q0X4S0=0\r", "AT+VCID=1\r"] {
        device.hear(asked.as_bytes());
        device.send(b"\r\nOK\r\n");
    }
}

#[test]
fn a_box_without_a_hook_never_says_missed() {
    run(|| async {
        let mut house = House::with("at-vcid-formatted").await;
        answer_like_a_modem(&mut house.device);
        let token = house.token(Role::Supervisor, None).await;
        house.box_is(&token, "ready").await;
        house.device.send(b"RING\r\nDATE = 0808\r\nTIME = 1159\r\nNMBR = 2125550147\r\nNAME = ACME\r\n");
        let (call, _, pop) = house.pop().await;
        assert_eq!(pop.caller.as_deref(), Some("2125550147"));
        let ticket = house.ticket().await;
        let row = house.running.store.call(call).await.expect("the record");
        assert_eq!((row.result.name(), row.agent), ("unknown", None));
        let ticket = house.running.store.ticket(ticket).await.expect("the ticket");
        let subject = serde_json::to_value(&ticket.subject).expect("a text")["zh"].clone();
        assert_eq!(subject, "来电：2125550147（电话盒子，是否接听未知）");
        house.running.stop().await;
    });
}

#[test]
fn the_api_shows_boxes_to_whom_they_concern() {
    run(|| async {
        let house = House::with("tci-70").await;
        let supervisor = house.token(Role::Supervisor, None).await;
        let own = house.token(Role::Agent, Some("1001")).await;
        house.box_is(&supervisor, "ready").await;
        let mut house = house;
        house.device.send(b"01      9/05     11:17 AM       702-555-1145           CARD SERVICES\r\ngarbage\r\n");
        house.pop().await;
        let shown = loop {
            let (_, shown) = house.get(&supervisor, "phoneboxes").await;
            if shown[0]["counters"]["decode_errors"] == 1 {
                break shown[0].clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(
            (&shown["id"], &shown["profile"], &shown["tells_hook"]),
            (&json!("shop"), &json!("tci-70"), &json!(false))
        );
        assert!(shown["raw"].as_array().is_some_and(|raw| {
            raw.iter().any(|piece| piece["text"].as_str().is_some_and(|text| text.contains("702-555-1145")))
        }));
        assert!(
            shown["events"].as_array().is_some_and(|events| events.iter().any(|event| event["number"] == "7025551145"))
        );
        let (status, mine) = house.get(&own, "phoneboxes/shop").await;
        assert_eq!((status, mine.get("raw")), (200, None), "an agent sees no raw bytes");
        assert_eq!(house.get("wrong", "phoneboxes").await.0, 401);
        let stranger = house.token(Role::Agent, Some("1003")).await;
        assert_eq!(house.get(&stranger, "phoneboxes").await, (200, json!([])));
        assert_eq!(house.get(&stranger, "phoneboxes/shop").await.0, 403);
        assert_eq!(house.post(&stranger, "phoneboxes/shop/dial", json!({ "number": "1" })).await.0, 403);
        assert_eq!(house.post(&own, "phoneboxes/shop/dial", json!({ "number": "1" })).await.0, 409, "it cannot dial");
        let House { device, running, .. } = house;
        drop(device);
        running.stop().await;
    });
}
