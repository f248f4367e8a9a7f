/**
 * Where edges keep what a visitor needs who first met one of them and comes back to another: ticket keys, and sessions
 * that are resumed by their id. {@link createRedisResumptionStore} is one.
 *
 * Nothing here is needed for a handshake: a store that rejects, or takes long, only costs resumption. What is kept
 * opens visitors' connections, so a store encrypts it ({@link sealResumptionStore}) or keeps it in memory.
 */
export interface ResumptionStore {
  get(key: string): Promise<Uint8Array | undefined>;
  /** @param lifetime after which the value is forgotten, in seconds: a whole number, at least 1 */
  set(key: string, value: Uint8Array, lifetime: number): Promise<void>;
  /**
   * Keeps a value unless there is one already, as one step for all who use the store.
   *
   * @returns what is kept now
   */
  add(key: string, value: Uint8Array, lifetime: number): Promise<Uint8Array>;
}
