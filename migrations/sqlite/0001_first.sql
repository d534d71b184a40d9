-- The whole store. Times are milliseconds since 1970 in UTC, durations milliseconds. JSON is text.
-- The same tables and names as migrations/postgres; only the types of keys and bytes differ.

-- The record of the calls: appended once, never altered. Everything in `calls`, `segments` and `recordings` follows.
CREATE TABLE events (
    call BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    leg BIGINT,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (call, seq)
) WITHOUT ROWID;

-- Numbers without gaps: tickets, customers, changes of the set-up.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('ticket', 0), ('customer', 0), ('setup', 0);

CREATE TABLE customers (
    id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT,
    company TEXT,
    customer_group TEXT,
    tags TEXT NOT NULL,
    fields TEXT NOT NULL,
    note TEXT,
    search TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    merged_into BIGINT REFERENCES customers (id)
);

CREATE TABLE customer_numbers (
    number TEXT NOT NULL,
    customer BIGINT NOT NULL REFERENCES customers (id),
    PRIMARY KEY (number, customer)
) WITHOUT ROWID;
CREATE INDEX customer_numbers_customer ON customer_numbers (customer);

CREATE TABLE calls (
    id BIGINT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    result TEXT NOT NULL,
    direction TEXT NOT NULL,
    caller TEXT,
    remote TEXT,
    called TEXT NOT NULL,
    source TEXT NOT NULL,
    flow TEXT,
    flow_version BIGINT,
    customer BIGINT REFERENCES customers (id),
    skill_group TEXT,
    agent TEXT,
    started_at BIGINT NOT NULL,
    queued_at BIGINT,
    answered_at BIGINT,
    ended_at BIGINT,
    wait_ms BIGINT NOT NULL,
    talk_ms BIGINT NOT NULL,
    hold_ms BIGINT NOT NULL,
    wrap_up_ms BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    end_cause TEXT,
    ended_by TEXT,
    end_node TEXT,
    last_seq BIGINT NOT NULL
);
CREATE INDEX calls_open ON calls (id) WHERE state = 'open';
CREATE INDEX calls_customer ON calls (customer, id);
CREATE INDEX calls_agent ON calls (agent, id);
CREATE INDEX calls_skill_group ON calls (skill_group, id);
CREATE INDEX calls_remote ON calls (remote, id);

-- Who was with whom: each wait, ring, talk, hold and wrap-up, counted within its kind.
CREATE TABLE segments (
    call BIGINT NOT NULL REFERENCES calls (id),
    kind TEXT NOT NULL,
    n BIGINT NOT NULL,
    agent TEXT,
    skill_group TEXT,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    duration_ms BIGINT NOT NULL,
    outcome TEXT,
    PRIMARY KEY (call, kind, n)
) WITHOUT ROWID;
CREATE INDEX segments_agent ON segments (agent, started_at);
CREATE INDEX segments_skill_group ON segments (skill_group, started_at);

CREATE TABLE recordings (
    id TEXT NOT NULL PRIMARY KEY,
    call BIGINT NOT NULL REFERENCES calls (id),
    kind TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    complete BOOLEAN NOT NULL
) WITHOUT ROWID;
CREATE INDEX recordings_call ON recordings (call);

