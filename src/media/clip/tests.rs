use super::*;
use crate::media::{measure_tone, tone_samples};
use crate::rtp::codec::opus::OpusDecoder;
use crate::rtp::codec::{G722Decoder, MAX_SAMPLES, g711};

fn decoded(clip: &Clip, codec: Codec) -> Vec<i16> {
    let bytes: Vec<u8> = (0..clip.frames()).flat_map(|i| clip.frame(codec, i).expect("in range").to_vec()).collect();
    match codec {
        Codec::Pcmu => bytes.into_iter().map(g711::ulaw_decode).collect(),
        Codec::Pcma => bytes.into_iter().map(g711::alaw_decode).collect(),
        Codec::G722 => {
            let mut wide = vec![0; bytes.len() * 2];
            let count = G722Decoder::new().decode(&bytes, &mut wide);
            crate::media::resample(&wide[..count], 16_000, 8000).expect("good rates")
        }
        Codec::Opus => unreachable!("it has no byte for a tick"),
    }
}

#[test]
fn carries_a_tone_in_every_codec() {
    let clip = Clip::from_pcm(8000, &tone_samples(440.0, -10.0, 8000, 8000)).expect("a clip");
    assert_eq!((clip.frames(), clip.duration_ms()), (50, 1000));
    let expected = measure_tone(&tone_samples(440.0, -10.0, 8000, 8000), 440.0);
    for codec in Codec::PLAIN {
        let level = measure_tone(&decoded(&clip, codec)[800..7200], 440.0);
        assert!((level - expected).abs() < 1.0, "{codec:?}: {level} dB instead of {expected}");
    }
    let (mut decoder, mut out, mut opus) = (OpusDecoder::new(), [0; MAX_SAMPLES], Vec::new());
    for i in 0..clip.frames() {
        let (count, _) = decoder.decode(0, clip.frame(Codec::Opus, i).expect("in range"), &mut out);
        opus.extend_from_slice(&out[..count]);
    }
    let level = measure_tone(&opus[800..7200], 440.0);
    assert!((level - expected).abs() < 1.5, "{level} dB instead of {expected}");
}

#[test]
fn fills_the_last_frame_with_silence() {
    let clip = Clip::from_pcm(8000, &[1000; 161]).expect("a clip");
    assert_eq!(clip.frames(), 2);
    let last = clip.frame(Codec::Pcmu, 1).expect("second frame");
    assert!(last[1..].iter().all(|b| *b == g711::ULAW_SILENCE));
    assert!(clip.frame(Codec::Pcmu, 2).is_none());
}

#[test]
fn reads_back_what_it_wrote() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("welcome.clip");
    let clip = Clip::from_pcm(8000, &tone_samples(440.0, -10.0, 8000, 4000)).expect("a clip");
    clip.write(&path).expect("written");
    let mapped = Clip::open(&path).expect("opened");
    assert_eq!(mapped.frames(), clip.frames());
    for codec in Codec::ALL {
        assert_eq!(mapped.frame(codec, 7), clip.frame(codec, 7));
    }
    assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 1);
}

#[test]
fn many_may_write_the_same_clip_at_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("welcome.clip");
    let clip = Clip::from_pcm(8000, &tone_samples(440.0, -10.0, 8000, 80_000)).expect("a clip");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    clip.write(&path).expect("written");
                    let mapped = Clip::open(&path).expect("whole");
                    assert_eq!(mapped.frame(Codec::Pcma, 499), clip.frame(Codec::Pcma, 499));
                }
            });
        }
    });
    assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 1, "nothing is left behind");
}

#[test]
fn refuses_files_that_are_no_clip_or_cut_off() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("broken.clip");
    let clip = Clip::from_pcm(8000, &[5; 800]).expect("a clip");
    clip.write(&path).expect("written");
    let whole = std::fs::read(&path).expect("read");
    for cut in [0, 3, 63, 64, whole.len() - 1] {
        std::fs::write(&path, &whole[..cut]).expect("written");
        assert!(Clip::open(&path).is_err(), "cut at {cut}");
    }
    let mut huge = whole.clone();
    huge[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    std::fs::write(&path, &huge).expect("written");
    assert!(Clip::open(&path).is_err());
    assert!(matches!(Clip::from_pcm(8000, &[]), Err(ClipError::Empty)));
}
