//! The table: what is changed, and what is found.

use hotline::ivr::check::Code::{self, *};
use hotline::ivr::check::{AudioFlaw, AudioInfo, Environment, FlowInfo, GroupInfo, Known, Severity};
use hotline::ivr::flow::ParamType;

use super::world::{BASE, Found, findings, good_audio, place, setup, survey};

/// One change of the base flow.
pub struct Row {
    pub code: Code,
    severity: Severity,
    /// The text of the base flow that is replaced.
    from: &'static str,
    wrong: &'static str,
    /// Where the finding is: at this text, the only one or the first from the change on.
    at: &'static str,
    right: &'static str,
    environment: fn(Environment) -> Environment,
}

fn row(code: Code, from: &'static str, wrong: &'static str, at: &'static str, right: &'static str) -> Row {
    Row { code, severity: code.severity(), from, wrong, at, right, environment: |env| env }
}

impl Row {
    fn within(self, environment: fn(Environment) -> Environment) -> Self {
        Row { environment, ..self }
    }

    fn warning(self) -> Self {
        Row { severity: Severity::Warning, ..self }
    }

    /// What is not as the row says.
    pub fn faults(&self) -> Vec<String> {
        let Row { code, from, wrong, at, right, .. } = self;
        assert_eq!(BASE.matches(from).count(), 1, "{code}: {from:?} must be in the base flow once");
        let env = (self.environment)(setup());
        let text = BASE.replacen(from, wrong, 1);
        let change = BASE.find(from).expect("counted above");
        let whole = if text.matches(at).count() == 1 { 0 } else { change };
        let offset = whole + text[whole..].find(at).unwrap_or_else(|| panic!("{code}: no {at:?}"));
        let expected: [Found; 1] = [(*code, self.severity, place(&text, offset))];
        let (found, good) = (findings(&text, &env), findings(&BASE.replacen(from, right, 1), &env));
        let wrong = (found != expected).then(|| format!("{code} {wrong:?}: {found:?} and not {expected:?}"));
        let right = (!good.is_empty()).then(|| format!("{code} {right:?}: {good:?}"));
        wrong.into_iter().chain(right).collect()
    }
}