-- `call` and `n` tell what the ticket was made of: 0 is the automatic one, the others are those that the flow asked for.
-- `detail` is the whole state, `state` its name, `due_at` when time alone changes it. Once somebody worked on a ticket
-- (`touched`) its subject and its people no longer follow the call.
CREATE TABLE tickets (
    number BIGINT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    due_at BIGINT,
    kind TEXT,
    source TEXT NOT NULL,
    subject TEXT NOT NULL,
    search TEXT NOT NULL,
    caller TEXT,
    customer BIGINT REFERENCES customers (id),
    call BIGINT,
    n BIGINT,
    agent TEXT,
    skill_group TEXT,
    priority BIGINT NOT NULL,
    path TEXT NOT NULL,
    recordings TEXT NOT NULL,
    touched BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    state_at BIGINT NOT NULL,
    first_open_at BIGINT,
    solved_at BIGINT,
    paused_ms BIGINT NOT NULL,
    UNIQUE (call, n)
);
CREATE INDEX tickets_due ON tickets (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX tickets_state ON tickets (state, number);
CREATE INDEX tickets_customer ON tickets (customer, number);
CREATE INDEX tickets_agent ON tickets (agent, number);
CREATE INDEX tickets_skill_group ON tickets (skill_group, number);

-- Calls that an agent added to an older ticket (B1, B9).
CREATE TABLE ticket_calls (
    call BIGINT NOT NULL PRIMARY KEY,
    ticket BIGINT NOT NULL REFERENCES tickets (number)
);
CREATE INDEX ticket_calls_ticket ON ticket_calls (ticket);

CREATE TABLE ticket_notes (
    id INTEGER NOT NULL PRIMARY KEY,
    ticket BIGINT NOT NULL REFERENCES tickets (number),
    at BIGINT NOT NULL,
    author TEXT NOT NULL,
    body TEXT NOT NULL,
    private BOOLEAN NOT NULL
);
CREATE INDEX ticket_notes_ticket ON ticket_notes (ticket, id);

CREATE TABLE skill_groups (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    strategy TEXT NOT NULL,
    answer_timeout_s BIGINT,
    wrap_up_s BIGINT,
    last_agent_first BOOLEAN NOT NULL,
    record BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE agents (
    no TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT UNIQUE,
    role TEXT NOT NULL,
    realm TEXT,
    ha1_md5 TEXT,
    ha1_sha256 TEXT,
    updated_at BIGINT NOT NULL
);

CREATE TABLE agent_groups (
    agent TEXT NOT NULL REFERENCES agents (no),
    skill_group TEXT NOT NULL REFERENCES skill_groups (id),
    position BIGINT NOT NULL,
    PRIMARY KEY (agent, skill_group)
) WITHOUT ROWID;
CREATE INDEX agent_groups_skill_group ON agent_groups (skill_group);

CREATE TABLE trunks (
    name TEXT NOT NULL PRIMARY KEY,
    sources TEXT NOT NULL,
    uri TEXT,
    updated_at BIGINT NOT NULL
);

-- `published` is the version that new calls run; none: the flow is unpublished. "In use" follows from `numbers`.
CREATE TABLE flows (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    published BIGINT,
    last_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE TABLE flow_versions (
    flow TEXT NOT NULL REFERENCES flows (id),
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    subflows TEXT NOT NULL,
    audio TEXT NOT NULL,
    skill_groups TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (flow, version)
);

CREATE TABLE flow_drafts (
    flow TEXT NOT NULL PRIMARY KEY REFERENCES flows (id),
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    base_version BIGINT,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL
);

CREATE TABLE flow_schedules (
    flow TEXT NOT NULL PRIMARY KEY REFERENCES flows (id),
    due_at BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    planned_by TEXT NOT NULL,
    why TEXT NOT NULL
);

CREATE TABLE numbers (
    number TEXT NOT NULL PRIMARY KEY,
    call_type TEXT NOT NULL,
    flow TEXT REFERENCES flows (id),
    builtin TEXT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX numbers_flow ON numbers (flow);

CREATE TABLE audio (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    peak_db DOUBLE,
    loudness_lufs DOUBLE,
    flaws TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    uploaded_by TEXT NOT NULL,
    reviewed_at BIGINT,
    reviewed_by TEXT,
    review_note TEXT
);

CREATE TABLE tokens (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    agent TEXT,
    hash BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

CREATE TABLE audit (
    id INTEGER NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    why TEXT,
    detail TEXT NOT NULL
);
CREATE INDEX audit_subject ON audit (kind, subject, id);

CREATE TABLE registrations (
    account TEXT NOT NULL,
    contact TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, contact)
) WITHOUT ROWID;

-- Settings, and the state that the skill groups had last (P17).
CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
