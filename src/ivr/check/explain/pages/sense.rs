//! What can be read and makes no sense, or little: E120 to W212.

use super::Entry;

pub const E120: Entry = (
    "a number out of range",
    "数值超出范围",
    "Whole numbers only, within the range that the message tells: timeout_s 1-60, max_errors 0-9, and so on.",
    "只能是整数，并在消息所示范围内：timeout_s 1-60、max_errors 0-9 等。",
    "timeout_s: 90\n",
    "timeout_s: 9\n",
);

pub const E121: Entry = (
    "a recording cannot be used",
    "音频不能使用",
    "A recording is used once it is approved (审核通过), wav or mp3, of at most 5 MiB, and readable. Longer than ten minutes, clipped or silent is a warning.",
    "音频要审核通过，格式为 wav 或 mp3，最大 5 MiB，并且可以读取。超过十分钟、削波或无声只是警告。",
    "hold_music: moh_new   # 未审核\n",
    "hold_music: moh_calm\n",
);

pub const E122: Entry = (
    "nothing can speak this text",
    "没有语音合成引擎",
    "A `tts` part needs a speech engine when the flow is published. Without one, use recordings: audio, number and digits.",
    "`tts` 片段在发布时需要语音合成引擎。没有引擎请用录音：audio、number、digits。",
    r#"zh-CN: { tts: "欢迎。" }
"#,
    "zh-CN: { audio: welcome_zh }\n",
);

pub const E130: Entry = (
    "no end can be reached",
    "到达不了结束节点",
    "Every flow must finish at `type: end` (a subflow at `type: return`), whatever a caller does.",
    "无论来电者做什么，流程都必须以 `type: end` 结束（子流程以 `type: return` 结束）。",
    "a:\n  type: play\n  prompt: x\n  next: a\n",
    "a:\n  type: play\n  prompt: x\n  next: hang_up\nhang_up:\n  type: end\n",
);

pub const E131: Entry = (
    "a loop that never waits for the caller",
    "循环从不等待来电者",
    "The call would go round in it at once and for ever. Only nodes that wait for the caller may close a loop: branch, collect, a transfer that an agent answered. Looked for in the whole file, also where nothing leads yet.",
    "通话会立刻陷入死循环。循环中必须有等待来电者的节点：branch、collect，或有客服接听的 transfer。检查整个文件，包括还没有连线到达的部分。",
    "a: { type: play, prompt: x, next: b }\nb: { type: play, prompt: y, next: a }\n",
    "a: { type: play, prompt: x, next: menu }   # menu is a branch\n",
);

pub const E132: Entry = (
    "a loop that a caller can stay in for ever",
    "来电者可能无限循环",
    "Silence or wrong keys lead round again and no counter ends it: the counters start again on each visit. The limits of the IVR end such a call at last, but the line is taken until then.",
    "无应答或错误按键又回到原处，而计数器每次进入都会重新开始。IVR 的总限制最终会结束通话，但线路一直被占用。",
    "main_menu:\n  type: branch\n  on_max_errors: main_menu\n",
    "main_menu:\n  type: branch\n  on_max_errors: to_operator\n",
);

pub const E140: Entry = (
    "a variable of the queue outside a queue",
    "排队变量用在排队之外",
    "${WaitNo} and ${Wait} have a value only while the caller waits in a queue: in waiting_prompt and announce of a transfer.",
    "${WaitNo} 和 ${Wait} 只有在排队等待时才有值：用在 transfer 的 waiting_prompt 和 announce 中。",
    "type: play\nprompt: queue_position\n",
    "type: transfer\nannounce:\n  - { prompt: queue_position, first_after_s: 15 }\n",
);

pub const E141: Entry = (
    "the staff number before an agent has answered",
    "客服接听之前使用工号",
    "${StaffNo} is known in connected_prompt, and in nodes that are only reached after an agent has hung up.",
    "${StaffNo} 在 connected_prompt 中，以及只有客服挂断后才到达的节点中才有值。",
    "waiting_prompt: agent_connected\n",
    "connected_prompt: agent_connected\n",
);

pub const E142: Entry = (
    "a variable read before it is set",
    "变量在赋值前被读取",
    "There is a path from the start to this node on which nothing gives the variable a value. A default in `vars:` settles it.",
    "从开始到这个节点有一条路径没有给变量赋值。在 `vars:` 中写 default 即可解决。",
    "vars:\n  order_no: { type: digits }\n",
    r#"vars:
  order_no: { type: digits, default: "" }
"#,
);

pub const E143: Entry = (
    "types do not fit",
    "类型不匹配",
    "A condition that can never hold, a value that is not of the variable's type, or a text that is no condition.",
    "永远不成立的条件、与变量类型不符的值，或不是条件的文本。",
    r#"when: "${order_ok} == 1"
"#,
    r#"when: "${order_ok} == true"
"#,
);

