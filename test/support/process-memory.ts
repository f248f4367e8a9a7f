import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

const CHUNK = 16 * 1024 * 1024;

/**
 * Searches all memory of a running process that can be read (Linux: /proc/PID/mem).
 *
 * @returns the names of those patterns that occur at least once
 */
export function findInProcessMemory(pid: number, patterns: ReadonlyMap<string, Buffer>): Set<string> {
  const overlap = Math.max(...[...patterns.values()].map((pattern) => pattern.length)) - 1;
  const buffer = Buffer.alloc(CHUNK + overlap);
  const found = new Set<string>();
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const { start, end } of readableRegions(pid)) {
      for (let position = start; position < end; position += CHUNK) {
        const length = readAt(memory, buffer, position, Math.min(CHUNK + overlap, end - position));
        const chunk = buffer.subarray(0, length);
        for (const [name, pattern] of patterns) {
          if (!found.has(name) && chunk.includes(pattern)) found.add(name);
        }
      }
    }
  } finally {
    closeSync(memory);
  }
  return found;
}

/**
 * Overwrites a pattern wherever it is in the memory of a running process (Linux: /proc/PID/mem).
 *
 * @returns in how many places
 */
export function replaceInProcessMemory(pid: number, pattern: Buffer, replacement: Buffer): number {
  const buffer = Buffer.alloc(CHUNK + pattern.length - 1);
  let places = 0;
  const memory = openSync(`/proc/${pid}/mem`, 'r+');
  try {
    for (const { start, end } of readableRegions(pid)) {
      for (let position = start; position < end; position += CHUNK) {
        const length = readAt(memory, buffer, position, Math.min(buffer.length, end - position));
        const chunk = buffer.subarray(0, length);
        for (let at = chunk.indexOf(pattern); at >= 0; at = chunk.indexOf(pattern, at + 1)) {
          writeSync(memory, replacement, 0, replacement.length, position + at);
          places += 1;
        }
      }
    }
  } finally {
    closeSync(memory);
  }
  return places;
}

/** How much memory a running process has held at most since it was started, in bytes (Linux: /proc/PID/status). */
export function peakMemoryOf(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

function readableRegions(pid: number): { start: number; end: number }[] {
  return (
    readFileSync(`/proc/${pid}/maps`, 'utf8')
      .split('\n')
      .map((line) => /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+ *(.*)$/.exec(line))
      .filter((match) => match !== null)
      // The kernel's own pages cannot be read through /proc/PID/mem.
      .filter((match) => !['[vvar]', '[vvar_vclock]', '[vsyscall]'].includes(match[3] ?? ''))
      .map((match) => ({ start: Number.parseInt(match[1]!, 16), end: Number.parseInt(match[2]!, 16) }))
  );
}

/** A region may have been unmapped since it was listed: then there is nothing to read. */
function readAt(file: number, buffer: Buffer, position: number, length: number): number {
  try {
    return readSync(file, buffer, 0, length, position);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EIO' || error.code === 'EFAULT'))
      return 0;
    throw error;
  }
}
