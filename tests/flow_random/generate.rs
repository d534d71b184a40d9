//! Random flow files: mostly right, so that many pass the checks, and sometimes wrong in one place.

use std::fmt::Write as _;

use hotline::base::Rng;

/// One chance in so many that an edge leads nowhere.
const MISSING_EDGE: u32 = 150;

/// Draws for one flow.
pub struct Draw {
    rng: Rng,
    nodes: u32,
}

/// A number below `bound`.
pub fn below(rng: &mut Rng, bound: u32) -> u32 {
    u32::try_from(rng.below(bound.into())).expect("below a u32")
}

/// A random flow of the id `any`.
pub fn flow(rng: Rng) -> String {
    let mut draw = Draw { rng, nodes: 0 };
    draw.nodes = 2 + draw.below(9);
    let mut text = String::from(HEAD);
    let start = draw.below(draw.nodes);
    let _ = write!(text, "start: n{start}\nnodes:\n");
    for n in 0..draw.nodes {
        // The last node ends, so that an end is often in reach.
        let kind = if n + 1 == draw.nodes { 0 } else { draw.below(16) };
        let body = draw.node(kind);
        let _ = write!(text, "  n{n}:\n{body}");
    }
    text
}

const HEAD: &str = r#"ivr: 1
id: any
name: Any
languages: [zh-CN, en-US]
requires: { skill_groups: [sales, support], audio: [tone, music, beep] }
vars:
  order: { type: digits, default: "" }
  known: { type: bool, default: false }
hours:
  office: { timezone: Asia/Shanghai, weekly: { mon-fri: ["09:00-12:00", "13:30-18:00"] } }
prompts:
  p0: { zh-CN: { audio: tone }, en-US: { audio: tone } }
  p1: { zh-CN: { tts: 您好 }, en-US: { tts: Hello } }
  p2: { zh-CN: [{ silence: 300 }, { tts: 请稍候 }], en-US: { tts: Please wait } }
  p3: { zh-CN: [{ number: "42" }], en-US: [{ digits: "1001" }, { tts: thanks }] }
  ahead: { zh-CN: [{ number: "${WaitNo}" }], en-US: [{ number: "${WaitNo}" }] }
"#;

impl Draw {
    pub fn below(&mut self, bound: u32) -> u32 {
        below(&mut self.rng, bound)
    }

    fn chance(&mut self, one_in: u32) -> bool {
        self.below(one_in) == 0
    }

    /// A node to go to: most often a later one or any, rarely one that is not there.
    fn edge(&mut self) -> String {
        if self.chance(MISSING_EDGE) {
            return "gone".to_owned();
        }
        let nodes = self.nodes;
        if self.chance(3) { format!("n{}", nodes - 1) } else { format!("n{}", self.below(nodes)) }
    }

    fn prompt(&mut self) -> String {
        format!("p{}", self.below(4))
    }

    /// `name: VALUE` on its line, in `one_in` of the cases.
    fn maybe(&mut self, one_in: u32, name: &str, value: impl FnOnce(&mut Self) -> String) -> String {
        if self.chance(one_in) { format!("    {name}: {}\n", value(self)) } else { String::new() }
    }

    fn node(&mut self, kind: u32) -> String {
        match kind {
            0 => "    type: end\n".to_owned(),
            1 | 2 => format!("    type: play\n    prompt: {}\n    next: {}\n", self.prompt(), self.edge()),
            3..=5 => self.branch(),
            6 => self.collect(),
            7 | 8 => self.transfer(),
            9 => format!(
                "    type: hours\n    calendar: office\n    open: {}\n    closed: {}\n",
                self.edge(),
                self.edge()
            ),
            10 => format!("    type: set\n    set: {{ known: {} }}\n    next: {}\n", self.chance(2), self.edge()),
            11 => format!(
                "    type: switch\n    cases: [{{ when: \"${{known}} == true\", next: {} }}]\n    else: {}\n",
                self.edge(),
                self.edge()
            ),
            12 => self.http(),
            13 => self.voicemail(),
            14 => self.callback(),
            _ => self.dial_or_ticket(),
        }
    }

