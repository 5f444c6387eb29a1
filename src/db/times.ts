// What to believe of the machine's clock at the start, by what the database says of earlier runs.
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { steadyFrom, type Clock } from '../lib/clock.ts';
import { ClockSteps } from '../lib/clock-steps.ts';
import { maxFromClock_ms, snowflakeTime } from '../lib/snowflake.ts';
import { doubt_ms, TrustedTime } from '../lib/trusted-time.ts';
import { idsAround, newestId } from './newest.ts';
import type { Db } from './open.ts';

const minute_ms = 60_000;
/** The longest slow mode. */
const longest_ms = 6 * 3_600_000;
/** There was no Accord Server before. */
const firstYear_ms = Date.UTC(2025, 0, 1);

/** The newest row that the database had at the start. */
export interface Newest {
  /** Its id; "0" if there was no row. */
  readonly id: string;
  /** When it was written, in Unix milliseconds: its id tells more if ids ran ahead of the clock. */
  readonly written_ms: number;
}

export interface Times {
  clock: Clock;
  trusted: TrustedTime;
  steps: ClockSteps;
  newest: Newest;
  /** The times of a turn that begins. `newest`: returns the newest id so far. */
  ofTurn(newest: () => string): { now: number; steady: number };
  /** What the operator must know of the machine's clock; null if it may be right. */
  notice: string | null;
}

/** Finds out what to believe, before anything is written. `tables`: those with the ids. */
export function timesAtStart(db: Db, tables: readonly SQLiteTable[], machine: Clock): Times {
  const wall_ms = machine.now();
  const newest_id = newestId(db, tables);
  const written_ms = newestWritten(db, tables, wall_ms, newest_id);
  const notice = noticeOf(wall_ms, newest_id);
  const begin_ms = newest_id === '0' ? wall_ms : believable(db, tables, wall_ms, newest_id);
  const last = lastSteady(db);
  const steady = last === 0 ? begin_ms : steadyAtStart(wall_ms, written_ms, last);
  const clock = steadyFrom(machine, steady);
  const steps = new ClockSteps();
  return {
    clock,
    trusted: new TrustedTime(clock, begin_ms),
    steps,
    newest: { id: newest_id, written_ms },
    ofTurn(newest) {
      const times = { now: clock.now(), steady: clock.steady() };
      steps.note(times, newest);
      return times;
    },
    notice,
  };
}

/** A server with fewer rows than that in a day is quiet, or its clock has leapt. */
const maxGaps = 5;

/**
 * What to believe at the start. A clock that is more than a day ahead of the newest row may have
 * leapt, and so may one with which rows were written for less than a day, after gaps.
 */
function believable(
  db: Db,
  tables: readonly SQLiteTable[],
  wall_ms: number,
  newest_id: string,
): number {
  const newest_ms = snowflakeTime(newest_id);
  if (wall_ms < newest_ms) return wall_ms;
  let [known_ms, end_ms, rest_ms] = [newest_ms, newest_ms, doubt_ms];
  for (let gaps = 0; gaps < maxGaps; gaps += 1) {
    const { last_ms, next } = idsAround(db, tables, end_ms - rest_ms);
    const first_ms = next === null ? end_ms : Math.min(end_ms, snowflakeTime(next));
    if (last_ms === null || first_ms - last_ms <= doubt_ms) break;
    known_ms -= first_ms - last_ms;
    rest_ms -= end_ms - first_ms;
    end_ms = last_ms;
  }
  return Math.min(wall_ms, known_ms + doubt_ms);
}

/**
 * Durations go on from run to run: what was written before was not written later than now. The time
 * between the runs is what the clock says, unless that is more than a day, so that it may have
 * leapt: then it is the longest slow mode only.
 */
function steadyAtStart(wall_ms: number, written_ms: number, last: number): number {
  const between_ms = Math.max(0, wall_ms - written_ms);
  const believed_ms = between_ms > doubt_ms ? longest_ms : between_ms;
  return last + Math.max(0, Math.min(wall_ms - last, believed_ms));
}

/** When the newest row was written, in Unix milliseconds, as the clock said then. */
function newestWritten(
  db: Db,
  tables: readonly SQLiteTable[],
  wall_ms: number,
  newest_id: string,
): number {
  const newest_ms = snowflakeTime(newest_id);
  if (newest_ms <= wall_ms) return newest_ms;
  return idsAround(db, tables, newest_ms + 1).last_ms ?? newest_ms;
}

/** The newest steady time that an earlier run has written; 0 if there is none. */
function lastSteady(db: Db): number {
  const { sqlite } = db;
  const event = sqlite
    .rows({ at: 'number' }, 'SELECT at FROM events WHERE seq = (SELECT max(seq) FROM events)')
    .get();
  const dropped = sqlite
    .rows(
      { at: 'number?' },
      'SELECT max(dropped_at) AS at FROM gateway_sessions WHERE dropped_at IS NOT NULL',
    )
    .get();
  return Math.max(event?.at ?? 0, dropped?.at ?? 0);
}

function noticeOf(wall_ms: number, newest_id: string): string | null {
  const says = new Date(wall_ms).toISOString();
  if (wall_ms < firstYear_ms || wall_ms >= maxFromClock_ms)
    return `the clock of this machine is wrong: it says ${says}`;
  const newest_ms = newest_id === '0' ? 0 : snowflakeTime(newest_id);
  if (newest_ms - wall_ms <= minute_ms) return null;
  const newest = new Date(newest_ms).toISOString();
  return `the clock of this machine says ${says}, but the newest row in the database is from ${newest}: the clock is behind now, or it was ahead then`;
}
