//! Each way in which a call can fail: afterwards no port, leg, session or transaction is left, and the record is closed
//! once. Statement 24 of `docs/security.md`.

mod house;

use house::{AGENT, CALLER, House, OTHER_AGENT, SDP};

use crate::base::LegId;
use crate::call::event::{EndCause, SuperviseMode};
use crate::media::Event;

#[test]
fn an_ordinary_call_leaves_nothing() {
    let mut house = House::open();
    house.talk();
    assert_eq!(house.open_ports(), 2, "the test sees the ports that are open");
    house.caller_says("BYE", "");
    house.leaves_nothing(EndCause::HungUp);
}

#[test]
fn a_phone_that_refuses_gives_its_ports_back_and_the_caller_waits_on() {
    for status in [400, 404, 415, 480, 486, 488, 500, 503, 600, 603] {
        let mut house = House::open();
        house.call_and_ack();
        house.answers(AGENT, status, "");
        house.answers(OTHER_AGENT, status, "");
        assert_eq!(house.closed_ports(), 2, "{status}: one for each phone that refused");
        house.caller_says("BYE", "");
        house.leaves_nothing(EndCause::HungUp);
    }
}

#[test]
fn a_phone_that_never_answers_or_never_existed() {
    for rings in [true, false] {
        let mut house = House::open();
        house.call_and_ack();
        if rings {
            house.answers(AGENT, 180, "");
        }
        house.wait_s(25);
        assert!(house.closed_ports() >= 1, "the first phone is given up");
        house.caller_says("BYE", "");
        house.leaves_nothing(EndCause::HungUp);
    }
}

#[test]
fn a_phone_that_answers_what_was_cancelled_is_hung_up() {
    let mut house = House::open();
    house.call_and_ack();
    house.answers(AGENT, 180, "");
    house.caller_says("BYE", "");
    house.answers(AGENT, 200, SDP);
    assert!(house.was_told(AGENT, "CANCEL") && house.was_told(AGENT, "BYE"), "{:?}", house.mail(AGENT));
    house.leaves_nothing(EndCause::HungUp);
}

#[test]
fn an_answer_of_a_phone_that_cannot_be_used() {
    for body in ["", "no session description", &SDP.replace("RTP/AVP 8", "RTP/AVP 3"), &fax()] {
        let mut house = House::open();
        house.call_and_ack();
        house.answers(AGENT, 200, body);
        assert!(house.was_told(AGENT, "BYE"), "{body:?}");
        assert!(house.closed_ports() >= 1, "{body:?}");
        house.caller_says("BYE", "");
        house.leaves_nothing(EndCause::HungUp);
    }
}

#[test]
fn a_stop_before_the_ack_waits_for_it_and_says_bye() {
    let mut house = House::open();
    house.call();
    house.shut_down();
    assert!(!house.was_told(CALLER, "BYE"), "RFC 3261 15: not before the ACK");
    assert!(!house.is_silent());
    house.ack("");
    assert!(house.was_told(CALLER, "BYE"));
}

#[test]
fn no_ports_for_the_caller_is_503() {
    let mut house = House::open();
    house.no_ports_for = vec![0];
    house.call();
    assert_eq!(house.last_status(CALLER), Some(503));
    house.leaves_nothing(EndCause::Overloaded);
}

#[test]
fn no_ports_for_an_agent_leaves_the_caller_waiting() {
    let mut house = House::open();
    house.no_ports_for = vec![1, 2, 3];
    house.call();
    house.ack("");
    assert_eq!(house.open_ports(), 1);
    house.caller_says("BYE", "");
    house.leaves_nothing(EndCause::HungUp);
}

#[test]
fn a_cancel_before_the_ports_are_open_and_after_ringing() {
    for early in [true, false] {
        let mut house = House::open();
        house.ring_first(1000);
        house.holds_ports_back = early;
        house.call();
        if !early {
            assert_eq!(house.last_status(CALLER), Some(180));
        }
        house.cancel();
        assert_eq!(house.last_status(CALLER), Some(487));
        house.give_ports();
        house.leaves_nothing(EndCause::Cancelled);
    }
}

