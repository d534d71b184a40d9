use super::super::{Message, parts};
use super::{USUAL, parse};

fn with_body(content_type: &str, body: &str) -> Message {
    let text = format!("INVITE sip:b@c SIP/2.0\r\n{USUAL}Content-Type: {content_type}\r\n\r\n{body}");
    parse(text).expect("readable")
}

#[test]
fn a_plain_body_is_one_part() {
    let message = with_body("Application/SDP; charset=x", "v=0\r\n");
    assert_eq!(message.sdp().expect("SDP"), "v=0\r\n");
    assert_eq!(parts(&message).len(), 1);
    assert!(with_body("application/isup", "x").sdp().is_none());
    assert!(with_body("application/sdp", "").sdp().is_none());
}

#[test]
fn the_session_description_is_found_among_parts() {
    let body = "preamble\r\n--x\r\nContent-Type: application/isup\r\n\r\n\x01\x02--x in a line\r\n--x\r\n\
                c : application/sdp\r\n\r\nv=0\r\ns=-\r\n\r\n--x--\r\nepilogue";
    let message = with_body("multipart/mixed; boundary=\"x\"", body);
    assert_eq!(parts(&message).len(), 2);
    assert_eq!(message.sdp().expect("SDP"), "v=0\r\ns=-\r\n");
    assert_eq!(parts(&message)[0].body, "\x01\x02--x in a line");
}

#[test]
fn bodies_without_boundary_without_parts_or_without_end_are_harmless() {
    let count = |content_type: &str, body: &str| parts(&with_body(content_type, body)).len();
    assert_eq!(count("multipart/mixed", "--x\r\n\r\na\r\n--x--"), 0);
    assert_eq!(count("multipart/mixed;boundary=\"\"", "--\r\n\r\na\r\n----"), 0);
    assert_eq!(count("multipart/mixed;boundary=x", "nothing"), 0);
    assert_eq!(count("multipart/mixed;boundary=x", "--x--"), 0);
    assert_eq!(count("multipart/mixed;boundary=x", "--x"), 1);
    assert_eq!(count("multipart/mixed;boundary=x", "--x\r\nContent-Type: application/sdp\r\n\r\nv=0"), 1);
    assert_eq!(count("multipart/mixed;boundary=x", &"--x\r\n".repeat(5000)), 16);
}

#[test]
fn nesting_is_not_followed() {
    let mut body = "v=0\r\n".to_owned();
    for depth in 0..300 {
        body = format!(
            "--{depth}\r\nContent-Type: multipart/mixed;boundary={}\r\n\r\n{body}\r\n--{depth}--\r\n",
            depth + 1
        );
    }
    let message = with_body("multipart/mixed;boundary=299", &body);
    assert_eq!(parts(&message).len(), 1);
    assert!(message.sdp().is_none());
}
