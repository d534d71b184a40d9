//! What each node does, seen from outside: inputs in, outputs out. The session is written out and read back after every
//! input and every time-out.

mod branch;
mod callback;
mod collect;
mod dial;
mod flow_control;
mod http;
mod limits;
mod play;
mod prompts;
mod subflow;
mod transfer;
mod transfer_wait;
mod voicemail;

use std::sync::Arc;
use std::time::Duration;

use crate::base::{Instant, Now, UtcMillis};
use crate::ivr::check::{Environment, SourceFile, check};
use crate::ivr::flow::Flow;
use crate::ivr::session::{CallFacts, EndReason, FlowEvent, Flows, Input, Output, PlayId, Session, Sound, VoicemailId};

/// 2026-03-02T02:00:00Z, a Monday, 10:00 in Shanghai.
pub const MONDAY_10: UtcMillis = UtcMillis(1_772_416_800_000);

/// The top of every flow under test; `nodes:` follows.
const TOP: &str = r##"
ivr: 1
id: t
languages: [zh-CN, en-US]
start: first
requires: { skill_groups: [sales, support, english], audio: [hello_zh, hello_en, moh, moh2, ding] }
vars:
  code: { type: digits, default: "" }
  count: { type: int, default: 0 }
  name: { type: string, default: "" }
  good: { type: bool, default: false }
  pin: { type: digits, default: "", secret: true }
hours:
  office:
    timezone: Asia/Shanghai
    weekly: { mon-fri: ["09:00-12:00", "13:30-18:00"] }
    exceptions: [ { dates: "2026-03-03", name: off, open: [] }, { dates: "2026-03-07", name: make-up, open: ["09:00-12:00"] } ]
prompts:
  hello: { zh-CN: { audio: hello_zh }, en-US: { audio: hello_en } }
  menu: { zh-CN: { tts: "菜单" }, en-US: { tts: "Menu" } }
  wrong: { zh-CN: { tts: "错了" }, en-US: { tts: "Wrong" } }
  wrong2: { zh-CN: { tts: "又错了" }, en-US: { tts: "Wrong again" } }
  silent: { zh-CN: { tts: "没听到" }, en-US: { tts: "Silence" } }
  wait: { zh-CN: { tts: "请稍候" }, en-US: { tts: "Please hold" } }
  bye: { zh-CN: { tts: "再见" }, en-US: { tts: "Goodbye" } }
  place: { zh-CN: [ { tts: "前面" }, { number: "${WaitNo}" }, { tts: "位" } ], en-US: [ { number: "${WaitNo}" }, { tts: "ahead" } ] }
  eta: { zh-CN: [ { tts: "约" }, { number: "${Wait}" }, { tts: "分钟" } ], en-US: [ { number: "${Wait}" }, { tts: "minutes" } ] }
  staff: { zh-CN: [ { tts: "工号" }, { digits: "${StaffNo}" } ], en-US: [ { tts: "Agent" }, { digits: "${StaffNo}" } ] }
  said: { zh-CN: { tts: "号码${code}，第${count}个，${name}。" }, en-US: { tts: "Number ${code}, count ${count}, ${name}." } }
nodes:
"##;

/// A flow of these nodes; it must pass every check.
pub fn flow(nodes: &str) -> Arc<Flow> {
    whole(&format!("{TOP}{nodes}"), "t")
}

pub fn whole(text: &str, id: &str) -> Arc<Flow> {
    let source = SourceFile::new(&format!("{id}.yaml"), text.as_bytes());
    let checked = check(&source, &Environment::default());
    match checked.flow {
        Some(flow) => Arc::new(flow),
        None => panic!("{id} does not pass its checks: {:#?}", checked.diagnostics),
    }
}

/// One call that is driven by hand.
pub struct Call {
    pub session: Session,
    now: Now,
    play: Option<PlayId>,
}

impl Call {
    /// A call that has been answered, and what the flow did at once.
    pub fn start(nodes: &str) -> (Self, Vec<Output>) {
        Self::over(
            Flows::new(flow(nodes), []),
            CallFacts {
                caller: Some("13800138000".to_owned()),
                called: "4008123602".to_owned(),
                call_id: "c1".to_owned(),
            },
        )
    }

    pub fn over(flows: Flows, facts: CallFacts) -> (Self, Vec<Output>) {
        Self::at(flows, facts, MONDAY_10)
    }

    pub fn at(flows: Flows, facts: CallFacts, utc: UtcMillis) -> (Self, Vec<Output>) {
        let now = Now::new(Instant::from_millis(7_000), utc);
        let mut call = Call { session: Session::new(flows, facts, now), now, play: None };
        let out = call.input(Input::Start);
        (call, out)
    }

    pub fn input(&mut self, input: Input) -> Vec<Output> {
        self.session.handle(input, self.now);
        self.drain()
    }

