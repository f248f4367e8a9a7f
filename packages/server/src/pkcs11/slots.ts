import { KeyStoreUnavailableError } from '../key-stores/key-store-provider.js';
import { type Cryptoki, type Handle, toNumber, type TokenInfo } from './cryptoki.js';
import type { TokenAttributes } from './pkcs11-uri.js';

/**
 * The slot with the one token that has these attributes.
 *
 * @throws {KeyStoreUnavailableError} that says which tokens there are, when none has them or several have
 */
export function findSlot(cryptoki: Cryptoki, attributes: TokenAttributes): Handle {
  const present: string[] = [];
  const matching: Handle[] = [];
  for (const slot of cryptoki.C_GetSlotList(true)) {
    const token = readToken(cryptoki, slot);
    if (token === undefined) continue;
    present.push(`"${token.label.trimEnd()}" (serial ${token.serialNumber.trimEnd()})`);
    if (matches(cryptoki, slot, token, attributes)) matching.push(slot);
  }
  const [slot, ...others] = matching;
  if (slot !== undefined && others.length === 0) return slot;
  const there = present.length === 0 ? 'there is none' : `there are ${present.join(', ')}`;
  throw new KeyStoreUnavailableError(
    slot === undefined
      ? `no token has the attributes in the URI: ${there}`
      : `several tokens have the attributes in the URI, add serial: ${there}`,
  );
}

/** A token that does not say what it is cannot be the one. */
function readToken(cryptoki: Cryptoki, slot: Handle): TokenInfo | undefined {
  try {
    return cryptoki.C_GetTokenInfo(slot);
  } catch {
    return undefined;
  }
}

function matches(cryptoki: Cryptoki, slot: Handle, token: TokenInfo, attributes: TokenAttributes): boolean {
  const { slotDescription, manufacturerID } = cryptoki.C_GetSlotInfo(slot);
  return (
    isSame(attributes.token, token.label) &&
    isSame(attributes.serial, token.serialNumber) &&
    isSame(attributes.manufacturer, token.manufacturerID) &&
    isSame(attributes.model, token.model) &&
    isSame(attributes.slotDescription, slotDescription) &&
    isSame(attributes.slotManufacturer, manufacturerID) &&
    (attributes.slotId === undefined || attributes.slotId === toNumber(slot))
  );
}

/** PKCS#11 fills texts up with spaces. */
function isSame(wanted: string | undefined, actual: string): boolean {
  return wanted === undefined || wanted.trimEnd() === actual.trimEnd();
}
