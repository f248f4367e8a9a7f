import { defineCommand, ExitCode } from '../command-line/command.js';
import { UsageError } from '../command-line/errors.js';
import { startDemo } from '../demo/demo.js';
import { isAsExpected, observeHandshakes } from '../demo/handshakes.js';
import { formatHandshakes, formatInvitation, PICTURE } from '../demo/report.js';
import { CommandFailedError } from '../supervision/parent.js';
import { styleFor } from '../terminal/style.js';

/** `latchkey demo`: everything at once, on one machine. */
export const demoCommand = defineCommand({
  name: 'demo',
  summary: "start a key server, an edge and an origin here, and show visitors' handshakes",
  usage: '[options]',
  description: `
Makes certificates in a temporary folder, starts a key server and an edge as processes of their own and an origin,
and completes handshakes as a visitor: TLS 1.3 with ECDSA, TLS 1.3 with RSA, TLS 1.2 with ECDHE, and a resumed session
of each. A full handshake costs the key server one operation, a resumed one none. Then stays up until Ctrl-C.
Exit codes: 0 all as it should be, 1 not.`,
  options: {
    once: { type: 'boolean', help: 'end after the handshakes' },
    protocol: {
      type: 'string',
      placeholder: 'NAME',
      help: 'what key server and edge speak: kssl2, the default, or kssl1 (Keyless SSL v1)',
    },
  },
  positionals: { minimum: 0, maximum: 0 },
  execute: async ({ once, protocol = 'kssl2' }, _positionals, { output, interrupted }) => {
    if (protocol !== 'kssl2' && protocol !== 'kssl1')
      throw new UsageError(`--protocol ${protocol}: expected kssl2 or kssl1`);
    const style = styleFor(output);
    const stopped = interrupted();
    const demo = await startDemo(protocol);
    try {
      output.write(`${PICTURE}\nCertificates, keys and configuration: ${demo.directory}\n\n`);
      const handshakes = await observeHandshakes(demo);
      const [heading = '', ...rows] = formatHandshakes(handshakes);
      output.write(`${[style.strong(heading), ...rows].join('\n')}\n\n`);
      if (!isAsExpected(handshakes)) {
        output.write(`${style.bad(UNEXPECTED)}\n`);
        return ExitCode.FAILURE;
      }
      output.write(`${style.good('One operation for each full handshake, none for a resumed one.')}\n`);
      if (once) return ExitCode.OK;
      output.write(`\n${formatInvitation(demo.directory, demo.edgePort).join('\n')}\n`);
      const outcome = await Promise.race([stopped, demo.broken()]);
      if (outcome === undefined)
        throw new CommandFailedError('the key server or the edge has ended by itself');
      return ExitCode.OK;
    } finally {
      await demo.close();
    }
  },
});

const UNEXPECTED = 'Not as it should be: a full handshake takes one operation, a resumed one none.';