    fn retries(&mut self) -> String {
        let mut text = self.maybe(3, "max_errors", |draw| draw.below(4).to_string());
        text += &self.maybe(3, "max_timeouts", |draw| draw.below(4).to_string());
        text += &self.maybe(3, "on_max_errors", Self::edge);
        text += &self.maybe(3, "on_max_timeouts", Self::edge);
        text += &self.maybe(4, "timeout_s", |draw| (1 + draw.below(60)).to_string());
        text += &self.maybe(4, "timeout_prompt", Self::prompt);
        text + &self.maybe(4, "error_prompt", Self::prompt)
    }

    fn branch(&mut self) -> String {
        let mut text = format!("    type: branch\n    prompt: {}\n{}    options:\n", self.prompt(), self.retries());
        for (n, key) in ["1", "2", "0", "*"].iter().enumerate().take(1 + self.below(4) as usize) {
            let _ = writeln!(text, "      - {{ name: o{n}, keywords: [\"{key}\"], next: {} }}", self.edge());
        }
        text
    }

    fn collect(&mut self) -> String {
        let min = 1 + self.below(4);
        let digits = format!("{{ min: {min}, max: {}, end_key: \"#\" }}", min + self.below(5));
        let (prompt, retries, edge) = (self.prompt(), self.retries(), self.edge());
        format!(
            "    type: collect\n    prompt: {prompt}\n    into: order\n    digits: {digits}\n{retries}    next: {edge}\n"
        )
    }

    fn transfer(&mut self) -> String {
        let group = if self.chance(2) { "sales" } else { "support" };
        let mut text = format!("    type: transfer\n    skill_group: {group}\n    hold_music: music\n");
        text += &self.maybe(2, "max_wait_s", |draw| (10 + draw.below(600)).to_string());
        text += &self.maybe(2, "on_max_wait", Self::edge);
        text += &self.maybe(2, "on_no_agents", Self::edge);
        text += &self.maybe(2, "after_agent_hangup", Self::edge);
        text += &self.maybe(3, "connected_prompt", Self::prompt);
        text += &self.maybe(3, "announce", |_| "[{ prompt: ahead, first_after_s: 10, every_s: 30 }]".to_owned());
        text + &self.maybe(3, "keys", |draw| format!("[{{ name: k, keywords: [\"1\"], next: {} }}]", draw.edge()))
    }

    fn http(&mut self) -> String {
        let (next, failure) = (self.edge(), self.edge());
        format!(
            "    type: http\n    request: {{ method: GET, url: \"https://api.example.com/x\", timeout_s: 3 }}\n    \
             hold_music: music\n    result: {{ known: /known }}\n    next: {next}\n    on_failure: {failure}\n"
        )
    }

    fn voicemail(&mut self) -> String {
        let (prompt, next) = (self.prompt(), self.edge());
        format!(
            "    type: voicemail\n    prompt: {prompt}\n    beep: beep\n    max_s: 60\n    skill_group: support\n    next: {next}\n"
        )
    }

    fn callback(&mut self) -> String {
        let (next, none) = (self.edge(), self.edge());
        format!(
            "    type: callback\n    number: \"${{CallerNumber}}\"\n    skill_group: sales\n    on_no_number: {none}\n    next: {next}\n"
        )
    }

    fn dial_or_ticket(&mut self) -> String {
        let (next, failure) = (self.edge(), self.edge());
        if self.chance(2) {
            return format!("    type: ticket\n    subject: about\n    skill_group: support\n    next: {next}\n");
        }
        format!(
            "    type: dial\n    number: \"02112345678\"\n    trunk: carrier\n    next: {next}\n    on_failure: {failure}\n"
        )
    }
}
