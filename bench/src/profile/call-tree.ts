/** A CPU profile as V8 writes it (`--cpu-prof`), as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Before each sample, in microseconds. */
  readonly timeDeltas: readonly number[];
}

/** A function where it was called, and what it called. Times in milliseconds. */
export interface Call {
  readonly name: string;
  /** The file and the line. */
  readonly place: string;
  /** In itself. */
  readonly self: number;
  /** With all that it called. */
  readonly total: number;
  readonly calls: readonly Call[];
}

/** Makes a tree of a profile, without what took less than a thousandth of it. */
export function callTreeOf({ nodes, samples, timeDeltas }: CpuProfile): Call {
  const self = new Map<number, number>();
  for (const [index, id] of samples.entries())
    self.set(id, (self.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0) / 1000);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const [root] = nodes;
  const whole = [...self.values()].reduce((sum, time) => sum + time, 0);
  const callOf = (id: number): Call => {
    const node = byId.get(id);
    const calls = (node?.children ?? []).map(callOf);
    const own = self.get(id) ?? 0;
    return {
      name: node?.callFrame.functionName || '(anonymous)',
      place: placeOf(node?.callFrame),
      self: own,
      total: calls.reduce((sum, { total }) => sum + total, own),
      calls: calls
        .filter(({ total }) => total >= whole / 1000)
        .toSorted((one, other) => other.total - one.total),
    };
  };
  return callOf(root?.id ?? 0);
}

/** Functions by the time in themselves, wherever they were called from; idle time is not among them. */
export function hottest(
  { nodes, samples, timeDeltas }: CpuProfile,
  count: number,
): Pick<Call, 'name' | 'place' | 'self'>[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const found = new Map<string, { name: string; place: string; self: number }>();
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const name = frame?.functionName || '(anonymous)';
    if (name === '(idle)' || name === '(root)') continue;
    const place = placeOf(frame);
    const entry = found.get(`${name} ${place}`) ?? { name, place, self: 0 };
    entry.self += Math.max(0, timeDeltas[index] ?? 0) / 1000;
    found.set(`${name} ${place}`, entry);
  }
  return [...found.values()].toSorted((one, other) => other.self - one.self).slice(0, count);
}

function placeOf(frame: CpuProfile['nodes'][number]['callFrame'] | undefined): string {
  if (frame === undefined || frame.url === '') return '';
  const file = frame.url.replace(/^file:\/\//, '').replace(/^.*\/(?=(?:packages|node_modules)\/)/, '');
  return `${file}:${frame.lineNumber + 1}`;
}
