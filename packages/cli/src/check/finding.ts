/** One thing that a check found out. */
export interface Finding {
  /** `doubt`: may be meant so, and is worth knowing if something else does not work. */
  readonly outcome: 'good' | 'doubt' | 'problem';
  /** What is so. */
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

export function good(message: string): Finding {
  return { outcome: 'good', message };
}

export function doubt(message: string, advice?: string): Finding {
  return { outcome: 'doubt', message, ...(advice !== undefined && { advice }) };
}

export function problem(message: string, advice?: string): Finding {
  return { outcome: 'problem', message, ...(advice !== undefined && { advice }) };
}
