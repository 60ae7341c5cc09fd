const report = JSON.parse(document.getElementById('report').textContent);
const main = document.querySelector('main');
const ownNetwork = () =>
  report.load.unattributedRequests
    ? ` (${report.load.unattributedRequests} more on the prober's own side, which say nothing of it)`
    : '';

main.append(
  element('h1', { class: report.verdict }, report.headline),
  nothingLeft(report.integrity),
  paragraph(
    `Users paid: longest outage ${seconds(report.load.longestOutageMs)}, ` +
      `${report.load.failedRequests} of ${report.load.requests} requests failed${ownNetwork()}, ` +
      `${report.writes.reduce((sum, { lost }) => sum + lost, 0)} acknowledged writes lost`,
  ),
  ...report.waivers.map(waiver),
  ...report.safety.map(({ kind, message }) => paragraph(`${kind}: ${message}`)),
  identity(),
  ...section('Failures and open questions', failures()),
  ...section('Requests and faults over time', [timeline()]),
  ...section('Requirements', [requirementTable()]),
  ...section('Faults', [faultTable()]),
  ...section('Schedule', schedule()),
);

function nothingLeft({ leftInjected, abortedBy, harnessError }) {
  const left =
    leftInjected.length === 0
      ? 'Nothing left injected'
      : `LEFT INJECTED: ${leftInjected.join(', ')} — run: stormproof recover`;
  const good = leftInjected.length === 0 && !harnessError;
  return element(
    'p',
    { class: good ? '' : 'fail' },
    [left, abortedBy && `aborted: ${abortedBy}`, harnessError && `harness error: ${harnessError}`]
      .filter(Boolean)
      .join(' · '),
  );
}

function waiver({ requirement, owner, reason, expires, expired }) {
  const state = expired ? `waiver expired ${expires}, no longer counts` : `waived until ${expires}`;
  return paragraph(`${requirement} ${state}: ${reason} (${owner})`);
}

function identity() {
  const { deployment, stack, target, startedAt, finishedAt, seed, profile } = report;
  return facts({
    deployment: `${deployment.name} (${deployment.environment})`,
    profile,
    stack: `${stack.preset}, speed ${stack.speed}, seed ${seed}`,
    fidelity: Object.entries(stack.fidelity)
      .map((entry) => entry.join(': '))
      .join(', '),
    ...target,
    UTC: `${startedAt} to ${finishedAt ?? 'killed'}`,
  });
}

function failures() {
  const open = report.requirements.filter(
    ({ outcome }) => !['pass', 'not-applicable', 'skipped'].includes(outcome),
  );
  if (open.length === 0) return [paragraph('None')];
  return open.map(({ id, title, outcome, reason, expected, observed }) => {
    const card = element('div', { class: 'card' });
    card.append(
      element('strong', { class: outcome }, `${id} ${outcome}`),
      document.createTextNode(` ${title}`),
      facts({ reason, expected, observed, again: `npx stormproof run --only ${id} --seed ${report.seed}` }),
    );
    return card;
  });
}

function requirementTable() {
  return table(
    ['', 'ID', 'The deployment …', 'Seconds', 'Evidence'],
    report.requirements.map((result) => [
      element('span', { class: result.outcome }, result.outcome),
      result.id,
      result.title,
      (result.durationMs / 1000).toFixed(1),
      evidence(result.evidence),
    ]),
  );
}

function evidence(items) {
  const holder = element('div');
  for (const { what, value, at } of items) {
    const details = element('details');
    details.append(
      element('summary', {}, what),
      element('pre', {}, `${at}\n${JSON.stringify(value, undefined, 2)}`),
    );
    holder.append(details);
  }
  return holder;
}

function faultTable() {
  return table(
    ['Fault', 'Target', 'Requested', 'Proved', 'Gone', 'Proof'],
    report.faults.map(({ id, name, target, requestedAt, provedAt, provedGoneAt, proof, problem }) => [
      `${name} (${id})`,
      target,
      sinceStart(requestedAt),
      provedAt ? sinceStart(provedAt) : '—',
      provedGoneAt ? sinceStart(provedGoneAt) : 'NOT PROVED',
      problem ?? proof ?? '',
    ]),
  );
}

/** Absent when nothing ran to its end. */
function schedule() {
  if (!report.schedule) return [];
  const { wallMs, busyMs, boundedBy, criticalPath } = report.schedule;
  return [
    paragraph(`${seconds(busyMs)} of checks in ${seconds(wallMs)}; critical path ${boundedBy}`),
    table(
      ['Critical path', 'From', 'To', 'Waited for'],
      criticalPath.map(({ id, startedAtMs, finishedAtMs, waitedFor }) => [
        id,
        seconds(startedAtMs),
        seconds(finishedAtMs),
        waitedFor ?? '',
      ]),
    ),
  ];
}

