'use strict';
// The plain page: what is going on, live. Everything from outside is set as text, never as HTML.

const TEXTS = {
  zh: {
    enter: '连接', token: '访问令牌', connect: '进入', hint: '令牌由管理员生成：hotline token create --role admin --name 名字',
    calls: '通话', agents: '坐席', queue: '排队', tickets: '工单', happened: '动态', leave: '退出', none: '暂无',
    connected: '已连接', lost: '连接中断，正在重试…', refused: '令牌无效', caller: '主叫', called: '被叫', stage: '阶段', node: '节点',
    agent: '坐席', since: '开始', no: '工号', name: '姓名', state: '状态', why: '为何没有来电', ready: '置闲', not_ready: '置忙',
    group: '技能组', ahead: '前面人数', number: '编号', subject: '主题', at: '时间', ringing: '来电', waited: '等待',
    states: { logged_out: '未登录', not_ready: '忙', ready: '空闲', ringing: '振铃', on_call: '通话中', wrap_up: '话后' },
    boxes: '电话盒子', port: '端口', line: '线路', last: '最近事件', errors: '错误', raw: '原始数据', dial: '拨号', dial_what: '要拨的号码', success: '成功', failure: '失败',
    prompts: { lift_handset: '请摘机', dial_on_phone: '请摘机并在话机上拨号' }, asked: '通话成功了吗？',
    box_states: { absent: '未连接', starting: '初始化', ready: '就绪', refused: '无应答', silent: '无心跳', flooding: '数据泛滥' }, hooks: { on: '挂机', off: '摘机' },
    stages: { flow: '菜单', queued: '排队', ringing: '振铃', talking: '通话' },
  },
  en: {
    enter: 'Connect', token: 'Token', connect: 'Enter', hint: 'An administrator makes a token: hotline token create --role admin --name NAME',
    calls: 'Calls', agents: 'Agents', queue: 'Queue', tickets: 'Tickets', happened: 'What happens', leave: 'Leave', none: 'none',
    connected: 'connected', lost: 'connection lost, trying again…', refused: 'the token is not good', caller: 'caller', called: 'called',
    stage: 'stage', node: 'node', agent: 'agent', since: 'since', no: 'no.', name: 'name', state: 'state', why: 'why no calls',
    ready: 'ready', not_ready: 'not ready', group: 'group', ahead: 'ahead', number: 'no.', subject: 'subject', at: 'at',
    ringing: 'Call from', waited: 'waited',
    states: { logged_out: 'logged out', not_ready: 'not ready', ready: 'ready', ringing: 'ringing', on_call: 'on call', wrap_up: 'wrap-up' },
    boxes: 'Phone boxes', port: 'port', line: 'line', last: 'last event', errors: 'errors', raw: 'raw bytes', dial: 'dial', dial_what: 'Number to dial', success: 'it succeeded', failure: 'it failed',
    prompts: { lift_handset: 'Lift the handset', dial_on_phone: 'Lift the handset and dial on the telephone' }, asked: 'Did the call succeed?',
    box_states: { absent: 'absent', starting: 'starting', ready: 'ready', refused: 'no answer', silent: 'silent', flooding: 'flooding' }, hooks: { on: 'on hook', off: 'off hook' },
    stages: { flow: 'menu', queued: 'queued', ringing: 'ringing', talking: 'talking' },
  },
};
let language = navigator.language.startsWith('zh') ? 'zh' : 'en';
let token = sessionStorage.getItem('token');
let socket = null;
let timer = null;

const find = (id) => document.getElementById(id);
const text = (key) => TEXTS[language][key];

function element(name, content, className) {
  const made = document.createElement(name);
  if (content instanceof Node) made.append(content);
  else made.textContent = content ?? '';
  if (className) made.className = className;
  return made;
}

function table(target, heads, rows) {
  const place = find(target);
  if (rows.length === 0) {
    place.replaceChildren(element('p', text('none'), 'none'));
    return;
  }
  const head = element('tr');
  head.replaceChildren(...heads.map((key) => element('th', text(key))));
  const body = rows.map((cells) => {
    const row = element('tr');
    row.replaceChildren(...cells.map((cell) => (cell instanceof HTMLTableCellElement ? cell : element('td', cell))));
    return row;
  });
  const made = element('table');
  made.append(head, ...body);
  place.replaceChildren(made);
}

async function ask(path, options = {}) {
  const response = await fetch(`/api/v1${path}`, {
    ...options,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
  });
  if (response.status === 401) throw new Error('refused');
  if (!response.ok) return null;
  return response.json();
}

const time = (ms) => (ms ? new Date(ms).toLocaleTimeString() : '');

function agentRow(agent) {
  const live = agent.live;
  const name = live?.state ?? 'logged_out';
  const kind = name === 'ready' ? 'good' : name === 'logged_out' ? 'off' : 'busy';
  const acts = element('td');
  for (const state of ['ready', 'not_ready']) {
    const button = element('button', text(state));
    button.type = 'button';
    button.addEventListener('click', () => ask(`/agents/${encodeURIComponent(agent.no)}/state`, { method: 'PUT', body: JSON.stringify({ state }) }).then(refresh));
    acts.append(button, ' ');
  }
  const why = (live?.why_no_calls ?? []).map((one) => one.why).join(', ');
  return [agent.no, agent.name, element('td', text('states')[name] ?? name, kind), why, acts];
}

const describe = (event) => (event ? `${time(event.at)} ${event.type} ${event.number ?? event.reason ?? event.what ?? ''}` : '');

