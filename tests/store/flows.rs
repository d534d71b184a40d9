//! The life of a flow, operation by operation in every state.

use hotline::config::setup::{NumberTarget, Setup};
use hotline::store::{
    Answer, FlowOperation, FlowRefusal, FlowState, FlowVersion, Loaded, NewAudio, NewDraft, NewFile, Passwords,
    Publication, Store, StoreError, When, allowed,
};

use crate::place::{admin, at};

fn draft(content: &str) -> NewDraft {
    NewDraft { flow: "main".to_owned(), name: "总机".to_owned(), content: content.to_owned(), over: None }
}

fn publication(sha256: &str) -> Publication {
    Publication {
        name: "总机".to_owned(), sha256: sha256.to_owned(), why: "test".to_owned(), ..Publication::default()
    }
}

async fn publish(store: &Store, content: &str) -> FlowVersion {
    let saved = store.save_draft(&draft(content), &admin(), at(1)).await.expect("saved");
    store.publish_flow("main", &publication(&saved.sha256), &admin(), at(2)).await.expect("published")
}

/// A number that is in the store, bound to nothing.
async fn add_number(store: &Store, number: &str) {
    let mut setup = Setup::default();
    setup.numbers.insert(number.to_owned(), NumberTarget::Flow("builtin:echo".to_owned()));
    store.apply_setup(&setup, &Passwords::default(), &admin(), at(0)).await.expect("applied");
}

async fn bind(store: &Store, number: &str) -> Result<(), StoreError> {
    store.bind_number(number, &Answer::Flow("main".to_owned()), None, &admin(), at(3)).await
}

/// Brings an empty store to a flow in `state`.
async fn bring_to(store: &Store, state: FlowState) {
    add_number(store, "400").await;
    match state {
        FlowState::Unpublished => {
            store.save_draft(&draft("v1"), &admin(), at(1)).await.expect("saved");
        }
        FlowState::Published => {
            publish(store, "v1").await;
        }
        FlowState::InUse => {
            publish(store, "v1").await;
            bind(store, "400").await.expect("bound");
        }
    }
    assert_eq!(store.flow("main").await.expect("there").state, state);
}

/// Does `operation` to the flow as it stands; editing and publishing mean the item in its state, not a draft beside.
async fn attempt(store: &Store, state: FlowState, operation: FlowOperation) -> Result<(), StoreError> {
    match operation {
        FlowOperation::View => store.view_flow("main").await.map(|_| ()),
        FlowOperation::Edit if state == FlowState::Unpublished => {
            store.save_draft(&draft("v2"), &admin(), at(4)).await.map(|_| ())
        }
        FlowOperation::Edit => {
            // A published version has no way to be edited: what is saved is a draft beside it.
            let before = store.view_flow("main").await?;
            store.save_draft(&draft("v2"), &admin(), at(4)).await?;
            assert_eq!(store.view_flow("main").await?, before);
            let (flow, numbers) = ("main".to_owned(), Vec::new());
            Err(FlowRefusal { flow, operation, state, numbers }.into())
        }
        FlowOperation::Publish => {
            let sha = store.draft("main").await.map(|draft| draft.sha256).unwrap_or_default();
            store.publish_flow("main", &publication(&sha), &admin(), at(4)).await.map(|_| ())
        }
        FlowOperation::Withdraw => store.withdraw_flow("main", "test", &admin(), at(4)).await,
        FlowOperation::Delete => store.delete_flow("main", &admin(), at(4)).await,
        FlowOperation::Bind => {
            add_number(store, "401").await;
            bind(store, "401").await
        }
        FlowOperation::Run => {
            let runs = store.published_flows().await?.iter().any(|version| version.flow == "main");
            let (flow, numbers) = ("main".to_owned(), Vec::new());
            if runs { Ok(()) } else { Err(FlowRefusal { flow, operation, state, numbers }.into()) }
        }
    }
}