/** As the timeline's axis has it; the instants are in report.json. */
function sinceStart(at) {
  return seconds(Date.parse(at) - Date.parse(report.startedAt));
}

/** Served above the axis, failed below it; windows of faults are shaded. */
function timeline() {
  const start = Date.parse(report.startedAt);
  const merged = new Map();
  for (const { buckets } of report.load.streams)
    for (const { atMs, ok, failed } of buckets) {
      const bucket = merged.get(atMs) ?? { ok: 0, failed: 0 };
      merged.set(atMs, { ok: bucket.ok + ok, failed: bucket.failed + failed });
    }
  const bucketMs = report.load.streams[0]?.bucketMs ?? 500;
  const buckets = [...merged];
  // Not spread into Math.max: a night has more buckets than a call takes arguments.
  const end = buckets.reduce(
    (latest, [atMs]) => Math.max(latest, atMs + bucketMs),
    Math.max(
      1000,
      ...report.faults.map((fault) => Date.parse(fault.provedGoneAt ?? fault.requestedAt) - start),
    ),
  );
  const peak = buckets.reduce((most, [, { ok, failed }]) => Math.max(most, ok, failed), 1);
  const x = (ms) => 40 + (ms / end) * 1000;
  const width = Math.max(1, x(bucketMs) - x(0) - 0.5);
  const picture = svg('svg', {
    viewBox: '0 0 1060 220',
    role: 'img',
    'aria-label': 'Requests over time with fault windows',
  });
  for (const [atMs, { ok, failed }] of buckets) {
    const served = (ok / peak) * 105;
    const lost = (failed / peak) * 40;
    if (ok)
      picture.append(svg('rect', { class: 'served', x: x(atMs), y: 150 - served, width, height: served }));
    if (failed)
      picture.append(svg('rect', { class: 'failed', x: x(atMs), y: 150, width, height: Math.max(2, lost) }));
  }
  // On top of the requests, so that the window is seen where they were served too.
  for (const [index, fault] of report.faults.entries()) {
    const from = Date.parse(fault.requestedAt) - start;
    const to = Date.parse(fault.provedGoneAt ?? report.finishedAt ?? fault.requestedAt) - start;
    const shade = svg('rect', {
      class: 'window',
      x: x(from),
      y: 10,
      width: Math.max(2, x(Math.min(to, end)) - x(from)),
      height: 180,
    });
    shade.append(svg('title', {}, `${fault.name}: ${fault.target}`));
    picture.append(shade, svg('text', { x: x(from) + 3, y: index % 2 ? 34 : 21 }, fault.id));
  }
  picture.append(svg('line', { class: 'axis', x1: 40, x2: 1040, y1: 150, y2: 150 }));
  for (let tick = 0; tick <= end; tick += niceStep(end))
    picture.append(svg('text', { x: x(tick), y: 208 }, `${tick / 1000} s`));
  picture.append(svg('text', { x: 0, y: 54 }, `${Math.round((peak * 1000) / bucketMs)}/s`));
  return wide(picture);
}

function niceStep(end) {
  return (
    [1, 2, 5, 10, 20, 30, 60, 120, 300, 600].map((step) => step * 1000).find((step) => end / step <= 12) ??
    3_600_000
  );
}

function section(title, content) {
  return [element('h2', {}, title), ...content];
}

function facts(values) {
  const list = element('dl');
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) list.append(element('dt', {}, name), element('dd', {}, String(value)));
  return list;
}

function table(head, rows) {
  const made = element('table');
  const headRow = element('tr');
  headRow.append(...head.map((text) => element('th', {}, text)));
  made.append(headRow);
  for (const row of rows) {
    const line = element('tr');
    for (const cell of row) {
      const data = element('td', classOf(cell));
      data.append(cell);
      line.append(data);
    }
    made.append(line);
  }
  return wide(made);
}

function classOf(cell) {
  if (/^\d+\.\d$/.test(cell)) return { class: 'number' };
  return /^[A-Z]+-\d+$|^\d+\.\d s$|^NOT PROVED$/.test(cell) ? { class: 'whole' } : {};
}

/** On a narrow screen it scrolls by itself, and the page does not. */
function wide(content) {
  const holder = element('div', { class: 'wide' });
  holder.append(content);
  return holder;
}

function paragraph(text) {
  return element('p', {}, text);
}

function element(name, attributes = {}, text = '') {
  return filled(document.createElement(name), attributes, text);
}

function svg(name, attributes = {}, text = '') {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, text);
}

function filled(node, attributes, text) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