// A row for each line of a box; what a line is asked goes to its box.
function boxRows(box) {
  const lines = box.lines.length > 0 ? box.lines : [{ line: null }];
  return lines.map((line) => {
    const post = (what, body) => ask(`/phoneboxes/${encodeURIComponent(box.id)}/${what}`, { method: 'POST', body: JSON.stringify({ ...body, line: line.line }) }).then(refresh).catch(failed);
    const acts = element('td');
    const act = (key, done) => {
      const button = element('button', text(key));
      button.type = 'button';
      button.addEventListener('click', done);
      acts.append(button, ' ');
    };
    if (box.can_dial) act('dial', () => { const number = window.prompt(text('dial_what')); if (number) post('dial', { number: number.trim() }); });
    act('success', () => post('outcome', { success: true }));
    act('failure', () => post('outcome', { success: false }));
    const kind = box.state === 'ready' ? 'good' : box.state === 'absent' ? 'off' : 'busy';
    const how = line.ringing ? text('stages').ringing : text('hooks')[line.hook] ?? '';
    const raw = element('details');
    raw.append(element('summary', text('raw')), element('pre', (box.raw ?? []).map((one) => `${time(one.at)} ${one.sent ? '>' : '<'} ${one.text}`).join('\n')));
    return [box.id, box.open ?? box.port, element('td', text('box_states')[box.state] ?? box.state, kind), line.line ? `${line.line} ${how}` : how,
      box.why ?? describe(box.events.filter((event) => (event.line ?? null) === line.line).at(-1)), String(box.counters.decode_errors), box.raw ? raw : '', acts];
  });
}

async function refresh() {
  const [view, agents, tickets, queue, boxes] = await Promise.all([ask('/calls/live'), ask('/agents'), ask('/tickets?limit=20'), ask('/queue'), ask('/phoneboxes')]);
  find('boxes').parentElement.hidden = !boxes?.length;
  if (boxes?.length && !find('boxes').querySelector('details[open]')) {
    table('boxes', ['no', 'port', 'state', 'line', 'last', 'errors', 'raw', 'dial'], boxes.flatMap(boxRows));
  }
  table('calls', ['caller', 'called', 'stage', 'node', 'agent', 'since'],
    (view?.calls ?? []).map((call) => [call.caller ?? '—', call.called, text('stages')[call.stage] ?? call.stage, call.node, call.agent, time(call.since)]));
  table('agents', ['no', 'name', 'state', 'why', 'state'], (agents ?? []).map(agentRow));
  table('queue', ['caller', 'group', 'ahead', 'since'],
    (queue ?? []).map((one) => [one.caller ?? '—', one.groups.join(', '), String(one.ahead), time(one.queued_at)]));
  table('tickets', ['number', 'subject', 'caller', 'agent', 'at'],
    (tickets?.items ?? []).map((one) => [`#${one.number}`, one.subject?.[language] ?? one.subject?.zh ?? JSON.stringify(one.subject), one.caller ?? '—', one.agent, time(one.created_at)]));
}

function happened(message) {
  const line = element('li', `${time(message.at)} ${message.type} ${message.agent ?? ''} ${message.call ?? message.text ?? ''}`);
  const list = find('happened');
  list.prepend(line);
  while (list.children.length > 100) list.lastChild.remove();
  const pop = find('pop');
  if (message.type === 'ringing') {
    const who = message.pop.customer?.name ?? message.pop.caller ?? '—';
    pop.textContent = `${text('ringing')} ${who} → ${message.agent} · ${message.pop.group} · ${text('waited')} ${Math.round(message.pop.waited_ms / 1000)} s`;
    pop.hidden = false;
  } else if (message.type === 'phone_box' && message.event.type === 'prompt') {
    pop.textContent = text('prompts')[message.event.what] ?? message.event.what;
    pop.hidden = false;
  } else if (message.type === 'phone_box' && message.event.type === 'dial_done') {
    pop.textContent = text('asked');
    pop.hidden = false;
  } else if (['answered', 'ring_ended', 'ended'].includes(message.type)) {
    pop.hidden = true;
  }
}

let refreshing = null;
function soon() {
  // Many messages, one refresh.
  refreshing ??= setTimeout(() => { refreshing = null; refresh().catch(failed); }, 250);
}

function connect() {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  socket = new WebSocket(`${scheme}://${location.host}/api/v1/live`, [`bearer.${token}`]);
  socket.addEventListener('open', () => { find('state').textContent = text('connected'); });
  socket.addEventListener('message', (event) => { happened(JSON.parse(event.data)); soon(); });
  socket.addEventListener('close', () => {
    if (!token) return;
    find('state').textContent = text('lost');
    timer = setTimeout(connect, 2000);
  });
}

function failed(error) {
  if (error.message === 'refused') { leave(); find('state').textContent = text('refused'); }
}

function show() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en-US';
  document.querySelectorAll('[data-text]').forEach((one) => { one.textContent = text(one.dataset.text); });
  find('language').textContent = language === 'zh' ? 'English' : '中文';
  find('leave').textContent = text('leave');
  find('enter').hidden = Boolean(token);
  find('board').hidden = !token;
  find('leave').hidden = !token;
}

function enter() {
  show();
  refresh().then(connect).catch(failed);
}

function leave() {
  token = null;
  sessionStorage.removeItem('token');
  clearTimeout(timer);
  socket?.close();
  show();
}

find('enter').addEventListener('submit', (event) => {
  event.preventDefault();
  token = find('token').value.trim();
  sessionStorage.setItem('token', token);
  find('token').value = '';
  enter();
});
find('leave').addEventListener('click', leave);
find('language').addEventListener('click', () => { language = language === 'zh' ? 'en' : 'zh'; show(); if (token) refresh().catch(failed); });
show();
if (token) enter();
