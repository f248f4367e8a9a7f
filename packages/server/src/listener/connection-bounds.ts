/** Idle TCP connections are probed after so many milliseconds, so that an edge that is gone is noticed. */
export const KEEP_ALIVE_DELAY = 30_000;

/** Requests of one connection that are under way, in bytes: a thousand as edges send them. */
export const MAXIMUM_BYTES_IN_FLIGHT = 1024 * 1024;

/**
 * Bytes that are read of one connection before the others have their turn, and before it takes what it is owed. Node would
 * read 2 MiB at a time of one that always has more.
 */
export const SHARE_OF_TURN = 64 * 1024;

/** How long what an edge has sent may be on its way, in milliseconds. */
export const TRAVEL_TIME = 250;

/** How often an edge that is let go, and goes on sending, is looked at again, in milliseconds. */
export const READING_INTERVAL = 10;

/** How long an edge may take to close its side after we have closed ours, in milliseconds. */
export const LINGER_TIME = 2000;
