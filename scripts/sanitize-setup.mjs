// Runs in each test process of scripts/test-sanitize.mjs: makes sure that it is the sanitized addon that is tested, and
// has LeakSanitizer report what has leaked once the tests of a file are done.
import { createRequire } from 'node:module';
import { afterAll } from 'vitest';

const { reportLeaks } = createRequire(import.meta.url)(process.env.LATCHKEY_ADDON);
if (reportLeaks === undefined) throw new Error(`${process.env.LATCHKEY_ADDON} was built without sanitizers`);

afterAll(() => reportLeaks());
