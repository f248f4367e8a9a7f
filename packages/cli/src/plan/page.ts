import { readFile } from 'node:fs/promises';
import { renderDocument } from '@latchkey/load';
import type { Plan, Scenario } from '@latchkey/plan';

/** Draws a plan on an HTML page that needs no other file. */
export async function renderPlan(scenario: Scenario, plan: Plan): Promise<string> {
  return renderDocument({
    title: 'How many key servers?',
    script: await readFile(new URL('../../assets/plan/script.js', import.meta.url), 'utf8'),
    data: { scenario, plan },
  });
}
