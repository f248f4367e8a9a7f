// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** @import {ServerStatus} from '../../dist/admin/server-status.js' */
/** @import {KeyFacts} from '../../dist/admin/key-facts.js' */
/** @typedef {string | number | Node} Cell */
/** @typedef {{ readonly rate: number, readonly failures: number, readonly waiting: number, readonly p99: number }} Point */

const INTERVAL = 1000;
/** Keys change seldom: they are asked for every so many times. */
const KEYS_EVERY = 10;
/** Points of a chart: two minutes. */
const HISTORY = 120;
/** Rows of the keys' table at most; the rest is at /keys. */
const MAXIMUM_KEYS = 200;
const DAY = 86_400;

/** @type {ServerStatus | undefined} */
let previous;
/** @type {Point[]} */
const history = [];

for (let round = 0; ; round++) {
  try {
    show(await load('status.json'));
    if (round % KEYS_EVERY === 0) showKeys(await load('keys'));
  } catch {
    setState('bad', 'no answer');
    previous = undefined;
  }
  await new Promise((resolve) => setTimeout(resolve, INTERVAL));
}

/** @param {string} path */
async function load(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(5 * INTERVAL) });
  if (!response.ok) throw new Error(String(response.status));
  return await response.json();
}

/** @param {ServerStatus} status */
function show(status) {
  const { readiness, latency, statistics, workers, process } = status;
  setState(readiness.ready ? 'good' : 'bad', readiness.ready ? 'ready' : 'not ready');
  showProblems(readiness.problems);
  text(
    '#process',
    `process ${process.pid}, up ${duration(process.uptime)}, ${megabytes(process.residentBytes)}, Node ${process.nodeVersion}`,
  );
  showOperations(status);
  showTables(status);
  const seconds = previous === undefined ? 0 : status.time - previous.time;
  /** @param {(status: ServerStatus) => number} counter */
  const rateOf = (counter) =>
    previous === undefined || seconds <= 0 ? 0 : Math.max(0, counter(status) - counter(previous)) / seconds;
  const point = {
    rate: rateOf(countSucceeded),
    failures: rateOf(countFailed),
    waiting: sum(statistics.lanes.map(({ queued }) => queued)),
    p99: latency.p99 ?? 0,
  };
  history.push(point);
  if (history.length > HISTORY) history.shift();
  draw();

  figure('rate', previous === undefined ? '–' : count(point.rate));
  figure('failures', previous === undefined ? '–' : count(point.failures));
  figure('waiting', count(point.waiting));
  figure('p50', duration(latency.p50));
  figure('p90', duration(latency.p90));
  figure('p99', duration(latency.p99));
  figure('connections', count(statistics.connections.open));
  figure('accepted', count(statistics.connections.accepted));
  figure('refused', count(sum(Object.values(statistics.connections.refused))));
  figure('workers', percentage(rateOf(({ workers: { busySeconds } }) => busySeconds) / workers.count));
  figure('workerCount', count(workers.count));
  figure('eventLoop', percentage(rateOf(({ eventLoop: { activeSeconds } }) => activeSeconds)));
  figure('keys', `(${count(statistics.keys)})`);
  previous = status;
}

/** @param {ServerStatus['readiness']['problems']} problems */
function showProblems(problems) {
  const section = /** @type {HTMLElement} */ (find('#problems'));
  section.hidden = problems.length === 0;
  const items = problems.map(({ problem, ski, name, reason }) => {
    const item = document.createElement('li');
    item.textContent = [problem.replaceAll('_', ' '), name, ski, reason].filter(Boolean).join(': ');
    return item;
  });
  find('#problems ul').replaceChildren(...items);
}

/** @param {ServerStatus} status */
function showOperations({ statistics: { operations }, time }) {
  const before = previous;
  const rows = Object.entries(operations).map(([name, { succeeded, failed }]) => {
    const earlier = before?.statistics.operations[name] ?? { succeeded: 0, failed: 0 };
    const difference = succeeded + failed - earlier.succeeded - earlier.failed;
    const rate = before === undefined ? '–' : count(difference / (time - before.time));
    return [name, rate, count(succeeded), count(failed)];
  });
  fill('#operations', rows, 'none yet');
}

