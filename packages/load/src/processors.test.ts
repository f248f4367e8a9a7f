import { describe, expect, it } from 'vitest';
import { parseProcessorList } from './processors.js';

describe('parseProcessorList', () => {
  it.each([
    ['0', [0]],
    ['0-1', [0, 1]],
    ['2-4,7,9-10', [2, 3, 4, 7, 9, 10]],
  ])("reads the kernel's list %s", (list, processors) => {
    expect(parseProcessorList(list)).toEqual(processors);
  });
});
