import { type AuditVerification, groupByLog, readSecretFile, verifyAuditLog } from '@latchkey/server';
import { type CommandContext, defineCommand, ExitCode } from '../command-line/command.js';
import { UsageError } from '../command-line/errors.js';
import { styleFor } from '../terminal/style.js';

/** `latchkey audit`: what an auditor asks a key server's records. */
export const auditCommand = defineCommand({
  name: 'audit',
  summary: "verify a key server's audit log: no line changed, removed, moved or missing at the end",
  usage: 'verify FILE... [options]',
  description: `
Verifies the chain of an audit log's lines, in one file or several that follow each other, in any order. How far the log
goes is read from its head, the file beside it whose name ends in .head; a copy of the head that was kept elsewhere shows
also whether an earlier state of all files was put back. A log that is being written can be verified. Of a key server of
several processes, each keeps a log of its own, which its name tells: name the files of all, and each log is verified.
Exit codes: 0 the log is as it was written, 1 it is not, 2 wrong command line.`,
  options: {
    'key-file': {
      type: 'string',
      placeholder: 'FILE',
      help: 'the key that lines are chained with: audit_log_key_file of the key server',
    },
    head: {
      type: 'string',
      placeholder: 'FILE',
      help: 'the head to hold the log against; default: beside it',
    },
    json: { type: 'boolean', help: 'print what was found as JSON' },
  },
  positionals: { minimum: 2, maximum: Number.POSITIVE_INFINITY },
  execute: async ({ 'key-file': keyFile, head, json }, [action, ...files], { output, errors }) => {
    if (action !== 'verify') throw new UsageError(`audit can verify, not ${action ?? ''}`);
    const secrets = keyFile === undefined ? [] : await readSecretFile(keyFile);
    const [key] = secrets;
    try {
      const logs = groupByLog(files);
      if (head && logs.size > 1) throw new UsageError('--head is of one log, and there are files of several');
      const findings: Finding[] = [];
      for (const [log, filesOfLog] of logs)
        findings.push({
          log,
          found: await verifyAuditLog(filesOfLog, { ...(key && { key }), ...(head && { headFile: head }) }),
        });
      if (json) output.write(`${JSON.stringify(plainDataOf(findings), undefined, 2)}\n`);
      else for (const finding of findings) report(finding, { output, errors });
      return findings.every(({ found }) => found.ok) ? ExitCode.OK : ExitCode.FAILURE;
    } finally {
      for (const secret of secrets) secret.fill(0);
    }
  },
});

/** What the verification of one log has found. */
interface Finding {
  /** The log's name where there are several; empty for one that does not say whose it is. */
  readonly log: string;
  readonly found: AuditVerification;
}

/** Of one log as it was found, of several with their names. */
function plainDataOf(findings: readonly Finding[]): unknown {
  const [first, ...others] = findings;
  return others.length === 0 ? first?.found : findings.map(({ log, found }) => ({ log, ...found }));
}

function report(
  { log, found }: Finding,
  { output, errors }: Pick<CommandContext, 'output' | 'errors'>,
): void {
  const subject = found.ok && log !== '' ? `${log}: ` : '';
  if (found.ok) output.write(`${styleFor(output).good('verified')}  ${subject}${describe(found)}\n`);
  else errors.write(`${styleFor(errors).bad('not verified')}  ${describe(found)}\n`);
}

function describe(found: AuditVerification): string {
  if (!found.ok) {
    const place = found.line === 0 ? found.file : `${found.file}:${found.line}`;
    return `${place}: ${found.message} (${found.problem})`;
  }
  const { lines, first, last, dropped, unfinished } = found;
  const range = `lines ${first.sequence} to ${last.sequence}, ${first.time} to ${last.time}`;
  return [
    `${lines} lines (${range})`,
    ...(first.sequence === 1 ? [] : ['older files are not among those given']),
    ...(dropped === 0 ? [] : [`${dropped} operations have no line: there was no room for them`]),
    ...(unfinished ? ['the last line is unfinished, as while the log is being written'] : []),
  ].join('; ');
}
