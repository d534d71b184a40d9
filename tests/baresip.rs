//! Two real phones (baresip) and the switch between them: keys as RTP events, tones both ways, a recording of both.
//!
//! The caller says 440 Hz and the agent 880 Hz all the time; what each phone decoded and what each channel of the
//! recording holds is measured.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hotline::app::{self, Running};
use hotline::base::CallId;
use hotline::call::event::{CallEvent, EndCause, EndedBy, KeySource, What};
use hotline::call::live::Live;
use hotline::call::record::CallRecord;
use hotline::config::{Config, HttpSection, RtpSection, SipSection, TlsSection};
use hotline::media::{measure_tone, tone_samples};

const CERTIFICATE: &str = "certificate.pem";
const PATIENCE: Duration = Duration::from_secs(30);
const CALLER_HZ: f64 = 440.0;
const AGENT_HZ: f64 = 880.0;
const SECOND_AGENT_HZ: f64 = 1320.0;
/// A tone above this is heard, below [`SILENT_DB`] it is not.
const HEARD_DB: f64 = -35.0;
const SILENT_DB: f64 = -55.0;
const SETUP: &str = r#"
skill_groups: [{ id: presales, name: 售前, wrap_up_s: 1 }, { id: aftersales, name: 售后 }, { id: english, name: English }]
agents: [{ no: "1001", name: 王工, groups: [presales], password: first-secret },
  { no: "1002", name: 李工, groups: [aftersales], password: second-secret }]
numbers: { "4008123602": reception }
trunks: [{ name: local }]
"#;

/// A baresip process; killed when dropped.
struct Baresip {
    child: Child,
    control: SocketAddr,
    folder: PathBuf,
}

impl Baresip {
    /// Starts one in `folder` that says `hz`; `account` is its line of `accounts`. It believes the switch's certificate
    /// alone, which lies beside its folder.
    fn start(folder: PathBuf, hz: f64, account: &str) -> Baresip {
        std::fs::create_dir(&folder).expect("a folder");
        write_tone(&folder.join("tone.wav"), hz);
        let control = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        let config = format!(
            "net_interface 127.0.0.1\nsip_listen 127.0.0.1:0\naudio_source aufile,{folder}/tone.wav\naudio_player aubridge,nowhere\n\
             audio_alert aubridge,nowhere\nausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n\
             module_path {modules}\nmodule g711.so\nmodule opus.so\nmodule srtp.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n\
             module_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\nctrl_tcp_listen {control}\n\
             snd_path {folder}\nsip_cafile {authority}\n",
            authority = folder.with_file_name(CERTIFICATE).display(),
            folder = folder.display(),
            modules = modules(),
        );
        std::fs::write(folder.join("config"), config).expect("written");
        std::fs::write(folder.join("accounts"), format!("{account}\n")).expect("written");
        let log = std::fs::File::create(folder.join("log")).expect("a log");
        let child = Command::new("baresip")
            .arg("-f")
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("baresip is installed by scripts/install.sh");
        Baresip { child, control, folder }
    }

    /// Gives it a command of its menu over `ctrl_tcp` and waits until it has answered.
    async fn command(&self, command: &str, params: &str) {
        let mut stream = self.connect().await;
        let json = serde_json::json!({ "command": command, "params": params }).to_string();
        write!(stream, "{}:{json},", json.len()).expect("sent");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        // Events come on the same connection, before and after the response.
        let (mut answer, mut bytes) = (String::new(), [0; 4096]);
        while !answer.contains("\"response\":true") {
            let heard = stream.read(&mut bytes).expect("answered");
            assert!(heard > 0, "baresip ended: {}", self.log());
            answer.push_str(&String::from_utf8_lossy(&bytes[..heard]));
        }
        assert!(answer.contains("\"ok\":true"), "{command} {params}: {answer}\n{}", self.log());
    }

