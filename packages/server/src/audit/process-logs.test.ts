import { expect, it } from 'vitest';
import { groupByLog } from './process-logs.js';

it('tells the logs of the processes of a key server apart, rotated files and heads included', () => {
  const files = [
    'a/audit.log.process-1',
    'b/audit.log.process-2.head',
    'audit.log.process-1.000000000001',
    'audit.log.process-2',
    'audit.log.process-1.head',
  ];
  expect([...groupByLog(files)]).toEqual([
    ['audit.log.process-1', [files[0], files[2], files[4]]],
    ['audit.log.process-2', [files[1], files[3]]],
  ]);
});

it('takes files that belong to no process for one log', () => {
  const files = ['audit.log', 'audit.log.000000000001', 'audit.log.head', 'process-1'];
  expect([...groupByLog(files)]).toEqual([['', files]]);
});
