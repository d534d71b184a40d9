use super::*;
use crate::base::Rng;
use crate::ivr::check::AudioFlaw;
use crate::media::tone_samples;

/// One second of 700 Hz at -20 dBFS, 48 kbit/s, with an Info frame (lame).
const MP3: &[u8] = include_bytes!("../../../tests/audio/tone.mp3");

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend((body.len() as u32).to_le_bytes());
    chunk.extend(body);
    chunk
}

fn wav_of(tag: u16, channels: u16, rate: u32, data: &[u8]) -> Vec<u8> {
    let mut format = Vec::new();
    format.extend(tag.to_le_bytes());
    format.extend(channels.to_le_bytes());
    format.extend(rate.to_le_bytes());
    format.extend((rate * u32::from(channels) * 2).to_le_bytes());
    format.extend((channels * 2).to_le_bytes());
    format.extend(16_u16.to_le_bytes());
    let body = [b"WAVE".to_vec(), chunk(b"fmt ", &format), chunk(b"data", data)].concat();
    chunk(b"RIFF", &body)
}

fn pcm(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// A mono wav of `samples` at 16 kHz.
fn wav(samples: &[i16]) -> Vec<u8> {
    wav_of(1, 1, 16_000, &pcm(samples))
}

fn tone(level_db: f64, ms: usize) -> Vec<i16> {
    let quiet = tone_samples(1000.0, -3.0, 16_000, 16 * ms);
    let peak = f64::from(quiet.iter().map(|s| s.unsigned_abs()).max().unwrap_or(1));
    let factor = 32_767.0 * 10_f64.powf(level_db / 20.0) / peak;
    quiet.into_iter().map(|sample| (f64::from(sample) * factor) as i16).collect()
}

fn loudness(samples: &[i16], rate: u32) -> f64 {
    level::measure(samples, rate).loudness_lufs.expect("loud and long enough")
}

#[test]
fn quiet_and_loud_sounds_come_out_alike() {
    for level_db in [-35.0, -25.0, -15.5] {
        let admitted = admit("hello.wav", &wav(&tone(level_db, 2000))).expect("a good file");
        assert_eq!((admitted.ending, admitted.duration_ms, admitted.flaws.len()), ("wav", 2000, 0));
        let after = loudness(&admitted.samples, admitted.rate);
        assert!((after - TARGET_LUFS).abs() < 0.2, "{level_db} dB came out at {after} LUFS");
    }
}

#[test]
fn peaks_stay_below_the_limit_and_noise_is_not_raised_without_bound() {
    let mut peaky = tone(-40.0, 2000);
    peaky[8000] = 30_000;
    let admitted = admit("peaky.wav", &wav(&peaky)).expect("a good file");
    let peak = level::measure(&admitted.samples, 16_000).peak_dbfs;
    assert!((peak - MAX_PEAK_DBFS).abs() < 0.1, "{peak}");
    let faint = admit("faint.wav", &wav(&tone(-49.0, 2000))).expect("a good file");
    let raised = loudness(&faint.samples, 16_000) - faint.loudness_lufs.expect("it has one");
    assert!((raised - 20.0).abs() < 0.3, "{raised} dB");
    let short = admit("beep.wav", &wav(&tone(-12.0, 100))).expect("too short to have a loudness");
    assert_eq!(short.loudness_lufs, None);
    let peak = level::measure(&short.samples, 16_000).peak_dbfs;
    assert!((peak - MAX_PEAK_DBFS).abs() < 0.1, "a short sound is made even by its peak: {peak}");
}

#[test]
fn an_mp3_is_a_sound_too_and_stereo_becomes_mono() {
    let admitted = admit("tone.mp3", MP3).expect("a good file");
    assert_eq!(admitted.ending, "mp3");
    assert!((950..1200).contains(&admitted.duration_ms), "{} ms", admitted.duration_ms);
    let both: Vec<i16> = tone(-20.0, 1000).into_iter().flat_map(|sample| [sample, 0]).collect();
    let stereo = admit("stereo.wav", &wav_of(1, 2, 16_000, &pcm(&both))).expect("a good file");
    assert_eq!(stereo.samples.len(), 16_000);
    assert!((stereo.peak_dbfs + 26.0).abs() < 0.2, "the mean of a tone and of silence: {}", stereo.peak_dbfs);
}

#[test]
fn silence_and_clipping_are_told() {
    let silent = admit("silent.wav", &wav(&[0; 16_000])).expect("it can be played");
    assert_eq!(silent.flaws, [AudioFlaw::Silent]);
    let loud: Vec<i16> = tone(0.0, 1000).into_iter().map(|sample| sample.saturating_mul(4)).collect();
    assert_eq!(admit("loud.wav", &wav(&loud)).expect("it can be played").flaws, [AudioFlaw::Clipping]);
}

#[test]
fn each_wrong_file_gets_a_refusal_of_its_own() {
    let second = pcm(&tone(-20.0, 1000));
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("cut.mp3", MP3[..MP3.len() - 50].to_vec(), "audio_cut_off", "cut off"),
        ("cut_at_a_frame.mp3", MP3[..MP3.len() - 216 * 3].to_vec(), "audio_cut_off", "cut off"),
        ("cut.wav", wav(&tone(-20.0, 1000))[..20_000].to_vec(), "audio_cut_off", "cut off"),
        ("letter.wav", "Dear Sir or Madam,\nplease play this.\n".as_bytes().to_vec(), "audio_wrong_kind", "text"),
        ("big.wav", vec![0; MAX_AUDIO_BYTES + 1], "audio_too_large", "5242881"),
        ("nothing.mp3", Vec::new(), "audio_empty", "0 bytes"),
        ("studio.wav", wav_of(1, 1, 96_000, &second), "audio_sample_rate", "96000"),
        ("cinema.wav", wav_of(1, 6, 48_000, &second), "audio_channels", "6 channels"),
        ("phone.wav", wav_of(0x161, 2, 44_100, &second), "audio_codec", "WMA"),
        ("song.mp3", b"OggS\0\x02etc".to_vec(), "audio_wrong_kind", "Ogg"),
        ("movie.wav", [b"RIFF\x10\0\0\0AVI LIST".to_vec(), vec![0; 64]].concat(), "audio_wrong_kind", "AVI"),
        ("slow.wav", wav_of(1, 1, 0, &second), "audio_sample_rate", "0 Hz"),
        ("none.wav", wav_of(1, 0, 16_000, &second), "audio_channels", "0 channels"),
        ("hollow.wav", wav(&[]), "audio_broken", "no sound"),
        ("headless.wav", b"RIFF\x04\0\0\0WAVE".to_vec(), "audio_broken", "no sound"),
    ];
    for (name, bytes, code, says) in cases {
        let why = admit(name, &bytes).map(drop).expect_err(name);
        assert_eq!(why.code(), code, "{name}: {why}");
        assert!(why.to_string().contains(says), "{name}: {why}");
    }
}

