import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploy, type Deployment } from '../support/deployment.js';
import { peakMemoryOf } from '../support/process-memory.js';

const SITE = 'site.localhost';
const DOWNLOAD = 1_000_000_000;
/** What the edge is given to reach the memory that it takes to serve a visitor who keeps up. */
const WARMING_UP = 200_000_000;
/** How much more the slow one may make it hold: a tenth of what would wait without backpressure. */
const GROWTH = 100_000_000;

describe.each([
  ['HTTP/1.1', downloadByHttp1],
  ['HTTP/2', downloadByHttp2],
])('a visitor over %s who reads a gigabyte slowly', (_, download) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      sites: [{ name: SITE, keyAlgorithm: 'p-256' }],
      origin: await startDownloads(),
    });
  });

  afterAll(() => deployment.stop());

  it('gets all of it and does not make the edge hold more than one who keeps up', async () => {
    const { edge } = deployment;
    expect(await lengthOf(await download(deployment, WARMING_UP), () => undefined)).toBe(WARMING_UP);
    const before = peakMemoryOf(edge.pid);

    const body = await download(deployment, DOWNLOAD);
    // Long enough for all of it to come to the edge, if that let it.
    await sleep(3000);
    let untilPause = PAUSE_AFTER;
    const length = await lengthOf(body, async (chunk) => {
      untilPause -= chunk.length;
      if (untilPause > 0) return;
      untilPause = PAUSE_AFTER;
      await sleep(20);
    });
    expect(length).toBe(DOWNLOAD);
    expect(peakMemoryOf(edge.pid) - before).toBeLessThan(GROWTH);
  });
});

/** How much is read between two pauses. */
const PAUSE_AFTER = 5_000_000;

/** An origin that answers `/N` with N bytes as fast as they are taken. */
async function startDownloads(): Promise<Server> {
  const server = createServer((request, response) => send(response, Number(request.url?.slice(1))));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const CHUNK = Buffer.alloc(100_000, 'x');

function send(response: ServerResponse, length: number): void {
  if (length === 0) {
    response.end();
    return;
  }
  const sent = Math.min(length, CHUNK.length);
  const goOn = (): void => send(response, length - sent);
  if (response.write(CHUNK.subarray(0, sent))) setImmediate(goOn);
  else response.once('drain', goOn);
}

async function downloadByHttp1({ edge, siteCaFile }: Deployment, length: number): Promise<Readable> {
  const request = httpsRequest({
    host: '127.0.0.1',
    port: edge.port,
    path: `/${length}`,
    servername: SITE,
    headers: { host: SITE },
    ca: readFileSync(siteCaFile),
    agent: false,
  });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function downloadByHttp2({ edge, siteCaFile }: Deployment, length: number): Promise<Readable> {
  const session = connectHttp2(`https://${SITE}:${edge.port}`, {
    host: '127.0.0.1',
    ca: readFileSync(siteCaFile),
    // Node's client takes what its window allows whether or not somebody reads: a slow visitor has a window that is short
    // beside what there is to come.
    settings: { initialWindowSize: WINDOW },
  });
  await once(session, 'connect');
  session.setLocalWindowSize(WINDOW);
  const stream = session.request({ ':path': `/${length}` });
  stream.once('close', () => session.close());
  await once(stream, 'response');
  return stream;
}

const WINDOW = 2 ** 20;

/** Reads a body to its end, with what is to be done after each piece. */
async function lengthOf(
  body: Readable,
  afterEach: (chunk: Buffer) => Promise<void> | undefined,
): Promise<number> {
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    await afterEach(chunk);
  }
  return length;
}
