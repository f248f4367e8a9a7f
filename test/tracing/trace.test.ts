import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { type ChannelProtocol, createKeyServerClient, type KeyServerClient } from '@latchkey/client';
import { createTlsServer, type EdgeTlsServer } from '@latchkey/edge';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeAuthority } from 'latchkey/pki';
import { startKeyServer, type TestKeyServer } from '../server/support.js';

let keyServer: TestKeyServer;
let client: KeyServerClient;
let edge: EdgeTlsServer;
let siteCa: string;

async function start(protocol: ChannelProtocol): Promise<void> {
  const authority = await makeAuthority('Sites');
  siteCa = authority.certificatePem;
  const site = await authority.issue({ commonName: 'site', names: ['site.localhost'], usages: ['server'] });
  keyServer = await startKeyServer([createPrivateKey(site.keyPem)]);
  const { certificatePem, keyPem } = keyServer.edgeCertificate;
  client = createKeyServerClient({
    keyServers: [{ host: '127.0.0.1', port: keyServer.port }],
    certificate: certificatePem,
    key: keyPem,
    ca: keyServer.authority.certificatePem,
    protocols: [protocol],
  });
  edge = createTlsServer({ keyService: client, certificateChain: site.certificatePem });
  edge.on('tlsClientError', () => {});
  edge.on('secureConnection', (socket) => void socket.resume().end());
  edge.listen(0, '127.0.0.1');
  await once(edge, 'listening');
}

afterEach(async () => {
  trace.disable();
  edge.close();
  edge.closeAllConnections();
  await client.close();
  await keyServer.close();
});

function startTracing(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  return exporter;
}

async function visit(): Promise<void> {
  const { port } = edge.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, servername: 'site.localhost', ca: siteCa });
  await once(socket, 'secureConnect');
  // Leaving at once, the visitor would be gone before the edge has read the end of its handshake.
  socket.resume().end();
  await once(socket, 'close');
}

async function spansOf(exporter: InMemorySpanExporter, count: number): Promise<ReadableSpan[]> {
  while (exporter.getFinishedSpans().length < count) await new Promise((resolve) => setImmediate(resolve));
  return exporter.getFinishedSpans();
}

describe.each(['kssl1', 'kssl2'] as const)('a visitor with OpenTelemetry and %s', (protocol) => {
  beforeEach(() => start(protocol));

  it('has one trace, from the handshake through client and wire to lane and operation', async () => {
    const exporter = startTracing();
    await visit();
    const spans = await spansOf(exporter, 5);
    const named = (name: string): ReadableSpan => spans.find((span) => span.name === name)!;
    const chain = ['latchkey.handshake', 'latchkey.operation', 'latchkey.request', 'latchkey.computing'];
    for (const [index, name] of chain.entries()) {
      const parent = chain[index - 1];
      const expected = parent === undefined ? undefined : named(parent).spanContext().spanId;
      expect(named(name).parentSpanContext?.spanId, name).toBe(expected);
    }
    expect(named('latchkey.lane').parentSpanContext?.spanId).toBe(
      named('latchkey.request').spanContext().spanId,
    );
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    expect(spans).toHaveLength(5);

    expect(named('latchkey.handshake')).toMatchObject({
      kind: SpanKind.SERVER,
      attributes: {
        'tls.protocol.version': 'TLSv1.3',
        'server.address': 'site.localhost',
        'tls.resumed': false,
      },
    });
    expect(named('latchkey.operation')).toMatchObject({
      kind: SpanKind.CLIENT,
      attributes: { 'latchkey.key_server': `127.0.0.1:${keyServer.port}`, 'latchkey.hedge': false },
    });
    expect(named('latchkey.request').kind).toBe(SpanKind.SERVER);
    for (const { status } of spans) expect(status.code).toBe(SpanStatusCode.UNSET);
  });

  it('says in it what failed', async () => {
    const exporter = startTracing();
    await keyServer.server.close();
    await expect(visit()).rejects.toThrow(/alert internal error/);
    const [handshake] = await spansOf(exporter, 1);
    expect(handshake).toMatchObject({
      name: 'latchkey.handshake',
      status: { code: SpanStatusCode.ERROR, message: 'LATCHKEY_KEY_OPERATION_FAILED' },
    });
  });

  it('has none where no provider is registered, and its handshakes go on', async () => {
    await visit();
    const exporter = startTracing();
    await visit();
    const spans = await spansOf(exporter, 5);
    expect(spans.filter(({ name }) => name === 'latchkey.handshake')).toHaveLength(1);
  });
});
