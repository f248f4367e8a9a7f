import { dirname, resolve } from 'node:path';
import { type Scenario, scenarioSchema } from '@latchkey/plan';
import { readTextFile } from '../files.js';
import { parseYamlDocument } from '../yaml-document.js';

/**
 * Reads a scenario. Relative paths of calibrations are resolved against the folder of the file.
 *
 * @throws {FileError} when it cannot be read
 * @throws {ConfigurationError} naming file, line, column and key of what is wrong
 */
export async function loadScenario(file: string): Promise<Scenario> {
  const { values } = parseYamlDocument(await readTextFile(file), scenarioSchema);
  return {
    ...values,
    machines: values.machines.map((machine) =>
      machine.calibration === undefined
        ? machine
        : { ...machine, calibration: resolve(dirname(file), machine.calibration) },
    ),
  };
}
