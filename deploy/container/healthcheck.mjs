// Says by its exit code whether the edge or key server in this container is alive.
const { LATCHKEY_ADMIN_PORT: ofEdge, KEYLESS_METRICS_PORT: ofKeyServer } = process.env;
const port = ofEdge ?? ofKeyServer ?? '2406';
const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
process.exitCode = answer?.ok ? 0 : 1;
