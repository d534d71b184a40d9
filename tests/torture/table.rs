//! Every message of RFC 4475 with its section and what becomes of it.

use hotline::sip::message::unsupported_options;
use hotline::sip::{CSeq, Header, HeaderName, Message, RetryAfter, Text};

use crate::common::{Verdict, accepted, bytes, verdict};

enum Reaction {
    Accept,
    /// Answered with this status and a reason that holds this word.
    Refuse(u16, &'static str),
    /// Dropped for a fault that holds this word.
    Drop(&'static str),
}

use Reaction::{Accept, Drop, Refuse};

const TABLE: [(&str, &str, Reaction); 49] = [
    ("wsinv", "3.1.1.1", Accept),
    ("intmeth", "3.1.1.2", Accept),
    ("esc01", "3.1.1.3", Accept),
    ("escnull", "3.1.1.4", Accept),
    ("esc02", "3.1.1.5", Accept),
    ("lwsdisp", "3.1.1.6", Accept),
    ("longreq", "3.1.1.7", Accept),
    ("dblreq", "3.1.1.8", Accept),
    ("semiuri", "3.1.1.9", Accept),
    ("transports", "3.1.1.10", Accept),
    ("mpart01", "3.1.1.11", Accept),
    ("unreason", "3.1.1.12", Accept),
    ("noreason", "3.1.1.13", Accept),
    ("badinv01", "3.1.2.1", Refuse(400, "Via")),
    ("clerr", "3.1.2.2", Refuse(400, "Content-Length")),
    ("ncl", "3.1.2.3", Refuse(400, "Content-Length")),
    ("scalar02", "3.1.2.4", Refuse(400, "CSeq")),
    ("scalarlg", "3.1.2.5", Drop("CSeq")),
    ("quotbal", "3.1.2.6", Refuse(400, "To")),
    ("ltgtruri", "3.1.2.7", Refuse(400, "Request-URI")),
    ("lwsruri", "3.1.2.8", Refuse(400, "request line")),
    ("lwsstart", "3.1.2.9", Refuse(400, "request line")),
    ("trws", "3.1.2.10", Refuse(400, "request line")),
    ("escruri", "3.1.2.11", Refuse(400, "Request-URI")),
    // The Date of a request is not needed, so it is not looked at: the RFC leaves the choice.
    ("baddate", "3.1.2.12", Accept),
    ("regbadct", "3.1.2.13", Refuse(400, "Contact")),
    // Spaces inside the brackets, and a comma in a display name without quotes, leave no doubt what is meant.
    ("badaspec", "3.1.2.14", Accept),
    ("baddn", "3.1.2.15", Accept),
    ("badvers", "3.1.2.16", Refuse(505, "Version")),
    ("mismatch01", "3.1.2.17", Refuse(400, "CSeq")),
    ("mismatch02", "3.1.2.18", Refuse(501, "Not Implemented")),
    ("bigcode", "3.1.2.19", Drop("status code")),
    ("badbranch", "3.2.1", Accept),
    // Call-ID, From and To are missing: the response copies what is there.
    ("insuf", "3.3.1", Refuse(400, "missing")),
    ("unkscm", "3.3.2", Refuse(416, "Scheme")),
    ("novelsc", "3.3.3", Refuse(416, "Scheme")),
    ("unksm2", "3.3.4", Refuse(400, "To")),
    ("bext01", "3.3.5", Accept),
    ("invut", "3.3.6", Accept),
    ("regaut01", "3.3.7", Accept),
    ("multi01", "3.3.8", Refuse(400, "more than once")),
    ("mcl01", "3.3.9", Refuse(400, "Content-Length")),
    ("bcast", "3.3.10", Drop("Via occurs more than once")),
    ("zeromf", "3.3.11", Accept),
    ("cparam01", "3.3.12", Accept),
    ("cparam02", "3.3.13", Accept),
    ("regescrt", "3.3.14", Accept),
    ("sdp01", "3.3.15", Accept),
    ("inv2543", "3.4.1", Accept),
];

#[test]
fn each_message_of_rfc_4475_gets_its_reaction() {
    for (name, section, reaction) in TABLE {
        match (verdict(bytes("rfc4475", name)), reaction) {
            (Verdict::Accepted(_), Accept) => {}
            (Verdict::Dropped(fault), Drop(word)) => {
                assert!(fault.to_string().contains(word), "{name} ({section}): {fault}");
            }
            (Verdict::Refused(fault, request), Refuse(status, word)) => {
                assert_eq!(fault.status(), status, "{name} ({section}): {fault}");
                assert!(fault.reason().contains(word), "{name} ({section}): {:?}", fault.reason());
                response_names_its_request(name, &request, fault.status(), &fault.reason());
            }
            (other, _) => panic!("{name} ({section}): {other:?}"),
        }
    }
}

/// The refusal can be read back and carries what RFC 3261 8.2.6.2 copies.
fn response_names_its_request(name: &str, request: &Message, status: u16, reason: &str) {
    let response = Message::response(request, status, reason, Some("ours")).finish();
    let read = Message::parse(response.raw().clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(read.status(), Some(status), "{name}");
    for header in [HeaderName::Via, HeaderName::From, HeaderName::CallId, HeaderName::CSeq] {
        let values = |message: &Message| message.lines().filter(|line| line.0 == header).map(|line| line.2).collect();
        let (sent, asked): (Vec<Text>, Vec<Text>) = (values(&read), values(request));
        assert_eq!(sent, asked, "{name}: {header}");
    }
}

#[test]
fn numbers_beyond_32_bits_are_the_largest_and_never_wrap() {
    let register = match verdict(bytes("rfc4475", "scalar02")) {
        Verdict::Refused(_, message) => message,
        other => panic!("{other:?}"),
    };
    assert_eq!(register.first(HeaderName::Expires).and_then(|v| v.to_u32_saturating()), Some(u32::MAX));
    let contact = register.name_addr(HeaderName::Contact).expect("a contact");
    assert_eq!(contact.expires_s(), Some(u32::MAX));
    assert_eq!(register.first(HeaderName::MaxForwards).expect("Max-Forwards"), "300");

    let response = Message::parse(bytes("rfc4475", "scalarlg")).expect("its lines can be read");
    assert_eq!(response.typed::<RetryAfter>().expect("Retry-After").expect("a number").seconds, u32::MAX);
    assert!(CSeq::parse(&response.first(HeaderName::CSeq).expect("CSeq")).is_err());
}

#[test]
fn options_that_nobody_supports_are_named_for_the_420() {
    let unsupported = unsupported_options(&accepted("bext01"), &["100rel", "timer"]);
    assert_eq!(unsupported, [Text::from("nothingSupportsThis"), Text::from("nothingSupportsThisEither")]);
}

#[test]
fn a_branch_that_is_only_the_cookie_identifies_nothing() {
    let via = accepted("badbranch").top_via().expect("a Via");
    assert_eq!(via.branch().expect("a branch"), "z9hG4bK");
    assert_eq!(via.rfc3261_branch(), None);
}

#[test]
fn contact_parameters_belong_to_the_header_without_and_to_the_uri_with_brackets() {
    let bare = accepted("cparam01").name_addr(HeaderName::Contact).expect("a contact");
    assert!(bare.params.has("unknownparam") && !bare.uri.has_param("unknownparam"));
    let bracketed = accepted("cparam02").name_addr(HeaderName::Contact).expect("a contact");
    assert!(!bracketed.params.has("unknownparam") && bracketed.uri.has_param("unknownparam"));
}

#[test]
fn an_escaped_header_stays_in_the_registered_contact() {
    let contact = accepted("regescrt").name_addr(HeaderName::Contact).expect("a contact");
    let headers: Vec<_> = contact.uri.headers().collect();
    assert_eq!(headers.len(), 1);
    assert_eq!(headers[0].0.as_ref(), b"Route");
    assert_eq!(headers[0].1.as_ref(), b"<sip:sip.example.com>");
}

#[test]
fn what_a_server_needs_to_refuse_bodies_and_formats_is_there() {
    let unknown = accepted("invut");
    let media = unknown.content_type().expect("Content-Type").expect("readable");
    assert!(media.is("application", "unknownformat") && !media.is_sdp());
    assert!(unknown.sdp().is_none());

    let picky = accepted("sdp01");
    let accept: Vec<Text> = picky.header(HeaderName::Accept).collect();
    assert_eq!(accept, [Text::from("text/nobodyKnowsThis")]);
    assert!(picky.sdp().is_some());
}

#[test]
fn an_unknown_authorization_scheme_is_no_credentials() {
    let auths: Vec<_> = accepted("regaut01").auths(HeaderName::Authorization).collect();
    let auth = auths[0].as_ref().expect("readable");
    assert_eq!(auth.scheme, "NoOneKnowsThisScheme");
    assert!(!auth.is_digest());
    assert_eq!(auth.get("opaque-data").expect("a parameter"), &"here");
}

#[test]
fn rfc_2543_callers_without_tag_cookie_and_max_forwards_are_heard() {
    let invite = accepted("inv2543");
    assert_eq!(invite.from_tag(), None);
    assert!(!invite.has(HeaderName::MaxForwards));
    assert_eq!(invite.top_via().expect("a Via").rfc3261_branch(), None);
    let to = invite.to().expect("To");
    assert!(to.params.has("user") && !to.uri.has_param("user"), "without brackets it belongs to the header");
    let route = invite.name_addr(HeaderName::RecordRoute).expect("Record-Route");
    assert_eq!(route.uri.param_str("maddr").as_deref(), Some("ss1.example.com"));
    assert!(!route.uri.is_loose_router());
    assert!(invite.body().starts_with(b"v=0\r\n"), "without Content-Length the body is the rest");
}

#[test]
fn readings_that_leave_no_doubt_are_kept() {
    let spaced = accepted("badaspec").to().expect("To");
    assert_eq!(spaced.uri.to_string(), "sip:t.watson@example.org");
    assert_eq!(spaced.display_name, "Watson, Thomas");
    let unquoted = accepted("baddn").from().expect("From");
    assert_eq!(unquoted.display_name, "Bell, Alexander");
    assert_eq!(unquoted.tag().expect("a tag"), "43");
    let hops = accepted("zeromf").first(HeaderName::MaxForwards).expect("Max-Forwards");
    assert_eq!(hops, "0");
}
