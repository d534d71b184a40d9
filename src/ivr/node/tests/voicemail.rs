use super::*;
use crate::ivr::session::VoicemailEnd;

const NODES: &str = r##"
  first: { type: voicemail, prompt: hello, beep: ding, max_s: 60, min_s: 2, silence_s: 5, end_key: "#", skill_group: support, next: bye, on_too_short: short }
  bye: { type: play, prompt: bye, next: end }
  short: { type: end }
  end: { type: end }
"##;

fn recording() -> (Call, Vec<Output>) {
    let (mut call, _) = Call::start(NODES);
    let out = call.listen();
    (call, out)
}

fn ended(voicemail: VoicemailId, duration_ms: u64, by: VoicemailEnd) -> Input {
    Input::VoicemailEnded { voicemail, duration_ms, by }
}

#[test]
fn prompt_then_beep_then_recording() {
    let (mut call, out) = Call::start(NODES);
    assert_eq!(prompts(&out), ["hello"]);
    let out = call.played();
    assert_eq!(sounds(&out), ["ding"]);
    let out = call.played();
    assert_eq!(
        out,
        [Output::RecordVoicemail {
            voicemail: voicemail(&out),
            group: "support".to_owned(),
            min_ms: 2000,
            max_ms: 60_000,
            silence_ms: 5000,
        }],
        "a beep is no prompt of the record"
    );
}

#[test]
fn without_a_beep_of_its_own_there_is_a_tone() {
    let (mut call, _) = Call::start(&NODES.replace("beep: ding, ", ""));
    assert_eq!(sounds(&call.played()), ["tone/beep"]);
}

#[test]
fn the_end_key_stops_it_and_the_length_decides() {
    let (mut call, out) = recording();
    assert_eq!(commands(&call.key('5')), [""; 0]);
    assert_eq!(commands(&call.key('#')), ["stop_voicemail"]);
    let out = call.input(ended(voicemail(&out), 6000, VoicemailEnd::Stopped));
    assert_eq!(edges(&out), ["first: next"]);
    assert!(has_event(&out, &FlowEvent::VoicemailEnded { duration_ms: 6000, kept: true }));
    for (ms, by, edge) in [
        (1999, VoicemailEnd::Stopped, "first: on_too_short"),
        (2000, VoicemailEnd::Silence, "first: next"),
        (60_000, VoicemailEnd::MaxLength, "first: next"),
        (30_000, VoicemailEnd::Failed, "first: on_too_short"),
    ] {
        let (mut call, out) = recording();
        assert_eq!(edges(&call.input(ended(voicemail(&out), ms, by))), [edge], "{ms} {by:?}");
    }
}

#[test]
fn any_key_goes_on_to_the_beep() {
    let (mut call, _) = Call::start(NODES);
    let out = call.key('#');
    assert_eq!(commands(&out), ["stop_play", "play"]);
    assert_eq!(sounds(&out), ["ding"]);
}

#[test]
fn a_driver_that_never_tells_the_end_does_not_keep_the_caller() {
    let (mut call, _) = recording();
    assert_eq!(call.wait_ms(61_999), []);
    let out = call.wait_ms(1);
    assert_eq!(commands(&out), ["stop_voicemail", "end"]);
    assert_eq!(edges(&out), ["first: on_too_short"]);
}

#[test]
fn hang_up_stops_the_recording() {
    let (mut call, out) = recording();
    let id = voicemail(&out);
    assert_eq!(commands(&call.input(Input::CallerHungUp)), ["stop_voicemail", "end"]);
    assert_eq!(call.input(ended(id, 6000, VoicemailEnd::Stopped)), []);
}

#[test]
fn the_end_of_another_message_is_dropped() {
    let (mut call, _) = recording();
    assert_eq!(call.input(ended(VoicemailId(99), 6000, VoicemailEnd::Stopped)), []);
}
