// Prints what was measured: each figure beside its floor and its aim, or two servers beside each other.

/** What is reached where a figure is as good as it has to be: a value, or a part of the floor. */
export type Aim = { value: number } | { ratio: number };

export interface Row {
  figure: string;
  /** One value for each round. */
  ours: readonly number[];
  /** The same figure of a bare program that does only what cannot be left out; null if there is none. */
  floor: readonly number[] | null;
  unit: string;
  better: 'more' | 'less';
  aim?: Aim;
  note: string;
}

/** A figure of two servers, one value for each round. */
export interface Pair {
  figure: string;
  unit: string;
  better: 'more' | 'less';
  here: readonly number[];
  there: readonly number[];
}

export interface Table {
  headings: readonly string[];
  lines: readonly (readonly string[])[];
  /** The columns of numbers, which stand to the right. */
  numbers: readonly number[];
}

/** The table of rows: the middle of the rounds, and how far they lie apart. */
export function tableOf(rows: readonly Row[]): Table {
  return {
    headings: ['figure', 'ours', 'floor', 'ours/floor', 'better', 'aim', 'met', 'rounds', 'note'],
    lines: rows.map((row) => [
      `${row.figure} (${row.unit})`,
      formatNumber(median(row.ours)),
      row.floor === null ? '-' : formatNumber(median(row.floor)),
      row.floor === null ? '-' : ratioOf(row).toFixed(2),
      row.better,
      formatAim(row),
      formatMet(row),
      formatRounds(row.floor === null ? row.ours : ratios(row.ours, row.floor)),
      row.note,
    ]),
    numbers: [1, 2, 3],
  };
}

/** The table of pairs: a change is told where it is larger than the rounds lie apart, and they agree. */
export function pairTable(pairs: readonly Pair[]): Table {
  return {
    headings: ['figure', 'here', 'there', 'here/there', 'better', 'rounds', 'so it is'],
    lines: pairs.map(({ figure, unit, better, here, there }) => [
      `${figure} (${unit})`,
      formatNumber(median(here)),
      formatNumber(median(there)),
      median(ratios(here, there)).toFixed(3),
      better,
      formatRounds(ratios(here, there)),
      judge(ratios(here, there), better),
    ]),
    numbers: [1, 2, 3],
  };
}

function judge(ratios: readonly number[], better: 'more' | 'less'): string {
  const ratio = median(ratios);
  const isSure = ratios.length >= 3 && Math.abs(ratio - 1) > spreadOf(ratios) * ratio;
  const isOneSided = ratios.every((one) => one > 1) || ratios.every((one) => one < 1);
  if (!isSure || !isOneSided) return 'not told apart';
  return ratio > 1 === (better === 'more') ? 'better here' : 'worse here';
}

/** Round by round, since neighbours in time were disturbed alike. */
function ratios(some: readonly number[], others: readonly number[]): number[] {
  return some.map((value, round) => value / (others[round] ?? Number.NaN));
}

const ratioOf = ({ ours, floor }: Row) =>
  floor === null ? Number.NaN : median(ratios(ours, floor));

function formatAim({ aim, better, unit }: Row): string {
  if (aim === undefined) return '';
  const sign = better === 'more' ? '≥' : '≤';
  return 'ratio' in aim ? `${sign} ${aim.ratio} × floor` : `${sign} ${aim.value} ${unit}`;
}

/** Whether the aim is reached; null where there is none. */
export function isMet(row: Row): boolean | null {
  const { aim, better, ours } = row;
  if (aim === undefined) return null;
  const [is, wanted] = 'ratio' in aim ? [ratioOf(row), aim.ratio] : [median(ours), aim.value];
  return better === 'more' ? is >= wanted : is <= wanted;
}

function formatMet(row: Row): string {
  const met = isMet(row);
  return met === null ? '' : met ? 'yes' : 'NO';
}

/** How often it was measured, and by how much the rounds differ. */
function formatRounds(samples: readonly number[]): string {
  if (samples.length < 2) return String(samples.length);
  return `${samples.length} ± ${formatPercent(spreadOf(samples))}`;
}

/** Half of the way from the smallest to the largest sample, as a share of the middle one. */
export function spreadOf(samples: readonly number[]): number {
  return (Math.max(...samples) - Math.min(...samples)) / 2 / median(samples);
}

/** A table as text. */
export function formatTable({ headings, lines, numbers }: Table): string {
  return formatColumns(headings, lines, numbers);
}

/** A table as Markdown. */
export function formatMarkdown({ headings, lines, numbers }: Table): string {
  const rule = headings.map((_, n) => (numbers.includes(n) ? '--:' : '---'));
  return [headings, rule, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Lines under their headings; the columns of `numbers` stand to the right. */
export function formatColumns(
  headings: readonly string[],
  lines: readonly (readonly string[])[],
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
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : '- %';
}

/** The value below which the share `p` (0 to 1) of the samples lies. Sorts what it is given. */
export function percentile(samples: Float64Array, p: number): number {
  samples.sort();
  return samples[Math.min(samples.length - 1, Math.floor(samples.length * p))] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return percentile(Float64Array.from(samples), 0.5);
}
