import { CryptographyFailedError } from '@latchkey/codec';
import { KeyStoreCredentialsError } from '../key-stores/key-store-provider.js';
import { loadCryptoki, nameOf } from './cryptoki.js';
import type { Command, Report, TokenRequest } from './messages.js';
import { Token } from './token.js';

// A process that has one PKCS#11 module open: see Pkcs11Provider for why.

let token: Promise<Token | undefined> | undefined;

// The key server tells when it is over: first it answers what is under way, whoever else gets a signal.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', endNow);
process.on('message', (command: Command) => {
  if (command.type === 'open') token = open(command.request);
  else void perform(command);
});

async function open(request: TokenRequest): Promise<Token | undefined> {
  try {
    const opened = await Token.open(loadCryptoki(request.moduleFile), request);
    report({
      type: 'opened',
      keys: opened.keys.map(({ label, publicKey }) => ({
        label,
        subjectPublicKeyInfo: publicKey.export({ type: 'spki', format: 'der' }),
      })),
      problems: opened.problems,
      sessions: opened.sessionCount,
    });
    return opened;
  } catch (error) {
    const cause = error instanceof KeyStoreCredentialsError ? 'credentials' : 'unavailable';
    report({ type: 'not_opened', cause, reason: nameOf(error) });
    return undefined;
  }
}

async function perform({ id, key, operation }: Extract<Command, { type: 'perform' }>): Promise<void> {
  const opened = await token;
  const objects = opened?.keys[key];
  if (opened === undefined || objects === undefined) return;
  try {
    const answer = await opened.perform(objects, operation);
    report({ type: 'answer', id, answer });
  } catch (error) {
    const reason = nameOf(error);
    const cause = error instanceof CryptographyFailedError ? 'refused' : 'token_gone';
    report({ type: 'failure', id, cause, reason });
  }
}

function report(message: Report): void {
  process.send?.(message);
}

/** Not by process.exit(): that waits for threads, and a token that hangs holds them. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