#[test]
fn a_file_of_exactly_5_mib_is_taken() {
    let mut samples = tone(-20.0, 1000);
    samples.resize((MAX_AUDIO_BYTES - 44) / 2, 0);
    let file = wav(&samples);
    assert_eq!(file.len(), MAX_AUDIO_BYTES);
    admit("long.wav", &file).expect("not a byte too many");
}

/// Statement 25: crafted files neither loop nor overflow. Every result is a sound of bounded length or a refusal.
#[test]
fn damaged_files_are_sounds_or_refusals_and_nothing_else() {
    let mut rng = Rng::from_number(25);
    let good = [wav(&tone(-20.0, 300)), MP3.to_vec(), wav_of(0x11, 1, 16_000, &pcm(&tone(-20.0, 300)))];
    for round in 0..3000 {
        let mut bytes = good[round % good.len()].clone();
        for _ in 0..=rng.below(8) {
            let at = rng.below(bytes.len() as u64) as usize;
            // Headers are hit more often than sound.
            let at = if rng.below(2) == 0 { at % 128 } else { at };
            match rng.below(4) {
                0 => bytes[at] = rng.below(256) as u8,
                1 => bytes[at] = 0xff,
                2 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, 0),
            }
        }
        if let Ok(admitted) = admit("damaged", &bytes) {
            assert!(admitted.samples.len() <= MAX_AUDIO_BYTES * 50, "{} samples", admitted.samples.len());
        }
    }
}
