//! Each row of RFC 3261 figures 5 to 8 and RFC 6026 figures 5 and 7, then the table that joins them.

use std::net::SocketAddr;

use super::client::{ClientKind, ClientMachine, ClientReaction as C};
use super::server::{ServerKind, ServerMachine, ServerReaction as S};
use super::*;
use crate::base::Instant;
use bytes::Bytes;

const fn at(ms: u64) -> Instant {
    Instant::from_millis(ms)
}

fn client(kind: ClientKind, reliable: bool) -> ClientMachine {
    ClientMachine::start(kind, reliable, TimerTable::default(), at(0))
}

/// Runs the machine to `until` and names each reaction with its time in ms.
fn run_client(machine: &mut ClientMachine, until: u64) -> Vec<(u64, C)> {
    let mut seen = Vec::new();
    while let Some(deadline) = machine.deadline().filter(|deadline| *deadline <= at(until)) {
        let reaction = machine.on_timeout(deadline);
        seen.push((deadline.as_millis(), reaction));
        if matches!(reaction, C::TimedOut | C::Terminated) {
            break;
        }
    }
    seen
}

fn run_server(machine: &mut ServerMachine, until: u64) -> Vec<(u64, S)> {
    let mut seen = Vec::new();
    while let Some(deadline) = machine.deadline().filter(|deadline| *deadline <= at(until)) {
        let reaction = machine.on_timeout(deadline);
        seen.push((deadline.as_millis(), reaction));
        if matches!(reaction, S::TimedOut | S::Terminated) {
            break;
        }
    }
    seen
}

#[test]
fn unanswered_invite_is_sent_seven_times_and_gives_up_after_32_s() {
    let seen = run_client(&mut client(ClientKind::Invite, false), 60_000);
    let expected: Vec<(u64, C)> = [500, 1500, 3500, 7500, 15_500, 31_500].map(|ms| (ms, C::Resend)).into();
    assert_eq!(seen, [expected, vec![(32_000, C::TimedOut)]].concat());
}

