import type { Command } from '../command-line/command.js';

/** Every command, loaded when it is asked for: the key server has no use for the edge's modules, nor `pki` for either's. */
export const COMMANDS = {
  demo: async () => (await import('./demo.js')).demoCommand,
  server: async () => (await import('./server.js')).serverCommand,
  edge: async () => (await import('./edge.js')).edgeCommand,
  pki: async () => (await import('./pki.js')).pkiCommand,
  keys: async () => (await import('./keys.js')).keysCommand,
  audit: async () => (await import('./audit.js')).auditCommand,
  plan: async () => (await import('./plan.js')).planCommand,
  check: async () => (await import('./check.js')).checkCommand,
  bench: async () => (await import('./bench.js')).benchCommand,
} as const satisfies Readonly<Record<string, () => Promise<Command>>>;

export type CommandName = keyof typeof COMMANDS;

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
