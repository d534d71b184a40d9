use super::derive::{Label, derive, derive_from, keystream};
use super::transform::Transform;
use super::*;
use crate::base::Rng;
use crate::rtp::write_header;

const ALL: [SrtpSuite; 4] = [
    SrtpSuite::AesCm128HmacSha1_80,
    SrtpSuite::AesCm128HmacSha1_32,
    SrtpSuite::AeadAes128Gcm,
    SrtpSuite::AeadAes256Gcm,
];

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16).expect("hexadecimal");
    digits.chunks(2).map(byte).collect()
}

fn master(suite: SrtpSuite) -> MasterKey {
    MasterKey::random(suite, &mut Rng::from_number(5))
}

fn pair(suite: SrtpSuite) -> (Protector, Unprotector) {
    (Protector::new(&master(suite)), Unprotector::new(&master(suite)))
}

fn rtp(seq: u16, ssrc: u32) -> Vec<u8> {
    let mut packet = write_header(false, 0, seq, u32::from(seq) * 160, ssrc).to_vec();
    packet.extend((0..160).map(|at| (at as u8).wrapping_mul(7)));
    packet
}

fn protect(protector: &mut Protector, packet: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + MAX_TRAILER, 0);
    let len = protector.protect_rtp(&mut buffer, packet.len())?;
    buffer.truncate(len);
    Some(buffer)
}

fn unprotect(unprotector: &mut Unprotector, packet: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut buffer = packet.to_vec();
    let len = unprotector.unprotect_rtp(&mut buffer)?;
    buffer.truncate(len);
    Ok(buffer)
}

fn protect_rtcp(protector: &mut Protector, packet: &[u8]) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + MAX_TRAILER, 0);
    let len = protector.protect_rtcp(&mut buffer, packet.len()).expect("room");
    buffer.truncate(len);
    buffer
}

fn unprotect_rtcp(unprotector: &mut Unprotector, packet: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut buffer = packet.to_vec();
    let len = unprotector.unprotect_rtcp(&mut buffer)?;
    buffer.truncate(len);
    Ok(buffer)
}

#[test]
fn the_keystream_is_that_of_rfc_3711_b2() {
    let key: [u8; 16] = hex("2B7E151628AED2A6ABF7158809CF4F3C").try_into().expect("16 bytes");
    let block = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000").try_into().expect("16 bytes");
    let mut stream = [0; 48];
    keystream(&aes::cipher::KeyInit::new(&key.into()), block, &mut stream);
    let expected = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0";
    assert_eq!(stream.to_vec(), hex(expected));
}

