/* global document, matchMedia, ResizeObserver, getComputedStyle, uPlot */
// Draws a report of `latchkey bench`: the data stands in the page.
const report = JSON.parse(document.getElementById('data').textContent);
const page = document.getElementById('report');
const measured = report.measurements.filter(({ result }) => result !== undefined);
const plots = [];

heading();
for (const group of distinct(report.measurements.map((each) => each.group))) summary(group);
latencyOverLoad();
percentileCurves();
rateOverTime();
cpuSplit();
batchSizes();
phases();
repeatability();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots.forEach((draw) => draw()));

function heading() {
  const { versions, processor, memory } = report.environment;
  page.append(
    element('h1', {}, report.title),
    element(
      'ul',
      { class: 'facts' },
      fact('on', new Date(report.date).toLocaleString()),
      fact('processor', `${processor.count} × ${processor.model}`),
      fact('memory', `${(memory / 1024).toFixed(1)} GiB`),
      ...Object.entries(versions).map(([name, version]) => fact(name, version)),
      fact('seed', report.seed),
    ),
  );
}

function fact(name, value) {
  return element('li', {}, `${name} `, element('b', {}, String(value)));
}

function summary(group) {
  const rows = report.measurements.filter((each) => each.group === group && each.series === undefined);
  if (rows.length === 0) return;
  const hasBaseline = rows.some(({ baseline }) => baseline);
  const columns = ['', 'per second', 'p50 ms', 'p90 ms', 'p99 ms', 'p99.9 ms', 'errors', 'server CPU µs'];
  if (hasBaseline) columns.push('baseline CPU µs', 'ratio');
  const body = rows.map((row) => {
    const { title, result, refusal, server, baseline } = row;
    const cells = [element('td', {}, title)];
    if (result === undefined)
      cells.push(element('td', { class: 'refused', colspan: 6 }, refusal ?? 'not measured'));
    else {
      const { p50, p90, p99, p999 } = result.latency;
      cells.push(
        number(result.rate),
        ...[p50, p90, p99, p999].map(number),
        element('td', { class: result.failed > 0 ? 'bad' : '' }, String(result.failed)),
      );
    }
    cells.push(spread(server?.cpu));
    if (hasBaseline) cells.push(spread(baseline?.cpu, baseline?.title), spread(baseline?.ratio));
    return element('tr', {}, ...cells);
  });
  page.append(
    element('h2', {}, group),
    element('p', { class: 'note' }, summaryNote(rows)),
    element(
      'div',
      { class: 'card' },
      element(
        'table',
        {},
        element('thead', {}, element('tr', {}, ...columns.map((name) => element('th', {}, name)))),
        element('tbody', {}, ...body),
      ),
    ),
  );
}

function summaryNote(rows) {
  const isOpen = rows.every(({ pace }) => pace.type === 'open_loop');
  const isClosed = rows.every(({ pace }) => pace.type === 'closed_loop');
  const how = isOpen
    ? 'Open loop: requests come at a set rate whatever becomes of them, and each latency counts from when it was due.'
    : isClosed
      ? 'Closed loop: as much as possible is always under way, so latencies are those of a full queue.'
      : '';
  return `${how} In small print: the lowest and the highest of several repeats.`.trim();
}

function latencyOverLoad() {
  const series = distinct(measured.map((each) => each.series).filter(Boolean));
  if (series.length === 0) return;
  section('Latency over load', 'Open loop, from when a request was due. p50 solid, p99 dashed.');
  const lines = series.flatMap((name, index) => {
    const points = measured
      .filter((each) => each.series === name)
      .map(({ pace, result }) => ({ rate: pace.rate ?? result.rate, latency: result.latency }))
      .toSorted((one, other) => one.rate - other.rate);
    return [
      { label: `${name} p50`, color: index, points: points.map(({ rate, latency }) => [rate, latency.p50]) },
      {
        label: `${name} p99`,
        color: index,
        dash: [6, 5],
        points: points.map(({ rate, latency }) => [rate, latency.p99]),
      },
    ];
  });
  plot(undefined, lines, {
    x: 'requests that were due per second',
    y: 'ms',
    logX: true,
    logY: true,
    dots: true,
  });
}

