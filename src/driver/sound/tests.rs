use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono_tz::Tz;

use super::{CardConfig, Feed, Heard, Opened, SoundCommand, SoundContext, SoundEvent, SoundSet, Source};
use crate::driver::clock::Clock;
use crate::driver::media::{MediaConfig, MediaHandle};
use crate::driver::phonebox::Profiles;
use crate::media::{self, RecordingId, measure_tone, tone_samples};

const PATIENCE: Duration = Duration::from_secs(20);

/// A card that is plugged in and out by the test: each opening waits for its turn.
struct Plug {
    openings: Mutex<Receiver<Result<u32, String>>>,
    opened: Sender<Feed>,
}

impl Source for Plug {
    fn open(&self, _: &str, feed: Feed) -> Result<Opened, String> {
        let openings = self.openings.lock().map_err(|error| error.to_string())?;
        let rate = openings.recv_timeout(PATIENCE).map_err(|error| error.to_string())??;
        self.opened.send(feed).map_err(|error| error.to_string())?;
        Ok(Opened { rate, keep: Box::new(()) })
    }
}

struct Bench {
    plug: Sender<Result<u32, String>>,
    feeds: Receiver<Feed>,
    set: SoundSet,
    events: tokio::sync::mpsc::Receiver<SoundEvent>,
    media: MediaHandle,
    media_events: tokio::sync::mpsc::Receiver<media::Event>,
    folder: tempfile::TempDir,
}

fn bench(tells_caller: bool) -> Bench {
    let (plug, openings) = channel();
    let (opened, feeds) = channel();
    let config = MediaConfig { workers: 1, uring: false, ..MediaConfig::default() };
    let (media, media_events) = MediaHandle::start(config).expect("media");
    let context = SoundContext {
        library: Profiles::load(Path::new("hardware")).expect("profiles").library,
        clock: Clock::start(),
        source: Arc::new(Plug { openings: Mutex::new(openings), opened }),
        recordings: media.recordings(),
    };
    let card = CardConfig {
        device: "box".into(),
        line: None,
        card: "plug".into(),
        tells_caller,
        any_marks: false,
        zone: Tz::UTC,
    };
    let (sender, events) = tokio::sync::mpsc::channel(16);
    let set = SoundSet::start(vec![card], &context, &sender).expect("a thread");
    Bench { plug, feeds, set, events, media, media_events, folder: tempfile::tempdir().expect("a folder") }
}

async fn soon<T>(what: impl Future<Output = Option<T>>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("in time").expect("not closed")
}

/// Plays 20 ms pieces at the pace of a card.
async fn play(feed: &Feed, rate: u32, samples: &[i16]) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    for piece in samples.chunks(rate as usize / 50) {
        ticks.tick().await;
        feed.samples(piece.to_vec());
    }
}

impl Bench {
    async fn heard(&mut self) -> Heard {
        soon(self.events.recv()).await.heard
    }

    fn record(&self, id: u64) -> std::path::PathBuf {
        let path = self.folder.path().join(format!("{id}.wav"));
        let command = SoundCommand::Record { recording: RecordingId(id), path: path.clone(), hear_caller: false };
        assert!(self.set.command("box", None, command));
        path
    }
}

#[tokio::test]
async fn records_a_line_and_ends_the_recording_when_the_card_is_unplugged() {
    let mut bench = bench(false);
    bench.plug.send(Ok(48_000)).expect("plugged in");
    let feed = bench.feeds.recv_timeout(PATIENCE).expect("opened");
    let tone = tone_samples(1000.0, -10.0, 48_000, 48_000);
    play(&feed, 48_000, &tone[..9600]).await;
    assert_eq!(bench.heard().await, Heard::Ready);
    let path = bench.record(7);
    play(&feed, 48_000, &tone).await;
    // The header is true while it still runs.
    let running = hound::WavReader::open(&path).expect("a WAV file");
    assert!(running.duration() > 1600, "{}", running.duration());
    drop(feed);
    assert_eq!(bench.heard().await, Heard::Lost { why: "it stopped".into() });
    let ended = soon(bench.media_events.recv()).await;
    let media::Event::RecordingEnded { recording: RecordingId(7), complete: true, duration_ms, .. } = ended else {
        panic!("{ended:?}")
    };
    assert!((700..2000).contains(&duration_ms), "{duration_ms} ms");
    let mut file = hound::WavReader::open(&path).expect("a WAV file");
    let samples: Vec<i16> = file.samples::<i16>().filter_map(Result::ok).collect();
    let left: Vec<i16> = samples.iter().step_by(2).copied().collect();
    let right: Vec<i16> = samples.iter().skip(1).step_by(2).copied().collect();
    assert_eq!(left, right);
    let wanted = measure_tone(&tone_samples(1000.0, -10.0, 8000, 4000), 1000.0);
    assert!((measure_tone(&left[1600..5600], 1000.0) - wanted).abs() < 1.0);
}

#[tokio::test]
async fn a_missing_card_is_told_once_and_used_when_it_comes() {
    let mut bench = bench(false);
    for _ in 0..2 {
        bench.plug.send(Err("no such card".into())).expect("tried");
    }
    assert_eq!(bench.heard().await, Heard::Lost { why: "no such card".into() });
    // Whoever records meanwhile hears that nothing was recorded.
    bench.record(1);
    let ended = soon(bench.media_events.recv()).await;
    assert!(matches!(ended, media::Event::RecordingEnded { duration_ms: 0, .. }), "{ended:?}");
    bench.plug.send(Ok(8000)).expect("plugged in");
    let feed = bench.feeds.recv_timeout(PATIENCE).expect("opened");
    play(&feed, 8000, &[0; 320]).await;
    assert_eq!(bench.heard().await, Heard::Ready);
    feed.failed("unplugged".into());
    assert_eq!(bench.heard().await, Heard::Lost { why: "unplugged".into() });
}

#[tokio::test]
async fn a_card_that_floods_never_makes_its_own_thread_wait() {
    let bench = bench(true);
    bench.plug.send(Ok(8000)).expect("plugged in");
    let feed = bench.feeds.recv_timeout(PATIENCE).expect("opened");
    let began = std::time::Instant::now();
    for _ in 0..10_000 {
        feed.samples(vec![0; 160]);
    }
    assert!(began.elapsed() < PATIENCE);
}

#[test]
fn the_writer_ends_although_a_card_still_has_its_recordings() {
    let bench = bench(false);
    let Bench { media, set, .. } = bench;
    drop(media);
    drop(set);
}
