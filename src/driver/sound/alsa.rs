//! The system's sound cards, through `cpal` (ALSA on Linux).

use std::str::FromStr as _;

use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{BufferSize, Device, DeviceId, ErrorKind, FromSample, Host, HostId, Sample as _, SampleFormat, SizedSample};
use cpal::{Stream, StreamConfig, SupportedStreamConfigRange};

use super::source::{Feed, Opened, Source};

/// Rates in the order of preference: 8 kHz needs no conversion, the others are what hardware has.
const RATES: [u32; 6] = [8000, 16_000, 48_000, 32_000, 44_100, 96_000];
/// Formats in the order of preference.
const FORMATS: [SampleFormat; 5] =
    [SampleFormat::I16, SampleFormat::I32, SampleFormat::F32, SampleFormat::I24, SampleFormat::U8];
/// Pieces a second.
const PIECES_PER_S: u32 = 50;

/// A card of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardName {
    /// What `sound:` takes: `plughw:CARD=Device,DEV=0`.
    pub name: String,
    pub title: String,
}

/// The names under which sound can be recorded on this machine; or why there are none.
pub fn card_names() -> Result<Vec<CardName>, String> {
    let devices = host()?.input_devices().map_err(|error| error.to_string())?;
    let named = |device: Device| {
        let name = device.id().ok()?.id().to_owned();
        let title = device.description().map(|description| description.name().to_owned()).unwrap_or_default();
        Some(CardName { name, title })
    };
    Ok(devices.filter_map(named).collect())
}

fn host() -> Result<Host, String> {
    // Not `default_host`, which panics where the system has no sound at all.
    cpal::host_from_id(HostId::Alsa).map_err(|error| error.to_string())
}

/// The cards of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemCards;

impl Source for SystemCards {
    fn open(&self, name: &str, feed: Feed) -> Result<Opened, String> {
        let id = DeviceId::from_str(&format!("alsa:{name}")).map_err(|error| error.to_string())?;
        let missing = || format!("there is no sound card {name}; `hotline phonebox list` shows the names");
        let device = host()?.device_by_id(&id).ok_or_else(missing)?;
        let ranges = device.supported_input_configs().map_err(|error| error.to_string())?.collect::<Vec<_>>();
        let (rate, channels, format) = choose(&ranges).ok_or("it has no format that can be read")?;
        let fixed = BufferSize::Fixed(rate / PIECES_PER_S);
        let open = |buffer_size| {
            let config = StreamConfig { channels, sample_rate: rate, buffer_size };
            build(&device, config, format, &feed)
        };
        let stream = open(fixed).or_else(|_| open(BufferSize::Default)).map_err(|error| error.to_string())?;
        stream.play().map_err(|error| error.to_string())?;
        Ok(Opened { rate, keep: Box::new(stream) })
    }
}

/// Rate, channels and format: the rate nearest to what is needed, then the format, then few channels.
fn choose(ranges: &[SupportedStreamConfigRange]) -> Option<(u32, u16, SampleFormat)> {
    for rate in RATES {
        for format in FORMATS {
            let fits =
                |range: &&SupportedStreamConfigRange| range.contains_rate(rate) && range.sample_format() == format;
            if let Some(channels) = ranges.iter().filter(fits).map(|range| range.channels()).min() {
                return Some((rate, channels, format));
            }
        }
    }
    None
}

fn build(device: &Device, config: StreamConfig, format: SampleFormat, feed: &Feed) -> Result<Stream, cpal::Error> {
    match format {
        SampleFormat::I16 => build_as::<i16>(device, config, feed),
        SampleFormat::I32 => build_as::<i32>(device, config, feed),
        SampleFormat::F32 => build_as::<f32>(device, config, feed),
        SampleFormat::I24 => build_as::<cpal::I24>(device, config, feed),
        _ => build_as::<u8>(device, config, feed),
    }
}

fn build_as<T>(device: &Device, config: StreamConfig, feed: &Feed) -> Result<Stream, cpal::Error>
where
    T: SizedSample,
    i16: FromSample<T>,
{
    let channels = usize::from(config.channels).max(1);
    let (samples, errors) = (feed.clone(), feed.clone());
    device.build_input_stream(
        config,
        move |data: &[T], _| samples.samples(data.chunks(channels).map(mono).collect()),
        move |error| match error.kind() {
            // The stream goes on after these.
            ErrorKind::Xrun | ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged => {}
            _ => errors.failed(error.to_string()),
        },
        None,
    )
}

/// The mean of all channels: which of them the line is on differs between devices.
fn mono<T>(frame: &[T]) -> i16
where
    T: SizedSample,
    i16: FromSample<T>,
{
    let sum: i32 = frame.iter().map(|sample| i32::from(i16::from_sample(*sample))).sum();
    let count = i32::try_from(frame.len()).unwrap_or(1).max(1);
    i16::try_from(sum / count).unwrap_or(i16::EQUILIBRIUM)
}
