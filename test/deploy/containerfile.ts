import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../docs/documents.js';

/** An instruction of the container file. */
export interface Instruction {
  /** The stage that it stands in. */
  readonly stage: string;
  /** E.g. COPY. */
  readonly name: string;
  /** What stands behind the name. */
  readonly text: string;
}

/** The instructions of deploy/container/Containerfile; none of them takes more than a line. */
export function readContainerfile(): Instruction[] {
  const text = readFileSync(join(ROOT, 'deploy', 'container', 'Containerfile'), 'utf8');
  let stage = '';
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
      stage = (name === 'FROM' ? / AS (\w+)$/.exec(rest)?.[1] : undefined) ?? stage;
      return { stage, name, text: rest };
    });
}

/**
 * The one instruction of this name in a stage.
 *
 * @throws {Error} when it is not there
 */
export function instructionText(stage: string, name: string): string {
  const instruction = readContainerfile().find((each) => each.stage === stage && each.name === name);
  if (instruction === undefined) throw new Error(`the stage ${stage} has no ${name}`);
  return instruction.text;
}

/**
 * The command of an instruction in the form that needs no shell: signals reach what it starts.
 *
 * @throws {Error} when it has another form
 */
export function commandOf(instruction: string): string[] {
  const json = /\[.*\]$/.exec(instruction)?.[0];
  if (json === undefined) throw new Error(`${instruction} has a shell between itself and its command`);
  return JSON.parse(json) as string[];
}
