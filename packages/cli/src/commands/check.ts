import { check } from '../check/check.js';
import type { Finding } from '../check/finding.js';
import { makePlan } from '../check/plan.js';
import { defineCommand, ExitCode } from '../command-line/command.js';
import { parseInteger } from '../command-line/values.js';
import { styleFor, type Style } from '../terminal/style.js';

/** `latchkey check`: is everything between an edge and its key servers as it should be, and if not, what is wrong? */
export const checkCommand = defineCommand({
  name: 'check',
  summary: 'test the channel to a key server and the keys it holds, and say what is wrong',
  usage: '--config FILE | --server HOST:PORT --certificate FILE --key FILE --ca FILE [options]',
  description: `
Looks at the certificates, connects to each key server as an edge would, pings it, has it sign once with the key
of each site and verifies the signature. Says in plain words what is wrong and how to mend it.

What to check comes from the configuration of an edge, from options, or from both; options go first.
Exit codes: 0 all is well, 1 something is wrong, 2 the command line or the configuration is.`,
  options: {
    config: { type: 'string', placeholder: 'FILE', help: 'the configuration of an edge' },
    server: {
      type: 'string',
      multiple: true,
      placeholder: 'HOST:PORT',
      help: 'a key server, or the path of its socket; may be repeated',
    },
    'server-name': {
      type: 'string',
      placeholder: 'NAME',
      help: "the name that the key server's certificate must be for; default: the host",
    },
    certificate: {
      type: 'string',
      placeholder: 'FILE',
      help: "the edge's own certificate for the channel (PEM), not a site's",
    },
    key: { type: 'string', placeholder: 'FILE', help: 'the private key of that certificate (PEM)' },
    ca: { type: 'string', placeholder: 'FILE', help: "the CA of the key server's certificate (PEM)" },
    'site-certificate': {
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      help: "a site's certificate (PEM) whose private key the key server must have; may be repeated",
    },
    timeout: { type: 'string', placeholder: 'SECONDS', help: 'how long each attempt may take; default 5' },
  },
  positionals: { minimum: 0, maximum: 0 },
  execute: async (values, _positionals, { output }) => {
    const plan = await makePlan({
      config: values.config,
      servers: values.server,
      serverName: values['server-name'],
      certificate: values.certificate,
      key: values.key,
      ca: values.ca,
      siteCertificates: values['site-certificate'],
      timeout: 1000 * parseInteger('--timeout', values.timeout ?? '5', { minimum: 1, maximum: 60 }),
    });
    const style = styleFor(output);
    let problems = 0;
    for await (const finding of check(plan)) {
      output.write(format(finding, style));
      if (finding.outcome === 'problem') problems += 1;
    }
    output.write(
      problems === 0 ? '\nAll is well.\n' : `\n${problems === 1 ? 'One problem' : `${problems} problems`}.\n`,
    );
    return problems === 0 ? ExitCode.OK : ExitCode.FAILURE;
  },
});

function format({ outcome, message, advice }: Finding, style: Style): string {
  const marks = {
    good: style.good('ok     '),
    doubt: style.strong('note   '),
    problem: style.bad('PROBLEM'),
  };
  return `${marks[outcome]}  ${message}\n${advice === undefined ? '' : `         ${advice}\n`}`;
}
