import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

/** A Redis without files, on a port of its own, that can be stopped and started again. */
export class RedisServer {
  readonly port: number;
  #child: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, empty, and waits until it answers. */
  async start(): Promise<void> {
    const port = String(this.port);
    const options = ['--bind', '127.0.0.1', '--port', port, '--save', '', '--appendonly', 'no'];
    this.#child = spawn('redis-server', options, { stdio: 'ignore' });
    while (!(await this.#answers())) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Full, it has reached its `maxmemory` with Redis' default policy: it takes nothing more, and gives what it has. */
  async setFull(isFull: boolean): Promise<void> {
    await this.#ask(`CONFIG SET maxmemory ${isFull ? 1 : 0}`);
  }

  /** Everything that is in it, one value after the other. */
  async contents(): Promise<string> {
    const keys = (await this.#ask('KEYS *')).match(/latchkey:\S+/g) ?? [];
    const values = await Promise.all(keys.map((key) => this.#ask(`GET ${key}`)));
    return [...keys, ...values].join('\n');
  }

  async #answers(): Promise<boolean> {
    return this.#ask('PING').then(
      (answer) => answer.startsWith('+PONG'),
      () => false,
    );
  }

  async #ask(command: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    socket.end(`${command}\r\nQUIT\r\n`);
    const chunks = await socket.toArray();
    return Buffer.concat(chunks as Buffer[]).toString('latin1');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
