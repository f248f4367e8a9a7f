// Draws a report of `latchkey bench`.
const { data: report, page, ...drawing } = globalThis.drawing;
const {
  bar,
  element,
  fact,
  format,
  gridOf,
  isPowerOfTen,
  legend,
  number,
  percent,
  plot,
  section,
  spread,
  tableOf,
} = drawing;
const measured = report.measurements.filter(({ result }) => result !== undefined);

heading();
for (const group of distinct(report.measurements.map((each) => each.group))) summary(group);
latencyOverLoad();
percentileCurves();
rateOverTime();
cpuSplit();
batchSizes();
phases();
repeatability();

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

function summary(group) {
  const rows = report.measurements.filter((each) => each.group === group && each.series === undefined);
  if (rows.length === 0) return;
  const hasBaseline = rows.some(({ baseline }) => baseline);
  const columns = ['', 'per second', 'p50 ms', 'p90 ms', 'p99 ms', 'p99.9 ms', 'errors', 'server CPU µs'];
  if (hasBaseline) columns.push('baseline CPU µs', 'ratio');
  const body = rows.map((row) => {
    const { title, result, refusal, note, server, baseline } = row;
    const cells = [element('td', {}, title, ...(note ? [element('small', {}, note)] : []))];
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
    return cells;
  });
  page.append(
    element('h2', {}, group),
    element('p', { class: 'note' }, summaryNote(rows)),
    tableOf(columns, body),
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

function distinct(values) {
  return [...new Set(values)];
}
