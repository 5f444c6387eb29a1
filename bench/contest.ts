// Measures programs against each other in turns: ours beside its floors, or two checkouts of ours.
import { type Aim, median, type Pair, type Row } from './report';

/** What one round of a measure found, by the keys that its rows name. */
export type Figures = Readonly<Record<string, number>>;

/** A program that is measured, ours or a floor. */
export interface Subject {
  /** Measures once more. */
  round(): Promise<Figures>;
  stop(): Promise<void>;
}

/** Ours, and how the floors are started that stand beside it. */
export interface Opened extends Subject {
  floors?: Readonly<Record<string, () => Promise<Subject>>>;
}

export interface RowSpec {
  figure: string;
  /** Under which key the rounds hold it. */
  key: string;
  unit: string;
  better: 'more' | 'less';
  /** The floor that it stands beside, by its name; none if there is nothing to compare with. */
  beside?: string;
  aim?: Aim;
  /** Says more, from the middle of the rounds. */
  note?: (ours: Figures, floor: Figures | null) => string;
}

export interface Measure {
  rows: readonly RowSpec[];
  rounds: number;
  /** Starts the server by its command, and prepares what is measured. */
  open(server: readonly string[]): Promise<Opened>;
}

/** Measures ours and all floors that the rows name. */
export async function runBesideFloors(measure: Measure, server: readonly string[]): Promise<Row[]> {
  const ours = await measure.open(server);
  const subjects = new Map<string, Subject>([['', ours]]);
  for (const { beside } of measure.rows) {
    if (beside === undefined || subjects.has(beside)) continue;
    const start = ours.floors?.[beside];
    if (start === undefined) throw new Error(`there is no floor named ${beside}`);
    subjects.set(beside, await start());
  }
  const rounds = await takeTurns([...subjects.values()], measure.rounds);
  const found = new Map([...subjects.keys()].map((name, n) => [name, rounds[n] ?? []]));
  return measure.rows.map(({ key, beside, note, ...row }) => {
    const own = found.get('') ?? [];
    const floor = beside === undefined ? null : (found.get(beside) ?? []);
    const say = note?.(middle(own), floor && middle(floor)) ?? '';
    return { ...row, ours: pick(own, key), floor: floor && pick(floor, key), note: say };
  });
}

/** Measures two servers, without floors. */
export async function runPair(
  measure: Measure,
  here: readonly string[],
  there: readonly string[],
): Promise<Pair[]> {
  const subjects = [await measure.open(here), await measure.open(there)];
  const [ours = [], theirs = []] = await takeTurns(subjects, measure.rounds);
  const seen = new Set<string>();
  return measure.rows.flatMap(({ figure, unit, better, key }) => {
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ figure, unit, better, here: pick(ours, key), there: pick(theirs, key) }];
  });
}

/** Rounds of each subject in turns, every other time backwards, so that nobody is always first. */
async function takeTurns(subjects: readonly Subject[], rounds: number): Promise<Figures[][]> {
  const found: Figures[][] = subjects.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    const order = [...subjects.entries()];
    if (round % 2 === 1) order.reverse();
    for (const [n, subject] of order) found[n]?.push(await subject.round());
  }
  for (const subject of subjects) await subject.stop();
  return found;
}

function pick(rounds: readonly Figures[], key: string): number[] {
  return rounds.map((figures) => {
    const value = figures[key];
    if (value === undefined) throw new Error(`a round has no figure ${key}`);
    return value;
  });
}

/** Each figure by itself: the middle one of the rounds. */
function middle(rounds: readonly Figures[]): Figures {
  const keys = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(keys.map((key) => [key, median(pick(rounds, key))]));
}
