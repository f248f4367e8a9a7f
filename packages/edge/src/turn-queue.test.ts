import { beforeEach, expect, it } from 'vitest';
import { TurnQueue } from './turn-queue.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let time: number;
let queue: TurnQueue;
let ran: (number | string)[];

beforeEach(() => {
  time = 0;
  queue = new TurnQueue(2, () => time);
  ran = [];
});

/** A task that takes a millisecond. */
function task(name: number | string): () => void {
  return () => {
    time += 1;
    ran.push(name);
  };
}

it('runs a lone task at once', () => {
  expect(queue.begin(task(1))).toBe(true);
  expect(ran).toEqual([1]);
});

it('spreads a burst over turns of the event loop, in order', async () => {
  const ranAtOnce = [1, 2, 3, 4, 5].map((number) => queue.begin(task(number)));
  expect(ranAtOnce).toEqual([true, true, false, false, false]);
  expect(ran).toEqual([1, 2]);
  await nextTurn();
  expect(ran).toEqual([1, 2, 3, 4]);
  await nextTurn();
  expect(ran).toEqual([1, 2, 3, 4, 5]);
});

it('runs but one task in a turn when that takes longer than the share of a turn', async () => {
  const long = (name: string) => () => {
    time += 10;
    ran.push(name);
  };
  queue.begin(long('first'));
  queue.begin(long('second'));
  queue.begin(long('third'));
  expect(ran).toEqual(['first']);
  await nextTurn();
  expect(ran).toEqual(['first', 'second']);
  await nextTurn();
  expect(ran).toEqual(['first', 'second', 'third']);
});

it('has what is under way go before what begins', async () => {
  for (const name of ['begins 1', 'begins 2', 'begins 3', 'begins 4']) queue.begin(task(name));
  queue.goOn(task('goes on'));
  await nextTurn();
  expect(ran).toEqual(['begins 1', 'begins 2', 'goes on', 'begins 3']);
  await nextTurn();
  expect(ran.at(-1)).toBe('begins 4');
});

it('lets no later task overtake those that wait', async () => {
  queue.begin(() => {
    task('first')();
    queue.begin(task('asked for by the first'));
  });
  expect(queue.begin(task('second'))).toBe(false);
  await nextTurn();
  expect(ran).toEqual(['first', 'asked for by the first', 'second']);
});

it('has room again in the next turn', async () => {
  queue.begin(task(1));
  queue.begin(task(2));
  await nextTurn();
  expect(queue.begin(task(3))).toBe(true);
});