#[test]
fn session_keys_are_those_of_rfc_3711_b3() {
    let bytes = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
    let master = MasterKey::new(SrtpSuite::AesCm128HmacSha1_80, &bytes).expect("30 bytes");
    let check = |label, expected: &str| {
        let mut key = vec![0; hex(expected).len()];
        derive(&master, label, &mut key);
        assert_eq!(key, hex(expected));
    };
    check(Label::RtpCipher, "C61E7A93744F39EE10734AFE3FF7A087");
    check(Label::RtpSalt, "30CBBC08863D8C85D49DB34A9AE1");
    check(Label::RtpProof, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
}

/// The master key of RFC 3711 B.3, as libsrtp tests itself with it.
#[test]
fn packets_are_those_of_libsrtp() {
    let bytes = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
    let master = MasterKey::new(SrtpSuite::AesCm128HmacSha1_80, &bytes).expect("30 bytes");
    let mut ours = Protector::new(&master);
    let plain = hex("800f1234decafbadcafebabe abababababababababababababababab");
    let sealed = hex("800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb");
    assert_eq!(protect(&mut ours, &plain), Some(sealed.clone()));
    assert_eq!(unprotect(&mut Unprotector::new(&master), &sealed), Ok(plain));
    let plain = hex("81c8000bcafebabe abababababababababababababababab");
    let sealed = hex("81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798");
    assert_eq!(protect_rtcp(&mut ours, &plain), sealed);
    assert_eq!(unprotect_rtcp(&mut Unprotector::new(&master), &sealed), Ok(plain));

    let bytes = hex("000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab");
    let master = MasterKey::new(SrtpSuite::AeadAes128Gcm, &bytes).expect("28 bytes");
    let plain = hex("800f1234decafbadcafebabe abababababababababababababababab");
    let sealed = hex("800f1234decafbadcafebabe c5002ede04cfdd2eb91159e0880aa06e d2976826f796b201df3131a127e8a392");
    assert_eq!(protect(&mut Protector::new(&master), &plain), Some(sealed));
}

/// RFC 7714 16 and 17 give session keys, so they are tried below the derivation.
#[test]
fn packets_are_those_of_rfc_7714() {
    let salt = hex("517569642070726f2071756f").try_into().expect("12 bytes");
    let key = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    let plain = hex("8040f17b8041f8d35501a0b2 47616c6c696120657374206f6d6e697320646976697361\
                     20696e207061727465732074726573");
    let report = hex("81c8000d4d617273 4e5450314e545032525450200000042a0000e9304c756e61\
                      deadbeefdeadbeefdeadbeefdeadbeefdeadbeef");
    let check = |key: &[u8], sealed: &str, sealed_report: &str| {
        let transform = Transform::gcm(key, salt);
        let (ssrc, seq) = (0x5501_a0b2, 0xf17b);
        let mut packet = plain.clone();
        packet.resize(plain.len() + 16, 0);
        transform.seal_rtp(&mut packet, plain.len(), 12, ssrc, seq);
        assert_eq!(packet, hex(sealed));
        assert!(transform.open_rtp(&mut packet, 12, ssrc, seq));
        assert_eq!(packet[..plain.len()], plain);
        let mut packet = report.clone();
        packet.resize(report.len() + MAX_TRAILER, 0);
        transform.seal_rtcp(&mut packet, report.len(), 0x4d61_7273, 0x5d4);
        assert_eq!(packet, hex(sealed_report));
        assert!(transform.open_rtcp(&mut packet, 0x4d61_7273, 0x5d4));
        assert_eq!(packet[..report.len()], report);
    };
    check(
        &key[..16],
        "8040f17b8041f8d35501a0b2 f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833\
         899d7f27beb16a9152cf765ee4390cce",
        "81c8000d4d617273 63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded\
         0bb9275bc84aa45896cf4d2fc5abf87245d9eade 800005d4",
    );
    check(
        &key,
        "8040f17b8041f8d35501a0b2 32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b\
         7aa3db36dfffd6b0f9bb7878d7a76c13",
        "81c8000d4d617273 d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de047\
         6f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be 800005d4",
    );
}

#[test]
fn session_keys_of_256_bits_are_those_of_rfc_6188_7_2() {
    let key = hex("F0F04914B513F2763A1B1FA130F10E29 98F6F6E43E4309D1E622A0E332B9F1B6");
    let salt = hex("3B04803DE51EE7C96423AB5B78D2");
    let check = |label, expected: &str| {
        let mut derived = vec![0; hex(expected).len()];
        derive_from(&key, &salt, label, &mut derived);
        assert_eq!(derived, hex(expected));
    };
    check(Label::RtpCipher, "5BA1064E30EC51613CAD926C5A28EF73 1EC7FB397F70A960653CAF06554CD8C4");
    check(Label::RtpSalt, "FA31791685CA444A9E07C6C64E93");
}

#[test]
fn packets_pass_in_any_order_around_the_wrap_and_each_once() {
    for suite in ALL {
        let (mut ours, mut theirs) = pair(suite);
        let seqs: Vec<u16> = (0xffd0..=0xffff).chain(0..0x40).collect();
        let sealed: Vec<Vec<u8>> =
            seqs.iter().map(|seq| protect(&mut ours, &rtp(*seq, 9)).expect("sent once")).collect();
        // Each block of 8 comes backwards, so that the wrap is crossed back and forth.
        for (block, seqs) in sealed.chunks(8).zip(seqs.chunks(8)) {
            for (packet, seq) in block.iter().zip(seqs).rev() {
                assert_eq!(unprotect(&mut theirs, packet), Ok(rtp(*seq, 9)), "{suite:?} {seq:x}");
            }
        }
        for packet in &sealed {
            assert_eq!(unprotect(&mut theirs, packet), Err(Refused::Replayed), "{suite:?}");
        }
    }
}

#[test]
fn hours_of_packets_pass_through_every_rollover() {
    let (mut ours, mut theirs) = pair(SrtpSuite::AesCm128HmacSha1_80);
    // Packets are lost for two seconds after each, so that the test is quick.
    for at in (0..500_000u32).step_by(97) {
        let sealed = protect(&mut ours, &rtp(at as u16, 9)).expect("sent once");
        assert_eq!(unprotect(&mut theirs, &sealed), Ok(rtp(at as u16, 9)), "packet {at}");
    }
}

#[test]
fn a_late_packet_from_before_the_wrap_is_sent_under_its_own_number() {
    let (mut ours, mut theirs) = pair(SrtpSuite::AeadAes128Gcm);
    for seq in [0xfffe, 0x0000, 0xffff, 0x0001] {
        let sealed = protect(&mut ours, &rtp(seq, 9)).expect("sent once");
        assert_eq!(unprotect(&mut theirs, &sealed), Ok(rtp(seq, 9)), "{seq:x}");
    }
    assert_eq!(protect(&mut ours, &rtp(0xffff, 9)), None, "no number is used twice");
}

#[test]
fn a_stream_that_begins_near_the_wrap_is_heard_though_its_first_packets_are_lost() {
    for suite in ALL {
        let (mut ours, mut theirs) = pair(suite);
        for seq in [0xfffd, 0xfffe, 0xffff] {
            protect(&mut ours, &rtp(seq, 9)).expect("sent and lost");
        }
        for seq in [0, 1, 2] {
            let sealed = protect(&mut ours, &rtp(seq, 9)).expect("sent once");
            assert_eq!(unprotect(&mut theirs, &sealed), Ok(rtp(seq, 9)), "{suite:?} {seq}");
        }
    }
}

#[test]
fn a_changed_bit_anywhere_is_seen_and_harms_nothing() {
    for suite in ALL {
        let (mut ours, mut theirs) = pair(suite);
        let sealed = protect(&mut ours, &rtp(7, 9)).expect("sent once");
        for bit in 0..sealed.len() * 8 {
            let mut forged = sealed.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(unprotect(&mut theirs, &forged).is_err(), "{suite:?} bit {bit}");
        }
        for len in 0..sealed.len() {
            assert!(unprotect(&mut theirs, &sealed[..len]).is_err(), "{suite:?} {len} bytes");
        }
        assert_eq!(unprotect(&mut theirs, &sealed), Ok(rtp(7, 9)), "{suite:?}");
    }
}

#[test]
fn sources_extensions_and_padding_stay_as_they_are() {
    for suite in ALL {
        let (mut ours, mut theirs) = pair(suite);
        let mut packet = write_header(true, 0, 7, 8, 9).to_vec();
        packet[0] = 0b1011_0010;
        packet.extend([1, 1, 1, 1, 2, 2, 2, 2, 0xbe, 0xde, 0, 1, 3, 3, 3, 3]);
        packet.extend([9, 9, 9, 9, 0, 0, 3]);
        let sealed = protect(&mut ours, &packet).expect("sent once");
        assert_eq!(sealed[..28], packet[..28], "{suite:?}");
        assert_ne!(sealed[28..35], packet[28..35], "{suite:?}");
        assert_eq!(unprotect(&mut theirs, &sealed), Ok(packet), "{suite:?}");
    }
}

#[test]
fn rtcp_counts_for_itself_and_is_refused_twice_changed_or_in_the_clear() {
    let report = hex("80c9000100000009 81ca000200000009 0104616263640000");
    for suite in ALL {
        let (mut ours, mut theirs) = pair(suite);
        let sealed: Vec<Vec<u8>> = (0..200).map(|_| protect_rtcp(&mut ours, &report)).collect();
        for at in [0, 2, 1, 3, 150, 149, 199] {
            assert_eq!(unprotect_rtcp(&mut theirs, &sealed[at]), Ok(report.clone()), "{suite:?} {at}");
            assert_eq!(unprotect_rtcp(&mut theirs, &sealed[at]), Err(Refused::Replayed), "{suite:?} {at}");
        }
        assert_eq!(unprotect_rtcp(&mut theirs, &sealed[40]), Err(Refused::Replayed), "{suite:?}: too old");
        for bit in 0..sealed[198].len() * 8 {
            let mut forged = sealed[198].clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(unprotect_rtcp(&mut theirs, &forged).is_err(), "{suite:?} bit {bit}");
        }
        assert!(unprotect_rtcp(&mut theirs, &report).is_err());
        assert_eq!(unprotect_rtcp(&mut theirs, &sealed[198]), Ok(report.clone()), "{suite:?}");
    }
}

#[test]
fn another_stream_of_the_peer_has_numbers_of_its_own_and_the_former_stays_known() {
    for suite in ALL {
        let mut theirs = Unprotector::new(&master(suite));
        let sealed = |ssrc: u32| protect(&mut Protector::new(&master(suite)), &rtp(60_000, ssrc)).expect("sent once");
        for ssrc in 0..20 {
            assert_eq!(unprotect(&mut theirs, &sealed(ssrc)), Ok(rtp(60_000, ssrc)), "{suite:?} {ssrc}");
        }
        for ssrc in 4..20 {
            assert_eq!(unprotect(&mut theirs, &sealed(ssrc)), Err(Refused::Replayed), "{suite:?} {ssrc}");
        }
    }
}

#[test]
fn a_new_key_goes_on_counting_or_begins_anew() {
    for suite in ALL {
        let new = MasterKey::random(suite, &mut Rng::from_number(6));
        let (mut ours, mut theirs) = pair(suite);
        for seq in (0..=0xffff).step_by(0x1000).chain([0, 0x1000]) {
            let sealed = protect(&mut ours, &rtp(seq, 9)).expect("sent once");
            assert!(unprotect(&mut theirs, &sealed).is_ok());
        }
        assert_eq!(
            unprotect(&mut theirs.rekeyed(&new), &protect(&mut ours, &rtp(0x1001, 9)).expect("sent once")),
            Err(Refused::NotProven)
        );
        let mut going_on = Protector::new(&new);
        for seq in (0..=0xffff).step_by(0x1000).chain([0]) {
            protect(&mut going_on, &rtp(seq, 9)).expect("sent once");
        }
        for mut sender in [going_on, Protector::new(&new)] {
            let mut theirs = theirs.rekeyed(&new);
            let sealed = protect(&mut sender, &rtp(0x1002, 9)).expect("sent once");
            assert_eq!(unprotect(&mut theirs, &sealed), Ok(rtp(0x1002, 9)), "{suite:?}");
        }
    }
}

#[test]
fn no_bytes_of_any_kind_panic_or_pass() {
    let mut rng = Rng::from_number(7);
    for suite in ALL {
        let (mut ours, mut theirs) = pair(suite);
        for _ in 0..20_000 {
            let len = rng.below(64) as usize;
            let mut bytes = vec![0; len];
            rng.fill(&mut bytes);
            if let Some(first) = bytes.first_mut() {
                *first = (*first & 0x3f) | 0x80;
            }
            assert!(unprotect(&mut theirs, &bytes).is_err());
            assert!(unprotect_rtcp(&mut theirs, &bytes).is_err());
            let _ = protect(&mut ours, &bytes);
        }
    }
}

#[test]
fn what_does_not_fit_is_not_sent_and_keys_are_not_shown() {
    let (mut ours, theirs) = pair(SrtpSuite::AeadAes128Gcm);
    let packet = rtp(1, 9);
    assert_eq!(ours.protect_rtp(&mut packet.clone(), packet.len()), None);
    assert_eq!(ours.protect_rtp(&mut packet.clone(), packet.len() + 1), None);
    assert_eq!(ours.protect_rtcp(&mut [0x80, 200, 0, 0, 0, 0, 0, 9], 8), None);
    assert!(protect(&mut ours, &packet).is_some(), "its number was not used up");
    assert_eq!(format!("{ours:?}"), "Protector(MasterKey(AeadAes128Gcm, ..), at 1 of 281474976710655)");
    assert_eq!(format!("{theirs:?}"), "Unprotector(MasterKey(AeadAes128Gcm, ..), 0 streams)");
}