pub fn rows() -> Vec<Row> {
    [
        syntax(),
        nodes(),
        names(),
        keys(),
        numbers_and_kinds(),
        calendars(),
        recordings(),
        paths(),
        variables(),
        orders(),
        web(),
        subflows(),
        dead_air(),
        unused(),
        menus(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn syntax() -> Vec<Row> {
    vec![
        row(E001, r#"keywords: ["*"]"#, "keywords: [*]", "*]", r#"keywords: ['*']"#),
        row(E001, r#"keywords: ["*"]"#, r##"keywords: ["*", #]"##, "#]", r##"keywords: ["*", "#"]"##),
        row(E001, r##"end_key: "#" }"##, "end_key: # }", "#", r#"end_key: "*" }"#),
        row(E001, "    calendar: office", "    calendar：office", "：", "    calendar:  office"),
        row(E001, "    calendar: office", "\tcalendar: office", "\t", "    calendar: 'office'"),
        row(E001, "    next: is_open", "    next: &a is_open", "is_open", "    next: 'is_open'"),
        row(E001, "    next: is_open", "    next: !x is_open", "!x", "    next: \"is_open\""),
        row(E001, "name: 基础", "name: 基: 础", ": 础", "name: \"基: 础\""),
        row(E002, "ivr: 1", "ivr: 2", "2", "ivr: 1 # one"),
        row(E003, "    type: end", "    type: end\n    'type': end", "'type'", "    type: end\n    label: x"),
        row(E004, "id: base", "id: bass", "bass", "id: 'base'"),
    ]
}

fn nodes() -> Vec<Row> {
    vec![
        row(E100, "    next: is_open", "    next: is_opn", "is_opn", "    next: \"is_open\""),
        row(E100, "start: welcome", "start: welcom", "welcom\n", "start: 'welcome'"),
        row(E101, "    type: end", "    label: x", "bye:\n", "    type: end\n    label: x"),
        row(E102, "    type: end", "    type: finish", "finish", "    type: 'end'"),
        row(
            E110,
            "  is_open:\n    type: hours\n    calendar: office\n",
            "  is_open:\n    type: hours\n",
            "is_open:\n",
            "  is_open:\n    type: hours\n    calendar: office\n    label: x\n",
        ),
        row(E110, "{ zh-CN: sales, en-US: support }", "{ zh-CN: sales }", "sales }", "sales"),
        row(
            E111,
            "      timeout_s: 3",
            "      timeout_s: 3\n      retry: 1",
            "retry",
            "      timeout_s: 3\n      retries: 1",
        ),
        row(
            E111,
            "    en-US: { tts: \"Please try again.\" }",
            "    en-US: { tts: \"Again.\" }\n    fr-FR: { tts: \"Encore.\" }",
            "fr-FR",
            "    en-US: { tts: Again }",
        ),
        row(
            E114,
            "    options:\n      - { name: 销售, keywords: [\"1\", \"销售\"], set: { language: zh-CN }, next: to_sales }\n      - { name: 查询, keywords: [\"2\"], next: ask }\n      - { name: 重听, keywords: [\"*\"], next: menu }\n",
            "",
            "menu:\n    type: branch",
            "    options:\n      - { name: 销售, keywords: [\"1\"], next: to_sales }\n      - { name: 查询, keywords: [\"2\"], next: ask }\n      - { name: 重听, keywords: [\"*\"], next: menu }\n",
        ),
    ]
}

fn names() -> Vec<Row> {
    vec![
        row(
            E110,
            "    closed: leave_message\n",
            "    closed: early\n  early:\n    type: callback\n    next: bye\n    on_no_number: bye\n",
            "early:\n",
            "    closed: early\n  early:\n    type: callback\n    skill_group: sales\n    next: bye\n    on_no_number: bye\n",
        ),
        row(
            E103,
            "skill_group: support\n    fields",
            "skill_group: suport\n    fields",
            "suport",
            "skill_group: sales\n    fields",
        ),
        row(
            E103,
            "skill_groups: [sales, support]",
            "skill_groups: [sales, support, night]",
            "night",
            "skill_groups: [sales]",
        ),
        row(E104, "error_prompt: [again, again]", "error_prompt: [again, agian]", "agian", "error_prompt: again"),
        row(
            E105,
            "zh-CN: { audio: hello_zh }",
            "zh-CN: [ { audio: hello_zh }, { audio: hello_cn } ]",
            "hello_cn",
            "zh-CN: [ { audio: hello_zh }, { audio: hymn } ]",
        ),
        row(E106, "calendar: office", "calendar: ofice", "ofice", "calendar: 'office'"),
        row(
            E108,
            "    zh-CN: { tts: \"请再试一次。\" }\n    en-US: { tts: \"Please try again.\" }",
            "    zh-CN: { tts: \"请再试一次。\" }",
            "again:",
            "    zh-CN: { tts: 再试 }\n    en-US: { tts: Again }",
        ),
        row(E108, "language: zh-CN", "language: fr-FR", "fr-FR", "language: en-US"),
        row(E109, "    zh-CN: { tts: \"请再试一次。\" }\n", "", "again:", "    zh-CN: { tts: \"再来\" }\n"),
        row(E118, "trunk: carrier", "trunk: carier", "carier", "trunk: 'carrier'"),
    ]
}

fn keys() -> Vec<Row> {
    vec![
        row(E112, r#"keywords: ["2"]"#, "keywords: [2]", "2]", r#"keywords: ["2", "two"]"#),
        row(E112, r##"end_key: "#" }"##, "end_key: 0 }", "0 }", r#"end_key: "0" }"#),
        row(
            E112,
            "    prompt: enter\n    skill_group: support",
            "    prompt: enter\n    end_key: #\n    skill_group: support",
            "#\n",
            "    prompt: enter\n    end_key: \"#\"\n    skill_group: support",
        ),
        row(E113, r#"keywords: ["2"]"#, r#"keywords: ["2", "１"]"#, "\"１\"", r#"keywords: ["2", "３"]"#),
        row(E113, r#"keywords: ["2"]"#, r#"keywords: ["2", "B", "b"]"#, "\"b\"", r#"keywords: ["2", "B", "c"]"#),
        row(E113, "name: 查询", "name: 销售", "销售, keywords: [\"2\"]", "name: 订单"),
        row(E115, r##"end_key: "#""##, "end_key: \"ok\"", "\"ok\"", "end_key: \"*\""),
        row(E115, r#"keywords: ["2"]"#, r#"keywords: ["2", "+"]"#, "\"+\"", r#"keywords: ["2", "加"]"#),
        row(E116, r#"keywords: ["1", "销售"]"#, r#"keywords: ["1", "买"]"#, "\"买\"", r#"keywords: ["1"]"#)
            .within(|env| Environment { speech_input: Some(false), ..env }),
    ]
}

fn numbers_and_kinds() -> Vec<Row> {
    vec![
        row(E117, "    type: end", "    type: end\n    label: [x]", "[x]", "    type: end\n    label: x"),
        row(
            E117,
            "    prompt: hello\n",
            "    prompt: hello\n    barge_in: \"yes\"\n",
            "\"yes\"",
            "    prompt: hello\n    barge_in: false\n",
        ),
        row(
            E117,
            "zh-CN: { tts: \"请输入订单号。\" }",
            "zh-CN: 请输入订单号",
            "请输入",
            "zh-CN: [ { tts: 请输入订单号 } ]",
        ),
        row(E117, "order_no: { type: digits }", "order_no: { type: number }", "number }", "order_no: { type: string }"),
        row(E120, "timeout_s: 5,", "timeout_s: 61,", "61", "timeout_s: 60,"),
        row(E120, "max_errors: 3,", "max_errors: 10,", "10", "max_errors: 0,"),
        row(E120, "max_wait_s: 300", "max_wait_s: 3.5", "3.5", "max_wait_s: 3"),
        row(E120, "max_wait_s: 300", "max_wait_s: \"300\"", "\"300\"", "max_wait_s: 7200"),
        row(E120, "min: 4, max: 8", "min: 9, max: 8", "9", "min: 8, max: 8"),
    ]
}

fn calendars() -> Vec<Row> {
    vec![
        row(
            E170,
            "\"09:00-12:00\", \"13:30-18:00\"",
            "\"09:00-12:00\", \"11:30-18:00\"",
            "\"11:30",
            "\"09:00-12:00\", \"12:00-18:00\"",
        ),
        row(E170, "sat: [\"09:00-12:00\"]", "sat: [\"12:00-09:00\"]", "\"12:00", "sat: [\"22:00-24:00\"]"),
        row(E170, "sat: [\"09:00-12:00\"]", "sat: [\"09-12\"]", "\"09-12", "sat: []"),
        row(E170, "sat: [\"09:00-12:00\"]", "saturday: [\"09:00-12:00\"]", "saturday", "sat-sun: [\"09:00-12:00\"]"),
        row(E170, "\"2026-10-01..2026-10-07\"", "\"2026-10-07..2026-10-01\"", "\"2026", "\"2026-12-31\""),
        row(E170, "\"2026-10-01..2026-10-07\"", "\"2027-02-29\"", "\"2027", "\"2028-02-29\""),
        row(E170, "    timezone: Asia/Shanghai\n", "", "office:", "    timezone: Europe/Berlin\n"),
        row(E170, "Asia/Shanghai", "Asia/Peking", "Asia", "Asia/Hong_Kong"),
    ]
}

fn recordings() -> Vec<Row> {
    fn hymn(env: Environment, info: AudioInfo) -> Environment {
        match env.audio {
            Known::Only(mut library) => {
                library.insert("hymn".into(), info);
                Environment { audio: Known::Only(library), ..env }
            }
            Known::Anything | Known::Required => env,
        }
    }
    fn flawed(flaw: AudioFlaw) -> AudioInfo {
        AudioInfo { flaws: vec![flaw], ..good_audio() }
    }
    let from = "zh-CN: { audio: hello_zh }";
    let wrong = "zh-CN: [ { audio: hello_zh }, { audio: hymn }, { audio: hymn } ]";
    let uses = || row(E121, from, wrong, "hymn", "zh-CN: [ { audio: hello_zh } ]");
    vec![
        uses().within(|env| hymn(env, AudioInfo { approved: false, ..good_audio() })),
        uses().within(|env| hymn(env, flawed(AudioFlaw::Format("WMA".to_owned())))),
        uses().within(|env| hymn(env, flawed(AudioFlaw::TooLarge { bytes: 5 * 1024 * 1024 + 1 }))),
        uses().within(|env| hymn(env, flawed(AudioFlaw::Unreadable("it ends in the middle of a frame".to_owned())))),
        uses().warning().within(|env| hymn(env, flawed(AudioFlaw::Clipping))),
        uses().warning().within(|env| hymn(env, flawed(AudioFlaw::Silent))),
        uses().warning().within(|env| hymn(env, AudioInfo { duration_ms: Some(600_001), ..good_audio() })),
    ]
}

fn paths() -> Vec<Row> {
    let judge = "  judge:\n    type: switch\n    cases:\n      - { when: \"${score} in [1, 2]\", next: leave_message }\n    else: bye";
    vec![
        row(
            E130,
            "    closed: leave_message\n",
            "    closed: lost\n  lost:\n    type: branch\n    prompt: again\n    options:\n      - { name: 重, keywords: [\"5\"], next: lost }\n",
            "lost:\n",
            "    closed: found\n  found:\n    type: branch\n    prompt: again\n    options:\n      - { name: 重, keywords: [\"5\"], next: bye }\n",
        ),
        row(
            E131,
            judge,
            "  judge:\n    type: switch\n    cases:\n      - { when: \"${score} in [1, 2]\", next: leave_message }\n      - { when: \"${score} == 3\", next: bye }\n    else: judge",
            "judge:\n",
            "  judge:\n    type: switch\n    cases:\n      - { when: \"${score} in [1, 2]\", next: leave_message }\n    else: hang_up\n  hang_up:\n    type: end",
        ),
        row(E131, "    on_no_number: leave_message", "    on_no_number: book", "book:\n", "    on_no_number: bye"),
        row(
            E132,
            "    on_max_errors: bye",
            "    on_max_errors: menu",
            "menu\n    on_max_timeouts",
            "    on_max_errors: to_sales",
        ),
        row(E132, "    on_max_wait: book", "    on_max_wait: to_sales", "to_sales\n    on_no", "    on_max_wait: bye"),
        row(W200, "  bye:\n", "  island:\n    type: end\n  bye:\n", "island", "  'bye':\n"),
    ]
}

fn variables() -> Vec<Row> {
    vec![
        row(
            E107,
            "subject: \"订单 ${order_no}\"",
            "subject: \"订单 ${order_nr}\"",
            "\"订单",
            "subject: \"订单 ${CallId}\"",
        ),
        row(
            E107,
            "subject: \"订单 ${order_no}\"",
            "subject: \"订单 ${order no}\"",
            "\"订单",
            "subject: \"订单 {order no}\"",
        ),
        row(E107, "{ tries: \"1\" }", "{ tires: \"1\" }", "tires", "{ tries: 2 }"),
        row(
            E140,
            "subject: \"订单 ${order_no}\"",
            "subject: \"订单 ${WaitNo}\"",
            "\"订单",
            "subject: \"订单 ${CalledNumber}\"",
        ),
        row(E141, "subject: \"订单 ${order_no}\"", "subject: \"订单 ${StaffNo}\"", "\"订单", "subject: 订单"),
        row(
            E141,
            "zh-CN: { tts: \"请再试一次。\" }",
            "zh-CN: { tts: \"${StaffNo}请再试一次。\" }",
            "\"${Staff",
            "zh-CN: { tts: \"请再试。\" }",
        ),
        row(E142, "    result: { score: score }\n", "", "\"${score}", "    result: { 'score': 'score' }\n"),
        row(E143, "\"${order_ok} == true\"", "\"${order_ok} == 1\"", "\"${order_ok} ==", "\"${order_ok} != false\""),
        row(E143, "\"${order_ok} == true\"", "\"${order_ok}\"", "\"${order_ok}\"", "\"true == ${order_ok}\""),
        row(E143, "{ tries: \"1\" }", "{ tries: one }", "one", "{ tries: \"-1\" }"),
        row(E143, "default: 0", "default: none", "none", "default: 7"),
    ]
}

fn orders() -> Vec<Row> {
    let case = "      - { when: \"${tries} > 3\", next: bye }\n";
    let wrong = "      - { when: \"${tries} > 3\", next: bye }\n      - { when: \"${order_no} > 3\", next: bye }\n";
    let right =
        "      - { when: \"${tries} > 3\", next: bye }\n      - { when: \"${order_no} in [0042, 17]\", next: bye }\n";
    vec![row(E143, case, wrong, "\"${order_no} > 3\"", right)]
}

fn web() -> Vec<Row> {
    let header = "headers: { Authorization: { secret: erp_token, prefix: \"Bearer \" } }";
    let url = "\"https://erp.example.com/orders/${order_no}\"";
    let right = "\"http://ERP.example.com:8443/orders?no=${order_no}\"";
    let timeout = "      body: '{\"no\": \"${order_no}\"}'\n      timeout_s: 3\n";
    vec![
        row(E150, url, "\"https://evil.example.com/orders/${order_no}\"", "\"https://", right),
        row(E150, url, "\"https://192.168.1.10/orders/${order_no}\"", "\"https://", right),
        row(
            E150,
            url,
            "\"http://192.168.1.20/orders/${order_no}\"",
            "\"http://",
            "\"http://192.168.1.20:8080/orders/${order_no}\"",
        ),
        row(E150, url, "\"https://${order_no}.example.com/\"", "\"https://", right),
        row(E150, url, "\"https://erp.example.com/orders/${order_no}?token=abc\"", "\"https://", right),
        row(
            E150,
            header,
            "headers: { Authorization: \"Bearer abc\" }",
            "\"Bearer",
            "headers: { Accept: \"text/json\" }",
        ),
        row(E150, timeout, "      body: '{\"no\": \"${order_no}\"}'\n", "request:", "      timeout_s: 2\n"),
        row(E150, "    on_failure: to_sales\n  known:", "  known:", "look_up:\n", "    on_failure: bye\n  known:"),
    ]
}

fn subflows() -> Vec<Row> {
    vec![
        row(E160, "flow: survey", "flow: survy", "survy", "flow: 'survey'"),
        row(E160, "flow: survey", "flow: base", "base\n    with", "flow: \"survey\""),
        row(
            E160,
            "with: { question: question }",
            "with: { question: question, extra: 1 }",
            "extra",
            "with: { 'question': question }",
        ),
        row(E160, "result: { score: score }", "result: { score: scor }", "scor ", "result: { score: 'score' }"),
        row(
            E160,
            "with: { question: question }",
            "with: { question: question }",
            "survey",
            "with: { question: question, tone: again }",
        )
        .within(|env| change_survey(env, asks_for_tone)),
        row(
            E160,
            "with: { question: question }",
            "with: { question: question, tone: agian }",
            "agian",
            "with: { question: question, tone: hello }",
        )
        .within(|env| change_survey(env, asks_for_tone)),
    ]
}

fn asks_for_tone(info: &mut FlowInfo) {
    info.params.insert("tone".into(), ParamType::Prompt);
}

fn change_survey(env: Environment, change: fn(&mut FlowInfo)) -> Environment {
    let mut info = survey();
    change(&mut info);
    Environment { flows: Known::Only([("survey".into(), info)].into()), ..env }
}

fn dead_air() -> Vec<Row> {
    let booking = "      - { name: 回电, keywords: [\"1\"], next: book }\n";
    vec![
        row(E180, "    on_no_agents: leave_message\n", "", "to_sales:\n", "    on_no_agents: bye\n"),
        row(
            E180,
            "    max_wait_s: 300\n    on_max_wait: book\n",
            "",
            "to_sales:\n",
            "    max_wait_s: 9\n    on_max_wait: book\n",
        ),
        row(E180, "    on_max_wait: book\n", "", "to_sales:\n", "    on_max_wait: leave_message\n"),
        row(
            E180,
            "    on_failure: to_sales\n  to_sales:",
            "  to_sales:",
            "ring_shop:\n",
            "    on_failure: bye\n  to_sales:",
        ),
        row(
            E180,
            booking,
            "      - { name: 回电, keywords: [\"1\"], next: book }\n      - { name: 留言, keywords: [\"7\"], next: leave_message }\n",
            "留言",
            "      - { name: 回电, keywords: [\"1\", \"7\"], next: book }\n",
        ),
    ]
}

fn unused() -> Vec<Row> {
    vec![
        row(
            W202,
            "prompts:\n",
            "prompts:\n  old:\n    zh-CN: { tts: \"旧\" }\n    en-US: { tts: \"Old\" }\n",
            "old:",
            "prompts:\n  # none\n",
        ),
        row(
            W203,
            "audio: [hello_zh, hello_en, music]",
            "audio: [hello_zh, hello_en, music, hymn]",
            "hymn",
            "audio: [hello_zh, hello_en]",
        ),
        row(W204, "vars:\n", "vars:\n  spare: { type: string }\n", "spare", "vars:\n  # none\n"),
    ]
}

fn menus() -> Vec<Row> {
    let repeat = "      - { name: 重听, keywords: [\"*\"], next: menu }\n";
    let wording = "    zh-CN: { tts: \"销售请按1，查询请按2，重听请按星号键。\" }";
    vec![
        row(W201, r#"keywords: ["2"]"#, r#"keywords: ["2", "21"]"#, "\"21\"", r#"keywords: ["2", "3"]"#),
        row(
            W210,
            repeat,
            "      - { name: 重听, keywords: [\"*\"], next: menu }\n      - { name: a, keywords: [\"4\"], next: bye }\n      - { name: b, keywords: [\"5\"], next: bye }\n      - { name: c, keywords: [\"6\"], next: bye }\n",
            "menu:\n    type: branch",
            "      - { name: 重听, keywords: [\"*\"], next: menu }\n      - { name: a, keywords: [\"4\"], next: bye }\n      - { name: b, keywords: [\"5\"], next: bye }\n",
        ),
        row(
            W210,
            wording,
            "    zh-CN: { tts: \"查询请按2，销售请按1，重听请按星号键。\" }",
            "zh-CN: { tts: \"查询",
            "    zh-CN: { tts: \"销售请按１，查询请按二，重听请按*。\" }",
        ),
        row(
            W210,
            wording,
            "    zh-CN: { tts: \"本公司成立于一九九八年，多年来一直为各地的客户提供优质的产品和周到的服务，深受大家的信任和喜爱，如今在全国各个省市都设有门店，欢迎您随时光临选购，我们的工作人员将竭诚为您解答各种问题，销售请按1，查询请按2，重听请按星号键。\" }",
            "\"本公司",
            "    zh-CN: { tts: \"您好，销售请按1，查询请按2，重听请按星号键。\" }",
        ),
        row(
            W211,
            wording,
            "    zh-CN: { tts: \"销售请按1，查询请按2，投诉请按9。\" }",
            "\"销售请",
            "    zh-CN: { tts: \"销售请按1，查询请按2。\" }",
        ),
        row(
            W211,
            "en-US: [ { number: \"${WaitNo}\" }, { tts: \"ahead. To be called back, press 1.\" } ]",
            "en-US: [ { number: \"${WaitNo}\" }, { tts: \"ahead. To leave, press 5.\" } ]",
            "\"ahead",
            "en-US: [ { number: \"${WaitNo}\" }, { tts: \"ahead.\" } ]",
        ),
    ]
}

/// One change of the set-up; the base flow stays.
pub struct EnvironmentRow {
    pub code: Code,
    pub severity: Severity,
    pub change: fn(Environment) -> Environment,
    pub at: &'static str,
}

pub fn environment_rows() -> Vec<EnvironmentRow> {
    let row = |code: Code, at, change| EnvironmentRow { code, severity: code.severity(), change, at };
    vec![
        row(E103b, "sales, support]", |env| Environment { skill_groups: groups([0, 3]), ..env }),
        row(E004, "base\nname", |env| {
            let info = FlowInfo { file: "other/base.yaml".to_owned(), ..survey() };
            Environment { flows: Known::Only([("survey".into(), survey()), ("base".into(), info)].into()), ..env }
        }),
        row(E160, "survey", |env| change_survey(env, |info| info.returns = None)),
        row(E160, "survey", |env| change_survey(env, |info| info.calls.extend(["base".into()]))),
        EnvironmentRow {
            severity: Severity::Warning,
            ..row(E170, "\"2026-10-01", |env| Environment {
                today: chrono::NaiveDate::from_ymd_opt(2026, 10, 8),
                ..env
            })
        },
    ]
}

fn groups(members: [usize; 2]) -> Known<hotline::ivr::flow::GroupId, GroupInfo> {
    let group = |count| GroupInfo { members: Some(count) };
    Known::Only([("sales".into(), group(members[0])), ("support".into(), group(members[1]))].into())
}
