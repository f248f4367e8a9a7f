import type { Command } from './command.js';

/** What `latchkey --help` prints. */
export function overview(commands: readonly Command[]): string {
  return [
    'Keyless TLS: an edge terminates TLS while the private keys stay on the key server.',
    '',
    'Usage: latchkey COMMAND [options]',
    '',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'latchkey COMMAND --help tells more about a command; latchkey --version its version.',
    'Exit codes: 0 all well, 1 something failed, 2 wrong command line or configuration.',
    '',
  ].join('\n');
}

/** What `latchkey COMMAND --help` prints. */
export function helpOf(command: Command): string {
  const options = Object.entries(command.options).map(([name, { placeholder, help, type }]): Row => {
    const value = type === 'string' ? ` ${placeholder ?? 'VALUE'}` : '';
    return [`--${name}${value}`, help];
  });
  return [
    `Usage: latchkey ${command.name} ${command.usage}`.trimEnd(),
    '',
    command.description.trim(),
    '',
    'Options:',
    ...columns([...options, ['--help', 'print this']]),
    '',
  ].join('\n');
}

type Row = readonly [left: string, right: string];

const LINE_WIDTH = 110;

function columns(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.flatMap(([left, right]) =>
    wrap(right, LINE_WIDTH - width - 2).map(
      (line, index) => `  ${(index === 0 ? left : '').padEnd(width)}${line}`,
    ),
  );
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.length > 0 && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line.length > 0 ? `${line} ${word}` : word;
    }
  }
  return [...lines, line];
}
