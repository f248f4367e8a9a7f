import { styleText } from 'node:util';
import type { Writable } from 'node:stream';

/** Ways to set text off in a terminal; each returns the text as it was where the output is no terminal. */
export interface Style {
  strong(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
}

/** Colours where `output` is a terminal and `NO_COLOR` is not set (https://no-color.org), plain text elsewhere. */
export function styleFor(output: Writable): Style {
  const isTerminal = 'isTTY' in output && output.isTTY === true && !process.env['NO_COLOR'];
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    isTerminal ? styleText(format, text) : text;
  return { strong: paint('bold'), good: paint('green'), bad: paint('red'), faint: paint('dim') };
}
