/** Values by a hash that names them. Looking one up makes nothing, and so costs next to nothing. */
export class HashIndex<Value> {
  readonly #byPrefix = new Map<number, { readonly hash: Uint8Array; readonly value: Value }[]>();

  /** @returns false, and nothing else, where the hash names another value already */
  add(hash: Uint8Array, value: Value): boolean {
    if (this.find(hash) !== undefined) return false;
    const prefix = prefixOf(hash);
    const entries = this.#byPrefix.get(prefix);
    if (entries === undefined) this.#byPrefix.set(prefix, [{ hash, value }]);
    else entries.push({ hash, value });
    return true;
  }

  find(hash: Uint8Array): Value | undefined {
    const entries = this.#byPrefix.get(prefixOf(hash));
    if (entries !== undefined) for (const entry of entries) if (isEqual(entry.hash, hash)) return entry.value;
    return undefined;
  }
}

/** Hardly two hashes share it. */
function prefixOf(hash: Uint8Array): number {
  return byteAt(hash, 0) | (byteAt(hash, 1) << 8) | (byteAt(hash, 2) << 16) | (byteAt(hash, 3) << 24);
}

/** Which key it is that is asked for is no secret: this need not take the same time for all. */
function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
