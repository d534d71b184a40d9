//! Every operation once: its path, the least role that may use it, and what it does. The guard refuses what is not in
//! this table, and `/api/openapi.json` is made from it, so that neither can say something else than the other.

use crate::config::setup::Role;

/// One operation.
#[derive(Debug)]
pub struct Route {
    pub method: &'static str,
    /// As the router writes it: `{name}` is one part, `{*name}` the rest.
    pub path: &'static str,
    pub role: Role,
    pub summary: &'static str,
    pub query: &'static [&'static str],
    /// The schema of the body that is sent; empty for none.
    pub body: &'static str,
    /// The schema of the answer.
    pub answer: &'static str,
}

const fn route(
    method: &'static str,
    path: &'static str,
    role: Role,
    summary: &'static str,
    answer: &'static str,
) -> Route {
    Route { method, path, role, summary, query: &[], body: "", answer }
}

const fn listed(
    path: &'static str,
    role: Role,
    summary: &'static str,
    query: &'static [&'static str],
    answer: &'static str,
) -> Route {
    Route { method: "GET", path, role, summary, query, body: "", answer }
}

const fn sent(
    method: &'static str,
    path: &'static str,
    role: Role,
    summary: &'static str,
    body: &'static str,
    answer: &'static str,
) -> Route {
    Route { method, path, role, summary, query: &[], body, answer }
}

const PAGE: &[&str] = &["limit", "after", "order"];
const CALLS: &[&str] = &[
    "limit",
    "after",
    "order",
    "sort",
    "state",
    "result",
    "remote",
    "called",
    "flow",
    "customer",
    "skill_group",
    "agent",
    "from",
    "to",
];
const TICKETS: &[&str] = &["limit", "after", "order", "state", "customer", "agent", "skill_group", "call"];
const CUSTOMERS: &[&str] = &["limit", "after", "text", "number"];

