/** A measurement could not be made, or what it measured answered wrongly. */
export class BenchmarkError extends Error {
  readonly code = 'LATCHKEY_BENCHMARK_FAILED';
  override readonly name = 'BenchmarkError';
}
