//! What cannot be read or is not there: E001 to E118.

use super::Entry;

pub const E001: Entry = (
    "the file is not readable YAML",
    "文件不是可读的 YAML",
    "The text cannot be read as YAML 1.2, or uses parts of YAML that flows do without: anchors, aliases, tags, several documents. The usual slips are a bare * or # as a key of the phone, a tab that indents, and the full-width colon of a Chinese keyboard. These are mended in memory, so that the rest of the file is checked in the same pass; it must still be mended in the file.",
    "文本不能按 YAML 1.2 读取，或使用了流程文件不支持的写法：锚点、别名、标签、多个文档。常见笔误是未加引号的 * 或 #、用制表符缩进、中文全角冒号。检查时会在内存中修正这些笔误以便继续检查其余部分，但文件本身仍要改正。",
    "options:\n  - { name: 重听, keywords: [*], next: main_menu }\n",
    r#"options:
  - { name: 重听, keywords: ["*"], next: main_menu }
"#,
);

pub const E002: Entry = (
    "unknown version of the format",
    "未知的格式版本",
    "`ivr:` is the version of the format, not of your flow. This program reads version 1.",
    "`ivr:` 是文件格式的版本，不是流程内容的版本。本程序读取版本 1。",
    "ivr: 2\n",
    "ivr: 1\n",
);

pub const E003: Entry = (
    "a key is written twice",
    "键写了两次",
    "YAML keeps one of two equal keys and drops the other without a word, so an option or a whole node would be gone.",
    "YAML 遇到相同的键会悄悄丢掉其中一个，选项甚至整个节点会因此消失。",
    "hang_up:\n  type: end\nhang_up:\n  type: play\n",
    "hang_up:\n  type: end\ngoodbye:\n  type: play\n",
);

pub const E004: Entry = (
    "the id does not fit",
    "id 不匹配",
    "A flow's id is the stem of its file, and no two flows share one: numbers, subflows and versions all use it. The same code tells of a number that is bound to a flow that does not exist.",
    "流程 id 必须与文件名一致，且不能重复：号码、子流程和版本都用它。号码绑定了不存在的流程时也用这个代码。",
    "# ivr-flows/reception.yaml\nid: front-desk\n",
    "# ivr-flows/reception.yaml\nid: reception\n",
);

pub const E100: Entry = (
    "an edge leads to a node that does not exist",
    "连线指向不存在的节点",
    "Every `next` and every other edge names a node of the same file. A caller who takes this edge would be cut off.",
    "每个 `next` 等连线都要写本文件中的节点名。走到这里的来电会被挂断。",
    "next: main_meun\n",
    "next: main_menu\n",
);

pub const E101: Entry = (
    "a node has no type",
    "节点没有类型",
    "Without `type` nobody knows what the node does.",
    "没有 `type` 就不知道节点做什么。",
    "hang_up:\n  label: 结束\n",
    "hang_up:\n  type: end\n  label: 结束\n",
);

pub const E102: Entry = (
    "a node of unknown type",
    "未知的节点类型",
    "The types are play, branch, transfer, end, hours, collect, set, switch, http, voicemail, callback, subflow, return, dial and ticket.",
    "节点类型有 play、branch、transfer、end、hours、collect、set、switch、http、voicemail、callback、subflow、return、dial 和 ticket。",
    "welcome:\n  type: playback\n",
    "welcome:\n  type: play\n",
);

pub const E103: Entry = (
    "a skill group does not exist",
    "技能组不存在",
    "Callers would wait for a group that nobody is in. Checked against the set-up; without one, against `requires.skill_groups`.",
    "来电会在没有人的组里等待。按配置检查；没有配置时按 `requires.skill_groups` 检查。",
    "skill_group: presale\n",
    "skill_group: presales\n",
);

pub const E103B: Entry = (
    "a skill group has no members",
    "技能组没有成员",
    "The group exists and no agent is in it, so nobody can answer. A warning, because agents may be added later.",
    "技能组存在但没有客服，无人能接听。之后可能会添加客服，所以只是警告。",
    "skill_group: night_shift   # no agents\n",
    "skill_group: presales\n",
);

pub const E104: Entry = (
    "a prompt does not exist",
    "提示音不存在",
    "Nodes play wording of `prompts:` by its name, so that all wording is in one place and in every language.",
    "节点按名称播放 `prompts:` 中的内容，这样所有话术集中在一处，并有每种语言。",
    "prompt: welcom\n",
    "prompt: welcome\n",
);

pub const E105: Entry = (
    "a recording is not in the audio library",
    "音频不在音频库中",
    "The recording must be uploaded first. Without a set-up, it must be listed in `requires.audio`.",
    "要先上传音频。没有配置时，要列入 `requires.audio`。",
    "zh-CN: { audio: welcom_zh }\n",
    "zh-CN: { audio: welcome_zh }\n",
);

pub const E106: Entry = (
    "a calendar does not exist",
    "日历不存在",
    "`hours` and `callback` name a calendar of `hours:`, or one of the set-up.",
    "`hours` 和 `callback` 要写 `hours:` 中的日历，或配置中的日历。",
    "calendar: ofice\n",
    "calendar: office\n",
);

