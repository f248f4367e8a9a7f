/* global document, matchMedia, ResizeObserver, getComputedStyle, uPlot */
// What pages are made of: tables, bars and charts that follow the browser's light or dark theme. The page's own script,
// which comes after this one, finds them in `drawing`, and its data in the page.
const page = document.getElementById('report');
const plots = [];
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots.forEach((draw) => draw()));

globalThis.drawing = {
  data: JSON.parse(document.getElementById('data').textContent),
  page,
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
};

function fact(name, value) {
  return element('li', {}, `${name} `, element('b', {}, String(value)));
}

/** @param rows each an array of cells made by {@link element} or {@link number} */
function tableOf(headings, rows) {
  return element(
    'div',
    { class: 'card' },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...headings.map((name) => element('th', {}, name)))),
      element('tbody', {}, ...rows.map((cells) => element('tr', {}, ...cells))),
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

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}
