//! Whose number it is.

use hotline::store::{CustomerFilter, CustomerUpdate, PageRequest, StoreError};

use crate::place::{Place, admin, at, running};
use crate::story::answered;

async fn make(place: &Place, name: &str, numbers: &[&str]) -> i64 {
    let update = CustomerUpdate {
        name: Some(name.to_owned()),
        numbers: Some(numbers.iter().map(|number| (*number).to_owned()).collect()),
        ..CustomerUpdate::default()
    };
    place.store.create_customer(&update, &admin(), at(0)).await.expect("made").id
}

async fn found(place: &Place, filter: CustomerFilter) -> Vec<i64> {
    let page = place.store.customers(&filter, &PageRequest::default()).await.expect("listed");
    page.items.into_iter().map(|customer| customer.id).collect()
}

on_both! {
    async fn a_number_in_any_spelling_is_the_same_customer(place: Place) {
        let id = make(&place, "张三", &["+86 (0)21-5555 6666"]).await;
        let recorder = running(&place).await;
        for (n, caller) in (1..).zip(["02155556666", "+862155556666", "021/5555-6666", "0086 21 5555 6666"]) {
            let events = answered(n, Some(caller));
            recorder.record(events.clone());
            recorder.settle().await;
            assert_eq!(place.store.call(events[0].call).await.expect("there").customer, Some(id), "{caller}");
        }
        assert_eq!(found(&place, CustomerFilter { number: Some("(021) 55556666".to_owned()), ..Default::default() }).await, [id]);
        assert_eq!(found(&place, CustomerFilter { text: Some("021-5555-6666".to_owned()), ..Default::default() }).await, [id]);
    }

    async fn of_several_the_agent_chooses_and_the_ticket_follows(place: Place) {
        let (one, two) = (make(&place, "张三", &["13800138000"]).await, make(&place, "张三丰", &["13800138000"]).await);
        let recorder = running(&place).await;
        let mut feed = recorder.subscribe();
        let events = answered(1, Some("13800138000"));
        recorder.record(events[..8].to_vec());
        let told = feed.recv().await.expect("told");
        assert_eq!(told.customers.iter().map(|card| card.id).collect::<Vec<_>>(), [one, two]);
        assert_eq!(place.store.call(events[0].call).await.expect("there").customer, None);
        place.store.set_call_customer(events[0].call, two, &admin(), at(70)).await.expect("chosen");
        recorder.record(events[8..].to_vec());
        recorder.settle().await;
        assert_eq!(place.store.call(events[0].call).await.expect("there").customer, Some(two));
        assert_eq!(place.store.ticket(1).await.expect("made").customer, Some(two));
        assert_eq!(found(&place, CustomerFilter::default()).await, [two, one], "nobody was made");
    }

    async fn merging_moves_numbers_calls_and_tickets_and_keeps_what_was_known(place: Place) {
        let recorder = running(&place).await;
        let events = answered(1, Some("13800138000"));
        recorder.record(events.clone());
        recorder.settle().await;
        let known = make(&place, "张三", &["13900139000"]).await;
        let note = CustomerUpdate { note: Some("VIP".to_owned()), tags: Some(vec!["a".to_owned()]), ..Default::default() };
        place.store.update_customer(1, &note, &admin(), at(1)).await.expect("changed");
        let merged = place.store.merge_customers(1, known, &admin(), at(2)).await.expect("merged");
        assert_eq!((merged.name.as_deref(), merged.note.as_deref()), (Some("张三"), Some("VIP")));
        assert_eq!((merged.tags.0, merged.numbers), (vec!["a".to_owned()], vec!["+8613800138000".to_owned(), "+8613900139000".to_owned()]));
        assert_eq!(place.store.call(events[0].call).await.expect("there").customer, Some(known));
        assert_eq!(place.store.ticket(1).await.expect("there").customer, Some(known));
        assert_eq!(place.store.customer(1).await.expect("kept for the log").merged_into, Some(known));
        assert_eq!(found(&place, CustomerFilter::default()).await, [known]);
        let next = answered(2, Some("13800138000"));
        recorder.record(next.clone());
        recorder.settle().await;
        assert_eq!(place.store.call(next[0].call).await.expect("there").customer, Some(known));
        for wrong in [place.store.merge_customers(known, known, &admin(), at(3)).await, place.store.merge_customers(1, known, &admin(), at(3)).await] {
            assert!(matches!(wrong, Err(StoreError::Invalid { .. } | StoreError::NotFound { .. })), "{wrong:?}");
        }
    }

    async fn a_search_finds_names_companies_and_parts_of_numbers(place: Place) {
        let id = make(&place, "Zoë ＬＩＮ", &["13800138000"]).await;
        make(&place, "other", &[]).await;
        place.store.update_customer(id, &CustomerUpdate { company: Some("上海 50% 公司".to_owned()), ..Default::default() }, &admin(), at(1)).await.expect("changed");
        for text in ["zoë", "lin", "LIN", "50%", "公司", "80013", "138 0013 8000"] {
            assert_eq!(found(&place, CustomerFilter { text: Some(text.to_owned()), ..Default::default() }).await, [id], "{text}");
        }
        let emptied = CustomerUpdate { company: Some(String::new()), numbers: Some(Vec::new()), ..Default::default() };
        let row = place.store.update_customer(id, &emptied, &admin(), at(2)).await.expect("emptied");
        assert_eq!((row.company, row.numbers.len(), row.name.as_deref()), (None, 0, Some("Zoë ＬＩＮ")));
        assert_eq!(found(&place, CustomerFilter { text: Some("80013".to_owned()), ..Default::default() }).await, Vec::<i64>::new());
    }
}
