// Draws a plan of `latchkey plan`.
const { data, page, element, fact, format, number, percent, plot, section, bar, legend, tableOf } =
  globalThis.drawing;
const { scenario, plan } = data;
const [best] = plan.sizings;

heading();
machines();
for (const one of best.cases) regions(one);
curve();
savings();

function heading() {
  const operations = Object.values(plan.operations).reduce((sum, rate) => sum + rate, 0);
  page.append(
    element('h1', {}, 'How many key servers?'),
    element(
      'ul',
      { class: 'facts' },
      fact('handshakes a second at the worst moment', format(plan.handshakes)),
      fact('operations', format(operations)),
      ...Object.entries(plan.operations).map(([keyType, rate]) => fact(keyType, format(rate))),
      fact('target', `${format(scenario.target.p99_ms)} ms in 99 of 100`),
      fact('busy at most', percent(scenario.target.utilisation)),
    ),
  );
}

function machines() {
  section('Key servers', 'For each kind of machine, the cheapest first.');
  page.append(
    tableOf(
      ['', 'key servers', 'processors', 'cost', 'where'],
      plan.sizings.map(({ machine, servers, processors, cost, counts }) => [
        element('td', {}, machine),
        number(servers),
        number(processors),
        number(cost),
        element('td', {}, counts.map(({ region, count }) => `${count} in ${region}`).join(', ')),
      ]),
    ),
  );
  for (const caveat of best.caveats) page.append(element('p', { class: 'note bad' }, caveat));
}

function regions({ lostRegion, regions: left, edges }) {
  section(
    lostRegion === null || lostRegion === undefined ? 'All regions are there' : `${lostRegion} is lost`,
    scenario.failures.servers_lost > 0
      ? `And ${scenario.failures.servers_lost} in every region out of order.`
      : '',
  );
  const card = element('div', { class: 'card' });
  for (const { region, working, simulatedUtilisation } of left)
    card.append(
      bar(
        `${region}: ${working} at work`,
        [
          {
            share: Math.min(1, simulatedUtilisation),
            color: 0,
            title: 'of the processors’ time, as simulated',
          },
        ],
        percent(simulatedUtilisation),
      ),
    );
  page.append(card);
  page.append(
    tableOf(
      ['edges in', 'use', 'way ms', 'p99 ms, as simulated', 'target'],
      edges.map(({ region, uses, roundTrip, p99ByKeyType, keepsTarget }) => [
        element('td', {}, region),
        element('td', {}, uses),
        number(roundTrip),
        element('td', {}, p99ByKeyType.map(({ keyType, p99 }) => `${keyType} ${format(p99)}`).join(', ')),
        element('td', { class: keepsTarget ? 'good' : 'bad' }, keepsTarget ? 'kept' : 'missed'),
      ]),
    ),
  );
}

function curve() {
  section(
    'One key server',
    `A ${best.machine} alone, with the scenario’s mix of keys: what it adds to 99 of 100 operations, the way left out.`,
  );
  const keyTypes = plan.curve[0].simulated.map(({ keyType }) => keyType);
  const simulated = keyTypes.map((keyType, index) => ({
    label: `${keyType}, simulated`,
    color: index,
    points: plan.curve.flatMap((point) => {
      const found = point.simulated.find((one) => one.keyType === keyType);
      return found === undefined ? [] : [[point.operations, found.p99]];
    }),
  }));
  const formula = {
    label: 'the slowest, by formula',
    color: keyTypes.length,
    dash: [6, 5],
    // What never ends is null in JSON.
    points: plan.curve.flatMap(({ operations, p99 }) => (p99 === null ? [] : [[operations, p99]])),
  };
  plot(undefined, [...simulated, formula], { x: 'operations a second', y: 'p99 ms', logY: true, dots: true });
}

function savings() {
  section('What would save key servers', `With ${best.machine}, by formula.`);
  const card = element('div', { class: 'card' });
  const most = Math.max(...plan.savings.map(({ servers }) => servers));
  for (const { title, servers, processors } of plan.savings)
    card.append(
      bar(title, [{ share: servers / most, color: 2, title: `${processors} processors` }], format(servers)),
    );
  card.append(legend(['key servers'], [2]));
  page.append(card);
}