function percentileCurves() {
  section(
    'Percentiles',
    'Each further step to the right is another nine: the slowest tenth, hundredth, thousandth.',
  );
  const grid = gridOf();
  for (const group of distinct(measured.map((each) => each.group))) {
    const lines = measured
      .filter((each) => each.group === group && each.result.latency.curve.length > 1)
      .map(({ title, result }, index) => ({
        label: title,
        color: index,
        points: result.latency.curve.map(([percentage, time]) => [100 / (100 - percentage), time]),
      }));
    const ticks = (_plot, values) =>
      values.map((value) => (isPowerOfTen(value) ? `${+(100 - 100 / value).toFixed(4)} %` : ''));
    if (lines.length > 0) plot(group, lines, { x: '', y: 'ms', logX: true, logY: true, ticks }, grid);
  }
}

function rateOverTime() {
  const timed = measured.filter(({ result }) => result.timeline.length > 1);
  if (timed.length === 0) return;
  section('Over time', 'Answers per second, about every half second.');
  const grid = gridOf();
  for (const group of distinct(timed.map((each) => each.group))) {
    const lines = timed
      .filter((each) => each.group === group)
      .map(({ title, result }, index) => ({
        label: title,
        color: index,
        points: result.timeline.map(({ at, rate }) => [at, rate]),
      }));
    plot(group, lines, { x: 'seconds', y: '/s', logY: true, dots: true }, grid);
  }
}

function cpuSplit() {
  const rows = measured.filter(({ server }) => server?.threads.length > 0);
  if (rows.length === 0) return;
  section(
    'Who worked',
    'The share of a processor that each thread of the server had, and the load generator beside it.',
  );
  const card = element('div', { class: 'card' });
  for (const { title, server, result } of rows) {
    const threads = server.threads.filter(({ busy }) => busy >= 0.005);
    const whole = threads.reduce((sum, { busy }) => sum + busy, 0);
    card.append(
      bar(
        title,
        [
          ...threads.map(({ name, busy }, index) => ({
            share: busy / 2,
            color: index,
            title: `${name}: ${percent(busy)}`,
          })),
          {
            share: result.generator.busy / 2,
            color: 7,
            title: `load generator: ${percent(result.generator.busy)}`,
          },
        ],
        percent(whole),
      ),
    );
  }
  card.append(legend(['first thread', 'other threads', 'load generator'], [0, 1, 7]));
  page.append(card);
}

function batchSizes() {
  const rows = measured.filter(({ server }) => server?.batchSizes?.some(({ batches }) => batches > 0));
  if (rows.length === 0) return;
  section('Batch sizes', 'How many operations the key server performed in one go: the share of all batches.');
  const card = element('div', { class: 'card' });
  const bounds = rows[0].server.batchSizes.map(({ atMost }) => atMost);
  const names = bounds.map((atMost, index) =>
    atMost === null ? `over ${bounds[index - 1]}` : index === 0 ? `${atMost}` : `up to ${atMost}`,
  );
  for (const { title, server } of rows) {
    const whole = server.batchSizes.reduce((sum, { batches }) => sum + batches, 0);
    const parts = server.batchSizes.map(({ batches }, index) => ({
      share: batches / whole,
      color: index,
      title: `${names[index]}: ${percent(batches / whole)}`,
    }));
    card.append(bar(title, parts, format(whole)));
  }
  card.append(
    legend(
      names,
      names.map((_, index) => index),
    ),
  );
  page.append(card);
}

function phases() {
  const rows = measured.filter(({ result }) => Object.keys(result.phases).length > 0);
  if (rows.length === 0) return;
  section(
    'Phases of a handshake',
    'The median of each: the TCP connection, the server’s answer with the private key’s work, the rest.',
  );
  const card = element('div', { class: 'card' });
  const names = Object.keys(rows[0].result.phases);
  const longest = Math.max(
    ...rows.map(({ result }) => names.reduce((sum, name) => sum + (result.phases[name]?.p50 ?? 0), 0)),
  );
  for (const { title, result } of rows) {
    const parts = names.map((name, index) => ({
      share: (result.phases[name]?.p50 ?? 0) / longest,
      color: index,
      title: `${name}: ${format(result.phases[name]?.p50 ?? 0)} ms`,
    }));
    const whole = names.reduce((sum, name) => sum + (result.phases[name]?.p50 ?? 0), 0);
    card.append(bar(title, parts, `${format(whole)} ms`));
  }
  card.append(
    legend(
      names,
      names.map((_, index) => index),
    ),
  );
  page.append(card);
}