#[test]
fn ports_that_open_after_the_agents_leg_is_gone_are_closed() {
    let mut house = House::open();
    house.call();
    house.holds_ports_back = true;
    house.ack("");
    house.caller_says("BYE", "");
    house.give_ports();
    house.leaves_nothing(EndCause::HungUp);
}

#[test]
fn an_answer_that_is_never_acknowledged() {
    let mut house = House::open();
    house.call();
    assert_eq!(house.last_status(CALLER), Some(200));
    house.wait_s(33);
    assert!(house.was_told(CALLER, "BYE"));
    house.leaves_nothing(EndCause::NoAck);
}

#[test]
fn an_offer_that_cannot_be_answered_is_488() {
    for offer in ["no session description", &SDP.replace("RTP/AVP 8", "RTP/AVP 3"), &fax()] {
        let mut house = House::open();
        house.call_with(offer);
        assert!(matches!(house.last_status(CALLER), Some(400 | 488)), "{offer:?}: {:?}", house.last_status(CALLER));
        house.leaves_nothing(EndCause::NotAcceptable);
    }
}

#[test]
fn a_caller_who_does_not_like_our_offer() {
    for answer in ["", "no session description", &SDP.replace("RTP/AVP 8", "RTP/AVP 3")] {
        let mut house = House::open();
        house.call_with("");
        house.ack(answer);
        assert!(house.was_told(CALLER, "BYE"), "{answer:?}");
        house.leaves_nothing(EndCause::NotAcceptable);
    }
}

#[test]
fn a_number_that_nobody_has() {
    let mut house = House::open();
    house.number = "401";
    house.call();
    assert_eq!(house.last_status(CALLER), Some(404));
    house.leaves_nothing(EndCause::UnknownNumber);
}

#[test]
fn a_caller_who_vanishes_before_and_while_talking() {
    for talking in [true, false] {
        let mut house = House::open();
        if talking {
            house.talk()
        } else {
            house.call_and_ack()
        }
        house.silence(0);
        assert!(house.was_told(CALLER, "BYE"));
        house.leaves_nothing(EndCause::RtpTimeout);
    }
}

#[test]
fn an_agent_who_vanishes_leaves_the_caller_to_the_flow() {
    let mut house = House::open();
    house.talk();
    house.silence(1);
    assert!(house.was_told(AGENT, "BYE"));
    house.leaves_nothing(EndCause::FlowEnded);
}

#[test]
fn a_bye_before_the_acknowledgement_and_while_a_phone_rings() {
    let mut house = House::open();
    house.call();
    house.caller_says("BYE", "");
    house.leaves_nothing(EndCause::HungUp);

    let mut house = House::open();
    house.call_and_ack();
    house.answers(AGENT, 180, "");
    house.caller_says("BYE", "");
    assert!(house.was_told(AGENT, "CANCEL"));
    house.answers(AGENT, 487, "");
    house.leaves_nothing(EndCause::HungUp);
}

#[test]
fn fax_is_refused_and_the_call_goes_on() {
    for by_agent in [true, false] {
        let mut house = House::open();
        house.talk();
        if by_agent {
            house.agent_says("INVITE", &fax())
        } else {
            house.caller_says("INVITE", &fax())
        }
        let asker = if by_agent { AGENT } else { CALLER };
        assert_eq!(house.last_status(asker), Some(488));
        assert_eq!(house.open_ports(), 2, "the call goes on");
        house.caller_says("BYE", "");
        house.leaves_nothing(EndCause::HungUp);
    }
}