pub const E107: Entry = (
    "a variable does not exist",
    "变量不存在",
    "Variables are declared in `vars:` with a type; the system offers CallerNumber, CalledNumber, CallId, WaitNo, Wait, StaffNo and language. Only the flow's own variables can be set.",
    "变量要在 `vars:` 中声明类型；系统变量有 CallerNumber、CalledNumber、CallId、WaitNo、Wait、StaffNo 和 language。只能给流程自己的变量赋值。",
    r#"zh-CN: { tts: "您的订单是${order}" }
"#,
    "vars:\n  order: { type: digits }\n",
);

pub const E108: Entry = (
    "a language has no wording",
    "某种语言没有内容",
    "A caller who has chosen this language would hear nothing. Every prompt is worded in every language of `languages:`.",
    "选择这种语言的来电会什么都听不到。每个提示音都要有 `languages:` 中的每种语言。",
    "welcome:\n  zh-CN: { audio: welcome_zh }\n",
    "welcome:\n  zh-CN: { audio: welcome_zh }\n  en-US: { audio: welcome_en }\n",
);

pub const E109: Entry = (
    "the default language has no wording",
    "默认语言没有内容",
    "The first of `languages:` is the language in which every call starts.",
    "`languages:` 的第一项是每个来电开始时的语言。",
    r#"languages: [zh-CN, en-US]
prompts:
  welcome:
    en-US: { tts: "Welcome." }
"#,
    r#"languages: [zh-CN, en-US]
prompts:
  welcome:
    zh-CN: { tts: "欢迎。" }
    en-US: { tts: "Welcome." }
"#,
);

pub const E110: Entry = (
    "a field is missing or empty",
    "缺少字段或字段为空",
    "The node cannot do its work without it.",
    "没有它节点无法工作。",
    "welcome:\n  type: play\n  prompt: welcome\n",
    "welcome:\n  type: play\n  prompt: welcome\n  next: main_menu\n",
);

pub const E111: Entry = (
    "an unknown field",
    "未知字段",
    "A field that nobody reads is a slip of the pen, and what it was to do is not done.",
    "没人读取的字段多半是笔误，它要做的事不会发生。",
    "eror_prompt: wrong_key\n",
    "error_prompt: wrong_key\n",
);

pub const E112: Entry = (
    "a key of the phone is not quoted",
    "电话按键没有加引号",
    "Without quotes YAML reads numbers: 01 becomes 1, and the option is taken by the wrong key. # even begins a comment. Always quote keys.",
    "不加引号 YAML 会当作数字：01 变成 1，按键就错了；# 甚至会变成注释。按键一律加引号。",
    "keywords: [0]\n",
    r#"keywords: ["0"]
"#,
);

pub const E113: Entry = (
    "a keyword is in two options",
    "关键词重复",
    "Keywords are compared after NFKC and case folding: １ is 1, and Sales is sales. Each may lead to one option only.",
    "关键词在 NFKC 归一和忽略大小写后比较：１ 等于 1，Sales 等于 sales。每个关键词只能对应一个选项。",
    r#"- { name: 售前, keywords: ["1"], next: to_presales }
- { name: 售后, keywords: ["１"], next: to_aftersales }
"#,
    r#"- { name: 售前, keywords: ["1"], next: to_presales }
- { name: 售后, keywords: ["2"], next: to_aftersales }
"#,
);

pub const E114: Entry = (
    "a branch has no options",
    "分支没有选项",
    "A question that takes no answer.",
    "没有答案的提问。",
    "main_menu:\n  type: branch\n  prompt: menu\n",
    r#"main_menu:
  type: branch
  prompt: menu
  options:
    - { name: 售前, keywords: ["1"], next: to_presales }
"#,
);

pub const E115: Entry = (
    "not a key of the phone",
    "不是电话按键",
    "A phone has 0-9, * and #. A keyword without any letter is meant for the phone, so it must be made of these.",
    "电话只有 0-9、* 和 #。不含文字的关键词只能由这些按键组成。",
    r#"end_key: "ok"
"#,
    r##"end_key: "#"
"##,
);

pub const E116: Entry = (
    "a spoken keyword can never match",
    "语音关键词永远不会匹配",
    "Words are heard by speech recognition, which is off here. The option still works by its keys.",
    "词语要靠语音识别，这里未开启。选项仍可用按键选择。",
    r#"keywords: ["售前"]
"#,
    r#"keywords: ["1", "售前"]
"#,
);

pub const E117: Entry = (
    "a value of the wrong kind",
    "值的类型不对",
    "A list where a text belongs, a text where true or false belongs, or a name that cannot be one.",
    "应是文本却写成列表，应是 true 或 false 却写成文本，或名称不合规则。",
    r#"barge_in: "yes"
"#,
    "barge_in: true\n",
);

pub const E118: Entry = (
    "a trunk does not exist",
    "中继不存在",
    "`dial` names a trunk of the set-up.",
    "`dial` 要写配置中的中继名。",
    "trunk: carier\n",
    "trunk: carrier\n",
);
