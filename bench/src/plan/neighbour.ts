/**
 * A process of its own that always has something to do and lets everybody go before it. What two processors of a virtual machine
 * are is often one core, and how fast the one is depends on whether the other works; with this one it always does.
 */
process.once('disconnect', () => process.exit());
const turn = (): void => void setImmediate(turn);
turn();