    async fn connect(&self) -> TcpStream {
        for _ in 0..300 {
            match TcpStream::connect(self.control) {
                Ok(stream) => return stream,
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        panic!("baresip does not come up: {}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// What it decoded in its call, once it has ended.
    fn decoded(&self) -> Vec<i16> {
        let files = std::fs::read_dir(&self.folder).expect("its folder").map(|entry| entry.expect("an entry").path());
        let dumps: Vec<PathBuf> = files.filter(|path| path.to_string_lossy().ends_with("-dec.wav")).collect();
        let [dump] = dumps.as_slice() else { panic!("one call: {dumps:?}\n{}", self.log()) };
        let mut reader = hound::WavReader::open(dump).expect("a WAV file");
        let spec = reader.spec();
        let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
        let one: Vec<i16> = samples.into_iter().step_by(usize::from(spec.channels)).collect();
        hotline::media::resample(&one, spec.sample_rate, 8000).expect("a rate that can be")
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where Debian keeps its modules, whatever the architecture.
fn modules() -> String {
    let known = ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"];
    let found = known.into_iter().find(|path| Path::new(path).join("g711.so").exists());
    found.expect("the modules of baresip-core").to_owned()
}

/// Two minutes of a tone.
fn write_tone(path: &Path, hz: f64) {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: 8000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec).expect("a file");
    tone_samples(hz, -12.0, 8000, 120 * 8000).into_iter().for_each(|s| writer.write_sample(s).expect("written"));
    writer.finalize().expect("written");
}

/// It is heard over UDP, TCP and TLS, with a certificate in `folder` that is its own authority.
async fn switch(folder: &Path) -> Running {
    std::fs::write(folder.join("setup.yaml"), SETUP).expect("a set-up");
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let (certificate, key) = (folder.join(CERTIFICATE), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let listen = ["udp", "tcp", "tls"].map(|transport| format!("{transport}:127.0.0.1:0").parse().expect("an address"));
    let tls = TlsSection { certificate: Some(certificate), key: Some(key), authorities: None };
    let config = Config {
        data: folder.join("data"),
        setup: Some(folder.join("setup.yaml")),
        sip: SipSection { listen: listen.to_vec(), tls, ..SipSection::default() },
        http: HttpSection { listen: "127.0.0.1:0".parse().expect("an address"), ..HttpSection::default() },
        rtp: RtpSection { offer_opus: true, ..RtpSection::default() },
        ..Config::default()
    };
    app::start(&config).await.expect("the switch starts")
}

async fn next<T>(
    live: &mut tokio::sync::broadcast::Receiver<std::sync::Arc<Live>>,
    wanted: impl Fn(&Live) -> Option<T>,
) -> T {
    let found = async {
        loop {
            if let Some(found) = live.recv().await.ok().as_deref().and_then(&wanted) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("it happens in time")
}

/// The record once `last` is in it.
async fn record(running: &Running, call: CallId, last: impl Fn(&What) -> bool) -> Vec<CallEvent> {
    for _ in 0..300 {
        let events = running.store.events(call).await.expect("events");
        if events.iter().any(|event| last(&event.what)) {
            return events;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not recorded: {:?}", running.store.events(call).await);
}

/// Whether the sound of a leg was encrypted, and seconds of it were heard, once its report is there. A few packets of
/// baresip are refused: it opens the way with RTCP in the clear, and says good-bye so.
async fn sound(running: &Running, call: CallId, leg: u16) -> (bool, bool) {
    for _ in 0..300 {
        let events = running.store.events(call).await.expect("events");
        let report = events.iter().find_map(|event| match &event.what {
            What::Media(report) if event.leg == Some(leg) => Some((report.encrypted, report.packets_received > 100)),
            _ => None,
        });
        if let Some(report) = report {
            return report;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no report of leg {leg}");
}

/// `samples` hold seconds of `own` with nothing of `other` in them, and no half second of both.
fn holds_one(samples: &[i16], own: f64, other: f64, whose: &str) {
    let levels = samples.chunks_exact(4000).map(|half| (measure_tone(half, own), measure_tone(half, other)));
    let levels: Vec<(f64, f64)> = levels.collect();
    let alone = levels.iter().filter(|(own, other)| *own > HEARD_DB && *other < SILENT_DB).count();
    let both = levels.iter().filter(|(own, other)| *own > HEARD_DB && *other > HEARD_DB).count();
    assert!(
        alone >= 4 && both == 0,
        "{whose}: {alone} half seconds of {own} Hz alone, {both} with {other} Hz: {levels:?}"
    );
}

/// Where the switch is heard by this transport, as a phone's address of it.
fn server(running: &Running, transport: &str) -> String {
    let heard = running.ready.sip.iter().find_map(|heard| heard.strip_prefix(&format!("{transport}:")));
    format!("{};transport={transport}", heard.expect("it listens"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_baresips_talk_through_the_switch_and_each_channel_holds_one_of_them() {
    talk(("udp", PLAIN), ("udp", PLAIN), [false, false]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_registered_over_tls_is_called_on_that_connection_by_a_caller_over_tcp() {
    talk(("tls", ENCRYPTED), ("tcp", PLAIN), [false, true]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_baresips_over_tls_talk_encrypted_both_ways() {
    talk(("tls", ENCRYPTED), ("tls", ENCRYPTED), [true, true]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_over_tls_whose_phone_refuses_srtp_is_called_again_with_plain_sound() {
    talk(("tls", PLAIN), ("tls", ENCRYPTED), [true, false]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_speaks_opus_alone_talks_with_a_caller_who_does_not() {
    talk(("udp", OPUS), ("udp", PLAIN), [false, false]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_speak_opus_and_press_its_keys() {
    talk(("udp", OPUS), ("udp", OPUS), [false, false]).await;
}

/// Account parameters of a phone that knows no SRTP, and of one that insists on it.
const PLAIN: &str = ";audio_codecs=PCMA/8000";
const ENCRYPTED: &str = ";audio_codecs=PCMA/8000;mediaenc=srtp-mand";
/// Of one that speaks Opus and nothing else.
const OPUS: &str = ";audio_codecs=opus/48000/2";

/// An agent's phone, by a transport and with account parameters, that answers by itself and says `hz`, once the agent is ready.
async fn agent(
    running: &Running,
    live: &mut tokio::sync::broadcast::Receiver<std::sync::Arc<Live>>,
    folder: &Path,
    (by, with): (&str, &str),
    (no, password): (&str, &str),
    hz: f64,
) -> Baresip {
    let at = server(running, by);
    let account = format!("<sip:{no}@{at}>;auth_pass={password};regint=300;answermode=auto{with}");
    let agent = Baresip::start(folder.join(no), hz, &account);
    let ready = |live: &Live| match live {
        Live::Agent { agent, state, .. } if agent == no && state.why_no_calls.is_empty() => Some(()),
        _ => None,
    };
    next(live, ready).await;
    agent
}

/// A caller, by a transport and with account parameters, who talks to an agent of the first group.
async fn call(
    running: &Running,
    live: &mut tokio::sync::broadcast::Receiver<std::sync::Arc<Live>>,
    folder: &Path,
    (by, with): (&str, &str),
) -> (Baresip, CallId) {
    let at = server(running, by);
    let account = format!("<sip:13800138000@{at}>;regint=0{with}");
    let caller = Baresip::start(folder.join("caller"), CALLER_HZ, &account);
    caller.command("dial", &format!("sip:4008123602@{at}")).await;
    let started = |live: &Live| if let Live::Started { call, .. } = live { Some(*call) } else { None };
    let call = next(live, started).await;
    record(running, call, |what| matches!(what, What::PromptStarted { .. })).await;
    caller.command("sndcode", "1").await;
    record(running, call, |what| matches!(what, What::Bridged { .. })).await;
    (caller, call)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_phone_hands_its_caller_to_another_agent_and_their_sound_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = switch(folder.path()).await;
    let mut live = running.live.subscribe();
    let first = agent(&running, &mut live, folder.path(), ("udp", PLAIN), ("1001", "first-secret"), AGENT_HZ).await;
    let second =
        agent(&running, &mut live, folder.path(), ("udp", PLAIN), ("1002", "second-secret"), SECOND_AGENT_HZ).await;
    let (caller, call) = call(&running, &mut live, folder.path(), ("udp", PLAIN)).await;
    // They talk.
    tokio::time::sleep(Duration::from_secs(3)).await;
    first.command("transfer", &format!("sip:1002@{}", server(&running, "udp"))).await;
    let taken = |what: &What| matches!(what, What::Bridged { agent } if agent == "1002");
    record(&running, call, taken).await;
    // The first agent's phone is let go, the others talk.
    let wraps_up = |what: &What| matches!(what, What::WrapUpStarted { agent, .. } if agent == "1001");
    record(&running, call, wraps_up).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    caller.command("hangup", "").await;
    record(&running, call, |what| matches!(what, What::Ended { .. })).await;
    let record = record(&running, call, |what| matches!(what, What::RecordingEnded { .. })).await;
    let record = CallRecord::from_events(&record).expect("a record");
    let [transfer] = record.transfers.as_slice() else { panic!("one transfer: {record:?}") };
    assert_eq!((transfer.from.as_str(), transfer.to.as_str()), ("1001", "1002"));
    let spent: Vec<_> = record.handled().into_iter().map(|(agent, spent)| (agent, spent.talk_ms / 1000)).collect();
    assert!(matches!(spent.as_slice(), [(_, 2..=5), (_, 2..=6)]), "{spent:?}");

    holds_one(&second.decoded(), CALLER_HZ, SECOND_AGENT_HZ, "what the second agent heard");
    let heard = caller.decoded();
    let change = heard.chunks_exact(4000).position(|half| measure_tone(half, SECOND_AGENT_HZ) > HEARD_DB);
    let (first, then) = heard.split_at(4000 * change.expect("the caller hears the second agent"));
    // In the half second of the change there are both.
    let then = &then[4000..];
    holds_one(first, AGENT_HZ, SECOND_AGENT_HZ, "what the caller heard first");
    holds_one(then, SECOND_AGENT_HZ, AGENT_HZ, "what the caller heard then");
    assert_eq!(running.store.recordings(call).await.expect("recordings").len(), 2, "a recording each");
    running.stop().await;
}

/// Each side by a transport and with account parameters; whether the sound of caller and agent was encrypted.
async fn talk((agent_by, agents): (&str, &str), (caller_by, callers): (&str, &str), encrypted: [bool; 2]) {
    let folder = tempfile::tempdir().expect("a folder");
    let running = switch(folder.path()).await;
    let mut live = running.live.subscribe();
    let agent = agent(&running, &mut live, folder.path(), (agent_by, agents), ("1001", "first-secret"), AGENT_HZ).await;
    let (caller, call) = call(&running, &mut live, folder.path(), (caller_by, callers)).await;
    // They talk.
    tokio::time::sleep(Duration::from_secs(3)).await;
    if encrypted == [true, true] {
        // A re-INVITE each: the keys stay, and what is heard after it is measured below.
        caller.command("hold", "").await;
        record(&running, call, |what| matches!(what, What::Held { .. })).await;
        caller.command("resume", "").await;
        record(&running, call, |what| matches!(what, What::Resumed { .. })).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    caller.command("hangup", "").await;
    let events = record(&running, call, |what| matches!(what, What::RecordingEnded { .. })).await;
    let keys: Vec<_> = events.iter().filter(|event| matches!(event.what, What::Key { .. })).collect();
    let [key] = keys.as_slice() else { panic!("one press is one key: {keys:?}") };
    assert_eq!(key.what, What::Key { digit: '1', by: KeySource::Rfc4733, masked: false });
    let end = |what: &What| matches!(what, What::Ended { cause: EndCause::HungUp, by: EndedBy::Caller, .. });
    assert!(events.iter().any(|event| end(&event.what)), "{events:?}");
    let ticket = |live: &Live| if let Live::Ticket { ticket, .. } = live { Some(*ticket) } else { None };
    next(&mut live, ticket).await;
    for (leg, encrypted) in [0, 1].into_iter().zip(encrypted) {
        assert_eq!(sound(&running, call, leg).await, (encrypted, true), "leg {leg}");
    }

    let heard = caller.decoded();
    holds_one(&heard, AGENT_HZ, CALLER_HZ, "what the caller heard");
    holds_one(&heard[heard.len().saturating_sub(28_000)..], AGENT_HZ, CALLER_HZ, "what it heard at last");
    holds_one(&agent.decoded(), CALLER_HZ, AGENT_HZ, "what the agent heard");
    let recordings = running.store.recordings(call).await.expect("recordings");
    let [recording] = recordings.as_slice() else { panic!("one recording: {recordings:?}") };
    let mut reader = hound::WavReader::open(folder.path().join("data/recordings").join(&recording.id)).expect("a WAV");
    let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
    let left: Vec<i16> = samples.iter().step_by(2).copied().collect();
    let right: Vec<i16> = samples.iter().skip(1).step_by(2).copied().collect();
    holds_one(&left, CALLER_HZ, AGENT_HZ, "the left channel");
    holds_one(&right, AGENT_HZ, CALLER_HZ, "the right channel");
    running.stop().await;
}
