import { writeFile } from 'node:fs/promises';
import { type Calibrations, makePlan, type Scenario } from '@latchkey/plan';
import { defineCommand, ExitCode, type CommandContext } from '../command-line/command.js';
import { UsageError } from '../command-line/errors.js';
import { calibrate } from '../plan/calibrate.js';
import { type Calibration, readCalibration } from '../plan/calibration.js';
import { startCalibrationServer } from '../plan/calibration-server.js';
import { renderPlan } from '../plan/page.js';
import { ProgressLine } from '../plan/progress-line.js';
import { formatPlan } from '../plan/report.js';
import { loadScenario } from '../plan/scenario-file.js';
import { styleFor } from '../terminal/style.js';

/** `latchkey plan`: how many key servers does it take, and where? */
export const planCommand = defineCommand({
  name: 'plan',
  summary: 'say how many key servers carry a scenario, and what is left when some of them are lost',
  usage: '[SCENARIO] [options]',
  description: `
Reads a scenario (sites, edges, where key servers can be, what may be lost; see docs/guides/capacity.md) and says how many
key servers of which machine keep its target. What operations cost is measured on this machine, which takes some twenty
seconds and a key server of its own, or read from the file of an earlier calibration.
Queueing formulas say how many it takes; a simulation then plays every case, and where it finds too few, there are more.
Exit codes: 0 planned, 1 the target cannot be kept everywhere, 2 wrong command line, scenario or calibration.`,
  options: {
    calibrate: {
      type: 'string',
      placeholder: 'FILE',
      help: 'measure this machine and write what was found there; without a scenario, no more than that',
    },
    calibration: {
      type: 'string',
      placeholder: 'FILE',
      help: 'take what was measured from there, for machines of the scenario that name no file',
    },
    json: { type: 'string', placeholder: 'FILE', help: 'write the plan there' },
    html: { type: 'string', placeholder: 'FILE', help: 'draw it on a page that needs no other file' },
  },
  positionals: { minimum: 0, maximum: 1 },
  execute: async (values, [scenarioFile], context) => {
    if (scenarioFile === undefined && values.calibrate === undefined)
      throw new UsageError(
        'name a scenario to plan for, or a file to write a calibration to with --calibrate',
      );
    if (values.calibrate !== undefined && values.calibration !== undefined)
      throw new UsageError('either calibrate anew or read a calibration, not both');
    // A mistake in it is better heard of before the machine has been measured.
    const scenario = scenarioFile === undefined ? undefined : await loadScenario(scenarioFile);
    const progress = new ProgressLine(context.errors);
    try {
      const measured = async (): Promise<Calibration> => {
        if (values.calibration !== undefined) return readCalibration(values.calibration);
        const calibration = await calibrateHere(progress);
        if (values.calibrate !== undefined)
          await writeFile(values.calibrate, `${JSON.stringify(calibration, undefined, 2)}\n`);
        return calibration;
      };
      if (scenario === undefined) {
        await measured();
        return ExitCode.OK;
      }
      const calibrations = await calibrationsFor(scenario, measured, values.calibrate !== undefined);
      const plan = makePlan(scenario, calibrations, (share, what) => progress.show(what, share));
      progress.clear();
      if (values.json !== undefined)
        await writeFile(values.json, `${JSON.stringify({ scenario, calibrations, plan }, undefined, 2)}\n`);
      if (values.html !== undefined) await writeFile(values.html, await renderPlan(scenario, plan));
      return report(plan, context);
    } finally {
      progress.clear();
    }
  },
});

async function calibrateHere(progress: ProgressLine): Promise<Calibration> {
  progress.show('starting a key server to measure');
  const server = await startCalibrationServer();
  try {
    return await calibrate(server, (what) => progress.show(`measuring ${what}`));
  } finally {
    await server.stop();
  }
}

/** @param always whether to measure also where every machine of the scenario names a file */
async function calibrationsFor(
  { machines }: Scenario,
  measure: () => Promise<Calibration>,
  always: boolean,
): Promise<Calibrations> {
  const needed = always || machines.some(({ calibration }) => calibration === undefined);
  const here = needed ? await measure() : undefined;
  const entries = await Promise.all(
    machines.map(async ({ name, calibration }) => {
      const found = calibration === undefined ? here : await readCalibration(calibration);
      return [name, found?.times] as const;
    }),
  );
  return Object.fromEntries(entries.flatMap(([name, times]) => (times === undefined ? [] : [[name, times]])));
}

function report(plan: ReturnType<typeof makePlan>, { output }: CommandContext): ExitCode {
  output.write(formatPlan(plan, styleFor(output)));
  const isKept = plan.sizings[0]?.caveats.length === 0;
  return isKept ? ExitCode.OK : ExitCode.FAILURE;
}