    pub fn key(&mut self, key: char) -> Vec<Output> {
        self.input(Input::Key { key })
    }

    pub fn keys(&mut self, keys: &str) -> Vec<Output> {
        keys.chars().flat_map(|key| self.key(key)).collect()
    }

    /// The prompt that plays comes to its end.
    pub fn played(&mut self) -> Vec<Output> {
        let play = self.play.take().expect("a prompt plays");
        self.input(Input::PlayEnded { play })
    }

    /// Prompts come to their ends until none plays.
    pub fn listen(&mut self) -> Vec<Output> {
        let mut out = Vec::new();
        while self.play.is_some() {
            out.extend(self.played());
        }
        out
    }

    /// Time passes; what is due is done at its time.
    pub fn wait_ms(&mut self, ms: u64) -> Vec<Output> {
        let until = self.now.instant + Duration::from_millis(ms);
        let mut out = Vec::new();
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.plus(due.since(self.now.instant));
            self.session.handle_timeout(self.now);
            let done = self.drain();
            assert!(!done.is_empty() || self.session.poll_timeout() != Some(due), "a timer that never goes off");
            out.extend(done);
        }
        self.now = self.now.plus(until.since(self.now.instant));
        out
    }

    pub fn wait_s(&mut self, seconds: u64) -> Vec<Output> {
        self.wait_ms(seconds * 1000)
    }

    pub fn is_playing(&self) -> bool {
        self.play.is_some()
    }

    fn drain(&mut self) -> Vec<Output> {
        let out: Vec<Output> = std::iter::from_fn(|| self.session.poll_output()).collect();
        for output in &out {
            match output {
                Output::Play { play, .. } => {
                    assert_eq!(self.play, None, "two prompts at a time");
                    self.play = Some(*play);
                }
                Output::StopPlay { play } => assert_eq!(self.play.take(), Some(*play), "stops what does not play"),
                _ => {}
            }
        }
        let text = serde_json::to_string(&self.session.save()).expect("written");
        let saved = serde_json::from_str(&text).expect("read back");
        let flows = self.session.flows().clone();
        self.session = Session::restore(saved, flows).expect("restored");
        out
    }
}

/// The prompts that began, by name.
pub fn prompts(out: &[Output]) -> Vec<&str> {
    out.iter()
        .filter_map(|output| match output {
            Output::Play { prompt, .. } => Some(prompt.as_str()),
            _ => None,
        })
        .collect()
}

/// The nodes entered, by name.
pub fn nodes(out: &[Output]) -> Vec<&str> {
    out.iter()
        .filter_map(|output| match output {
            Output::Event { event: FlowEvent::NodeEntered { node, .. } } => Some(node.as_str()),
            _ => None,
        })
        .collect()
}

/// The edges taken: `first: next`.
pub fn edges(out: &[Output]) -> Vec<String> {
    let name = |output: &Output| match output {
        Output::Event { event: FlowEvent::Branch { node, outcome, .. } } => Some(format!("{node}: {outcome}")),
        _ => None,
    };
    out.iter().filter_map(name).collect()
}

/// What the first prompt says, audio by id and speech by text.
pub fn sounds(out: &[Output]) -> Vec<String> {
    let segments = out.iter().find_map(|output| match output {
        Output::Play { segments, .. } => Some(segments.clone()),
        _ => None,
    });
    let text = |sound| match sound {
        Sound::Audio(id) => id,
        Sound::Tts { language, text } => format!("{language}:{text}"),
        Sound::Silence { ms } => format!("{ms} ms"),
    };
    segments.expect("a prompt").into_iter().map(text).collect()
}

/// The music commands: the audio, or nothing for a stop.
pub fn music(out: &[Output]) -> Vec<Option<&str>> {
    out.iter()
        .filter_map(|output| match output {
            Output::Music { audio } => Some(audio.as_deref()),
            _ => None,
        })
        .collect()
}

pub fn end(out: &[Output]) -> Option<(&EndReason, Option<&str>)> {
    out.iter().find_map(|output| match output {
        Output::End { reason, node } => Some((reason, node.as_deref())),
        _ => None,
    })
}

/// The names of the outputs that are no events: `enqueue`, `music`, `play`.
pub fn commands(out: &[Output]) -> Vec<String> {
    let name = |output: &Output| {
        let json = serde_json::to_value(output).expect("plain values");
        json["output"].as_str().expect("tagged").to_owned()
    };
    out.iter().map(name).filter(|name| name != "event").collect()
}

pub fn has_event(out: &[Output], wanted: &FlowEvent) -> bool {
    out.iter().any(|output| matches!(output, Output::Event { event } if event == wanted))
}

pub fn voicemail(out: &[Output]) -> VoicemailId {
    let id = out.iter().find_map(|output| match output {
        Output::RecordVoicemail { voicemail, .. } => Some(*voicemail),
        _ => None,
    });
    id.expect("a recording")
}
