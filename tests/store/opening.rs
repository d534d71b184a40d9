//! Opening, migrating, surviving a restart.

use std::net::SocketAddr;

use hotline::store::{Store, StoreError, StoreUrl};

use crate::place::{at, running};
use crate::story::answered;

on_both! {
    async fn an_empty_database_is_migrated_and_opening_again_changes_nothing(place: Place) {
        let recorder = running(&place).await;
        recorder.record(answered(1, Some("13800138000")));
        recorder.settle().await;
        let before = crate::place::dump(&place.store).await;
        let again = place.again().await;
        again.ping().await.expect("it answers");
        assert_eq!(crate::place::dump(&again).await, before);
    }

    async fn a_database_of_a_newer_version_is_not_touched(place: Place) {
        place.run("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'later', TRUE, '00', 0)").await;
        let Err(error) = Store::open(&place.url, place.dir.path()).await else { panic!("opened") };
        assert!(error.to_string().contains("newer version"), "{error}");
    }

    async fn registrations_and_the_skill_groups_survive(place: Place) {
        let recorder = running(&place).await;
        let binding = |n: u32, seconds| hotline::sip::registrar::BindingRow {
            user: format!("100{n}"),
            contact: format!("sip:100{n}@192.0.2.{n}:5060"),
            flow: hotline::sip::endpoint::Flow {
                transport: hotline::sip::endpoint::Transport::Udp,
                local: SocketAddr::from(([127, 0, 0, 1], 5060)),
                remote: SocketAddr::from(([192, 0, 2, 1], 5060)),
                connection: None,
            },
            path: Vec::new(),
            call_id: "x".to_owned(),
            cseq: n,
            q_milli: 1000,
            expires_at: at(seconds),
            user_agent: None,
            instance: None,
        };
        for n in 0..3 {
            recorder.save_registration(binding(n, 60));
        }
        recorder.save_registration(binding(0, 600));
        recorder.forget_registration("1001".to_owned(), "sip:1001@192.0.2.1:5060".to_owned());
        let snapshot = |agents| hotline::acd::Snapshot { callbacks_closed: agents, ..Default::default() };
        recorder.save_acd(snapshot(["old".to_owned()].into()), at(1));
        recorder.save_acd(snapshot(["new".to_owned()].into()), at(2));
        recorder.settle().await;
        let store = place.again().await;
        assert_eq!(store.registrations(at(0)).await.expect("listed"), [binding(0, 600), binding(2, 60)]);
        assert_eq!(store.registrations(at(60)).await.expect("listed"), [binding(0, 600)]);
        store.forget_registrations(at(60)).await.expect("forgotten");
        assert_eq!(store.registrations(at(0)).await.expect("listed").len(), 1);
        let kept = store.acd_snapshot().await.expect("read").expect("kept");
        assert_eq!(kept, snapshot(["new".to_owned()].into()));
    }

    async fn settings_are_kept_by_key(place: Place) {
        place.store.set_setting("short_abandon_ms", &5000, at(0)).await.expect("set");
        place.store.set_setting("short_abandon_ms", &3000, at(1)).await.expect("set");
        assert_eq!(place.store.setting("short_abandon_ms").await.expect("read"), Some(3000));
        assert_eq!(place.store.setting::<i64>("none").await.expect("read"), None);
        assert!(matches!(place.store.setting::<String>("short_abandon_ms").await, Err(StoreError::Row { .. })));
    }
}

#[tokio::test]
async fn what_cannot_be_opened_says_where_and_what_to_do() {
    let dir = tempfile::tempdir().expect("a folder");
    let Err(error) = Store::open(&StoreUrl::Sqlite, &dir.path().join("missing")).await else { panic!("opened") };
    assert!(error.to_string().contains("missing/hotline.db") && error.to_string().contains("check that"), "{error}");

    std::fs::write(dir.path().join("hotline.db"), "this is no database, it is a text of some length").expect("written");
    let Err(error) = Store::open(&StoreUrl::Sqlite, dir.path()).await else { panic!("opened") };
    assert!(error.to_string().contains("not a database"), "{error}");

    let nobody = StoreUrl::Postgres("postgres://user:secret@127.0.0.1:1/hotline".to_owned());
    let Err(error) = Store::open(&nobody, dir.path()).await else { panic!("opened") };
    let text = error.to_string();
    assert!(text.contains("127.0.0.1:1/hotline") && text.contains("createdb") && !text.contains("secret"), "{text}");
}
