import { type AuditVerification, readSecretFile, verifyAuditLog } from '@latchkey/server';
import { defineCommand, ExitCode } from '../command-line/command.js';
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
also whether an earlier state of all files was put back. A log that is being written can be verified.
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
      const found = await verifyAuditLog(files, { ...(key && { key }), ...(head && { headFile: head }) });
      if (json) output.write(`${JSON.stringify(found, undefined, 2)}\n`);
      else if (found.ok) output.write(`${styleFor(output).good('verified')}  ${describe(found)}\n`);
      else errors.write(`${styleFor(errors).bad('not verified')}  ${describe(found)}\n`);
      return found.ok ? ExitCode.OK : ExitCode.FAILURE;
    } finally {
      for (const secret of secrets) secret.fill(0);
    }
  },
});

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
