import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { createDevelopmentPki, edgeConfigurationText, writeDevelopmentPki } from 'latchkey/pki';
import { RunningCommand, temporaryFolder } from './support.js';

/** The host name of the one site. */
export const SITE = 'site.localhost';

/** A folder of a development PKI with one site. */
export async function makeSiteFolder(): Promise<string> {
  const folder = temporaryFolder();
  const sites = [{ name: SITE, keyAlgorithm: 'p-256' }] as const;
  await writeDevelopmentPki(await createDevelopmentPki({ sites }), folder);
  return folder;
}

/** `latchkey edge`, with an admin endpoint. */
export class RunningEdge {
  readonly folder: string;
  readonly command: RunningCommand;
  readonly port: number;
  readonly #admin: string;

  /**
   * @param folder of {@link makeSiteFolder}
   * @param keyServers as the configuration lists them
   * @param configuration more lines of it
   */
  static async start(
    folder: string,
    keyServers: readonly string[],
    configuration = '',
  ): Promise<RunningEdge> {
    // Nobody asks for anything.
    const addresses = { keyServerPort: 0, edgePort: 0, origin: 'http://127.0.0.1:1' };
    const text = edgeConfigurationText([SITE], addresses)
      .replace('- 127.0.0.1:0', keyServers.map((keyServer) => `- ${keyServer}`).join('\n  '))
      .concat('admin: 127.0.0.1:0\n', configuration);
    const file = join(folder, 'edge.yaml');
    writeFileSync(file, text);
    const command = new RunningCommand(['edge', '--config', file]);
    const [, port] = await command.printed(/listens on [^ ]*:(\d+)/);
    const [, admin = ''] = await command.printed(/metrics: (http:\S*)\/metrics\n/);
    const edge = new RunningEdge(folder, command, Number(port), admin);
    await until(() => edge.isReady());
    return edge;
  }

  private constructor(folder: string, command: RunningCommand, port: number, admin: string) {
    this.folder = folder;
    this.command = command;
    this.port = port;
    this.#admin = admin;
  }

  /** The value of one series, written as Prometheus does: its name, and its labels where it has some. */
  async metric(series: string): Promise<number | undefined> {
    return (await this.metrics(series.replace(/\{.*/, '')))[series];
  }

  /** The values of all series of a name. */
  async metrics(name: string): Promise<Readonly<Record<string, number>>> {
    const lines = (await (await fetch(`${this.#admin}/metrics`)).text()).split('\n');
    const series = lines.filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    return Object.fromEntries(
      series.map((line) => {
        const end = line.lastIndexOf(' ');
        return [line.slice(0, end), Number(line.slice(end + 1))];
      }),
    );
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.#admin}/readyz`)).status === 200;
  }

  /** Completes a handshake. */
  async visit(options: ConnectionOptions = {}): Promise<Visit> {
    const socket = connect({
      host: '127.0.0.1',
      port: this.port,
      servername: SITE,
      rejectUnauthorized: false,
      ...options,
    });
    try {
      const isTls13 = options.maxVersion !== 'TLSv1.2';
      // By its ticket a visitor knows that the edge, too, has ended the handshake. That of TLS 1.2 comes within it.
      await once(socket, isTls13 ? 'session' : 'secureConnect');
      const session = socket.getSession();
      if (session === undefined) throw new Error('there is no session to come back with');
      const resumed = socket.isSessionReused();
      // A visitor of TLS 1.2 who resumes and breaks off may not have said its last word of the handshake.
      await once(socket.resume().end(), 'close');
      return { session, resumed };
    } finally {
      socket.destroy();
    }
  }
}

export interface Visit {
  /** To come back with. */
  readonly session: Buffer;
  readonly resumed: boolean;
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
