import { sign } from 'node:crypto';
import {
  delegatedCredentialMessage,
  InternalError,
  type KeyService,
  type OperationRequest,
} from '@latchkey/codec';
import { TlsContext, type TlsDelegatedCredential } from '@latchkey/native';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EdgeEvent } from '../events.js';
import { CredentialKeeper } from './credential-keeper.js';

/** Made for this test, for a hundred years. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfjCCASWgAwIBAgIUG1Y71Qyrmf5UXP6JtyXfEG5cCX0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJc2l0ZS50ZXN0MCAXDTI2MTEyMjE5MzExOFoYDzIxMjYxMDI5
MTkzMTE4WjAUMRIwEAYDVQQDDAlzaXRlLnRlc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQHUo9jNiImXR6d6dZPA/aaAHiUlGVmO5z+r7VRH3RasDa6W40e5dbl
o0cgmxkRXiuH5btKD9wcFQuE40WgPkFxo1MwUTAdBgNVHQ4EFgQUzId4C95H1Ytu
bEzZSc1OdS9K7aowHwYDVR0jBBgwFoAUzId4C95H1YtubEzZSc1OdS9K7aowDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBWrzJxUMcWkIpChtXZaiCT
Ticv7zTzgJX7MrDAvvKh2AIgNqlfyCsN5Ce4hTdC9B1Gvn6ob+0Iju6xnXhiMwaV
DfU=
-----END CERTIFICATE-----`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrn5gk3vjchfDVLWS
QoUBZ/nqrXHrBe0vFNNUf6+WQOmhRANCAAQHUo9jNiImXR6d6dZPA/aaAHiUlGVm
O5z+r7VRH3RasDa6W40e5dblo0cgmxkRXiuH5btKD9wcFQuE40WgPkFx
-----END PRIVATE KEY-----`;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let context: TlsContext;
/** What has been set, in order. */
let credentials: (TlsDelegatedCredential | undefined)[];
let events: EdgeEvent[];
let asked: number;
let isDown: boolean;
let keeper: CredentialKeeper | undefined;

async function answer({ operation }: OperationRequest): Promise<Uint8Array> {
  asked += 1;
  if (isDown) throw new InternalError('down');
  if (operation.type !== 'sign_delegated_credential') throw new Error(`not expected: ${operation.type}`);
  return sign('sha256', delegatedCredentialMessage(operation), KEY);
}

const keyService: KeyService = { perform: answer, close: async () => {} };

beforeEach(() => {
  vi.useFakeTimers();
  context = new TlsContext({ certificateChain: CERTIFICATE });
  credentials = [];
  context.setDelegatedCredential = (_, credential) => credentials.push(credential);
  events = [];
  asked = 0;
  isDown = false;
});

afterEach(() => {
  keeper?.close();
  vi.useRealTimers();
});

async function start(lifetime = DAY / 1000): Promise<CredentialKeeper> {
  const onEvent = (event: EdgeEvent): number => events.push(event);
  keeper = new CredentialKeeper({
    context,
    index: 0,
    certificateChain: CERTIFICATE,
    keyService,
    lifetime,
    onEvent,
  });
  await vi.advanceTimersByTimeAsync(0);
  return keeper;
}

it('has a credential signed for the lifetime and uses it until shortly before its end', async () => {
  await start();
  const [credential] = credentials;
  expect(credential?.algorithm).toBe(0x0403);
  expect(credential?.end.getTime()).toBeGreaterThan(Date.now() + DAY - HOUR);
  expect(credential?.end.getTime()).toBeLessThan(Date.now() + DAY);
});

it('renews it, with another key, when about half of its time is over', async () => {
  await start();
  await vi.advanceTimersByTimeAsync(10 * HOUR);
  expect(credentials).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(4 * HOUR);
  expect(credentials).toHaveLength(2);
  const [first, second] = credentials;
  expect(second?.key.subjectPublicKeyInfo).not.toEqual(first?.key.subjectPublicKeyInfo);
});

it('keeps the one that there is while none can be had, asking ever less often', async () => {
  await start();
  isDown = true;
  await vi.advanceTimersByTimeAsync(DAY);
  expect(credentials).toHaveLength(1);
  // At least every eleven minutes in the second half of a day, but not much more often.
  expect(asked).toBeGreaterThan(60);
  expect(asked).toBeLessThan(100);
  expect(events.at(-1)).toMatchObject({ type: 'delegated_credential_refused', reason: 'down' });
});

it('has a new one soon after one can be had again', async () => {
  isDown = true;
  await start();
  await vi.advanceTimersByTimeAsync(HOUR);
  expect(credentials).toEqual([]);
  isDown = false;
  await vi.advanceTimersByTimeAsync(700_000);
  expect(credentials).toHaveLength(1);
});

it('asks another key service once it is given one', async () => {
  isDown = true;
  const running = await start();
  const askedBefore = asked;
  let askedOther = 0;
  running.keyService = {
    ...keyService,
    perform: async (request) => {
      askedOther += 1;
      return answer(request);
    },
  };
  await vi.advanceTimersByTimeAsync(60_000);
  expect(askedOther).toBeGreaterThan(0);
  expect(askedOther).toBe(asked - askedBefore);
});

it('does not use what is signed wrongly', async () => {
  const perform = vi.spyOn(keyService, 'perform');
  perform.mockImplementation(async (request) =>
    (await answer(request)).map((byte, index) => (index === 20 ? byte ^ 1 : byte)),
  );
  await start();
  perform.mockRestore();
  expect(credentials).toEqual([]);
  expect(events).toMatchObject([{ reason: 'the key service has signed something else' }]);
});

it('ends a credential with the certificate at the latest', async () => {
  vi.setSystemTime(Date.parse('Oct 29 19:31:18 2126 GMT') - HOUR);
  await start();
  expect(credentials[0]?.end.getTime()).toBeLessThanOrEqual(Date.now() + HOUR);
});

it('drops the credential when it is closed, and asks no more', async () => {
  (await start()).close();
  expect(credentials.at(-1)).toBeUndefined();
  await vi.advanceTimersByTimeAsync(2 * DAY);
  expect(asked).toBe(1);
});
