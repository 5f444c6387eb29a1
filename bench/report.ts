// Collects the figures and prints them as one table, each beside its floor.
export interface Row {
  figure: string;
  ours: number;
  /** The same figure of a bare program that does only what cannot be left out; none if unknown. */
  floor?: number;
  unit: string;
  better: 'more' | 'less';
  note?: string;
}

const HEADINGS = ['figure', 'ours', 'floor', 'ours/floor', 'better', 'note'];

/** The table as text. */
export function formatTable(rows: Row[]): string {
  const cells = rows.map((row) => [
    `${row.figure} (${row.unit})`,
    formatNumber(row.ours),
    row.floor === undefined ? '-' : formatNumber(row.floor),
    row.floor === undefined ? '-' : (row.ours / row.floor).toFixed(2),
    row.better,
    row.note ?? '',
  ]);
  return formatColumns(HEADINGS, cells, [1, 2, 3]);
}

/** Lines under their headings; the columns of `numbers` stand to the right. */
export function formatColumns(
  headings: string[],
  lines: string[][],
  numbers: readonly number[],
): string {
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...lines.map((line) => line[i]?.length ?? 0)),
  );
  const rule = widths.map((width) => '-'.repeat(width));
  return [headings, rule, ...lines]
    .map((line) => {
      const padded = line.map((cell, i) => {
        const width = widths[i] ?? 0;
        return numbers.includes(i) ? cell.padStart(width) : cell.padEnd(width);
      });
      return padded.join('  ').trimEnd();
    })
    .join('\n');
}

/** Three digits that mean something: 48,156 · 412 · 4.31 · 0.27. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

export function formatPercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The value below which the share `p` (0 to 1) of the samples lies. Sorts what it is given. */
export function percentile(samples: Float64Array, p: number): number {
  samples.sort();
  return samples[Math.min(samples.length - 1, Math.floor(samples.length * p))] ?? Number.NaN;
}

export function median(samples: number[]): number {
  return percentile(Float64Array.from(samples), 0.5);
}
