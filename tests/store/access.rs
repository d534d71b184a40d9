//! Tokens and the audit log.

use hotline::base::Rng;
use hotline::config::setup::Role;
use hotline::store::{AuditFilter, NewToken, PageRequest, StoreError};

use crate::place::{admin, at};

fn wanted(role: Role) -> NewToken {
    NewToken { name: "test".to_owned(), role, agent: None, expires_at: None }
}

on_both! {
    async fn a_token_opens_until_it_is_revoked(place: Place) {
        let mut rng = Rng::from_number(1);
        let text = place.store.create_token(&wanted(Role::Admin), &mut rng, &admin(), at(0)).await.expect("made");
        let row = place.store.token(&text, at(1)).await.expect("asked").expect("known");
        assert_eq!((row.role, row.name.as_str()), (Role::Admin, "test"));
        place.store.revoke_token(row.id, &admin(), at(2)).await.expect("revoked");
        place.store.revoke_token(row.id, &admin(), at(3)).await.expect("a second time is no fault");
        assert_eq!(place.store.token(&text, at(4)).await.expect("asked"), None);
        assert_eq!(place.store.tokens().await.expect("listed")[0].revoked_at, Some(at(2)));
        assert!(matches!(place.store.revoke_token(99, &admin(), at(5)).await, Err(StoreError::NotFound { .. })));
    }

    async fn a_wrong_or_expired_token_opens_nothing(place: Place) {
        let mut rng = Rng::from_number(2);
        let new = NewToken { expires_at: Some(at(10)), ..wanted(Role::Agent) };
        let text = place.store.create_token(&new, &mut rng, &admin(), at(0)).await.expect("made");
        assert!(place.store.token(&text, at(9)).await.expect("asked").is_some());
        assert_eq!(place.store.token(&text, at(10)).await.expect("asked"), None);
        let mut forged = text.clone();
        let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
        forged.push(last);
        for wrong in [forged.as_str(), "", "hl_1_", "hl_1_short", "hl_x_y", "Bearer", &"x".repeat(10_000), &text[..20]] {
            assert_eq!(place.store.token(wrong, at(1)).await.expect("asked"), None, "{wrong}");
        }
    }

    async fn every_act_leaves_a_line_and_pages_lose_none(place: Place) {
        for n in 0..5 {
            place.store.note_act(&admin(), "read", "recording", format!("r{n}.wav"), at(n)).await.expect("noted");
        }
        let filter = AuditFilter { kind: Some("recording".to_owned()), ..AuditFilter::default() };
        let mut seen = Vec::new();
        let mut request = PageRequest { limit: Some(2), after: None };
        loop {
            let page = place.store.audit_log(&filter, &request).await.expect("listed");
            // A line that comes between two pages does not move the rest.
            place.store.note_act(&admin(), "read", "recording", "late.wav", at(9)).await.expect("noted");
            seen.extend(page.items.into_iter().map(|row| row.subject));
            match page.next {
                Some(next) => request.after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, ["r4.wav", "r3.wav", "r2.wav", "r1.wav", "r0.wav"]);
        let by_other = AuditFilter { who: Some("admin' OR '1'='1".to_owned()), ..AuditFilter::default() };
        assert_eq!(place.store.audit_log(&by_other, &PageRequest::default()).await.expect("listed").items, []);
    }
}
