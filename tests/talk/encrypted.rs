//! What `rtp.srtp: required` means for phones whose signalling is in the clear.

use hotline::call::switch::SrtpUse;
use hotline::driver::phone::PhoneError;

use crate::house::{House, PATIENCE};

#[tokio::test(flavor = "multi_thread")]
async fn where_encryption_is_required_a_phone_in_the_clear_cannot_call_and_a_trunk_can() {
    let house = House::open_with(|config| config.rtp.srtp = SrtpUse::Required).await;
    let mut agent = house.agent("1001", "first-secret").await;
    let refused = agent.call_as_agent("400", "first-secret").await;
    assert!(matches!(refused, Err(PhoneError::Refused { what: "INVITE", status: 488 })), "{refused:?}");
    let mut caller = house.phone("13800138000").await;
    caller.call("400").await.expect("a caller from the trunk is answered");
    caller.wait_for_end(PATIENCE).await.expect("the agent's phone is not rung, so the flow says good-bye");
}
