// Says by its exit code whether the key server in this container is alive.
const port = process.env.KEYLESS_METRICS_PORT ?? '2406';
const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
process.exitCode = answer?.ok ? 0 : 1;
