use super::*;

fn report(sender: bool, block: bool, goodbye: bool) -> Outgoing {
    Outgoing {
        ssrc: 77,
        sender: sender.then_some(SenderNumbers {
            ntp: Ntp::from_utc_millis(1_790_000_000_500),
            timestamp: 5,
            packets: 6,
            octets: 7,
        }),
        block: block.then_some(ReportNumbers {
            ssrc: 42,
            fraction_lost: 12,
            cumulative_lost: -3,
            highest_seq: 70_000,
            jitter: 33,
        }),
        last_sender_report: 11,
        delay_since: 22,
        goodbye,
    }
}

fn written(report: &Outgoing) -> Vec<u8> {
    let mut out = [0; MAX_BYTES];
    let len = write(report, &mut out);
    out[..len].to_vec()
}

#[test]
fn the_peer_reads_what_we_wrote() {
    for (sender, block, goodbye) in
        [(true, true, false), (true, false, true), (false, true, true), (false, false, false), (true, true, true)]
    {
        let out = report(sender, block, goodbye);
        let bytes = written(&out);
        assert_eq!(bytes.len() % 4, 0);
        let read = read(&bytes, 42).expect("good");
        assert_eq!(read.sender_report, out.sender.map(|s| s.ntp));
        assert_eq!(read.about_us, out.block.map(|b| (b, 11, 22)));
        assert_eq!(read.goodbye, goodbye);
    }
    assert_eq!(read(&written(&report(true, true, false)), 43).expect("good").about_us, None);
}

#[test]
fn drops_reports_that_overrun_or_end_early() {
    let bytes = written(&report(true, true, true));
    for len in 0..bytes.len() {
        let read = read(&bytes[..len], 42);
        let whole_packets = [52, 80].contains(&len);
        assert_eq!(read.is_some(), whole_packets, "{len} bytes");
    }
    let mut many_blocks = bytes.clone();
    many_blocks[0] = 0x80 | 31;
    assert_eq!(read(&many_blocks, 42), None);
    let mut long = bytes.clone();
    long[2..4].copy_from_slice(&[0xff, 0xff]);
    assert_eq!(read(&long, 42), None);
    let mut goodbye_first = bytes;
    goodbye_first[1] = GOODBYE;
    assert_eq!(read(&goodbye_first, 42), None);
}

#[test]
fn no_bytes_of_any_kind_panic() {
    let mut rng = crate::base::Rng::from_number(3);
    for _ in 0..50_000 {
        let mut bytes = written(&report(true, true, true));
        for _ in 0..=rng.below(6) {
            let at = rng.below(bytes.len() as u64) as usize;
            bytes[at] = rng.next_u32() as u8;
        }
        bytes.truncate(rng.below(bytes.len() as u64 + 1) as usize);
        let _ = read(&bytes, 42);
    }
}

#[test]
fn the_round_trip_is_what_remains_after_the_peers_delay() {
    let sent = Ntp::from_utc_millis(1_790_000_000_000);
    let now = Ntp::from_utc_millis(1_790_000_000_750);
    let rtt = round_trip_ms(now, sent.middle(), 65_536 / 2).expect("known");
    assert!((rtt - 250.0).abs() < 1.0, "{rtt}");
    assert_eq!(round_trip_ms(now, 0, 0), None);
    assert_eq!(round_trip_ms(sent, now.middle(), 0), None, "the clock was set back");
}

#[test]
fn ntp_time_is_that_of_rfc_868() {
    assert_eq!(Ntp::from_utc_millis(0).0 >> 32, 2_208_988_800);
    assert_eq!(Ntp::from_utc_millis(500).0 & 0xffff_ffff, 1 << 31);
}