/// The whole API below `/api/v1`.
pub const ROUTES: &[Route] = &[
    listed("/api/v1/calls", Role::Agent, "Calls, newest first; an agent sees their own", CALLS, "CallPage"),
    route("GET", "/api/v1/calls/live", Role::Supervisor, "What is going on: calls, agents, queue, groups", "View"),
    route("GET", "/api/v1/calls/{id}", Role::Agent, "A call with its events, segments and recordings", "CallDetail"),
    route("DELETE", "/api/v1/calls/{id}", Role::Supervisor, "End a call that is up", "Done"),
    sent(
        "POST",
        "/api/v1/calls/{id}/assign",
        Role::Supervisor,
        "Give a waiting call to a free agent",
        "Assign",
        "Done",
    ),
    route(
        "GET",
        "/api/v1/calls/{id}/sip",
        Role::Supervisor,
        "The SIP messages of a call, both legs, secrets covered; kept for a while",
        "SipLadder",
    ),
    route("GET", "/api/v1/calls/{id}/sip.pcap", Role::Supervisor, "The same as a PCAP file, for Wireshark", "Pcap"),
    route("GET", "/api/v1/calls/{id}/recordings", Role::Agent, "The recordings of a call", "Recordings"),
    sent(
        "POST",
        "/api/v1/calls/{id}/recording",
        Role::Agent,
        "Pause or resume the recording of a call that is up; agents their own",
        "RecordingState",
        "Done",
    ),
    sent(
        "POST",
        "/api/v1/calls/{id}/supervise",
        Role::Supervisor,
        "Ring an agent's phone to listen in, whisper or barge; again to change the mode",
        "Supervise",
        "Done",
    ),
    route("GET", "/api/v1/recordings/{*name}", Role::Agent, "A recording as WAV; takes Range", "Wav"),
    listed("/api/v1/tickets", Role::Agent, "Tickets, newest first; an agent sees their own", TICKETS, "TicketPage"),
    route("GET", "/api/v1/tickets/{number}", Role::Agent, "A ticket with its notes", "TicketDetail"),
    sent(
        "PATCH",
        "/api/v1/tickets/{number}",
        Role::Agent,
        "Change subject, priority, agent or group",
        "TicketUpdate",
        "Ticket",
    ),
    sent("POST", "/api/v1/tickets/{number}/notes", Role::Agent, "Add a note", "NewNote", "Note"),
    listed("/api/v1/customers", Role::Agent, "Customers, searched by text or number", CUSTOMERS, "CustomerPage"),
    sent("POST", "/api/v1/customers", Role::Agent, "Make a customer", "CustomerUpdate", "Customer"),
    route("GET", "/api/v1/customers/{id}", Role::Agent, "A customer with the numbers", "Customer"),
    sent("PATCH", "/api/v1/customers/{id}", Role::Agent, "Change a customer", "CustomerUpdate", "Customer"),
    sent("POST", "/api/v1/customers/{id}/merge", Role::Supervisor, "Join a customer to another", "Merge", "Customer"),
    route("GET", "/api/v1/agents", Role::Agent, "Agents with their states, and why no call comes", "Agents"),
    route("GET", "/api/v1/agents/{no}", Role::Agent, "One agent", "Agent"),
    sent(
        "PUT",
        "/api/v1/agents/{no}/state",
        Role::Agent,
        "ready, not_ready or logged_out; agents change their own",
        "AgentState",
        "Done",
    ),
    route(
        "GET",
        "/api/v1/groups",
        Role::Agent,
        "Skill groups with settings, waiting callers and ready agents",
        "Groups",
    ),
    route("GET", "/api/v1/queue", Role::Agent, "Waiting calls in the order in which they are served", "Queue"),
    route("GET", "/api/v1/numbers", Role::Agent, "Numbers and what answers them", "Numbers"),
    sent(
        "PUT",
        "/api/v1/numbers/{number}",
        Role::Admin,
        "Bind a number to a flow, at once for new calls",
        "Binding",
        "Done",
    ),
    route("GET", "/api/v1/flows", Role::Agent, "Flows with state, version and numbers", "Flows"),
    route(
        "GET",
        "/api/v1/flows/{id}",
        Role::Agent,
        "The published version (not of an unpublished flow)",
        "FlowVersion",
    ),
    route("GET", "/api/v1/flows/{id}/versions", Role::Agent, "Every version of a flow", "Versions"),
    route("GET", "/api/v1/flows/{id}/versions/{version}", Role::Agent, "One version of a flow", "FlowVersion"),
    listed(
        "/api/v1/flows/{id}/diff",
        Role::Admin,
        "What changed between two versions, or a version and `draft`, as a unified diff",
        &["from", "to"],
        "Diff",
    ),
    route("GET", "/api/v1/flows/{id}/draft", Role::Admin, "The draft", "Draft"),
    sent("PUT", "/api/v1/flows/{id}/draft", Role::Admin, "Save a draft", "NewDraft", "Draft"),
    route("DELETE", "/api/v1/flows/{id}/draft", Role::Admin, "Discard the draft beside a published version", "Done"),
    sent("POST", "/api/v1/flows/{id}/check", Role::Admin, "Check a text, or the draft", "FlowText", "Diagnostics"),
    sent(
        "POST",
        "/api/v1/flows/{id}/publish",
        Role::Admin,
        "Publish the draft; refused while it has errors",
        "Why",
        "FlowVersion",
    ),
    sent(
        "POST",
        "/api/v1/flows/{id}/simulate",
        Role::Admin,
        "Play a flow without a phone: each line typed, and what came of it",
        "Script",
        "Played",
    ),
    sent("POST", "/api/v1/flows/{id}/test", Role::Admin, "Run a test file against a flow", "Tests", "TestReport"),
    sent(
        "PUT",
        "/api/v1/flows/{id}/schedule",
        Role::Admin,
        "Publish the draft, as it is now, at a set time (milliseconds since 1970)",
        "Plan",
        "Done",
    ),
    route("DELETE", "/api/v1/flows/{id}/schedule", Role::Admin, "Take a planned publication back", "Done"),
    listed(
        "/api/v1/calls/{id}/replay",
        Role::Agent,
        "A past call walked again over its flow, another version of it, or `draft`",
        &["over"],
        "Replay",
    ),
    sent("POST", "/api/v1/flows/{id}/withdraw", Role::Admin, "Take a published flow back", "Why", "Done"),
    sent(
        "POST",
        "/api/v1/flows/{id}/roll-back",
        Role::Admin,
        "Let new calls run an earlier version",
        "RollBack",
        "Done",
    ),
    route("DELETE", "/api/v1/flows/{id}", Role::Admin, "Delete an unpublished flow", "Done"),
    route("GET", "/api/v1/audio", Role::Agent, "The audio library", "AudioList"),
    sent(
        "POST",
        "/api/v1/audio",
        Role::Admin,
        "Upload wav or mp3 of at most 5 MiB; it waits for review",
        "NewAudio",
        "Audio",
    ),
    route("GET", "/api/v1/audio/{id}", Role::Agent, "One sound, and the flows that play it", "Audio"),
    route("GET", "/api/v1/audio/{id}/file", Role::Admin, "The file as it was uploaded", "File"),
    route("GET", "/api/v1/audio/{id}/sound", Role::Agent, "What callers hear", "File"),
    sent("POST", "/api/v1/audio/{id}/review", Role::Admin, "Approve or reject; not one's own upload", "Review", "Done"),
    route("DELETE", "/api/v1/audio/{id}", Role::Admin, "Delete audio that no published flow plays", "Done"),
    route(
        "GET",
        "/api/v1/phoneboxes",
        Role::Agent,
        "Phone boxes: state, last events, errors; an agent sees their own, supervisors the raw log too",
        "PhoneBoxes",
    ),
    route("GET", "/api/v1/phoneboxes/{id}", Role::Agent, "A phone box with all that is kept of it", "PhoneBox"),
    sent(
        "POST",
        "/api/v1/phoneboxes/{id}/dial",
        Role::Agent,
        "Dial on a line; the live feed says when to lift the handset",
        "LineDial",
        "Done",
    ),
    sent(
        "POST",
        "/api/v1/phoneboxes/{id}/outcome",
        Role::Agent,
        "Whether the outgoing call succeeded: success makes call record and ticket",
        "LineOutcome",
        "Done",
    ),
    sent("POST", "/api/v1/setup", Role::Admin, "Apply a set-up (YAML): all of it or nothing", "SetupText", "Applied"),
    route("GET", "/api/v1/trunks", Role::Admin, "Trunks, and how each stands", "Trunks"),
    route("GET", "/api/v1/bans", Role::Admin, "Silenced addresses, for how long and how often", "Bans"),
    route("DELETE", "/api/v1/bans/{address}", Role::Admin, "Let a silenced address speak again", "Done"),
    listed("/api/v1/audit", Role::Admin, "Who did what, when and why", PAGE, "AuditPage"),
    route("GET", "/api/v1/tokens", Role::Admin, "Tokens, without their text", "Tokens"),
    route("DELETE", "/api/v1/tokens/{id}", Role::Admin, "Make a token useless", "Done"),
    route("GET", "/api/v1/live", Role::Agent, "WebSocket: what happens, as it happens", "Live"),
];

/// How much a role may.
pub const fn rank(role: Role) -> u8 {
    match role {
        Role::Agent => 0,
        Role::Supervisor => 1,
        Role::Admin => 2,
        Role::Founder => 3,
    }
}

/// The operation of a matched path. HEAD is a GET without its body.
pub fn find(method: &str, path: &str) -> Option<&'static Route> {
    let method = if method == "HEAD" { "GET" } else { method };
    ROUTES.iter().find(|route| route.method == method && route.path == path)
}