pub const E150: Entry = (
    "an unsafe web request",
    "不安全的接口调用",
    "A request needs a fixed host on the allow list that is no private address, a time-out, a way on when it fails, and no secret in the file: flows are read by many people. Write { secret: name } in a header instead.",
    "接口调用要有允许列表中的固定主机（不能是内网地址）、超时、失败去向，且文件中不能有密钥：流程会被很多人看到。请在请求头中写 { secret: 名称 }。",
    r#"headers: { Authorization: "Bearer abc" }
"#,
    r#"headers: { Authorization: { secret: erp_token, prefix: "Bearer " } }
"#,
);

pub const E160: Entry = (
    "a subflow does not fit",
    "子流程不匹配",
    "The flow that is called exists, returns, takes these parameters, gives these values, and does not call its caller again.",
    "被调用的流程必须存在、会返回、接受这些参数、给出这些值，并且不会再调用回来。",
    "flow: satisfation\n",
    "flow: satisfaction\nwith: { question: rate_us }\n",
);

pub const E170: Entry = (
    "a faulty calendar",
    "日历有误",
    "Ranges of a day do not overlap and end after they begin, dates exist, and the time zone is named. When all holidays are over it is a warning: next year's are missing.",
    "同一天的时间段不能重叠且要先开始后结束，日期要存在，要写时区。所有节假日都已过去时是警告：缺少下一年的节假日。",
    r#"mon-fri: ["09:00-12:00", "11:00-18:00"]
"#,
    r#"mon-fri: ["09:00-12:00", "13:30-18:00"]
"#,
);

pub const E180: Entry = (
    "dead air, or a caller cut off",
    "静默，或来电被挂断",
    "A caller who hears nothing hangs up; one who waits for nobody waits for ever. Give a transfer hold_music, on_no_agents, max_wait_s and on_max_wait, an http request hold_music, a dial on_failure, and tell callers of the keys they may press while waiting.",
    "听不到声音的来电会挂断，无人值守时会一直空等。transfer 请写 hold_music、on_no_agents、max_wait_s 和 on_max_wait，http 请写 hold_music，dial 请写 on_failure，并告诉来电者排队时可以按哪些键。",
    "type: transfer\nskill_group: presales\n",
    "type: transfer\nskill_group: presales\nhold_music: moh_calm\nmax_wait_s: 300\non_max_wait: leave_message\non_no_agents: leave_message\n",
);

pub const W200: Entry = (
    "a node that nothing leads to",
    "节点永远到达不了",
    "No call can come here. Findings that a wrong name in an edge alone explains are not told: mend that first.",
    "没有来电能到这里。仅由错误的连线名称引起的情况不会提示：请先改正连线。",
    "old_menu:\n  type: branch   # no edge leads here\n",
    "main_menu:\n  on_max_timeouts: old_menu\n",
);

pub const W201: Entry = (
    "a key that is the beginning of another",
    "一个按键是另一个的开头",
    "After 1 the system must wait whether 11 is meant, so every caller who presses 1 waits inter_digit_s.",
    "按 1 之后系统要等待是否还会按 11，每个按 1 的来电都要多等 inter_digit_s 秒。",
    r#"keywords: ["1"]    # and elsewhere ["11"]
"#,
    r#"keywords: ["1"]    # and elsewhere ["2"]
"#,
);

pub const W202: Entry = (
    "a prompt that nothing plays",
    "提示音从未播放",
    "Left over, or its name is misspelt somewhere.",
    "多余，或别处名称写错。",
    "prompts:\n  old_welcome: …\n",
    "prompt: old_welcome\n",
);

pub const W203: Entry = (
    "a recording that nothing plays",
    "音频从未使用",
    "It is listed in `requires.audio` and no prompt or node uses it.",
    "列在 `requires.audio` 中，但没有提示音或节点使用它。",
    "requires:\n  audio: [welcome_zh, unused]\n",
    "requires:\n  audio: [welcome_zh]\n",
);

pub const W204: Entry = (
    "a variable that nothing reads",
    "变量从未读取",
    "It is declared, perhaps set, and never read.",
    "声明了，也许赋了值，但从未读取。",
    "vars:\n  tier: { type: string }\n",
    r#"when: "${tier} == gold"
"#,
);

pub const W210: Entry = (
    "a menu that is hard to use",
    "菜单难用",
    "More than five options are forgotten before the last is said; more than 20 seconds before the first key are not listened to; and options are best listed as they are said.",
    "超过五个选项，听完就忘了；20 秒后才说第一个按键，来电者不会等；选项最好按播报顺序排列。",
    "options: [ …, …, …, …, …, … ]\n",
    "options: [ …, …, …, … ]\n",
);

pub const W211: Entry = (
    "a prompt offers a key that nobody takes",
    "提示音提到没有选项的按键",
    "The wording says 按3 or press 3, and no option has the key 3. Callers would be told of a wrong key.",
    "提示音说“按3”，但没有选项接受 3，来电者会听到按键错误。",
    r#"menu: { zh-CN: { tts: "订单请按3" } }
"#,
    r#"- { name: 订单, keywords: ["3"], next: ask_order }
"#,
);

pub const W212: Entry = (
    "an edge that no test walks",
    "没有测试经过的连线",
    "The tests beside the flow never take this edge. Told only when tests are run.",
    "流程的测试从未走过这条连线。只在运行测试时提示。",
    "# no case presses 2\n",
    r#"steps: [ { press: "2" } ]
"#,
);