function repeatability() {
  section('To repeat it', '');
  const { configuration, command, seed, environment } = report;
  page.append(
    element(
      'div',
      { class: 'card' },
      element('pre', {}, JSON.stringify({ command, seed, configuration, environment }, undefined, 2)),
    ),
  );
}

/** A chart of lines, each with points of its own. */
function plot(title, lines, { x, y, logX = false, logY = false, dots = false, ticks }, parent = page) {
  const card = element('div', { class: 'card' });
  if (title !== undefined) card.append(element('h3', {}, title));
  const canvas = element('div');
  card.append(
    canvas,
    legend(
      lines.map(({ label }) => label),
      lines.map(({ color }) => color),
      lines.map(({ dash }) => dash),
    ),
  );
  parent.append(card);
  const data = uPlot.join(
    lines.map(({ points }) => [points.map(([at]) => at), points.map(([, value]) => value)]),
  );
  let drawn;
  const draw = () => {
    drawn?.destroy();
    const axis = {
      stroke: color('--faint'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { stroke: color('--line') },
      font: '12px system-ui',
    };
    drawn = new uPlot(
      {
        width: Math.max(280, canvas.clientWidth),
        height: 300,
        cursor: { drag: { x: false, y: false } },
        scales: {
          x: { time: false, distr: logX ? 3 : 1 },
          y: { distr: logY ? 3 : 1, ...(!logY && { range: (_plot, _low, high) => [0, high * 1.08] }) },
        },
        axes: [
          {
            ...axis,
            label: x,
            labelSize: x === '' ? 0 : 22,
            ...(ticks && { values: ticks }),
            ...(logX && !ticks && { values: (_plot, values) => values.map(logTick) }),
          },
          {
            ...axis,
            label: y,
            labelSize: 20,
            size: 62,
            values: (_plot, values) => values.map(logY ? logTick : format),
          },
        ],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.label,
            stroke: color(`--series-${line.color % 8}`),
            width: 2,
            spanGaps: true,
            ...(line.dash && { dash: line.dash }),
            points: { show: dots, size: 6 },
          })),
        ],
      },
      data,
      canvas,
    );
  };
  plots.push(draw);
  new ResizeObserver(draw).observe(card);
}

function logTick(value) {
  return value === null || !/^[125]/.test(String(value).replace(/^0\.0*/, '')) ? '' : format(value);
}

function isPowerOfTen(value) {
  return value !== null && Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;
}

function bar(title, parts, value) {
  return element(
    'div',
    { class: 'bar' },
    element('span', {}, title),
    element(
      'span',
      { class: 'track' },
      ...parts.map((part) =>
        element('i', {
          title: part.title,
          style: `width:${(100 * part.share).toFixed(3)}%;background:var(--series-${part.color % 8})`,
        }),
      ),
    ),
    element('output', {}, value),
  );
}

function legend(names, colors, dashes = []) {
  return element(
    'ul',
    { class: 'legend' },
    ...names.map((name, index) =>
      element(
        'li',
        {},
        element('i', {
          style: `background:var(--series-${colors[index] % 8});opacity:${dashes[index] ? 0.5 : 1}`,
        }),
        name,
      ),
    ),
  );
}

function section(title, note) {
  page.append(element('h2', {}, title));
  if (note !== '') page.append(element('p', { class: 'note' }, note));
}

function gridOf() {
  const grid = element('div', { class: 'grid' });
  page.append(grid);
  return grid;
}

function number(value) {
  return element('td', {}, format(value));
}

function spread(value, title) {
  if (value === undefined) return element('td', {}, '');
  const range = ` ${format(value.lowest)}–${format(value.highest)}`;
  return element(
    'td',
    title === undefined ? {} : { title },
    format(value.median),
    element('small', {}, range),
  );
}

/** Three digits that matter. */
function format(value) {
  if (value === null || value === undefined) return '';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return String(+value.toPrecision(3));
}

function percent(share) {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function distinct(values) {
  return [...new Set(values)];
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}
