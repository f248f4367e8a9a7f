import type { Attack } from './attack.js';
import { EDGE_ATTACKS } from './edge-attacks.js';
import { KEY_SERVER_ATTACKS } from './key-server-attacks.js';

/** What is done to whom, by the names under which it is reported. */
export const ATTACKS: Readonly<Record<SubjectName, Readonly<Record<string, Attack>>>> = {
  'key-server': KEY_SERVER_ATTACKS,
  edge: EDGE_ATTACKS,
};

/** Who is attacked. */
export type SubjectName = 'key-server' | 'edge';