on_both! {
    async fn each_operation_in_each_state_does_what_the_table_says(place: Place) {
        drop(place.store.flows().await.expect("listed"));
        for state in FlowState::ALL {
            for operation in FlowOperation::ALL {
                let fresh = crate::place::Place::like(&place).await;
                bring_to(&fresh.store, *state).await;
                let result = attempt(&fresh.store, *state, *operation).await;
                let words = format!("{} {}: {result:?}", operation.name(), state.name());
                match result {
                    Ok(()) => assert!(allowed(*state, *operation), "{words}"),
                    Err(StoreError::Flow(refusal)) => {
                        assert!(!allowed(*state, *operation), "{words}");
                        assert_eq!((refusal.operation, refusal.state), (*operation, *state), "{words}");
                    }
                    Err(_) => panic!("{words}"),
                }
            }
        }
    }

    async fn unbinding_the_last_number_makes_a_flow_published_again(place: Place) {
        bring_to(&place.store, FlowState::InUse).await;
        let refused = place.store.withdraw_flow("main", "", &admin(), at(5)).await.expect_err("in use");
        assert!(refused.to_string().contains("by 400"), "{refused}");
        place.store.bind_number("400", &Answer::Nothing, None, &admin(), at(6)).await.expect("unbound");
        assert_eq!(place.store.flow("main").await.expect("there").state, FlowState::Published);
        place.store.withdraw_flow("main", "", &admin(), at(7)).await.expect("withdrawn");
        assert_eq!(place.store.draft("main").await.expect("its text can be edited again").content, "v1");
    }

    async fn a_draft_beside_a_version_in_use_changes_nothing_until_it_is_published(place: Place) {
        bring_to(&place.store, FlowState::InUse).await;
        let saved = place.store.save_draft(&draft("v2"), &admin(), at(5)).await.expect("saved");
        assert_eq!(saved.base_version, Some(1));
        assert_eq!(place.store.published_flows().await.expect("listed")[0].content, "v1");
        let version = place.store.publish_flow("main", &publication(&saved.sha256), &admin(), at(6)).await.expect("published");
        assert_eq!((version.version, version.content.as_str()), (2, "v2"));
        let flow = place.store.flow("main").await.expect("there");
        assert_eq!((flow.state, flow.published, flow.has_draft), (FlowState::InUse, Some(2), false));
        assert_eq!(place.store.flow_version("main", 1).await.expect("calls may still run it").content, "v1");
    }

    async fn rolling_back_is_one_step_and_a_discarded_draft_is_gone(place: Place) {
        publish(&place.store, "v1").await;
        publish(&place.store, "v2").await;
        place.store.roll_back_flow("main", 1, "worse", &admin(), at(5)).await.expect("rolled back");
        assert_eq!(place.store.view_flow("main").await.expect("published").content, "v1");
        assert!(matches!(place.store.roll_back_flow("main", 9, "", &admin(), at(6)).await, Err(StoreError::NotFound { .. })));
        place.store.save_draft(&draft("v3"), &admin(), at(7)).await.expect("saved");
        place.store.discard_draft("main", &admin(), at(8)).await.expect("discarded");
        assert!(matches!(place.store.draft("main").await, Err(StoreError::NotFound { .. })));
        assert_eq!(publish(&place.store, "v4").await.version, 3);
        let history: Vec<i64> = place.store.flow_versions("main").await.expect("listed").iter().map(|v| v.version).collect();
        assert_eq!(history, [3, 2, 1]);
    }

    async fn what_was_not_checked_is_not_published(place: Place) {
        let checked = place.store.save_draft(&draft("v1"), &admin(), at(1)).await.expect("saved");
        place.store.save_draft(&draft("v1 changed"), &admin(), at(2)).await.expect("saved");
        let refused = place.store.publish_flow("main", &publication(&checked.sha256), &admin(), at(3)).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        let stale = NewDraft { over: Some(checked.sha256), ..draft("mine") };
        assert!(matches!(place.store.save_draft(&stale, &admin(), at(4)).await, Err(StoreError::Refused(_))));
    }

    async fn a_deleted_flow_goes_on_counting_when_it_comes_back(place: Place) {
        publish(&place.store, "v1").await;
        place.store.withdraw_flow("main", "", &admin(), at(3)).await.expect("withdrawn");
        place.store.delete_flow("main", &admin(), at(4)).await.expect("deleted");
        assert!(matches!(place.store.flow("main").await, Err(StoreError::NotFound { .. })));
        assert_eq!(place.store.flows().await.expect("listed"), []);
        assert_eq!(place.store.flow_version("main", 1).await.expect("the record of calls needs it").content, "v1");
        assert_eq!(publish(&place.store, "again").await.version, 2);
    }

    async fn a_file_read_at_start_does_not_overrule_a_roll_back(place: Place) {
        let (first, second) = ("text 1", "text 2");
        for text in [first, second] {
            let loaded = place.store.load_flow("main", text, When::AtStart, &publication(""), &admin(), at(1)).await;
            assert!(matches!(loaded, Ok(Loaded::Published(_))), "{loaded:?}");
        }
        place.store.roll_back_flow("main", 1, "", &admin(), at(2)).await.expect("rolled back");
        let again = place.store.load_flow("main", second, When::AtStart, &publication(""), &admin(), at(3)).await;
        assert_eq!(again.expect("read"), Loaded::Unchanged);
        assert_eq!(place.store.view_flow("main").await.expect("published").content, first);
        let asked = place.store.load_flow("main", second, When::Asked, &publication(""), &admin(), at(4)).await;
        assert!(matches!(asked, Ok(Loaded::Published(version)) if version.version == 3));
    }

    async fn a_planned_publication_is_of_the_draft_that_was_meant(place: Place) {
        let saved = place.store.save_draft(&draft("v1"), &admin(), at(1)).await.expect("saved");
        place.store.schedule_publication("main", at(100), "night", &admin(), at(2)).await.expect("planned");
        assert!(place.store.schedule_publication("main", at(1), "", &admin(), at(2)).await.is_err());
        assert_eq!(place.store.flow("main").await.expect("there").scheduled_at, Some(at(100)));
        assert_eq!(place.store.due_publications(at(99)).await.expect("asked"), []);
        let due = place.store.due_publications(at(100)).await.expect("asked");
        assert_eq!((due[0].flow.as_str(), due[0].sha256.as_str()), ("main", saved.sha256.as_str()));
        let version = place.store.publish_flow("main", &publication(&due[0].sha256), &admin(), at(100)).await;
        assert_eq!(version.expect("published").version, 1);
        assert_eq!(place.store.due_publications(at(200)).await.expect("done"), []);
    }

    async fn audio_is_used_only_when_approved_and_not_deleted_while_used(place: Place) {
        let new = NewAudio {
            id: "welcome".to_owned(),
            name: "欢迎".to_owned(),
            file_name: "w.mp3".to_owned(),
            sha256: "00".to_owned(),
            bytes: 1,
            duration_ms: 900,
            peak_db: Some(-1.5),
            loudness_lufs: None,
            flaws: vec!["quiet".to_owned()],
        };
        place.store.add_audio(&new, &admin(), at(0)).await.expect("added");
        assert!(matches!(place.store.add_audio(&new, &admin(), at(0)).await, Err(StoreError::Refused(_))));
        let saved = place.store.save_draft(&draft("v1"), &admin(), at(1)).await.expect("saved");
        let publication = Publication { audio: vec!["welcome".to_owned()], ..publication(&saved.sha256) };
        let refused = place.store.publish_flow("main", &publication, &admin(), at(2)).await;
        assert!(matches!(&refused, Err(StoreError::Refused(why)) if why.contains("welcome")), "{refused:?}");

        let approve = hotline::store::AudioState::Approved;
        let own = place.store.review_audio("welcome", approve, None, &admin(), at(3)).await;
        assert!(matches!(own, Err(StoreError::Refused(_))), "one's own upload");
        let other = hotline::store::Actor::person("other", hotline::config::setup::Role::Supervisor);
        place.store.review_audio("welcome", approve, Some("good"), &other, at(3)).await.expect("approved");
        place.store.publish_flow("main", &publication, &admin(), at(4)).await.expect("published");

        let refused = place.store.delete_audio("welcome", &admin(), at(5)).await;
        assert!(matches!(&refused, Err(StoreError::Refused(why)) if why.contains("main")), "{refused:?}");
        assert_eq!(place.store.audio_users("welcome").await.expect("asked"), ["main"]);
        place.store.withdraw_flow("main", "", &admin(), at(6)).await.expect("withdrawn");
        place.store.delete_audio("welcome", &admin(), at(7)).await.expect("deleted");
        assert_eq!(place.store.audio().await.expect("listed"), []);
    }

    async fn a_version_pins_all_that_it_reaches_as_it_was_published_then(place: Place) {
        let load = async |flow: &str, content: &str, calls: &[&str]| {
            let calls = calls.iter().map(|id| (*id).to_owned()).collect();
            let publication = Publication { calls, ..publication("") };
            place.store.load_flow(flow, content, When::Asked, &publication, &admin(), at(1)).await
        };
        let early = load("main", "1", &["menu"]).await;
        assert!(matches!(early, Err(StoreError::NotFound { .. })), "{early:?}");
        load("survey", "1", &[]).await.expect("published");
        load("menu", "1", &["survey"]).await.expect("published");
        load("survey", "2", &[]).await.expect("published");
        load("main", "1", &["menu"]).await.expect("published");
        load("survey", "3", &[]).await.expect("published");
        let pins = place.store.view_flow("main").await.expect("there").subflows.0;
        assert_eq!(pins.into_iter().collect::<Vec<_>>(), [("menu".to_owned(), 1), ("survey".to_owned(), 2)]);
        let refused = place.store.withdraw_flow("survey", "", &admin(), at(2)).await;
        assert!(matches!(&refused, Err(StoreError::Refused(why)) if why.contains("main")), "{refused:?}");
    }

    async fn flow_files_and_a_set_up_come_in_together_or_not_at_all(place: Place) {
        let file = NewFile { flow: "main".to_owned(), content: "v1".to_owned(), publication: publication("") };
        let mut setup = Setup::default();
        setup.numbers.insert("400".to_owned(), NumberTarget::Flow("main".to_owned()));
        let mut wrong = setup.clone();
        wrong.numbers.insert("401".to_owned(), NumberTarget::Flow("other".to_owned()));
        let passwords = Passwords::default();
        let refused = place.store.bring_in(std::slice::from_ref(&file), When::AtStart, Some((&wrong, &passwords)), &admin(), at(1)).await;
        assert!(matches!(refused, Err(StoreError::Setup(_))), "{refused:?}");
        assert_eq!(place.store.flows().await.expect("listed"), [], "not even the flow that is right");
        let brought = place.store.bring_in(&[file], When::AtStart, Some((&setup, &passwords)), &admin(), at(2)).await;
        assert_eq!(brought.expect("brought in").published.len(), 1);
        assert_eq!(place.store.flow("main").await.expect("there").state, FlowState::InUse);
    }

    async fn a_test_number_answers_with_a_draft_and_does_not_make_its_flow_used(place: Place) {
        add_number(&place.store, "9001").await;
        let draft_of = |flow: &str| Answer::Draft(flow.to_owned());
        let unknown = place.store.bind_number("9001", &draft_of("main"), None, &admin(), at(1)).await;
        assert!(matches!(unknown, Err(StoreError::NotFound { .. })), "{unknown:?}");
        bring_to(&place.store, FlowState::Published).await;
        place.store.bind_number("9001", &draft_of("main"), None, &admin(), at(2)).await.expect("bound");
        let numbers = place.store.numbers().await.expect("listed");
        assert!(numbers.iter().any(|row| row.number == "9001" && row.rule.answer == draft_of("main")), "{numbers:?}");
        assert_eq!(place.store.flow("main").await.expect("there").state, FlowState::Published);
    }
}