#[test]
fn a_refer_that_leads_nowhere_leaves_the_call_as_it_is() {
    let mut house = House::open();
    house.talk();
    house.agent_says("REFER", "500");
    assert_eq!(house.last_status(AGENT), Some(202));
    assert!(house.was_told(AGENT, "NOTIFY"));
    house.caller_says("REFER", "b");
    assert_eq!(house.last_status(CALLER), Some(403));
    assert_eq!(house.open_ports(), 2, "the call goes on");
    house.agent_says("BYE", "");
    house.leaves_nothing(EndCause::FlowEnded);
}

#[test]
fn a_transfer_that_ends_in_any_way_leaves_nothing() {
    type Does = fn(&mut House);
    let ends: [(Does, EndCause); 6] = [
        (|house| house.answers(OTHER_AGENT, 486, ""), EndCause::FlowEnded),
        (|house| house.answers(OTHER_AGENT, 200, ""), EndCause::FlowEnded),
        (|house| house.answers(OTHER_AGENT, 200, SDP), EndCause::HungUp),
        (|house| house.caller_says("BYE", ""), EndCause::HungUp),
        (|house| house.agent_says("BYE", ""), EndCause::FlowEnded),
        (|house| house.wait_s(60), EndCause::FlowEnded),
    ];
    for (n, (ends, cause)) in ends.into_iter().enumerate() {
        let mut house = House::open();
        house.talk();
        house.agent_says("REFER", "b");
        house.answers(OTHER_AGENT, 180, "");
        assert_eq!(house.open_ports(), 3, "{n}: the other phone rings");
        ends(&mut house);
        house.answers(OTHER_AGENT, 487, "");
        match cause {
            EndCause::FlowEnded => house.agent_says("BYE", ""),
            _ => house.caller_says("BYE", ""),
        }
        house.leaves_nothing(cause);
    }
    let mut house = House::open();
    house.talk();
    house.no_ports_for = vec![2];
    house.agent_says("REFER", "b");
    assert_eq!(house.open_ports(), 2, "the call goes on");
    house.agent_says("BYE", "");
    house.leaves_nothing(EndCause::FlowEnded);
}

#[test]
fn a_call_that_ends_while_held_or_in_the_middle_of_a_hold() {
    let held = format!("{SDP}a=sendonly\r\n");
    for caller_ends in [true, false] {
        let mut house = House::open();
        house.talk();
        house.agent_says("INVITE", &held);
        assert_eq!(house.last_status(AGENT), Some(200));
        let cause = if caller_ends {
            house.caller_says("BYE", "");
            EndCause::HungUp
        } else {
            house.agent_says("BYE", "");
            EndCause::FlowEnded
        };
        house.leaves_nothing(cause);
    }
}

#[test]
fn a_supervisor_without_ports_without_answer_and_with_the_end_of_the_call() {
    for (no_ports, status) in [(true, 0), (false, 486), (false, 180), (false, 200)] {
        let mut house = House::open();
        house.talk();
        house.no_ports_for = if no_ports { vec![2] } else { Vec::new() };
        house.supervise("b", SuperviseMode::Barge);
        if !no_ports {
            house.answers(OTHER_AGENT, status, if status == 200 { SDP } else { "" });
        }
        house.caller_says("BYE", "");
        house.leaves_nothing(EndCause::HungUp);
    }
}

#[test]
fn the_last_word_of_a_worker_that_comes_twice_or_for_nobody_changes_nothing() {
    let mut house = House::open();
    house.talk();
    house.caller_says("BYE", "");
    let nobody = LegId { call: house.call_id(), n: 9 };
    house.media_says(Event::LegClosed { leg: nobody, report: Default::default() });
    house.leaves_nothing(EndCause::HungUp);
}

/// A T.38 offer (ITU-T T.38 annex D) in place of the audio.
fn fax() -> String {
    SDP.replace("m=audio 4000 RTP/AVP 8", "m=image 4000 udptl t38").replace("a=rtpmap:8 PCMA/8000", "a=T38FaxVersion:0")
}