#[test]
fn unanswered_other_request_is_sent_eleven_times_and_gives_up_after_32_s() {
    let seen = run_client(&mut client(ClientKind::NonInvite, false), 60_000);
    let times = [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    let expected: Vec<(u64, C)> = times.map(|ms| (ms, C::Resend)).into();
    assert_eq!(seen, [expected, vec![(32_000, C::TimedOut)]].concat());
}

#[test]
fn nothing_is_sent_again_over_a_reliable_transport() {
    for kind in [ClientKind::Invite, ClientKind::NonInvite] {
        assert_eq!(run_client(&mut client(kind, true), 60_000), [(32_000, C::TimedOut)]);
    }
}

#[test]
fn a_ringing_invite_waits_as_long_as_provisional_responses_come() {
    let mut machine = client(ClientKind::Invite, false);
    assert_eq!(machine.on_response(180, at(100)), C::Deliver);
    assert_eq!(run_client(&mut machine, 239_000), []);
    assert_eq!(machine.on_response(183, at(200_000)), C::Deliver);
    assert_eq!(run_client(&mut machine, 1_000_000), [(440_000, C::TimedOut)]);
}

#[test]
fn a_refused_invite_is_acknowledged_each_time_and_told_once() {
    let mut machine = client(ClientKind::Invite, false);
    assert_eq!(machine.on_response(486, at(100)), C::DeliverAndAck);
    assert_eq!(machine.on_response(486, at(600)), C::AckAgain);
    assert_eq!(machine.on_response(180, at(700)), C::Nothing);
    assert_eq!(machine.on_response(200, at(700)), C::Nothing);
    assert_eq!(run_client(&mut machine, 60_000), [(32_100, C::Terminated)]);
}

#[test]
fn every_2xx_reaches_the_user_until_timer_m() {
    let mut machine = client(ClientKind::Invite, false);
    assert_eq!(machine.on_response(200, at(100)), C::Deliver);
    assert_eq!(machine.on_response(200, at(600)), C::Deliver);
    assert_eq!(machine.on_response(486, at(600)), C::Nothing);
    assert_eq!(machine.on_response(180, at(600)), C::Nothing);
    assert_eq!(run_client(&mut machine, 60_000), [(32_100, C::Terminated)]);
}

#[test]
fn a_proceeding_request_is_sent_again_every_t2_and_still_gives_up() {
    let mut machine = client(ClientKind::NonInvite, false);
    assert_eq!(machine.on_response(100, at(100)), C::Deliver);
    let seen = run_client(&mut machine, 60_000);
    assert_eq!(seen[..3], [(500, C::Resend), (4500, C::Resend), (8500, C::Resend)]);
    assert_eq!(seen.last(), Some(&(32_000, C::TimedOut)));
}

#[test]
fn a_completed_request_swallows_repeated_answers_until_timer_k() {
    let mut machine = client(ClientKind::NonInvite, false);
    assert_eq!(machine.on_response(200, at(100)), C::Deliver);
    assert_eq!(machine.on_response(200, at(200)), C::Nothing);
    assert_eq!(run_client(&mut machine, 60_000), [(5100, C::Terminated)]);
    let mut reliable = client(ClientKind::NonInvite, true);
    assert_eq!(reliable.on_response(200, at(100)), C::Deliver);
    assert_eq!(run_client(&mut reliable, 60_000), [(100, C::Terminated)]);
}

fn server(kind: ServerKind, reliable: bool) -> ServerMachine {
    ServerMachine::start(kind, reliable, TimerTable::default())
}

#[test]
fn a_refused_call_is_told_again_until_timer_h() {
    let mut machine = server(ServerKind::Invite, false);
    assert!(machine.on_respond(486, at(0)));
    let seen = run_server(&mut machine, 60_000);
    assert_eq!(seen[..4], [(500, S::Resend), (1500, S::Resend), (3500, S::Resend), (7500, S::Resend)]);
    assert_eq!(seen[4], (11_500, S::Resend));
    assert_eq!(seen.last(), Some(&(32_000, S::TimedOut)));
    let mut reliable = server(ServerKind::Invite, true);
    assert!(reliable.on_respond(486, at(0)));
    assert_eq!(run_server(&mut reliable, 60_000), [(32_000, S::TimedOut)]);
}

#[test]
fn an_ack_stops_the_refusal_and_timer_i_forgets_it() {
    let mut machine = server(ServerKind::Invite, false);
    assert!(machine.on_respond(404, at(0)));
    assert_eq!(machine.on_request_again(), S::Resend);
    machine.on_ack(at(100));
    assert_eq!(machine.on_request_again(), S::Nothing);
    machine.on_ack(at(200));
    assert_eq!(run_server(&mut machine, 60_000), [(5100, S::Terminated)]);
}

#[test]
fn an_accepted_invite_swallows_repetitions_until_timer_l() {
    let mut machine = server(ServerKind::Invite, false);
    assert!(machine.on_respond(100, at(0)));
    assert_eq!(machine.on_request_again(), S::Resend);
    assert!(machine.on_respond(200, at(0)));
    assert_eq!(machine.on_request_again(), S::Nothing);
    assert!(!machine.on_respond(486, at(0)), "a second final response");
    machine.on_ack(at(100));
    assert_eq!(run_server(&mut machine, 60_000), [(32_000, S::Terminated)]);
}

#[test]
fn another_request_repeats_its_answer_until_timer_j() {
    let mut machine = server(ServerKind::NonInvite, false);
    assert!(machine.on_respond(200, at(0)));
    assert_eq!(machine.on_request_again(), S::Resend);
    assert!(!machine.on_respond(200, at(0)), "a second final response");
    assert_eq!(run_server(&mut machine, 60_000), [(32_000, S::Terminated)]);
    let mut reliable = server(ServerKind::NonInvite, true);
    assert!(reliable.on_respond(200, at(0)));
    assert_eq!(run_server(&mut reliable, 60_000), [(0, S::Terminated)]);
}

fn target(connection: Option<u64>) -> Target {
    let transport = if connection.is_some() { Transport::Tcp } else { Transport::Udp };
    let remote: SocketAddr = "192.0.2.1:5060".parse().expect("an address written in this file");
    Target { transport, remote, local: None, connection: connection.map(ConnectionId), server_name: None }
}

fn key(branch: &str) -> ServerKey {
    ServerKey::new(branch.as_bytes(), b"192.0.2.1:5060", b"INVITE")
}

type Table = Transactions<&'static str, &'static str>;

fn sent(table: &mut Table) -> Vec<Bytes> {
    let mut sent = Vec::new();
    while let Some(output) = table.poll_output() {
        match output {
            TxOutput::Send { bytes, .. } => sent.push(bytes),
            TxOutput::TimedOut { .. } | TxOutput::Unsendable { .. } => {}
        }
    }
    sent
}

#[test]
fn one_branch_of_two_senders_is_two_transactions() {
    let mut table = Table::new(TimerTable::default(), 10, 10);
    let first = table.begin(key("z9hG4bK1"), ServerKind::Invite, None, target(None), "a");
    assert!(first.is_ok());
    assert_eq!(table.find_server(&key("z9hG4bK1")), first.ok());
    let other = ServerKey::new(b"z9hG4bK1", b"192.0.2.2:5060", b"INVITE");
    assert_eq!(table.find_server(&other), None);
    assert_eq!(table.find_server(&ServerKey::new(b"z9hG4bK1", b"192.0.2.1:5060", b"OPTIONS")), None);
}

#[test]
fn a_full_table_refuses_and_empties_itself() {
    let mut table = Table::new(TimerTable::default(), 1, 1);
    let tx = table.begin(key("z9hG4bK1"), ServerKind::Invite, None, target(None), "a").expect("the first fits");
    assert_eq!(table.begin(key("z9hG4bK2"), ServerKind::Invite, None, target(None), "b"), Err(TableFull(1)));
    table.respond(tx, 486, Bytes::from_static(b"486"), at(0));
    let client = ClientKey::new(b"z9hG4bKa", b"OPTIONS");
    let send = |table: &mut Table, key| {
        table.request(key, ClientKind::NonInvite, target(None), Bytes::from_static(b"OPTIONS"), "c", at(0))
    };
    assert!(send(&mut table, client.clone()).is_ok());
    assert_eq!(send(&mut table, ClientKey::new(b"z9hG4bKb", b"OPTIONS")), Err(TableFull(1)));
    while let Some(deadline) = table.poll_timeout() {
        table.handle_timeout(deadline);
    }
    assert_eq!((table.clients(), table.servers()), (0, 0));
    assert_eq!(table.response(&client, 200, at(40_000)), None, "a straggler belongs to nothing");
}

#[test]
fn a_closed_connection_fails_its_waiting_requests_only() {
    let mut table = Table::new(TimerTable::default(), 10, 10);
    let request = |table: &mut Table, branch: &str, connection| {
        let key = ClientKey::new(branch.as_bytes(), b"INVITE");
        table
            .request(key, ClientKind::Invite, target(Some(connection)), Bytes::from_static(b"INVITE"), "c", at(0))
            .expect("there is room")
    };
    let (lost, kept) = (request(&mut table, "z9hG4bKa", 1), request(&mut table, "z9hG4bKb", 2));
    assert_eq!(sent(&mut table).len(), 2);
    table.fail_connection(ConnectionId(1));
    assert_eq!(table.poll_output(), Some(TxOutput::Unsendable { tx: lost, owner: "c" }));
    assert_eq!(table.poll_output(), None);
    assert!(table.is_pending(kept) && !table.is_pending(lost));
}

#[test]
fn an_old_clients_ack_matches_without_its_branch() {
    let fields = |via: &'static [u8]| OldMatch { request_uri: b"sip:a@b", from_tag: b"f", call_id: b"c", cseq: 1, via };
    let invite = ServerKey::old(fields(b"SIP/2.0/UDP 192.0.2.9"), b"INVITE");
    assert_eq!(ServerKey::old(fields(b"SIP/2.0/UDP 192.0.2.9"), b"INVITE"), invite);
    assert_ne!(ServerKey::old(fields(b"SIP/2.0/UDP 192.0.2.8"), b"INVITE"), invite);
    assert!(!ServerKey::is_unique(b"1"));
    assert!(!ServerKey::is_unique(b"z9hG4bK"));
    assert!(ServerKey::is_unique(b"Z9HG4BKx"));
}
