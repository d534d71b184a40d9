//! Samples of a stranger's file, by symphonia, bounded in length.

use std::io::Cursor;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use super::admit::{AudioRefusal, MAX_SECONDS};

/// Mono samples.
pub(super) struct Decoded {
    pub samples: Vec<i16>,
    pub rate: u32,
}

/// Decodes a whole file and mixes its channels. `rate` and `channels` are what its header says.
pub(super) fn decode(bytes: &[u8], ending: &str, rate: u32, channels: u16) -> Result<Decoded, AudioRefusal> {
    let broken = |error: symphonia::core::errors::Error| AudioRefusal::Broken(error.to_string());
    let mut hint = Hint::new();
    hint.with_extension(ending);
    let source = MediaSourceStream::new(Box::new(Cursor::new(bytes.to_vec())), Default::default());
    let probe = symphonia::default::get_probe();
    let mut format =
        probe.probe(&hint, source, FormatOptions::default(), MetadataOptions::default()).map_err(broken)?;
    let track = format.default_track(TrackType::Audio);
    let parameters = track.and_then(|track| Some((track.id, track.codec_params.as_ref()?.audio()?.clone())));
    let (id, parameters) = parameters.ok_or_else(|| AudioRefusal::Broken("it holds no sound".to_owned()))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(&parameters, &AudioDecoderOptions::default())
        .map_err(broken)?;
    let most = rate as usize * MAX_SECONDS as usize;
    let mut mono = Vec::new();
    let mut interleaved: Vec<f32> = Vec::new();
    while let Some(packet) = format.next_packet().map_err(broken)? {
        if packet.track_id != id {
            continue;
        }
        let buffer = decoder.decode(&packet).map_err(broken)?;
        interleaved.resize(buffer.samples_interleaved(), 0.0);
        buffer.copy_to_slice_interleaved(&mut interleaved);
        mono.extend(interleaved.chunks_exact(usize::from(channels.max(1))).map(mixed));
        if mono.len() > most {
            return Err(AudioRefusal::TooLong);
        }
    }
    Ok(Decoded { samples: mono, rate })
}

fn mixed(frame: &[f32]) -> i16 {
    let mean = frame.iter().sum::<f32>() / frame.len() as f32;
    // The cast saturates.
    (mean * 32_768.0).round() as i16
}