/** @param {ServerStatus} status */
function showTables({ statistics: { lanes, connections, denials }, certificates, time }) {
  fill(
    '#lanes',
    lanes.map(({ lane, queued }) => [lane, count(queued)]),
  );
  const refusals = [
    ...Object.entries(connections.refused).map(([reason, times]) => [`connection: ${reason}`, count(times)]),
    ...Object.entries(denials)
      .filter(([, times]) => times > 0)
      .map(([reason, times]) => [`operation: ${reason.replaceAll('_', ' ')}`, count(times)]),
  ];
  fill('#refusals', refusals, 'nobody and nothing');
  fill(
    '#certificates',
    certificates.map(({ subject, source, expires }) => [subject, remaining(expires - time), source]),
  );
}

/** @param {{ readonly keys: readonly KeyFacts[] }} answer */
function showKeys({ keys }) {
  const rows = keys.slice(0, MAXIMUM_KEYS).map(({ name, type, bits, curve, ski }) => {
    const code = document.createElement('code');
    code.textContent = ski;
    return [name, curve ?? type, bits, code];
  });
  const rest = keys.length - rows.length;
  fill('#keys', rest > 0 ? [...rows, [`and ${count(rest)} more at /keys`]] : rows, 'none');
}

/**
 * Replaces the rows of a table, but only where they have changed: somebody might be marking them.
 *
 * @param {string} selector
 * @param {readonly (readonly Cell[])[]} rows
 * @param {string} [otherwise] what to write where there is no row
 */
function fill(selector, rows, otherwise = '') {
  const body = find(`${selector} tbody`);
  const headings = [...document.querySelectorAll(`${selector} th`)];
  const filled = (rows.length > 0 ? rows : [[otherwise]]).map((cells) => {
    const row = document.createElement('tr');
    for (const [index, content] of cells.entries()) {
      const cell = document.createElement('td');
      cell.className = headings[index]?.className ?? '';
      cell.append(typeof content === 'number' ? String(content) : content);
      if (cells.length === 1) cell.colSpan = headings.length;
      row.append(cell);
    }
    return row;
  });
  const isSame =
    body.children.length === filled.length &&
    filled.every((row, index) => row.isEqualNode(body.children[index] ?? null));
  if (!isSame) body.replaceChildren(...filled);
}

function draw() {
  for (const svg of document.querySelectorAll('[data-chart]')) {
    const name = /** @type {keyof Point} */ (svg.getAttribute('data-chart'));
    const highest = Math.max(...history.map((point) => point[name])) || 1;
    const points = history.map((point, index) => {
      const x = HISTORY - history.length + index + 1;
      return `${x} ${(31 - (point[name] / highest) * 29).toFixed(1)}`;
    });
    const line = `M${points.join('L')}`;
    svg.querySelector('.line')?.setAttribute('d', line);
    svg.querySelector('.area')?.setAttribute('d', `${line}V32H${HISTORY - history.length + 1}Z`);
  }
}

/**
 * @param {'good' | 'bad'} kind
 * @param {string} words
 */
function setState(kind, words) {
  const state = find('#state');
  state.className = `pill ${kind}`;
  if (state.textContent !== words) state.textContent = words;
}

/**
 * @param {string} name
 * @param {string} value
 */
function figure(name, value) {
  text(`[data-figure="${name}"]`, value);
}

/**
 * @param {string} selector
 * @param {string} value
 */
function text(selector, value) {
  find(selector).textContent = value;
}

/** @param {string} selector */
function find(selector) {
  const element = document.querySelector(selector);
  if (element === null) throw new Error(`the page has no ${selector}`);
  return element;
}

/** @param {ServerStatus} status */
function countSucceeded({ statistics: { operations } }) {
  return sum(Object.values(operations).map(({ succeeded }) => succeeded));
}

/** @param {ServerStatus} status */
function countFailed({ statistics: { operations } }) {
  return sum(Object.values(operations).map(({ failed }) => failed));
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** @param {number} number */
function count(number) {
  return number.toLocaleString('en', { maximumFractionDigits: number < 10 ? 1 : 0 });
}

/** @param {number} ratio */
function percentage(ratio) {
  return `${Math.round(Math.min(1, ratio) * 100)} %`;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** @param {number | null} seconds */
function duration(seconds) {
  if (seconds === null) return '–';
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${(seconds * 1000).toPrecision(3)} ms`;
  if (seconds < 120) return `${seconds.toPrecision(3)} s`;
  if (seconds < 2 * DAY) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / DAY)} days`;
}

/** @param {number} seconds until a certificate expires */
function remaining(seconds) {
  const words = seconds <= 0 ? 'has expired' : `in ${duration(seconds)}`;
  const element = document.createElement('span');
  element.className = seconds < 14 * DAY ? 'warning' : '';
  element.textContent = words;
  return element;
}
