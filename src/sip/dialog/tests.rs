use super::*;
use crate::sip::{Message, Method, NameAddr, Text, Via};

fn parse(text: &str) -> Message {
    Message::parse(bytes::Bytes::from(text.replace('\n', "\r\n"))).expect("a message written in this file")
}

fn invite(record_route: &str) -> Message {
    parse(&format!(
        "INVITE sip:100@hotline.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\n{record_route}\
         From: <sip:200@example.com>;tag=their\nTo: <sip:100@hotline.example>\nCall-ID: c@d\nCSeq: 7 INVITE\n\
         Contact: <sip:200@192.0.2.1:5070>\nContent-Length: 0\n\n"
    ))
}

fn written(draft: &Draft) -> String {
    let via: Via = crate::sip::Header::parse(&Text::from("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKb"))
        .expect("a Via written in this file");
    String::from_utf8_lossy(draft.write(&via, None).raw()).replace("\r\n", "\n")
}

#[test]
fn a_request_goes_to_their_contact_with_the_tags_turned_round() {
    let mut dialog = Dialog::from_request(&invite(""), "our").expect("the INVITE makes a dialog");
    let bye = dialog.request(Method::Bye);
    assert_eq!(bye.next_hop, "sip:200@192.0.2.1:5070".parse().expect("a URI written in this file"));
    let text = written(&bye);
    assert!(text.starts_with("BYE sip:200@192.0.2.1:5070 SIP/2.0\n"), "{text}");
    for line in [
        "From: <sip:100@hotline.example>;tag=our\n",
        "To: <sip:200@example.com>;tag=their\n",
        "Call-ID: c@d\n",
        "CSeq: 1 BYE\n",
        "Max-Forwards: 70\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("Route"), "{text}");
}

#[test]
fn loose_routers_stand_in_route_and_keep_the_target() {
    let routes = "Record-Route: <sip:p1.example;lr>, <sip:p2.example;lr>\n";
    let mut dialog = Dialog::from_request(&invite(routes), "our").expect("the INVITE makes a dialog");
    let bye = dialog.request(Method::Bye);
    let text = written(&bye);
    assert!(text.starts_with("BYE sip:200@192.0.2.1:5070 SIP/2.0\n"), "{text}");
    assert!(text.contains("Route: <sip:p1.example;lr>\nRoute: <sip:p2.example;lr>\n"), "{text}");
    assert_eq!(bye.next_hop.to_string(), "sip:p1.example;lr");
}

#[test]
fn a_strict_router_takes_the_request_uri_and_the_target_comes_last() {
    let routes = "Record-Route: <sip:p1.example>\nRecord-Route: <sip:p2.example;lr>\n";
    let mut dialog = Dialog::from_request(&invite(routes), "our").expect("the INVITE makes a dialog");
    let bye = dialog.request(Method::Bye);
    let text = written(&bye);
    assert!(text.starts_with("BYE sip:p1.example SIP/2.0\n"), "{text}");
    assert!(text.contains("Route: <sip:p2.example;lr>\nRoute: <sip:200@192.0.2.1:5070>\n"), "{text}");
    assert_eq!(bye.next_hop.to_string(), "sip:p1.example");
}

fn address(text: &str) -> NameAddr {
    NameAddr::parse(&Text::from(text)).expect("an address written in this file")
}

#[test]
fn the_callers_routes_are_those_of_the_answer_backwards() {
    let uri = "sip:1001@hotline.example".parse().expect("a URI written in this file");
    let (from, to) = (address("<sip:a@b>;tag=our"), address("<sip:1001@hotline.example>"));
    let request = Draft::new(Method::Invite, uri, from, to, Text::from("c@d"), 3);
    let response = parse(
        "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKb\nRecord-Route: <sip:p2.example;lr>\n\
         Record-Route: <sip:p1.example;lr>\nFrom: <sip:a@b>;tag=our\nTo: <sip:1001@hotline.example>;tag=their\n\
         Call-ID: c@d\nCSeq: 3 INVITE\nContact: <sip:1001@192.0.2.3>\nContent-Length: 0\n\n",
    );
    let mut dialog = Dialog::from_response(&request, &response).expect("the answer makes a dialog");
    assert_eq!(dialog.routes(), [Text::from("<sip:p1.example;lr>"), Text::from("<sip:p2.example;lr>")]);
    assert!(written(&dialog.ack(3)).contains("CSeq: 3 ACK\n"));
    assert!(written(&dialog.request(Method::Bye)).contains("CSeq: 4 BYE\n"));
    assert!(dialog.owns_response(&response));
}

#[test]
fn requests_come_in_order_and_refresh_the_target() {
    let mut dialog = Dialog::from_request(&invite(""), "our").expect("the INVITE makes a dialog");
    assert_eq!(dialog.receive(6), Order::OutOfOrder);
    assert_eq!(dialog.receive(9), Order::InOrder);
    assert_eq!(dialog.receive(8), Order::OutOfOrder);
    let moved = parse(
        "INVITE sip:100@hotline.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKc\n\
         From: <sip:200@example.com>;tag=their\nTo: <sip:100@hotline.example>;tag=our\nCall-ID: c@d\n\
         CSeq: 10 INVITE\nContact: <sip:200@192.0.2.9>\nContent-Length: 0\n\n",
    );
    assert!(dialog.owns_request(&moved));
    dialog.refresh_target(&moved);
    assert_eq!(dialog.target().to_string(), "sip:200@192.0.2.9");
}

#[test]
fn an_invite_without_contact_makes_no_dialog() {
    let bare = parse(
        "INVITE sip:100@hotline.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\n\
         From: <sip:200@example.com>;tag=their\nTo: <sip:100@hotline.example>\nCall-ID: c@d\nCSeq: 7 INVITE\n\
         Content-Length: 0\n\n",
    );
    assert_eq!(Dialog::from_request(&bare, "our"), Err(DialogError::NoContact));
}
