/* global document */
// Draws a profile of `npm run profile`: the data stands in the page.
const data = JSON.parse(document.getElementById('data').textContent);
const page = document.getElementById('profile');

page.append(
  element('h1', {}, data.title),
  element(
    'p',
    {},
    `${new Date(data.date).toLocaleString()}; ${Math.round(data.load.rate)} per second, p50 ${data.load.p50.toFixed(2)} ms, p99 ${data.load.p99.toFixed(2)} ms (profiling costs time itself)`,
  ),
);
statistics(data.probe);
for (const thread of data.threads) threadProfile(thread);

function statistics({ samples, delay, garbage }) {
  page.append(
    element('h2', {}, 'The first thread'),
    element(
      'p',
      {},
      `Event loop delay: p50 ${delay.p50.toFixed(1)} ms, p99 ${delay.p99.toFixed(1)} ms, longest ${delay.longest.toFixed(0)} ms. Garbage: ${garbage.collections} collections, ${garbage.milliseconds.toFixed(0)} ms.`,
    ),
  );
  const grid = element('div', { class: 'grid' });
  grid.append(
    line(
      'event loop utilization',
      samples.map(({ at, utilization }) => [at, 100 * utilization]),
      '%',
    ),
    line(
      'heap in use',
      samples.map(({ at, heapUsed }) => [at, heapUsed]),
      'MiB',
    ),
    line(
      'resident memory',
      samples.map(({ at, rss }) => [at, rss]),
      'MiB',
    ),
  );
  page.append(grid);
}

function line(title, points, unit) {
  const highest = Math.max(...points.map(([, value]) => value), 1);
  const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 1];
  const drawn = points
    .map(([at, value]) => `${(100 * (at - first)) / (last - first || 1)},${100 - (95 * value) / highest}`)
    .join(' ');
  const card = element(
    'div',
    { class: 'card' },
    element('p', {}, `${title}: at most ${highest.toFixed(0)} ${unit}`),
  );
  card.insertAdjacentHTML(
    'beforeend',
    `<svg viewBox="0 0 100 100" preserveAspectRatio="none"><polyline points="${drawn}"/></svg>`,
  );
  return card;
}

function threadProfile({ name, tree, hottest }) {
  const busy = tree.calls.filter((call) => call.name !== '(idle)');
  const whole = busy.reduce((sum, { total }) => sum + total, 0);
  const root = {
    name: `all but idle: ${whole.toFixed(0)} of ${tree.total.toFixed(0)} ms`,
    place: '',
    self: 0,
    total: whole,
    calls: busy,
  };
  page.append(element('h2', {}, name));
  const flame = element('div', { class: 'flame' });
  page.append(element('div', { class: 'card' }, flame));
  draw(flame, root, root);
  page.append(
    element(
      'div',
      { class: 'card' },
      element(
        'table',
        {},
        element(
          'tr',
          {},
          element('th', { class: 'number' }, 'self ms'),
          element('th', { class: 'number' }, 'share'),
          element('th', {}, 'function'),
          element('th', {}, ''),
        ),
        ...hottest.map(({ name: called, place, self }) =>
          element(
            'tr',
            {},
            element('td', { class: 'number' }, self.toFixed(1)),
            element('td', { class: 'number' }, `${((100 * self) / whole).toFixed(1)} %`),
            element('td', {}, called),
            element('td', { class: 'place' }, place),
          ),
        ),
      ),
    ),
  );
}

/** Each call as wide as its time; a click shows one as the whole, a click on the lowest one all again. */
function draw(flame, root, shown) {
  flame.replaceChildren();
  let deepest = 0;
  const place = (call, depth, left, width) => {
    deepest = Math.max(deepest, depth);
    const percent = (100 * call.total) / root.total;
    const bar = element(
      'button',
      {
        type: 'button',
        title: `${call.name} ${call.place}\n${call.total.toFixed(1)} ms with what it calls (${percent.toFixed(1)} %), ${call.self.toFixed(1)} ms itself`,
        style: `left:${left}%;width:${width}%;top:${depth * 20}px;background:var(--${kindOf(call.place)})`,
      },
      width > 2 ? call.name : '',
    );
    bar.addEventListener('click', () => draw(flame, root, depth === 0 && shown !== root ? root : call));
    flame.append(bar);
    let at = left;
    for (const called of call.calls) {
      const share = (width * called.total) / call.total;
      if (share > 0.15) place(called, depth + 1, at, share);
      at += share;
    }
  };
  place(shown, 0, 0, 100);
  flame.style.height = `${(deepest + 1) * 20}px`;
}

function kindOf(place) {
  return place.startsWith('packages/') ? 'own' : place.startsWith('node_modules/') ? 'library' : 'node';
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}
