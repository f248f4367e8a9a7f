/** A column of a table. */
export interface Column {
  readonly heading: string;
  /** Default: left. */
  readonly alignment?: 'left' | 'right';
}

/** Lays rows out in columns as wide as their widest cell, two spaces apart; no cell holds colour codes. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map(({ heading }) => heading), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => cells[index]?.length ?? 0)));
  return lines.map((cells) =>
    columns
      .map(({ alignment }, index) => {
        const cell = cells[index] ?? '';
        const width = widths[index] ?? 0;
        return alignment === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
